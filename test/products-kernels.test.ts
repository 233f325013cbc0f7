// Products and scatters (build/products.wasm) against plain loops: every layout, both dtypes, guarded outputs.
// Small integers make every sum exact, so products are compared bit for bit; error bounds have tests of their own.

import { describe, expect, test } from "vitest";
import {
  alloc,
  at,
  call,
  type DType,
  dtypes,
  exactSum,
  expectGuarded,
  expectMatrix,
  type Layout,
  layouts,
  matrix,
  memory,
  product,
  put,
  reset,
  unit,
  vector,
  workspace,
} from "./harness/linalg.ts";
import { choice, rng } from "./harness/rng.ts";

const random = rng(20240607);
const pick = <T>(from: readonly T[]): T => choice(random, from);
const integer = () => Math.floor(random() * 17) - 8;
const integers = (n: number) => Array.from({ length: n }, integer);

// --- products

const extents = [0, 1, 2, 3, 4, 5, 7, 8, 10, 16, 17, 31, 33, 64, 100];

function checkGemm(
  dtype: DType,
  m: number,
  n: number,
  k: number,
  la: Layout,
  lb: Layout,
  lc: Layout,
  accumulate: number,
): void {
  reset();
  const a = matrix(dtype, m, k, la, integer);
  const b = matrix(dtype, k, n, lb, integer);
  const c = matrix(dtype, m, n, lc, accumulate ? integer : undefined);
  const ws = workspace();
  const expected = product(m, n, k, a, b);
  if (accumulate) for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) expected[i * n + j]! += at(c, i, j);
  call("gemm", dtype, m, n, k, a.ptr, a.rs, a.cs, b.ptr, b.rs, b.cs, c.ptr, c.rs, c.cs, accumulate, ws.at);
  expectMatrix(c, m, n, expected, `gemm_${dtype} ${m}×${n}×${k} ${la},${lb}->${lc} accumulate ${accumulate}`);
  expectGuarded(ws);
}

describe.each(dtypes)("gemm_%s", (dtype) => {
  test("equals three loops for every combination of layouts", () => {
    for (const la of layouts)
      for (const lb of layouts)
        for (const lc of layouts)
          for (const accumulate of [0, 1])
            for (let round = 0; round < 3; round++)
              checkGemm(dtype, pick(extents), pick(extents), pick(extents), la, lb, lc, accumulate);
  });

  test("equals three loops for all small shapes", () => {
    for (let m = 0; m <= 6; m++)
      for (let n = 0; n <= 10; n++)
        for (let k = 0; k <= 5; k++)
          checkGemm(dtype, m, n, k, pick(layouts), pick(layouts), pick(layouts), (m + n + k) & 1);
  });

  test("equals three loops across the block boundaries", () => {
    for (const [m, n, k] of [
      [65, 129, 257],
      [130, 40, 513],
      [3, 300, 260],
      [200, 5, 300],
      [66, 131, 64],
      [1, 260, 300],
      [260, 1, 300],
    ])
      for (const la of ["rows", "columns", "strided"] as const)
        for (const lb of ["rows", "columns"] as const)
          checkGemm(dtype, m!, n!, k!, la, lb, pick(layouts), pick([0, 1]));
  });

  test("sums in the same order whatever the strides", () => {
    const [m, n, k] = [70, 35, 300];
    const entries = Array.from({ length: m * k + k * n }, () => random() - 0.5);
    const results = new Set<string>();
    for (const la of layouts)
      for (const lb of layouts)
        for (const lc of ["rows", "columns"] as const) {
          reset();
          let e = 0;
          const a = matrix(dtype, m, k, la, () => entries[e++]!);
          const b = matrix(dtype, k, n, lb, () => entries[e++]!);
          const c = matrix(dtype, m, n, lc);
          call("gemm", dtype, m, n, k, a.ptr, a.rs, a.cs, b.ptr, b.rs, b.cs, c.ptr, c.rs, c.cs, 0, workspace().at);
          const values: number[] = [];
          for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) values.push(at(c, i, j));
          results.add(values.join());
        }
    expect(results.size).toBe(1);
  });

  test("does not read past its operands: NaN around and between them stays out", () => {
    // The guard pattern is a NaN; gaps of padded and strided operands hold it too.
    for (let m = 1; m < 40; m += 6)
      for (let n = 1; n < 40; n += 4) checkGemm(dtype, m, n, m + n, "padded", "strided", "rows", 0);
  });

  test("passes zero strides: broadcast operands", () => {
    reset();
    const a = put(dtype, integers(20));
    const b = put(dtype, integers(30));
    const c = matrix(dtype, 12, 30, "rows");
    call("gemm", dtype, 12, 30, 20, a.at, 0, 1, b.at, 0, 1, c.ptr, 30, 1, 0, workspace().at);
    const total = (a.data as Float64Array).reduce((s, x) => s + x, 0);
    expectMatrix(
      c,
      12,
      30,
      Array.from({ length: 360 }, (_, e) => total * b.data[e % 30]!),
      "broadcast",
    );
  });

  test("stays within the error bound on real numbers", () => {
    reset();
    const k = 1000;
    const a = matrix(dtype, 9, k, "rows", () => random() - 0.5);
    const b = matrix(dtype, k, 11, "columns", () => random() - 0.5);
    const c = matrix(dtype, 9, 11, "rows");
    call("gemm", dtype, 9, 11, k, a.ptr, a.rs, a.cs, b.ptr, b.rs, b.cs, c.ptr, c.rs, c.cs, 0, workspace().at);
    for (let i = 0; i < 9; i++)
      for (let j = 0; j < 11; j++) {
        const terms = Array.from({ length: k }, (_, p) => at(a, i, p) * at(b, p, j));
        const bound = (256 + 4 + 2) * unit[dtype] * terms.reduce((s, x) => s + Math.abs(x), 0);
        expect(Math.abs(at(c, i, j) - exactSum(terms))).toBeLessThanOrEqual(bound);
      }
  });
});

describe.each(dtypes)("matrix-vector kernels, %s", (dtype) => {
  const sizes = [0, 1, 2, 3, 4, 5, 7, 8, 9, 17, 33, 64, 100];

  test("gemv and gemvt equal plain loops for every stride", () => {
    for (const m of sizes)
      for (const n of sizes)
        for (const name of ["gemv", "gemvt"])
          for (const [xs, ys] of [
            [1, 1],
            [2, 3],
            [1, -2],
            [-1, 1],
          ] as const) {
            reset();
            const accumulate = (m + n + xs) & 1;
            const [inputs, outputs] = name === "gemv" ? [n, m] : [m, n];
            const a = matrix(dtype, m, n, pick(["rows", "padded"]), integer);
            const x = vector(dtype, inputs, xs, integer);
            const y = vector(dtype, outputs, ys, accumulate ? integer : undefined);
            const want = Array.from({ length: outputs }, (_, i) => (accumulate ? at(y, i, 0) : 0));
            for (let i = 0; i < m; i++)
              for (let j = 0; j < n; j++) {
                if (name === "gemv") want[i]! += at(a, i, j) * at(x, j, 0);
                else want[j]! += at(a, i, j) * at(x, i, 0);
              }
            call(name, dtype, m, n, a.ptr, a.rs, x.ptr, x.rs, y.ptr, y.rs, accumulate);
            expectMatrix(y, outputs, 1, want, `${name} ${m}×${n}`);
          }
  });

  test("gemv2 gives what gemv gives for each of its vectors, bit for bit", () => {
    for (const m of sizes)
      for (const n of sizes)
        for (const [xs, ys, xs2, ys2] of [
          [1, 1, 1, 1],
          [1, 2, 1, -1],
          [1, 1, 2, 3],
          [-1, 1, 1, 1],
        ] as const) {
          reset();
          const accumulate = Number((m + n) % 3 === 0);
          const real = () => random() - 0.5;
          const a = matrix(dtype, m, n, pick(["rows", "padded"]), real);
          const [x, x2] = [vector(dtype, n, xs, real), vector(dtype, n, xs2, real)];
          const [y, y2, z, z2] = [ys, ys2, 1, 1].map((stride) => vector(dtype, m, stride, () => 0.7)) as [
            typeof x,
            typeof x,
            typeof x,
            typeof x,
          ];
          call("gemv2", dtype, m, n, a.ptr, a.rs, x.ptr, x.rs, y.ptr, y.rs, accumulate, x2.ptr, x2.rs, y2.ptr, y2.rs);
          call("gemv", dtype, m, n, a.ptr, a.rs, x.ptr, x.rs, z.ptr, 1, accumulate);
          call("gemv", dtype, m, n, a.ptr, a.rs, x2.ptr, x2.rs, z2.ptr, 1, accumulate);
          for (let i = 0; i < m; i++) {
            expect(at(y, i, 0), `${m}×${n}, row ${i}`).toBe(at(z, i, 0));
            expect(at(y2, i, 0), `${m}×${n}, row ${i} of the second`).toBe(at(z2, i, 0));
          }
        }
  });
});

// --- scatter

describe.each(dtypes)("scatter_add_%s", (dtype) => {
  test("adds repeated and negative rows, clamps those out of range", () => {
    for (const inner of [0, 1, 2, 3, 4, 5, 9])
      for (const rows of [0, 1, 5, 40])
        for (const count of [0, 1, 7, 100]) {
          reset();
          const wild = [rows, -rows - 1, 2147483647, -2147483648, rows + 1000];
          const idx = Array.from({ length: count }, () =>
            random() < 0.2 ? pick(wild) : Math.floor(random() * 2 * rows) - rows,
          );
          const idxAt = alloc("f32", count).at;
          new Int32Array(memory.buffer, idxAt, count).set(idx);
          const src = matrix(dtype, count, inner, "rows", integer);
          const dst = matrix(dtype, rows, inner, "rows", integer);
          const want = Array.from(dst.data);
          idx.forEach((r, i) => {
            const row = Math.max(0, Math.min(r < 0 ? r + rows : r, rows - 1));
            if (rows > 0) for (let j = 0; j < inner; j++) want[row * inner + j]! += at(src, i, j);
          });
          call("scatter_add", dtype, count, inner, idxAt, src.ptr, dst.ptr, rows);
          expectMatrix(dst, rows, inner, want, `scatter_add ${count}×${inner} into ${rows}`);
        }
  });
});

describe.each(dtypes)("scatter_add_at_%s, gather_add_%s", (dtype) => {
  const words = (list: readonly number[]): number => {
    const { at: place } = alloc("f32", list.length);
    new Int32Array(memory.buffer, place, list.length).set(list);
    return place;
  };
  test("add rows at offsets, in the order of the rows or row by row", () => {
    const size = dtype === "f64" ? 8 : 4;
    for (const inner of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 17])
      for (const rows of [1, 5, 40])
        for (const count of [0, 1, 7, 100]) {
          reset();
          const idx = Array.from({ length: count }, () => Math.floor(random() * rows));
          const src = matrix(dtype, count, inner, "rows", integer);
          const start = matrix(dtype, rows, inner, "rows", integer);
          const other = matrix(dtype, rows, inner, "rows", integer);
          new Uint8Array(memory.buffer, other.ptr, rows * inner * size).set(
            new Uint8Array(memory.buffer, start.ptr, rows * inner * size),
          );
          const want = Array.from(start.data);
          idx.forEach((r, i) => {
            for (let j = 0; j < inner; j++) want[r * inner + j]! += at(src, i, j);
          });
          const sorted = idx.map((r, i) => [r, i] as const).sort(([r, i], [s, k]) => r - s || i - k);
          const ends = Array.from({ length: rows }, (_, r) => 4 * sorted.filter(([s]) => s <= r).length);
          const forward = words(idx.map((r) => r * inner * size));
          const backward = words(sorted.map(([, i]) => i * inner * size));
          call("scatter_add_at", dtype, count, inner, forward, src.ptr, start.ptr);
          expectMatrix(start, rows, inner, want, `scatter_add_at ${count}×${inner} into ${rows}`);
          call("gather_add", dtype, rows, inner, words(ends), backward, src.ptr, other.ptr);
          expectMatrix(other, rows, inner, want, `gather_add ${count}×${inner} into ${rows}`);
        }
  });
});

describe.each(dtypes)("mirror_%s", (dtype) => {
  test("copies what is below the diagonal over what is above it, in every layout", () => {
    for (const layout of layouts)
      for (const n of [0, 1, 2, 3, 7, 33]) {
        reset();
        const c = matrix(dtype, n, n, layout, integer);
        const expected = Float64Array.from({ length: n * n }, (_, k) => {
          const [i, j] = [Math.floor(k / n), k % n];
          return at(c, Math.max(i, j), Math.min(i, j));
        });
        call("mirror", dtype, n, c.ptr, c.rs, c.cs);
        expectMatrix(c, n, n, expected, `mirror_${dtype} ${n} ${layout}`);
      }
  });
});
