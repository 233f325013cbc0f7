// The window family of kernels: convolutions, and the last writer of each row. A family of its own, since few
// programs need it. Each algorithm is one function in its own file under window/, where its contract is stated; here
// are its instances.

import { CONV_WORKSPACE, conv } from "./window/conv";
import { lastWriter } from "./window/writer";

/** Bytes of scratch that the convolutions need, aligned to 16. */
export function conv_workspace(): i32 {
  return CONV_WORKSPACE;
}

export function conv_f64(
  n: i32, c: i32, h: i32, w: i32, o: i32, kh: i32, kw: i32, oh: i32, ow: i32,
  sh: i32, sw: i32, ph: i32, pw: i32, lh: i32, lw: i32, rh: i32, rw: i32,
  x: usize, xns: i32, xcs: i32, xhs: i32, xws: i32, f: usize, fos: i32, fcs: i32, fhs: i32, fws: i32, y: usize, ws: usize,
): void {
  conv<f64>(n, c, h, w, o, kh, kw, oh, ow, sh, sw, ph, pw, lh, lw, rh, rw, x, xns, xcs, xhs, xws, f, fos, fcs, fhs, fws, y, ws);
}

export function conv_f32(
  n: i32, c: i32, h: i32, w: i32, o: i32, kh: i32, kw: i32, oh: i32, ow: i32,
  sh: i32, sw: i32, ph: i32, pw: i32, lh: i32, lw: i32, rh: i32, rw: i32,
  x: usize, xns: i32, xcs: i32, xhs: i32, xws: i32, f: usize, fos: i32, fcs: i32, fhs: i32, fws: i32, y: usize, ws: usize,
): void {
  conv<f32>(n, c, h, w, o, kh, kw, oh, ow, sh, sw, ph, pw, lh, lw, rh, rw, x, xns, xcs, xhs, xws, f, fos, fcs, fhs, fws, y, ws);
}

export function last_writer(count: i32, idx: usize, out: usize, rows: i32): void {
  lastWriter(count, idx, out, rows);
}
