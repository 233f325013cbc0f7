// Requests that few solvers make, with what answers them where the solver is traced: whole Hessians and Jacobians.
import { hessian, jacfwd, jacrev } from "../api/jacobian.ts";
import type { Tensor } from "../trace/tracer.ts";
import type { Asked, Point, Residuals, TracedFunction } from "./requests.ts";
import { isolated } from "./vectors.ts";

/** The Hessian at a point. */
export function* matrixAt(at: Point): Asked<Tensor> {
  const traced = (f: TracedFunction): unknown =>
    isolated([at.x], (x) => [hessian(f)(x as Tensor) as unknown as Tensor])[0];
  return (yield { kind: "matrix", at, traced }) as Tensor;
}
/** The residuals at `x`, a vector. */
export function* residualAt(x: Tensor): Asked<Residuals> {
  return (yield { kind: "residual", x, traced: (f) => residualsOf(f, x) }) as Residuals;
}
/** Their Jacobian, a row for each; anything where `when` does not hold. */
export function* jacobianAt(at: Residuals, when: Tensor): Asked<Tensor> {
  return (yield { kind: "jacobian", at, when }) as Tensor;
}

/** Residuals and Jacobian, which have most of their computation in common. */
function residualsOf(f: TracedFunction, x: Tensor): Residuals {
  const [residual, key] = isolated([x], (x0) => {
    const x = x0 as Tensor;
    const r = f(x);
    const jacobian = x.size <= r.size ? jacfwd : jacrev;
    return [r, jacobian(f)(x) as unknown as Tensor];
  }) as [Tensor, Tensor];
  return { x, residual, key };
}
