// The larger problems of test/problems/ have the minima that independent computations and public databases give.
import { describe, expect, test } from "vitest";
import * as hvp from "../src/index.ts";
import { bundle } from "./problems/bundle.mjs";
import { type Atoms, cluster, displaced, randomCluster } from "./problems/clusters.mjs";
import { type Application, breastCancer, digits } from "./problems/data-sets.mjs";

const valueAt = ({ value }: Pick<Application, "value">, x: readonly number[]): number =>
  hvp.jit(value)(x as number[]) as unknown as number;
const gradAt = ({ value }: Pick<Application, "value">, x: readonly number[]): Float64Array =>
  hvp.jit(hvp.grad(value))(x as number[]) as unknown as Float64Array;
const relative = (got: number, want: number): number => Math.abs(got - want) / Math.abs(want);

describe("classification", () => {
  test.each([breastCancer(hvp), digits(hvp)])(
    "$name: value at the start and at the minimum, and no slope there",
    (p) => {
      // All classes are equally likely at 0.
      expect(relative(valueAt(p, p.start), Math.log(p.n === 31 ? 2 : 10))).toBeLessThan(1e-14);
      expect(relative(valueAt(p, p.minimum.x), p.minimum.value)).toBeLessThan(1e-14);
      // Weights are rounded to 1e-16, eigenvalues of the Hessian are below 10.
      expect(Math.hypot(...gradAt(p, p.minimum.x))).toBeLessThan(1e-14);
    },
  );

  test("standard errors of the breast-cancer weights", () => {
    const { value, minimum } = breastCancer(hvp);
    const H = hvp.hessian(value)(minimum.x as number[]) as unknown as hvp.NestedArray;
    const variances = hvp.diagonal(hvp.inv(hvp.mul(569, H))) as unknown as Float64Array;
    minimum.standardErrors.forEach((want, i) => expect(relative(Math.sqrt(variances[i]!), want)).toBeLessThan(1e-11));
  });
});

describe("Lennard-Jones clusters", () => {
  test.each<Atoms>([13, 38, 55])("%d atoms: the published energy, no force, and a minimum", (atoms) => {
    const p = cluster(hvp, atoms);
    const { x, value, least, greatest } = p.minimum;
    expect(value).toBeCloseTo(p.published, 6);
    expect(relative(valueAt(p, x), value)).toBeLessThan(1e-14);
    // Coordinates are rounded to 1e-16, the stiffest direction has 1e3.
    expect(Math.hypot(...gradAt(p, x))).toBeLessThan(1e-11);
    const eigenvalues = hvp.eigvalsh(hvp.hessian(p.value)(x as number[])) as unknown as Float64Array;
    expect(Math.max(...Array.from(eigenvalues.subarray(0, 6), Math.abs))).toBeLessThan(1e-9);
    expect(relative(eigenvalues[6]!, least)).toBeLessThan(1e-10);
    expect(relative(eigenvalues.at(-1)!, greatest)).toBeLessThan(1e-10);
  });

  test("starts are seeded, and keep atoms apart", () => {
    const x = randomCluster(13, 7);
    expect(x).toEqual(randomCluster(13, 7));
    expect(x).not.toEqual(randomCluster(13, 8));
    const places = Array.from({ length: 13 }, (_, i) => x.slice(3 * i, 3 * i + 3));
    const distances = places.flatMap((a, i) =>
      places.slice(0, i).map((b) => Math.hypot(...a.map((t, k) => t - b[k]!))),
    );
    expect(Math.min(...distances)).toBeGreaterThan(0.8);
    const { x: minimum } = cluster(hvp, 38).minimum;
    const moved = displaced(38, 1).map((t, i) => Math.abs(t - minimum[i]!));
    expect(Math.max(...moved)).toBeLessThanOrEqual(0.1 + 1e-15);
    expect(Math.min(...moved)).toBeGreaterThan(0);
  });
});

describe("bundle adjustment", () => {
  const p = bundle(hvp);
  test("values are those of NumPy, and the gradient is 0 at the minimum", () => {
    for (const { x, value } of [p.truth, p.minimum]) expect(relative(valueAt(p, x), value)).toBeLessThan(1e-12);
    expect(p.minimum.value).toBeLessThan(p.truth.value);
    const largest = (x: readonly number[]): number => Math.max(...gradAt(p, x).map(Math.abs));
    expect(largest(p.minimum.x)).toBeLessThan(1e-12 * largest(p.start));
  });
  test("seven directions change nothing", () => {
    const J = hvp.jacfwd(p.residual)(p.minimum.x as number[]) as unknown as hvp.NestedArray;
    const singular = hvp.svd(hvp.div(J, hvp.sqrt(hvp.sum(hvp.square(J), 0)))).s as unknown as Float64Array;
    expect(singular.filter((s) => s < 1e-10 * singular[0]!).length).toBe(7);
  });
});
