// Resident vectors: arrays in the library's memory, taken by every call of their objective.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import * as functions from "../../src/functions.ts";
import {
  add,
  debugNans,
  grad,
  HvpError,
  log,
  matmul,
  mul,
  norm,
  type Objective,
  objective,
  sin,
  square,
  sub,
  sum,
  type Tensor,
  type Vector,
  vector,
} from "../../src/index.ts";
import { allocate, deallocate, memoryUse } from "../../src/run/runtime.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const rosenbrock = (x: Tensor): Tensor => {
  const [a, b] = [x.slice([0, -1]), x.slice([1])];
  return sum(add(mul(100, square(sub(b, square(a)))), square(sub(1, a))));
};
/** The product with the Hessian, element by element. */
function product(x: ArrayLike<number>, v: ArrayLike<number>): Float64Array {
  const out = new Float64Array(x.length);
  for (let i = 0; i + 1 < x.length; i++) {
    const [a, b, p, q] = [x[i]!, x[i + 1]!, v[i]!, v[i + 1]!];
    out[i]! += (1200 * a * a - 400 * b + 2) * p - 400 * a * q;
    out[i + 1]! += -400 * a * p + 200 * q;
  }
  return out;
}
function gradient(x: ArrayLike<number>): Float64Array {
  const out = new Float64Array(x.length);
  for (let i = 0; i + 1 < x.length; i++) {
    const [a, b] = [x[i]!, x[i + 1]!];
    out[i]! += -400 * a * (b - a * a) - 2 * (1 - a);
    out[i + 1]! += 200 * (b - a * a);
  }
  return out;
}
const value = (x: ArrayLike<number>): number => {
  let s = 0;
  for (let i = 0; i + 1 < x.length; i++) s += 100 * (x[i + 1]! - x[i]! ** 2) ** 2 + (1 - x[i]!) ** 2;
  return s;
};
/** Whether all bits agree: said in one word, for long arrays. */
const same = (got: ArrayLike<number>, want: ArrayLike<number>): boolean =>
  got.length === want.length && Array.prototype.every.call(want, (t: number, i) => Object.is(got[i], t));
const wave = (n: number, phase: number): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => Math.sin(phase + i));
/** Sums of products of this length differ by rounding in another order. */
const close = (got: ArrayLike<number>, want: ArrayLike<number>): void => {
  expect(got.length).toBe(want.length);
  let most = 0;
  for (let i = 0; i < want.length; i++) most = Math.max(most, Math.abs(got[i]! - want[i]!) / (1 + Math.abs(want[i]!)));
  expect(most).toBeLessThan(1e-11);
};
/** The code and the message of what `call` throws. */
function thrown(call: () => unknown): string {
  try {
    call();
  } catch (e) {
    if (e instanceof HvpError) return `${e.code}: ${e.message}`;
    throw e;
  }
  return "nothing";
}

describe.each([1, 2, 3, 7, 100, 20_000])("vectors of %i elements", (n) => {
  const problem = objective(rosenbrock, new Float64Array(n));
  const [a, b] = [wave(n, 0.3), wave(n, 1.1)];
  const [x, v, out, more] = [problem.vector(a), problem.vector(b), problem.vector(), problem.vector()];

  test("give what plain loops give, and the bits of calls with arrays", () => {
    expect(problem.value(x)).toBe(problem.value(a));
    close([problem.value(x)], [value(a)]);
    expect(problem.grad(x, out)).toBe(out);
    expect(same(out.read(), problem.grad(a))).toBe(true);
    close(out.read(), gradient(a));
    expect(problem.valueAndGrad(x, more)).toEqual([problem.value(a), more]);
    expect(same(more.read(), problem.grad(a))).toBe(true);
    expect(problem.hvp(x, v, out)).toBe(out);
    expect(same(out.read(), problem.hvp(a, b))).toBe(true);
    close(out.read(), product(a, b));
    const all = problem.valueGradAndHvp(x, v, [more, out]);
    expect(all).toEqual([problem.value(a), more, out]);
    close(more.read(), gradient(a));
    close(out.read(), product(a, b));
    expect([same(x.read(), a), same(v.read(), b)]).toEqual([true, true]);
  });
  test("at a point, which keeps a copy", () => {
    const point = problem.vector(a);
    const at = problem.at(point);
    point.scale(0);
    expect(at.hvp(v, out)).toBe(out);
    close(out.read(), product(a, b));
    expect(same(out.read(), problem.at(a).hvp(b))).toBe(true);
    expect(same(at.hvp(v), out.read())).toBe(true);
    expect(same(at.hvp(b, out).read(), at.hvp(b))).toBe(true);
    const other = problem.at(b);
    close(other.hvp(v) as Float64Array, product(b, b));
    expect(at.hvps([v, x], [out, more])).toEqual([out, more]);
    close(out.read(), product(a, b));
    close(more.read(), product(a, a));
  });
  test("beside arrays, which are copied", () => {
    expect(same(problem.grad(x), problem.grad(a))).toBe(true);
    expect(problem.valueAndGrad(x)).toEqual(problem.valueAndGrad(a));
    expect(same(problem.hvp(a, v), problem.hvp(a, b))).toBe(true);
    expect(same(problem.hvp([...a], [...b], out).read(), problem.hvp(a, b))).toBe(true);
    const array = new Float64Array(n);
    expect(problem.hvp(x, b, array)).toBe(array);
    close(array, product(a, b));
    expect(problem.valueGradAndHvp(x, v)).toEqual(problem.valueGradAndHvp(a, b));
    expect(problem.valueGradAndHvp(a, v, [array, out])[1]).toBe(array);
    close(array, gradient(a));
    close(out.read(), product(a, b));
  });
  test("results in place of arguments are as if these had been read before", () => {
    const [p, q] = [problem.vector(a), problem.vector(b)];
    problem.hvp(p, q, p);
    close(p.read(), product(a, b));
    expect(same(q.read(), b)).toBe(true);
    p.set(a);
    problem.hvp(p, q, q);
    expect(same(p.read(), a)).toBe(true);
    close(q.read(), product(a, b));
    problem.hvp(p, p, p);
    close(p.read(), product(a, a));
    p.set(a);
    problem.valueAndGrad(p, p);
    close(p.read(), gradient(a));
    p.set(a);
    q.set(b);
    problem.valueGradAndHvp(p, q, [q, p]);
    close(q.read(), gradient(a));
    close(p.read(), product(a, b));
    p.set(a);
    q.set(b);
    problem.at(p).hvps([p, q], [q, p]);
    close(q.read(), product(a, a));
    close(p.read(), product(a, b));
  });
  test("linear algebra, a vector with itself too", () => {
    const [p, q] = [problem.vector(a), problem.vector(b)];
    expect(p.axpy(2.5, q)).toBe(p);
    expect(
      same(
        p.read(),
        a.map((t, i) => t + 2.5 * b[i]!),
      ),
    ).toBe(true);
    expect(
      same(
        p.scale(-0.5).read(),
        a.map((t, i) => -0.5 * (t + 2.5 * b[i]!)),
      ),
    ).toBe(true);
    expect(same(p.copy(q).read(), b)).toBe(true);
    expect(
      same(
        p.axpy(3, p).read(),
        b.map((t) => t + 3 * t),
      ),
    ).toBe(true);
    expect(
      same(
        p.copy(p).read(),
        b.map((t) => t + 3 * t),
      ),
    ).toBe(true);
    p.set(a);
    close([p.dot(q)], [a.reduce((s, t, i) => s + t * b[i]!, 0)]);
    expect(p.dot(q)).toBe(sum(mul(a, b)));
    close([p.norm()], [Math.hypot(...a)]);
    expect(p.norm()).toBe(norm(a));
    expect(same(q.read(), b)).toBe(true);
  });
});

test("norms neither overflow nor underflow", () => {
  const problem = objective((x: Tensor) => sum(square(x)), new Float64Array(3));
  expect(problem.vector([3e200, 0, 4e200]).norm() / 5e200).toBeCloseTo(1, 14);
  expect(problem.vector([3e-200, 0, -4e-200]).norm() / 5e-200).toBeCloseTo(1, 14);
  expect(problem.vector().norm()).toBe(0);
  expect(problem.vector([Number.NaN, 1, 2]).norm()).toBeNaN();
  expect(problem.vector([1, Number.POSITIVE_INFINITY, 2]).norm()).toBe(Number.POSITIVE_INFINITY);
});

test("results that are arguments, constants or each other", () => {
  const c = Float64Array.of(1, 2, 3);
  const linear = objective((x: Tensor) => sum(mul(x, c)), c);
  expect(linear.grad(linear.vector([4, 5, 6]), linear.vector()).read()).toEqual(c);
  expect(linear.hvp(linear.vector(c), linear.vector(c), linear.vector()).read()).toEqual(new Float64Array(3));
  const half = objective((x: Tensor) => mul(0.5, sum(square(x))), c);
  const [x, v] = [half.vector([4, 5, 6]), half.vector([7, 8, 9])];
  // Gradient x and product v, each in place of the other.
  half.valueGradAndHvp(x, v, [v, x]);
  expect([v.read(), x.read()]).toEqual([Float64Array.of(4, 5, 6), Float64Array.of(7, 8, 9)]);
  const twice = objective(({ a, b }: { a: Tensor; b: Tensor }) => sum(square(add(a, b))), { a: c, b: c });
  expect(twice.grad(twice.vector({ a: c, b: c }), twice.vector()).read()).toEqual({
    a: c.map((t) => 4 * t),
    b: c.map((t) => 4 * t),
  });
});

test("trees and float32: a vector holds all arrays", () => {
  const x0 = {
    w: { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] },
    b: Float32Array.of(7, 8),
    s: Float32Array.of(0.5),
  };
  const f = ({ w, b, s }: { w: Tensor; b: Tensor; s: Tensor }): Tensor =>
    add(sum(mul(square(w), b.reshape([2, 1]))), sum(mul(sin(s), b)));
  const problem = objective(f, x0);
  const [x, g] = [problem.vector(x0), problem.vector()];
  expect(problem.value(x)).toBe(problem.value(x0));
  problem.grad(x, g);
  expect(g.read()).toEqual(problem.grad(x0));
  problem.hvp(x, g, g);
  expect(g.read()).toEqual(problem.hvp(x0, problem.grad(x0)));
  const at = problem.at(x);
  expect(at.hvp(x, g).read()).toEqual(at.hvp(x0));
  expect(at.hvps([x, x0])).toEqual(at.hvps([x0, x0]));
  expect(problem.hessian(x)).toEqual(problem.hessian(x0));
  // Every product and sum is exact.
  x.axpy(2, x);
  expect(x.dot(problem.vector(x0))).toBe(3 * (91 + 113 + 0.25));
  const flat = [...x0.w.data, ...x0.b, ...x0.s].map((t) => 3 * t);
  expect(x.norm()).toBe(Math.fround(Math.sqrt(flat.reduce((s, t) => s + t * t, 0))));
  const out = { w: new Float32Array(6), b: new Float32Array(2), s: new Float32Array(1) };
  expect(x.scale(1 / 4).read(out)).toBe(out);
  expect([...out.w, ...out.b, ...out.s]).toEqual(flat.map((t) => t / 4));
  expect(thrown(() => x.read({ ...out, s: out.b.subarray(1) }))).toMatch(/^value: vector.read: out.b and out.s share/);
  const mixed = objective(({ a, b }: { a: Tensor; b: Tensor }) => mul(sum(a), sum(b)), {
    a: Float32Array.of(0.1),
    b: [0.1],
  });
  const m = mixed.vector({ a: Float32Array.of(0.1), b: [0.1] });
  expect(m.dot(m)).toBe(Math.fround(0.1) ** 2 + 0.1 ** 2);
  expect(m.axpy(0.1, m).read().b).toEqual(Float64Array.of(0.1 + 0.1 * 0.1));
});

test("several directions at once, data that is replaced, growing memory", () => {
  const A = { data: wave(60 * 40, 2), shape: [60, 40] };
  const problem = objective((x: Tensor, M: Tensor) => sum(log(add(1, square(matmul(M, x))))), new Float64Array(40), A);
  const xs = Array.from({ length: 6 }, (_, k) => wave(40, k));
  const [x, ...vs] = xs.map((t) => problem.vector(t)) as [Vector<Float64Array>, ...Vector<Float64Array>[]];
  const want = problem.hvps(xs[0]!, xs.slice(1));
  expect(problem.hvps(x, vs)).toEqual(want);
  const { total } = memoryUse();
  const block = allocate(total);
  try {
    expect(memoryUse().total).toBeGreaterThan(total);
    expect(x.read()).toEqual(xs[0]);
    expect(problem.at(x).hvps(vs, vs)).toBe(vs);
    expect(vs.map((v) => v.read())).toEqual(want);
    const B = { data: wave(60 * 40, 3), shape: [60, 40] };
    problem.bind(B);
    expect(problem.grad(x, x).read()).toEqual(problem.grad(xs[0]!));
    expect(x.read()).not.toEqual(xs[0]);
    const at = problem.at(x);
    problem.bind(A);
    expect(thrown(() => at.hvp(x, x))).toMatch(/made before bind/);
  } finally {
    deallocate(block, total);
  }
});

test("debugNans looks into results of vectors too", () => {
  const problem = objective((x: Tensor) => sum(log(x)), new Float64Array(2));
  const [x, out] = [problem.vector([1, -1]), problem.vector([5, 6])];
  debugNans(true);
  try {
    expect(thrown(() => problem.value(x))).toMatch(/^nan: /);
    expect(problem.valueAndGrad(x.set([2, 4]), out)).toEqual([Math.log(2) + Math.log(4), out]);
    expect(out.read()).toEqual(Float64Array.of(0.5, 0.25));
    expect(problem.at(x).hvp(x, x).read()).toEqual(Float64Array.of(-0.5, -0.25));
  } finally {
    debugNans(false);
  }
});

describe("misuse", () => {
  const problem = objective(rosenbrock, new Float64Array(3)) as Objective<Float64Array>;
  const other = objective((x: Tensor) => sum(square(x)), new Float64Array(4));
  const [x, v] = [problem.vector([1, 2, 3]), problem.vector([4, 5, 6])];
  const foreign = other.vector() as unknown as Vector<Float64Array>;
  // biome-ignore lint/suspicious/noExplicitAny: mistakes that the types forbid.
  const any = (t: unknown): any => t;

  test.each<[string, () => unknown, RegExp]>([
    [
      "a vector of another objective",
      () => problem.grad(foreign),
      /^value: objective.grad: x is a vector of another objective; write/,
    ],
    ["as out", () => problem.hvp(x, v, foreign), /^value: objective.hvp: out is a vector of another objective/],
    ["in linear algebra", () => x.axpy(1, foreign), /^value: vector.axpy: y is a vector of another objective/],
    [
      "where there are no vectors",
      () => objective(rosenbrock, [1, 2]).grad(any(x)),
      /^value: a resident vector was passed .*read\(\)/,
    ],
    ["a vector among operands", () => sum(any(x)), /^value: a resident vector was passed/],
    ["for a traced function", () => grad(rosenbrock)(any(x)), /^value: a resident vector was passed/],
    [
      "in a tree",
      () => objective(({ a }) => sum(a), { a: [1] }).value(any({ a: x })),
      /^value: a resident vector was passed/,
    ],
    ["set to a vector", () => x.set(any(v)), /^value: a resident vector was passed .* copy\(vector\)/],
    ["set to another shape", () => x.set([1, 2]), /^shape: vector.set: values has shape \[2\]/],
    ["made of another shape", () => problem.vector([1, 2]), /^shape: vector.set: values has shape \[2\]/],
    ["read into another shape", () => x.read(new Float64Array(2)), /^shape: vector.read: out has 2 elements/],
    [
      "read into another type",
      () => x.read(any(new Float32Array(3))),
      /^value: vector.read: out must be a Float64Array/,
    ],
    ["a number that is none", () => x.scale(any("2")), /^value: vector.scale: a is the string "2"; expected a number/],
    [
      "axpy with an array",
      () => x.axpy(1, any([1, 2, 3])),
      /^value: vector.axpy: y must be a vector .* problem.vector\(values\)/,
    ],
    ["dot without a vector", () => x.dot(any(undefined)), /^value: vector.dot: y must be a vector/],
    [
      "one vector for two results",
      () => problem.valueGradAndHvp(x, v, [v, v]),
      /^value: objective.valueGradAndHvp: outs\[0\] and .*outs\[1\] are one vector/,
    ],
    [
      "one vector for two products",
      () => problem.hvps(x, [x, v], [v, v]),
      /^value: objective.hvps: outs\[0\] and .* are one vector/,
    ],
    ["fewer outs than directions", () => problem.hvps(x, [x, v], [v]), /^value: objective.hvps: expected a list/],
    [
      "a direction of another shape beside it",
      () => problem.hvp(x, [1, 2], v),
      /^shape: objective.hvp: v has shape \[2\]/,
    ],
    [
      "an out of another type beside it",
      () => problem.hvp(x, v, any([1, 2, 3])),
      /^value: objective.hvp: out must be a Float64Array/,
    ],
    ["no objective", () => vector(any({})), /^value: vector: the first argument must be an objective/],
  ])("%s", (_, call, message) => {
    expect(thrown(call)).toMatch(message);
    expect([x.read(), v.read()]).toEqual([Float64Array.of(1, 2, 3), Float64Array.of(4, 5, 6)]);
    close(problem.hvp(x, v), product([1, 2, 3], [4, 5, 6]));
  });
  test("lists whose author calls the library while they are read", () => {
    const nested = new Proxy([1, 2, 3], {
      get(list, key) {
        if (key === "1") problem.hvp([9, 9, 9], v, problem.vector());
        return Reflect.get(list, key);
      },
    });
    close(problem.hvp(nested, v), product([1, 2, 3], [4, 5, 6]));
    close(problem.hvp(x, nested, problem.vector()).read(), product([1, 2, 3], [1, 2, 3]));
    const doomed = problem.vector();
    const killing = new Proxy([1, 2, 3], {
      get(list, key) {
        if (key === "2") doomed.dispose();
        return Reflect.get(list, key);
      },
    });
    expect(thrown(() => problem.hvp(doomed, killing))).toMatch(/^disposed: objective.hvp: x was used after/);
    expect(thrown(() => problem.vector().copy(doomed))).toMatch(/^disposed: /);
  });
  test("after dispose, of a vector or of its objective", () => {
    const own = objective(rosenbrock, new Float64Array(3));
    const [a, b] = [own.vector([1, 2, 3]), own.vector([1, 2, 3])];
    a.dispose();
    a.dispose();
    expect(thrown(() => a.read())).toMatch(/^disposed: vector.read: the vector was used after dispose.*problem.vector/);
    expect(thrown(() => own.grad(a))).toMatch(/^disposed: objective.grad: x was used/);
    expect(thrown(() => own.grad(b, a))).toMatch(/^disposed: objective.grad: out was used/);
    expect(thrown(() => b.copy(a))).toMatch(/^disposed: vector.copy: from was used/);
    own.dispose();
    expect(thrown(() => b.norm())).toMatch(/^disposed: /);
    expect(thrown(() => own.grad(b))).toMatch(/^disposed: /);
    expect(thrown(() => own.vector())).toMatch(/^disposed: this objective was used after dispose/);
  });
});

test("vectors of hvp/functions are made by a function; importing it gives objectives the method", () => {
  const problem = functions.objective((x) => functions.sum(functions.square(x)), [1, 2]);
  const x = vector(problem, [3, 4]);
  expect([x.norm(), problem.value(x)]).toEqual([5, 25]);
  expect(problem.grad(x, vector(problem)).read()).toEqual(Float64Array.of(6, 8));
  expect(problem.vector([1, 1]).dot(x)).toBe(7);
});

describe("memory", () => {
  test("goes with dispose, of vectors and of the objective", () => {
    const problem = objective(rosenbrock, new Float64Array(1000));
    const first = problem.vector(wave(1000, 1));
    problem.hvp(first, first, first);
    problem.hvp(first, wave(1000, 2));
    first.axpy(first.dot(first) + first.norm(), first);
    const { used } = memoryUse();
    const more = Array.from({ length: 50 }, () => problem.vector());
    expect(memoryUse().used).toBeGreaterThanOrEqual(used + 50 * 8000);
    for (const v of more) v[Symbol.dispose]();
    expect(memoryUse().used).toBe(used);
    const rest = Array.from({ length: 50 }, () => problem.vector());
    problem.dispose();
    expect(memoryUse().used).toBeLessThan(used);
    for (const v of rest) v.dispose();
    const again = memoryUse().used;
    const next = objective(rosenbrock, new Float64Array(1000));
    const x = next.vector(wave(1000, 1));
    next.hvp(x, x, x);
    next.hvp(x, wave(1000, 2));
    x.axpy(x.dot(x) + x.norm(), x);
    next.dispose();
    expect(memoryUse().used).toBe(again);
  });
  test("of vectors that are garbage is used again", async () => {
    const problem = objective(rosenbrock, new Float64Array(100_000));
    const kept = problem.vector(wave(100_000, 1));
    for (let i = 0; i < 200; i++) {
      problem.vector();
      if (i % 20 === 19) {
        collect();
        await new Promise((done) => setTimeout(done, 0));
      }
    }
    // All of them at once would be 160 MB.
    expect(memoryUse().total).toBeLessThan(120e6);
    expect(kept.read()).toEqual(wave(100_000, 1));
    problem.dispose();
  });
  test("is steady: calls leave nothing behind", () => {
    const problem = objective(rosenbrock, new Float64Array(4));
    const [x, v, out] = [problem.vector([1, 2, 3, 4]), problem.vector([1, 0, 1, 0]), problem.vector()];
    const at = problem.at(x);
    const call = (): void => {
      problem.hvp(x, v, out);
      at.hvp(v, out);
      out.axpy(1e-9, v).scale(0.5);
      problem.grad(out, out);
    };
    call();
    const { used, total } = memoryUse();
    for (let i = 0; i < 20_000; i++) {
      call();
      out.copy(v);
    }
    expect(memoryUse()).toEqual({ used, total });
  });
});
