// Patterns as lists of positions, one list a column or a row after the other.
import type { Ids } from "./places.ts";
import { grown, type Sets } from "./sets.ts";

/** Lists one after the other: that of i is `items[starts[i]..starts[i + 1])`, increasing. */
export interface Lists {
  readonly starts: Int32Array;
  readonly items: Int32Array;
}

/** The elements of each of `ids`; undefined where they are more than `most` in all. */
export function listsOf(sets: Sets, ids: Ids, most: number): Lists | undefined {
  const starts = new Int32Array(ids.length + 1);
  let items = new Int32Array(Math.min(most, 4 * ids.length + 16));
  let end = 0;
  for (let i = 0; i < ids.length; ) {
    const next = sets.read(ids[i] as number, items, end);
    if (next >= 0) {
      end = next;
      starts[++i] = end;
    } else if (items.length < most) items = grown(items, 0).subarray(0, most);
    else return undefined;
  }
  return { starts, items: items.slice(0, end) };
}

/** The lists of those that have i in theirs, for each i below `count`. */
export function transposed({ starts, items }: Lists, count: number): Lists {
  const ends = new Int32Array(count + 1);
  for (let k = 0; k < items.length; k++) ends[(items[k] as number) + 1]!++;
  for (let i = 0; i < count; i++) ends[i + 1]! += ends[i] as number;
  const next = ends.slice(0, count);
  const owners = new Int32Array(items.length);
  for (let i = 0; i < starts.length - 1; i++)
    for (let k = starts[i] as number; k < (starts[i + 1] as number); k++) owners[next[items[k] as number]!++] = i;
  return { starts: ends, items: owners };
}

/** The lists with those that `keep(i, item)` says. */
export function filtered({ starts, items }: Lists, keep: (i: number, item: number) => boolean): Lists {
  const ends = new Int32Array(starts.length);
  const kept = new Int32Array(items.length);
  let end = 0;
  for (let i = 0; i < starts.length - 1; i++) {
    for (let k = starts[i] as number; k < (starts[i + 1] as number); k++) {
      const x = items[k] as number;
      if (keep(i, x)) kept[end++] = x;
    }
    ends[i + 1] = end;
  }
  return { starts: ends, items: kept.slice(0, end) };
}

const areEqual = (a: Int32Array, b: Int32Array): boolean => a.length === b.length && a.every((x, i) => x === b[i]);

/** A square pattern and its transpose together. A Hessian is symmetric, what is propagated need not quite be. */
export function symmetrized(rows: Lists): Lists {
  const n = rows.starts.length - 1;
  const columns = transposed(rows, n);
  if (areEqual(rows.items, columns.items) && areEqual(rows.starts, columns.starts)) return rows;
  const starts = new Int32Array(n + 1);
  const items = new Int32Array(2 * rows.items.length);
  let end = 0;
  for (let i = 0; i < n; i++) {
    let [p, q] = [rows.starts[i] as number, columns.starts[i] as number];
    const [ends, stops] = [rows.starts[i + 1] as number, columns.starts[i + 1] as number];
    while (p < ends || q < stops) {
      const x = p < ends ? (rows.items[p] as number) : n;
      const y = q < stops ? (columns.items[q] as number) : n;
      if (x <= y) p++;
      if (y <= x) q++;
      items[end++] = Math.min(x, y);
    }
    starts[i + 1] = end;
  }
  return { starts, items: items.slice(0, end) };
}

/** What every pair of `count` by `count` would be. */
export function fullLists(rows: number, columns: number): Lists {
  return {
    starts: Int32Array.from({ length: rows + 1 }, (_, i) => i * columns),
    items: Int32Array.from({ length: rows * columns }, (_, k) => k % columns),
  };
}
