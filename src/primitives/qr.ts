// The QR factors of a matrix with at least as many rows as columns.
import { make } from "../ir/build.ts";
import type { Node, Primitive } from "../ir/graph.ts";
import * as kernels from "../kernels/factor.gen.ts";
import { minus, plus } from "./arithmetic.ts";
import { triangularSolveBy } from "./cholesky.ts";
import { matmulBy } from "./contraction.ts";
import { flipMatrix, onMatrices, pack, tril, unpack } from "./factorization.ts";

const parts = (node: Node): [q: Node, r: Node] => {
  const [m, n] = (node.inputs[0] as Node).shape.slice(-2) as [number, number];
  return unpack(node, [
    [m, n],
    [n, n],
  ]) as [Node, Node];
};

/**
 * Q, then R, row-major: [m·n + n·n]. With W = Ȧ·R⁻¹ and C = Qᵀ·W, the antisymmetric Ω whose strict lower triangle is
 * C's gives Q̇ = W + Q·(Ω - C), Ṙ = (C - Ω)·R (Walter & Lehmann 2013, "Algorithmic differentiation of linear algebra
 * functions").
 */
export const qrPrim: Primitive = /* @__PURE__ */ onMatrices("qr", {
  kernel: kernels.qr,
  result: ([a]) => {
    const [m, n] = a as [number, number];
    return m >= n ? [m * n + n * n] : undefined;
  },
  args: (node, [a], out) => {
    const [m, n] = (node.inputs[0] as Node).shape.slice(-2) as [number, number];
    return [m, n, ...a!, out, { workspace: 8 * n }];
  },
  jvp(node, [da]) {
    if (!da) return undefined;
    const [q, r] = parts(node);
    const w = flipMatrix(triangularSolveBy(flipMatrix(r), flipMatrix(da), true, false));
    const c = matmulBy(flipMatrix(q), w);
    const below = tril(c, true);
    const omega = minus(below, flipMatrix(below));
    const lead = node.shape.length - 1;
    return pack([plus(w, matmulBy(q, minus(omega, c))), matmulBy(minus(c, omega), r)], lead);
  },
});

/** Q [.., m, n] with orthonormal columns and the upper triangular R [.., n, n] of A = Q·R; m ≥ n. */
export const qr = (a: Node): [q: Node, r: Node] => {
  const y = make(qrPrim, [a]);
  const [m, n] = a.shape.slice(-2) as [number, number];
  return unpack(y, [
    [m, n],
    [n, n],
  ]) as [Node, Node];
};
