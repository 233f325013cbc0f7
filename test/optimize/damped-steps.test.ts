// Steps of least squares within a radius, beside dense solutions by elimination: the damped one fulfills the conditions
// of its subproblem, the dogleg is the point of its path.
import { describe, expect, test } from "vitest";
import { exp, mul, square, stack, sub } from "../../src/index.ts";
import { inSession } from "../../src/ir/build.ts";
import { dampedStep } from "../../src/optimize/damped-step.ts";
import { doglegStep } from "../../src/optimize/dogleg.ts";
import { traced } from "../../src/optimize/traced-host.ts";
import { leastSquares } from "../../src/optimize.ts";
import { parameter } from "../../src/primitives/leaf.ts";
import { evaluate } from "../../src/run/evaluate.ts";
import { Tensor } from "../../src/trace/tracer.ts";
import { message } from "../harness/message.ts";
import { near } from "../harness/near.ts";

type Matrix = readonly (readonly number[])[];
const inner = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((s, v, i) => s + v * (b[i] as number), 0);
const norm = (a: ArrayLike<number>): number => Math.sqrt(inner(a, a));

/** Gauss and Jordan with pivots, of (A + λI)q = -g. */
function solved(a: Matrix, g: readonly number[], lambda: number): number[] {
  const m = a.map((row, i) => [...row.map((v, j) => v + (i === j ? lambda : 0)), -(g[i] as number)]);
  const n = m.length;
  for (let k = 0; k < n; k++) {
    const pivot = m.reduce((best, row, i) => (i >= k && Math.abs(row[k]!) > Math.abs(m[best]![k]!) ? i : best), k);
    [m[k], m[pivot]] = [m[pivot]!, m[k]!];
    for (let i = 0; i < n; i++)
      if (i !== k) {
        const factor = m[i]![k]! / m[k]![k]!;
        m[i] = m[i]!.map((v, j) => v - factor * m[k]![j]!);
      }
  }
  return m.map((row, i) => row[n]! / row[i]!);
}

function run(step: typeof dampedStep, a: Matrix, g: readonly number[], radius: number) {
  return inSession(() => {
    const n = g.length;
    const of = [parameter([n, n], "float64"), parameter([n], "float64"), parameter([], "float64")];
    const [m, v, r] = of.map((x) => new Tensor(x)) as [Tensor, Tensor, Tensor];
    const s = traced(step(m, v, r), () => r);
    const outs = [s.q.node, s.size.node, s.lambda.node, s.newton.node];
    const [q, size, lambda, newton] = evaluate(outs, of, [Float64Array.from(a.flat()), g, [radius]]) as Float64Array[];
    return { q: q!, size: size![0]!, lambda: lambda![0]!, newton: newton![0]! };
  });
}

/** Gram matrices with unit diagonals, as solvers have them. */
const regular: Matrix = [
  [1, 0.3, -0.2],
  [0.3, 1, 0.5],
  [-0.2, 0.5, 1],
];
const hard: Matrix = [
  [1, 1 - 1e-6],
  [1 - 1e-6, 1],
];
/** Two columns are one and the same. */
const singular: Matrix = [
  [1, 1, 0],
  [1, 1, 0],
  [0, 0, 1],
];
const cases: [string, Matrix, number[]][] = [
  ["regular", regular, [1, -2, 0.5]],
  ["nearly singular", hard, [1, 0.5]],
  ["of deficient rank", singular, [2, 2, -1]],
];

describe("dampedStep", () => {
  describe.each(cases)("%s", (_, a, g) => {
    test.each([1e-8, 1e-3, 0.1, 0.7, 1])("with a radius of %d", (radius) => {
      const { q, size, lambda } = run(dampedStep, a, g, radius);
      expect(size).toBeCloseTo(norm(q), 12);
      expect(lambda).toBeGreaterThan(0);
      expect(Math.abs(size / radius - 1)).toBeLessThanOrEqual(0.1);
      const wanted = solved(a, g, lambda);
      expect(norm(wanted.map((v, i) => v - q[i]!)) / norm(wanted)).toBeLessThan(1e-8);
    });
  });
  test("whole, where it is shorter than the radius", () => {
    const g = [1, -2, 0.5];
    for (const radius of [10, 1e8, Number.POSITIVE_INFINITY]) {
      const { q, lambda, newton } = run(dampedStep, regular, g, radius);
      const wanted = solved(regular, g, 0);
      near(q, wanted, 12);
      expect(lambda).toBe(0);
      expect(newton).toBeCloseTo(-inner(wanted, g), 12);
    }
  });
  test("of deficient rank, nearly undamped: gains nearly all that the model has", () => {
    // The least damping is a few roundings of the diagonal, which costs digits of the step, but little of its gain.
    const g = [2, 2, -1];
    const gain = (q: ArrayLike<number>): number =>
      -inner(q, g) - singular.reduce((s, row, i) => s + (q[i]! * inner(row, q)) / 2, 0);
    for (const radius of [1e3, 1e10]) {
      const { q } = run(dampedStep, singular, g, radius);
      expect(gain(q) / gain([-1, -1, 1])).toBeGreaterThan(0.98);
      expect(norm(q)).toBeLessThan(2);
    }
  });
  test("without a gradient nothing, and nothing finite of what is not finite", () => {
    near(run(dampedStep, regular, [0, 0, 0], 1).q, [0, 0, 0], 15);
    expect(run(dampedStep, [[Number.NaN]], [1], 1).size).toBeNaN();
  });
});

/** The point of the path that is as far from 0 as `radius`, by bisection. */
function onPath(a: Matrix, g: readonly number[], radius: number): number[] {
  const whole = solved(a, g, 0);
  const bent = a.map((row) => inner(row, g));
  const steepest = g.map((v) => (-v * inner(g, g)) / inner(g, bent));
  // 0 to 1 is the first leg, 1 to 2 the second.
  const at = (t: number): number[] =>
    t <= 1 ? steepest.map((v) => t * v) : steepest.map((v, i) => v + (t - 1) * (whole[i]! - v));
  let [low, high] = [0, 2];
  for (let k = 0; k < 100; k++) {
    const middle = (low + high) / 2;
    if (norm(at(middle)) <= radius) low = middle;
    else high = middle;
  }
  return at(low);
}

describe("doglegStep", () => {
  const definite = cases.slice(0, 2);
  describe.each(definite)("%s", (_, a, g) => {
    const whole = norm(solved(a, g, 0));
    const bent = a.map((row) => inner(row, g));
    const steepest = norm(g) ** 3 / inner(g, bent);
    const middle = (steepest + whole) / 2;
    const radii = [1e-8, steepest / 2, steepest, steepest + (middle - steepest) / 100, middle, whole * 2, 1e12];
    test.each(radii)("with a radius of %d", (radius) => {
      const { q, size, lambda } = run(doglegStep, a, g, radius);
      const wanted = onPath(a, g, radius);
      expect(norm(wanted.map((v, i) => v - q[i]!)) / norm(wanted)).toBeLessThan(1e-8);
      expect(size).toBeCloseTo(norm(q), 10);
      expect(lambda).toBe(radius > whole ? 0 : 1);
    });
  });
  test("of deficient rank: no longer than the radius, and downhill", () => {
    for (const radius of [1e-3, 0.5, 1, 100]) {
      const { q } = run(doglegStep, singular, [2, 2, -1], radius);
      expect(norm(q)).toBeLessThanOrEqual(radius * (1 + 1e-12));
      expect(inner(q, [2, 2, -1])).toBeLessThan(0);
    }
  });
  test("nothing finite of what is not finite", () => {
    expect(run(doglegStep, [[Number.NaN]], [1], 1).size).toBeNaN();
  });
});

describe("leastSquares by dogleg", () => {
  const rosenbrock = (x: Tensor): Tensor => stack([mul(10, sub(x.at(1), square(x.at(0)))), sub(1, x.at(0))]);
  const growth = (p: Tensor): Tensor => sub(mul(p.at(0), exp(mul(p.at(1), [0, 1, 2, 3]))), [1, 2.5, 8, 19]);
  test("finds the minima of Levenberg and Marquardt", () => {
    for (const [f, start] of [
      [rosenbrock, [-1.2, 1]],
      [rosenbrock, [-120, 100]],
      [growth, [0.1, 0.1]],
    ] as const) {
      const found = leastSquares(f, start as unknown as number[], { method: "dogleg" });
      expect(found.converged).toBe(true);
      near(found.x, leastSquares(f, start as unknown as number[]).x, 7);
    }
  });
  test("and where columns depend on each other, with a robust loss, and from functions of one's own", () => {
    const deficient = (p: Tensor): Tensor => sub(mul([1, 2, 3], p.sum()), [2, 4, 6]);
    const found = leastSquares(deficient, [0, 0], { method: "dogleg" });
    expect(found.x[0]! + found.x[1]!).toBeCloseTo(2, 8);
    const robust = { loss: "cauchy", gtol: 1e-10 } as const;
    near(leastSquares(growth, [1, 1], { ...robust, method: "dogleg" }).x, leastSquares(growth, [1, 1], robust).x, 6);
    const own = { residual: (t: number) => [t * t - 4], jacobian: (t: number) => [[2 * t]] };
    expect(leastSquares(own, 1, { method: "dogleg" }).x).toBeCloseTo(2, 8);
  });
  test("refuses bounds and other names", () => {
    const options = { method: "dogleg", bounds: [0, 1] } as const;
    expect(message(() => leastSquares(rosenbrock, [0, 0], options))).toContain("dogleg has no option bounds");
    expect(message(() => leastSquares(rosenbrock, [0, 0], { method: "lm" as never }))).toContain('or "dogleg"');
  });
});
