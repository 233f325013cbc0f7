// The types a TypeScript user gets: ordinary values in, ordinary values out; traced values in, traced values out.
// The compiler checks them (`npm run typecheck`); at run time the calls must only not fail.
import { expectTypeOf, test } from "vitest";
import type { NdArray, Tensor, Value } from "../../src/index.ts";
import {
  add,
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
  sum,
  valueAndGrad,
  vjp,
  vmap,
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
  const tree = vjp((p: { w: Tensor; layers: [Tensor, Tensor] }) => add(p.w, sum(add(...p.layers))), { w: 3, layers: [x, [[1, 2]]] })[1](1);
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
  expectTypeOf(hessian(f)(x)).toEqualTypeOf<Value>();
  expectTypeOf(jit(f)(x)).toEqualTypeOf<Value>();
  expectTypeOf(vmap(f)([[1, 2]])).toEqualTypeOf<Value>();
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
  expectTypeOf(hessian(h, { argnums: [0, 1] })(x, p)).toEqualTypeOf<[[Value, { w: Value }], { w: [Value, { w: Value }] }]>();
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
