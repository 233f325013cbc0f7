// Results beside what they should be nearly.
import { expect } from "vitest";
import { flat } from "./flat.ts";

/** Every element to so many decimal digits, and no more elements than expected. */
export function near(found: ArrayLike<number>, expected: ArrayLike<number>, digits: number): void {
  expect(found.length).toBe(expected.length);
  Array.from(expected).forEach((e, i) => {
    expect(found[i]).toBeCloseTo(e, digits);
  });
}

/** All elements within `tolerance`, relative to the largest one where that is more than 1. */
export function nearAll(found: unknown, expected: unknown, tolerance = 1e-13): void {
  const [a, b] = [flat(found), flat(expected)];
  expect(a.length).toBe(b.length);
  const scale = Math.max(1, ...b.map(Math.abs));
  a.forEach((y, i) => expect(Math.abs(y - (b[i] as number))).toBeLessThanOrEqual(tolerance * scale));
}
