// Convolution (correlation) in two dimensions, batched, with strides, padding and dilation of either operand: the
// value and both transposes of conv1d and conv2d are instances of it.
//
//   y[n, o, i, j] = Σ_{c, k, l} w[o, c, k, l] · x̂[n, c, i·sh + k·rh - ph, j·sw + l·rw - pw]
//
// where x̂ is x with lh - 1 (lw - 1) zeros between neighbouring rows (columns) and zeros outside. x is N × C × H × W,
// w is O × C × KH × KW, both with any strides in ELEMENTS (any sign); y is N × O × OH × OW, contiguous. ph and pw may
// be negative. Extents are at least 1. y overlaps nothing; `ws` is CONV_WORKSPACE bytes of scratch, aligned to 16.
//
// An image row is copied once into rows with their zeros, per phase of the stride, so that every tap (c, k, l) reads
// a run of consecutive elements, whose places are in a table; the taps then run through register tiles as the steps
// of a matrix product do.
//
// The zeros are no terms of the sum: weights that are not finite take the way of skipping.ts. An x that is not finite
// meets no zeros but those that pad w to whole tiles, whose results are dropped.
//
// Order of summation: taps (c, k, l) in row-major order, in chunks of at most TAPS, each summed from zero.

import { bytes, lanes } from "../linalg/vector";
import { convSkipping, hasNonFinite } from "./skipping";
import { tile1, tile4 } from "./tile";

/** Steps of one chunk, rows of w packed at a time, elements of the copied rows. */
const TAPS: i32 = 256;
const ROWS: i32 = 64;
const BUFFER: i32 = 16384;
/** Columns at a time. */
const WIDE: i32 = 256;

/** The workspace: packed w, copied rows, the table, a tile set aside; sized for f64. */
const WS_X: usize = <usize>(TAPS * ROWS * 8);
const WS_TABLE: usize = WS_X + <usize>(BUFFER * 8);
const WS_ASIDE: usize = WS_TABLE + <usize>(TAPS * 4);
export const CONV_WORKSPACE: i32 = <i32>WS_ASIDE + 128;

/**
 * Copies `count` elements from positions at, at + step, … of a row of `extent` elements `xs` bytes apart that is
 * spread with
 * `dilation` - 1 zeros between neighbours: zeros beside and between. */
function copyRow<T>(count: i32, at: i32, step: i32, dilation: i32, extent: i32, x: usize, xs: usize, to: usize): void {
  const length = (extent - 1) * dilation + 1;
  // Positions at + i·step within the row: from <= i < end.
  const from = min(count, at >= 0 ? 0 : (step - 1 - at) / step);
  const end = max(from, min(count, at >= length ? 0 : (length - 1 - at) / step + 1));
  for (let i = 0; i < from; i++) store<T>(to + bytes<T>(i), <T>0);
  for (let i = end; i < count; i++) store<T>(to + bytes<T>(i), <T>0);
  if (from == end) return;
  to += bytes<T>(from);
  at += from * step;
  let n = end - from;
  if (dilation == 1) {
    let p = x + <usize>at * xs;
    const by = <usize>step * xs;
    if (by == sizeof<T>()) {
      // Rows are short: a loop is faster than memory.copy.
      for (; n >= lanes<T>(); n -= lanes<T>()) {
        v128.store(to, v128.load(p));
        p += 16;
        to += 16;
      }
    }
    for (; n > 0; n--) {
      store<T>(to, load<T>(p));
      p += by;
      to += sizeof<T>();
    }
    return;
  }
  let p = x + <usize>(at / dilation) * xs;
  let phase = at % dilation;
  const whole = <usize>(step / dilation) * xs;
  const rest = step % dilation;
  for (; n > 0; n--) {
    store<T>(to, phase == 0 ? load<T>(p) : <T>0);
    to += sizeof<T>();
    p += whole;
    phase += rest;
    if (phase >= dilation) {
      phase -= dilation;
      p += xs;
    }
  }
}

/** Packs rows of w for the taps of a chunk: four rows side by side, or the only one; rows past the last are zeros. */
function packRows<T>(
  mc: i32, rows: i32, row0: i32, taps: i32,
  w: usize, wo: usize, wc: usize, wk: usize, wl: usize, kh: i32, group: i32, to: usize,
): void {
  for (let i = 0; i < mc; i += group) {
    for (let r = row0; r < row0 + rows; r++) {
      let p = w + <usize>(r / kh) * wc + <usize>(r % kh) * wk;
      for (let l = 0; l < taps; l++) {
        let q = p;
        for (let g = 0; g < group; g++) {
          store<T>(to, i + g < mc ? load<T>(q) : <T>0);
          q += wo;
          to += sizeof<T>();
        }
        p += wl;
      }
    }
    w += <usize>group * wo;
  }
}

/** Moves the first mr × nr elements of a tile computed aside (rows `step` bytes apart) to C. */
function spill<T>(mr: i32, nr: i32, t: usize, step: usize, c: usize, cr: usize, add: i32): void {
  for (let i = 0; i < mr; i++) {
    for (let j = 0; j < nr; j++) {
      const x = load<T>(t + bytes<T>(j));
      const to = c + bytes<T>(j);
      store<T>(to, add ? <T>(load<T>(to) + x) : x);
    }
    c += cr;
    t += step;
  }
}

export function conv<T>(
  n: i32, c: i32, h: i32, w: i32, o: i32, kh: i32, kw: i32, oh: i32, ow: i32,
  sh: i32, sw: i32, ph: i32, pw: i32, lh: i32, lw: i32, rh: i32, rw: i32,
  x: usize, xns: i32, xcs: i32, xhs: i32, xws: i32,
  f: usize, fos: i32, fcs: i32, fhs: i32, fws: i32,
  y: usize, ws: usize,
): void {
  if (hasNonFinite<T>(o, c, kh, kw, f, fos, fcs, fhs, fws))
    return convSkipping<T>(
      n, c, h, w, o, kh, kw, oh, ow, sh, sw, ph, pw, lh, lw, rh, rw, x, xns, xcs, xhs, xws, f, fos, fcs, fhs, fws, y,
    );
  const buffer = ws + WS_X;
  const table = ws + WS_TABLE;
  const aside = ws + WS_ASIDE;
  // One row of w has tiles of its own; else four at a time.
  const group = o == 1 ? 1 : 4;
  const width = (o == 1 ? 4 : 2) * lanes<T>();
  let wide = min(ow, WIDE);
  let block = min(kw, TAPS);
  let slots = 0;
  let length = 0;
  for (;;) {
    // Taps of one phase share a copy of the row, unless there are more phases than taps.
    slots = min(sw, block);
    const reach = sw <= block ? ((block - 1) * rw) / sw : 0;
    length = reach + ((wide + width - 1) / width) * width;
    if (slots * length <= BUFFER || (wide == 1 && block == 1)) break;
    if (block > 1 && (slots > 1 || reach > wide)) block = (block + 1) / 2;
    else wide = (wide + 1) / 2;
  }
  const step = slots * length;
  const perChunk = max(1, min(TAPS / block, BUFFER / step));
  const dilatedH = (h - 1) * lh + 1;
  const channel = bytes<T>(oh * ow);
  const all = c * kh;
  for (let row0 = 0; row0 < all; row0 += perChunk) {
    const rows = min(perChunk, all - row0);
    for (let l0 = 0; l0 < kw; l0 += block) {
      const taps = min(block, kw - l0);
      const steps = rows * taps;
      const add = i32(row0 > 0) | i32(l0 > 0);
      const shared = slots == sw;
      for (let r = 0, t = table; r < rows; r++) {
        for (let l = 0; l < taps; l++, t += 4) {
          const at = l * rw;
          store<i32>(t, <i32>bytes<T>(r * step + (shared ? (at % sw) * length + at / sw : l * length)));
        }
      }
      for (let ic = 0; ic < o; ic += ROWS) {
        const mc = min(ROWS, o - ic);
        const from = f + bytes<T>(ic * fos) + bytes<T>(l0 * fws);
        packRows<T>(
          mc, rows, row0, taps, from, bytes<T>(fos), bytes<T>(fcs), bytes<T>(fhs), bytes<T>(fws), kh, group, ws,
        );
        for (let b = 0; b < n; b++) {
          const image = x + bytes<T>(b * xns);
          const out = y + <usize>(b * o + ic) * channel;
          for (let i = 0; i < oh; i++) {
            for (let j = 0; j < ow; j += wide) {
              const nc = min(wide, ow - j);
              for (let r = 0; r < rows; r++) {
                const k = row0 + r;
                const at = i * sh + (k % kh) * rh - ph;
                const inside = at >= 0 && at < dilatedH && at % lh == 0;
                const row = image + bytes<T>((k / kh) * xcs) + (inside ? bytes<T>((at / lh) * xhs) : 0);
                let to = buffer + bytes<T>(r * step);
                for (let s = 0; s < slots; s++) {
                  if (!inside) memory.fill(to, 0, bytes<T>(length));
                  else
                    copyRow<T>(
                      length, j * sw + l0 * rw - pw + (shared ? s : s * rw), sw, lw, w, row, bytes<T>(xws), to,
                    );
                  to += bytes<T>(length);
                }
              }
              tiles<T>(mc, nc, steps, group, width, ws, buffer, table, out + bytes<T>(i * ow + j), channel, add, aside);
            }
          }
        }
      }
    }
  }
}

/** All tiles of a run of columns. */
function tiles<T>(
  mc: i32, nc: i32, steps: i32, group: i32, width: i32, a: usize, b: usize, table: usize, c: usize, cr: usize,
  add: i32, aside: usize,
): void {
  for (let i = 0; i < mc; i += group) {
    const mr = min(group, mc - i);
    for (let j = 0; j < nc; j += width) {
      const nr = min(width, nc - j);
      const whole = mr == group && nr == width;
      const to = whole ? c + bytes<T>(j) : aside;
      const plus = whole ? add : 0;
      if (group == 1) tile1<T>(steps, a, b + bytes<T>(j), table, to, plus);
      else tile4<T>(steps, a, b + bytes<T>(j), table, to, whole ? cr : 32, plus);
      if (!whole) spill<T>(mr, nr, aside, 32, c + bytes<T>(j), cr, add);
    }
    a += bytes<T>(group * steps);
    c += <usize>group * cr;
  }
}
