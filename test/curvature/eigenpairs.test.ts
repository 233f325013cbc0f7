// Eigenvalues from products, against closed forms and dense decompositions: clustered, multiple and indefinite spectra,
// and the ends of k.
import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import { rng, vector } from "../harness/rng.ts";

// biome-ignore lint/suspicious/noExplicitAny: results are compared as numbers.
type Any = any;
const { eigh, linearOperator, mul, square, sub, sum, concat, hessian, sin } = library as Any;

/** ½ Σ (x(i+1) - x(i))² with zeros beyond the ends: its Hessian is tridiagonal, 2 and -1. */
const chain = (x: Any): Any => mul(0.5, sum(square(sub(concat([x, [0]]), concat([[0], x])))));
const chainValue = (k: number, n: number): number => 2 - 2 * Math.cos((k * Math.PI) / (n + 1));

/** A·v for A = Q·diag(values)·Q, Q a reflection: nothing of it is sparse. */
function reflected(values: ArrayLike<number>, dtype: "float64" | "float32" = "float64"): Any {
  const n = values.length;
  const u = vector(rng(5), n);
  const size = u.reduce((s, x) => s + x * x, 0);
  const reflect = (v: Float64Array): Float64Array => {
    const c = (2 * v.reduce((s, x, i) => s + x * (u[i] as number), 0)) / size;
    return v.map((x, i) => x - c * (u[i] as number));
  };
  const matvec = (v: Float64Array): Float64Array => reflect(reflect(v).map((x, i) => x * (values[i] as number)));
  return linearOperator({ shape: [n, n], matvec, dtype });
}
const sorted = (values: Iterable<number>): number[] => [...values].sort((a, b) => a - b);

/** Eigenvalues within `tolerance`, vectors orthonormal, and residuals those of the vectors. */
function expectPairs(operator: Any, found: Any, wanted: readonly number[], tolerance: number): void {
  const { values, vectors, residuals } = found;
  expect(values.length).toBe(wanted.length);
  values.forEach((v: number, i: number) => expect(Math.abs(v - (wanted[i] as number))).toBeLessThanOrEqual(tolerance));
  const dot = (a: Float64Array, b: Float64Array): number => a.reduce((s, x, i) => s + x * (b[i] as number), 0);
  for (const [i, a] of vectors.entries()) {
    for (const [j, b] of vectors.entries()) expect(Math.abs(dot(a, b) - (i === j ? 1 : 0))).toBeLessThan(1e-10);
    const image: Float64Array = operator.matvec(a);
    const rest = Math.sqrt(image.reduce((s, y, k) => s + (y - values[i] * a[k]) ** 2, 0));
    // Two computations of one residual differ by rounding.
    expect(Math.abs(rest - residuals[i])).toBeLessThan(1e-13 * Math.max(1, ...wanted.map(Math.abs)));
  }
}

describe("the tridiagonal matrix", () => {
  const n = 400;
  const operator = linearOperator(chain, new Float64Array(n));
  const from = (k: number): number[] => Array.from({ length: k }, (_, i) => i);
  test.each<[string, number[]]>([
    ["largest", from(6).map((i) => chainValue(n - i, n))],
    ["magnitude", from(6).map((i) => chainValue(n - i, n))],
    ["smallest", from(6).map((i) => chainValue(i + 1, n))],
    ["both", [...from(3).map((i) => chainValue(i + 1, n)), ...from(3).map((i) => chainValue(n - 2 + i, n))]],
  ])("has its eigenvalues in closed form, %s", (which, wanted) => {
    const found = operator.eigsh(6, { which });
    expect(found.converged).toBe(true);
    expectPairs(operator, found, wanted, 1e-12);
  });
  test("has one more of both from the upper end where k is odd", () => {
    const { values } = operator.eigsh(3, { which: "both" });
    const wanted = [chainValue(1, n), chainValue(n - 1, n), chainValue(n, n)];
    for (const [i, v] of values.entries()) expect(v).toBeCloseTo(wanted[i] as number, 12);
  });
  test("is as accurate as tol asks", () => {
    const loose = operator.eigsh(2, { which: "largest", tol: 1e-3 });
    const tight = operator.eigsh(2, { which: "largest", tol: 1e-13 });
    expect(Math.max(...loose.residuals)).toBeLessThan(4e-3);
    expect(Math.max(...tight.residuals)).toBeLessThan(1e-12);
    expect(loose.products).toBeLessThan(tight.products);
  });
  test("gives the same bits for the same seed, and others for another one", () => {
    const [a, b, c] = [1, 1, 2].map((seed) => operator.eigsh(3, { seed }));
    expect(a).toEqual(b);
    expect(a.vectors[0]).not.toEqual(c.vectors[0]);
  });
});

describe("spectra", () => {
  test.each<[string, (i: number) => number, string]>([
    ["indefinite", (i) => Math.sin(i * i), "magnitude"],
    ["indefinite", (i) => Math.sin(i * i), "both"],
    ["clustered", (i) => (i < 5 ? 3 + i * 1e-7 : 1 / (1 + i)), "largest"],
    ["with a null space", (i) => (i < 20 ? 1 + i : 0), "largest"],
    ["decaying over 15 orders", (i) => 10 ** (-i / 10), "largest"],
  ])("%s", (_, value, which) => {
    const values = Float64Array.from({ length: 150 }, (__, i) => value(i));
    const operator = reflected(values);
    const all = sorted(values);
    const wanted: Record<string, number[]> = {
      largest: all.slice(-6).reverse(),
      magnitude: [...all].sort((a, b) => Math.abs(b) - Math.abs(a)).slice(0, 6),
      both: [...all.slice(0, 3), ...all.slice(-3)],
    };
    const found = operator.eigsh(6, { which });
    expect(found.converged).toBe(true);
    expectPairs(operator, found, wanted[which] as number[], 1e-12 * Math.max(...all.map(Math.abs)));
  });
  test.each([2, 5, 8])("finds %i copies of a multiple eigenvalue, which one start does not see", (copies) => {
    const values = Float64Array.from({ length: 200 }, (_, i) => (i < copies ? 5 : i / 50));
    const found = reflected(values).eigsh(6, { which: "largest" });
    const wanted = sorted(values).slice(-6).reverse();
    found.values.forEach((v: number, i: number) => expect(v).toBeCloseTo(wanted[i] as number, 12));
  });
  test("finds copies at both ends", () => {
    const values = Float64Array.from({ length: 200 }, (_, i) => (i < 3 ? 5 : i < 6 ? -7 : Math.cos(i)));
    const { values: found } = reflected(values).eigsh(6, { which: "both" });
    for (const [i, v] of found.entries()) expect(v).toBeCloseTo(i < 3 ? -7 : 5, 12);
  });
  test("the identity and the zero matrix, where every vector is one", () => {
    const identity = linearOperator({ shape: [300, 300], matvec: (v: Float64Array) => v });
    expectPairs(identity, identity.eigsh(4), [1, 1, 1, 1], 1e-14);
    const zero = linearOperator({ shape: [300, 300], matvec: (v: Float64Array) => v.fill(0) });
    expectPairs(zero, zero.eigsh(4), [0, 0, 0, 0], 0);
  });
  test("float32 products, to their rounding", () => {
    const values = Float64Array.from({ length: 150 }, (_, i) => (i + 1) / 10);
    const weights = Float32Array.from(values);
    const operator = linearOperator((x: Any) => mul(0.5, sum(mul(weights, square(x)))), new Float32Array(150));
    const found = operator.eigsh(3, { which: "largest" });
    expect(operator.dtype).toBe("float32");
    expect(found.vectors[0]).toBeInstanceOf(Float32Array);
    // Eigenvalues are off by the rounding of products at most, residuals by the tolerance.
    found.values.forEach((v: number, i: number) => expect(Math.abs(v - (15 - i / 10))).toBeLessThan(15 * 2 ** -20));
    expect(Math.max(...found.residuals)).toBeLessThan(15 * 2 ** -11.5);
  });
});

describe.each([1e-170, 1e-300, 1e170])("a matrix of size %e, whose squares leave the range", (size) => {
  const values = Float64Array.from({ length: 120 }, (_, i) => (1 + i) * size);
  const operator = reflected(values);
  const near = (got: number, want: number, tolerance = 1e-12): void =>
    expect(Math.abs(got / want - 1)).toBeLessThan(tolerance);
  test("has its eigenvalues, condition and solution", () => {
    const { values: found, residuals, converged } = operator.eigsh(3, { which: "largest" });
    expect(converged).toBe(true);
    found.forEach((v: number, i: number) => near(v, (120 - i) * size));
    expect(Math.max(...residuals)).toBeLessThan(1e-5 * size);
    near(operator.condition().value, 120, 2e-4);
    const b = vector(rng(2), 120);
    const { x, converged: solved } = operator.solve(
      b.map((e) => e * size),
      { tol: 1e-12 },
    );
    expect(solved).toBe(true);
    operator.matvec(x).forEach((y: number, i: number) => expect(y / size).toBeCloseTo(b[i] as number, 9));
  });
  test("has its trace, diagonal and determinant", () => {
    const { value, standardError } = operator.trace({ seed: 3 });
    expect(standardError).toBeGreaterThan(0);
    expect(Math.abs(value - 7260 * size)).toBeLessThan(3 * standardError);
    const exact = operator.diagonal({ method: "exact" }).value;
    const diagonal = operator.diagonal();
    const scores = exact.map((d: number, i: number) => ((diagonal.value[i] - d) / diagonal.standardError[i]) ** 2);
    expect(scores.reduce((a: number, s: number) => a + s, 0) / 120).toBeLessThan(2);
    const logdet = operator.logdet();
    const wanted = values.reduce((s, v) => s + Math.log(v), 0);
    expect(Math.abs(logdet.value - wanted)).toBeLessThan(3 * logdet.standardError);
  });
});

describe("the ends of n and k", () => {
  const f = (x: Any): Any => sum(mul(sin(x), square(x)));
  test.each([1, 2, 40, 64, 90])("all of n = %i against eigh of the Hessian", (n) => {
    const x = vector(rng(n), n);
    const operator = linearOperator(f, x);
    const { values, products } = operator.eigsh(n, { which: "smallest" });
    const dense = eigh(hessian(f)(x)).eigenvalues;
    values.forEach((v: number, i: number) => expect(Math.abs(v - dense[i])).toBeLessThan(1e-13));
    expect(products).toBe(n);
  });
  test("k of more than half of the rows", () => {
    const values = Float64Array.from({ length: 100 }, (_, i) => Math.sin(i));
    const found = reflected(values).eigsh(60, { which: "largest" });
    expect(found.products).toBe(100);
    sorted(values)
      .slice(-60)
      .reverse()
      .forEach((v, i) => expect(found.values[i]).toBeCloseTo(v, 13));
  });
  test("a search that runs out of products says so, with what it has", () => {
    const operator = linearOperator(chain, new Float64Array(400));
    const found = operator.eigsh(4, { which: "smallest", maxProducts: 30 });
    expect(found.converged).toBe(false);
    expect(found.products).toBe(34);
    expect(Math.max(...found.residuals)).toBeGreaterThan(1e-6);
  });
  test("memory is bounded: k pairs of 100,000 rows", () => {
    const n = 100_000;
    const operator = linearOperator((x: Any) => mul(0.5, sum(mul(square(x), weights))), new Float64Array(n));
    const { values } = operator.eigsh(2, { which: "largest" });
    expect(values[0]).toBeCloseTo(1000, 10);
    expect(values[1]).toBeCloseTo(900, 10);
  });
  const weights = Float64Array.from({ length: 100_000 }, (_, i) => (i === 7 ? 1000 : i === 77 ? 900 : (i % 100) / 10));
});
