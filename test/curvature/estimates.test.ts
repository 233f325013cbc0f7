// Numbers from a few products against exact ones: within the standard errors that are reported, for fixed seeds; and
// systems against dense solutions.
import { describe, expect, test } from "vitest";
import { Generator } from "../../src/curvature/generator.ts";
import { Products } from "../../src/curvature/product.ts";
import { quadrature } from "../../src/curvature/quadrature.ts";
import * as library from "../../src/index.ts";
import { rng, vector } from "../harness/rng.ts";

// biome-ignore lint/suspicious/noExplicitAny: results are compared as numbers.
type Any = any;
const { linearOperator, solve } = library as Any;

const n = 160;
/** A dense symmetric matrix with these eigenvalues: Q·diag·Q of a reflection Q. */
function matrix(value: (i: number) => number): { data: Float64Array; shape: number[]; values: Float64Array } {
  const u = vector(rng(9), n);
  const size = u.reduce((s, x) => s + x * x, 0);
  const q = (i: number, j: number): number => Number(i === j) - (2 * (u[i] as number) * (u[j] as number)) / size;
  const values = Float64Array.from({ length: n }, (_, i) => value(i));
  const data = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let s = 0;
      for (let k = 0; k < n; k++) s += q(i, k) * (values[k] as number) * q(j, k);
      data[i * n + j] = data[j * n + i] = s;
    }
  return { data, shape: [n, n], values };
}
const decaying = matrix((i) => Math.exp(-i / 8) + 0.01);
const steep = matrix((i) => Math.exp(-i / 3));
const level = matrix((i) => 1 + i / n);
const mixed = matrix((i) => Math.cos(i));
const total = (v: Float64Array): number => v.reduce((a, b) => a + b, 0);
const diagonalOf = (m: { data: Float64Array }): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => m.data[i * n + i] as number);

describe("the generator", () => {
  // By the same formulas in Python's integers.
  test.each([
    [0, [3809008728, 1133695204, 53579671, 2891528803]],
    [-3, [4285583806, 2174217683, 2402456412, 1419327943]],
    [2 ** 40 + 7, [997075314, 4007737718, 3742241217, 2155848198]],
  ])("with seed %i gives the numbers of xoshiro128**", (seed, wanted) => {
    const random = new Generator(seed as number);
    expect(Array.from({ length: 4 }, () => random.bits() >>> 0)).toEqual(wanted);
  });
  test("has signs and uniform numbers that are balanced", () => {
    const random = new Generator(1);
    const count = 100_000;
    // Five standard deviations of the mean of 100,000.
    expect(Math.abs(total(random.signs(count))) / count).toBeLessThan(5 / Math.sqrt(count));
    const [u, v] = [random.uniform(count), random.inside(count)];
    expect(Math.abs(total(u)) / count).toBeLessThan(5 / Math.sqrt(3 * count));
    expect(Math.abs(total(v) / count - 0.5)).toBeLessThan(5 / Math.sqrt(12 * count));
    expect(v.every((x) => x > 0 && x < 1)).toBe(true);
    expect(u.every((x) => x >= -1 && x < 1)).toBe(true);
  });
});

describe("trace", () => {
  const seeds = [1, 2, 3, 4];
  test.each(["xtrace", "hutch++", "hutchinson"])("by %s is within 3 standard errors of the exact one", (method) => {
    for (const m of [decaying, level, mixed])
      for (const seed of seeds) {
        const { value, standardError, products } = linearOperator(m).trace({ method, seed, maxProducts: 60 });
        expect(Math.abs(value - total(m.values))).toBeLessThan(3 * standardError);
        expect(products).toBeLessThanOrEqual(60);
      }
  });
  test("by xtrace is more exact than by Hutchinson where the spectrum decays", () => {
    const [x, h] = ["xtrace", "hutchinson"].map((method) => linearOperator(steep).trace({ method, maxProducts: 60 }));
    expect(x.standardError).toBeLessThan(h.standardError / 2);
  });
  test("of low rank, of the identity and of zero is exact", () => {
    const low = linearOperator(matrix((i) => (i < 9 ? i + 1 : 0))).trace();
    expect(low.value).toBeCloseTo(45, 10);
    expect(low.standardError).toBe(0);
    const identity = linearOperator({ shape: [n, n], matvec: (v: Float64Array) => v }).trace();
    expect(identity.value).toBeCloseTo(n, 10);
    expect(identity.standardError).toBeLessThan(1e-10);
    const zero = linearOperator({ shape: [n, n], matvec: (v: Float64Array) => v.fill(0) });
    expect(zero.trace()).toEqual({ value: 0, standardError: 0, products: 32 });
    expect(zero.trace({ method: "hutch++" }).value).toBe(0);
  });
  test("is exact where the products suffice, and where that is asked for", () => {
    const exact = linearOperator(mixed).trace({ method: "exact" });
    expect(exact.value).toBeCloseTo(total(mixed.values), 11);
    expect([exact.standardError, exact.products]).toEqual([0, n]);
    expect(linearOperator(mixed).trace({ maxProducts: n }).standardError).toBe(0);
  });
});

describe("diagonal", () => {
  test.each(["xdiag", "hutchinson"])("by %s scatters as its standard errors tell", (method) => {
    for (const m of [decaying, level, mixed]) {
      const { value, standardError } = linearOperator(m).diagonal({ method, seed: 5, maxProducts: 60 });
      const exact = diagonalOf(m);
      const scores = exact.map((d, i) => ((value[i] - d) / standardError[i]) ** 2);
      // The mean of the squares of 160 scores of deviation 1, which are correlated.
      expect(total(scores) / n).toBeLessThan(2);
      expect(total(scores) / n).toBeGreaterThan(0.3);
    }
  });
  test("is exact on request", () => {
    const { value, standardError, products } = linearOperator(mixed).diagonal({ method: "exact" });
    expect(value).toEqual(diagonalOf(mixed));
    expect(total(standardError)).toBe(0);
    expect(products).toBe(n);
  });
  test("of a matrix of low rank is exact", () => {
    const low = matrix((i) => (i < 5 ? 1 : 0));
    const { value } = linearOperator(low).diagonal();
    diagonalOf(low).forEach((d, i) => expect(value[i]).toBeCloseTo(d, 12));
  });
});

describe("quadrature", () => {
  const source = { n, dtype: "float64" as const };
  const multiply = (m: { values: Float64Array }) => (vs: readonly Float64Array[], outs: readonly Float64Array[]) =>
    vs.forEach((v, k) => outs[k]?.set(v.map((x, i) => x * (m.values[i] as number))));
  test("has weights that sum to 1, and moments that are those of its probes", () => {
    // On a diagonal matrix the mean of λ^p over a vector of signs is the exact one.
    const products = new Products("test", { ...source, multiply: multiply(mixed) });
    const rules = quadrature(products, 3, 12, new Generator(1));
    expect(products.spent).toBe(36);
    for (const { nodes, weights } of rules) {
      expect(total(weights)).toBeCloseTo(1, 14);
      for (const p of [1, 2, 5, 23]) {
        const moment = nodes.reduce((s, x, i) => s + (weights[i] as number) * x ** p, 0);
        expect(moment).toBeCloseTo(mixed.values.reduce((s, x) => s + x ** p, 0) / n, 13);
      }
    }
  });
  test("ends where an invariant subspace is complete", () => {
    const three = { values: Float64Array.from({ length: n }, (_, i) => i % 3) };
    const products = new Products("test", { ...source, multiply: multiply(three) });
    const [rule] = quadrature(products, 1, 20, new Generator(2));
    expect(rule?.nodes.length).toBe(3);
    [0, 1, 2].forEach((x, i) => expect(rule?.nodes[i]).toBeCloseTo(x, 12));
    [54, 53, 53].forEach((c, i) => expect(rule?.weights[i]).toBeCloseTo(c / n, 12));
  });
});

describe("logdet", () => {
  test("is within 3 standard errors of the exact one", () => {
    for (const m of [decaying, level])
      for (const seed of [1, 2, 3]) {
        const exact = total(m.values.map(Math.log));
        const { value, standardError, products } = linearOperator(m).logdet({ seed });
        expect(Math.abs(value - exact)).toBeLessThan(3 * standardError);
        expect(products).toBeLessThanOrEqual(500);
      }
  });
  test("is exact on request, and shifts", () => {
    const exact = total(mixed.values.map((x) => Math.log(x + 2)));
    const found = linearOperator(mixed).logdet({ method: "exact", shift: 2 });
    expect(found.value).toBeCloseTo(exact, 11);
    expect(found.standardError).toBe(0);
    const { value, standardError } = linearOperator(mixed).logdet({ shift: 2 });
    expect(Math.abs(value - exact)).toBeLessThan(3 * standardError);
  });
  test("of one probe has no standard error", () => {
    expect(linearOperator(level).logdet({ probes: 1 }).standardError).toBeNaN();
  });
});

describe("spectral density", () => {
  test("integrates to 1 and counts eigenvalues", () => {
    const { grid, density, standardErrors, nodes, weights } = linearOperator(mixed).spectralDensity({ sigma: 0.02 });
    const step = grid[1] - grid[0];
    expect(total(density) * step).toBeCloseTo(1, 5);
    expect(total(weights)).toBeCloseTo(1, 13);
    // How many eigenvalues are below 0, from the curve: within three standard errors of the mean.
    const below = (values: Float64Array): number => values.reduce((s, d, i) => s + (grid[i] < 0 ? d * step : 0), 0);
    const exact = mixed.values.reduce((s, x) => s + Number(x < 0), 0) / n;
    expect(Math.abs(below(density) - exact)).toBeLessThan(3 * below(standardErrors));
    const mean = nodes.reduce((s: number, x: number, i: number) => s + x * weights[i], 0);
    expect(Math.abs(mean - total(mixed.values) / n)).toBeLessThan(0.05);
  });
  test("of few rows is that of the eigenvalues", () => {
    const { density, nodes, weights, standardErrors } = linearOperator([
      [1, 0],
      [0, 3],
    ]).spectralDensity({ points: 3, range: [1, 3], sigma: 0.5 });
    expect([...nodes]).toEqual([1, 3]);
    expect([...weights]).toEqual([0.5, 0.5]);
    const bell = (x: number): number => Math.exp((-x * x) / 0.5) / (0.5 * Math.sqrt(2 * Math.PI));
    const wanted = [bell(0) + bell(2), 2 * bell(1), bell(0) + bell(2)].map((y) => y / 2);
    wanted.forEach((y, i) => expect(density[i]).toBeCloseTo(y, 14));
    expect([...standardErrors]).toEqual([0, 0, 0]);
  });
  test("of one eigenvalue is a bell", () => {
    const { grid, density, sigma } = linearOperator({
      shape: [99, 99],
      matvec: (v: Float64Array) => v,
    }).spectralDensity();
    expect(sigma).toBeCloseTo(0.01, 14);
    expect(total(density) * (grid[1] - grid[0])).toBeCloseTo(1, 5);
  });
});

describe("condition", () => {
  test("of a definite matrix is the quotient of its ends", () => {
    const wide = matrix((i) => 0.01 + (i / n) ** 2);
    for (const [m, wanted] of [
      [level, 2 - 1 / n],
      [wide, 1 + 100 * (1 - 1 / n) ** 2],
    ] as const) {
      const { value, largest, smallest, converged } = linearOperator(m).condition();
      expect(converged).toBe(true);
      // Residuals of 1e-4 of both ends: eigenvalues are that exact at least.
      expect(Math.abs(value / wanted - 1)).toBeLessThan(2e-4);
      expect(largest / smallest).toBe(value);
    }
  });
  test("of an indefinite one takes the eigenvalue nearest to 0", () => {
    const sizes = mixed.values.map(Math.abs);
    const { value, converged } = linearOperator(mixed).condition();
    expect(converged).toBe(true);
    expect(Math.abs((value * Math.min(...sizes)) / Math.max(...sizes) - 1)).toBeLessThan(2e-4);
  });
  test("of a singular one is infinite", () => {
    expect(
      linearOperator([
        [1, 0],
        [0, 0],
      ]).condition().value,
    ).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("solve", () => {
  const b = vector(rng(3), n);
  test.each([
    ["definite", decaying],
    ["indefinite", mixed],
  ])("a system that is %s, against the dense solution", (_, m) => {
    const { x, residual, converged, iterations } = linearOperator(m).solve(b, { tol: 1e-13, maxIterations: 5000 });
    const dense: Float64Array = solve(m, b);
    const scale = Math.max(...dense.map(Math.abs));
    dense.forEach((want, i) => expect(Math.abs(x[i] - want)).toBeLessThan(1e-8 * scale));
    expect(residual).toBeLessThan(1e-11);
    expect(converged).toBe(true);
    expect(iterations).toBeGreaterThan(10);
  });
  test("with a shift", () => {
    const { x } = linearOperator(mixed).solve(b, { tol: 1e-13, shift: 3 });
    const shifted = mixed.data.map((a, i) => a + (i % (n + 1) === 0 ? 3 : 0));
    const dense: Float64Array = solve({ data: shifted, shape: [n, n] }, b);
    dense.forEach((want, i) => expect(x[i]).toBeCloseTo(want, 11));
  });
  test("says where it did not converge, and takes a right side of zeros", () => {
    const cut = linearOperator(mixed).solve(b, { tol: 1e-12, maxIterations: 5 });
    expect([cut.converged, cut.iterations]).toEqual([false, 5]);
    const zero = linearOperator(mixed).solve(new Float64Array(n));
    expect([zero.converged, zero.residual, Math.max(...zero.x)]).toEqual([true, 0, 0]);
  });
  test("a consistent singular system, by minres", () => {
    const singular = linearOperator(matrix((i) => (i < 100 ? 1 + i : 0)));
    const right = singular.matvec(b);
    const { residual, converged } = singular.solve(right, { tol: 1e-10, maxIterations: 2000 });
    expect(converged).toBe(true);
    expect(residual).toBeLessThan(1e-7);
  });
  test("a small one exactly, unless it is singular", () => {
    const { x, products } = linearOperator([
      [2, 1],
      [1, 3],
    ]).solve([1, 0]);
    expect(x[0]).toBeCloseTo(0.6, 14);
    expect(x[1]).toBeCloseTo(-0.2, 14);
    expect(products).toBe(2);
    expect(() =>
      linearOperator([
        [1, 1],
        [1, 1],
      ]).solve([1, 0]),
    ).toThrow(/singular.*pass \{ shift \}/);
  });
});
