// The content of indices that is known before a program runs.
import { stridesOf } from "../../ir/aval.ts";
import type { Node } from "../../ir/graph.ts";
import { dataIn, isLiteral } from "../../primitives/leaf.ts";
import { resolve } from "../plan/pull.ts";

const NONE: ReadonlySet<Node> = /* @__PURE__ */ new Set();

/** The content of `x`, in row-major order, if it is, or is a view of, a captured array of int32 that `isFixed`. */
export function contentOf(x: Node, isFixed: (n: Node) => boolean): Int32Array | undefined {
  const { base, offset, strides } = resolve(x, true, NONE);
  if (!isLiteral(base) || base.dtype !== "int32" || !isFixed(base)) return undefined;
  const data = dataIn(base) as Int32Array;
  if (`${strides}` === `${stridesOf(x.shape)}`) return data.slice(offset, offset + x.size);
  const places = x.shape.reduce(
    (list, n, axis) => list.flatMap((at) => Array.from({ length: n }, (_, i) => at + i * (strides[axis] as number))),
    [offset],
  );
  return Int32Array.from(places, (at) => data[at] as number);
}
