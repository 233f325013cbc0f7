// AssemblyScript. Bratu's problem and the minimal surface by hand, on m × m grids, m even.
import { add, bc, div, exp, hs, ld, mad, mul, st, sub } from "./math";

export function bratu_f(m: i32, h: f64, lambda: f64, u: usize): f64 {
  const row = <usize>m << 3;
  let s = bc(0);
  let e = bc(0);
  let rest = 0.0;
  for (let i = 0; i < m; i++, u += row) {
    const last = i + 1 == m;
    for (let p = u; p < u + row; p += 16) {
      const a = ld(p);
      e = add(e, exp(a));
      if (!last) {
        const d = sub(ld(p + row), a);
        s = mad(s, d, d);
      }
      if (p + 16 < u + row) {
        const d = sub(ld(p + 8), a);
        s = mad(s, d, d);
      } else {
        const d = load<f64>(p + 8) - load<f64>(p);
        rest += d * d;
      }
    }
  }
  return 0.5 * (hs(s) + rest) - lambda * h * h * hs(e);
}

/** One element of a row's ends: 4 - missing neighbours times itself, minus its neighbours. */
// @ts-ignore: decorator
@inline function corner(p: usize, up: usize, down: usize, beside: usize): f64 {
  const c = load<f64>(p);
  return c + c + (c - load<f64>(up)) + (c - load<f64>(down)) - c - load<f64>(beside);
}

export function bratu_g(m: i32, h: f64, lambda: f64, u: usize, o: usize): void {
  const row = <usize>m << 3;
  const L = lambda * h * h;
  for (let i = 0; i < m; i++, u += row, o += row) {
    const up: usize = i > 0 ? row : 0;
    const down: usize = i + 1 < m ? row : 0;
    let k: usize = 8;
    // The last step overlaps the one before: m - 2 is even, so it does not.
    for (; k < row - 8; k += 16) {
      const p = u + k;
      const c = ld(p);
      const near = add(add(ld(p - 8), ld(p + 8)), add(ld(p - up), ld(p + down)));
      st(o + k, sub(sub(mul(bc(4), c), near), mul(bc(L), exp(c))));
    }
    const ends = exp(f64x2.replace_lane(v128.load64_splat(u), 1, load<f64>(u + row - 8)));
    store<f64>(o, corner(u, u - up, u + down, u + 8) - L * f64x2.extract_lane(ends, 0));
    const z = u + row - 8;
    store<f64>(o + row - 8, corner(z, z - up, z + down, z - 8) - L * f64x2.extract_lane(ends, 1));
  }
}
export function bratu_h(m: i32, h: f64, lambda: f64, u: usize, v: usize, o: usize): void {
  const row = <usize>m << 3;
  const L = lambda * h * h;
  for (let i = 0; i < m; i++, u += row, v += row, o += row) {
    const up: usize = i > 0 ? row : 0;
    const down: usize = i + 1 < m ? row : 0;
    let k: usize = 8;
    for (; k < row - 8; k += 16) {
      const p = v + k;
      const c = ld(p);
      const near = add(add(ld(p - 8), ld(p + 8)), add(ld(p - up), ld(p + down)));
      st(o + k, sub(sub(mul(bc(4), c), near), mul(mul(bc(L), exp(ld(u + k))), c)));
    }
    const ends = exp(f64x2.replace_lane(v128.load64_splat(u), 1, load<f64>(u + row - 8)));
    store<f64>(o, corner(v, v - up, v + down, v + 8) - L * f64x2.extract_lane(ends, 0) * load<f64>(v));
    const z = v + row - 8;
    store<f64>(o + row - 8, corner(z, z - up, z + down, z - 8) - L * f64x2.extract_lane(ends, 1) * load<f64>(z));
  }
}

/** Σ over the cells; the last cell of a row alone, since there are m - 1 of them. */
export function minsurf_f(m: i32, h: f64, _work: usize, u: usize): f64 {
  const row = <usize>m << 3;
  const inverse = bc(1 / h);
  let s = bc(0);
  let rest = 0.0;
  for (let i = 0; i < m - 1; i++, u += row) {
    for (let p = u; p < u + row - 16; p += 16) {
      const c = ld(p);
      const a = mul(sub(ld(p + row), c), inverse);
      const b = mul(sub(ld(p + 8), c), inverse);
      s = add(s, f64x2.sqrt(mad(mad(bc(1), a, a), b, b)));
    }
    const p = u + row - 16;
    const a = (load<f64>(p + row) - load<f64>(p)) / h;
    const b = (load<f64>(p + 8) - load<f64>(p)) / h;
    rest += sqrt(1 + a * a + b * b);
  }
  return h * h * (hs(s) + rest);
}

// Fluxes of one row of cells at a time: `work` holds those of this row and the row above in the first direction, and
// those in the second one, each in m + 4 numbers, the first two and the last two of which are 0.
// @ts-ignore: decorator
@inline function gather(m: i32, h: f64, above: usize, here: usize, beside: usize, o: usize): void {
  for (let k: usize = 0; k < <usize>m << 3; k += 16) {
    const flow = sub(sub(add(ld(above + k), ld(beside + k - 8)), ld(here + k)), ld(beside + k));
    st(o + k, mul(bc(h), flow));
  }
}
export function minsurf_g(m: i32, h: f64, work: usize, u: usize, o: usize): void {
  const row = <usize>m << 3;
  const inverse = bc(1 / h);
  memory.fill(work, 0, 3 * (row + 32));
  let here = work + 16;
  let above = here + row + 32;
  const beside = above + row + 32;
  for (let i = 0; i < m; i++, u += row, o += row) {
    if (i < m - 1) {
      for (let k: usize = 0; k < row; k += 16) {
        const p = u + k;
        const c = ld(p);
        const a = mul(sub(ld(p + row), c), inverse);
        const b = mul(sub(ld(p + 8), c), inverse);
        const w = div(bc(1), f64x2.sqrt(mad(mad(bc(1), a, a), b, b)));
        st(here + k, mul(a, w));
        st(beside + k, mul(b, w));
      }
      store<f64>(here + row - 8, 0); // the last column has no cell
      store<f64>(beside + row - 8, 0);
    } else {
      memory.fill(here, 0, row);
      memory.fill(beside, 0, row);
    }
    gather(m, h, above, here, beside, o);
    const t = here;
    here = above;
    above = t;
  }
}
export function minsurf_h(m: i32, h: f64, work: usize, u: usize, v: usize, o: usize): void {
  const row = <usize>m << 3;
  const inverse = bc(1 / h);
  memory.fill(work, 0, 3 * (row + 32));
  let here = work + 16;
  let above = here + row + 32;
  const beside = above + row + 32;
  for (let i = 0; i < m; i++, u += row, v += row, o += row) {
    if (i < m - 1) {
      for (let k: usize = 0; k < row; k += 16) {
        const p = u + k;
        const q = v + k;
        const c = ld(p);
        const d = ld(q);
        const a = mul(sub(ld(p + row), c), inverse);
        const b = mul(sub(ld(p + 8), c), inverse);
        const da = mul(sub(ld(q + row), d), inverse);
        const db = mul(sub(ld(q + 8), d), inverse);
        const w2 = div(bc(1), mad(mad(bc(1), a, a), b, b));
        const w = f64x2.sqrt(w2);
        const t = mul(mad(mul(a, da), b, db), w2);
        st(here + k, mul(w, sub(da, mul(a, t))));
        st(beside + k, mul(w, sub(db, mul(b, t))));
      }
      store<f64>(here + row - 8, 0);
      store<f64>(beside + row - 8, 0);
    } else {
      memory.fill(here, 0, row);
      memory.fill(beside, 0, row);
    }
    gather(m, h, above, here, beside, o);
    const t = here;
    here = above;
    above = t;
  }
}
