// Entries come back from compressed products: random matrices, compressed by plain loops.
import { describe, expect, test } from "vitest";
import { type Compression, compressColumns, compressSymmetric, uncompressed } from "../../src/sparse/compress.ts";
import { type Lists, transposed } from "../../src/sparse/compressed.ts";
import { ORDERINGS } from "../../src/sparse/orderings.ts";
import { substitute, symmetricRecovery } from "../../src/sparse/recovery.ts";
import * as P from "../harness/patterns.ts";
import { type Rng, rng, uniform } from "../harness/rng.ts";

type Matrix = number[][];
/** Numbers where `rows` has entries. */
const filled = (rows: Lists, width: number, at: (i: number, j: number) => number): Matrix =>
  P.rowsOf(rows).map((row, i) => Array.from({ length: width }, (_, j) => (row.includes(j) ? at(i, j) : 0)));
const symmetric = (lists: Lists, random: Rng): Matrix => {
  const n = lists.starts.length - 1;
  const draw = Array.from({ length: n * n }, () => uniform(random, -1, 1));
  return filled(lists, n, (i, j) => draw[Math.max(i, j) * n + Math.min(i, j)] as number);
};
/** What `recovery` makes of the products of `a` with the sums of unit vectors of each color. */
function recovered(a: Matrix, { colors, count, recovery }: Compression, size: number): Float64Array {
  const values = new Float64Array(size);
  const buffer = recovery.steps ? new Float64Array(recovery.size) : values;
  const { chunk, starts, elements, places } = recovery;
  const product = (c: number): number[] => a.map((row) => row.reduce((s, x, j) => (colors[j] === c ? s + x : s), 0));
  expect(starts.length - 1).toBe(Math.ceil(count / chunk));
  for (let q = 0; q * chunk < count; q++) {
    const products = Array.from({ length: chunk }, (_, k) => product(q * chunk + k)).flat();
    for (let k = starts[q] as number; k < (starts[q + 1] as number); k++)
      buffer[places?.[k] ?? k] = products[elements[k] as number] as number;
  }
  if (recovery.steps) substitute(recovery.steps, buffer, values);
  return values;
}
const lower = (a: Matrix, lists: Lists): number[] =>
  P.rowsOf(lists).flatMap((rows, j) => rows.filter((i) => i >= j).map((i) => a[i]?.[j] as number));

const patterns: [string, Lists][] = [
  ["a band", P.band(30, 3)],
  ["an arrowhead", P.arrowhead(30)],
  ["an arrowhead with a dense column", P.arrowhead(300)],
  ["a grid of 5 points", P.grid(7, P.FIVE)],
  ["a grid of 9 points", P.grid(7, P.NINE)],
  ["nothing", P.listsOf([[], []])],
  ...[0, 1, 3, 9, 25].map((k): [string, Lists] => [`p = ${k}/30`, P.random(rng(k), 30, k / 30, 0.5)]),
];

describe.each(ORDERINGS)("%s", (ordering) => {
  test.each(patterns)("stars: the very numbers, of %s", (_, lists) => {
    const a = symmetric(lists, rng(5));
    const wanted = lower(a, lists);
    const compression = compressSymmetric(lists, "star", ordering);
    expect(compression.recovery.steps).toBeUndefined();
    expect([...recovered(a, compression, wanted.length)]).toEqual(wanted);
  });
  test.each(patterns)("acyclic: to rounding errors of sums, of %s", (_, lists) => {
    const a = symmetric(lists, rng(5));
    const wanted = lower(a, lists);
    const got = recovered(a, compressSymmetric(lists, "acyclic", ordering), wanted.length);
    // Numbers below 1, and at most 30 terms in a chain of substitutions.
    wanted.forEach((x, k) => expect(Math.abs((got[k] as number) - x)).toBeLessThan(30 * 2 ** -52));
  });
  test("columns: the very numbers", () => {
    const rows = P.rectangle(rng(3), 20, 35, 0.1);
    const columns = transposed(rows, 35);
    const a = filled(rows, 35, (i, j) => i + j / 100);
    const wanted = P.rowsOf(columns).flatMap((list, j) => list.map((i) => a[i]?.[j] as number));
    expect([...recovered(a, compressColumns(columns, 20, ordering), wanted.length)]).toEqual(wanted);
  });
});

test("every column by itself", () => {
  const lists = P.random(rng(1), 20, 0.5);
  const a = symmetric(lists, rng(2));
  expect([...recovered(a, uncompressed(lists, 20), lists.items.length)]).toEqual(
    P.rowsOf(lists).flatMap((rows, j) => rows.map((i) => a[i]?.[j])),
  );
});

test("two colors with a cycle are found out", () => {
  const cycle = P.listsOf([[1, 3], [0, 2], [1, 3], [0, 2]]); // biome-ignore format: a cycle of four
  expect(symmetricRecovery(cycle, Int32Array.of(0, 1, 0, 1), 2)).toBeUndefined();
});
