// What kind of point a minimization ended at, by the outermost eigenvalues of the Hessian there.
import type { Data } from "../ir/aval.ts";
import { outermost } from "./outermost.ts";

/**
 * What kind of point it is where the gradient is zero: "degenerate" where the least eigenvalue of the Hessian is zero
 * but for 1e-8 of the greatest, which second derivatives cannot decide.
 */
export interface CurvatureAtEnd {
  readonly kind: "minimum" | "saddle" | "maximum" | "degenerate";
  /** The least and the greatest eigenvalue found. */
  readonly least: number;
  readonly greatest: number;
  /** ‖H·v - λ·v‖ for the vector of the least one: an eigenvalue lies that near. */
  readonly residual: number;
  /** Products with the Hessian that it took. */
  readonly products: number;
}

type Multiply = (v: Float64Array) => ArrayLike<number>;

/** What of the largest eigenvalue counts as zero. */
const ZERO = 1e-8;

/** `result` with what the Hessian at its `x` is like, computed when it is first read; `at(x)` has its products. */
export function withCurvature<R extends object>(result: R, x: Data, at: (x: Data) => Multiply | undefined): R {
  let known: CurvatureAtEnd | undefined;
  const get = (): CurvatureAtEnd | undefined => {
    const multiply = known ? undefined : at(x);
    if (multiply) known = curvatureOf(x.length, multiply);
    return known;
  };
  return Object.defineProperty(result, "curvature", { get });
}

function curvatureOf(n: number, multiply: Multiply): CurvatureAtEnd {
  const found = outermost(n, multiply);
  const { least, greatest } = found;
  const zero = ZERO * Math.max(Math.abs(least), Math.abs(greatest));
  const kind = least < -zero ? (greatest < -zero ? "maximum" : "saddle") : least > zero ? "minimum" : "degenerate";
  return { kind, ...found };
}
