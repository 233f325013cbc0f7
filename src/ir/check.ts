// The typechecker: what every pass may assume of the list of nodes it is given.
import { sameShape, showAval } from "./aval.ts";
import { Closed, type Node } from "./graph.ts";
import { isPart } from "./part.ts";
import { reachable } from "./walk.ts";

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
    if (!isPart(node) && node.inputs.some((x) => x.prim.several))
      throw new Error(`check: ${where} uses a node of several results, not a part of it`);
    for (const body of Object.values(node.params)) if (body instanceof Closed) checkClosed(body);
    if (node.shape.some((d) => !Number.isInteger(d) || d < 0))
      throw new Error(`check: ${where} has the impossible shape [${node.shape}]`);
    if (node.size !== node.shape.reduce((n, d) => n * d, 1))
      throw new Error(`check: ${where} has ${node.size} elements of shape [${node.shape}]`);
    seen.add(node);
  }
}

/** Throws unless the leaves of `graph` are its parameters, constants and index ranges. */
function checkClosed({ parameters, outputs }: Closed): void {
  const nodes = reachable([...outputs, ...parameters]);
  check(nodes);
  for (const n of nodes)
    if (n.prim.lower.kind === "leaf" && !("value" in n.params) && !parameters.includes(n))
      throw new Error(`check: ${n.prim.name} ${n.id} is no parameter of the closed graph that uses it`);
}
