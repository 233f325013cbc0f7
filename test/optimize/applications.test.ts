// Methods on the larger problems of test/problems: the minima, errors and energies that others published or computed.
import { describe, expect, test } from "vitest";
import * as hvp from "../../src/index.ts";
import { type MethodName, minimize, minimizeMany } from "../../src/optimize.ts";
import { cluster, displaced, randomCluster } from "../problems/clusters.mjs";
import { breastCancer, digits } from "../problems/data-sets.mjs";

const relative = (got: number, want: number): number => Math.abs(got - want) / Math.abs(want);
const HIGH: readonly MethodName[] = ["trust-ncg", "newton-cg", "l-bfgs"];

describe.each(HIGH)("%s", (method) => {
  test.each([digits(hvp), breastCancer(hvp)])("$name: the minimum to 1e-10", ({ value, start, minimum }) => {
    const found = minimize(value, start as number[], { method, gtol: 1e-9 });
    expect(found.converged).toBe(true);
    expect(relative(found.value, minimum.value)).toBeLessThan(1e-10);
    const errors = Array.from(found.x, (t, i) => Math.abs(t - minimum.x[i]!));
    // Eigenvalues of the Hessians are at least 1e-3 but for the column of ones.
    expect(Math.max(...errors)).toBeLessThan(1e-4);
  });
});

test("standard errors of the breast-cancer weights, where trust-ncg ends", () => {
  const { value, start, minimum } = breastCancer(hvp);
  const { x, curvature } = minimize(value, start as number[], { gtol: 1e-10 });
  expect(curvature!.kind).toBe("minimum");
  const variances = hvp.diagonal(hvp.inv(hvp.mul(569, hvp.hessian(value)(x)))) as unknown as Float64Array;
  minimum.standardErrors.forEach((want, i) => expect(relative(Math.sqrt(variances[i]!), want)).toBeLessThan(1e-6));
});

describe("Lennard-Jones clusters", () => {
  /** All distances, in order: what turning, reflecting and renaming atoms leaves. */
  const distances = (x: ArrayLike<number>): number[] => {
    const places = Array.from({ length: x.length / 3 }, (_, i) => [0, 1, 2].map((k) => x[3 * i + k]!));
    const pairs = places.flatMap((a, i) => places.slice(0, i).map((b) => Math.hypot(...a.map((t, k) => t - b[k]!))));
    return pairs.sort((a, b) => a - b);
  };
  const farthest = (a: readonly number[], b: readonly number[]): number =>
    Math.max(...a.map((t, i) => Math.abs(t - b[i]!)));

  // SciPy's L-BFGS-B and trust-ncg find it from five of these starts (fixtures/scipy-runs.json).
  test.each<[MethodName, number]>([
    ["trust-ncg", 4],
    ["newton-cg", 4],
    ["l-bfgs", 5],
  ])("13 atoms from 100 random starts: %s finds the icosahedron at least %d times", (method, times) => {
    const { value, published, minimum } = cluster(hvp, 13);
    const starts = Array.from({ length: 100 }, (_, seed) => randomCluster(13, seed + 1));
    const { x, value: values, converged } = minimizeMany(value, starts, { method, gtol: 1e-6 });
    const energies = Array.from(values as Float64Array);
    expect(converged.every(Boolean)).toBe(true);
    // No lower one is known.
    expect(Math.min(...energies)).toBeGreaterThan(published - 1e-6);
    const found = energies.flatMap((e, i) => (e < published + 1e-6 ? [i] : []));
    expect(found.length).toBeGreaterThanOrEqual(times);
    const rows = (x as hvp.NdArray).data as Float64Array;
    for (const i of found)
      expect(farthest(distances(rows.subarray(39 * i, 39 * i + 39)), distances(minimum.x))).toBeLessThan(1e-5);
  });

  test.each(HIGH)("38 atoms, displaced by up to 0.1, relax into the published places by %s", (method) => {
    const { value, published, minimum } = cluster(hvp, 38);
    const problem = hvp.objective(value, displaced(38, 1));
    for (const seed of [1, 2, 3]) {
      const found = minimize(problem, displaced(38, seed), { method, gtol: 1e-8 });
      expect(found.converged).toBe(true);
      // As many digits as are printed.
      expect(Math.abs(found.value - published)).toBeLessThan(5e-7);
      expect(relative(found.value, minimum.value)).toBeLessThan(1e-13);
      expect(farthest(distances(found.x), distances(minimum.x))).toBeLessThan(1e-5);
      // Moving and turning the whole costs nothing: six eigenvalues are 0.
      expect(found.curvature!.kind).toBe("degenerate");
      expect(relative(found.curvature!.greatest, minimum.greatest)).toBeLessThan(1e-6);
    }
  });
});
