import type { Tensor } from "../../src/index.ts";
import type { Library } from "./index.mjs";

/** A larger problem, with its minimum by an independent computation. */
export interface Application {
  readonly name: string;
  readonly n: number;
  readonly start: readonly number[];
  readonly value: (x: Tensor) => Tensor;
  readonly minimum: { readonly x: readonly number[]; readonly value: number };
}

export function breastCancer(library: Library): Application & {
  /** Of the weights: square roots of the diagonal of (569 ∇²f)⁻¹. */
  readonly minimum: { readonly standardErrors: readonly number[] };
};
export function digits(
  library: Library,
): Application & { readonly minimum: { readonly gradNorm: number; readonly accuracy: number } };
