// Second-order forward mode: closed forms, the other orders of composition, numbers of multiple precision, kinks.
import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import { registry } from "../../src/primitives/index.ts";
import * as core from "../harness/contracts.ts";
import * as more from "../harness/elementary-contracts.ts";
import { flat } from "../harness/flat.ts";
import type { Any } from "../harness/misuse.ts";
import { add, type Real, real, sub, toNumber } from "../harness/oracle.ts";
import { plain } from "../harness/plain.ts";

const h = library as Any;
const { curvature } = h;

/** Within `tolerance` of the largest of `want`. */
function close(got: Any, want: Any, tolerance = 1e-12): void {
  const [a, b] = [flat(got), flat(want)];
  expect(a.length).toBe(b.length);
  const bound = tolerance * Math.max(1e-300, ...b.map(Math.abs));
  for (const [i, w] of b.entries()) expect(Math.abs((a[i] as number) - w), `element ${i}`).toBeLessThanOrEqual(bound);
}

const x = Float64Array.of(0.3, -1.2, 2, 0.7);
const v = Float64Array.of(1, 0.5, -2, 3);
const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((s, t, i) => s + t * (b[i] as number), 0);

describe("closed forms", () => {
  test("a scalar function", () => {
    const [y, slope, bend] = curvature((t: Any) => h.sum(h.sin(t)), x, v);
    close(
      y,
      dot(
        x.map(Math.sin),
        x.map(() => 1),
      ),
    );
    close(slope, dot(x.map(Math.cos), v));
    close(
      bend,
      -dot(
        x.map(Math.sin),
        v.map((t) => t * t),
      ),
    );
  });
  test("arrays, which come back as arrays", () => {
    const got = curvature((t: Any) => h.mul(t, h.flip(t)), [1, 2, 3], [1, 0, 2]);
    expect(got.map(flat)).toEqual([
      [3, 4, 3],
      [5, 0, 5],
      [4, 0, 4],
    ]);
    expect(got[2]).toBeInstanceOf(Float64Array);
  });
  test("a number, and what is linear or constant", () => {
    expect(curvature((t: Any) => h.mul(t, h.square(t)), 2, 3)).toEqual([8, 36, 108]);
    expect(curvature((t: Any) => h.mul(2, t), 5, 3)).toEqual([10, 6, 0]);
    expect(curvature(() => 7, 5, 3)).toEqual([7, 0, 0]);
    expect(plain(curvature((t: Any) => ({ big: h.gt(t, 1), t }), [1, 2], [1, 1]))).toEqual([
      { big: [0, 1], t: [1, 2] },
      { big: [0, 0], t: [1, 1] },
      { big: [0, 0], t: [0, 0] },
    ]);
  });
  test("trees", () => {
    const f = ({ a, b }: Any) => ({ p: h.mul(a, b), q: [h.square(a)] });
    expect(plain(curvature(f, { a: 3, b: [1, 2] }, { b: [0, 1], a: 2 }))).toEqual([
      { p: [3, 6], q: [9] },
      { p: [2, 7], q: [12] },
      { p: [0, 4], q: [8] },
    ]);
  });
  test("float32", () => {
    const [y, slope, bend] = curvature((t: Any) => h.exp(t), Float32Array.of(0.5), Float32Array.of(2));
    for (const part of [y, slope, bend]) expect(part).toBeInstanceOf(Float32Array);
    close([y[0], slope[0] / 2, bend[0] / 4], Array(3).fill(Math.exp(0.5)), 2e-7);
  });
  test("no elements", () => {
    expect(curvature((t: Any) => h.sum(h.exp(t)), new Float64Array(0), [])).toEqual([0, 0, 0]);
  });
});

/** A symmetric positive definite matrix that moves with t. */
const matrix = (t: Any) =>
  h.add(h.outer(h.sin(t), h.sin(t)), h.mul(h.diag([1, 2, 3, 4]), h.add(1, h.square(h.at(t, 0)))));
const scalars: Record<string, (t: Any) => Any> = {
  products: (t) => h.prod(h.add(t, 3)),
  matmul: (t) => h.sum(h.tanh(h.matmul(h.outer(t, h.flip(t)), h.cos(t)))),
  "log-sum-exp": (t) => h.logsumexp(h.mul(t, h.roll(t, 1))),
  cholesky: (t) => h.sum(h.square(h.cholesky(matrix(t)))),
  slogdet: (t) => [...h.slogdet(matrix(t))][1],
  eigvalsh: (t) => h.sum(h.exp(h.mul(0.1, h.eigvalsh(matrix(t))))),
  cumprod: (t) => h.sum(h.cumprod(h.cos(t))),
  indexing: (t) => h.sum(h.square(h.take(h.square(t), Int32Array.of(0, 2, 2, 3)))),
  scan: (t) => h.scan((c: Any, u: Any) => [h.sin(h.add(h.mul(c, u), c)), null], h.at(t, 0), h.slice(t, [1]))[0],
  foriLoop: (t) => h.sum(h.foriLoop(0, 5, (_: Any, c: Any) => h.add(h.mul(0.5, h.sin(c)), h.mul(t, h.flip(c))), t)),
  whileLoop: (t) =>
    h.sum(
      h.whileLoop(
        (c: Any) => h.lt(h.sum(h.square(c)), 40),
        (c: Any) => h.mul(c, h.add(1.2, h.square(t))),
        t,
      ),
    ),
  cond: (t) =>
    h.cond(
      h.gt(h.sum(t), 0),
      (u: Any) => h.sum(h.exp(u)),
      (u: Any) => h.sum(u),
      t,
    ),
  checkpoint: (t) => h.sum(h.exp(h.checkpoint((u: Any) => h.mul(h.sin(u), h.flip(u)))(t))),
  customJvp: (t) =>
    h.sum(
      h.customJvp(
        (u: Any) => h.square(u),
        ([u]: Any, [d]: Any) => [h.square(u), h.mul(h.mul(2, u), d)],
      )(h.sin(t)),
    ),
};

describe("against other orders of composition", () => {
  test.each(Object.entries(scalars))("%s", (_, f) => {
    const [y, slope, bend] = curvature(f, x, v);
    close(y, f(x));
    close(slope, dot(h.grad(f)(x), v));
    close(bend, dot(h.hvp(f, x, v), v), 1e-11);
    const H = h.hessian(f)(x).data;
    close(
      bend,
      dot(
        v,
        v.map((_, i) => dot(H.subarray(4 * i, 4 * i + 4), v)),
      ),
      1e-11,
    );
  });

  test("the three numbers of forward mode of reverse mode", () => {
    const f = scalars.matmul as (t: Any) => Any;
    const problem = h.objective(f, x);
    const [y, g, Hv] = problem.valueGradAndHvp(x, v);
    close(curvature(f, x, v), [y, dot(g, v), dot(Hv, v)]);
  });
});

describe("composed with transforms", () => {
  const quartic = (t: Any) => h.sum(h.square(h.square(t)));
  const bend = (t: Any, d: Any) => curvature(quartic, t, d)[2];
  const cubes = x.map((t) => t ** 3);

  test("gradients: third order", () => {
    close(
      h.grad((t: Any) => bend(t, v))(x),
      x.map((t, i) => 24 * t * (v[i] as number) ** 2),
    );
    close(
      h.grad((d: Any) => bend(x, d))(v),
      x.map((t, i) => 24 * t * t * (v[i] as number)),
    );
  });
  test("itself: fourth order", () => {
    const w = Float64Array.of(1, -1, 0.5, 2);
    const [second, third, fourth] = curvature((t: Any) => bend(t, v), x, w);
    const sums = (of: (t: number, a: number, b: number) => number): number =>
      x.reduce((s, t, i) => s + of(t, v[i] as number, w[i] as number), 0);
    close(
      [second, third, fourth],
      [
        sums((t, a) => 12 * t * t * a * a),
        sums((t, a, b) => 24 * t * a * a * b),
        sums((_, a, b) => 24 * a * a * b * b),
      ],
    );
  });
  test("a curvature inside a function that is differentiated, of a line through its argument", () => {
    const f = (t: Any) => curvature((s: Any) => h.sum(h.square(h.square(h.add(t, h.mul(s, t))))), 0, 1)[2];
    close(
      h.grad(f)(x),
      cubes.map((t) => 48 * t),
    );
  });
  test("jvp, jit, vmap and linearize", () => {
    const third = x.reduce((s, t, i) => s + 24 * t * (v[i] as number) ** 3, 0);
    close(h.jvp((t: Any) => bend(t, v), [x], [v])[1], third);
    close(h.linearize((t: Any) => bend(t, v), x)[1](v), third);
    close(h.jit((t: Any, d: Any) => curvature(quartic, t, d))(x, v), curvature(quartic, x, v));
    const basis = h.eye(4);
    close(
      h.vmap((d: Any) => bend(x, d))(basis),
      x.map((t) => 12 * t * t),
    );
    const points = { data: Float64Array.of(...x, ...v), shape: [2, 4] };
    close(h.vmap((t: Any) => bend(t, v))(points), [bend(x, v), bend(v, v)]);
  });
});

describe("kinks and masks", () => {
  const three = (f: (t: Any) => Any, at: number[], d: number[]) => curvature(f, at, d).map(flat);
  test("piecewise linear functions have no curvature", () => {
    expect(three(h.abs, [-2, 0, 3], [1, 1, 1])).toEqual([[2, 0, 3], [-1, 0, 1], [-0, 0, 0].map(Math.abs)]);
    expect(three((t) => h.maximum(t, h.flip(t)), [1, 2, 2], [1, 2, 4])[2]).toEqual([0, 0, 0]);
    expect(three(h.relu, [-1, 0, 1], [1, 1, 1])[2]?.map(Math.abs)).toEqual([0, 0, 0]);
  });
  test("an arm that is not taken adds exactly nothing, infinite or NaN though it be", () => {
    const f = (t: Any) => h.where(h.gt(t, 0), h.mul(h.sqrt(t), t), h.square(t));
    const [, slope, bend] = three(f, [4, 0, -1], [1, 1, 1]);
    expect([slope, bend]).toEqual([
      [3, 0, -2],
      [0.375, 2, 2],
    ]);
    expect(three((t) => h.where(h.gt(t, 0), h.log(t), 5), [-1, 0], [1, 1])).toEqual([
      [5, 5],
      [0, 0],
      [0, 0],
    ]);
  });
});

/** f'' at x to about 30 digits: differences with a step of 2⁻⁷⁰ in numbers of 320 bits. */
function second(f: (x: Real) => Real, at: number): number {
  const step: Real = { m: 1n, e: -70 };
  const [a, b] = [f(add(real(at), step)), f(sub(real(at), step))];
  const middle = f(real(at));
  const { m, e } = add(sub(a, middle), sub(b, middle));
  return toNumber({ m, e: e + 140 });
}

describe("second derivatives of elementary functions against multiple precision", () => {
  const contracts = [...core.contracts, ...more.contracts];
  const named = new Map(contracts.map((c) => [c.name, c]));
  const known = registry.filter((p) => p.jvp && named.has(p.name) && p.name in h);
  test("most functions of one argument are among them", () => expect(known.length).toBeGreaterThan(25));
  test.each(known.map((p) => [p.name] as const))("%s", (name) => {
    const { exact, ranges } = named.get(name) as core.Contract;
    const inside = (t: number): boolean => ranges.f64.some(([a, b]) => t > a && t < b);
    const points = [0.3, 0.7, -0.4, 1.6, 2.5, -1.9, 6.1].filter(inside);
    expect(points.length).toBeGreaterThan(1);
    for (const at of points) {
      const [y, slope, bend] = curvature(h[name], at, 1);
      const want = second(exact, at);
      const scale = Math.max(Math.abs(want), 1e-3 * Math.abs(slope), 1e-3 * Math.abs(y));
      expect(Math.abs(bend - want) / scale, `${name} at ${at}: ${bend}, wanted ${want}`).toBeLessThan(1e-11);
    }
  });
});

describe("errors", () => {
  const message = (call: () => unknown): string => {
    try {
      call();
    } catch (e) {
      expect(e).toBeInstanceOf(h.HvpError);
      return (e as Error).message;
    }
    return "no error";
  };
  const f = (t: Any) => h.sum(t);
  test.each([
    [() => curvature(f, [1, 2]), "curvature: v is undefined; write curvature(f, x, v)"],
    [() => curvature(f, [1, 2], [1, 2, 3]), "curvature: v has shape [3], but x has shape [2]"],
    [() => curvature(f, { a: 1 }, [1]), "curvature: v must have the structure of x, {a: *}"],
    [() => curvature(f, Int32Array.of(1), [1]), "curvature: can only differentiate with respect to float64 or float32"],
    [() => curvature(3, [1], [1]), "curvature: expected a function"],
    [() => curvature(f, [1], [1], [2]), "curvature: "],
  ])("%s", (call, start) => expect(message(call).slice(0, start.length)).toBe(start));
});
