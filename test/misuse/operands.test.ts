// Misuse of traced values and of operands: every bad input gets an HvpError with its code and a message that names
// the operation, the shapes and the remedy. And values that are fine, however odd: deep trees, subclasses, strides.
import { describe, expect, test } from "vitest";
import type { Tensor } from "../../src/index.ts";
import * as h from "../../src/index.ts";
import { type Any, any, checkMisuse, type Row, TENSOR, traced } from "../harness/misuse.ts";

const f = (x: Tensor) => h.sum(h.sin(x));
const notANumber = (type: string): string =>
  `a traced ${type} cannot be used as a number: operators (x + 1, x > 0) and Math functions do not work on it; use add(x, 1), gt(x, 0), sin(x), and where(condition, a, b) to choose by value`;
const TRACED: Row[] = [
  ["x + 1", () => traced((x) => x + 1), "trace", notANumber("float64[2]")],
  ["x > 0", () => traced((x) => (x > 0 ? 1 : x)), "trace", notANumber("float64[2]")],
  ["Math.sin(x)", () => h.grad((x) => Math.sin(any(x)))(1), "trace", notANumber("float64[]")],
  [
    "a template string",
    () => traced((x) => `${x}`),
    "trace",
    "a traced float64[2] has no value to print while its function is traced; return it, or print its shape and dtype",
  ],
  [
    "JSON.stringify(x)",
    () => traced((x) => JSON.stringify({ x })),
    "trace",
    "a traced float64[2] has no value to print while its function is traced; return it, or print its shape and dtype",
  ],
  ["x[0]", () => traced((x) => x[0]), "trace", "x[0] does not work on a traced value of shape [2]; use at(x, 0)"],
  [
    "x[1] = …",
    () =>
      traced((x) => {
        x[1] = 0;
        return x;
      }),
    "trace",
    "x[1] = … does not work: traced values cannot be changed; use scatterSet, where or stack",
  ],
  [
    "iterating over a scalar",
    () => h.grad((x) => [...x][0] as Tensor)(1),
    "axis",
    "cannot iterate over a traced scalar",
  ],
  ["length of a scalar", () => h.grad((x) => x.length)(1), "axis", "length: a traced scalar has no axes, so no length"],
  [
    "a leaked tracer",
    () => {
      let kept: Any;
      traced((x) => (kept = x));
      return h.sin(kept);
    },
    "trace",
    "sin: an operand is a traced value whose trace has ended; return it from the traced function instead of keeping it in an outer variable",
  ],
  [
    "a leaked tracer as an argument",
    () => {
      let kept: Any;
      traced((x) => (kept = x));
      return h.grad(f)(kept);
    },
    "trace",
    "grad: the argument is a traced value whose trace has ended; return it from the traced function instead of keeping it in an outer variable",
  ],
  [
    "traced values in an array operand",
    () => traced((x) => h.add([x.at(0), 1] as Any, 1)),
    "trace",
    "add: operand 1 is an array with a traced value at [0]; join traced values with stack([...]) or array([...])",
  ],
];

const OPERANDS: Row[] = [
  ["undefined", () => h.add(any(undefined), 1), "value", `add: operand 1 is undefined; expected ${TENSOR}`],
  ["null", () => h.sin(any(null)), "value", `sin: the operand is null; expected ${TENSOR}`],
  ["a missing operand", () => any(h.mul)(2), "value", `mul: operand 2 is undefined; expected ${TENSOR}`],
  ["a string", () => h.add(1, any("2")), "value", `add: operand 2 is the string "2"; expected ${TENSOR}`],
  ["a bigint", () => h.exp(any(2n)), "value", `exp: the operand is the bigint 2n; expected ${TENSOR}`],
  ["a function", () => h.exp(any(Math.exp)), "value", `exp: the operand is a function; expected ${TENSOR}`],
  ["a Map", () => h.exp(any(new Map())), "value", `exp: the operand is an object of class Map; expected ${TENSOR}`],
  [
    "a string in an array",
    () => h.exp(any([1, "2"])),
    "value",
    'exp: the operand has the string "2" at [1]; expected a number',
  ],
  [
    "a hole",
    () =>
      h.exp(
        any([
          [1, 2],
          [3, undefined],
        ]),
      ),
    "value",
    "exp: the operand has undefined at [1][1]; expected a number",
  ],
  [
    "ragged rows",
    () => h.exp([[1, 2], [3]]),
    "shape",
    "exp: the operand is a ragged array: [1] has 1 elements, others have 2; all rows must have one length",
  ],
  [
    "a row among numbers",
    () => h.exp([1, [2]]),
    "shape",
    "exp: the operand is a ragged array: [1] is an array where its neighbours are numbers",
  ],
  [
    "a number among rows",
    () => h.exp([[2], 1]),
    "shape",
    "exp: the operand is a ragged array: [1] is a number where its neighbours are arrays",
  ],
  [
    "numbers and booleans",
    () => h.exp([1, true]),
    "dtype",
    "exp: the operand mixes numbers and booleans, first at [1]",
  ],
  [
    "64-bit integers",
    () => h.exp(any(BigInt64Array.of(1n))),
    "dtype",
    "exp: the operand is a BigInt64Array; 64-bit integers do not fit, convert it to Int32Array or Float64Array",
  ],
  [
    "too large unsigned integers",
    () => h.add(Uint32Array.of(1, 2 ** 31), 1),
    "dtype",
    "add: operand 1 is a Uint32Array whose element 1 is 2147483648, beyond int32; convert it to Float64Array",
  ],
  [
    "data that does not fit its shape",
    () => h.exp({ data: [1, 2, 3], shape: [2, 2] }),
    "shape",
    "exp: the operand is { data, shape } with 3 elements of data, but shape [2, 2] has 4",
  ],
  [
    "a NaN extent",
    () => h.exp({ data: [1], shape: [Number.NaN] }),
    "shape",
    "exp: the operand has shape [NaN]: extent 0 must be a non-negative integer",
  ],
  [
    "a strided view out of bounds",
    () => h.exp({ data: [1, 2], shape: [2], stride: [2] }),
    "shape",
    "exp: the operand is a strided view that reaches element 2 of 2; check shape, stride and offset",
  ],
  [
    "shapes that do not broadcast",
    () => h.add([1, 2], [1, 2, 3]),
    "shape",
    "add: shapes [2] and [3] do not broadcast: aligned at the last axis, extents must be equal or 1, got 2 and 3 at axis -1; line axes up with reshape or expandDims",
  ],
  [
    "matrices that do not fit",
    () => h.matmul([[1, 2]], [[1, 2]]),
    "shape",
    "matmul: shapes [1, 2] and [1, 2] do not fit: the last axis of the first must equal the last but one of the second (its only one, if it is a vector)",
  ],
  [
    "matmul of a scalar",
    () => h.matmul(2, [1]),
    "shape",
    "matmul: shapes [] and [1] do not fit: a scalar is not a matrix; use mul",
  ],
  [
    "dot of other lengths",
    () => h.dot([1], [1, 2]),
    "shape",
    "dot: shapes [1] and [2] do not fit: the last axis of the first must equal the last but one of the second (its only one, if it is a vector)",
  ],
  [
    "vdot of other sizes",
    () => h.vdot([1], [1, 2]),
    "shape",
    "vdot: shapes [1] and [2] do not fit: they have 1 and 2 elements, which must be equal",
  ],
];

checkMisuse("traced values", TRACED);
checkMisuse("operands", OPERANDS);

test("an error inside a trace leaves nothing behind", () => {
  expect(() => h.grad((x) => h.add(x, any(undefined)))(1)).toThrow();
  expect(h.add(1, 2)).toBe(3);
  expect(h.hvp(f, [0, 1], [10, 10])).toEqual(Float64Array.of(-0, -8.414709848078965));
});

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
