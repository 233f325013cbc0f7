// The typechecker: what every pass may assume of the list of nodes it is given.
import { sameShape, showAval } from "./aval.ts";
import type { Node } from "./graph.ts";

/**
 * Throws unless `nodes` lists inputs before users, each node once, and every node has the type that its primitive's
 * rule gives it.
 */
export function check(nodes: readonly Node[]): void {
  const seen = new Set<Node>();
  for (const node of nodes) {
    const where = `node ${node.id} = ${node.prim.name}`;
    if (seen.has(node)) throw new Error(`check: ${where} is listed twice`);
    for (const x of node.inputs) {
      if (!seen.has(x)) throw new Error(`check: ${where} uses ${x.prim.name} (node ${x.id}) before it is listed`);
      if (x.id >= node.id) throw new Error(`check: ${where} has an input with the later id ${x.id}`);
    }
    const aval = node.prim.aval(node.inputs, node.params);
    if (aval.dtype !== node.dtype || !sameShape(aval.shape, node.shape))
      throw new Error(`check: ${where} is ${showAval(node)}, its rule says ${showAval(aval)}`);
    if (node.shape.some((d) => !Number.isInteger(d) || d < 0))
      throw new Error(`check: ${where} has the impossible shape [${node.shape}]`);
    if (node.size !== node.shape.reduce((n, d) => n * d, 1))
      throw new Error(`check: ${where} has ${node.size} elements of shape [${node.shape}]`);
    seen.add(node);
  }
}
