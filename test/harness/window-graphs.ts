// Random graphs: diagonals, and convolutions of what can be seen as signals.
import type { Node } from "../../src/ir/graph.ts";
import { convert } from "../../src/primitives/cast.ts";
import { conv } from "../../src/primitives/convolution.ts";
import { diagonal } from "../../src/primitives/diagonal.ts";
import { lastWriter } from "../../src/primitives/last-writer.ts";
import { ge, select } from "../../src/primitives/logic.ts";
import { reshape, slice } from "../../src/primitives/shape.ts";
import { broadcast } from "../../src/primitives/spread.ts";

/** The diagonal of the largest square in the first two axes, or x. */
export function someDiagonal(x: Node): Node {
  const [m, n] = x.shape;
  if (m === undefined || n === undefined) return x;
  const k = Math.min(m, n);
  return diagonal(slice(slice(x, 0, 0, k), 1, 0, k), 0, 1);
}

/** x as one signal or image, convolved with the first elements of y; x where that is not possible. */
export function someConvolution(x: Node, y: Node, p: number, q: number): Node {
  if (x.size === 0 || y.size === 0 || x.shape.length === 0) return x;
  const space = x.shape.length === 1 ? x.shape : x.shape.slice(-2);
  const batch = x.size / space.reduce((a, d) => a * d, 1);
  const taps = space.map((d, i) => Math.min(d, 1 + ((p >> i) % 3)));
  const size = taps.reduce((a, d) => a * d, 1);
  if (y.size < size) return x;
  const window = reshape(slice(reshape(y, [y.size]), 0, 0, size), [1, 1, 1, ...taps]);
  return conv(reshape(x, [1, batch, 1, ...space]), window, {
    stride: space.map((_, i) => 1 + ((q >> i) % 2)),
    padding: space.map((_, i) => [q % 2, (p >> i) % 2] as const),
    spread: space.map(() => 1),
    dilation: space.map((_, i) => 1 + ((p + q + i) % 2)),
  });
}

/** Rows of x that an index means, replaced by the number of the last index that does. */
export function someWriters(x: Node, idx: Node): Node {
  const last = lastWriter(idx, x.shape[0] as number);
  const spread = (n: Node): Node => broadcast(n, x.shape, [0]);
  return select(spread(ge(last, 0)), spread(convert(last, x.dtype)), x);
}
