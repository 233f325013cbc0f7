// Derivatives and batches of choices: choices among derived graphs, or, where the examples of a batch choose
// differently, all branches and a selection by value.

import { make } from "../ir/build.ts";
import { inline } from "../ir/closed.ts";
import type { Derived, MaybeNode, Node } from "../ir/graph.ts";
import { partsOf } from "../ir/part.ts";
import { type Choice, choicePrim } from "../primitives/control.ts";
import { parameter } from "../primitives/leaf.ts";
import { choiceOf, selected } from "../primitives/selected.ts";
import { zerosLike } from "../primitives/spread.ts";
import { over } from "./batch.ts";
import { push } from "./jvp.ts";
import { pull } from "./transpose.ts";

const isThere = (x: MaybeNode): x is Node => x !== undefined;
const none = (list: readonly unknown[]): boolean[] => list.map(() => false);

/** The choice that `node` makes, among derived graphs of `args`: what any of them has all have. */
function among(node: Node<Choice>, args: readonly Node[], graphs: readonly Derived[]): MaybeNode[] {
  const at = args.map((x) => parameter(x.shape, x.dtype));
  const present = (graphs[0] as Derived).present.map((_, i) => graphs.some((g) => g.present[i]));
  const lists = graphs.map((g) => {
    const results = inline(g.graph, [...at, ...g.captured]);
    let k = 0;
    return g.present.map((is) => (is ? results[k++] : undefined));
  });
  const like = present.map((_, i) => lists.map((l) => l[i]).find(isThere));
  const outputs = lists.map((list) => list.flatMap((y, i) => y ?? (like[i] ? zerosLike(like[i]) : [])));
  const results = present.includes(true)
    ? choiceOf(node.inputs[0] as Node, { at, of: args }, outputs, node.params.rules)
    : [];
  let k = 0;
  return present.map((is) => (is ? results[k++] : undefined));
}

export function jvp(node: Node<Choice>, ds: readonly MaybeNode[]): MaybeNode[] {
  const [, ...args] = node.inputs;
  const moving = ds.slice(1).map(isThere);
  const directions = ds.slice(1).filter(isThere);
  const graphs = node.params.branches.map((b) => push(b, moving, none(directions)));
  return among(node, [...args, ...directions], graphs);
}

export function transpose(node: Node<Choice>, cts: readonly MaybeNode[], marked: readonly boolean[]): MaybeNode[] {
  const [, ...linear] = marked;
  const args = node.inputs.slice(1).filter((_, i) => !linear[i]);
  const given = cts.map(isThere);
  const graphs = node.params.branches.map((b) => pull(b, linear, given, none(cts.filter(isThere))));
  const found = among(node, [...args, ...cts.filter(isThere)], graphs);
  let k = 0;
  return [undefined, ...linear.map((is) => (is ? found[k++] : undefined))];
}

export function batch(node: Node<Choice>, inputs: readonly Node[], has: readonly boolean[], size: number): Node[] {
  const { branches, rules } = node.params;
  const [index, ...args] = inputs as [Node, ...Node[]];
  const [differs, ...flags] = has;
  const moved = branches.map((b) => over(b, flags, size));
  if (!differs) return partsOf(make(choicePrim, inputs, { branches: moved, rules }));
  return selected(index, moved, args);
}
