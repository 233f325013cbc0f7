// The real problems of test/problems are what their sources say: values and gradients beside multiple precision, minima
// beside those that are printed.
import { describe, expect, test } from "vitest";
import * as hvp from "../src/index.ts";
import { type Point, type Problem, problems, references, startAt } from "./problems/index.mjs";
import { scipy } from "./problems/scipy.mjs";

const all = problems(hvp);
/** Exponents of about 13 multiply the rounding errors of what they are computed from. */
const TOLERANCES: Readonly<Record<string, number>> = { Meyer: 3e-13 };
const largest = (x: ArrayLike<number>): number => Math.max(0, ...Array.from(x, Math.abs));

describe("values and gradients are those of multiple precision", () => {
  test.each(all)("$name", (p) => {
    const { start, other } = references[p.name]!;
    // Sines, and quotients of small integers, may differ in the last digit.
    expect(largest(p.start.map((t, i) => t - start.x[i]!)), "start").toBeLessThan(2e-15);
    for (const point of [start, other]) compare(p, point);
  });

  /** Relative to the value, and to the largest entry of the gradient. */
  function compare(p: Problem, { x, value, grad, gradNorm }: Point): void {
    const [f, g] = hvp.valueAndGrad(p.value)(x as number[]) as [number, Float64Array];
    const tolerance = TOLERANCES[p.name] ?? 1e-13;
    expect(Math.abs(f - value), `value ${f}, wanted ${value}`).toBeLessThanOrEqual(tolerance * Math.abs(value));
    const error = largest(g.map((t, i) => t - grad[i]!));
    expect(error, `gradient ${g}, wanted ${grad}`).toBeLessThanOrEqual(tolerance * largest(grad));
    expect(Math.abs(Math.hypot(...g) - gradNorm)).toBeLessThanOrEqual(tolerance * gradNorm);
  }
});

describe("minima", () => {
  test.each(all)("$name: those printed are there, and have their values", (p) => {
    expect(p.minima.length).toBe(p.published.length);
    p.published.forEach(({ f, x }, i) => {
      const { value, x: found, gradNorm } = p.minima[i]!;
      // Sources print at least four digits.
      expect(Math.abs(value - f)).toBeLessThanOrEqual(5e-5 * Math.abs(f) + 1e-14);
      x?.forEach((t, j) => expect(found[j]! - t, `x[${j}]`).toBeCloseTo(0, 3 - Math.ceil(Math.log10(1 + Math.abs(t)))));
      expect(gradNorm, "on free variables").toBeLessThan(1e-18);
    });
  });

  test.each(all)("$name: the value there", (p) => {
    const f = hvp.jit(p.value);
    for (const { x, value } of p.minima) {
      const got = f(x as number[]) as unknown as number;
      // Residuals have errors of the last digits of their terms, which are not larger than at the start.
      const scale = Math.max(1, Math.abs(references[p.name]!.start.value));
      if (p.residual) expect(Math.abs(Math.sqrt(got) - Math.sqrt(value))).toBeLessThanOrEqual(1e-13 * Math.sqrt(scale));
      else expect(Math.abs(got - value)).toBeLessThanOrEqual(1e-13 * scale);
    }
  });

  test("a bound holds a variable where the gradient points out of it", () => {
    for (const p of all.filter((p) => p.bounds)) {
      for (const { x, active } of p.minima) {
        const g = hvp.grad(p.value)(x as number[]) as Float64Array;
        const [low, high] = p.bounds!;
        const held = x.flatMap((t, i) => ((t === low[i] && g[i]! > 0) || (t === high[i] && g[i]! < 0) ? [i] : []));
        expect(held, p.name).toEqual(active);
      }
    }
  });
});

test("one of SciPy's methods ends at a minimum that is listed, from the start itself", () => {
  for (const { name, minima } of all) {
    const ends = scipy.runs.filter((r) => r.problem === name && r.scale === 1).map((r) => r.value ?? NaN);
    const distances = ends.flatMap((end) =>
      minima.map(({ value }) => Math.abs(end - value) / Math.max(Math.abs(value), 1e-4)),
    );
    expect(Math.min(...distances.filter(Number.isFinite)), name).toBeLessThan(1e-5);
  }
});

test("there are 35 problems of Moré, Garbow and Hillstrom, and at least 25 others; names are unique", () => {
  const mgh = all.filter((p) => p.source.startsWith("Moré"));
  expect(new Set(mgh.map((p) => p.source)).size).toBe(35);
  expect(all.length - mgh.length).toBeGreaterThanOrEqual(25);
  expect(new Set(all.map((p) => p.name)).size).toBe(all.length);
});

test("starts are scaled, and moved into bounds", () => {
  expect(startAt({ start: [-1.2, 1] }, 10)).toEqual([-12, 10]);
  expect(startAt({ start: [0, 0] }, 10)).toEqual([10, 10]);
  expect(
    startAt({
      start: [3, 3],
      bounds: [
        [-Infinity, 0],
        [-1, Infinity],
      ],
    }),
  ).toEqual([-1, 3]);
});
