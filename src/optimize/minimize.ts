// `minimize` and `minimizeAsync`: a method, what it is to minimize, and those who look on.
import { type AnyFn, requireScalar } from "../api/common.ts";
import { ObjectiveFace } from "../api/objective-face.ts";
import type { Objective } from "../api/objective-types.ts";
import { checkCount, fail } from "../errors.ts";
import type { Data } from "../ir/aval.ts";
import { tracing } from "../ir/build.ts";
import { describe } from "../trace/convert.ts";
import type { TensorLike, Traced } from "../trace/types.ts";
import { boundsFor } from "./bounds.ts";
import { atEndOf, withCurvature } from "./curvature-at-end.ts";
import { type Functions, isFunctions, oracleOf } from "./functions.ts";
import { houseFunction, houseObjective } from "./homes.ts";
import { type MethodName, methodOf, OWN, type OwnOptions } from "./methods.ts";
import { checkMinimizeOptions, settingsFor, type Tolerances, type Watching } from "./options.ts";
import type { Method } from "./progress.ts";
import { type MinimizeResult, resultOf } from "./result.ts";
import { type Ended, type Search, solved, solvedAsync } from "./search.ts";
import { ServedSolver } from "./served-solver.ts";
import { type Told, TracedSolver } from "./traced-solver.ts";
import { Unknowns } from "./unknowns.ts";

/** Settings of {@link minimize}. */
export interface MinimizeOptions<X = unknown> extends Tolerances, OwnOptions<X>, Watching<X> {
  /** How: "trust-ncg" unless given. */
  readonly method?: MethodName;
}

/** What can be minimized: a function that is traced, an objective, or functions of one's own. */
export type Minimizable<X> = ((x: Traced<X>) => TensorLike) | Objective<X> | Functions<X>;

/**
 * Minimizes `f` from `x0`: a function of an array or a tree of arrays that is traced with the method, so that the
 * search is one WebAssembly program; an objective with its present data, whose programs are kept for later calls; or
 * functions of JavaScript, `{ value, grad, hvp }`. Iterates are the same in all three to the last bit, where values
 * and derivatives are.
 *
 * It ends at a point whose gradient is small, and does not say whether that is a minimum: see `curvature`.
 * @throws HvpError if `f` does not return a scalar, or if an option is none
 */
export function minimize<const X>(f: Minimizable<X>, x0: X, options?: MinimizeOptions<X>): MinimizeResult<X>;
export function minimize(f: unknown, x0: unknown, options: MinimizeOptions = {}, ...extra: unknown[]): unknown {
  checkCount("minimize", extra, "write minimize(f, x0, { method })");
  const search = searchOf("minimize", f, x0, options);
  return ended(f, search, solved(search));
}

/**
 * `minimize` as a promise. Work is done in pieces of a few milliseconds, so that a page stays alive; `signal` ends it,
 * and functions of one's own may return promises.
 * @throws HvpError as {@link minimize} does; an error in a function of one's own rejects the promise
 */
export async function minimizeAsync<const X>(
  f: Minimizable<X>,
  x0: X,
  options: MinimizeOptions<X> = {},
  ...extra: unknown[]
): Promise<MinimizeResult<X>> {
  checkCount("minimizeAsync", extra, "write minimizeAsync(f, x0, { method })");
  const search = searchOf("minimizeAsync", f, x0, options as MinimizeOptions);
  return ended(f, search, await solvedAsync(search)) as MinimizeResult<X>;
}

function searchOf(name: string, f: unknown, x0: unknown, options: MinimizeOptions): Search {
  if (tracing()) fail("trace", `${name}: a traced function cannot run it; minimize outside of traced functions`);
  const checked = checkMinimizeOptions(name, options, ["method", ...OWN]);
  const method = methodOf(name, options);
  const solver = solverFor(name, f, x0, method);
  const { unknowns } = solver;
  const start = unknowns.pack(x0, `${name}: x0`);
  const bounds = method.bounded ? boundsFor(name, options.bounds ?? NO_BOUNDS, unknowns) : undefined;
  const settings: Told = [settingsFor(checked, unknowns, start), ...(bounds ?? [])];
  return { solver, unknowns, start, checked, settings, bounds };
}

const NO_BOUNDS = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

function solverFor(name: string, f: unknown, x0: unknown, method: Method): TracedSolver | ServedSolver {
  if (f instanceof ObjectiveFace) return new TracedSolver(houseObjective(ObjectiveFace.compiled(f)), method);
  if (typeof f === "function") return new TracedSolver(houseFunction(name, f as AnyFn, x0, requireScalar), method);
  if (!isFunctions(f))
    return fail(
      "value",
      `${name}: expected a function, an objective or { value, grad, hvp }, got ${describe(f)}` +
        `${typeof x0 === "function" ? `; the function comes first: write ${name}(f, x0)` : ""}`,
    );
  const unknowns = Unknowns.apart(name, x0);
  return new ServedSolver(unknowns, oracleOf(name, f, unknowns, method.second), method);
}

const ended = (f: unknown, { unknowns, bounds }: Search, { state, code }: Ended): MinimizeResult<unknown> =>
  withCurvature(resultOf(state, unknowns, code, bounds), (state.x as Data).slice(), atEndOf(f, unknowns));
