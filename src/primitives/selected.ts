// Choices made of open graphs, and choices without a branch: all branches, and of each result the element that the
// index says.
import { make } from "../ir/build.ts";
import { capturedBy, close, inline } from "../ir/closed.ts";
import type { Closed, Node } from "../ir/graph.ts";
import { partsOf } from "../ir/part.ts";
import { reachable } from "../ir/walk.ts";
import { type Choice, choicePrim } from "./control.ts";
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

/** The parameters of branches, and what they are. */
export interface Arguments {
  readonly at: readonly Node[];
  readonly of: readonly Node[];
}
/** A choice among `outputs`, one list for each branch; arguments that none of them reads are left out. */
export function choiceOf(
  index: Node,
  { at, of }: Arguments,
  outputs: readonly (readonly Node[])[],
  rules: Choice["rules"],
): Node[] {
  const captured = [...new Set(outputs.flatMap((list) => capturedBy(list, at)))];
  const read = new Set(reachable(outputs.flat()));
  const used = at.map((p) => read.has(p));
  const parameters = [...at.filter((_, i) => used[i]), ...captured];
  const branches = outputs.map((list) => close(parameters, list).graph);
  return partsOf(make(choicePrim, [index, ...of.filter((_, i) => used[i]), ...captured], { branches, rules }));
}
