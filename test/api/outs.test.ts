// Results written to arrays of the caller: as if all arguments had been read before anything is written, however they
// overlap; results that overlap each other are refused by name.
import { describe, expect, test } from "vitest";
import { jit, mul, type NdArray, objective, square, sub, sum, type Tensor } from "../../src/index.ts";
import { message } from "../harness/message.ts";

/** Σ y³: gradient and products in plain loops. */
const cubes = (y: Tensor) => sum(mul(y, square(y)));
const gradOf = (x: ArrayLike<number>): number[] => Array.from(x, (a) => 3 * a * a);
const hvpOf = (x: ArrayLike<number>, v: ArrayLike<number>): number[] =>
  Array.from(x, (a, i) => 6 * a * (v[i] as number));

/** Small integers, whose results are exact: the first element that differs. */
const same = (got: ArrayLike<number>, want: readonly number[]): void => {
  expect(got.length).toBe(want.length);
  const k = want.findIndex((y, i) => got[i] !== y);
  if (k >= 0) expect.fail(`element ${k} is ${got[k]}, not ${want[k]}`);
};

describe("at.hvps", () => {
  const x = [1, 2, 3];
  const at = objective(cubes, x).at(x);
  const [A, B] = [Float64Array.of(1, 1, 1), Float64Array.of(10, 10, 10)];

  test("outs that are later directions", () => {
    const [a, b] = [A.slice(), B.slice()];
    const got = at.hvps([a, b], [b, a]);
    expect(got.map((y) => Array.from(y))).toEqual([hvpOf(x, A), hvpOf(x, B)]);
    expect([got[0], got[1]]).toEqual([b, a]);
    expect(got[0]).toBe(b);
  });

  test("one direction for several products, and an out that is it", () => {
    const a = A.slice();
    const got = at.hvps([a, a, a], [new Float64Array(3), a, new Float64Array(3)]);
    expect(got.map((y) => Array.from(y))).toEqual([hvpOf(x, A), hvpOf(x, A), hvpOf(x, A)]);
  });

  test("outs that overlap directions in part, in one buffer, every shift", () => {
    for (let shift = 0; shift <= 9; shift++) {
      const buffer = new ArrayBuffer(8 * 20);
      const all = new Float64Array(buffer).map((_, i) => (i * 7) % 19);
      const whole = new Float64Array(buffer);
      whole.set(all);
      const view = (from: number): Float64Array => new Float64Array(buffer, 8 * from, 3);
      at.hvps([view(3), view(6), view(7)], [view(shift), view(shift + 3), view(shift + 6)]);
      const want = [3, 6, 7].map((from) => hvpOf(x, all.slice(from, from + 3)));
      expect([0, 3, 6].map((k) => Array.from(view(shift + k)))).toEqual(want);
    }
  });

  test("views of a buffer that threads share", () => {
    const shared = new SharedArrayBuffer(8 * 6);
    const view = (from: number) => new Float64Array(shared, 8 * from, 3) as unknown as Float64Array<ArrayBuffer>;
    view(0).set([1, 1, 1]);
    view(3).set([10, 10, 10]);
    at.hvps([view(0), view(3)], [view(3), view(0)]);
    expect([Array.from(view(3)), Array.from(view(0))]).toEqual([hvpOf(x, A), hvpOf(x, B)]);
  });

  test("a direction that is refused leaves all outs as they were", () => {
    const outs = [A.slice(), A.slice()];
    expect(message(() => at.hvps([B, [1, 2] as never], outs))).toMatch(/^at\.hvps: vs\[1\] has shape \[2\]/);
    expect(message(() => at.hvps([B, B], [outs[0]!, new Float64Array(2)]))).toMatch(
      /^at\.hvps: outs\[1\] has 2 elements/,
    );
    expect(outs).toEqual([A, A]);
  });

  test("outs that overlap each other", () => {
    const long = new Float64Array(5);
    const share = "share memory; give every result an array of its own";
    expect(message(() => at.hvps([A, B], [long.subarray(0, 3), long.subarray(2)]))).toBe(
      `at.hvps: outs[0] and outs[1] ${share}`,
    );
    expect(message(() => at.hvps([A, B, A], [long.subarray(2), new Float64Array(3), long.subarray(0, 3)]))).toBe(
      `at.hvps: outs[0] and outs[2] ${share}`,
    );
    expect(message(() => at.hvps([A, B], [long.subarray(0, 3), long.subarray(0, 3)]))).toBe(
      `at.hvps: outs[0] and outs[1] ${share}`,
    );
    const six = new Float64Array(6);
    at.hvps([A, B], [six.subarray(3), six.subarray(0, 3)]);
    expect(Array.from(six)).toEqual([...hvpOf(x, B), ...hvpOf(x, A)]);
  });

  test("a getter in a direction that calls the library", () => {
    const P = objective((p: { a: Tensor; b: Tensor }) => sum(mul(square(p.a), p.b)), { a: [1, 2], b: [3, 4] });
    const here = P.at({ a: [1, 2], b: [3, 4] });
    const other = P.at({ a: [9, 9], b: [9, 9] });
    const plain = { a: [1, 1], b: [0, 0] };
    const nosy = {
      get a() {
        other.hvp(plain);
        return [1, 1];
      },
      b: [0, 0],
    };
    const [one, two] = here.hvps([plain, nosy]) as { a: Float64Array; b: Float64Array }[];
    expect([Array.from(one!.a), Array.from(one!.b)]).toEqual([
      [6, 8],
      [2, 4],
    ]);
    expect(two).toEqual(one);
  });
});

describe("an out that is, or overlaps, an argument", () => {
  // Short vectors are copied element by element, longer ones at once, those above 65,536 elements in pieces.
  test.each([3, 100, 70_000])("%d elements, shifted by less than their length: gradients, products", (n) => {
    const P = objective(cubes, new Float64Array(n));
    const shifts = [0, 1, 2, n - 1, n];
    for (const shift of shifts)
      for (const forward of [true, false]) {
        const all = Float64Array.from({ length: 2 * n }, (_, i) => (i * 7) % 19);
        const view = (from: number): Float64Array => all.subarray(from, from + n);
        const [from, to] = forward ? [0, shift] : [shift, 0];
        const x = view(from).slice();
        same(P.grad(view(from), view(to)), gradOf(x));
        view(from).set(x);
        const [f, g] = P.valueAndGrad(view(from), view(to));
        same(g, gradOf(x));
        expect(f).toBe(P.value(x));
        view(from).set(x);
        const [dx, dv] = [x.slice(), x.map((a) => a + 1)];
        // x lies where the result goes, then v.
        same(P.hvp(view(from), dv, view(to)), hvpOf(dx, dv));
        view(from).set(dv);
        same(P.hvp(dx, view(from), view(to)), hvpOf(dx, dv));
        view(from).set(dv);
        same(P.at(dx).hvp(view(from), view(to)), hvpOf(dx, dv));
      }
  });

  test("trees: each leaf may be any leaf of an argument, but no two the same", () => {
    const f = (p: { a: Tensor; b: Tensor }) => sum(mul(square(p.a), p.b));
    const P = objective(f, { a: [1, 2], b: [3, 4] });
    const [a, b] = [Float64Array.of(1, 2), Float64Array.of(3, 4)];
    P.grad({ a, b }, { a: b, b: a } as never);
    expect([Array.from(b), Array.from(a)]).toEqual([
      [6, 16],
      [1, 4],
    ]);
    const share = "share memory; give every result an array of its own";
    const twice = { a, b: a } as never;
    const p = { a: [1, 2], b: [3, 4] };
    expect(message(() => P.grad(p, twice))).toBe(`objective.grad: out.a and out.b ${share}`);
    expect(message(() => P.valueAndGrad(p, twice))).toBe(`objective.valueAndGrad: out.a and out.b ${share}`);
    expect(message(() => P.hvp(p, p, twice))).toBe(`objective.hvp: out.a and out.b ${share}`);
    expect(message(() => P.at(p).hvp(p, twice))).toBe(`at.hvp: out.a and out.b ${share}`);
    expect(
      message(() =>
        P.at(p).hvps([p, p], [
          { a, b },
          { a: new Float64Array(2), b: a },
        ] as never),
      ),
    ).toBe(`at.hvps: outs[0].a and outs[1].b ${share}`);
    expect(Array.from(a)).toEqual([1, 4]);
  });

  test("matrices: the data of an NdArray is what results go to", () => {
    const P = objective((m: Tensor) => sum(mul(m, square(m))), [
      [1, 2],
      [3, 4],
    ] as const);
    const at = P.at([
      [1, 2],
      [3, 4],
    ]);
    const v = at.grad as unknown as NdArray;
    const want = Array.from(v.data, (d, i) => 6 * (i + 1) * d);
    expect(Array.from((at.hvp(v as never, v as never) as unknown as NdArray).data)).toEqual(want);
    const again = at.grad as unknown as NdArray;
    const other = at.grad as unknown as NdArray;
    at.hvps([again, other] as never, [other, again] as never);
    expect([Array.from(other.data), Array.from(again.data)]).toEqual([want, want]);
  });

  test("bound data that views one buffer is read before it is replaced", () => {
    const P = objective((x: Tensor, a: Tensor, b: Tensor) => sum(mul(x, sub(a, b))), [1, 1], [1, 2], [3, 5]);
    const all = Float64Array.of(7, 1, 4);
    P.bind(all.subarray(0, 2), all.subarray(1));
    expect(P.value([1, 10])).toBe(6 - 30);
    all.fill(0);
    expect(P.value([1, 10])).toBe(6 - 30);
  });
});

test("an out may be { data, shape }, as its argument may", () => {
  const W = { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] };
  const p = objective(cubes, W);
  const out = { data: new Float32Array(4), shape: [2, 2] };
  expect(p.grad(W, out)).toBe(out);
  same(out.data, gradOf(W.data));
  expect(p.at(W).hvp(W, structuredClone(out))).toEqual({
    data: Float32Array.from(hvpOf(W.data, W.data)),
    shape: [2, 2],
  });
  const vector = { data: new Float64Array(2), shape: [2] };
  expect(objective(cubes, [1, 2]).grad([1, 2], vector)).toBe(vector);
  same(vector.data, gradOf([1, 2]));
  const twice = jit((x: Tensor) => mul(2, x)).into(out, W);
  expect([twice, Array.from(out.data)]).toEqual([out, [2, 4, 6, 8]]);
  for (const view of [
    { ...out, stride: [1, 2] },
    { ...out, data: new Float32Array(5), offset: 1 },
    { data: [0, 0, 0, 0], shape: [2, 2] },
  ])
    expect(message(() => p.grad(W, view as never))).toMatch("out must be a Float32Array or { data, shape } of one");
});
