// New arrays: NumPy's answers, at once and compiled, and derivatives by hand.
import { describe, expect, test } from "vitest";
import type { Tensor, TensorLike } from "../../src/index.ts";
import * as h from "../../src/index.ts";
import { plain } from "../harness/values.ts";

describe("creation", () => {
  test("the same outside a trace and in one", () => {
    const makers: [() => TensorLike, unknown][] = [
      [() => h.zeros(2), [0, 0]],
      [() => h.ones([1, 2]), [[1, 1]]],
      [() => h.full(2, 7), [7, 7]],
      [() => h.full([], 7), 7],
      [() => h.full(2, true), [1, 1]],
      [() => h.arange(3), [0, 1, 2]],
      [() => h.arange(1, 4), [1, 2, 3]],
      [() => h.arange(1, 0, -0.5), [1, 0.5]],
      [() => h.arange(3, 1), []],
      [() => h.arange(2, 5, { dtype: "int32" }), [2, 3, 4]],
      [() => h.linspace(0, 1, 5), [0, 0.25, 0.5, 0.75, 1]],
      [
        () => h.eye(2),
        [
          [1, 0],
          [0, 1],
        ],
      ],
      [
        () => h.eye(2, 3),
        [
          [1, 0, 0],
          [0, 1, 0],
        ],
      ],
      [() => h.zerosLike([[1, 2]]), [[0, 0]]],
      [() => h.onesLike(Int32Array.of(3)), [1]],
    ];
    for (const [make, expected] of makers) {
      expect(plain(make())).toEqual(expected);
      expect(plain(h.jit((() => make()) as () => Tensor)())).toEqual(expected);
    }
  });
  test("types", () => {
    expect(h.arange(2, { dtype: "int32" })).toEqual(Int32Array.of(0, 1));
    expect(h.zeros(2, { dtype: "float32" })).toEqual(new Float32Array(2));
    expect(h.ones(2, { dtype: "bool" })).toEqual(Uint8Array.of(1, 1));
    expect(h.zerosLike(Float32Array.of(1))).toEqual(new Float32Array(1));
  });
  test("full of a traced value", () => expect(h.grad((x) => h.sum(h.full([2, 3], x)))(1)).toBe(6));
});
