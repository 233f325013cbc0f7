// The types a TypeScript user gets: ordinary values in, ordinary values out; traced values in, traced values out.
// The compiler checks them (`npm run typecheck`); at run time the calls must only not fail.
import { expect, expectTypeOf, test } from "vitest";
import type { NdArray, Out, Tensor, TensorLike, Value } from "../../src/index.ts";
import {
  add,
  associativeScan,
  at,
  cond,
  curvature,
  eigh,
  exp,
  eye,
  fisher,
  foriLoop,
  gaussNewton,
  grad,
  hessian,
  hessianDiagonal,
  hvp,
  jacfwd,
  jacrev,
  jit,
  jvp,
  laplaceApproximation,
  laplacian,
  linearize,
  linearOperator,
  linearTranspose,
  lt,
  map,
  matmul,
  mul,
  objective,
  qr,
  scan,
  sin,
  solve,
  sub,
  sum,
  switchCase,
  transpose,
  valueAndGrad,
  vjp,
  vmap,
  whileLoop,
} from "../../src/index.ts";

const f = (x: Tensor) => sum(sin(x));
const x = Float64Array.of(1, 2);

test("jvp", () => {
  expectTypeOf(jvp(f, [[1, 2]], [[1, 0]])).toEqualTypeOf<[Value, Value]>();
  expectTypeOf(jvp(f, [x], [x])).toEqualTypeOf<[Value, Value]>();
  expectTypeOf(jvp(grad(f), [x], [x])).toEqualTypeOf<[Value, Value]>();
  expectTypeOf(jvp((a, b) => mul(a, b), [x, 2], [x, 1])).toEqualTypeOf<[Value, Value]>();
  expectTypeOf(jvp((a: Tensor) => ({ s: sin(a), twice: [a, a] as const }), [x], [x])[1]).toEqualTypeOf<{
    s: Value;
    twice: [Value, Value];
  }>();
  grad((t: Tensor) => {
    const [y, dy] = jvp(f, [t], [x]);
    expectTypeOf(y).toEqualTypeOf<Tensor>();
    expectTypeOf(jvp(f, [x], [t])[1]).toEqualTypeOf<Tensor>();
    return add(y, dy);
  })(x);
});

test("vjp", () => {
  const [y, pull] = vjp(f, x);
  expectTypeOf(y).toEqualTypeOf<Value>();
  expectTypeOf(pull(1)).toEqualTypeOf<[Float64Array]>();
  expectTypeOf(vjp(f, [1, 2])[1](1)).toEqualTypeOf<[Float64Array]>();
  expectTypeOf(vjp(f, Float32Array.of(1))[1](1)).toEqualTypeOf<[Float32Array]>();
  expectTypeOf(vjp(grad(f), x)[1](x)).toEqualTypeOf<[Float64Array]>();
  expectTypeOf(vjp((a, b) => mul(a, b), 3, x)[1](x)).toEqualTypeOf<[number, Float64Array]>();
  const tree = vjp((p: { w: Tensor; layers: [Tensor, Tensor] }) => add(p.w, sum(add(...p.layers))), {
    w: 3,
    layers: [x, [[1, 2]]],
  })[1](1);
  expectTypeOf(tree).toEqualTypeOf<[{ w: number; layers: [Float64Array, NdArray] }]>();
  grad((t: Tensor) => {
    const [value, back] = vjp(f, t);
    expectTypeOf(value).toEqualTypeOf<Tensor>();
    expectTypeOf(pull(value)).toEqualTypeOf<[Tensor]>(); // a point outside, a direction of this trace
    return sum(add(back(1)[0], pull(value)[0]));
  })(x);
});

test("linearize", () => {
  const [y, push] = linearize(f, x);
  expectTypeOf(y).toEqualTypeOf<Value>();
  expectTypeOf(push([1, 2])).toEqualTypeOf<Value>();
  expectTypeOf(linearize((a) => sin(a), [1, 2])[1](x)).toEqualTypeOf<Value>();
  expectTypeOf(linearize(grad(f), x)[1](x)).toEqualTypeOf<Value>();
  grad((t: Tensor) => {
    expectTypeOf(push(t)).toEqualTypeOf<Tensor>();
    expectTypeOf(linearize(f, t)[1](x)).toEqualTypeOf<Tensor>();
    return add(push(t), linearize(f, t)[1](x));
  })(x);
});

test("linearTranspose", () => {
  expectTypeOf(linearTranspose((a: Tensor) => mul(2, a), x)(x)).toEqualTypeOf<[Float64Array]>();
  expectTypeOf(linearTranspose((a) => sum(a), x)(1)).toEqualTypeOf<[Float64Array]>();
});

test("the others", () => {
  expectTypeOf(grad(f)(x)).toEqualTypeOf<Float64Array>();
  expectTypeOf(valueAndGrad(f)(x)).toEqualTypeOf<[number, Float64Array]>();
  expectTypeOf(grad((a: Tensor) => [f(a), a] as const, { hasAux: true })(x)).toEqualTypeOf<[Float64Array, Value]>();
  expectTypeOf(hvp(f, x, [1, 2])).toEqualTypeOf<Float64Array>();
  expectTypeOf(hvp((p: { a: Tensor }) => sum(p.a), { a: [1, 2] }, { a: [1, 0] })).toEqualTypeOf<{
    a: Float64Array;
  }>();
  expectTypeOf(hessian(f)(x)).toEqualTypeOf<NdArray>();
  expectTypeOf(hessianDiagonal(f)(x)).toEqualTypeOf<Float64Array>();
  expectTypeOf(
    hessianDiagonal((p: { a: Tensor }, q: Tensor) => mul(sum(p.a), q), { argnums: 1 })({ a: x }, 2),
  ).toEqualTypeOf<number>();
  expectTypeOf(laplacian(f)(x)).toEqualTypeOf<Value>();
  const total: number = laplacian((a: Tensor) => sum(mul(a, a)), { groups: [0, 1] })([1, 2]);
  expect(total).toBe(4);
  expectTypeOf(curvature(f, x, [1, 2])).toEqualTypeOf<[value: Value, slope: Value, curvature: Value]>();
  const [, , bend]: readonly number[] = curvature((p) => sum(mul(p.a, p.a)), { a: [1, 2] }, { a: [1, 0] });
  expect(bend).toBe(2);
  expectTypeOf(jit(f)(x)).toEqualTypeOf<Value>();
  expectTypeOf(vmap(f)([[1, 2]])).toEqualTypeOf<Value>();
});

test("a tree's functions need no annotations", () => {
  const tree = { w: x, layers: [x, [[1, 2]]] as [Float64Array, number[][]] };
  expectTypeOf(
    hvp(
      (p) => {
        expectTypeOf(p).toEqualTypeOf<{ w: Tensor; layers: [Tensor, Tensor] }>();
        return add(sum(mul(p.w, p.layers[0])), sum(p.layers[1]));
      },
      tree,
      tree,
    ),
  ).toEqualTypeOf<{ w: Float64Array; layers: [Float64Array, NdArray] }>();
  expectTypeOf(hvp((p) => sum(mul(p, p)), 3, 1)).toEqualTypeOf<number>();
});

test("operations outside a trace", () => {
  const wide = eye(2) as NdArray;
  expectTypeOf(sin(2)).toEqualTypeOf<number>();
  expectTypeOf(sin(x)).toEqualTypeOf<Float64Array>();
  expectTypeOf(sin([1, 2])).toEqualTypeOf<Float64Array>();
  expectTypeOf(sin(Float32Array.of(1))).toEqualTypeOf<Float32Array>();
  expectTypeOf(sin(wide)).toEqualTypeOf<NdArray>();
  expectTypeOf(sin([[1, 2]])).toEqualTypeOf<NdArray>();
  expectTypeOf(mul(2, 3)).toEqualTypeOf<number>();
  expectTypeOf(mul(2, x)).toEqualTypeOf<Float64Array>();
  expectTypeOf(mul([1, 2], Float32Array.of(1, 2))).toEqualTypeOf<Float32Array>();
  expectTypeOf(add(wide, x)).toEqualTypeOf<NdArray>();
  expectTypeOf(lt(1, 2)).toEqualTypeOf<boolean>();
  expectTypeOf(sum(x)).toEqualTypeOf<number>();
  expectTypeOf(sum(wide, { axis: 0 })).toEqualTypeOf<Value>();
  expectTypeOf(matmul(wide, x)).toEqualTypeOf<Value>();
  // Where ranks are not in the types, the use says what it is.
  const y: Float64Array = matmul(wide, x);
  const r: Float64Array = jit(f as (x: Tensor) => Tensor)(x) as never;
  expectTypeOf(add(y, x)).toEqualTypeOf<Float64Array>();
  return r;
});

test("a loop of Levenberg and Marquardt needs no casts", () => {
  const t = Float64Array.of(0, 1, 2, 3);
  const residuals = jit((p: Tensor) => sub(mul(at(p, 0), exp(mul(at(p, 1), t))), [2, 1.5, 1.1, 0.8]));
  const jacobian = jit(jacfwd((p: Tensor) => sub(mul(at(p, 0), exp(mul(at(p, 1), t))), [2, 1.5, 1.1, 0.8])));
  let p = Float64Array.of(1, 0);
  let cost = Number.POSITIVE_INFINITY;
  for (let k = 0; k < 8; k++) {
    const r: Float64Array = residuals(p);
    const J: NdArray = jacobian(p);
    cost = sum(mul(r, r));
    const step: Float64Array = solve(add(matmul(transpose(J), J), mul(1e-9, eye(2))), matmul(transpose(J), r));
    p = sub(p, step);
  }
  expect(cost).toBeLessThan(0.01);
  expect(p[0]).toBeCloseTo(2, 1);
});

test("results that are declared where types cannot tell them", () => {
  const model = (p: Tensor): Tensor => sin(p);
  const [r, dr]: [Float64Array, Float64Array] = jvp(model, [x], [x]);
  const push = linearize(model, x)[1];
  const along: Float64Array = push(x);
  expect(along).toEqual(dr);
  expectTypeOf(dr).toEqualTypeOf<Float64Array>();
  expect(r.length).toBe(dr.length);
});

test("objectives", () => {
  // @ts-expect-error neither data, which the function does not take, nor a setting
  expect(() => objective((p: Tensor) => sum(mul(p, p)), x, { relax: true })).toThrow(
    "the settings are { relaxed: true }",
  );
  const problem = objective((p, a) => sum(mul(p, a)), x, x);
  expectTypeOf(problem.hessian(x)).toEqualTypeOf<NdArray>();
  expectTypeOf(problem.valueGradAndHvp(x, x)).toEqualTypeOf<[number, Float64Array, Float64Array]>();
  expectTypeOf(problem.valueGradAndHvp(x, x, [new Float64Array(2), new Float64Array(2)])).toEqualTypeOf<
    [number, Float64Array<ArrayBuffer>, Float64Array<ArrayBuffer>]
  >();
  expectTypeOf(problem.bind).parameters.toEqualTypeOf<[TensorLike]>();
  expectTypeOf(objective((p) => mul(p, p), 3).hessian(3)).toEqualTypeOf<number>();
  const vector = { data: Float64Array.of(1, 2, 3), shape: [3] } as const;
  const slope = objective((p) => sum(mul(p, p)), vector).grad(vector);
  expectTypeOf(slope).toEqualTypeOf<Float64Array>();
  expect(slope).toEqual(Float64Array.of(2, 4, 6));
});

test("float32 and { data, shape }: results and outs have the type of the data", () => {
  const square = (w: Tensor) => sum(mul(w, w));
  const W = { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] };
  const p = objective(square, W);
  expectTypeOf(p.grad(W)).toEqualTypeOf<NdArray | Float32Array>();
  expectTypeOf(p.grad(W, new Float32Array(4))).toEqualTypeOf<Float32Array<ArrayBuffer>>();
  expectTypeOf(p.hvp(W, W, { data: new Float32Array(4), shape: [2, 2] }).data).toEqualTypeOf<
    Float32Array<ArrayBuffer>
  >();
  const at = p.at(W);
  expectTypeOf(at.hvps([W], [new Float32Array(4)])).toEqualTypeOf<Float32Array<ArrayBuffer>[]>();
  expectTypeOf(grad(square)({ data: Float32Array.of(1, 2), shape: [2] })).toEqualTypeOf<Float32Array>();
  expectTypeOf(grad(square)(W)).toEqualTypeOf<NdArray | Float32Array>();
  expectTypeOf(grad(square)({ data: [1, 2], shape: [2] as number[] })).toEqualTypeOf<NdArray | Float64Array>();
  const typed = (data: Float32Array | Float64Array) => grad(square)({ data, shape: [2] });
  expectTypeOf(typed).returns.toEqualTypeOf<Float32Array | Float64Array>();
  // A network with a tree of them.
  const layers = { w: W, b: Float32Array.of(1, 2), scale: 2 };
  const net = objective((t) => add(mul(t.scale, square(t.w)), square(t.b)), layers);
  const out = { w: new Float32Array(4), b: new Float32Array(2), scale: new Float64Array(1) };
  expectTypeOf(net.grad(layers, out)).toEqualTypeOf<typeof out>();
  expect(net.grad(layers, out)).toBe(out);
  expect(out).toEqual({ w: Float32Array.of(4, 8, 12, 16), b: Float32Array.of(2, 4), scale: Float64Array.of(30) });
  // @ts-expect-error an out of another type
  expect(() => p.grad(W, new Float64Array(4))).toThrow("must be a Float32Array");
  const perhaps = [new Float32Array(4)].find(() => true);
  expectTypeOf(p.grad(W, perhaps)).toEqualTypeOf<NdArray | Float32Array | Out<typeof W>>();
  expectTypeOf(objective(square, [[1, 2]]).grad([[3, 4]], new Float64Array(2))).toEqualTypeOf<
    Float64Array<ArrayBuffer>
  >();
});

test("operations on { data, shape }", () => {
  const W = { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] };
  expectTypeOf(mul(W, 2)).toEqualTypeOf<NdArray | Float32Array>();
  expectTypeOf(mul({ data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] }, 2)).toEqualTypeOf<NdArray>();
  expectTypeOf(sin({ ...W, shape: [2, 2] as const })).toEqualTypeOf<NdArray>();
  expectTypeOf(mul({ data: Float32Array.of(1, 2), shape: [2] }, 2)).toEqualTypeOf<Float32Array>();
  expectTypeOf(mul({ data: [1], shape: [] }, 2)).toEqualTypeOf<number>();
  const open = (a: Float32Array | Float64Array) => mul(a, 2);
  expectTypeOf(open).returns.toEqualTypeOf<Float32Array | Float64Array>();
  const y: NdArray = mul(W, 2); // where the type of the shape is open, the use says what it is
  expectTypeOf(y.toArray()).toEqualTypeOf<number[][]>();
  expectTypeOf(y.toArray()[0]?.map((v) => v + 1)).toEqualTypeOf<number[] | undefined>();
  const three: number[][][] = (eye(2) as NdArray).toArray();
  expect([y.toArray(), three]).toEqual([[[2, 4], [6, 8]], [[1, 0], [0, 1]]]); // biome-ignore format: matrices
});

test("[value, aux] needs no assertion", () => {
  const g = (a: Tensor): [Tensor, { s: Tensor }] => [f(a), { s: a }];
  type R = [Float64Array, { s: Value }];
  expectTypeOf(grad((a: Tensor) => [f(a), { s: a }], { hasAux: true })(x)).toEqualTypeOf<R>();
  expectTypeOf(grad(g, { hasAux: true })(x)).toEqualTypeOf<R>();
  expectTypeOf(valueAndGrad((a: Tensor) => [f(a), { s: a }], { hasAux: true })(x)[0][1].s).toEqualTypeOf<Value>();
  expectTypeOf(hessian((a: Tensor) => [f(a), { s: a }], { hasAux: true })(x)[1].s).toEqualTypeOf<Value>();
  expectTypeOf(jacrev((a: Tensor) => [a, { s: a }], { hasAux: true })(x)[1].s).toEqualTypeOf<Value>();
  expectTypeOf(jvp((a: Tensor) => [a, { s: a }], [x], [x], { hasAux: true })[2].s).toEqualTypeOf<Value>();
  expectTypeOf(linearize((a: Tensor) => [a, { s: a }], x, { hasAux: true })[2].s).toEqualTypeOf<Value>();
  expectTypeOf(vjp((a: Tensor) => [a, { s: a }], x, { hasAux: true })[2].s).toEqualTypeOf<Value>();
});

test("decompositions", () => {
  const [w, V] = eigh([
    [2, 1],
    [1, 2],
  ]);
  expectTypeOf(w).toExtend<Value | undefined>();
  expectTypeOf(V).toExtend<Value | undefined>();
  expect(w).toEqual(eigh([[2, 1], [1, 2]]).eigenvalues); // biome-ignore format: a matrix
  jit((a: Tensor) => {
    const [q, r] = qr(a);
    expectTypeOf(q).toExtend<Tensor | undefined>();
    return matmul(q as Tensor, r as Tensor);
  })([[1, 2], [3, 4]]); // biome-ignore format: a matrix
});

test("auxiliary results and argnums", () => {
  const g = (a: Tensor) => [f(a), { twice: a.mul(2), list: [a, a] as const }] as const;
  type A<T> = { twice: T; list: [T, T] };
  expectTypeOf(grad(g, { hasAux: true })(x)).toEqualTypeOf<[Float64Array, A<Value>]>();
  expectTypeOf(valueAndGrad(g, { hasAux: true })(x)).toEqualTypeOf<[[number, A<Value>], Float64Array]>();
  expectTypeOf(jvp(g, [x], [x], { hasAux: true })).toEqualTypeOf<[Value, Value, A<Value>]>();
  const [y, push, aux] = linearize(g, x, { hasAux: true });
  expectTypeOf(y).toEqualTypeOf<Value>();
  expectTypeOf(push(x)).toEqualTypeOf<Value>();
  expectTypeOf(aux).toEqualTypeOf<A<Value>>();
  const [z, pull, beside] = vjp(g, x, { hasAux: true });
  expectTypeOf(z).toEqualTypeOf<Value>();
  expectTypeOf(pull(1)).toEqualTypeOf<[Float64Array]>();
  expectTypeOf(beside).toEqualTypeOf<A<Value>>();
  expectTypeOf(jacfwd(g, { hasAux: true })(x)).toEqualTypeOf<[Value, A<Value>]>();
  expectTypeOf(jacrev(g, { hasAux: true })(x)).toEqualTypeOf<[Value, A<Value>]>();
  expectTypeOf(hessian(g, { hasAux: true })(x)).toEqualTypeOf<[Value, A<Value>]>();

  const h = (a: Tensor, p: { w: Tensor }) => sum(mul(a, p.w));
  const p = { w: x };
  expectTypeOf(grad(h, { argnums: 1 })(x, p)).toEqualTypeOf<{ w: Float64Array }>();
  expectTypeOf(grad(h, { argnums: [1, 0] })(x, p)).toEqualTypeOf<[{ w: Float64Array }, Float64Array]>();
  expectTypeOf(jacfwd(h, { argnums: 1 })(x, p)).toEqualTypeOf<{ w: Value }>();
  expectTypeOf(jacrev(h, { argnums: [0, 1] })(x, p)).toEqualTypeOf<[Value, { w: Value }]>();
  expectTypeOf(hessian(h, { argnums: 1 })(x, p)).toEqualTypeOf<{ w: { w: Value } }>();
  expectTypeOf(hessian(h, { argnums: [0, 1] })(x, p)).toEqualTypeOf<
    [[Value, { w: Value }], { w: [Value, { w: Value }] }]
  >();
  expectTypeOf(jacfwd((a: Tensor) => ({ s: sin(a) }))(x)).toEqualTypeOf<{ s: Value }>();
  // The last argument, counted from the end.
  expectTypeOf(grad(h, { argnums: -1 })(x, p)).toEqualTypeOf<{ w: Float64Array }>();
  expectTypeOf(jacrev(h, { argnums: [-2, -1] })(x, p)).toEqualTypeOf<[Value, { w: Value }]>();
  jit((t: Tensor) => {
    expectTypeOf(jacfwd(g, { hasAux: true })(t)).toEqualTypeOf<[Tensor, A<Tensor>]>();
    expectTypeOf(linearize(g, t, { hasAux: true })[2]).toEqualTypeOf<A<Tensor>>();
    return t;
  })(x);
});

test("loops", () => {
  const [c, ys] = scan((s, y) => [s.add(y), s], 0, x);
  expectTypeOf(c).toEqualTypeOf<Value>();
  expectTypeOf(ys).toEqualTypeOf<Value>();
  const tree = scan(
    ({ p, q }, { u }) => {
      expectTypeOf(p).toEqualTypeOf<Tensor>();
      expectTypeOf(u).toEqualTypeOf<Tensor>();
      return [
        { p: add(p, u), q },
        { v: p, w: [q.k, u] as const },
      ];
    },
    { p: x, q: { k: 0 } },
    { u: [x, x].map((row) => [...row]) },
  );
  expectTypeOf(tree[0]).toEqualTypeOf<{ p: Value; q: { k: Value } }>();
  expectTypeOf(tree[1]).toEqualTypeOf<{ v: Value; w: [Value, Value] }>();
  const [last, none] = scan((s) => [mul(s, 2), null], 1, null, { length: 3 });
  expectTypeOf(last).toEqualTypeOf<Value>();
  expectTypeOf(none).toEqualTypeOf<null>();
  // @ts-expect-error: a carry is returned like the first
  expect(() => scan((s, y) => [{ a: add(s, y) }, s], 0, x)).toThrow();
  expectTypeOf(foriLoop(0, 3, (i, { a }) => ({ a: add(a, i) }), { a: 1 })).toEqualTypeOf<{ a: Value }>();
  expectTypeOf(
    whileLoop(
      (s) => lt(s, 10),
      (s) => s.mul(2),
      1,
    ),
  ).toEqualTypeOf<Value>();
  expectTypeOf(map((row) => ({ s: sum(row) }), [[1, 2]])).toEqualTypeOf<{ s: Value }>();
  expectTypeOf(associativeScan((a, b) => mul(a, b), x)).toEqualTypeOf<Value>();
  grad((t: Tensor) => {
    expectTypeOf(scan((s, y) => [mul(s, y), s], t, x)).toEqualTypeOf<[Tensor, Tensor]>();
    expectTypeOf(foriLoop(0, 3, (_, [a, b]) => [b, a], [t, t])).toEqualTypeOf<[Tensor, Tensor]>();
    return foriLoop(0, 2, (_, s) => s.mul(2), sum(t));
  })(x);
});

test("branches", () => {
  expectTypeOf(
    cond(
      true,
      (a) => sum(a),
      () => 0,
      x,
    ),
  ).toEqualTypeOf<Value>();
  expectTypeOf(switchCase(1, [(a) => ({ b: a }), (a) => ({ b: sin(a) })], x)).toEqualTypeOf<{ b: Value }>();
  grad((t: Tensor) =>
    cond(
      lt(t, 0),
      (a) => {
        expectTypeOf(a).toEqualTypeOf<Tensor>();
        return a;
      },
      () => t,
      t,
    ),
  )(1);
});

test("operators have vectors like their point, and matrices like its Hessian", () => {
  const energy = ({ w, b }: { w: Tensor; b: Tensor }): Tensor => add(sum(mul(w, w)), mul(b, b));
  const tree = { w: x, b: 1 };
  const operator = linearOperator(energy, tree);
  expectTypeOf(operator.eigsh(1).vectors).toEqualTypeOf<{ w: Float64Array; b: number }[]>();
  expectTypeOf(operator.diagonal().value.b).toEqualTypeOf<number>();
  expectTypeOf(operator.matvec(tree)).toEqualTypeOf<{ w: Float64Array; b: number }>();
  expectTypeOf(operator.toDense()).toEqualTypeOf<NdArray>();
  expectTypeOf(operator.trace().value).toEqualTypeOf<number>();
  const problem = objective((t) => sum(mul(t, t)), x);
  expectTypeOf(linearOperator(problem.at(x)).solve(x).x).toEqualTypeOf<Float64Array>();
  expectTypeOf(linearOperator(problem, x).matmat([x, x])).toEqualTypeOf<Float64Array[]>();
  const square = (v: Float64Array): Float64Array => v;
  expectTypeOf(linearOperator({ shape: [2, 2], matvec: square }).eigsh(1).vectors).toEqualTypeOf<Float64Array[]>();
  expectTypeOf(
    linearOperator([
      [1, 0],
      [0, 1],
    ]).logdet().value,
  ).toEqualTypeOf<number>();
  const model = gaussNewton(
    (t) => sin(t),
    (z) => sum(mul(z, z)),
  );
  expectTypeOf(model(x).eigsh(1).vectors).toEqualTypeOf<Float64Array[]>();
  const information = fisher(({ w, b }: { w: Tensor; b: Tensor }) => add(w, b), "poisson");
  expectTypeOf(information(tree).eigsh(1).vectors).toEqualTypeOf<{ w: Float64Array; b: number }[]>();
  const normal = laplaceApproximation((t) => sum(mul(t, t)), x);
  expectTypeOf(normal.mean).toEqualTypeOf<Float64Array>();
  expectTypeOf(normal.covariance).toEqualTypeOf(hessian((t: Tensor) => sum(mul(t, t)))(x));
  expect(normal.covariance.shape).toEqual([2, 2]);
});
