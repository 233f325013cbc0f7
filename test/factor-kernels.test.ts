// The kernels of `factor` and `spectral` themselves: operands of any strides give the bits that contiguous ones give,
// and nothing is written but the result and as much scratch memory as the contract names. What they compute is tested
// in test/ops/decompositions.test.ts.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { FACTOR_WORKSPACE } from "../src/kernels/factor.gen.ts";
import { GEMM_WORKSPACE } from "../src/kernels/products.gen.ts";
import {
  alloc,
  type Block,
  type DType,
  dtypes,
  expectGuarded,
  layouts,
  type Matrix,
  matrix,
  memory,
  reset,
  unit,
} from "./harness/linalg.ts";
import { rng } from "./harness/rng.ts";

type Kernel = (...args: number[]) => number;
const load = (family: string): Record<string, Kernel> =>
  new WebAssembly.Instance(new WebAssembly.Module(readFileSync(new URL(`../build/${family}.wasm`, import.meta.url))), {
    env: { memory },
  }).exports as Record<string, Kernel>;
const kernels = { ...load("factor"), ...load("spectral") };
const call = (name: string, dtype: DType, ...args: number[]): number =>
  (kernels[`${name}_${dtype}`] as Kernel)(...args);

const SIZE = { f64: 8, f32: 4 };

type Args = (m: Matrix) => number[];
const strided: Args = (x) => [x.ptr, x.rs, x.cs];

interface Case {
  /** Rows and columns of each operand, for the extents n and k. */
  readonly operands: (n: number, k: number) => readonly (readonly [rows: number, cols: number])[];
  readonly result: (n: number, k: number) => number;
  /** Scratch memory: a number of bytes, and elements behind them. */
  readonly scratch: (n: number, k: number) => readonly [bytes: number, elements: number];
  readonly args: (n: number, k: number, x: readonly Matrix[], out: number, ws: number) => readonly number[];
}
const squares = (count: number) => (n: number) => Array.from({ length: count }, () => [n, n] as const);
const factorCase = (count: number): Case => ({
  operands: squares(count),
  result: (n) => n * n,
  scratch: () => [FACTOR_WORKSPACE, 0],
  args: (n, _k, x, out, ws) => [n, ...x.flatMap(strided), out, ws],
});
const triangular = (lower: number, side: number): Case => ({
  operands: (n, k) => [
    [n, n],
    [n, k],
  ],
  result: (n, k) => n * k,
  scratch: () => [FACTOR_WORKSPACE, 0],
  args: (n, k, x, out, ws) => [n, k, lower, side, ...x.flatMap(strided), out, ws],
});

const cases: Record<string, Case> = {
  cholesky: factorCase(1),
  cholesky_tangent: factorCase(2),
  cholesky_adjoint: factorCase(2),
  triangular_solve: triangular(1, 0),
  "triangular_solve upper unit": triangular(0, 1),
  lu: { ...factorCase(1), result: (n) => n * (n + 1) },
  qr: {
    operands: (n, k) => [[n + k, n]],
    result: (n, k) => (n + k) * n + n * n,
    scratch: (n) => [0, n],
    args: (n, k, x, out, ws) => [n + k, n, ...strided(x[0] as Matrix), out, ws],
  },
  eigh: {
    operands: squares(1),
    result: (n) => n + n * n,
    scratch: (n) => [0, 2 * n],
    args: (n, _k, x, out, ws) => [n, ...strided(x[0] as Matrix), out, ws],
  },
  svd: {
    operands: (n, k) => [[n + k, n]],
    result: (n, k) => (n + k) * n + n + n * n,
    scratch: (n, k) => [GEMM_WORKSPACE, (n + k) * n + 2 * n * n],
    args: (n, k, x, out, ws) => [n + k, n, ...strided(x[0] as Matrix), out, ws],
  },
  expm: {
    ...factorCase(1),
    scratch: (n) => [FACTOR_WORKSPACE, n + (n + 1) * n + 9 * n * n],
  },
  expm_frechet: {
    ...factorCase(2),
    scratch: (n) => [FACTOR_WORKSPACE, n + (n + 1) * n + 18 * n * n],
  },
};

/** The result of a kernel on operands of one layout, diagonally dominant so that every factorization exists. */
function run(
  name: string,
  dtype: DType,
  n: number,
  k: number,
  layout: (typeof layouts)[number],
  check = true,
): number[] {
  const c = cases[name] as Case;
  reset();
  const random = rng(n + 100 * k);
  const operands = c.operands(n, k).map(([m, cols]) => {
    let e = 0;
    return matrix(dtype, m, cols, layout, () => {
      const [i, j] = [Math.floor(e / cols), e++ % cols];
      return random() - 0.5 + (i === j ? 2 + n / 4 + i / 8 : 0);
    });
  });
  const before = operands.map((x) => Array.from(x.data));
  const out = alloc(dtype, c.result(n, k));
  const [bytes, elements] = c.scratch(n, k);
  const ws: Block = alloc("f64", Math.ceil((bytes + elements * SIZE[dtype]) / 8));
  call(name.split(" ")[0] as string, dtype, ...c.args(n, k, operands, out.at, ws.at));
  if (check) {
    for (const x of [out, ws, ...operands]) expectGuarded(x);
    operands.forEach((x, i) => expect(Array.from(x.data)).toEqual(before[i]));
  }
  return Array.from(out.data);
}

describe.each(dtypes)("%s", (dtype) => {
  test.each(Object.keys(cases))("%s: the layout of operands changes no bit, nothing else is written", (name) => {
    for (const n of [0, 1, 2, 5, 8, 16, 17, 33, 50])
      for (const k of [2, 9]) {
        const want = run(name, dtype, n, k, "rows");
        expect(want.every((v) => Number.isFinite(v))).toBe(true);
        for (const layout of layouts)
          expect(run(name, dtype, n, k, layout), `${name} ${n} ${k} ${layout}`).toEqual(want);
      }
  });

  test("lu_solve: one right-hand side and several, plain and transposed, residuals of a dominant system", () => {
    for (const n of [1, 2, 7, 16, 40])
      for (const m of [1, 2, 5])
        for (const transposed of [0, 1])
          for (const layout of layouts) {
            reset();
            const random = rng(n);
            const a = matrix(dtype, n, n, "rows", () => random() - 0.5);
            for (let i = 0; i < n; i++) a.data[i * n + ((i + 1) % n)]! += n; // pivots are off the diagonal
            const b = matrix(dtype, n, m, layout, () => random() - 0.5);
            const f = alloc(dtype, n * (n + 1));
            const x = alloc(dtype, n * m);
            const ws = alloc("f64", Math.ceil((FACTOR_WORKSPACE + n * SIZE[dtype]) / 8));
            call("lu", dtype, n, ...strided(a), f.at, ws.at);
            call("lu_solve", dtype, n, m, transposed, f.at, ...strided(b), x.at, ws.at);
            for (const block of [f, x, ws]) expectGuarded(block);
            for (let i = 0; i < n; i++)
              for (let j = 0; j < m; j++) {
                let r = -(b.data[b.origin + i * b.rs + j * b.cs] as number);
                for (let k = 0; k < n; k++)
                  r += (a.data[transposed ? k * n + i : i * n + k] as number) * (x.data[k * m + j] as number);
                // n products of elements up to n and 1/n, each off by a few roundings
                expect(Math.abs(r)).toBeLessThan(8 * (n + 2) * unit[dtype]);
              }
          }
  });

  test("triangular_solve of one right-hand side: by rows and by columns", () => {
    for (const n of [1, 5, 16, 33, 150])
      for (const lower of [0, 1])
        for (const layout of layouts) {
          reset();
          const random = rng(n);
          let e = 0;
          const t = matrix(dtype, n, n, layout, () => (random() - 0.5) / n + (Math.floor(e / n) === e++ % n ? 1 : 0));
          const b = matrix(dtype, n, 1, "padded", () => random() - 0.5);
          const x = alloc(dtype, n);
          const ws = alloc("f64", FACTOR_WORKSPACE / 8);
          call("triangular_solve", dtype, n, 1, lower, 0, ...strided(t), ...strided(b), x.at, ws.at);
          for (const block of [x, ws]) expectGuarded(block);
          for (let i = 0; i < n; i++) {
            let r = -(b.data[b.origin + i * b.rs] as number);
            for (let k = lower ? 0 : i; lower ? k <= i : k < n; k++)
              r += (t.data[t.origin + i * t.rs + k * t.cs] as number) * (x.data[k] as number);
            expect(Math.abs(r)).toBeLessThan(4 * (n + 2) * unit[dtype]);
          }
        }
  });
});
