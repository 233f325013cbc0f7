// Special values of pow, as C99 F.9.4.4 has them.
import { MAX, MIN } from "./contracts.ts";
import type { Format } from "./ulp.ts";

/** [x, y, x^y] */
export function powSpecials(format: Format): [number, number, number][] {
  const inf = Infinity;
  const all = [
    0,
    -0,
    0.5,
    -0.5,
    1,
    -1,
    2,
    -2,
    3,
    -3,
    2.5,
    -2.5,
    inf,
    -inf,
    NaN,
    MAX[format],
    -MAX[format],
    MIN[format],
    -MIN[format],
  ];
  const rows = new Map<string, [number, number, number]>();
  const set = (x: number, y: number, z: number): void => {
    rows.set(`${Object.is(x, -0) ? "-0" : x} ${Object.is(y, -0) ? "-0" : y}`, [x, y, z]);
  };
  for (const x of all) for (const y of all) if (Number.isNaN(x) || Number.isNaN(y)) set(x, y, NaN);
  for (const sign of [1, -1]) {
    for (const y of [1, 3, 5]) {
      set(sign * 0, -y, sign * inf);
      set(sign * 0, y, sign * 0);
      set(sign * inf, -y, sign * 0);
      set(sign * inf, y, sign * inf);
    }
    for (const y of [2, 2.5, 0.5, 2 ** 60, inf]) {
      set(sign * 0, -y, inf);
      set(sign * 0, y, 0);
      set(sign * inf, -y, 0);
      set(sign * inf, y, inf);
    }
    for (const x of [0.5, 0.999, MIN[format]]) {
      set(sign * x, inf, 0);
      set(sign * x, -inf, inf);
    }
    for (const x of [2, 1.001, MAX[format]]) {
      set(sign * x, inf, inf);
      set(sign * x, -inf, 0);
    }
    for (const x of [0.5, 1.5, 3]) for (const y of [0.5, -0.5, 2.5, MIN[format]]) if (sign < 0) set(-x, y, NaN);
    set(sign * 2, 3, sign * 8);
    set(sign * 2, -3, sign * 0.125);
    set(sign * 2, 1025, sign * inf);
    set(sign * 2, 1026, inf);
    set(sign * 2, -2001, sign * 0);
    set(sign * MAX[format], 1, sign * MAX[format]);
    set(sign * MIN[format], 1, sign * MIN[format]);
    set(sign * 1.5, MAX[format], inf);
    set(sign * 0.5, MAX[format], 0);
  }
  set(-1, inf, 1);
  set(-1, -inf, 1);
  set(-1, MAX[format], 1);
  set(-1, 3, -1);
  set(-1, 2, 1);
  set(-2, 2 ** (format === "f64" ? 53 : 24), inf);
  for (const y of all) set(1, y, 1);
  for (const x of all) {
    set(x, 0, 1);
    set(x, -0, 1);
  }
  return [...rows.values()];
}
