// A spectrum as a smooth curve: each eigenvalue, or node of a rule, a bell curve.
import { div, mul, neg, square, sub } from "../ops/arithmetic.ts";
import { exp } from "../ops/elementary.ts";
import { matmul } from "../ops/linalg.ts";
import { reshape } from "../ops/shape.ts";
import { meanOf } from "./product.ts";
import type { Rule } from "./quadrature.ts";

export interface Curve {
  readonly grid: Float64Array;
  readonly density: Float64Array;
  readonly standardErrors: Float64Array;
  /** The standard deviation of the bells. */
  readonly sigma: number;
}
export interface Drawing {
  readonly points: number;
  readonly sigma?: number | undefined;
  readonly range?: readonly [number, number] | undefined;
}

/** Bells as wide as this share of the spectrum, unless given. */
const SIGMA_SHARE = 0.01;
/** Standard deviations beyond the outermost nodes where the curve begins and ends. */
const MARGIN = 5;
const ROOT_TWO_PI = 2.5066282746310002;

/** The mean of the curves of `rules`, whose integral is 1. */
export function curveOf(rules: readonly Rule[], { points, range, ...given }: Drawing): Curve {
  const low = Math.min(...rules.map((r) => r.nodes[0] as number));
  const high = Math.max(...rules.map((r) => r.nodes.at(-1) as number));
  // Where there is one eigenvalue, its own size is the measure.
  const width = high > low ? high - low : Math.abs(high) || 1;
  const sigma = given.sigma ?? SIGMA_SHARE * width;
  const [from, to] = range ?? [low - MARGIN * sigma, high + MARGIN * sigma];
  const grid = Float64Array.from({ length: points }, (_, i) => from + ((to - from) * i) / (points - 1));
  const curves = rules.map(({ nodes, weights }) => {
    const apart = div(sub(reshape(grid, [points, 1]), nodes), sigma);
    return matmul(exp(neg(div(square(apart), 2))), mul(weights, 1 / (sigma * ROOT_TWO_PI))) as Float64Array;
  });
  const means = Array.from(grid, (_, i) => meanOf(curves.map((c) => c[i] as number)));
  return {
    grid,
    density: Float64Array.from(means, (m) => m.value),
    standardErrors: Float64Array.from(means, (m) => m.standardError),
    sigma,
  };
}
