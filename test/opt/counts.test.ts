// What programs are made of: loops, kernel calls and stored arrays of known functions. A lost fusion fails here, on any
// machine, without a clock.
import { describe, expect, test } from "vitest";
import { pushforward } from "../../src/ad/jvp.ts";
import { cotangents } from "../../src/ad/linearize.ts";
import { compile, type Stats } from "../../src/emit/module.ts";
import {
  add,
  concat,
  div,
  exp,
  expandDims,
  jit,
  jvp,
  logsumexp,
  matmul,
  mean,
  mul,
  ones,
  pow,
  prod,
  sigmoid,
  sin,
  softplus,
  sqrt,
  square,
  stack,
  sub,
  sum,
  tanh,
  vdot,
} from "../../src/index.ts";
import { inSession } from "../../src/ir/build.ts";
import type { Node } from "../../src/ir/graph.ts";
import { attachMethods } from "../../src/ops/methods.ts";
import { plan } from "../../src/opt/plan/plan.ts";
import { parameter } from "../../src/primitives/leaf.ts";
import { full } from "../../src/primitives/spread.ts";
import { Tensor } from "../../src/trace/tracer.ts";
import { loopsOf } from "../harness/loops.ts";

attachMethods(); // these functions are not traced by the entry "hvp"

type Counts = Omit<Stats, "bytes">;
/** Counts of the programs for f, ∇f and H·v, with one parameter of shape [n]. */
function counts(n: number, f: (x: Tensor) => unknown): { value: Counts; grad: Counts; hvp: Counts } {
  return inSession(() => {
    const [x, v] = [parameter([n], "float64"), parameter([n], "float64")];
    const y = (f(new Tensor(x, false)) as Tensor).node;
    const [g] = cotangents([y], [x], [full([], 1, "float64")]) as [Node];
    const [h] = pushforward([g], [x], [v]) as [Node];
    const of = (outputs: Node[], parameters: Node[]): Counts => {
      const { bytes: _bytes, ...rest } = compile(outputs, parameters).stats;
      return rest;
    };
    return { value: of([y], [x]), grad: of([g], [x]), hvp: of([h], [x, v]) };
  });
}
const data = (rows: number, columns: number) => ({
  data: Float64Array.from({ length: rows * columns }, (_, i) => Math.sin(i)),
  shape: [rows, columns],
});
const oneLoop = { nests: 1, loops: 1, calls: 0, stored: 1 };

describe("rows put together from columns", () => {
  const rows = 50;
  /** Counts of `make` of arrays [50] that are computed from one another. */
  const of = (columns: number, make: (parts: Tensor[]) => Tensor): Counts =>
    inSession(() => {
      const x = parameter([rows], "float64");
      const parts = [new Tensor(x, false)];
      while (parts.length < columns) parts.push(sin(parts.at(-1) as Tensor) as Tensor);
      const { bytes: _bytes, ...rest } = compile([make(parts).node], [x]).stats;
      return rest;
    });
  test("are stored by the loop that computes the columns, up to sixteen", () => {
    const along = (parts: Tensor[]): Tensor => stack(parts, 1) as unknown as Tensor;
    for (const k of [2, 8, 9, 11, 16]) expect(of(k, along)).toEqual(oneLoop);
    expect(of(17, along).loops).toBe(18);
  });
  test("as many pieces as columns, one below the other, are loops over the columns", () => {
    const below = (pieces: number, columns: number): number =>
      of(
        pieces,
        (parts) => concat(parts.map((p) => mul(expandDims(p, 1), ones([1, columns])) as Tensor)) as unknown as Tensor,
      ).loops;
    expect(below(10, 10)).toBe(below(10, 11));
  });
});

describe("trees of halves of a vector", () => {
  const n = 1 << 14;
  const halves = (x: Tensor): Tensor => {
    let y = x;
    for (let k = n / 2; k >= 1; k /= 2) y = add(y.slice([0, k]), y.slice([k, 2 * k])) as Tensor;
    return y.at(0) as Tensor;
  };
  test("are loops that store every sixth level, not one expression of all elements", () => {
    const { value, grad, hvp } = counts(n, (x) => square(halves(sin(x) as Tensor)));
    for (const c of [value, grad, hvp]) expect(c.nests).toBeLessThan(12);
    const bytes = (f: (x: Tensor) => unknown): number =>
      inSession(() => {
        const x = parameter([n], "float64");
        return compile([(f(new Tensor(x, false)) as Tensor).node], [x]).stats.bytes;
      });
    expect(bytes(halves)).toBeLessThan(20_000);
  });
  test("give sums, and directional derivatives of products", () => {
    const x = Float64Array.from({ length: n }, (_, i) => ((i * 7919) % 1009) - 500);
    expect(jit(halves)(x)).toBe(x.reduce((a, b) => a + b)); // integers: exact in any order
    const [a, v] = [x.map((t) => 1 + t / 1e7), x.map((t) => t / 500)];
    const product = a.reduce((p, t) => p * t);
    const slope = product * a.reduce((s, t, i) => s + v[i]! / t, 0);
    const [p, d] = jvp((t: Tensor) => prod(t), [a], [v]) as [number, number];
    expect(p / product).toBeCloseTo(1, 11);
    expect(d / slope).toBeCloseTo(1, 9);
  });
});

describe("one loop, nothing stored but the result", () => {
  test("sum(sin(x))", () => {
    expect(counts(1000, (x) => sum(sin(x)))).toEqual({ value: oneLoop, grad: oneLoop, hvp: oneLoop });
  });
  test("chained Rosenbrock: adjoints of slices are pulled, the ends cost no loop", () => {
    const f = (x: Tensor) => {
      const [a, b] = [x.slice([0, -1]), x.slice([1])];
      return sum(add(mul(100, square(sub(b, square(a)))), square(sub(1, a))));
    };
    expect(counts(1000, f)).toEqual({ value: oneLoop, grad: oneLoop, hvp: oneLoop });
  });
  test("all of a small problem is straight-line code", () => {
    const f = (x: Tensor) => add(mul(100, square(sub(x.at(1), square(x.at(0))))), square(sub(1, x.at(0))));
    const straight = { nests: 1, loops: 0, calls: 0, stored: 1 };
    expect(counts(2, f)).toEqual({ value: straight, grad: straight, hvp: straight });
  });
});

test("logistic regression: one product with X for the value, two for the gradient, and for H·v, two products being one call", () => {
  const X = data(200, 20);
  const { value, grad, hvp } = counts(20, (w) => add(mean(softplus(matmul(X, w))), mul(0.5e-3, vdot(w, w))));
  expect([value.calls, grad.calls, hvp.calls]).toEqual([1, 2, 2]);
  expect([grad.nests, hvp.nests]).toEqual([2, 2]);
});

test("a small network: products, and loops between them", () => {
  const X = data(32, 4);
  const { value, grad, hvp } = counts(4 * 16 + 16 * 3, (p) => {
    const [W1, W2] = [p.slice([0, 64]).reshape([4, 16]), p.slice([64]).reshape([16, 3])];
    return mean(logsumexp(matmul(tanh(matmul(X, W1)), W2), { axis: 1 }));
  });
  expect([value.calls, grad.calls, hvp.calls]).toEqual([2, 5, 11]);
  expect(hvp.nests).toBeLessThanOrEqual(8);
});

test("the derivative of an activation is stored where a dual kernel computes it along with the activation", () => {
  const X = data(32, 4);
  inSession(() => {
    const p = parameter([4 * 16 + 16 * 3], "float64");
    const t = new Tensor(p, false);
    const [W1, W2] = [t.slice([0, 64]).reshape([4, 16]), t.slice([64]).reshape([16, 3])];
    for (const [f, name, slope] of [
      [tanh, "tanh", "sech2"],
      [sigmoid, "sigmoid", "dsigmoid"],
    ] as const) {
      const y = sum(square(matmul(f(matmul(X, W1)), W2))).node;
      const { roots } = plan(cotangents([y], [p], [full([], 1, "float64")]) as Node[]);
      const of = (prim: string) => [...roots.values()].filter((r) => r.node.prim.name === prim);
      const [activation, derivative] = [of(name), of(slope)];
      expect([activation.length, derivative.length], name).toEqual([1, 1]);
      expect(derivative[0]!.level, name).toBe(activation[0]!.level);
    }
  });
});

test("a grid: boxes for the borders, the cells stored once", () => {
  const m = 50;
  const { hvp } = counts(m * m, (x) => {
    const u = x.reshape([m, m]);
    const c = u.slice([0, -1], [0, -1]);
    const [dx, dy] = [sub(u.slice([1], [0, -1]), c), sub(u.slice([0, -1], [1]), c)];
    return sum(sqrt(add(1, add(square(dx), square(dy)))));
  });
  expect(hvp.calls).toBe(0);
  expect(hvp.nests).toBeLessThanOrEqual(3);
  expect(hvp.stored).toBeLessThanOrEqual(4);
});

test("derivatives share reciprocals: the cells of a minimal surface cost three divisions and one root", () => {
  const m = 50;
  inSession(() => {
    const [x, v] = [parameter([m * m], "float64"), parameter([m * m], "float64")];
    const u = new Tensor(x, false).reshape([m, m]);
    const c = u.slice([0, -1], [0, -1]);
    const [dx, dy] = [div(sub(u.slice([1], [0, -1]), c), 0.1), div(sub(u.slice([0, -1], [1]), c), 0.1)];
    const y = sum(sqrt(add(1, add(square(dx), square(dy))))).node;
    const [g] = cotangents([y], [x], [full([], 1, "float64")]) as [Node];
    const [h] = pushforward([g], [x], [v]) as [Node];
    const total = loopsOf([h]).map(({ ops }) => [ops["div"] ?? 0, ops["sqrt"] ?? 0]);
    // The function divides by 0.1 twice an element, as written; both derivatives together add the reciprocal of the
    // root.
    expect(total.reduce(([d, r], [e, s]) => [(d as number) + (e as number), (r as number) + (s as number)])).toEqual([
      3, 1,
    ]);
  });
});

test("a third power has one product in its derivative, as written or by pow, and short sums are scaled once", () => {
  inSession(() => {
    const [x, v] = [parameter([50, 3], "float64"), parameter([50, 3], "float64")];
    const tensor = new Tensor(x, false);
    const slope = (f: (t: Tensor) => unknown): Node =>
      (pushforward([(f(tensor) as Tensor).node], [x], [v]) as [Node])[0];
    const want = slope((t) => pow(t, 3));
    expect(want.prim.name).toBe("by");
    expect(slope((t) => mul(t, square(t)))).toBe(want);
    // x², 3x², times v; and 2·(x₀v₀ + x₁v₁ + x₂v₂) where each term had its factor: 3 products, 2 sums and the +0 that
    // sums begin with, 1 doubling.
    expect(loopsOf([want])[0]?.ops["all"]).toBe(3);
    expect(loopsOf([slope((t) => sum(square(t), { axis: 1 }))])[0]?.ops["all"]).toBe(7);
  });
});

test("softmax-like rows store the exponentials and the reciprocals of their sums once", () => {
  const { grad } = counts(300, (x) => {
    const e = exp(x.reshape([10, 30]));
    return sum(square(div(e, sum(e, { axis: 1, keepdims: true }))));
  });
  expect(grad.nests).toBeLessThanOrEqual(5);
});
