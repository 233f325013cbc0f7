// Loops and choices of closed graphs, with all that is done with such nodes: what `scan`, `whileLoop`, `cond` make.
import { batch as batchChoice, jvp as jvpChoice, transpose as transposeChoice } from "../ad/choice.ts";
import { jvp } from "../ad/loop.ts";
import { batch } from "../ad/loop-batch.ts";
import { transpose } from "../ad/loop-transpose.ts";
import { bring, make } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { partsOf } from "../ir/part.ts";
import { apart } from "../opt/graph/apart.ts";
import { expandedChoice, expandedLoop, openedControl } from "../opt/graph/control.ts";
import { type Choice, type ControlRules, choicePrim, type Loop, loopPrim } from "../primitives/control.ts";
import { provideGrowth } from "../run/growth.ts";
import { controlling } from "../run/passes.ts";

function brought(): void {
  bring(controlling);
  provideGrowth();
}
const ofLoops: ControlRules<Loop> = {
  jvp,
  transpose,
  batch,
  expanded: expandedLoop,
  opened: openedControl,
  apart,
  bring: brought,
};
// Spread, they would be a statement with effects to a bundler, and all of loops in every bundle.
const ofChoices: ControlRules<Choice> = {
  jvp: jvpChoice,
  transpose: transposeChoice,
  batch: batchChoice,
  expanded: expandedChoice,
  opened: openedControl,
  apart,
  bring: brought,
};

/** The results of a loop (primitives/control.ts). */
export function loop(inputs: readonly Node[], params: Omit<Loop, "rules">): Node[] {
  brought();
  return partsOf(make(loopPrim, inputs, { ...params, rules: ofLoops }));
}
/** The results of the branch that `inputs[0]` says. */
export function choice(inputs: readonly Node[], branches: Choice["branches"]): Node[] {
  brought();
  return partsOf(make(choicePrim, inputs, { branches, rules: ofChoices }));
}
