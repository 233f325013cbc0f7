// Triangular systems T·X = B, by halves: a recursive split puts all but blocks of 16 rows into the packed product.
//
// Contract: T is n × n, X and B are n × m; element (i, j) of Y lies at y + i·yrs + j·ycs (strides in ELEMENTS, any
// sign, zero allowed in T and B). Of T only the named triangle is read, and not its diagonal if `unit`. A zero on the
// diagonal gives infinities or NaN, as IEEE division does. `ws` is FACTOR_WORKSPACE bytes of scratch, aligned to 16.
//
// Everything is the lower solve: an upper triangle read backwards (negative strides) is a lower one, and X·Tᵀ = B is
// T·Xᵀ = Bᵀ, the same memory with its strides exchanged.

import { dot } from "./dot";
import { GEMM_WORKSPACE, gemmSubtract } from "./gemm";
import { bytes, lanes } from "./vector";

/** Rows of a block that is solved without the product. */
export const BLOCK: i32 = 16;
/** Right-hand sides that are gathered together where they do not lie side by side. */
const GATHER: i32 = 64;
/** Scratch of the factorizations: that of the product, and one gathered block. */
const WS_BLOCK: usize = <usize>GEMM_WORKSPACE;
export const FACTOR_WORKSPACE: i32 = GEMM_WORKSPACE + BLOCK * GATHER * 8;

/** Where a matrix of n rows is cut: in the middle, at a multiple of a tile's width. */
// @ts-ignore: decorator
@inline
export function half(n: i32): i32 {
  return ((n >> 1) + 7) & ~7;
}

/** X = T⁻¹·B; X is stored row-major and overlaps nothing. */
export function triangularSolve<T>(
  n: i32, m: i32, lower: i32, unit: i32,
  t: usize, trs: i32, tcs: i32,
  b: usize, brs: i32, bcs: i32,
  x: usize, ws: usize,
): void {
  copy<T>(n, m, b, brs, bcs, x, m, 1);
  solveInPlace<T>(n, m, lower, unit, t, trs, tcs, x, m, 1, ws);
}

/** X ← T⁻¹·X. */
export function solveInPlace<T>(
  n: i32, m: i32, lower: i32, unit: i32,
  t: usize, trs: i32, tcs: i32,
  x: usize, xrs: i32, xcs: i32,
  ws: usize,
): void {
  if (n <= 0 || m <= 0) return;
  if (m == 1 && xrs == 1) return solveVector<T>(n, lower, unit, t, trs, tcs, x);
  if (lower) return solveLower<T>(n, m, unit, t, trs, tcs, x, xrs, xcs, ws);
  solveLower<T>(
    n, m, unit, t + bytes<T>((n - 1) * (trs + tcs)), -trs, -tcs, x + bytes<T>((n - 1) * xrs), -xrs, xcs, ws,
  );
}

/** Y = X, element by element, whatever the strides. */
export function copy<T>(n: i32, m: i32, x: usize, xrs: i32, xcs: i32, y: usize, yrs: i32, ycs: i32): void {
  for (let i = 0; i < n; i++) {
    let from = x + bytes<T>(i * xrs);
    let to = y + bytes<T>(i * yrs);
    if (xcs == 1 && ycs == 1) {
      memory.copy(to, from, bytes<T>(m));
      continue;
    }
    for (let j = 0; j < m; j++) {
      store<T>(to, load<T>(from));
      from += bytes<T>(xcs);
      to += bytes<T>(ycs);
    }
  }
}

/** X ← L⁻¹·X for a lower triangle: halves, then blocks. */
export function solveLower<T>(
  n: i32, m: i32, unit: i32,
  l: usize, lrs: i32, lcs: i32,
  x: usize, xrs: i32, xcs: i32,
  ws: usize,
): void {
  if (n <= BLOCK) return solveBlock<T>(n, m, unit, l, lrs, lcs, x, xrs, xcs, ws);
  const h = half(n);
  const l21 = l + bytes<T>(h * lrs);
  const x2 = x + bytes<T>(h * xrs);
  solveLower<T>(h, m, unit, l, lrs, lcs, x, xrs, xcs, ws);
  gemmSubtract<T>(n - h, m, h, l21, lrs, lcs, x, xrs, xcs, x2, xrs, xcs, ws);
  solveLower<T>(n - h, m, unit, l21 + bytes<T>(h * lcs), lrs, lcs, x2, xrs, xcs, ws);
}

/** At most BLOCK rows; right-hand sides that do not lie side by side are gathered. */
function solveBlock<T>(
  n: i32, m: i32, unit: i32,
  l: usize, lrs: i32, lcs: i32,
  x: usize, xrs: i32, xcs: i32,
  ws: usize,
): void {
  if (xcs == 1) return solveRows<T>(n, m, unit, l, bytes<T>(lrs), bytes<T>(lcs), x, bytes<T>(xrs));
  for (let j = 0; j < m; j += GATHER) {
    const width = min(GATHER, m - j);
    const from = x + bytes<T>(j * xcs);
    copy<T>(n, width, from, xrs, xcs, ws + WS_BLOCK, GATHER, 1);
    solveRows<T>(n, width, unit, l, bytes<T>(lrs), bytes<T>(lcs), ws + WS_BLOCK, bytes<T>(GATHER));
    copy<T>(n, width, ws + WS_BLOCK, GATHER, 1, from, xrs, xcs);
  }
}

/**
 * Forward substitution, two vectors of right-hand sides at a time; strides in BYTES, those of X's columns are one
 * element.
 */
function solveRows<T>(n: i32, m: i32, unit: i32, l: usize, lr: usize, lc: usize, x: usize, xr: usize): void {
  let j = 0;
  for (; j + 2 * lanes<T>() <= m; j += 2 * lanes<T>()) {
    let to = x;
    let row = l;
    for (let i = 0; i < n; i++) {
      let s0 = v128.load(to);
      let s1 = v128.load(to, 16);
      let lik = row;
      for (let xk = x; xk != to; xk += xr) {
        const v = v128.load_splat<T>(lik);
        s0 = v128.sub<T>(s0, v128.mul<T>(v, v128.load(xk)));
        s1 = v128.sub<T>(s1, v128.mul<T>(v, v128.load(xk, 16)));
        lik += lc;
      }
      if (!unit) {
        const d = v128.load_splat<T>(lik);
        s0 = v128.div<T>(s0, d);
        s1 = v128.div<T>(s1, d);
      }
      v128.store(to, s0);
      v128.store(to, s1, 16);
      to += xr;
      row += lr;
    }
    x += 32;
  }
  for (; j < m; j++) {
    let to = x;
    let row = l;
    for (let i = 0; i < n; i++) {
      let s = load<T>(to);
      let lik = row;
      for (let xk = x; xk != to; xk += xr) {
        s -= load<T>(lik) * load<T>(xk);
        lik += lc;
      }
      store<T>(to, unit ? s : <T>(s / load<T>(lik)));
      to += xr;
      row += lr;
    }
    x += sizeof<T>();
  }
}

/** One right-hand side, contiguous: inner products where rows of T are contiguous, else multiples of its columns. */
function solveVector<T>(n: i32, lower: i32, unit: i32, t: usize, trs: i32, tcs: i32, x: usize): void {
  for (let k = 0; k < n; k++) {
    const i = lower ? k : n - 1 - k;
    const at = x + bytes<T>(i);
    const diagonal = t + bytes<T>(i * (trs + tcs));
    const known = lower ? 0 : i + 1; // solved already, by rows; still to be solved, by columns
    const count = lower ? i : n - 1 - i;
    if (tcs == 1) {
      const s = <T>(load<T>(at) - dot<T>(count, t + bytes<T>(i * trs) + bytes<T>(known), x + bytes<T>(known)));
      store<T>(at, unit ? s : <T>(s / load<T>(diagonal)));
    } else {
      const v = unit ? load<T>(at) : <T>(load<T>(at) / load<T>(diagonal));
      store<T>(at, v);
      const first = lower ? i + 1 : 0;
      subtractMultiple<T>(n - 1 - count, v, t + bytes<T>(first * trs + i * tcs), trs, x + bytes<T>(first));
    }
  }
}

/** y -= v·x, y contiguous. */
export function subtractMultiple<T>(n: i32, v: T, x: usize, xs: i32, y: usize): void {
  let j = 0;
  if (xs == 1) {
    const w = v128.splat<T>(v);
    for (; j + lanes<T>() <= n; j += lanes<T>()) {
      v128.store(y, v128.sub<T>(v128.load(y), v128.mul<T>(w, v128.load(x))));
      x += 16;
      y += 16;
    }
  }
  for (; j < n; j++) {
    store<T>(y, <T>(load<T>(y) - v * load<T>(x)));
    x += bytes<T>(xs);
    y += sizeof<T>();
  }
}
