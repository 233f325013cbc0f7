// Small symmetric matrices, decomposed by the package's own eigh.
import { eigh } from "../ops/spectral.ts";
import type { NdArray } from "../trace/ndarray.ts";
import type { Products } from "./product.ts";

export interface Decomposed {
  /** Ascending. */
  readonly values: Float64Array;
  /** Component `row` of the eigenvector of value `column`. */
  at(row: number, column: number): number;
}

/** The eigenvalues and eigenvectors of the symmetric `size` × `size` matrix `a`, row-major. */
export function decompose(a: Float64Array, size: number): Decomposed {
  const { eigenvalues, eigenvectors } = eigh({ data: a, shape: [size, size] }) as unknown as {
    eigenvalues: Float64Array;
    eigenvectors: NdArray;
  };
  const { data } = eigenvectors;
  return { values: eigenvalues, at: (row, column) => data[row * size + column] as number };
}

/** The symmetric tridiagonal matrix, row-major. */
export function tridiagonal(diagonal: readonly number[], beside: readonly number[]): Float64Array {
  const size = diagonal.length;
  const a = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    a[i * size + i] = diagonal[i] as number;
    if (i + 1 < size) a[i * size + i + 1] = a[(i + 1) * size + i] = beside[i] as number;
  }
  return a;
}

/** Products with all unit vectors, so many at a time: the matrix, row-major. */
export function matrixOf(products: Products, chunk: number): Float64Array {
  const { n } = products;
  const matrix = new Float64Array(n * n);
  for (let from = 0; from < n; from += chunk) {
    const count = Math.min(chunk, n - from);
    const rows = Array.from({ length: count }, (_, k) => matrix.subarray((from + k) * n, (from + k + 1) * n));
    products.many(unitsFrom(n, from, count), rows);
  }
  return matrix;
}

/** The diagonal, of as many products as there are rows, without the matrix. */
export function diagonalOf(products: Products, chunk: number): Float64Array {
  const { n } = products;
  const diagonal = new Float64Array(n);
  for (let from = 0; from < n; from += chunk) {
    const units = unitsFrom(n, from, Math.min(chunk, n - from));
    for (const [k, row] of products.many(units).entries()) diagonal[from + k] = row[from + k] as number;
  }
  return diagonal;
}

const unitsFrom = (n: number, from: number, count: number): Float64Array[] =>
  Array.from({ length: count }, (_, k) => new Float64Array(n).fill(1, from + k, from + k + 1));
