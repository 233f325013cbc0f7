// The pipeline: which passes there are, in what order they run, and the way from a graph to the steps of a program.
//
//   traced    fixed indices      graph → graph, derivatives are taken of the result
//   derived   fold once          derivatives → the same, further ones are taken of them
//   lowered   expand, loops      graph → graph, what is planned
//   (plan)                       graph → steps
//   steps     blocks, pairs, packing, joined calls, sweeps, chunks, streaming
//
// Callers hand in a list of passes (run/passes.ts) and facts; nobody else runs one.
import type { Node } from "../ir/graph.ts";
import type { Facts } from "./facts.ts";
import type { GraphPass, Pass, StepPass, Within } from "./pass.ts";
import { plan } from "./plan/plan.ts";
import { MustStore } from "./plan/puller.ts";
import { type Step, stepsOf } from "./steps/steps.ts";

/** The passes over steps in the order in which they run. */
const ORDER = ["blocks", "pairs", "packing", "joined calls", "sweeps", "chunks", "streaming"];

/** Who wants to see what each pass made: printers and checkers. */
export interface Watcher {
  graph?(pass: string, outputs: readonly Node[]): void;
  steps?(pass: string, steps: readonly Step[]): void;
  /** Who sees the steps inside loops and choices, which are planned like programs; itself, unless given. */
  readonly within?: Watcher;
}

/** `outputs` after the passes of one list over graphs. */
export function runGraph(
  list: GraphPass["list"],
  outputs: readonly Node[],
  passes: readonly Pass[],
  facts: Facts,
  watcher?: Watcher,
): readonly Node[] {
  return passes.reduce((current, pass) => {
    if (pass.list !== list) return current;
    const next = pass.run(current, facts);
    watcher?.graph?.(pass.name, next);
    return next;
  }, outputs);
}

export interface Schedule {
  readonly steps: readonly Step[];
  /** The node whose memory holds output i. */
  readonly outputs: readonly Node[];
  /** How many arrays are stored. */
  readonly stored: number;
}

/** The steps that compute `outputs`. */
export function schedule(
  outputs: readonly Node[],
  passes: readonly Pass[],
  facts: Facts,
  watcher?: Watcher,
  tiny?: number,
  stored?: readonly Node[],
): Schedule {
  const rank = (p: Pass): number => ORDER.indexOf(p.name);
  const list = passes.filter((p): p is StepPass => p.list === "steps").sort((a, b) => rank(a) - rank(b));
  const inside = list.filter((p) => !p.whole);
  const within: Within = (...[inner, ...options]) =>
    schedule(inner, inside, facts, watcher?.within ?? watcher, ...options);
  const forced = new Set(stored);
  for (;;) {
    try {
      const planned = plan(outputs, forced, tiny);
      let steps: readonly Step[] = stepsOf(planned);
      watcher?.steps?.("plan", steps);
      for (const pass of list) {
        steps = pass.run(steps, facts, within);
        watcher?.steps?.(pass.name, steps);
      }
      return { steps, outputs: planned.outputs, stored: planned.roots.size };
    } catch (e) {
      if (!(e instanceof MustStore) || forced.has(e.node)) throw e;
      forced.add(e.node);
    }
  }
}
