// Sparse factorizations: solutions beside dense ones, inertia beside eigenvalues, fill beside what is known.
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import { minimumDegree } from "../../src/sparse/minimum-degree.ts";
import { message } from "../harness/message.ts";
import { near } from "../harness/near.ts";
import { rng } from "../harness/rng.ts";

// biome-ignore lint/suspicious/noExplicitAny: traced values and results are read as they come.
type Any = any;
const { add, eigvalsh, grad, mul, slogdet, solve, sparseFactor, sparseHessian, square, sub, sum } = library as Any;

/** Squares of differences of neighbours on a grid, and of all elements: the Laplacian with 2·`mass` on its diagonal. */
const grid =
  (mass: number) =>
  (u: Any): Any =>
    add(
      add(
        sum(square(sub(u.slice([1]), u.slice([0, -1])))),
        sum(square(sub(u.slice(null, [1]), u.slice(null, [0, -1])))),
      ),
      mul(mass, sum(square(u))),
    );
const zeros = (m: number): Any => ({ data: new Float64Array(m * m), shape: [m, m] });
const right = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => Math.sin(3 * i + 1));
const listsOf = (lists: readonly (readonly number[])[]) => {
  const starts = Int32Array.from([0, ...lists.map((_, i) => lists.slice(0, i + 1).flat().length)]);
  return { starts, items: Int32Array.from(lists.flat()) };
};

describe("sparseFactor", () => {
  test.each([
    [1, 1],
    [2, 0.5],
    [5, 0.1],
    [9, -0.2],
    [9, -1.3],
  ])("of a grid of %i by itself with mass %f solves as a dense solver does", (m, mass) => {
    const S = sparseHessian(grid(mass), zeros(m));
    const A = S.dense(zeros(m));
    for (const elimination of ["minimum-degree", "natural"]) {
      const L = sparseFactor(S, S.values(zeros(m)), { elimination });
      near(L.solve(right(m * m)), solve(A, right(m * m)), 9);
      const eigenvalues = Array.from(eigvalsh(A) as Float64Array);
      const negative = eigenvalues.filter((l) => l < 0).length;
      expect(L.inertia).toEqual({ positive: m * m - negative, negative, zero: 0 });
      expect(L.logdet).toBeCloseTo(slogdet(A).logabsdet, 9);
    }
  });
  test("of random patterns, empty rows and dense ones among them", () => {
    const random = rng(5);
    for (let trial = 0; trial < 40; trial++) {
      const n = 1 + Math.floor(random() * 25);
      const pairs = Array.from({ length: Math.floor(random() * 3 * n) }, () => [
        trial % 4 === 0 ? 0 : Math.floor(random() * n),
        Math.floor(random() * n),
      ]);
      const f = (x: Any): Any =>
        pairs.reduce((s: Any, [i, k]) => add(s, mul(random() - 0.5, mul(x.at(i), x.at(k)))), mul(n, sum(square(x))));
      const x = new Float64Array(n);
      const S = sparseHessian(f, x);
      const L = sparseFactor(S, S.values(x));
      near(L.solve(right(n)), solve(S.dense(x), right(n)), 9);
      expect(L.inertia.positive).toBe(n);
    }
  });
  test("refactors other values and shifts, in the same order", () => {
    const S = sparseHessian((x: Any) => sum(mul(square(square(x)), [1, 2, 3])), [1, 1, 1]);
    const L = sparseFactor(S, S.values([1, 1, 1]));
    near(L.solve([12, 24, 36]), [1, 1, 1], 12);
    expect(L.refactor(S.values([2, 1, 1])).solve([48, 24, 36])).toEqual(Float64Array.of(1, 1, 1));
    near(L.refactor(S.values([0, 0, 0]), { shift: 2 }).solve([2, 4, 6]), [1, 2, 3], 12);
  });
  test("takes Newton steps to the minimum of a minimal surface", () => {
    const m = 30;
    const surface = (u: Any): Any => {
      const [a, b] = [u.slice([0, -1], [0, -1]), u.slice([1], [1])];
      const [c, d] = [u.slice([1], [0, -1]), u.slice([0, -1], [1])];
      const area = add(1, mul(0.5 * m * m, add(square(sub(a, b)), square(sub(c, d)))));
      const edge = Float64Array.from({ length: m }, (_, i) => Math.sin(i));
      return add(sum(library.sqrt(area)), mul(10, sum(square(sub(u.slice([0, 1]).reshape([m]), edge)))));
    };
    const S = sparseHessian(surface, zeros(m));
    const gradient = grad(surface);
    let u = zeros(m);
    for (let k = 0; k < 40; k++) {
      const g = gradient(u).data as Float64Array;
      if (Math.hypot(...g) < 1e-10) break;
      const step = sparseFactor(S, S.values(u), { shift: 1e-9 }).solve(g);
      u = { data: (u.data as Float64Array).map((v, i) => v - (step[i] as number)), shape: [m, m] };
    }
    expect(Math.hypot(...(gradient(u).data as Float64Array))).toBeLessThan(1e-9);
  });
  test("prints in one line, and refuses what it cannot factor", () => {
    const S = sparseHessian((x: Any) => sum(square(x)), [1, 2]);
    const L = sparseFactor(S, [2, -2]);
    expect(inspect(L)).toBe("L·D·Lᵀ of 2 × 2, 0 entries below; 1 pivots positive, 1 negative, 0 zero");
    expect(message(() => sparseFactor(S, [1]))).toContain("expected the 2 entries of the pattern");
    expect(message(() => sparseFactor(S, [1, Number.NaN]))).toContain("entry 1 is NaN");
    expect(message(() => sparseFactor(S, [1, 0]).solve([1, 1]))).toContain("the matrix is singular, 1 of 2 pivots");
    expect(message(() => L.solve([1]))).toContain("expected an array of 2 numbers");
    expect(message(() => sparseFactor([1], [1]))).toContain("expected a sparseHessian handle");
    expect(message(() => sparseFactor(S, [1, 1], { ordering: "amd" }))).toContain("unknown option ordering");
    const J = library.sparseJacobian((x: Any) => mul(x, x.at(1)) as Any, [1, 2]);
    expect(message(() => sparseFactor(J, [1, 1, 1]))).toContain("not the lower triangle");
  });
});

describe("the order of minimum degree", () => {
  /** Entries of L below the diagonal, by elimination of sets. */
  const fill = (lists: readonly (readonly number[])[], order: ArrayLike<number>): number => {
    const neighbours = lists.map((l, v) => new Set(l.filter((w) => w !== v)));
    let count = 0;
    for (const v of Array.from(order)) {
      const mine = [...(neighbours[v] as Set<number>)];
      count += mine.length;
      for (const a of mine) {
        neighbours[a]?.delete(v);
        for (const b of mine) if (a !== b) neighbours[a]?.add(b);
      }
    }
    return count;
  };
  const gridLists = (m: number): number[][] =>
    Array.from({ length: m * m }, (_, v) =>
      [v - m, v % m ? v - 1 : -1, (v + 1) % m ? v + 1 : -1, v + m].filter((w) => w >= 0 && w < m * m),
    );
  const arrow = (n: number): number[][] =>
    Array.from({ length: n }, (_, v) => (v === 0 ? Array.from({ length: n - 1 }, (_, i) => i + 1) : [0]));

  test("is a permutation, without fill in trees and arrows", () => {
    const path = Array.from({ length: 20 }, (_, v) => [v - 1, v + 1].filter((w) => w >= 0 && w < 20));
    for (const lists of [path, arrow(20), [[]], Array(5).fill([])]) {
      const order = minimumDegree(listsOf(lists));
      expect([...order].sort((a, b) => a - b)).toEqual(lists.map((_: unknown, i: number) => i));
      expect(fill(lists, order)).toBe(lists.flat().length / 2);
    }
  });
  test("has less than half of the fill of a band on a grid of 30, and little more than exact minimum degrees", () => {
    const lists = gridLists(30);
    const own = fill(lists, minimumDegree(listsOf(lists)));
    expect(own).toBeLessThan(fill(lists, Array.from(lists.keys())) / 2);
    expect(own).toBeLessThan(1.15 * fill(lists, exactDegrees(lists)));
  });
  /** By the exact degrees, ties in the order of vertices. */
  function exactDegrees(lists: readonly (readonly number[])[]): number[] {
    const neighbours = new Map(lists.map((l, v) => [v, new Set(l)]));
    const order: number[] = [];
    while (neighbours.size > 0) {
      const [v] = [...neighbours].reduce((a, b) => (b[1].size < a[1].size ? b : a));
      const mine = [...(neighbours.get(v) as Set<number>)];
      neighbours.delete(v);
      order.push(v);
      for (const a of mine) {
        neighbours.get(a)?.delete(v);
        for (const b of mine) if (a !== b) neighbours.get(a)?.add(b);
      }
    }
    return order;
  }
});
