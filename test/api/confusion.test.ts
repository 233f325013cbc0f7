// Nested derivatives never mix their perturbations, also where that is known to hide: derivatives of functions that
// return functions, derivatives of solvers, deep alternation of modes, and transforms interrupted by errors. Expected
// numbers are closed forms.
import { describe, expect, test } from "vitest";
import {
  add,
  cos,
  div,
  exp,
  grad,
  hvp,
  jacfwd,
  jit,
  jvp,
  linearize,
  log,
  mul,
  type NdArray,
  objective,
  pow,
  sin,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
  type TensorLike,
  tanh,
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

// ---- functions that return functions, solvers, deep alternation, errors ----

type Scalar = (x: Tensor) => Tensor;
/** A derivative operator on scalar functions. */
type D = (f: Scalar) => Scalar;
const modes: Record<string, D> = {
  reverse: (f) => (x) => grad(f)(x),
  forward: (f) => (x) => (jvp(f, [x], [1]) as unknown as [Tensor, Tensor])[1],
  linearized: (f) => (x) => linearize(f, x)[1](1) as unknown as Tensor,
  "reverse, jitted": (f) => (x) => jit(grad(f) as never)(x as never) as unknown as Tensor,
};
const names = Object.keys(modes);
const pairs = names.flatMap((a) => names.map((b) => [a, b] as const));
const at = (f: Scalar, x: number): number => f(x as never) as unknown as number;

// Rounding of a few operations.
const close = (got: unknown, want: number) =>
  expect(Math.abs((got as number) - want)).toBeLessThanOrEqual(1e-13 * Math.max(1, Math.abs(want)));

describe.each(pairs)("%s over %s", (a, b) => {
  const [outer, inner] = [modes[a] as D, modes[b] as D];
  test("d/dx (x · d/dy (x + y)) = 1", () =>
    close(
      at(
        outer((x) => mul(x, inner((y) => add(x, y))(x))),
        1,
      ),
      1,
    ));
  test("d/dx (x · d/dy (x y²)|y=x) = 6x²", () =>
    close(
      at(
        outer((x) => mul(x, inner((y) => mul(x, square(y)))(x))),
        3,
      ),
      6 * 9,
    ));
  test("second derivative of sin", () => close(at(outer(inner(sin)), 0.7), -Math.sin(0.7)));
  test("first derivative", () =>
    close(
      at(
        inner((x) => mul(x, exp(x))),
        0.3,
      ),
      1.3 * Math.exp(0.3),
    ));
});

describe("derivatives of functions that return functions (Manzyuk et al. 2019, §4)", () => {
  // s(u)(f)(x) = f(x + u). Its derivative at u = 0 is itself a differentiation operator, applied twice.
  const shift =
    (u: Tensor) =>
    (f: Scalar): Scalar =>
    (x) =>
      f(add(x, u));
  const operators: Record<string, D> = {
    forward: (f) => (x) => (jvp((u: Tensor) => shift(u)(f)(x), [0], [1]) as unknown as [Tensor, Tensor])[1],
    reverse: (f) => (x) => grad((u: Tensor) => shift(u)(f)(x))(0) as unknown as Tensor,
  };
  for (const [a, first] of Object.entries(operators)) {
    for (const [b, second] of Object.entries(operators)) {
      test(`${a} of ${b}`, () => {
        close(at(first(second((x) => pow(x, 3))), 2), 12);
        close(at(first(second(exp)), 1), Math.E);
        close(at(first(second(first((x) => pow(x, 4)))), 1.5), 36);
      });
    }
  }
});

describe("deep alternation", () => {
  const cycle = ["reverse", "forward", "linearized"] as const;
  test.each([2, 3, 4, 5, 6])("derivative %d of sin", (order) => {
    for (const start of [0, 1, 2]) {
      let f: Scalar = sin;
      for (let k = 0; k < order; k++) f = (modes[cycle[(start + k) % 3] as string] as D)(f);
      close(at(f, 0.4), Math.sin(0.4 + (order * Math.PI) / 2));
    }
  });
  test("mixed partials of x² y³ in every order of closures", () => {
    for (const [a, b] of [
      ["reverse", "forward"],
      ["forward", "reverse"],
      ["reverse", "reverse"],
      ["forward", "forward"],
    ] as const) {
      const [Dx, Dy] = [modes[a] as D, modes[b] as D];
      close(
        at(
          Dx((x) => Dy((y) => mul(square(x), pow(y, 3)))(2 as never)),
          5,
        ),
        2 * 5 * 3 * 4,
      );
      close(
        at(
          Dx((x) => Dx((z) => Dy((y) => mul(mul(x, square(z)), pow(y, 3)))(2 as never))(x)),
          5,
        ),
        12 * 4 * 5,
      );
    }
  });
});

describe("derivatives of solvers", () => {
  // Gradient descent on ½(y - x)² from 0: y_k = x (1 - (1 - a)^k).
  test("unrolled gradient descent", () => {
    const solve: Scalar = (x) => {
      let y = mul(0, x);
      for (let k = 0; k < 5; k++) y = sub(y, mul(0.25, grad((z: Tensor) => mul(0.5, square(sub(z, x))))(y)));
      return y;
    };
    close(at(modes["reverse"]?.(solve) as Scalar, 3), 1 - 0.75 ** 5);
    close(at(modes["forward"]?.(solve) as Scalar, 3), 1 - 0.75 ** 5);
  });
  // Newton's method for log x, converged to rounding: the derivatives of the iterates are those of log.
  test("unrolled Newton iteration", () => {
    const solve: Scalar = (x) => {
      let y = mul(0, x);
      for (let k = 0; k < 8; k++) {
        const residual: Scalar = (z) => sub(exp(z), x);
        y = sub(y, div(residual(y), grad(residual)(y)));
      }
      return y;
    };
    close(solve === undefined ? 0 : at((x) => solve(x), 2), Math.LN2);
    close(at(grad(solve) as never, 2), 0.5);
    close(at(grad(grad(solve) as never) as never, 2), -0.25);
  });
  test("a bilevel hyper-gradient through an inner Hessian-vector product", () => {
    // g(a) = ⟨∇L, H_a ∇L⟩ with L = Σ x³/3, H_a = ∇²(a Σ x⁴/12) = a x²: g = a Σ x⁶.
    const g: Scalar = (a) => {
      const x = [1, 2];
      const step = grad((y: Tensor) => div(sum(pow(y, 3)), 3))(x);
      return vdot(
        step,
        hvp((y: Tensor) => mul(a, div(sum(pow(y, 4)), 12)), x, step as never) as never,
      ) as unknown as Tensor;
    };
    close(at(g, 3), 3 * 65);
    close(at(grad(g) as never, 3), 65);
  });
});

describe("closures over values of outer transforms", () => {
  test("a linear map made in one trace and used in another", () => {
    const f: Scalar = (x) => {
      const [, tangent] = linearize((y: Tensor) => mul(x, sin(y)), x);
      // x cos(x) · u at u = x²
      return grad((u: Tensor) => square(tangent(u) as Tensor))(square(x)) as Tensor;
    };
    // d/du (x cos x · u)² = 2 (x cos x)² u = 2 x⁴ cos² x
    const x = 0.6;
    close(at(f, x), 2 * x ** 4 * Math.cos(x) ** 2);
    close(at(grad(f) as never, x), 8 * x ** 3 * Math.cos(x) ** 2 - 4 * x ** 4 * Math.cos(x) * Math.sin(x));
  });
  test("a pullback called twice inside another derivative", () => {
    const f: Scalar = (x) => {
      const [y, pull] = vjp((z: Tensor) => mul(z, tanh(mul(x, z))), x);
      return add(y as Tensor, mul((pull(1) as Tensor[])[0] as Tensor, (pull(x as never) as Tensor[])[0] as Tensor));
    };
    // z tanh(xz) at z = x: t = tanh(x²); ∂ = t + x²(1 - t²); f = x t + x ∂²
    const closed = (x: number): number => {
      const t = Math.tanh(x * x);
      return x * t + x * (t + x * x * (1 - t * t)) ** 2;
    };
    close(at(f, 0.8), closed(0.8));
    // Central difference of the closed form: good to about 1e-10.
    const h = 1e-5;
    expect(at(grad(f) as never, 0.8)).toBeCloseTo((closed(0.8 + h) - closed(0.8 - h)) / (2 * h), 8);
  });
  test("stopGradient of an outer variable stops the outer derivative only", () => {
    const f: Scalar = (x) => grad((y: Tensor) => mul(mul(stopGradient(x), square(y)), x))(x);
    // ∂y (s y² x) = 2 s x y at y = x: 2 s x², s held: d/dx = 4 s x = 4x²
    close(at(grad(f) as never, 3), 36);
  });
  test("an objective compiled inside a trace sees ordinary values only", () => {
    const f: Scalar = (x) => {
      const inner = objective((y: Tensor) => sum(square(y)), [0, 0]);
      return mul(inner.value([1, 2] as never), x);
    };
    close(at(grad(f) as never, 4), 5);
  });
  test("the three compositions, of a function with a derivative inside", () => {
    // f(x) = Σ xᵢ² (∂y y³)|y=xᵢ = 3 Σ xᵢ⁴
    const f = (x: Tensor): Tensor => sum(mul(square(x), grad((y: Tensor) => sum(pow(y, 3)))(x)));
    const [x, v] = [Float64Array.of(1, -2), Float64Array.of(0.5, 3)];
    const want = Float64Array.of(36 * 0.5, 36 * 4 * 3);
    expect((jvp(grad(f), [x], [v]) as unknown[])[1]).toEqual(want);
    expect(grad((y: Tensor) => vdot(grad(f)(y), v))(x)).toEqual(want);
    expect(grad((y: Tensor) => (jvp(f, [y], [v]) as unknown as [Tensor, Tensor])[1])(x)).toEqual(want);
    expect(hvp(f, x, v)).toEqual(want);
  });
});

describe("errors leave nothing behind", () => {
  test("a function that throws inside nested transforms", () => {
    const failing: Scalar = (x) =>
      grad((y: Tensor): Tensor => {
        mul(x, y);
        throw new Error("from the user");
      })(x);
    for (let k = 0; k < 3; k++) expect(() => at(grad(failing) as never, 1)).toThrow("from the user");
    // The next call starts from nothing: it runs at once, and concretely.
    expect(mul(2, 3)).toBe(6);
    close(at(grad((x: Tensor) => mul(x, cos(x))) as never, 0), 1);
  });
  test("a value kept from a finished trace is refused, not mixed up", () => {
    let kept: TensorLike | undefined;
    grad((x: Tensor) => {
      kept = square(x);
      return x;
    })(2);
    expect(() => log(kept as Tensor)).toThrow(/trace/);
    expect(() => grad((x: Tensor) => mul(x, kept as Tensor))(3)).toThrow(/trace/);
  });
});
