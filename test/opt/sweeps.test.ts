// Sweeps: products with one matrix before and after a loop over its rows, one block of rows after the other
// (emit/sweep.ts). Right values are sums in plain loops.
import { expect, test } from "vitest";
import { CompiledObjective } from "../../src/api/compiled-objective.ts";
import {
  add,
  concat,
  cumsum,
  exp,
  flip,
  grad,
  hvp,
  jit,
  matmul,
  mean,
  mul,
  type NdArray,
  objective,
  reshape,
  sin,
  softplus,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  take,
  transpose,
  vdot,
} from "../../src/index.ts";
import type { Program } from "../../src/run/program.ts";
import { rng } from "../harness/rng.ts";

const random = rng(4711);
const reals = (n: number, Real: Float64ArrayConstructor | Float32ArrayConstructor = Float64Array) =>
  (Real as Float64ArrayConstructor).from({ length: n }, () => random() - 0.5);
type Rows = { data: Float64Array; shape: [number, number] };
const matrix = (m: number, n: number, Real?: Float64ArrayConstructor | Float32ArrayConstructor): Rows => ({
  data: reals(m * n, Real),
  shape: [m, n],
});
const times = ({ data, shape: [m, n] }: Rows, v: ArrayLike<number>): number[] =>
  Array.from({ length: m }, (_, i) => {
    let s = 0;
    for (let j = 0; j < n; j++) s += data[i * n + j]! * v[j]!;
    return s;
  });
const timesTransposed = ({ data, shape: [m, n] }: Rows, u: ArrayLike<number>): number[] => {
  const out = new Array<number>(n).fill(0);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) out[j]! += data[i * n + j]! * u[i]!;
  return out;
};
const sigma = (t: number): number => 1 / (1 + Math.exp(-t));
function expectClose(got: unknown, want: readonly number[], tolerance = 1e-12): void {
  const largest = (a: readonly number[]): number => a.reduce((m, t) => Math.max(m, Math.abs(t)), 0);
  expect((got as Float64Array).length).toBe(want.length);
  expect(largest(want.map((w, i) => (got as Float64Array)[i]! - w)) / largest(want)).toBeLessThan(tolerance);
}
/** [loops, kernel calls] of the programs of an objective. */
function counts(
  f: (x: Tensor) => unknown,
  n: number,
): Record<"value" | "gradient" | "product" | "apply", [number, number]> {
  const o = new CompiledObjective(f as never, reals(n), [], false);
  o.value(reals(n));
  o.grad(reals(n));
  o.hvp(reals(n), reals(n));
  o.linearize(reals(n));
  const { programs, points } = o as unknown as {
    programs: Record<"value" | "grad" | "hvp", Program>;
    points: { products: { apply: Program } };
  };
  const of = ({ stats: { loops, calls } }: Program): [number, number] => [loops, calls];
  const found = {
    value: of(programs.value),
    gradient: of(programs.grad),
    product: of(programs.hvp),
    apply: of(points.products.apply),
  };
  o.dispose();
  return found;
}

// 256 KiB and more are taken in blocks of 128 KiB: 327 and 655 rows of 50 numbers.
const logistic =
  (X: Rows, y: Float64Array) =>
  (w: Tensor): Tensor => {
    const z = matmul(X, w);
    return mean(sub(softplus(z), mul(y, z)));
  };

test.each([
  [656, 50, "two blocks and a few rows"],
  [648, 50, "two whole blocks"],
  [649, 50, "one row is left"],
  [1303, 51, "odd rows and columns"],
  [4, 40000, "rows as long as a block"],
  [9, 40000, "a last block of one long row"],
  [40000, 1, "one column"],
])("logistic regression with %i × %i: %s", (m, n) => {
  const X = matrix(m, n);
  const y = Float64Array.from({ length: m }, () => Number(random() > 0.5));
  const [w, v] = [reals(n), reals(n)];
  const p = objective(logistic(X, y), w);
  const z = times(X, w);
  const residual = z.map((t, i) => (sigma(t) - y[i]!) / m);
  const gradient = timesTransposed(X, residual);
  const dz = times(X, v);
  const product = timesTransposed(
    X,
    z.map((t, i) => (sigma(t) * (1 - sigma(t)) * dz[i]!) / m),
  );
  expectClose(p.grad(w), gradient);
  expectClose(p.hvp(w, v), product);
  expectClose(p.at(w).hvp(v), product);
  const [value, g] = p.valueAndGrad(w);
  expectClose(g, gradient);
  const want = z.reduce((s, t, i) => s + Math.log1p(Math.exp(t)) - y[i]! * t, 0) / m;
  expect(Math.abs(value - want) / want).toBeLessThan(1e-13);
  p.dispose();
});

test("a matrix is read once by a product: one loop over blocks with the loop over rows inside, and two calls where there were three", () => {
  const y = new Float64Array(1000);
  expect(counts(logistic(matrix(1000, 200), y), 200)).toEqual({
    value: [1, 1],
    gradient: [3, 2],
    product: [3, 2],
    apply: [3, 2],
  });
  // What stays in the cache from one call to the next is not taken apart; both products with X are one call still.
  expect(counts(logistic(matrix(100, 20), y.slice(0, 100)), 20)).toEqual({
    value: [1, 1],
    gradient: [1, 2],
    product: [1, 2],
    apply: [1, 2],
  });
});

test("least squares: blocks without a loop over rows", () => {
  const X = matrix(1001, 33);
  const f = (w: Tensor) => mul(0.5, sum(square(matmul(X, w))));
  const [w, v] = [reals(33), reals(33)];
  expectClose(grad(f)(w), timesTransposed(X, times(X, w)));
  expectClose(hvp(f, w, v), timesTransposed(X, times(X, v)));
  expect(counts(f, 33)).toEqual({ value: [1, 1], gradient: [1, 2], product: [1, 2], apply: [1, 2] });
});

test("two matrices of as many rows, and two sums over them", () => {
  const [X, Z] = [matrix(1100, 40), matrix(1100, 30)];
  const c = reals(1100);
  const f = jit((u: Tensor, t: Tensor) => {
    const r = mul(c, add(matmul(X, u), matmul(Z, t)));
    return [matmul(transpose(X), r), matmul(transpose(Z), square(r)), vdot(r, r)];
  });
  const [u, t] = [reals(40), reals(30)];
  const zt = times(Z, t);
  const r = times(X, u).map((xu, i) => c[i]! * (xu + zt[i]!));
  const squares = r.map((a) => a * a);
  const [first, second, third] = f(u, t) as unknown as [Float64Array, Float64Array, number];
  expectClose(first, timesTransposed(X, r));
  expectClose(second, timesTransposed(Z, squares));
  const norm = squares.reduce((a, b) => a + b);
  expect(Math.abs(third - norm) / norm).toBeLessThan(1e-13);
});

const X = matrix(1000, 45);
const x = reals(45);
const z = times(X, x);
test.each<[string, (u: Tensor) => Tensor, () => number[]]>([
  ["the first row", (u) => mul(u, u.at(0)), () => z.map((t) => t * z[0]!)],
  ["the last rows first", (u) => mul(u, flip(u)), () => z.map((t, i) => t * z[999 - i]!)],
  [
    "the row before",
    (u) => concat([[0], mul(u.slice([1]), u.slice([0, -1]))]),
    () => z.map((t, i) => (i === 0 ? 0 : t * z[i - 1]!)),
  ],
  ["the sum of all rows", (u) => mul(u, sum(u)), () => z.map((t) => t * z.reduce((a, b) => a + b))],
  [
    "picked rows",
    (u) =>
      mul(
        u,
        take(
          u,
          Int32Array.from({ length: 1000 }, (_, i) => (7 * i) % 1000),
        ),
      ),
    () => z.map((t, i) => t * z[(7 * i) % 1000]!),
  ],
  ["rows in the order of another", (u) => flip(u), () => z.toReversed()],
  ["a view of the result of the loop", (u) => flip(exp(u)), () => z.map(Math.exp).toReversed()],
  [
    "running sums",
    (u) => cumsum(u),
    () => {
      let s = 0;
      return z.map((t) => (s += t));
    },
  ],
])("what needs %s cannot go block by block, and does not", (_name, f, u) => {
  const product = jit((A: Tensor, w: Tensor) => matmul(transpose(A), f(matmul(A, w))));
  expectClose(product(X, x), timesTransposed(X, u()));
});

test("parts of a matrix: columns left out, rows backwards, rows with a stride", () => {
  const [m, n] = X.shape;
  const pick = (rows: (i: number) => number, count: number, from: number): Rows => ({
    data: Float64Array.from({ length: count * (n - from) }, (_, k) => {
      const i = Math.floor(k / (n - from));
      return X.data[rows(i) * n + from + (k % (n - from))]!;
    }),
    shape: [count, n - from],
  });
  const parts: [(A: Tensor) => Tensor, Rows][] = [
    [(A) => A.slice(null, [3]), pick((i) => i, m, 3)],
    [(A) => flip(A, 0), pick((i) => m - 1 - i, m, 0)],
    [(A) => A.slice([10]), pick((i) => i + 10, m - 10, 0)],
  ];
  for (const [part, P] of parts) {
    const f = jit((A: Tensor, w: Tensor) => {
      const B = part(A);
      return matmul(transpose(B), exp(matmul(B, w)));
    });
    const w = reals(P.shape[1]);
    expectClose(f(X, w), timesTransposed(P, times(P, w).map(Math.exp)));
  }
});

test("a loop over rows that computes several numbers a row", () => {
  const f = jit((A: Tensor, w: Tensor) => {
    const u = matmul(A, w);
    const powers = stack([u, square(u), mul(u, square(u))], { axis: 1 });
    return [powers, matmul(transpose(A), exp(u)), sum(powers, 0)];
  });
  const [powers, y, sums] = f(X, x) as unknown as [NdArray, Float64Array, Float64Array];
  expect(powers.shape).toEqual([1000, 3]);
  expectClose(
    powers.data,
    z.flatMap((t) => [t, t * t, t * t * t]),
  );
  expectClose(y, timesTransposed(X, z.map(Math.exp)));
  expectClose(
    sums,
    [1, 2, 3].map((k) => z.reduce((s, t) => s + t ** k, 0)),
  );
});

test("weights backwards, weights that are a slice, and a short axis summed in the loop", () => {
  const c = reals(1001);
  const forward = jit((A: Tensor, w: Tensor, k: Tensor) =>
    matmul(transpose(A), mul(flip(k.slice([0, -1])), matmul(A, w))),
  );
  expectClose(
    forward(X, x, c),
    timesTransposed(
      X,
      z.map((t, i) => t * c[999 - i]!),
    ),
  );
  const sliced = jit((A: Tensor, w: Tensor, k: Tensor) => matmul(transpose(A), mul(k.slice([1]), matmul(A, w))));
  expectClose(
    sliced(X, x, c),
    timesTransposed(
      X,
      z.map((t, i) => t * c[i + 1]!),
    ),
  );
  const k = [0.1, 0.7, -0.3];
  const short = jit((A: Tensor, w: Tensor) =>
    matmul(transpose(A), sum(sin(mul(reshape(matmul(A, w), [1000, 1]), k)), 1)),
  );
  expectClose(
    short(X, x),
    timesTransposed(
      X,
      z.map((t) => k.reduce((s, a) => s + Math.sin(t * a), 0)),
    ),
  );
});

test("without a loop, the product in the middle of a sweep is one that can be made by blocks", () => {
  const Z = matrix(1000, 45);
  const a = reals(1000);
  // The first product shares its matrix with nothing; the second reads rows in another order.
  const other = jit((A: Tensor, B: Tensor, w: Tensor, k: Tensor) => {
    const u = matmul(A, w);
    return [matmul(transpose(B), k), matmul(transpose(A), u)];
  });
  const [p, q] = other(X, Z, x, a) as unknown as [Float64Array, Float64Array];
  expectClose(p, timesTransposed(Z, a));
  expectClose(q, timesTransposed(X, z));
  const turned = jit((A: Tensor, w: Tensor) => {
    const u = matmul(A, w);
    return [matmul(transpose(A), flip(u)), matmul(transpose(A), u)];
  });
  const [r, s] = turned(X, x) as unknown as [Float64Array, Float64Array];
  expectClose(r, timesTransposed(X, z.toReversed()));
  expectClose(s, timesTransposed(X, z));
  const f = (w: Tensor) => add(mul(0.5, sum(square(matmul(X, w)))), vdot(matmul(Z, w), a));
  const problem = objective(f, x);
  const [sums, slope] = [timesTransposed(X, z), timesTransposed(Z, a)];
  expectClose(
    problem.grad(x),
    sums.map((t, i) => t + slope[i]!),
  );
  problem.dispose();
});

test("a loop that reads rows through a packed copy comes after them", () => {
  const [points, centers] = [500, 100];
  const P = matrix(3 * points, 40);
  const Q = matrix(centers, 3);
  const density = jit((A: Tensor, B: Tensor, y: Tensor) => {
    const u = matmul(A, y);
    const difference = sub(reshape(B, [centers, 1, 3]), reshape(u, [1, points, 3]));
    const r = sum(exp(mul(-1, sum(square(difference), 2))), 1); // made before exp(u): so is its loop
    return [matmul(transpose(A), exp(u)), r];
  });
  const y = reals(40);
  density(
    P,
    Q,
    y.map(() => 5),
  );
  const u = times(P, y);
  const want = Array.from({ length: centers }, (_, i) => {
    let s = 0;
    for (let j = 0; j < points; j++)
      s += Math.exp(-[0, 1, 2].reduce((d, k) => d + (Q.data[3 * i + k]! - u[3 * j + k]!) ** 2, 0));
    return s;
  });
  const [back, got] = density(P, Q, y) as unknown as [Float64Array, Float64Array];
  expectClose(got, want);
  expectClose(back, timesTransposed(P, u.map(Math.exp)));
});

test("float32", () => {
  const A = matrix(2000, 51, Float32Array);
  const y = reals(2000, Float32Array);
  const [w, v] = [reals(51, Float32Array), reals(51, Float32Array)];
  const s = times(A, w).map((t) => sigma(t) * (1 - sigma(t)));
  const dz = times(A, v);
  const want = timesTransposed(
    A,
    s.map((t, i) => (t * dz[i]!) / 2000),
  );
  const p = objective(logistic(A, y), w as unknown as Float32Array);
  expectClose(p.hvp(w as never, v as never), want, 1e-5);
  expectClose(p.at(w as never).hvp(v as never), want, 1e-5);
  p.dispose();
});

test("new data of an objective", () => {
  const [A, B] = [matrix(900, 50), matrix(900, 50)];
  const [w, v] = [reals(50), reals(50)];
  const p = objective((t: Tensor, D: Tensor) => sum(softplus(matmul(D, t))), w, A as never);
  for (const D of [A, B]) {
    p.bind(D as never);
    const [dz, s] = [times(D, v), times(D, w).map((r) => sigma(r) * (1 - sigma(r)))];
    const want = timesTransposed(
      D,
      s.map((r, i) => r * dz[i]!),
    );
    expectClose(p.hvp(w, v), want);
    expectClose(p.at(w).hvp(v), want);
  }
  p.dispose();
});
