// The right-hand side of a differential equation, and sums of its values: what methods of Runge and Kutta are made of.
import { add, mul } from "../ops/arithmetic.ts";
import type { Tensor } from "../trace/tracer.ts";
import { type Leaves, numberOf } from "./leaves.ts";

/** dy/dt at `y` and a time. */
export type Field = (y: Leaves, t: Tensor) => Tensor[];

/** `h · x` for each leaf. */
export const scaled = (x: Leaves, h: Tensor): Tensor[] => x.map((leaf) => mul(leaf, numberOf(h)));

/** Σ weights[k] · slopes[k]; weights of 0 cost nothing. */
export function weighted(weights: readonly number[], slopes: readonly Leaves[]): Tensor[] {
  const terms = weights.flatMap((w, k) => (w === 0 ? [] : [(slopes[k] as Leaves).map((x) => mul(x, w))]));
  return terms.reduce((a, b) => a.map((x, i) => add(x, b[i] as Tensor)));
}

/** `y + h · Σ weights[k] · slopes[k]`. */
export function moved(y: Leaves, h: Tensor, weights: readonly number[], slopes: readonly Leaves[]): Tensor[] {
  const step = scaled(weighted(weights, slopes), h);
  return y.map((x, i) => add(x, step[i] as Tensor));
}

/** One step of the classical method of order 4. */
export function rk4Step(field: Field, y: Leaves, t: Tensor, h: Tensor): Tensor[] {
  const half = mul(h, 0.5);
  const middle = add(t, half);
  const k1 = field(y, t);
  const k2 = field(moved(y, half, [1], [k1]), middle);
  const k3 = field(moved(y, half, [1], [k2]), middle);
  const k4 = field(moved(y, h, [1], [k3]), add(t, h));
  return moved(y, h, [1 / 6, 1 / 3, 1 / 3, 1 / 6], [k1, k2, k3, k4]);
}
