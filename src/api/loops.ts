// Loops and choices of closed graphs, with all that is done with such nodes: what `scan`, `whileLoop`, `cond` make.
import { choiceRules, loopRules } from "../ad/control.ts";
import { make } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { partsOf } from "../ir/part.ts";
import { unrolled } from "../opt/graph/unroll.ts";
import { type Choice, type ControlRules, choicePrim, type Loop, loopPrim } from "../primitives/control.ts";

const ofLoops: ControlRules<Loop> = {
  ...loopRules,
  expanded: (node) => unrolled(node as unknown as Node<Loop>),
  opened: () => [],
};
const ofChoices: ControlRules<Choice> = { ...choiceRules, expanded: () => undefined, opened: () => [] };

/** The results of a loop (primitives/control.ts). */
export const loop = (inputs: readonly Node[], params: Omit<Loop, "rules">): Node[] =>
  partsOf(make(loopPrim, inputs, { ...params, rules: ofLoops }));
/** The results of the branch that `inputs[0]` says. */
export const choice = (inputs: readonly Node[], branches: Choice["branches"]): Node[] =>
  partsOf(make(choicePrim, inputs, { branches, rules: ofChoices }));
