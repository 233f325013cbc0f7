// LU factors with partial pivoting, A[p, :] = L·U, by halves of the columns (Toledo 1997, "Locality of reference in LU
// decomposition with partial pivoting"): the left half, then a triangular solve and a product, then the right half.
// The pivot is the first entry of largest magnitude, as in LAPACK. A column of zeros is left as it is, so that U has
// an exact 0.
//
// Contract: A is n × n with any strides, in elements. The result is (n + 1) × n, row-major: U on and above the
// diagonal, L below it (its unit diagonal not stored), and in row n the permutation p as numbers. `ws` is
// FACTOR_WORKSPACE bytes.

import { gemmSubtract } from "./gemm";
import { copy, FACTOR_WORKSPACE, half, solveInPlace, solveLower, subtractMultiple } from "./triangular";
import { bytes } from "./vector";

/** Columns of a panel that is eliminated without the product. */
const PANEL: i32 = 8;

export function lu<T>(n: i32, a: usize, ars: i32, acs: i32, f: usize, ws: usize): void {
  copy<T>(n, n, a, ars, acs, f, n, 1);
  for (let i = 0; i < n; i++) store<T>(f + bytes<T>(n * n + i), <T>i);
  factor<T>(n, 0, n, f, ws);
}

/**
 * Columns from … from + count - 1, rows from `from` on; rows are exchanged over the whole width, permutation
 * included.
 */
function factor<T>(n: i32, from: i32, count: i32, f: usize, ws: usize): void {
  if (count <= PANEL) return panel<T>(n, from, count, f);
  const h = half(count);
  const mid = from + h;
  const end = from + count;
  const diagonal = f + bytes<T>(from * (n + 1));
  const right = diagonal + bytes<T>(h);
  const below = diagonal + bytes<T>(h * n);
  factor<T>(n, from, h, f, ws);
  solveLower<T>(h, end - mid, 1, diagonal, n, 1, right, n, 1, ws);
  gemmSubtract<T>(n - mid, end - mid, h, below, n, 1, right, n, 1, below + bytes<T>(h), n, 1, ws);
  factor<T>(n, mid, end - mid, f, ws);
}

function panel<T>(n: i32, from: i32, count: i32, f: usize): void {
  const row = bytes<T>(n);
  for (let j = from; j < from + count; j++) {
    const column = f + bytes<T>(j);
    let best = j;
    let largest = abs<T>(load<T>(column + <usize>j * row));
    for (let i = j + 1; i < n; i++) {
      const v = abs<T>(load<T>(column + <usize>i * row));
      if (v > largest) {
        largest = v;
        best = i;
      }
    }
    if (best != j) exchange<T>(n, f, j, best);
    if (largest == <T>0) continue;
    const pivotRow = f + <usize>j * row;
    const pivot = load<T>(pivotRow + bytes<T>(j));
    for (let i = j + 1; i < n; i++) {
      const at = f + <usize>i * row + bytes<T>(j);
      const v = <T>(load<T>(at) / pivot);
      store<T>(at, v);
      subtractMultiple<T>(from + count - j - 1, v, pivotRow + bytes<T>(j + 1), 1, at + sizeof<T>());
    }
  }
}

/** Exchanges rows i and j, and their entries of the permutation. */
function exchange<T>(n: i32, f: usize, i: i32, j: i32): void {
  let x = f + bytes<T>(i * n);
  let y = f + bytes<T>(j * n);
  for (let k = 0; k < n; k++) {
    swap<T>(x, y);
    x += sizeof<T>();
    y += sizeof<T>();
  }
  swap<T>(f + bytes<T>(n * n + i), f + bytes<T>(n * n + j));
}

function swap<T>(x: usize, y: usize): void {
  const v = load<T>(x);
  store<T>(x, load<T>(y));
  store<T>(y, v);
}

/**
 * X = A⁻¹·B, or A⁻ᵀ·B, from the factors F of A that `lu` stored; B is n × m with any strides, X row-major. A zero on
 * the diagonal of U gives infinities or NaN. `ws` is FACTOR_WORKSPACE bytes, followed by n elements.
 */
export function luSolve<T>(
  n: i32, m: i32, transposed: i32, f: usize, b: usize, brs: i32, bcs: i32, x: usize, ws: usize,
): void {
  const p = f + bytes<T>(n * n);
  if (!transposed) {
    for (let i = 0; i < n; i++)
      copy<T>(1, m, b + bytes<T>(<i32>load<T>(p + bytes<T>(i)) * brs), 0, bcs, x + bytes<T>(i * m), 0, 1);
    solveInPlace<T>(n, m, 1, 1, f, n, 1, x, m, 1, ws);
    solveInPlace<T>(n, m, 0, 0, f, n, 1, x, m, 1, ws);
    return;
  }
  // Uᵀ·Lᵀ·P·X = B: solve, then put row i of the solution at p[i], column by column.
  copy<T>(n, m, b, brs, bcs, x, m, 1);
  solveInPlace<T>(n, m, 1, 0, f, 1, n, x, m, 1, ws);
  solveInPlace<T>(n, m, 0, 1, f, 1, n, x, m, 1, ws);
  const aside = ws + <usize>FACTOR_WORKSPACE;
  for (let j = 0; j < m; j++) {
    for (let i = 0; i < n; i++)
      store<T>(aside + bytes<T>(<i32>load<T>(p + bytes<T>(i))), load<T>(x + bytes<T>(i * m + j)));
    for (let i = 0; i < n; i++) store<T>(x + bytes<T>(i * m + j), load<T>(aside + bytes<T>(i)));
  }
}
