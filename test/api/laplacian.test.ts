// Diagonals of Hessians and their sums: closed forms, the dense Hessian, groups, and what is not finite.
import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import { flat } from "../harness/flat.ts";
import type { Any } from "../harness/misuse.ts";

const h = library as Any;
const { hessianDiagonal, laplacian } = h;

function close(got: Any, want: Any, tolerance = 1e-12): void {
  const [a, b] = [flat(got), flat(want)];
  expect(a.length).toBe(b.length);
  const bound = tolerance * Math.max(1, ...b.map(Math.abs));
  for (const [i, w] of b.entries()) expect(Math.abs((a[i] as number) - w), `element ${i}`).toBeLessThanOrEqual(bound);
}
const total = (list: readonly number[]): number => list.reduce((s, t) => s + t, 0);
/** From the dense Hessian. */
function diagonal(f: (x: Any) => Any, x: ArrayLike<number>): number[] {
  const H = flat(h.hessian(f)(x));
  return Array.from(x, (_, i) => H[i * x.length + i] as number);
}

const x = Float64Array.of(0.3, -1.2, 2, 0.7, 1.1, -0.4);
const chain = (t: Any) => {
  const [a, b] = [h.slice(t, [0, -1]), h.slice(t, [1])];
  return h.sum(h.add(h.mul(100, h.square(h.sub(b, h.square(a)))), h.square(h.sub(1, a))));
};
const W = h.stack([x, x.map(Math.sin), x.map(Math.cos)]);
const cases: Record<string, (t: Any) => Any> = {
  "element by element": (t) => h.sum(h.mul(h.sin(t), h.exp(t))),
  "a chain": chain,
  "a norm": (t) => h.norm(t),
  "log-sum-exp": (t) => h.logsumexp(t),
  "a network": (t) => h.sum(h.tanh(h.matmul(h.transpose(W), h.tanh(h.matmul(W, t))))),
  "a determinant": (t) => h.det(h.add(h.outer(h.sin(t), h.cos(t)), h.eye(6))),
  "all pairs": (t) => h.sum(h.exp(h.neg(h.square(h.sub(h.expandDims(t, 0), h.expandDims(t, 1)))))),
  "a loop": (t) => h.sum(h.foriLoop(0, 4, (_: Any, c: Any) => h.add(h.mul(0.5, h.sin(c)), h.mul(t, h.flip(c))), t)),
  "a branch": (t) =>
    h.cond(
      h.gt(h.sum(t), 0),
      (u: Any) => h.sum(h.exp(u)),
      (u: Any) => h.sum(u),
      t,
    ),
};

describe("against the dense Hessian", () => {
  test.each(Object.entries(cases))("%s", (_, f) => {
    const want = diagonal(f, x);
    close(hessianDiagonal(f)(x), want);
    close(laplacian(f)(x), total(want));
    const x32 = Float32Array.from(x);
    const d32 = hessianDiagonal(f)(x32);
    expect(d32).toBeInstanceOf(Float32Array);
    close(d32, diagonal(f, Float64Array.from(x32)), 2e-5);
  });
});

describe("closed forms", () => {
  test("harmonic functions and powers of the radius", () => {
    const re = (t: Any) =>
      h.sub(h.mul(h.at(t, 0), h.square(h.at(t, 0))), h.mul(3, h.mul(h.at(t, 0), h.square(h.at(t, 1)))));
    expect(laplacian(re)([2, 5])).toBe(0);
    // ∆ rᵖ = p (p + n - 2) rᵖ⁻²
    const r = Math.hypot(1, 2, 3);
    for (const p of [-1, 1, 3])
      close(laplacian((t: Any) => h.pow(h.norm(t), p))([1, 2, 3]), p * (p + 1) * r ** (p - 2));
  });
  test("functions with several results: each has its Laplacian", () => {
    const f = (t: Any) => ({ a: h.mul(t, h.sum(h.square(t))), b: h.sum(t), c: [h.square(h.at(t, 1))] });
    // ∂ᵢ² of xₖ Σ xⱼ²: 2 xₖ, and 4 xₖ more where i = k
    const y = laplacian(f)([1, 2, 3]);
    expect({ a: flat(y.a), b: y.b, c: y.c }).toEqual({ a: [10, 20, 30], b: 0, c: [2] });
  });
  test("numbers, trees, arguments by number", () => {
    expect(laplacian((t: Any) => h.mul(t, h.square(t)))(2)).toBe(12);
    expect(hessianDiagonal((t: Any) => h.mul(t, h.square(t)))(2)).toBe(12);
    const f = (w: Any, p: { a: Any; b: Any }) => h.mul(w, h.add(h.sum(h.mul(h.square(p.a), p.b)), h.square(p.b)));
    const p = { a: [1, 2], b: 3 };
    const d = hessianDiagonal(f, { argnums: 1 })(5, p);
    expect([flat(d.a), d.b]).toEqual([[30, 30], 10]);
    expect(laplacian(f, { argnums: 1 })(5, p)).toBe(70);
    expect(laplacian(f, { argnums: [0, -1] })(5, p)).toBe(70);
    expect(hessianDiagonal(f)(5, p)).toBe(0);
  });
  test("no elements, and what is linear", () => {
    expect(flat(hessianDiagonal((t: Any) => h.sum(h.exp(t)))(new Float64Array(0)))).toEqual([]);
    expect(laplacian((t: Any) => h.sum(h.exp(t)))(new Float64Array(0))).toBe(0);
    expect(flat(hessianDiagonal((t: Any) => h.sum(h.mul(t, 3)))([1, 2]))).toEqual([0, 0]);
    expect(laplacian((t: Any) => h.mul(t, 3))([1, 2])).toEqual(Float64Array.of(0, 0));
  });
});

describe("groups", () => {
  const groups = x.map((_, i) => i % 2);
  test("of a chain", () => {
    const want = diagonal(chain, x);
    close(hessianDiagonal(chain, { groups })(x), want);
    close(laplacian(chain, { groups })(x), total(want));
  });
  test("of a grid, and of one of two arrays", () => {
    const grid = (u: Any) =>
      h.add(
        h.sum(h.exp(h.mul(h.slice(u, [1]), h.slice(u, [0, -1])))),
        h.sum(h.exp(h.mul(h.slice(u, [], [1]), h.slice(u, [], [0, -1])))),
      );
    const u = { data: x, shape: [2, 3] };
    const checker = { data: Int32Array.of(0, 1, 0, 1, 0, 1), shape: [2, 3] };
    const want = diagonal((t) => grid(h.reshape(t, [2, 3])), x);
    close(hessianDiagonal(grid, { groups: checker })(u), want);
    close(laplacian(grid, { groups: checker })(u), total(want));
    const both = (p: Any) => h.mul(grid(p.u), h.sum(h.square(p.w)));
    const d = hessianDiagonal(both, { groups: { u: checker, w: [0, 0] } })({ u, w: [1, 2] });
    close(
      d.u,
      want.map((t) => 5 * t),
    );
    close(d.w, Array(2).fill(2 * (grid(u) as number)));
  });
  test("an element that is not finite leaves the others of its group alone", () => {
    const roots = (t: Any) => h.add(h.sum(h.sqrt(t)), h.mul(h.at(t, 0), h.at(t, 1)));
    const want = [-Infinity, -0.25, -1 / 32];
    expect(flat(hessianDiagonal(roots, { groups: [0, 1, 0] })([0, 1, 4]))).toEqual(want);
    expect(flat(hessianDiagonal(roots)([0, 1, 4]))).toEqual(want);
    expect(flat(hessianDiagonal((t: Any) => h.sum(h.sqrt(t)))([0, 1, 4]))).toEqual(want);
    expect(laplacian(roots, { groups: [0, 1, 0] })([0, 1, 4])).toBe(-Infinity);
    expect(laplacian(roots)([0, 1, 4])).toBe(-Infinity);
  });
  test.each([
    [[0, 1], "laplacian: groups has shape [2], but the argument has shape [6]"],
    [[0, 1, 2, 3, 4, 6], "laplacian: groups has 6 at element 5; expected integers from 0 to 5"],
    [[0, 1, 2, 3, 4, 0.5], "laplacian: groups has 0.5 at element 5"],
    [[0, 1, 2, 3, 4, -1], "laplacian: groups has -1 at element 5"],
    [{ a: groups }, "laplacian: groups must have the structure of the argument, *"],
  ])("%j is refused", (wrong, start) => {
    expect(() => laplacian(chain, { groups: wrong })(x)).toThrow(start);
  });
});

describe("one pass where no element meets another", () => {
  test.each<[string, (t: Any) => Any]>([
    ["sums of functions of one element", (t) => h.sum(h.mul([1, 2, 3, 4, 5, 6], h.exp(h.sin(t))))],
    ["reshaped", (t) => h.sum(h.matmul([1, 2], h.tanh(h.reshape(t, [2, 3]))))],
    ["of several results", (t) => h.cumsum(h.square(h.sin(t)))],
  ])("%s: no array has two axes of the number of elements", (_, f) => {
    for (const of of typeof f(x) === "number" ? [laplacian, hessianDiagonal] : [laplacian])
      expect(h.makeGraph(of(f))(x).toString()).not.toMatch(/\[6,6/);
  });
  test("a product of neighbours needs a pass for each", () => {
    expect(h.makeGraph(laplacian(chain))(x).toString()).toMatch(/\[6,/);
    close(laplacian((t: Any) => h.sum(h.square(h.cumsum(t))))(x), 2 * (6 + 5 + 4 + 3 + 2 + 1));
    // A square of what depends on one element each, but not on that at its place.
    close(laplacian((t: Any) => h.sum(h.mul(t, h.square(h.flip(t)))))([1, 2, 3]), 2 * (1 + 2 + 3) + 2 * 2 * 2);
  });
});

describe("composed with transforms", () => {
  const f = (t: Any) => h.sum(h.mul(t, h.exp(h.flip(t))));
  test("gradients, directions and batches", () => {
    // ∂²/∂xᵢ²: x₋ᵢ exp xᵢ, where -i is the element on the other side
    const bend = (t: number[]): number[] => t.map((a, i) => (t[t.length - 1 - i] as number) * Math.exp(a));
    const at = [0.3, -1, 2, 0.5];
    close(hessianDiagonal(f)(at), bend(at));
    close(
      h.grad(laplacian(f))(at),
      at.map((a, i) => Math.exp(at[3 - i] as number) + (at[3 - i] as number) * Math.exp(a)),
    );
    close(h.jvp(laplacian(f), [at], [[1, 0, 0, 0]])[1], Math.exp(at[3] as number) + (at[3] as number) * Math.exp(0.3));
    const rows = { data: Float64Array.of(...at, ...at.map((t) => 2 * t)), shape: [2, 4] };
    close(h.vmap(laplacian(f))(rows), [total(bend(at)), total(bend(at.map((t) => 2 * t)))]);
    close(h.jit(hessianDiagonal(f))(at), bend(at));
  });
  test("the biharmonic operator", () => {
    // ∆² (Σ xᵢ⁴) = 24 n
    close(laplacian(laplacian((t: Any) => h.sum(h.square(h.square(t)))))([1, 2, 3]), 72);
    // ∆² rᵖ = p (p - 2) (p + n - 2) (p + n - 4) rᵖ⁻⁴
    close(laplacian(laplacian((t: Any) => h.pow(h.norm(t), 5)))([1, 2, 2]), 5 * 3 * 6 * 4 * 3, 1e-11);
  });
});

test("errors", () => {
  expect(() => hessianDiagonal((t: Any) => t)([1, 2])).toThrow("hessianDiagonal: the function must return a scalar");
  expect(() => laplacian((t: Any) => h.gt(t, 0))([1, 2])).toThrow("laplacian: the function must return floating-point");
  expect(() => laplacian((t: Any) => t)(Int32Array.of(1))).toThrow("laplacian: can only differentiate");
  expect(() => laplacian((t: Any) => t, { group: [0] })).toThrow("laplacian");
  expect(() => hessianDiagonal((t: Any) => h.sum(t), { argnums: 1 })([1])).toThrow("argnums 1 is out of range");
});
