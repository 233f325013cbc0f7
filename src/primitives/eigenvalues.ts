// Eigenvalues and eigenvectors with derivatives that see what is done with the eigenvalues.
//
// The gradient of L(λ(A)) is V·diag(g)·Vᵀ with g = ∂L/∂λ, and the derivative of that along C, in the basis of the
// eigenvectors, has (gⱼ - gᵢ) / (λⱼ - λᵢ) · Cᵢⱼ off the diagonal (Lewis & Sendov 2001, "Twice differentiable spectral
// functions"). Where L is a symmetric function these quotients have limits at equal eigenvalues, which the graph of g
// tells: gᵢ = φ(λᵢ) makes the gradient φ(A), a matrix function; else the limit is ∂gᵢ/∂λᵢ - ∂gᵢ/∂λⱼ.
import { make } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import type { SpectralCalculus } from "../ir/scalar-function.ts";
import { by } from "./arithmetic.ts";
import { matmulBy } from "./contraction.ts";
import { flipMatrix, pack } from "./factorization.ts";
import { select } from "./logic.ts";
import { matrixFunctionPrim, symmetrized } from "./matrix-function.ts";
import { eighPrim, overGaps, spectrumOf } from "./spectral.ts";
import {
  alongAxis,
  batchAll,
  cotangentRule,
  curvatureRule,
  extent,
  type Family,
  offDiagonal,
  type Rule,
  slopes,
  tangentRule,
} from "./spectral-values.ts";
import { reduceSum } from "./spread.ts";
import { uniform } from "./uniform.ts";

/** Vᵀ·(X + Xᵀ)/2·V */
const inBasis = (v: Node, x: Node): Node => matmulBy(flipMatrix(v), matmulBy(symmetrized(x), v));

const EIGENVALUES: Family = {
  name: "eigenvalue",
  records: () => ({
    tangent: eigenvalueTangentPrim,
    cotangent: eigenvalueCotangentPrim,
    curvature: eigenvalueCurvaturePrim,
  }),
  // diag(Vᵀ·X·V)
  tangent(a, packed, x) {
    const [, v] = spectrumOf(packed, extent(a));
    return reduceSum(by(v, matmulBy(symmetrized(x), v)), [v.shape.length - 2]);
  },
  // V·diag(g)·Vᵀ
  cotangent(a, packed, g) {
    const [, v] = spectrumOf(packed, extent(a));
    return matmulBy(by(alongAxis(g, 1), v), flipMatrix(v));
  },
  gradient(a, packed, g, calculus) {
    const same = uniform(g, spectrumOf(packed, extent(a))[0], calculus);
    return same && make(matrixFunctionPrim, [a, ...same.captured], { fn: same.fn, order: 0, flags: same.flags });
  },
  turned(a, packed, g, x, calculus) {
    const [lambda, v] = spectrumOf(packed, extent(a));
    const c = by(inBasis(v, x), slopes(g, lambda, packed, calculus));
    return matmulBy(v, matmulBy(select(offDiagonal(x.shape), c, 0), flipMatrix(v)));
  },
  // 2·Σⱼ CᵢⱼDᵢⱼ / (λᵢ - λⱼ)
  curvature(a, packed, x, y) {
    const [lambda, v] = spectrumOf(packed, extent(a));
    return reduceSum(by(2, by(inBasis(v, x), overGaps(inBasis(v, y), lambda))), [a.shape.length - 2]);
  },
};
export const eigenvalueTangentPrim: Rule = /* @__PURE__ */ tangentRule(EIGENVALUES);
export const eigenvalueCotangentPrim: Rule = /* @__PURE__ */ cotangentRule(EIGENVALUES);
export const eigenvalueCurvaturePrim: Rule = /* @__PURE__ */ curvatureRule(EIGENVALUES);

/** Eigenvalues, then eigenvectors, of (A + Aᵀ)/2, as {@link eighPrim} computes them. */
export const spectrumPrim: Rule = {
  name: "spectrum",
  aval: ([a]) => ({ shape: [...a!.shape.slice(0, -2), extent(a!) * (1 + extent(a!))], dtype: a!.dtype }),
  jvp(node, [da]) {
    if (!da) return undefined;
    const a = node.inputs[0] as Node;
    const [lambda, v] = spectrumOf(node as unknown as Node, extent(a));
    const c = inBasis(v, da);
    const tangent = make(eigenvalueTangentPrim, [a, node as unknown as Node, da], node.params);
    return pack([tangent, matmulBy(v, overGaps(c, lambda))], a.shape.length - 2);
  },
  batch: /* @__PURE__ */ batchAll(() => spectrumPrim) as Rule["batch"],
  lower: { kind: "composition", of: (node) => make(eighPrim, node.inputs) },
};

/** Eigenvalues [.., n], ascending, and eigenvectors [.., n, n] in columns. */
export function spectrum(a: Node, calculus: SpectralCalculus): [Node, Node] {
  return spectrumOf(make(spectrumPrim, [a], { calculus }), extent(a));
}
