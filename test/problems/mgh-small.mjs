// Sums of squares of few variables: Moré, Garbow and Hillstrom, "Testing unconstrained optimization software", ACM
// TOMS 7 (1981), 17–41. A row's residual takes the functions of the library and gives a function of a traced vector.
// The paper counts from 1, and so do the formulas here: a, b, c, d are x₁ to x₄.
import * as data from "./mgh-data.mjs";

const parts = (x, n) => Array.from({ length: n }, (_, i) => x.at(i));
/** [f(1), …, f(m)] */
export const numbers = (m, f = (i) => i) => Array.from({ length: m }, (_, i) => f(i + 1));
export const all = [1, 10, 100];

const rosenbrock = {
  name: "Rosenbrock",
  number: 1,
  start: [-1.2, 1],
  scales: all,
  published: [{ f: 0, x: [1, 1] }],
  residual:
    ({ mul, square, stack, sub }) =>
    (x) => {
      const [a, b] = parts(x, 2);
      return stack([mul(10, sub(b, square(a))), sub(1, a)]);
    },
};

const freudensteinRoth = {
  name: "Freudenstein and Roth",
  number: 2,
  start: [0.5, -2],
  scales: all,
  published: [
    { f: 0, x: [5, 4] },
    { f: 48.9842, x: [11.41, -0.8968] },
  ],
  residual:
    ({ add, mul, stack, sub }) =>
    (x) => {
      const [a, b] = parts(x, 2);
      const first = mul(sub(mul(sub(5, b), b), 2), b);
      const second = mul(sub(mul(add(b, 1), b), 14), b);
      return stack([add(sub(a, 13), first), add(sub(a, 29), second)]);
    },
};

const powellBadlyScaled = {
  name: "Powell badly scaled",
  number: 3,
  start: [0, 1],
  scales: all,
  published: [{ f: 0, x: [1.098e-5, 9.106] }],
  residual:
    ({ add, exp, mul, neg, stack, sub }) =>
    (x) => {
      const [a, b] = parts(x, 2);
      return stack([sub(mul(1e4, mul(a, b)), 1), sub(add(exp(neg(a)), exp(neg(b))), 1.0001)]);
    },
};

const brownBadlyScaled = {
  name: "Brown badly scaled",
  number: 4,
  start: [1, 1],
  scales: all,
  published: [{ f: 0, x: [1e6, 2e-6] }],
  residual:
    ({ mul, stack, sub }) =>
    (x) => {
      const [a, b] = parts(x, 2);
      return stack([sub(a, 1e6), sub(b, 2e-6), sub(mul(a, b), 2)]);
    },
};

const beale = {
  name: "Beale",
  number: 5,
  start: [1, 1],
  scales: all,
  published: [{ f: 0, x: [3, 0.5] }],
  residual:
    ({ mul, stack, sub }) =>
    (x) => {
      const [a, b] = parts(x, 2);
      const powers = [b, mul(b, b), mul(b, mul(b, b))];
      return stack([1.5, 2.25, 2.625].map((y, i) => sub(y, mul(a, sub(1, powers[i])))));
    },
};

const jennrichSampson = {
  name: "Jennrich and Sampson",
  number: 6,
  start: [0.3, 0.4],
  published: [{ f: 124.362, x: [0.2578, 0.2578] }],
  residual: ({ add, exp, mul, sub }) => {
    const i = numbers(10);
    const y = i.map((k) => 2 + 2 * k);
    return (x) => sub(y, add(exp(mul(i, x.at(0))), exp(mul(i, x.at(1)))));
  },
};

const helicalValley = {
  name: "Helical valley",
  number: 7,
  start: [-1, 0, 0],
  scales: all,
  published: [{ f: 0, x: [1, 0, 0] }],
  residual:
    ({ add, atan, div, mul, sqrt, square, stack, sub, where }) =>
    (x) => {
      const [a, b, c] = parts(x, 3);
      const turns = add(div(atan(div(b, a)), 2 * Math.PI), where(a.gt(0), 0, 0.5));
      const radius = sqrt(add(square(a), square(b)));
      return stack([mul(10, sub(c, mul(10, turns))), mul(10, sub(radius, 1)), c]);
    },
};

const bard = {
  name: "Bard",
  number: 8,
  start: [1, 1, 1],
  scales: all,
  published: [{ f: 8.21487e-3 }],
  residual: ({ add, div, mul, sub }) => {
    const u = numbers(15);
    const v = u.map((i) => 16 - i);
    const w = u.map((i) => Math.min(i, 16 - i));
    return (x) => sub(data.bard, add(x.at(0), div(u, add(mul(v, x.at(1)), mul(w, x.at(2))))));
  },
};

const gaussian = {
  name: "Gaussian",
  number: 9,
  start: [0.4, 1, 0],
  scales: all,
  published: [{ f: 1.12793e-8 }],
  residual: ({ exp, mul, square, sub }) => {
    const t = numbers(15, (i) => (8 - i) / 2);
    return (x) => sub(mul(x.at(0), exp(mul(mul(-0.5, x.at(1)), square(sub(t, x.at(2)))))), data.gaussian);
  },
};

const meyer = {
  name: "Meyer",
  number: 10,
  start: [0.02, 4000, 250],
  published: [{ f: 87.9458 }],
  residual: ({ add, div, exp, mul, sub }) => {
    const t = numbers(16, (i) => 45 + 5 * i);
    return (x) => sub(mul(x.at(0), exp(div(x.at(1), add(t, x.at(2))))), data.meyer);
  },
};

/** The printed |yᵢ m i x₂| is a misprint of |yᵢ - x₂|. Of 100 residuals the last one would be 0 to all orders. */
const gulf = {
  name: "Gulf research and development",
  number: 11,
  start: [5, 2.5, 0.15],
  published: [{ f: 0, x: [50, 25, 1.5] }],
  residual: ({ abs, div, exp, neg, pow, sub }) => {
    const t = numbers(99, (i) => i / 100);
    const y = t.map((s) => 25 + (-50 * Math.log(s)) ** (2 / 3));
    return (x) => sub(exp(neg(div(pow(abs(sub(y, x.at(1))), x.at(2)), x.at(0)))), t);
  },
};

const box = {
  name: "Box three-dimensional",
  number: 12,
  start: [0, 10, 20],
  published: [
    { f: 0, x: [1, 10, 1] },
    { f: 0, x: [10, 1, -1] },
  ],
  residual: ({ exp, mul, sub }) => {
    const minusT = numbers(10, (i) => -i / 10);
    const y = minusT.map((t) => Math.exp(t) - Math.exp(10 * t));
    return (x) => sub(sub(exp(mul(minusT, x.at(0))), exp(mul(minusT, x.at(1)))), mul(y, x.at(2)));
  },
};

const powellSingular = {
  name: "Powell singular",
  number: 13,
  start: [3, -1, 0, 1],
  scales: all,
  published: [{ f: 0, x: [0, 0, 0, 0] }],
  residual:
    ({ add, mul, square, stack, sub }) =>
    (x) => {
      const [a, b, c, d] = parts(x, 4);
      const linear = [add(a, mul(10, b)), mul(Math.sqrt(5), sub(c, d))];
      return stack([...linear, square(sub(b, mul(2, c))), mul(Math.sqrt(10), square(sub(a, d)))]);
    },
};

const wood = {
  name: "Wood",
  number: 14,
  start: [-3, -1, -3, -1],
  scales: all,
  published: [{ f: 0, x: [1, 1, 1, 1] }],
  residual:
    ({ add, div, mul, square, stack, sub }) =>
    (x) => {
      const [a, b, c, d] = parts(x, 4);
      const valley = (k, s, t) => [mul(k, sub(t, square(s))), sub(1, s)];
      const coupled = [mul(Math.sqrt(10), sub(add(b, d), 2)), div(sub(b, d), Math.sqrt(10))];
      return stack([...valley(10, a, b), ...valley(Math.sqrt(90), c, d), ...coupled]);
    },
};

const kowalikOsborne = {
  name: "Kowalik and Osborne",
  number: 15,
  start: [0.25, 0.39, 0.415, 0.39],
  scales: all,
  published: [{ f: 3.07505e-4 }],
  residual: ({ add, div, mul, sub }) => {
    const { y, u } = data.kowalik;
    const squares = u.map((t) => t * t);
    return (x) => {
      const [a, b, c, d] = parts(x, 4);
      return sub(y, div(mul(a, add(squares, mul(u, b))), add(add(squares, mul(u, c)), d)));
    };
  },
};

const brownDennis = {
  name: "Brown and Dennis",
  number: 16,
  start: [25, 5, -5, -1],
  scales: all,
  published: [{ f: 85822.2 }],
  residual: ({ add, mul, square, sub }) => {
    const t = numbers(20, (i) => i / 5);
    const [e, c, s] = [t.map(Math.exp), t.map(Math.cos), t.map(Math.sin)];
    return (x) => {
      const line = sub(add(x.at(0), mul(t, x.at(1))), e);
      const wave = sub(add(x.at(2), mul(s, x.at(3))), c);
      return add(square(line), square(wave));
    };
  },
};

const osborne1 = {
  name: "Osborne 1",
  number: 17,
  start: [0.5, 1.5, -1, 0.01, 0.02],
  published: [{ f: 5.46489e-5 }],
  residual: ({ add, exp, mul, sub }) => {
    const minusT = numbers(33, (i) => -10 * (i - 1));
    return (x) => {
      const decay = (amplitude, rate) => mul(x.at(amplitude), exp(mul(minusT, x.at(rate))));
      return sub(data.osborne1, add(x.at(0), add(decay(1, 3), decay(2, 4))));
    };
  },
};

const biggs = {
  name: "Biggs EXP6",
  number: 18,
  start: [1, 2, 1, 1, 1, 1],
  scales: all,
  published: [{ f: 0, x: [1, 10, 1, 5, 4, 3] }, { f: 5.65565e-3 }],
  residual: ({ add, exp, mul, sub }) => {
    const t = numbers(13, (i) => i / 10);
    const y = t.map((s) => Math.exp(-s) - 5 * Math.exp(-10 * s) + 3 * Math.exp(-4 * s));
    const minusT = t.map((s) => -s);
    return (x) => {
      const decay = (amplitude, rate) => mul(x.at(amplitude), exp(mul(minusT, x.at(rate))));
      return sub(add(sub(decay(2, 0), decay(3, 1)), decay(5, 4)), y);
    };
  },
};

const osborne2 = {
  name: "Osborne 2",
  number: 19,
  start: [1.3, 0.65, 0.65, 0.7, 0.6, 3, 5, 7, 2, 4.5, 5.5],
  published: [{ f: 4.01377e-2 }],
  residual: ({ add, exp, mul, neg, square, sub }) => {
    const t = numbers(65, (i) => (i - 1) / 10);
    return (x) => {
      const decay = mul(x.at(0), exp(neg(mul(t, x.at(4)))));
      const peak = (k) => mul(x.at(k), exp(neg(mul(square(sub(t, x.at(k + 7))), x.at(k + 4)))));
      return sub(
        data.osborne2,
        [1, 2, 3].map(peak).reduce((a, b) => add(a, b), decay),
      );
    };
  },
};

/** The problems 1 to 19. */
export const small = [
  ...[rosenbrock, freudensteinRoth, powellBadlyScaled, brownBadlyScaled, beale, jennrichSampson, helicalValley, bard],
  ...[gaussian, meyer, gulf, box, powellSingular, wood, kowalikOsborne, brownDennis, osborne1, biggs, osborne2],
];
