// The Tensor's face: properties, methods that equal the functions, iteration.
import { inspect } from "node:util";
import { expect, test } from "vitest";
import type { Tensor } from "../../src/index.ts";
import * as h from "../../src/index.ts";

/** What `f` returns for `x`, compiled. */
const run = (f: (x: Tensor) => unknown, x: number | number[] | number[][]): unknown =>
  h.jit(f as (x: Tensor) => Tensor)(x as number[]);

test("shape, dtype, ndim, size, length", () => {
  h.jit((x: Tensor) => {
    expect([x.shape, x.dtype, x.ndim, x.size, x.length]).toEqual([[2, 3], "float64", 2, 6, 2]);
    expect(Object.prototype.toString.call(x)).toBe("[object Tensor float64[2,3]]");
    return x;
  })([
    [1, 2, 3],
    [4, 5, 6],
  ]);
});

const METHODS: [string, (x: Tensor) => unknown, (x: Tensor) => unknown][] = [
  ["add", (x) => x.add(2), (x) => h.add(x, 2)],
  ["sub", (x) => x.sub(2), (x) => h.sub(x, 2)],
  ["mul", (x) => x.mul(2), (x) => h.mul(x, 2)],
  ["div", (x) => x.div(2), (x) => h.div(x, 2)],
  ["pow", (x) => x.pow(3), (x) => h.pow(x, 3)],
  ["neg", (x) => x.neg(), h.neg],
  ["abs", (x) => x.abs(), h.abs],
  ["square", (x) => x.square(), h.square],
  ["sqrt", (x) => x.sqrt(), h.sqrt],
  ["exp", (x) => x.exp(), h.exp],
  ["log", (x) => x.log(), h.log],
  ["sin", (x) => x.sin(), h.sin],
  ["cos", (x) => x.cos(), h.cos],
  ["tanh", (x) => x.tanh(), h.tanh],
  ["sign", (x) => x.sign(), h.sign],
  ["reciprocal", (x) => x.reciprocal(), h.reciprocal],
  ["expm1", (x) => x.expm1(), h.expm1],
  ["log1p", (x) => x.log1p(), h.log1p],
  ["tan", (x) => x.tan(), h.tan],
  ["atan", (x) => x.atan(), h.atan],
  ["sigmoid", (x) => x.sigmoid(), h.sigmoid],
  ["softplus", (x) => x.softplus(), h.softplus],
  ["clip", (x) => x.clip(2, 3), (x) => h.clip(x, 2, 3)],
  ["sum", (x) => x.sum({ axis: 0 }), (x) => h.sum(x, { axis: 0 })],
  ["mean", (x) => x.mean(1), (x) => h.mean(x, 1)],
  ["max", (x) => x.max(), h.max],
  ["min", (x) => x.min(), h.min],
  ["prod", (x) => x.prod(), h.prod],
  ["reshape", (x) => x.reshape([4]), (x) => h.reshape(x, [4])],
  ["reshape by numbers", (x) => x.reshape(4, 1), (x) => h.reshape(x, [4, 1])],
  ["ravel", (x) => x.ravel(), h.ravel],
  ["transpose", (x) => x.transpose([1, 0]), (x) => h.transpose(x, [1, 0])],
  ["T", (x) => x.T, h.transpose],
  ["expandDims", (x) => x.expandDims(1), (x) => h.expandDims(x, 1)],
  ["squeeze", (x) => x.expandDims(0).squeeze(0), (x) => x],
  ["flip", (x) => x.flip(0), (x) => h.flip(x, 0)],
  ["slice", (x) => x.slice(null, [1]), (x) => h.slice(x, null, [1])],
  ["at", (x) => x.at(0, 1), (x) => h.at(x, 0, 1)],
  ["take", (x) => x.take([1, 0], { axis: 1 }), (x) => h.take(x, [1, 0], { axis: 1 })],
  ["dot", (x) => x.dot([1, 2]), (x) => h.dot(x, [1, 2])],
  ["matmul", (x) => x.matmul(x), (x) => h.matmul(x, x)],
  ["gt", (x) => x.gt(2), (x) => h.gt(x, 2)],
  ["ge", (x) => x.ge(2), (x) => h.ge(x, 2)],
  ["lt", (x) => x.lt(2), (x) => h.lt(x, 2)],
  ["le", (x) => x.le(2), (x) => h.le(x, 2)],
  ["eq", (x) => x.eq(2), (x) => h.eq(x, 2)],
  ["ne", (x) => x.ne(2), (x) => h.ne(x, 2)],
];
const X = [
  [1, 2],
  [3, 4],
];
test.each(METHODS)("x.%s is the function", (_name, method, f) => {
  expect(run(method, X)).toEqual(run(f, X));
});

test("a tensor can be taken apart", () => {
  const f = (x: Tensor) => {
    const [a, b] = x as unknown as [Tensor, Tensor];
    return h.mul(a, b);
  };
  expect(h.grad(f)([3, 4])).toEqual(Float64Array.of(4, 3));
  expect(run((x) => [...x].reduce((a, b) => a.add(b)), X)).toEqual(Float64Array.of(4, 6));
});

test("importing has no effect, and x[0] is an error only on tensors", () => {
  expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain("0");
});

test("prints in one line", () => {
  h.jit((x: Tensor) => {
    expect(inspect(x)).toBe("Tensor float64[2]");
    expect(inspect({ x })).toBe("{ x: Tensor float64[2] }");
    return x;
  })([1, 2]);
});

test.each([-1, 0, 40])("x[%i] says what to write", (i) => {
  expect(() => h.jit((x: Tensor) => (x as unknown as Tensor[])[i] as Tensor)(new Float64Array(50))).toThrow(
    `x[${i}] does not work on a traced value of shape [50]; use at(x, ${i})`,
  );
});
