// Every transform × kind of argument × kind of result × type, against derivatives worked out by hand: values, shapes,
// trees and types. The functions are polynomials and the points small integers, so that every number is exact in
// float32 too: no tolerance.
import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import { NdArray } from "../../src/index.ts";
import { type Any, checkMisuse } from "../harness/misuse.ts";

const { add, astype, mul, reshape, square, stack, sum, where, zeros } = library as Any;
const { grad, hessian, hvp, jacfwd, jacrev, jit, jvp, linearize, objective, valueAndGrad, vjp, vmap } = library as Any;

type Type = "float64" | "float32";
const typed = (type: Type, values: readonly number[]): Any =>
  (type === "float32" ? Float32Array : Float64Array).from(values);
const nd = (type: Type, shape: number[], values: readonly number[]): Any => ({ data: typed(type, values), shape });

/** Arguments: what is passed, and the shapes of its leaves. A number or nested array has no float32 of its own. */
const KINDS: [name: string, types: Type[], shapes: number[][], make: (type: Type, z: readonly number[]) => Any][] = [
  ["number", ["float64"], [[]], (_t, z) => z[0]],
  ["number[]", ["float64"], [[3]], (_t, z) => [...z]],
  ["nested arrays", ["float64"], [[2, 2]], (_t, z) => [z.slice(0, 2), z.slice(2)]],
  ["typed array", ["float64", "float32"], [[3]], (t, z) => typed(t, z)],
  ["scalar { data, shape }", ["float64", "float32"], [[]], (t, z) => nd(t, [], z)],
  ["{ data, shape }", ["float64", "float32"], [[2, 1, 2]], (t, z) => nd(t, [2, 1, 2], z)],
  ["NdArray", ["float64", "float32"], [[2, 2]], (t, z) => new NdArray(typed(t, z), [2, 2], t)],
  ["one element", ["float64", "float32"], [[1]], (t, z) => typed(t, z)],
  ["empty", ["float64", "float32"], [[0]], (t, z) => typed(t, z)],
  ["list", ["float64", "float32"], [[2], [1]], (t, z) => [typed(t, z.slice(0, 2)), typed(t, z.slice(2))]],
  [
    "tree",
    ["float64", "float32"],
    [[2], [], [1, 2]],
    (t, z) => ({ w: typed(t, z.slice(0, 2)), deep: [{ b: nd(t, [], z.slice(2, 3)) }, nd(t, [1, 2], z.slice(3))] }),
  ],
];

const size = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);
const isNumbers = (v: Any): boolean => v.every((x: Any) => typeof x === "number" || (Array.isArray(x) && isNumbers(x)));
/** The leaves of a result or argument, in order. */
function leavesOf(v: Any): Any[] {
  if (typeof v === "number" || ArrayBuffer.isView(v)) return [v];
  if (Array.isArray(v)) return isNumbers(v) ? [v] : v.flatMap(leavesOf);
  return "shape" in v ? [v] : Object.values(v).flatMap(leavesOf);
}
const elements = (v: Any): number[] =>
  typeof v === "number" ? [v] : Array.from((v.data ?? (Array.isArray(v) ? v.flat(9) : v)) as Any, Number);
const numbers = (v: Any): number[] => leavesOf(v).flatMap(elements);

/** That the leaves of `got` are `want`, of the shapes and type: a number, a typed array or an NdArray. */
function expectLeaves(got: Any, want: readonly number[], shapes: readonly number[][], type: Type): void {
  const leaves = leavesOf(got);
  expect(leaves).toHaveLength(shapes.length);
  leaves.forEach((leaf, i) => {
    const shape = shapes[i] as number[];
    if (shape.length === 0) expect(leaf).toBeTypeOf("number");
    else if (shape.length === 1)
      expect(leaf.constructor.name).toBe(type === "float32" ? "Float32Array" : "Float64Array");
    else expect([leaf.shape, leaf.dtype]).toEqual([shape, type]);
  });
  expect(numbers(got).map((x) => x + 0)).toEqual(want.map((x) => x + 0)); // -0 is 0
}
/** The tree of `v` with stars for leaves. */
const outline = (v: Any): Any =>
  leavesOf(v)[0] === v
    ? "*"
    : Array.isArray(v)
      ? v.map(outline)
      : Object.fromEntries(Object.entries(v).map(([k, x]) => [k, outline(x)]));

// s = (Σ z)² + Σ z³, a = Σ z · (first leaf), over all leaves z.
const total = (v: Any): Any => leavesOf(v).reduce((s, x) => add(s, sum(x)), 0);
const scalar = (v: Any): Any =>
  add(
    square(total(v)),
    leavesOf(v).reduce((s, x) => add(s, sum(mul(x, square(x)))), 0),
  );
const array = (v: Any): Any => mul(total(v), leavesOf(v)[0]);
const RESULTS: Record<string, (v: Any) => Any> = {
  scalar,
  array,
  tree: (v) => ({ s: scalar(v), list: [{ y: array(v) }, total(v)] }),
};

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((s, x, i) => s + x * (b[i] as number), 0);

describe.each(KINDS.flatMap((kind) => kind[1].map((type) => [kind[0], type, kind] as const)))(
  "%s, %s",
  (_name, type, [, , shapes, make]) => {
    const sizes = shapes.map(size);
    const n = sizes.reduce((a, b) => a + b, 0);
    const n0 = sizes[0] as number;
    const z = [1, -2, 3, 2, -1].slice(0, n);
    const v = [2, 1, -1, 3, 1].slice(0, n);
    const S = z.reduce((a, b) => a + b, 0);
    const x = make(type, z);
    const d = make(type, v);
    const gradient = z.map((a) => 2 * S + 3 * a * a);
    const H = z.map((a, i) => z.map((_, k) => 2 + (i === k ? 6 * a : 0)));
    const rowsOfArray = z.slice(0, n0).map((a, i) => z.map((_, k) => a + (i === k ? S : 0)));
    const value = S * S + z.reduce((s, a) => s + a ** 3, 0);
    const values = z.slice(0, n0).map((a) => S * a);
    const ones = z.map(() => 1);
    /** Per result: shapes and values of its leaves, and the rows of the Jacobian of each. */
    const WANT: Record<string, { shapes: number[][]; values: number[][]; rows: number[][][] }> = {
      scalar: { shapes: [[]], values: [[value]], rows: [[gradient]] },
      array: { shapes: [shapes[0] as number[]], values: [values], rows: [rowsOfArray] },
      tree: {
        shapes: [[], shapes[0] as number[], []],
        values: [[value], values, [S]],
        rows: [[gradient], rowsOfArray, [ones]],
      },
    };

    describe.each(Object.keys(RESULTS))("→ %s", (name) => {
      const f = RESULTS[name] as (v: Any) => Any;
      const want = WANT[name] as (typeof WANT)[string];
      const tangent = want.rows.flatMap((rows) => rows.map((row) => dot(row, v)));
      test("jvp, linearize", () => {
        for (const [y, dy] of [jvp(f, [x], [d]), jit((a: Any) => jvp(f, [a], [d]))(x)]) {
          expectLeaves(y, want.values.flat(), want.shapes, type);
          expectLeaves(dy, tangent, want.shapes, type);
        }
        const [y, push] = linearize(f, x);
        expectLeaves(y, want.values.flat(), want.shapes, type);
        for (let i = 0; i < 2; i++) expectLeaves(push(d), tangent, want.shapes, type);
        expectLeaves(jit((a: Any) => linearize(f, a)[1](d))(x), tangent, want.shapes, type);
      });
      test("vjp", () => {
        const [y, pull] = vjp(f, x);
        expectLeaves(y, want.values.flat(), want.shapes, type);
        // The cotangent that is 1, 2, … in all elements.
        let k = 0;
        const weights = want.rows.map((rows) => rows.map(() => ++k));
        const leaves = weights.map((w, i) =>
          (want.shapes[i] as number[]).length === 0 ? w[0] : nd(type, want.shapes[i] as number[], w),
        );
        const ct = name === "tree" ? { s: leaves[0], list: [{ y: leaves[1] }, leaves[2]] } : leaves[0];
        const back = z.map((_, j) =>
          want.rows.reduce(
            (s, rows, i) => s + rows.reduce((t, row, r) => t + (weights[i]?.[r] as number) * (row[j] as number), 0),
            0,
          ),
        );
        for (let i = 0; i < 2; i++) {
          const result = pull(ct);
          expect(result).toHaveLength(1);
          expect(outline(result[0])).toEqual(outline(x));
          expectLeaves(result[0], back, shapes, type);
        }
        expectLeaves(jit((a: Any) => vjp(f, a)[1](ct)[0])(x), back, shapes, type);
      });
      test.each(["jacfwd", "jacrev"])("%s", (transform) => {
        const J = (transform === "jacfwd" ? jacfwd : jacrev)(f);
        let at = 0;
        const columns = sizes.map((m) => [at, (at += m)] as const);
        // Result leaf by result leaf, argument leaf by argument leaf.
        const blocks = want.rows.flatMap((rows) =>
          columns.map(([from, to]) => rows.flatMap((row) => row.slice(from, to))),
        );
        const blockShapes = want.shapes.flatMap((m) => shapes.map((s) => [...m, ...s]));
        for (const got of [J(x), jit(J)(x)]) {
          expectLeaves(got, blocks.flat(), blockShapes, type);
          if (name === "tree") expect(outline(got)).toEqual({ s: outline(x), list: [{ y: outline(x) }, outline(x)] });
        }
      });
    });
    test("grad, valueAndGrad, with and without aux", () => {
      for (const g of [
        grad(scalar)(x),
        jit(grad(scalar))(x),
        valueAndGrad(scalar)(x)[1],
        grad(scalar, { argnums: [-1] })(x)[0],
      ]) {
        expect(outline(g)).toEqual(outline(x));
        expectLeaves(g, gradient, shapes, type);
      }
      expect(valueAndGrad(scalar)(x)[0]).toBe(value);
      const [[y, aux], g] = valueAndGrad((a: Any) => [scalar(a), { a }], { hasAux: true })(x);
      expect(y).toBe(value);
      expectLeaves(aux.a, z, shapes, type);
      expectLeaves(g, gradient, shapes, type);
    });
    test("hvp and hessian, of functions and of objectives", () => {
      const product = H.map((row) => dot(row, v));
      const problem = objective(scalar, x);
      for (const h of [
        hvp(scalar, x, d),
        jit((a: Any) => hvp(scalar, a, d))(x),
        jvp(grad(scalar), [x], [d])[1],
        problem.hvp(x, d),
        problem.at(x).hvp(d),
      ]) {
        expect(outline(h)).toEqual(outline(x));
        expectLeaves(h, product, shapes, type);
      }
      let from = 0;
      const rows = sizes.map((m) => H.slice(from, (from += m)));
      from = 0;
      const columns = sizes.map((m) => [from, (from += m)] as const);
      const blocks = rows.flatMap((block) => columns.map(([a, b]) => block.flatMap((row) => row.slice(a, b))));
      const blockShapes = shapes.flatMap((r) => shapes.map((s) => [...r, ...s]));
      for (const h of [hessian(scalar)(x), jacrev(grad(scalar))(x), problem.hessian(x)])
        expectLeaves(h, blocks.flat(), blockShapes, type);
    });
  },
);

describe("integers and booleans beside what is differentiated", () => {
  // f(x, k, m) = Σ where(m, k x², 0) for integers k and booleans m.
  const f = (x: Any, k: Any, m: Any): Any => sum(where(m, mul(k, square(x)), 0));
  const x = [1, 2, 3];
  const k = Int32Array.of(2, 3, 4);
  const m = [true, false, true];
  test("are constants where they are not differentiated", () => {
    expect(grad(f)(x, k, m)).toEqual(Float64Array.of(4, 0, 24));
    expect(jacfwd(f)(x, k, m)).toEqual(Float64Array.of(4, 0, 24));
    expect(hessian(f)(Float32Array.from(x), k, m)).toMatchObject({
      data: Float32Array.of(4, 0, 0, 0, 0, 0, 0, 0, 8),
      dtype: "float32",
    });
    expect(
      vmap(grad(f), { inAxes: [null, 0, 0] })(
        x,
        [k, k].map((r) => [...r]),
        [m, [false, false, true]],
      ).data,
    ).toEqual(Float64Array.of(4, 0, 24, 0, 0, 24));
  });
  const refused = (transform: string, type: string): string =>
    `${transform}: can only differentiate with respect to float64 or float32 arrays, got ${type}; convert the argument, or leave it out of argnums`;
  checkMisuse("are refused where they are", [
    ["grad", () => grad(f, { argnums: 1 })(x, k, m), "dtype", refused("grad", "int32")],
    ["valueAndGrad", () => valueAndGrad(f, { argnums: [0, 2] })(x, k, m), "dtype", refused("valueAndGrad", "bool")],
    ["jvp", () => jvp(f, [x, k, m], [x, k, m]), "dtype", refused("jvp", "int32")],
    ["vjp", () => vjp(f, x, k, m), "dtype", refused("vjp", "int32")],
    ["linearize", () => linearize(f, x, k, m), "dtype", refused("linearize", "int32")],
    ["jacfwd", () => jacfwd(f, { argnums: -1 })(x, k, m), "dtype", refused("jacfwd", "bool")],
    ["jacrev", () => jacrev(f, { argnums: 1 })(x, k, m), "dtype", refused("jacrev", "int32")],
    ["hessian", () => hessian(f, { argnums: 1 })(x, k, m), "dtype", refused("hessian", "int32")],
    ["hvp", () => hvp((p: Any) => f(p.x, p.k, m), { x, k }, { x, k }), "dtype", refused("hvp", "int32")],
    ["objective", () => objective((p: Any) => f(p.x, p.k, m), { x, k }), "dtype", refused("objective", "int32")],
  ]);
  const notFloat = (transform: string): string =>
    `${transform}: the function must return a floating-point scalar, got int32[]; its derivative is not defined`;
  const counting = (y: Any): Any => sum(astype(y, "int32"));
  checkMisuse("have no gradient", [
    ["grad", () => grad(counting)(x), "dtype", notFloat("grad")],
    ["hvp", () => hvp(counting, x, x), "dtype", notFloat("hvp")],
    ["hessian", () => hessian(counting)(x), "dtype", notFloat("hessian")],
  ]);
});

describe("vmap, axes of trees", () => {
  const A = [
    [1, 2, 3],
    [4, 5, 6],
  ];
  const w = { u: [10, 20, 30], c: 2 };
  test("inAxes and outAxes as trees", () => {
    const f = (x: Any, p: Any): Any => ({ y: mul(x, p.c), pair: [add(sum(x), p.u), p.c] });
    const got = vmap(f, { inAxes: [1, { u: 0, c: null }], outAxes: { y: 1, pair: [-1, null] } })(A, w);
    expect([got.y.shape, [...got.y.data]]).toEqual([
      [2, 3],
      [2, 4, 6, 8, 10, 12],
    ]);
    expect(got.pair[0]).toEqual(Float64Array.of(15, 27, 39));
    expect(got.pair[1]).toBe(2);
    const same = vmap(f, { inAxes: [1, { c: null, u: 0 }], outAxes: { pair: 0, y: 0 } })(A, w);
    expect([same.y.shape, [...same.y.data]]).toEqual([
      [3, 2],
      [2, 8, 4, 10, 6, 12],
    ]);
    expect(same.pair[1]).toEqual(Float64Array.of(2, 2, 2));
  });
  test("nested: an outer product, and its derivatives", () => {
    const outer = vmap(
      vmap((a: Any, b: Any) => mul(a, b), { inAxes: [null, 0] }),
      { inAxes: [0, null] },
    );
    expect([...outer([1, 2], [3, 4, 5]).data]).toEqual([3, 4, 5, 6, 8, 10]);
    const columns = vmap(
      vmap((a: Any, b: Any) => mul(a, b), { inAxes: [0, null] }),
      { inAxes: [null, 0], outAxes: 1 },
    );
    expect(columns([1, 2], [3, 4, 5]).shape).toEqual([2, 3]);
    expect([...columns([1, 2], [3, 4, 5]).data]).toEqual([3, 4, 5, 6, 8, 10]);
    // Σ_jk (x_j y_k)²: gradient 2 x_j Σ y², product with the Hessian 2 v_j Σ y².
    const g = (x: Any): Any => sum(square(outer(x, [3, 4, 5])));
    expect(grad(g)([1, 2])).toEqual(Float64Array.of(100, 200));
    expect(hvp(g, [1, 2], [1, -1])).toEqual(Float64Array.of(100, -100));
    expect(
      vmap((v: Any) => hvp(g, [1, 2], v), { inAxes: 1, outAxes: 1 })([
        [1, 0],
        [-1, 3],
      ]).data,
    ).toEqual(Float64Array.of(100, 0, -100, 300));
  });
  test("over a batch of none", () => {
    expect(vmap((x: Any) => ({ s: sum(x), y: stack([x, x]) }))({ data: [], shape: [0, 2] })).toMatchObject({
      s: { length: 0 },
      y: { shape: [0, 2, 2] },
    });
    expect(vmap(grad((x: Any) => sum(square(x))))(zeros([0, 3])).shape).toEqual([0, 3]);
  });
  const f = (x: Any): Any => ({ y: x.a, z: sum(x.b) });
  const x = { a: [1, 2], b: reshape([1, 2, 3, 4], [2, 2]) };
  const remedy = "give an integer or null for each array, or one for all of a tree";
  checkMisuse("of the wrong form", [
    [
      "a tree for an array",
      () => vmap(sum, { inAxes: [[0]] })(A),
      "value",
      `vmap: inAxes has an array of 1 for one array; ${remedy}`,
    ],
    [
      "a missing key",
      () => vmap(f, { inAxes: [{ a: 0 }] })(x),
      "value",
      `vmap: inAxes has an object of class Object for the tree {a: *, b: *}; ${remedy}`,
    ],
    [
      "another key",
      () => vmap(f, { inAxes: [{ a: 0, c: 0 }] })(x),
      "value",
      `vmap: inAxes has undefined for one array; ${remedy}`,
    ],
    [
      "a list for a tree with keys",
      () => vmap(f, { inAxes: [[0, 0]] })(x),
      "value",
      `vmap: inAxes has an array of 2 for the tree {a: *, b: *}; ${remedy}`,
    ],
    [
      "a string",
      () => vmap(f, { inAxes: "ab" })(x),
      "value",
      `vmap: inAxes has the string "ab" for the tree {a: *, b: *}; ${remedy}`,
    ],
    [
      "outAxes with more than the result has",
      () => vmap(f, { outAxes: { y: 0, z: 0, w: 0 } })(x),
      "value",
      `vmap: outAxes has an object of class Object for the tree {y: *, z: *}; ${remedy}`,
    ],
    [
      "a fraction",
      () => vmap(sum, { inAxes: 0.5 })(A),
      "axis",
      "vmap: the argument: axis 0.5 is out of range for an array of 2 axes; expected an integer from -2 to 1",
    ],
    [
      "NaN",
      () => vmap(sum, { outAxes: Number.NaN })(A),
      "axis",
      "vmap: axis NaN is out of range for an array of 1 axis; expected an integer from -1 to 0",
    ],
    [
      "null for a result that differs",
      () => vmap(sum, { outAxes: null })(A),
      "axis",
      "vmap: outAxes is null for a result that differs between examples",
    ],
  ]);
});
