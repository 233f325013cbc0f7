// Sums of squares of any number of variables: Moré, Garbow and Hillstrom (1981), problems 20 to 35. Each is a function
// of n that gives a row as in mgh-small.mjs.
import { all, numbers } from "./mgh-small.mjs";

export const watson = (n) => ({
  name: `Watson ${n}`,
  number: 20,
  start: Array(n).fill(0),
  scales: all,
  published: { 6: [{ f: 2.28767e-3 }], 9: [{ f: 1.39976e-6 }], 12: [{ f: 4.72238e-10 }] }[n],
  residual: ({ concat, matmul, square, stack, sub }) => {
    const powers = numbers(29, (i) => numbers(n, (j) => (i / 29) ** (j - 1)));
    const slopes = numbers(29, (i) => numbers(n, (j) => (j === 1 ? 0 : (j - 1) * (i / 29) ** (j - 2))));
    return (x) => {
      const equation = sub(sub(matmul(slopes, x), square(matmul(powers, x))), 1);
      return concat([equation, stack([x.at(0), sub(sub(x.at(1), square(x.at(0))), 1)])]);
    };
  },
});

export const extendedRosenbrock = (n) => ({
  name: `Extended Rosenbrock ${n}`,
  number: 21,
  start: numbers(n, (j) => (j % 2 ? -1.2 : 1)),
  scales: all,
  published: [{ f: 0, x: Array(n).fill(1) }],
  residual:
    ({ concat, mul, square, sub }) =>
    (x) => {
      const [a, b] = [x.slice([0, n, 2]), x.slice([1, n, 2])];
      return concat([mul(10, sub(b, square(a))), sub(1, a)]);
    },
});

export const extendedPowell = (n) => ({
  name: `Extended Powell singular ${n}`,
  number: 22,
  start: numbers(n, (j) => [1, 3, -1, 0][j % 4]),
  scales: all,
  published: [{ f: 0, x: Array(n).fill(0) }],
  residual:
    ({ add, concat, mul, square, sub }) =>
    (x) => {
      const [a, b, c, d] = [0, 1, 2, 3].map((j) => x.slice([j, n, 4]));
      const linear = [add(a, mul(10, b)), mul(Math.sqrt(5), sub(c, d))];
      return concat([...linear, square(sub(b, mul(2, c))), mul(Math.sqrt(10), square(sub(a, d)))]);
    },
});

export const penalty1 = (n) => ({
  name: `Penalty I ${n}`,
  number: 23,
  start: numbers(n),
  scales: all,
  published: { 4: [{ f: 2.24997e-5 }], 10: [{ f: 7.08765e-5 }] }[n],
  residual:
    ({ concat, dot, mul, stack, sub }) =>
    (x) =>
      concat([mul(Math.sqrt(1e-5), sub(x, 1)), stack([sub(dot(x, x), 0.25)])]),
});

export const penalty2 = (n) => ({
  name: `Penalty II ${n}`,
  number: 24,
  start: Array(n).fill(0.5),
  scales: all,
  published: { 4: [{ f: 9.37629e-6 }], 10: [{ f: 2.9366e-4 }] }[n],
  residual: ({ add, concat, div, dot, exp, mul, square, stack, sub }) => {
    const y = numbers(n - 1, (i) => Math.exp((i + 1) / 10) + Math.exp(i / 10));
    const weights = numbers(n, (j) => n - j + 1);
    return (x) => {
      const e = exp(div(x, 10));
      const neighbours = sub(add(e.slice([1]), e.slice([0, -1])), y);
      const small = mul(Math.sqrt(1e-5), concat([neighbours, sub(e.slice([1]), Math.exp(-0.1))]));
      return concat([stack([sub(x.at(0), 0.2)]), small, stack([sub(dot(weights, square(x)), 1)])]);
    };
  },
});

export const variablyDimensioned = (n) => ({
  name: `Variably dimensioned ${n}`,
  number: 25,
  start: numbers(n, (j) => 1 - j / n),
  scales: all,
  published: [{ f: 0, x: Array(n).fill(1) }],
  residual:
    ({ concat, dot, square, stack, sub }) =>
    (x) => {
      const away = sub(x, 1);
      const s = dot(numbers(n), away);
      return concat([away, stack([s, square(s)])]);
    },
});

/** Searches from the start of the paper often end at a local minimum: 2.79506e-5 for n = 10. */
export const trigonometric = (n) => ({
  name: `Trigonometric ${n}`,
  number: 26,
  start: Array(n).fill(1 / n),
  scales: all,
  published: n === 10 ? [{ f: 0, x: Array(n).fill(0) }, { f: 2.79506e-5 }] : [{ f: 0, x: Array(n).fill(0) }],
  residual:
    ({ add, cos, mul, sin, sub, sum }) =>
    (x) => {
      const c = cos(x);
      return sub(add(sub(n, sum(c)), mul(numbers(n), sub(1, c))), sin(x));
    },
});

export const brownAlmostLinear = (n) => ({
  name: `Brown almost-linear ${n}`,
  number: 27,
  start: Array(n).fill(0.5),
  scales: all,
  published: [
    { f: 0, x: Array(n).fill(1) },
    { f: 1, x: numbers(n, (j) => (j < n ? 0 : n + 1)) },
  ],
  residual:
    ({ add, concat, prod, stack, sub, sum }) =>
    (x) =>
      concat([sub(add(x.slice([0, -1]), sum(x)), n + 1), stack([sub(prod(x), 1)])]),
});

export const discreteBoundaryValue = (n) => ({
  name: `Discrete boundary value ${n}`,
  number: 28,
  start: numbers(n, (j) => (j / (n + 1)) * (j / (n + 1) - 1)),
  scales: all,
  published: [{ f: 0 }],
  residual: ({ add, mul, pad, pow, sub }) => {
    const [h, t1] = [1 / (n + 1), numbers(n, (i) => i / (n + 1) + 1)];
    return (x) => {
      const [before, after] = [pad(x.slice([0, -1]), [1, 0]), pad(x.slice([1]), [0, 1])];
      return add(sub(sub(mul(2, x), before), after), mul((h * h) / 2, pow(add(x, t1), 3)));
    };
  },
});

export const discreteIntegral = (n) => ({
  name: `Discrete integral equation ${n}`,
  number: 29,
  start: numbers(n, (j) => (j / (n + 1)) * (j / (n + 1) - 1)),
  scales: all,
  published: [{ f: 0 }],
  residual: ({ add, matmul, pow }) => {
    const [h, t] = [1 / (n + 1), numbers(n, (i) => i / (n + 1))];
    const t1 = t.map((s) => s + 1);
    const kernel = t.map((s, i) => t.map((u, j) => (h / 2) * (j <= i ? (1 - s) * u : s * (1 - u))));
    return (x) => add(x, matmul(kernel, pow(add(x, t1), 3)));
  },
});

export const broydenTridiagonal = (n) => ({
  name: `Broyden tridiagonal ${n}`,
  number: 30,
  start: Array(n).fill(-1),
  scales: all,
  published: [{ f: 0 }],
  residual:
    ({ add, mul, pad, sub }) =>
    (x) => {
      const [before, after] = [pad(x.slice([0, -1]), [1, 0]), pad(x.slice([1]), [0, 1])];
      return add(sub(sub(mul(sub(3, mul(2, x)), x), before), mul(2, after)), 1);
    },
});

export const broydenBanded = (n) => ({
  name: `Broyden banded ${n}`,
  number: 31,
  start: Array(n).fill(-1),
  scales: all,
  published: [{ f: 0 }],
  residual:
    ({ add, mul, pad, square, sub }) =>
    (x) => {
      const y = pad(mul(x, add(1, x)), [5, 1]);
      const band = [0, 1, 2, 3, 4, 6].map((k) => y.slice([k, k + n])).reduce((a, b) => add(a, b));
      return sub(add(mul(x, add(2, mul(5, square(x)))), 1), band);
    },
});

export const linearFullRank = (n, m = 2 * n) => ({
  name: `Linear, full rank ${n}`,
  number: 32,
  start: Array(n).fill(1),
  published: [{ f: m - n, x: Array(n).fill(-1) }],
  residual:
    ({ concat, mul, neg, broadcastTo, sub, sum }) =>
    (x) => {
      const s = mul(2 / m, sum(x));
      return concat([sub(sub(x, s), 1), broadcastTo(neg(sub(s, -1)), [m - n])]);
    },
});

export const linearRank1 = (n, m = 2 * n) => ({
  name: `Linear, rank 1 ${n}`,
  number: 33,
  start: Array(n).fill(1),
  published: [{ f: (m * (m - 1)) / (2 * (2 * m + 1)) }],
  residual:
    ({ dot, mul, sub }) =>
    (x) =>
      sub(mul(numbers(m), dot(numbers(n), x)), 1),
});

export const linearRank1Zero = (n, m = 2 * n) => ({
  name: `Linear, rank 1 with zero columns and rows ${n}`,
  number: 34,
  start: Array(n).fill(1),
  published: [{ f: (m * m + 3 * m - 6) / (2 * (2 * m - 3)) }],
  residual: ({ dot, mul, sub }) => {
    const columns = numbers(n, (j) => (j === 1 || j === n ? 0 : j));
    const rows = numbers(m, (i) => (i === m ? 0 : i - 1));
    return (x) => sub(mul(rows, dot(columns, x)), 1);
  },
});

/**
 * m = n. The integral of the shifted Chebyshev polynomial Tᵢ over [0, 1] is -1/(i² - 1) for even i, else 0. For n = 10
 * there is a lower minimum than the one that the paper prints, 4.77271e-3.
 */
export const chebyquad = (n) => ({
  name: `Chebyquad ${n}`,
  number: 35,
  start: numbers(n, (j) => j / (n + 1)),
  scales: n > 7 ? [1] : all,
  published: { 8: [{ f: 3.51687e-3 }], 10: [{ f: 6.50395e-3 }] }[n] ?? [{ f: 0 }],
  residual: ({ div, mul, sub, stack, sum }) => {
    const integrals = numbers(n, (i) => (i % 2 ? 0 : -1 / (i * i - 1)));
    return (x) => {
      const twice = sub(mul(4, x), 2);
      const T = [1, div(twice, 2)];
      for (let i = 2; i <= n; i++) T.push(sub(mul(twice, T[i - 1]), T[i - 2]));
      return sub(div(stack(T.slice(1).map((t) => sum(t))), n), integrals);
    };
  },
});

/** The problems 20 to 35, at sizes of the paper. */
export const sized = [
  ...[6, 9, 12].map(watson),
  ...[extendedRosenbrock(10), extendedRosenbrock(100), extendedPowell(12), extendedPowell(100)],
  ...[penalty1(4), penalty1(10), penalty2(4), penalty2(10), variablyDimensioned(10), trigonometric(10)],
  ...[brownAlmostLinear(10), discreteBoundaryValue(10), discreteIntegral(10)],
  ...[broydenTridiagonal(10), broydenBanded(10)],
  ...[linearFullRank(5, 10), linearRank1(5, 10), linearRank1Zero(5, 10)],
  ...[chebyquad(5), chebyquad(8), chebyquad(9), chebyquad(10)],
];
