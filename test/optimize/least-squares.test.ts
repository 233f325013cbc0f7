// `leastSquares`: the method, its hosts, and how it ends.
import { readFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import { add, exp, jacfwd, mul, neg, sqrt, square, stack, sub } from "../../src/index.ts";
import { leastSquares, leastSquaresAsync, type ResidualFunctions } from "../../src/optimize.ts";
import type { Tensor } from "../../src/trace/tracer.ts";
import { message } from "../harness/message.ts";
import { near as nearTo } from "../harness/near.ts";

const near = (found: ArrayLike<number>, expected: ArrayLike<number>, digits = 8): void =>
  nearTo(found, expected, digits);

const rosenbrock = (x: Tensor): Tensor => stack([mul(10, sub(x.at(1), square(x.at(0)))), sub(1, x.at(0))]);
const x = Float64Array.from({ length: 20 }, (_, i) => i / 5);
const y = x.map((t, i) => 2 * Math.exp(-0.7 * t) + 0.3 + 0.01 * Math.sin(9 * i));
const decay = (p: Tensor): Tensor => sub(add(mul(p.at(0), exp(neg(mul(p.at(1), x)))), p.at(2)), y);

describe("finds", () => {
  test("a zero of two functions", () => {
    const found = leastSquares(rosenbrock, [-1.2, 1]);
    near(found.x, [1, 1], 10);
    expect(found).toMatchObject({ converged: true });
    expect(found.value).toBeLessThan(1e-20);
  });
  test("where the gradient of the sum of squares is zero, from near and far", () => {
    for (const start of [
      [1, 1, 0],
      [30, 0.01, -20],
    ]) {
      const found = leastSquares(decay, start);
      expect(found.converged).toBe(true);
      near(found.grad, [0, 0, 0], 8);
    }
  });
  test("numbers, trees and residuals of any shape", () => {
    expect(leastSquares((t) => sub(exp(t), 2), 0).x).toBeCloseTo(Math.log(2), 10);
    const found = leastSquares(
      ({ a, b }) =>
        mul(
          [[1, 2, 3]],
          sub(stack([add(b, a), mul(a, [1, 2, 3])]), [
            [4, 5, 6],
            [1, 2, 3],
          ]),
        ),
      { a: 0, b: [0, 0, 0] },
    );
    expect(found.x.a).toBeCloseTo(1, 8);
    near(found.x.b, [3, 4, 5], 8);
    expect(found.residual.length).toBe(6);
    expect(found.jacobian.shape).toEqual([6, 4]);
  });
  test("fewer residuals than unknowns: by reverse mode, and from a singular matrix", () => {
    const found = leastSquares((p: Tensor) => sub(mul(p, [1, 2, 3]).sum(), 14), [0, 0, 0]);
    expect(found.converged).toBe(true);
    expect(found.value).toBeLessThan(1e-15);
    expect(found.jacobian.data).toEqual(Float64Array.of(1, 2, 3));
  });
  test("in float32", () => {
    const found = leastSquares(decay, Float32Array.of(1, 1, 0));
    expect(found.x).toBeInstanceOf(Float32Array);
    near(found.x, leastSquares(decay, [1, 1, 0]).x, 4);
  });
  test("residual and Jacobian at x, also where the last step was not taken", () => {
    for (const options of [{}, { gtol: 0 }, { maxIterations: 3 }]) {
      const found = leastSquares(decay, [1, 1, 0], options);
      near(found.jacobian.data, (jacfwd(decay)(found.x) as unknown as { data: Float64Array }).data, 12);
      expect(found.value).toBeCloseTo(
        found.residual.reduce((s, r) => s + (r * r) / 2, 0),
        14,
      );
    }
  });
});

test("where rounding hides what steps gain, they go on undamped to the last digit", () => {
  // Decays with noise: their residuals are not zero, so the method converges linearly at the end.
  const t = Float64Array.from({ length: 20 }, (_, i) => i / 4);
  for (const [a, b, c] of [
    [1.65, 1.4, 0.96],
    [1.07, 0.69, 0.22],
    [1, 0.585, 0.6],
  ] as [number, number, number][]) {
    const y = t.map((x, i) => a * Math.exp(-b * x) + c + 0.01 * Math.sin(37 * i * i));
    const f = (p: Tensor): Tensor => sub(add(mul(p.at(0), exp(neg(mul(p.at(1), t)))), p.at(2)), y);
    const { iterations, status } = leastSquares(f, [1, 1, 0]);
    expect(status).toBe("gtol");
    expect(iterations).toBeLessThanOrEqual(8);
  }
});

describe("robust losses", () => {
  const { x, outliers, start, losses } = JSON.parse(
    readFileSync(new URL("../fixtures/fits.json", import.meta.url), "utf8"),
  );
  const apart = (p: Tensor): Tensor => sub(add(mul(p.at(0), exp(neg(mul(p.at(1), x)))), p.at(2)), outliers);
  const from = start as number[];
  type Found = { readonly x: number[]; readonly cost: number };

  test("arctan 0.1 has several minima: the search ends at one, if not at that of SciPy", () => {
    const found = leastSquares(apart, from, { loss: "arctan", lossScale: 0.1 });
    expect(found.converged).toBe(true);
    for (const g of found.grad) expect(Math.abs(g)).toBeLessThan(1e-5);
  });
  const cases = Object.entries(losses as Record<string, Found>).filter(([key]) => key !== "arctan 0.1");
  test.each(cases)("%s ends where SciPy does", (key, { x, cost }) => {
    const [loss, scale] = key.split(" ");
    const found = leastSquares(apart, start as number[], {
      loss: loss as never,
      lossScale: Number(scale),
      gtol: 1e-10,
    });
    expect(found.converged).toBe(true);
    expect(Math.abs(found.value / cost - 1)).toBeLessThan(1e-10);
    near(found.x, x, 5);
    // The gradient of the loss, by the scaled rows.
    near(found.grad, [0, 0, 0], 7);
  });
  test("are refused where they are none", () => {
    expect(message(() => leastSquares(apart, from, { loss: "soft_l1" as never }))).toContain('or "softL1"');
    expect(message(() => leastSquares(apart, from, { lossScale: 0 }))).toContain("expected a positive number");
  });
});

describe("within bounds", () => {
  const { x, outliers, start, bounds } = JSON.parse(
    readFileSync(new URL("../fixtures/fits.json", import.meta.url), "utf8"),
  );
  const apart = (p: Tensor): Tensor => sub(add(mul(p.at(0), exp(neg(mul(p.at(1), x)))), p.at(2)), outliers);
  type Found = Readonly<Record<"lower" | "upper" | "x", number[]>> & { readonly cost: number };

  test.each(Object.entries(bounds as Record<string, Found>))("%s ends where SciPy does", (_, wanted) => {
    const { lower, upper } = wanted;
    const seen: Float64Array[] = [];
    const found = leastSquares(apart, start as number[], {
      bounds: [lower, upper],
      onIteration: ({ x }) => seen.push(x),
    });
    expect(found.converged).toBe(true);
    near(found.x, wanted.x, 6);
    expect(Math.abs(found.value / wanted.cost - 1)).toBeLessThan(1e-8);
    for (const x of seen) x.forEach((v, i) => expect(v >= lower[i]! && v <= upper[i]!).toBe(true));
    const side = (v: number, i: number): number => (v === lower[i] ? -1 : v === upper[i] ? 1 : 0);
    expect(Array.from(found.active as Float64Array)).toEqual(Array.from(found.x, side));
  });
  test("a start outside is moved within, and every bound may hold", () => {
    const found = leastSquares(apart, [9, 9, 9], { bounds: [0, [1, 0.5, 0.1]] });
    expect(found.x).toEqual(Float64Array.of(1, found.x[1]!, 0.1));
    const corner = leastSquares((p: Tensor) => sub(p, [5, -5]), [0, 0], { bounds: [-1, 1] });
    expect(corner).toMatchObject({ x: Float64Array.of(1, -1), converged: true, active: Float64Array.of(1, -1) });
  });
});

describe("hosts", () => {
  const own: ResidualFunctions<number[]> = {
    residual: (p) => decayAt(p),
    jacobian: (p) => Array.from(x, (t) => [Math.exp(-p[1]! * t), -p[0]! * t * Math.exp(-p[1]! * t), 1]),
  };
  const decayAt = (p: ArrayLike<number>): Float64Array => x.map((t, i) => p[0]! * Math.exp(-p[1]! * t) + p[2]! - y[i]!);

  test("of JavaScript and of a trace find the same, at once or later", async () => {
    const found = leastSquares(decay, [1, 1, 0]);
    const other = leastSquares(own, [1, 1, 0]);
    near(other.x, found.x, 8);
    const later = {
      residual: async (p: Float64Array) => own.residual(p),
      jacobian: async (p: Float64Array) => own.jacobian(p),
    };
    expect(await leastSquaresAsync(later, [1, 1, 0])).toEqual(other);
    expect(await leastSquaresAsync(decay, [1, 1, 0])).toEqual(found);
    expect(leastSquares(decay, [1, 1, 0], { onIteration: () => true })).toEqual(found);
  });
  test("ask for the Jacobian only where a step is taken", () => {
    const residual = vi.fn(own.residual);
    const jacobian = vi.fn(own.jacobian);
    const { evaluations } = leastSquares({ residual, jacobian }, [30, 0.01, -20]);
    expect(evaluations).toEqual({ value: residual.mock.calls.length, grad: jacobian.mock.calls.length, hvp: 0 });
    expect(evaluations.grad).toBeLessThan(evaluations.value);
  });
});

describe("ends", () => {
  test("after maxIterations steps, when time is over, and when onIteration says so", () => {
    const start = [30, 0.01, -20];
    expect(leastSquares(decay, start, { maxIterations: 3 })).toMatchObject({ status: "maxIterations", iterations: 3 });
    expect(leastSquares(decay, start, { timeLimit: 0 })).toMatchObject({ status: "timeLimit", converged: false });
    expect(leastSquares(decay, start, { onIteration: ({ iterations }) => iterations < 2 })).toMatchObject({
      status: "stopped",
      iterations: 2,
    });
  });
  test("where residuals are not finite, and rejects steps to such places", () => {
    expect(leastSquares((p: Tensor) => sqrt(p), [-1, 1])).toMatchObject({ status: "notFinite", converged: false });
    const found = leastSquares((t) => sub(sqrt(sub(1, t)), 0.1), -30, { trustRadius: 100 });
    expect(found.x).toBeCloseTo(0.99, 8);
  });
  test("not before the minimum, where residuals are large beside x", () => {
    // A line through points that lie on it.
    for (const c of [1, 1e16, 1e20, 1e100, 1e150])
      for (const start of [
        [0, 0],
        [1, 1],
      ]) {
        const line = (p: Tensor) => sub(add(p.at(0), mul(p.at(1), [0, 1, 2])), [1 * c, 3 * c, 5 * c]);
        const found = leastSquares(line, start);
        near(
          found.x.map((v) => v / c),
          [1, 2],
        );
        expect(found.converged).toBe(true);
      }
  });
  test("where the Jacobian is too large for its squares", () => {
    const found = leastSquares((p: Tensor) => sub(mul([1e-170, 1e170], p), [1, 2]), [0, 0]);
    expect(found).toMatchObject({ status: "stalled", converged: false });
  });
});

describe("refuses", () => {
  const boom = (): never => {
    throw new TypeError("mine");
  };
  test.each([
    ["no function", () => leastSquares([1] as never, [1]), "expected a function or { residual, jacobian }"],
    ["arguments in another order", () => leastSquares([1] as never, decay as never), "the function comes first"],
    ["a tree of residuals", () => leastSquares((() => [[1], { a: 1 }]) as never, [1]), "one array of residuals"],
    ["integers", () => leastSquares(((p: Tensor) => p.astype("int32")) as never, [1]), "of floating point"],
    ["an unknown option", () => leastSquares(decay, [1, 1, 0], { factor: 1 } as never), "unknown option factor"],
    ["promises", () => leastSquares({ residual: async () => [1], jacobian: () => [[1]] }, [1]), "leastSquaresAsync"],
    ["another Jacobian", () => leastSquares({ residual: () => [1], jacobian: () => [[1, 2]] }, [1]), "expected [1, 1]"],
  ])("%s", (_, call, expected) => expect(message(call)).toContain(expected));
  test("an error in a function of one's own leaves everything usable", () => {
    expect(() => leastSquares({ residual: () => [1], jacobian: boom }, [1])).toThrow("mine");
    near(leastSquares(rosenbrock, [-1.2, 1]).x, [1, 1]);
  });
});
