// Walks over graphs without recursion: topological order, dependence, substitution.
import { make } from "./build.ts";
import type { MaybeNode, Node } from "./graph.ts";

/** All nodes that `outputs` need, inputs before users. */
export function reachable(outputs: readonly MaybeNode[]): Node[] {
  const seen = new Set<Node>();
  const stack: Node[] = [];
  for (const o of outputs) if (o && !seen.has(o)) stack.push(o), seen.add(o);
  const found: Node[] = [];
  for (let node = stack.pop(); node; node = stack.pop()) {
    found.push(node);
    for (const x of node.inputs) if (!seen.has(x)) stack.push(x), seen.add(x);
  }
  return found.sort((a, b) => a.id - b.id);
}

/** The nodes among `nodes` (in topological order) that depend on a member of `roots`, roots included. */
export function dependents(nodes: readonly Node[], roots: readonly Node[]): Set<Node> {
  const active = new Set<Node>(roots);
  for (const n of nodes) if (n.inputs.some((x) => active.has(x))) active.add(n);
  return active;
}

/** `outputs` with every `from[i]` replaced by `to[i]`. */
export function substitute<T extends MaybeNode>(outputs: readonly T[], from: readonly Node[], to: readonly Node[]): T[] {
  if (from.every((p, i) => p === to[i])) return [...outputs];
  const image = new Map<Node, Node>(from.map((p, i) => [p, to[i] as Node]));
  for (const n of reachable(outputs)) {
    if (!image.has(n) && n.inputs.some((x) => image.has(x))) {
      image.set(
        n,
        make(
          n.prim,
          n.inputs.map((x) => image.get(x) ?? x),
          n.params,
        ),
      );
    }
  }
  return outputs.map((o) => (o && image.get(o)) ?? o) as T[];
}
