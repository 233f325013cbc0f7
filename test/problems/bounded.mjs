// Problems with bounds: Hock and Schittkowski, "Test examples for nonlinear programming codes" (Springer, 1981; HS and
// the number), and of CUTEst. Starts and minima are those of the book and of the SIF files. A start may lie outside.
import { numbers } from "./mgh-small.mjs";

const rosenbrock =
  ({ add, mul, square, sub }) =>
  (x) =>
    add(mul(100, square(sub(x.at(1), square(x.at(0))))), square(sub(1, x.at(0))));

const hs1 = {
  name: "HS1",
  start: [-2, 1],
  bounds: [
    [-Infinity, -1.5],
    [Infinity, Infinity],
  ],
  published: [{ f: 0, x: [1, 1] }],
  value: rosenbrock,
};

/** The second minimum is local. */
const hs2 = {
  name: "HS2",
  start: [-2, 1],
  bounds: [
    [-Infinity, 1.5],
    [Infinity, Infinity],
  ],
  published: [
    { f: 0.0504261879, x: [1.2243707, 1.5] },
    { f: 4.941229, x: [-1.2210274, 1.5] },
  ],
  value: rosenbrock,
};

const hs3 = {
  name: "HS3",
  start: [10, 1],
  bounds: [
    [-Infinity, 0],
    [Infinity, Infinity],
  ],
  published: [{ f: 0, x: [0, 0] }],
  value:
    ({ add, mul, square, sub }) =>
    (x) =>
      add(x.at(1), mul(1e-5, square(sub(x.at(1), x.at(0))))),
};

const hs4 = {
  name: "HS4",
  start: [1.125, 0.125],
  bounds: [
    [1, 0],
    [Infinity, Infinity],
  ],
  published: [{ f: 8 / 3, x: [1, 0] }],
  value:
    ({ add, div, pow }) =>
    (x) =>
      add(div(pow(add(x.at(0), 1), 3), 3), x.at(1)),
};

const hs5 = {
  name: "HS5",
  start: [0, 0],
  bounds: [
    [-1.5, -3],
    [4, 3],
  ],
  published: [{ f: -Math.sqrt(3) / 2 - Math.PI / 3, x: [0.5 - Math.PI / 3, -0.5 - Math.PI / 3] }],
  value:
    ({ add, mul, sin, square, sub }) =>
    (x) => {
      const [a, b] = [x.at(0), x.at(1)];
      return add(add(sin(add(a, b)), square(sub(a, b))), add(sub(mul(2.5, b), mul(1.5, a)), 1));
    },
};

/** Gulf (11 of Moré, Garbow and Hillstrom) with bounds: its gradient underflows at the start. */
const hs25 = {
  name: "HS25",
  start: [100, 12.5, 3],
  bounds: [
    [0.1, 0, 0],
    [100, 25.6, 5],
  ],
  published: [{ f: 0, x: [50, 25, 1.5] }],
  residual: ({ div, exp, neg, pow, sub }) => {
    const t = numbers(99, (i) => i / 100);
    const u = t.map((s) => 25 + (-50 * Math.log(s)) ** (2 / 3));
    return (x) => sub(exp(neg(div(pow(sub(u, x.at(1)), x.at(2)), x.at(0)))), t);
  },
};

/** Wood's function. */
const hs38 = {
  name: "HS38",
  start: [-3, -1, -3, -1],
  bounds: [Array(4).fill(-10), Array(4).fill(10)],
  published: [{ f: 0, x: [1, 1, 1, 1] }],
  value:
    ({ add, mul, square, sub }) =>
    (x) => {
      const [a, b, c, d] = [0, 1, 2, 3].map((i) => x.at(i));
      const valley = (k, s, t) => add(mul(k, square(sub(t, square(s)))), square(sub(1, s)));
      const [p, q] = [sub(b, 1), sub(d, 1)];
      const coupled = add(mul(10.1, add(square(p), square(q))), mul(19.8, mul(p, q)));
      return add(add(valley(100, a, b), valley(90, c, d)), coupled);
    },
};

const hs45 = {
  name: "HS45",
  start: Array(5).fill(2),
  bounds: [Array(5).fill(0), numbers(5)],
  published: [{ f: 1, x: numbers(5) }],
  value:
    ({ div, prod, sub }) =>
    (x) =>
      sub(2, div(prod(x), 120)),
};

const hs110 = {
  name: "HS110",
  start: Array(10).fill(9),
  bounds: [Array(10).fill(2.001), Array(10).fill(9.999)],
  published: [{ f: -45.77846971, x: Array(10).fill(9.35025655) }],
  value:
    ({ add, log, pow, prod, square, sub, sum }) =>
    (x) =>
      sub(sum(add(square(log(sub(x, 2))), square(log(sub(10, x))))), pow(prod(x), 0.2)),
};

const camel6 = {
  name: "CAMEL6",
  start: [1.1, 1.1],
  bounds: [
    [-3, -1.5],
    [3, 1.5],
  ],
  published: [{ f: -1.031628, x: [-0.0898, 0.7126] }, { f: -0.215464 }, { f: 2.10425 }],
  value:
    ({ add, div, mul, pow, square, sub }) =>
    (x) => {
      const [a, b] = [x.at(0), x.at(1)];
      const first = mul(add(sub(4, mul(2.1, square(a))), div(pow(a, 4), 3)), square(a));
      return add(add(first, mul(a, b)), mul(sub(mul(4, square(b)), 4), square(b)));
    },
};

/** The start is outside of the bound. */
const pspdoc = {
  name: "PSPDOC",
  start: Array(4).fill(3),
  bounds: [Array(4).fill(-Infinity), [-1, Infinity, Infinity, Infinity]],
  published: [{ f: 2.414213562 }],
  value:
    ({ add, sqrt, square, sub, sum }) =>
    (x) => {
      const [a, b, c] = [x.slice([0, 2]), x.slice([1, 3]), x.slice([2, 4])];
      return sum(sqrt(add(1, add(square(a), square(sub(b, c))))));
    },
};

const hatfield = {
  start: Array(4).fill(0.1),
  residual:
    ({ concat, sqrt, stack, sub }) =>
    (x) =>
      concat([stack([sub(x.at(0), 1)]), sub(x.slice([0, -1]), sqrt(x.slice([1])))]),
};
const hatflda = {
  ...hatfield,
  name: "HATFLDA",
  bounds: [Array(4).fill(1e-7), Array(4).fill(Infinity)],
  published: [{ f: 0, x: Array(4).fill(1) }],
};
const hatfldb = {
  ...hatfield,
  name: "HATFLDB",
  bounds: [Array(4).fill(1e-7), [Infinity, 0.8, Infinity, Infinity]],
  published: [{ f: 5.57281e-3 }],
};

const hatfldc = {
  name: "HATFLDC",
  start: Array(25).fill(0.9),
  bounds: [
    [...Array(24).fill(0), -Infinity],
    [...Array(24).fill(10), Infinity],
  ],
  published: [{ f: 0, x: Array(25).fill(1) }],
  residual:
    ({ concat, square, sub, take }) =>
    (x) =>
      concat([sub(take(x, [0, 24]), 1), sub(x.slice([2]), square(x.slice([1, -1])))]),
};

/** Rows of a square grid, whose points count from 0 on the edge, where the function is 0. */
const grid = (m, f) => Array.from({ length: m * m }, (_, k) => f(1 + Math.floor(k / m), 1 + (k % m)));

/**
 * Elastic-plastic torsion of a square bar, ½ ∫|∇v|² - 5 ∫v under |v| ≤ distance to the edge, from the upper bound
 * (Moré and Toraldo, SIAM J. Optim. 1, 1991): m × m unknown heights. As in the SIF file, edges to the rim count half.
 */
export const torsion = (m) => {
  const h = 1 / (m + 1);
  const distance = grid(m, (i, j) => h * Math.min(i, j, m + 1 - i, m + 1 - j));
  return {
    name: `TORSION1 ${m * m}`,
    start: distance,
    bounds: [distance.map((d) => -d), distance],
    published: { 8: [{ f: -0.49234185 }], 20: [{ f: -0.45608771 }] }[m] ?? [],
    value:
      ({ add, mul, square, sub, sum }) =>
      (x) => {
        const u = x.reshape([m, m]);
        const inner = [sub(u.slice([1]), u.slice([0, -1])), sub(u.slice(null, [1]), u.slice(null, [0, -1]))];
        const outer = [u.at(0), u.at(-1), u.slice(null, 0), u.slice(null, -1)];
        const squares = (list) => list.map((d) => sum(square(d))).reduce((a, b) => add(a, b));
        return sub(add(mul(0.5, squares(inner)), mul(0.25, squares(outer))), mul(5 * h * h, sum(x)));
      },
  };
};

/** Pressure in a journal bearing of eccentricity 0.1 (same paper): the film's pressure is not negative. */
export const journal = (m) => {
  const [ht, hy] = [(2 * Math.PI) / (m + 1), 20 / (m + 1)];
  const cubes = numbers(m + 2, (i) => (1 + 0.1 * Math.cos((i - 1) * ht)) ** 3);
  const mean = (a, b) => a.map((t, i) => [(2 * t + b[i]) / 12]);
  const [left, right] = [mean(cubes.slice(0, -1), cubes.slice(1)), mean(cubes.slice(1), cubes.slice(0, -1))];
  const load = grid(m, (i) => 0.1 * ht * hy * Math.sin(i * ht));
  return {
    name: `JNLBRNG1 ${m * m}`,
    start: grid(m, (i) => Math.sin(i * ht)),
    bounds: [Array(m * m).fill(0), Array(m * m).fill(Infinity)],
    published: { 8: [{ f: -0.17896 }], 21: [{ f: -0.18005 }], 30: [{ f: -0.1803 }] }[m] ?? [],
    value:
      ({ add, dot, mul, pad, square, sub, sum }) =>
      (x) => {
        const u = pad(x.reshape([m, m]), 1);
        const dx = square(sub(u.slice([1]), u.slice([0, -1])));
        const dy = square(sub(u.slice(null, [1]), u.slice(null, [0, -1])));
        const energy = (a, b) => add(mul(hy / ht, a), mul(ht / hy, b));
        const forward = energy(dx.slice(null, [0, -1]), dy.slice([0, -1]));
        const backward = energy(dx.slice(null, [1]), dy.slice([1]));
        return sub(sum(add(mul(left, forward), mul(right, backward))), dot(load, x));
      },
  };
};

/** Problems with bounds. */
export const bounded = [
  ...[hs1, hs2, hs3, hs4, hs5, hs25, hs38, hs45, hs110, camel6, pspdoc, hatflda, hatfldb, hatfldc],
  ...[torsion(20), journal(21)],
];
