// The functions of fixtures/cases.json in the public operations, by id, as a user would write them.
import {
  abs,
  add,
  array,
  atan,
  atan2,
  cholesky,
  clip,
  concat,
  cos,
  div,
  dot,
  exp,
  eye,
  grad,
  lgamma,
  log,
  logsumexp,
  matmul,
  maximum,
  mean,
  median,
  minimum,
  mul,
  neg,
  pad,
  pow,
  prod,
  sigmoid,
  sin,
  softplus,
  sort,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  take,
  tanh,
  triangularSolve,
  where,
} from "../../src/index.ts";

export type Scalar = (x: Tensor) => Tensor;

const range = (n: number, from = 0): number[] => Array.from({ length: n }, (_, i) => from + i);
const plus = (first: Tensor, ...rest: Tensor[]): Tensor => rest.reduce((a, b) => add(a, b), first);
const sumSquares = (x: Tensor): Tensor => sum(square(x));
const diagonal = (x: Tensor): Tensor => x.reshape([x.size]).slice([0, x.size, x.length + 1]);
const parts = (x: Tensor): Tensor[] => range(x.length).map((i) => x.at(i));

const rosenbrock: Scalar = (x) => {
  const [a, b] = [x.slice([0, -1]), x.slice([1])];
  return sum(add(mul(100, square(sub(b, square(a)))), square(sub(1, a))));
};

/** sin(πx)/(πx); by its series near 0, where the quotient loses digits. */
function sinc(x: Tensor): Tensor {
  const u = square(mul(Math.PI, x));
  // Σ (-u)^k / (2k+1)!; u < 0.7, so that the first term left out is below 1e-18.
  let series: Tensor = mul(0, u);
  let factorial = 1;
  const coefficients = range(9).map((k) => {
    if (k > 0) factorial *= 2 * k * (2 * k + 1);
    return (k % 2 ? -1 : 1) / factorial;
  });
  for (const c of coefficients.reverse()) series = add(mul(series, u), c);
  const small = abs(x).lt(0.25);
  const z = mul(Math.PI, x);
  return where(small, series, div(sin(z), z));
}

function lennardJones(X: Tensor): Tensor {
  const rc = 2.5;
  const uc = 4 * (rc ** -12 - rc ** -6);
  const duc = 4 * (-12 * rc ** -13 + 6 * rc ** -7);
  const d = sub(X.expandDims(1), X.expandDims(0));
  const r = sqrt(sum(square(d), { axis: 2 }));
  const u = sub(mul(4, sub(pow(r, -12), pow(r, -6))), add(uc, mul(duc, sub(r, rc))));
  const off = range(4).map((i) => range(4).map((j) => i !== j));
  return mul(0.5, sum(where(off, where(r.lt(rc), u, 0), 0)));
}

function orderedLogit(b: Tensor): Tensor {
  const category = [0, 1, 2, 1, 2];
  const eta = add(b.at(0), mul(b.at(1), [-2, -0.5, 0.4, 1.5, 30]));
  // -log s(z) = softplus(-z)
  const top = softplus(sub(1, eta));
  const bottom = softplus(add(1, eta));
  const middle = sub(add(softplus(sub(eta, 1)), softplus(neg(add(eta, 1)))), Math.log(1 - Math.exp(-2)));
  const is = (k: number) => category.map((c) => c === k);
  return add(sum(where(is(2), top, where(is(0), bottom, middle))), mul(0.5, sumSquares(b)));
}

function odeFit(p: Tensor): Tensor {
  const [a, b, c, d] = parts(p) as [Tensor, Tensor, Tensor, Tensor];
  const observed = [
    [1.2, 0.9],
    [1.5, 1],
    [1.8, 1.2],
    [1.9, 1.6],
  ] as const;
  type State = [Tensor, Tensor];
  const slope = ([x, y]: State): State => {
    const xy = mul(x, y);
    return [sub(mul(a, x), mul(b, xy)), sub(mul(c, xy), mul(d, y))];
  };
  const move = (s: State, k: State, h: number): State => [add(s[0], mul(h, k[0])), add(s[1], mul(h, k[1]))];
  const h = 0.25;
  let s: State = [add(mul(0, a), 1), add(mul(0, a), 0.8)];
  let f = mul(0, a);
  for (const o of observed) {
    const k1 = slope(s);
    const k2 = slope(move(s, k1, h / 2));
    const k3 = slope(move(s, k2, h / 2));
    const k4 = slope(move(s, k3, h));
    const step = (i: 0 | 1): Tensor => add(s[i], mul(h / 6, plus(k1[i], mul(2, k2[i]), mul(2, k3[i]), k4[i])));
    s = [step(0), step(1)];
    f = plus(f, square(sub(s[0], o[0])), square(sub(s[1], o[1])));
  }
  return f;
}

function oscillator(p: Tensor): Tensor {
  const [a, b, c] = [p.slice([0, 3]), p.slice([3, 6]), p.slice([6, 9])];
  const u: Scalar = (t) => dot(c, tanh(add(mul(a, t), b)));
  const at = (t: number): Tensor => add(mul(0, p.at(0)), t);
  const du: Scalar = grad(u);
  const ddu: Scalar = grad(du);
  const start = add(square(sub(u(at(0)), 1)), square(du(at(0))));
  return plus(start, ...[0.25, 0.5, 1].map((t) => square(add(ddu(at(t)), mul(4, u(at(t)))))));
}

function gmm(p: Tensor): Tensor {
  const [K, d, N] = [3, 2, 5];
  const X = [[[0.5, -0.2]], [[1.1, 0.9]], [[-0.7, 0.4]], [[0, 1.5]], [[-1.2, -0.8]]];
  const alpha = p.slice([0, 3]);
  const mu = p.slice([3, 9]).reshape([K, d]);
  const icf = p.slice([9, 18]).reshape([K, 3]);
  const [q0, q1, l] = [icf.slice(null, 0), icf.slice(null, 1), icf.slice(null, 2)];
  const r = sub(X, mu);
  const [r0, r1] = [r.slice(null, null, 0), r.slice(null, null, 1)];
  const distance = add(square(mul(exp(q0), r0)), square(add(mul(l, r0), mul(exp(q1), r1))));
  const inner = sub(plus(alpha, q0, q1), mul(0.5, distance));
  const prior = mul(0.5, sum(plus(exp(mul(2, q0)), exp(mul(2, q1)), square(l))));
  // n p (log γ - ½ log 2) - log Γ₂(3/2), γ = 1, n = 3, p = 2; log Γ₂(3/2) = ½ log π + log(√π/2)
  const C = 6 * -0.5 * Math.LN2 - (0.5 * Math.log(Math.PI) + Math.log(Math.sqrt(Math.PI) / 2));
  const terms = sub(sum(logsumexp(inner, { axis: 1 })), mul(N, logsumexp(alpha)));
  return add(add(terms, prior), -0.5 * N * d * Math.log(2 * Math.PI) - K * C);
}

function bundleAdjustment(p: Tensor): Tensor {
  type Vec = [Tensor, Tensor, Tensor];
  const vec = (i: number): Vec => [p.at(i), p.at(i + 1), p.at(i + 2)];
  const dot3 = (a: Vec, b: Vec): Tensor => plus(mul(a[0], b[0]), mul(a[1], b[1]), mul(a[2], b[2]));
  const cross = (a: Vec, b: Vec): Vec => [
    sub(mul(a[1], b[2]), mul(a[2], b[1])),
    sub(mul(a[2], b[0]), mul(a[0], b[2])),
    sub(mul(a[0], b[1]), mul(a[1], b[0])),
  ];
  const r = vec(0);
  const theta = sqrt(dot3(r, r));
  const k = r.map((t) => div(t, theta)) as Vec;
  const [f, k1, k2] = [p.at(6), p.at(9), p.at(10)];
  const error = (point: number, weight: number, feature: readonly [number, number]): Tensor => {
    const X = vec(point).map((t, i) => sub(t, p.at(3 + i))) as Vec;
    const kX = cross(k, X);
    const along = mul(dot3(k, X), sub(1, cos(theta)));
    const Y = range(3).map((i) =>
      plus(mul(X[i] as Tensor, cos(theta)), mul(kX[i] as Tensor, sin(theta)), mul(k[i] as Tensor, along)),
    ) as Vec;
    const [u, v] = [div(Y[0], Y[2]), div(Y[1], Y[2])];
    const r2 = add(square(u), square(v));
    const scale = mul(f, add(1, mul(r2, add(k1, mul(k2, r2)))));
    const w = p.at(weight);
    const e0 = mul(w, sub(add(mul(scale, u), p.at(7)), feature[0]));
    const e1 = mul(w, sub(add(mul(scale, v), p.at(8)), feature[1]));
    return plus(square(e0), square(e1), square(sub(1, square(w))));
  };
  return mul(0.5, add(error(11, 17, [102, 55]), error(14, 18, [80, 62])));
}

// Data of the published least-squares problems.
const BARD = [0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.1, 4.39];
const GAUSS = [
  0.0009, 0.0044, 0.0175, 0.054, 0.1295, 0.242, 0.3521, 0.3989, 0.3521, 0.242, 0.1295, 0.054, 0.0175, 0.0044, 0.0009,
];
const MEYER = [34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872];
const KOWALIK = {
  y: [0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246],
  u: [4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625],
};
const MISRA = {
  y: [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.4, 75.47, 81.78],
  x: [77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0],
};

/** id → function. */
export const caseFunctions: Record<string, Scalar> = {
  where_sqrt_masked: (x) => sum(mul([1, 2, 3], where(x.gt(0), sqrt(x), 0))),
  norm_squared_at_zero: (x) => square(sqrt(sumSquares(x))),
  rbf_mixed_hessian: (z) => exp(neg(square(sqrt(sumSquares(div(sub(z.at(0), z.at(1)), 0.7)))))),
  lj_pairwise_masked_diagonal: lennardJones,
  pow_polynomial_at_zero: (x) => sum(pow(x.expandDims(1), [0, 1, 2, 3, 4, 5])),
  pow_exponent_of_zero_base: (b) => sum(pow([0, 2, 0], b)),
  prod_rows_with_zeros: (X) => sum(mul([1, 2, -1], prod(X, { axis: 1 }))),
  softplus_origin_and_tails: (x) => sum(mul([1, 1, 1, 2, 2, 1], softplus(x))),
  log_sigmoid_tails: (x) => neg(sum(softplus(neg(x)))),
  tanh_tails: (x) => sum(tanh(x)),
  sinc_removable_singularity: (x) => sum(mul([2, 1, -3, 5], sinc(x))),
  xlogy_zero_coefficient: (z) => sum(mul([1, 3], mul(z.slice([0, 2]), log(z.slice([2]))))),
  abs_of_minus_square: (x) => sum(abs(neg(square(x)))),
  abs_sum_power_kink: (x) => add(pow(add(abs(x.at(0)), abs(x.at(1))), 4), exp(x.at(1))),
  max_min_ties: (Z) => {
    const [x, y] = [Z.at(0), Z.at(1)];
    return sum(add(mul([1, 2, 3], maximum(x, y)), mul([1, -1, 2], minimum(x, y))));
  },
  clipped_bce: (p) => {
    const q = clip(p, 1e-6, 1 - 1e-6);
    const t = [1, 0, 1, 0];
    return neg(
      sum(
        add(
          mul(t, log(q)),
          mul(
            t.map((k) => 1 - k),
            log(sub(1, q)),
          ),
        ),
      ),
    );
  },
  quadratic_nonsymmetric: (x) => {
    const A = [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ];
    return dot(x, matmul(A, x));
  },
  perturbation_confusion: (x) => {
    const [a, b] = [x.at(0), x.at(1)];
    const one = add(mul(0, a), 1);
    const first = grad((y: Tensor) => mul(a, y))(one);
    const second = grad((y: Tensor) => mul(y, sqrt(add(square(a), square(b)))))(one);
    return add(mul(a, first), mul(add(a, b), second));
  },
  nested_derivative_exp: (x) => mul(x.at(0), grad((y: Tensor) => exp(y))(x.at(0))),
  js_second_derivatives: (x) => sum(plus(tanh(x), sigmoid(x), exp(x), pow(x, 3))),
  gather_duplicates: (t) =>
    sum(mul([1, 2, -1, 0.5, 3, 1], mul(square(take(t, [0, 3, 3, 1, 0, 0])), sin(take(t, [1, 3, 0, 0, 2, 0]))))),
  ordered_logit: orderedLogit,
  matrix_input_hvp: (X) => {
    const T = [
      [1, 0.5],
      [0.5, 2],
    ];
    return add(mul(0.5, sumSquares(sub(matmul(X.T, X), T))), sum(sin(X)));
  },
  det_identity: (A) => {
    const a = (i: number, j: number): Tensor => A.at(i % 3, j % 3);
    const minor = (j: number): Tensor => sub(mul(a(1, j + 1), a(2, j + 2)), mul(a(1, j + 2), a(2, j + 1)));
    return plus(mul(a(0, 0), minor(0)), mul(a(0, 1), minor(1)), mul(a(0, 2), minor(2)));
  },
  ode_parameter_fit: odeFit,
  rosen_hess_prod_published: rosenbrock,
  cos_chain_401: (x) => {
    let z = x;
    for (let i = 0; i < 401; i++) z = cos(z);
    return sumSquares(z);
  },
  pinn_oscillator: oscillator,
  rosen_n8192: rosenbrock,

  mgh01_rosenbrock: rosenbrock,
  mgh02_freudenstein_roth: (x) => {
    const [a, b] = parts(x) as [Tensor, Tensor];
    const r1 = add(add(-13, a), mul(sub(mul(sub(5, b), b), 2), b));
    const r2 = add(add(-29, a), mul(sub(mul(add(b, 1), b), 14), b));
    return add(square(r1), square(r2));
  },
  mgh03_powell_badly_scaled: (x) => {
    const [a, b] = parts(x) as [Tensor, Tensor];
    return add(square(sub(mul(mul(1e4, a), b), 1)), square(sub(add(exp(neg(a)), exp(neg(b))), 1.0001)));
  },
  mgh04_brown_badly_scaled: (x) => {
    const [a, b] = parts(x) as [Tensor, Tensor];
    return plus(square(sub(a, 1e6)), square(sub(b, 2e-6)), square(sub(mul(a, b), 2)));
  },
  mgh05_beale: (x) => sumSquares(sub([1.5, 2.25, 2.625], mul(x.at(0), sub(1, pow(x.at(1), [1, 2, 3]))))),
  mgh06_jennrich_sampson: (x) => {
    const i = range(10, 1);
    return sumSquares(
      sub(
        i.map((k) => 2 + 2 * k),
        add(exp(mul(i, x.at(0))), exp(mul(i, x.at(1)))),
      ),
    );
  },
  mgh07_helical_valley: (x) => {
    const [a, b, c] = parts(x) as [Tensor, Tensor, Tensor];
    const theta = add(div(atan(div(b, a)), 2 * Math.PI), where(a.lt(0), 0.5, 0));
    const radius = sqrt(add(square(a), square(b)));
    return add(mul(100, add(square(sub(c, mul(10, theta))), square(sub(radius, 1)))), square(c));
  },
  mgh08_bard: (x) => {
    const [a, b, c] = parts(x) as [Tensor, Tensor, Tensor];
    const u = range(15, 1);
    const v = u.map((k) => 16 - k);
    const w = u.map((k, i) => Math.min(k, v[i] as number));
    return sumSquares(sub(BARD, add(a, div(u, add(mul(v, b), mul(w, c))))));
  },
  mgh09_gaussian: (x) => {
    const [a, b, c] = parts(x) as [Tensor, Tensor, Tensor];
    const t = range(15, 1).map((i) => (8 - i) / 2);
    return sumSquares(sub(mul(a, exp(mul(-0.5, mul(b, square(sub(t, c)))))), GAUSS));
  },
  mgh10_meyer: (x) => {
    const [a, b, c] = parts(x) as [Tensor, Tensor, Tensor];
    const t = range(16, 1).map((i) => 45 + 5 * i);
    return sumSquares(sub(mul(a, exp(div(b, add(t, c)))), MEYER));
  },
  mgh12_box3d: (x) => {
    const [a, b, c] = parts(x) as [Tensor, Tensor, Tensor];
    const t = range(10, 1).map((i) => 0.1 * i);
    const minus = t.map((k) => -k);
    const last = t.map((k) => Math.exp(-k) - Math.exp(-10 * k));
    return sumSquares(sub(sub(exp(mul(minus, a)), exp(mul(minus, b))), mul(c, last)));
  },
  mgh13_powell_singular: (x) => {
    const [a, b, c, d] = parts(x) as [Tensor, Tensor, Tensor, Tensor];
    return plus(
      square(add(a, mul(10, b))),
      mul(5, square(sub(c, d))),
      pow(sub(b, mul(2, c)), 4),
      mul(10, pow(sub(a, d), 4)),
    );
  },
  mgh14_wood: (x) => {
    const [a, b, c, d] = parts(x) as [Tensor, Tensor, Tensor, Tensor];
    return plus(
      mul(100, square(sub(b, square(a)))),
      square(sub(1, a)),
      mul(90, square(sub(d, square(c)))),
      square(sub(1, c)),
      mul(10, square(sub(add(b, d), 2))),
      div(square(sub(b, d)), 10),
    );
  },
  mgh15_kowalik_osborne: (x) => {
    const [a, b, c, d] = parts(x) as [Tensor, Tensor, Tensor, Tensor];
    const u2 = KOWALIK.u.map((u) => u * u);
    return sumSquares(sub(KOWALIK.y, div(mul(a, add(u2, mul(KOWALIK.u, b))), add(add(u2, mul(KOWALIK.u, c)), d))));
  },
  mgh16_brown_dennis: (x) => {
    const [a, b, c, d] = parts(x) as [Tensor, Tensor, Tensor, Tensor];
    const t = range(20, 1).map((i) => i / 5);
    const r1 = sub(add(a, mul(t, b)), t.map(Math.exp));
    const r2 = sub(add(c, mul(d, t.map(Math.sin))), t.map(Math.cos));
    return sumSquares(add(square(r1), square(r2)));
  },
  mgh18_biggs_exp6: (x) => {
    const t = range(13, 1).map((i) => 0.1 * i);
    const minus = t.map((k) => -k);
    const e = (i: number): Tensor => exp(mul(minus, x.at(i)));
    const y = t.map((k) => Math.exp(-k) - 5 * Math.exp(-10 * k) + 3 * Math.exp(-4 * k));
    return sumSquares(sub(add(sub(mul(x.at(2), e(0)), mul(x.at(3), e(1))), mul(x.at(5), e(4))), y));
  },
  mgh21_ext_rosenbrock10: (x) => {
    const [a, b] = [x.slice([0, 10, 2]), x.slice([1, 10, 2])];
    return sum(add(mul(100, square(sub(b, square(a)))), square(sub(1, a))));
  },
  mgh23_penalty1_4: (x) => add(mul(1e-5, sumSquares(sub(x, 1))), square(sub(sumSquares(x), 0.25))),
  mgh24_penalty2_4: (x) => {
    const e = exp(div(x, 10));
    const y = [2, 3, 4].map((i) => Math.exp(i / 10) + Math.exp((i - 1) / 10));
    return plus(
      square(sub(x.at(0), 0.2)),
      mul(1e-5, sumSquares(sub(add(e.slice([1]), e.slice([0, -1])), y))),
      mul(1e-5, sumSquares(sub(e.slice([1]), Math.exp(-0.1)))),
      square(sub(dot([4, 3, 2, 1], square(x)), 1)),
    );
  },
  mgh25_variably_dimensioned10: (x) => {
    const s = dot(range(10, 1), sub(x, 1));
    return plus(sumSquares(sub(x, 1)), square(s), pow(s, 4));
  },
  mgh27_brown_almost_linear10: (x) => add(sumSquares(sub(add(x.slice([0, -1]), sum(x)), 11)), square(sub(prod(x), 1))),
  mgh30_broyden_tridiagonal10: (x) => {
    const before = concat([[0], x.slice([0, -1])]);
    const after = concat([x.slice([1]), [0]]);
    return sumSquares(add(sub(sub(mul(sub(3, mul(2, x)), x), before), mul(2, after)), 1));
  },
  mgh31_broyden_banded10: (x) => {
    const near = range(10).map((i) => range(10).map((j) => Number(j !== i && j >= i - 5 && j <= i + 1)));
    return sumSquares(sub(add(mul(x, add(2, mul(5, square(x)))), 1), matmul(near, mul(x, add(1, x)))));
  },

  logistic_regression_l2: (b) => {
    const column = (shift: number) => (i: number) => ((7 * i + shift) % 11) / 4 - 1.25;
    const X = range(10).map((i) => [1, ...[2, 5, 14].map((s) => column(s)(i))]);
    const eta = matmul(X, b);
    return add(sub(sum(softplus(eta)), dot([1, 0, 1, 1, 0, 0, 1, 0, 1, 0], eta)), mul(0.05, sumSquares(b.slice([1]))));
  },
  softmax_regression: (p) => {
    const X = range(6).map((i) => range(2).map((j) => ((5 * i + 4 * j) % 9) / 4 - 1));
    const W = p.slice([0, 6]).reshape([3, 2]);
    const Z = add(matmul(X, W.T), p.slice([6]));
    const chosen = [0, 1, 2, 1, 0, 2].map((y) => range(3).map((k) => Number(k === y)));
    return add(mean(sub(logsumexp(Z, { axis: 1 }), sum(mul(Z, chosen), { axis: 1 }))), mul(0.01, sumSquares(W)));
  },
  poisson_regression: (b) => {
    const X = range(8).map((i) => [1, (i % 4) / 2 - 0.5, ((3 * i) % 5) / 4]);
    const eta = add(matmul(X, b), [0, 0.5, -0.25, 0, 0.25, 0, 0.5, -0.5]);
    return sum(sub(exp(eta), mul([2, 0, 3, 1, 4, 2, 0, 5], eta)));
  },
  mlp_tanh_2_4_1: (p) => {
    const X = [
      [0, 0.5],
      [1, -1],
      [-0.5, 0.25],
      [2, 1.5],
      [-1, -0.75],
    ];
    const hidden = tanh(add(matmul(X, p.slice([0, 8]).reshape([4, 2]).T), p.slice([8, 12])));
    return mean(square(sub(add(matmul(hidden, p.slice([12, 16])), p.at(16)), [0.2, -0.4, 0.1, 1, -0.6])));
  },
  adbench_gmm: gmm,
  adbench_bundle_adjustment: bundleAdjustment,
  nist_misra1a: (b) =>
    sumSquares(
      sub(
        MISRA.y,
        mul(
          b.at(0),
          sub(
            1,
            exp(
              mul(
                MISRA.x.map((t) => -t),
                b.at(1),
              ),
            ),
          ),
        ),
      ),
    ),
  matrix_factorisation: (p) => {
    const R = [
      [5, 3, 0, 1],
      [4, 0, 0, 1],
      [1, 1, 0, 5],
    ];
    const [U, V] = [p.slice([0, 6]).reshape([3, 2]), p.slice([6]).reshape([4, 2])];
    const error = where(
      R.map((row) => row.map((r) => r > 0)),
      sub(R, matmul(U, V.T)),
      0,
    );
    return add(sumSquares(error), mul(0.1, add(sumSquares(U), sumSquares(V))));
  },
  atan2_on_axes: (Z) => dot([1, -1, 2, 0.5], atan2(Z.at(0), Z.at(1))),
  dirichlet_mle: (t) => {
    const P = [
      [0.2, 0.3, 0.5],
      [0.6, 0.3, 0.1],
      [0.25, 0.25, 0.5],
      [0.4, 0.35, 0.25],
    ];
    const a = exp(t);
    const logs = [0, 1, 2].map((k) => P.reduce((s, row) => s + Math.log(row[k] as number), 0));
    return neg(add(mul(4, sub(lgamma(sum(a)), sum(lgamma(a)))), dot(sub(a, 1), logs)));
  },
  tv_denoise_4x4: (u) => {
    const Y = [
      [1, 0.8, 0.1, 0],
      [0.9, 1.1, 0, 0.2],
      [0.2, 0.1, 0.9, 1],
      [0, -0.1, 1.1, 0.8],
    ];
    const down = pad(sub(u.slice([1]), u.slice([0, -1])), [
      [0, 1],
      [0, 0],
    ]);
    const right = pad(sub(u.slice(null, [1]), u.slice(null, [0, -1])), [
      [0, 0],
      [0, 1],
    ]);
    return add(mul(0.5, sumSquares(sub(u, Y))), mul(0.3, sum(sqrt(add(add(square(down), square(right)), 1e-4)))));
  },

  sort_and_median: (x) => add(sum(mul([1, -2, 3, 0.5, 2], square(sort(x)))), pow(median(x), 3)),
  logdet_via_cholesky: (A) => mul(2, sum(log(diagonal(cholesky(A))))),
  gp_marginal_likelihood: (t) => {
    const [X, y] = [
      [-2, -1.2, -0.3, 0.4, 1.1, 1.9],
      [0.1, -0.4, -0.2, 0.5, 0.9, 0.3],
    ];
    const D2 = array(X.map((a) => X.map((b) => (a - b) ** 2)));
    const [l, sf, sn] = parts(t) as [Tensor, Tensor, Tensor];
    const K = add(mul(exp(mul(2, sf)), exp(mul(D2, mul(-0.5, exp(mul(-2, l)))))), mul(exp(mul(2, sn)), eye(X.length)));
    const L = cholesky(K);
    const z = triangularSolve(L, y, { lower: true });
    return add(add(mul(0.5, dot(z, z)), sum(log(diagonal(L)))), 3 * Math.log(2 * Math.PI));
  },
};
