// Reductions, scans, sorting and activations against NumPy, SciPy and multiple-precision differences
// (fixtures/reductions.json; reductions.py beside it says how each number was made); and what NumPy answers to small
// cases, at once and compiled.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as h from "../../src/index.ts";
import { grad, hvp, jit, jvp, objective, type Tensor, vdot, vmap } from "../../src/index.ts";
import { check, plain } from "../harness/values.ts";

type Nested = number | boolean | readonly Nested[];
type Operation = (...args: unknown[]) => unknown;

/** Infinities and NaN are strings in JSON. */
const SPECIAL: Record<string, number> = { inf: Infinity, "-inf": -Infinity, nan: NaN };
const fixtures = JSON.parse(readFileSync(new URL("../fixtures/reductions.json", import.meta.url), "utf8"), (_key, v) =>
  typeof v === "string" && v in SPECIAL ? SPECIAL[v] : v,
) as {
  values: { op: string; x: Nested; args: unknown[]; want: Nested }[];
  derivatives: {
    op: string;
    x: number[];
    v: number[];
    args: unknown[];
    weights: number[];
    value: number;
    grad: number[];
    hvp: number[];
  }[];
  elements: { op: string; x: number[]; args: unknown[]; value: number; first: number[]; second: number[][] }[];
};
const operation = (name: string): Operation => (h as unknown as Record<string, Operation>)[name] as Operation;

const flat = (v: Nested): (number | boolean)[] => (typeof v === "object" ? v.flatMap((e) => flat(e as Nested)) : [v]);
const shapeOf = (v: Nested): number[] =>
  typeof v === "object" ? [v.length, ...(v.length > 0 ? shapeOf(v[0] as Nested) : [])] : [];

/** Within `tolerance` of the largest finite number wanted; infinities, NaN and booleans exactly. */
function expectNear(got: unknown, want: Nested, tolerance: number): void {
  expect(shapeOf(got as Nested)).toEqual(shapeOf(want));
  const [a, b] = [flat(got as Nested), flat(want)];
  const largest = b.reduce<number>(
    (m, w) => (typeof w === "number" && Number.isFinite(w) ? Math.max(m, Math.abs(w)) : m),
    0,
  );
  b.forEach((w, i) => {
    const g = a[i];
    if (typeof w === "boolean" || !Number.isFinite(w)) expect(typeof w === "boolean" ? Boolean(g) : g).toBe(w);
    else expect(Math.abs((g as number) - w), `[${i}] is ${g}, wanted ${w}`).toBeLessThanOrEqual(tolerance * largest);
  });
}

/**
 * float64: up to 24 terms are rounded by NumPy one by one, by the kernels otherwise. float32: NumPy's numbers are of
 * the rounded input's neighbours, and products of up to 24 factors add up their errors.
 */
const ROUNDING = { float64: 2e-14, float32: 5e-6 };

describe("values as NumPy and SciPy give them", () => {
  const ops = [...new Set(fixtures.values.map((c) => c.op))];
  test.each(ops)("%s", (op) => {
    for (const { x, args, want } of fixtures.values.filter((c) => c.op === op)) {
      const f = operation(op);
      expectNear(plain(f(x, ...args)), want, ROUNDING.float64);
      expectNear(plain(jit((t: Tensor) => f(t, ...args) as Tensor)(x as never)), want, ROUNDING.float64);
    }
  });
  test.each(ops.filter((op) => !["any", "all"].includes(op)))("%s in float32", (op) => {
    for (const { x, args, want } of fixtures.values.filter((c) => c.op === op)) {
      // A mean of 1e9 leaves no digit in float32.
      if (flat(x).some((v) => typeof v === "boolean" || v > 1e8)) continue;
      const single = h.astype(x as never, "float32") as unknown;
      const got = operation(op)(single, ...args);
      expectNear(plain(got), want, ROUNDING.float32);
      const [of, discrete] = [got instanceof h.NdArray ? got.data : got, /^arg|^is|^count/.test(op)];
      if (ArrayBuffer.isView(of))
        expect(of.constructor).toBe(discrete ? (/^is/.test(op) ? Uint8Array : Int32Array) : Float32Array);
    }
  });
});

// Differences in 240 digits are exact; what remains is the rounding of values and derivatives over a few dozen
// operations, relative to the largest element. Where the point is 1e7 times the deviation, so is the rounding of the
// differences from the mean.
const DERIVATIVE = 1e-13;

describe("derivatives of weighted sums, in three compositions", () => {
  test.each(fixtures.derivatives.map((c) => [`${c.op} ${JSON.stringify(c.args)} at [${c.x}]`, c] as const))(
    "%s",
    (_name, c) => {
      const { x, v } = c;
      const f = (t: Tensor): Tensor => {
        const y = operation(c.op)(t, ...c.args) as Tensor;
        return y.shape.length === 0 ? h.mul(c.weights[0] as number, y) : h.sum(h.mul(c.weights, y));
      };
      const conditioning = Math.max(...x.map(Math.abs)) > 1e6 && c.op === "std" ? 1e7 : 1;
      const near = (got: unknown, want: Nested): void => expectNear(plain(got), want, DERIVATIVE * conditioning);
      near(jit(f)(x), c.value);
      near(grad(f)(x), c.grad);
      near(hvp(f, x, v), c.hvp);
      near(jvp(grad(f), [x], [v])[1], c.hvp);
      near(grad((t: Tensor) => vdot(grad(f)(t) as Tensor, v))(x), c.hvp);
      near(grad((t: Tensor) => (jvp(f, [t], [v]) as [Tensor, Tensor])[1])(x), c.hvp);
      near(vmap(grad(f))([x, x]), [c.grad, c.grad]);
      near(objective(f, x).at(x).hvp(v), c.hvp);
    },
  );
});

/** Units in the last place: the bound of derivatives of elementary functions where they are well conditioned. */
const ULP = 8;
const ulps = (got: number, want: number): number =>
  Math.abs(got - want) / (Math.abs(want) * 2 ** -52 + Number.MIN_VALUE);

describe("element by element: value, first and second derivatives", () => {
  test.each(fixtures.elements.map((c) => [`${c.op}(${[...c.x, ...c.args].join(", ")})`, c] as const))(
    "%s",
    (_name, c) => {
      const f = (...x: unknown[]): Tensor => operation(c.op)(...x, ...c.args) as Tensor;
      const near = (got: unknown, want: number): void =>
        expect(ulps(got as number, want), `${got}, wanted ${want}`).toBeLessThanOrEqual(ULP);
      near(f(...c.x), c.value);
      c.x.forEach((_, i) => {
        const slope = grad(f as never, { argnums: i }) as Operation;
        near(slope(...c.x), c.first[i] as number);
        c.x.forEach((_, j) => {
          near((grad(slope as never, { argnums: j }) as Operation)(...c.x), c.second[i]?.[j] as number);
        });
      });
    },
  );
});

describe("batched = row by row", () => {
  const rows: Record<string, Operation> = {
    quantile: (x) => h.quantile(x as Tensor, [0.2, 0.5]),
    topK: (x) => h.topK(x as Tensor, 2)[0],
    "topK indices": (x) => h.topK(x as Tensor, 2)[1],
    "norm of a matrix": (x) => h.norm((x as Tensor).reshape([2, 2]), { ord: 1 }),
  };
  const names = [
    "cumsum",
    "cumprod",
    "cummax",
    "cummin",
    "cumlogsumexp",
    "sort",
    "argsort",
    "argmax",
    "argmin",
    "median",
    "variance",
    "std",
  ];
  for (const name of [
    ...names,
    "norm",
    "softmax",
    "logSoftmax",
    "logsumexp",
    "any",
    "all",
    "countNonzero",
    "isnan",
    "relu",
    "softsign",
  ])
    rows[name] = operation(name);
  const X = [
    [3, -1, 0, 2],
    [0.5, 0.5, -7, NaN],
    [Infinity, 1, 1, -Infinity],
  ];
  test.each(Object.keys(rows))("%s", (name) => {
    const f = rows[name] as Operation;
    const one = jit((x: Tensor) => f(x) as Tensor);
    const want = X.map((row) => plain(one(row)));
    expect(plain(vmap((x: Tensor) => f(x) as Tensor)(X))).toEqual(
      want.map((w) => (typeof w === "boolean" ? Number(w) : w)),
    );
    // Twice: each row on its own again.
    const twice = plain(vmap(vmap((x: Tensor) => f(x) as Tensor))([X, X])) as unknown[];
    expect(twice[0]).toEqual(twice[1]);
    expect(twice[1]).toEqual(plain(vmap((x: Tensor) => f(x) as Tensor)(X)));
  });
});

test("third derivatives of scans agree with differences of second ones", () => {
  const cases: [string, (x: Tensor) => Tensor, number[]][] = [
    ["cumprod", (x) => h.sum(h.square(h.cumprod(x))), [1.2, 0, -0.7, 0.9]],
    ["cumlogsumexp", (x) => h.sum(h.square(h.cumlogsumexp(x))), [0.3, -1, 1.5, 0.2]],
    ["norm", (x) => h.norm(x), [1.2, 0, -0.7, 0.9]],
    ["softmax", (x) => h.sum(h.mul([1, 2, -3, 4], h.softmax(x))), [0.3, -1, 1.5, 0.2]],
  ];
  const v = [1, -0.5, 2, 0.3];
  for (const [name, f, x] of cases) {
    const product = (y: number[]): Float64Array => hvp(f, y, v) as Float64Array;
    // Fourth-order differences with step 1e-3: truncation 1e-12, rounding 1e-13, over derivatives of size one to a
    // hundred.
    const at = (t: number): Float64Array => product(x.map((e, i) => e + t * (v[i] as number)));
    const d = 1e-3;
    const [a, b, c, e] = [at(-2 * d), at(-d), at(d), at(2 * d)];
    const third = jvp((y: Tensor) => hvp(f, y, v) as Tensor, [x], [v])[1] as Float64Array;
    third.forEach((t, i) => {
      const want = ((a[i] as number) - 8 * (b[i] as number) + 8 * (c[i] as number) - (e[i] as number)) / (12 * d);
      expect(Math.abs(t - want), `${name}[${i}]: ${t}, ${want}`).toBeLessThanOrEqual(
        1e-8 * Math.max(1, Math.abs(want)),
      );
    });
  }
});

// ---- by hand ----

const A = [
  [1, 2, 3],
  [4, 5, 6],
];

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
