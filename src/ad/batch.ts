// Batching: a graph for one example becomes a graph for many, the batch carried as axis 0.
import { close } from "../ir/closed.ts";
import type { Closed, Node, Over } from "../ir/graph.ts";
import { isPart, partIndex } from "../ir/part.ts";
import { dependents, reachable } from "../ir/walk.ts";
import { batched } from "../primitives/define.ts";
import { parameter } from "../primitives/leaf.ts";
import { remembered } from "./derived.ts";

/**
 * `outputs` with each parameter `inputs[i]` replaced by the batched node `values[i]`; says which outputs carry the
 * batch.
 */
export function batchGraph(
  outputs: readonly Node[],
  inputs: readonly Node[],
  values: readonly Node[],
  size: number,
): { outputs: Node[]; batched: boolean[] } {
  const image = new Map<Node, Node>(inputs.map((p, i) => [p, values[i] as Node]));
  /** Of the nodes with several results. */
  const lists = new Map<Node, readonly Node[]>();
  const nodes = reachable(outputs);
  const active = dependents(nodes, inputs);
  for (const node of nodes) {
    if (!active.has(node) || image.has(node)) continue;
    const has = node.inputs.map((x) => active.has(x));
    const args = node.inputs.map((x) => image.get(x) ?? x);
    const { several } = node.prim;
    if (several) lists.set(node, several.batch(node, args, has, size));
    else if (isPart(node)) image.set(node, lists.get(node.inputs[0] as Node)?.[partIndex(node)] as Node);
    else image.set(node, node.prim.batch(node, args, has, size));
  }
  return { outputs: outputs.map((y) => image.get(y) ?? y), batched: outputs.map((y) => active.has(y)) };
}

const batches: WeakMap<Closed, Map<string, Closed>> = /* @__PURE__ */ new WeakMap();

/** A graph for a batch. */
export const over: Over = (body, has, size) =>
  remembered(batches, body, `${has}|${size}`, () => {
    const parameters = body.parameters.map((x, i) => (has[i] ? parameter([size, ...x.shape], x.dtype) : x));
    const carriers = (list: readonly Node[]): Node[] => list.filter((_, i) => has[i]);
    const { outputs, batched: carried } = batchGraph(
      body.outputs,
      carriers(body.parameters),
      carriers(parameters),
      size,
    );
    return close(
      parameters,
      outputs.map((y, i) => batched(y, carried[i] as boolean, size)),
    ).graph;
  });
