// `minimizeMany`: beside `minimize` one by one, and beside closed forms.
import { describe, expect, test, vi } from "vitest";
import { abs, add, exp, jit, log, matmul, mul, type NdArray, solve, sqrt, square, sub, sum } from "../../src/index.ts";
import { type MinimizeOptions, minimize, minimizeMany, statusName } from "../../src/optimize.ts";
import type { Tensor } from "../../src/trace/tracer.ts";
import { message } from "../harness/message.ts";
import { near } from "../harness/near.ts";
import { rng, vector } from "../harness/rng.ts";
import { rosenbrock } from "../harness/rosenbrock.ts";

const rows = (k: number, n: number, seed: number): number[][] => {
  const random = rng(seed);
  return Array.from({ length: k }, () => Array.from(vector(random, n, -2, 2)));
};
const row = (a: NdArray, i: number): Float64Array => {
  const n = a.data.length / (a.shape[0] as number);
  return (a.data as Float64Array).slice(i * n, (i + 1) * n);
};

describe("the problems of a call", () => {
  const methods = ["trust-ncg", "trust-exact", "trust-krylov", "newton-cg", "l-bfgs", "l-bfgs-b", "tron"] as const;
  test.each(methods)("end as those of minimize do, to the bit: %s", (method) => {
    const x0s = rows(12, 3, 5);
    const options = { method, gtol: 1e-8, maxIterations: 60 };
    const found = minimizeMany(rosenbrock, x0s, options);
    expect(found.x.shape).toEqual([12, 3]);
    x0s.forEach((x0, i) => {
      const one = minimize(rosenbrock, x0, options);
      expect(row(found.x, i)).toEqual(one.x);
      expect(row(found.grad, i)).toEqual(one.grad);
      expect(found.value[i]).toBe(one.value);
      expect(found.iterations[i]).toBe(one.iterations);
      const { value, grad, hvp } = found.evaluations;
      expect({ value: value[i], grad: grad[i], hvp: hvp[i] }).toEqual(one.evaluations);
      expect(statusName(found.status[i] as number)).toBe(one.status);
      expect(found.converged[i]).toBe(one.converged ? 1 : 0);
    });
  });

  // Data chooses how one ends.
  const f = (x: Tensor, [a, b]: [Tensor, Tensor]): Tensor =>
    add(mul(a, sum(sub(x, log(x)))), mul(b, sum(abs(sub(x, 0.3)))));
  const x0s = [[1], [3], [-1], [1e6], [2]];
  const data = [Float64Array.of(1, 1, 1, 1, 0), Float64Array.of(0, 0, 0, 0, 1)] as [Float64Array, Float64Array];
  const ends = ["gtol", "gtol", "notFinite", "maxIterations", "stalled"];

  test("end in different ways, each in its own", () => {
    const options = { maxIterations: 100, gtol: 1e-10, maxTrustRadius: 1000 };
    const found = minimizeMany(f, x0s, { data, ...options });
    expect(Array.from(found.status, statusName)).toEqual(ends);
    expect(found.converged).toEqual(Uint8Array.of(1, 1, 0, 0, 0));
    expect(found.iterations[0]).toBe(0);
    x0s.forEach((x0, i) => {
      const one = minimize((x) => f(x, data.map((d) => d[i]) as never), x0, options);
      expect(one.status).toBe(ends[i]);
      expect(row(found.x, i)).toEqual(one.x);
    });
  });
  test("are right where another is not finite, wherever it stands", () => {
    const center = rows(6, 2, 9);
    const g = (x: Tensor, c: Tensor): Tensor => add(sum(square(sub(x, c))), sum(sqrt(add(x, 1e3))));
    const right = minimizeMany(g, rows(6, 2, 3), { data: center });
    for (const bad of [0, 2, 5]) {
      const data = center.map((c, i) => (i === bad ? [Number.NaN, 1] : c));
      const starts = rows(6, 2, 3);
      const found = minimizeMany(g, starts, { data });
      for (let i = 0; i < 6; i++) {
        expect(row(found.x, i)).toEqual(i === bad ? Float64Array.from(starts[i] as number[]) : row(right.x, i));
        expect(statusName(found.status[i] as number)).toBe(i === bad ? "notFinite" : "gtol");
      }
    }
  });
  test("have the radii of their own starts, or those that options give", () => {
    const g = (x: Tensor): Tensor => sum(square(square(sub(x, 50))));
    for (const options of [{}, { trustRadius: 3 }, { maxTrustRadius: 2 }, { trustRadius: 9, maxTrustRadius: 4 }]) {
      const starts = [[0.1], [20], [1e4]];
      const found = minimizeMany(g, starts, options);
      for (const [i, x0] of starts.entries()) expect(found.iterations[i]).toBe(minimize(g, x0, options).iterations);
    }
  });
});

describe("finds", () => {
  test("minima of quadratic functions with data of their own", () => {
    const random = rng(21);
    const k = 50;
    const matrices = Array.from({ length: k }, () => {
      const a = Array.from({ length: 3 }, () => Array.from(vector(random, 3)));
      return a.map((r, i) => a.map((c, j) => r.reduce((s, v, m) => s + v * (c[m] as number), 0) + (i === j ? 1 : 0)));
    });
    const right = rows(k, 3, 22);
    const f = (x: Tensor, { a, b }: { a: Tensor; b: Tensor }): Tensor =>
      sub(mul(0.5, sum(mul(x, matmul(a, x)))), sum(mul(b, x)));
    const found = minimizeMany(f, rows(k, 3, 23), { data: { a: matrices, b: right }, gtol: 1e-10 });
    expect(found.converged).toEqual(new Uint8Array(k).fill(1));
    matrices.forEach((a, i) => {
      near(row(found.x, i), solve(a, right[i] as number[]) as Float64Array, 8);
    });
  });
  test("the minimum of Rosenbrock's function from many starts", () => {
    const found = minimizeMany(rosenbrock, rows(300, 2, 4), { gtol: 1e-10 });
    near(found.x.data as Float64Array, new Float64Array(600).fill(1), 9);
    near(found.value, new Float64Array(300), 12);
  });
  test("numbers, and trees of arrays", () => {
    const numbers = minimizeMany((x: Tensor, c: Tensor) => sub(exp(x), mul(c, x)), [0, 1, 2], { data: [2, 3, 4] });
    near(numbers.x, [2, 3, 4].map(Math.log), 6);
    const trees = minimizeMany(
      ({ a, b }: { a: Tensor; b: Tensor }) => add(square(sub(a, 1)), sum(square(sub(b, [2, 3])))),
      { a: [0, 5, 7], b: rows(3, 2, 8) },
    );
    near(trees.x.a, [1, 1, 1], 6);
    near(trees.x.b.data as Float64Array, [2, 3, 2, 3, 2, 3], 6);
    expect(trees.grad.b.shape).toEqual([3, 2]);
  });
  test.each(["l-bfgs-b", "tron"] as const)("minima within bounds: %s", (method) => {
    const center = rows(20, 2, 31);
    const f = (x: Tensor, c: Tensor): Tensor => sum(mul([1, 10], square(sub(x, c))));
    const bounds = [
      [-1, -0.5],
      [0.5, Number.POSITIVE_INFINITY],
    ] as const;
    const found = minimizeMany(f, rows(20, 2, 32), { data: center, method, bounds, gtol: 1e-9 });
    const clipped = center.flatMap(([a, b]) => [Math.max(-1, Math.min(a as number, 0.5)), Math.max(-0.5, b as number)]);
    near(found.x.data as Float64Array, clipped, 8);
    expect(found.converged).toEqual(new Uint8Array(20).fill(1));
  });
  test("one problem, and none", () => {
    const one = minimizeMany(rosenbrock, [[-1.2, 1]], { gtol: 1e-10 });
    near(one.x.data as Float64Array, [1, 1], 9);
    const none = minimizeMany((x: Tensor) => square(x), new Float64Array(0));
    expect(none.x).toEqual(new Float64Array(0));
    expect(none.status).toEqual(new Int32Array(0));
  });
  test("in float32", () => {
    const x0s = Float32Array.of(3, -4);
    const found = minimizeMany((x: Tensor, c: Tensor) => square(sub(x, c)), x0s, { data: Float32Array.of(1, 2) });
    expect(found.x).toBeInstanceOf(Float32Array);
    expect(found.grad).toBeInstanceOf(Float32Array);
    near(found.x, [1, 2], 4);
  });
});

describe("programs", () => {
  test("are kept: other starts, data and tolerances, and a fresh closure, compile nothing", () => {
    const compiled = vi.spyOn(WebAssembly, "Module");
    const call = (c: number, gtol: number): Float64Array =>
      minimizeMany((x: Tensor, d: Tensor) => sum(square(sub(x, mul(d, [c, 2 * c])))), [[c, 1]], {
        ...{ data: [c], gtol, trustRadius: c },
      }).x.data as Float64Array;
    near(call(3, 1e-6), [9, 18], 6);
    const before = compiled.mock.calls.length;
    near(call(5, 1e-9), [25, 50], 6);
    near(call(7, 1e-7), [49, 98], 6);
    expect(compiled.mock.calls.length).toBe(before);
    compiled.mockRestore();
  });
  test("read captured arrays as they are", () => {
    const c = Float64Array.of(1, 2);
    const f = (x: Tensor): Tensor => sum(square(sub(x, c)));
    near(minimizeMany(f, [[0, 0]]).x.data as Float64Array, [1, 2], 6);
    c.set([5, 6]);
    near(minimizeMany(f, [[0, 0]]).x.data as Float64Array, [5, 6], 6);
  });
  test("stand inside of compiled functions, starts and data given there", () => {
    const f = vi.fn((x: Tensor, c: Tensor): Tensor => sum(square(sub(x, c))));
    const many = jit((x0s: Tensor, c: Tensor) => {
      const { x, iterations } = minimizeMany((x: Tensor, d: Tensor) => f(x, d), x0s, { data: c });
      return [mul(2, x), iterations] as const;
    });
    const [twice] = many(rows(3, 2, 1), rows(3, 2, 2)) as unknown as [NdArray];
    near(
      twice.data as Float64Array,
      rows(3, 2, 2)
        .flat()
        .map((v) => 2 * v),
      5,
    );
    const calls = f.mock.calls.length;
    const [other] = many(rows(3, 2, 1), rows(3, 2, 6)) as unknown as [NdArray];
    near(
      other.data as Float64Array,
      rows(3, 2, 6)
        .flat()
        .map((v) => 2 * v),
      5,
    );
    expect(f.mock.calls.length).toBe(calls);
  });
});

describe("refuses", () => {
  const f = (x: Tensor): Tensor => sum(square(x));
  const g = (x: Tensor, c: Tensor): Tensor => sum(square(sub(x, c)));
  const any = minimizeMany as (...args: unknown[]) => unknown;
  test.each<[string, () => unknown, string]>([
    ["no function", () => any([1], [1]), "expected a function that can be traced, got"],
    ["arguments in another order", () => any([[1]], f), "the function comes first: write minimizeMany(f, x0s)"],
    ["a single start", () => minimizeMany(f, 1), "x0s is a number; expected an axis of problems in front"],
    ["other counts", () => minimizeMany(g, [[1], [2]], { data: [1, 2, 3] }), "data has shape [3], but there are 2"],
    ["a number as data", () => minimizeMany(g, [[1]], { data: 3 }), "data is a number; expected an axis of problems"],
    ["no scalar", () => any((x: Tensor) => x, [[1, 2]]), "must return a scalar, got shape [2]"],
    ["integers", () => any(f, Int32Array.of(1)), "int32"],
    ["nothing to find", () => minimizeMany(f, [[], []]), "each slice of x0s has no numbers in it"],
    ["data that is not read", () => any(f, [[1]], { data: [1] }), "takes 1 argument, but was called with 2"],
    ["an unknown option", () => any(f, [[1]], { dat: [1] }), "unknown option dat"],
    ["an unknown method", () => any(f, [[1]], { method: "bfgs" }), 'method is the string "bfgs"'],
    ["bounds of a method without", () => minimizeMany(f, [[1]], { bounds: [0, 1] }), "trust-ncg has no option bounds"],
    [
      "other bounds",
      () => any(f, [[1, 2]], { method: "tron", bounds: [[0], 1] }),
      "lower bounds has shape [1], but each slice of x0s has shape [2]",
    ],
    ["who looks on", () => any(f, [[1]], { onIteration: f }), "onIteration is for a single search"],
    ["more arguments", () => any(f, [[1]], {}, 1), "1 argument too many"],
  ])("%s", (_, call, expected) => expect(message(call)).toContain(expected));
  test("and what it refuses leaves it usable", () => {
    const options: MinimizeOptions = { gtol: 1e-8 };
    expect(() =>
      minimizeMany(
        (): Tensor => {
          throw new TypeError("mine");
        },
        [[1]],
        options as never,
      ),
    ).toThrow("mine");
    near(minimizeMany(f, [[1]]).x.data as Float64Array, [0], 6);
  });
});
