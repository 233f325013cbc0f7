// Triangular systems and the Cholesky factor, with the two linear maps that are its forward and reverse mode. Each of
// the two is the other's transpose, and their derivatives are themselves again, so that every order costs a few
// products and solves.
import { make } from "../ir/build.ts";
import type { MaybeNode, Node, Primitive } from "../ir/graph.ts";
import * as kernels from "../kernels/factor.gen.ts";
import { by, minus, opposite } from "./arithmetic.ts";
import { matmulBy } from "./contraction.ts";
import { flipMatrix, mapOf, onMatrices, squareExtent, tril, triu } from "./factorization.ts";
import { concat, pad, reshape, slice, transpose, transposePrim } from "./shape.ts";

/** `d - y` of an optional tangent. */
export const less = (d: MaybeNode, y: Node): Node => (d ? minus(d, y) : opposite(y));

// ---- Cholesky ----

const square2 = (shapes: readonly (readonly number[])[]): number[] | undefined => {
  const n = squareExtent(shapes[0]);
  return n !== undefined && shapes.every((s) => s[0] === n && s[1] === n) ? [n, n] : undefined;
};

/** L·Lᵀ = (A + Aᵀ)/2. */
export const choleskyPrim: Primitive = /* @__PURE__ */ onMatrices("cholesky", {
  kernel: kernels.cholesky,
  result: square2,
  args: (node, [a], out) => [node.shape.at(-1) as number, ...a!, out, { workspace: kernels.FACTOR_WORKSPACE }],
  jvp: (node, [da]) => da && choleskyTangent(node, da),
});

/**
 * The lower triangular P with P·Lᵀ + L·Pᵀ = (S + Sᵀ)/2 (Murray 2016). With L moving along L̇, P·L̇ᵀ + L̇·Pᵀ is moved
 * to the right-hand side: Ṗ is the same map of Ṡ - 2·P·L̇ᵀ.
 */
export const choleskyTangentPrim: Primitive = /* @__PURE__ */ onMatrices("choleskyTangent", {
  kernel: kernels.cholesky_tangent,
  result: square2,
  linear: "matrices",
  args: (node, [l, s], out) => [
    node.shape.at(-1) as number,
    ...l!,
    ...s!,
    out,
    { workspace: kernels.FACTOR_WORKSPACE },
  ],
  jvp: (node, [dl, ds]) => {
    const right = dl ? less(ds, by(2, matmulBy(node, flipMatrix(dl)))) : ds;
    return right && choleskyTangent(node.inputs[0] as Node, right);
  },
  transpose: (node, ct, linear) => [undefined, linear[1] ? choleskyAdjoint(node.inputs[0] as Node, ct) : undefined],
});

/**
 * The transpose of `choleskyTangent`: the symmetric M with ⟨M, S⟩ = ⟨L̄, P⟩ for all S; of L̄ the lower triangle is
 * read. From the derivative of P: Ṁ is the same map of L̄̇ - 2·M·L̇.
 */
export const choleskyAdjointPrim: Primitive = /* @__PURE__ */ onMatrices("choleskyAdjoint", {
  kernel: kernels.cholesky_adjoint,
  result: square2,
  linear: "matrices",
  args: (node, [l, b], out) => [
    node.shape.at(-1) as number,
    ...l!,
    ...b!,
    out,
    { workspace: kernels.FACTOR_WORKSPACE },
  ],
  jvp: (node, [dl, db]) => {
    const right = dl ? less(db, by(2, lowerProduct(node as unknown as Node, dl))) : db;
    return right && choleskyAdjoint(node.inputs[0] as Node, right);
  },
  transpose: (node, ct, linear) => [undefined, linear[1] ? choleskyTangent(node.inputs[0] as Node, ct) : undefined],
});

/** From this extent on the zeros of a triangle are worth leaving out of a product. */
const SPLIT_EXTENT = 64;
const SPLIT_PANELS = 4;

/**
 * The lower triangle of M·T for a lower triangular T, by panels of columns: a panel needs the rows from its own first
 * on, and of M the block below and right of there. Above the diagonal is anything. Half the work of the whole
 * product.
 */
function lowerProduct(m: Node, t: Node): Node {
  const n = t.shape.at(-1) as number;
  if (n < SPLIT_EXTENT) return matmulBy(m, t);
  const row = t.shape.length - 2;
  const from = (x: Node, axis: number, start: number, stop = n): Node => slice(x, axis, start, stop);
  const width = Math.ceil(n / SPLIT_PANELS / 8) * 8;
  const panels: Node[] = [];
  for (let at = 0; at < n; at += width) {
    const columns = from(from(t, row, at), row + 1, at, Math.min(n, at + width));
    panels.push(pad(matmulBy(from(from(m, row, at), row + 1, at), columns), row, at, 0));
  }
  return concat(panels, row + 1);
}

/** The lower Cholesky factor of (A + Aᵀ)/2. */
export const cholesky = (a: Node): Node => make(choleskyPrim, [a]);
/** `l` must be a Cholesky factor. */
const choleskyTangent = (l: Node, s: Node): Node => mapOf(choleskyTangentPrim, [l, s], {});
const choleskyAdjoint = (l: Node, b: Node): Node => mapOf(choleskyAdjointPrim, [l, b], {});

// ---- triangular systems ----

interface Triangle {
  readonly lower: boolean;
  /** The diagonal counts as ones, whatever is stored there. */
  readonly unit: boolean;
}

/** Whether all but the given triangle of `x` is known to be zero. */
function isTriangular(x: Node, lower: boolean): boolean {
  const is = (prim: unknown): boolean => x.prim === prim;
  if (is(transposePrim)) {
    const inner = x.inputs[0] as Node;
    return flipMatrix(inner) === x && isTriangular(inner, !lower);
  }
  return lower && (is(choleskyPrim) || is(choleskyTangentPrim));
}

/** What `triangularSolve` reads of its matrix, zeros elsewhere. */
function triangle(x: Node, { lower, unit }: Triangle): Node {
  if (!unit && isTriangular(x, lower)) return x;
  return lower ? tril(x, unit) : triu(x, unit);
}

/** X with T·X = B, T a triangle of A. With A moving along Ȧ: T·Ẋ = Ḃ - Ṫ·X. */
export const triangularSolvePrim: Primitive<Triangle> = /* @__PURE__ */ onMatrices<Triangle>("triangularSolve", {
  kernel: kernels.triangular_solve,
  result: ([a, b]) => (squareExtent(a) === b?.[0] ? b : undefined),
  linear: "columns",
  args: ({ shape, params }, [a, b], out) => [
    shape.at(-2) as number,
    shape.at(-1) as number,
    Number(params.lower),
    Number(params.unit),
    ...a!,
    ...b!,
    out,
    { workspace: kernels.FACTOR_WORKSPACE },
  ],
  jvp(node, [da, db]) {
    const right = da ? less(db, matmulBy(triangle(da, node.params), node as unknown as Node)) : db;
    return right && triangularSolveBy(node.inputs[0] as Node, right, node.params.lower, node.params.unit);
  },
  transpose: (node, ct, linear) => [
    undefined,
    linear[1]
      ? triangularSolveBy(flipMatrix(node.inputs[0] as Node), ct, !node.params.lower, node.params.unit)
      : undefined,
  ],
  batch(node, [a, b], has, size) {
    if (has[0] || a!.shape.length !== 2) return undefined;
    // One matrix: all right-hand sides side by side.
    const [n, m] = b!.shape.slice(1) as [number, number];
    const wide = reshape(transpose(b!, [1, 0, 2]), [n, size * m]);
    return transpose(reshape(triangularSolve(a!, wide, node.params.lower, node.params.unit), [n, size, m]), [1, 0, 2]);
  },
});
/** X with T·X = B for T the lower or upper triangle of `a` (`unit`: with ones on its diagonal). */
export const triangularSolve = (a: Node, b: Node, lower: boolean, unit: boolean): Node =>
  make(triangularSolvePrim, [a, b], { lower, unit });
/** The same of a derivative `b`. */
export const triangularSolveBy = (a: Node, b: Node, lower: boolean, unit: boolean): Node =>
  mapOf(triangularSolvePrim, [a, b], { lower, unit });
