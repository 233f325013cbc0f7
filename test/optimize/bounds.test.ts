// Methods that take bounds: beside minima in multiple precision, and beside SciPy's L-BFGS-B.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as hvp from "../../src/index.ts";
import { add, log, mul, square, sub, sum } from "../../src/index.ts";
import { type MethodName, minimize } from "../../src/optimize.ts";
import type { Tensor } from "../../src/trace/tracer.ts";
import { message } from "../harness/message.ts";
import { problems, startAt } from "../problems/index.mjs";

interface Case {
  readonly n: number;
  readonly lower: readonly (number | null)[];
  readonly upper: readonly (number | null)[];
  readonly x: readonly number[];
  readonly value: number;
  readonly active: readonly number[];
  readonly evaluations: number;
}
const { cases } = JSON.parse(readFileSync(new URL("../fixtures/bounded.json", import.meta.url), "utf8")) as {
  readonly cases: Case[];
};
const rosenbrock = (x: Tensor): Tensor => {
  const [a, b] = [x.slice([1]), x.slice([0, -1])];
  return sum(add(mul(100, square(sub(a, square(b)))), square(sub(1, b))));
};
const infinite = (list: readonly (number | null)[], none: number): number[] => list.map((x) => x ?? none);
const METHODS: MethodName[] = ["l-bfgs-b", "tron"];

describe.each(METHODS)("%s", (method) => {
  test.each(cases.map((c, i) => [i, c.n, c] as const))("finds what SciPy finds: case %i, %i unknowns", (_, n, c) => {
    const x0 = Array.from({ length: n }, (_, i) => (i % 2 ? 1 : -1.2));
    const bounds = [infinite(c.lower, Number.NEGATIVE_INFINITY), infinite(c.upper, Number.POSITIVE_INFINITY)] as const;
    const found = minimize(rosenbrock, x0, { method, bounds, gtol: 1e-8 });
    expect(found.converged).toBe(true);
    expect(found.value).toBeLessThanOrEqual(c.value + 1e-9 * (1 + Math.abs(c.value)));
    found.x.forEach((x, i) => {
      expect(x).toBeCloseTo(c.x[i] as number, 6);
    });
    expect(Array.from(found.active as Float64Array)).toEqual(c.active);
    expect(found.evaluations.grad).toBeLessThan(2 * c.evaluations + 20);
  });

  const bounded = problems(hvp).filter((p) => p.bounds);
  test.each(bounded.map((p) => [p.name, p] as const))("finds a minimum of %s", (_, p) => {
    const bounds = p.bounds as readonly [readonly number[], readonly number[]];
    const found = minimize(p.value, startAt(p), { method, bounds, gtol: 1e-7 });
    expect(found.converged).toBe(true);
    const [lower, upper] = bounds;
    found.x.forEach((x, i) => {
      expect(x).toBeGreaterThanOrEqual(lower[i] as number);
      expect(x).toBeLessThanOrEqual(upper[i] as number);
    });
    const values = p.minima.map((m) => m.value);
    // The gradient is 1e-8 where HS25 begins, and its minimum is far away.
    if (p.name === "HS25") return expect(found.iterations).toBe(0);
    const nearest = Math.min(...values.map((v) => Math.abs(found.value - v) / (1 + Math.abs(v))));
    expect(nearest, `${found.value} beside ${values}`).toBeLessThan(1e-6);
  });

  test("never evaluates outside, and names the bounds that hold", () => {
    const seen: number[] = [];
    const f = {
      value: (x: number) => x - Math.log(x),
      grad: (x: number) => (seen.push(x), 1 - 1 / x),
      hvp: (x: number, v: number) => v / x ** 2,
    };
    const found = minimize(f, 30, { method, bounds: [2, 20] });
    expect(found).toMatchObject({ x: 2, active: -1, status: "gtol" });
    for (const x of seen) expect(x >= 2 && x <= 20).toBe(true);
    // Only where it is inside of its bounds does log have values.
    expect(minimize((x) => sub(x, log(x)), 3, { method, bounds: [1e-8, 50] }).x).toBeCloseTo(1, 6);
  });
  test("holds fixed what has equal bounds, and takes trees", () => {
    const f = ({ a, b }: { a: Tensor; b: Tensor }): Tensor => add(square(sub(a, 1)), sum(square(sub(b, a))));
    const lower = { a: 0.25, b: [Number.NEGATIVE_INFINITY, 0.5] };
    const upper = { a: 0.25, b: [Number.POSITIVE_INFINITY, 3] };
    const found = minimize(f as never, { a: 4, b: [4, 4] }, { method, bounds: [lower, upper] });
    expect(found.x.a).toBe(0.25);
    expect(found.x.b[0]).toBeCloseTo(0.25, 6);
    expect(found.x.b[1]).toBe(0.5);
    expect(found.active).toEqual({ a: -1, b: Float64Array.of(0, -1) });
  });
  test("in float32", () => {
    const found = minimize(rosenbrock, Float32Array.of(-1.2, 1), { method, bounds: [-1.5, 0.5] });
    expect(found.x).toEqual(Float32Array.of(0.5, found.x[1] as number));
    expect(found.x[1]).toBeCloseTo(0.25, 3);
  });
  test("a maximum at a bound is left, a minimum there is not", () => {
    expect(minimize((x) => square(x).neg(), 0.5, { method, bounds: [-1, 2] })).toMatchObject({ x: 2, active: 1 });
    expect(minimize((x) => x, 0, { method, bounds: [0, 1] })).toMatchObject({ x: 0, iterations: 0, active: -1 });
  });
  test.each([
    ["lower above upper", { bounds: [1, 0] }, "bounds of unknown 0 are 1 and 0"],
    ["no number", { bounds: [Number.NaN, 1] }, "bounds of unknown 0 are NaN and 1"],
    ["another shape", { bounds: [[0, 0, 0], 1] }, "lower bounds"],
    ["one end", { bounds: [1] }, "expected [lower, upper]"],
  ])("refuses %s", (_, options, expected) => {
    expect(message(() => minimize(rosenbrock, [1, 2], { method, ...options } as never))).toContain(expected);
  });
});

test("methods without bounds refuse them", () => {
  expect(message(() => minimize(rosenbrock, [1, 2], { bounds: [0, 1] }))).toContain("trust-ncg has no option bounds");
  expect(message(() => minimize(rosenbrock, [1, 2], { method: "newton-cg", trustRadius: 1 }))).toContain(
    "newton-cg has no option trustRadius",
  );
  expect(message(() => minimize(rosenbrock, [1, 2], { method: "l-bfgs", memory: 0 }))).toContain("memory is 0");
});
