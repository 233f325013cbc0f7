// Many directions: products with lists and batches of them, and dense Hessians, by whatever way they are computed.
import { describe, expect, test } from "vitest";
import { HvpError } from "../../src/errors.ts";
import {
  add,
  cos,
  exp,
  grad,
  hessian,
  hvp,
  jit,
  log,
  logsumexp,
  matmul,
  mul,
  type NdArray,
  objective,
  softplus,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  vmap,
} from "../../src/index.ts";

const numbers = (count: number, seed = 1): Float64Array => {
  let s = seed;
  return Float64Array.from({ length: count }, () => {
    s = (s * 48271) % 0x7fffffff;
    return (2 * s) / 0x7fffffff - 1;
  });
};
const array = (data: Float64Array, ...shape: number[]) => ({ data, shape });

/** Matrices above the size from which a program takes several directions at once. */
const [M, N] = [220, 80];
const X = array(numbers(M * N), M, N);
const logistic = (w: Tensor): Tensor => sum(softplus(matmul(X, w)));
/** `Xᵀ diag(σ(1 - σ)) X` of plain numbers. */
function logisticHessian(w: Float64Array): Float64Array {
  const H = new Float64Array(N * N);
  for (let i = 0; i < M; i++) {
    const row = X.data.subarray(i * N, (i + 1) * N);
    const z = row.reduce((s, x, j) => s + x * w[j]!, 0);
    const d = 1 / (2 + Math.exp(z) + Math.exp(-z));
    for (let j = 0; j < N; j++) for (let k = 0; k < N; k++) H[j * N + k]! += d * row[j]! * row[k]!;
  }
  return H;
}
const times = (H: Float64Array, v: Float64Array): Float64Array =>
  v.map((_, i) => v.reduce((s, x, j) => s + H[i * v.length + j]! * x, 0));

function near(got: ArrayLike<number>, want: ArrayLike<number>, tolerance = 1e-12): void {
  expect(got.length).toBe(want.length);
  const scale = Math.max(1, ...Array.from(want, Math.abs));
  for (let i = 0; i < want.length; i++) expect(Math.abs(got[i]! - want[i]!) / scale).toBeLessThan(tolerance);
}
const message = (f: () => unknown): string => {
  try {
    f();
  } catch (e) {
    expect(e).toBeInstanceOf(HvpError);
    return (e as Error).message;
  }
  return "no error";
};

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
    expect(message(() => at.hvps(array(new Float64Array(10), 5, 2)))).toMatch(/at\.hvps: vs has shape \[5, ?2\]/);
    expect(message(() => at.hvps(vs, [new Float64Array(N)]))).toMatch(/got 5 of the first and 1 of the second/);
    expect(message(() => at.hvps(batch, array(new Float64Array(N), 1, N)))).toMatch(/has 80 elements/);
    expect(message(() => at.hvps(vs, undefined, { chunk: 0 }))).toBe(
      "at.hvps: chunk is 0; expected how many directions to take at once, at least 1",
    );
    expect(message(() => at.hvps(vs, undefined, { chunks: 2 } as never))).toMatch(/chunks/);
    expect(message(() => at.hvps(vs, undefined, 2 as never))).toMatch(/the settings of at\.hvps are \{ chunk: 32 \}/);
  });
});

describe("dense Hessians", () => {
  test("logistic regression: symmetric, as a product of plain numbers, into given arrays, by chunks", () => {
    const w = numbers(N, 7);
    const want = logisticHessian(w);
    const problem = objective(logistic, w);
    const all = [
      problem.hessian(w),
      problem.hessian(w, undefined, { chunk: 7 }),
      problem.hessian(w, undefined, { chunk: 1 }),
      hessian(logistic)(w),
      jit(hessian(logistic))(w),
    ] as NdArray[];
    for (const H of all) {
      near(H.data as Float64Array, want);
      for (let i = 0; i < N; i++) for (let k = 0; k < i; k++) expect(H.data[i * N + k]).toBe(H.data[k * N + i]);
    }
    for (const out of [new Float64Array(N * N), array(new Float64Array(N * N), N, N)]) {
      expect(problem.hessian(w, out)).toBe(out);
      expect("data" in out ? out.data : out).toEqual(all[0]!.data);
    }
    expect(message(() => problem.hessian(w, new Float64Array(N)))).toMatch(/objective\.hessian: out has 80 elements/);
    expect(message(() => problem.hessian(w, new Float32Array(N * N)))).toMatch(/must be a Float64Array/);
  });

  test("a vector that holds several arrays, which are told apart: products give the same", () => {
    const D = array(numbers(60), 12, 5);
    const t = array(numbers(12, 5), 12, 1);
    const network = (w: Tensor): Tensor => {
      const [W1, b1] = [w.slice([0, 15]).reshape(5, 3), w.slice([15, 18])];
      const [W2, b2] = [w.slice([18, 21]).reshape(3, 1), w.slice([21, 22])];
      return sum(square(sub(add(matmul(tanh(add(matmul(D, W1), b1)), W2), b2), t)));
    };
    const w = numbers(22, 11);
    const unit = (k: number) => Float64Array.from({ length: 22 }, (_, i) => Number(i === k));
    const want = Array.from({ length: 22 }, (_, k) => [...(hvp(network, w, unit(k)) as Float64Array)]).flat();
    near((hessian(network)(w) as NdArray).data as Float64Array, want);
    near((objective(network, w).hessian(w) as NdArray).data as Float64Array, want);
    // Third order goes through the blocks.
    const third = grad((x: Tensor) => sum(mul(hessian(network)(x) as Tensor, array(numbers(484, 3), 22, 22))));
    const V = numbers(484, 3);
    const along = grad((x: Tensor) =>
      Array.from({ length: 22 }, (_, k) =>
        sum(mul(hvp(network, x, unit(k)) as Tensor, V.slice(22 * k, 22 * k + 22))),
      ).reduce((a, b) => add(a, b)),
    );
    near(third(w) as Float64Array, along(w) as Float64Array, 1e-11);
  });

  test("parts that overlap, leave gaps, or are read whole as well", () => {
    const w = numbers(6, 2);
    const cases: ((x: Tensor) => Tensor)[] = [
      (x) => sum(mul(exp(x.slice([0, 4])), cos(x.slice([2, 6])))),
      (x) => add(sum(exp(x.slice([0, 2]))), sum(cos(x.slice([4, 6])))),
      (x) => add(mul(sum(exp(x.slice([0, 3]))), sum(x.slice([3, 6]))), logsumexp(x)),
      (x) => mul(sum(exp(x.slice([0, 3]))), sum(square(x.slice([3, 6])))),
      (x) => sum(mul(exp(x.slice([0, 3]).slice([0, 2])), x.slice([3, 5]))),
      (x) => sum(mul(x.slice([0, 6, 2]), square(x.slice([1, 6, 2])))),
    ];
    for (const f of cases) {
      const rows = Array.from({ length: 6 }, (_, k) => {
        const e = new Float64Array(6);
        e[k] = 1;
        return [...(hvp(f, w, e) as Float64Array)];
      });
      near((hessian(f)(w) as NdArray).data as Float64Array, rows.flat());
      near((objective(f, w).hessian(w) as NdArray).data as Float64Array, rows.flat());
    }
  });

  const [n, side] = [36, 6];
  const grid = (x: Tensor): Tensor => {
    const u = x.reshape(side, side);
    const across = mul(square(u.slice(null, [1])), u.slice(null, [0, -1]));
    return add(sum(across), sum(mul(exp(u.slice([1])), u.slice([0, -1]))));
  };
  test.each<[string, (x: Tensor) => Tensor]>([
    ["neighbours", (x) => sum(mul(square(x.slice([1])), exp(x.slice([0, -1]))))],
    ["neighbours three apart", (x) => add(sum(mul(x.slice([3]), square(x.slice([0, -3])))), sum(cos(x)))],
    ["a diagonal", (x) => sum(exp(x))],
    ["a grid", grid],
    ["neighbours where the other one is zero", (x) => sum(mul(x.slice([1]), square(mul(x.slice([0, -1]), 0))))],
    ["the first element beside all", (x) => sum(mul(square(x), x.at(0)))],
    ["nothing", (x) => sum(mul(x, 3))],
  ])("%s: by diagonals, into arrays that held something else", (_, f) => {
    const x = numbers(n, 5);
    const out = array(new Float64Array(n * n).fill(9), n, n);
    const problem = objective(f, x);
    expect(problem.hessian(x, out)).toBe(out);
    const rows = Array.from({ length: n }, (_, k) => {
      const e = new Float64Array(n);
      e[k] = 1;
      return [...(hvp(f, x, e) as Float64Array)];
    });
    near(out.data, rows.flat());
    expect((problem.hessian(x) as NdArray).data).toEqual(out.data);
  });
  test("elements of a diagonal that are not finite stay where they are", () => {
    const f = (x: Tensor): Tensor => add(sum(log(x)), sum(mul(x.slice([1]), x.slice([0, -1]))));
    const x = Float64Array.from({ length: 12 }, (_, i) => (i === 3 ? 0 : 2));
    const H = objective(f, x).hessian(x) as NdArray;
    for (let i = 0; i < 12; i++)
      for (let k = 0; k < 12; k++) {
        const want = i === k ? (i === 3 ? Number.NEGATIVE_INFINITY : -0.25) : Number(Math.abs(i - k) === 1);
        expect(H.data[12 * i + k]).toBe(want);
      }
  });

  test("trees of two types: every block has the type of its row", () => {
    const f = (p: { a: Tensor; b: Tensor }): Tensor => mul(sum(square(p.a)), sum(mul(p.b, square(p.b))));
    const x = { a: Float32Array.of(1, 2), b: Float64Array.of(3) };
    const H = hessian(f)(x) as unknown as Record<"a" | "b", Record<"a" | "b", NdArray>>;
    expect(H.a.b.data).toBeInstanceOf(Float32Array);
    expect(H.b.a.data).toBeInstanceOf(Float64Array);
    expect(Array.from(H.a.b.data)).toEqual([54, 108]);
    expect(Array.from(H.b.a.data)).toEqual([54, 108]);
    expect(Array.from(H.a.a.data)).toEqual([54, 0, 0, 54]);
    expect(Array.from(H.b.b.data)).toEqual([90]);
  });

  test("an infinite column leaves the others alone, by every way", () => {
    const A = array(numbers(M * 3), M, 3);
    const f = (x: Tensor): Tensor => add(sum(softplus(matmul(A, mul(x, [0, 1, 1])))), log(x.at(0)));
    const x = Float64Array.of(0, 0.5, 0.25);
    const inner = objective((u: Tensor) => sum(softplus(matmul(A, mul(u, [0, 1, 1])))), x).hessian(x) as NdArray;
    for (const H of [objective(f, x).hessian(x), hessian(f)(x), objective(f, x).hessian(x, undefined, { chunk: 2 })])
      for (const k of [4, 5, 7, 8]) near([(H as NdArray).data[k]!], [inner.data[k]!]);
  });
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
