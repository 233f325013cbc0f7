// Trust-region subproblems beside their conditions of optimality, which hold at the global solution and nowhere else
// (theorem 7.2.1 of Conn, Gould and Toint): (H + λI)p = -g with λ ≥ 0, H + λI positive semidefinite, λ(Δ - ‖p‖) = 0.
import { describe, expect, test } from "vitest";
import { add, eigvalsh, matmul, mul, sum } from "../../src/index.ts";
import { inSession } from "../../src/ir/build.ts";
import { onSphere } from "../../src/optimize/sphere.ts";
import { traced } from "../../src/optimize/traced-host.ts";
import { minimize } from "../../src/optimize.ts";
import { parameter } from "../../src/primitives/leaf.ts";
import { evaluate } from "../../src/run/evaluate.ts";
import { Tensor } from "../../src/trace/tracer.ts";

const norm = (x: ArrayLike<number>): number => Math.hypot(...Array.from(x));

function solve(lambda: number[], g: number[], radius: number) {
  return inSession(() => {
    const n = lambda.length;
    const of = [parameter([n], "float64"), parameter([n], "float64"), parameter([], "float64")];
    const [l, h, r] = of.map((x) => new Tensor(x)) as [Tensor, Tensor, Tensor];
    const { step, decrease, onBoundary } = traced(onSphere(l, h, r), () => l);
    const [p, d, b] = evaluate([step.node, decrease.node, onBoundary.node], of, [lambda, g, [radius]]) as [
      Float64Array,
      Float64Array,
      Int32Array,
    ];
    return { p, decrease: d[0] as number, onBoundary: b[0] === 1 };
  });
}

/** How far a step is from the conditions, relative to the size of what they compare. */
function violation(lambda: number[], g: number[], radius: number, p: ArrayLike<number>): number {
  const size = norm(p);
  const scale = Math.max(...lambda.map(Math.abs), norm(g) / radius, 1e-300);
  // The multiplier that fits best.
  const shift =
    size === 0
      ? 0
      : -lambda.reduce((s, l, i) => s + (p[i] as number) * (l * (p[i] as number) + (g[i] as number)), 0) / size ** 2;
  const onBoundary = size > radius * (1 - 1e-8);
  const used = onBoundary ? Math.max(shift, 0) : 0;
  const residual = norm(lambda.map((l, i) => (l + used) * (p[i] as number) + (g[i] as number)));
  return Math.max(
    residual / (scale * radius),
    Math.max(0, -((lambda[0] as number) + used)) / scale,
    Math.max(0, size / radius - 1),
  );
}

describe("onSphere", () => {
  const cases: [string, number[], number[], number][] = [
    ["inside", [1, 2, 3], [0.1, 0.1, 0.1], 1],
    ["on the boundary, positive definite", [1, 2, 3], [10, -10, 5], 1],
    ["indefinite", [-2, 1, 5], [1, 1, 1], 0.5],
    ["negative definite", [-3, -2, -1], [0.1, 0.2, -0.3], 2],
    ["the hard case", [-1, 2, 3], [0, 1, 1], 10],
    ["the hard case, twice the least eigenvalue", [-1, -1, 3], [0, 0, 1], 5],
    ["nearly the hard case", [-1, 2, 3], [1e-14, 1, 1], 10],
    ["the hard case without a gradient", [-1, 2, 3], [0, 0, 0], 2],
    ["singular", [0, 1, 2], [0, 1, 1], 10],
    ["singular, with a gradient there", [0, 1, 2], [1, 1, 1], 10],
    ["badly scaled", [1e-8, 1, 1e8], [1, 1, 1], 100],
    ["tiny radius", [-5, 1, 7], [3, 4, 5], 1e-8],
    ["huge radius", [1e-3, 1, 10], [1, 1, 1], 1e12],
    ["one unknown", [-2], [1], 3],
  ];
  test.each(cases)("%s", (_, lambda, g, radius) => {
    const { p, decrease, onBoundary } = solve(lambda, g, radius);
    expect(violation(lambda, g, radius, p)).toBeLessThan(1e-8);
    const model = lambda.reduce(
      (s, l, i) => s + (g[i] as number) * (p[i] as number) + 0.5 * l * (p[i] as number) ** 2,
      0,
    );
    expect(decrease).toBeCloseTo(-model, 8 - Math.ceil(Math.log10(1 + Math.abs(model))));
    expect(onBoundary).toBe(norm(p) > radius * (1 - 1e-8));
  });
  test("random ones", () => {
    let seed = 1;
    const random = (): number => {
      seed = (seed * 48271) % 2147483647;
      return seed / 2147483647;
    };
    for (let k = 0; k < 200; k++) {
      const n = 1 + Math.floor(6 * random());
      const lambda = Array.from({ length: n }, () => (random() - 0.4) * 10 ** (4 * random() - 2)).sort((a, b) => a - b);
      const g = Array.from({ length: n }, () => (random() < 0.2 ? 0 : random() - 0.5));
      const radius = 10 ** (4 * random() - 2);
      expect(violation(lambda, g, radius, solve(lambda, g, radius).p), `${lambda}; ${g}; ${radius}`).toBeLessThan(1e-8);
    }
  });
});

describe("one step of a method", () => {
  // A quadratic function is its own model: the step from 0 is the solution of the subproblem.
  const matrix = (n: number, indefinite: boolean): number[][] =>
    Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, k) =>
        i === k ? (indefinite && i === 2 ? -3 : i + 1) : Math.cos(i * k + i + k) / 4,
      ),
    ).map((row, i, all) =>
      row.map((_, k) => ((all[i] as number[])[k] as number) / 2 + ((all[k] as number[])[i] as number) / 2),
    );
  const g = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => Math.sin(i + 1));

  test.each([
    ["trust-exact", 6, false, 0.3],
    ["trust-exact", 6, true, 0.3],
    ["trust-exact", 6, false, 100],
    ["trust-krylov", 6, false, 0.3],
    ["trust-krylov", 6, true, 0.3],
    ["trust-krylov", 6, false, 100],
    ["trust-krylov", 30, true, 2],
  ] as const)("%s, n = %i, indefinite: %s, radius %f, is globally optimal", (method, n, indefinite, radius) => {
    const h = matrix(n, indefinite);
    const f = (x: Tensor): Tensor => add(sum(mul(g(n), x)), mul(0.5, sum(mul(x, matmul(h, x)))));
    const { x } = minimize(f, new Float64Array(n), {
      ...{ method, trustRadius: radius, maxTrustRadius: radius, maxIterations: 1, gtol: 0 },
    });
    const hx = h.map((row) => row.reduce((s, a, k) => s + a * (x[k] as number), 0));
    const size = norm(x);
    const shift = -hx.reduce((s, a, i) => s + (x[i] as number) * (a + (g(n)[i] as number)), 0) / size ** 2;
    const used = size > radius * (1 - 1e-6) ? shift : 0;
    const least = (eigvalsh(h) as Float64Array)[0] as number;
    const tolerance = method === "trust-exact" ? 1e-8 : 0.5;
    const residual = norm(hx.map((a, i) => a + used * (x[i] as number) + (g(n)[i] as number)));
    expect(residual / norm(g(n))).toBeLessThan(tolerance);
    expect(least + used).toBeGreaterThan(-1e-8);
    expect(size).toBeLessThan(radius * (1 + 1e-8));
  });
});
