// Measures functions against the oracle: the worst and the mean error in ulps, and where the worst is.
import { MAX, MIN } from "./contracts.ts";
import { type Real, real } from "./oracle.ts";
import { rng, uniform } from "./rng.ts";
import { type Format, sweep, ulpError } from "./ulp.ts";

export interface Accuracy {
  readonly max: number;
  readonly mean: number;
  readonly at: number;
  readonly points: number;
}

/** Several ways to compute one function, on the same points: the truth is found once a point. */
export function compare(
  inputs: readonly ArrayLike<number>[],
  exact: (...x: Real[]) => Real,
  results: readonly ArrayLike<number>[],
  format: Format,
  floor?: (...x: number[]) => number,
): Accuracy[] {
  const x = inputs[0] as ArrayLike<number>;
  const truths = Array.from(x, (_, i) => {
    const point = inputs.map((v) => v[i] as number);
    return point.every(Number.isFinite) ? exact(...point.map(real)) : undefined;
  });
  return results.map((y) => {
    let [max, sum, at, points] = [0, 0, x[0] as number, 0];
    truths.forEach((truth, i) => {
      if (!truth) return;
      const error = ulpError(y[i] as number, truth, format, floor?.(...inputs.map((v) => v[i] as number)));
      sum += error;
      points++;
      if (error > max) [max, at] = [error, x[i] as number];
    });
    return { max, mean: sum / points, at, points };
  });
}

/** Bases over all positive numbers, densely around 1, and exponents for results over the whole range. */
export function powPoints(format: Format, points: number): [number[], number[]] {
  const random = rng(20);
  const limits = format === "f64" ? { low: -745, high: 709.7 } : { low: -104, high: 88.7 };
  const bases = [
    ...sweep(MIN[format], MAX[format], points / 2, format, random),
    ...sweep(0.5, 2, points / 4, format, random),
    ...Array.from({ length: points / 4 }, () => 1 + uniform(random, -1, 1) * 2 ** uniform(random, -20, -3)),
  ].filter((x) => x !== 1 && (format === "f64" || Math.fround(x) !== 1));
  return [bases, bases.map((b) => uniform(random, limits.low, limits.high) / Math.log(b))];
}
