// Sets beside those of JavaScript: random unions, small ones in pairs, large ones stored.
import { describe, expect, test } from "vitest";
import { listsOf, symmetrized, transposed } from "../../src/sparse/compressed.ts";
import { Sets } from "../../src/sparse/sets.ts";
import * as P from "../harness/patterns.ts";
import { integer, rng } from "../harness/rng.ts";

const elements = (sets: Sets, k: number): number[] => {
  const out = new Int32Array(sets.columns);
  return [...out.subarray(0, sets.read(k, out, 0))];
};
const sorted = (set: ReadonlySet<number>): number[] => [...set].sort((a, b) => a - b);

describe.each([1, 5, 40, 400])("of numbers below %i", (columns) => {
  test.each([1, 2, 3])("unions are unions, two or many at a time, seed %i", (seed) => {
    const random = rng(seed);
    const sets = new Sets(columns);
    const known: [number, Set<number>][] = [[0, new Set()]];
    for (let c = 0; c < columns; c++) known.push([c + 1, new Set([c])]);
    for (let i = 0; i < 600; i++) {
      const some = Array.from(
        { length: i % 3 === 0 ? integer(random, 0, 9) : 2 },
        () => known[integer(random, 0, known.length - 1)]!,
      );
      const k =
        some.length === 2
          ? sets.union(some[0]![0], some[1]![0])
          : sets.unionOf(
              Int32Array.from(some, ([n]) => n),
              0,
              some.length,
            );
      known.push([k, new Set(some.flatMap(([, s]) => [...s]))]);
    }
    const numbers = new Map<string, number>();
    for (const [k, set] of known) {
      expect(elements(sets, k)).toEqual(sorted(set));
      const [key, settled] = [sorted(set).join(), sets.settled(k)];
      expect(numbers.get(key) ?? settled).toBe(settled);
      numbers.set(key, settled);
    }
  });
});

test("a set goes where there is room, or nowhere", () => {
  const sets = new Sets(3);
  const all = sets.unionOf(Int32Array.of(1, 2, 3), 0, 3);
  const out = new Int32Array(4).fill(-1);
  expect([sets.read(all, out, 1), sets.read(all, out, 2), sets.read(2, out, 4)]).toEqual([4, -1, -1]);
  expect([...out]).toEqual([-1, 0, 1, 2]);
});

test("lists: at most so many elements; both ways round; symmetric where they were not", () => {
  const sets = new Sets(3);
  const ids = Int32Array.of(sets.union(1, 3), 0, 2);
  expect(P.rowsOf(listsOf(sets, ids, 3)!)).toEqual([[0, 2], [], [1]]);
  expect(listsOf(sets, ids, 2)).toBeUndefined();
  const rows = P.rectangle(rng(1), 9, 5, 0.4);
  const columns = transposed(rows, 5);
  P.rowsOf(columns).forEach((list, j) =>
    expect(list).toEqual(P.rowsOf(rows).flatMap((r, i) => (r.includes(j) ? [i] : []))),
  );
  expect(P.rowsOf(symmetrized(P.listsOf([[0, 2], [], [1]])))).toEqual([[0, 2], [2], [0, 1]]);
  expect(P.rowsOf(symmetrized(P.band(5, 1)))).toEqual(P.rowsOf(P.band(5, 1)));
});
