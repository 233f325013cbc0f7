// The regressions of NIST as functions of this library: at the certified parameters they have the certified sums of
// squares and standard errors.
import { describe, expect, test } from "vitest";
import * as hvp from "../src/index.ts";
import { nist, type Regression } from "./problems/nist.mjs";

const all = nist(hvp);
const residual =
  ({ model, x, y }: Regression) =>
  (b: hvp.Tensor) =>
    hvp.sub(model(b, x), y);
const sumOfSquares = (p: Regression): number =>
  hvp.sum(hvp.square((hvp.jit(residual(p)) as (b: unknown) => Float64Array)(p.params))) as unknown as number;

test("there are 27, each with two starts", () => {
  expect(all.length).toBe(27);
  for (const p of all) for (const start of p.starts) expect(start.length).toBe(p.params.length);
});

test("models take one observation, too: a batch of them is the whole", () => {
  for (const { name, model, params, x } of all) {
    const one = (t: never) => model(hvp.array(params as number[]) as never, t);
    const batch = hvp.vmap(one)(x as never) as unknown as Float64Array;
    expect(batch, name).toEqual(hvp.jit((b: hvp.Tensor) => model(b, x))(params as number[]));
  }
});

describe("certified parameters give", () => {
  // Eleven digits of the parameters leave residuals of 1e-12, and those of Lanczos1 are 1e-13.
  const inexact = (p: Regression): boolean => p.name === "Lanczos1";

  test.each(all)("the certified sum of squares of $name to nine digits", (p) => {
    const got = sumOfSquares(p);
    if (inexact(p)) expect(got).toBeLessThan(1e-20);
    else expect(Math.abs(got - p.residualSumOfSquares)).toBeLessThanOrEqual(1e-9 * p.residualSumOfSquares);
  });

  test.each(all.filter((p) => !inexact(p)))("the certified standard errors of $name", (p) => {
    const n = p.params.length;
    const J = hvp.jacfwd(residual(p))(p.params as number[]) as unknown as hvp.NestedArray;
    // Columns get the norm 1, so that units of parameters cost no digits.
    const norms = hvp.sqrt(hvp.sum(hvp.square(J), 0)) as unknown as Float64Array;
    const { r } = hvp.qr(hvp.div(J, norms));
    const rows = hvp.sum(
      hvp.square(hvp.triangularSolve(r, hvp.eye(n), { lower: false })),
      1,
    ) as unknown as Float64Array;
    const sigma = Math.sqrt(p.residualSumOfSquares / (p.y.length - n));
    p.standardErrors.forEach((want, i) => {
      const got = (sigma * Math.sqrt(rows[i]!)) / norms[i]!;
      expect(Math.abs(got - want), `of parameter ${i}`).toBeLessThanOrEqual(1e-7 * want);
    });
  });
});
