// AssemblyScript. Lennard-Jones by hand: coordinates in arrays of their own, every pair once, two partners at a time.
// The arrays have room for two particles more, which are far away. `work`: nine arrays of N + 2, positions,
// directions, results.
import { add, bc, div, hs, ld, mad, mul, st, sub } from "./math";

// @ts-ignore: decorator
@inline function split(N: i32, x: usize, to: usize, size: usize): void {
  for (let i: usize = 0; i < <usize>N << 3; i += 8, x += 24) {
    store<f64>(to + i, load<f64>(x));
    store<f64>(to + size + i, load<f64>(x + 8));
    store<f64>(to + 2 * size + i, load<f64>(x + 16));
  }
}
// @ts-ignore: decorator
@inline function join(N: i32, from: usize, size: usize, o: usize): void {
  for (let i: usize = 0; i < <usize>N << 3; i += 8, o += 24) {
    store<f64>(o, load<f64>(from + i));
    store<f64>(o + 8, load<f64>(from + size + i));
    store<f64>(o + 16, load<f64>(from + 2 * size + i));
  }
}
// @ts-ignore: decorator
@inline function farAway(N: i32, P: usize, size: usize): void {
  for (let c: usize = 0; c < 3; c++) st(P + c * size + (<usize>N << 3), bc(1e10));
}
// @ts-ignore: decorator
@inline function bump(at: usize, t: v128): void {
  store<f64>(at, load<f64>(at) + hs(t));
}

export function lj_f(N: i32, P: usize, x: usize): f64 {
  const size = <usize>(N + 2) << 3;
  split(N, x, P, size);
  farAway(N, P, size);
  let s = bc(0);
  const end = P + (<usize>N << 3);
  for (let i = P; i < end; i += 8) {
    const a = v128.load64_splat(i);
    const b = v128.load64_splat(i + size);
    const c = v128.load64_splat(i + 2 * size);
    for (let j = i + 8; j < end; j += 16) {
      const dx = sub(a, ld(j));
      const dy = sub(b, ld(j + size));
      const dz = sub(c, ld(j + 2 * size));
      const u = div(bc(1), mad(mad(mul(dx, dx), dy, dy), dz, dz));
      const w = mul(mul(u, u), u);
      s = add(s, sub(mul(w, w), w));
    }
  }
  return 4 * hs(s);
}
export function lj_g(N: i32, P: usize, x: usize, o: usize): void {
  const size = <usize>(N + 2) << 3;
  split(N, x, P, size);
  farAway(N, P, size);
  const F: usize = 6 * size; // from a position to the result of the same particle
  memory.fill(P + F, 0, 3 * size);
  const end = P + (<usize>N << 3);
  for (let i = P; i < end; i += 8) {
    const a = v128.load64_splat(i);
    const b = v128.load64_splat(i + size);
    const c = v128.load64_splat(i + 2 * size);
    let f = bc(0);
    let g = bc(0);
    let h = bc(0);
    for (let j = i + 8; j < end; j += 16) {
      let dx = sub(a, ld(j));
      let dy = sub(b, ld(j + size));
      let dz = sub(c, ld(j + 2 * size));
      const u = div(bc(1), mad(mad(mul(dx, dx), dy, dy), dz, dz));
      const w = mul(mul(u, u), u);
      const k = mul(mul(u, w), sub(bc(24), mul(bc(48), w)));
      dx = mul(dx, k);
      dy = mul(dy, k);
      dz = mul(dz, k);
      f = add(f, dx);
      g = add(g, dy);
      h = add(h, dz);
      const q = j + F;
      st(q, sub(ld(q), dx));
      st(q + size, sub(ld(q + size), dy));
      st(q + 2 * size, sub(ld(q + 2 * size), dz));
    }
    bump(i + F, f);
    bump(i + F + size, g);
    bump(i + F + 2 * size, h);
  }
  join(N, P + F, size, o);
}
export function lj_h(N: i32, P: usize, x: usize, v: usize, o: usize): void {
  const size = <usize>(N + 2) << 3;
  const Q: usize = 3 * size; // from a position to the direction of the same particle
  const F: usize = 6 * size;
  split(N, x, P, size);
  farAway(N, P, size);
  split(N, v, P + Q, size);
  memory.fill(P + F, 0, 3 * size);
  const end = P + (<usize>N << 3);
  for (let i = P; i < end; i += 8) {
    const a = v128.load64_splat(i);
    const b = v128.load64_splat(i + size);
    const c = v128.load64_splat(i + 2 * size);
    const va = v128.load64_splat(i + Q);
    const vb = v128.load64_splat(i + Q + size);
    const vc = v128.load64_splat(i + Q + 2 * size);
    let f = bc(0);
    let g = bc(0);
    let h = bc(0);
    for (let j = i + 8; j < end; j += 16) {
      const dx = sub(a, ld(j));
      const dy = sub(b, ld(j + size));
      const dz = sub(c, ld(j + 2 * size));
      const p = j + Q;
      const ex = sub(va, ld(p));
      const ey = sub(vb, ld(p + size));
      const ez = sub(vc, ld(p + 2 * size));
      const u = div(bc(1), mad(mad(mul(dx, dx), dy, dy), dz, dz));
      const w = mul(mul(u, u), u);
      const uw = mul(u, w);
      const k = mul(uw, sub(bc(24), mul(bc(48), w)));
      const along = mad(mad(mul(dx, ex), dy, ey), dz, ez);
      const q = mul(mul(mul(u, uw), sub(mul(bc(672), w), bc(192))), along);
      const hx = mad(mul(k, ex), q, dx);
      const hy = mad(mul(k, ey), q, dy);
      const hz = mad(mul(k, ez), q, dz);
      f = add(f, hx);
      g = add(g, hy);
      h = add(h, hz);
      const r = j + F;
      st(r, sub(ld(r), hx));
      st(r + size, sub(ld(r + size), hy));
      st(r + 2 * size, sub(ld(r + 2 * size), hz));
    }
    bump(i + F, f);
    bump(i + F + size, g);
    bump(i + F + 2 * size, h);
  }
  join(N, P + F, size, o);
}
