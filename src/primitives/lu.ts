// LU factors with partial pivoting, and solutions of linear systems from them.
import { bytesOf, type Shape, sizeOf } from "../ir/aval.ts";
import { make } from "../ir/build.ts";
import type { Node, Primitive } from "../ir/graph.ts";
import * as kernels from "../kernels/factor.gen.ts";
import { add, mul, plus } from "./arithmetic.ts";
import { convert } from "./cast.ts";
import { less, triangularSolveBy } from "./cholesky.ts";
import { matmulBy } from "./contraction.ts";
import { flipMatrix, mapOf, onMatrices, squareExtent, tril, triu } from "./factorization.ts";
import { gather } from "./indexing.ts";
import { iota } from "./leaf.ts";
import { concat, reshape, slice, stopGradient } from "./shape.ts";
import { full } from "./spread.ts";

const rowsAxis = (x: Node): number => x.shape.length - 2;

/** The factors without the permutation: U, and L below the diagonal. */
export function luFactors(f: Node): Node {
  return slice(f, rowsAxis(f), 0, f.shape.at(-1) as number);
}
/** The permutation p with A[p, :] = L·U, int32. */
export function luPermutation(f: Node): Node {
  const n = f.shape.at(-1) as number;
  return convert(reshape(slice(f, rowsAxis(f), n, n + 1), [...f.shape.slice(0, -2), n]), "int32");
}

/** Rows p of every matrix. */
export function permuteRows(x: Node, p: Node): Node {
  if (x.shape.length === 2) return gather(x, p, 0);
  const [batch, n, m] = x.shape as [number, number, number];
  const rows = add(p, mul(n, iota(p.shape, 0, "int32")));
  return reshape(gather(reshape(x, [batch * n, m]), reshape(rows, [batch * n]), 0), x.shape);
}

/**
 * (n + 1) × n: U, with L below the diagonal, and the permutation as numbers in the last row.
 * With C = L⁻¹·Ȧ[p, :]·U⁻¹ the tangents are L̇ = L·tril₋₁(C) and U̇ = triu(C)·U (as in de Hoog, Anderssen & Lukas
 * 2011); the permutation is locally constant.
 */
export const luPrim: Primitive = /* @__PURE__ */ onMatrices("lu", {
  kernel: kernels.lu,
  result([a]): Shape | undefined {
    const n = squareExtent(a);
    return n === undefined ? undefined : [n + 1, n];
  },
  args: (node, [a], out) => [node.shape.at(-1) as number, ...a!, out, { workspace: kernels.FACTOR_WORKSPACE }],
  jvp(node, [da]) {
    if (!da) return undefined;
    const f = luFactors(node);
    const left = triangularSolveBy(f, permuteRows(da, luPermutation(node)), true, true);
    const c = flipMatrix(triangularSolveBy(flipMatrix(f), flipMatrix(left), true, false));
    const below = tril(c, true);
    // L = 1 + its strict part
    const moved = plus(plus(below, matmulBy(tril(f, true), below)), matmulBy(triu(c), triu(f)));
    const n = f.shape.at(-1) as number;
    return concat([moved, full([...f.shape.slice(0, -2), 1, n], 0, f.dtype)], rowsAxis(node));
  },
});

/** The packed LU factors of every matrix. */
export const lu = (a: Node): Node => make(luPrim, [a]);

/**
 * A⁻¹·B (or A⁻ᵀ·B) by the factors F of A. The derivative is that of the solution, Ẋ = A⁻¹(Ḃ - Ȧ·X), whatever F's
 * would be: A is an operand for its tangent's sake.
 */
export const luSolvePrim: Primitive<{ transposed: boolean }> = /* @__PURE__ */ onMatrices<{ transposed: boolean }>(
  "luSolve",
  {
    kernel: kernels.lu_solve,
    strided: [true, false, true],
    linear: "columns",
    result: ([a, f, b]) =>
      squareExtent(a) === b?.[0] && f && sizeOf(f) === ((b?.[0] as number) + 1) * (b?.[0] as number) ? b : undefined,
    args: ({ shape, params, dtype }, [, f, b], out) => {
      const [n, m] = shape.slice(-2) as [number, number];
      const aside = n * bytesOf(dtype);
      return [n, m, Number(params.transposed), f![0], ...b!, out, { workspace: kernels.FACTOR_WORKSPACE + aside }];
    },
    jvp(node, [da, , db]) {
      const [a, f] = node.inputs as [Node, Node, Node];
      const { transposed } = node.params;
      const x = node as unknown as Node;
      const right = da ? less(db, matmulBy(transposed ? flipMatrix(da) : da, x)) : db;
      return right && luSolveBy(a, f, right, transposed);
    },
    transpose: (node, ct, linear) => [
      undefined,
      undefined,
      linear[2] ? luSolveBy(node.inputs[0] as Node, node.inputs[1] as Node, ct, !node.params.transposed) : undefined,
    ],
  },
);
/** Of a derivative `b`. */
const luSolveBy = (a: Node, f: Node, b: Node, transposed: boolean): Node =>
  mapOf(luSolvePrim, [a, f, b], { transposed });

/** X with A·X = B. */
export const solve = (a: Node, b: Node): Node => make(luSolvePrim, [a, lu(stopGradient(a)), b], { transposed: false });
