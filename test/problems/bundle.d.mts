import type { Tensor } from "../../src/index.ts";
import type { Application } from "./data-sets.mjs";
import type { Library } from "./index.mjs";

export function bundle(library: Library): Application & {
  /** Two numbers an observation, in pixels; the value is the sum of their squares. */
  readonly residual: (x: Tensor) => Tensor;
  /** What the observations were made of, before noise. */
  readonly truth: { readonly x: readonly number[]; readonly value: number };
};
