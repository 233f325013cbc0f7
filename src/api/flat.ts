// All elements of several arrays as one vector.
import type { DType } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { convert } from "../primitives/cast.ts";
import { concat, reshape } from "../primitives/shape.ts";
import { full } from "../primitives/spread.ts";

/** What several types become. */
export const commonType = (nodes: readonly Node[]): DType =>
  nodes.length > 0 && nodes.every((n) => n.dtype === "float32") ? "float32" : "float64";

/** The elements of `nodes`, one array after the other, in their common type. */
export function allElements(nodes: readonly Node[]): Node {
  const parts = nodes.map((n) => convert(reshape(n, [n.size]), commonType(nodes)));
  return parts.length === 0 ? full([0], 0, "float64") : parts.length === 1 ? (parts[0] as Node) : concat(parts, 0);
}
