// The derivatives of minima beside those of solutions in closed form, and beside differences.
import { describe, expect, test } from "vitest";
import {
  add,
  exp,
  grad,
  hvp,
  jit,
  jvp,
  logsumexp,
  matmul,
  mul,
  solve,
  square,
  sub,
  sum,
  transpose,
  vmap,
} from "../../src/index.ts";
import { implicitMinimum } from "../../src/optimize.ts";
import type { Tensor } from "../../src/trace/tracer.ts";
import { message } from "../harness/message.ts";
import { near } from "../harness/near.ts";

const [m, n] = [12, 4];
const design = Array.from({ length: m }, (_, i) => Array.from({ length: n }, (_, k) => Math.cos(i * (k + 1) + k)));
const y = Float64Array.from({ length: m }, (_, i) => Math.sin(2 * i) + 0.1 * i);
const eye = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, k) => (i === k ? 1 : 0)));

/** Ridge regression with a weight for each coefficient; its solution is a linear system. */
const ridge = (w: Tensor, theta: Tensor): Tensor =>
  add(sum(square(sub(matmul(design, w), y))), sum(mul(exp(theta), square(w))));
const closed = (theta: Tensor): Tensor => {
  const x = transpose(design);
  return solve(add(matmul(x, design), mul(eye, exp(theta))), matmul(x, y)) as unknown as Tensor;
};
const loss = (w: Tensor): Tensor => sum(mul([1, -2, 3, 0.5], square(sub(w, 0.3))));
const theta = Float64Array.of(0.3, -1, 0.5, 1);
const v = Float64Array.of(1, 0.2, -0.7, 0.4);

describe.each(["dense", "cg"] as const)("implicitMinimum, %s", (solver) => {
  const minimum = implicitMinimum(ridge, { solver, gtol: 1e-8 });
  const outer = (t: Tensor): Tensor => loss(minimum(t, new Float64Array(n)) as unknown as Tensor);
  const exact = (t: Tensor): Tensor => loss(closed(t));

  test("is the minimum", () => {
    near(minimum(theta, new Float64Array(n)) as Float64Array, closed(theta as never) as unknown as Float64Array, 10);
  });
  test("has the gradient of the solution, and its Hessian-vector products", () => {
    near(grad(outer)(theta), grad(exact)(theta), 9);
    near(hvp(outer, theta, v), hvp(exact, theta, v), 8);
    const f = jit((t: Tensor) => [grad(outer)(t), hvp(outer, t, v)]);
    near((f(theta) as unknown as Float64Array[])[1] as Float64Array, hvp(exact, theta, v), 8);
  });
  test("in forward mode, and in batches", () => {
    near([jvp(outer, [theta], [v])[1] as number], [jvp(exact, [theta], [v])[1] as number], 9);
    const both = { data: Float64Array.of(...theta, ...v), shape: [2, n] };
    near((vmap(outer)(both) as Float64Array).slice(), [outer(theta as never), outer(v as never)] as never, 9);
  });
});

test("of a function that is not quadratic, of trees, with what it takes from outside", () => {
  // w(a, b): softmax regression of two weights with a penalty b; beside differences of minima.
  const minimum = implicitMinimum(
    (w: { u: Tensor; c: Tensor }, t: { a: Tensor }) =>
      sub(
        add(logsumexp(mul(w.u, [1, 2, 3])), mul(t.a, add(sum(square(w.u)), square(sub(w.c, t.a))))),
        mul(0.5, add(w.u.at(0), w.c)),
      ),
    { gtol: 1e-10 },
  );
  const value = (a: number): number => {
    const w = minimum({ a }, { u: [0, 0, 0], c: 0 }) as unknown as { u: Float64Array; c: number };
    return (w.u[0] as number) * w.c + (w.u[2] as number);
  };
  const f = (a: Tensor): Tensor => {
    const w = minimum({ a }, { u: [0, 0, 0], c: 0 }) as unknown as { u: Tensor; c: Tensor };
    return add(mul(w.u.at(0), w.c), w.u.at(2));
  };
  const h = 1e-4;
  expect(grad(f)(0.7)).toBeCloseTo((value(0.7 + h) - value(0.7 - h)) / (2 * h), 6);
  expect(hvp(f, 0.7, 1)).toBeCloseTo((value(0.7 + h) - 2 * value(0.7) + value(0.7 - h)) / h ** 2, 4);
  const outside = (b: Tensor): Tensor =>
    implicitMinimum((w: Tensor, t: Tensor) => add(square(sub(w, b)), mul(t, square(w))))(1, 0) as unknown as Tensor;
  expect(grad(outside)(3)).toBeCloseTo(0.5, 10);
});

test("is NaN where there is no minimum", () => {
  const none = implicitMinimum((w: Tensor, t: Tensor) => mul(t, w), { maxIterations: 20 });
  expect(none(1, 0)).toBeNaN();
});
test("refuses what it cannot do", () => {
  expect(message(() => implicitMinimum(ridge, { method: "tron" as never }))).toContain("bounds has no derivatives");
  expect(message(() => implicitMinimum(ridge, { solver: "lu" as never }))).toContain('solver is the string "lu"');
  expect(message(() => implicitMinimum(((w: Tensor, _: Tensor) => w) as never)(1 as never, [1, 2] as never))).toContain(
    "scalar",
  );
  expect(message(() => implicitMinimum(ridge)(theta, Int32Array.of(1, 2, 3, 4) as never))).toContain("int32");
});
