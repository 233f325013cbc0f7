// What kind of point a minimization ended at, by the outermost eigenvalues of the Hessian there.
import type { AnyFn } from "../api/common.ts";
import { CompiledObjective } from "../api/compiled-objective.ts";
import { ObjectiveFace } from "../api/objective-face.ts";
import type { Data } from "../ir/aval.ts";
import { isFunctions, isPromiseLike } from "./functions.ts";
import { outermost } from "./outermost.ts";
import type { Unknowns } from "./unknowns.ts";

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

/** Products with the Hessian of what is minimized at a point, where they are at hand. */
export function productsOf(f: unknown, unknowns: Unknowns) {
  return (x: Data): ((v: Float64Array) => ArrayLike<number>) | undefined => {
    const tree = unknowns.unpack(x);
    const typed = (v: Float64Array): Data => (unknowns.dtype === "float32" ? Float32Array.from(v) : v);
    if (isFunctions(f) && !(f instanceof ObjectiveFace)) {
      if (!f.hvp) return undefined;
      const product = (v: Float64Array): unknown => f.hvp?.(tree as never, unknowns.unpack(typed(v)) as never);
      if (isPromiseLike(product(new Float64Array(x.length)))) return undefined;
      return (v) => unknowns.pack(product(v), "curvature: the product");
    }
    const of =
      f instanceof ObjectiveFace
        ? ObjectiveFace.compiled(f)
        : new CompiledObjective(f as AnyFn, tree, [], false, "curvature");
    const point = of.calls.linearize(tree);
    return (v) => unknowns.pack(of.calls.hvpAt(point, unknowns.unpack(typed(v))), "curvature: the product");
  };
}
