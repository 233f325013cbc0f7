// Scans and sorting against plain loops on random arrays: every axis, both directions, all types, empty ones, ties,
// NaN and infinities; and the bound of the compensated sum.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as h from "../../src/index.ts";
import { sizeOf, stridesOf } from "../../src/ir/aval.ts";
import { plain } from "../harness/values.ts";

const RUNS = { numRuns: 150, seed: 20260302 };
type Data = Float64Array | Float32Array | Int32Array;
type DType = "float64" | "float32" | "int32";
interface Sample {
  readonly shape: number[];
  readonly axis: number;
  readonly flag: boolean;
  readonly data: Data;
}

interface Maker {
  from(x: ArrayLike<unknown>, f?: (v: unknown, i: number) => number): Data;
}
const TYPES = { float64: Float64Array, float32: Float32Array, int32: Int32Array } as unknown as Record<DType, Maker>;
/** Few different numbers, so that there are ties; and the special ones. */
const coarse = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom(-0, NaN, Infinity, -Infinity) },
);
const fine = fc.double({ min: -1e3, max: 1e3, noNaN: true });
// 60 and up sorts by radix, 600 and up crosses a block of columns.
const extents = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 6 }) },
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: 60, max: 300 }) },
  { weight: 1, arbitrary: fc.integer({ min: 600, max: 700 }) },
);
const shapes = fc.array(extents, { minLength: 1, maxLength: 3 }).filter((s) => sizeOf(s) <= 3000);

const samples = (types: readonly DType[], element: fc.Arbitrary<number>): fc.Arbitrary<Sample> =>
  fc
    .tuple(
      shapes,
      fc.constantFrom(...types),
      fc.nat(),
      fc.boolean(),
      fc.array(element, { minLength: 20, maxLength: 60 }),
      fc.nat(),
    )
    .map(([shape, dtype, a, flag, pool, seed]) => {
      let state = seed % 2147483647;
      const data = TYPES[dtype].from({ length: sizeOf(shape) }, () => {
        state = (state * 48271 + 11) % 2147483647;
        return pool[state % pool.length] as number;
      });
      return { shape, axis: a % shape.length, flag, data };
    });

/** Runs `line` on every line of the array along the axis (as plain numbers) and puts its results in their places. */
function alongAxis({ shape, axis, data }: Sample, line: (x: number[]) => number[]): number[] {
  const out = new Array<number>(data.length);
  const n = shape[axis] as number;
  const stride = stridesOf(shape)[axis] as number;
  for (let at = 0; at < data.length; at++) {
    if (Math.floor(at / stride) % n !== 0) continue;
    const places = Array.from({ length: n }, (_, i) => at + i * stride);
    line(places.map((p) => data[p] as number)).forEach((y, i) => {
      out[places[i] as number] = y;
    });
  }
  return out;
}
const elementsOf = (v: unknown): number[] => Array.from(v instanceof h.NdArray ? v.data : (v as Float64Array), Number);
const run = (f: (x: never, o: never) => unknown, s: Sample, options: object): number[] =>
  elementsOf(f({ data: s.data, shape: s.shape } as never, { axis: s.axis, ...options } as never));

const order = (x: number[], descending: boolean): number[] =>
  x
    .map((_, i) => i)
    .sort((i, j) => {
      const [a, b] = [x[i] as number, x[j] as number];
      if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
      return descending ? Number(b > a) - Number(b < a) : Number(a > b) - Number(a < b);
    });
/** NaN is NaN; zeros of either sign are equal. */
const same = (got: number[], want: number[]): void => expect(got.map((v) => v + 0)).toEqual(want.map((v) => v + 0));

const ALL: DType[] = ["float64", "float32", "int32"];

describe("sorting", () => {
  test.each([
    ["of few different numbers and special ones", coarse],
    ["of many numbers", fine],
  ])("%s", (_name, element) => {
    fc.assert(
      fc.property(samples(ALL, element), (s) => {
        same(
          run(h.argsort as never, s, { descending: s.flag }),
          alongAxis(s, (x) => order(x, s.flag)),
        );
        same(
          run(h.sort as never, s, { descending: s.flag }),
          alongAxis(s, (x) => order(x, s.flag).map((i) => x[i] as number)),
        );
      }),
      RUNS,
    );
  });
  test("of doubles of every size and sign", () => {
    const bits = new BigUint64Array(5000);
    let state = 88172645463325252n;
    for (let i = 0; i < bits.length; i++) {
      for (const [left, shift] of [[13n, 7n] as const]) {
        state ^= (state << left) & 0xffffffffffffffffn;
        state ^= state >> shift;
        state ^= (state << 17n) & 0xffffffffffffffffn;
      }
      bits[i] = state;
    }
    const x = new Float64Array(bits.buffer);
    for (const descending of [false, true])
      same(elementsOf(h.argsort(x, { descending })), order(Array.from(x), descending));
    const single = Float32Array.from(x.subarray(0, 3000));
    same(elementsOf(h.argsort(single)), order(Array.from(single), false));
    const ints = Int32Array.from(bits.subarray(0, 3000), (b) => Number(BigInt.asIntN(32, b)));
    same(elementsOf(h.argsort(ints)), order(Array.from(ints), false));
  });
  test("of an array whose scratch is larger than that of any other kernel", () => {
    const x = Float64Array.from({ length: 100_000 }, (_, i) => ((i * 7919) % 100_003) - 50_000.5);
    expect(h.sort(x)).toEqual(x.slice().sort());
    expect(h.sort(x, { descending: true })).toEqual(x.slice().sort().reverse());
    const f = (t: h.Tensor): h.Tensor => h.sum(h.mul(h.sort(t), h.arange(x.length)));
    const rank = h.grad(f)(x) as Float64Array;
    const sorted = x.slice().sort();
    expect(rank.every((r, i) => sorted[r] === x[i])).toBe(true);
  });
  test("topK is the head of the sorted axis, and where it was", () => {
    const x = [
      [3, 1, 3, 2],
      [NaN, 5, -1, 5],
    ];
    const [values, indices] = h.topK(x, 3);
    expect(plain(values)).toEqual([
      [3, 3, 2],
      [5, 5, -1],
    ]);
    expect(plain(indices)).toEqual([
      [0, 2, 3],
      [1, 3, 2],
    ]);
    expect(plain(h.topK(x, 1, { axis: 0 })[1])).toEqual([[0, 1, 0, 1]]);
    expect(plain(h.topK([1, 2], 0)[0])).toEqual([]);
    expect(h.grad((t: h.Tensor) => h.sum(h.mul([1, 10], h.topK(t, 2)[0])))([4, 7, 5])).toEqual(
      Float64Array.of(0, 1, 10),
    );
  });
});

describe("scans", () => {
  const exactly: [string, (x: never, o: never) => unknown, (a: number, b: number) => number][] = [
    ["cummax", h.cummax as never, Math.max],
    ["cummin", h.cummin as never, Math.min],
  ];
  test.each(exactly)("%s, exactly", (_name, f, combine) => {
    fc.assert(
      fc.property(samples(ALL, coarse), (s) => {
        const forward = (x: number[]): number[] => {
          let m: number | undefined;
          return x.map((v) => (m = m === undefined ? v : combine(m, v)));
        };
        expect(run(f, s, { reverse: s.flag })).toEqual(
          alongAxis(s, (x) => (s.flag ? forward(x.reverse()).reverse() : forward(x))),
        );
      }),
      RUNS,
    );
  });
  test("cumsum and cumprod of integers wrap", () => {
    const x = Int32Array.of(2 ** 30, 2 ** 30, 2 ** 30, 5);
    expect(h.cumsum(x)).toEqual(Int32Array.of(2 ** 30, -(2 ** 31), -(2 ** 30), -(2 ** 30) + 5));
    expect(h.cumprod(Int32Array.of(65536, 65535, 3))).toEqual(Int32Array.of(65536, -65536, -196608));
    expect(h.cumsum([true, true, false, true])).toEqual(Int32Array.of(1, 2, 2, 3));
  });

  // Both operands as integers over 2^1074: sums of doubles are exact there.
  const big = (x: number): bigint => {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, x);
    const bits = view.getBigUint64(0);
    const e = Number((bits >> 52n) & 0x7ffn);
    const m = (bits & 0xfffffffffffffn) | (e > 0 ? 1n << 52n : 0n);
    const v = m << BigInt(Math.max(0, e - 1));
    return bits >> 63n ? -v : v;
  };
  test.each(["float64", "float32"] as const)(
    "cumsum is within one unit in the last place where nearly everything cancels, %s",
    (dtype) => {
      // |error| ≤ u·|sum| + n²u²·Σ|x|: magnitudes over six orders (three in float32), of which the sums keep little.
      const random = (() => {
        let state = 12345;
        return () => (state = (state * 48271) % 2147483647) / 2147483647;
      })();
      const n = 4000;
      const orders = dtype === "float64" ? 6 : 3;
      const half = Array.from({ length: n / 2 }, () => (random() - 0.5) * 10 ** (orders * random()));
      const x = TYPES[dtype].from([...half, ...half.map((v) => -v * (1 + 1e-3 * random()))]);
      const digits = dtype === "float64" ? 52 : 23;
      for (const [shape, axis] of [
        [[n], 0],
        [[n, 1, 3], 0],
      ] as const) {
        const wide =
          shape.length === 1 ? x : TYPES[dtype].from({ length: 3 * n }, (_, i) => x[Math.floor(i / 3)] as number);
        const got = elementsOf(h.cumsum({ data: wide, shape } as never, { axis }));
        let sum = 0n;
        let absolute = 0;
        for (let i = 0; i < n; i++) {
          const v = x[i] as number;
          sum += big(v);
          absolute += Math.abs(v);
          const y = got[shape.length === 1 ? i : 3 * i + 1] as number;
          const difference = sum - big(y);
          const error = Number((difference < 0n ? -difference : difference) >> 900n) * 2 ** -174;
          const bound = 2 ** -digits * Math.abs(y) + (i + 1) ** 2 * 2 ** (-2 * digits - 2) * absolute + 2 ** -170;
          expect(error).toBeLessThanOrEqual(bound);
        }
      }
    },
  );
  test("cumlogsumexp of many small terms, float32", () => {
    // log(1 + i/10): a plain running sum of 1e5 terms in float32 is wrong in the fourth digit. Two units in the last
    // place of the result, and one of the exponential, whatever the number of terms.
    const n = 100_000;
    const x = new Float32Array(n).fill(Math.log(0.1));
    x[0] = 0;
    const y = h.cumlogsumexp(x) as Float32Array;
    for (let i = 0; i < n; i++) {
      const want = Math.log(1 + i * Math.exp(x[1] as number));
      expect(Math.abs((y[i] as number) - want)).toBeLessThanOrEqual(2 ** -23 * (2 * want + 1));
    }
    let naive = 1;
    for (let i = 1; i < n; i++) naive = Math.fround(naive + Math.fround(Math.exp(x[1] as number)));
    expect(Math.abs(naive / (1 + (n - 1) / 10) - 1), "the plain sum").toBeGreaterThan(1e-4);
  });
  test("cumsum of infinities, overflow and -0 is that of the plain loop", () => {
    expect(h.cumsum([1, Infinity, 1, -Infinity, 1])).toEqual(Float64Array.of(1, Infinity, Infinity, NaN, NaN));
    expect(h.cumsum([Number.MAX_VALUE, Number.MAX_VALUE, -1])).toEqual(
      Float64Array.of(Number.MAX_VALUE, Infinity, Infinity),
    );
    expect(h.cumsum([-0, -0])).toEqual(Float64Array.of(-0, -0));
    expect(h.cumsum([1, NaN, 1])).toEqual(Float64Array.of(1, NaN, NaN));
  });
  test("of nothing, of one element, of a scalar", () => {
    const all = [h.cumsum, h.cumprod, h.cummax, h.cummin, h.cumlogsumexp, h.sort] as ((
      x: h.TensorLike,
      o: unknown,
    ) => unknown)[];
    for (const f of all) {
      expect(plain(f({ data: [], shape: [0, 3] }, 0))).toEqual([]);
      expect(plain(f({ data: [], shape: [2, 0] }, 1))).toEqual([[], []]);
      expect(plain(f([[2, 3]], 0))).toEqual([[2, 3]]);
      expect(plain(f(2, { axis: null }))).toEqual([2]);
    }
    expect(plain(h.median({ data: [], shape: [2, 0] }, 1))).toEqual([NaN, NaN]);
    expect(plain(h.softmax({ data: [], shape: [2, 0] }))).toEqual([[], []]);
  });
});
