// Special functions of numbers, for the reference interpreter: the oracle's value, cut to a double.
import { type Real, real, sub, toNumber } from "./oracle.ts";
import * as oracle from "./special-oracle.ts";
import * as stable from "./stable-oracle.ts";

/** f where |x| < limit, `beyond` elsewhere; f(±0) = zero(±0). */
const within =
  (f: (x: Real) => Real, limit: number, beyond: (x: number) => number, zero: (x: number) => number) =>
  (x: number): number =>
    Number.isNaN(x) ? NaN : x === 0 ? zero(x) : Math.abs(x) >= limit ? beyond(x) : toNumber(f(real(x)));

const both =
  (f: (x: Real, y: Real) => Real) =>
  (x = NaN, y = NaN): number =>
    toNumber(f(real(x), real(y)));
/** f(a, b) of finite a > b. */
const ofGap =
  (f: (a: Real, b: Real) => Real, same: (a: number) => number, nothing: (a: number) => number) =>
  (a = NaN, b = NaN): number => {
    if (Number.isNaN(a) || Number.isNaN(b) || a < b) return NaN;
    if (b === -Infinity) return nothing(a);
    if (a === b) return same(a);
    return a === Infinity || a - b > 1e5 ? nothing(a) : toNumber(f(real(a), real(b)));
  };
/** f right of `limit`, `beyond` left of it; `far` at Infinity. */
const scaled =
  (f: (x: Real) => Real, limit: number, beyond: number, far: number) =>
  (x = NaN): number =>
    Number.isNaN(x) ? x : x < limit ? beyond : x === Infinity ? far : toNumber(f(real(x)));

/** f(a, x) once for each pair: the checks of derivatives ask for the same ones again and again. */
function remembered<T>(f: (a: Real, x: Real) => T): (a: Real, x: Real) => T {
  const known = new Map<string, T>();
  return (a, x) => {
    const key = `${a.m} ${a.e} ${x.m} ${x.e}`;
    const y = known.get(key) ?? f(a, x);
    if (known.size < 10000) known.set(key, y);
    return y;
  };
}
const lowerGamma = remembered(oracle.lowerGamma);
const density = remembered(oracle.gammaDensity);
const logLower = remembered((a, x) => oracle.logIncompleteGamma(1, a, x));
const logUpper = remembered((a, x) => oracle.logIncompleteGamma(-1, a, x));

/** Incomplete gamma functions by name of the primitive, for 0 < a, x < Infinity. */
const positive =
  (f: (a: Real, x: Real) => Real, edge: (a: number, x: number) => number) =>
  (a: number, x: number): number =>
    Number.isNaN(a + x) || a < 0 || x < 0 ? NaN : a > 0 && x > 0 ? toNumber(f(real(a), real(x))) : edge(a, x);
export const incompleteGammas: Readonly<Record<string, (...x: number[]) => number>> = {
  gammainc: (n = 0, a = NaN, x = NaN) =>
    positive(
      (s, t) => lowerGamma(s, t)[n] as Real,
      () => 0,
    )(a, x),
  gammaincc: (a = NaN, x = NaN) =>
    positive(
      (s, t) => sub(real(1), lowerGamma(s, t)[0]),
      () => 1,
    )(a, x),
  gammaDensity: (n = 0, a = NaN, x = NaN) =>
    positive(
      (s, t) => density(s, t)[n] as Real,
      (s) => (s === 1 ? 1 : 0),
    )(a, x),
  logGammainc: (k = 0, a = NaN, x = NaN) =>
    positive(
      (s, t) => logLower(s, t)[k] as Real,
      () => -Infinity,
    )(a, x),
  logGammaincc: (k = 0, a = NaN, x = NaN) =>
    positive(
      (s, t) => logUpper(s, t)[k] as Real,
      () => 0,
    )(a, x),
};

/** By name of the primitive. */
export const specialFunctions: Readonly<Record<string, (x?: number, y?: number) => number>> = {
  lgamma: (x = NaN) => {
    if (!Number.isFinite(x)) return Math.abs(x);
    if (x === 1 || x === 2) return 0;
    return x === 0 || (x < 0 && Number.isInteger(x)) || x > 2.55e305 ? Infinity : toNumber(oracle.lgamma(real(x)));
  },
  digamma: (x = NaN) => {
    if (x === 0) return -1 / x;
    if (x === -Infinity || (x < 0 && Number.isInteger(x))) return NaN;
    return Number.isFinite(x) ? toNumber(oracle.digamma(real(x))) : x;
  },
  polygamma: (n = NaN, x = NaN) => {
    if (Number.isNaN(x) || x === -Infinity) return NaN;
    if (x === 0 || (x < 0 && Number.isInteger(x))) return n % 2 ? Infinity : -Infinity;
    return x === Infinity ? (n % 2 ? 0 : -0) : toNumber(oracle.polygamma(n)(real(x)));
  },
  logDiffExp: ofGap(
    stable.logDiffExp,
    (a) => (a === Infinity ? NaN : -Infinity),
    (a) => a + 0,
  ),
  gapOdds: ofGap(
    stable.gapOdds,
    (a) => (a === Infinity ? NaN : Infinity),
    () => 0,
  ),
  logCosh: (x = NaN) => (x === 0 ? 0 : Math.abs(x) < 1e5 ? toNumber(stable.logCosh(real(x))) : Math.abs(x)),
  sinc: (x = NaN) =>
    x === 0 ? 1 : !Number.isFinite(x) ? NaN : Number.isInteger(x) ? 0 : toNumber(stable.sinc(real(x))),
  sincDerivative: (k = NaN, x = NaN) => (Number.isFinite(x) ? toNumber(stable.sincDerivative(k)(real(x))) : NaN),
  exprel: (x = NaN) =>
    x > 717
      ? Infinity
      : x === -Infinity
        ? 0
        : Number.isNaN(x)
          ? NaN
          : x < -1e5
            ? -1 / x
            : toNumber(stable.exprel(real(x))),
  exprelDerivative: (k = NaN, x = NaN) => (Number.isFinite(x) ? toNumber(stable.exprelDerivative(k)(real(x))) : NaN),
  pseudoHuber: both(stable.pseudoHuber),
  pseudoHuberSlope: both(stable.pseudoHuberSlope),
  hypotExcess: both(stable.hypotExcess),
  hypotLoss: both(stable.hypotLoss),
  j0: within(
    oracle.j0,
    60,
    () => NaN,
    () => 1,
  ) as (x?: number) => number,
  j1: within(
    oracle.j1,
    60,
    () => NaN,
    (x) => x,
  ) as (x?: number) => number,
  besselJOverPower: (n = 1, x = 0) => toNumber(oracle.besselJOverPower(n, real(x))),
  i0e: within(
    oracle.i0e,
    500,
    () => NaN,
    () => 1,
  ) as (x?: number) => number,
  i1e: within(
    oracle.i1e,
    500,
    () => NaN,
    (x) => x,
  ) as (x?: number) => number,
  i0eSlope: within(
    oracle.i0eSlope,
    500,
    () => NaN,
    () => 0,
  ) as (x?: number) => number,
  i1eSlope: within(
    oracle.i1eSlope,
    500,
    () => NaN,
    () => 0.5,
  ) as (x?: number) => number,
  i0eCurvature: within(
    oracle.i0eCurvature,
    500,
    () => NaN,
    () => 1.5,
  ) as (x?: number) => number,
  i1eCurvature: within(
    oracle.i1eCurvature,
    500,
    () => NaN,
    () => 0,
  ) as (x?: number) => number,
  erfcx: scaled(oracle.erfcx, -26.7, Infinity, 0),
  erfcxSlope: scaled(oracle.erfcxSlope, -26.7, -Infinity, -0),
  erfcxCurvature: scaled(oracle.erfcxCurvature, -26.7, Infinity, 0),
  logNdtr: (x = NaN) =>
    x > 39 ? -0 : x < -1e155 ? -Infinity : Number.isNaN(x) ? x : toNumber(oracle.logNdtr(real(x))),
  inverseMills: (x = NaN) => (x > 39 ? 0 : Number.isFinite(x) ? toNumber(oracle.inverseMills(real(x))) : -x),
  inverseMillsSlope: (x = NaN) =>
    x > 39 ? -0 : x < -1e155 ? -1 : Number.isNaN(x) ? x : toNumber(oracle.inverseMillsSlope(real(x))),
  inverseMillsCurvature: (x = NaN) =>
    x > 39 || x < -1e155 ? 0 : Number.isNaN(x) ? x : toNumber(oracle.inverseMillsCurvature(real(x))),
  ndtr: within(
    oracle.ndtr,
    39,
    (x) => (x > 0 ? 1 : 0),
    () => 0.5,
  ) as (x?: number) => number,
  normalDensity: within(
    oracle.normalDensity,
    39,
    () => 0,
    () => 1 / Math.sqrt(2 * Math.PI),
  ) as (x?: number) => number,
  erfinv: (x = NaN) =>
    x === 0 ? x : Math.abs(x) < 1 ? toNumber(oracle.erfinv(real(x))) : Math.abs(x) === 1 ? x / 0 : NaN,
  erfinvSlope: (x = NaN) =>
    Math.abs(x) < 1 ? toNumber(oracle.erfinvSlope(real(x))) : Math.abs(x) === 1 ? Infinity : NaN,
  erfcinv: (p = NaN) => {
    if (p === 1) return 0;
    return p > 0 && p < 2 ? toNumber(oracle.erfcinv(real(p))) : p === 0 ? Infinity : p === 2 ? -Infinity : NaN;
  },
  ndtri: (p = NaN) => {
    if (p === 0.5) return 0;
    return p > 0 && p < 1 ? toNumber(oracle.ndtri(real(p))) : p === 0 ? -Infinity : p === 1 ? Infinity : NaN;
  },
  erfcinvSlope: (p = NaN) =>
    p > 0 && p < 2 ? toNumber(oracle.erfcinvSlope(real(p))) : p === 0 || p === 2 ? Infinity : NaN,
  erf: within(oracle.erf, 7, Math.sign, (x) => x) as (x?: number) => number,
  erfc: within(
    oracle.erfc,
    28,
    (x) => (x > 0 ? 0 : 2),
    () => 1,
  ) as (x?: number) => number,
  gauss: within(
    oracle.gauss,
    28,
    () => 0,
    () => 2 / Math.sqrt(Math.PI),
  ) as (x?: number) => number,
};
