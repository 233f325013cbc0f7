// Value, gradient and product of an objective in one call: the numbers of the three calls, in new and in given arrays.
import { describe, expect, test } from "vitest";
import { mul, objective, square, sub, sum, type Tensor } from "../../src/index.ts";
import { message } from "../harness/message.ts";

/** Σ y³, where all numbers are small integers: exact. */
const cubes = (y: Tensor) => sum(mul(y, square(y)));
const want = (x: readonly number[], v: readonly number[]): readonly [number, number[], number[]] => [
  x.reduce((s, a) => s + a ** 3, 0),
  x.map((a) => 3 * a * a),
  x.map((a, i) => 6 * a * (v[i] as number)),
];
const plain = ([y, g, p]: readonly [number, ArrayLike<number>, ArrayLike<number>]) => [y, Array.from(g), Array.from(p)];
const [x, v] = [
  [1, -2, 3],
  [2, 1, -1],
];

describe.each([Float64Array, Float32Array])("%o", (Real) => {
  const problem = objective(cubes, Real.from(x));
  test("new arrays", () => {
    const got = problem.valueGradAndHvp(Real.from(x), Real.from(v));
    expect(plain(got)).toEqual(want(x, v));
    expect(got[1]).toBeInstanceOf(Real);
  });
  test("given arrays, which are returned, and which may be the arguments", () => {
    const [a, b] = [Real.from(x), Real.from(v)];
    const got = problem.valueGradAndHvp(a, b, [b, a]);
    expect(got[1]).toBe(b);
    expect(got[2]).toBe(a);
    expect(plain(got)).toEqual(want(x, v));
  });
  test("parts of one buffer", () => {
    const six = new Real(6);
    problem.valueGradAndHvp(x, v, [six.subarray(3), six.subarray(0, 3)]);
    const [, g, p] = want(x, v);
    expect(Array.from(six)).toEqual([...p, ...g]);
  });
});

test("long vectors, which pass through windows", () => {
  const n = 100_000;
  const long = Float64Array.from({ length: n }, (_, i) => (i % 7) - 3);
  const problem = objective(cubes, long);
  const [g, p] = [new Float64Array(n), new Float64Array(n)];
  expect(problem.valueGradAndHvp(long, long, [g, p])[0]).toBe(long.reduce((s, a) => s + a ** 3, 0));
  expect(g).toEqual(long.map((a) => 3 * a * a));
  expect(p).toEqual(long.map((a) => 6 * a * a));
});

test("trees, data, and a call alone", () => {
  const f = (t: { a: Tensor; b: Tensor }, w: Tensor) => mul(sum(mul(w, square(t.a))), t.b);
  const point = { a: [1, 2], b: 3 };
  const problem = objective(f, point, [1, 10]);
  const { valueGradAndHvp } = problem;
  const direction = { a: [1, 0], b: 1 };
  // f = b Σ w a²: ∇ = (2 b w a, Σ w a²), Hv = (2 b w v_a + 2 w a v_b, 2 Σ w a v_a)
  expect(valueGradAndHvp(point, direction)).toEqual([
    123,
    { a: Float64Array.of(6, 120), b: 41 },
    { a: Float64Array.of(8, 40), b: 2 },
  ]);
  problem.bind([1, 0]);
  const outs = [
    { a: new Float64Array(2), b: new Float64Array(1) },
    { a: new Float64Array(2), b: new Float64Array(1) },
  ] as const;
  const got = valueGradAndHvp(point, direction, outs);
  expect(got).toEqual([
    3,
    { a: Float64Array.of(6, 0), b: Float64Array.of(1) },
    { a: Float64Array.of(8, 0), b: Float64Array.of(2) },
  ]);
  expect(got[1]).toBe(outs[0]);
  problem.dispose();
  expect(() => valueGradAndHvp(point, direction)).toThrow("after dispose()");
});

test("the numbers of value, grad and hvp", () => {
  const f = (t: Tensor) => sum(mul(square(sub(t, 0.3)), t));
  const problem = objective(f, x);
  const got = problem.valueGradAndHvp(x, v);
  const alone = [problem.value(x), problem.grad(x), problem.hvp(x, v)];
  const numbers = (list: readonly unknown[]): number[] =>
    list.flatMap((t) => Array.from(typeof t === "number" ? [t] : (t as Float64Array)));
  for (const [i, t] of numbers(alone).entries()) expect(numbers(got)[i]).toBeCloseTo(t, 12);
});

describe("what is refused", () => {
  const problem = objective(cubes, Float64Array.from(x));
  const out = new Float64Array(3);
  const long = new Float64Array(5);
  test.each<[string, () => unknown]>([
    [
      "objective.valueGradAndHvp: outs[0] and outs[1] share memory; give every result an array of its own",
      () => problem.valueGradAndHvp(x, v, [out, out]),
    ],
    [
      "objective.valueGradAndHvp: outs[0] and outs[1] share memory; give every result an array of its own",
      () =>
        problem.valueGradAndHvp(Float64Array.from(x), Float64Array.from(v), [long.subarray(2), long.subarray(0, 3)]),
    ],
    [
      "objective.valueGradAndHvp: outs must be a list of two: for the gradient, and for the product",
      () => problem.valueGradAndHvp(x, v, [out] as never),
    ],
    [
      "objective.valueGradAndHvp: outs must be a list of two: for the gradient, and for the product",
      () => problem.valueGradAndHvp(x, v, out as never),
    ],
    [
      "objective.valueGradAndHvp: outs must be a list of two: for the gradient, and for the product",
      () => problem.valueGradAndHvp(x, v, [undefined, out] as never),
    ],
    [
      "objective.valueGradAndHvp: outs[1] has 2 elements",
      () => problem.valueGradAndHvp(x, v, [out, new Float64Array(2)]),
    ],
    ["objective.valueGradAndHvp: v has shape [2]", () => problem.valueGradAndHvp(x, [1, 2])],
    [
      "objective.valueGradAndHvp: ",
      () => (problem.valueGradAndHvp as (...a: unknown[]) => unknown)(x, v, undefined, 1),
    ],
  ])("%s", (start, call) => {
    expect(message(call).slice(0, start.length)).toBe(start);
    expect(Array.from(out)).toEqual([0, 0, 0]);
    expect(plain(problem.valueGradAndHvp(x, v))).toEqual(want(x, v));
  });
});
