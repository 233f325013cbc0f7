// What the kernels of `special` promise; contracts.ts joins these to its own.
import type { Contract } from "./contracts.ts";
import * as oracle from "./special-oracle.ts";
import { type Format, neighbour } from "./ulp.ts";

const around = (format: Format, ...points: number[]): number[] =>
  points.flatMap((p) => [-2, -1, 0, 1, 2].map((n) => neighbour(format === "f64" ? p : Math.fround(p), n, format)));

const both = (...ranges: [number, number][]): Contract["ranges"] => ({ f64: ranges, f32: ranges });

/**
 * Kernels of an order and an argument: order, bounds of the argument in f64 and f32. Left of 0 that of order 2 has
 * zeros, near which its error is absolute, 2^-47: where its slope is 190, half an ulp of the argument makes 2^-46.
 */
export const polygammas = [1, 2, 3].map((order) => ({
  order,
  exact: oracle.polygamma(order),
  ulps: [2, 1] as const,
  floor: (x: number) => (order === 2 && x < 0 ? 16 : 0),
  ranges: {
    f64: [
      [1e-60, 1e60],
      [-8.001, -1e-60],
      [-40.3, -0.1],
    ],
    f32: [
      [1e-9, 1e9],
      [-8.001, -1e-9],
      [-40.3, -0.1],
    ],
  } as Record<Format, [number, number][]>,
}));

/** Dual kernels and the single ones whose bits they give. */
export const specialDuals = [
  ["erf_gauss", "erf", "gauss"],
  ["erfc_gauss", "erfc", "gauss"],
  ["ndtr_normalDensity", "ndtr", "normalDensity"],
  ["erfinv_erfinvSlope", "erfinv", "erfinvSlope"],
  ["erfcinv_erfcinvSlope", "erfcinv", "erfcinvSlope"],
  ["lgamma_digamma", "lgamma", "digamma"],
] as const;

/** Absolute errors near zeros and left of 0, in float64: name, interval, bound. */
export const gammaBounds: [name: "lgamma" | "digamma", low: number, high: number, bound: number][] = [
  ["lgamma", 0.98, 1.02, 2 ** -57],
  ["lgamma", 1.98, 2.02, 2 ** -57],
  ["lgamma", -7.999, -0.001, 2 ** -53],
  ["digamma", 1.4, 1.5, 2 ** -57],
  ["digamma", -1.99, -1.01, 2 ** -51],
];

/** √(2/(π|x|)) beyond 8. */
const envelope = (x: number): number => (Math.abs(x) < 8 ? 0 : Math.sqrt(2 / (Math.PI * Math.abs(x))));
/** Where the pieces of the tables of assembly/lane/erfcx-tables.ts meet. */
const EDGES = [0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8];

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
    hard: (f) =>
      around(
        f,
        0.25,
        0.4769362762044699,
        4,
        ...(f === "f64" ? [25, 26.543258454250956, 27.226017111108362] : [9.19, 10.05]),
      ),
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
    name: "ndtr",
    exact: oracle.ndtr,
    ulps: [2, 1],
    ranges: {
      f64: [
        [-38.6, -5e-324],
        [5e-324, 9],
        [-38.6, -37],
        [-37, -0.5],
        [-1.5, -0.1],
      ],
      f32: [
        [-14.3, -1.401298464324817e-45],
        [1.401298464324817e-45, 7],
        [-14.3, -12],
        [-1.5, -0.1],
      ],
    },
    hard: (f) =>
      around(
        f,
        -Math.SQRT1_2,
        Math.SQRT1_2,
        ...(f === "f64" ? [-37.5193793471445, -38.4674056172733] : [-12.9, -14.1]),
      ),
  },
  {
    name: "normalDensity",
    exact: oracle.normalDensity,
    ulps: [1, 1],
    ranges: {
      f64: [
        [5e-324, 38.6],
        [-38.6, -37],
        [0.1, 5],
      ],
      f32: [
        [1.401298464324817e-45, 14.3],
        [-14.3, -12],
        [0.1, 5],
      ],
    },
  },
  {
    name: "erfinv",
    exact: oracle.erfinv,
    ulps: [2, 1],
    ranges: {
      f64: [
        [5e-324, 0.9999999999999999],
        [-0.9999999999999999, -0.1],
        [0.45, 0.55],
        [0.99, 0.9999999999999999],
      ],
      f32: [
        [1.401298464324817e-45, 0.99999994],
        [-0.99999994, -0.1],
        [0.45, 0.55],
        [0.99, 0.99999994],
      ],
    },
    hard: (f) => around(f, 0.5, -0.5).concat(f === "f64" ? [0.9999999999999998, 1e-310] : [0.9999999]),
  },
  {
    name: "erfcinv",
    exact: oracle.erfcinv,
    ulps: [2, 1],
    ranges: {
      f64: [
        [5e-324, 1],
        [0.4, 1.6],
        [1, 1.9999999999999998],
      ],
      f32: [
        [1.401298464324817e-45, 1],
        [0.4, 1.6],
        [1, 1.9999999],
      ],
    },
    hard: (f) => around(f, 0.5, 1.5, 1),
  },
  {
    name: "ndtri",
    exact: oracle.ndtri,
    ulps: [2, 1],
    ranges: {
      f64: [
        [5e-324, 0.5],
        [0.2, 0.8],
        [0.5, 0.9999999999999999],
      ],
      f32: [
        [1.401298464324817e-45, 0.5],
        [0.2, 0.8],
        [0.5, 0.99999994],
      ],
    },
    hard: (f) => around(f, 0.25, 0.75, 0.5).filter((p) => p !== 0.5),
  },
  // The derivatives: 4 ulps, the rounding of y among them; the values are met by the second derivative too.
  {
    name: "erfinvSlope",
    exact: oracle.erfinvSlope,
    ulps: [4, 1],
    ranges: {
      f64: [
        [1e-20, 0.9999999999999999],
        [-0.9999999999999999, -0.1],
      ],
      f32: [
        [1e-9, 0.99999994],
        [-0.99999994, -0.1],
      ],
    },
  },
  {
    name: "erfcinvSlope",
    exact: oracle.erfcinvSlope,
    ulps: [4, 1],
    ranges: {
      f64: [
        [1e-306, 1],
        [0.1, 1.9999999999999998],
      ],
      f32: [
        [3e-38, 1],
        [0.1, 1.9999999],
      ],
    },
  },
  {
    // Near the zeros the error is absolute: 2^-57 (two ulps of 2^-6) near 1 and 2, 2^-55 near those left of 0.
    name: "lgamma",
    exact: oracle.lgamma,
    ulps: [2, 1],
    floor: (x) => (x < 0 ? 2 ** -4 : Math.abs(x - 1) < 0.02 || Math.abs(x - 2) < 0.02 ? 2 ** -6 : 0),
    ranges: both(
      ...([
        [1e-30, 20],
        [1e-30, 0.98],
        [1.02, 1.98],
        [2.02, 20],
        [20, 1e30],
        [-12, -8.01],
        [-8.01, -0.001],
        [-170.5, -1e-30],
      ] as [number, number][]),
    ),
    hard: (f) =>
      f === "f64" ? [5e-324, 1e-310, 1e300, 2.5563e305, ...around(f, 0.5, 3, 8, 10)] : around(f, 0.5, 3, 8, 10),
  },
  {
    // Near its zero right of 0 the error is absolute, 2^-57 (gammaBounds), near those left of it 2^-52 (two ulps of
    // 1/2).
    name: "digamma",
    exact: oracle.digamma,
    ulps: [2, 1],
    floor: (x) => (x < 0 ? 0.5 : 0),
    ranges: both([1e-30, 1.4], [1.5, 20], [20, 1e30], [-8.01, -0.001], [-170.5, -1e-30]),
    hard: (f) => (f === "f64" ? [1e-308, 1e300, ...around(f, 0.5, 3, 8, 10)] : around(f, 0.5, 3, 8, 10)),
  },
  {
    name: "erfcx",
    exact: oracle.erfcx,
    ulps: [2, 1],
    ranges: {
      f64: [
        [5e-324, 1e300],
        [-26.6, -5e-324],
        [-2, 10],
        [0.1, 9],
      ],
      f32: [
        [1.401298464324817e-45, 1e38],
        [-9.3, -1.401298464324817e-45],
        [-2, 10],
      ],
    },
    hard: (f) => around(f, ...EDGES, -0.5),
  },
  // The derivatives: the formula left of 0 takes several roundings, the tables right of it two or three.
  {
    name: "erfcxSlope",
    exact: oracle.erfcxSlope,
    ulps: [3, 1],
    ranges: {
      f64: [
        [1e-300, 1e150],
        [-26.4, -1e-300],
        [0.1, 9],
      ],
      f32: [
        [1e-38, 1e18],
        [-9.2, -1e-38],
        [0.1, 9],
      ],
    },
    hard: (f) => around(f, ...EDGES),
  },
  {
    name: "erfcxCurvature",
    exact: oracle.erfcxCurvature,
    ulps: [4, 1],
    ranges: {
      f64: [
        [1e-300, 1e100],
        [-26.3, -1e-300],
        [0.1, 9],
      ],
      f32: [
        [1e-38, 1e12],
        [-9.1, -1e-38],
        [0.1, 9],
      ],
    },
    hard: (f) => around(f, ...EDGES),
  },
  {
    name: "logNdtr",
    exact: oracle.logNdtr,
    ulps: [2, 1],
    ranges: {
      f64: [
        [-1e154, -5e-324],
        [5e-324, 38.5],
        [-3, 3],
        [-9, -0.1],
      ],
      f32: [
        [-1e19, -1.401298464324817e-45],
        [1.401298464324817e-45, 14],
        [-3, 3],
      ],
    },
    hard: (f) => around(f, ...EDGES.map((x) => -x), Math.SQRT1_2, -1e8, -1e10, 37),
  },
  {
    name: "inverseMills",
    exact: oracle.inverseMills,
    ulps: [3, 1],
    ranges: {
      f64: [
        [-1e300, -5e-324],
        [5e-324, 38.4],
        [-9, 3],
      ],
      f32: [
        [-1e38, -1.401298464324817e-45],
        [1.401298464324817e-45, 14],
        [-9, 3],
      ],
    },
    hard: (f) => around(f, ...EDGES.map((x) => -x)),
  },
  {
    name: "inverseMillsSlope",
    exact: oracle.inverseMillsSlope,
    ulps: [4, 1],
    ranges: {
      f64: [
        [-1e300, -5e-324],
        [5e-324, 37],
        [-9, 3],
      ],
      f32: [
        [-1e38, -1.401298464324817e-45],
        [1.401298464324817e-45, 13],
        [-9, 3],
      ],
    },
    hard: (f) => around(f, ...EDGES.map((x) => -x)),
  },
  {
    name: "inverseMillsCurvature",
    exact: oracle.inverseMillsCurvature,
    ulps: [16, 1],
    ranges: {
      f64: [
        [-1e100, -5e-324],
        [5e-324, 37],
        [-9, 3],
      ],
      f32: [
        [-1e12, -1.401298464324817e-45],
        [1.401298464324817e-45, 13],
        [-9, 3],
      ],
    },
    hard: (f) => around(f, ...EDGES.map((x) => -x)),
  },
  // Near their zeros in (0, 3) the derivatives of i1e have an absolute error.
  {
    name: "i0e",
    exact: oracle.i0e,
    ulps: [2, 1],
    ranges: both([1e-30, 0.5], [0.1, 20], [-30, -0.1], [15, 400]),
    hard: (f) => around(f, ...EDGES, 12, 16),
  },
  {
    name: "i1e",
    exact: oracle.i1e,
    ulps: [2, 1],
    ranges: both([1e-30, 0.5], [0.1, 20], [-30, -0.1], [15, 400]),
    hard: (f) => around(f, ...EDGES, 12, 16),
  },
  {
    name: "i0eSlope",
    exact: oracle.i0eSlope,
    ulps: [3, 1],
    ranges: both([1e-30, 0.5], [0.1, 20], [-30, -0.1], [15, 400]),
    hard: (f) => around(f, ...EDGES, 12, 16),
  },
  {
    name: "i0eCurvature",
    exact: oracle.i0eCurvature,
    ulps: [4, 1],
    ranges: both([1e-30, 0.5], [0.1, 20], [-30, -0.1], [15, 400]),
    hard: (f) => around(f, ...EDGES, 12, 16),
  },
  {
    name: "i1eSlope",
    exact: oracle.i1eSlope,
    ulps: [3, 1],
    floor: (x) => (Math.abs(x) < 4 ? 0.125 : 0),
    ranges: both([1e-30, 0.5], [0.1, 20], [-30, -0.1], [15, 400]),
    hard: (f) => around(f, ...EDGES, 12, 16),
  },
  {
    name: "i1eCurvature",
    exact: oracle.i1eCurvature,
    ulps: [4, 1],
    floor: (x) => (Math.abs(x) < 4 ? 0.125 : 0),
    ranges: both([1e-30, 0.5], [0.1, 20], [-30, -0.1], [15, 400]),
    hard: (f) => around(f, ...EDGES, 12, 16),
  },
  // Beyond 8 the error is that of an envelope.
  {
    name: "j0",
    exact: oracle.j0,
    ulps: [4, 1],
    floor: envelope,
    ranges: both([1e-30, 0.5], [0.1, 8], [-8, -0.1], [8, 55]),
    hard: (f) => around(f, ...EDGES, 12, 16),
  },
  {
    name: "j1",
    exact: oracle.j1,
    ulps: [4, 1],
    floor: envelope,
    ranges: both([1e-30, 0.5], [0.1, 8], [-8, -0.1], [8, 55]),
    hard: (f) => around(f, ...EDGES, 12, 16),
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
    [
      "ndtr",
      [
        [0, 0.5],
        [-0, 0.5],
        [tiny, 0.5],
        [Infinity, 1],
        [-Infinity, 0],
        [huge, 1],
        [-huge, 0],
        [NaN, NaN],
      ],
    ],
    [
      "normalDensity",
      [
        [0, 0.3989422804014327],
        [-0, 0.3989422804014327],
        [Infinity, 0],
        [-Infinity, 0],
        [huge, 0],
        [-huge, 0],
        [NaN, NaN],
      ],
    ],
    ["erfinv", odd([0, 0], [1, Infinity], [1.5, NaN], [huge, NaN], [Infinity, NaN])],
    [
      "erfinvSlope",
      [
        [0, 0.886226925452758],
        [-0, 0.886226925452758],
        [1, Infinity],
        [-1, Infinity],
        [-1.5, NaN],
        [Infinity, NaN],
        [NaN, NaN],
      ],
    ],
    [
      "erfcinv",
      [
        [0, Infinity],
        [-0, Infinity],
        [1, 0],
        [2, -Infinity],
        [2.5, NaN],
        [-tiny, NaN],
        [Infinity, NaN],
        [-Infinity, NaN],
        [NaN, NaN],
      ],
    ],
    [
      "ndtri",
      [
        [0, -Infinity],
        [-0, -Infinity],
        [0.5, 0],
        [1, Infinity],
        [1.5, NaN],
        [-tiny, NaN],
        [Infinity, NaN],
        [-Infinity, NaN],
        [NaN, NaN],
      ],
    ],
    [
      "erfcinvSlope",
      [
        [0, Infinity],
        [1, 0.886226925452758],
        [2, Infinity],
        [2.5, NaN],
        [-tiny, NaN],
        [Infinity, NaN],
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
    ["j1", odd([0, 0], [tiny, tiny / 2], [Infinity, 0])],
    ["i1e", odd([0, 0], [Infinity, 0])],
    [
      "j0",
      [
        [0, 1],
        [-0, 1],
        [Infinity, 0],
        [-Infinity, 0],
        [NaN, NaN],
      ],
    ],
    [
      "i0e",
      [
        [0, 1],
        [-0, 1],
        [Infinity, 0],
        [-Infinity, 0],
        [NaN, NaN],
      ],
    ],
    [
      "i0eSlope",
      [
        [0, 0],
        [-0, 0],
        [NaN, NaN],
      ],
    ],
    [
      "i0eCurvature",
      [
        [0, 1.5],
        [-0, 1.5],
      ],
    ],
    [
      "i1eSlope",
      [
        [0, 0.5],
        [-0, 0.5],
      ],
    ],
    ["i1eCurvature", [[0, 0]]],
    [
      "erfcx",
      [
        [0, 1],
        [-0, 1],
        [tiny, 1],
        [Infinity, 0],
        [-Infinity, Infinity],
        [-huge, Infinity],
        [NaN, NaN],
      ],
    ],
    [
      "erfcxSlope",
      [
        [0, -gaussian],
        [Infinity, -0],
        [-Infinity, -Infinity],
        [NaN, NaN],
      ],
    ],
    [
      "erfcxCurvature",
      [
        [0, 2],
        [Infinity, 0],
        [-Infinity, Infinity],
        [NaN, NaN],
      ],
    ],
    [
      "logNdtr",
      [
        [0, -0.6931471805599453],
        [-0, -0.6931471805599453],
        [Infinity, -0],
        [huge, -0],
        [-Infinity, -Infinity],
        [-huge, -Infinity],
        [NaN, NaN],
      ],
    ],
    [
      "inverseMills",
      [
        [Infinity, 0],
        [huge, 0],
        [-Infinity, Infinity],
        [-huge, huge],
        [NaN, NaN],
      ],
    ],
    [
      "inverseMillsSlope",
      [
        [0, -0.6366197723675814],
        [Infinity, -0],
        [-Infinity, -1],
        [-huge, -1],
        [NaN, NaN],
      ],
    ],
    [
      "inverseMillsCurvature",
      [
        [Infinity, 0],
        [huge, 0],
        [-Infinity, 0],
        [-huge, 0],
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
