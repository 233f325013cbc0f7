// Values in and out: every kind of input means the array it should, results mirror the input, types promote as
// documented.
import { describe, expect, expectTypeOf, test } from "vitest";
import {
  add,
  array,
  div,
  exp,
  eye,
  grad,
  gt,
  hvp,
  jit,
  makeGraph,
  mul,
  NdArray,
  sin,
  sum,
  type Tensor,
  type Value,
  where,
  zeros,
} from "../../src/index.ts";

describe("results mirror the argument", () => {
  const slope = grad((x) => sum(mul(x, x)));
  test("a number", () => {
    expect(slope(3)).toBe(6);
    expectTypeOf(slope(3)).toEqualTypeOf<number>();
  });
  test("number[]", () => {
    expect(slope([1, 2])).toEqual(Float64Array.of(2, 4));
    expectTypeOf(slope([1, 2])).toEqualTypeOf<Float64Array>();
  });
  test("Float64Array", () => expect(slope(Float64Array.of(1, 2))).toEqual(Float64Array.of(2, 4)));
  test("Float32Array", () => {
    expect(slope(Float32Array.of(1, 2))).toEqual(Float32Array.of(2, 4));
    expectTypeOf(slope(Float32Array.of(1, 2))).toEqualTypeOf<Float32Array>();
  });
  test("nested arrays", () => {
    const g = slope([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expectTypeOf(g).toEqualTypeOf<NdArray>();
    expect(g.shape).toEqual([2, 3]);
    expect(g.toArray()).toEqual([
      [2, 4, 6],
      [8, 10, 12],
    ]);
    expect(g.get(1, -1)).toBe(12);
    expect(String(g)).toBe("NdArray float64[2,3] [[2, 4, 6], [8, 10, 12]]");
  });
  test("{ data, shape }, in float32 too", () => {
    const g = slope({ data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] });
    expect(g).toBeInstanceOf(NdArray);
    expect(g.data).toEqual(Float32Array.of(2, 4, 6, 8));
  });
  test("a result is an argument again", () => expect(slope(slope([[1, 2]])).toArray()).toEqual([[4, 8]]));
  test("an empty vector", () => expect(slope([])).toEqual(new Float64Array(0)));
  test("rank 3", () => expect(slope([[[1], [2]]]).shape).toEqual([1, 2, 1]));
});

describe("trees", () => {
  const f = ({ w, b }: { w: Tensor; b: Tensor }) => sum(mul(mul(w, w), b));
  test("of objects", () => {
    const g = grad(f)({ w: [1, 2], b: 3 });
    expectTypeOf(g).toEqualTypeOf<{ w: Float64Array; b: number }>();
    expect(g).toEqual({ w: Float64Array.of(6, 12), b: 5 });
  });
  test("an array with arrays of objects in it", () => {
    const g = grad((layers: { w: Tensor }[]) => layers.map((l) => sum(l.w.square())).reduce((a, b) => add(a, b)))([
      { w: [1] },
      { w: 2 },
    ]);
    expect(g).toEqual([{ w: Float64Array.of(2) }, { w: 4 }]);
  });
  test("typed arrays in an array are a tree, numbers in an array are one array", () => {
    const h = hvp(
      (p: [Tensor, Tensor]) => sum(mul(p[0], p[1])),
      [Float64Array.of(1, 2), Float64Array.of(3, 4)],
      [Float64Array.of(1, 0), [0, 1]],
    );
    expect(h).toEqual([Float64Array.of(0, 1), Float64Array.of(1, 0)]);
  });
  test("directions are matched by key, not by order", () => {
    expect(hvp(f, { w: [1, 2], b: 3 }, { b: 1, w: [0, 0] })).toEqual({ w: Float64Array.of(2, 4), b: 0 });
  });
});

describe("operands", () => {
  const jitted = (f: (x: Tensor) => unknown, x: number[] | Float32Array = [1, 2]) => jit(f as (x: Tensor) => Tensor)(x);
  test("plain numbers take the type of what they meet", () => {
    expect(add(Float32Array.of(0.1), 0.2)).toEqual(Float32Array.of(Math.fround(0.1) + Math.fround(0.2)));
    expect(add(Float32Array.of(1), [0.1])).toBeInstanceOf(Float32Array);
    expect(add(Int32Array.of(1, 2), 3)).toEqual(Int32Array.of(4, 5));
    expect(add(Int32Array.of(1, 2), [3, 4])).toEqual(Int32Array.of(4, 6));
    expect(add(Int32Array.of(1, 2), 0.5)).toEqual(Float64Array.of(1.5, 2.5));
    expect(jitted((x) => mul(exp(0), x), Float32Array.of(2))).toEqual(Float32Array.of(2));
    expect(jitted((x) => add(zeros(1), x), Float32Array.of(2))).toEqual(Float32Array.of(2));
    expect(jitted((x) => mul(x, eye(1)), Float32Array.of(2))).toMatchObject({ data: Float32Array.of(2) });
  });
  test("types promote: bool < int32 < float32 < float64", () => {
    const [b, i, f, d] = [[true], Int32Array.of(2), Float32Array.of(3), Float64Array.of(4)] as const;
    expect(add(b, b)).toEqual(Int32Array.of(2));
    expect(add(b, i)).toEqual(Int32Array.of(3));
    expect(add(i, f)).toEqual(Float32Array.of(5));
    expect(add(f, d)).toEqual(Float64Array.of(7));
    expect(add(b, d)).toEqual(Float64Array.of(5));
    expect(mul(b, 2.5)).toEqual(Float64Array.of(2.5));
  });
  test("true division and transcendental functions of integers give float64", () => {
    expect(div(Int32Array.of(1), Int32Array.of(2))).toEqual(Float64Array.of(0.5));
    expect(sin(Int32Array.of(0))).toEqual(Float64Array.of(0));
  });
  test("other integer arrays are int32", () => {
    for (const type of [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Uint32Array])
      expect(add(type.of(1, 2), 1)).toEqual(Int32Array.of(2, 3));
  });
  test("booleans come back as booleans", () => {
    expect(where(true, 1, 2)).toBe(1);
    expect(jit((x: Tensor) => x.gt(1))([1, 2])).toEqual(Uint8Array.of(0, 1));
    expect(jit((x: Tensor) => x.gt(1))(2)).toBe(true);
    expect(where([true, false], [1, 2], 0)).toEqual(Float64Array.of(1, 0));
  });
  test("strided views, as of scijs ndarray", () => {
    const data = Float64Array.of(9, 1, 2, 3, 4, 5, 6);
    const transposed = { data, shape: [3, 2], stride: [1, 3], offset: 1 };
    expect((add(transposed, 0) as NdArray).toArray()).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    expect((add({ data, shape: [2, 2], stride: [3, -1], offset: 3 }, 0) as NdArray).toArray()).toEqual([
      [3, 2],
      [6, 5],
    ]);
    expect(jit((x: Tensor) => add(x, transposed))(0)).toMatchObject({ data: Float64Array.of(1, 4, 2, 5, 3, 6) });
    // Row-major from `offset` on, where there is no stride.
    expect(add({ data, shape: [2], offset: 2 }, 0)).toEqual(Float64Array.of(2, 3));
    expect(add({ data, shape: [7], offset: 0 }, 0)).toEqual(Float64Array.of(9, 1, 2, 3, 4, 5, 6));
    expect(() => add({ data, shape: [7], offset: 2 }, 0)).toThrow(
      "reaches element 7 of 7; check shape, stride and offset",
    );
  });
  test("a captured array is one node however often it is used, and a constant one is a constant", () => {
    const a = Float64Array.of(1, 2);
    const b = [3, 4];
    const graph = makeGraph((x) => add(mul(x, a), add(add(mul(a, 2), sum(b)), sum(b))))([0, 0]);
    expect(graph.match(/literal/g)).toHaveLength(2);
    expect(makeGraph((x) => mul(x, new Float64Array(2).fill(3)))([0, 0])).toContain("mul 3 a");
  });
  test("one-shot transforms see the current content of captured arrays", () => {
    const a = Float64Array.of(1, 2);
    const slope = grad((x) => sum(mul(x, a)));
    expect(slope([0, 0])).toEqual(Float64Array.of(1, 2));
    a[0] = 5;
    expect(slope([0, 0])).toEqual(Float64Array.of(5, 2));
  });
});

describe("eye and the like outside a trace", () => {
  test("are symbolic in a trace until their data is touched", () => {
    const I = eye(3) as NdArray;
    expect(makeGraph((x) => mul(x, I))(2)).toContain("iota");
    expect(I.data).toEqual(Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1));
    I.data[1] = 7;
    expect(makeGraph((x) => mul(x, I))(2)).toContain("literal");
    expect((mul(2, I) as NdArray).get(0, 1)).toBe(14);
  });
  test("take the type of what they meet, touched or not", () => {
    const I = eye(2) as NdArray;
    const product = (): Value => jit((x: Tensor) => mul(x, I))(Float32Array.of(1, 1)) as Value;
    expect((product() as NdArray).dtype).toBe("float32");
    void I.data;
    expect((product() as NdArray).dtype).toBe("float32");
    const strict = eye(2, { dtype: "float64" });
    expect((jit((x: Tensor) => mul(x, strict))(Float32Array.of(1, 1)) as NdArray).dtype).toBe("float64");
  });
});

test("array: concrete outside a trace, stacked inside", () => {
  expect(array([1, 2])).toEqual(Float64Array.of(1, 2));
  expect(array([1, 2], { dtype: "float32" })).toEqual(Float32Array.of(1, 2));
  expect((array([[1, 2]]) as NdArray).shape).toEqual([1, 2]);
  expect(
    jit((x: Tensor) =>
      array([
        [x.at(0), x.at(1)],
        [x.at(1), x.at(0)],
      ]),
    )([1, 2]),
  ).toMatchObject({ shape: [2, 2], data: Float64Array.of(1, 2, 2, 1) });
  const source = Float64Array.of(1);
  expect(array(source)).not.toBe(source);
});

test("an NdArray that a user made has the type and the size of its data, whatever else it claims", () => {
  const Made = NdArray as unknown as new (data: Float64Array | Float32Array, shape: number[]) => NdArray;
  expect((add(new Made(Float64Array.of(1, 2), [1, 2]), 1) as NdArray).data).toEqual(Float64Array.of(2, 3));
  expect((add(new Made(Float32Array.of(1, 2), [1, 2]), 1) as NdArray).dtype).toBe("float32");
  expect(() => add(new Made(Float64Array.of(1, 2), [2, 2]), 1)).toThrow(/2 elements of data, but shape \[2, 2\] has 4/);
});

describe("an NdArray is its own properties: copies are arrays still", () => {
  const result = add(
    [
      [1, 2],
      [3, 4],
    ],
    0,
  ) as NdArray;
  test.each([
    ["a result", () => result, [1, 2, 3, 4]],
    ["a recipe", () => eye(2) as NdArray, [1, 0, 0, 1]],
    ["booleans", () => gt(result, 2) as NdArray, [0, 0, 1, 1]],
  ] as const)("%s", (_name, make, data) => {
    expect(Object.keys(make()).sort()).toEqual(["data", "dtype", "shape"]);
    expect(Array.from({ ...make() }.data)).toEqual(data);
    expect(Array.from(structuredClone(make()).data)).toEqual(data);
    const json = JSON.parse(JSON.stringify(make())) as NdArray;
    expect(json).toEqual({ data, shape: [2, 2], dtype: make().dtype });
    expect((add(json, 1) as NdArray).toArray()).toEqual((add({ ...make() }, 1) as NdArray).toArray());
  });
});
