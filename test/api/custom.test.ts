// Functions with derivative rules of one's own, in every transform; and what is refused.
import { describe, expect, test } from "vitest";
import type { Tensor } from "../../src/index.ts";
import * as library from "../../src/index.ts";
import { type Any, any, checkMisuse } from "../harness/misuse.ts";

// The types of nested transforms are the matter of types.test.ts.
const {
  add,
  clip,
  cos,
  customJvp,
  customVjp,
  div,
  exp,
  grad,
  hessian,
  hvp,
  jacfwd,
  jacrev,
  jit,
  jvp,
  linearize,
  log1p,
  makeGraph,
  mul,
  neg,
  objective,
  pow,
  sin,
  square,
  stopGradient,
  sub,
  sum,
  take,
  valueAndGrad,
  vdot,
  vjp,
  vmap,
} = library as Any;

const plain = (v: Any): Any => (v?.data ? [...v.data] : ArrayBuffer.isView(v) ? [...(v as unknown as number[])] : v);
/** Relative 1e-14: a handful of roundings on either side. */
const close = (got: unknown, want: readonly number[]): void => {
  const g = plain(got);
  const list = typeof g === "number" ? [g] : (g as number[]);
  expect(list).toHaveLength(want.length);
  list.forEach((y, i) =>
    expect(Math.abs(y - (want[i] as number))).toBeLessThanOrEqual(1e-14 * Math.max(1, Math.abs(want[i] as number))),
  );
};
const dot =
  (f: (x: Any) => Any): Any =>
  (x: Any) =>
    sum(f(x));
/** The three compositions of a Hessian-vector product. */
const products = (f: (x: Any) => Any, x: Any, v: Any): unknown[] => [
  hvp(f, x, v),
  grad((z: Any) => vdot(grad(f)(z) as Any, v))(x),
  grad((z: Any) => jvp(f, [z], [v])[1])(x),
  (jvp(grad(f) as Any, [x], [v]) as Any)[1],
  (linearize(grad(f) as Any, x) as Any)[1](v),
  objective(f as Any, x)
    .at(x)
    .hvp(v),
  objective(f as Any, x).hvp(x, v),
];

// The rules give twice the true derivative of sin, so that it is seen which one was used: value sin x, slope 2 cos x,
// and from differentiating the rule, second derivative -2 sin x, third -2 cos x.
const doubledJvp = customJvp(
  (x: Tensor) => sin(x),
  ([x]: [Tensor], [d]: [Tensor]) => [sin(x), mul(2, mul(cos(x), d))],
);
const doubledVjp = customVjp(
  (x: Tensor) => sin(x),
  (x: Tensor) => [sin(x), x],
  (x: Tensor, ct: Tensor) => [mul(2, mul(cos(x), ct))],
);
const X = [0.3, -1.2, 2];
const V = [1, 2, -0.5];

describe.each([
  ["customJvp", doubledJvp],
  ["customVjp", doubledVjp],
] as [string, Any][])("%s", (_name, f) => {
  const second = X.map((x, i) => -2 * Math.sin(x) * (V[i] as number));
  test("the value is the function's", () => close(f(X), X.map(Math.sin)));
  test("first derivatives are the rule's, in both modes", () => {
    const slope = X.map((x) => 2 * Math.cos(x));
    close(grad(dot(f))(X), slope);
    close(valueAndGrad(dot(f))(X)[1], slope);
    close((vjp(f as Any, X) as Any)[1]([1, 1, 1])[0], slope);
    close(
      (jvp(f as Any, [X], [V]) as Any)[1],
      slope.map((s, i) => s * (V[i] as number)),
    );
    close(
      (linearize(f as Any, X) as Any)[1](V),
      slope.map((s, i) => s * (V[i] as number)),
    );
    const diagonal = slope.flatMap((s, i) => X.map((_, j) => (i === j ? s : 0)));
    close(jacfwd(f)(X), diagonal);
    close(jacrev(f)(X), diagonal);
  });
  test("second derivatives differentiate the rule, in all compositions", () => {
    for (const p of products(dot(f), X, V)) close(p, second);
    close(
      hessian(dot(f))(X),
      X.flatMap((x, i) => X.map((_, j) => (i === j ? -2 * Math.sin(x) : 0))),
    );
  });
  test("inside another nonlinear function", () => {
    // g = sum(f(x)²): first 2 f f' with f' = 2 cos; second along v: 2 (f'² + f f'') v, f'' = -2 sin
    const g = (x: Any) => sum(square(f(x) as Tensor));
    close(
      grad(g)(X),
      X.map((x) => 4 * Math.sin(x) * Math.cos(x)),
    );
    const want = X.map((x, i) => 2 * ((2 * Math.cos(x)) ** 2 - 2 * Math.sin(x) ** 2) * (V[i] as number));
    for (const p of products(g, X, V)) close(p, want);
  });
  test("third order", () => {
    const third = grad((x: Any) => grad((y: Any) => grad(f)(y))(x))(0.7);
    close(third, [-2 * Math.cos(0.7)]);
    close(
      (jvp((x: Any) => hvp(dot(f), x, V), [X], [V]) as Any)[1],
      X.map((x, i) => -2 * Math.cos(x) * (V[i] as number) ** 2),
    );
  });
  test("vmap outside and inside derivatives, nested", () => {
    const batch = { data: Float64Array.of(...X, ...X.map((x) => x / 2)), shape: [2, 3] };
    close(vmap(f)(batch), [...batch.data].map(Math.sin));
    close(
      vmap(grad(dot(f)))(batch),
      [...batch.data].map((x) => 2 * Math.cos(x)),
    );
    close(
      grad((b: Any) => sum(vmap(f)(b) as Tensor))(batch),
      [...batch.data].map((x) => 2 * Math.cos(x)),
    );
    close(
      vmap(vmap(grad(f as Any)))(batch),
      [...batch.data].map((x) => 2 * Math.cos(x)),
    );
    close(
      vmap((x: Any) => hvp(dot(f), x, V))(batch),
      [...batch.data].map((x, i) => -2 * Math.sin(x) * (V[i % 3] as number)),
    );
    close(
      hvp((b: Any) => sum(vmap(f)(b) as Tensor), batch, batch),
      [...batch.data].map((x) => -2 * Math.sin(x) * x),
    );
    close(
      (jvp((b: Any) => vmap(vmap(f as Any))(b), [batch], [batch]) as Any)[1],
      [...batch.data].map((x) => 2 * Math.cos(x) * x),
    );
  });
  test("jit, and arrays as arguments of the kinds that operations take", () => {
    close(jit(f)(Float64Array.from(X)), X.map(Math.sin));
    const single = grad(dot(f))(Float32Array.from(X)) as Float32Array;
    expect(single).toBeInstanceOf(Float32Array);
    single.forEach((s, i) => expect(Math.abs(s - 2 * Math.cos(Math.fround(X[i] as number)))).toBeLessThan(4e-7));
    close(grad(f)(0.5), [2 * Math.cos(0.5)]);
    close(grad(f)(0.25 + 0.25), [2 * Math.cos(0.5)]);
  });
  test("is fused like the plain function: the marker costs nothing", () => {
    const graph = makeGraph((x: Any) => add(f(x) as Tensor, 1))(X);
    expect(graph).toContain(`closedCall[rule=${_name} step=false body={ lambda a:float64[3] .`);
  });
});

test("a rule may call the function itself", () => {
  const e: Any = customJvp(
    (x: Tensor) => exp(x),
    ([x]: [Tensor], [d]: [Tensor]) => {
      const y = e(x);
      return [y, mul(y, d)];
    },
  );
  for (const p of products((x) => sum(e(x)), X, V))
    close(
      p,
      X.map((x, i) => Math.exp(x) * (V[i] as number)),
    );
  close(grad(grad(grad(grad(e))))(0.5), [Math.exp(0.5)]);
  const l: Any = customVjp(
    (x: Tensor) => exp(x),
    (x: Tensor) => {
      const y = l(x);
      return [y, y];
    },
    (y: Tensor, ct: Tensor) => [mul(y, ct)],
  );
  for (const p of products((x) => sum(l(x)), X, V))
    close(
      p,
      X.map((x, i) => Math.exp(x) * (V[i] as number)),
    );
  close(grad(grad(grad(grad(l))))(0.5), [Math.exp(0.5)]);
});

test("log1pexp of JAX's documentation: finite where automatic differentiation is not", () => {
  // d/dx log(1 + eˣ) = 1 - 1/(1 + eˣ)
  const f = customJvp(
    (x: Tensor) => log1p(exp(x)),
    ([x]: [Tensor], [d]: [Tensor]) => [log1p(exp(x)), mul(sub(1, div(1, add(1, exp(x)))), d)],
  );
  expect(grad(f)(100)).toBe(1);
  expect(grad((x: Any) => log1p(exp(x)))(800)).toBeNaN();
  expect(grad(f)(800)).toBe(1);
});

describe("several arguments, trees and results", () => {
  // f({a, b}, c) = [a·b·c, { s: sum(a) }]; the rules scale the true derivative by 3.
  const body = (t: Any, c: Any): Any => [mul(mul(t.a, t.b), c), { s: sum(t.a) }];
  const byJvp: Any = customJvp(body, ([t, c]: Any, [dt, dc]: Any) => [
    body(t, c),
    [
      mul(3, add(mul(mul(dt.a, t.b), c), add(mul(mul(t.a, dt.b), c), mul(mul(t.a, t.b), dc)))),
      { s: mul(3, sum(dt.a)) },
    ],
  ]);
  const byVjp: Any = customVjp(
    body,
    (t: Any, c: Any) => [body(t, c), { t, c }],
    ({ t, c }: Any, [y, { s }]: Any) => [
      { b: mul(3, mul(y, mul(t.a, c))), a: mul(3, add(mul(y, mul(t.b, c)), s)) },
      mul(3, sum(mul(y, mul(t.a, t.b)))),
    ],
  );
  const a = Float64Array.of(1, 2);
  const b = Float64Array.of(-1, 0.5);
  const c = 4;
  // loss = Σ w·y + 5 s, w = (2, 7)
  const w = [2, 7];
  const loss = (f: Any) => (t: Any, k: Any) => {
    const [y, { s }] = f(t, k);
    return add(vdot(w, y), mul(5, s));
  };
  test.each([
    ["customJvp", byJvp],
    ["customVjp", byVjp],
  ])("%s", (_name, f) => {
    const [y, { s }] = f({ a, b }, c);
    close(y, [-4, 4]);
    expect(s).toBe(3);
    const [gt, gc] = grad(loss(f), { argnums: [0, 1] })({ a, b }, c) as Any;
    close(gt.a, [3 * (2 * -1 * 4 + 5), 3 * (7 * 0.5 * 4 + 5)]);
    close(gt.b, [3 * 2 * 1 * 4, 3 * 7 * 2 * 4]);
    close(gc, [3 * (2 * -1 + 7 * 1)]);
    const [, tangent] = jvp(f, [{ a, b }, c], [{ a: [1, 0], b: [0, 1] }, 2]) as Any;
    close(tangent[0], [3 * (1 * -1 * 4 + 0 + 2 * -1), 3 * (0 + 2 * 1 * 4 + 2 * 1)]);
    close(tangent[1].s, [3]);
    // Second order: ∂²loss/∂a∂b = 3 w c on the diagonal, by c: 3 w b.
    const H = hvp((t: Any) => loss(f)({ a: t.a, b: t.b }, t.c), { a, b, c }, { a: [0, 0], b: [1, 1], c: 1 }) as Any;
    close(H.a, [3 * 2 * (4 - 1), 3 * 7 * (4 + 0.5)]);
    close(H.b, [3 * 2 * 1, 3 * 7 * 2]);
    close(H.c, [3 * (2 * 1 + 7 * 2)]);
  });
  test("zero tangents and cotangents: null, and arguments that nothing is asked of", () => {
    const f = customVjp(
      (x: Tensor, y: Tensor) => mul(x, y),
      (x: Tensor, y: Tensor) => [mul(x, y), y],
      (y: Tensor, ct: Tensor) => [mul(y, ct), null],
    );
    expect(grad((x: Any, y: Any) => f(x, y) as Any, { argnums: [0, 1] })(3, 4)).toEqual([4, 0]);
    expect((jvp(f as Any, [3, 4], [1, 1]) as Any)[1]).toBe(4);
  });
  test("integer and boolean arguments and results", () => {
    const f: Any = customJvp(
      (x: Any, i: Any) => ({ y: take(x, i), i: add(i, 1) }),
      ([x, i]: Any, [dx, di]: Any) => [
        { y: take(x, i), i: add(i, 1) },
        { y: add(mul(2, take(dx, i)), mul(di, 0.5)), i: di },
      ],
    );
    close(grad((x: Any) => sum(f(x, Int32Array.of(2, 0)).y))(X), [2, 0, 2]);
    expect(f(X, Int32Array.of(2, 0)).i).toEqual(Int32Array.of(3, 1));
    const g: Any = customVjp(
      (x: Any, i: Any) => [take(x, i), i],
      (x: Any, i: Any) => [[take(x, i), i], i],
      (_i: Any, [ct]: Any) => [mul([2, 0, 5], sum(ct)), null],
    );
    close(grad((x: Any) => sum(g(x, Int32Array.of(2, 0))[0]))(X), [4, 0, 10]);
  });
  test("batches: each argument, residual and result may carry it or not", () => {
    const M = { data: Float64Array.of(1, 2, 3, 4, 5, 6), shape: [3, 2] };
    const out = vmap((row: Any) => grad(loss(byVjp), { argnums: [0, 1] })({ a: row, b }, c))(M) as Any;
    const again = [0, 1, 2].map(
      (i) => grad(loss(byVjp), { argnums: [0, 1] })({ a: M.data.slice(2 * i, 2 * i + 2), b }, c) as Any,
    );
    close(
      out[0].a,
      again.flatMap((g) => [...g[0].a]),
    );
    close(
      out[0].b,
      again.flatMap((g) => [...g[0].b]),
    );
    close(
      out[1],
      again.map((g) => g[1]),
    );
    const total = grad((k: Any) => sum(vmap((row: Any) => loss(byVjp)({ a: row, b }, k))(M) as Any))(c);
    close(total, [again.reduce((s, g) => s + g[1], 0)]);
    const forward = jvp((k: Any) => vmap((row: Any) => loss(byVjp)({ a: row, b }, k))(M), [c], [1]) as Any;
    close(
      forward[1],
      again.map((g) => g[1]),
    );
    const rows = jvp((k: Any) => vmap((row: Any) => loss(byJvp)({ a: row, b }, k))(M), [c], [1]) as Any;
    close(
      rows[1],
      again.map((g) => g[1]),
    );
  });
});

describe("arguments that are not differentiated", () => {
  test("functions, strings and numbers reach f and the rules as they are", () => {
    const f: Any = customJvp(
      (name: string, x: Tensor, n: number) => (name === "pow" ? pow(x, n) : x),
      (name: string, n: number, [x]: Any, [d]: Any) => {
        expect([name, n]).toEqual(["pow", 3]);
        return [pow(x, n), mul(mul(n, pow(x, n - 1)), d)];
      },
      { nondiffArgnums: [0, -1] },
    );
    expect(f("pow", 2, 3)).toBe(8);
    expect(grad((x: Any) => f("pow", x, 3))(2)).toBe(12);
    const g: Any = customVjp(
      (h: Any, x: Tensor) => h(x),
      (h: Any, x: Tensor) => [h(x), x],
      (h: Any, x: Any, ct: Any) => [mul(ct, neg(grad(h)(x) as Any))],
      { nondiffArgnums: 0 },
    );
    expect(grad((x: Any) => g(sin, x))(0)).toBe(-1);
    expect(grad(grad((x: Any) => g(sin, x)))(1)).toBeCloseTo(Math.sin(1), 15);
  });
});

describe("customVjp where bwd is not linear in the cotangent", () => {
  const clipped = (limit: number): Any =>
    customVjp(
      (x: Tensor) => x,
      (x: Tensor) => [x, 0],
      (_r: Any, ct: Tensor) => [clip(ct, -limit, limit)],
    );
  const f = (x: Any) => sum(mul([1, 100, -100], square(clipped(1)(x))));
  test("reverse mode clips the gradient", () => expect(grad(f)([0.25, 3, 3])).toEqual(Float64Array.of(0.5, 1, -1)));
  test("reverse over reverse differentiates what it does", () =>
    // Inside the limits d/dx clip(2x) = 2, then clipped to 1 by the outer reverse pass through the same function.
    expect(grad((x: Any) => vdot(grad(f)(x), [1, 1, 1]))([0.25, 3, 3])).toEqual(Float64Array.of(1, 0, 0)));
});

describe("a bwd that uses another customVjp", () => {
  // cube' = 3x²·ct by a function with a reverse rule of its own, that of a product of three.
  const slope: Any = customVjp(
    (x: Tensor, ct: Tensor) => mul(3, mul(square(x), ct)),
    (x: Tensor, ct: Tensor) => [mul(3, mul(square(x), ct)), [x, ct]],
    ([x, ct]: Any, g: Tensor) => [mul(6, mul(mul(x, ct), g)), mul(3, mul(square(x), g))],
  );
  const cube: Any = customVjp(
    (x: Tensor) => mul(x, square(x)),
    (x: Tensor) => [mul(x, square(x)), x],
    (x: Tensor, ct: Tensor) => [slope(x, ct)],
  );
  const x = [1.5, -0.5, 2];
  const v = [1, 2, -1];
  test("every composition is right, forward mode included", () => {
    close(
      jvp(cube, [x], [v])[1],
      x.map((t, i) => 3 * t * t * (v[i] as number)),
    );
    for (const p of products((y) => sum(cube(y)), x, v)) close(p, [9, -6, -12]);
    close(hessian((y: Any) => sum(cube(y)))(x), [9, 0, 0, 0, -3, 0, 0, 0, 12]);
    close(
      vmap((t: Any) => jvp(cube, [t], [1])[1])(x),
      x.map((t) => 3 * t * t),
    );
  });
  test("also inside another nonlinear function", () => {
    const f = (y: Any): Any => square(mul(0.5, sum(cube(y))));
    const [s, slopes] = [11.25, x.map((t) => 3 * t * t)];
    const along = slopes.reduce((a, d, i) => a + d * (v[i] as number), 0);
    // ∇²(s²/4)·v = (s'·v)/2·s' + s/2·s''v
    const want = x.map((t, i) => (along / 2) * (slopes[i] as number) + (s / 2) * 6 * t * (v[i] as number));
    for (const p of products(f, x, v)) close(p, want);
  });
  test("and still refused where it is not linear in the cotangent", () => {
    const bent: Any = customVjp(
      (y: Tensor) => y,
      (y: Tensor) => [y, y],
      (y: Tensor, ct: Tensor) => [slope(ct, y)],
    );
    expect(() => jvp(bent, [x], [v])).toThrow("needs bwd to be linear in the cotangent");
  });
});

describe("what functions capture", () => {
  test("arrays, and traced values that stand still", () => {
    const k = Float64Array.of(1, 2, 3);
    const f = (a: Any): Any =>
      customJvp(
        (x: Tensor) => mul(mul(x, k), a),
        ([x]: Any, [d]: Any) => [mul(mul(x, k), a), mul(10, mul(mul(d, k), a))],
      );
    close(jit((a: Any, x: Any) => grad((y: Any) => sum(f(a)(y)))(x))(2, X), [20, 40, 60]);
    close(grad((a: Any) => sum(grad((y: Any) => sum(f(stopGradient(a))(y)))(X)))(2), [0]);
    close(vmap((a: Any) => grad((y: Any) => sum(f(a)(y)))(X))([1, 2]), [10, 20, 30, 20, 40, 60]);
    const g = (a: Any): Any =>
      customVjp(
        (x: Tensor) => mul(x, a),
        (x: Tensor) => [mul(x, a), 0],
        (_r: Any, ct: Any) => [mul(10, mul(ct, a))],
      );
    close(jit((a: Any, x: Any) => grad((y: Any) => sum(g(a)(y)))(x))(2, X), [20, 20, 20]);
    close(vmap((a: Any) => grad((y: Any) => sum(g(a)(y)))(X))([1, 2]), [10, 10, 10, 20, 20, 20]);
    close(vmap((a: Any) => (jvp((y: Any) => g(a)(y), [X], [V]) as Any)[1])([1, 2]), [
      ...V.map((v) => 10 * v),
      ...V.map((v) => 20 * v),
    ]);
  });
});

describe("misuse", () => {
  const j = any(customJvp);
  const v = any(customVjp);
  const id = (x: Any) => x;
  const moved = "which the rule does not give; pass the value as an argument, or hold it with stopGradient";
  const forward =
    "customVjp: forward mode (jvp, or hvp of a function that is not linear in this one) needs bwd to be linear in the cotangent, which it is not; use reverse mode (grad, vjp, and grad of vdot(grad(f)(x), v) for Hessian-vector products) or customJvp";
  checkMisuse("customJvp and customVjp", [
    ["no rule", () => j(id), "value", "customJvp: rule must be a function, got undefined"],
    ["no bwd", () => v(id, id), "value", "customVjp: bwd must be a function, got undefined"],
    ["no function", () => j(3, id), "value", "customJvp: expected a function, got number 3"],
    [
      "an unknown option",
      () => j(id, id, { nondiff: 0 }),
      "value",
      "customJvp: unknown option nondiff; the options are nondiffArgnums",
    ],
    [
      "an argument that is not there",
      () => j(id, id, { nondiffArgnums: [2] })(1),
      "axis",
      "customJvp: nondiffArgnums 2 is out of range: the function was called with 1 arguments",
    ],
    [
      "a rule that returns one thing",
      () => grad(j(id, ([x]: Any) => x))(1),
      "value",
      "customJvp: the rule must return [y, dy], got a traced float64[]",
    ],
    [
      "a tangent of another shape",
      () => grad((x: Any) => sum(j(id, ([y]: Any, [d]: Any) => [y, sum(d)])(x)))([1, 2]),
      "shape",
      "customJvp: the tangent that the rule returned has shape [], but the function's result has shape [2]; they must be equal",
    ],
    [
      "a value of another shape",
      () => grad((x: Any) => sum(j(id, ([y]: Any, [d]: Any) => [sum(y), d])(x)))([1, 2]),
      "shape",
      "customJvp: the value that the rule returned has shape [], but the function returned shape [2]; they must be equal",
    ],
    [
      "a tangent of another structure",
      () =>
        grad(
          (x: Any) =>
            j(
              (y: Any) => ({ y }),
              ([y]: Any, [d]: Any) => [{ y }, d],
            )(x).y,
        )(1),
      "shape",
      "customJvp: the tangent that the rule returned must have the structure of the function's result, {y: *}; got a traced float64[]",
    ],
    [
      "a value of another structure",
      () =>
        grad(
          (x: Any) =>
            j(
              (y: Any) => ({ y }),
              ([y]: Any, [d]: Any) => [y, { y: d }],
            )(x).y,
        )(1),
      "shape",
      "customJvp: the value that the rule returned has the structure *, but the function returned {y: *}; return the same tree",
    ],
    [
      "a rule that returns nothing",
      () => grad(j(id, () => undefined))(1),
      "value",
      "customJvp: the rule: the function returned undefined; did you forget `return`?",
    ],
    [
      "fwd without residuals",
      () => grad(v(id, id, id))(1),
      "value",
      "customVjp: fwd must return [y, residuals], got a traced float64[]",
    ],
    [
      "bwd that returns no list",
      () =>
        grad(
          v(
            id,
            (x: Any) => [x, x],
            (_x: Any, ct: Any) => ct,
          ),
        )(1),
      "value",
      "customVjp: bwd must return a list with one cotangent per differentiable argument (1), got a traced float64[]; write [ct]",
    ],
    [
      "bwd that returns too many",
      () =>
        grad(
          v(
            id,
            (x: Any) => [x, x],
            (_x: Any, ct: Any) => [ct, ct],
          ),
        )(1),
      "value",
      "customVjp: bwd must return a list with one cotangent per differentiable argument (1), got an array of 2; write [ct]",
    ],
    [
      "a cotangent of another shape",
      () =>
        grad((x: Any) =>
          sum(
            v(
              id,
              (y: Any) => [y, 0],
              (_r: Any, ct: Any) => [sum(ct)],
            )(x),
          ),
        )([1, 2]),
      "shape",
      "customVjp: the cotangent of argument 1 that bwd returned has shape [], but the argument has shape [2]; they must be equal",
    ],
    [
      "a cotangent of another structure",
      () =>
        grad((x: Any) =>
          v(
            (t: Any) => t.a,
            (t: Any) => [t.a, 0],
            (_r: Any, ct: Any) => [ct],
          )({ a: x }),
        )(1),
      "shape",
      "customVjp: the cotangent of argument 1 that bwd returned must have the structure of the argument, {a: *}; got a traced float64[]",
    ],
    [
      "forward mode through a bwd that is not linear",
      () =>
        jvp(
          v(
            id,
            (x: Any) => [x, 0],
            (_r: Any, ct: Any) => [clip(ct, -1, 1)],
          ),
          [1],
          [1],
        ),
      "rule",
      forward,
    ],
    [
      "the same for another operation",
      () =>
        jvp(
          v(
            id,
            (x: Any) => [x, 0],
            (_r: Any, ct: Any) => [sin(ct)],
          ),
          [1],
          [1],
        ),
      "rule",
      forward,
    ],
    [
      "the same for an affine one",
      () =>
        jvp(
          v(
            id,
            (x: Any) => [x, 0],
            (_r: Any, ct: Any) => [add(ct, 1)],
          ),
          [1],
          [1],
        ),
      "rule",
      forward,
    ],
    [
      "a derivative by a captured value",
      () =>
        grad((a: Any) =>
          j(
            (x: Any) => mul(a, x),
            ([x]: Any, [d]: Any) => [mul(a, x), mul(a, d)],
          )(2),
        )(1),
      "rule",
      `customJvp: the function uses a traced value of an enclosing function, and the derivative with respect to that value is asked for, ${moved}`,
    ],
    [
      "the same for customVjp, in forward mode",
      () =>
        jvp(
          (a: Any) =>
            v(
              (x: Any) => mul(a, x),
              (x: Any) => [mul(a, x), 0],
              (_r: Any, ct: Any) => [mul(a, ct)],
            )(2),
          [1],
          [1],
        ),
      "rule",
      `customVjp: the function uses a traced value of an enclosing function, and the derivative with respect to that value is asked for, ${moved}`,
    ],
  ]);
});
