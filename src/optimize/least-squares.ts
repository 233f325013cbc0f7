// `leastSquares` and `leastSquaresAsync`: the least sum of squares of residuals.
import type { AnyFn } from "../api/common.ts";
import { checkCount, fail } from "../errors.ts";
import { isFloat, showAval, showShape } from "../ir/aval.ts";
import { tracing } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { reshape } from "../primitives/shape.ts";
import { describe, show } from "../trace/convert.ts";
import { NdArray } from "../trace/ndarray.ts";
import { type Structure, showStructure } from "../trace/tree.ts";
import type { TensorLike, Traced } from "../trace/types.ts";
import { type BoundsOption, boundsFor } from "./bounds.ts";
import { atOnce, awaited, type Calling } from "./calling.ts";
import { doglegStep } from "./dogleg.ts";
import { houseFunction } from "./homes.ts";
import { type Residual as Kind, levenbergMarquardt, type Steps } from "./levenberg-marquardt.ts";
import { type CheckedOptions, checkMinimizeOptions, type Tolerances, type Watching } from "./options.ts";
import { SETTINGS } from "./progress.ts";
import { isResidualFunctions, type ResidualFunctions, residualOracle, residualsAt } from "./residual-functions.ts";
import { type MinimizeResult, resultOf, type Told } from "./result.ts";
import { type LossName, lossOf } from "./robust.ts";
import { type Ended, type Search, type Solver, solved, solvedAsync } from "./search.ts";
import { vectorOf } from "./served-host.ts";
import { ServedSolver } from "./served-solver.ts";
import { reasonOf, type Status } from "./status.ts";
import { TracedSolver } from "./traced-solver.ts";
import { Unknowns } from "./unknowns.ts";

/** Settings of {@link leastSquares}. */
export interface LeastSquaresOptions<X = unknown> extends Tolerances, StepOptions<X>, LossOptions, Watching<X> {}

/** How steps are found. */
export interface StepOptions<X = unknown> {
  /** How: "levenberg-marquardt" unless given; "dogleg" factors one matrix a step, and knows no bounds. */
  readonly method?: "levenberg-marquardt" | "dogleg";
  /** `[lower, upper]`, each a number for all unknowns or a tree like x0; infinite where there is no bound. */
  readonly bounds?: BoundsOption<X>;
}

/** How residuals count. */
export interface LossOptions {
  /** "linear", squares, unless given: "huber", "softL1", "cauchy", "arctan" or "tukey" for fewer outliers. */
  readonly loss?: LossName;
  /** From which length on a residual counts less: 1 unless given. */
  readonly lossScale?: number;
}
/** The names of options that are not those of all minimizers. */
export const OWN_OPTIONS = ["method", "loss", "lossScale", "bounds"] as const;

/** Residuals: a function that is traced, or functions of one's own. */
export type Residual<X> = ((x: Traced<X>) => TensorLike) | ResidualFunctions<X>;

/** What {@link leastSquares} found. `value` is half the sum of squares, or of the loss, `grad` its gradient. */
export interface LeastSquaresResult<X> extends MinimizeResult<X> {
  /** The residuals at `x`, one after the other. */
  readonly residual: Float64Array;
  /**
   * A row for each residual, a column for each number in `x`, in the order of its arrays. With a robust loss rows are
   * scaled, so that JᵀJ is the Hessian of the linear model.
   */
  readonly jacobian: NdArray;
}

/**
 * Half the least sum of squares of the residuals that `residual` returns, from `x0`: the method of Levenberg and
 * Marquardt, or Powell's dogleg. A function of an array or a tree of arrays is traced with the method, so that the
 * search is one WebAssembly program, its Jacobian by forward mode, or by reverse mode where there are fewer residuals
 * than unknowns.
 *
 * It ends where the residuals are orthogonal to the columns of the Jacobian: `gtol`, 1e-8 unless given, is the cosine
 * of the angle between them and the nearest vector of the tangent plane, which does not depend on units (Bates and
 * Watts, A relative offset orthogonality convergence criterion, 1981). `xtol` is 1e-10 unless given. The radius of the
 * trust region measures a number of `x` by the length of its column of the Jacobian.
 * @shape residual [...n] → [...m], x0 [...n]
 * @throws HvpError if `residual` does not return one array of floating point, or if an option is none
 */
export function leastSquares<const X>(
  residual: Residual<X>,
  x0: X,
  options?: LeastSquaresOptions<X>,
): LeastSquaresResult<X>;
export function leastSquares(f: unknown, x0: unknown, options: LeastSquaresOptions = {}, ...extra: unknown[]): unknown {
  const name = "leastSquares";
  checkCount(name, extra, "write leastSquares(residual, x0, options)");
  const search = atOnce(searchOf(name, f, x0, options));
  return ended(search, solved(search));
}

/**
 * `leastSquares` as a promise. Work is done in pieces of a few milliseconds, so that a page stays alive; `signal` ends
 * it, and functions of one's own may return promises.
 * @throws HvpError as {@link leastSquares} does; an error in a function of one's own rejects the promise
 */
export async function leastSquaresAsync<const X>(
  residual: Residual<X>,
  x0: X,
  options: LeastSquaresOptions<X> = {},
  ...extra: unknown[]
): Promise<LeastSquaresResult<X>> {
  const name = "leastSquaresAsync";
  checkCount(name, extra, "write leastSquaresAsync(residual, x0, options)");
  const search = await awaited(searchOf(name, residual, x0, options as LeastSquaresOptions));
  return ended(search, await solvedAsync(search)) as LeastSquaresResult<X>;
}

function* searchOf(name: string, f: unknown, x0: unknown, options: LeastSquaresOptions): Calling<Search> {
  if (tracing()) fail("trace", `${name}: a traced function cannot run it; call it outside of traced functions`);
  const checked = checkMinimizeOptions(name, options, OWN_OPTIONS);
  return searchBy(yield* solverFor(name, f, x0, kindOf(name, options)), name, "x0", x0, checked);
}

/** The methods: their steps, and whether these keep within bounds. */
const METHODS = {
  "levenberg-marquardt": { steps: undefined, bounded: true },
  dogleg: { steps: { name: "dogleg", of: doglegStep }, bounded: false },
} as const satisfies Record<string, { readonly steps: Steps | undefined; readonly bounded: boolean }>;

/** What options say of the method. */
export const kindOf = (name: string, options: StepOptions & LossOptions): Omit<Kind, "count"> => ({
  loss: lossOf(name, options.loss, options.lossScale),
  bounded: options.bounds !== undefined,
  steps: stepsOf(name, options),
});

function stepsOf(name: string, { method = "levenberg-marquardt", bounds }: StepOptions): Steps | undefined {
  if (!Object.hasOwn(METHODS, method)) {
    const names = Object.keys(METHODS).map((m) => `"${m}"`);
    return fail("value", `${name}: method is ${show(method)}; expected ${names.join(" or ")}`);
  }
  const { steps, bounded } = METHODS[method];
  if (bounds !== undefined && !bounded)
    fail("value", `${name}: ${method} has no option bounds; "levenberg-marquardt" has it`);
  return steps;
}

/** A search of `name` from `x0`, which `what` names. */
export function searchBy(
  solver: Search["solver"],
  name: string,
  what: string,
  x0: unknown,
  checked: CheckedOptions & { readonly bounds?: unknown },
): Search {
  const { unknowns } = solver;
  const bounds = checked.bounds === undefined ? undefined : boundsFor(name, checked.bounds, unknowns);
  const settings: Told = [settingsFor(checked, unknowns), ...(bounds ?? [])];
  return { solver, unknowns, checked, bounds, settings, start: unknowns.pack(x0, `${name}: ${what}`) };
}

function* solverFor(name: string, f: unknown, x0: unknown, kind: Omit<Kind, "count">): Calling<Solver> {
  if (typeof f === "function") {
    const housed = houseFunction(name, f as AnyFn, x0, requireResiduals);
    return new TracedSolver(housed, levenbergMarquardt({ count: housed.result.size, ...kind }));
  }
  if (!isResidualFunctions(f))
    return fail(
      "value",
      `${name}: expected a function or { residual, jacobian }, got ${describe(f)}` +
        `${typeof x0 === "function" ? `; the function comes first: write ${name}(residual, x0)` : ""}`,
    );
  const unknowns = Unknowns.apart(name, x0);
  const start = unknowns.pack(x0, `${name}: x0`);
  const first = vectorOf(yield () => residualsAt(name, f, unknowns, start), "residual");
  return new ServedSolver(
    unknowns,
    residualOracle(name, f, unknowns, first),
    levenbergMarquardt({ count: first.length, ...kind }),
  );
}

/** What a traced function returned, as a vector. */
export function requireResiduals(name: string, nodes: readonly Node[], structure: Structure): Node {
  if (structure !== "leaf")
    return fail(
      "shape",
      `${name}: the function must return one array of residuals, got ${showStructure(structure)}; join them by concat`,
    );
  const [y] = nodes as [Node];
  if (!isFloat(y.dtype))
    fail("dtype", `${name}: the function must return residuals of floating point, got ${showAval(y)}`);
  if (y.size === 0) fail("shape", `${name}: there are no residuals: the function returned shape ${showShape(y.shape)}`);
  return reshape(y, [y.size]);
}

/** The numbers that programs are told. */
export const settingsFor = (options: Tolerances, { dtype }: Unknowns): Float64Array => {
  const isSingle = dtype === "float32";
  const all: Required<Tolerances> = {
    gtol: options.gtol ?? (isSingle ? 1e-4 : 1e-8),
    xtol: options.xtol ?? (isSingle ? 1e-6 : 1e-10),
    ftol: options.ftol ?? 0,
    maxIterations: options.maxIterations ?? 10000,
    trustRadius: options.trustRadius ?? 0,
    maxTrustRadius: options.maxTrustRadius ?? Number.POSITIVE_INFINITY,
  };
  return Float64Array.from(SETTINGS, (name) => all[name]);
};

/** What a code means of least squares. */
export function inWords(code: number): Pick<MinimizeResult<unknown>, "message"> {
  const { status, message } = reasonOf(code);
  return { message: WORDS[status] ?? message };
}
const WORDS: Partial<Record<Status, string>> = {
  gtol: "the residuals are orthogonal to the columns of the Jacobian up to gtol",
  xtol: "the trust region is shorter than xtol times x, in units of the columns of the Jacobian",
  stalled: "normal equations could not be solved with any damping: the Jacobian is not finite or too large",
};

function ended({ unknowns, bounds }: Search, { state, code }: Ended): LeastSquaresResult<unknown> {
  const residual = state.residual as Float64Array;
  const jacobian = new NdArray(state.jacobian as Float64Array, [residual.length, unknowns.size], "float64");
  return { ...resultOf(state, unknowns, code, bounds), ...inWords(code), residual, jacobian };
}
