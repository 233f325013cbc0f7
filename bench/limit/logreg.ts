// AssemblyScript. Logistic regression by hand: one pass over X, four rows at a time. The number of rows is a multiple
// of 4, that of columns even.
import { add, bc, div, exp, hs, ld, log1p, mad, mul, pair, st } from "./math";

const REGULARIZATION: f64 = 1e-3;

/** The products of four rows with w, as two vectors at z. */
// @ts-ignore: decorator
@inline function dots(row: usize, stride: usize, w: usize, z: usize): void {
  let a = bc(0);
  let b = bc(0);
  let c = bc(0);
  let d = bc(0);
  for (const end = w + stride; w < end; w += 16, row += 16) {
    const t = ld(w);
    a = mad(a, ld(row), t);
    b = mad(b, ld(row + stride), t);
    c = mad(c, ld(row + 2 * stride), t);
    d = mad(d, ld(row + 3 * stride), t);
  }
  st(z, pair(a, b));
  st(z + 16, pair(c, d));
}
/** o += the four rows, weighted with the numbers at z. */
// @ts-ignore: decorator
@inline function addRows(row: usize, stride: usize, z: usize, o: usize): void {
  const a = v128.load64_splat(z);
  const b = v128.load64_splat(z + 8);
  const c = v128.load64_splat(z + 16);
  const d = v128.load64_splat(z + 24);
  for (const end = o + stride; o < end; o += 16, row += 16) {
    const left = mad(mad(ld(o), ld(row), a), ld(row + stride), b);
    st(o, add(left, mad(mul(ld(row + 2 * stride), c), ld(row + 3 * stride), d)));
  }
}
// @ts-ignore: decorator
@inline function start(columns: i32, w: usize, o: usize): void {
  for (const end = w + (<usize>columns << 3); w < end; w += 16, o += 16) st(o, mul(bc(REGULARIZATION), ld(w)));
}

export function logreg_f(rows: i32, columns: i32, X: usize, y: usize, work: usize, w: usize): f64 {
  const stride = <usize>columns << 3;
  let s = bc(0);
  for (let i = 0; i < rows; i += 4, X += 4 * stride, y += 32) {
    dots(X, stride, w, work);
    for (let k: usize = 0; k < 32; k += 16) {
      const m = f64x2.neg(mul(ld(y + k), ld(work + k)));
      s = add(s, add(f64x2.pmax(m, bc(0)), log1p(exp(f64x2.neg(f64x2.abs(m))))));
    }
  }
  let q = bc(0);
  for (const end = w + stride; w < end; w += 16) q = mad(q, ld(w), ld(w));
  return hs(s) / rows + 0.5 * REGULARIZATION * hs(q);
}
export function logreg_g(rows: i32, columns: i32, X: usize, y: usize, work: usize, w: usize, o: usize): void {
  const stride = <usize>columns << 3;
  const scale = bc(-1.0 / rows);
  start(columns, w, o);
  for (let i = 0; i < rows; i += 4, X += 4 * stride, y += 32) {
    dots(X, stride, w, work);
    for (let k: usize = 0; k < 32; k += 16) {
      const t = ld(y + k);
      st(work + k, div(mul(t, scale), add(bc(1), exp(mul(t, ld(work + k))))));
    }
    addRows(X, stride, work, o);
  }
}
export function logreg_h(rows: i32, columns: i32, X: usize, y: usize, work: usize, w: usize, v: usize, o: usize): void {
  const stride = <usize>columns << 3;
  const scale = bc(1.0 / rows);
  start(columns, v, o);
  for (let i = 0; i < rows; i += 4, X += 4 * stride) {
    dots(X, stride, w, work);
    dots(X, stride, v, work + 32);
    for (let k: usize = 0; k < 32; k += 16) {
      const e = exp(f64x2.neg(f64x2.abs(ld(work + k))));
      const q = add(bc(1), e);
      st(work + k, mul(mul(div(e, mul(q, q)), scale), ld(work + 32 + k)));
    }
    addRows(X, stride, work, o);
  }
}
