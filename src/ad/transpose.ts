// Reverse mode: the transpose of a linear graph, cotangents pulled from outputs to inputs and added up at each node.
import { fail } from "../errors.ts";
import type { MaybeNode, Node } from "../ir/graph.ts";
import { dependents, reachable } from "../ir/walk.ts";
import { accumulate } from "../primitives/accumulate.ts";

/** For `outputs` that are linear in the nodes `inputs`: the cotangents of `inputs` given those of the outputs. */
export function pullback(
  outputs: readonly MaybeNode[],
  inputs: readonly Node[],
  cotangents: readonly MaybeNode[],
): MaybeNode[] {
  const nodes = reachable(outputs);
  const linear = dependents(nodes, inputs);
  const terms = new Map<Node, Node[]>();
  const give = (x: Node, ct: MaybeNode): void => {
    if (!ct) return;
    const list = terms.get(x);
    if (list) list.push(ct);
    else terms.set(x, [ct]);
  };
  outputs.forEach((y, i) => {
    if (y && linear.has(y)) give(y, cotangents[i]);
  });
  const isInput = new Set(inputs);
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i] as Node;
    const list = terms.get(node);
    if (!list || isInput.has(node)) continue;
    terms.delete(node);
    const marks = node.inputs.map((x) => linear.has(x));
    if (!node.prim.transpose)
      fail("rule", `${node.prim.name}: has no transpose rule, so reverse mode cannot pass through it here`);
    const cts = node.prim.transpose(node, accumulate(list), marks);
    node.inputs.forEach((x, k) => {
      if (marks[k]) give(x, cts[k]);
    });
  }
  return inputs.map((x) => {
    const list = terms.get(x);
    return list && accumulate(list);
  });
}
