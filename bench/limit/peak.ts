// AssemblyScript. The peak that the matrix product is held against: one product and one sum of vectors after the
// other, in twelve chains so that no result is waited for, without memory.

// @ts-ignore: decorator
@inline
function chains<T>(n: i32, c: T, d: T): T {
  const vc = v128.splat<T>(c);
  const vd = v128.splat<T>(d);
  let a0 = v128.splat<T>(<T>0);
  let a1 = v128.splat<T>(<T>1);
  let a2 = v128.splat<T>(<T>2);
  let a3 = v128.splat<T>(<T>3);
  let a4 = v128.splat<T>(<T>4);
  let a5 = v128.splat<T>(<T>5);
  let a6 = v128.splat<T>(<T>6);
  let a7 = v128.splat<T>(<T>7);
  let a8 = v128.splat<T>(<T>8);
  let a9 = v128.splat<T>(<T>9);
  let a10 = v128.splat<T>(<T>10);
  let a11 = v128.splat<T>(<T>11);
  for (let i = 0; i < n; i++) {
    a0 = v128.add<T>(v128.mul<T>(a0, vc), vd);
    a1 = v128.add<T>(v128.mul<T>(a1, vc), vd);
    a2 = v128.add<T>(v128.mul<T>(a2, vc), vd);
    a3 = v128.add<T>(v128.mul<T>(a3, vc), vd);
    a4 = v128.add<T>(v128.mul<T>(a4, vc), vd);
    a5 = v128.add<T>(v128.mul<T>(a5, vc), vd);
    a6 = v128.add<T>(v128.mul<T>(a6, vc), vd);
    a7 = v128.add<T>(v128.mul<T>(a7, vc), vd);
    a8 = v128.add<T>(v128.mul<T>(a8, vc), vd);
    a9 = v128.add<T>(v128.mul<T>(a9, vc), vd);
    a10 = v128.add<T>(v128.mul<T>(a10, vc), vd);
    a11 = v128.add<T>(v128.mul<T>(a11, vc), vd);
  }
  a0 = v128.add<T>(a0, a1);
  a0 = v128.add<T>(a0, a2);
  a0 = v128.add<T>(a0, a3);
  a0 = v128.add<T>(a0, a4);
  a0 = v128.add<T>(a0, a5);
  a0 = v128.add<T>(a0, a6);
  a0 = v128.add<T>(a0, a7);
  a0 = v128.add<T>(a0, a8);
  a0 = v128.add<T>(a0, a9);
  a0 = v128.add<T>(a0, a10);
  a0 = v128.add<T>(a0, a11);
  return v128.extract_lane<T>(a0, 0);
}
/** n rounds of twelve vector products and sums. */
export function peak_f64(n: i32, c: f64, d: f64): f64 { return chains<f64>(n, c, d); }
export function peak_f32(n: i32, c: f32, d: f32): f32 { return chains<f32>(n, c, d); }
