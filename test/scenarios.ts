// Functions with their gradient and Hessian-vector product in closed form, worked out by hand and written in plain
// loops. Tests check them in every composition of transforms; benchmarks may run them.
import {
  abs,
  add,
  atan,
  clip,
  concat,
  div,
  dot,
  exp,
  expm1,
  flip,
  log,
  log1p,
  logsumexp,
  matmul,
  max,
  maximum,
  mean,
  mul,
  neg,
  outer,
  pad,
  pow,
  prod,
  roll,
  sigmoid,
  sin,
  softplus,
  sqrt,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  take,
  tan,
  tanh,
  where,
} from "../src/index.ts";
import { rng, vector } from "./harness/rng.ts";

export interface Scenario {
  readonly name: string;
  /** A scalar function of one array. */
  f(x: Tensor): Tensor;
  readonly shape: readonly number[];
  readonly x: Float64Array;
  readonly v: Float64Array;
  /** Row-major, from row-major. */
  grad(x: Float64Array): Float64Array;
  hvp(x: Float64Array, v: Float64Array): Float64Array;
  /** Piecewise quadratic: no third derivative to difference. */
  readonly kinked?: boolean;
}

type Vec = Float64Array;
const map = (x: Vec, f: (x: number, i: number) => number): Vec => Float64Array.from(x, f);
const total = (x: ArrayLike<number>): number => Array.from(x).reduce((a, b) => a + b, 0);
const inner = (a: Vec, b: Vec): number => total(a.map((x, i) => x * (b[i] as number)));
const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
/** x[i], which is there. */
const el = (x: ArrayLike<number>, i: number): number => x[i] as number;

// ---- small dense matrices, row-major ----

interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Vec;
}
const matrix = (rows: number, columns: number, data: Vec): Matrix => ({ rows, columns, data });
const random = (rows: number, columns: number, seed: number): Matrix =>
  matrix(rows, columns, vector(rng(seed), rows * columns));
const nested = (a: Matrix): number[][] =>
  count(a.rows).map((i) => Array.from(a.data.subarray(i * a.columns, (i + 1) * a.columns)));
const t = (a: Matrix): Matrix =>
  matrix(
    a.columns,
    a.rows,
    a.data.map((_, k) => el(a.data, (k % a.rows) * a.columns + Math.floor(k / a.rows))),
  );
const times = (a: Matrix, b: Matrix): Matrix =>
  matrix(
    a.rows,
    b.columns,
    Float64Array.from({ length: a.rows * b.columns }, (_, k) => {
      const [i, j] = [Math.floor(k / b.columns), k % b.columns];
      return total(count(a.columns).map((l) => el(a.data, i * a.columns + l) * el(b.data, l * b.columns + j)));
    }),
  );
const combine = (a: Matrix, b: Matrix, f: (a: number, b: number) => number): Matrix =>
  matrix(
    a.rows,
    a.columns,
    map(a.data, (x, i) => f(x, el(b.data, i))),
  );

// ---- separable functions: Σ φ(xᵢ) ----

const separable = (
  name: string,
  f: (x: Tensor) => Tensor,
  low: number,
  high: number,
  d1: (x: number) => number,
  d2: (x: number) => number,
): Scenario => ({
  name: `sum ${name}`,
  f: (x) => sum(f(x)),
  shape: [7],
  x: vector(rng(11), 7, low, high),
  v: vector(rng(12), 7),
  grad: (x) => map(x, d1),
  hvp: (x, v) => map(x, (a, i) => d2(a) * el(v, i)),
});
const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const cosh2 = (x: number): number => Math.cosh(x) ** 2;

const separables: Scenario[] = [
  separable("sin", sin, -4, 4, Math.cos, (x) => -Math.sin(x)),
  separable(
    "tan",
    tan,
    -1,
    1,
    (x) => 1 / Math.cos(x) ** 2,
    (x) => (2 * Math.tan(x)) / Math.cos(x) ** 2,
  ),
  separable(
    "atan",
    atan,
    -3,
    3,
    (x) => 1 / (1 + x * x),
    (x) => (-2 * x) / (1 + x * x) ** 2,
  ),
  separable(
    "tanh",
    tanh,
    -2,
    2,
    (x) => 1 / cosh2(x),
    (x) => (-2 * Math.tanh(x)) / cosh2(x),
  ),
  separable(
    "sigmoid",
    sigmoid,
    -3,
    3,
    (x) => logistic(x) * logistic(-x),
    (x) => logistic(x) * logistic(-x) * (1 - 2 * logistic(x)),
  ),
  separable("softplus", softplus, -3, 3, logistic, (x) => logistic(x) * logistic(-x)),
  separable("exp", exp, -2, 2, Math.exp, Math.exp),
  separable("expm1", expm1, -2, 2, Math.exp, Math.exp),
  separable(
    "log",
    log,
    0.3,
    3,
    (x) => 1 / x,
    (x) => -1 / x ** 2,
  ),
  separable(
    "log1p",
    log1p,
    -0.5,
    3,
    (x) => 1 / (1 + x),
    (x) => -1 / (1 + x) ** 2,
  ),
  separable(
    "sqrt",
    sqrt,
    0.3,
    3,
    (x) => 0.5 / Math.sqrt(x),
    (x) => -0.25 * x ** -1.5,
  ),
  separable(
    "x**2.5",
    (x) => pow(x, 2.5),
    0.3,
    2,
    (x) => 2.5 * x ** 1.5,
    (x) => 3.75 * Math.sqrt(x),
  ),
  separable(
    "x**-3",
    (x) => pow(x, -3),
    0.5,
    2,
    (x) => -3 * x ** -4,
    (x) => 12 * x ** -5,
  ),
  separable(
    "2**x",
    (x) => pow(2, x),
    -2,
    2,
    (x) => Math.LN2 * 2 ** x,
    (x) => Math.LN2 ** 2 * 2 ** x,
  ),
  separable(
    "|x|³",
    (x) => pow(abs(x), 3),
    0.3,
    2,
    (x) => 3 * x * x,
    (x) => 6 * x,
  ),
  separable(
    "1/(1+x²)",
    (x) => div(1, add(1, square(x))),
    -2,
    2,
    (x) => (-2 * x) / (1 + x * x) ** 2,
    (x) => (6 * x * x - 2) / (1 + x * x) ** 3,
  ),
];

// ---- the rest ----

const structured: Scenario[] = [
  {
    name: "chained Rosenbrock",
    f: (x) => {
      const [a, b] = [x.slice([0, -1]), x.slice([1])];
      return sum(add(mul(100, square(sub(b, square(a)))), square(sub(1, a))));
    },
    shape: [9],
    x: vector(rng(1), 9, -1.5, 1.5),
    v: vector(rng(2), 9),
    grad: (x) =>
      map(x, (a, i) => {
        const left = i > 0 ? 200 * (a - el(x, i - 1) ** 2) : 0;
        return i < x.length - 1 ? left - 400 * a * (el(x, i + 1) - a * a) - 2 * (1 - a) : left;
      }),
    hvp: (x, v) =>
      map(x, (a, i) => {
        const left = i > 0 ? 200 * (el(v, i) - 2 * el(x, i - 1) * el(v, i - 1)) : 0;
        return i < x.length - 1
          ? left + (1200 * a * a - 400 * el(x, i + 1) + 2) * el(v, i) - 400 * a * el(v, i + 1)
          : left;
      }),
  },
  (() => {
    const [X, n, d] = [random(12, 4, 3), 12, 4];
    const y = count(n).map((i) => (i % 3 === 0 ? 1 : -1));
    const margin = (w: Vec): Vec => times(X, matrix(d, 1, w)).data.map((m, i) => m * el(y, i));
    return {
      name: "logistic regression",
      f: (w) => add(mean(softplus(neg(mul(y, matmul(nested(X), w))))), mul(0.05, dot(w, w))),
      shape: [d],
      x: vector(rng(4), d),
      v: vector(rng(5), d),
      grad: (w) => {
        const r = margin(w).map((m, i) => (-el(y, i) * logistic(-m)) / n);
        return times(t(X), matrix(n, 1, r)).data.map((g, j) => g + 0.1 * el(w, j));
      },
      hvp: (w, v) => {
        const Xv = times(X, matrix(d, 1, v)).data;
        const r = margin(w).map((m, i) => (logistic(m) * logistic(-m) * el(Xv, i)) / n);
        return times(t(X), matrix(n, 1, r)).data.map((h, j) => h + 0.1 * el(v, j));
      },
    } satisfies Scenario;
  })(),
  (() => {
    const [n, d, k] = [8, 3, 4];
    const X = random(n, d, 6);
    const Y = matrix(
      n,
      k,
      Float64Array.from({ length: n * k }, (_, i) => Number(i % k === (Math.floor(i / k) * 3) % k)),
    );
    const rowwise = (a: Matrix, f: (row: number[]) => number[]): Matrix =>
      matrix(a.rows, a.columns, Float64Array.from(nested(a).flatMap(f)));
    const softmax = (W: Vec): Matrix =>
      rowwise(times(X, matrix(d, k, W)), (z) => {
        const e = z.map(Math.exp);
        return e.map((x) => x / total(e));
      });
    return {
      name: "softmax cross-entropy",
      f: (W) => {
        const Z = matmul(nested(X), W);
        return mean(sub(logsumexp(Z, { axis: 1 }), sum(mul(Z, nested(Y)), { axis: 1 })));
      },
      shape: [d, k],
      x: vector(rng(7), d * k),
      v: vector(rng(8), d * k),
      grad: (W) =>
        times(
          t(X),
          combine(softmax(W), Y, (p, y) => (p - y) / n),
        ).data,
      hvp: (W, V) => {
        const P = nested(softmax(W));
        const U = nested(times(X, matrix(d, k, V)));
        const R = P.flatMap((p, i) => {
          const u = U[i] as number[];
          const m = total(p.map((q, j) => q * el(u, j)));
          return p.map((q, j) => (q * (el(u, j) - m)) / n);
        });
        return times(t(X), matrix(n, k, Float64Array.from(R))).data;
      },
    } satisfies Scenario;
  })(),
  (() => {
    const A = random(5, 5, 9);
    const S = combine(A, t(A), (a, b) => a + b);
    const apply = (x: Vec): Vec => times(S, matrix(5, 1, x)).data;
    return {
      name: "quadratic form with a nonsymmetric matrix",
      f: (x) => dot(x, matmul(nested(A), x)),
      shape: [5],
      x: vector(rng(1), 5),
      v: vector(rng(2), 5),
      grad: apply,
      hvp: (_x, v) => apply(v),
    } satisfies Scenario;
  })(),
  (() => {
    // ½|R - UVᵀ|², the factors one after the other in a flat vector: U [3,2], V [4,2]
    const R = random(3, 4, 21);
    const split = (p: Vec): [Matrix, Matrix] => [matrix(3, 2, p.slice(0, 6)), matrix(4, 2, p.slice(6))];
    const join = (U: Matrix, V: Matrix): Vec => Float64Array.from([...U.data, ...V.data]);
    const minus = (a: Matrix, b: Matrix): Matrix => combine(a, b, (x, y) => x - y);
    const plus = (a: Matrix, b: Matrix): Matrix => combine(a, b, (x, y) => x + y);
    return {
      name: "matrix factorization",
      f: (p) => {
        const [U, V] = [p.slice([0, 6]).reshape([3, 2]), p.slice([6]).reshape([4, 2])];
        return mul(0.5, sum(square(sub(nested(R), matmul(U, V.T)))));
      },
      shape: [14],
      x: vector(rng(22), 14),
      v: vector(rng(23), 14),
      grad: (p) => {
        const [U, V] = split(p);
        const E = minus(times(U, t(V)), R);
        return join(times(E, V), times(t(E), U));
      },
      hvp: (p, d) => {
        const [[U, V], [dU, dV]] = [split(p), split(d)];
        const E = minus(times(U, t(V)), R);
        const dE = plus(times(dU, t(V)), times(U, t(dV)));
        return join(plus(times(dE, V), times(E, dV)), plus(times(t(dE), U), times(t(E), dU)));
      },
    } satisfies Scenario;
  })(),
  (() => {
    // log(ad - bc); with D the determinant, c = (d, -c, -b, a) its gradient and J the constant Hessian of D.
    const cofactors = (x: Vec): Vec => Float64Array.of(el(x, 3), -el(x, 2), -el(x, 1), el(x, 0));
    const det = (x: Vec): number => el(x, 0) * el(x, 3) - el(x, 1) * el(x, 2);
    return {
      name: "log-determinant of a 2x2 matrix",
      f: (A) => log(sub(mul(A.at(0, 0), A.at(1, 1)), mul(A.at(0, 1), A.at(1, 0)))),
      shape: [2, 2],
      x: Float64Array.of(2, 0.5, -0.25, 1.5),
      v: vector(rng(3), 4),
      grad: (x) => cofactors(x).map((c) => c / det(x)),
      hvp: (x, v) => {
        const c = cofactors(x);
        const slope = inner(c, v) / det(x);
        return cofactors(v).map((dc, i) => (dc - el(c, i) * slope) / det(x));
      },
    } satisfies Scenario;
  })(),
  {
    name: "nested reductions",
    f: (X) => sum(square(sum(square(X), { axis: 1 }))),
    shape: [3, 5],
    x: vector(rng(31), 15),
    v: vector(rng(32), 15),
    grad: (x) => map(x, (a, k) => 4 * a * rowDot(x, x, k)),
    hvp: (x, v) => map(x, (a, k) => 4 * rowDot(x, x, k) * el(v, k) + 8 * a * rowDot(x, v, k)),
  },
  {
    name: "slices with steps",
    f: (x) => sum(mul(square(x.slice([0, 8, 2])), x.slice([1, 8, 2]))),
    shape: [8],
    x: vector(rng(33), 8),
    v: vector(rng(34), 8),
    grad: (x) => map(x, (a, i) => (i % 2 === 0 ? 2 * a * el(x, i + 1) : el(x, i - 1) ** 2)),
    hvp: (x, v) =>
      map(x, (a, i) =>
        i % 2 === 0 ? 2 * el(v, i) * el(x, i + 1) + 2 * a * el(v, i + 1) : 2 * el(x, i - 1) * el(v, i - 1),
      ),
  },
  {
    name: "flip",
    f: (x) => sum(mul(x, square(flip(x)))),
    shape: [6],
    x: vector(rng(35), 6),
    v: vector(rng(36), 6),
    grad: (x) => map(x, (a, i) => el(x, 5 - i) ** 2 + 2 * el(x, 5 - i) * a),
    hvp: (x, v) =>
      map(x, (a, i) => 2 * el(x, 5 - i) * el(v, 5 - i) + 2 * el(v, 5 - i) * a + 2 * el(x, 5 - i) * el(v, i)),
  },
  {
    name: "pad: Dirichlet energy",
    f: (x) => {
      const y = pad(x, 1);
      return sum(square(sub(y.slice([1]), y.slice([0, -1]))));
    },
    shape: [7],
    x: vector(rng(37), 7),
    v: vector(rng(38), 7),
    grad: (x) => laplacian(x),
    hvp: (_x, v) => laplacian(v),
  },
  {
    name: "concat",
    f: (x) => sum(pow(concat([x, square(x)]), 3)),
    shape: [5],
    x: vector(rng(39), 5),
    v: vector(rng(40), 5),
    grad: (x) => map(x, (a) => 3 * a ** 2 + 6 * a ** 5),
    hvp: (x, v) => map(x, (a, i) => (6 * a + 30 * a ** 4) * el(v, i)),
  },
  {
    name: "roll",
    f: (x) => sum(mul(x, square(roll(x, 1)))),
    shape: [6],
    x: vector(rng(41), 6),
    v: vector(rng(42), 6),
    grad: (x) => map(x, (a, i) => el(x, (i + 5) % 6) ** 2 + 2 * a * el(x, (i + 1) % 6)),
    hvp: (x, v) =>
      map(
        x,
        (a, i) =>
          2 * el(x, (i + 5) % 6) * el(v, (i + 5) % 6) + 2 * el(v, i) * el(x, (i + 1) % 6) + 2 * a * el(v, (i + 1) % 6),
      ),
  },
  (() => {
    const [I, J, w] = [
      [0, 3, 3, 1, 0, -1],
      [1, 3, 0, 0, 2, 0],
      [1, 2, -1, 0.5, 3, 1],
    ];
    const n = 4;
    const sumOver = (term: (i: number, j: number, w: number, add: (k: number, value: number) => void) => void): Vec => {
      const out = new Float64Array(n);
      w.forEach((weight, k) => {
        term((el(I as number[], k) + n) % n, el(J as number[], k), weight, (at, value) => {
          out[at] = el(out, at) + value;
        });
      });
      return out;
    };
    return {
      name: "gather with duplicates",
      f: (x) => sum(mul(w, mul(square(take(x, I as number[])), take(x, J as number[])))),
      shape: [n],
      x: vector(rng(43), n),
      v: vector(rng(44), n),
      grad: (x) =>
        sumOver((i, j, c, add) => {
          add(i, c * 2 * el(x, i) * el(x, j));
          add(j, c * el(x, i) ** 2);
        }),
      hvp: (x, v) =>
        sumOver((i, j, c, add) => {
          add(i, c * 2 * (el(v, i) * el(x, j) + el(x, i) * el(v, j)));
          add(j, c * 2 * el(x, i) * el(v, i));
        }),
    } satisfies Scenario;
  })(),
  (() => {
    const [A, B] = [random(4, 3, 45), random(5, 2, 46)];
    const apply = (x: Vec): Vec => times(times(t(A), times(times(A, matrix(3, 5, x)), B)), t(B)).data;
    return {
      name: "matmul chain",
      f: (X) => mul(0.5, sum(square(matmul(matmul(nested(A), X), nested(B))))),
      shape: [3, 5],
      x: vector(rng(47), 15),
      v: vector(rng(48), 15),
      grad: apply,
      hvp: (_x, v) => apply(v),
    } satisfies Scenario;
  })(),
  {
    name: "broadcast outer sum",
    f: (x) => sum(sin(add(x.expandDims(1), mul(2, x)))),
    shape: [5],
    x: vector(rng(49), 5),
    v: vector(rng(50), 5),
    grad: (x) => map(x, (a) => total(x.map((b) => Math.cos(a + 2 * b) + 2 * Math.cos(b + 2 * a)))),
    hvp: (x, v) =>
      map(x, (a, k) =>
        total(
          x.map(
            (b, j) =>
              -Math.sin(a + 2 * b) * (el(v, k) + 2 * el(v, j)) - 2 * Math.sin(b + 2 * a) * (el(v, j) + 2 * el(v, k)),
          ),
        ),
      ),
  },
  {
    // Σᵢⱼ (xᵢ xⱼ)² = (Σ x²)²
    name: "outer product squared",
    f: (x) => sum(square(outer(x, x))),
    shape: [4],
    x: vector(rng(51), 4),
    v: vector(rng(52), 4),
    grad: (x) => map(x, (a) => 4 * a * inner(x, x)),
    hvp: (x, v) => map(x, (a, i) => 4 * el(v, i) * inner(x, x) + 8 * a * inner(x, v)),
  },
  {
    name: "logsumexp",
    f: logsumexp,
    shape: [6],
    x: vector(rng(53), 6, -3, 3),
    v: vector(rng(54), 6),
    grad: (x) => x.map((a) => Math.exp(a) / total(x.map(Math.exp))),
    hvp: (x, v) => {
      const p = x.map((a) => Math.exp(a) / total(x.map(Math.exp)));
      return p.map((q, i) => q * (el(v, i) - inner(p, v)));
    },
  },
  {
    name: "product with a zero",
    f: (x) => prod(x),
    shape: [5],
    x: Float64Array.of(1.5, -0.5, 0, 2, 0.75),
    v: vector(rng(55), 5),
    grad: (x) => map(x, (_a, i) => productWithout(x, [i])),
    hvp: (x, v) => map(x, (_a, i) => total(count(5).map((j) => (j === i ? 0 : productWithout(x, [i, j]) * el(v, j))))),
  },
  {
    name: "Euclidean norm",
    f: (x) => sqrt(sum(square(x))),
    shape: [5],
    x: vector(rng(56), 5),
    v: vector(rng(57), 5),
    grad: (x) => x.map((a) => a / Math.sqrt(inner(x, x))),
    hvp: (x, v) => map(x, (a, i) => el(v, i) / Math.sqrt(inner(x, x)) - (a * inner(x, v)) / inner(x, x) ** 1.5),
  },
  {
    name: "variance",
    f: (x) => mean(square(sub(x, mean(x)))),
    shape: [6],
    x: vector(rng(58), 6),
    v: vector(rng(59), 6),
    grad: (x) => x.map((a) => (2 * (a - total(x) / 6)) / 6),
    hvp: (_x, v) => v.map((a) => (2 * (a - total(v) / 6)) / 6),
  },
  {
    name: "Huber loss",
    f: (x) => sum(where(abs(x).lt(1), mul(0.5, square(x)), sub(abs(x), 0.5))),
    shape: [6],
    x: Float64Array.of(-3, -0.5, 0.25, 0, 1.5, 0.875),
    v: vector(rng(60), 6),
    grad: (x) => x.map((a) => Math.max(-1, Math.min(1, a))),
    hvp: (x, v) => map(x, (a, i) => (Math.abs(a) < 1 ? el(v, i) : 0)),
    kinked: true,
  },
  {
    name: "squared hinge and clip",
    f: (x) => sum(add(square(maximum(x, 0)), mul(x, clip(x, -0.5, 0.5)))),
    shape: [5],
    x: Float64Array.of(-2, -0.25, 0.25, 2, 0.75),
    v: vector(rng(61), 5),
    grad: (x) => x.map((a) => 2 * Math.max(a, 0) + (Math.abs(a) < 0.5 ? 2 * a : 0.5 * Math.sign(a))),
    hvp: (x, v) => map(x, (a, i) => ((a > 0 ? 2 : 0) + (Math.abs(a) < 0.5 ? 2 : 0)) * el(v, i)),
    kinked: true,
  },
  {
    name: "maximum of rows, squared",
    f: (X) => sum(square(max(X, { axis: 1 }))),
    shape: [2, 3],
    x: Float64Array.of(1, 3, -2, 0.5, -1, -4),
    v: vector(rng(62), 6),
    grad: () => Float64Array.of(0, 6, 0, 1, 0, 0),
    hvp: (_x, v) => Float64Array.of(0, 2 * el(v, 1), 0, 2 * el(v, 3), 0, 0),
    kinked: true,
  },
  {
    // Σ over a stack of (x, x², 3x) transposed and taken apart again
    name: "stack, transpose, reshape",
    f: (x) =>
      sum(mul(stack([x, square(x), mul(3, x)]).T.reshape([3, 4]), stack([x, square(x), mul(3, x)]).T.reshape([3, 4]))),
    shape: [4],
    x: vector(rng(63), 4),
    v: vector(rng(64), 4),
    grad: (x) => map(x, (a) => 20 * a + 4 * a ** 3),
    hvp: (x, v) => map(x, (a, i) => (20 + 12 * a * a) * el(v, i)),
  },
];

/** Dot product of the rows (of 5) of x and y that element k lies in. */
function rowDot(x: Vec, y: Vec, k: number): number {
  const row = Math.floor(k / 5) * 5;
  return inner(x.subarray(row, row + 5), y.subarray(row, row + 5));
}
const laplacian = (x: Vec): Vec =>
  map(x, (a, i) => 2 * (2 * a - (i > 0 ? el(x, i - 1) : 0) - (i < x.length - 1 ? el(x, i + 1) : 0)));
const productWithout = (x: Vec, skip: number[]): number => x.reduce((p, a, i) => (skip.includes(i) ? p : p * a), 1);

export const scenarios: readonly Scenario[] = [...separables, ...structured];

/** `x` as a user passes an array of that shape. */
export const shaped = (
  shape: readonly number[],
  data: Float64Array | Float32Array,
): Float64Array | Float32Array | { data: typeof data; shape: readonly number[] } =>
  shape.length === 1 ? data : { data, shape };
