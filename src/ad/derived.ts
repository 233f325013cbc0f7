// Graphs derived from closed graphs: made once for each graph and each question, closed themselves.
import { close } from "../ir/closed.ts";
import type { Closed, Derived, MaybeNode, Node } from "../ir/graph.ts";
import { changedItself, supportOf } from "../primitives/support.ts";

/** `made` of graphs, remembered by graph and `question`. */
export function remembered<T>(
  memory: WeakMap<Closed, Map<string, T>>,
  body: Closed,
  question: string,
  made: () => T,
): T {
  let of = memory.get(body);
  if (!of) memory.set(body, (of = new Map()));
  let known = of.get(question);
  if (known === undefined) of.set(question, (known = made()));
  return known;
}

/**
 * `results` as a graph of `parameters`, with their supports as further results. `shown`: these show the supports of
 * parameters, which are zero elsewhere.
 */
export function derived(
  parameters: readonly Node[],
  results: readonly MaybeNode[],
  shown: readonly Node[] = [],
): Derived {
  const there = results.filter((y): y is Node => y !== undefined);
  const masks = there.map((y) => supportOf(y));
  let next = there.length;
  return {
    ...close(parameters, [...changedItself(there, shown), ...masks.filter((m): m is Node => m !== undefined)]),
    present: results.map((y) => y !== undefined),
    supports: masks.map((m) => (m ? next++ : -1)),
  };
}
