// `trust-exact`: the trust-region subproblem solved to rounding, by the eigenvectors of the Hessian. For up to a few
// hundred unknowns; where the Hessian is indefinite nothing else is as sure.
import { matmul } from "../ops/linalg.ts";
import { transpose } from "../ops/shape.ts";
import { eigh } from "../ops/spectral.ts";
import type { Tensor } from "../trace/tracer.ts";
import { matrixAt } from "./rare-requests.ts";
import { when } from "./requests.ts";
import { onSphere } from "./sphere.ts";
import { trustRegion } from "./trust-region.ts";
import { count, isolated, pick, zerosOf } from "./vectors.ts";

export const trustExact = /* @__PURE__ */ trustRegion("trust-exact", function* (at, _, isAsked) {
  const { size: n } = at.x;
  const { hessian } = yield* when(isAsked, { hessian: zerosOf([n, n], at.x.dtype) }, function* () {
    return { hessian: yield* matrixAt(at) };
  });
  const [lambda, vectors] = isolated([hessian], (h) => {
    const { eigenvalues, eigenvectors } = eigh(h as Tensor);
    return [eigenvalues, eigenvectors];
  }) as [Tensor, Tensor];
  const g = timesTransposed(vectors, at.grad);
  return {
    products: pick(isAsked, count(n), count(0)),
    *within(radius) {
      const { step, ...rest } = yield* onSphere(lambda, g, radius);
      return { step: times(vectors, step), products: count(0), ...rest };
    },
  };
});

/** The product with a matrix, and with its transpose: the order of additions is that of a kernel. */
export const times = (a: Tensor, x: Tensor): Tensor =>
  isolated([a, x], (m, v) => [matmul(m as Tensor, v as Tensor)])[0] as Tensor;
export const timesTransposed = (a: Tensor, x: Tensor): Tensor =>
  isolated([a, x], (m, v) => [matmul(transpose(m as Tensor), v as Tensor)])[0] as Tensor;
