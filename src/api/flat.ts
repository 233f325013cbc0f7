// All elements of several arrays as one vector, and arrays of the elements of a vector.
import type { DType } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { convert } from "../primitives/cast.ts";
import { concat, reshape, slice } from "../primitives/shape.ts";
import { full } from "../primitives/spread.ts";

/** What several types become. */
export const commonType = (nodes: readonly Node[]): DType =>
  nodes.length > 0 && nodes.every((n) => n.dtype === "float32") ? "float32" : "float64";

/** The elements of `nodes`, one array after the other, in their common type. */
export function allElements(nodes: readonly Node[]): Node {
  const parts = nodes.map((n) => convert(reshape(n, [n.size]), commonType(nodes)));
  return parts.length === 0 ? full([0], 0, "float64") : parts.length === 1 ? (parts[0] as Node) : concat(parts, 0);
}

/** The arrays like `nodes`, types included, whose elements `vector` has. */
export function arraysOf(vector: Node, nodes: readonly Node[]): Node[] {
  let next = 0;
  return nodes.map(({ size, shape, dtype }) => {
    const part = size === vector.size ? vector : slice(vector, 0, next, next + size);
    next += size;
    return convert(reshape(part, shape), dtype);
  });
}
