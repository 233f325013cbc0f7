// The matrix product C (+)= A·B: blocked for the caches, packed where packing pays, in 4-row register tiles.
//
// Contract: A is m × k, B is k × n, C is m × n; element (i, j) of X lies at x + i·xrs + j·xcs (row and column strides
// in ELEMENTS, any sign, zero allowed in A and B), so transposed and broadcast operands cost no copy. Pointers are
// aligned to the element. C overlaps neither A, B nor `ws`, GEMM_WORKSPACE bytes of scratch, aligned to 16. Any
// extent may be 0; k = 0 stores zeros (accumulate 0) or leaves C (1). Nothing beyond the elements of C and `ws` is
// written, nothing beyond those of A and B is read.
//
// Order of summation: for m, n > 1 each element of C is Σ over blocks of KC = 256 values of p, in order, of the plain
// left-to-right sum of that block, whatever the strides; m = 1 and n = 1 go to gemv or
// gemvt where a unit stride allows it, and sum as they do.

import { gemv, gemvt } from "./gemv";
import { pack } from "./pack";
import { spill, tile1, tile2 } from "./tile";
import { bytes, lanes, zero } from "./vector";

/**
 * Blocks: KC steps of a panel of B stay in the first cache, MC rows of A in the second, NC columns of B in the
 * second.
 */
const KC: i32 = 256;
const MC: i32 = 64;
const NC: i32 = 128;

/** The workspace: packed B, packed A, one tile set aside; sized for f64. */
const WS_A: usize = <usize>(KC * NC * 8);
const WS_TILE: usize = WS_A + <usize>(KC * MC * 8);
export const GEMM_WORKSPACE: i32 = <i32>WS_TILE + 128;

/** Below this many multiplications three plain loops are faster than tiles. */
const TINY: i64 = 48;

/**
 * Packing costs one pass, repaid when steps lie far apart and are read often: sooner when each is on a page of its
 * own.
 */
function worthPacking<T>(steps: i32, stride: i32, uses: i32): bool {
  const apart = abs(<i64>stride) * <i64>sizeof<T>();
  return uses >= (apart >= 4096 ? 8 : 24) && apart * min(steps, KC) >= 32768;
}

export function gemm<T>(
  m: i32, n: i32, k: i32,
  a: usize, ars: i32, acs: i32,
  b: usize, brs: i32, bcs: i32,
  c: usize, crs: i32, ccs: i32,
  accumulate: i32, ws: usize,
): void {
  if (m <= 0 || n <= 0) return;
  if (k <= 0) {
    if (!accumulate) for (let i = 0; i < m; i++) zero<T>(n, c + bytes<T>(i * crs), bytes<T>(ccs));
    return;
  }
  if (n == 1) {
    if (acs == 1 || k == 1) return gemv<T>(m, k, a, ars, b, brs, c, crs, accumulate);
    if (ars == 1) return gemvt<T>(k, m, a, acs, b, brs, c, crs, accumulate);
    ccs = 1;
  }
  if (m == 1) {
    if (brs == 1 || k == 1) return gemv<T>(n, k, b, bcs, a, acs, c, ccs, accumulate);
    if (bcs == 1) return gemvt<T>(k, n, b, brs, a, acs, c, ccs, accumulate);
    crs = 1;
  }
  if (<i64>m * n * k <= TINY) return tiny<T>(m, n, k, a, ars, acs, b, brs, bcs, c, crs, ccs, accumulate);
  // Tiles store rows; a C with unit row stride is computed as its transpose Bᵀ·Aᵀ.
  if (ccs != 1 && crs == 1) return blocked<T>(n, m, k, b, bcs, brs, a, acs, ars, c, ccs, crs, accumulate, ws);
  blocked<T>(m, n, k, a, ars, acs, b, brs, bcs, c, crs, ccs, accumulate, ws);
}

/** C -= A·B by tiles, for the factorizations; sums as `gemm` with m, n > 1. */
export function gemmSubtract<T>(
  m: i32, n: i32, k: i32,
  a: usize, ars: i32, acs: i32,
  b: usize, brs: i32, bcs: i32,
  c: usize, crs: i32, ccs: i32,
  ws: usize,
): void {
  if (m <= 0 || n <= 0 || k <= 0) return;
  if (n == 1) ccs = 1;
  if (m == 1) crs = 1;
  if (ccs != 1 && crs == 1) blocked<T>(n, m, k, b, bcs, brs, a, acs, ars, c, ccs, crs, -1, ws);
  else blocked<T>(m, n, k, a, ars, acs, b, brs, bcs, c, crs, ccs, -1, ws);
}

function tiny<T>(
  m: i32, n: i32, k: i32,
  a: usize, ars: i32, acs: i32,
  b: usize, brs: i32, bcs: i32,
  c: usize, crs: i32, ccs: i32,
  accumulate: i32,
): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let ap = a;
      let bp = b + bytes<T>(j * bcs);
      let sum: T = <T>0;
      for (let p = 0; p < k; p++) {
        sum += load<T>(ap) * load<T>(bp);
        ap += bytes<T>(acs);
        bp += bytes<T>(brs);
      }
      const to = c + bytes<T>(j * ccs);
      store<T>(to, accumulate ? <T>(load<T>(to) + sum) : sum);
    }
    a += bytes<T>(ars);
    c += bytes<T>(crs);
  }
}

/** The product by blocks: columns jc, steps pc (B packed), rows ic (A packed), then panel by panel. */
function blocked<T>(
  m: i32, n: i32, k: i32,
  a: usize, ars: i32, acs: i32,
  b: usize, brs: i32, bcs: i32,
  c: usize, crs: i32, ccs: i32,
  accumulate: i32, ws: usize,
): void {
  const packB = bcs != 1 || worthPacking<T>(k, brs, m);
  const packA = acs != 1 && worthPacking<T>(k, acs, n);
  for (let jc = 0; jc < n; jc += NC) {
    const nc = min(NC, n - jc);
    for (let pc = 0; pc < k; pc += KC) {
      const kc = min(KC, k - pc);
      const add = accumulate < 0 ? -1 : i32(accumulate != 0) | i32(pc > 0);
      const bBlock = b + bytes<T>(pc * brs) + bytes<T>(jc * bcs);
      if (packB) pack<T>(kc, nc, bBlock, bytes<T>(brs), bytes<T>(bcs), 2, ws);
      for (let ic = 0; ic < m; ic += MC) {
        const mc = min(MC, m - ic);
        const aBlock = a + bytes<T>(ic * ars) + bytes<T>(pc * acs);
        if (packA) pack<T>(kc, mc, aBlock, bytes<T>(acs), bytes<T>(ars), <i32>sizeof<T>() >> 2, ws + WS_A);
        const cBlock = c + bytes<T>(ic * crs) + bytes<T>(jc * ccs);
        panels<T>(mc, nc, kc, aBlock, ars, acs, packA, bBlock, brs, packB, cBlock, crs, ccs, add, ws);
      }
    }
  }
}

/** One block of C, panel by panel of columns, so that a panel of B is used for every row of the block. */
function panels<T>(
  mc: i32, nc: i32, kc: i32,
  a: usize, ars: i32, acs: i32, packedA: bool,
  b: usize, brs: i32, packedB: bool,
  c: usize, crs: i32, ccs: i32,
  add: i32, ws: usize,
): void {
  const NR = 2 * lanes<T>();
  const cr = bytes<T>(crs);
  const cc = bytes<T>(ccs);
  const aside = ws + WS_TILE;
  let ar = bytes<T>(ars);
  let ag: usize = 4 * ar;
  let ap = bytes<T>(acs);
  if (packedA) {
    a = ws + WS_A;
    ar = sizeof<T>();
    ag = bytes<T>(4 * kc);
    ap = 4 * sizeof<T>();
  }
  for (let j = 0; j < nc; j += NR) {
    const nr = min(NR, nc - j);
    const wide = nr > lanes<T>();
    let bj = b + bytes<T>(j);
    let bp = bytes<T>(brs);
    if (packedB) {
      bj = ws + bytes<T>(j * kc);
      bp = 32;
    } else if (nr != NR && nr != lanes<T>()) {
      pack<T>(kc, nr, bj, bp, sizeof<T>(), wide ? 2 : 1, ws);
      bj = ws;
      bp = wide ? 32 : 16;
    }
    const fits = (nr == NR || nr == lanes<T>()) && ccs == 1;
    let ai = a;
    let ci = c;
    for (let left = mc; left > 0; left -= 4) {
      // Rows past the last one repeat it; what they give stays aside.
      const a1 = left > 1 ? ai + ar : ai;
      const a2 = left > 2 ? a1 + ar : a1;
      const a3 = left > 3 ? a2 + ar : a2;
      const whole = fits && left >= 4;
      const to = whole ? ci : aside;
      const step: usize = whole ? cr : 32;
      const plus = whole ? add : 0;
      if (wide) tile2<T>(kc, ai, a1, a2, a3, ap, bj, bp, to, step, plus);
      else tile1<T>(kc, ai, a1, a2, a3, ap, bj, bp, to, step, plus);
      if (!whole) spill<T>(min(left, 4), nr, aside, ci, cr, cc, add);
      ai += ag;
      ci += 4 * cr;
    }
    c += bytes<T>(NR * ccs);
  }
}
