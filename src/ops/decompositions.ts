// Cholesky, LU and QR factors, and what is computed from them: linear systems, inverses, determinants, least squares.
// A matrix that cannot be factored gives NaN (Cholesky) or infinities and NaN (a singular system), as in LAPACK and
// JAX;
// `debugNans` names the operation.
import { bring } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { abs, add, mul, sign, sub } from "../primitives/arithmetic.ts";
import { convert } from "../primitives/cast.ts";
import { cholesky as choleskyNode, triangularSolve as triangularSolveNode } from "../primitives/cholesky.ts";
import { matmul } from "../primitives/contraction.ts";
import { floor } from "../primitives/elementary.ts";
import { flipMatrix, tril, triu } from "../primitives/factorization.ts";
import { iota } from "../primitives/leaf.ts";
import { eq, gt, lt, select } from "../primitives/logic.ts";
import { luFactors, lu as luNode, luPermutation, solve as solveNode } from "../primitives/lu.ts";
import { qr as qrNode } from "../primitives/qr.ts";
import { reduceProd } from "../primitives/reduction.ts";
import { concat, reshape, slice } from "../primitives/shape.ts";
import { broadcast, full, reduceSum } from "../primitives/spread.ts";
import { log } from "../primitives/transcendental.ts";
import { batching } from "../run/passes.ts";
import type { Product, Tensor, TensorLike, Value, With } from "../trace/types.ts";
import { apply, checkOptions, operation, unary } from "./apply.ts";
import {
  checkMatrix,
  checkSquare,
  type Decomposition,
  decomposition,
  diagonalOf,
  identityLike,
  overBatch,
  solveWith,
} from "./matrices.ts";

/** An operation on square matrices whose result is one array. */
const ofSquare = (name: string, build: (a: Node) => Node): With<[]> =>
  unary(name, "float", (x) => {
    bring(batching);
    checkSquare(name, x);
    return overBatch([x], (y) => [build(y)])[0] as Node;
  });

/**
 * The lower triangular L with positive diagonal and L·Lᵀ = A, for A symmetric positive definite. As in JAX, A is
 * symmetrized first, `(A + Aᵀ)/2`, so derivatives with respect to A are symmetric. If A is not positive definite, the
 * lower triangle is NaN. @shape a [..., n, n] → [..., n, n]
 */
export const cholesky: With<[]> = /* @__PURE__ */ ofSquare("cholesky", choleskyNode);

export interface TriangularSolveOptions {
  /** Which triangle of `a` is read: the lower one, or the upper one (the default). The other may hold anything. */
  readonly lower?: boolean;
  /** Solve with aᵀ: false unless given. */
  readonly transposeA?: boolean;
  /** Take the diagonal as ones, whatever `a` holds there: false unless given. */
  readonly unitDiagonal?: boolean;
  /** `a` on the left of the unknown (the default), or on its right: X·A = B. */
  readonly leftSide?: boolean;
}

export interface TriangularSolve {
  (a: Tensor, b: TensorLike, options?: TriangularSolveOptions): Tensor;
  (a: TensorLike, b: Tensor, options?: TriangularSolveOptions): Tensor;
  (a: TensorLike, b: TensorLike, options?: TriangularSolveOptions): Value;
}

/**
 * X with T·X = B, T a triangle of A; or Tᵀ·X = B (`transposeA`), X·T = B (`leftSide: false`). A zero on the diagonal
 * gives infinities or NaN. Derivatives with respect to `a` are zero off the triangle. Leading axes are a batch and
 * broadcast.
 * @shape a [..., n, n], b [n] or [..., n, m] → like b
 */
export const triangularSolve: TriangularSolve = /* @__PURE__ */ operation(
  "triangularSolve",
  3,
  (a: TensorLike, b: TensorLike, options: TriangularSolveOptions = {}) => {
    checkOptions("triangularSolve", options, ["lower", "transposeA", "unitDiagonal", "leftSide"]);
    const { lower = false, transposeA = false, unitDiagonal = false, leftSide = true } = options;
    return apply("triangularSolve", [a, b], "float", (x, y) => {
      checkSquare("triangularSolve", x);
      const n = x.shape.at(-1) as number;
      // X·T = B is Tᵀ·Xᵀ = Bᵀ; a vector is its own transpose.
      const flipB = !leftSide && y.shape.length > 1;
      const z = solveWith("triangularSolve", x, flipB ? flipMatrix(y) : y, n, (t, rhs) =>
        transposeA === leftSide
          ? triangularSolveNode(flipMatrix(t), rhs, !lower, unitDiagonal)
          : triangularSolveNode(t, rhs, lower, unitDiagonal),
      );
      return flipB ? flipMatrix(z) : z;
    });
  },
);

/**
 * X with A·X = B given the Cholesky factor L of A: two triangular solves. @shape l [..., n, n], b [n] or [..., n, m]
 * → like b
 */
export const choSolve: Product = /* @__PURE__ */ operation("choSolve", 2, (l: TensorLike, b: TensorLike) =>
  apply("choSolve", [l, b], "float", (x, y) => {
    checkSquare("choSolve", x);
    return solveWith("choSolve", x, y, x.shape.at(-1) as number, (t, rhs) =>
      triangularSolveNode(flipMatrix(t), triangularSolveNode(t, rhs, true, false), false, false),
    );
  }),
);

/**
 * X with A·X = B, by LU factors with partial pivoting; infinities or NaN if A is singular. As in NumPy 2, `b` is one
 * right-hand side only if it is a vector. @shape a [..., n, n], b [n] or [..., n, m] → like b
 */
export const solve: Product = /* @__PURE__ */ operation("solve", 2, (a: TensorLike, b: TensorLike) =>
  apply("solve", [a, b], "float", (x, y) => {
    checkSquare("solve", x);
    return solveWith("solve", x, y, x.shape.at(-1) as number, solveNode);
  }),
);

/**
 * The inverse, `solve(a, eye(n))`. To apply an inverse, `solve` is faster and more accurate. @shape a [..., n, n] →
 * [..., n, n]
 */
export const inv: With<[]> = /* @__PURE__ */ ofSquare("inv", (a) => solveNode(a, identityLike(a)));

/**
 * LU factors with partial pivoting: `take(a, permutation, { axis: 0 })` is `matmul(l, u)`, L with ones on its diagonal.
 * The permutation is a constant to derivatives, which exist where A is not singular.
 * @shape a [..., n, n] → permutation [..., n] (int32), l [..., n, n], u [..., n, n]
 */
export const lu: Decomposition<"permutation" | "l" | "u"> = /* @__PURE__ */ decomposition(
  "lu",
  ["permutation", "l", "u"],
  checkSquare,
  (a) => {
    const f = luNode(a);
    const factors = luFactors(f);
    return [luPermutation(f), add(tril(factors, true), identityLike(factors)), triu(factors)];
  },
);

/** +1 or -1 with the number of inversions of a permutation. */
function parity(p: Node, like: Node): Node {
  const n = p.shape.at(-1) as number;
  const lead = p.shape.slice(0, -1);
  const shape = [...lead, n, n];
  const axes = lead.map((_, i) => i);
  const [rows, columns] = [
    broadcast(p, shape, [...axes, lead.length]),
    broadcast(p, shape, [...axes, lead.length + 1]),
  ];
  const index = (axis: number): Node => iota(shape, lead.length + axis, "int32");
  const inverted = select(lt(index(0), index(1)), convert(gt(rows, columns), "float64"), 0);
  const half = mul(0.5, reduceSum(inverted, [lead.length, lead.length + 1]));
  return convert(sub(1, mul(4, sub(half, floor(half)))), like.dtype);
}

/** Determinants up to 4 × 4 as polynomials: their derivatives exist for singular matrices too. */
function smallDeterminant(a: Node): Node {
  const n = a.shape.at(-1) as number;
  const lead = a.shape.slice(0, -2);
  const at = (i: number, j: number): Node =>
    reshape(slice(slice(a, lead.length, i, i + 1), lead.length + 1, j, j + 1), lead);
  if (n === 0) return full(lead, 1, a.dtype);
  if (n === 1) return at(0, 0);
  const minor = (i: number, j: number, k: number, l: number): Node =>
    sub(mul(at(i, k), at(j, l)), mul(at(i, l), at(j, k)));
  if (n === 2) return minor(0, 1, 0, 1);
  if (n === 3)
    return add(
      sub(mul(at(0, 0), minor(1, 2, 1, 2)), mul(at(0, 1), minor(1, 2, 0, 2))),
      mul(at(0, 2), minor(1, 2, 0, 1)),
    );
  // By the minors of the first two rows (Laplace).
  const both = (i: number, j: number, k: number, l: number): Node => mul(minor(0, 1, i, j), minor(2, 3, k, l));
  const outer = add(both(0, 1, 2, 3), both(2, 3, 0, 1));
  const inner = add(both(0, 3, 1, 2), both(1, 2, 0, 3));
  return sub(add(outer, inner), add(both(0, 2, 1, 3), both(1, 3, 0, 2)));
}

/**
 * The determinant: a polynomial up to 4 × 4, else from LU factors, whose derivative is NaN at a singular matrix. For
 * large matrices it over- or underflows; use `slogdet`. @shape a [..., n, n] → [...]
 */
export const det: With<[]> = /* @__PURE__ */ ofSquare("det", (a) => {
  if ((a.shape.at(-1) as number) <= 4) return smallDeterminant(a);
  const f = luNode(a);
  const d = diagonalOf(luFactors(f));
  return mul(parity(luPermutation(f), a), reduceProd(d, [d.shape.length - 1]));
});

/**
 * Sign and logarithm of the magnitude of the determinant; 0 and -∞ for a singular matrix. The derivative of
 * `logabsdet` is A⁻ᵀ, of `sign` zero. @shape a [..., n, n] → sign [...], logabsdet [...]
 */
export const slogdet: Decomposition<"sign" | "logabsdet"> = /* @__PURE__ */ decomposition(
  "slogdet",
  ["sign", "logabsdet"],
  checkSquare,
  (a) => {
    const f = luNode(a);
    const d = diagonalOf(luFactors(f));
    const axis = [d.shape.length - 1];
    const signs = reduceProd(sign(d), axis);
    return [
      select(eq(signs, 0), full(signs.shape, 0, a.dtype), mul(parity(luPermutation(f), a), signs)),
      reduceSum(log(abs(d)), axis),
    ];
  },
);

/** QR factors of any shape: with more columns than rows, those of the first columns, and Qᵀ times the others. */
function reducedQr(a: Node): [q: Node, r: Node] {
  const [m, n] = a.shape.slice(-2) as [number, number];
  if (m >= n) return qrNode(a);
  const axis = a.shape.length - 1;
  const [q, r] = qrNode(slice(a, axis, 0, m));
  return [q, concat([r, matmul(flipMatrix(q), slice(a, axis, m, n))], axis)];
}

/**
 * Reduced QR factors, A = Q·R with orthonormal columns of Q and R upper triangular, by Householder reflections; signs
 * as in LAPACK and NumPy (R's diagonal may be negative). Derivatives exist where the first k = min(m, n) columns are
 * independent.
 * @shape a [..., m, n] → q [..., m, k], r [..., k, n]
 */
export const qr: Decomposition<"q" | "r"> = /* @__PURE__ */ decomposition("qr", ["q", "r"], checkMatrix, reducedQr);

/**
 * The x that minimizes ‖A·x - b‖₂, for A of full rank, by QR factors; with fewer rows than columns the shortest x with
 * A·x = b. Unlike NumPy's, the result is x alone. @shape a [..., m, n], b [m] or [..., m, k] → [n] or [..., n, k]
 */
export const lstsq: Product = /* @__PURE__ */ operation("lstsq", 2, (a: TensorLike, b: TensorLike) =>
  apply("lstsq", [a, b], "float", (x, y) => {
    checkMatrix("lstsq", x);
    const [m, n] = x.shape.slice(-2) as [number, number];
    return solveWith("lstsq", x, y, m, (t, rhs) => {
      if (m >= n) {
        const [q, r] = qrNode(t);
        return triangularSolveNode(r, matmul(flipMatrix(q), rhs), false, false);
      }
      const [q, r] = qrNode(flipMatrix(t));
      return matmul(q, triangularSolveNode(flipMatrix(r), rhs, true, false));
    });
  }),
);
