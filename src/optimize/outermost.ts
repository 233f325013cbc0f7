// The least and the greatest eigenvalue of a symmetric matrix by its products: the method of Lanczos with all vectors
// kept and orthogonal (Golub and Van Loan, Matrix Computations, 4th ed., sections 10.1 and 10.3), eigenvalues of the
// tridiagonal matrix by counts of negative pivots (section 8.4.1). What `linearOperator` does for more of them and for
// longer, this does in little code, as every bundle with a solver has it.

/** Vectors that are kept; the search goes on from the best vector found. */
const MOST_KEPT = 96;
/** Products between looks, and at most. */
const [BETWEEN, MOST] = [8, 960];
/** ‖H·v - λ·v‖ relative to the largest magnitude of an eigenvalue that ends the search, and what is zero beside it. */
const GOOD = 1e-6;
export const ZERO = 1e-8;
/** The same for the least eigenvalue: its sign is to be known, as far as it is none of zero. */
const target = (least: number, size: number): number =>
  Math.min(GOOD * size, Math.max(ZERO * size, Math.abs(least) / 2));

export interface Outermost {
  readonly least: number;
  readonly greatest: number;
  /** ‖H·v - λ·v‖ for the vector of length 1 that belongs to the least one: an eigenvalue lies that near. */
  readonly residual: number;
  readonly products: number;
}

type Vector = Float64Array;
const dot = (x: Vector, y: Vector): number => {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] as number) * (y[i] as number);
  return sum;
};
const addTo = (y: Vector, a: number, x: Vector): void => {
  for (let i = 0; i < x.length; i++) y[i] = (y[i] as number) + a * (x[i] as number);
};
const scaled = (x: Vector, a: number): Vector => x.map((v) => v * a);

/** Of the matrix of `n` rows whose products `multiply` gives. */
export function outermost(n: number, multiply: (v: Vector) => ArrayLike<number>): Outermost {
  let start = firstVector(n);
  let [products, greatest, best] = [0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  let residual = Number.POSITIVE_INFINITY;
  while (products < MOST) {
    const run = lanczos(start, multiply, greatest);
    products += run.products;
    greatest = Math.max(greatest, run.greatest);
    const isBetter = !(run.least >= best) || run.residual < residual;
    if (isBetter) [best, residual, start] = [run.least, run.residual, run.vector];
    if (!isBetter || run.isWhole || !(residual > target(best, Math.max(Math.abs(best), Math.abs(greatest))))) break;
  }
  return { least: best, greatest: Math.max(greatest, best), residual, products };
}

/** Signs that no structure of a matrix has, in a fixed order: multiplicative congruence modulo 2³¹ - 1. */
function firstVector(n: number): Vector {
  let state = 20077;
  const v = Float64Array.from({ length: n }, () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647 - 0.5;
  });
  return scaled(v, 1 / Math.sqrt(dot(v, v)));
}

/** One run from `start`, a vector of length 1. */
function lanczos(start: Vector, multiply: (v: Vector) => ArrayLike<number>, known: number) {
  const most = Math.min(start.length, MOST_KEPT);
  const [basis, diagonal, beside]: [Vector[], number[], number[]] = [[], [], []];
  for (let v = start; ; ) {
    basis.push(v);
    const w = Float64Array.from(multiply(v));
    diagonal.push(dot(v, w));
    for (let pass = 0; pass < 2; pass++) for (const q of basis) addTo(w, -dot(q, w), q);
    const beta = Math.sqrt(dot(w, w));
    const k = basis.length;
    const size = Math.max(...diagonal.map(Math.abs), ...beside, Number.isFinite(known) ? Math.abs(known) : 0);
    const isWhole = !(beta > 1e-13 * size) || k === start.length;
    if (isWhole || k === most || k % BETWEEN === 0) {
      const least = eigenvalue(diagonal, beside, 0);
      const s = eigenvector(diagonal, beside, least);
      const residual = isWhole ? 1e-15 * size : beta * Math.abs(s[k - 1] as number);
      if (isWhole || k === most || residual <= target(least, size) || Number.isNaN(least)) {
        const vector = new Float64Array(start.length);
        basis.forEach((q, i) => addTo(vector, s[i] as number, q));
        const [greatest, length] = [eigenvalue(diagonal, beside, k - 1), Math.sqrt(dot(vector, vector))];
        return { least, greatest, residual, isWhole, products: k, vector: scaled(vector, 1 / length) };
      }
    }
    beside.push(beta);
    v = scaled(w, 1 / beta);
  }
}

/** The eigenvalue number `index`, ascending, of a tridiagonal matrix, to rounding. */
function eigenvalue(diagonal: readonly number[], beside: readonly number[], index: number): number {
  const radius = diagonal.map((_, i) => Math.abs(beside[i - 1] ?? 0) + Math.abs(beside[i] ?? 0));
  let low = Math.min(...diagonal.map((d, i) => d - (radius[i] as number)));
  let high = Math.max(...diagonal.map((d, i) => d + (radius[i] as number)));
  if (Number.isNaN(low + high)) return Number.NaN;
  for (;;) {
    const middle = low + (high - low) / 2;
    if (!(middle > low && middle < high)) return middle;
    if (below(diagonal, beside, middle) > index) high = middle;
    else low = middle;
  }
}
/** How many eigenvalues are less than `x`. */
function below(diagonal: readonly number[], beside: readonly number[], x: number): number {
  let [count, pivot] = [0, 1];
  diagonal.forEach((d, i) => {
    const b = i < diagonal.length ? (beside[i - 1] ?? 0) : 0;
    pivot = d - x - (b * b) / (pivot || Number.MIN_VALUE);
    if (pivot < 0) count++;
  });
  return count;
}

/** The vector of length 1 of an eigenvalue: two steps of inverse iteration, by elimination with exchange of rows. */
function eigenvector(diagonal: readonly number[], beside: readonly number[], lambda: number): number[] {
  const k = diagonal.length;
  let s = Array.from({ length: k }, (_, i) => 1 + (i % 3) / 7);
  for (let step = 0; step < 3; step++) {
    s = solved(diagonal, beside, lambda, s);
    const length = Math.hypot(...s);
    s = s.map((x) => x / length);
  }
  return s;
}
function solved(diagonal: readonly number[], beside: readonly number[], lambda: number, right: number[]): number[] {
  const k = diagonal.length;
  const tiny = 1e-300 + 1e-16 * Math.max(...diagonal.map(Math.abs), ...beside.map(Math.abs), 0);
  // Rows from the pivot on: three entries and the right-hand side.
  const rows: [number, number, number, number][] = [];
  let [a, b, c, r] = [(diagonal[0] as number) - lambda, beside[0] ?? 0, 0, right[0] as number];
  for (let i = 1; i < k; i++) {
    const e = beside[i - 1] as number;
    const [d, f] = [(diagonal[i] as number) - lambda, i < k - 1 ? (beside[i] as number) : 0];
    const next: [number, number, number, number] = [e, d, f, right[i] as number];
    const isExchanged = Math.abs(e) > Math.abs(a);
    const [pivot, other] = isExchanged ? [next, [a, b, c, r] as const] : [[a, b, c, r] as const, next];
    rows.push([pivot[0] || tiny, pivot[1], pivot[2], pivot[3]]);
    const factor = other[0] / (pivot[0] || tiny);
    [a, b, c, r] = [other[1] - factor * pivot[1], other[2] - factor * pivot[2], 0, other[3] - factor * pivot[3]];
  }
  rows.push([a || tiny, 0, 0, r]);
  const x: number[] = Array(k).fill(0);
  for (let i = k - 1; i >= 0; i--) {
    const [p, q, t, v] = rows[i] as [number, number, number, number];
    x[i] = (v - q * (x[i + 1] ?? 0) - t * (x[i + 2] ?? 0)) / p;
  }
  return x;
}
