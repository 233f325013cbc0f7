// What a selection leaves out contributes exactly nothing to first and second derivatives, whatever it is: infinite
// slopes, NaN, 0/0; before and after sums, products, gathers, concatenations and matrix products, in every
// composition.
import { describe, expect, test } from "vitest";
import * as library from "../src/index.ts";
import { behind, early, late, type MaskCase } from "./harness/mask-cases.ts";
import type { Any } from "./harness/misuse.ts";

const { grad, hvp, jit, jvp, linearize, objective, vdot, vmap, where, gt, sqrt, sum, mul, div, reshape } =
  library as Any;

const plain = (v: Any): number[] => Array.from(v.data ?? v);

/** d/dt of `f(t)` at 0 by two central differences, extrapolated: truncation h⁴ f⁽⁵⁾, rounding 1e-16/h. */
function slope(f: (t: number) => number[], h = 2e-4): number[] {
  const [a, b, c, d] = [f(h), f(-h), f(h / 2), f(-h / 2)];
  return a.map((_, i) => {
    const [wide, narrow] = [(a[i]! - b[i]!) / (2 * h), (c[i]! - d[i]!) / h];
    return (4 * narrow - wide) / 3;
  });
}
/** Quotients of functions with derivatives up to some hundreds: 1e-12 of rounding over h, times the size. */
const QUOTIENT = 2e-7;
/** Two compositions of some hundred operations. */
const ROUNDING = 1e-10;
function expectNear(got: readonly number[], want: readonly number[], tolerance: number, what: string): void {
  const scale = Math.max(1, ...want.map(Math.abs));
  want.forEach((w, i) =>
    expect(Math.abs(got[i]! - w), `${what}[${i}] is ${got[i]}, wanted ${w}`).toBeLessThanOrEqual(tolerance * scale),
  );
}

function check([, f, x, edges = {}]: MaskCase): void {
  const n = x.length;
  const inside = x.map((_: number, i: number) => !(i in edges));
  const value = jit(f);
  const g = plain(grad(f)(x));
  for (const [i, want] of Object.entries(edges)) {
    if (want === 0) expect(g[Number(i)]! + 0, `gradient at the edge ${i}`).toBe(0);
    else expectNear([g[Number(i)]!], [want], ROUNDING, `gradient at the edge ${i}`);
  }
  const moved = (direction: readonly number[], t: number): number[] => x.map((a, j) => a + t * direction[j]!);
  const unit = (i: number): number[] => x.map((_, j) => Number(i === j));
  x.forEach((_, i) => {
    if (inside[i])
      expectNear(
        [g[i]!],
        slope((t) => [value(moved(unit(i), t))]),
        QUOTIENT,
        `gradient ${i}`,
      );
  });

  // Second derivatives along what moves inside, from differences of gradients; all of them in all compositions.
  const v = x.map((_, i) => (inside[i] ? 1 + i / 2 : 0));
  const gradient = jit((z: Any) => grad(f)(z));
  const hv = plain(hvp(f, x, v));
  if (v.some((e) => e !== 0))
    expectNear(
      hv,
      slope((t) => plain(gradient(moved(v, t)))),
      QUOTIENT,
      "H·v",
    );
  const w = x.map((_, i) => 1 + i / 2);
  const product = plain(hvp(f, x, w));
  for (const e of product) expect(e).not.toBeNaN();
  const apply = linearize(grad(f), x)[1];
  const batch = { data: Float64Array.from([...x, ...x]), shape: [2, n] };
  const others: Record<string, unknown> = {
    "reverse over reverse": grad((z: Any) => vdot(grad(f)(z), w))(x),
    "reverse over forward": grad((z: Any) => jvp(f, [z], [w])[1])(x),
    "linearized, first call": apply(w),
    "linearized, later calls": apply(w),
    "an objective's point": objective(f, x).at(x).hvp(w),
    "a batch": vmap((z: Any) => hvp(f, z, w))(batch).data.slice(n),
  };
  for (const [name, other] of Object.entries(others)) expectNear(plain(other), product, ROUNDING, name);
  // Symmetry: what an edge gives to the others is what they give to it.
  expect(
    Math.abs(v.reduce((s, e, i) => s + e * product[i]!, 0) - w.reduce((s, e, i) => s + e * hv[i]!, 0)),
  ).toBeLessThanOrEqual(ROUNDING * Math.max(1, ...product.map(Math.abs), ...hv.map(Math.abs)) * n);
}

describe("masked values", () => {
  for (const c of early) test(c[0], () => check(c));
});
describe("masks behind other operations", () => {
  for (const c of late) test(c[0], () => check(c));
});
describe("slices and masks behind kernels", () => {
  for (const c of behind) test(c[0], () => check(c));
});

test("float32", () => {
  const f = (x: Any) => sum(where(gt(x, 0), sqrt(x), 0));
  expect(grad(f)(Float32Array.of(0, 4))).toEqual(Float32Array.of(0, 0.25));
  expect(hvp(f, Float32Array.of(0, 4), Float32Array.of(1, 1))).toEqual(Float32Array.of(0, -0.03125));
});
test("third derivatives", () => {
  const f = (x: Any) => sum(where(gt(x, 0), mul(sqrt(x), x), 0)); // x^1.5: third derivative -3/8 x^-1.5
  expect(jvp((x: Any) => hvp(f, x, [1, 1]), [[0, 4]], [[1, 1]])[1]).toEqual(Float64Array.of(0, -0.046875));
});
test("what users multiply themselves keeps IEEE meaning", () => {
  // A masked mean over nothing is 0/0, and 0 times an infinity NaN: only derivatives have exact zeros.
  const mean = (x: Any) => div(sum(where(gt(x, 0), x, 0)), sum(where(gt(x, 0), 1, 0)));
  expect(jit(mean)([-1, -2])).toBeNaN();
  expect(jit((x: Any) => mul(sum(where(gt(x, 0), x, 0)), div(1, sum(mul(0, x)))))([-1, -2])).toBeNaN();
});
test("a mask behind a sum costs a reduction only where something may blow up", () => {
  // The gradient of Σᵢⱼ [mask] aᵢ xⱼ by a: rows of the mask are counted only if a = √y, whose slope can be infinite.
  const f = (a: Any, x: Any) => sum(where(gt(mul(reshape(a, [2, 1]), x), 1), mul(reshape(a, [2, 1]), x), 0));
  const graph = (g: Any): string => library.makeGraph((x: Any) => grad((y: Any) => f(g(y), x))([1, 2]) as Any)([3, 4]);
  expect(graph(sqrt)).toMatch(/bool\[2\] = any/);
  expect(graph(library.sin)).not.toMatch(/bool\[2\] = any/);
});
