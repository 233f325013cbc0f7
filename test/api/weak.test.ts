// Numbers and lists of numbers take the type of what they meet inside a transformed function, as they do outside one.
import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import { jit, mul, type Tensor } from "../../src/index.ts";

// biome-ignore lint/suspicious/noExplicitAny: values of every kind go through every transform.
type Any = any;
const h = library as Any;
const product = (a: Tensor, b: Tensor): Tensor => mul(a, b);

/** The value of `product` at two arguments, by every way of calling it. */
const FORMS: Record<string, (a: unknown, b: unknown) => unknown> = {
  jit: (a, b) => h.jit(product)(a, b),
  "jit in a trace": (a, b) => h.jit(() => h.jit(product)(a, b))(),
  vmap: (a, b) => h.vmap((_: unknown, x: Any, y: Any) => mul(x, y), { inAxes: [0, null, null] })([0], a, b),
  checkpoint: (a, b) => h.checkpoint(product)(a, b),
  customJvp: (a, b) => h.customJvp(product, ([x, y]: Any, [dx]: Any) => [mul(x, y), mul(dx, y)])(a, b),
  customVjp: (a, b) =>
    h.customVjp(
      product,
      (x: Any, y: Any) => [mul(x, y), y],
      (y: Any, ct: Any) => [mul(ct, y), ct],
    )(a, b),
};
/** The same for floats alone: derivatives are taken at the arguments. */
const AT_POINTS: Record<string, (a: unknown, b: unknown) => unknown> = {
  jvp: (a, b) => h.jvp(product, [a, b], [a, b])[0],
  "jvp in a trace": (a, b) => h.jit(() => h.jvp((x: Any) => mul(x, h.jit(product)(a, b)), [1], [0])[0])(),
  vjp: (a, b) => h.vjp(product, a, b)[0],
  linearize: (a, b) => h.linearize(product, a, b)[0],
  "jvp, an auxiliary result": (a, b) =>
    h.jvp((x: Any, y: Any) => [h.sum(x), mul(x, y)], [a, b], [a, b], { hasAux: true })[2],
  "grad, an auxiliary result": (a, b) => h.grad((x: Any, y: Any) => [h.sum(x), mul(x, y)], { hasAux: true })(a, b)[1],
  "jacfwd, an auxiliary result": (a, b) => h.jacfwd((x: Any, y: Any) => [x, mul(x, y)], { hasAux: true })(a, b)[1],
  "objective, its data": (a, b) => {
    // The rounding of the product to float32 tells its type: the objective has the type of x0.
    const fine = h.objective(
      (x: Any, p: Any, q: Any) => h.sum(mul(x, h.astype(mul(p, q), "float64"))),
      new Float64Array(1),
      a,
      b,
    );
    return h.astype(fine.grad([0]), (mul(a as Any, b as Any) as Any) instanceof Float32Array ? "float32" : "float64");
  },
};
const flat = (x: unknown): unknown => (x instanceof h.NdArray ? (x as Any).data : x);

describe("a number or list beside another type has the type and the value of the operation by itself", () => {
  const floats = Float32Array.of(1.1);
  const ints = Int32Array.of(7);
  const numbers = [0.1, [0.1], 3, [3], [1.5]];
  const check = (forms: typeof FORMS, a: unknown, b: unknown): void => {
    const want = mul(a as Any, b as Any);
    for (const [form, call] of Object.entries(forms)) {
      expect(flat(call(a, b)), `${form} of ${a} and ${b}`).toEqual(want);
      expect(flat(call(b, a)), `${form} of ${b} and ${a}`).toEqual(want);
    }
  };
  test("beside float32", () => {
    for (const n of numbers) check({ ...FORMS, ...AT_POINTS }, floats, n);
  });
  test("beside float64, and beside numbers of their own kind", () => {
    for (const n of numbers) check({ ...FORMS, ...AT_POINTS }, Float64Array.of(1.1), n);
    check({ ...FORMS, ...AT_POINTS }, [2.5], [0.1]);
  });
  test("beside int32: integers stay int32, others make float64", () => {
    for (const n of numbers) check(FORMS, ints, n);
    expect(jit(product)(ints as Any, 2)).toEqual(Int32Array.of(14));
    expect(jit(product)(ints as Any, 2.5)).toEqual(Float64Array.of(17.5));
    expect(jit(product)(ints as Any, 2 ** 31)).toEqual(Float64Array.of(7 * 2 ** 31));
  });
});

test("one compiled function tells integers, other numbers and types apart, from call to call", () => {
  const f = jit(product) as unknown as (x: unknown, y: unknown) => unknown;
  for (const y of [2, 2.5, [2], [2.5], Float64Array.of(2), Int32Array.of(2), 2])
    for (const x of [Float32Array.of(1.1), Int32Array.of(3), Float64Array.of(3)])
      expect(f(x, y)).toEqual(mul(x as Any, y as Any));
});

test("where derivatives are taken, an integer is a float beside integers too", () => {
  const f = (x: Tensor): Tensor => h.sum(mul(x, Int32Array.of(3, 4)));
  expect(h.grad(f)(2)).toBe(7);
  expect(h.grad(f)([2, 5])).toEqual(Float64Array.of(3, 4));
  expect(h.jvp(f, [2], [1])).toEqual([14, 7]);
  expect(h.jacrev((x: Any) => mul(x, Int32Array.of(3, 4)))(2)).toEqual(Float64Array.of(3, 4));
  expect(h.grad((x: Any) => jit(f)(x))(2)).toBe(7);
});

test("gradients with respect to lists are float64, and those beside float32 have its digits", () => {
  const [g, k] = h.vjp(product, Float32Array.of(1.1), [0.1])[1](Float32Array.of(1));
  expect(g).toEqual(Float32Array.of(0.1));
  expect(k).toEqual(Float64Array.of(Math.fround(1.1)));
});

test("an objective has the type of x0, which is float64 for numbers, and its data may be replaced by any numbers", () => {
  const problem = h.objective((x: Any, a: Any) => h.sum(mul(x, mul(a, a))), [1], [2]);
  expect(problem.grad([1])).toEqual(Float64Array.of(4));
  problem.bind([0.1]);
  expect(problem.grad([1])).toEqual(Float64Array.of(0.1 * 0.1));
  const whole = h.objective((x: Any, a: Any) => mul(x, h.sum(mul(a, Int32Array.of(1, 1)))), 1, [2, 3]);
  whole.bind([0.5, 0.25]);
  expect(whole.value(1)).toBe(0.75);
});

test("arrays of numbers with a shape are lists too", () => {
  const f = jit(product) as unknown as (x: unknown, y: unknown) => unknown;
  expect(f({ data: [3, 4], shape: [2] }, Float32Array.of(2, 3))).toEqual(mul([3, 4], Float32Array.of(2, 3)));
});
