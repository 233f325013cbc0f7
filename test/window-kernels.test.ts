// Convolutions large enough for every block of the kernel (assembly/window/conv.ts): more than 256 taps and columns,
// more than 64 outputs, strides beyond the window, rows that do not fit the buffer; the compiled program against the
// defining sum.
import { describe, expect, test } from "vitest";
import { sizeOf } from "../src/ir/aval.ts";
import { inSession } from "../src/ir/build.ts";
import { conv, type Windows } from "../src/primitives/convolution.ts";
import { parameter } from "../src/primitives/leaf.ts";
import { flip } from "../src/primitives/shape.ts";
import { evaluate } from "./harness/backend.ts";
import { expectSame } from "./harness/compare.ts";
import { rng, vector } from "./harness/rng.ts";

type Shape = readonly number[];
const LARGE: [what: string, x: Shape, w: Shape, windows: Windows][] = [
  [
    "many taps, one output",
    [1, 1, 1, 900],
    [1, 1, 1, 600],
    { stride: [1], padding: [[3, 4]], spread: [1], dilation: [1] },
  ],
  ["many columns", [1, 1, 2, 1100], [1, 1, 2, 5], { stride: [1], padding: [[2, 2]], spread: [1], dilation: [1] }],
  ["many outputs", [1, 1, 3, 20], [1, 70, 3, 3], { stride: [1], padding: [[1, 1]], spread: [1], dilation: [1] }],
  ["many channels", [1, 2, 130, 11], [1, 5, 130, 3], { stride: [2], padding: [[0, 1]], spread: [1], dilation: [1] }],
  [
    "a stride beyond the window",
    [1, 1, 2, 3000],
    [1, 3, 2, 3],
    { stride: [7], padding: [[5, 0]], spread: [1], dilation: [2] },
  ],
  [
    "a wide dilation",
    [1, 1, 1, 12000],
    [1, 2, 1, 300],
    { stride: [1], padding: [[0, 0]], spread: [1], dilation: [39] },
  ],
  [
    "a wide stride and dilation",
    [1, 1, 1, 9000],
    [1, 1, 1, 270],
    { stride: [16], padding: [[9, 9]], spread: [1], dilation: [33] },
  ],
  ["a spread signal", [1, 1, 2, 150], [1, 2, 2, 290], { stride: [3], padding: [[8, 2]], spread: [4], dilation: [1] }],
  // biome-ignore format: one case a line
  ["rows of many taps", [2, 1, 1, 20, 300], [2, 1, 1, 2, 280], { stride: [3, 1], padding: [[1, 1], [0, 9]], spread: [2, 1], dilation: [3, 1] }],
];

describe.each(LARGE)("%s", (_what, xs, ws, windows) => {
  test.each(["float64", "float32"] as const)("%s", (dtype) => {
    inSession(() => {
      const [x, w] = [parameter(xs, dtype), parameter(ws, dtype)];
      const random = rng(7);
      const store = (shape: Shape): Float64Array | Float32Array =>
        dtype === "float64"
          ? Float64Array.from(vector(random, sizeOf(shape)))
          : Float32Array.from(vector(random, sizeOf(shape)));
      const values = [store(xs), store(ws)];
      // Operands as they are, and read backwards: negative strides.
      const last = xs.length - 1;
      expectSame(evaluate, [conv(x, w, windows), conv(flip(x, last), flip(flip(w, 1), last), windows)], [x, w], values);
    });
  });
});

describe("the zeros around and between the elements of the signal are no terms of the sum", () => {
  // By hand: y_i = Σ_l w_l x̂(i + l - 1), x̂ the signal with a zero before and after. The infinite tap meets no
  // element at i = 0.
  const windows: Windows = { stride: [1], padding: [[1, 1]], spread: [1], dilation: [1] };
  test.each([Number.POSITIVE_INFINITY, Number.NaN])("a weight of %d", (bad) => {
    inSession(() => {
      const [x, w] = [parameter([1, 1, 1, 3], "float64"), parameter([1, 1, 1, 3], "float64")];
      const [y] = evaluate([conv(x, w, windows)], [x, w], [Float64Array.of(2, 3, 4), Float64Array.of(bad, 10, 100)]);
      expect([...(y as Float64Array)]).toEqual([320, 2 * bad + 430, 3 * bad + 40]);
    });
  });
  test("a spread signal", () => {
    inSession(() => {
      const [x, w] = [parameter([1, 1, 1, 2], "float64"), parameter([1, 1, 1, 2], "float64")];
      const spread: Windows = { stride: [1], padding: [[0, 0]], spread: [2], dilation: [1] };
      // x̂ = 2 0 3
      const [y] = evaluate(
        [conv(x, w, spread)],
        [x, w],
        [Float64Array.of(2, 3), Float64Array.of(Number.NEGATIVE_INFINITY, 5)],
      );
      expect([...(y as Float64Array)]).toEqual([Number.NEGATIVE_INFINITY, 15]);
    });
  });
});
