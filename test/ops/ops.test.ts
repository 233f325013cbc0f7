// Operations: NumPy's answers, outside a trace and compiled, and gradients by hand where an operation is a composition.
import { describe, expect, test } from "vitest";
import type { NdArray, Tensor, TensorLike, Value } from "../../src/index.ts";
import * as h from "../../src/index.ts";

/** Nested arrays of a value. */
const plain = (v: unknown): unknown =>
  typeof v === "object" && v !== null && "toArray" in v
    ? (v as NdArray).toArray()
    : ArrayBuffer.isView(v)
      ? Array.from(v as Float64Array)
      : v;

/** Checks an operation of one array at once and compiled. */
function check(f: (x: TensorLike) => TensorLike, x: TensorLike, expected: unknown): void {
  expect(plain(f(x))).toEqual(expected);
  expect(plain(h.jit((t: Tensor) => f(t))(x as Value as never))).toEqual(expected);
}
const A = [
  [1, 2, 3],
  [4, 5, 6],
];
const V = [10, 20, 30];

describe("arithmetic", () => {
  test("broadcasts as NumPy", () => {
    check((x) => h.add(x, V), A, [
      [11, 22, 33],
      [14, 25, 36],
    ]);
    check((x) => h.mul(x, [[2], [3]]), A, [
      [2, 4, 6],
      [12, 15, 18],
    ]);
    check(
      (x) => h.sub([[1], [2]], x),
      [1, 2],
      [
        [0, -1],
        [1, 0],
      ],
    );
    check((x) => h.add(x, new Float64Array(0)), 1, []);
    check((x) => h.add(x, [[1]]), [], [[]]);
  });
  test("values", () => {
    check((x) => h.div(x, 2), [1, 3], [0.5, 1.5]);
    check(h.neg, [1, -2], [-1, 2]);
    check(h.abs, [-1, 2], [1, 2]);
    check(h.sign, [-3, 0, 2], [-1, 0, 1]);
    check(h.square, [-3, 2], [9, 4]);
    check(h.sqrt, [4, 9], [2, 3]);
    check(h.reciprocal, [4], [0.25]);
    check((x) => h.pow(x, 3), [2, -2], [8, -8]);
    check((x) => h.pow(2, x), [0, 1, 3], [1, 2, 8]);
    check((x) => h.pow(x, [0, 2]), [5, 3], [1, 9]);
    check((x) => h.maximum(x, 2), [1, 3], [2, 3]);
    check((x) => h.minimum(x, 2), [1, 3], [1, 2]);
    check((x) => h.clip(x, 0, 1), [-1, 0.5, 2], [0, 0.5, 1]);
    check((x) => h.clip(x, null, 1), [-1, 2], [-1, 1]);
    check((x) => h.clip(x, 0), [-1, 2], [0, 2]);
    check((x) => h.clip(x, 0, 1), [Number.NaN], [Number.NaN]);
  });
  test("integers stay integers", () => {
    expect(h.mul(Int32Array.of(2, 3), Int32Array.of(4, 5))).toEqual(Int32Array.of(8, 15));
    expect(h.neg(Int32Array.of(2))).toEqual(Int32Array.of(-2));
    expect(h.abs(Int32Array.of(-2))).toEqual(Int32Array.of(2));
    expect(h.sum(Int32Array.of(2, 3))).toBe(5);
    expect(h.max(Int32Array.of(2, 3))).toBe(3);
    expect(h.mean(Int32Array.of(2, 3))).toBe(2.5);
    expect(h.matmul([[1, 2]], Int32Array.of(3, 4))).toEqual(Int32Array.of(11));
    expect(plain(h.matmul({ data: Int32Array.of(1, 2, 3, 4), shape: [2, 2] }, { data: Int32Array.of(5, 6, 7, 8), shape: [2, 2] }))).toEqual(
      [
        [19, 22],
        [43, 50],
      ],
    );
  });
  test("clip's derivative is 1 at the limits and 0 beyond", () => {
    expect(h.grad((x) => h.sum(h.clip(x, 0, 1)))([-1, 0, 0.5, 1, 2])).toEqual(Float64Array.of(0, 1, 1, 1, 0));
  });
});

describe("elementary functions", () => {
  const near = (f: (x: TensorLike) => TensorLike, g: (x: number) => number, xs: number[]) => {
    for (const y of [f(xs), h.jit((t: Tensor) => f(t) as Tensor)(xs)]) {
      (y as Float64Array).forEach((v, i) =>
        expect(Math.abs(v - g(xs[i]!))).toBeLessThanOrEqual(1e-15 * 4 * Math.max(Math.abs(v), Number.MIN_VALUE)),
      );
    }
  };
  const xs = [-2.5, -0.1, 0.3, 1, 4];
  test.each([
    ["exp", h.exp, Math.exp, xs],
    ["expm1", h.expm1, Math.expm1, xs],
    ["log", h.log, Math.log, [0.1, 1, 7]],
    ["log1p", h.log1p, Math.log1p, [-0.5, 1e-9, 3]],
    ["sin", h.sin, Math.sin, xs],
    ["cos", h.cos, Math.cos, xs],
    ["tan", h.tan, Math.tan, xs],
    ["atan", h.atan, Math.atan, xs],
    ["tanh", h.tanh, Math.tanh, xs],
    ["sigmoid", h.sigmoid, (x: number) => 1 / (1 + Math.exp(-x)), xs],
    ["softplus", h.softplus, (x: number) => Math.log1p(Math.exp(x)), xs],
  ] as const)("%s", (_name, f, g, points) => near(f as (x: TensorLike) => TensorLike, g, [...points]));
});

describe("comparison and logic", () => {
  test("values", () => {
    check((x) => h.lt(x, 2), [1, 2, 3], [1, 0, 0]);
    check((x) => h.le(x, 2), [1, 2, 3], [1, 1, 0]);
    check((x) => h.gt(x, 2), [1, 2, 3], [0, 0, 1]);
    check((x) => h.ge(x, 2), [1, 2, 3], [0, 1, 1]);
    check((x) => h.eq(x, 2), [1, 2, 3], [0, 1, 0]);
    check((x) => h.ne(x, 2), [1, 2, 3], [1, 0, 1]);
    check((x) => h.and(h.gt(x, 1), h.lt(x, 3)), [1, 2, 3], [0, 1, 0]);
    check((x) => h.or(h.le(x, 1), x), [0, 2], [1, 1]);
    check((x) => h.not(x), [0, 2], [1, 0]);
    check(
      (x) => h.where(h.gt(x, 1), x, [[0], [-1]]),
      [1, 2],
      [
        [0, 2],
        [-1, 2],
      ],
    );
  });
  test("an arm not taken contributes nothing, in either order of derivative", () => {
    const f = (x: Tensor) => h.sum(h.where(h.gt(x, 0), h.log(x), 0));
    expect(h.grad(f)([0, 2])).toEqual(Float64Array.of(0, 0.5));
    expect(h.hvp(f, [0, 2], [1, 1])).toEqual(Float64Array.of(0, -0.25));
  });
  test("stopGradient", () => expect(h.grad((x) => h.mul(x, h.stopGradient(x)))(3)).toBe(3));
});

describe("reductions", () => {
  test("over all axes, one, several, none; kept or not", () => {
    check((x) => h.sum(x), A, 21);
    check((x) => h.sum(x, { axis: 0 }), A, [5, 7, 9]);
    check((x) => h.sum(x, -1), A, [6, 15]);
    check((x) => h.sum(x, [0, 1]), A, 21);
    check((x) => h.sum(x, { axis: [] }), A, A);
    check((x) => h.sum(x, { axis: 1, keepdims: true }), A, [[6], [15]]);
    check((x) => h.sum(x, { keepdims: true }), A, [[21]]);
    check((x) => h.mean(x, { axis: 0 }), A, [2.5, 3.5, 4.5]);
    check((x) => h.max(x, { axis: 0 }), A, [4, 5, 6]);
    check((x) => h.min(x, { axis: 1, keepdims: true }), A, [[1], [4]]);
    check((x) => h.prod(x, { axis: 1 }), A, [6, 120]);
  });
  test("of nothing", () => {
    check((x) => h.sum(x), [], 0);
    check((x) => h.prod(x), [], 1);
    check((x) => h.mean(x), [], Number.NaN);
    check((x) => h.logsumexp(x), [], Number.NEGATIVE_INFINITY);
  });
  test("of booleans: counted, any, all", () => {
    const bits = [true, false, true];
    expect(h.sum(bits)).toBe(2);
    expect(h.max(bits)).toBe(true);
    expect(h.min(bits)).toBe(false);
    expect(h.mean(bits)).toBe(2 / 3);
  });
  test("the product's derivatives at zeros", () => {
    expect(h.grad((x) => h.prod(x))([2, 0, 3])).toEqual(Float64Array.of(0, 6, 0));
    expect(h.hvp((x: Tensor) => h.prod(x), [2, 0, 3], [1, 0, 0])).toEqual(Float64Array.of(0, 3, 0));
  });
});

describe("logsumexp", () => {
  const f = (x: Tensor) => h.logsumexp(x);
  const inf = Number.POSITIVE_INFINITY;
  test("does not overflow", () => {
    check((x) => h.logsumexp(x), [1000, 1000], 1000 + Math.LN2);
    check((x) => h.logsumexp(x), [-1000, -1000], -1000 + Math.LN2);
    check(
      (x) => h.logsumexp(x, { axis: 1 }),
      [
        [0, 0],
        [1, 1],
      ],
      [Math.LN2, 1 + Math.LN2],
    );
  });
  test("infinities", () => {
    check((x) => h.logsumexp(x), [-inf, 3], 3);
    check((x) => h.logsumexp(x), [-inf, -inf], -inf);
    check((x) => h.logsumexp(x), [inf, 3], inf);
    check((x) => h.logsumexp(x), [inf, -inf], inf);
    expect(f).toBeTypeOf("function");
  });
  test("derivatives", () => {
    expect(h.grad(f)([5, 5])).toEqual(Float64Array.of(0.5, 0.5));
    expect(h.hvp(f, [5, 5], [1, 0])).toEqual(Float64Array.of(0.25, -0.25));
    expect(h.grad(f)([-inf, 3])).toEqual(Float64Array.of(0, 1));
    expect(h.hvp(f, [-inf, 3], [1, 1])).toEqual(Float64Array.of(0, 0));
    expect(h.grad(f)([-inf, -inf])).toEqual(Float64Array.of(0, 0));
    expect(h.grad(f)([inf, 3])[1]).toBe(0);
  });
});

describe("shapes", () => {
  test("reshape, ravel, transpose, expandDims, squeeze, broadcastTo", () => {
    check((x) => h.reshape(x, [3, -1]), A, [
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    check((x) => h.reshape(x, -1), A, [1, 2, 3, 4, 5, 6]);
    check((x) => h.reshape(x, []), [7], 7);
    check(h.ravel, A, [1, 2, 3, 4, 5, 6]);
    check((x) => h.transpose(x), A, [
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    check((x) => h.transpose(x, [1, 0]), A, [
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    check((x) => h.expandDims(x, -1), [1, 2], [[1], [2]]);
    check((x) => h.expandDims(x, [0, 2]), [1, 2], [[[1], [2]]]);
    check((x) => h.squeeze(x), [[[1], [2]]], [1, 2]);
    check((x) => h.squeeze(x, 0), [[[1], [2]]], [[1], [2]]);
    check(
      (x) => h.broadcastTo(x, [2, 2]),
      [1, 2],
      [
        [1, 2],
        [1, 2],
      ],
    );
    check(
      (x) => h.broadcastTo(x, [2, 2]),
      [[1], [2]],
      [
        [1, 1],
        [2, 2],
      ],
    );
  });
  test("flip, roll, pad, concat, stack", () => {
    check((x) => h.flip(x, 1), A, [
      [3, 2, 1],
      [6, 5, 4],
    ]);
    check((x) => h.flip(x), A, [
      [6, 5, 4],
      [3, 2, 1],
    ]);
    check((x) => h.roll(x, 1), [1, 2, 3], [3, 1, 2]);
    check((x) => h.roll(x, -4), [1, 2, 3], [2, 3, 1]);
    check((x) => h.roll(x, 1, 0), A, [
      [4, 5, 6],
      [1, 2, 3],
    ]);
    check((x) => h.roll(x, 1), A, [
      [6, 1, 2],
      [3, 4, 5],
    ]);
    check((x) => h.pad(x, 1), [1, 2], [0, 1, 2, 0]);
    check((x) => h.pad(x, [1, 0], { value: 9 }), [1, 2], [9, 1, 2]);
    check(
      (x) =>
        h.pad(x, [
          [0, 1],
          [1, 0],
        ]),
      [[1], [2]],
      [
        [0, 1],
        [0, 2],
        [0, 0],
      ],
    );
    check((x) => h.concat([x, [9], x]), [1, 2], [1, 2, 9, 1, 2]);
    check(
      (x) => h.concat([x, x], { axis: 1 }),
      [[1], [2]],
      [
        [1, 1],
        [2, 2],
      ],
    );
    check(
      (x) => h.stack([x, [3, 4]]),
      [1, 2],
      [
        [1, 2],
        [3, 4],
      ],
    );
    check(
      (x) => h.stack([x, [3, 4]], { axis: -1 }),
      [1, 2],
      [
        [1, 3],
        [2, 4],
      ],
    );
    check((x) => h.stack([x, 2]), 1, [1, 2]);
  });
  test("astype", () => {
    expect(h.astype([1.7, -1.7], "int32")).toEqual(Int32Array.of(1, -1));
    expect(h.astype([0, 2], "bool")).toEqual(Uint8Array.of(0, 1));
    expect(h.grad((x) => h.sum(h.square(h.astype(x, "float32"))))([1, 2])).toEqual(Float64Array.of(2, 4));
  });
});

describe("slices", () => {
  const x = [0, 1, 2, 3, 4];
  /** All of NumPy's cases against array indexing. */
  const numpy = (start: number | null, stop: number | null, step: number): number[] => {
    const n = x.length;
    const clamp = (k: number, low: number, high: number) => Math.min(Math.max(k < 0 ? k + n : k, low), high);
    const [low, high] = step > 0 ? [0, n] : [-1, n - 1];
    const out: number[] = [];
    const to = stop === null ? (step > 0 ? n : -1) : clamp(stop, low, high);
    for (let i = start === null ? (step > 0 ? 0 : n - 1) : clamp(start, low, high); step > 0 ? i < to : i > to; i += step) out.push(x[i]!);
    return out;
  };
  test("every start, stop and step", () => {
    const bounds = [null, -7, -5, -2, 0, 1, 3, 5, 8];
    for (const start of bounds) {
      for (const stop of bounds) {
        for (const step of [1, 2, 3, -1, -2, -7])
          expect(plain(h.slice(x, [start, stop, step])), `[${start}:${stop}:${step}]`).toEqual(numpy(start, stop, step));
      }
    }
  });
  test("several axes", () => {
    check((t) => h.slice(t, null, [1]), A, [
      [2, 3],
      [5, 6],
    ]);
    check((t) => h.slice(t, 1), A, [4, 5, 6]);
    check((t) => h.slice(t, null, -1), A, [3, 6]);
    check((t) => h.slice(t, 0, [null, null, 2]), A, [1, 3]);
    check((t) => h.slice(t, [5]), x, []);
  });
  test("their gradients, with steps too", () => {
    expect(h.grad((t) => h.sum(h.mul(t.slice([1, null, 2]), [10, 20])))(x)).toEqual(Float64Array.of(0, 10, 0, 20, 0));
    expect(h.grad((t) => h.sum(h.mul(t.slice([null, null, -2]), [1, 2, 3])))(x)).toEqual(Float64Array.of(3, 0, 2, 0, 1));
  });
});

describe("indices", () => {
  test("at", () => {
    check((t) => h.at(t, 1), A, [4, 5, 6]);
    check((t) => h.at(t, -1, -2), A, 5);
    const pick = (t: Tensor, i: Tensor) => t.at(i.at(0));
    expect(h.jit(pick)(A, Int32Array.of(1))).toEqual(Float64Array.of(4, 5, 6));
    expect(h.jit(pick)([1, 2, 3], Int32Array.of(9))).toBe(3);
    expect(h.grad((t: Tensor, i: Tensor) => h.square(pick(t, i)))([1, 2, 3], Int32Array.of(-1))).toEqual(Float64Array.of(0, 0, 6));
    expect(h.jit((t: Tensor, i: Tensor) => t.at(h.astype(i, "int32"), 0))(A, 1)).toBe(4);
  });
  test("take", () => {
    check((t) => h.take(t, [0, -1]), A, [1, 6]);
    check((t) => h.take(t, [[1, 0]], { axis: 0 }), A, [
      [
        [4, 5, 6],
        [1, 2, 3],
      ],
    ]);
    check((t) => h.take(t, 1, { axis: 1 }), A, [2, 5]);
    check((t) => h.take(t, Int32Array.of(2, 2, 0), { axis: -1 }), A, [
      [3, 3, 1],
      [6, 6, 4],
    ]);
    check((t) => h.take(t, new Int32Array(0)), A, []);
    expect(h.jit((t: Tensor, i: Tensor) => h.take(t, i))(V, Int32Array.of(-1, 0))).toEqual(Float64Array.of(30, 10));
    expect(h.grad((t: Tensor) => h.sum(h.mul(h.take(t, [0, 0, 2]), V)))([1, 2, 3])).toEqual(Float64Array.of(30, 0, 30));
    expect(h.hvp((t: Tensor) => h.sum(h.square(h.take(t, [0, 0, 2]))), [1, 2, 3], [1, 1, 1])).toEqual(Float64Array.of(4, 0, 2));
  });
});

describe("products", () => {
  const B = [
    [1, 0],
    [2, 1],
    [0, 3],
  ];
  test("matmul", () => {
    check((t) => h.matmul(t, B), A, [
      [5, 11],
      [14, 23],
    ]);
    check((t) => h.matmul(t, V), A, [140, 320]);
    check((t) => h.matmul([1, 10], t), A, [41, 52, 63]);
    check((t) => h.matmul(t, V), [1, 2, 3], 140);
    check(
      (t) => h.matmul(t, B),
      [A, A],
      [
        [
          [5, 11],
          [14, 23],
        ],
        [
          [5, 11],
          [14, 23],
        ],
      ],
    );
    check((t) => h.matmul(t, [B, B]), A, [
      [
        [5, 11],
        [14, 23],
      ],
      [
        [5, 11],
        [14, 23],
      ],
    ]);
    check(
      (t) => h.matmul(t, V),
      [A, A],
      [
        [140, 320],
        [140, 320],
      ],
    );
    check(
      (t) => h.matmul(t, h.reshape([B, B], [1, 2, 3, 2])),
      [[A], [A], [A]],
      Array(3).fill(
        Array(2).fill([
          [5, 11],
          [14, 23],
        ]),
      ),
    );
    check(
      (t) => h.matmul(t, h.zeros([0, 2])),
      [[], []],
      [
        [0, 0],
        [0, 0],
      ],
    );
  });
  test("dot, vdot, outer", () => {
    check((t) => h.dot(t, V), [1, 2, 3], 140);
    check((t) => h.dot(t, 2), A, [
      [2, 4, 6],
      [8, 10, 12],
    ]);
    check((t) => h.dot(t, B), A, [
      [5, 11],
      [14, 23],
    ]);
    check((t) => h.dot(t, [B, B]), A, [
      [
        [5, 11],
        [5, 11],
      ],
      [
        [14, 23],
        [14, 23],
      ],
    ]);
    check(
      (t) => h.dot(t, [B, B]),
      [1, 2, 3],
      [
        [5, 11],
        [5, 11],
      ],
    );
    check((t) => h.vdot(t, A), A, 91);
    check((t) => h.vdot(t, [1, 1, 1, 1, 1, 1]), A, 21);
    check(
      (t) => h.outer(t, [1, 2]),
      [3, 4],
      [
        [3, 6],
        [4, 8],
      ],
    );
  });
  test("second derivatives of a quadratic form", () => {
    const Q = [
      [2, 1],
      [0, 3],
    ];
    expect(h.hvp((x: Tensor) => h.dot(x, h.matmul(Q, x)), [1, 1], [1, 10])).toEqual(Float64Array.of(14, 61)); // (Q + Qᵀ) v
  });
});

describe("creation", () => {
  test("the same outside a trace and in one", () => {
    const makers: [() => TensorLike, unknown][] = [
      [() => h.zeros(2), [0, 0]],
      [() => h.ones([1, 2]), [[1, 1]]],
      [() => h.full(2, 7), [7, 7]],
      [() => h.full([], 7), 7],
      [() => h.full(2, true), [1, 1]],
      [() => h.arange(3), [0, 1, 2]],
      [() => h.arange(1, 4), [1, 2, 3]],
      [() => h.arange(1, 0, -0.5), [1, 0.5]],
      [() => h.arange(3, 1), []],
      [() => h.arange(2, 5, { dtype: "int32" }), [2, 3, 4]],
      [() => h.linspace(0, 1, 5), [0, 0.25, 0.5, 0.75, 1]],
      [
        () => h.eye(2),
        [
          [1, 0],
          [0, 1],
        ],
      ],
      [
        () => h.eye(2, 3),
        [
          [1, 0, 0],
          [0, 1, 0],
        ],
      ],
      [() => h.zerosLike([[1, 2]]), [[0, 0]]],
      [() => h.onesLike(Int32Array.of(3)), [1]],
    ];
    for (const [make, expected] of makers) {
      expect(plain(make())).toEqual(expected);
      expect(plain(h.jit((() => make()) as () => Tensor)())).toEqual(expected);
    }
  });
  test("types", () => {
    expect(h.arange(2, { dtype: "int32" })).toEqual(Int32Array.of(0, 1));
    expect(h.zeros(2, { dtype: "float32" })).toEqual(new Float32Array(2));
    expect(h.ones(2, { dtype: "bool" })).toEqual(Uint8Array.of(1, 1));
    expect(h.zerosLike(Float32Array.of(1))).toEqual(new Float32Array(1));
  });
  test("full of a traced value", () => expect(h.grad((x) => h.sum(h.full([2, 3], x)))(1)).toBe(6));
});
