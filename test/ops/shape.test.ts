// Shapes, slices and indices: NumPy's answers, at once and compiled, and derivatives by hand.
import { describe, expect, test } from "vitest";
import type { Tensor } from "../../src/index.ts";
import * as h from "../../src/index.ts";
import { check, plain } from "../harness/values.ts";

const A = [
  [1, 2, 3],
  [4, 5, 6],
];
const V = [10, 20, 30];

describe("shapes", () => {
  test("reshape, ravel, transpose, expandDims, squeeze, broadcastTo", () => {
    check((x) => h.reshape(x, [3, -1]), A, [
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    check((x) => h.reshape(x, -1), A, [1, 2, 3, 4, 5, 6]);
    check((x) => h.reshape(x, []), [7], 7);
    check(h.ravel, A, [1, 2, 3, 4, 5, 6]);
    check((x) => h.transpose(x), A, [
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    check((x) => h.transpose(x, [1, 0]), A, [
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    check((x) => h.expandDims(x, -1), [1, 2], [[1], [2]]);
    check((x) => h.expandDims(x, [0, 2]), [1, 2], [[[1], [2]]]);
    check((x) => h.squeeze(x), [[[1], [2]]], [1, 2]);
    check((x) => h.squeeze(x, 0), [[[1], [2]]], [[1], [2]]);
    check(
      (x) => h.broadcastTo(x, [2, 2]),
      [1, 2],
      [
        [1, 2],
        [1, 2],
      ],
    );
    check(
      (x) => h.broadcastTo(x, [2, 2]),
      [[1], [2]],
      [
        [1, 1],
        [2, 2],
      ],
    );
  });
  test("flip, roll, pad, concat, stack", () => {
    check((x) => h.flip(x, 1), A, [
      [3, 2, 1],
      [6, 5, 4],
    ]);
    check((x) => h.flip(x), A, [
      [6, 5, 4],
      [3, 2, 1],
    ]);
    check((x) => h.roll(x, 1), [1, 2, 3], [3, 1, 2]);
    check((x) => h.roll(x, -4), [1, 2, 3], [2, 3, 1]);
    check((x) => h.roll(x, 1, 0), A, [
      [4, 5, 6],
      [1, 2, 3],
    ]);
    check((x) => h.roll(x, 1), A, [
      [6, 1, 2],
      [3, 4, 5],
    ]);
    check((x) => h.pad(x, 1), [1, 2], [0, 1, 2, 0]);
    check((x) => h.pad(x, [1, 0], { value: 9 }), [1, 2], [9, 1, 2]);
    check(
      (x) =>
        h.pad(x, [
          [0, 1],
          [1, 0],
        ]),
      [[1], [2]],
      [
        [0, 1],
        [0, 2],
        [0, 0],
      ],
    );
    check((x) => h.concat([x, [9], x]), [1, 2], [1, 2, 9, 1, 2]);
    check(
      (x) => h.concat([x, x], { axis: 1 }),
      [[1], [2]],
      [
        [1, 1],
        [2, 2],
      ],
    );
    check(
      (x) => h.stack([x, [3, 4]]),
      [1, 2],
      [
        [1, 2],
        [3, 4],
      ],
    );
    check(
      (x) => h.stack([x, [3, 4]], { axis: -1 }),
      [1, 2],
      [
        [1, 3],
        [2, 4],
      ],
    );
    check((x) => h.stack([x, 2]), 1, [1, 2]);
  });
  test("astype", () => {
    expect(h.astype([1.7, -1.7], "int32")).toEqual(Int32Array.of(1, -1));
    expect(h.astype([0, 2], "bool")).toEqual(Uint8Array.of(0, 1));
    expect(h.grad((x) => h.sum(h.square(h.astype(x, "float32"))))([1, 2])).toEqual(Float64Array.of(2, 4));
  });
});

describe("slices", () => {
  const x = [0, 1, 2, 3, 4];
  /** All of NumPy's cases against array indexing. */
  const numpy = (start: number | null, stop: number | null, step: number): number[] => {
    const n = x.length;
    const clamp = (k: number, low: number, high: number) => Math.min(Math.max(k < 0 ? k + n : k, low), high);
    const [low, high] = step > 0 ? [0, n] : [-1, n - 1];
    const out: number[] = [];
    const to = stop === null ? (step > 0 ? n : -1) : clamp(stop, low, high);
    for (
      let i = start === null ? (step > 0 ? 0 : n - 1) : clamp(start, low, high);
      step > 0 ? i < to : i > to;
      i += step
    )
      out.push(x[i]!);
    return out;
  };
  test("every start, stop and step", () => {
    const bounds = [null, -7, -5, -2, 0, 1, 3, 5, 8];
    for (const start of bounds) {
      for (const stop of bounds) {
        for (const step of [1, 2, 3, -1, -2, -7])
          expect(plain(h.slice(x, [start, stop, step])), `[${start}:${stop}:${step}]`).toEqual(
            numpy(start, stop, step),
          );
      }
    }
  });
  test("several axes", () => {
    check((t) => h.slice(t, null, [1]), A, [
      [2, 3],
      [5, 6],
    ]);
    check((t) => h.slice(t, 1), A, [4, 5, 6]);
    check((t) => h.slice(t, null, -1), A, [3, 6]);
    check((t) => h.slice(t, 0, [null, null, 2]), A, [1, 3]);
    check((t) => h.slice(t, [5]), x, []);
  });
  test("their gradients, with steps too", () => {
    expect(h.grad((t) => h.sum(h.mul(t.slice([1, null, 2]), [10, 20])))(x)).toEqual(Float64Array.of(0, 10, 0, 20, 0));
    expect(h.grad((t) => h.sum(h.mul(t.slice([null, null, -2]), [1, 2, 3])))(x)).toEqual(
      Float64Array.of(3, 0, 2, 0, 1),
    );
  });
});

describe("indices", () => {
  test("at", () => {
    check((t) => h.at(t, 1), A, [4, 5, 6]);
    check((t) => h.at(t, -1, -2), A, 5);
    const pick = (t: Tensor, i: Tensor) => t.at(i.at(0));
    expect(h.jit(pick)(A, Int32Array.of(1))).toEqual(Float64Array.of(4, 5, 6));
    expect(h.jit(pick)([1, 2, 3], Int32Array.of(9))).toBe(3);
    expect(h.grad((t: Tensor, i: Tensor) => h.square(pick(t, i)))([1, 2, 3], Int32Array.of(-1))).toEqual(
      Float64Array.of(0, 0, 6),
    );
    expect(h.jit((t: Tensor, i: Tensor) => t.at(h.astype(i, "int32"), 0))(A, 1)).toBe(4);
  });
  test("take", () => {
    check((t) => h.take(t, [0, -1]), A, [1, 6]);
    check((t) => h.take(t, [[1, 0]], { axis: 0 }), A, [
      [
        [4, 5, 6],
        [1, 2, 3],
      ],
    ]);
    check((t) => h.take(t, 1, { axis: 1 }), A, [2, 5]);
    check((t) => h.take(t, Int32Array.of(2, 2, 0), { axis: -1 }), A, [
      [3, 3, 1],
      [6, 6, 4],
    ]);
    check((t) => h.take(t, new Int32Array(0)), A, []);
    expect(h.jit((t: Tensor, i: Tensor) => h.take(t, i))(V, Int32Array.of(-1, 0))).toEqual(Float64Array.of(30, 10));
    expect(h.grad((t: Tensor) => h.sum(h.mul(h.take(t, [0, 0, 2]), V)))([1, 2, 3])).toEqual(Float64Array.of(30, 0, 30));
    expect(h.hvp((t: Tensor) => h.sum(h.square(h.take(t, [0, 0, 2]))), [1, 2, 3], [1, 1, 1])).toEqual(
      Float64Array.of(4, 0, 2),
    );
  });
});
