import type * as hvp from "../../src/index.ts";
import type { Tensor } from "../../src/index.ts";

/** What problems take their functions from. */
export type Library = typeof hvp;

/** A minimum as the source prints it: digits are those of `f`. */
export interface Published {
  readonly f: number;
  readonly x?: readonly number[];
}

/** A minimum in multiple precision, rounded. */
export interface Minimum {
  readonly x: readonly number[];
  readonly value: number;
  /** Variables that lie on a bound. */
  readonly active: readonly number[];
  readonly gradNorm: number;
}

export interface Problem {
  readonly name: string;
  readonly source: string;
  readonly n: number;
  readonly start: readonly number[];
  /** Searches customarily begin at these multiples of the start. */
  readonly scales: readonly number[];
  readonly bounds?: readonly [lower: readonly number[], upper: readonly number[]];
  readonly published: readonly Published[];
  readonly minima: readonly Minimum[];
  /** Where the value is the sum of its squares. */
  readonly residual?: (x: Tensor) => Tensor;
  readonly value: (x: Tensor) => Tensor;
}

export interface Point {
  readonly x: readonly number[];
  readonly value: number;
  readonly grad: readonly number[];
  readonly gradNorm: number;
}
export interface Reference {
  readonly start: Point;
  readonly other: Point;
  readonly minima: readonly Minimum[];
}
export const references: Readonly<Record<string, Reference>>;

export function problems(library: Library): Problem[];
export function startAt(problem: Pick<Problem, "start" | "bounds">, scale?: number): number[];
