// `trust-krylov`: the trust-region subproblem in the space of Krylov vectors of the gradient, solved to rounding there.
// The method of Gould, Lucidi, Roma and Toint, "Solving the trust-region subproblem using the Lanczos method", SIAM
// Journal on Optimization 9 (1999), section 5, with vectors that are kept and made orthogonal to all others. Where the
// radius shrinks the vectors still serve.
import { abs, add, div, maximum, mul, sub } from "../ops/arithmetic.ts";
import { remainder } from "../ops/elementary.ts";
import { at as item } from "../ops/indexing.ts";
import { and, eq, ge, gt, le, lt, or, where } from "../ops/logic.ts";
import { max } from "../ops/reduce.ts";
import { dynamicUpdateSlice } from "../ops/scatter.ts";
import { reshape } from "../ops/shape.ts";
import { eigh } from "../ops/spectral.ts";
import type { Tensor } from "../trace/tracer.ts";
import { times, timesTransposed } from "./exact.ts";
import { epsilonOf } from "./progress.ts";
import { type Asked, type Point, product, repeat, when } from "./requests.ts";
import { onSphere } from "./sphere.ts";
import { toleranceFor } from "./truncated-newton.ts";
import { trustRegion } from "./trust-region.ts";
import { count, dot, indices, isolated, length, loose, number, pick, scaled, zerosOf } from "./vectors.ts";

/** Vectors that are kept at most. */
const MOST_VECTORS = 64;
/** Vectors between looks at the solution, whose cost is that of eigenvectors of a small matrix. */
const LOOK_EVERY = 8;

/** Lanczos vectors as rows, and the tridiagonal matrix of the Hessian in their coordinates. */
interface Basis {
  readonly vectors: Tensor;
  readonly diagonal: Tensor;
  /** Below the diagonal; the last one leads out of the space. */
  readonly beside: Tensor;
  readonly count: Tensor;
}

export const trustKrylov = /* @__PURE__ */ trustRegion("trust-krylov", function* (at, radius, isAsked) {
  const basis = yield* lanczos(at, radius, isAsked);
  const { lambda, g, back } = inEigenvectors(basis, length(at.grad));
  return {
    products: basis.count,
    *within(radius) {
      const { step, ...rest } = yield* onSphere(lambda, g, radius);
      return { step: timesTransposed(basis.vectors, back(step)), products: count(0), ...rest };
    },
  };
});

/** Vectors until the solution within `radius` is in their space, as well as `toleranceFor` asks. */
function* lanczos(at: Point, radius: Tensor, isAsked: Tensor): Asked<Basis> {
  const { size: n, dtype } = at.grad.node;
  const most = Math.min(n, MOST_VECTORS);
  const size = length(at.grad);
  const tol = toleranceFor(at.grad);
  const places = indices(most);
  const init = {
    vectors: zerosOf([most, n], dtype),
    diagonal: zerosOf([most], dtype),
    beside: zerosOf([most], dtype),
    count: count(0),
    next: scaled(div(1, size), at.grad),
    residual: pick(isAsked, number(Number.POSITIVE_INFINITY), number(0)),
  };
  const goesOn = (s: typeof init): Tensor => and(gt(s.residual, tol), lt(s.count, most));
  return yield* repeat(init, goesOn, function* (s) {
    const vectors = dynamicUpdateSlice(s.vectors, reshape(s.next, [1, n]), [s.count, 0]) as Tensor;
    const w = yield* product(at, s.next);
    const along = dot(s.next, w);
    const rest = apart(vectors, apart(vectors, w));
    const beta = length(rest);
    const isHere = eq(places, s.count);
    const basis = {
      vectors,
      diagonal: where(isHere, loose(along), s.diagonal),
      beside: where(isHere, loose(beta), s.beside),
      count: add(s.count, 1),
    };
    const isWhole = le(beta, mul(add(abs(along), length(w)), 4 * epsilonOf(w)));
    const looks = or(eq(remainder(basis.count, LOOK_EVERY), 0), or(isWhole, ge(basis.count, most)));
    const { residual } = yield* when(looks, { residual: s.residual }, function* () {
      const { lambda, g, back } = inEigenvectors(basis, size);
      const { step } = yield* onSphere(lambda, g, radius);
      const last = dot(back(step), where(isHere, 1, zerosOf([most], dtype)));
      return { residual: pick(isWhole, number(0), abs(mul(beta, last))) };
    });
    return { ...basis, next: scaled(div(1, pick(isWhole, number(1), beta)), rest), residual };
  });
}

/** `w` without its parts along the rows of `vectors`. */
const apart = (vectors: Tensor, w: Tensor): Tensor => sub(w, timesTransposed(vectors, times(vectors, w)));

/** Eigenvalues of the tridiagonal matrix, the gradient in the coordinates of its eigenvectors, and the way back. */
function inEigenvectors({ diagonal, beside, count: m }: Basis, size: Tensor) {
  const [lambda, vectors] = isolated([diagonal, beside, m], (...of) => {
    const { eigenvalues, eigenvectors } = eigh(tridiagonal(...(of as [Tensor, Tensor, Tensor])));
    return [eigenvalues, eigenvectors];
  }) as [Tensor, Tensor];
  return { lambda, g: scaled(size, item(vectors, 0)), back: (y: Tensor): Tensor => times(vectors, y) };
}

/** Of the first `m` places; the others have eigenvalues beyond all of these, and no part of the gradient. */
function tridiagonal(diagonal: Tensor, beside: Tensor, m: Tensor): Tensor {
  const k = diagonal.size;
  const [row, column] = [reshape(indices(k), [k, 1]), reshape(indices(k), [1, k])];
  const bound = add(max(abs(diagonal)), add(mul(max(abs(beside)), 2), 1));
  const below = where(eq(row, add(column, 1)), reshape(beside, [1, k]), 0);
  const above = where(eq(column, add(row, 1)), reshape(beside, [k, 1]), below);
  const inside = where(eq(row, column), reshape(diagonal, [k, 1]), above);
  return where(lt(maximum(row, column), m), inside, where(eq(row, column), bound, 0));
}
