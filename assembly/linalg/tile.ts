// Register tiles: the innermost loops of the matrix product. A tile is 4 rows by one or two vectors of columns, held
// in 4 or 8 v128 accumulators while p runs; 16 vector registers hold those, one row of B, one splat of A and a
// product.
//
// What V8 makes of it, in GFLOP/s of f64 on an EPYC (Zen 5) core, where a bare multiply+add loop reaches 25: this form
// 28, without the second step 23, with both steps in one straight line 15 (the scheduler mixes them and spills), the
// loop over rows in the same function 24 (pointers spill), 5 × 2 vectors 11, 6 × 2 or 4 × 3 14.
//
// Contract: C (+)= A·B, the sum over p = 0 … kc-1 in that order, starting at zero and added to (add 1), taken from
// (add -1) or stored in (add 0) C once. kc ≥ 1. Row i of A begins at a_i, its elements `ap` bytes apart, whatever its
// layout (row-major, transposed, packed); row p of B is at b + p·bp, row i of C at c + i·cr (strides in BYTES), both
// with unit column stride. Any element-aligned address will do. C overlaps neither A nor B; the a_i may coincide.

/** Sign bits where the sum is to be subtracted (add < 0), else zeros. */
// @ts-ignore: decorator
@inline
function flipOf<T>(add: i32): v128 {
  return v128.and(i32x4.splat(add >> 31), sizeof<T>() == 8 ? i64x2.splat(1 << 63) : i32x4.splat(1 << 31));
}

// @ts-ignore: decorator
@inline
function put<T>(c: usize, add: i32, flip: v128, sum: v128): void {
  v128.store(c, add ? v128.add<T>(v128.load(c), v128.xor(sum, flip)) : sum);
}

/** Two vectors of columns. */
export function tile2<T>(
  kc: i32,
  a0: usize, a1: usize, a2: usize, a3: usize, ap: usize,
  b: usize, bp: usize,
  c: usize, cr: usize,
  add: i32,
): void {
  let s00 = v128.splat<T>(<T>0);
  let s01 = s00;
  let s10 = s00;
  let s11 = s00;
  let s20 = s00;
  let s21 = s00;
  let s30 = s00;
  let s31 = s00;
  for (;;) {
    let b0 = v128.load(b);
    let b1 = v128.load(b, 16);
    let x = v128.load_splat<T>(a0);
    s00 = v128.add<T>(s00, v128.mul<T>(x, b0));
    s01 = v128.add<T>(s01, v128.mul<T>(x, b1));
    x = v128.load_splat<T>(a1);
    s10 = v128.add<T>(s10, v128.mul<T>(x, b0));
    s11 = v128.add<T>(s11, v128.mul<T>(x, b1));
    x = v128.load_splat<T>(a2);
    s20 = v128.add<T>(s20, v128.mul<T>(x, b0));
    s21 = v128.add<T>(s21, v128.mul<T>(x, b1));
    x = v128.load_splat<T>(a3);
    s30 = v128.add<T>(s30, v128.mul<T>(x, b0));
    s31 = v128.add<T>(s31, v128.mul<T>(x, b1));
    a0 += ap;
    a1 += ap;
    a2 += ap;
    a3 += ap;
    b += bp;
    if (--kc == 0) break;

    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    x = v128.load_splat<T>(a0);
    s00 = v128.add<T>(s00, v128.mul<T>(x, b0));
    s01 = v128.add<T>(s01, v128.mul<T>(x, b1));
    x = v128.load_splat<T>(a1);
    s10 = v128.add<T>(s10, v128.mul<T>(x, b0));
    s11 = v128.add<T>(s11, v128.mul<T>(x, b1));
    x = v128.load_splat<T>(a2);
    s20 = v128.add<T>(s20, v128.mul<T>(x, b0));
    s21 = v128.add<T>(s21, v128.mul<T>(x, b1));
    x = v128.load_splat<T>(a3);
    s30 = v128.add<T>(s30, v128.mul<T>(x, b0));
    s31 = v128.add<T>(s31, v128.mul<T>(x, b1));
    a0 += ap;
    a1 += ap;
    a2 += ap;
    a3 += ap;
    b += bp;
    if (--kc == 0) break;
  }
  const flip = flipOf<T>(add);
  put<T>(c, add, flip, s00);
  put<T>(c + 16, add, flip, s01);
  c += cr;
  put<T>(c, add, flip, s10);
  put<T>(c + 16, add, flip, s11);
  c += cr;
  put<T>(c, add, flip, s20);
  put<T>(c + 16, add, flip, s21);
  c += cr;
  put<T>(c, add, flip, s30);
  put<T>(c + 16, add, flip, s31);
}

/** One vector of columns. */
export function tile1<T>(
  kc: i32,
  a0: usize, a1: usize, a2: usize, a3: usize, ap: usize,
  b: usize, bp: usize,
  c: usize, cr: usize,
  add: i32,
): void {
  let s0 = v128.splat<T>(<T>0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (;;) {
    let b0 = v128.load(b);
    let x = v128.load_splat<T>(a0);
    s0 = v128.add<T>(s0, v128.mul<T>(x, b0));
    x = v128.load_splat<T>(a1);
    s1 = v128.add<T>(s1, v128.mul<T>(x, b0));
    x = v128.load_splat<T>(a2);
    s2 = v128.add<T>(s2, v128.mul<T>(x, b0));
    x = v128.load_splat<T>(a3);
    s3 = v128.add<T>(s3, v128.mul<T>(x, b0));
    a0 += ap;
    a1 += ap;
    a2 += ap;
    a3 += ap;
    b += bp;
    if (--kc == 0) break;

    b0 = v128.load(b);
    x = v128.load_splat<T>(a0);
    s0 = v128.add<T>(s0, v128.mul<T>(x, b0));
    x = v128.load_splat<T>(a1);
    s1 = v128.add<T>(s1, v128.mul<T>(x, b0));
    x = v128.load_splat<T>(a2);
    s2 = v128.add<T>(s2, v128.mul<T>(x, b0));
    x = v128.load_splat<T>(a3);
    s3 = v128.add<T>(s3, v128.mul<T>(x, b0));
    a0 += ap;
    a1 += ap;
    a2 += ap;
    a3 += ap;
    b += bp;
    if (--kc == 0) break;
  }
  const flip = flipOf<T>(add);
  put<T>(c, add, flip, s0);
  c += cr;
  put<T>(c, add, flip, s1);
  c += cr;
  put<T>(c, add, flip, s2);
  c += cr;
  put<T>(c, add, flip, s3);
}

/** Moves the first mr × nr elements of a tile computed aside (rows 32 bytes apart) to C. */
export function spill<T>(mr: i32, nr: i32, t: usize, c: usize, cr: usize, cc: usize, add: i32): void {
  for (let i = 0; i < mr; i++) {
    let to = c;
    let from = t;
    for (let j = 0; j < nr; j++) {
      const x = load<T>(from);
      store<T>(to, add ? <T>(add > 0 ? load<T>(to) + x : load<T>(to) - x) : x);
      to += cc;
      from += sizeof<T>();
    }
    c += cr;
    t += 32;
  }
}
