// The hook of nodes that mark others (primitives/custom.ts): functions with rules of their own, and recomputation.
// What the passes do about them is in expansion.ts, absent until the first such node is made, so that bundles without
// them do not carry it.
import type { Node } from "./graph.ts";

export interface Markers {
  /** `outputs` with every composition (see Lowering) replaced by what it is made of. */
  expand(outputs: readonly Node[]): readonly Node[];
  /** `outputs` without inputs that only order, where `drop` says so. */
  withoutOrder(outputs: readonly Node[], drop: (input: Node, node: Node) => boolean): readonly Node[];
  /** What views between `node` and memory must wait for (see Primitive.orderedAfter). */
  waits(node: Node): Node[];
  /** What is computed of copies made for computing anew (checkpoint), and where that ends. */
  recomputed(nodes: readonly Node[]): { readonly inside: ReadonlySet<Node>; readonly ends: ReadonlySet<Node> };
}

export let markers: Markers | undefined;
export const setMarkers = (m: Markers): void => {
  markers = m;
};
