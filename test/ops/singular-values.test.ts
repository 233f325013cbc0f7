// Functions of singular values at equal, nearly equal and distinct ones, against differences in 130-digit arithmetic
// (fixtures/singular.py); and the spellings that docs/numerics.md names for what goes through singular vectors.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { NestedArray, Tensor } from "../../src/index.ts";
import * as h from "../../src/index.ts";
import type { Scalar } from "../harness/case-functions.ts";
import { flat } from "../harness/flat.ts";
import { compositions, largestError } from "../harness/products.ts";

interface Case {
  readonly matrix: string;
  readonly function: string;
  readonly x: number[][];
  readonly v: number[][];
  readonly f: number;
  readonly grad: NestedArray;
  readonly hvp: NestedArray;
}
const cases = JSON.parse(readFileSync(new URL("../fixtures/singular.json", import.meta.url), "utf8")) as Case[];
const W = [
  [1, -0.5, 0.25],
  [0.5, 2, -1],
  [0.75, 0.125, 1.5],
  [-0.25, 0.5, 1],
];
const squared = (y: Tensor): Tensor => h.add(y, h.mul(0.5, h.square(y)));
const weighted = (y: Tensor): Tensor => squared(h.sum(h.mul(W.slice(0, y.shape[0]), y)));
const gram = (a: Tensor): Tensor => h.matmul(h.transpose(a), a);
/** U·diag(f(s))·Vᵀ is A·g(AᵀA) with g(t) = f(√t) / √t. */
const losses: Record<string, Scalar> = {
  nuclear: (a) => h.norm(a, { ord: "nuc" }),
  log: (a) => h.sum(h.square(h.log(h.svd(a).s))),
  exp: (a) => squared(h.sum(h.exp(h.svd(a).s))),
  "polar factor": (a) => weighted(h.matmul(a, h.powmh(gram(a), -0.5))),
  inverse: (a) => weighted(h.transpose(h.pinv(a))),
  tanh: (a) =>
    weighted(
      h.matmul(
        a,
        h.funmh(gram(a), (t) => h.div(h.tanh(h.sqrt(t)), h.sqrt(t))),
      ),
    ),
};

function errors(f: Scalar, c: Pick<Case, "x" | "v" | "grad" | "hvp">): Record<string, number> {
  const [x, v] = [c.x, c.v] as never[] as [never, never];
  const found: Record<string, number> = { gradient: largestError(h.grad(f)(x), c.grad) };
  for (const [name, product] of Object.entries(compositions)) found[name] = largestError(product(f, x, v), c.hvp);
  return found;
}
const beyond = (found: Record<string, number>, tol: number): Record<string, number> =>
  Object.fromEntries(Object.entries(found).filter(([, e]) => !(e <= tol)));

describe("at every distance of singular values", () => {
  for (const c of cases)
    test(`${c.function}, ${c.matrix}`, () => {
      const f = losses[c.function] as Scalar;
      expect(largestError([h.objective(f, c.x as never).value(c.x as never)], [c.f])).toBeLessThan(2e-14);
      expect(beyond(errors(f, c), 4e-14)).toEqual({});
    });
});

describe("where the sum of squares knows better", () => {
  // Σ s² is Σ a²: with the gradient 2a and the product 2v, of whatever rank.
  const f: Scalar = (a) => h.sum(h.square(h.svd(a).s));
  const points: Record<string, number[][]> = {
    "all equal": W.slice(0, 3).map((r, i) => r.map((_, j) => (i === j ? 2 : 0))),
    "all zero": W.slice(0, 3).map((r) => r.map(() => 0)),
    "all zero, tall": W.map((r) => r.map(() => 0)),
    "rank 1": [
      [2, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ],
    wide: [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
    ],
  };
  test.each(Object.entries(points))("%s", (_name, x) => {
    const v = x.map((r, i) => r.map((_, j) => ((i * 3 + j) % 5) - 1.75));
    const twice = (y: number[][]): number[][] => y.map((r) => r.map((t) => 2 * t));
    expect(beyond(errors(f, { x, v, grad: twice(x), hvp: twice(v) }), 1e-14)).toEqual({});
  });
});

test("the nuclear norm has no finite Hessian where rank is lost", () => {
  const x = W.slice(0, 3).map((r, i) => r.map((_, j) => (i === j && i < 1 ? 2 : 0)));
  const f = losses.nuclear as Scalar;
  const v = W.slice(0, 3);
  expect(flat(h.hvp(f, x as never, v as never) as never).every(Number.isFinite)).toBe(false);
});

test("batches, vmap and float32", () => {
  const picked = cases.filter((c) => c.function === "exp" && !c.matrix.includes("tall") && !c.matrix.includes("1e-"));
  const f = losses.exp as Scalar;
  const [x, v] = [picked.map((c) => c.x), picked.map((c) => c.v)];
  const want = picked.flatMap((c) => flat(c.hvp));
  const batch: Scalar = (a) => {
    const y = h.sum(h.exp(h.svd(a).s), { axis: -1 });
    return h.sum(h.add(y, h.mul(0.5, h.square(y))));
  };
  for (const product of Object.values(compositions))
    expect(largestError(product(batch, x as never, v as never), want)).toBeLessThan(1e-14);
  expect(largestError(h.vmap((a: Tensor, d: Tensor) => h.hvp(f, a, d))(x as never, v as never), want)).toBeLessThan(
    1e-14,
  );
  for (const c of picked) {
    const single = (y: number[][]): Float32Array => Float32Array.from(y.flat());
    const got = h.hvp((a: Tensor) => f(a.reshape([3, 3])), single(c.x), single(c.v));
    expect(got).toBeInstanceOf(Float32Array);
    expect(largestError(got, c.hvp)).toBeLessThan(4e-6);
  }
});

test("the spectral norm where the largest value is simple, and where it is not", () => {
  const f: Scalar = (a) => h.norm(a, { ord: 2 });
  // At diag(3, 1): H along V is ((v₁₂ + v₂₁)/2)²·2/(3-1) + ((v₁₂ - v₂₁)/2)²·2/(3+1).
  const [x, v] = [
    [
      [3, 0],
      [0, 1],
    ],
    [
      [0.5, 2],
      [-1, 0.25],
    ],
  ];
  const product = flat(h.hvp(f, x as never, v as never) as never);
  expect(product.reduce((s, p, i) => s + p * (v.flat()[i] as number), 0)).toBeCloseTo(0.25 + (2.25 * 2) / 4, 14);
  const equal = h.eye(2) as never;
  expect(
    flat(h.hvp((a: Tensor) => h.svd(a).s.at(0), equal, v as never) as never).some((p) => !Number.isFinite(p)),
  ).toBe(true);
});
