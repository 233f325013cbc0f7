// Misuse of values: shapes, strides and elements that no array has, arrays and trees that contain themselves; and
// subclasses of typed arrays, which are what they extend.
import { describe, expect, test } from "vitest";
import * as h from "../../src/index.ts";
import { any, checkMisuse, type Row } from "../harness/misuse.ts";

const cycle: unknown[] = [];
cycle.push(cycle, cycle);
const ring: Record<string, unknown> = {};
ring.next = ring;
/** `[[[…x…]]]` */
const nested = (depth: number, x: unknown): unknown =>
  Array.from({ length: depth }).reduce<unknown>((inner) => [inner], x);
const deepTree = Array.from({ length: 20_000 }).reduce<unknown>((inner) => ({ a: inner }), 1);

const VALUES: Row[] = [
  [
    "a permutation in separate arguments",
    () => any(h.transpose)([[1, 2]], 1, 0),
    "value",
    "transpose: 1 argument too many; pass one list of axes: transpose(x, [1, 0])",
  ],
  [
    "a negative extent",
    () => h.broadcastTo([1], [-2]),
    "shape",
    "broadcastTo: [-2] is not a shape; extents must be non-negative integers",
  ],
  [
    "a fractional extent",
    () => h.broadcastTo([1], [1.5]),
    "shape",
    "broadcastTo: [1.5] is not a shape; extents must be non-negative integers",
  ],
  [
    "a shape that is none",
    () => h.broadcastTo([1], any("3")),
    "shape",
    'broadcastTo: the string "3" is not a shape; extents must be non-negative integers',
  ],
  [
    "a negative extent but -1",
    () => h.reshape([1], [-2]),
    "shape",
    "reshape: [-2] is not a shape; extents must be non-negative integers, or -1 once",
  ],
  [
    "a shape of nothing",
    () => h.reshape([1], any(undefined)),
    "shape",
    "reshape: undefined is not a shape; extents must be non-negative integers, or -1 once",
  ],
  [
    "strings as data",
    () => h.sum(any({ data: [1, "2"], shape: [2] })),
    "value",
    'sum: the operand is { data, shape } whose data has the string "2" at [1]; expected a number',
  ],
  [
    "a fractional stride",
    () => h.sum({ data: [1, 2, 3, 4], shape: [2], stride: [1.5] }),
    "shape",
    "sum: the operand is { data, shape, stride } whose stride is [1.5]; expected one integer for each axis of shape [2]",
  ],
  [
    "a stride too few",
    () => h.sum({ data: [1, 2, 3, 4], shape: [2, 2], stride: [1] }),
    "shape",
    "sum: the operand is { data, shape, stride } whose stride is [1]; expected one integer for each axis of shape [2, 2]",
  ],
  [
    "a fractional offset",
    () => h.sum({ data: [1, 2, 3], shape: [2], stride: [1], offset: 0.5 }),
    "shape",
    "sum: the operand is { data, shape, offset } whose offset is 0.5; expected a non-negative integer",
  ],
  [
    "a negative offset",
    () => h.sum({ data: [1, 2, 3], shape: [2], stride: [1], offset: -1 }),
    "shape",
    "sum: the operand is { data, shape, offset } whose offset is -1; expected a non-negative integer",
  ],
  [
    "an array that contains itself",
    () => h.sum(any(cycle)),
    "value",
    "sum: the operand is an array nested more than 64 levels deep, or one that contains itself",
  ],
  [
    "an array that contains itself, made an array",
    () => h.array(any(cycle)),
    "value",
    "array: the argument is an array nested more than 64 levels deep, or one that contains itself",
  ],
  [
    "an array nested too deep",
    () => h.sum(any(nested(65, 1))),
    "value",
    "sum: the operand is an array nested more than 64 levels deep, or one that contains itself",
  ],
  [
    "a tree that contains itself",
    () => h.grad((x: h.Tensor) => x)(any(ring)),
    "value",
    `grad: the argument at ${"next.".repeat(8).slice(0, 39)}… is nested more than 256 levels deep, or contains itself; pass a finite tree of arrays`,
  ],
  [
    "a tree of arrays that contains itself",
    () => h.hvp((x: h.Tensor) => x, any(cycle), any(cycle)),
    "value",
    `hvp: x${"[0]".repeat(13)}[… is nested more than 256 levels deep, or contains itself; pass a finite tree of arrays`,
  ],
  [
    "a tree nested too deep",
    () => h.grad((x: h.Tensor) => x)(any(deepTree)),
    "value",
    `grad: the argument at ${"a.".repeat(20).slice(0, 39)}… is nested more than 256 levels deep, or contains itself; pass a finite tree of arrays`,
  ],
];

checkMisuse("values", VALUES);

describe("values that are fine", () => {
  test("trees as deep as anyone needs, arrays of 64 axes, traced values deep inside", () => {
    const tree = Array.from({ length: 200 }).reduce<unknown>((inner) => ({ a: inner }), 3);
    const leaf = (t: unknown): h.Tensor =>
      typeof t === "object" && t !== null && "a" in t ? leaf(t.a) : (t as h.Tensor);
    const g = h.grad((t: never) => h.square(leaf(t)))(tree as never);
    expect(leaf(g)).toBe(6);
    expect(h.sum(any(nested(64, 2)))).toBe(2);
    expect(h.grad((x: h.Tensor) => h.sum(h.array(any([[[x]], [[x]]]))))(1)).toBe(2);
  });
  test("broadcastTo takes a number for a vector", () => {
    expect(h.broadcastTo([7], 3)).toEqual(Float64Array.of(7, 7, 7));
    expect(h.jit((x: h.Tensor) => h.broadcastTo(x, 3))([7])).toEqual(Float64Array.of(7, 7, 7));
  });
  test("a Buffer and other subclasses are the typed arrays they extend", () => {
    class Pixels extends Uint8Array {}
    class Samples extends Int16Array {}
    class Weights extends Float32Array {}
    for (const x of [Buffer.from([1, 2, 250]), Pixels.of(1, 2, 250), Samples.of(1, 2, 250)]) {
      expect(h.add(x, x)).toEqual(Int32Array.of(2, 4, 500));
      expect(h.add({ data: x, shape: [3] }, 0)).toEqual(Int32Array.of(1, 2, 250));
      expect(h.add({ data: x, shape: [2], stride: [-2], offset: 2 }, 0)).toEqual(Int32Array.of(250, 1));
    }
    expect(h.add(Weights.of(0.5), 1)).toEqual(Float32Array.of(1.5));
  });
  test("strides in a typed array", () => {
    expect(h.add(any({ data: [1, 2, 3, 4], shape: [2], stride: Int32Array.of(2), offset: 1 }), 0)).toEqual(
      Float64Array.of(2, 4),
    );
  });
});
