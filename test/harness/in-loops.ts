// What the loops of a program do to large arrays in every iteration: nothing, where carries are changed in place.
import type { Node } from "../../src/ir/graph.ts";
import { NO_FACTS } from "../../src/opt/facts.ts";
import { runGraph, schedule } from "../../src/opt/pipeline.ts";
import { callsOf, type Inside, type Step, writesOf } from "../../src/opt/steps/steps.ts";
import { isLoop } from "../../src/primitives/control.ts";
import { passesHere } from "../../src/run/passes.ts";

/** Names of what touches all of an array of at least `least` elements in an iteration: steps, and copies of carries. */
export function wholeArraysInLoops(outputs: readonly Node[], least: number): { loops: number; whole: string[] } {
  const { list } = passesHere();
  const { steps } = schedule(runGraph("lowered", outputs, list, NO_FACTS), list, NO_FACTS);
  const whole: string[] = [];
  let loops = 0;
  const visit = (step: Step): void => {
    if (step.kind !== "control" || !isLoop(step.node)) return;
    loops++;
    const { blocks, inPlace } = step.inside as Inside;
    const [body] = blocks as [Inside["blocks"][number]];
    body.parameters.slice(0, step.node.params.carries).forEach((p, i) => {
      const y = body.outputs[i] as Node;
      if (p.size >= least && inPlace.get(y) !== p) whole.push(`copy of ${y.prim.name}`);
    });
    for (const s of blocks.flatMap((b) => b.steps)) {
      visit(s);
      if (s.kind === "control") continue;
      const changes = callsOf(s).every((c) => typeof c.init === "number" && inPlace.has(c.nodes[0] as Node));
      for (const n of writesOf(s)) if (n.size >= least && !(s.kind === "call" && changes)) whole.push(n.prim.name);
      if (s.kind === "loop" && s.nest.sizes.reduce((a, b) => a * b, 1) >= least) whole.push(`nest ${s.nest.sizes}`);
    }
  };
  steps.forEach(visit);
  return { loops, whole };
}
