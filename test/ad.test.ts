// Forward, reverse and second-order differentiation of composed functions through the public transforms, against
// closed forms.
import { describe, expect, test } from "vitest";
import {
  grad,
  hessian,
  hvp,
  jacfwd,
  jacrev,
  jvp,
  linearize,
  linearTranspose,
  objective,
  type Tensor,
  valueAndGrad,
  vdot,
  vjp,
} from "../src/index.ts";
import { romberg } from "./harness/checkGrads.ts";
import { flat } from "./harness/flat.ts";
import { rng, vector } from "./harness/rng.ts";
import { type Scenario, scenarios, shaped } from "./scenarios.ts";

// Rounding of at most a few hundred operations, relative to the largest element; 4-ulp elementary functions.
const TOLERANCE = { float64: 1e-12, float32: 2e-5 };

function expectClose(got: unknown, want: ArrayLike<number>, tolerance: number, what: string): void {
  const g = flat(got);
  expect(g.length, what).toBe(want.length);
  const bound = tolerance * Math.max(1, ...Array.from(want, Math.abs));
  for (let i = 0; i < g.length; i++) {
    if (!(Math.abs((g[i] as number) - (want[i] as number)) <= bound))
      throw new Error(`${what}[${i}] is ${g[i]}, wanted ${want[i]} within ${bound}`);
  }
}
const inner = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((s, x, i) => s + x * (b[i] as number), 0);

/** Every way to a Hessian-vector product. */
const products: Record<string, (f: Scenario["f"], x: never, v: never) => unknown> = {
  hvp: (f, x, v) => hvp(f, x, v),
  "jvp of grad": (f, x, v) => (jvp(grad(f), [x], [v]) as unknown[])[1],
  "grad of vdot(grad, v)": (f, x, v) => grad((y: Tensor) => vdot(grad(f)(y), v))(x),
  "grad of jvp": (f, x, v) => grad((y: Tensor) => (jvp(f, [y], [v]) as [Tensor, Tensor])[1])(x),
  "vjp of grad": (f, x, v) => (vjp(grad(f) as never, x) as unknown as [unknown, (ct: unknown) => unknown[]])[1](v)[0],
  "linearize of grad": (f, x, v) =>
    (linearize(grad(f) as never, x) as unknown as [unknown, (v: unknown) => unknown])[1](v),
  "objective.hvp": (f, x, v) => objective(f, x).hvp(x, v),
  "objective.at(x).hvp": (f, x, v) => objective(f, x).at(x).hvp(v),
};

describe.each(scenarios.map((s) => [s.name, s] as const))("%s", (_name, s) => {
  const [x, v] = [shaped(s.shape, s.x), shaped(s.shape, s.v)] as never[] as [never, never];
  const want = { grad: s.grad(s.x), hvp: s.hvp(s.x, s.v) };

  test("gradient", () => {
    expectClose(grad(s.f)(x), want.grad, TOLERANCE.float64, "grad");
    const [value, g] = valueAndGrad(s.f)(x) as unknown as [number, unknown];
    expectClose(g, want.grad, TOLERANCE.float64, "valueAndGrad");
    const o = objective(s.f, x);
    expectClose(o.grad(x), want.grad, TOLERANCE.float64, "objective.grad");
    const at = o.at(x);
    // Programs that compute other things too may associate sums in another order.
    const values = {
      "objective.value": o.value(x),
      "objective.valueAndGrad": o.valueAndGrad(x)[0],
      "objective.at.value": at.value,
    };
    for (const [name, y] of Object.entries(values)) expectClose(y, [value], TOLERANCE.float64, name);
    expectClose(at.grad, want.grad, TOLERANCE.float64, "objective.at.grad");
  });

  test("jvp and vjp", () => {
    const [, dy] = jvp(s.f, [x], [v]) as unknown as [unknown, number];
    expectClose(
      dy,
      [inner(want.grad, s.v)],
      TOLERANCE.float64 * Math.max(1, ...want.grad.map(Math.abs)),
      "jvp = grad · v",
    );
    const [, pull] = vjp(s.f as never, x) as unknown as [unknown, (ct: number) => unknown[]];
    expectClose(
      pull(-2)[0],
      want.grad.map((g) => -2 * g),
      TOLERANCE.float64,
      "vjp",
    );
  });

  test.each(Object.keys(products))("Hessian-vector product: %s", (how) => {
    expectClose(products[how]?.(s.f, x, v), want.hvp, TOLERANCE.float64, how);
  });

  test("in float32", () => {
    const [x32, v32] = [Float32Array.from(s.x), Float32Array.from(s.v)];
    const [a, b] = [shaped(s.shape, x32), shaped(s.shape, v32)] as never[] as [never, never];
    // Closed forms at the rounded point.
    const [xr, vr] = [Float64Array.from(x32), Float64Array.from(v32)];
    expectClose(grad(s.f)(a), s.grad(xr), TOLERANCE.float32, "grad");
    expectClose(hvp(s.f, a, b), s.hvp(xr, vr), TOLERANCE.float32, "hvp");
    expectClose(objective(s.f, a).at(a).hvp(b), s.hvp(xr, vr), TOLERANCE.float32, "objective.at.hvp");
  });

  test("dense Hessian", () => {
    const n = s.x.length;
    const columns = Array.from({ length: n }, (_, j) =>
      s.hvp(
        s.x,
        Float64Array.from({ length: n }, (_e, i) => Number(i === j)),
      ),
    );
    const dense = Float64Array.from(
      { length: n * n },
      (_, k) => (columns[k % n] as Float64Array)[Math.floor(k / n)] as number,
    );
    for (const [name, H] of Object.entries({
      hessian: hessian(s.f)(x),
      "objective.hessian": objective(s.f, x).hessian(x),
      "jacfwd(grad)": jacfwd(grad(s.f) as never)(x),
      "jacrev(grad)": jacrev(grad(s.f) as never)(x),
    })) {
      expectClose(H, dense, TOLERANCE.float64, name);
    }
  });

  test.skipIf(s.kinked)("third derivative", () => {
    const u = vector(rng(99), s.x.length);
    // d/dt ⟨v, H(x + tu) v⟩ by differences of the closed form.
    const [want3] = romberg((t) => [
      [
        inner(
          s.v,
          s.hvp(
            s.x.map((a, i) => a + t * (u[i] as number)),
            s.v,
          ),
        ),
      ],
    ]);
    const curvature = (y: Tensor): Tensor => vdot(hvp(s.f, y, v) as never, v) as unknown as Tensor;
    const got = {
      "grad of an HVP": inner(flat(grad(curvature)(x)), u),
      "jvp of an HVP": (jvp(curvature, [x], [shaped(s.shape, u) as never]) as unknown[])[1] as number,
    };
    // Differences are good to about 1e-9 of the size of the terms.
    const size = Math.max(1, Math.abs(want3?.[0] as number), ...want.hvp.map(Math.abs));
    for (const [name, y] of Object.entries(got))
      expect(Math.abs(y - (want3?.[0] as number)) / size, name).toBeLessThan(1e-7);
  });
});

describe("linear maps", () => {
  test("linearTranspose is the adjoint", () => {
    const f = (x: Tensor) =>
      x
        .slice([0, 6, 2])
        .mul(3)
        .sub(x.slice([1, 4]));
    const x = new Float64Array(6);
    const back = linearTranspose(f as never, x) as unknown as (ct: Float64Array) => [Float64Array];
    expect(flat(back(Float64Array.of(1, 10, 100))[0])).toEqual([3, -1, 30 - 10, -100, 300, 0]);
  });
});
