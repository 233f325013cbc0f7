// Batching: a graph for one example becomes a graph for many, the batch carried as axis 0.
import type { Node } from "../ir/graph.ts";
import { markers } from "../ir/markers.ts";
import { dependents, reachable } from "../ir/walk.ts";

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
  let nodes = reachable(outputs);
  let active = dependents(nodes, inputs);
  // What is the same for all examples cannot wait for what is not.
  const free = markers?.withoutOrder(outputs, (x, n) => active.has(x) && !active.has(n));
  if (free && free !== outputs) {
    outputs = free;
    nodes = reachable(outputs);
    active = dependents(nodes, inputs);
  }
  for (const node of nodes) {
    if (!active.has(node) || image.has(node)) continue;
    const has = node.inputs.map((x) => active.has(x));
    image.set(
      node,
      node.prim.batch(
        node,
        node.inputs.map((x) => image.get(x) ?? x),
        has,
        size,
      ),
    );
  }
  return { outputs: outputs.map((y) => image.get(y) ?? y), batched: outputs.map((y) => active.has(y)) };
}
