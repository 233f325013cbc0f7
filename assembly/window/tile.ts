// Register tiles of the convolution: as those of the matrix product (linalg/tile.ts), but the row of the right
// operand that a step reads is found in a table, so that the windows of an image row are read where they lie, without
// unfolding them.
//
// Contract: C (+)= Σ_t a_t · b[table_t + j], t = 0 … steps-1 in that order, starting at zero and added to (or stored
// in) C once. steps ≥ 1. `a` holds 4 (tile4) or 1 (tile1) elements a step, `table` an int32 byte offset into `b` a
// step, aligned to 4. Row i of C is at c + i·cr (bytes), 2 (tile4) or 4 (tile1) vectors wide. C overlaps nothing.

// @ts-ignore: decorator
@inline
function put<T>(c: usize, add: i32, sum: v128): void {
  v128.store(c, add ? v128.add<T>(v128.load(c), sum) : sum);
}

/** Four rows, two vectors of columns. */
export function tile4<T>(steps: i32, a: usize, b: usize, table: usize, c: usize, cr: usize, add: i32): void {
  let s00 = v128.splat<T>(<T>0);
  let s01 = s00;
  let s10 = s00;
  let s11 = s00;
  let s20 = s00;
  let s21 = s00;
  let s30 = s00;
  let s31 = s00;
  for (;;) {
    let p = b + <usize>load<i32>(table);
    let b0 = v128.load(p);
    let b1 = v128.load(p, 16);
    let x = v128.load_splat<T>(a);
    s00 = v128.add<T>(s00, v128.mul<T>(x, b0));
    s01 = v128.add<T>(s01, v128.mul<T>(x, b1));
    x = v128.load_splat<T>(a + sizeof<T>());
    s10 = v128.add<T>(s10, v128.mul<T>(x, b0));
    s11 = v128.add<T>(s11, v128.mul<T>(x, b1));
    x = v128.load_splat<T>(a + 2 * sizeof<T>());
    s20 = v128.add<T>(s20, v128.mul<T>(x, b0));
    s21 = v128.add<T>(s21, v128.mul<T>(x, b1));
    x = v128.load_splat<T>(a + 3 * sizeof<T>());
    s30 = v128.add<T>(s30, v128.mul<T>(x, b0));
    s31 = v128.add<T>(s31, v128.mul<T>(x, b1));
    a += 4 * sizeof<T>();
    table += 4;
    if (--steps == 0) break;

    p = b + <usize>load<i32>(table);
    b0 = v128.load(p);
    b1 = v128.load(p, 16);
    x = v128.load_splat<T>(a);
    s00 = v128.add<T>(s00, v128.mul<T>(x, b0));
    s01 = v128.add<T>(s01, v128.mul<T>(x, b1));
    x = v128.load_splat<T>(a + sizeof<T>());
    s10 = v128.add<T>(s10, v128.mul<T>(x, b0));
    s11 = v128.add<T>(s11, v128.mul<T>(x, b1));
    x = v128.load_splat<T>(a + 2 * sizeof<T>());
    s20 = v128.add<T>(s20, v128.mul<T>(x, b0));
    s21 = v128.add<T>(s21, v128.mul<T>(x, b1));
    x = v128.load_splat<T>(a + 3 * sizeof<T>());
    s30 = v128.add<T>(s30, v128.mul<T>(x, b0));
    s31 = v128.add<T>(s31, v128.mul<T>(x, b1));
    a += 4 * sizeof<T>();
    table += 4;
    if (--steps == 0) break;
  }
  put<T>(c, add, s00);
  put<T>(c + 16, add, s01);
  c += cr;
  put<T>(c, add, s10);
  put<T>(c + 16, add, s11);
  c += cr;
  put<T>(c, add, s20);
  put<T>(c + 16, add, s21);
  c += cr;
  put<T>(c, add, s30);
  put<T>(c + 16, add, s31);
}

/** One row, four vectors of columns. */
export function tile1<T>(steps: i32, a: usize, b: usize, table: usize, c: usize, add: i32): void {
  let s0 = v128.splat<T>(<T>0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (;;) {
    const p = b + <usize>load<i32>(table);
    const x = v128.load_splat<T>(a);
    s0 = v128.add<T>(s0, v128.mul<T>(x, v128.load(p)));
    s1 = v128.add<T>(s1, v128.mul<T>(x, v128.load(p, 16)));
    s2 = v128.add<T>(s2, v128.mul<T>(x, v128.load(p, 32)));
    s3 = v128.add<T>(s3, v128.mul<T>(x, v128.load(p, 48)));
    a += sizeof<T>();
    table += 4;
    if (--steps == 0) break;
  }
  put<T>(c, add, s0);
  put<T>(c + 16, add, s1);
  put<T>(c + 32, add, s2);
  put<T>(c + 48, add, s3);
}
