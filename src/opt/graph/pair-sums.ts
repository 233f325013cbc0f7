// Sums over arrays of pairs: the sign, cheap to look for, that a program may have loops over pairs.
import type { Shape } from "../../ir/aval.ts";
import type { Node } from "../../ir/graph.ts";
import { reachable } from "../../ir/walk.ts";
import { PAIR_PARTNERS } from "../cost.ts";

/**
 * The sums of arrays of pairs, those with two axes of one extent: without them no plan need be made to find loops
 * over pairs.
 */
export function pairSums(outputs: readonly Node[]): Node[] {
  const ofPairs = (s: Shape): boolean => s.some((d, i) => d >= PAIR_PARTNERS && s.indexOf(d, i + 1) > 0);
  return reachable(outputs).filter((n) => n.prim.lower.kind === "reduce" && ofPairs((n.inputs[0] as Node).shape));
}
