// The first programs of a process lie at the lowest addresses of the memory: arrays that are walked backwards must
// not be reached from below address 0. This file is a process of its own, and each program here is larger than what
// lies below the first address.
import { expect, test } from "vitest";
import {
  add,
  flip,
  grad,
  jit,
  mul,
  type NdArray,
  reshape,
  sin,
  sum,
  type Tensor,
  take,
  transpose,
} from "../../src/index.ts";

const N = 40_000;
const numbers = (n: number, Real: Float64ArrayConstructor | Float32ArrayConstructor = Float64Array): Float64Array =>
  (Real as Float64ArrayConstructor).from({ length: n }, (_, i) => ((i * 7919) % 1009) - 500);
const same = (got: unknown, want: ArrayLike<number>): void =>
  expect(Array.from(got as Float64Array)).toEqual(Array.from(want));

test.each([Float64Array, Float32Array])("a vector backwards, %o", (Real) => {
  for (const n of [N, 2 * N + 1, 7 * N]) {
    const x = numbers(n, Real);
    same(
      jit((t: Tensor) => flip(mul(2, t)))(x),
      x.toReversed().map((t) => 2 * t),
    );
    same(
      jit((t: Tensor) => t.slice([null, null, -2]))(x),
      x.toReversed().filter((_, i) => i % 2 === 0),
    );
    same(
      jit((t: Tensor) => add(t, flip(t)))(x),
      x.map((t, i) => t + x[n - 1 - i]!),
    );
    const weights = x.toReversed();
    same(grad((t: Tensor) => sum(mul(flip(t), weights)))(x), x);
  }
});

test("a matrix whose rows, columns or both run backwards", () => {
  const [m, n] = [300, 301];
  const x = numbers(m * n);
  const at = (i: number, j: number): number => x[i * n + j]!;
  const want = (f: (i: number, j: number) => number): number[] =>
    Array.from({ length: m * n }, (_, k) => f(Math.floor(k / n), k % n));
  const X = { data: x, shape: [m, n] };
  const data = (f: (t: Tensor) => unknown): Float64Array =>
    (jit(f as never)(X as never) as unknown as NdArray).data as Float64Array;
  same(
    data((t) => mul(2, flip(t, 0))),
    want((i, j) => 2 * at(m - 1 - i, j)),
  );
  same(
    data((t) => mul(2, flip(t, 1))),
    want((i, j) => 2 * at(i, n - 1 - j)),
  );
  same(
    data((t) => mul(2, flip(t))),
    want((i, j) => 2 * at(m - 1 - i, n - 1 - j)),
  );
  same(
    data((t) => add(t, flip(t, [0, 1]))),
    want((i, j) => at(i, j) + at(m - 1 - i, n - 1 - j)),
  );
  same(
    jit((t: Tensor) => sum(flip(t, 0), 1))(X) as unknown as Float64Array,
    Array.from({ length: m }, (_, i) => x.slice((m - 1 - i) * n, (m - i) * n).reduce((a, b) => a + b)),
  );
  same(
    jit((t: Tensor) => sum(transpose(flip(t)), 1))(X) as unknown as Float64Array,
    Array.from({ length: n }, (_, j) => Array.from({ length: m }, (_, i) => at(i, n - 1 - j)).reduce((a, b) => a + b)),
  );
  const columns = Array.from({ length: 3 }, (_, k) => k);
  same(
    data((t) => take(flip(t, 1), columns, { axis: 1 })),
    Array.from({ length: 3 * m }, (_, k) => at(Math.floor(k / 3), n - 1 - (k % 3))),
  );
});

test.each([
  ["float64", 9, 32777, (n: number) => numbers(n)],
  ["float32", 11, 22000, (n: number) => numbers(n, Float32Array)],
  ["int32", 9, 40000, (n: number) => Int32Array.from(numbers(n))],
] as const)("columns upwards, %s, %i rows: single elements after the vectors", (_type, m, n, make) => {
  const x = make(m * n);
  const got = (jit((t: Tensor) => transpose(flip(t, 0)))({ data: x, shape: [m, n] } as never) as unknown as NdArray)
    .data;
  same(
    got,
    Array.from({ length: m * n }, (_, k) => x[(m - 1 - (k % m)) * n + Math.floor(k / m)]!),
  );
});

test("elements picked by index from an array that runs backwards, on scalars and on vectors", () => {
  const x = numbers(N);
  const index = Int32Array.from({ length: N }, (_, i) => (i * 31) % N);
  same(
    jit((t: Tensor, k: Tensor) => take(flip(t), k))(x, index),
    Array.from(index, (k) => x[N - 1 - k]!),
  );
  same(jit((t: Tensor, k: Tensor) => take(flip(t), k))(x, Int32Array.of(0, 1, N - 1)), [x[N - 1]!, x[N - 2]!, x[0]!]);
  same(grad((t: Tensor) => sum(sin(mul(0, take(flip(t), index)))))(x), new Float64Array(N));
  const rows = jit((t: Tensor, k: Tensor) => take(flip(reshape(t, [N / 4, 4]), 0), k, { axis: 0 }))(
    x,
    Int32Array.of(0, N / 4 - 1),
  ) as unknown as NdArray;
  same(rows.data, [...x.slice(N - 4), ...x.slice(0, 4)]);
});
