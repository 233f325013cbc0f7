// L·D·Lᵀ of a sparse symmetric matrix, row by row: T. A. Davis, Algorithm 849: a concise sparse Cholesky factorization
// package, ACM Transactions on Mathematical Software 31 (2005). There is no pivoting: an order is chosen beforehand,
// and what is not definite may have pivots that are small.
import { type Lists, transposed } from "./compressed.ts";

/** What depends on the pattern and the order alone. */
export interface Symbolic {
  readonly order: Int32Array;
  /** The upper triangle of the matrix in that order, its rows by columns, and where each entry stands in its values. */
  readonly upper: Lists;
  readonly from: Int32Array;
  /** The parent of each column in the tree of elimination; -1 at a root. */
  readonly parent: Int32Array;
  /** Where the columns of L begin. */
  readonly starts: Int32Array;
}
/** L without its diagonal of ones, by columns, and the diagonal D. */
export interface Factors {
  readonly rows: Int32Array;
  readonly below: Float64Array;
  readonly pivots: Float64Array;
}

/** Of the lower triangle `lower` by columns, eliminated in the order `order`. */
export function analysed(lower: Lists, order: Int32Array): Symbolic {
  const n = order.length;
  const place = new Int32Array(n);
  order.forEach((v, i) => {
    place[v] = i;
  });
  // In the new order an entry belongs to the column of the later one.
  const counts = new Int32Array(n + 1);
  const each = (visit: (row: number, column: number, k: number) => void): void => {
    for (let c = 0; c < n; c++)
      for (let k = lower.starts[c] as number; k < (lower.starts[c + 1] as number); k++) {
        const [a, b] = [place[c] as number, place[lower.items[k] as number] as number];
        visit(Math.min(a, b), Math.max(a, b), k);
      }
  };
  each((_, column) => {
    counts[column + 1]!++;
  });
  for (let i = 0; i < n; i++) counts[i + 1]! += counts[i] as number;
  const [next, items, from] = [
    counts.slice(0, n),
    new Int32Array(lower.items.length),
    new Int32Array(lower.items.length),
  ];
  each((row, column, k) => {
    const at = next[column]!++;
    [items[at], from[at]] = [row, k];
  });
  const upper = { starts: counts, items };
  return { order, upper, from, ...treeOf(upper) };
}

/** The tree of elimination, and how long the columns of L are. */
function treeOf({ starts, items }: Lists): Pick<Symbolic, "parent" | "starts"> {
  const n = starts.length - 1;
  const [parent, seen, lengths] = [new Int32Array(n).fill(-1), new Int32Array(n).fill(-1), new Int32Array(n + 1)];
  for (let k = 0; k < n; k++) {
    seen[k] = k;
    for (let p = starts[k] as number; p < (starts[k + 1] as number); p++)
      for (let i = items[p] as number; seen[i] !== k; i = parent[i] as number) {
        if (parent[i] === -1) parent[i] = k;
        lengths[i + 1]!++;
        seen[i] = k;
      }
  }
  for (let i = 0; i < n; i++) lengths[i + 1]! += lengths[i] as number;
  return { parent, starts: lengths };
}

/** The factors for `values` of the lower triangle and `shift` on the diagonal; a pivot that is 0 stays so. */
export function factored(of: Symbolic, values: ArrayLike<number>, shift: number): Factors {
  const { upper, from, parent, starts } = of;
  const n = parent.length;
  const rows = new Int32Array(starts[n] as number);
  const [below, pivots] = [new Float64Array(starts[n] as number), new Float64Array(n)];
  const [row, seen, path, ends] = [
    new Float64Array(n),
    new Int32Array(n).fill(-1),
    new Int32Array(n),
    starts.slice(0, n),
  ];
  for (let k = 0; k < n; k++) {
    seen[k] = k;
    let top = n;
    for (let p = upper.starts[k] as number; p < (upper.starts[k + 1] as number); p++) {
      let i = upper.items[p] as number;
      row[i]! += values[from[p] as number] as number;
      let length = 0;
      for (; seen[i] !== k; i = parent[i] as number) {
        path[length++] = i;
        seen[i] = k;
      }
      while (length > 0) path[--top] = path[--length] as number;
    }
    let pivot = (row[k] as number) + shift;
    row[k] = 0;
    for (; top < n; top++) {
      const i = path[top] as number;
      const y = row[i] as number;
      row[i] = 0;
      const end = ends[i] as number;
      for (let p = starts[i] as number; p < end; p++) row[rows[p] as number]! -= (below[p] as number) * y;
      const d = pivots[i] as number;
      const l = d === 0 && y === 0 ? 0 : y / d;
      pivot -= l * y;
      [rows[end], below[end]] = [k, l];
      ends[i]!++;
    }
    pivots[k] = pivot;
  }
  return { rows, below, pivots };
}

/** The solution for the right-hand side `b`. */
export function solved(
  { order, starts }: Symbolic,
  { rows, below, pivots }: Factors,
  b: ArrayLike<number>,
): Float64Array {
  const n = order.length;
  const x = Float64Array.from(order, (v) => b[v] as number);
  for (let i = 0; i < n; i++)
    for (let p = starts[i] as number; p < (starts[i + 1] as number); p++)
      x[rows[p] as number]! -= (below[p] as number) * (x[i] as number);
  for (let i = n - 1; i >= 0; i--) {
    let y = (x[i] as number) / (pivots[i] as number);
    for (let p = starts[i] as number; p < (starts[i + 1] as number); p++)
      y -= (below[p] as number) * (x[rows[p] as number] as number);
    x[i] = y;
  }
  const result = new Float64Array(n);
  order.forEach((v, i) => {
    result[v] = x[i] as number;
  });
  return result;
}

/** The matrix of the lower triangle `lower` with `values`, and `shift` on the diagonal, times `x`. */
export function multiplied(lower: Lists, values: ArrayLike<number>, shift: number, x: Float64Array): Float64Array {
  const y = x.map((v) => v * shift);
  for (let c = 0; c < x.length; c++)
    for (let k = lower.starts[c] as number; k < (lower.starts[c + 1] as number); k++) {
      const [r, a] = [lower.items[k] as number, values[k] as number];
      y[r]! += a * (x[c] as number);
      if (r !== c) y[c]! += a * (x[r] as number);
    }
  return y;
}

/** Both triangles of a symmetric pattern of which `lower` has one. */
export function whole(lower: Lists): Lists {
  const n = lower.starts.length - 1;
  const upper = transposed(lower, n);
  const starts = new Int32Array(n + 1);
  const items: number[] = [];
  for (let c = 0; c < n; c++) {
    const add = (of: Lists): void => {
      for (let k = of.starts[c] as number; k < (of.starts[c + 1] as number); k++)
        if (of.items[k] !== c) items.push(of.items[k] as number);
    };
    add(upper);
    add(lower);
    starts[c + 1] = items.length;
  }
  return { starts, items: Int32Array.from(items) };
}
