// What the passes do about nodes that mark others; see markers.ts for what each function is for.
import { make } from "./build.ts";
import type { Node } from "./graph.ts";
import { type Markers, setMarkers } from "./markers.ts";
import { reachable } from "./walk.ts";

function expand(outputs: readonly Node[]): readonly Node[] {
  let current = outputs;
  for (;;) {
    const nodes = reachable(current);
    if (!nodes.some((n) => n.prim.lower.kind === "composition")) return current;
    const image = new Map<Node, Node>();
    for (const n of nodes) {
      let m = n;
      if (n.inputs.some((x) => image.has(x)))
        m = make(
          n.prim,
          n.inputs.map((x) => image.get(x) ?? x),
          n.params,
        );
      const { lower } = m.prim;
      if (lower.kind === "composition") m = lower.of(m);
      if (m !== n) image.set(n, m);
    }
    current = current.map((y) => image.get(y) ?? y);
  }
}

function withoutOrder(outputs: readonly Node[], drop: (input: Node, node: Node) => boolean): readonly Node[] {
  const nodes = reachable(outputs);
  if (!nodes.some((n) => n.prim.orderedAfter !== undefined)) return outputs;
  const image = new Map<Node, Node>();
  for (const n of nodes) {
    const count = n.prim.orderedAfter ?? n.inputs.length;
    const kept = n.inputs.filter((x, i) => i < count || !drop(x, n));
    if (kept.length === n.inputs.length && !kept.some((x) => image.has(x))) continue;
    image.set(
      n,
      make(
        n.prim,
        kept.map((x) => image.get(x) ?? x),
        n.params,
      ),
    );
  }
  return outputs.map((y) => image.get(y) ?? y);
}

function recomputed(nodes: readonly Node[]): { inside: ReadonlySet<Node>; ends: ReadonlySet<Node> } {
  const inside = new Set<Node>();
  const ends = new Set<Node>();
  for (const n of nodes) {
    if (n.prim.residuals === "anew") inside.add(n);
    else if (n.inputs.some((x) => inside.has(x))) (n.prim.residuals === "kept" ? ends : inside).add(n);
  }
  return { inside, ends };
}

function waits(node: Node): Node[] {
  const found: Node[] = [];
  for (let n = node; n.prim.lower.kind === "view" && n.inputs.length > 0; n = n.inputs[0] as Node)
    if (n.prim.orderedAfter !== undefined) found.push(...n.inputs.slice(n.prim.orderedAfter));
  return found;
}

const passes: Markers = { expand, withoutOrder, recomputed, waits };
/** For the constructors of such nodes. */
export const useMarkers = (): void => setMarkers(passes);
