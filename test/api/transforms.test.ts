// The transforms on functions with closed-form derivatives, and how they compose.
import { describe, expect, expectTypeOf, test } from "vitest";
import type { NdArray, Tensor } from "../../src/index.ts";
import * as h from "../../src/index.ts";

const {
  add,
  cos,
  exp,
  grad,
  hessian,
  hvp,
  jacfwd,
  jacrev,
  jit,
  jvp,
  linearize,
  linearTranspose,
  mul,
  sin,
  square,
  sub,
  sum,
  valueAndGrad,
  vdot,
  vjp,
  vmap,
} = h;

/** Chained Rosenbrock, its gradient and its Hessian-vector product by hand. */
const rosenbrock = (x: Tensor) => {
  const a = x.slice([0, -1]);
  const b = x.slice([1]);
  return sum(add(mul(100, square(sub(b, square(a)))), square(sub(1, a))));
};
function rosenbrockByHand(x: readonly number[], v: readonly number[]): { f: number; g: number[]; hv: number[] } {
  let f = 0;
  const g = x.map(() => 0);
  const hv = x.map(() => 0);
  for (let i = 0; i + 1 < x.length; i++) {
    const [a, b, p, q] = [x[i]!, x[i + 1]!, v[i]!, v[i + 1]!];
    const r = b - a * a;
    f += 100 * r * r + (1 - a) ** 2;
    g[i]! += -400 * a * r - 2 * (1 - a);
    g[i + 1]! += 200 * r;
    hv[i]! += (1200 * a * a - 400 * b + 2) * p - 400 * a * q;
    hv[i + 1]! += -400 * a * p + 200 * q;
  }
  return { f, g, hv };
}
const close = (actual: unknown, expected: ArrayLike<number>, relative = 1e-13) => {
  const a = Array.from((actual as NdArray).data ?? (actual as Float64Array));
  expect(a).toHaveLength(expected.length);
  a.forEach((y, i) =>
    expect(Math.abs(y - expected[i]!)).toBeLessThanOrEqual(relative * Math.max(1, Math.abs(expected[i]!))),
  );
};

describe("the mission's example", () => {
  const f = (x: Tensor) => sum(sin(x));
  const [x, v] = [
    [0, 1],
    [10, 10],
  ];
  const expected = Float64Array.of(-0, -8.414709848078965);
  test("hvp", () => expect(hvp(f, x, v)).toEqual(expected));
  test("reverse over reverse", () => expect(grad((t) => vdot(grad(f)(t), v))(x)).toEqual(expected));
  test("reverse over forward", () => expect(grad((t) => jvp(f, [t], [v])[1])(x)).toEqual(expected));
  test("forward over reverse", () => expect(jvp(grad(f), [x], [v])[1]).toEqual(expected));
  test("the directional derivative is the product with the gradient", () => {
    const slope = vdot(grad(f)(x), v);
    expect(jvp(f, [x], [v])[1]).toBe(slope);
    expect(slope).toBeCloseTo(10 * (1 + Math.cos(1)), 13);
  });
});

describe("Rosenbrock", () => {
  const x = [0.5, -1.2, 2, 0.25, 1];
  const v = [1, -1, 0.5, 2, 3];
  const { f, g, hv } = rosenbrockByHand(x, v);
  test("value and gradient", () => {
    const [value, gradient] = valueAndGrad(rosenbrock)(x);
    expectTypeOf(value).toEqualTypeOf<number>();
    close([value], [f]);
    close(gradient, g);
    close(grad(rosenbrock)(x), g);
  });
  test("every way to a Hessian-vector product", () => {
    close(hvp(rosenbrock, x, v), hv);
    close(grad((t: Tensor) => vdot(grad(rosenbrock)(t), v))(x), hv);
    close(grad((t: Tensor) => jvp(rosenbrock, [t], [v])[1])(x), hv);
    close(jvp(grad(rosenbrock), [x], [v])[1], hv);
    close(vjp(grad(rosenbrock), x)[1](v)[0], hv);
    const [gradient, product] = linearize(grad(rosenbrock), x);
    close(gradient, g);
    for (let i = 0; i < 3; i++) close(product(v), hv);
    close(h.matmul(hessian(rosenbrock)(x), v), hv);
    close(jit((t: Tensor, d: Tensor) => hvp(rosenbrock, t, d))(x, v), hv);
  });
  test("the Hessian is symmetric and forward and reverse agree", () => {
    const H = hessian(rosenbrock)(x) as NdArray;
    expect(H.shape).toEqual([5, 5]);
    close(h.transpose(H), H.data);
    close(jacrev(grad(rosenbrock))(x), H.data);
  });
  test("float32 in gives float32", () => {
    const result = hvp(rosenbrock, Float32Array.from(x), Float32Array.from(v));
    expectTypeOf(result).toEqualTypeOf<Float32Array>();
    expect(result).toBeInstanceOf(Float32Array);
    close(result, hv, 1e-5);
  });
});

describe("grad", () => {
  const f = (x: Tensor, y: Tensor) => sum(mul(x, square(y)));
  test("argnums", () => {
    expect(grad(f, { argnums: 1 })([1, 2], [3, 4])).toEqual(Float64Array.of(6, 16));
    const both = grad(f, { argnums: [1, 0] })([1, 2], [3, 4]);
    expectTypeOf(both).toEqualTypeOf<[Float64Array, Float64Array]>();
    expect(both).toEqual([Float64Array.of(6, 16), Float64Array.of(9, 16)]);
    expect(grad(f, { argnums: -1 })([1], [3])).toEqual(Float64Array.of(6));
  });
  test("auxiliary results", () => {
    const g = (x: Tensor) => [sum(square(x)), { twice: mul(2, x) }] as const;
    expect(grad(g, { hasAux: true })([1, 2])).toEqual([Float64Array.of(2, 4), { twice: Float64Array.of(2, 4) }]);
    expect(valueAndGrad(g, { hasAux: true })([1, 2])).toEqual([
      [5, { twice: Float64Array.of(2, 4) }],
      Float64Array.of(2, 4),
    ]);
  });
  test("integer and boolean arguments that are not differentiated", () => {
    expect(grad((x: Tensor, i: Tensor) => sum(h.take(x, i)))([1, 2, 3], Int32Array.of(2, 2, 0))).toEqual(
      Float64Array.of(1, 0, 2),
    );
    expect(grad((x: Tensor, c: Tensor) => sum(h.where(c, x, 0)))([1, 2], [true, false])).toEqual(Float64Array.of(1, 0));
  });
  test("a constant function has gradient zero", () => {
    expect(grad(() => 3)([1, 2] as never)).toEqual(Float64Array.of(0, 0));
    expect(hvp((_x: Tensor) => 3, [1, 2], [1, 1])).toEqual(Float64Array.of(0, 0));
  });
});

describe("jvp and vjp", () => {
  const f = (x: Tensor, y: Tensor) => ({ p: mul(x, y), s: sum(sin(x)) });
  test("of several arguments and a tree of results", () => {
    const [y, dy] = jvp(f, [[1, 2], 3], [[1, 0], 2]);
    expect(y).toEqual({ p: Float64Array.of(3, 6), s: Math.sin(1) + Math.sin(2) });
    expect(dy).toEqual({ p: Float64Array.of(5, 4), s: Math.cos(1) });
  });
  test("the pullback is the transpose: ⟨w, Jv⟩ = ⟨Jᵀw, v⟩", () => {
    const [, back] = vjp(f, [1, 2], 3);
    for (let call = 0; call < 3; call++) {
      const [x, y] = back({ p: [1, 10], s: 100 });
      expect(x).toEqual(Float64Array.of(3 + 100 * Math.cos(1), 30 + 100 * Math.cos(2)));
      expect(y).toBe(21);
    }
    back.dispose();
  });
  test("a pullback and a linear map can be used inside a later trace", () => {
    const [, back] = vjp((x: Tensor) => square(x), [1, 2]);
    expect(grad((w: Tensor) => sum(back(w)[0] as Tensor))([0, 0])).toEqual(Float64Array.of(2, 4));
    const [, map] = linearize((x: Tensor) => sin(x), [0, 1]);
    expect(grad((w: Tensor) => sum(map(w)))([0, 0])).toEqual(Float64Array.of(1, Math.cos(1)));
  });
  test("both inside a trace", () => {
    const g = (x: Tensor) => {
      const [y, back] = vjp((t: Tensor) => square(t), x);
      const [, push] = linearize((t: Tensor) => exp(t), x);
      return sum(add(mul(y, back([1, 1])[0] as Tensor), push([1, 1]))); // Σ 2x³ + eˣ
    };
    close(grad(g)([1, 2]), [6 + Math.E, 24 + Math.E ** 2]);
  });
  test("linearTranspose", () => {
    const A = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    const transposed = linearTranspose((x: Tensor) => h.matmul(A, x), [0, 0, 0]);
    expect(transposed([1, 10])).toEqual([Float64Array.of(41, 52, 63)]);
    expect(transposed([1, 10])).toEqual([Float64Array.of(41, 52, 63)]);
  });
});

describe("jacobians", () => {
  // f: R² → R³
  const f = (x: Tensor) => h.stack([mul(x.at(0), x.at(1)), sin(x.at(0)), square(x.at(1))]);
  const expected = [2, 1, Math.cos(1), 0, 0, 4];
  test("forward and reverse", () => {
    for (const jacobian of [jacfwd, jacrev]) {
      const J = jacobian(f)([1, 2]) as NdArray;
      expect(J.shape).toEqual([3, 2]);
      close(J, expected);
    }
  });
  test("of matrices: out.shape + in.shape", () => {
    const g = (x: Tensor) => x.T;
    const J = jacfwd(g)([[1, 2, 3]]) as NdArray;
    expect(J.shape).toEqual([3, 1, 1, 3]);
    close(J, [1, 0, 0, 0, 1, 0, 0, 0, 1]);
    close(jacrev(g)([[1, 2, 3]]), J.data);
  });
  test("of trees: the tree of the result, at each leaf the tree of the argument", () => {
    const g = (p: { a: Tensor; b: Tensor }) => ({ y: mul(p.a, p.b), c: sum(p.a) });
    const expectedTree = {
      y: { a: { data: Float64Array.of(3, 0, 0, 3) }, b: Float64Array.of(1, 2) },
      c: { a: Float64Array.of(1, 1), b: 0 },
    };
    expect(jacfwd(g)({ a: [1, 2], b: 3 })).toMatchObject(expectedTree);
    expect(jacrev(g)({ a: [1, 2], b: 3 })).toMatchObject(expectedTree);
    const H = hessian((p: { a: Tensor; b: Tensor }) => sum(mul(square(p.a), p.b)))({ a: [1, 2], b: 3 });
    expect(H).toMatchObject({
      a: { a: { data: Float64Array.of(6, 0, 0, 6) }, b: Float64Array.of(2, 4) },
      b: { a: Float64Array.of(2, 4), b: 0 },
    });
  });
  test("the Hessian of a scalar argument is a number", () => expect(hessian((x) => mul(x, square(x)))(2)).toBe(12));
});

describe("vmap", () => {
  const rows = [
    [1, 2],
    [3, 4],
    [5, 6],
  ];
  test("over rows, over columns, and shared arguments", () => {
    expect(vmap((x: Tensor) => sum(x))(rows)).toEqual(Float64Array.of(3, 7, 11));
    expect(vmap((x: Tensor) => sum(x), { inAxes: 1 })(rows)).toEqual(Float64Array.of(9, 12));
    expect(vmap((x: Tensor, y: Tensor) => vdot(x, y), { inAxes: [0, null] })(rows, [1, 10])).toEqual(
      Float64Array.of(21, 43, 65),
    );
    expect((vmap((x: Tensor) => mul(2, x), { outAxes: 1 })(rows) as unknown as NdArray).shape).toEqual([2, 3]);
  });
  test("a result that does not depend on the batch is repeated", () => {
    expect(vmap((_x: Tensor) => h.ones(2) as never as Tensor)(rows)).toMatchObject({ shape: [3, 2] });
  });
  test("per-example gradients", () => {
    const loss = (w: Tensor, x: Tensor) => square(vdot(w, x));
    const g = vmap(grad(loss) as never as (w: Tensor, x: Tensor) => Tensor, { inAxes: [null, 0] })(
      [1, 1],
      rows,
    ) as unknown as NdArray;
    expect(g.toArray()).toEqual(rows.map(([a, b]) => [2 * (a! + b!) * a!, 2 * (a! + b!) * b!]));
  });
  test("of products over directions gives the Hessian", () => {
    const x = [0.5, -1.2, 2];
    const products = vmap((v: Tensor) => hvp(rosenbrock, x, v))(h.eye(3) as never) as unknown as NdArray;
    close(products, (hessian(rosenbrock)(x) as NdArray).data);
  });
  test("of trees, with axes for each leaf", () => {
    const f = (p: { a: Tensor; b: Tensor }) => vdot(p.a, p.b);
    expect(
      vmap(f, { inAxes: [{ a: 0, b: 1 }] })({
        a: rows,
        b: [
          [1, 0, 2],
          [0, 1, 3],
        ],
      }),
    ).toEqual(Float64Array.of(1, 4, 28));
  });
});

describe("jit", () => {
  test("compiles per shape and type, and keeps a copy of what it captures", () => {
    let traces = 0;
    const a = Float64Array.of(1, 2);
    const f = jit((x: Tensor) => {
      traces++;
      return add(x, a);
    });
    expect(f(Float64Array.of(1, 1))).toEqual(Float64Array.of(2, 3));
    a[0] = 100;
    expect(f(Float64Array.of(1, 1))).toEqual(Float64Array.of(2, 3));
    f(Float64Array.of(2, 2));
    expect(traces).toBe(1);
    expect(f(Float32Array.of(1, 1))).toEqual(Float64Array.of(101, 3));
    expect(traces).toBe(2);
    // A list takes the type of what it meets: it is another program than that of float64.
    expect(f([1, 1])).toEqual(Float64Array.of(101, 3));
    f([2, 2]);
    expect(traces).toBe(3);
  });
  test("a repeated call is compared with the last one in type and length", () => {
    let traces = 0;
    const f = jit((x: Tensor, y: Tensor) => {
      traces++;
      return mul(x, y);
    });
    const [narrow, wide] = [Float32Array.of(2, 3), Float64Array.of(2, 3)];
    for (let i = 0; i < 2; i++) {
      expect(f(narrow, narrow)).toEqual(Float32Array.of(4, 9));
      expect(f(narrow, Float32Array.of(0.5, 1))).toEqual(Float32Array.of(1, 3));
      expect(f(wide, narrow)).toEqual(Float64Array.of(4, 9));
      expect(f(wide, wide)).toEqual(Float64Array.of(4, 9));
      expect(f(Float32Array.of(5), Float32Array.of(6))).toEqual(Float32Array.of(30));
    }
    expect(traces).toBe(4);
    expect(() => f(narrow, Float32Array.of(1, 2, 3))).toThrow("do not broadcast");
  });
  test("trees in, trees out, constants too", () => {
    const f = jit(
      (p: { a: Tensor }, n: Tensor) => ({ b: [mul(p.a, n), 7], c: p.a }) as unknown as { b: Tensor[]; c: Tensor },
    );
    expect(f({ a: [1, 2] }, 2)).toEqual({ b: [Float64Array.of(2, 4), 7], c: Float64Array.of(1, 2) });
  });
  test("inside a trace it is the function", () => {
    const f = jit((x: Tensor) => sum(sin(x)));
    expect(grad(f as never as (x: Tensor) => Tensor)([0])).toEqual(Float64Array.of(1));
    expect(hvp((x: Tensor) => f(x), [0, 1], [10, 10])).toEqual(Float64Array.of(-0, -8.414709848078965));
  });
  test("dispose", () => {
    const f = jit((x: Tensor) => x);
    f(1);
    f.dispose();
    expect(() => f(1)).toThrow("jit: this function was used after dispose(); compile it again, or dispose of it later");
  });
});

test("makeGraph prints a graph", () => {
  expect(h.makeGraph((x: Tensor, y: Tensor) => sum(mul(2, add(cos(x), y))))([0, 0], 1)).toBe(
    [
      "{ lambda a:float64[2] b:float64[] .",
      "  let c:float64[2] = cos a",
      "      d:float64[2] = broadcast[axes=[]] b",
      "      e:float64[2] = add c d",
      "      f:float64[2] = mul 2 e",
      "      g:float64[] = sum[axes=[0]] f",
      "  in (g) }",
    ].join("\n"),
  );
  expect(h.makeGraph(grad((x) => sum(square(x))))([0, 0])).toBe(
    "{ lambda a:float64[2] .\n  let b:float64[2] = by 2 a\n  in (b) }",
  );
  expect(h.makeGraph((x) => x)(1)).toBe("{ lambda a:float64[] .\n  in (a) }");
});

describe("the point of a linear function is fixed when it is made", () => {
  const spread = () => Float64Array.of(1, 10);
  const uniform = () => Float64Array.of(3, 3);
  const kinds: [string, () => { value: h.TensorLike; data: Float64Array }][] = [
    ["an array", () => ((data) => ({ value: data, data }))(spread())],
    ["an array of equal numbers", () => ((data) => ({ value: data, data }))(uniform())],
    ["{ data, shape }", () => ((data) => ({ value: { data, shape: [2] }, data }))(spread())],
    ["a strided view", () => ((data) => ({ value: { data, shape: [2], stride: [-1], offset: 1 }, data }))(spread())],
    [
      "an NdArray",
      () => ((data) => ({ value: h.reshape(new h.NdArray(data, [2, 1], "float64"), [2]), data }))(spread()),
    ],
    ["float32 by conversion", () => ((data) => ({ value: h.astype(data, "float32"), data }))(spread())],
  ];
  test.each(kinds)("whatever happens to captured data: %s", (_, make) => {
    const { value: c, data } = make();
    const x = Float64Array.of(1, 2);
    const f = (t: Tensor) => mul(c, mul(t, t));
    const linear = (t: Tensor) => mul(c, t);
    const calls = {
      linearize: linearize(f, x)[1],
      vjp: vjp(f, x)[1],
      linearTranspose: linearTranspose(linear, x),
      "linearize of grad": linearize(
        grad((t: Tensor) => sum(f(t))),
        x,
      )[1],
    } as Record<string, (v: h.TensorLike) => unknown>;
    const before = Object.entries(calls).map(([name, call]) => [name, linearResult(call([1, 1]))]);
    data.fill(100);
    x.fill(100);
    // Three calls: the second one compiles, the third one runs what the second one made.
    for (let k = 0; k < 3; k++)
      expect(Object.entries(calls).map(([name, call]) => [name, linearResult(call([1, 1]))])).toEqual(before);
    for (const call of Object.values(calls)) call([1, 1]);
  });
  test("the first call after the change sees the old data too", () => {
    const c = Float64Array.of(1, 10);
    const [y, lin] = linearize((t: Tensor) => sum(mul(c, mul(t, t))), [1, 1]);
    const [, back] = vjp((t: Tensor) => sum(mul(c, mul(t, t))), [1, 1]);
    const transposed = linearTranspose((t: Tensor) => sum(mul(c, t)), [1, 1]);
    c[0] = 100;
    expect(y).toBe(11);
    expect(lin([1, 0])).toBe(2);
    expect(lin([1, 0])).toBe(2);
    expect(back(1)[0]).toEqual(Float64Array.of(2, 20));
    expect(transposed(1)[0]).toEqual(Float64Array.of(1, 10));
    expect(grad((t: Tensor) => lin(t))([1, 1])).toEqual(Float64Array.of(2, 20)); // in a later trace as well
  });
});
function linearResult(y: unknown): number[] {
  return Array.from((Array.isArray(y) ? y[0] : y) as Float64Array);
}
