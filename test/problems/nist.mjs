// The nonlinear regressions of NIST's Statistical Reference Datasets (https://www.itl.nist.gov/div898/strd/nls/), with
// certified parameters, standard errors and sums of squares. A model takes the functions of the library and gives a
// function of a traced vector and of a predictor (Nelson: a list of two), elementwise in that. b counts from 0.
import { readFileSync } from "node:fs";

const bennett5 =
  ({ add, div, mul, pow }) =>
  (b, x) =>
    mul(b.at(0), pow(add(b.at(1), x), div(-1, b.at(2))));

const boxBod =
  ({ exp, mul, neg, sub }) =>
  (b, x) =>
    mul(b.at(0), sub(1, exp(neg(mul(b.at(1), x)))));

const chwirut =
  ({ add, div, exp, mul, neg }) =>
  (b, x) =>
    div(exp(neg(mul(b.at(0), x))), add(b.at(1), mul(b.at(2), x)));

const danWood =
  ({ mul, pow }) =>
  (b, x) =>
    mul(b.at(0), pow(x, b.at(1)));

const enso =
  ({ add, cos, div, mul, sin }) =>
  (b, x) => {
    const wave = (angle, c, s) => add(mul(b.at(c), cos(angle)), mul(b.at(s), sin(angle)));
    const turns = mul(2 * Math.PI, x);
    const years = wave(div(turns, 12), 1, 2);
    return add(add(b.at(0), years), add(wave(div(turns, b.at(3)), 4, 5), wave(div(turns, b.at(6)), 7, 8)));
  };

const eckerle4 =
  ({ div, exp, mul, square, sub }) =>
  (b, x) =>
    mul(div(b.at(0), b.at(1)), exp(mul(-0.5, square(div(sub(x, b.at(2)), b.at(1))))));

const gauss =
  ({ add, div, exp, mul, neg, square, sub }) =>
  (b, x) => {
    const peak = (k) => mul(b.at(k), exp(neg(square(div(sub(x, b.at(k + 1)), b.at(k + 2))))));
    return add(add(mul(b.at(0), exp(neg(mul(b.at(1), x)))), peak(2)), peak(5));
  };

/** Coefficients b[from], b[from + 1], … by Horner's rule, after `first`. */
const polynomial = ({ add, mul }, first, b, from, to, x) => {
  let p = b.at(to);
  for (let i = to - 1; i >= from; i--) p = add(mul(p, x), b.at(i));
  return add(mul(p, x), first);
};

const quadratics = (library) => (b, x) =>
  library.div(polynomial(library, b.at(0), b, 1, 2, x), polynomial(library, 1, b, 3, 4, x));

const cubics = (library) => (b, x) =>
  library.div(polynomial(library, b.at(0), b, 1, 3, x), polynomial(library, 1, b, 4, 6, x));

const lanczos =
  ({ add, exp, mul, neg }) =>
  (b, x) => {
    const decay = (k) => mul(b.at(k), exp(neg(mul(b.at(k + 1), x))));
    return add(add(decay(0), decay(2)), decay(4));
  };

const mgh09 =
  ({ add, div, mul, square }) =>
  (b, x) =>
    div(mul(b.at(0), add(square(x), mul(x, b.at(1)))), add(add(square(x), mul(x, b.at(2))), b.at(3)));

const mgh10 =
  ({ add, div, exp, mul }) =>
  (b, x) =>
    mul(b.at(0), exp(div(b.at(1), add(x, b.at(2)))));

const mgh17 =
  ({ add, exp, mul, neg }) =>
  (b, x) => {
    const decay = (amplitude, rate) => mul(b.at(amplitude), exp(neg(mul(x, b.at(rate)))));
    return add(add(b.at(0), decay(1, 3)), decay(2, 4));
  };

const misra1b =
  ({ add, div, mul, pow, sub }) =>
  (b, x) =>
    mul(b.at(0), sub(1, pow(add(1, div(mul(b.at(1), x), 2)), -2)));

const misra1c =
  ({ add, mul, pow, sub }) =>
  (b, x) =>
    mul(b.at(0), sub(1, pow(add(1, mul(mul(2, b.at(1)), x)), -0.5)));

const misra1d =
  ({ add, div, mul }) =>
  (b, x) => {
    const t = mul(b.at(1), x);
    return div(mul(b.at(0), t), add(1, t));
  };

/** Of the logarithm of y. */
const nelson =
  ({ exp, mul, neg, sub }) =>
  (b, [x1, x2]) =>
    sub(b.at(0), mul(mul(b.at(1), x1), exp(neg(mul(b.at(2), x2)))));

const rat42 =
  ({ add, div, exp, mul, sub }) =>
  (b, x) =>
    div(b.at(0), add(1, exp(sub(b.at(1), mul(b.at(2), x)))));

const rat43 =
  ({ add, div, exp, mul, pow, sub }) =>
  (b, x) =>
    div(b.at(0), pow(add(1, exp(sub(b.at(1), mul(b.at(2), x)))), div(1, b.at(3))));

const roszman1 =
  ({ atan, div, mul, sub }) =>
  (b, x) =>
    sub(sub(b.at(0), mul(b.at(1), x)), div(atan(div(b.at(2), sub(x, b.at(3)))), Math.PI));

const MODELS = {
  ...{ Bennett5: bennett5, BoxBOD: boxBod, Chwirut1: chwirut, Chwirut2: chwirut, DanWood: danWood, ENSO: enso },
  ...{ Eckerle4: eckerle4, Gauss1: gauss, Gauss2: gauss, Gauss3: gauss, Hahn1: cubics, Kirby2: quadratics },
  ...{ Lanczos1: lanczos, Lanczos2: lanczos, Lanczos3: lanczos, MGH09: mgh09, MGH10: mgh10, MGH17: mgh17 },
  ...{ Misra1a: boxBod, Misra1b: misra1b, Misra1c: misra1c, Misra1d: misra1d, Nelson: nelson, Rat42: rat42 },
  ...{ Rat43: rat43, Roszman1: roszman1, Thurber: cubics },
};

const file = new URL("../fixtures/nist-strd.json", import.meta.url);

/** All regressions, each with the two starts of NIST: the first one far, the second one near. */
export const nist = (library) =>
  JSON.parse(readFileSync(file, "utf8")).problems.map((p) => ({
    name: p.name,
    difficulty: p.difficulty,
    model: MODELS[p.name](library),
    x: p.name === "Nelson" ? [0, 1].map((k) => Float64Array.from(p.x, (row) => row[k])) : Float64Array.from(p.x),
    y: Float64Array.from(p.y, p.name === "Nelson" ? Math.log : (t) => t),
    starts: [p.start1, p.start2],
    params: p.certified,
    standardErrors: p.standardDeviation,
    residualSumOfSquares: p.residualSumOfSquares,
  }));
