// A whole compilation as text: the graph, and what each pass that changed something made of it.

import type { Node } from "../ir/graph.ts";
import { nameOf, printGraph } from "../ir/print.ts";
import type { Facts } from "./facts.ts";
import type { Pass } from "./pass.ts";
import { runGraph, schedule, type Watcher } from "./pipeline.ts";
import { printSteps } from "./print.ts";

/** The stages from `traced`, what a function returned, to steps. Steps call arrays as the graph above them does. */
export function printStages(
  traced: readonly Node[],
  parameters: readonly Node[],
  passes: readonly Pass[],
  facts: Facts,
): string {
  const stages: { readonly title: string; readonly text: string }[] = [];
  const add = (title: string, text: string): void => {
    if (text !== stages.at(-1)?.text) stages.push({ title, text });
  };
  let names = new Map<Node, string>();
  const addGraph = (title: string, outputs: readonly Node[]): void => {
    names = new Map();
    add(title, printGraph(outputs, parameters, names));
  };
  const arrayName = (n: Node): string => {
    if (!names.has(n)) names.set(n, nameOf(names.size)); // made by a pass, as packed copies are
    return names.get(n) as string;
  };
  const watcher: Watcher = {
    graph: (pass, outputs) => addGraph(`after ${pass}`, outputs),
    steps: (pass, steps) => add(`after ${pass}`, printSteps(steps, arrayName)),
    within: { steps: (pass, steps) => add(`inside, after ${pass}`, printSteps(steps, arrayName)) },
  };
  addGraph("traced", traced);
  const lowered = (["traced", "derived", "lowered"] as const).reduce(
    (outputs, list) => runGraph(list, outputs, passes, facts, watcher),
    traced,
  );
  schedule(lowered, passes, facts, watcher);
  return stages.map(({ title, text }) => `${title}:\n${text}`).join("\n\n");
}
