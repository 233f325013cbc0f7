// What users write has IEEE values: signs of zeros, NaN and infinities are those of the operations as written, at
// once, compiled, and with captured instead of made constants. Expected values are plain JavaScript arithmetic on the
// same numbers.
import { describe, expect, test } from "vitest";
import * as library from "../src/index.ts";
import type { Any } from "./harness/misuse.ts";

const {
  add,
  sub,
  mul,
  div,
  neg,
  atan2,
  where,
  gt,
  sum,
  mean,
  eye,
  zeros,
  ones,
  concat,
  pad,
  reshape,
  matmul,
  dot,
  maximum,
  max,
  tril,
} = library as Any;
const { jit, objective, cumsum, expandDims, mod, logNdtr } = library as Any;

/** Name, function of one number, its argument, value. */
type Case = readonly [name: string, f: (x: Any) => Any, x: number, want: number];
const angle = (y: Any): Any => atan2(y, -1); // π at +0, -π at -0
const inf = (x: Any): Any => div(x, 0);
const [UP, DOWN] = [Math.atan2(0, -1), Math.atan2(-0, -1)];

// biome-ignore format: one case a line, to be read as a table
const cases: readonly Case[] = [
  ["0 - x at 0", (x) => angle(sub(0, x)), 0, UP],
  ["-(x - 1) at 1", (x) => angle(neg(sub(x, 1))), 1, DOWN],
  ["x + 0 at -0", (x) => angle(add(x, 0)), -0, UP],
  ["x + -0 at -0", (x) => angle(add(x, -0)), -0, DOWN],
  ["x - 0 at -0", (x) => angle(sub(x, 0)), -0, DOWN],
  ["0 · x at -1", (x) => angle(mul(0, x)), -1, DOWN],
  ["-where(c, x, 0)", (x) => angle(neg(where(gt(x, 1), x, 0))), 0, DOWN],
  ["where(c, x, -0)", (x) => angle(where(gt(x, 1), x, -0)), 0, DOWN],
  ["masks of zeros of both signs", (x) => angle(where(gt(x, -1), where(gt(x, 1), x, 0), -0)), 0, UP],
  ["masks of zeros of both signs, the other way", (x) => angle(where(gt(x, -1), where(gt(x, 1), x, -0), 0)), 0, DOWN],
  ["where(c, x, 0) · ∞", (x) => mul(where(gt(x, 5), x, 0), inf(1)), 0, Number.NaN],
  ["where(c, x, 0) · NaN", (x) => mul(where(gt(x, 5), x, 0), div(x, 0)), 0, Number.NaN],
  ["eye · ∞", (x) => sum(mul(eye(2), inf(x))), 1, Number.NaN],
  ["zeros · ∞", (x) => sum(mul(zeros([2]), inf(x))), 1, Number.NaN],
  ["a product of matrices of zeros and infinities", (x) => sum(matmul(zeros([2, 2]), mul(ones([2, 2]), inf(x)))), 1, Number.NaN],
  ["0 / x at 0", (x) => div(0, x), 0, Number.NaN],
  ["literal zeros · ∞", (x) => sum(mul(concat([reshape(x, [1]), [0, 0]]), [1, 1, Infinity])), 1, Number.NaN],
  ["padding · ∞", (x) => sum(mul(pad(reshape(x, [1]), 1), [1, 1, Infinity])), 1, Number.NaN],
  ["a triangle · ∞", (x) => sum(mul(tril(mul(x, ones([2, 2]))), [[1, Infinity], [1, 1]])), 1, Number.NaN],
  ["-padding", (x) => sum(angle(neg(pad(reshape(x, [1]), 1)))), 1, 2 * DOWN + Math.atan2(-1, -1)],
  ["padding with -0", (x) => sum(angle(pad(reshape(x, [1]), 1, { value: -0 }))), 1, 2 * DOWN + Math.atan2(1, -1)],
  ["zeros of both signs, one after the other", (x) => sum(angle(concat([mul(-1, zeros([2])), zeros([2]), reshape(x, [1])]))), 0, DOWN * 2 + UP * 3],
  ["½ (2 x) beyond the largest number", (x) => mul(0.5, mul(2, x)), 1.7e308, Infinity],
  ["2 x - 2 x beyond it", (x) => add(mul(2, x), mul(2, neg(x))), 1.7e308, Number.NaN],
  ["½ x + ½ x of the least number", (x) => add(mul(0.5, x), mul(0.5, x)), 5e-324, 0],
  ["x - x at ∞", (x) => sub(x, x), Infinity, Number.NaN],
  ["max(x, 0) at -0", (x) => angle(maximum(x, 0)), -0, UP],
  ["the largest of zeros", (x) => angle(max(mul(x, [1, -1, 1]))), -0, UP],
  // Sums of zeros are +0 whatever their signs: they begin with +0, in loops and as expressions, as products of
  // matrices do.
  ...[1, 2, 3, 9, 100].map((n): Case => [`a sum of ${n} times -0`, (x) => angle(sum(mul(x, ones([n])))), -0, UP]),
  ["a mean of zeros", (x) => angle(mean(mul(x, ones([7])))), -0, UP],
  ["a dot product of zeros", (x) => angle(dot(mul(x, ones([3])), ones([3]))), -0, UP],
  ...[1, 2, 9, 100].map((n): Case => [`a sum of ${n} numbers -0 known at tracing`, (x) => mul(x, angle(sum(neg(zeros([n]))))), 1, UP]),
  ["a sum of one remainder -0", (x) => angle(sum(reshape(mod(logNdtr(x), logNdtr(x)), [1]))), 1, UP],
  ["running sums of zeros", (x) => sum(angle(cumsum(mul(x, ones([3]))))), -0, 3 * DOWN],
];

describe("at once, compiled, compiled as an objective", () => {
  test.each(cases)("%s", (_name, f, x, want) => {
    for (const [way, got] of [
      ["at once", f(x)],
      ["jit", jit(f)(x)],
      ["objective", objective(f, x).value(x)],
    ] as const)
      expect(got, way).toBe(want);
  });
});

test("a captured identity is the one that was made", () => {
  const captured = { data: Float64Array.of(1, 0, 0, 1), shape: [2, 2] };
  for (const identity of [captured, eye(2)]) expect(jit((x: Any) => sum(mul(identity, x)))(Infinity)).toBeNaN();
  expect(jit((x: Any) => sum(mul(eye(2), x)))(Infinity)).toBeNaN();
});

test("sums over both axes of one array of pairs have the signs of zeros of single sums", () => {
  const y = Float64Array.of(0, 0, 1, 1, 2, 2, 3, 3, -3, -3);
  const f = (x: Any): Any => {
    const q = sub(expandDims(x, 1), expandDims(x, 0));
    return add(sum(angle(mul(0, sum(q, { axis: 0 })))), sum(angle(sum(mul(q, 0), { axis: 1 }))));
  };
  const of = (a: number[]): number => a.reduce((s, t) => s + t, 0);
  let want = 0;
  for (const a of y)
    want += Math.atan2(0 * of([...y].map((b) => b - a)), -1) + Math.atan2(of([...y].map((b) => (a - b) * 0)), -1);
  expect(f(y)).toBeCloseTo(want, 12);
  expect(jit(f)(y)).toBeCloseTo(want, 12);
  expect(objective(f, y).value(y)).toBeCloseTo(want, 12);
});
