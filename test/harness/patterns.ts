// Symmetric patterns with known colorings, as sets of neighbours; and the definitions of colorings, by brute force.
import type { Lists } from "../../src/sparse/compressed.ts";
import { type Rng, uniform } from "./rng.ts";

export const listsOf = (rows: readonly (readonly number[])[]): Lists => {
  const starts = new Int32Array(rows.length + 1);
  rows.forEach((r, i) => {
    starts[i + 1] = (starts[i] as number) + r.length;
  });
  return { starts, items: Int32Array.from(rows.flat()) };
};
export const rowsOf = ({ starts, items }: Lists): number[][] =>
  Array.from({ length: starts.length - 1 }, (_, i) => [...items.subarray(starts[i], starts[i + 1])]);
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const where = (n: number, has: (i: number, j: number) => boolean): Lists =>
  listsOf(range(n).map((i) => range(n).filter((j) => has(i, j))));

/** All within `width` of the diagonal. */
export const band = (n: number, width: number): Lists => where(n, (i, j) => Math.abs(i - j) <= width);
/** A full first row and column, and the diagonal. */
export const arrowhead = (n: number): Lists => where(n, (i, j) => i === j || i === 0 || j === 0);
/** An m × m grid whose points have the neighbours at `offsets`. */
export function grid(m: number, offsets: readonly (readonly [number, number])[]): Lists {
  return listsOf(
    range(m * m).map((k) => {
      const [i, j] = [Math.floor(k / m), k % m];
      const near = offsets.map(([a, b]) => [i + a, j + b] as const);
      return near.flatMap(([a, b]) => (a >= 0 && b >= 0 && a < m && b < m ? [a * m + b] : [])).sort((a, b) => a - b);
    }),
  );
}
export const FIVE = [[-1, 0], [0, -1], [0, 0], [0, 1], [1, 0]] as const; // biome-ignore format: a stencil
export const NINE = [-1, 0, 1].flatMap((a) => [-1, 0, 1].map((b) => [a, b] as const));
/** Each pair with probability `p`, each element of the diagonal with `q`. */
export function random(rng: Rng, n: number, p: number, q = 1): Lists {
  const has = new Set<number>();
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) if (uniform(rng, 0, 1) < (i === j ? q : p)) has.add(i * n + j).add(j * n + i);
  return where(n, (i, j) => has.has(i * n + j));
}
/** Any m × n pattern. */
export const rectangle = (rng: Rng, m: number, n: number, p: number): Lists =>
  listsOf(range(m).map(() => range(n).filter(() => uniform(rng, 0, 1) < p)));

const neighbours = (lists: Lists): number[][] => rowsOf(lists).map((row, i) => row.filter((j) => j !== i));

export const isProper = (lists: Lists, colors: Int32Array): boolean =>
  neighbours(lists).every((near, v) => near.every((w) => colors[v] !== colors[w]));

/** No path of four vertices has two colors. */
export function isStar(lists: Lists, colors: Int32Array): boolean {
  const near = neighbours(lists);
  const alike = (v: number, w: number): boolean => colors[v] === colors[w];
  return (
    isProper(lists, colors) &&
    near.every((ends, b) =>
      ends.every((c) =>
        (near[c] as number[]).every(
          (d) => d === b || !alike(b, d) || ends.every((a) => a === c || a === d || !alike(a, c)),
        ),
      ),
    )
  );
}

/** The vertices of any two colors make a forest: as many edges as vertices less trees. */
export function isAcyclic(lists: Lists, colors: Int32Array): boolean {
  const near = neighbours(lists);
  const count = Math.max(-1, ...colors) + 1;
  for (let a = 0; a < count; a++)
    for (let b = 0; b < a; b++) {
      const root = new Map<number, number>();
      const rootOf = (v: number): number => (root.get(v) === v ? v : rootOf(root.get(v) as number));
      colors.forEach((c, v) => {
        if (c === a || c === b) root.set(v, v);
      });
      for (const v of root.keys())
        for (const w of near[v] as number[]) {
          if (w > v || !root.has(w)) continue;
          if (rootOf(v) === rootOf(w)) return false;
          root.set(rootOf(v), rootOf(w));
        }
    }
  return isProper(lists, colors);
}

/** Of any row, all columns have different colors. */
export const isApart = (rows: Lists, colors: Int32Array): boolean =>
  rowsOf(rows).every((row) => new Set(row.map((j) => colors[j])).size === row.length);
