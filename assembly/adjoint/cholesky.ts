// Reverse mode of Cholesky, the transpose of dual/cholesky.ts: the symmetric M with ⟨M, S⟩ = ⟨L̄, P⟩ for every
// symmetric S and its tangent P. The recursion run backwards (Murray 2016, §3), on N = L̄/2 so that no other constant
// is left:
//   M₂₂ from N₂₂;  N₂₁ -= M₂₂·L₂₁;  M₂₁ = N₂₁·L₁₁⁻¹;  N₁₁ -= M₂₁ᵀ·L₂₁ (its lower triangle);  M₁₁ from N₁₁
//
// Contract: L and L̄ are n × n with any strides, in elements; of both the lower triangle is read. M is stored
// row-major, both triangles, and overlaps nothing. `ws` is FACTOR_WORKSPACE bytes of scratch.

import { subtractLower } from "../linalg/cholesky";
import { gemmSubtract } from "../linalg/gemm";
import { BLOCK, half, solveInPlace } from "../linalg/triangular";
import { bytes } from "../linalg/vector";

export function choleskyAdjoint<T>(
  n: i32,
  l: usize, lrs: i32, lcs: i32,
  lbar: usize, brs: i32, bcs: i32,
  m: usize, ws: usize,
): void {
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++)
      store<T>(m + bytes<T>(i * n + j), <T>(<T>0.5 * load<T>(lbar + bytes<T>(i * brs + j * bcs))));
  adjoint<T>(n, l, lrs, lcs, m, n, ws);
}

/** In place, rows of M `ld` apart: N in the lower triangle before, all of M after. */
function adjoint<T>(n: i32, l: usize, lrs: i32, lcs: i32, m: usize, ld: i32, ws: usize): void {
  if (n <= BLOCK) return adjointBlock<T>(n, l, bytes<T>(lrs), bytes<T>(lcs), m, bytes<T>(ld));
  const h = half(n);
  const l21 = l + bytes<T>(h * lrs);
  const m21 = m + bytes<T>(h * ld);
  const m22 = m21 + bytes<T>(h);
  adjoint<T>(n - h, l21 + bytes<T>(h * lcs), lrs, lcs, m22, ld, ws);
  gemmSubtract<T>(n - h, h, n - h, m22, ld, 1, l21, lrs, lcs, m21, ld, 1, ws);
  solveInPlace<T>(h, n - h, 0, 0, l, lcs, lrs, m21, 1, ld, ws);
  subtractLower<T>(h, n - h, m21, 1, ld, l21, lrs, lcs, m, ld, ws);
  adjoint<T>(h, l, lrs, lcs, m, ld, ws);
  for (let i = 0; i < h; i++) {
    let from = m21 + bytes<T>(i);
    let to = m + bytes<T>(i * ld + h);
    for (let j = h; j < n; j++) {
      store<T>(to, load<T>(from));
      from += bytes<T>(ld);
      to += sizeof<T>();
    }
  }
}

/** Column by column from the last: N below the diagonal -= M₂₂·L₂₁, then the division by lⱼⱼ; strides in BYTES. */
function adjointBlock<T>(n: i32, l: usize, lr: usize, lc: usize, m: usize, ld: usize): void {
  for (let j = n - 1; j >= 0; j--) {
    const column = l + <usize>j * lc;
    const d = load<T>(column + <usize>j * lr);
    const mj = m + <usize>j * ld;
    let s = load<T>(mj + bytes<T>(j));
    for (let i = j + 1; i < n; i++) {
      const mi = m + <usize>i * ld;
      let t = load<T>(mi + bytes<T>(j));
      let lk = column + <usize>(j + 1) * lr;
      for (let k = j + 1; k < n; k++) {
        t -= load<T>(mi + bytes<T>(k)) * load<T>(lk);
        lk += lr;
      }
      t = <T>(t / d);
      store<T>(mj + bytes<T>(i), t);
      s -= t * load<T>(column + <usize>i * lr);
    }
    store<T>(mj + bytes<T>(j), <T>(s / d));
    for (let i = j + 1; i < n; i++) store<T>(m + <usize>i * ld + bytes<T>(j), load<T>(mj + bytes<T>(i)));
  }
}
