// `minimizeMany`: one function minimized from many starts, or with many sets of data.
import { type AnyFn, type Argument, argumentOf, requireScalar } from "../api/common.ts";
import { checkCount, fail } from "../errors.ts";
import { maximum, minimum, mul } from "../ops/arithmetic.ts";
import { isfinite } from "../ops/predicates.ts";
import { describe } from "../trace/convert.ts";
import { trace } from "../trace/trace.ts";
import { Tensor } from "../trace/tracer.ts";
import { flatten } from "../trace/tree.ts";
import type { HasTensor, Mirror, TensorLike, Traced } from "../trace/types.ts";
import { boundsFor } from "./bounds.ts";
import { checkManyOptions, countOf, isConverged, packed, searched, told, unknownsOf, unpacked } from "./many.ts";
import { methodNamed } from "./method-names.ts";
import type { MethodName, OwnOptions } from "./methods.ts";
import { memoryOf, NO_BOUNDS } from "./minimize-with.ts";
import { MOST_RADIUS, settingsFor, type Tolerances } from "./options.ts";
import { type Problems, solveAll } from "./problems.ts";
import type { Progress, Settings } from "./progress.ts";
import { settingsOf } from "./traced-solver.ts";
import type { Unknowns } from "./unknowns.ts";
import { length, number, pick } from "./vectors.ts";

/** Settings of {@link minimizeMany}; `bounds` are those of each problem. */
export interface MinimizeManyOptions<D = unknown> extends Tolerances, OwnOptions {
  /** What the function is given beside x: an array or a tree of arrays, each with an axis of problems in front. */
  readonly data?: D;
  /** How: "trust-ncg" unless given. */
  readonly method?: MethodName;
}

/** What {@link minimizeMany} found, an axis of problems in front of everything; traced where `T` is true. */
export interface MinimizeManyResult<X, T = false> {
  readonly x: T extends true ? Traced<X> : Mirror<X>;
  readonly value: T extends true ? Tensor : Float64Array;
  readonly grad: T extends true ? Traced<X> : Mirror<X>;
  readonly iterations: T extends true ? Tensor : Int32Array;
  readonly evaluations: Readonly<Record<"value" | "grad" | "hvp", T extends true ? Tensor : Int32Array>>;
  /** Whether a tolerance was reached: 1 or 0. */
  readonly converged: T extends true ? Tensor : Uint8Array;
  /** Codes of why it ended: `statusName(code)` names them. */
  readonly status: T extends true ? Tensor : Int32Array;
}

/**
 * Minimizes `f(x)` from each slice of `x0s` along axis 0, or `f(x, data)` with the slice of `data`, in one program: a
 * loop over problems around the loop of {@link minimize}, each of which ends when it is done. Problems do not touch
 * each other: one whose values are not finite leaves the others right. What all problems share `f` captures. Inside
 * traced functions it is traced: compiled by `jit` it runs again without being traced again.
 * @shape f ([...n], [...m]) → [], x0s [k, ...n], data [k, ...m] → x [k, ...n], value [k]
 * @throws HvpError if `f` does not return a scalar, if arrays differ in the number of problems, or if an option is none
 */
export function minimizeMany<const X, const D = undefined>(
  f: (x: Traced<X>, data: Traced<D>) => TensorLike,
  x0s: X,
  options?: MinimizeManyOptions<D>,
): MinimizeManyResult<X, HasTensor<X | D>>;
export function minimizeMany(
  f: unknown,
  x0s: unknown,
  options: MinimizeManyOptions = {},
  ...extra: unknown[]
): unknown {
  const name = "minimizeMany";
  checkCount(name, extra, "write minimizeMany(f, x0s, { data, method })");
  if (typeof f !== "function")
    fail(
      "value",
      `${name}: expected a function that can be traced, got ${describe(f)}` +
        `${typeof x0s === "function" ? `; the function comes first: write ${name}(f, x0s)` : ""}`,
    );
  const checked = checkManyOptions(name, options, ["method", "data", "memory", "bounds"]);
  const method = methodNamed(name, options).of(memoryOf(name, options));
  return solveAll((): Problems => {
    const starts = argumentOf(`${name}: x0s`, x0s);
    const data = options.data === undefined ? [] : [argumentOf(`${name}: data`, options.data)];
    const batches: readonly Argument[] = [starts, ...data];
    countOf(batches);
    const unknowns = unknownsOf(name, "each slice of x0s", starts);
    const ends = method.bounded ? boundsFor(name, options.bounds ?? NO_BOUNDS, unknowns) : [];
    const numbers = told(settingsFor(checked, unknowns, []), ends, unknowns);
    const radii = [checked.trustRadius !== undefined, checked.maxTrustRadius];
    return {
      ...{ name, batches, unknowns, shared: [], told: numbers, made: [method.name, data.length, ...radii] },
      value(x, [, ...own]) {
        const { nodes, structure } = trace(name, f as AnyFn, [unpacked(unknowns, x), ...own], "name data there too");
        return new Tensor(requireScalar(name, nodes, structure));
      },
      solve(value, [start]) {
        const x0 = packed(unknowns, flatten(name, start).leaves as Tensor[]);
        return summary(searched(method, value, x0, { ...settingsOf(numbers), ...radiiAt(x0, checked) }), unknowns);
      },
    };
  });
}

/** Longest steps of a search from `x0`, as `settingsFor` has them, where they follow from x0. */
function radiiAt(x0: Tensor, { trustRadius, maxTrustRadius }: Tolerances): Partial<Settings> {
  if (trustRadius !== undefined) return {};
  const reach = length(x0);
  const radius = pick(isfinite(reach), maximum(reach, 1), number(1));
  return {
    trustRadius: minimum(radius, maxTrustRadius ?? Number.POSITIVE_INFINITY),
    maxTrustRadius: maxTrustRadius === undefined ? mul(radius, MOST_RADIUS) : number(maxTrustRadius),
  };
}

/** What a search has found, as a user sees it. */
const summary = ({ x, grad, value, iterations, values, grads, products, status }: Progress, unknowns: Unknowns) => ({
  ...{ x: unpacked(unknowns, x), value, grad: unpacked(unknowns, grad), iterations },
  evaluations: { value: values, grad: grads, hvp: products },
  ...{ converged: isConverged(status), status },
});
