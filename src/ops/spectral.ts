// Eigenvalues of symmetric matrices, singular values, and the matrix exponential.
import type { Node } from "../ir/graph.ts";
import { flipMatrix } from "../primitives/factorization.ts";
import { eigh as eighNode, expm, svd as svdNode } from "../primitives/spectral.ts";
import type { TensorLike, With } from "../trace/types.ts";
import { apply, operation } from "./apply.ts";
import { checkMatrix, checkSquare, type Decomposition, decomposition, overBatch } from "./matrices.ts";

/**
 * Eigenvalues, ascending, and orthonormal eigenvectors, in columns, of a symmetric matrix: `A·V = V·diag(λ)`. As in JAX, A is
 * symmetrized first, `(A + Aᵀ)/2`. Each vector's entry of largest magnitude is positive. Derivatives of the eigenvalues exist
 * where the eigenvalues in question are simple; those of the vectors need all eigenvalues distinct, and are NaN or infinite
 * where they are not. @shape a [..., n, n] → eigenvalues [..., n], eigenvectors [..., n, n]
 */
export const eigh: Decomposition<"eigenvalues" | "eigenvectors"> = /* @__PURE__ */ decomposition(
  "eigh",
  ["eigenvalues", "eigenvectors"],
  checkSquare,
  eighNode,
);

/**
 * The reduced singular value decomposition, A = U·diag(s)·Vᵀ, with s descending and k = min(m, n). Signs make the entry of
 * largest magnitude of each right (with more columns than rows: left) singular vector positive. Derivatives of U and Vᵀ exist
 * for distinct singular values, and, unless A is square, none of them zero.
 * @shape a [..., m, n] → u [..., m, k], s [..., k], vt [..., k, n]
 */
export const svd: Decomposition<"u" | "s" | "vt"> = /* @__PURE__ */ decomposition("svd", ["u", "s", "vt"], checkMatrix, (a: Node) => {
  const [m, n] = a.shape.slice(-2) as [number, number];
  if (m >= n) return svdNode(a);
  const [u, s, vt] = svdNode(flipMatrix(a));
  return [flipMatrix(vt), s, flipMatrix(u)];
});

/**
 * The exponential of a square matrix, Σ Aᵏ/k!, by scaling and squaring with Padé approximants (Higham 2005). Not the
 * exponentials of its elements, which is `exp`. @shape a [..., n, n] → [..., n, n]
 */
export const matrixExp: With<[]> = /* @__PURE__ */ operation("matrixExp", 1, (a: TensorLike) =>
  apply("matrixExp", [a], "float", (x) => {
    checkSquare("matrixExp", x);
    return overBatch([x], (y) => [expm(y)])[0] as Node;
  }),
);
