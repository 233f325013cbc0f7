// Products, distances, pooling, pseudoinverses, norms and logarithms of sums: JAX's values, gradients and
// Hessian-vector products (test/fixtures/compositions.py), and the conventions where these functions are not smooth.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as h from "../../src/index.ts";
import { plain } from "../harness/values.ts";

type T = h.Tensor;
interface Case {
  readonly name: string;
  readonly shape: number[];
  readonly f: number;
  readonly grad: number[];
  readonly hvp: number[];
}
const cases = JSON.parse(readFileSync(new URL("../fixtures/compositions.json", import.meta.url), "utf8")) as Case[];

/** As in compositions.py. */
const wave = (shape: readonly number[], a: number, b: number): { data: Float64Array; shape: readonly number[] } => ({
  data: Float64Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, k) => Math.cos(a * k * (1 + k / 8) + b)),
  shape,
});
const weighted = (y: T): T => h.vdot(h.cos(h.arange(y.size, { dtype: y.dtype as "float64" })), y);
const W = wave([3, 4], 0.7, 0.2);
const rows = (x: T, from: number, to: number): T => h.slice(x, [from, to]);
const { square } = h;

const functions: Record<string, (x: T) => T> = {
  cross: (x) => weighted(h.cross(x, h.roll(h.sin(x), 1, 0))),
  "cross, axis 0": (x) => weighted(h.cross(x, [[0.5], [-1], [2]], 0)),
  squaredDistances: (x) => weighted(square(h.squaredDistances(x, rows(x, 0, 3)))),
  cdist: (x) => weighted(h.cdist(rows(x, 0, 2), rows(x, 2, 5))),
  "cdist, p 1": (x) => weighted(square(h.cdist(rows(x, 0, 2), rows(x, 2, 5), { p: 1 }))),
  "cdist, p 3": (x) => weighted(h.cdist(rows(x, 0, 2), rows(x, 2, 5), { p: 3 })),
  "cdist, p Infinity": (x) => weighted(square(h.cdist(rows(x, 0, 2), rows(x, 2, 5), { p: Infinity }))),
  maxPool: (x) => weighted(square(h.maxPool(x, 2))),
  "maxPool, overlapping": (x) => weighted(square(h.maxPool(x, [3, 2], { stride: [2, 1] }))),
  "maxPool, padded and dilated": (x) =>
    weighted(square(h.maxPool(x, 3, { stride: 2, padding: [[1, 2]], dilation: 2 }))),
  "maxPool, same": (x) => weighted(square(h.maxPool(x, 3, { stride: 2, padding: "same" }))),
  avgPool: (x) => weighted(h.div(square(h.mul(4, h.avgPool(x, 2))), 16)),
  "avgPool, padded": (x) =>
    weighted(
      square(
        h.avgPool(x, [3, 2], {
          stride: [2, 1],
          padding: [
            [1, 0],
            [0, 1],
          ],
        }),
      ),
    ),
  "avgPool, padding not counted": (x) =>
    weighted(square(h.avgPool(x, 3, { stride: 2, padding: 1, countIncludePad: false }))),
  "pinv, square": (x) => weighted(h.pinv(h.add(x, h.mul(2, h.eye(3))))),
  "pinv, tall": (x) => weighted(h.pinv(x)),
  "pinv, wide": (x) => weighted(h.pinv(x)),
  "pinv, rank 2": (x) =>
    weighted(
      h.pinv(
        h.matmul(x, [
          [1, 0, 1],
          [0, 2, 1],
        ]),
      ),
    ),
  "norm, ord 2": (x) => h.norm(x, { ord: 2 }),
  "norm, ord -2": (x) => h.norm(x, { ord: -2 }),
  "norm, nuc": (x) => h.norm(x, { ord: "nuc" }),
  "norm, nuc of a batch": (x) => weighted(h.norm(x, { ord: "nuc", axis: [2, 0] })),
  "norm, p 3": (x) => weighted(h.norm(x, { ord: 3, axis: 1 })),
  "norm, p 1.5": (x) => weighted(h.norm(x, { ord: 1.5, axis: 0 })),
  "norm, p -2": (x) => weighted(h.norm(x, { ord: -2, axis: 1 })),
  "logsumexp, weights": (x) => weighted(h.logsumexp(h.mul(3, x), { axis: 1, weights: h.add(W, 1.5) })),
  "logsumexp, weights of both signs": (x) => h.logsumexp(x, { weights: h.add(W, 0.4) }),
  "logsumexp, in the weights": (x) => weighted(h.logsumexp(h.mul(3, W), { axis: 0, weights: h.add(x, 1.5) })),
  logmeanexp: (x) => weighted(h.logmeanexp(h.mul(3, x), 1)),
};

/** Largest difference over the largest magnitude. JAX's own rounding is a few 1e-15 of it. */
function expectNear(got: unknown, wanted: readonly number[], tolerance: number): void {
  const y = (got as h.NdArray).data ?? (got as Float64Array);
  expect(y.length).toBe(wanted.length);
  const scale = Math.max(1e-3, ...wanted.map(Math.abs));
  wanted.forEach((w, i) =>
    expect(Math.abs((y[i] as number) - w) / scale, `element ${i}: ${y[i]}, not ${w}`).toBeLessThan(tolerance),
  );
}

test("every function has a case", () => expect(Object.keys(functions)).toEqual(cases.map((c) => c.name)));

describe.each(cases)("$name", ({ name, shape, f: value, grad, hvp }) => {
  const f = functions[name] as (x: T) => T;
  const [x, v] = [wave(shape, 1.7, 0.9), wave(shape, 0.6, 2.1)];
  const tolerance = 2e-12;
  test("value, gradient, the three compositions, compiled", () => {
    expectNear([h.jit(f)(x) as number], [value], tolerance);
    expectNear(h.grad(f)(x), grad, tolerance);
    expectNear(h.hvp(f, x, v), hvp, tolerance);
    expectNear(h.grad((t: T) => h.vdot(h.grad(f)(t), v))(x), hvp, tolerance);
    expectNear(h.grad((t: T) => h.jvp(f, [t], [v as never])[1] as T)(x), hvp, tolerance);
    const problem = h.objective(f, x);
    expectNear([problem.value(x)], [value], tolerance);
    expectNear(problem.hvp(x, v), hvp, tolerance);
    expectNear(problem.at(x).hvp(v), hvp, tolerance);
  });
  test("float32", () => {
    const [x32, v32] = [x, v].map(({ data, shape }) => ({ data: Float32Array.from(data), shape }));
    const g = h.grad(f)(x32 as never) as h.NdArray;
    expect(g.data).toBeInstanceOf(Float32Array);
    expectNear(g, grad, 1e-3);
    expectNear(h.hvp(f, x32 as never, v32 as never), hvp, 1e-2);
  });
  test("vmap", () => {
    const both = { data: Float64Array.of(...x.data, ...v.data), shape: [2, ...shape] };
    const y = h.vmap(f)(both) as Float64Array;
    expectNear([y[0]], [value], tolerance);
    expectNear([y[1]], [h.jit(f)(v) as number], tolerance);
    expectNear((h.vmap(h.grad(f))(both) as h.NdArray).data.slice(0, x.data.length), grad, tolerance);
  });
});

// ---- conventions ----

describe("pooling", () => {
  const image = [
    [1, 5, 2, 0],
    [5, 5, 3, 3],
  ];
  test("ties share the derivative equally, all of a window alike", () => {
    const g = h.grad((x: T) => h.sum(h.maxPool(x, [2, 2])))(image as never);
    const third = 1 / 3;
    expect(plain(g)).toEqual([
      [0, third, 0, 0],
      [third, third, 0.5, 0.5],
    ]);
    const overlapping = h.grad((x: T) => h.sum(h.maxPool(x, [2], { stride: 1 })))([2, 2, 1]);
    expect(plain(overlapping)).toEqual([0.5, 1.5, 0]);
  });
  test("values by hand: integers, float32, padding that never counts, NaN", () => {
    expect(plain(h.maxPool(image, [2, 2]))).toEqual([[5, 3]]);
    expect(h.maxPool(Int32Array.of(-3, -1, -2), [2], { padding: 1 })).toEqual(Int32Array.of(-3, -1));
    expect(h.maxPool(Float32Array.of(1, NaN, 2, 3), [2])).toEqual(Float32Array.of(NaN, 3));
    expect(h.maxPool([-1, -2], [2], { padding: [[1, 0]] })).toEqual(Float64Array.of(-1));
    expect(h.avgPool([1, 2, 3], [2], { padding: 1 })).toEqual(Float64Array.of(0.5, 2.5));
    expect(h.avgPool([1, 2, 3], [2], { padding: 1, countIncludePad: false })).toEqual(Float64Array.of(1, 2.5));
    expect(h.avgPool(Int32Array.of(1, 2), [2])).toEqual(Float64Array.of(1.5));
    expect(h.avgPool([4], [1])).toEqual(Float64Array.of(4));
  });
  test("nothing to pool", () => {
    expect(h.maxPool([1], [2])).toEqual(new Float64Array(0));
    expect(h.avgPool(new Float32Array(0), [2])).toEqual(new Float32Array(0));
    expect((h.maxPool({ data: new Float64Array(0), shape: [0, 1, 4] }, 2) as h.NdArray).shape).toEqual([0, 1, 2]);
  });
  test("misuse is named", () => {
    expect(() => h.maxPool([1, 2, 3], [1], { padding: 2 })).toThrow(
      /place 0 of axis -1 sees padding only; pad by less/,
    );
    expect(() => h.maxPool([1, 2, 3], 2)).toThrow(/a window is a list of one or two extents/);
    expect(() => h.avgPool([1, 2, 3], [0])).toThrow(/window is \[0\]; expected a positive integer/);
    expect(() => h.avgPool([1, 2, 3], [2], { strides: 1 } as never)).toThrow(/unknown option strides/);
  });
});

describe("cross, distances", () => {
  test("cross is NumPy's, and refuses vectors of two", () => {
    expect(h.cross([1, 0, 0], [0, 1, 0])).toEqual(Float64Array.of(0, 0, 1));
    expect(h.cross(Int32Array.of(1, 2, 3), Int32Array.of(4, 5, 6))).toEqual(Int32Array.of(-3, 6, -3));
    expect(
      plain(
        h.cross(
          [[1, 0, 0]],
          [
            [0, 0, 1],
            [0, 1, 0],
          ],
        ),
      ),
    ).toEqual([
      [0, -1, 0],
      [0, 0, 1],
    ]);
    expect((h.cross({ data: [], shape: [0, 3] }, [1, 2, 3]) as h.NdArray).shape).toEqual([0, 3]);
    expect(() => h.cross([1, 2], [3, 4])).toThrow(/expected 3 components in both: of two, the product is the number/);
  });
  test("close points keep the digits of their differences", () => {
    expect(plain(h.squaredDistances([[1e8, 1]], [[1e8, 1 + 2 ** -30]]))).toEqual([[2 ** -60]]);
    expect(plain(h.cdist([[1e200, 0]], [[0, 1e200]], { p: 1 }))).toEqual([[2e200]]);
    expect(plain(h.cdist([[3, 0]], [[0, 4]]))).toEqual([[5]]);
  });
  test("squaredDistances is smooth at coincident points; nothing and no components", () => {
    const x = [[1, 2]];
    const f = (t: T): T => h.sum(h.squaredDistances(t, x));
    expect(plain(h.grad(f)(x as never))).toEqual([[0, 0]]);
    expect(plain(h.hvp(f, x as never, [[1, 0]] as never))).toEqual([[2, 0]]);
    expect(plain(h.grad((t: T) => h.sum(h.cdist(t, x)))(x as never))).toEqual([[0, 0]]);
    for (const d of [h.cdist, h.squaredDistances]) {
      expect((d({ data: [], shape: [0, 2] }, x) as h.NdArray).shape).toEqual([0, 1]);
      expect(plain(d({ data: [], shape: [1, 0] }, { data: [], shape: [2, 0] }))).toEqual([[0, 0]]);
    }
    expect(() => h.cdist([1, 2], x)).toThrow(/expected points in rows/);
    expect(() => h.cdist(x, x, { p: 0 })).toThrow(/it must be a positive number/);
  });
});

describe("pinv, norm", () => {
  test("pinv of singular, zero and empty matrices", () => {
    const a = h.pinv([
      [2, 0],
      [0, 0],
    ]);
    expect(plain(a)).toEqual([
      [0.5, 0],
      [0, 0],
    ]);
    expect(plain(h.pinv([[0, 0]]))).toEqual([[0], [0]]);
    expect((h.pinv({ data: [], shape: [0, 3] }) as h.NdArray).shape).toEqual([3, 0]);
    expect(
      plain(
        h.pinv(
          [
            [1, 0],
            [0, 0.1],
          ],
          { rcond: 0.5 },
        ),
      ),
    ).toEqual([
      [1, 0],
      [0, 0],
    ]);
    expect(() => h.pinv([[1]], { rcond: -1 })).toThrow(/it must be a number not below 0/);
  });
  test("pinv at equal singular values: those of the inverse", () => {
    const x = [
      [2, 0],
      [0, 2],
    ];
    const v = [
      [1, 3],
      [-1, 2],
    ];
    const f = (inverse: (a: T) => T) => (t: T) => h.vdot(h.sin(inverse(t)), [1, 2, 3, 4]);
    const [got, want] = [h.pinv, h.inv].map((i) => h.hvp(f(i as (a: T) => T), x as never, v as never));
    expectNear(got, Array.from((want as unknown as h.NdArray).data), 1e-14);
  });
  test("norms of order p at zeros, far from 1, and over nothing", () => {
    expect(h.norm([3, 0, -4], { ord: 0 })).toBe(2);
    expect(h.norm([1e-300, 1e-300], { ord: 4 })).toBeCloseTo(1.189207115002721e-300, 310);
    expect(h.norm([Infinity, 1], { ord: 3 })).toBe(Infinity);
    expect(h.norm([0, 2], { ord: -1 })).toBe(0);
    expect(h.norm([], { ord: 3 })).toBe(0);
    expect(h.grad((x: T) => h.norm(x, { ord: 3 }))([0, 0])).toEqual(Float64Array.of(0, 0));
    expect(h.grad((x: T) => h.norm(x, { ord: 3 }))([0, -2])).toEqual(Float64Array.of(0, -1));
    expect(h.norm({ data: [], shape: [0, 2] }, { ord: "nuc" })).toBe(0);
  });
});

describe("logarithms of sums", () => {
  test("weights of 0 leave out, negative sums have none", () => {
    expect(h.logsumexp([1, Infinity], { weights: [1, 0] })).toBe(1);
    expect(h.logsumexp([1000, 0], { weights: [0, 1] })).toBe(0);
    expect(h.logsumexp([1, 2], { weights: 0 })).toBe(-Infinity);
    expect(h.logsumexp([1, 2], { weights: [1, -1] })).toBe(NaN);
    expect(h.logsumexp([], { weights: 2 })).toBe(-Infinity);
    expect(h.logsumexp([0, 0], { weights: [1, 1e-20] })).toBe(1e-20);
    expect(h.logsumexp([-50, 0], { weights: [1, 1e-20] })).toBeCloseTo(Math.log(Math.exp(-50) + 1e-20), 14);
    expect(() => h.logsumexp([1], { weights: [1, 2] })).toThrow(/do not broadcast to \[1\]/);
  });
  test("the derivative in a weight of 0", () => {
    expect(h.grad((w: T) => h.logsumexp([0, 1], { weights: w }))([1, 0])).toEqual(Float64Array.of(1, Math.E));
  });
  test("logmeanexp of equal elements is exact, infinities as in logsumexp", () => {
    expect(h.logmeanexp([0.1, 0.1, 0.1])).toBe(0.1);
    expect((h.logmeanexp([1e-20, 3e-20]) as number) * 1e20).toBeCloseTo(2, 14);
    expect(h.logmeanexp([-Infinity, 0])).toBeCloseTo(-Math.LN2, 15);
    expect(h.logmeanexp([-Infinity, -Infinity])).toBe(-Infinity);
    expect(h.logmeanexp([Infinity, 1])).toBe(Infinity);
    expect(h.logmeanexp([])).toBe(NaN);
    expect(h.grad((x: T) => h.logmeanexp(x))([Infinity, Infinity])).toEqual(Float64Array.of(0.5, 0.5));
    expect(h.grad((x: T) => h.logmeanexp(x))([-Infinity, 2])).toEqual(Float64Array.of(0, 1));
  });
});
