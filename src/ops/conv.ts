// Convolutions of signals and images, as neural networks call them: the window is not reversed.
import { fail } from "../errors.ts";
import { showShape } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { convert } from "../primitives/cast.ts";
import { conv, type Windows } from "../primitives/convolution.ts";
import { reshape, transpose } from "../primitives/shape.ts";
import type { Tensor, TensorLike, Value } from "../trace/types.ts";
import { apply, checkOptions, operation } from "./apply.ts";
import { type ConvPadding, paddingOf, perAxis } from "./windows.ts";

export interface ConvOptions {
  /** Steps of the window: one number, or one per axis. 1 unless given. */
  readonly stride?: number | readonly number[];
  /** 0 unless given. */
  readonly padding?: ConvPadding;
  /** Distance between the elements of the window: one number, or one per axis. 1 unless given. */
  readonly dilation?: number | readonly number[];
  /** Groups of channels that do not mix. 1 unless given. */
  readonly groups?: number;
}
export interface Convolution {
  (x: Tensor, w: TensorLike, options?: ConvOptions): Tensor;
  (x: TensorLike, w: Tensor, options?: ConvOptions): Tensor;
  (x: TensorLike, w: TensorLike, options?: ConvOptions): Value;
}

function convolution(name: string, d: 1 | 2): Convolution {
  const layout =
    d === 1
      ? ["[batch, channels, length]", "[out, channels / groups, taps]"]
      : ["[batch, channels, height, width]", "[out, channels / groups, rows, columns]"];
  return operation(name, 3, (x: TensorLike, w: TensorLike, options: ConvOptions = {}) => {
    checkOptions(name, options, ["stride", "padding", "dilation", "groups"]);
    const stride = perAxis(name, "stride", options.stride ?? 1, d, 1);
    const dilation = perAxis(name, "dilation", options.dilation ?? 1, d, 1);
    const [groups] = perAxis(name, "groups", options.groups ?? 1, 1, 1) as [number];
    return apply(name, [x, w], "number", (image, window) => {
      const shapes = `shapes ${showShape(image.shape)} and ${showShape(window.shape)}`;
      if (image.shape.length !== d + 2 || window.shape.length !== d + 2)
        fail("shape", `${name}: ${shapes}; expected ${layout[0]} and ${layout[1]}: add missing axes with expandDims`);
      const [n, c, ...space] = image.shape as [number, number, ...number[]];
      const [o, inner, ...taps] = window.shape as [number, number, ...number[]];
      if (c !== inner * groups || o % groups !== 0)
        fail(
          "shape",
          `${name}: ${shapes} with ${groups} ${groups === 1 ? "group" : "groups"}; the window needs ` +
            `${c / groups} input channels, and a multiple of ${groups} outputs`,
        );
      if (taps.includes(0)) fail("shape", `${name}: ${shapes}: the window is empty`);
      const reach = taps.map((k, i) => (k - 1) * (dilation[i] as number) + 1);
      const padding = paddingOf(name, options.padding ?? 0, d, (i) => {
        const [extent, s] = [space[i] as number, stride[i] as number];
        return (Math.ceil(extent / s) - 1) * s + (reach[i] as number) - extent;
      });
      const windows: Windows = { stride, padding, spread: taps.map(() => 1), dilation };
      // Channels of one group are neighbours: [n, g·c, ...] → [g, n, c, ...] and back.
      const swapped = [1, 0, ...Array.from({ length: d + 1 }, (_, i) => i + 2)];
      const grouped = transpose(reshape(image, [n, groups, inner, ...space]), swapped);
      const float = (y: Node): Node => convert(y, image.dtype === "int32" ? "float64" : image.dtype);
      const y = conv(float(grouped), float(reshape(window, [groups, o / groups, inner, ...taps])), windows);
      return convert(reshape(transpose(y, swapped), [n, o, ...y.shape.slice(3)]), image.dtype);
    });
  });
}

/**
 * Convolution of signals with windows that are not reversed (correlation): y[n, o, i] = Σ w[o, c, k] x[n, c, i·stride
 * + k·dilation - padding]. With `groups`, output channel o sees only the channels of its group. Exact derivatives of
 * every order: its transposes are convolutions. @shape x [n, c, l], w [o, c / groups, k] → [n, o, l']
 */
export const conv1d: Convolution = /* @__PURE__ */ convolution("conv1d", 1);

/**
 * Convolution of images, as `conv1d` along two axes. @shape x [n, c, h, w], w [o, c / groups, k, l] → [n, o, h', w']
 */
export const conv2d: Convolution = /* @__PURE__ */ convolution("conv2d", 2);
