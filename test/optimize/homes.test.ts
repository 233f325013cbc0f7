// Programs of solvers are kept by the structure of functions: what is compiled for a fresh closure, and what it reads.
import { describe, expect, test, vi } from "vitest";
import { customJvp, debugNans, exp, mul, objective, square, sub, sum } from "../../src/index.ts";
import { fit, lBfgs, leastSquares, minimize, minimizeWith, newtonCg, tron, trustNcg } from "../../src/optimize.ts";
import type { Tensor } from "../../src/trace/tracer.ts";
import { message } from "../harness/message.ts";
import { near } from "../harness/near.ts";
import { rosenbrock, start } from "../harness/rosenbrock.ts";

/** How many modules `make` compiles. */
function modules(make: () => void): number {
  const spy = vi.spyOn(WebAssembly, "Module");
  try {
    make();
    return spy.mock.calls.length;
  } finally {
    spy.mockRestore();
  }
}
const nearest = (c: Float64Array, power: number) => (x: Tensor) => sum(exp(mul(power, square(sub(x, c)))));

describe("a fresh closure of one structure", () => {
  test("compiles nothing, whatever arrays it has", () => {
    const places = [Float64Array.of(1, 2, 3), Float64Array.of(-3, 0.5, 7), Float64Array.of(0, 0, 9)];
    const find = (c: Float64Array): void =>
      near(minimize(nearest(c, 0.02), [0, 1, 0], { gtol: 1e-10 }).x as Float64Array, c, 5);
    find(places[0] as Float64Array);
    expect(modules(() => places.forEach(find))).toBe(0);
  });
  test("is compiled twice at most, whatever numbers it has, also in the loops of the solver", () => {
    const run = (power: number): void => {
      const { value, curvature } = minimize(nearest(Float64Array.of(1, 2), power), [0, 1], { method: "newton-cg" });
      expect(value).toBeCloseTo(2, 9);
      // The Hessian at the minimum of Σ exp(p·(x - c)²) is 2p.
      expect(curvature?.least).toBeCloseTo(2 * power, 5);
    };
    run(0.03);
    run(0.04);
    expect(modules(() => [0.05, 0.06, 0.07].forEach(run))).toBe(0);
  });
  test("is fitted by programs that are there", () => {
    const x = [0, 1, 2, 3, 4];
    const line = (slope: number, y0: number): void => {
      const found = fit(
        (p: Tensor, x: Tensor) => mul(p.at(0), sub(x, p.at(1))),
        { x, y: x.map((t) => slope * t + y0) },
        [1, 0],
      );
      near(found.params as Float64Array, [slope, -y0 / slope], 6);
      near(found.exact().standardErrors as Float64Array, [0, 0], 6);
    };
    line(2, 1);
    expect(modules(() => [3, 4, 5].forEach((slope) => line(slope, 2)))).toBe(0);
  });
  test("has its own derivative rules", () => {
    // The rule says twice the derivative, so that the minimum of a·f + f² is where a + 2f is 0 as well.
    const scaledBy = (a: Float64Array) => {
      const f = customJvp(
        (x: Tensor) => mul(a, x),
        ([x]: [Tensor], [t]: [Tensor]) => [mul(a, x), mul(a, t)] as never,
      );
      return (x: Tensor) => square(sub(f(x as never) as never, 6));
    };
    for (const a of [2, 3, 4]) {
      const found = leastSquares((x: Tensor) => sub(mul(Float64Array.of(a), x), 6), [0]);
      expect(found.x[0]).toBeCloseTo(6 / a, 8);
      expect(minimize((x: Tensor) => sum(scaledBy(Float64Array.of(a))(x)), [0]).x[0]).toBeCloseTo(6 / a, 6);
    }
  });
});

test("searches within searches, of other data and one structure, do not disturb each other", () => {
  const [c, other] = [Float64Array.of(1, 2), Float64Array.of(5, -5)];
  const inner: number[][] = [];
  const found = minimize(nearest(c, 0.1), [0, 0], {
    onIteration: () => void inner.push(Array.from(minimize(nearest(other, 0.1), [4, -4]).x as Float64Array)),
  });
  near(found.x as Float64Array, c, 5);
  expect(inner.length).toBeGreaterThan(2);
  for (const x of inner) near(x, other, 5);
});

test("where results are looked through for NaN, it is said where they come from", () => {
  const f = (x: Tensor): Tensor => sum(mul(sub(x, 2), Float64Array.of(Number.NaN)));
  const run = (): unknown => minimize(f, [1]);
  run();
  debugNans(true);
  try {
    expect(message(run)).toContain("NaN");
  } finally {
    debugNans(false);
  }
});

describe("minimizeWith", () => {
  test("does what minimize does, for functions and objectives", () => {
    const x0 = start(6);
    for (const method of [trustNcg, newtonCg, lBfgs, tron]) {
      const expected = minimize(rosenbrock, x0, { method: method.name, gtol: 1e-9 });
      expect(minimizeWith(method, rosenbrock, x0, { gtol: 1e-9 })).toEqual(expected);
      expect(minimizeWith(method, objective(rosenbrock, x0), x0, { gtol: 1e-9 })).toEqual(expected);
      expect(expected.curvature?.kind).toBe("minimum");
    }
  });
  test.each([
    [
      "a name",
      () => minimizeWith("tron" as never, rosenbrock, [1, 2]),
      'the method is the string "tron"; expected one of',
    ],
    ["functions of one's own", () => minimizeWith(lBfgs, { value: () => 1 } as never, [1]), "others are for minimize"],
    ["no function", () => minimizeWith(lBfgs, 1 as never, [1]), "expected a function or an objective, got number 1"],
    ["bounds", () => minimizeWith(lBfgs, rosenbrock, [1, 2], { bounds: [0, 1] }), "l-bfgs has no option bounds"],
    [
      "unknown options",
      () => minimizeWith(lBfgs, rosenbrock, [1], { method: "tron" } as never),
      "unknown option method",
    ],
    ["more", () => (minimizeWith as (...a: unknown[]) => unknown)(lBfgs, rosenbrock, [1], {}, 1), "write minimizeWith"],
  ])("refuses %s", (_, call, expected) => expect(message(call)).toContain(expected));
});
