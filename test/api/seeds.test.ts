// Columns of Hessians and Jacobians that are infinite or NaN leave the others alone: the zeros of unit vectors are
// structural. All expected numbers are closed forms, written out beside the function.
import { describe, expect, test } from "vitest";
import * as h from "../../src/index.ts";
import { flat } from "../harness/flat.ts";

type F = (x: h.Tensor) => h.Tensor;
type Entry = (i: number, j: number, x: readonly number[]) => number;
const at = (x: h.Tensor, i: number): h.Tensor => x.at(i) as h.Tensor;
const diagonal =
  (second: (x: number) => number): Entry =>
  (i, j, x) =>
    i === j ? second(x[i] as number) : 0;
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

const sizes = [1, 2, 3, 9, 100];
/** Squares from 0 on: the roots are exact, and element 0 is where the derivatives are infinite. */
const squares = (n: number): number[] => range(n).map((i) => i * i);
const cases: [string, F, number[], Entry][] = [
  ...sizes.map((n): [string, F, number[], Entry] => [
    `Σ √x, n = ${n}`,
    (x) => h.sum(h.sqrt(x)),
    squares(n),
    diagonal((x) => -0.25 / (x * Math.sqrt(x))),
  ]),
  ...sizes.map((n): [string, F, number[], Entry] => [
    `Σ 1/x, n = ${n}`,
    (x) => h.sum(h.div(1, x)),
    squares(n),
    diagonal((x) => 2 / x ** 3),
  ]),
  ...[2, 3, 9].map((n): [string, F, number[], Entry] => [
    `(Σ √x)², n = ${n}`, // 2 gᵢ gⱼ + 2 s g'ᵢ, where g = 1/(2√x); Infinity - Infinity at (0, 0)
    (x) => h.square(h.sum(h.sqrt(x))),
    squares(n),
    (i, j, x) => {
      const root = (k: number): number => Math.sqrt(x[k] as number);
      const s = range(n).reduce((t, k) => t + root(k), 0);
      return 0.5 / root(i) / root(j) - (i === j ? 0.5 * (s / root(i) ** 3) : 0);
    },
  ]),
  [
    "x₀ log x₁ at x₁ = 0",
    (x) => at(x, 0).mul(h.log(at(x, 1))),
    [2, 0],
    (i, j) => (i + j === 0 ? 0 : i + j === 1 ? Infinity : -Infinity),
  ],
  [
    "x₀ log x₁ + x₂² at x₁ = 0",
    (x) =>
      at(x, 0)
        .mul(h.log(at(x, 1)))
        .add(at(x, 2).square()),
    [2, 0, 3],
    (i, j) => [0, Infinity, 0, Infinity, -Infinity, 0, 0, 0, 2][3 * i + j] as number,
  ],
];

/** Non-finite entries exactly, finite ones within `tolerance` of their size, zeros exactly. */
function same(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  const wrong = expected.flatMap((e, k) => {
    const a = actual[k] as number;
    const right = Number.isFinite(e) ? Math.abs(a - e) <= tolerance * Math.abs(e) : Object.is(a, e);
    return right ? [] : [`entry ${k}: ${a} instead of ${e}`];
  });
  expect(wrong).toEqual([]);
}
const whole = (entry: Entry, x: readonly number[]): number[] => x.flatMap((_, i) => x.map((_, j) => entry(i, j, x)));

describe.each([
  ["float64", Float64Array, 1e-14],
  ["float32", Float32Array, 2e-6],
] as const)("%s: a column that is not finite leaves the others alone", (_dtype, Real, tolerance) => {
  test.each(cases)("%s", (_name, f, point, entry) => {
    const x = Real.from(point);
    const expected = whole(entry, point);
    const check = (y: unknown): void => same(flat(y), expected, tolerance);
    check(h.hessian(f)(x));
    check(h.jacfwd(h.grad(f))(x));
    check(h.jacrev(h.grad(f))(x));
    check(h.objective(f, x).hessian(x));
    // The rows of a batch: this point, and one where all is finite.
    const inside = point.map((v) => v + 1);
    const batch = { data: Real.from([...point, ...inside]), shape: [2, point.length] };
    const both = flat(h.vmap((row: h.Tensor) => h.hessian(f)(row))(batch));
    same(both.slice(0, expected.length), expected, tolerance);
    same(both.slice(expected.length), flat(h.hessian(f)(Real.from(inside))), tolerance);
  });

  test("products with the user's unit vectors have the entries too, or the NaN of 0 · Infinity", () => {
    for (const [, f, point, entry] of cases) {
      const x = Real.from(point);
      const n = point.length;
      for (const j of range(n)) {
        const unit = Real.from(range(n).map((i) => Number(i === j)));
        const column = flat(h.hvp(f, x, unit));
        const expected = range(n).map((i) => (Number.isNaN(column[i]) ? Number.NaN : entry(i, j, point)));
        same(column, expected, tolerance);
      }
    }
  });
});

describe("what a seed is not", () => {
  const roots = (x: h.Tensor): h.Tensor => h.sum(h.sqrt(x));

  test("a user's eye is made of numbers: 0 · Infinity is NaN", () => {
    const products = flat(h.vmap((v: h.Tensor) => h.hvp(roots, Float64Array.of(0, 1, 4), v))(h.eye(3)));
    same(products, [-Infinity, 0, 0, Number.NaN, -0.25, 0, Number.NaN, 0, -1 / 32], 0);
  });

  test("an entry that overflows by itself is what its own column gives", () => {
    // d²/dx² x⁴ at 1e160 is 12e320: Infinity on the diagonal, nothing elsewhere.
    const f = (x: h.Tensor): h.Tensor => h.sum(h.square(h.square(x)));
    const x = Float64Array.of(1e160, 1, 2);
    const expected = [Infinity, 0, 0, 0, 12, 0, 0, 0, 48];
    expect(flat(h.hessian(f)(x))).toEqual(expected);
    expect(flat(h.objective(f, x).hessian(x))).toEqual(expected);
  });
});

test("trees: blocks of an objective by the number of a column over all leaves", () => {
  type P = { a: h.Tensor; b: h.Tensor };
  const f = ({ a, b }: P): h.Tensor => h.add(h.sum(h.sqrt(a)), h.mul(b, h.sum(a)));
  const p = { a: [0, 4], b: 3 };
  const expected = { a: { a: [-Infinity, 0, 0, -1 / 32], b: [1, 1] }, b: { a: [1, 1], b: [0] } };
  for (const H of [h.objective(f, p).hessian(p), h.hessian(f)(p)]) {
    const block = (x: Parameters<typeof flat>[0]): number[] => flat(x).map((t) => t + 0); // zeros of either sign
    expect({ a: { a: block(H.a.a), b: block(H.a.b) }, b: { a: block(H.b.a), b: block(H.b.b) } }).toEqual(expected);
  }
});

test("another point, other data, and the products of a linearization afterwards", () => {
  const o = h.objective(
    (x: h.Tensor, w: h.Tensor) => h.sum(h.mul(w, h.sqrt(x))),
    Float64Array.of(1, 1),
    Float64Array.of(1, 1),
  );
  expect(flat(o.hessian(Float64Array.of(0, 4)))).toEqual([-Infinity, 0, 0, -1 / 32]);
  o.bind(Float64Array.of(2, 2));
  expect(flat(o.hessian(Float64Array.of(4, 0)))).toEqual([-1 / 16, 0, 0, -Infinity]);
  same(flat(o.hessian(Float64Array.of(4, 4))), [-1 / 16, 0, 0, -1 / 16], 0);
  expect(flat(o.at(Float64Array.of(4, 4)).hvp(Float64Array.of(1, 2)))).toEqual([-1 / 16, -1 / 8]);
  o.dispose();
});
