// Many directions: products with lists and batches of them, by whatever way they are computed.
import { describe, expect, test } from "vitest";
import {
  exp,
  matmul,
  mul,
  type NdArray,
  objective,
  softplus,
  square,
  sum,
  type Tensor,
  vmap,
} from "../../src/index.ts";
import { array, logistic, logisticHessian, M, N, near, numbers, times, X } from "../harness/directions.ts";
import { message } from "../harness/message.ts";

describe("products with several directions", () => {
  const w = numbers(N, 7);
  const H = logisticHessian(w);
  const problem = objective(logistic, w);
  const at = problem.at(w);
  const vs = Array.from({ length: 5 }, (_, k) => numbers(N, 100 + k));
  const batch = array(Float64Array.from(vs.flatMap((v) => [...v])), 5, N);

  test.each([undefined, 1, 2, 3, 5, 64])("lists and batches, { chunk: %s }", (chunk) => {
    const options = chunk === undefined ? {} : { chunk };
    const want = vs.map((v) => times(H, v));
    at.hvps(vs, undefined, options).forEach((got, k) => {
      near(got, want[k]!);
    });
    problem.hvps(w, vs, undefined, options).forEach((got, k) => {
      near(got, want[k]!);
    });
    const whole = at.hvps(batch, undefined, options) as NdArray;
    expect(whole.shape).toEqual([5, N]);
    near(
      whole.data as Float64Array,
      want.flatMap((p) => [...p]),
    );
    const outs = vs.map(() => new Float64Array(N));
    expect(at.hvps(vs, outs, options)).toBe(outs);
    outs.forEach((out, k) => {
      near(out, want[k]!);
    });
    const out = array(new Float64Array(5 * N), 5, N);
    expect(at.hvps(batch, out, options)).toBe(out);
    near(
      out.data,
      want.flatMap((p) => [...p]),
    );
  });

  test("one direction has the bits of a single product", () => {
    expect(at.hvps([vs[0]!])[0]).toEqual(at.hvp(vs[0]!));
    expect((at.hvps(array(vs[0]!, 1, N)) as NdArray).data).toEqual(at.hvp(vs[0]!));
  });
  test("the chunk is that of the function, not of the call before", () => {
    const first = at.hvps(vs);
    at.hvps(vs.slice(0, 3));
    at.hvps(vs, undefined, { chunk: 2 });
    expect(at.hvps(vs)).toEqual(first);
  });
  test("no direction at all", () => {
    expect(at.hvps([])).toEqual([]);
    expect((at.hvps(array(new Float64Array(0), 0, N)) as NdArray).shape).toEqual([0, N]);
  });
  test("outs that are directions, in another order", () => {
    const copies = vs.map((v) => v.slice());
    at.hvps(copies, [...copies].reverse());
    copies.reverse().forEach((got, k) => {
      near(got, times(H, vs[k]!));
    });
    const own = array(batch.data.slice(), 5, N);
    at.hvps(own, own);
    near(
      own.data,
      vs.flatMap((v) => [...times(H, v)]),
    );
  });
  test("points keep their own residuals, and more counts than are kept", () => {
    const other = numbers(N, 9);
    const there = problem.at(other);
    const G = logisticHessian(other);
    for (const count of [2, 3, 4, 5, 2, 3, 4, 5, 1]) {
      const some = Array.from({ length: count }, (_, k) => vs[k]!);
      at.hvps(some).forEach((got, k) => {
        near(got, times(H, some[k]!));
      });
      there.hvps(some).forEach((got, k) => {
        near(got, times(G, some[k]!));
      });
    }
  });
  test("data that is replaced outdates points", () => {
    const f = (x: Tensor, A: Tensor): Tensor => sum(square(matmul(A, x)));
    const p = objective(f, w, X);
    const before = p.at(w);
    const first = before.hvps(vs);
    p.bind(
      array(
        X.data.map((x) => 2 * x),
        M,
        N,
      ),
    );
    expect(message(() => before.hvps(vs))).toMatch(/before bind\(\)/);
    p.hvps(w, vs).forEach((got, k) => {
      near(
        got,
        first[k]!.map((x) => 4 * x),
      );
    });
  });
  test("float32", () => {
    const data = Float32Array.from(X.data);
    const p = objective((x: Tensor) => sum(softplus(matmul({ data, shape: [M, N] }, x))), Float32Array.from(w));
    const got = p.at(Float32Array.from(w)).hvps(vs.map((v) => Float32Array.from(v)));
    expect(got[0]).toBeInstanceOf(Float32Array);
    got.forEach((g, k) => {
      near(g, times(H, vs[k]!), 1e-5);
    });
  });
  test("trees", () => {
    const f = (p: { a: Tensor; b: Tensor }): Tensor => sum(mul(square(p.a), p.b));
    const x = { a: [1, 2], b: [3, 4] };
    // H·v: [2 b va + 2 a vb, 2 a va]
    const got = objective(f, x)
      .at(x)
      .hvps({ a: array(Float64Array.of(1, 1, 0, 1), 2, 2), b: array(Float64Array.of(0, 0, 1, 0), 2, 2) });
    expect(Array.from(got.a.data)).toEqual([6, 8, 2, 8]);
    expect(Array.from(got.b.data)).toEqual([2, 4, 0, 4]);
    // Lists in the place of typed arrays.
    const lists = objective(f, x)
      .at(x)
      .hvps({
        a: [
          [1, 1],
          [0, 1],
        ],
        b: [
          [0, 0],
          [1, 0],
        ],
      } as never) as unknown;
    expect(lists).toEqual(got);
  });
  test("a number: a list of numbers, or a vector of them", () => {
    const p = objective((x: Tensor) => exp(x), 0);
    expect(p.at(0).hvps([1, 2])).toEqual([1, 2]);
    expect(p.at(0).hvps(Float64Array.of(1, 2, 3))).toEqual(Float64Array.of(1, 2, 3));
  });
  test("thousands of directions of two elements", () => {
    const p = objective((x: Tensor) => sum(mul(x, square(x))), [1, 2]);
    const V = numbers(2 * 3001, 3);
    const got = p.hvps([1, 2], array(V, 3001, 2)) as NdArray;
    near(
      got.data as Float64Array,
      V.map((v, i) => v * (i % 2 ? 12 : 6)),
    );
  });

  test("misuse", () => {
    expect(message(() => at.hvps(vs[0] as never))).toBe(
      "at.hvps: vs has shape [80]; expected a list of directions, or an axis more in front of [80]",
    );
    expect(message(() => at.hvps([1, 2] as never))).toMatch(/for one write at\.hvp\(v\) or at\.hvps\(\[v\]\)$/);
    expect(message(() => at.hvps(array(new Float64Array(10), 5, 2)))).toMatch(/at\.hvps: vs has shape \[5, 2\]/);
    expect(message(() => at.hvps(vs, [new Float64Array(N)]))).toMatch(/got 5 of the first and 1 of the second/);
    expect(message(() => at.hvps(batch, array(new Float64Array(N), 1, N)))).toMatch(/has 80 elements/);
    expect(message(() => at.hvps(vs, { chunk: 2 } as never))).toBe(
      "at.hvps: { chunk } stands where results are written to; settings come last, after undefined",
    );
    expect(message(() => at.hvps(array(new Float64Array(160), N, 2)))).toBe(
      "at.hvps: vs has shape [80, 2]; expected directions as rows, [80, 80]",
    );
    expect(message(() => at.hvps(undefined as never))).toBe(
      "at.hvps: vs is undefined; expected a list of directions, or arrays with an axis more in front",
    );
    expect(message(() => at.hvps(vs, undefined, { chunk: 0 }))).toBe(
      "at.hvps: chunk is 0; expected how many directions to take at once, at least 1",
    );
    expect(message(() => at.hvps(vs, undefined, { chunks: 2 } as never))).toMatch(/chunks/);
    expect(message(() => at.hvps(vs, undefined, 2 as never))).toMatch(/the settings of at\.hvps are \{ chunk: 32 \}/);
  });
});

test("an objective that was disposed of has no products, of no direction either", () => {
  const p = objective((x: Tensor) => sum(exp(x)), [1, 2]);
  const at = p.at([1, 2]);
  p.dispose();
  expect(message(() => p.hvps([1, 2], []))).toMatch(/after dispose\(\)/);
  expect(message(() => at.hvps([]))).toMatch(/after dispose\(\)/);
});

describe("vmap", () => {
  test("of a product with a matrix that all examples share is one product", () => {
    const V = array(numbers(7 * N), 7, N);
    const got = vmap((v: Tensor) => matmul(X, v))(V) as NdArray;
    const want = Array.from({ length: 7 }, (_, k) => {
      const v = V.data.subarray(k * N, (k + 1) * N);
      return Array.from({ length: M }, (_, i) => v.reduce((s, x, j) => s + X.data[i * N + j]! * x, 0));
    });
    expect(got.shape).toEqual([7, M]);
    near(got.data as Float64Array, want.flat());
    const W = array(numbers(7 * N * 2, 5), 7, N, 2);
    const matrices = vmap((v: Tensor) => matmul(X, v))(W) as NdArray;
    expect(matrices.shape).toEqual([7, M, 2]);
    const k = 3;
    const one = matmul(X, array(W.data.slice(k * 2 * N, (k + 1) * 2 * N), N, 2)) as unknown as NdArray;
    near(matrices.data.slice(k * 2 * M, (k + 1) * 2 * M), one.data as Float64Array);
  });
});
