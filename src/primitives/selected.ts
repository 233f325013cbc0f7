// Choices without a branch: all branches, and of each result the element that the index says.
import { inline } from "../ir/closed.ts";
import type { Closed, Node } from "../ir/graph.ts";
import { le, select } from "./logic.ts";
import { broadcast } from "./spread.ts";

/**
 * The results of the branch that `index` says, one for all or, along axis 0, one for each example. What the other
 * branches make, infinities and NaN too, adds exactly nothing to any derivative.
 */
export function selected(index: Node, branches: readonly Closed[], args: readonly Node[]): Node[] {
  const results = branches.map((b) => inline(b, args));
  const last = results.pop() as Node[];
  const axes = index.shape.map((_, i) => i);
  const better = (k: number, y: Node, rest: Node): Node => select(broadcast(le(index, k), y.shape, axes), y, rest);
  return last.map((y, i) => results.reduceRight((rest, list, k) => better(k, list[i] as Node, rest), y));
}
