// `minimizeWith`, and what it has in common with `minimize`: a method at work on a function or an objective.
import { type AnyFn, requireScalar } from "../api/common.ts";
import { compiledOf } from "../api/compiled-of.ts";
import type { Objective } from "../api/objective-types.ts";
import { checkCount, fail } from "../errors.ts";
import type { Data } from "../ir/aval.ts";
import { tracing } from "../ir/build.ts";
import { describe, show } from "../trace/convert.ts";
import type { TensorLike, Traced } from "../trace/types.ts";
import { boundsFor } from "./bounds.ts";
import { atEndOf, withCurvature } from "./curvature-at-end.ts";
import { houseFunction, houseObjective } from "./homes.ts";
import { type Method, type OwnOptions, type Row, SPECIAL } from "./methods.ts";
import { checkMinimizeOptions, settingsFor, type Tolerances, type Watching } from "./options.ts";
import type { Method as Steps } from "./progress.ts";
import { type MinimizeResult, resultOf, type Told } from "./result.ts";
import { type Ended, type Search, type Solver, solved } from "./search.ts";
import { TracedSolver } from "./traced-solver.ts";

/** Settings of {@link minimizeWith}. */
export interface MinimizeWithOptions<X = unknown> extends Tolerances, OwnOptions<X>, Watching<X> {}

/**
 * `minimize` with one method, which is given in place of its name: a bundle has the code of that alone. Its functions
 * are traced, or objectives: those of one's own are for {@link minimize}.
 * @throws HvpError if `f` does not return a scalar, or if an option is none or not for this method
 */
export function minimizeWith<const X>(
  method: Method,
  f: ((x: Traced<X>) => TensorLike) | Objective<X>,
  x0: X,
  options?: MinimizeWithOptions<X>,
): MinimizeResult<X>;
export function minimizeWith(...args: unknown[]): unknown {
  const [method, f, x0, options = {}, ...extra] = args as [Row, unknown, unknown, MinimizeWithOptions?];
  const name = "minimizeWith";
  checkCount(name, extra, "write minimizeWith(newtonCg, f, x0, options)");
  if (typeof (method as Row | undefined)?.of !== "function")
    fail("value", `${name}: the method is ${describe(method)}; expected one of "hvp/optimize", such as newtonCg`);
  for (const key of SPECIAL)
    if (options?.[key] !== undefined && !method.takes.includes(key))
      fail("value", `${name}: ${method.name} has no option ${key}`);
  const solver = (steps: Steps): Solver =>
    tracedSolverFor(name, f, x0, steps) ??
    fail("value", `${name}: expected a function or an objective, got ${describe(f)}; others are for minimize`);
  const search = searchOf(name, method, solver, x0, options);
  return ended(f, search, solved(search));
}

/** A search by a method, whose options have been found to be for it. */
export function searchOf(
  name: string,
  method: Row,
  solverFor: (steps: Steps) => Solver,
  x0: unknown,
  options: MinimizeWithOptions,
  more: readonly string[] = [],
): Search {
  if (tracing()) fail("trace", `${name}: a traced function cannot run it; minimize outside of traced functions`);
  const checked = checkMinimizeOptions(name, options, [...more, "memory", "bounds"]);
  const steps = method.of(memoryOf(name, options));
  const solver = solverFor(steps);
  const { unknowns } = solver;
  const start = unknowns.pack(x0, `${name}: x0`);
  const bounds = steps.bounded ? boundsFor(name, options.bounds ?? NO_BOUNDS, unknowns) : undefined;
  const settings: Told = [settingsFor(checked, unknowns, start), ...(bounds ?? [])];
  return { solver, unknowns, start, checked, settings, bounds };
}
export const NO_BOUNDS = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

/** How many steps a method remembers. */
export function memoryOf(name: string, { memory = 10 }: OwnOptions): number {
  if (!(Number.isInteger(memory) && memory > 0))
    fail("value", `${name}: memory is ${show(memory)}; expected a positive integer`);
  return memory;
}

/** What solves for a function or an objective; undefined for what is neither. */
export function tracedSolverFor(name: string, f: unknown, x0: unknown, steps: Steps): Solver | undefined {
  const of = compiledOf(f);
  if (of) return new TracedSolver(houseObjective(of), steps);
  if (typeof f !== "function") return undefined;
  return new TracedSolver(houseFunction(name, f as AnyFn, x0, requireScalar), steps);
}

/** What a search has found. */
export const ended = (f: unknown, { unknowns, bounds }: Search, { state, code }: Ended): MinimizeResult<unknown> =>
  withCurvature(resultOf(state, unknowns, code, bounds), (state.x as Data).slice(), atEndOf(f, unknowns));
