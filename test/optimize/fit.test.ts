// `fit` and `fitMany`: the regressions of NIST, and what SciPy finds.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as hvp from "../../src/index.ts";
import { studentQuantile } from "../../src/optimize/student.ts";
import { fit, fitMany, statusName } from "../../src/optimize.ts";
import type { Tensor } from "../../src/trace/tracer.ts";
import { message } from "../harness/message.ts";
import { nist } from "../problems/nist.mjs";

const { add, exp, gt, jit, mul, neg, where } = hvp;
const expected = JSON.parse(readFileSync(new URL("../fixtures/fits.json", import.meta.url), "utf8"));
const { x, y, sigma, start } = expected as Record<"x" | "y" | "sigma" | "start", number[]>;
const decay = ([a, b, c]: Tensor[], x: Tensor): Tensor => add(mul(a!, exp(neg(mul(b!, x)))), c!);
const vector = (p: Tensor, x: Tensor): Tensor => decay([p.at(0), p.at(1), p.at(2)], x);
/** The least number of digits that agree. */
const digits = (found: ArrayLike<number>, wanted: readonly number[]): number =>
  Math.min(...wanted.map((w, i) => -Math.log10(Math.abs(found[i]! - w) / Math.abs(w))));

describe("the regressions of NIST, from both starts", () => {
  const runs = nist(hvp).flatMap((p) => p.starts.map((from, i) => ({ ...p, from, run: i + 1 })));

  test.each(runs)("$name, start $run", ({ model, x, y, from, params, standardErrors, name }) => {
    const found = fit(model as never, { x, y }, from as number[]);
    expect(found.converged).toBe(true);
    expect(digits(found.params, params)).toBeGreaterThan(6);
    // Residuals of Lanczos1 are 1e-13, of which the values of the model leave three digits.
    expect(digits(found.standardErrors, standardErrors as number[])).toBeGreaterThan(name === "Lanczos1" ? 2 : 6);
  });
});

test("the dogleg finds 52 of these 54", () => {
  const missed = nist(hvp).flatMap(({ name, model, x, y, starts, params }) =>
    starts.flatMap((from, i) => {
      const found = fit(model as never, { x, y }, from as number[], { method: "dogleg", maxIterations: 1000 });
      return digits(found.params, params) > 6 ? [] : [`${name}, start ${i + 1}: ${found.status}`];
    }),
  );
  expect(missed.length, missed.join("; ")).toBeLessThanOrEqual(2);
});

describe("finds what SciPy's curve_fit finds", () => {
  const near = (found: { params: Float64Array; covariance: hvp.NdArray }, key: string): void => {
    expect(digits(found.params, expected[key].params)).toBeGreaterThan(7);
    expect(digits(found.covariance.data, expected[key].covariance.flat())).toBeGreaterThan(6);
  };
  test("without weights", () => near(fit(vector, { x, y }, start), "unweighted"));
  test("with ratios of standard deviations", () => near(fit(vector, { x, y, sigma }, start), "relative"));
  test("by steps of the dogleg, alone and as one of many", () => {
    near(fit(vector, { x, y }, start, { method: "dogleg" }), "unweighted");
    const { params, covariance } = fitMany(vector, { x, y: [y] }, start, { method: "dogleg" });
    near({ params: params.data as Float64Array, covariance: covariance as hvp.NdArray }, "unweighted");
    const bounded = { method: "dogleg", bounds: [0, 1] } as const;
    expect(message(() => fit(vector, { x, y }, start, bounded))).toContain("fit: dogleg has no option bounds");
  });
  test("with known standard deviations", () =>
    near(fit(vector, { x, y, sigma, absoluteSigma: true }, start), "absolute"));
  test("without what a mask leaves out, which may be anything", () => {
    const mask = expected.mask as boolean[];
    const gaps = y.map((v, i) => (mask[i] ? v : Number.NaN));
    const found = fit(vector, { x, y: gaps, sigma, mask }, start);
    near(found, "masked");
    const other = sigma.map((s, i) => (mask[i] ? s : Number.NaN));
    near(fit(vector, { x, y: gaps, sigma: other, mask }, start), "masked");
    near(fit(vector, { x, y: gaps, sigma, mask: mask.map((kept) => (kept ? 2 : 0)) }, start), "masked");
    expect(found.dof).toBe(17);
    expect((found.residuals as Float64Array)[2]).toBe(0);
  });
  test("quantiles of Student's distribution", () => {
    for (const [level, dof, q] of expected.quantiles)
      expect(Math.abs(studentQuantile(level, dof ?? Number.POSITIVE_INFINITY) / q - 1)).toBeLessThan(1e-11);
  });
});

describe("says", () => {
  test("what is known of trees of parameters", () => {
    const model = ({ rate, levels }: { rate: Tensor; levels: Tensor }, x: Tensor): Tensor =>
      decay([levels.at(0), rate, levels.at(1)], x);
    const found = fit(model, { x, y }, { rate: 1, levels: [1, 0] });
    expect(found.names).toEqual(["rate", "levels[0]", "levels[1]"]);
    const [a, b, c] = expected.unweighted.params;
    expect(digits([found.params.rate, ...found.params.levels], [b, a, c])).toBeGreaterThan(7);
    expect(found.standardErrors.rate).toBeCloseTo(Math.sqrt(expected.unweighted.covariance[1][1]), 8);
    const { lower, upper } = found.confidence(0.9);
    const t = studentQuantile(0.9, found.dof);
    expect(upper.rate - found.params.rate).toBeCloseTo(t * found.standardErrors.rate, 12);
    expect(found.params.levels[1]! - lower.levels[1]!).toBeCloseTo(t * found.standardErrors.levels[1]!, 12);
    expect(found.correlation.data[0]).toBe(1);
    expect(found.chi2).toBeCloseTo(found.dof * 0.0025, 1);
  });
  test("which parameters the data do not determine", () => {
    const product = ({ a, b, c }: Record<"a" | "b" | "c", Tensor>, x: Tensor): Tensor => add(mul(mul(a, b), x), c);
    const found = fit(product, { x: [1, 2, 3, 4], y: [3.1, 5, 7.2, 8.9] }, { a: 1, b: 1, c: 0 });
    expect(found.rank).toBe(2);
    expect(found.message).toContain("the data determine 2 directions of 3 parameters: not a, b one by one");
    expect(found.standardErrors.a).toBe(Number.POSITIVE_INFINITY);
    // The line is determined: slope 1.96 and level 1.15, by the normal equations of four points.
    expect(found.params.a * found.params.b).toBeCloseTo(1.96, 8);
    expect(found.params.c).toBeCloseTo(1.15, 8);
    expect(found.standardErrors.c).toBeCloseTo(Math.sqrt((found.chi2 / 1) * 1.5), 6);
    // The slope remains open with c: the exact errors of what is linear in them are the same.
    const exact = found.exact();
    expect(exact.standardErrors.a).toBe(Number.POSITIVE_INFINITY);
    expect(exact.standardErrors.c).toBeCloseTo(Math.sqrt((found.chi2 / 1) * 1.5), 6);
    expect(exact.disagreeing).toEqual([]);
  });
  test("a covariance that is symmetric to the bit", () => {
    const { covariance } = fit(vector, { x, y, sigma }, start);
    const rows = covariance.toArray() as number[][];
    expect(rows).toEqual(rows.map((_, i) => rows.map((row) => row[i])));
  });
  test("a band about the curve, also where parameters are not determined one by one", () => {
    const [at, y] = [
      [1, 2, 3, 4],
      [3.1, 5, 7.2, 8.9],
    ];
    const line = fit(
      ({ a, c }: Record<"a" | "c", Tensor>, x: Tensor) => add(mul(a, x), c),
      { x: at, y },
      { a: 1, c: 0 },
    );
    const product = fit(
      ({ a, b, c }: Record<"a" | "b" | "c", Tensor>, x: Tensor) => add(mul(mul(a, b), x), c),
      { x: at, y, absoluteSigma: true, sigma: 0.2 },
      { a: 1, b: 1, c: 0 },
    );
    // Of a straight line: s²·(1/n + (x - mean)²/Σ(x - mean)²); Student's quantile of 2 degrees, and the normal one.
    const widths = [
      [line, 4.302652729911275 ** 2 * (line.chi2 / 2)] as const,
      [product, 1.959963984540054 ** 2 * 0.04] as const,
    ];
    for (const [found, factor] of widths) {
      const { value, lower, upper } = found.band([0, 2.5, 7]) as Record<string, Float64Array>;
      [0, 2.5, 7].forEach((x, i) => {
        const half = Math.sqrt(factor * (1 / 4 + (x - 2.5) ** 2 / 5));
        expect(value![i]).toBeCloseTo(1.96 * x + 1.15, 7);
        expect(upper![i]! - value![i]!).toBeCloseTo(half, 7);
        expect(value![i]! - lower![i]!).toBeCloseTo(half, 7);
      });
    }
    // What the data say nothing of: the second parameter counts only where x is negative.
    const half = fit((p: Tensor, x: Tensor) => mul(x, where(gt(x, 0), p.at(0), p.at(1))), { x: at, y }, [1, 1]);
    expect((half.band([1, -1]).upper as Float64Array)[1]).toBe(Number.POSITIVE_INFINITY);
    expect((half.band([1, -1]).upper as Float64Array)[0]).toBeLessThan(10);
    expect(message(() => line.band([1], 1))).toContain("band: level is 1; expected a probability");
  });
  test("which parameters stand at bounds", () => {
    const found = fit(vector, { x, y }, start, { bounds: [0, [2, 10, 10]] });
    expect(found.message).toContain("p[0] at its upper bound");
    expect(found.params[0]).toBe(2);
    const [row] = fitMany(vector, { x, y: [y] }, start, { bounds: [0, [2, 10, 10]] }).params.toArray() as number[][];
    expect(digits(row as number[], Array.from(found.params))).toBeGreaterThan(8);
  });
  test("where the exact Hessian gives other standard errors", () => {
    // Of a linear model there is no other part.
    const line = fit(
      (p: Tensor, x: Tensor) => add(mul(p.at(0), x), p.at(1)),
      { x: [0, 1, 2], y: [0, 1.2, 1.9] },
      [1, 0],
    );
    const exact = line.exact();
    expect(exact.disagreeing).toEqual([]);
    expect(digits(exact.covariance.data, Array.from(line.covariance.data))).toBeGreaterThan(9);
    // exp(a) fitted to 1 and 3: the residuals are ±1, H = Σ r·exp(a) + exp(2a) = 2·exp(2a) = 8.
    const one = fit(
      (a: Tensor, x: Tensor) => mul(exp(mul(a, 2)), x),
      { x: [1, 1], y: [1, 7], absoluteSigma: true },
      0.1,
    );
    expect(one.params).toBeCloseTo(Math.log(2), 8);
    expect(one.exact().disagreeing).toEqual([]);
    const skew = fit((a: Tensor, x: Tensor) => exp(mul(a, x)), { x: [1, 2], y: [1, 6] }, 0.5);
    const [p, e] = [skew.params, Math.exp(skew.params)];
    const r = [e - 1, e * e - 6];
    const [gauss, newton] = [e * e + 4 * e ** 4, e * e + 4 * e ** 4 + r[0]! * e + r[1]! * 4 * e * e];
    const s2 = r[0]! ** 2 + r[1]! ** 2;
    expect(skew.standardErrors).toBeCloseTo(Math.sqrt(s2 / gauss), 8);
    expect(skew.exact().standardErrors).toBeCloseTo(Math.sqrt(s2 / newton), 8);
    expect(skew.exact().disagreeing).toEqual(Math.abs(Math.sqrt(gauss / newton) - 1) > 0.1 ? ["p"] : []);
    expect(p).toBeGreaterThan(0.8);
  });
});

describe("many fits", () => {
  const k = 40;
  const rows = Array.from({ length: k }, (_, i) => y.map((v, j) => v + (i / k) * Math.exp(-x[j]!) + (i % 3) * 0.1));

  test("are those of fit, one by one", () => {
    const found = fitMany(vector, { x, y: rows, sigma: 0.1 }, start);
    expect(found.params.shape).toEqual([k, 3]);
    rows.forEach((y, i) => {
      const one = fit(vector, { x, y, sigma: 0.1 }, start);
      const row = <T extends hvp.NdArray>(a: T): Float64Array =>
        (a.data as Float64Array).subarray((i * a.data.length) / k, ((i + 1) * a.data.length) / k);
      expect(digits(row(found.params), Array.from(one.params))).toBeGreaterThan(9);
      expect(digits(row(found.covariance as hvp.NdArray), Array.from(one.covariance.data))).toBeGreaterThan(7);
      expect((found.chi2 as Float64Array)[i]).toBeCloseTo(one.chi2, 10);
      expect((found.iterations as Int32Array)[i]).toBe(one.iterations);
      expect(statusName((found.status as Int32Array)[i]!)).toBe(one.status);
    });
    expect(found.converged).toEqual(new Uint8Array(k).fill(1));
  });
  test("with x, starts and masks of their own, compiled", () => {
    const xs = rows.map((_, i) => x.map((v) => v + 0.01 * i));
    const starts = rows.map((_, i) => [1 + 0.01 * i, 1, 0]);
    const mask = rows.map((_, i) => x.map((_, j) => (i + j) % 4 !== 0));
    const many = jit((y: Tensor) => {
      const { params, dof } = fitMany(vector, { xs, y, mask }, start, { starts });
      return [params, dof];
    });
    const [params, dof] = many(rows) as unknown as [hvp.NdArray, Int32Array];
    rows.forEach((y, i) => {
      const one = fit(vector, { x: xs[i] as number[], y, mask: mask[i]! }, starts[i]!);
      expect(digits(params.data.subarray(3 * i, 3 * i + 3), Array.from(one.params))).toBeGreaterThan(9);
      expect(dof[i]).toBe(one.dof);
    });
  });
});

describe("refuses", () => {
  test.each([
    ["no model", () => fit(1 as never, { x, y }, start), "the model is number 1"],
    ["no data", () => fit(vector, [x, y] as never, start), "expected { x, y }"],
    ["unknown data", () => fit(vector, { x, y, weights: y } as never, start), "unknown option weights"],
    ["another length", () => fit(vector, { x, y: [1, 2] }, start), "the model returns shape [25], but y has [2]"],
    ["NaN in y", () => fit(vector, { x, y: y.map(() => Number.NaN) }, start), "y has NaN at element 0; leave it out"],
    ["no deviation", () => fit(vector, { x, y, sigma: 0 }, start), "sigma has 0"],
    ["other deviations", () => fit(vector, { x, y, sigma: [1, 2] }, start), "sigma has shape [2]"],
    ["another mask", () => fit(vector, { x, y, mask: [true] }, start), "mask has shape [1]"],
    ["whole parameters", () => fit(vector, { x, y }, Int32Array.of(1, 1, 0)), "got int32; convert the argument"],
    ["no x of a band", () => fit(vector, { x, y }, start).band(undefined), "fit: band: x is undefined"],
    [
      "more of a band",
      () => (fit(vector, { x, y }, start).band as (...a: unknown[]) => unknown)(x, 0.9, 1),
      "write found",
    ],
    ["a number for many rows", () => fitMany(vector, { x, y: 3 }, start), "fitMany: y is a number; expected an axis"],
    ["a mask of nothing", () => fit(vector, { x, y, mask: y.map(() => false) }, start), "leaves no element of y"],
    ["deviations out of range", () => fit(vector, { x, y, sigma: 1e300 }, start), "measure y in other units"],
    ["no deviation of many", () => fitMany(vector, { x, y: [y], sigma: -1 }, start), "sigma has -1"],
    [
      "other rows",
      () => fitMany(vector, { x, y: [[1, 2]] }, start),
      "each slice of y along its axis of problems has [2]",
    ],
    ["no parameters", () => fit(vector, { x, y }, undefined as never), "fit: p0 is undefined"],
    ["no parameters of many", () => fitMany(vector, { x, y: [y] }, undefined as never), "fitMany: p0 is undefined"],
    ["other bounds", () => fit(vector, { x, y }, start, { bounds: [[0, 0], 1] }), "p0 has"],
    ["a level of 1", () => fit(vector, { x, y }, start).confidence(1), "a probability between 0 and 1"],
    ["both x and xs", () => fitMany(vector, { x, xs: [x], y: [y] }, start), "give either x"],
    ["other counts", () => fitMany(vector, { xs: [x], y: [y, y] }, start), "axis 0 must be so long"],
    ["who looks on", () => fitMany(vector, { x, y: [y] }, start, { timeLimit: 1 } as never), "timeLimit is for"],
  ])("%s", (_, call, expected) => expect(message(call)).toContain(expected));
});
