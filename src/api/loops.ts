// Loops and choices of closed graphs, with all that is done with such nodes: what `scan`, `whileLoop`, `cond` make.
import * as choices from "../ad/choice.ts";
import { jvp, transpose } from "../ad/loop.ts";
import { batch } from "../ad/loop-batch.ts";
import { make } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { partsOf } from "../ir/part.ts";
import { unrolled } from "../opt/graph/unroll.ts";
import { type Choice, type ControlRules, choicePrim, type Loop, loopPrim } from "../primitives/control.ts";
import { selected } from "../primitives/selected.ts";

const ofLoops: ControlRules<Loop> = {
  jvp,
  transpose,
  batch,
  expanded: (node) => unrolled(node as unknown as Node<Loop>),
  opened: () => [],
};
const ofChoices: ControlRules<Choice> = {
  ...choices,
  expanded: ({ inputs: [index, ...args], params }) => selected(index as Node, (params as Choice).branches, args),
  opened: () => [],
};

/** The results of a loop (primitives/control.ts). */
export const loop = (inputs: readonly Node[], params: Omit<Loop, "rules">): Node[] =>
  partsOf(make(loopPrim, inputs, { ...params, rules: ofLoops }));
/** The results of the branch that `inputs[0]` says. */
export const choice = (inputs: readonly Node[], branches: Choice["branches"]): Node[] =>
  partsOf(make(choicePrim, inputs, { branches, rules: ofChoices }));
