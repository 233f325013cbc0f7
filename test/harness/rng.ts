// Seeded random numbers: the same data in every run, on every machine.

/** A generator of uniform numbers in [0, 1). */
export type Rng = () => number;

/** mulberry32 (Tommy Ettinger, public domain): 32 bits of state, good enough for test data. */
export function rng(seed: number): Rng {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Uniform in [low, high). */
export const uniform = (random: Rng, low: number, high: number): number => low + (high - low) * random();

/** `n` numbers uniform in [low, high). */
export const vector = (random: Rng, n: number, low = -1, high = 1): Float64Array =>
  Float64Array.from({ length: n }, () => uniform(random, low, high));

/** An integer in [low, high]. */
export const integer = (random: Rng, low: number, high: number): number =>
  low + Math.floor(random() * (high - low + 1));

/** One of `items`. */
export const choice = <T>(random: Rng, items: readonly T[]): T => items[integer(random, 0, items.length - 1)] as T;
