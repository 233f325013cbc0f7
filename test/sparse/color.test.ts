// Colorings by their definitions, on random graphs, and beside known optima.
import { describe, expect, test } from "vitest";
import { colorAcyclic, colorColumns, colorStars } from "../../src/sparse/color.ts";
import { type Coloring, compressColumns, compressSymmetric } from "../../src/sparse/compress.ts";
import { type Lists, transposed } from "../../src/sparse/compressed.ts";
import { graphOf } from "../../src/sparse/graph.ts";
import { ORDERINGS, type Ordering, ordered } from "../../src/sparse/orderings.ts";
import * as P from "../harness/patterns.ts";
import { rng } from "../harness/rng.ts";

const orderOf = (lists: Lists, ordering: Ordering): Int32Array => {
  const g = graphOf(lists);
  return ordered(ordering, {
    size: g.size,
    each: (v, visit) => g.neighbours.subarray(g.starts[v], g.starts[v + 1]).forEach(visit),
  });
};
const graphs: [string, Lists][] = [0, 1, 2, 4, 8, 20, 39].flatMap((k) =>
  [1, 2, 3].map((seed): [string, Lists] => [`n = 40, p = ${k}/40, seed ${seed}`, P.random(rng(seed), 40, k / 40, 0.7)]),
);

describe.each(ORDERINGS)("%s", (ordering) => {
  test.each(graphs)("is an order of the columns, and colorings are what their names say: %s", (_, lists) => {
    const order = orderOf(lists, ordering);
    expect([...order].sort((a, b) => a - b)).toEqual([...order].map((_, i) => i));
    const graph = graphOf(lists);
    expect(P.isStar(lists, colorStars(graph, order))).toBe(true);
    expect(P.isAcyclic(lists, colorAcyclic(graph, order))).toBe(true);
    expect(P.isApart(lists, colorColumns(lists, lists, order))).toBe(true);
  });
  test("colors the columns of rectangles", () => {
    for (const seed of [1, 2, 3]) {
      const rows = P.rectangle(rng(seed), 30, 50, 0.06);
      const { colors } = compressColumns(transposed(rows, 50), 30, ordering);
      expect(P.isApart(rows, colors)).toBe(true);
    }
  });
});

test("the definitions reject what they should", () => {
  const path = P.band(4, 1);
  expect(P.isStar(path, Int32Array.of(0, 1, 0, 1))).toBe(false);
  expect(P.isAcyclic(path, Int32Array.of(0, 1, 0, 1))).toBe(true);
  const cycle = P.listsOf([[1, 3], [0, 2], [1, 3], [0, 2]]); // biome-ignore format: a cycle of four
  expect(P.isAcyclic(cycle, Int32Array.of(0, 1, 0, 1))).toBe(false);
  expect(P.isAcyclic(cycle, Int32Array.of(0, 1, 0, 0))).toBe(false);
  expect(P.isApart(path, Int32Array.of(0, 1, 0, 2))).toBe(false);
});

test.each(graphs)("orders are what their names say: %s", (_, lists) => {
  const near = P.rowsOf(lists).map((row, i) => row.filter((j) => j !== i));
  const among = (v: number, some: Iterable<number>): number => {
    const set = new Set(some);
    return (near[v] as number[]).filter((w) => set.has(w)).length;
  };
  const degrees = [...orderOf(lists, "largest-first")].map((v) => (near[v] as number[]).length);
  expect(degrees).toEqual([...degrees].sort((a, b) => b - a));
  const last = [...orderOf(lists, "smallest-last")];
  const incidence = [...orderOf(lists, "incidence-degree")];
  for (const i of last.keys()) {
    const left = last.slice(0, i + 1);
    expect(among(last[i] as number, left)).toBe(Math.min(...left.map((v) => among(v, left))));
    const before = incidence.slice(0, i);
    expect(among(incidence[i] as number, before)).toBe(Math.max(...incidence.slice(i).map((v) => among(v, before))));
  }
});

const count = (lists: Lists, coloring: Coloring, ordering: Ordering = "natural"): number =>
  compressSymmetric(lists, coloring, ordering).count;

describe("known optima", () => {
  // Bands: Coleman, Moré, Math. Prog. 28 (1984), 2w + 1; Coleman, Cai, SIAM J. Alg. Disc. Meth. 7 (1986), w + 1.
  test.each([1, 2, 3, 5])("a band of half width %i: 2w + 1 stars, w + 1 acyclic, in every order", (w) => {
    for (const ordering of ORDERINGS) {
      expect(count(P.band(100, w), "star", ordering)).toBe(2 * w + 1);
      expect(count(P.band(100, w), "acyclic", ordering)).toBe(w + 1);
    }
  });
  test("arrowheads: two colors, whatever their size", () => {
    for (const n of [3, 10, 1000])
      expect([count(P.arrowhead(n), "star"), count(P.arrowhead(n), "acyclic")]).toEqual([2, 2]);
  });
  // Fertin, Raspaud, Reed, Star coloring of graphs (2004): 5 for grids from 4 × 4 on. Acyclic: 3 is the least, since
  // k colors have at most (k - 1) n edges, and a grid nearly 2n; greedy takes 4.
  test("grids of 5 points: 5 stars, which is the optimum; 4 acyclic, of at least 3", () => {
    expect(count(P.grid(30, P.FIVE), "star")).toBe(5);
    expect(count(P.grid(30, P.FIVE), "acyclic")).toBe(4);
  });
  // Nearly 4n edges: at least 5 colors. Columns apart: 9, since the neighbourhood of a point is nine of them.
  test("grids of 9 points: 9 stars, 6 acyclic, of at least 5", () => {
    expect(count(P.grid(30, P.NINE), "star")).toBe(9);
    expect(count(P.grid(30, P.NINE), "acyclic")).toBe(6);
    expect(compressColumns(P.grid(30, P.NINE), 900, "natural").count).toBe(9);
  });
  // Edges of k colors without a cycle: at most (k - 1) n. Stars are trees, so their bound is no lower.
  test.each([2, 4, 8])("random, p = %i/n: at least 1 + edges/n, and no more than columns apart", (k) => {
    const lists = P.random(rng(k), 300, k / 300);
    const edges = (lists.items.length - 300) / 2;
    for (const ordering of ORDERINGS) {
      const [star, acyclic] = [count(lists, "star", ordering), count(lists, "acyclic", ordering)];
      expect(acyclic).toBeGreaterThanOrEqual(1 + edges / 300);
      expect(acyclic).toBeLessThanOrEqual(star);
      expect(star).toBeLessThanOrEqual(compressColumns(lists, 300, ordering).count);
    }
  });
});

test("no entries, no colors; an empty column has none; a dense one has its own", () => {
  expect(compressSymmetric(P.listsOf([[], []]), "star", "natural").count).toBe(0);
  expect(compressSymmetric(P.listsOf([[0], [], [2]]), "star", "natural").colors).toEqual(Int32Array.of(0, -1, 0));
  const { colors, count: all } = compressSymmetric(P.arrowhead(400), "star", "natural");
  expect(all).toBe(2);
  expect(colors.filter((c) => c === colors[0])).toHaveLength(1);
});
