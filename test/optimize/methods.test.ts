// Every method of `minimize`: that its hosts give the same bits, that it ends, and what it says where it does.
import { describe, expect, test } from "vitest";
import { add, exp, log, mul, objective, sqrt, square, sub, sum, where } from "../../src/index.ts";
import { type Functions, type MethodName, minimize, minimizeAsync } from "../../src/optimize.ts";
import type { Tensor } from "../../src/trace/tracer.ts";
import { near as nearTo } from "../harness/near.ts";
import { rosenbrock, start } from "../harness/rosenbrock.ts";

const near = (found: ArrayLike<number>, expected: ArrayLike<number>, digits = 6): void =>
  nearTo(found, expected, digits);

interface Row {
  readonly method: MethodName;
  /** Whether it needs products. */
  readonly second: boolean;
}
const ROWS: readonly Row[] = [
  { method: "newton-cg", second: true },
  { method: "l-bfgs", second: false },
  { method: "l-bfgs-b", second: false },
  { method: "tron", second: true },
];

describe.each(ROWS)("$method", ({ method, second }) => {
  test.each([1, 2, 9, 17, 64])("gives the same bits in every host: %i unknowns", async (n) => {
    const f = (x: Tensor): Tensor => add(n > 1 ? rosenbrock(x) : 0, sum(square(square(sub(x, 0.7)))));
    const x0 = start(n);
    const options = { method, gtol: 1e-9, maxIterations: 30 };
    const found = minimize(f, x0, options);
    const problem = objective(f, x0);
    const { value, grad, hvp } = problem;
    // A sum may have another order of additions in a program that shares it with the gradient.
    const valueAndGrad = (x: Float64Array) => problem.valueAndGrad(x);
    const own: Functions<Float64Array> = second ? { value, grad, hvp } : { value, grad, valueAndGrad };
    expect(minimize(problem, x0, options)).toEqual(found);
    expect(minimize(own, x0, options)).toEqual(found);
    expect(await minimizeAsync(problem, x0, options)).toEqual(found);
  });
  test.each([2, 10, 100])("finds the minimum of Rosenbrock's function of %i unknowns", (n) => {
    const found = minimize(rosenbrock, start(n), { method, gtol: 1e-8 });
    expect(found).toMatchObject({ converged: true, status: "gtol" });
    near(found.x, Array(n).fill(1), 6);
  });
  test("finds it from ten and a hundred times as far", () => {
    for (const far of [10, 100]) {
      const found = minimize(rosenbrock, [-1.2 * far, far], { method, gtol: 1e-8 });
      expect(found.converged).toBe(true);
      near(found.x, [1, 1], 6);
    }
  });
  test("finds it in float32", () => {
    const found = minimize(rosenbrock, Float32Array.from(start(4)), { method, gtol: 1e-3 });
    expect(found.converged).toBe(true);
    near(found.x, [1, 1, 1, 1], 2);
  });
  test("finds the minimum in a number", () => {
    const found = minimize((x) => sub(exp(x), mul(2, x)), 0, { method, gtol: 1e-10 });
    expect(found.x).toBeCloseTo(Math.log(2), 9);
  });
  test("leaves a point where the Hessian is negative definite", () => {
    const f = (x: Tensor): Tensor => add(sum(square(sub(square(x), 1))), mul(0.1, sum(x)));
    const found = minimize(f, [0.01, -0.02], { method });
    expect(found.converged).toBe(true);
    // Each element stands at one of the two minima of (x² − 1)² + x/10.
    for (const x of found.x) expect(Math.abs(4 * x * (x * x - 1) + 0.1)).toBeLessThan(1e-5);
    for (const x of found.x) expect(12 * x * x - 4).toBeGreaterThan(0);
  });
  test("does not step to where the value is not finite", () => {
    const found = minimize((x) => sub(x, log(x)), 3, { method, gtol: 1e-10 });
    expect(found.x).toBeCloseTo(1, 9);
    // A wall at 0: infinite behind it.
    const wall = minimize((x) => where(x.lt(0), Number.POSITIVE_INFINITY, square(sub(x, 1e-3))), 5, { method });
    expect(wall.x).toBeCloseTo(1e-3, 6);
  });
  test("ends where it begins if nothing is finite there", () => {
    expect(minimize((x) => sum(sqrt(x)), [-1, 1], { method })).toMatchObject({ status: "notFinite", iterations: 0 });
  });
  test("ends at a kink", () => {
    const found = minimize((x) => sum(x.abs()), [1, 2.3], { method, maxIterations: 5000 });
    expect(found.converged).toBe(false);
    near(found.x, [0, 0]);
  });
  test("ends where a function has no minimum", () => {
    const line = minimize((x) => sum(x), [1, 2], { method, maxIterations: 3000 });
    expect(line.converged).toBe(false);
    expect(line.value).toBeLessThan(-1e10);
    const bowl = minimize((x) => sum(square(x)).neg(), [1, 2], { method, maxIterations: 3000 });
    expect(bowl.value).toBeLessThan(-1e20);
    // Trust regions have a largest radius; lines have no end.
    expect(bowl.status).toBe(method === "tron" ? "maxIterations" : "unbounded");
  });
  test("ends where the gradient is not that of the value", () => {
    const wrong = { value: (x: number) => x * x, grad: (x: number) => -2 * x, hvp: (_: number, v: number) => 2 * v };
    expect(minimize(wrong, 1, { method })).toMatchObject({ status: "stalled", x: 1 });
  });
  test("ends where rounding hides every decrease, though gtol is 0", () => {
    const found = minimize((x) => add(1, sum(square(sub(x, 0.1)))), [1, 2], { method, gtol: 0 });
    expect(found.converged).toBe(true);
    near(found.x, [0.1, 0.1], 7);
  });
});

describe("derivatives whose products overflow", () => {
  const target = [1, 2];
  const scaledBy = (c: number) => (x: Tensor) => mul(c, sum(square(sub(x, target))));
  const methods: readonly MethodName[] = ["trust-ncg", "trust-exact", "trust-krylov", "tron", "newton-cg", "l-bfgs"];

  test.each(methods)("%s says that it converged only where it did", (method) => {
    // The gradient is 2c·(x - target), far beyond gtol everywhere but at the target.
    for (const c of [1e75, 1e150, 1e154, 1e200, 1e300]) {
      const { x, converged } = minimize(scaledBy(c), [0, 0], { method });
      if (converged) expect([...x]).toEqual([expect.closeTo(1, 6), expect.closeTo(2, 6)]);
    }
  });

  test("a model that promises an increase makes the radius of tron shrink", () => {
    const f = (x: Tensor) => sum(square(sub(mul(x, 1e150), target)));
    const { x, value } = minimize(f, [0, 0], { method: "tron" });
    expect([...x].map((v) => v * 1e150)).toEqual([expect.closeTo(1, 6), expect.closeTo(2, 6)]);
    expect(value).toBeCloseTo(0, 12);
  });
});
