// The options of minimizers: what they may be, and the numbers that programs are told.
import { checkSettings } from "../api/common.ts";
import { fail } from "../errors.ts";
import { describe, show } from "../trace/convert.ts";
import { SETTINGS } from "./progress.ts";
import type { Iterate } from "./result.ts";
import type { Unknowns } from "./unknowns.ts";

/** Numbers that end a minimization, or bound its steps. */
export interface Tolerances {
  /** The largest element of the gradient that counts as zero: 1e-6 unless given, 1e-3 for float32. */
  readonly gtol?: number;
  /** The length of a step relative to that of x that ends it: 0 unless given. */
  readonly xtol?: number;
  /** The decrease relative to the value that ends it: 0 unless given, which means what rounding leaves. */
  readonly ftol?: number;
  /** How many steps at most: 10 000 unless given. */
  readonly maxIterations?: number;
  /** Longest step at the beginning, of the methods with a trust region: 1 or the length of x0, if that is more. */
  readonly trustRadius?: number;
  /** Longest step ever: 1e10 times `trustRadius` unless given. */
  readonly maxTrustRadius?: number;
}

/** Options that look at a minimization while it runs. */
export interface Watching<X> {
  /** Called after each iteration; where it returns `false` the minimization ends. */
  readonly onIteration?: (iterate: Iterate<X>) => unknown;
  /** Milliseconds after which it ends. */
  readonly timeLimit?: number;
  /** Ends it when aborted. In synchronous code nothing can abort it but `onIteration`. */
  readonly signal?: AbortSignal;
}

const WATCHING = ["onIteration", "timeLimit", "signal"] as const;

export interface CheckedOptions extends Tolerances, Watching<unknown> {}

/** Refuses options that are none, or have values that they cannot have. */
export function checkMinimizeOptions(name: string, options: unknown, more: readonly string[] = []): CheckedOptions {
  checkSettings(name, options, [...SETTINGS, ...WATCHING, ...more], "options are the last argument, { gtol: 1e-8 }");
  const given = options as CheckedOptions;
  for (const key of SETTINGS) {
    const value = given[key];
    if (value === undefined) continue;
    const isRadius = key.endsWith("Radius");
    const isFine = typeof value === "number" && value >= 0 && !(isRadius && value === 0);
    if (!isFine || (key === "maxIterations" && !Number.isInteger(value) && value !== Number.POSITIVE_INFINITY))
      fail("value", `${name}: ${key} is ${show(value)}; expected ${expected(key, isRadius)}`);
  }
  const { onIteration, timeLimit, signal } = given;
  if (onIteration !== undefined && typeof onIteration !== "function")
    fail("value", `${name}: onIteration is ${describe(onIteration)}; expected a function`);
  if (timeLimit !== undefined && !(typeof timeLimit === "number" && timeLimit >= 0))
    fail("value", `${name}: timeLimit is ${show(timeLimit)}; expected milliseconds`);
  if (signal !== undefined && typeof (signal as { aborted?: unknown } | null)?.aborted !== "boolean")
    fail("value", `${name}: signal is ${describe(signal)}; expected an AbortSignal`);
  return given;
}
const expected = (key: string, isRadius: boolean): string =>
  key === "maxIterations" ? "a non-negative integer" : isRadius ? "a positive number" : "a non-negative number";

/** The numbers that programs are told. */
export function settingsFor(options: Tolerances, { dtype }: Unknowns, x0: ArrayLike<number>): Float64Array {
  const reach = Math.sqrt(Array.prototype.reduce.call(x0, (s, x) => (s as number) + (x as number) ** 2, 0) as number);
  const radius = options.trustRadius ?? Math.max(1, Number.isFinite(reach) ? reach : 1);
  const all: Required<Tolerances> = {
    gtol: options.gtol ?? (dtype === "float32" ? 1e-3 : 1e-6),
    xtol: options.xtol ?? 0,
    ftol: options.ftol ?? 0,
    maxIterations: options.maxIterations ?? 10000,
    trustRadius: Math.min(radius, options.maxTrustRadius ?? radius),
    maxTrustRadius: options.maxTrustRadius ?? MOST_RADIUS * radius,
  };
  return Float64Array.from(SETTINGS, (name) => all[name]);
}
/** How many times as long as at the beginning steps may become. */
export const MOST_RADIUS = 1e10;
