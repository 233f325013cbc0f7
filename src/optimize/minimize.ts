// `minimize` and `minimizeAsync`: a method, what it is to minimize, and those who look on.
import type { Objective } from "../api/objective-types.ts";
import { checkCount, fail } from "../errors.ts";
import { describe } from "../trace/convert.ts";
import type { TensorLike, Traced } from "../trace/types.ts";
import { type Functions, isFunctions, oracleOf } from "./functions.ts";
import { methodNamed } from "./method-names.ts";
import type { MethodName } from "./methods.ts";
import { ended, type MinimizeWithOptions, searchOf, tracedSolverFor } from "./minimize-with.ts";
import type { Method as Steps } from "./progress.ts";
import type { MinimizeResult } from "./result.ts";
import { type Search, type Solver, solved, solvedAsync } from "./search.ts";
import { ServedSolver } from "./served-solver.ts";
import { Unknowns } from "./unknowns.ts";

/** Settings of {@link minimize}. */
export interface MinimizeOptions<X = unknown> extends MinimizeWithOptions<X> {
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
  const search = searchFor("minimize", f, x0, options);
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
  const search = searchFor("minimizeAsync", f, x0, options as MinimizeOptions);
  return ended(f, search, await solvedAsync(search)) as MinimizeResult<X>;
}

function searchFor(name: string, f: unknown, x0: unknown, options: MinimizeOptions): Search {
  const solver = (steps: Steps): Solver => tracedSolverFor(name, f, x0, steps) ?? servedSolver(name, f, x0, steps);
  return searchOf(name, methodNamed(name, options), solver, x0, options, ["method"]);
}

function servedSolver(name: string, f: unknown, x0: unknown, steps: Steps): Solver {
  if (!isFunctions(f))
    return fail(
      "value",
      `${name}: expected a function, an objective or { value, grad, hvp }, got ${describe(f)}` +
        `${typeof x0 === "function" ? `; the function comes first: write ${name}(f, x0)` : ""}`,
    );
  const unknowns = Unknowns.apart(name, x0);
  return new ServedSolver(unknowns, oracleOf(name, f, unknowns, steps.second), steps);
}
