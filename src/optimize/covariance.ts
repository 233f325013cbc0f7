// Covariances of fitted parameters from the Jacobian, without its square: columns of length one, their triangular
// factor by Householder's reflections, and the singular values of that by one-sided Jacobi rotations (Demmel and
// Veselić, Jacobi's method is more accurate than QR, 1992). It runs once a fit, on what a program has left.

/** What columns determine, n numbers a row of `v`: directions in units of column lengths. */
export interface Spectrum {
  readonly size: number;
  readonly lengths: Float64Array;
  /** Singular values, and a row for each that has its direction. */
  readonly values: Float64Array;
  readonly v: Float64Array;
  /** How many values are not zero but for rounding. */
  readonly rank: number;
}

/** The spectrum of a matrix of n columns given by rows, its entries exact to `epsilon`. */
export function spectrumOf(rows: ArrayLike<number>, n: number, epsilon: number): Spectrum {
  const m = rows.length / n;
  const columns = Array.from({ length: n }, (_, j) => Float64Array.from({ length: m }, (_, i) => rows[i * n + j] ?? 0));
  const lengths = Float64Array.from(columns, norm);
  columns.forEach((c, j) => {
    if (lengths[j]) for (let i = 0; i < m; i++) c[i] = (c[i] as number) / (lengths[j] as number);
  });
  const triangle = triangularFactor(columns);
  const v = rotated(triangle);
  const values = Float64Array.from(triangle, norm);
  const least = Math.max(m, n) * epsilon * Math.max(...values);
  return { size: n, lengths, values, v, rank: values.filter((s) => s > least).length };
}

/** Which parameters have a part in directions that the data do not determine. */
export function undetermined({ size, values, v, rank, lengths }: Spectrum): boolean[] {
  const free = order(values).slice(rank);
  const isIn = (j: number): boolean => free.some((k) => Math.abs(v[k * size + j] as number) > LEAST_PART);
  return Array.from({ length: size }, (_, j) => lengths[j] === 0 || isIn(j));
}
/** Parts of unit vectors below it are rounding. */
const LEAST_PART = 1e-6;

/** Rows that are the directions which the data determine, so long that J times them has length one. */
export function determinedBy({ size: n, lengths, values, v, rank }: Spectrum): Float64Array {
  const used = order(values).slice(0, rank);
  const rows = used.map((k) =>
    Float64Array.from(lengths, (length, i) => (length ? (v[k * n + i] as number) / (values[k] as number) / length : 0)),
  );
  return Float64Array.from(rows.flatMap((row) => Array.from(row)));
}

/** The pseudo-inverse of JᵀJ, in rows; Infinity for variances of what is not determined, NaN beside it. */
export function inverseOfGram(s: Spectrum): Float64Array {
  const { size: n, rank } = s;
  const rows = determinedBy(s);
  return symmetricOf(undetermined(s), (i, j) => {
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += (rows[k * n + i] as number) * (rows[k * n + j] as number);
    return sum;
  });
}

/** Variances of what has a gradient, by (JᵀJ)⁻¹; Infinity where the data do not determine it. */
export function varianceAlong(s: Spectrum): (gradient: Float64Array) => number {
  const { size: n, lengths, values, v, rank } = s;
  const rows = determinedBy(s);
  const rowsOf = (matrix: Float64Array, k: number): Float64Array => matrix.subarray(k * n, k * n + n);
  const open = order(values).slice(rank);
  return (g) => {
    const parts = g.map((x, i) => (lengths[i] ? x / (lengths[i] as number) : 0));
    const isOpen = open.some((k) => Math.abs(product(rowsOf(v, k), parts)) > LEAST_PART * norm(parts));
    if (isOpen || g.some((x, i) => x !== 0 && lengths[i] === 0)) return Number.POSITIVE_INFINITY;
    return Array.from({ length: rank }, (_, k) => product(rowsOf(rows, k), g) ** 2).reduce((a, b) => a + b, 0);
  };
}

/** A symmetric matrix by its lower triangle; Infinity and NaN for what `isFree` says is not determined. */
export function symmetricOf(isFree: readonly boolean[], at: (i: number, j: number) => number): Float64Array {
  const n = isFree.length;
  const all = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      const open = i === j ? Number.POSITIVE_INFINITY : Number.NaN;
      all[i * n + j] = all[j * n + i] = isFree[i] || isFree[j] ? open : at(i, j);
    }
  return all;
}

const norm = (x: Float64Array): number => Math.sqrt(product(x, x));
function product(x: Float64Array, y: Float64Array, from = 0): number {
  let s = 0;
  for (let i = from; i < x.length; i++) s += (x[i] as number) * (y[i] as number);
  return s;
}
/** Places from the largest to the smallest. */
const order = (x: Float64Array): number[] =>
  Array.from(x, (_, i) => i).sort((a, b) => (x[b] as number) - (x[a] as number));

/** Columns of the triangular factor R of QR = A, which are overwritten. */
function triangularFactor(columns: Float64Array[]): Float64Array[] {
  const n = columns.length;
  columns.forEach((c, k) => {
    if (k >= c.length) return;
    const length = Math.sqrt(product(c, c, k)) * ((c[k] as number) > 0 ? -1 : 1);
    if (length === 0) return;
    // The reflection along u = c - length·e(k), of which c below k is left.
    const first = (c[k] as number) - length;
    const scale = -1 / (length * first);
    c[k] = first;
    for (let j = k + 1; j < n; j++) {
      const other = columns[j] as Float64Array;
      const by = scale * product(c, other, k);
      for (let i = k; i < c.length; i++) other[i] = (other[i] as number) - by * (c[i] as number);
    }
    c.fill(0, k + 1);
    c[k] = length;
  });
  return columns.map((c) => c.slice(0, n));
}

/** Makes columns orthogonal; returns the rotation, row k for column k. */
function rotated(columns: readonly Float64Array[]): Float64Array {
  const n = columns.length;
  const v = Array.from({ length: n }, (_, i) => Float64Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)));
  for (let sweep = 0, largest = 1; sweep < MOST_SWEEPS && largest > 2 ** -51; sweep++) {
    largest = 0;
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        const [x, y] = [columns[p] as Float64Array, columns[q] as Float64Array];
        const [a, b, c] = [product(x, x), product(y, y), product(x, y)];
        const cosine = Math.abs(c) / Math.sqrt(a * b);
        if (!(cosine > 2 ** -52)) continue;
        largest = Math.max(largest, cosine);
        const zeta = (b - a) / (2 * c);
        const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
        const cos = 1 / Math.hypot(1, t);
        turn(x, y, cos, cos * t);
        turn(v[p] as Float64Array, v[q] as Float64Array, cos, cos * t);
      }
  }
  return Float64Array.from(v.flatMap((row) => Array.from(row)));
}
/** Sweeps over all pairs at most: ten are enough for any matrix in practice. */
const MOST_SWEEPS = 60;

function turn(x: Float64Array, y: Float64Array, cos: number, sin: number): void {
  for (let i = 0; i < x.length; i++) {
    const [a, b] = [x[i] as number, y[i] as number];
    x[i] = cos * a - sin * b;
    y[i] = sin * a + cos * b;
  }
}
