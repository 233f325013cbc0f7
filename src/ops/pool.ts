// Pooling: the largest element, or the mean, of every place of a window, as neural networks call it.
import { checkCount, fail } from "../errors.ts";
import { type Shape, showShape, sizeOf } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { withElement } from "../ir/lists.ts";
import { div } from "../primitives/arithmetic.ts";
import { conv } from "../primitives/convolution.ts";
import { gather } from "../primitives/indexing.ts";
import { literal } from "../primitives/leaf.ts";
import { reduceMax } from "../primitives/reduction.ts";
import { concat, reshape, slice } from "../primitives/shape.ts";
import { broadcast, full } from "../primitives/spread.ts";
import { describe } from "../trace/convert.ts";
import type { Tensor, TensorLike, Value } from "../trace/types.ts";
import { apply, checkOptions } from "./apply.ts";
import { type ConvPadding, paddingOf, perAxis } from "./windows.ts";

export interface PoolOptions {
  /** Steps of the window: one number, or one per axis. As long as the window unless given. */
  readonly stride?: number | readonly number[];
  /** What lies around, as for convolutions. 0 unless given. */
  readonly padding?: ConvPadding;
  /** Distance between the elements of the window: one number, or one per axis. 1 unless given. */
  readonly dilation?: number | readonly number[];
}
export interface AvgPoolOptions extends PoolOptions {
  /**
   * Whether padding counts as zeros (true unless given, as in PyTorch and Flax), or the mean is that of the elements
   * of the array.
   */
  readonly countIncludePad?: boolean;
}
export interface Pool<Options> {
  (x: Tensor, window: number | readonly number[], options?: Options): Tensor;
  (x: TensorLike, window: number | readonly number[], options?: Options): Value;
}

/** What the window does along one axis of `n` elements. */
interface Along {
  readonly n: number;
  readonly taps: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: readonly [number, number];
  readonly places: number;
}

/** The window along each pooled axis; a single number pools all axes after those of batch and channels. */
function windowOf(name: string, shape: Shape, window: unknown, options: PoolOptions): Along[] {
  const rank = Array.isArray(window) ? window.length : shape.length - 2;
  if ((rank !== 1 && rank !== 2) || rank > shape.length)
    fail(
      "shape",
      `${name}: window ${Array.isArray(window) ? `of ${window.length} axes` : describe(window)} and an array of ` +
        `shape ${showShape(shape)}; a window is a list of one or two extents, for the last axes, or a number, for ` +
        "those of [n, c, length] or [n, c, height, width]",
    );
  const taps = perAxis(name, "window", window, rank, 1);
  const stride = perAxis(name, "stride", options.stride ?? taps, rank, 1);
  const dilation = perAxis(name, "dilation", options.dilation ?? 1, rank, 1);
  const reach = taps.map((k, i) => (k - 1) * (dilation[i] as number) + 1);
  const space = shape.slice(shape.length - rank);
  const padding = paddingOf(name, options.padding ?? 0, rank, (i) => {
    const [n, s] = [space[i] as number, stride[i] as number];
    return (Math.ceil(n / s) - 1) * s + (reach[i] as number) - n;
  });
  return space.map((n, i) => {
    const [s, p] = [stride[i] as number, padding[i] as [number, number]];
    const places = Math.max(0, Math.floor((n + p[0] + p[1] - (reach[i] as number)) / s) + 1);
    return { n, taps: taps[i] as number, stride: s, dilation: dilation[i] as number, padding: p, places };
  });
}

/** How many elements of the array, not of its padding, the window sees at each place. */
const seen = ({ n, taps, stride, dilation, padding, places }: Along): number[] =>
  Array.from(
    { length: places },
    (_, p) =>
      Array.from({ length: taps }, (_, t) => p * stride + t * dilation - padding[0]).filter((i) => i >= 0 && i < n)
        .length,
  );

function pool<Options extends PoolOptions>(
  name: string,
  kind: "number" | "float",
  known: readonly string[],
  build: (x: Node, window: readonly Along[], options: Options) => Node,
): Pool<Options> {
  return ((x: TensorLike, window: unknown, ...rest: unknown[]) => {
    const [options = {}, ...more] = rest;
    checkCount(name, more, `${name}(x, window, { ${known.join(", ")} })`);
    checkOptions(name, options, known);
    return apply(name, [x], kind, (node) => {
      const along = windowOf(name, node.shape, window, options as Options);
      const shape = [...node.shape.slice(0, node.shape.length - along.length), ...along.map((a) => a.places)];
      return sizeOf(shape) === 0 ? full(shape, 0, node.dtype) : build(node, along, options as Options);
    });
  }) as Pool<Options>;
}

// ---- the largest element ----

/** `axis` as two: places, then what the window sees at each. */
function unfolded(x: Node, axis: number, { n, taps, stride, dilation, padding, places }: Along): Node {
  const split = [...x.shape.slice(0, axis), places, taps, ...x.shape.slice(axis + 1)];
  // Places side by side are a view.
  if (stride === taps && dilation === 1 && padding[0] === 0 && places * taps <= n)
    return reshape(slice(x, axis, 0, places * taps), split);
  const least = x.dtype === "int32" ? -(2 ** 31) : Number.NEGATIVE_INFINITY;
  const around = (k: number): Node[] => (k > 0 ? [full(withElement(x.shape, axis, k), least, x.dtype)] : []);
  const wide = concat([...around(padding[0]), x, ...around(padding[1])], axis);
  const index = Int32Array.from(
    { length: places * taps },
    (_, i) => Math.floor(i / taps) * stride + (i % taps) * dilation,
  );
  return gather(wide, literal(index, [places, taps], "int32"), axis);
}

/**
 * The largest element at each place of a window over the last axes: `window` is a list of one or two extents, or a
 * number for all axes after the first two, as in `[n, c, height, width]`. Options as in `conv2d`, but `stride` is the
 * window's extent unless given; padding never counts, and places that see nothing else are refused. NaN where the
 * window sees one. Ties share the derivative equally, as those of `max`. @shape x [..., h, w] → [..., h', w']
 */
export const maxPool: Pool<PoolOptions> = /* @__PURE__ */ pool<PoolOptions>(
  "maxPool",
  "number",
  ["stride", "padding", "dilation"],
  (x, window) => {
    const lead = x.shape.length - window.length;
    let y = x;
    window.forEach((along, i) => {
      const empty = seen(along).indexOf(0);
      if (empty >= 0)
        fail(
          "value",
          `maxPool: place ${empty} of axis ${i - window.length} sees padding only; pad by less than the window reaches`,
        );
      y = unfolded(y, lead + 2 * i, along);
    });
    return reduceMax(
      y,
      window.map((_, i) => lead + 2 * i + 1),
    );
  },
);

// ---- the mean ----

/**
 * The mean at each place of a window over the last axes: `window` is a list of one or two extents, or a number for
 * all axes after the first two, as in `[n, c, height, width]`. Options as in `conv2d`, but `stride` is the window's
 * extent unless given. Padding counts as zeros unless `countIncludePad` is false; then a place that sees nothing else
 * is NaN. Linear: exact derivatives of every order.
 * @shape x [..., h, w] → [..., h', w'] */
export const avgPool: Pool<AvgPoolOptions> = /* @__PURE__ */ pool<AvgPoolOptions>(
  "avgPool",
  "float",
  ["stride", "padding", "dilation", "countIncludePad"],
  (x, window, { countIncludePad = true }) => {
    const lead = x.shape.slice(0, x.shape.length - window.length);
    const image = reshape(x, [1, sizeOf(lead), 1, ...window.map((a) => a.n)]);
    const ones = full([1, 1, 1, ...window.map((a) => a.taps)], 1, x.dtype);
    const sums = conv(image, ones, {
      stride: window.map((a) => a.stride),
      padding: window.map((a) => a.padding),
      spread: window.map(() => 1),
      dilation: window.map((a) => a.dilation),
    });
    const y = reshape(sums, [...lead, ...window.map((a) => a.places)]);
    if (countIncludePad)
      return div(
        y,
        window.reduce((k, a) => k * a.taps, 1),
      );
    const [first, second = [1]] = window.map(seen) as [number[], number[]?];
    const counts = Float64Array.from(first.flatMap((a) => second.map((b) => a * b)));
    const shape = window.map((a) => a.places);
    const node = literal(x.dtype === "float32" ? Float32Array.from(counts) : counts, shape, x.dtype);
    return div(
      y,
      broadcast(
        node,
        y.shape,
        shape.map((_, i) => lead.length + i),
      ),
    );
  },
);
