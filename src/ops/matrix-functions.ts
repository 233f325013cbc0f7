// Functions of symmetric matrices through their eigenvalues, with derivatives that know no exception at equal ones.
import type { Node } from "../ir/graph.ts";
import type { ScalarFunction } from "../ir/scalar-function.ts";
import { matrixFunction, spectralSum as spectralSumNode } from "../primitives/matrix-function.ts";
import { requireFunction } from "../trace/trace.ts";
import type { Tensor, TensorLike, Unary, Value } from "../trace/types.ts";
import { apply, operation } from "./apply.ts";
import { pow, sqrt } from "./arithmetic.ts";
import { exp, log } from "./elementary.ts";
import { checkSquare, overBatch } from "./matrices.ts";
import { type ScalarFn, scalarOf } from "./scalar-functions.ts";

/** An operation on square matrices with a function of one number. */
export interface OfSpectrum {
  (a: Tensor, f: ScalarFn): Tensor;
  (a: TensorLike, f: ScalarFn): Value;
}

type Build = (a: Node, fn: ScalarFunction, captured: readonly Node[]) => Node;

function ofSpectrum(name: string, a: TensorLike, f: ScalarFn, build: Build): Tensor | Value {
  requireFunction(name, f);
  return apply(name, [a], "float", (node) => {
    checkSquare(name, node);
    const { fn, captured } = scalarOf(name, f, node.dtype, "each eigenvalue");
    return overBatch([node], (m) => [build(m, fn, captured)])[0] as Node;
  });
}

/**
 * The function `f` of a symmetric matrix, V·diag(f(λ))·Vᵀ for A = V·diag(λ)·Vᵀ; A is symmetrized first, `(A + Aᵀ)/2`.
 * `f` is a function of one number, traced and differentiated here: `funmh(a, (x) => div(1, add(1, x)))`. It may use
 * other traced values.
 *
 * Derivatives of any order are right also where eigenvalues are equal or nearly so (Daleckii and Krein's formula with
 * confluent divided differences), which derivatives through `eigh` are not. They need as many derivatives of `f` at
 * the eigenvalues; where those are infinite or NaN, so is the result. The work of the m-th one grows as nᵐ⁺¹.
 * @shape a [..., n, n] → [..., n, n]
 * @throws HvpError if `a` is not square, or `f` does not return one number
 */
export const funmh: OfSpectrum = /* @__PURE__ */ operation("funmh", 2, (a: TensorLike, f: ScalarFn) =>
  ofSpectrum("funmh", a, f, matrixFunction),
);

/**
 * The sum of `f` over the eigenvalues of a symmetric matrix, Σ f(λᵢ) = tr f(A), such as the logarithm of a determinant,
 * `spectralSum(a, log)`, or an energy of principal stretches. A is symmetrized first. The gradient is `funmh(a, f')`,
 * and derivatives of any order are right also at equal eigenvalues, as for {@link funmh}.
 * @shape a [..., n, n] → [...]
 * @throws HvpError if `a` is not square, or `f` does not return one number
 */
export const spectralSum: OfSpectrum = /* @__PURE__ */ operation("spectralSum", 2, (a: TensorLike, f: ScalarFn) =>
  ofSpectrum("spectralSum", a, f, spectralSumNode),
);

/**
 * The logarithm of a symmetric positive definite matrix, by {@link funmh}. Not the logarithms of its elements, which
 * is `log`. NaN where an eigenvalue is negative. @shape a [..., n, n] → [..., n, n]
 */
export const logmh: Unary = /* @__PURE__ */ operation("logmh", 1, (a: TensorLike) =>
  ofSpectrum("logmh", a, log, matrixFunction),
);

/**
 * The symmetric positive semidefinite square root of a symmetric positive semidefinite matrix, by {@link funmh}. NaN
 * where an eigenvalue is negative; derivatives are infinite at an eigenvalue 0. @shape a [..., n, n] → [..., n, n]
 */
export const sqrtmh: Unary = /* @__PURE__ */ operation("sqrtmh", 1, (a: TensorLike) =>
  ofSpectrum("sqrtmh", a, sqrt, matrixFunction),
);

/**
 * The exponential of a symmetric matrix, by {@link funmh}: for one that need not be symmetric, see `matrixExp`.
 * @shape a [..., n, n] → [..., n, n]
 */
export const expmh: Unary = /* @__PURE__ */ operation("expmh", 1, (a: TensorLike) =>
  ofSpectrum("expmh", a, exp, matrixFunction),
);

/** A power of symmetric matrices. */
export interface MatrixPower {
  (a: Tensor, exponent: TensorLike): Tensor;
  (a: TensorLike, exponent: Tensor): Tensor;
  (a: TensorLike, exponent: TensorLike): Value;
}

/**
 * A real power of a symmetric positive definite matrix, by {@link funmh}; `powmh(a, -0.5)` whitens. The exponent is
 * one number and may be traced. Powers and their derivatives at eigenvalues 0 and below are those of `pow`.
 * (`matrixPower` multiplies a matrix of any kind by itself.) @shape a [..., n, n], exponent [] → [..., n, n]
 * @throws HvpError if `a` is not square, or the exponent not one number
 */
export const powmh: MatrixPower = /* @__PURE__ */ operation("powmh", 2, (a: TensorLike, exponent: TensorLike) =>
  ofSpectrum("powmh", a, (x) => pow(x, exponent), matrixFunction),
);
