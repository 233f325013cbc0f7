// rootFind and fixedPoint: roots and derivatives of implicit functions in closed form, and the ends.
import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import type { Any } from "../harness/misuse.ts";
import { plain } from "../harness/plain.ts";

const { add, at, atan, cos, div, exp, fixedPoint, grad, hessian, hvp, jacfwd, jit, jvp, log } = library as Any;
const { matmul, mul, neg, objective, rootFind, scan, sin, sqrt, square, stack, sub, sum } = library as Any;
const { tanh, vmap, whileLoop } = library as Any;

const root = (a: Any): Any => rootFind((x: Any) => sub(square(x), a), 1);
/** The other way to it: Heron's iteration. */
const heron = (a: Any): Any => fixedPoint((x: Any) => mul(0.5, add(x, div(a, x))), 1);

/** √a and its derivatives. */
const SQRT = [
  (a: number) => Math.sqrt(a),
  (a: number) => 0.5 / Math.sqrt(a),
  (a: number) => -0.25 * a ** -1.5,
  (a: number) => 0.375 * a ** -2.5,
] as const;
const near = (got: number, want: number, tolerance = 1e-14): void =>
  expect(Math.abs(got - want)).toBeLessThanOrEqual(tolerance * Math.abs(want));

describe.each([
  ["rootFind", root],
  ["fixedPoint", heron],
])("a square root by %s", (_, f) => {
  test.each([1e-8, 0.3, 2, 1e6])("of %d with derivatives to order 3", (a) => {
    near(f(a), SQRT[0](a));
    near(grad(f)(a), SQRT[1](a));
    near(grad(grad(f))(a), SQRT[2](a), 1e-13);
    near(grad(grad(grad(f)))(a), SQRT[3](a), 1e-12);
  });
  test.each<[string, (a: number) => Any]>([
    ["hessian", (a) => hessian(f)(a)],
    ["hvp", (a) => hvp(f, a, 1)],
    ["forward over forward", (a) => jacfwd(jacfwd(f))(a)],
    ["reverse over forward", (a) => grad((b: Any) => jvp(f, [b], [1])[1])(a)],
    ["jit", (a) => jit((b: Any) => hvp(f, b, 1))(a)],
    ["an objective at a point", (a) => objective(f, a).at(a).hvp(1)],
    ["a batch", (a) => vmap(grad(grad(f)))([1, a, 7])[1]],
    [
      "inside a scan",
      (a) => grad(grad((b: Any) => scan((c: Any) => [c, f(b)], 0, null, { length: 2 })[1].slice(1)))(a),
    ],
  ])("the second one by %s", (_, second) => near(plain(second(2)) as number, SQRT[2](2), 1e-13));
});

describe("Newton's square root as a loop of one's own", () => {
  // x ← (x + a/x)/2 until x is at rest: the derivative converges as x does.
  const own = (a: Any): Any =>
    whileLoop(
      ({ x, last }: Any) => library.gt(library.abs(sub(x, last)), mul(1e-9, x)),
      ({ x }: Any) => ({ x: mul(0.5, add(x, div(a, x))), last: x }),
      { x: add(mul(a, 0), 1), last: 0 },
      { maxIterations: 100 },
    ).x;
  test.each([0.01, 2, 1234.5])("of %d has second derivatives right to 1e-10 in all orders", (a) => {
    const want = SQRT[2](a);
    near(hessian(own)(a), want, 1e-10);
    near(grad(grad(own))(a), want, 1e-10);
    near(jacfwd(jacfwd(own))(a), want, 1e-10);
    near(grad((b: Any) => jvp(own, [b], [1])[1])(a), want, 1e-10);
    near(vmap(grad(grad(own)))([a, 3])[0], want, 1e-10);
  });
});

describe("systems", () => {
  // x + y = a, x·y = b: the roots of z² - a·z + b.
  const f = ({ x, y }: Any, { a, b }: Any) => ({ y: sub(mul(x, at(y, 0)), b), x: sub(add(x, at(y, 0)), a) });
  const like = (g: Any) => (u: Any, p: Any) => {
    const { x, y } = g(u, p);
    return { x, y: stack([y]) };
  };
  const larger = (p: Any): Any => rootFind(like(f), { x: 4, y: [0.5] }, { args: { a: at(p, 0), b: at(p, 1) } }).x;
  const exact = (p: Any): Any => mul(0.5, add(at(p, 0), sqrt(sub(square(at(p, 0)), mul(4, at(p, 1))))));
  const p = [5, 3];
  test("trees of unknowns and arguments", () => {
    near(larger(p), exact(p));
    const { x, y } = rootFind(like(f), { x: 4, y: [0.5] }, { args: { a: 5, b: 3 } });
    near(x * y[0], 3);
  });
  test("first and second derivatives are those of the closed form", () => {
    const [got, want] = [plain(hessian(larger)(p)), plain(hessian(exact)(p))] as number[][][];
    expect(got?.flat().length).toBe(4);
    got?.flat().forEach((h, i) => near(h as Any, want?.flat()[i] as Any, 1e-12));
    for (const i of [0, 1]) near(grad(larger)(p)[i], grad(exact)(p)[i], 1e-13);
  });
  test("a fixed point of a layer: the implicit function theorem by hand", () => {
    const W = [
      [0.3, -0.2, 0.1],
      [0.1, 0.4, -0.3],
      [-0.2, 0.1, 0.2],
    ];
    const rest = (b: Any): Any => fixedPoint((x: Any) => tanh(add(matmul(W, x), b)), [0, 0, 0]);
    const b = [0.5, -1, 0.25];
    const x = rest(b);
    // x = tanh(W·x + b), so dx = (I - D·W)⁻¹·D·db with D = 1 - x².
    const D = Array.from(x as Float64Array, (t) => 1 - t * t);
    const M = W.map((row, i) => row.map((w, j) => Number(i === j) - (D[i] as number) * w));
    const want = library.solve(M, library.diag(D)) as Any;
    const got = jacfwd(rest)(b);
    Array.from(want.data as Float64Array).forEach((d, i) => near(got.data[i], d, 1e-12));
  });
});

describe("the ends", () => {
  test("far from the root, where whole steps diverge", () => {
    expect(rootFind(atan, 1e3)).toBe(0);
    near(
      rootFind((x: Any) => sub(exp(x), 1e-3), 5),
      Math.log(1e-3),
    );
    near(
      rootFind((x: Any) => sub(log(x), 1), 0.01),
      Math.E,
    );
  });
  test("roots at 0, double ones, and tiny ones", () => {
    expect(Math.abs(rootFind(sin, 0.3))).toBeLessThan(1e-15);
    expect(Math.abs(rootFind(square, 1))).toBeLessThan(1e-15);
    near(root(1e-40), 1e-20);
    expect(fixedPoint((x: Any) => mul(x, 0.5), 1)).toBeLessThan(1e-15);
  });
  test("no root, no convergence, no iterations: NaN, and so are derivatives", () => {
    const none = (a: Any): Any => rootFind((x: Any) => add(square(x), a), 0.3);
    expect(none(1)).toBeNaN();
    expect(grad(none)(1)).toBeNaN();
    expect(fixedPoint((x: Any) => mul(x, 2), 1)).toBeNaN();
    expect(fixedPoint((x: Any) => neg(x), 1)).toBeNaN();
    expect(rootFind(atan, 10, { maxIterations: 0 })).toBeNaN();
    expect(rootFind((x: Any) => log(x), -1)).toBeNaN();
  });
  test("lanes of a batch end by themselves", () => {
    const lanes = plain(vmap(root)([4, -1, 1e12, Number.NaN])) as number[];
    expect(lanes).toEqual([2, Number.NaN, 1e6, Number.NaN]);
    expect(plain(vmap(grad(root))([4, -1]))).toEqual([0.25, Number.NaN]);
  });
  test("x0 has no part in derivatives; numbers in it take the type of the equations", () => {
    expect(grad((x0: Any) => rootFind((x: Any) => sub(square(x), 2), x0))(1)).toBe(0);
    const w = Float32Array.of(2, 3);
    const x = rootFind((y: Any) => sub(square(y), w), [1, 1]);
    expect(x).toEqual(Float32Array.of(Math.sqrt(2), Math.sqrt(3)));
  });
  test("no unknowns, integers, other types beside each other", () => {
    expect(rootFind((x: Any) => x, new Float64Array(0))).toEqual(new Float64Array(0));
    near(fixedPoint(cos, 1), 0.7390851332151607);
    const { a, b } = rootFind(({ a, b }: Any) => ({ a: sub(a, 0.5), b: sub(b, 0.25) }), {
      a: Float32Array.of(0),
      b: 0,
    });
    expect([a, b]).toEqual([Float32Array.of(0.5), 0.25]);
  });
  test("captured values and arguments at once, and roots inside roots", () => {
    const g = (k: Any): Any =>
      rootFind((x: Any, c: Any) => sub(mul(x, sum(c)), root(mul(k, k))), 1, { args: stack([k, k]) });
    // x·2k = |k|
    near(g(3), 0.5);
    expect(Math.abs(grad(g)(3))).toBeLessThan(1e-15);
    const nested = (k: Any): Any =>
      rootFind(
        (y: Any) =>
          sub(
            mul(
              y,
              rootFind((x: Any) => sub(square(x), k), 1),
            ),
            k,
          ),
        1,
      );
    near(grad(grad(nested))(2), SQRT[2](2), 1e-12);
  });
});
