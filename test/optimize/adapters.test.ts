// Signatures of other packages: what they find, recorded with those packages, and what is refused.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { add, cos, div, exp, mul, neg, sin, square, stack, sub, sum } from "../../src/index.ts";
import { fmin, levenbergMarquardt, type ParameterizedFunction } from "../../src/optimize.ts";
import type { Tensor } from "../../src/trace/tracer.ts";
import { message } from "../harness/message.ts";
import { near } from "../harness/near.ts";

interface Fit {
  readonly model: keyof typeof models;
  readonly x: number[];
  readonly y: number[];
  readonly options: Parameters<typeof levenbergMarquardt>[2];
  readonly parameterValues: number[];
  readonly parameterError: number;
}
interface Minimum {
  readonly f: keyof typeof functions;
  readonly x0: number[];
  readonly x: number[];
  readonly fx: number;
}
const { fits, minima } = JSON.parse(readFileSync(new URL("../fixtures/adapters.json", import.meta.url), "utf8")) as {
  fits: Fit[];
  minima: Minimum[];
};

type P = [Tensor, Tensor, Tensor];
const models = {
  line:
    ([a, b]: P) =>
    (t: Tensor) =>
      add(mul(a, t), b),
  sine:
    ([a, b]: P) =>
    (t: Tensor) =>
      mul(a, sin(mul(b, t))),
  decay:
    ([a, b, c]: P) =>
    (t: Tensor) =>
      add(mul(a, exp(neg(mul(b, t)))), c),
  lorentzian:
    ([h, x, w]: P) =>
    (t: Tensor) => {
      const w2 = square(w);
      return div(mul(h, w2), add(mul(4, square(sub(t, x))), w2));
    },
};
const functions = {
  loss: ([a, b]: P) => add(add(mul(sin(b), a), mul(sin(a), b)), add(square(a), square(b))),
  banana: ([a, b]: P) => add(square(sub(1, a)), mul(100, square(sub(b, square(a))))),
};
const modelOf = (name: keyof typeof models): ParameterizedFunction => models[name] as never;

describe("levenbergMarquardt", () => {
  test.each(fits.map((fit, i) => [i, fit.model, fit] as const))(
    "finds what the package does: %i, %s",
    (_, name, fit) => {
      const found = levenbergMarquardt(fit, modelOf(name), fit.options);
      expect(Object.keys(found)).toEqual(["parameterValues", "parameterError", "iterations"]);
      expect(Array.isArray(found.parameterValues)).toBe(true);
      near(found.parameterValues, fit.parameterValues, 6);
      expect(found.parameterError).toBeLessThanOrEqual(fit.parameterError * (1 + 1e-9) + 1e-15);
      expect(found.parameterError).toBeGreaterThanOrEqual(fit.parameterError * (1 - 1e-6));
      expect(found.iterations).toBeLessThan(100);
    },
  );
  const [line, , decay] = fits as [Fit, Fit, Fit];
  const off = { initialValues: [9, 4, -2] };

  test("a weight of 0 leaves a point out", () => {
    const y = decay.y.map((v, i) => (i === 3 ? 1e6 : v));
    const weights = y.map((_, i) => (i === 3 ? 0 : 1));
    const found = levenbergMarquardt({ x: decay.x, y }, modelOf("decay"), { ...decay.options, weights });
    const [x, rest] = [decay.x, decay.y].map((a) => a.filter((_, i) => i !== 3)) as [number[], number[]];
    const without = levenbergMarquardt({ x, y: rest }, modelOf("decay"), decay.options);
    near(found.parameterValues, without.parameterValues, 7);
  });
  test("ends at a small error, after some iterations, and where bounds are equal", () => {
    const exact = levenbergMarquardt(line, modelOf("line"), { initialValues: [1, 0] });
    const early = levenbergMarquardt(decay, modelOf("decay"), { ...off, errorTolerance: 5 });
    expect(early.parameterError).toBeLessThanOrEqual(5);
    expect(early.parameterError).toBeGreaterThan(decay.parameterError * 1.01);
    expect(levenbergMarquardt(decay, modelOf("decay"), { ...off, maxIterations: 2 }).iterations).toBe(2);
    expect(exact.parameterError).toBeLessThan(1e-20);
    const held = levenbergMarquardt(decay, modelOf("decay"), {
      ...{ initialValues: [1, 1.2, 0], minValues: [0, 1.2, -9], maxValues: [9, 1.2, 9] },
    });
    expect(held.parameterValues[1]).toBe(1.2);
    expect(() => levenbergMarquardt(decay, modelOf("decay"), { ...off, timeout: 0 })).toThrow("0 seconds have passed");
  });
  test("models of one number: what they make of it need not be elementwise, nor depend on it", () => {
    // A polynomial by a sum over its powers.
    const powers: ParameterizedFunction = (params) => (t) => sum(mul(stack(params), stack([1, t, square(t)])));
    const x = [0, 1, 2, 3, 4];
    const found = levenbergMarquardt({ x, y: x.map((t) => 3 - t + t * t) }, powers, { initialValues: [0, 0, 0] });
    near(found.parameterValues, [3, -1, 1], 8);
    const mean = levenbergMarquardt(
      { x, y: [1, 2, 3, 4, 10] },
      ([a]) =>
        () =>
          a as Tensor,
      { initialValues: [0] },
    );
    near(mean.parameterValues, [4], 8);
    const wave: ParameterizedFunction = (p) => (t) => (p[0] as Tensor).mul(cos(t)).add(p[1] as Tensor);
    near(levenbergMarquardt({ x, y: x.map(Math.cos) }, wave, { initialValues: [3, 3] }).parameterValues, [1, 0], 8);
  });

  const call =
    (options: object, f: unknown = models.line, data: unknown = line) =>
    () =>
      levenbergMarquardt(data as never, f as never, { initialValues: [1, 0], ...options } as never);
  test.each<[string, () => unknown, string]>([
    ["damping", call({ damping: 1.5 }), "option damping: steps are bounded by a trust region"],
    ["dampingStepUp", call({ dampingStepUp: 2 }), "leave it out, or give leastSquares a trustRadius"],
    ["improvementThreshold", call({ improvementThreshold: 2 }), "option improvementThreshold: steps are bounded"],
    ["gradientDifference", call({ gradientDifference: 0.1 }), "a parameter is held by equal minValues and maxValues"],
    ["centralDifference", call({ centralDifference: true }), "derivatives are exact: leave it out"],
    ["jacobianFunction", call({ jacobianFunction: 1 }), "give your own to leastSquares({ residual, jacobian }, x0)"],
    ["an unknown option", call({ initial: [1] }), "unknown option initial"],
    ["no initial values", call({ initialValues: undefined }), "initialValues is missing"],
    ["other lengths", call({}, models.line, { x: [1, 2], y: [1] }), "y has 1 numbers, but x has 2"],
    ["other weights", call({ weights: [1, 2] }), "weights has 2 numbers, but x has 7"],
    ["no data", call({}, models.line, [1]), "expected { x, y }"],
    ["a matrix", call({}, models.line, { x: [[1]], y: [1] }), "expected a list of numbers"],
    ["no model", call({}, () => 3), "parameterizedFunction returned number 3; write (params) => (t) => y"],
    ["vectors", call({}, (p: Tensor[]) => () => stack(p)), "the model returns float64[2] for one t"],
    ["a negative tolerance", call({ errorTolerance: -1 }), "errorTolerance is -1; expected 0 or more"],
    ["other bounds", call({ minValues: [1] }), "lower bounds has shape [1]"],
    [
      "operators",
      call(
        {},
        ([a, b]: number[]) =>
          (t: number) =>
            (a as number) * t + (b as number),
      ),
      "operators (x + 1, x > 0) and Math functions do not work on it",
    ],
  ])("refuses %s", (_, make, expected) => expect(message(make)).toContain(expected));
});

describe("fmin", () => {
  test.each(minima.map((m) => [m.f, m] as const))("finds what the package does: %s", (name, { x0, x, fx }) => {
    const found = fmin(functions[name] as never, x0);
    expect(Object.keys(found)).toEqual(["x", "fx"]);
    near(found.x, x, 4);
    expect(found.fx).toBeLessThanOrEqual(fx + 1e-12);
  });
  test("stacks its numbers, and ends after some iterations", () => {
    const f = (x: Tensor[]): Tensor => sum(square(sub(stack(x), [1, 2, 3])));
    near(fmin(f, Float32Array.of(0, 0, 0)).x, [1, 2, 3], 6);
    expect(fmin(functions.banana as never, [-1, 1], { maxIterations: 0 })).toEqual({ x: [-1, 1], fx: 4 });
  });
  const f = functions.banana as never;
  test.each<[string, () => unknown, string]>([
    ["settings of a simplex", () => fmin(f, [1, 1], { nonZeroDelta: 1 } as never), "there is no simplex: leave it out"],
    ["minErrorDelta", () => fmin(f, [1, 1], { minErrorDelta: 1 } as never), "give minimize a gtol, xtol or ftol"],
    ["history", () => fmin(f, [1, 1], { history: [] } as never), "use onIteration of minimize"],
    ["an unknown option", () => fmin(f, [1, 1], { tol: 1 } as never), "unknown option tol"],
    ["no function", () => fmin([1] as never, [1]), "expected a function"],
    ["a number", () => fmin(f, 1 as never), "x0 is 1; expected a list of numbers"],
    ["lists", () => fmin(((x: Tensor[]) => x) as never, [1]), "must return one scalar"],
    ["more arguments", () => (fmin as (...a: unknown[]) => unknown)(f, [1], {}, 2), "1 argument too many"],
  ])("refuses %s", (_, make, expected) => expect(message(make)).toContain(expected));
});
