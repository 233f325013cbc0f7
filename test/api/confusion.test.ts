// Nested derivatives never mix their perturbations.
import { describe, expect, test } from "vitest";
import {
  add,
  cos,
  exp,
  grad,
  hvp,
  jacfwd,
  jit,
  jvp,
  linearize,
  mul,
  type NdArray,
  pow,
  sin,
  square,
  sum,
  type Tensor,
  type TensorLike,
  vdot,
  vjp,
  vmap,
} from "../../src/index.ts";

/** The derivative of a scalar function of a number, by each mode. */
type Derivative = (f: (x: Tensor) => TensorLike) => (x: TensorLike) => Tensor;
const MODES: [string, Derivative][] = [
  ["reverse", (f) => (x) => grad(f)(x as Tensor)],
  ["forward", (f) => (x) => jvp(f, [x as Tensor], [1])[1] as Tensor],
  ["vjp", (f) => (x) => vjp(f, x as Tensor)[1](1)[0] as Tensor],
  ["linearize", (f) => (x) => linearize(f, x as Tensor)[1](1) as Tensor],
];
const PAIRS = MODES.flatMap(([a, outer]) => MODES.map(([b, inner]) => [a, b, outer, inner] as const));

describe.each(PAIRS)("%s over %s", (_a, _b, D, E) => {
  test("Siskind & Pearlmutter: d/dx (x · d/dy (x + y)) = 1", () =>
    expect(D((x) => mul(x, E((y) => add(x, y))(1)))(1)).toBe(1));
  test("ForwardDiff: d/dx (x · d/dy (x·y)) = 2x", () => expect(D((x) => mul(x, E((y) => mul(x, y))(3)))(5)).toBe(10));
  // 2x²
  test("the inner point is the outer variable", () => expect(D((x) => E((y) => mul(x, mul(y, y)))(x))(3)).toBe(12));
  test("the inner function ignores its argument", () => expect(D((x) => mul(x, E((_y) => square(x))(x)))(3)).toBe(0));
  test("third order: d/dx (x² · d/dy d/dz (x y z²))", () => {
    // at y = x, z = 2: x² · 2·x·2 → d/dx 4x³ = 12x²
    expect(D((x) => mul(square(x), E((y) => D((z) => mul(mul(x, y), square(z)))(2))(x)))(3)).toBe(108);
  });
});

describe("arrays", () => {
  const quartic = (x: Tensor) => sum(pow(x, 4));
  test("third derivatives of sin", () => {
    const f = grad((x) => grad((y) => grad((z) => sin(z))(y))(x));
    expect(f(0.5)).toBe(-Math.cos(0.5));
  });
  test("gradient of a Hessian-vector product", () => {
    expect(grad((x: Tensor) => sum(hvp(quartic, x, [1, 2])))([3, 4])).toEqual(Float64Array.of(24 * 3, 24 * 4 * 2));
  });
  test("gradient of a Hessian-vector product in its direction", () => {
    expect(grad((v: Tensor) => sum(hvp(quartic, [3, 4], v)))([1, 1])).toEqual(Float64Array.of(12 * 9, 12 * 16));
  });
  test("jvp of jvp", () => {
    const [[y, dy], [ydot, dydot]] = jvp((x: Tensor) => jvp(quartic, [x], [[1, 0]]), [[3, 4]], [[1, 1]]) as unknown as [
      [number, number],
      [number, number],
    ];
    expect([y, dy, ydot, dydot]).toEqual([81 + 256, 108, 108 + 256, 108]);
  });
  test("an HVP of a function that closes over an outer value", () => {
    // f(x) = Σ a x³ has H v = 6 a x v; its derivative in a is Σ 6 x v
    expect(grad((a) => sum(hvp((x: Tensor) => sum(mul(a, pow(x, 3))), [1, 2], [1, 1])))(7)).toBe(18);
  });
  test("a direction that is the gradient of the same function", () => {
    // v = ∇f = 4x³, H v = 12x²·4x³ = 48 x⁵, and its derivative 240 x⁴
    expect(grad((x: Tensor) => sum(hvp(quartic, x, grad(quartic)(x))))([1, 2])).toEqual(Float64Array.of(240, 240 * 16));
  });
  test("vmap inside grad closing over the outer value, and grad inside vmap", () => {
    expect(
      grad((w: Tensor) =>
        sum(
          vmap((x: Tensor) => vdot(w, x))([
            [1, 2],
            [3, 4],
          ]),
        ),
      )([0, 0]),
    ).toEqual(Float64Array.of(4, 6));
    const g = vmap((x: Tensor) => grad((w: Tensor) => vdot(square(w), x))([1, 2]))([
      [1, 2],
      [3, 4],
    ]) as unknown as NdArray;
    expect(g.toArray()).toEqual([
      [2, 8],
      [6, 16],
    ]);
  });
  test("the Jacobian of a gradient of a closure", () => {
    const J = jacfwd((a: Tensor) => grad((x: Tensor) => sum(mul(a, square(x))))([1, 2]))([3, 4]) as NdArray;
    expect(J.toArray()).toEqual([
      [2, 0],
      [0, 4],
    ]);
  });
  test("inner transforms with no traced values give constants", () => {
    expect(grad((x: Tensor) => sum(mul(x, grad((y: Tensor) => sum(square(y)))([1, 2]))))([0, 0])).toEqual(
      Float64Array.of(2, 4),
    );
  });
  test("jit inside and outside", () => {
    const f = jit((x: Tensor) => grad((y) => mul(exp(y), cos(x)))(0));
    expect(f(0)).toBe(1);
    expect(grad((x) => f(x))(1)).toBe(-Math.sin(1));
  });
});

test("a chain of fifteen thousand operations needs no recursion", () => {
  const f = (x: Tensor) => {
    let y: TensorLike = x;
    for (let i = 0; i < 5000; i++) y = add(mul(0.9999, y), sin(y));
    return y;
  };
  expect(grad((x: Tensor) => f(x))(0) as number).toBeGreaterThan(1);
});
