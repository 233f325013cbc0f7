// Special functions of numbers, for the reference interpreter: the oracle's value, cut to a double.
import { type Real, real, toNumber } from "./oracle.ts";
import * as oracle from "./special-oracle.ts";

/** f where |x| < limit, `beyond` elsewhere; f(±0) = zero(±0). */
const within =
  (f: (x: Real) => Real, limit: number, beyond: (x: number) => number, zero: (x: number) => number) =>
  (x: number): number =>
    Number.isNaN(x) ? NaN : x === 0 ? zero(x) : Math.abs(x) >= limit ? beyond(x) : toNumber(f(real(x)));

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
    if (!(x >= 0)) return NaN;
    if (x === 0) return n % 2 ? Infinity : -Infinity;
    return x === Infinity ? (n % 2 ? 0 : -0) : toNumber(oracle.polygamma(n)(real(x)));
  },
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
