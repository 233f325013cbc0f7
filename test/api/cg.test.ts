// cg against dense solves: values and derivatives to order 3 in all compositions, preconditioners and the ends.
import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import type { Any } from "../harness/misuse.ts";
import { plain } from "../harness/plain.ts";

const { add, at, cg, diag, div, grad, hessian, hvp, jacfwd, jacrev, jit, jvp, matmul, mul, objective } = library as Any;
const { scan, solve, square, stack, sub, sum, vdot, vjp, vmap } = library as Any;

const A = [
  [4, 1, 0],
  [1, 3, -1],
  [0, -1, 2],
];
const TIGHT = { tol: 1e-14 };
const tilt = [1, 2, 3];

/** Σ x² of the solution of (A + diag(w²))·x = w·tilt, by cg on a function, on a matrix, and by LU factors. */
const iterative = (w: Any): Any =>
  sum(square(cg((x: Any) => add(matmul(A, x), mul(square(w), x)), mul(w, tilt), TIGHT)));
const onMatrix = (w: Any): Any => sum(square(cg(add(A, diag(square(w))), mul(w, tilt), TIGHT)));
const dense = (w: Any): Any => sum(square(solve(add(A, diag(square(w))), mul(w, tilt))));

const w = [1, 0.5, -1];
const v = [0.3, -1, 0.4];
const along = (f: Any) => (x: Any) => vdot(grad(f)(x), v);

function expectNear(got: Any, want: Any, tolerance = 1e-12): void {
  const [a, b] = [[plain(got)].flat(9), [plain(want)].flat(9)] as [number[], number[]];
  expect(a.length).toBe(b.length);
  a.forEach((x, i) =>
    expect(Math.abs(x - (b[i] as number))).toBeLessThanOrEqual(tolerance * Math.max(1, ...b.map(Math.abs))),
  );
}

describe.each([
  ["a function", iterative],
  ["a matrix", onMatrix],
])("of %s", (_, f) => {
  test.each<[string, (g: Any) => Any]>([
    ["value", (g) => g(w)],
    ["gradient", (g) => grad(g)(w)],
    ["forward gradient", (g) => jacfwd(g)(w)],
    ["jvp", (g) => jvp(g, [w], [v])],
    ["hessian", (g) => hessian(g)(w)],
    ["hvp", (g) => hvp(g, w, v)],
    ["reverse over reverse", (g) => grad(along(g))(w)],
    ["reverse over forward", (g) => grad((x: Any) => jvp(g, [x], [v])[1])(w)],
    ["forward over forward", (g) => jacfwd(jacfwd(g))(w)],
    ["third order", (g) => hvp(along(g), w, v)],
    ["jit", (g) => jit(grad(g))(w)],
    ["an objective at a point", (g) => objective(g, w).at(w).hvp(v)],
    ["a batch", (g) => vmap((x: Any) => hvp(g, x, v))([w, v])],
    [
      "a batch in a batch",
      (g) =>
        vmap(vmap(grad(g)))([
          [w, v],
          [v, w],
        ]),
    ],
    ["in a scan", (g) => grad((x: Any) => sum(scan((c: Any, s: Any) => [c, g(mul(c, s))], x, [1, 2])[1]))(w)],
  ])("%s", (_, of) => expectNear(of(f), of(dense)));
});

describe("the transpose", () => {
  test("with respect to b is the solution itself, with respect to a matrix that of solve", () => {
    const [x, back] = vjp((b: Any) => cg(A, b, TIGHT), tilt);
    expectNear(x, solve(A, tilt));
    expectNear(back(v)[0], solve(A, v));
    const of = (s: Any) => (a: Any) => vdot(v, s(a, tilt, TIGHT));
    expectNear(grad(of(cg))(A), grad(of((a: Any, b: Any) => solve(a, b)))(A));
    expectNear(jacrev((b: Any) => cg(A, b, TIGHT))(tilt), library.inv(A));
  });
});

describe("preconditioners and starts", () => {
  const n = 50;
  const d = Float64Array.from({ length: n }, (_, i) => 1 + i ** 2);
  const operator = (x: Any) => add(mul(d, x), mul(0.1, sum(x)));
  const b = Float64Array.from({ length: n }, (_, i) => Math.cos(i));
  test("change how many iterations are needed, and no derivative", () => {
    const after = (maxIterations: number, more: Any): number => {
      const x = cg(operator, b, { tol: 0, maxIterations, ...more });
      return Math.max(...Array.from(sub(operator(x), b) as Float64Array, Math.abs));
    };
    expect(after(6, {})).toBeGreaterThan(1e-2);
    expect(after(6, { M: (r: Any) => div(r, d) })).toBeLessThan(1e-12);
    expect(after(6, { M: diag(div(1, d)) })).toBeLessThan(1e-12);
    expect(after(0, { x0: cg(operator, b, { tol: 1e-15 }) })).toBeLessThan(1e-12);
    const of = (more: Any) => (k: Any) =>
      sum(square(cg((x: Any) => mul(k, operator(x)), b, { tol: 1e-13, ...more(k) }))) as Any;
    const want = hessian(of(() => ({})))(2);
    expectNear(hessian(of((k: Any) => ({ M: (r: Any) => div(r, mul(k, d)) })))(2), want, 1e-10);
    expectNear(hessian(of((k: Any) => ({ x0: mul(k, b) })))(2), want, 1e-10);
    // Σ x² is proportional to k⁻².
    expectNear(want, (6 / 16) * 4 * of(() => ({}))(2), 1e-10);
  });
  test("the residual is small beside b, or below atol", () => {
    const r = (more: Any): number => Math.sqrt(sum(square(sub(operator(cg(operator, b, more)), b))));
    const norm = Math.sqrt(sum(square(b)));
    expect(r({})).toBeLessThanOrEqual(1e-5 * norm);
    expect(r({ tol: 1e-2 })).toBeGreaterThan(1e-5 * norm);
    expect(r({ tol: 0, atol: 1e-6 })).toBeLessThanOrEqual(1e-6);
    expect(plain(cg(operator, b, { maxIterations: 0 }))).toEqual(Array(n).fill(0));
  });
});

describe("the ends", () => {
  test("trees, numbers, float32, no elements, zeros", () => {
    expect(plain(cg(({ p, q }: Any) => ({ q: mul(q, 4), p: mul(p, 2) }), { p: 1, q: [2, 4] }))).toEqual({
      p: 0.5,
      q: [0.5, 1],
    });
    expect(cg((x: Any) => mul(x, 2), Float32Array.of(1, 3))).toEqual(Float32Array.of(0.5, 1.5));
    expect(cg((x: Any) => mul(x, Float32Array.of(2)), [1])).toEqual(Float32Array.of(0.5));
    expect(cg((x: Any) => x, new Float64Array(0))).toEqual(new Float64Array(0));
    expect(plain(cg(A, [0, 0, 0]))).toEqual([0, 0, 0]);
    expectNear(grad((b: Any) => sum(cg(A, b, TIGHT)))([0, 0, 0]), solve(A, [1, 1, 1]));
  });
  test("lanes of a batch end by themselves", () => {
    const of = (k: Any) => cg((x: Any) => mul(k, x), stack([k, mul(2, k)]));
    expect(plain(vmap(of)([1, 1e9, Number.NaN, 0]))).toEqual([
      [1, 2],
      [1, 2],
      [Number.NaN, Number.NaN],
      [0, 0],
    ]);
  });
  test("arrays have values as their type, traced right-hand sides and matrices are traced", () => {
    const x: library.Value = library.cg((u) => library.mul(u, 2), [1, 2], { M: (r) => r });
    const onRight = (b: library.Tensor): library.Tensor => library.sum(library.cg((u) => library.mul(u, 2), b));
    const onLeft = (a: library.Tensor): library.Tensor => library.sum(library.cg(a, [1, 2]));
    expect(x).toEqual(Float64Array.of(0.5, 1));
    expect(plain(library.grad(onRight)([1, 2]))).toEqual([0.5, 0.5]);
    expect(
      library.jit(onLeft)([
        [2, 0],
        [0, 2],
      ]),
    ).toBe(1.5);
  });
  test("a Newton step with products of the Hessian", () => {
    const f = (x: Any) => sum(add(square(square(x)), mul(square(x), at(x, 0))));
    const x = [2, 1.5, 1];
    const step = cg((d: Any) => hvp(f, x, d), grad(f)(x), TIGHT);
    expectNear(step, solve(hessian(f)(x), grad(f)(x)));
  });
});
