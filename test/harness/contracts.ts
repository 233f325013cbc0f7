// What each elementary kernel promises: error bounds, the ranges to measure them on, special values. One table for
// the tests, and for whatever prints it.

import type { Real } from "./oracle.ts";
import * as oracle from "./oracle.ts";
import { rng } from "./rng.ts";
import { specialContracts, specialDuals, specialSpecials } from "./special-contracts.ts";
import { type Format, neighbour, sweep } from "./ulp.ts";

// ---- contracts ----

export interface Contract {
  readonly name: string;
  readonly exact: (x: Real) => Real;
  /** Worst error in ulps, [f64, f32]. */
  readonly ulps: readonly [number, number];
  /** Size of the result below which errors count in ulps of that size: absolute errors near zeros. */
  readonly floor?: (x: number) => number;
  /** Intervals swept, f64 and f32: by bit pattern where they contain or touch zero or span many binades. */
  readonly ranges: Readonly<Record<Format, readonly (readonly [number, number])[]>>;
  /** Points of their own. */
  readonly hard?: (format: Format) => number[];
}

export const MAX = { f64: Number.MAX_VALUE, f32: 3.4028234663852886e38 };
export const MIN = { f64: 5e-324, f32: 1.401298464324817e-45 };

export const both = (...ranges: [number, number][]): Contract["ranges"] => ({ f64: ranges, f32: ranges });
export const signed = (limit: Record<Format, number>): Contract["ranges"] => ({
  f64: [
    [MIN.f64, limit.f64],
    [-limit.f64, -MIN.f64],
  ],
  f32: [
    [MIN.f32, limit.f32],
    [-limit.f32, -MIN.f32],
  ],
});
export const join = (...all: Contract["ranges"][]): Contract["ranges"] => ({
  f64: all.flatMap((r) => r.f64),
  f32: all.flatMap((r) => r.f32),
});

/** The numbers around each of the given ones. */
export const around = (format: Format, ...points: number[]): number[] =>
  points.flatMap((p) => [-2, -1, 0, 1, 2].map((n) => neighbour(format === "f64" ? p : Math.fround(p), n, format)));

/**
 * Multiples of pi/2, small and large, and of pi/4, rounded; the double nearest to a multiple of pi/2 (J.-M. Muller).
 */
const angles = (format: Format): number[] => {
  const small = Array.from({ length: 64 }, (_, n) => ((n + 1) * Math.PI) / 4);
  const large = Array.from({ length: 40 }, (_, n) => 2 ** (n / 2) * Math.PI * 0.5);
  const limit = [1e5, 102943.7, 65536 * (Math.PI / 2), 1e22, 2 ** 60, 2 ** 100, MAX.f32 / 2];
  const worst = format === "f64" ? [6381956970095103 * 2 ** 797, 5.319372648326541e255, 1e300, MAX.f64 / 2] : [];
  return [...small, ...large, ...limit, ...worst].flatMap((x) => around(format, x, -x));
};

export const contracts: Contract[] = [
  ...specialContracts,
  {
    name: "exp",
    exact: oracle.exp,
    ulps: [1, 1],
    ranges: {
      f64: [
        [MIN.f64, 709.78],
        [-745.2, -MIN.f64],
        [-745, -708],
        [1, 700],
      ],
      f32: [
        [MIN.f32, 88.72],
        [-104, -MIN.f32],
        [-104, -87],
        [1, 88],
      ],
    },
    hard: (f) =>
      around(
        f,
        ...(f === "f64"
          ? [709.782712893384, 708, -708.3964185322641, -708, -745.1332191019411]
          : [88.72283905206835, 87, -87.3365447505531, -103.97208]),
      ),
  },
  {
    name: "expm1",
    exact: oracle.expm1,
    ulps: [1, 1],
    ranges: {
      f64: [
        [MIN.f64, 709.78],
        [-800, -MIN.f64],
        [-2, -0.1],
        [0.1, 2],
      ],
      f32: [
        [MIN.f32, 88.72],
        [-100, -MIN.f32],
        [-2, -0.1],
        [0.1, 2],
      ],
    },
    hard: (f) =>
      around(f, ...(f === "f64" ? [709.782712893384, 36.7, 37.4, -36.7, -37.4] : [88.7228, 16.6, 17.3, -16.6, -17.3])),
  },
  {
    name: "log",
    exact: oracle.log,
    ulps: [1, 1],
    ranges: {
      f64: [
        [MIN.f64, MAX.f64],
        [0.5, 2],
      ],
      f32: [
        [MIN.f32, MAX.f32],
        [0.5, 2],
      ],
    },
    hard: (f) =>
      around(f, Math.SQRT1_2, Math.SQRT2, 1, 2, f === "f64" ? 2.2250738585072014e-308 : 1.1754943508222875e-38).filter(
        (x) => x !== 1,
      ),
  },
  {
    name: "log1p",
    exact: oracle.log1p,
    ulps: [1, 1],
    ranges: {
      f64: [
        [MIN.f64, MAX.f64],
        [-0.9999999999999999, -MIN.f64],
        [-0.5, -0.1],
        [0.1, 1.5],
      ],
      f32: [
        [MIN.f32, MAX.f32],
        [-0.99999994, -MIN.f32],
        [-0.5, -0.1],
        [0.1, 1.5],
      ],
    },
    hard: (f) => around(f, Math.SQRT1_2 - 1, Math.SQRT2 - 1, 1, 2 ** 24, 2 ** 53),
  },
  { name: "sin", exact: oracle.sin, ulps: [1, 1], ranges: join(signed(MAX), both([1, 1e5], [0.5, 8])), hard: angles },
  { name: "cos", exact: oracle.cos, ulps: [1, 1], ranges: join(signed(MAX), both([1, 1e5], [0.5, 8])), hard: angles },
  { name: "tan", exact: oracle.tan, ulps: [2, 1], ranges: join(signed(MAX), both([1, 1e5], [0.5, 8])), hard: angles },
  {
    name: "tanh",
    exact: oracle.tanh,
    ulps: [1, 1],
    ranges: join(signed({ f64: 800, f32: 200 }), both([0.05, 1], [-20, -0.1])),
  },
  {
    name: "sech2",
    exact: oracle.sech2,
    ulps: [2, 2],
    ranges: {
      f64: [
        [MIN.f64, 374],
        [-374, -350],
        [0.1, 5],
      ],
      f32: [
        [MIN.f32, 53],
        [-53, -40],
        [0.1, 5],
      ],
    },
  },
  {
    name: "sigmoid",
    exact: oracle.sigmoid,
    ulps: [1, 1],
    ranges: {
      f64: [
        [MIN.f64, 750],
        [-745.2, -MIN.f64],
        [-745, -700],
        [-5, -0.1],
      ],
      f32: [
        [MIN.f32, 110],
        [-104, -MIN.f32],
        [-104, -80],
        [-5, -0.1],
      ],
    },
  },
  {
    name: "dsigmoid",
    exact: oracle.dsigmoid,
    ulps: [2, 2],
    ranges: {
      f64: [
        [MIN.f64, 745.2],
        [-745.2, -700],
        [0.1, 5],
      ],
      f32: [
        [MIN.f32, 104],
        [-104, -80],
        [0.1, 5],
      ],
    },
  },
  {
    name: "softplus",
    exact: oracle.softplus,
    ulps: [1, 1],
    ranges: {
      f64: [
        [MIN.f64, 800],
        [-745.2, -MIN.f64],
        [-745, -700],
        [-1.5, -0.5],
      ],
      f32: [
        [MIN.f32, 110],
        [-104, -MIN.f32],
        [-104, -80],
        [-1.5, -0.5],
      ],
    },
    hard: (f) => around(f, Math.log(Math.SQRT2 - 1), -Math.log(Math.SQRT2 - 1)),
  },
  {
    name: "atan",
    exact: oracle.atan,
    ulps: [1, 1],
    ranges: join(signed(MAX), both([0.3, 3])),
    hard: (f) => around(f, Math.SQRT2 - 1, Math.SQRT2 + 1, 1, 2 ** 60),
  },
];

/** Dual kernels and the single ones whose bits they give. */
export const duals = [
  ["sin_cos", "sin", "cos"],
  ["exp_expm1", "exp", "expm1"],
  ["sigmoid_dsigmoid", "sigmoid", "dsigmoid"],
  ["softplus_sigmoid", "softplus", "sigmoid"],
  ["tanh_sech2", "tanh", "sech2"],
  ...specialDuals,
] as const;

/** About `points` arguments, over the ranges of the contract, and its hard points. */
export function pointsOf(contract: Contract, format: Format, points: number): number[] {
  const random = rng(contract.name.length * 7919 + 1);
  const ranges = contract.ranges[format];
  const hard = contract.hard?.(format) ?? [];
  const each = Math.ceil(points / ranges.length);
  return [...ranges.flatMap(([low, high]) => sweep(low, high, each, format, random)), ...hard];
}

// ---- special values ----

/** Function → [x, f(x)], both to be met bit for bit once rounded to the format. */
export function specials(format: Format): [string, [number, number][]][] {
  const tiny = MIN[format];
  const huge = MAX[format];
  const odd = (...rows: [number, number][]): [number, number][] => [
    ...rows,
    ...rows.map(([x, y]): [number, number] => [-x, -y]),
    [NaN, NaN],
  ];
  const identity = odd([0, 0], [tiny, tiny], [4 * tiny, 4 * tiny]);
  return [
    ...specialSpecials(odd, { tiny, huge }),
    [
      "exp",
      [
        [0, 1],
        [-0, 1],
        [Infinity, Infinity],
        [-Infinity, 0],
        [NaN, NaN],
        [huge, Infinity],
        [-huge, 0],
        [tiny, 1],
        [format === "f64" ? 710 : 89, Infinity],
      ],
    ],
    ["expm1", [...identity, [Infinity, Infinity], [-Infinity, -1], [huge, Infinity], [-huge, -1]]],
    [
      "log",
      [
        [0, -Infinity],
        [-0, -Infinity],
        [1, 0],
        [Infinity, Infinity],
        [-1, NaN],
        [-tiny, NaN],
        [-Infinity, NaN],
        [NaN, NaN],
      ],
    ],
    ["log1p", [...identity, [-1, -Infinity], [-2, NaN], [-Infinity, NaN], [Infinity, Infinity], [-huge, NaN]]],
    ["sin", [...identity, [Infinity, NaN], [-Infinity, NaN]]],
    [
      "cos",
      [
        [0, 1],
        [-0, 1],
        [tiny, 1],
        [Infinity, NaN],
        [-Infinity, NaN],
        [NaN, NaN],
      ],
    ],
    ["tan", [...identity, [Infinity, NaN], [-Infinity, NaN]]],
    ["tanh", [...identity, ...odd([Infinity, 1], [huge, 1], [30, 1])]],
    [
      "sech2",
      [
        [0, 1],
        [-0, 1],
        [tiny, 1],
        [Infinity, 0],
        [-Infinity, 0],
        [huge, 0],
        [-huge, 0],
        [NaN, NaN],
      ],
    ],
    [
      "sigmoid",
      [
        [0, 0.5],
        [-0, 0.5],
        [Infinity, 1],
        [-Infinity, 0],
        [huge, 1],
        [-huge, 0],
        [NaN, NaN],
      ],
    ],
    [
      "dsigmoid",
      [
        [0, 0.25],
        [-0, 0.25],
        [Infinity, 0],
        [-Infinity, 0],
        [huge, 0],
        [-huge, 0],
        [NaN, NaN],
      ],
    ],
    [
      "softplus",
      [
        [0, Math.LN2],
        [-0, Math.LN2],
        [Infinity, Infinity],
        [-Infinity, 0],
        [huge, huge],
        [-huge, 0],
        [NaN, NaN],
      ],
    ],
    ["atan", [...identity, ...odd([Infinity, Math.PI / 2], [huge, Math.PI / 2], [1, Math.PI / 4])]],
  ];
}
