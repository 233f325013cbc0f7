// What kernels make of captured arrays alone is captured itself: same values, no call; and what must not be.
import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import type { Any } from "../harness/misuse.ts";

const h = library as Any;
const n = 64;
const X = { data: Float64Array.from({ length: n * n }, (_, i) => Math.sin(i)), shape: [n, n] };
const x = Float64Array.from({ length: n }, (_, i) => Math.cos(i));
/** Names of kernels that a compiled function calls. */
const calls = (f: (...args: Any[]) => Any, ...args: Any[]): string[] =>
  [
    ...h
      .explain(f)(...args)
      .toString()
      .split("plan")
      .at(-1)
      .matchAll(/call (\w+)/g),
  ].map((m) => m[1] as string);

describe("constants", () => {
  const gram = (t: Any) => h.vdot(t, h.matmul(h.mul(2, h.matmul(h.transpose(X), X)), t));
  test("a product of captured arrays is computed once: the bits are those of the call", () => {
    expect(h.jit(gram)(x)).toBe(
      h.jit((t: Any, A: Any) => h.vdot(t, h.matmul(h.mul(2, h.matmul(h.transpose(A), A)), t)))(x, X),
    );
    const before = h.explain(gram)(x).toString();
    expect(before.match(/matmul/g).length).toBeGreaterThan(0);
    expect(calls(gram, x).filter((c) => c === "gemm")).toEqual([]);
  });
  test("derivatives, at a point too", () => {
    const G = h.matmul(h.transpose(X), X);
    const want = h.mul(4, h.matmul(G, x));
    const problem = h.objective(gram, x);
    for (const got of [problem.grad(x), problem.hvp(x, x), problem.at(x).hvp(x)])
      for (let i = 0; i < n; i++) expect(Math.abs(got[i] - want[i])).toBeLessThan(1e-10);
  });
  test("powers, whose product with a vector reads them", () => {
    const t = Float64Array.from({ length: n }, (_, i) => i / n);
    const f = (c: Any) => h.matmul(h.cumprod(h.broadcastTo(h.expandDims(t, 1), [n, n]), { axis: 1 }), c);
    const want = t.map((a) => x.reduce((s, c, k) => s + c * a ** (k + 1), 0));
    const got = h.jit(f)(x);
    for (let i = 0; i < n; i++) expect(Math.abs(got[i] - (want[i] as number))).toBeLessThan(1e-12);
  });
  test("data that may be replaced is none", () => {
    const problem = h.objective((t: Any, A: Any) => h.vdot(t, h.matmul(h.matmul(h.transpose(A), A), t)), x, X);
    const first = problem.value(x);
    problem.bind({ data: X.data.map((a) => 2 * a), shape: [n, n] });
    expect(problem.value(x)).toBe(4 * first);
  });
  test("captured arrays are those of the compilation", () => {
    const own = { data: X.data.slice(), shape: [n, n] };
    const f = h.jit((t: Any) => h.matmul(h.matmul(own, own), t));
    const first = f(x);
    own.data.fill(0);
    expect(f(x)).toEqual(first);
  });
  test("a long chain of operations on captured arrays", () => {
    const f = (t: Any) => {
      let y = h.matmul(X, X);
      for (let i = 0; i < 3000; i++) y = h.add(h.mul(y, 0.5), 1);
      return h.sum(h.matmul(y, t));
    };
    const y = h.jit(f)(x);
    // Halved and increased by one often enough, all elements are 2.
    expect(y).toBeCloseTo(2 * n * x.reduce((s, a) => s + a, 0), 9);
  });
  test("what is not finite is found where it arises", () => {
    const holed = { data: X.data.map((a, i) => (i === 5 ? Number.NaN : a)), shape: [n, n] };
    h.debugNans(true);
    try {
      expect(() => h.jit((t: Any) => h.matmul(h.matmul(holed, X), t))(x)).toThrow("debugNans: literal produced NaN");
    } finally {
      h.debugNans(false);
    }
  });
});
