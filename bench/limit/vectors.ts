// AssemblyScript. sum(sin(x)) and the chained Rosenbrock function, by hand.
import { add, bc, cos, hs, ld, mad, mul, sin, st, sub } from "./math";

export function sinsum_f(n: i32, x: usize): f64 {
  let s = bc(0);
  let t = bc(0);
  const end = x + (<usize>(n & ~3) << 3);
  for (; x < end; x += 32) {
    s = add(s, sin(ld(x)));
    t = add(t, sin(ld(x + 16)));
  }
  return hs(add(s, t));
}
export function sinsum_g(n: i32, x: usize, o: usize): void {
  const end = x + (<usize>n << 3);
  for (; x < end; x += 16, o += 16) st(o, cos(ld(x)));
}
export function sinsum_h(n: i32, x: usize, v: usize, o: usize): void {
  const end = x + (<usize>n << 3);
  for (; x < end; x += 16, v += 16, o += 16) st(o, mul(f64x2.neg(sin(ld(x))), ld(v)));
}

export function rosen_f(n: i32, x: usize): f64 {
  let s = bc(0);
  let t = bc(0);
  let i = 0;
  for (; i + 4 < n; i += 4, x += 32) {
    const a = ld(x);
    const b = ld(x + 16);
    const p = sub(ld(x + 8), mul(a, a));
    const q = sub(ld(x + 24), mul(b, b));
    const c = sub(bc(1), a);
    const d = sub(bc(1), b);
    s = add(s, mad(mul(mul(bc(100), p), p), c, c));
    t = add(t, mad(mul(mul(bc(100), q), q), d, d));
  }
  let sum = hs(add(s, t));
  for (; i < n - 1; i++, x += 8) {
    const a = load<f64>(x);
    const p = load<f64>(x + 8) - a * a;
    sum += 100 * p * p + (1 - a) * (1 - a);
  }
  return sum;
}
export function rosen_g(n: i32, x: usize, o: usize): void {
  const a = load<f64>(x);
  store<f64>(o, -400 * a * (load<f64>(x + 8) - a * a) - 2 * (1 - a));
  let i = 1;
  x += 8;
  o += 8;
  for (; i + 2 < n; i += 2, x += 16, o += 16) {
    const b = ld(x);
    const p = ld(x - 8);
    const t = sub(ld(x + 8), mul(b, b));
    st(o, mad(sub(mul(mul(bc(-400), b), t), mul(bc(2), sub(bc(1), b))), bc(200), sub(b, mul(p, p))));
  }
  for (; i < n - 1; i++, x += 8, o += 8) {
    const b = load<f64>(x);
    const p = load<f64>(x - 8);
    store<f64>(o, -400 * b * (load<f64>(x + 8) - b * b) - 2 * (1 - b) + 200 * (b - p * p));
  }
  const p = load<f64>(x - 8);
  store<f64>(o, 200 * (load<f64>(x) - p * p));
}
export function rosen_h(n: i32, x: usize, v: usize, o: usize): void {
  const a = load<f64>(x);
  const da = load<f64>(v);
  store<f64>(o, -400 * (da * (load<f64>(x + 8) - a * a) + a * (load<f64>(v + 8) - 2 * a * da)) + 2 * da);
  let i = 1;
  x += 8;
  v += 8;
  o += 8;
  for (; i + 2 < n; i += 2, x += 16, v += 16, o += 16) {
    const a = ld(x);
    const w = ld(v);
    // t w + a (w₊ - 2 a w) = x₊ w + a w₊ - 3 a² w
    const inner = sub(mad(mul(ld(x + 8), w), a, ld(v + 8)), mul(mul(bc(3), a), mul(a, w)));
    st(o, sub(mul(bc(202), w), mul(bc(400), mad(inner, ld(x - 8), ld(v - 8)))));
  }
  for (; i < n - 1; i++, x += 8, v += 8, o += 8) {
    const a = load<f64>(x);
    const w = load<f64>(v);
    const inner = load<f64>(x + 8) * w + a * load<f64>(v + 8) - 3 * a * a * w;
    store<f64>(o, 202 * w - 400 * (inner + load<f64>(x - 8) * load<f64>(v - 8)));
  }
  store<f64>(o, 200 * (load<f64>(v) - 2 * load<f64>(x - 8) * load<f64>(v - 8)));
}
