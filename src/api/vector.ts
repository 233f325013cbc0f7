// Resident vectors, for whoever imports this file: without it, no bundle has what only they need.
import { checkCount, fail } from "../errors.ts";
import type { Like } from "../trace/types.ts";
import { compiledOf } from "./compiled-of.ts";
import { provideVectors } from "./objective-face.ts";
import type { Objective, Vector } from "./objective-types.ts";
import { ResidentCalls } from "./resident-calls.ts";

/** Gives objectives their method `vector`. */
export const attachVectors = (): void =>
  provideVectors((of, values) => {
    const { calls } = of;
    if (calls instanceof ResidentCalls) return calls.vector(values);
    const first = new ResidentCalls(of);
    of.calls = first;
    return first.vector(values);
  });

/**
 * An array like x (for a tree, all its arrays) whose elements stay in the library's memory: `problem.vector(values)`,
 * for bundles of "hvp/functions". Every call of `problem` and of its points takes it in place of arrays, as argument
 * and as `out`, without a copy. Zeros, unless `values` are given.
 *
 * @throws HvpError if `problem` is not an objective, was disposed of, or if `values` are not like x
 */
export function vector<X>(problem: Objective<X>, values?: Like<X>): Vector<X>;
export function vector<X>(problem: Objective<X>, values?: Like<X>, ...extra: unknown[]): Vector<X> {
  checkCount("vector", extra, "write vector(problem, values)");
  if (!compiledOf(problem))
    fail("value", "vector: the first argument must be an objective; write vector(objective(f, x0))");
  attachVectors();
  return problem.vector(values);
}
