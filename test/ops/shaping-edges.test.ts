// Edges of the shape, indexing and contraction operations that the tables of values do not reach: ranks below the
// least, traced starts and segment ids, slopes at the points of interp, masks, and the messages of misuse. Values by
// hand.
import { describe, expect, test } from "vitest";
import * as h from "../../src/index.ts";
import { plain } from "../harness/values.ts";

// biome-ignore lint/suspicious/noExplicitAny: calls that the types forbid.
const any = (x: unknown): any => x;
const int = (...i: number[]): Int32Array => Int32Array.from(i);

describe("ranks below the least", () => {
  test("atleast1d and atleast2d put axes in front, and leave others alone", () => {
    expect(plain(h.atleast1d(3))).toEqual([3]);
    expect(plain(h.atleast1d([1, 2]))).toEqual([1, 2]);
    expect(plain(h.atleast2d(3))).toEqual([[3]]);
    expect(plain(h.atleast2d([1, 2]))).toEqual([[1, 2]]);
    expect(plain(h.atleast2d([[1], [2]]))).toEqual([[1], [2]]);
    expect(h.grad((x: h.Tensor) => h.sum(h.square(h.atleast2d(x))))([1, 2])).toEqual(Float64Array.of(2, 4));
  });
});

describe("traced starts", () => {
  const x = [0, 10, 20, 30, 40];
  const window = h.jit((a: h.Tensor, i: h.Tensor) => h.dynamicSlice(a, [h.astype(i, "int32")], [2]));
  test.each([
    [0, [0, 10]],
    [3, [30, 40]],
    [4, [30, 40]], // clamped, so that the window lies within
    [9, [30, 40]],
    [-1, [30, 40]], // from the end, then clamped
    [-3, [20, 30]],
    [-9, [0, 10]],
  ])("a window at %d", (i, want) => {
    expect(plain(window(x, i))).toEqual(want);
    expect(plain(h.dynamicSlice(x, [i], [2]))).toEqual(want);
  });
  test("two traced starts; derivatives land where the window lay", () => {
    const m = [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ];
    const f = (i: number, j: number) => (a: h.Tensor) => {
      const at = [i, j].map((k) => h.astype(h.mul(h.sum(h.mul(0, a)), 0).add(k), "int32"));
      return h.sum(h.mul(h.square(h.dynamicSlice(a, at, [2, 2])), 0.5));
    };
    expect(plain(h.grad(f(1, 0))(m))).toEqual([
      [0, 0, 0],
      [4, 5, 0],
      [7, 8, 0],
    ]);
    expect(plain(h.hvp(f(1, 1), m, m))).toEqual([
      [0, 0, 0],
      [0, 5, 6],
      [0, 8, 9],
    ]);
  });
  test("an update at a traced start; what it replaced has exactly zero derivatives, infinite ones too", () => {
    const f = (a: h.Tensor): h.Tensor => {
      const at = h.astype(h.mul(0, a.at(0)).add(1), "int32");
      return h.sum(h.sqrt(h.dynamicUpdateSlice(a, h.mul(a.slice([0, 2]), 4), [at])));
    };
    // √a₀ + √(4a₀) + √(4a₁): the zero at place 2 is replaced before its root is taken
    expect(h.grad(f)([4, 9, 0])).toEqual(Float64Array.of(0.25 + 0.5, 1 / 3, 0));
    expect(h.hvp(f, [4, 9, 0], [1, 0, 5])).toEqual(Float64Array.of(-1 / 32 - 1 / 16, -0, 0).map((v) => v + 0));
  });
});

describe("segments", () => {
  test("rows whose traced id is out of range are left out of the sums and have zero derivatives", () => {
    const f = h.jit((a: h.Tensor, ids: h.Tensor) => h.segmentSum(a, ids, 3));
    expect(f([1, 2, 4, 8, 16], int(0, 2, 2, -1, 3))).toEqual(Float64Array.of(1, 0, 6));
    const g = h.grad((a: h.Tensor, ids: h.Tensor) => h.sum(h.square(h.segmentSum(a, ids, 3))));
    expect(any(g)([1, 2, 4, 8, 16], int(0, 2, 2, -1, 3))).toEqual(Float64Array.of(2, 12, 12, 0, 0));
  });
  test("constant ids out of range are refused", () =>
    expect(() => h.segmentSum([1, 2], [0, 3], 3)).toThrow(/segmentSum: id 3 is not one of the segments 0 to 2/));
});

describe("interp", () => {
  const [xp, fp] = [
    [0, 1, 3],
    [0, 10, 14],
  ];
  const slope = (x: number): number => h.grad((a: h.Tensor) => h.interp(a, xp as number[], fp as number[]))(x);
  test("slopes inside the pieces, at the points, and outside", () => {
    expect([0.5, 2].map(slope)).toEqual([10, 2]);
    // at a point, that of the piece on its right; at the last, of the piece on its left
    expect([0, 1, 3].map(slope)).toEqual([10, 2, 2]);
    expect([-1, 4].map(slope)).toEqual([0, 0]);
  });
  test("derivatives in the points and the values: the weights of the two neighbours", () => {
    const at = 2; // halfway from 1 to 3
    expect(h.grad((f: h.Tensor) => h.interp(at, xp as number[], f))(fp as number[])).toEqual(
      Float64Array.of(0, 0.5, 0.5),
    );
    // f₁ + s (f₂ - f₁), s = (x - x₁)/(x₂ - x₁): ∂/∂x₁ = -slope (1 - s), ∂/∂x₂ = -slope s
    expect(h.grad((p: h.Tensor) => h.interp(at, p, fp as number[]))(xp as number[])).toEqual(
      Float64Array.of(0, -1, -1),
    );
  });
});

describe("what a mask left out stays out", () => {
  const log = (a: h.Tensor): h.Tensor => h.where(h.gt(a, 0), h.log(a), 0);
  const x = [2, 0, 4];
  test.each([
    ["diagonal", (a: h.Tensor) => h.diagonal(h.diag(log(a)))],
    ["tile and repeat", (a: h.Tensor) => h.mul(0.25, h.repeat(h.tile(log(a), [2]), 2))],
    ["takeAlongAxis", (a: h.Tensor) => h.takeAlongAxis(log(a), int(2, 1, 0), 0)],
    ["kron", (a: h.Tensor) => h.kron(log(a), [1])],
    ["swapaxes", (a: h.Tensor) => h.swapaxes(h.expandDims(log(a), 0), 0, 1)],
  ])("%s", (_name, f) => {
    const g = (a: h.Tensor): h.Tensor => h.sum(f(a));
    expect(h.grad(g)(x)).toEqual(Float64Array.of(0.5, 0, 0.25));
    expect((h.hvp(g, x, [1, 1, 1]) as Float64Array).map((v) => v + 0)).toEqual(Float64Array.of(-0.25, 0, -0.0625));
  });
});

describe("misuse says what was wrong and what to do", () => {
  const m = [
    [1, 2],
    [3, 4],
  ];
  test.each<[string, () => unknown, string, RegExp]>([
    ["moveaxis", () => h.moveaxis(m, [0, 1], [0]), "axis", /^moveaxis: 2 axes to move, 1 places/],
    ["swapaxes", () => h.swapaxes(m, 0, 2), "axis", /^swapaxes: axis 2 is out of range for an array of 2 axes/],
    ["meshgrid", () => h.meshgrid([[1, 2], m]), "shape", /^meshgrid: array 2 has shape \[2, 2\]; expected vectors/],
    ["split", () => h.split([1, 2, 3], 2), "shape", /^split: /],
    [
      "tril of a vector",
      () => h.tril([1, 2]),
      "shape",
      /^tril: expected a matrix or a stack of matrices, got shape \[2\]/,
    ],
    [
      "trace",
      () => h.trace(m, { axis1: 1, axis2: -1 }),
      "axis",
      /^trace: axis1 and axis2 are both 1; they must differ/,
    ],
    [
      "diag",
      () => h.diag([m, m]),
      "shape",
      /^diag: expected a vector or a matrix, got shape \[2, 2, 2\]; diagonal takes any axes/,
    ],
    ["einsum, a subscript too many", () => h.einsum("ijk->i", m), "shape", /^einsum: "ijk->i"/],
    ["einsum, extents", () => h.einsum("ij,jk->ik", m, [[1, 2, 3]]), "shape", /^einsum: "ij,jk->ik"/],
    ["einsum without operands", () => any(h.einsum)("ij"), "value", /^einsum: "ij" has no operands/],
    ["tensordot", () => h.tensordot(m, m, 3), "axis", /^tensordot: cannot contract 3 axes/],
    ["inner", () => h.inner([1, 2], [1, 2, 3]), "shape", /^inner: shapes \[2\] and \[3\] do not fit/],
    [
      "matrixPower",
      () => h.matrixPower([[1, 2, 3]], 2),
      "shape",
      /^matrixPower: expected square matrices, got shape \[1, 3\]/,
    ],
    ["conv1d", () => h.conv1d([1, 2, 3], [1]), "shape", /^conv1d: .*expandDims/],
    [
      "dynamicSlice",
      () => h.dynamicSlice([1, 2], [0], [3]),
      "shape",
      /^dynamicSlice: sizes \[3\] of a window in shape \[2\]/,
    ],
    [
      "dynamicUpdateSlice",
      () => h.dynamicUpdateSlice([1, 2], [1, 2, 3], [0]),
      "shape",
      /^dynamicUpdateSlice: an update of shape \[3\]/,
    ],
    [
      "a start that is no integer",
      () => h.dynamicSlice([1, 2], [0.5], [1]),
      "value",
      /^dynamicSlice: the start 0.5 is not an integer/,
    ],
    ["oneHot", () => h.oneHot([0.5], 3), "dtype", /^oneHot: indices must be integers/],
    [
      "searchsorted",
      () => h.searchsorted(m, 1),
      "shape",
      /^searchsorted: the sorted array has shape \[2, 2\]; expected a vector/,
    ],
    [
      "side",
      () => h.searchsorted([1, 2], 1, any({ side: "middle" })),
      "value",
      /^searchsorted: side is the string "middle"/,
    ],
    ["interp", () => h.interp(1, [], []), "shape", /^interp: there are no points/],
    [
      "compress by a traced mask",
      () => h.jit((a: h.Tensor) => h.compress(a, h.gt(a, 0)))([1]),
      "trace",
      /^compress: .*where/,
    ],
    ["scatterAdd", () => h.scatterAdd([1, 2], [0, 5], [1, 1]), "axis", /^scatterAdd: index 5 is out of range/],
    ["takeAlongAxis", () => h.takeAlongAxis(m, [0], 0), "shape", /^takeAlongAxis: /],
  ])("%s", (_name, call, code, message) => {
    try {
      call();
    } catch (error) {
      expect(error).toBeInstanceOf(h.HvpError);
      expect((error as h.HvpError).message).toMatch(message);
      expect((error as h.HvpError).code).toBe(code);
      return;
    }
    throw new Error("nothing was thrown");
  });
});
