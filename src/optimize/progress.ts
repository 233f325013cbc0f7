// What all methods carry from iteration to iteration, and when they end.
import { abs, add, maximum, mul } from "../ops/arithmetic.ts";
import { and, eq, ge, gt, le, not } from "../ops/logic.ts";
import { isfinite } from "../ops/predicates.ts";
import type { Tensor } from "../trace/tracer.ts";
import type { Asked, Point, State } from "./requests.ts";
import { codeOf, RUNNING, type Status } from "./status.ts";
import { count, number, pick, zeros } from "./vectors.ts";

/** The numbers that a solver is told, as elements of one array: a program is made once for all of them. */
export const SETTINGS = ["gtol", "xtol", "ftol", "maxIterations", "trustRadius", "maxTrustRadius"] as const;
export type Settings = Readonly<Record<(typeof SETTINGS)[number], Tensor>> & Bounds;
/** Least and largest values of x, of methods that take bounds; of others there are none. */
export interface Bounds {
  readonly lower: Tensor;
  readonly upper: Tensor;
}

/** After an iteration `value` and `grad` are those at `x`, and `next` is where the next one begins. */
export interface Progress extends State {
  readonly x: Tensor;
  readonly next: Tensor;
  readonly value: Tensor;
  readonly grad: Tensor;
  /** A code of status.ts; 0 while it goes on. */
  readonly status: Tensor;
  /** The code that is due once value and gradient at `next` are known. */
  readonly due: Tensor;
  readonly iterations: Tensor;
  readonly values: Tensor;
  readonly grads: Tensor;
  readonly products: Tensor;
}

/** A way to a minimum. Its states have what it carries beside `Progress`. */
export interface Method<S extends Progress = Progress> {
  /** Tells its programs from those of others: what it is called, and what it is made for. */
  readonly name: string;
  /** Whether it asks for points, products or matrices; else gradients are all. */
  readonly second: boolean;
  /** Whether it takes bounds. */
  readonly bounded?: boolean;
  /** The state before the first iteration. */
  begin(x0: Tensor, settings: Settings): S;
  /** One iteration; does nothing but look where the state is at an end. */
  iterate(state: S, settings: Settings): Asked<S>;
}

export const beginning = (x0: Tensor): Progress => ({
  x: x0,
  next: x0,
  value: number(Number.POSITIVE_INFINITY),
  grad: zeros(x0),
  status: count(RUNNING),
  due: count(RUNNING),
  iterations: count(0),
  values: count(0),
  grads: count(0),
  products: count(0),
});

export const isRunning = (state: { readonly status: Tensor }): Tensor => eq(state.status, RUNNING);

/** The code of the last of `cases` that holds, or `otherwise`. */
export const decided = (otherwise: Tensor, ...cases: readonly (readonly [holds: Tensor, status: Status])[]): Tensor =>
  cases.reduce((code, [holds, status]) => pick(holds, count(codeOf(status)), code), otherwise);

/** The state at the point where an iteration begins, and whether it ends there; `size` is that of the gradient. */
export function arrived<S extends Progress>(state: S, at: Point, size: Tensor, settings: Settings): S {
  const status = decided(
    state.due,
    // What is due says more than that iterations are used up.
    [and(eq(state.due, RUNNING), ge(state.iterations, settings.maxIterations)), "maxIterations"],
    [le(size, settings.gtol), "gtol"],
    [not(isfinite(add(at.value, mul(size, 0)))), "notFinite"],
    [eq(at.value, Number.NEGATIVE_INFINITY), "unbounded"],
  );
  return { ...state, x: at.x, value: at.value, grad: at.grad, status };
}

/** Spacing of numbers at 1: decreases of the value below some of it are rounding. */
export const epsilonOf = (x: Tensor): number => (x.dtype === "float32" ? 2 ** -23 : 2 ** -52);
/** How much of a difference of values near `value` is rounding. */
export const noiseOf = (x: Tensor, value: Tensor): Tensor => mul(add(abs(value), TINY), epsilonOf(x));
/** The smallest normal number: what is zero is not divided by. */
const TINY = 2 ** -1022;

/** What part of the decrease that a model promises is enough to take a step. */
export const ENOUGH = 1e-4;
/** No step is shorter: its square is still a normal number. */
const LEAST_STEP = 2 ** -500;

/** A step that was tried: whether it is taken, its length and that of x, the decrease of the value and of a model. */
export type Tried = Readonly<Record<"taken" | "size" | "reach" | "actual" | "promised", Tensor>>;

/** The code that is due after a step from `at`. */
export function dueAfter(at: Point, { taken, size, reach, actual, promised }: Tried, settings: Settings): Tensor {
  const noise = noiseOf(at.x, at.value);
  return decided(
    count(RUNNING),
    [and(not(taken), not(gt(size, maximum(mul(reach, epsilonOf(at.x) / 4), LEAST_STEP)))), "stalled"],
    [and(taken, le(size, mul(settings.xtol, reach))), "xtol"],
    [and(taken, le(abs(actual), mul(settings.ftol, abs(at.value)))), "ftol"],
    [and(le(abs(promised), noise), le(abs(actual), mul(noise, 4))), "ftol"],
  );
}
