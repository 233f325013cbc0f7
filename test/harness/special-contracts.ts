// What the kernels of `special` promise; contracts.ts joins these to its own.
import type { Contract } from "./contracts.ts";
import * as oracle from "./special-oracle.ts";
import { type Format, neighbour } from "./ulp.ts";

const around = (format: Format, ...points: number[]): number[] =>
  points.flatMap((p) => [-2, -1, 0, 1, 2].map((n) => neighbour(format === "f64" ? p : Math.fround(p), n, format)));

const both = (...ranges: [number, number][]): Contract["ranges"] => ({ f64: ranges, f32: ranges });

/** Kernels of an order and an argument: order, bounds of the argument in f64 and f32. */
export const polygammas = [1, 2, 3].map((order) => ({
  order,
  exact: oracle.polygamma(order),
  ulps: [2, 1] as const,
  ranges: { f64: [1e-60, 1e60], f32: [1e-9, 1e9] } as Record<Format, [number, number]>,
}));

/** Absolute errors near zeros and left of 0, in float64: name, interval, bound. */
export const gammaBounds: [name: "lgamma" | "digamma", low: number, high: number, bound: number][] = [
  ["lgamma", 0.98, 1.02, 2 ** -57],
  ["lgamma", 1.98, 2.02, 2 ** -57],
  ["lgamma", -7.999, -0.001, 2 ** -49],
  ["digamma", 1.4, 1.5, 2 ** -57],
  ["digamma", -1.99, -1.01, 2 ** -48],
];

export const specialContracts: Contract[] = [
  {
    name: "erf",
    exact: oracle.erf,
    ulps: [2, 1],
    ranges: {
      f64: [
        [5e-324, 30],
        [-30, -5e-324],
        [0.1, 2],
        [-7, -0.5],
      ],
      f32: [
        [1.401298464324817e-45, 30],
        [-30, -1.401298464324817e-45],
        [0.1, 2],
        [-7, -0.5],
      ],
    },
    hard: (f) => around(f, 0.5, 1, 2, 4, 5.9),
  },
  {
    name: "erfc",
    exact: oracle.erfc,
    ulps: [2, 1],
    ranges: {
      f64: [
        [5e-324, 28],
        [-7, -5e-324],
        [0.1, 5],
        [25, 27.3],
        [5, 27],
      ],
      f32: [
        [1.401298464324817e-45, 11],
        [-5, -1.401298464324817e-45],
        [0.1, 2],
        [9, 10.1],
        [1, 10],
      ],
    },
    hard: (f) => around(f, 0.25, 0.4769362762044699, 4, ...(f === "f64" ? [25, 26.543258454250956, 27.226017111108362] : [9.19, 10.05])),
  },
  {
    name: "gauss",
    exact: oracle.gauss,
    ulps: [1, 1],
    ranges: {
      f64: [
        [5e-324, 28],
        [-28, -20],
        [0.1, 5],
      ],
      f32: [
        [1.401298464324817e-45, 11],
        [-11, -8],
        [0.1, 5],
      ],
    },
    hard: (f) => around(f, 0.5887, ...(f === "f64" ? [26.6, 27.3] : [9.35, 10.2])),
  },
  {
    // Away from its zeros; near 1 and 2 and left of 0 the bound is absolute (gammaBounds).
    name: "lgamma",
    exact: oracle.lgamma,
    ulps: [2, 1],
    ranges: both([1e-30, 0.98], [1.02, 1.98], [2.02, 20], [20, 1e30], [-12, -8.01]),
    hard: (f) => (f === "f64" ? [5e-324, 1e-310, 1e300, 2.5563e305, ...around(f, 0.5, 3, 8, 10)] : around(f, 0.5, 3, 8, 10)),
  },
  {
    name: "digamma",
    exact: oracle.digamma,
    ulps: [2, 1],
    ranges: both([1e-30, 1.4], [1.5, 20], [20, 1e30]),
    hard: (f) => (f === "f64" ? [1e-308, 1e300, ...around(f, 0.5, 3, 8, 10)] : around(f, 0.5, 3, 8, 10)),
  },
];

/** Function → [x, f(x)]. `odd` adds the mirror images and NaN. */
export function specialSpecials(
  odd: (...rows: [number, number][]) => [number, number][],
  { tiny, huge }: { readonly tiny: number; readonly huge: number },
): [string, [number, number][]][] {
  const gaussian = 1.1283791670955126;
  return [
    [
      "lgamma",
      [
        [0, Infinity],
        [-0, Infinity],
        [1, 0],
        [2, 0],
        [-1, Infinity],
        [-2, Infinity],
        [Infinity, Infinity],
        [-Infinity, Infinity],
        [NaN, NaN],
      ],
    ],
    [
      "digamma",
      [
        [0, -Infinity],
        [-0, Infinity],
        [-1, NaN],
        [-2, NaN],
        [Infinity, Infinity],
        [-Infinity, NaN],
        [NaN, NaN],
      ],
    ],
    ["erf", odd([0, 0], [tiny, tiny], [Infinity, 1], [huge, 1], [6, 1])],
    [
      "erfc",
      [
        [0, 1],
        [-0, 1],
        [tiny, 1],
        [Infinity, 0],
        [-Infinity, 2],
        [huge, 0],
        [-huge, 2],
        [30, 0],
        [NaN, NaN],
      ],
    ],
    [
      "gauss",
      [
        [0, gaussian],
        [-0, gaussian],
        [Infinity, 0],
        [-Infinity, 0],
        [huge, 0],
        [-huge, 0],
        [NaN, NaN],
      ],
    ],
  ];
}
