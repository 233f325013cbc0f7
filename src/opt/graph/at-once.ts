// How many directions a program takes at once: many where a product is little work or reads matrices that all of them
// meet, one where its arrays would only leave the cache.
import type { MaybeNode, Node } from "../../ir/graph.ts";
import { dependents, reachable } from "../../ir/walk.ts";
import {
  AT_ONCE,
  AT_ONCE_BYTES,
  AT_ONCE_ELEMENTS,
  AT_ONCE_NODES,
  AT_ONCE_SHARED_BYTES,
  AT_ONCE_TINY,
} from "../cost.ts";
import { byteSize } from "../steps/layout.ts";
import { expandCalls } from "./expand.ts";

/** A product as work: what its arrays, and the kernels between them, come to. */
interface Work {
  readonly nodes: number;
  /** Of all arrays that depend on the direction. */
  readonly elements: number;
  /** Of those that kernels read and write. */
  readonly bytes: number;
  /** Of what kernels read that all directions share. */
  readonly shared: number;
}

function workOf(outputs: readonly MaybeNode[], directions: readonly Node[]): Work {
  const nodes = reachable(expandCalls(outputs.filter((y): y is Node => y !== undefined)));
  const active = dependents(nodes, directions);
  let [elements, bytes] = [0, 0];
  const shared = new Set<Node>();
  for (const n of active) {
    elements += n.size;
    const isCall = n.prim.lower.kind === "call";
    if (isCall || directions.includes(n)) bytes += byteSize(n);
    if (isCall) for (const x of n.inputs) if (!active.has(x)) shared.add(x);
  }
  return { nodes: active.size, elements, bytes, shared: [...shared].reduce((sum, x) => sum + byteSize(x), 0) };
}

/**
 * How many of `directions` a program of `outputs`, which are linear in them, takes at once. It depends on the graph
 * alone, so that results are the same everywhere.
 */
export function directionsAtOnce(outputs: readonly MaybeNode[], directions: readonly Node[]): number {
  const { nodes, elements, bytes, shared } = workOf(outputs, directions);
  if (nodes > AT_ONCE_NODES) return 1;
  if (elements <= AT_ONCE_ELEMENTS) return AT_ONCE_TINY;
  return shared < AT_ONCE_SHARED_BYTES ? 1 : Math.max(1, Math.min(AT_ONCE, Math.floor(AT_ONCE_BYTES / bytes)));
}

/**
 * How a whole matrix is computed: by one program for all unit vectors of `directions`, which kernels share; by products
 * for its bands, if it has few, where a product is loops alone; undefined: by a product with each.
 */
export function wholeMatrix(
  outputs: readonly MaybeNode[],
  directions: readonly Node[],
): "blocks" | "bands" | undefined {
  const { nodes, bytes, shared } = workOf(outputs, directions);
  if (nodes > AT_ONCE_NODES) return undefined;
  if (shared === 0) return "bands";
  return directions.reduce((n, d) => n + d.size, 0) * bytes <= AT_ONCE_BYTES ? "blocks" : undefined;
}
