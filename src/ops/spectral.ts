// Eigenvalues of symmetric matrices, singular values, and the matrix exponential.
import { spectralCalculus } from "../ad/scalar-function.ts";
import type { Node } from "../ir/graph.ts";
import { spectrum } from "../primitives/eigenvalues.ts";
import { flipMatrix } from "../primitives/factorization.ts";
import { singularSpectrum } from "../primitives/singular-values.ts";
import { expm } from "../primitives/spectral.ts";
import type { TensorLike, With } from "../trace/types.ts";
import { apply, operation } from "./apply.ts";
import { checkMatrix, checkSquare, type Decomposition, decomposition, overBatch } from "./matrices.ts";

/**
 * Eigenvalues, ascending, and orthonormal eigenvectors, in columns, of a symmetric matrix: `A·V = V·diag(λ)`. As in
 * JAX, A is symmetrized first, `(A + Aᵀ)/2`. Each vector's entry of largest magnitude is positive.
 *
 * Derivatives of eigenvalues exist where they are simple. Those of a symmetric function of all eigenvalues, such as
 * `sum(square(log(eigenvalues)))` or their product, are right to second order where they are equal or nearly so too.
 * Those of eigenvectors need distinct eigenvalues, and are infinite or NaN where two are equal up to rounding, also in
 * V·diag(f(λ))·Vᵀ, which is smooth: use `funmh` for that. @shape a [..., n, n] → eigenvalues [..., n], eigenvectors
 * [..., n, n]
 */
export const eigh: Decomposition<"eigenvalues" | "eigenvectors"> = /* @__PURE__ */ decomposition(
  "eigh",
  ["eigenvalues", "eigenvectors"],
  checkSquare,
  (a) => spectrum(a, spectralCalculus),
);

/**
 * The eigenvalues, ascending, of a symmetric matrix, which is symmetrized first, as in {@link eigh}: so are their
 * derivatives.
 * @shape a [..., n, n] → [..., n]
 */
export const eigvalsh: With<[]> = /* @__PURE__ */ operation("eigvalsh", 1, (a: TensorLike) =>
  apply("eigvalsh", [a], "float", (x) => {
    checkSquare("eigvalsh", x);
    return overBatch([x], (y) => [spectrum(y, spectralCalculus)[0]])[0] as Node;
  }),
);

/**
 * The reduced singular value decomposition, A = U·diag(s)·Vᵀ, with s descending and k = min(m, n). Signs make the
 * entry of largest magnitude of each right (with more columns than rows: left) singular vector positive. Derivatives
 * of U and Vᵀ exist for distinct singular values, and, unless A is square, none of them zero. A symmetric function of
 * all singular values, such as the nuclear norm or `sum(square(log(s)))`, has right gradients and second derivatives
 * where they are equal or nearly so too. What goes through U or Vᵀ is infinite or NaN there from the gradient on,
 * also U·diag(f(s))·Vᵀ, which is smooth: `a` itself for f(s) = s,
 * `transpose(pinv(a))` for 1/s, `matmul(a, powmh(matmul(transpose(a), a), -0.5))` for the polar factor U·Vᵀ, and for
 * any f `matmul(a, funmh(matmul(transpose(a), a), (t) => div(f(sqrt(t)), sqrt(t))))`, all right to every order.
 * @shape a [..., m, n] → u [..., m, k], s [..., k], vt [..., k, n]
 */
export const svd: Decomposition<"u" | "s" | "vt"> = /* @__PURE__ */ decomposition(
  "svd",
  ["u", "s", "vt"],
  checkMatrix,
  (a: Node) => {
    const [m, n] = a.shape.slice(-2) as [number, number];
    if (m >= n) return singularSpectrum(a, spectralCalculus);
    const [u, s, vt] = singularSpectrum(flipMatrix(a), spectralCalculus);
    return [flipMatrix(vt), s, flipMatrix(u)];
  },
);

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
