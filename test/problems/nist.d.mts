import type { Tensor } from "../../src/index.ts";
import type { Library } from "./index.mjs";

export interface Regression {
  readonly name: string;
  readonly difficulty: "lower" | "average" | "higher";
  /** Elementwise in `x`, which may be traced, too. */
  readonly model: (params: Tensor, x: Regression["x"] | Tensor | readonly Tensor[]) => Tensor;
  /** The predictor; a list of two of them for Nelson. */
  readonly x: Float64Array | readonly Float64Array[];
  /** What the model predicts: the logarithm of the observations for Nelson. */
  readonly y: Float64Array;
  readonly starts: readonly [far: readonly number[], near: readonly number[]];
  /** Certified to eleven digits, and so are the following. */
  readonly params: readonly number[];
  readonly standardErrors: readonly number[];
  readonly residualSumOfSquares: number;
}

export function nist(library: Library): Regression[];
