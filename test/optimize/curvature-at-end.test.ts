// What a result says of the Hessian at its end, beside eigenvalues that are known in closed form or by `eigvalsh`.
import { describe, expect, test } from "vitest";
import { add, cos, eigvalsh, hessian, mul, objective, square, sub, sum } from "../../src/index.ts";
import { outermost } from "../../src/optimize/outermost.ts";
import { type CurvatureAtEnd, minimize, minimizeAsync } from "../../src/optimize.ts";
import type { Tensor } from "../../src/trace/tracer.ts";
import { message } from "../harness/message.ts";

/** The second difference: eigenvalues 2 - 2cos(kπ/(n + 1)). */
const difference = (v: Float64Array): Float64Array =>
  v.map((x, i) => 2 * x - ((v[i - 1] ?? 0) as number) - ((v[i + 1] ?? 0) as number));
const exact = (n: number, k: number): number => 2 - 2 * Math.cos((k * Math.PI) / (n + 1));

describe("outermost", () => {
  test.each([1, 2, 3, 10, 50, 95, 96, 97, 200])("of the second difference of %i points", (n) => {
    const { least, greatest, residual } = outermost(n, difference);
    const slack = n > 96 ? 1e-4 : 1e-12;
    expect(Math.abs(least - exact(n, 1))).toBeLessThan(slack);
    expect(Math.abs(greatest - exact(n, n))).toBeLessThan(slack);
    expect(residual).toBeLessThan(n > 96 ? 1e-2 : 1e-9);
  });
  test.each<[string, number[]]>([
    ["one negative among many", [-0.5, ...Array.from({ length: 300 }, (_, i) => 1 + i)]],
    ["all alike", Array(40).fill(3)],
    ["all zero", Array(10).fill(0)],
    ["large and tiny", [1e-100, 1e100]],
    ["negative definite", [-1, -2, -300]],
    ["far apart", [-1e-3, 1, 1e3, 1e6]],
  ])("of a diagonal: %s", (_, d) => {
    const found = outermost(d.length, (v) => v.map((x, i) => x * (d[i] as number)));
    const size = Math.max(...d.map(Math.abs));
    expect(Math.abs(found.least - Math.min(...d))).toBeLessThanOrEqual(1e-6 * size);
    expect(Math.abs(found.greatest - Math.max(...d))).toBeLessThanOrEqual(1e-6 * size);
  });
  test("ends where products are NaN", () => {
    expect(outermost(5, () => new Float64Array(5).fill(Number.NaN)).products).toBeLessThan(1000);
  });
});

describe("the curvature of a result", () => {
  const saddle = (x: Tensor): Tensor => sub(square(x.at(0)), square(x.at(1)));
  const degenerate = (x: Tensor): Tensor => add(square(x.at(0)), square(square(x.at(1))));
  test.each([
    ["minimum", (x: Tensor) => sum(square(x)), [1, 2]],
    ["saddle", saddle, [0, 0]],
    ["maximum", (x: Tensor) => sum(cos(x)), [0, 0]],
    ["degenerate", degenerate, [0, 0]],
    ["degenerate", (x: Tensor) => sum(mul(x, 0)), [0, 0]],
  ] as const)("%s", (kind, f, x0) => {
    const found = minimize(f, x0 as never);
    expect(found.converged).toBe(true);
    expect(found.curvature?.kind).toBe(kind);
  });
  test("has the least eigenvalue of the Hessian, from each host", async () => {
    const f = (x: Tensor): Tensor =>
      add(sum(square(sub(x.slice([1]), square(x.slice([0, -1]))))), sum(square(sub(x, 2))));
    const x0 = new Float64Array(7).fill(0.5);
    const problem = objective(f, x0);
    const own = { value: problem.value, grad: problem.grad, hvp: problem.hvp } as never;
    const later = { ...(own as object), hvp: async (x: Float64Array, v: Float64Array) => problem.hvp(x, v) } as never;
    for (const found of [minimize(f, x0), minimize(problem, x0), minimize<Float64Array>(own, x0)]) {
      const all = eigvalsh(hessian(f)(found.x) as never) as unknown as Float64Array;
      expect(found.curvature?.least).toBeCloseTo(all[0] as number, 9);
      expect(found.curvature?.greatest).toBeCloseTo(all[6] as number, 9);
      expect(found.curvature).toMatchObject({ kind: "minimum", products: 7 });
    }
    expect((await minimizeAsync<Float64Array>(later, x0)).curvature).toBeUndefined();
  });
  test("of a tree, and in float32", () => {
    const tree = minimize(({ a, b }) => add(square(sub(a, 1)), mul(5, sum(square(b)))), { a: 0, b: [1, 1] });
    expect(tree.curvature?.least).toBeCloseTo(2, 10);
    expect(tree.curvature?.greatest).toBeCloseTo(10, 10);
    expect(minimize((x: Tensor) => sum(square(x)), Float32Array.of(1, 2)).curvature?.least).toBeCloseTo(2, 5);
  });
  test("is not computed before it is read, nor twice", () => {
    let calls = 0;
    const own = { value: (x: Float64Array) => (x[0] as number) ** 2, grad: (x: Float64Array) => x.map((v) => 2 * v) };
    const hvp = (_: Float64Array, v: Float64Array): Float64Array => {
      calls++;
      return v.map((x) => 2 * x);
    };
    const found = minimize({ ...own, hvp }, [1]);
    const before = calls;
    expect({ ...found }).not.toHaveProperty("curvature");
    expect(calls).toBe(before);
    expect(found.curvature?.least).toBe(2);
    const after = calls;
    expect(found.curvature?.least).toBe(2);
    expect(calls).toBe(after);
  });
});

describe("the curvature of a function that is another one now", () => {
  const said = "data has changed since";
  test("because captured data changed", () => {
    const sign = Float64Array.of(1, 1);
    const found = minimize((x: Tensor) => sum(mul(sign, square(sub(x, [1, 2])))), [0, 0], { maxIterations: 1 });
    sign[1] = -1;
    expect(message(() => found.curvature)).toContain(said);
  });
  test("because data was bound, or the objective disposed of", () => {
    const problem = objective((x: Tensor, c: Tensor) => sum(mul(c, square(sub(x, 1)))), [0, 0], [1, 1]);
    const [one, two] = [minimize(problem, [0, 0], { maxIterations: 1 }), minimize(problem, [0, 0])];
    expect(two.curvature?.kind).toBe("minimum");
    problem.bind([-1, -5]);
    expect(one.value).toBeGreaterThan(1e-3);
    expect(message(() => one.curvature)).toContain(said);
    problem.dispose();
    expect(message(() => one.curvature)).toContain("after dispose()");
    expect(two.curvature?.kind).toBe("minimum");
  });
  test("is undefined where products are not finite", () => {
    const own = { value: () => 1, grad: () => [0, 0], hvp: () => [Number.NaN, 0] };
    expect(minimize(own as never, [1, 1]).curvature).toBeUndefined();
  });
});

test("a sign that products do not prove is none", () => {
  // Eigenvalues are those of the diagonal, close to each other at the least one.
  const kind = (least: number) => {
    const d = Float64Array.from({ length: 300 }, (_, i) => least ** (i / 299));
    return minimize((x: Tensor) => mul(0.5, sum(mul(d, square(x)))), new Float64Array(300)).curvature;
  };
  expect(kind(1e-12)?.kind).toBe("degenerate");
  const { kind: found, least, residual } = kind(1e-5) as CurvatureAtEnd;
  expect(found).toBe("minimum");
  expect(residual).toBeLessThan(least);
  expect(least).toBeGreaterThanOrEqual(1e-5 - residual);
  expect(least).toBeLessThanOrEqual(1e-5 + residual);
});
