// `minimize`: what it finds, how it says so, and that its hosts agree.
import { describe, expect, test, vi } from "vitest";
import { add, exp, log, mul, objective, sqrt, square, sub, sum } from "../../src/index.ts";
import { type Functions, type MinimizeResult, minimize, minimizeAsync } from "../../src/optimize.ts";
import type { Tensor } from "../../src/trace/tracer.ts";
import { message } from "../harness/message.ts";
import { near as nearTo } from "../harness/near.ts";
import { rosenbrock, start } from "../harness/rosenbrock.ts";

const near = (found: ArrayLike<number>, expected: ArrayLike<number>, digits = 6): void =>
  nearTo(found, expected, digits);

const methods = ["trust-ncg", "newton-cg", "trust-exact", "trust-krylov"] as const;

describe.each(methods)("%s finds", (method) => {
  test.each([2, 3, 10, 100])("the minimum of Rosenbrock's function of %i unknowns", (n) => {
    // From further away, methods end at the minimum near (-1, 1, 1, …) as often.
    const found = minimize(rosenbrock, new Float64Array(n).fill(0.5), { method, gtol: 1e-10 });
    near(found.x, Array(n).fill(1), 9);
    expect(found).toMatchObject({ converged: true, status: "gtol" });
    expect(Math.max(...found.grad.map(Math.abs))).toBeLessThanOrEqual(1e-10);
  });
  test("the minimum of a quadratic function in a few Newton steps of enough radius", () => {
    const a = Float64Array.of(1, 10, 100);
    const found = minimize((x) => sum(mul(a, square(sub(x, 3)))), [0, 0, 0], {
      method,
      gtol: 1e-9,
      ...(method === "newton-cg" ? {} : { trustRadius: 100 }),
    });
    near(found.x, [3, 3, 3], 9);
    expect(found.iterations).toBeLessThanOrEqual(8);
  });
  test("a number, and a tree of arrays", () => {
    const one = minimize((x) => sub(exp(x), mul(2, x)), 0, { method, gtol: 1e-10 });
    expect(one.x).toBeCloseTo(Math.log(2), 10);
    expect(typeof one.x).toBe("number");
    const two = minimize(
      ({ a, b }) => add(square(sub(a, 1)), sum(square(sub(b, [2, 3])))),
      { a: 0, b: [0, 0] },
      { method, gtol: 1e-10 },
    );
    expect(two.x.a).toBeCloseTo(1, 10);
    near(two.x.b, [2, 3], 10);
  });
  test("in float32", () => {
    const found = minimize(rosenbrock, Float32Array.from(start(4)), { method, gtol: 1e-3 });
    expect(found.x).toBeInstanceOf(Float32Array);
    expect(found.grad).toBeInstanceOf(Float32Array);
    near(found.x, [1, 1, 1, 1], 3);
  });
  test("from a point where the Hessian is indefinite", () => {
    const found = minimize((x: Tensor) => add(sum(square(sub(square(x), 1))), mul(0.1, sum(x))), [0.01, -0.02], {
      method,
    });
    expect(found.converged).toBe(true);
    near(found.grad, [0, 0], 5);
    for (const x of found.x) expect(Math.abs(x)).toBeGreaterThan(0.9); // minima, not the maximum near 0
  });
});

describe("hosts", () => {
  const same = <X>(found: MinimizeResult<X>, other: MinimizeResult<X>): void => expect(other).toEqual(found);
  const sizes = [1, 2, 7, 8, 9, 12, 13, 16, 17, 33, 64, 257];
  const cases = methods.flatMap((method) =>
    (method === "trust-ncg" ? sizes : [2, 9, 33]).map((n) => [method, n] as const),
  );
  test.each(cases)("give the same bits: %s, %i unknowns", async (method, n) => {
    const f = (x: Tensor): Tensor => add(n > 1 ? rosenbrock(x) : 0, sum(square(square(sub(x, 0.7)))));
    const x0 = start(n);
    const options = { method, gtol: 1e-9, maxIterations: 40 };
    const found = minimize(f, x0, options);
    const problem = objective(f, x0);
    same(found, minimize(problem, x0, options));
    same(
      found,
      minimize({ value: problem.value, grad: problem.grad, hvp: problem.hvp } as Functions<Float64Array>, x0, options),
    );
    same(found, minimize(f, x0, { ...options, onIteration: () => true }));
    same(found, await minimizeAsync(problem, x0, options));
    const later = {
      value: async (x: Float64Array) => problem.value(x),
      grad: async (x: Float64Array) => problem.grad(x),
      hvp: async (x: Float64Array, v: Float64Array) => problem.hvp(x, v),
    };
    same(found, await minimizeAsync(later, x0, options));
  });
  test("an objective is minimized with its present data, from programs made once", () => {
    const problem = objective((x: Tensor, c: Tensor) => sum(square(sub(x, c))), [0, 0], [1, 2]);
    near(minimize(problem, [0, 0]).x, [1, 2]);
    problem.bind([5, 6]);
    near(minimize(problem, [0, 0]).x, [5, 6]);
    problem.dispose();
    expect(message(() => minimize(problem, [0, 0]))).toContain("after dispose()");
  });
  test("a function reads what it captures anew", () => {
    const c = Float64Array.of(1, 2);
    const f = (x: Tensor): Tensor => sum(square(sub(x, c)));
    near(minimize(f, [0, 0]).x, [1, 2]);
    c.set([5, 6]);
    near(minimize(f, [0, 0]).x, [5, 6]);
  });
  test("count what they evaluate", () => {
    const problem = objective(rosenbrock, start(5));
    const value = vi.fn((x: Float64Array) => problem.value(x));
    const grad = vi.fn((x: Float64Array) => problem.grad(x));
    const hvp = vi.fn((x: Float64Array, v: Float64Array) => problem.hvp(x, v));
    const { evaluations } = minimize({ value, grad, hvp }, start(5));
    // Value and gradient at a point are two calls here, one evaluation of the gradient.
    expect(evaluations).toEqual({
      value: value.mock.calls.length - grad.mock.calls.length,
      grad: grad.mock.calls.length,
      hvp: hvp.mock.calls.length,
    });
  });
});

describe("ends", () => {
  test("after maxIterations steps", () => {
    expect(minimize(rosenbrock, start(4), { maxIterations: 3 })).toMatchObject({
      converged: false,
      status: "maxIterations",
      iterations: 3,
    });
    expect(minimize(rosenbrock, start(4), { maxIterations: 0 }).x).toEqual(start(4));
  });
  test("where it begins, if the gradient is zero there", () => {
    expect(minimize(rosenbrock, [1, 1])).toMatchObject({ converged: true, iterations: 0, value: 0 });
  });
  test("where value or gradient is not finite", () => {
    expect(minimize((x) => sum(sqrt(x)), [-1, 1])).toMatchObject({ status: "notFinite", converged: false });
  });
  test("rejects steps to where the value is not finite", () => {
    // The first Newton step from 3 leaves the domain of log.
    const found = minimize((x) => sub(x, log(x)), 3, { gtol: 1e-10, trustRadius: 100 });
    expect(found.x).toBeCloseTo(1, 9);
    expect(found.converged).toBe(true);
  });
  test("stalled at a kink", () => {
    const found = minimize((x) => sum(x.abs()), [1, 2.3], { maxIterations: 5000 });
    expect(found.converged).toBe(false);
    near(found.x, [0, 0]);
  });
  test.each(["xtol", "ftol"] as const)("when %s is reached", (tolerance) => {
    const found = minimize(rosenbrock, start(10), { gtol: 0, [tolerance]: 1e-2 });
    expect(found).toMatchObject({ converged: true, status: tolerance });
    expect(found.value).toBeLessThan(10);
  });
  test("where rounding hides every decrease, though gtol is 0", () => {
    const found = minimize((x) => add(1, sum(square(sub(x, 0.1)))), [1, 2], { gtol: 0 });
    expect(found.converged).toBe(true);
    near(found.x, [0.1, 0.1], 8);
  });
  test("when onIteration returns false, with the state that it was shown", () => {
    const shown: unknown[] = [];
    const found = minimize(rosenbrock, start(4), {
      onIteration: (s) => shown.push({ ...s }) < 3,
    });
    expect(shown).toHaveLength(3);
    expect(found).toMatchObject({ ...(shown[2] as object), status: "stopped", converged: false });
  });
  test("when time is over, or a signal says so", async () => {
    expect(minimize(rosenbrock, start(100), { gtol: 0, timeLimit: 0 })).toMatchObject({ status: "timeLimit" });
    const control = new AbortController();
    const promise = minimizeAsync(rosenbrock, start(100), {
      gtol: 0,
      signal: control.signal,
      onIteration: ({ iterations }) => {
        if (iterations === 5) control.abort();
      },
    });
    expect(await promise).toMatchObject({ status: "aborted", iterations: 5 });
  });
});

describe("refuses", () => {
  const f = (x: Tensor): Tensor => sum(square(x));
  test.each([
    ["null for options", () => minimize(rosenbrock, [1, 2], null as never), "minimize: expected options, got null"],
    ["no function", () => minimize([1] as never, [1]), "expected a function, an objective or { value, grad, hvp }"],
    ["arguments in another order", () => minimize([1] as never, f as never), "the function comes first"],
    ["no scalar", () => minimize(((x: Tensor) => x) as never, [1, 2]), "must return a scalar, got shape [2]"],
    ["an unknown option", () => minimize(f, [1], { gtoll: 1 } as never), "unknown option gtoll"],
    ["a negative tolerance", () => minimize(f, [1], { gtol: -1 }), "gtol is -1; expected a non-negative number"],
    ["half an iteration", () => minimize(f, [1], { maxIterations: 0.5 }), "maxIterations is 0.5"],
    ["no radius", () => minimize(f, [1], { trustRadius: 0 }), "trustRadius is 0; expected a positive number"],
    ["an unknown method", () => minimize(f, [1], { method: "bfgs" as never }), 'method is the string "bfgs"; expected'],
    ["nothing to find", () => minimize(f, []), "x0 has no numbers in it"],
    ["integers", () => minimize(f, Int32Array.of(1) as never), "int32"],
    ["another argument", () => (minimize as (...a: unknown[]) => unknown)(f, [1], {}, 1), "1 argument too many"],
    ["a value that is none", () => minimize({ ...own, value: () => "a" as never }, [1]), "value returned a"],
    ["another gradient", () => minimize({ ...own, grad: () => [1, 2] }, [1]), "the gradient has shape [2]"],
    ["what is like it otherwise than x0", () => minimize({ ...own, grad: () => [1, 2] }, [1]), "but x0 has shape [1]"],
    ["no product", () => minimize({ value: own.value, grad: own.grad }, [1]), "needs hvp(x, v)"],
    ["promises", () => minimize({ ...own, value: async () => 1 }, [1]), "use minimizeAsync"],
  ])("%s", (_, call, expected) => expect(message(call)).toContain(expected));
  const own = { value: () => 1, grad: () => [1], hvp: () => [1] };

  test("to run while another function is traced", () => {
    const inside = (x: Tensor): Tensor => add(sum(x), minimize(f, [1]).value);
    expect(message(() => objective(inside, [1]))).toContain("minimize outside of traced functions");
  });
  test("an error in a callback leaves everything usable", async () => {
    const boom = (): never => {
      throw new TypeError("mine");
    };
    expect(() => minimize(f, [1], { onIteration: boom })).toThrow("mine");
    expect(() => minimize({ ...own, hvp: boom }, [1])).toThrow("mine");
    await expect(minimizeAsync({ ...own, grad: boom }, [1])).rejects.toThrow("mine");
    near(minimize(f, [1]).x, [0]);
  });
  test("calls of the library in callbacks disturb nothing", () => {
    const calm = minimize(rosenbrock, start(6));
    const busy = minimize(rosenbrock, start(6), { onIteration: () => minimize(rosenbrock, start(6)).converged });
    expect(busy).toEqual(calm);
  });
});
