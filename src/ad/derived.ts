// Graphs derived from closed graphs: made once for each graph and each question, closed themselves.
import { close } from "../ir/closed.ts";
import type { Closed, Derived, MaybeNode, Node } from "../ir/graph.ts";
import { parameter } from "../primitives/leaf.ts";
import { changedItself, supportOf, within } from "../primitives/support.ts";

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

/** A derivative in terms of the parameters of the graph that it is of. */
export interface OpenDerived {
  /** Parameters that stand for tangents of arguments, or for cotangents of results, and for their supports. */
  readonly at: readonly Node[];
  readonly masks: readonly MaybeNode[];
  /** Tangents of results, or cotangents of arguments. */
  readonly results: readonly MaybeNode[];
  readonly supports: readonly MaybeNode[];
}

/** The derivative that `made` says, in terms of parameters for tangents or cotangents of nodes like `of`. */
export function openDerived(
  of: readonly Node[],
  masked: readonly boolean[],
  made: (seeds: readonly Node[]) => readonly MaybeNode[],
): OpenDerived {
  const at = of.map((x) => parameter(x.shape, x.dtype));
  const masks = of.map((x, k) => (masked[k] ? parameter(x.shape, "bool") : undefined));
  const seeds = at.map((d, k) => within(d, masks[k]));
  const results = made(seeds);
  return { at, masks, results: changedItself(results, seeds), supports: results.map((y) => y && supportOf(y)) };
}

/** The same as a graph of `parameters` and of what stands for tangents or cotangents. */
export function derived(parameters: readonly Node[], { at, masks, results, supports }: OpenDerived): Derived {
  const there = results.filter(isThere);
  let next = there.length;
  return {
    ...close([...parameters, ...at, ...masks.filter(isThere)], [...there, ...supports.filter(isThere)]),
    present: results.map(isThere),
    supports: supports.flatMap((m, i) => (results[i] ? [m ? next++ : -1] : [])),
  };
}

const isThere = (x: MaybeNode): x is Node => x !== undefined;
