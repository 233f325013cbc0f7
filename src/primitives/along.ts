// Elements picked along one axis, at each place by an index of its own: a gather from the flattened array.
import { fail } from "../errors.ts";
import { sameShape, showAval, stridesOf } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { withElement } from "../ir/lists.ts";
import { add, maximum, minimum, mul } from "./arithmetic.ts";
import { gather } from "./indexing.ts";
import { iota } from "./leaf.ts";
import { lt, select } from "./logic.ts";
import { reshape } from "./shape.ts";

/**
 * `x` at the int32 indices `idx` along `axis`: result[i, j, k] = x[i, idx[i, j, k], k] for axis 1. The shapes agree
 * but at that axis. Indices are read as `gather` reads them: negative ones count from the end, then all are clamped
 * to the axis. Linear in
 * `x`; its transpose is a scatter-add. @shape x [.., n, ..], idx [.., m, ..] → [.., m, ..] */
export function takeAlong(x: Node, idx: Node, axis: number): Node {
  if (idx.dtype !== "int32") fail("dtype", `takeAlongAxis: indices must be int32, got ${showAval(idx)}`);
  if (idx.shape.length !== x.shape.length || !sameShape(withElement(x.shape, axis, 0), withElement(idx.shape, axis, 0)))
    fail(
      "shape",
      `takeAlongAxis: ${showAval(idx)} does not index axis ${axis} of ${showAval(x)}: all other extents must agree`,
    );
  const n = x.shape[axis] as number;
  if (n === 0 && idx.size > 0)
    fail("axis", `takeAlongAxis: cannot take elements from axis ${axis} of ${showAval(x)}, which is empty`);
  const stride = stridesOf(x.shape);
  const outer = x.shape.map((_, a) => a).filter((a) => a !== axis && x.shape[a] !== 1);
  if (outer.length === 0) return reshape(gather(reshape(x, [n]), reshape(idx, [idx.size]), 0), idx.shape);
  const inside = minimum(maximum(select(lt(idx, 0), add(idx, n), idx), 0), Math.max(0, n - 1));
  const place = outer.reduce(
    (at, a) => add(at, mul(iota(idx.shape, a, "int32"), stride[a] as number)),
    mul(inside, stride[axis] as number),
  );
  return gather(reshape(x, [x.size]), place, 0);
}
