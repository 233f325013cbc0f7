// Loops with more values than a function may have variables, and the placement of very many arrays.
import { describe, expect, it } from "vitest";
import { mul, objective, sub, sum, type Tensor } from "../../src/index.ts";
import { Arena } from "../../src/opt/steps/layout.ts";

describe("a loop with more values than a function may have variables", () => {
  // y ← a·y - b·y², each constant of its own; all the values of y are needed again on the way back.
  const steps = 1500;
  const a = (k: number): number => 0.5 + 0.5 / (k + 2);
  const b = (k: number): number => 0.1 + 0.01 / (k + 1);
  const f = (x: Tensor): Tensor => {
    let y: Tensor = x;
    for (let k = 0; k < steps; k++) y = sub(mul(a(k), y), mul(b(k), mul(y, y)));
    return sum(y);
  };

  it("keeps them in memory: value, gradient and product agree with the same by hand", () => {
    const x = [0.9, -0.4, 0.31, 0.05, -0.7, 0.6, 0.2, -0.1, 0.77, -0.9, 0.5]; // a loop of vectors and a rest
    const v = x.map((_, i) => 1 + (i % 4) - 2.5 * (i % 3));
    const problem = objective(f, Float64Array.from(x));
    const expected = x.map((x0, i) => {
      // Value, first and second derivative along x, by the chain rule.
      let [y, d, e] = [x0, 1, 0];
      for (let k = 0; k < steps; k++)
        [y, d, e] = [a(k) * y - b(k) * y * y, (a(k) - 2 * b(k) * y) * d, (a(k) - 2 * b(k) * y) * e - 2 * b(k) * d * d];
      return { y, d, h: e * (v[i] as number) };
    });
    // Steps shrink the state by a half: what is left are sums of early terms. 1e-10: rounding over the first hundred
    // steps, generously.
    const close = (got: ArrayLike<number>, want: number[]): void =>
      want.forEach((w, i) => {
        expect(Math.abs((got[i] as number) - w)).toBeLessThanOrEqual(1e-10 * Math.abs(w) + 1e-300);
      });
    close([problem.value(x)], [expected.reduce((s, { y }) => s + y, 0)]);
    close(
      problem.grad(x) as Float64Array,
      expected.map(({ d }) => d),
    );
    close(
      problem.hvp(x, v) as Float64Array,
      expected.map(({ h }) => h),
    );
  });
});

describe("placement by lifetime", () => {
  /** Random lifetimes: what overlaps in time must not overlap in memory. */
  function place(count: number, seed: number): { bytes: number; from: number; until: number; at: number }[] {
    let state = seed;
    const random = (n: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    };
    const arena = new Arena();
    let from = 0;
    return Array.from({ length: count }, () => {
      from += random(3);
      const [bytes, until] = [16 * (1 + random(12)), random(20) === 0 ? Number.POSITIVE_INFINITY : from + random(15)];
      return { bytes, from, until, at: arena.place(bytes, from, until) };
    });
  }

  it("never gives one byte to two arrays at once", () => {
    for (const seed of [1, 2, 3]) {
      const arrays = place(600, seed);
      for (const [i, p] of arrays.entries())
        for (const q of arrays.slice(0, i)) {
          if (q.until < p.from) continue;
          expect(q.at + q.bytes <= p.at || p.at + p.bytes <= q.at).toBe(true);
        }
    }
  });
  it("uses memory again that is free, joined where holes meet", () => {
    const arena = new Arena();
    expect([arena.place(32, 0, 0), arena.place(32, 0, 0), arena.place(32, 0, 5)]).toEqual([0, 32, 64]);
    expect(arena.place(64, 1, 1)).toBe(0);
    expect(arena.place(16, 2, 9)).toBe(0);
    expect(arena.place(48, 2, 9)).toBe(16);
    expect(arena.place(160, 6, 9)).toBe(64);
    expect(arena.size).toBe(224);
  });
});
