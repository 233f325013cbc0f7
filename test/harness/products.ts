// The ways to write a Hessian-vector product, and errors of their results relative to their largest element.
import { expect } from "vitest";
import { grad, jvp, objective, type Tensor, vdot } from "../../src/index.ts";
import type { Scalar } from "./case-functions.ts";
import { flat } from "./flat.ts";

export const compositions: Record<string, (f: Scalar, x: never, v: never) => unknown> = {
  "forward over reverse": (f, x, v) => (jvp(grad(f), [x], [v]) as unknown[])[1],
  "reverse over reverse": (f, x, v) => grad((y: Tensor) => vdot(grad(f)(y), v))(x),
  "reverse over forward": (f, x, v) => grad((y: Tensor) => (jvp(f, [y], [v]) as [Tensor, Tensor])[1])(x),
  "at a point": (f, x, v) => objective(f, x).at(x).hvp(v),
};

/** The largest error of `got`, relative to the largest number wanted; infinite where one is NaN. */
export function largestError(got: unknown, want: unknown): number {
  const [g, w] = [flat(got as never), flat(want as never)];
  expect(g.length).toBe(w.length);
  const scale = Math.max(...w.map(Math.abs)) || 1;
  const worst = Math.max(...g.map((y, i) => Math.abs(y - (w[i] as number)))) / scale;
  return Number.isNaN(worst) ? Number.POSITIVE_INFINITY : worst;
}
