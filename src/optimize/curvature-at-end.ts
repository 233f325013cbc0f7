// What kind of point a minimization ended at, by the outermost eigenvalues of the Hessian there.
import { type AnyFn, requireScalar } from "../api/common.ts";
import { compiledOf } from "../api/compiled-of.ts";
import { hvp } from "../api/hvp.ts";
import { fail } from "../errors.ts";
import type { Data } from "../ir/aval.ts";
import { parameter } from "../primitives/leaf.ts";
import { Tensor } from "../trace/tracer.ts";
import { isFunctions, isPromiseLike } from "./functions.ts";
import { type Housed, houseFunction } from "./homes.ts";
import { outermost, ZERO } from "./outermost.ts";
import type { Unknowns } from "./unknowns.ts";

/**
 * What kind of point it is where the gradient is zero: "degenerate" where the least eigenvalue of the Hessian is zero
 * but for 1e-8 of the greatest, or for its `residual`: that products cannot decide.
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

/** How far, relatively and at all, the value may be from that of the result: otherwise it is another function now. */
const [SAME, SMALL] = [1e-6, 1e-12];

/** A function where a minimization ended. */
interface AtEnd {
  readonly value: number;
  readonly multiply: Multiply;
}

/** `result` with what the Hessian at its `x` is like, computed when it is first read; `at(x)` has its products. */
export function withCurvature<R extends { readonly value: number }>(
  result: R,
  x: Data,
  at: (x: Data) => AtEnd | undefined,
): R {
  let known: { readonly curvature: CurvatureAtEnd | undefined } | undefined;
  const get = (): CurvatureAtEnd | undefined => {
    known ??= { curvature: curvatureOf(x.length, result.value, at(x)) };
    return known.curvature;
  };
  return Object.defineProperty(result, "curvature", { get });
}

function curvatureOf(n: number, value: number, end: AtEnd | undefined): CurvatureAtEnd | undefined {
  if (!end || !Number.isFinite(value)) return undefined;
  if (!(Math.abs(end.value - value) <= SAME * Math.max(Math.abs(end.value), Math.abs(value)) + SMALL))
    fail(
      "value",
      `curvature: the value at x was ${value}, and is ${end.value} now: data has changed since; read curvature before`,
    );
  const found = outermost(n, end.multiply);
  const { least, greatest } = found;
  if (!Number.isFinite(least) || !Number.isFinite(greatest)) return undefined;
  // Nor is a sign known that the residual may turn.
  const zero = Math.max(ZERO * Math.max(Math.abs(least), Math.abs(greatest)), found.residual);
  const kind = least < -zero ? (greatest < -zero ? "maximum" : "saddle") : least > zero ? "minimum" : "degenerate";
  return { kind, ...found };
}

/** What is minimized at the end of a search, where its products are at hand. */
export function atEndOf(f: unknown, unknowns: Unknowns) {
  return (x: Data): AtEnd | undefined => {
    const tree = unknowns.unpack(x);
    const typed = (v: Float64Array): Data => (unknowns.dtype === "float32" ? Float32Array.from(v) : v);
    const packed = (product: unknown): Data => unknowns.pack(product, "curvature: the product");
    const of = compiledOf(f);
    if (of) {
      const point = of.calls.linearize(tree);
      return { value: of.valueAt(point), multiply: (v) => packed(of.calls.hvpAt(point, unknowns.unpack(typed(v)))) };
    }
    if (typeof f === "function") {
      const run = productsOf(houseFunction("curvature", f as AnyFn, tree, requireScalar));
      const [value] = run(x, x);
      return { value: value[0] as number, multiply: (v) => run(x, typed(v))[1] };
    }
    if (!isFunctions(f) || !f.hvp) return undefined;
    const product = (v: Float64Array): unknown => f.hvp?.(tree as never, unknowns.unpack(typed(v)) as never);
    if (isPromiseLike(product(new Float64Array(x.length)))) return undefined;
    return { value: Number(f.value(unknowns.unpack(x) as never)), multiply: (v) => packed(product(v)) };
  };
}

/** Value and product with the Hessian of a function at home. */
function productsOf({ home, captures, unknowns: { size, dtype } }: Housed) {
  const run = home.kept("curvature", () =>
    home.open(() => {
      const [x, v] = [parameter([size], dtype), parameter([size], dtype)];
      const [at, direction] = [new Tensor(x), new Tensor(v)];
      const product = hvp(home.f as never, at as never, direction as never) as unknown as Tensor;
      return home.program([home.f(at).node, product.node], [x, v]);
    }),
  );
  return (x: Data, v: Data) => run([x, v], captures) as [value: Data, product: Data];
}
