// `at.cg` beside dense solutions, and within a radius beside the conditions that hold on the boundary.
import { describe, expect, test, vi } from "vitest";
import { provideCg } from "../../src/api/linearized-point.ts";
import { add, cholesky, choSolve, hessian, matmul, mul, objective, solve, square, sub, sum } from "../../src/index.ts";
import { minimize } from "../../src/optimize.ts";
import type { Tensor } from "../../src/trace/tracer.ts";
import { message } from "../harness/message.ts";
import { near as nearTo } from "../harness/near.ts";

const near = (found: ArrayLike<number>, expected: ArrayLike<number>, digits = 8): void =>
  nearTo(found, expected, digits);

expect(minimize).toBeTypeOf("function"); // the entry gives points their method

const f = (x: Tensor): Tensor =>
  add(sum(square(sub(x.slice([1]), square(x.slice([0, -1]))))), mul(0.5, sum(square(sub(x, 2)))));
const at = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => 0.1 * Math.sin(i));
const right = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => Math.cos(i));
const norm = (x: ArrayLike<number>): number => Math.hypot(...Array.from(x));
const dense = (x: Float64Array): number[][] => {
  const { data, shape } = hessian(f)(x) as unknown as { data: Float64Array; shape: number[] };
  const n = shape[0] as number;
  return Array.from({ length: n }, (_, i) => [...data.slice(i * n, i * n + n)]);
};

describe("at.cg", () => {
  test.each([1, 2, 9, 40])("solves with the Hessian of %i unknowns, also shifted", (n) => {
    const point = objective(n > 1 ? f : (x: Tensor) => sum(square(square(add(x, 1)))), at(n)).at(at(n));
    const h = n > 1 ? dense(at(n)) : [[12]];
    for (const shift of [0, 3]) {
      const shifted = h.map((row, i) => row.map((a, k) => a + (i === k ? shift : 0)));
      const found = point.cg(right(n), { tol: 1e-12, shift });
      near(found.x, solve(shifted, right(n)) as unknown as Float64Array);
      expect(found).toMatchObject({ negativeCurvature: false, onBoundary: false });
      expect(found.residual).toBeLessThanOrEqual(1e-12 * norm(right(n)));
      const hx = point.hvp(found.x).map((a, i) => a + shift * (found.x[i] as number));
      near(hx, right(n));
    }
  });
  test("computes points anew, keeps them for further right-hand sides, and sees new data", () => {
    const problem = objective((x: Tensor, w: Tensor) => sum(mul(w, square(square(x)))), [1, 2], [1, 1]);
    const [one, two] = [problem.at([1, 2]), problem.at([2, 1])];
    near(one.cg([12, 48]).x, [1, 1]);
    near(two.cg([48, 12]).x, [1, 1]);
    near(one.cg([24, 48]).x, [2, 1]);
    problem.bind([2, 1]);
    expect(message(() => one.cg([1, 1]))).toContain("made before bind()");
    near(problem.at([1, 2]).cg([24, 48]).x, [1, 1]);
  });
  test("is a Newton step for b = -grad, of trees and in float32", () => {
    const tree = objective(({ a, b }) => add(square(sub(a, 1)), sum(square(square(b)))), { a: 3, b: [1, 2] });
    const point = tree.at({ a: 3, b: [1, 2] });
    const step = point.cg({ a: -point.grad.a, b: point.grad.b.map((g) => -g) }, { tol: 1e-12 });
    expect(step.x.a).toBeCloseTo(-2, 10);
    near(step.x.b, [-1 / 3, -2 / 3], 10);
    const single = objective((x: Tensor) => sum(mul([1, 2], square(x))), Float32Array.of(1, 1));
    const { x } = single.at(Float32Array.of(1, 1)).cg(Float32Array.of(2, 4));
    expect(x).toBeInstanceOf(Float32Array);
    near(x, [1, 1], 5);
  });
  test("ends at the boundary of a radius", () => {
    const point = objective(f, at(9)).at(at(9));
    const whole = point.cg(right(9), { tol: 1e-12 });
    const short = point.cg(right(9), { tol: 1e-12, radius: norm(whole.x) / 3 });
    expect(norm(short.x)).toBeCloseTo(norm(whole.x) / 3, 10);
    expect(short).toMatchObject({ onBoundary: true, negativeCurvature: false });
    expect(point.cg(right(9), { tol: 1e-12, radius: norm(whole.x) * 3 })).toEqual({ ...whole, onBoundary: false });
    expect(point.cg(right(9), { radius: Number.POSITIVE_INFINITY, tol: 1e-12 })).toEqual(whole);
  });
  test("says where it meets negative curvature", () => {
    const point = objective((x: Tensor) => sum(mul([1, -1], square(x))), [0, 0]).at([0, 0]);
    const free = point.cg([0, 1]);
    expect(free).toMatchObject({ negativeCurvature: true, onBoundary: false, iterations: 1 });
    near(free.x, [0, 0]);
    const bounded = point.cg([0, 1], { radius: 2 });
    expect(bounded).toMatchObject({ negativeCurvature: true, onBoundary: true });
    near(bounded.x, [0, 2]);
  });
  test("takes a preconditioner: a diagonal, or a function", () => {
    const d = Float64Array.from({ length: 30 }, (_, i) => 10 ** (i / 5));
    const g = (x: Tensor): Tensor => add(mul(0.5, sum(mul(d, square(x)))), mul(0.01, square(sum(x))));
    const point = objective(g, d).at(d);
    const plain = point.cg(right(30), { tol: 1e-10, maxIterations: 1000 });
    const scaled = point.cg(right(30), { tol: 1e-10, preconditioner: d });
    expect(scaled.iterations).toBeLessThan(plain.iterations / 4);
    near(scaled.x, plain.x, 8);
    const inverse = (r: Tensor): Tensor => r.div(d);
    expect(point.cg(right(30), { tol: 1e-10, preconditioner: inverse })).toEqual(scaled);
    const h = d.map((a) => a) && Array.from(d, (a, i) => Array.from(d, (_, k) => 0.02 + (i === k ? a : 0)));
    const exact = point.cg(right(30), {
      tol: 1e-10,
      preconditioner: (r: Tensor) => choSolve(cholesky(h) as never, r) as never,
    });
    expect(exact.iterations).toBeLessThanOrEqual(2);
    near(matmul(h, exact.x) as unknown as Float64Array, right(30), 7);
  });
  test("refuses what it cannot take", () => {
    const point = objective(f, at(4)).at(at(4));
    expect(message(() => point.cg([1, 2]))).toContain("at.cg: b has shape [2]");
    expect(message(() => point.cg(right(4), { tol: -1 }))).toContain("at.cg: tol is -1");
    expect(message(() => point.cg(right(4), { radius: Number.NaN }))).toContain("at.cg: radius is NaN");
    expect(message(() => point.cg(right(4), { tolerance: 1 } as never))).toContain("unknown option tolerance");
    expect(message(() => point.cg(right(4), { preconditioner: [1] as never }))).toContain("shape [1]");
    expect(message(() => point.cg(right(4), { preconditioner: (() => [1, 2]) as never }))).toContain("like x");
  });
  test("is said to be part of hvp/optimize where that is not imported", async () => {
    vi.resetModules();
    const fresh = await import("../../src/index.ts");
    const point = fresh.objective((x: Tensor) => fresh.sum(fresh.square(x)) as never, [1]).at([1]);
    expect(() => point.cg([1])).toThrow('write import "hvp/optimize"');
    expect(provideCg).toBeTypeOf("function");
  });
});
