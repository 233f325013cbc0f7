// Dense Hessians, by whatever way they are computed: one program, bands, products; blocks, trees, given arrays.
import { describe, expect, test } from "vitest";
import {
  add,
  cond,
  cos,
  exp,
  foriLoop,
  grad,
  gt,
  hessian,
  hvp,
  jit,
  log,
  logsumexp,
  matmul,
  mul,
  type NdArray,
  objective,
  sin,
  softplus,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
} from "../../src/index.ts";
import { array, logistic, logisticHessian, M, N, near, numbers } from "../harness/directions.ts";
import { message } from "../harness/message.ts";

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

/** Without their types, which say much of the bodies. */
type Untyped = (...args: unknown[]) => Tensor;
const [loop, choose] = [foriLoop, cond] as unknown as [Untyped, Untyped];

describe("loops and choices around a product of matrices", () => {
  const A = array(Float64Array.of(1, 2, 3, 4), 2, 2);
  test.each<[string, (x: Tensor) => Tensor]>([
    ["a loop of the product", (x) => sum(loop(0, 3, (_: Tensor, c: Tensor) => sin(c), matmul(A, x)))],
    [
      "a choice of it",
      (x) =>
        sum(
          choose(
            gt(x.at(0), 0),
            (y: Tensor) => sin(y),
            (y: Tensor) => square(y),
            matmul(A, x),
          ),
        ),
    ],
    [
      "a loop beside it",
      (x) =>
        add(
          sum(sin(matmul(A, x))),
          loop(0, 2, (_: Tensor, c: Tensor) => sin(c), x.at(0)),
        ),
    ],
  ])("%s", (_, f) => {
    const x = [0.1, 0.2];
    const rows = [
      [1, 0],
      [0, 1],
    ].flatMap((e) => [...(hvp(f, x, e) as Float64Array)]);
    for (const H of [objective(f, x).hessian(x), objective(f, x).hessian(x, undefined, { chunk: 2 }), hessian(f)(x)])
      near((H as NdArray).data as Float64Array, rows);
  });
  test("an entry that is not finite beside one that is: the finite one, on both sides", () => {
    const f = (x: Tensor): Tensor =>
      sum(
        choose(
          gt(x.at(1), 0),
          (y: Tensor) => mul(y, log(y)),
          (y: Tensor) => mul(y, y),
          x,
        ),
      );
    const H = (objective(f, [0, 0.5]).hessian([0, 0.5]) as NdArray).data;
    expect([H[1], H[2], H[3]]).toEqual([0, 0, 2]);
  });
});
