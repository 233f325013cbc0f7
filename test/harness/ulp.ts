// Distances between floating-point numbers, in units in the last place.

import { magnitude, type Real, real, sub } from "./oracle.ts";

export type Format = "f64" | "f32";

const FORMATS = {
  f64: { digits: 53, least: -1074, greatest: 1023 },
  f32: { digits: 24, least: -149, greatest: 127 },
} as const;

const view = new DataView(new ArrayBuffer(8));

/** The place of x among all numbers of the format in order: neighbours differ by 1, both zeros are at 0. */
function rank(x: number, format: Format): bigint {
  if (format === "f64") view.setFloat64(0, Math.abs(x));
  else view.setFloat32(0, Math.abs(x));
  const bits = format === "f64" ? view.getBigUint64(0) : BigInt(view.getUint32(0));
  return x < 0 ? -bits : bits;
}

/** How many representable numbers a and b are apart; 0 for two NaNs, infinite for one. */
export function ulpDistance(a: number, b: number, format: Format = "f64"): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b) ? 0 : Infinity;
  const d = rank(a, format) - rank(b, format);
  return Number(d < 0n ? -d : d);
}

/**
 * |computed - exact| in ulps of the exact value: 0.5 at most when correctly rounded. Subnormals have the spacing of the
 * least normal numbers, and results below `floor` that of `floor`; an infinity counts as the first power of two out
 * of range.
 */
export function ulpError(computed: number, exact: Real, format: Format = "f64", floor = 0): number {
  if (Number.isNaN(computed)) return Infinity;
  const { digits, least, greatest } = FORMATS[format];
  const size = Math.max(exact.m === 0n ? least : magnitude(exact), floor > 0 ? Math.floor(Math.log2(floor)) : least);
  const place = Math.max(least, Math.min(greatest, size) - digits + 1);
  const limit: Real = { m: computed < 0 ? -1n : 1n, e: greatest + 1 };
  const overflows = exact.m !== 0n && magnitude(exact) > greatest;
  if (!Number.isFinite(computed) && overflows && computed < 0 === exact.m < 0n) return 0;
  const error = sub(Number.isFinite(computed) ? real(computed) : limit, exact);
  if (error.m === 0n) return 0;
  // the error as a number of ulps, through 60 leading bits
  const shift = Math.max(0, magnitude(error) - error.e - 60);
  return Math.abs(Number(error.m >> BigInt(shift)) * 2 ** (error.e + shift - place));
}

/** The number at a place among all numbers of the format, in order: the inverse of `rank`. */
function atRank(place: bigint, format: Format): number {
  const bits = place < 0n ? -place : place;
  if (format === "f64") view.setBigUint64(0, bits);
  else view.setUint32(0, Number(bits));
  const x = format === "f64" ? view.getFloat64(0) : view.getFloat32(0);
  return place < 0n ? -x : x;
}

/** The number n places above x (below, for negative n). */
export const neighbour = (x: number, n: number, format: Format = "f64"): number =>
  atRank(rank(x, format) + BigInt(n), format);

/**
 * `count` numbers from `low` to `high` evenly spread over the bit patterns between them, so that every exponent is hit,
 * each moved at random within its stride.
 */
export function sweep(low: number, high: number, count: number, format: Format, random: () => number): number[] {
  const first = rank(low, format);
  const span = rank(high, format) - first;
  return Array.from({ length: count }, (_, i) => {
    const share = BigInt(Math.floor(((i + random()) / count) * 2 ** 53));
    const jitter = BigInt(Math.floor(random() * 2 ** 12));
    const place = first + ((span * (share * 4096n + jitter)) >> 65n);
    return i === 0 ? low : i === count - 1 ? high : atRank(place, format);
  });
}
