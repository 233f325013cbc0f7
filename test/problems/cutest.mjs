// Functions that are no sums of few squares, without bounds: problems of CUTEst (Gould, Orban and Toint, "CUTEst: a
// constrained and unconstrained testing environment", Comput. Optim. Appl. 60, 2015). Starts and minima are those of
// the SIF files; sources of the functions are named there, too.
import { numbers } from "./mgh-small.mjs";

const brkmcc = {
  name: "BRKMCC",
  start: [2, 2],
  published: [{ f: 0.16904 }],
  value:
    ({ add, div, mul, square, sub }) =>
    (x) => {
      const [a, b] = [x.at(0), x.at(1)];
      const pole = div(0.04, sub(sub(1, mul(0.25, square(a))), square(b)));
      const bowl = add(square(sub(a, 2)), square(sub(b, 1)));
      return add(add(bowl, pole), mul(5, square(add(sub(a, mul(2, b)), 1))));
    },
};

const cliff = {
  name: "CLIFF",
  start: [0, -1],
  published: [{ f: 0.199786613 }],
  value:
    ({ add, div, exp, mul, square, sub }) =>
    (x) => {
      const d = sub(x.at(0), x.at(1));
      return add(sub(square(div(sub(x.at(0), 3), 100)), d), exp(mul(20, d)));
    },
};

const cube = {
  name: "CUBE",
  start: [-1.2, 1],
  published: [{ f: 0, x: [1, 1] }],
  value:
    ({ add, mul, pow, square, sub }) =>
    (x) =>
      add(square(sub(x.at(0), 1)), mul(100, square(sub(x.at(1), pow(x.at(0), 3))))),
};

const denschna = {
  name: "DENSCHNA",
  start: [1, 1],
  published: [{ f: 0, x: [0, 0] }],
  value:
    ({ add, exp, pow, square, sub }) =>
    (x) => {
      const [a, b] = [x.at(0), x.at(1)];
      return add(add(pow(a, 4), square(add(a, b))), square(sub(exp(b), 1)));
    },
};

/** Many hills and saddle points around a valley. */
const hairy = {
  name: "HAIRY",
  start: [-5, -7],
  published: [{ f: 20, x: [0, 0] }],
  value:
    ({ add, cos, mul, sin, sqrt, square, sub }) =>
    (x) => {
      const [a, b] = [x.at(0), x.at(1)];
      const hair = mul(30, mul(square(sin(mul(7, a))), square(cos(mul(7, b)))));
      const smooth = (t) => mul(100, sqrt(add(0.01, square(t))));
      return add(hair, add(smooth(sub(a, b)), smooth(a)));
    },
};

/** It has a minimum at 0; along a ray to infinity it goes to 0, too. */
const himmelbg = {
  name: "HIMMELBG",
  start: [0.5, 0.5],
  published: [{ f: 0, x: [0, 0] }],
  value:
    ({ add, exp, mul, neg, square }) =>
    (x) => {
      const [a, b] = [x.at(0), x.at(1)];
      return mul(exp(neg(add(a, b))), add(mul(2, square(a)), mul(3, square(b))));
    },
};

const sineval = {
  name: "SINEVAL",
  start: [4.712389, -1],
  published: [{ f: 0, x: [0, 0] }],
  value:
    ({ add, mul, sin, square, sub }) =>
    (x) =>
      add(mul(1000, square(sub(x.at(1), sin(x.at(0))))), mul(0.25, square(x.at(0)))),
};

export const arwhead = (n) => ({
  name: `ARWHEAD ${n}`,
  start: Array(n).fill(1),
  published: [{ f: 0, x: numbers(n, (j) => (j < n ? 1 : 0)) }],
  value:
    ({ add, mul, square, sub, sum }) =>
    (x) => {
      const a = x.slice([0, -1]);
      return sum(add(square(add(square(a), square(x.at(-1)))), sub(3, mul(4, a))));
    },
});

export const bdqrtic = (n) => ({
  name: `BDQRTIC ${n}`,
  start: Array(n).fill(1),
  published: { 100: [{ f: 378.769 }], 500: [{ f: 1981.01 }], 1000: [{ f: 3983.82 }] }[n],
  value:
    ({ add, mul, square, sub, sum }) =>
    (x) => {
      const terms = [1, 2, 3, 4].map((k) => mul(k, square(x.slice([k - 1, n - 5 + k]))));
      const quartic = terms.reduce((a, b) => add(a, b), mul(5, square(x.at(-1))));
      return sum(add(square(sub(3, mul(4, x.slice([0, n - 4])))), square(quartic)));
    },
});

/** f(1) is a minimum of it, and so are others. */
export const genrose = (n) => ({
  name: `GENROSE ${n}`,
  start: numbers(n, (j) => j / (n + 1)),
  published: [{ f: 1, x: Array(n).fill(1) }],
  value:
    ({ add, mul, square, sub, sum }) =>
    (x) => {
      const [a, b] = [x.slice([0, -1]), x.slice([1])];
      return add(1, sum(add(mul(100, square(sub(b, square(a)))), square(sub(b, 1)))));
    },
});

export const edensch = (n) => ({
  name: `EDENSCH ${n}`,
  start: Array(n).fill(8),
  published: { 36: [{ f: 219.28 }], 2000: [{ f: 12003.2 }] }[n],
  value:
    ({ add, mul, pow, square, sub, sum }) =>
    (x) => {
      const [a, b] = [x.slice([0, -1]), x.slice([1])];
      const pair = square(sub(mul(a, b), mul(2, b)));
      return add(16, sum(add(add(pow(sub(a, 2), 4), pair), square(add(b, 1)))));
    },
});

export const craggLevy = (n) => ({
  name: `CRAGGLVY ${n}`,
  start: numbers(n, (j) => (j === 1 ? 1 : 2)),
  published: { 10: [{ f: 1.886566 }], 50: [{ f: 15.372 }], 100: [{ f: 32.27 }], 1000: [{ f: 336.42 }] }[n],
  value:
    ({ add, exp, mul, pow, square, sub, sum, tan }) =>
    (x) => {
      const [a, b, c, d] = [0, 1, 2, 3].map((k) => x.slice([k, n - 2 + k, 2]));
      const e = sub(c, d);
      const steep = add(pow(sub(exp(a), b), 4), mul(100, pow(sub(b, c), 6)));
      return sum(add(add(steep, pow(add(tan(e), e), 4)), add(pow(a, 8), square(sub(d, 1)))));
    },
});

/** Problems of CUTEst without bounds. */
export const cutest = [
  ...[brkmcc, cliff, cube, denschna, hairy, himmelbg, sineval],
  ...[arwhead(100), bdqrtic(100), genrose(10), genrose(100), edensch(36), craggLevy(10), craggLevy(50)],
];
