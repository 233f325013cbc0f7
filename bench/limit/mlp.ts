// AssemblyScript. The perceptron by hand: register-tiled products of 4 rows × 2 vectors (× 1 for the narrow output
// layer), the activations and softmax between them. B, H and I are multiples of 4; OP is O rounded up to an even
// number.
import { add, bc, div, exp, hs, ld, mad, mul, st, sub, tanh } from "./math";

/**
 * C (+)= A B for 4 rows × 4 columns at a time; element (i, k) of A is at A + i si + k sk, rows of B and C are sb and
 * sc bytes apart.
 */
// @ts-ignore: decorator
@inline
function wide(
  M: usize, N: usize, K: usize, A: usize, si: usize, sk: usize, B: usize, sb: usize, C: usize, sc: usize, keep: bool,
): void {
  for (let j: usize = 0; j < N << 3; j += 32)
    for (let i: usize = 0; i < M; i += 4) {
      const to = C + i * sc + j;
      let a = A + i * si;
      let b = B + j;
      let c00 = keep ? ld(to) : bc(0);
      let c01 = keep ? ld(to + 16) : bc(0);
      let c10 = keep ? ld(to + sc) : bc(0);
      let c11 = keep ? ld(to + sc + 16) : bc(0);
      let c20 = keep ? ld(to + 2 * sc) : bc(0);
      let c21 = keep ? ld(to + 2 * sc + 16) : bc(0);
      let c30 = keep ? ld(to + 3 * sc) : bc(0);
      let c31 = keep ? ld(to + 3 * sc + 16) : bc(0);
      for (let k: usize = 0; k < K; k++, a += sk, b += sb) {
        const b0 = ld(b);
        const b1 = ld(b + 16);
        const a0 = v128.load64_splat(a);
        c00 = mad(c00, a0, b0);
        c01 = mad(c01, a0, b1);
        const a1 = v128.load64_splat(a + si);
        c10 = mad(c10, a1, b0);
        c11 = mad(c11, a1, b1);
        const a2 = v128.load64_splat(a + 2 * si);
        c20 = mad(c20, a2, b0);
        c21 = mad(c21, a2, b1);
        const a3 = v128.load64_splat(a + 3 * si);
        c30 = mad(c30, a3, b0);
        c31 = mad(c31, a3, b1);
      }
      st(to, c00);
      st(to + 16, c01);
      st(to + sc, c10);
      st(to + sc + 16, c11);
      st(to + 2 * sc, c20);
      st(to + 2 * sc + 16, c21);
      st(to + 3 * sc, c30);
      st(to + 3 * sc + 16, c31);
    }
}
/** The same for 4 rows × 2 columns at a time. */
// @ts-ignore: decorator
@inline
function narrow(
  M: usize, N: usize, K: usize, A: usize, si: usize, sk: usize, B: usize, sb: usize, C: usize, sc: usize, keep: bool,
): void {
  for (let j: usize = 0; j < N << 3; j += 16)
    for (let i: usize = 0; i < M; i += 4) {
      const to = C + i * sc + j;
      let a = A + i * si;
      let b = B + j;
      let c0 = keep ? ld(to) : bc(0);
      let c1 = keep ? ld(to + sc) : bc(0);
      let c2 = keep ? ld(to + 2 * sc) : bc(0);
      let c3 = keep ? ld(to + 3 * sc) : bc(0);
      for (let k: usize = 0; k < K; k++, a += sk, b += sb) {
        const t = ld(b);
        c0 = mad(c0, v128.load64_splat(a), t);
        c1 = mad(c1, v128.load64_splat(a + si), t);
        c2 = mad(c2, v128.load64_splat(a + 2 * si), t);
        c3 = mad(c3, v128.load64_splat(a + 3 * si), t);
      }
      st(to, c0);
      st(to + sc, c1);
      st(to + 2 * sc, c2);
      st(to + 3 * sc, c3);
    }
}

let I: usize, H: usize, O: usize, OP: usize, B: usize;
let X: usize, labels: usize;
// activations, softmax, adjoints and their tangents; the output weights padded, and transposed; a product to be
// unpacked
let h: usize, dh: usize, G: usize, dG: usize, z: usize, dz: usize;
let W2: usize, V2: usize, W2t: usize, V2t: usize, packed: usize, bias: usize;
let sH: usize, sO: usize, sI: usize; // bytes from row to row

/** Tells the sizes and where the data are; `work` has room for 4 B H + 2 B OP + 5 H OP + OP numbers, all 0. */
export function mlp_init(i: usize, hidden: usize, o: usize, b: usize, x: usize, l: usize, work: usize): void {
  I = i;
  H = hidden;
  O = o;
  OP = (o + 1) & ~1;
  B = b;
  X = x;
  labels = l;
  sH = H << 3;
  sO = <usize>OP << 3;
  sI = <usize>I << 3;
  h = work;
  dh = h + B * sH;
  G = dh + B * sH;
  dG = G + B * sH;
  z = dG + B * sH;
  dz = z + B * sO;
  W2 = dz + B * sO;
  V2 = W2 + H * sO;
  W2t = V2 + H * sO;
  V2t = W2t + H * sO;
  packed = V2t + H * sO;
  bias = packed + H * sO;
}

function pack(W: usize, to: usize, transposed: usize): void {
  for (let i: usize = 0; i < H; i++)
    for (let j: usize = 0; j < O; j++, W += 8) {
      const t = load<f64>(W);
      store<f64>(to + i * sO + (j << 3), t);
      store<f64>(transposed + j * sH + (i << 3), t);
    }
}
function unpack(to: usize): void {
  for (let i: usize = 0; i < H; i++)
    for (let j: usize = 0; j < O; j++, to += 8) store<f64>(to, load<f64>(packed + i * sO + (j << 3)));
}
/** Copies a bias of the output layer; the padding gets `rest`. */
function padBias(b: usize, rest: f64): void {
  for (let j: usize = 0; j < OP; j++) store<f64>(bias + (j << 3), j < O ? load<f64>(b + (j << 3)) : rest);
}

/** Leaves the activations in h and the softmax in z; the mean cross entropy. */
function forward(p: usize): f64 {
  const b1 = p + I * sH;
  const w2 = b1 + sH;
  pack(w2, W2, W2t);
  padBias(w2 + H * (O << 3), -1e4);
  wide(B, H, I, X, sI, 8, p, sH, h, sH, false);
  for (let i: usize = 0; i < B; i++)
    for (let j: usize = 0; j < sH; j += 16) {
      const at = h + i * sH + j;
      st(at, tanh(add(ld(at), ld(b1 + j))));
    }
  narrow(B, OP, H, h, sH, 8, W2, sO, z, sO, false);
  let loss = 0.0;
  for (let i: usize = 0; i < B; i++) {
    const row = z + i * sO;
    let top = -Infinity;
    for (let j: usize = 0; j < sO; j += 8) {
      const t = load<f64>(row + j) + load<f64>(bias + j);
      store<f64>(row + j, t);
      top = t > top ? t : top;
    }
    const chosen = load<f64>(row + (<usize>load<i32>(labels + (i << 2)) << 3));
    let s = bc(0);
    for (let j: usize = 0; j < sO; j += 16) {
      const e = exp(sub(ld(row + j), bc(top)));
      st(row + j, e);
      s = add(s, e);
    }
    const total = hs(s);
    loss += Math.log(total) + top - chosen;
    for (let j: usize = 0; j < sO; j += 16) st(row + j, mul(ld(row + j), bc(1 / total)));
  }
  return loss / <f64>B;
}
/** z := (softmax - one-hot) / B */
function residual(): void {
  const scale = bc(1.0 / <f64>B);
  for (let i: usize = 0; i < B; i++) {
    const row = z + i * sO;
    for (let j: usize = 0; j < sO; j += 16) st(row + j, mul(ld(row + j), scale));
    const at = row + (<usize>load<i32>(labels + (i << 2)) << 3);
    store<f64>(at, load<f64>(at) - 1.0 / <f64>B);
  }
}
/** o := sums of the columns of B rows of `count` numbers, `stride` bytes apart */
function columnSums(from: usize, stride: usize, count: usize, o: usize): void {
  memory.fill(o, 0, count << 3);
  for (let i: usize = 0; i < B; i++, from += stride)
    for (let j: usize = 0; j < count << 3; j += 8) store<f64>(o + j, load<f64>(o + j) + load<f64>(from + j));
}

export function mlp_f(p: usize): f64 {
  return forward(p);
}
export function mlp_g(p: usize, o: usize): void {
  forward(p);
  residual();
  const o1 = o + I * sH;
  const ow = o1 + sH;
  columnSums(z, sO, O, ow + H * (O << 3));
  narrow(H, OP, B, h, 8, sH, z, sO, packed, sO, false);
  unpack(ow);
  wide(B, H, O, z, sO, 8, W2t, sH, G, sH, false);
  for (let k: usize = 0; k < B * sH; k += 16) {
    const t = ld(h + k);
    st(G + k, mul(ld(G + k), sub(bc(1), mul(t, t))));
  }
  columnSums(G, sH, H, o1);
  wide(I, H, B, X, 8, sI, G, sH, o, sH, false);
}
export function mlp_h(p: usize, v: usize, o: usize): void {
  const vb = v + I * sH;
  const vw = vb + sH;
  const o1 = o + I * sH;
  const ow = o1 + sH;
  forward(p);
  pack(vw, V2, V2t);
  padBias(vw + H * (O << 3), 0);
  wide(B, H, I, X, sI, 8, v, sH, dh, sH, false);
  for (let i: usize = 0; i < B; i++)
    for (let j: usize = 0; j < sH; j += 16) {
      const k = i * sH + j;
      const t = ld(h + k);
      st(dh + k, mul(add(ld(dh + k), ld(vb + j)), sub(bc(1), mul(t, t))));
    }
  narrow(B, OP, H, dh, sH, 8, W2, sO, dz, sO, false);
  narrow(B, OP, H, h, sH, 8, V2, sO, dz, sO, true);
  for (let i: usize = 0; i < B; i++) {
    const row = z + i * sO;
    const out = dz + i * sO;
    let s = bc(0);
    for (let j: usize = 0; j < sO; j += 16) {
      const t = add(ld(out + j), ld(bias + j));
      st(out + j, t);
      s = mad(s, t, ld(row + j));
    }
    const mean = bc(hs(s));
    for (let j: usize = 0; j < sO; j += 16) st(out + j, div(mul(ld(row + j), sub(ld(out + j), mean)), bc(<f64>B)));
  }
  residual();
  columnSums(dz, sO, O, ow + H * (O << 3));
  narrow(H, OP, B, h, 8, sH, dz, sO, packed, sO, false);
  narrow(H, OP, B, dh, 8, sH, z, sO, packed, sO, true);
  unpack(ow);
  wide(B, H, O, z, sO, 8, W2t, sH, G, sH, false);
  wide(B, H, O, dz, sO, 8, W2t, sH, dG, sH, false);
  wide(B, H, O, z, sO, 8, V2t, sH, dG, sH, true);
  for (let k: usize = 0; k < B * sH; k += 16) {
    const t = ld(h + k);
    const through = mul(ld(dG + k), sub(bc(1), mul(t, t)));
    st(dG + k, sub(through, mul(mul(bc(2), ld(G + k)), mul(t, ld(dh + k)))));
  }
  columnSums(dG, sH, H, o1);
  wide(I, H, B, X, 8, sI, dG, sH, o, sH, false);
}
