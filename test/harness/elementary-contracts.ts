// The contracts of the second family of elementary kernels (`elementary` of scripts/kernel-families.mjs), in the form
// of contracts.ts.

import { around, both, type Contract, join, MAX, MIN, signed } from "./contracts.ts";
import type { Real } from "./oracle.ts";
import * as oracle from "./oracle.ts";
import { rng } from "./rng.ts";
import * as stable from "./stable-oracle.ts";
import { type Format, sweep } from "./ulp.ts";

const positive: Contract["ranges"] = { f64: [[MIN.f64, MAX.f64]], f32: [[MIN.f32, MAX.f32]] };
/** Up to the greatest number below 1. */
const unit: Contract["ranges"] = {
  f64: [
    [MIN.f64, 0.9999999999999999],
    [-0.9999999999999999, -MIN.f64],
  ],
  f32: [
    [MIN.f32, 0.99999994],
    [-0.99999994, -MIN.f32],
  ],
};

const SQRT_8_PI = oracle.sqrt(oracle.div(oracle.real(8), oracle.PI));
/** √(8/π)(x + 0.044715 x³), 0.044715 being the decimal. */
export const geluArgument = (x: Real): Real =>
  oracle.mul(
    SQRT_8_PI,
    oracle.add(x, oracle.mul(oracle.div(oracle.real(44715), oracle.real(1e6)), oracle.mul(x, oracle.mul(x, x)))),
  );

export const contracts: Contract[] = [
  {
    name: "sinh",
    exact: oracle.sinh,
    ulps: [1, 1],
    ranges: join(signed({ f64: 710.47, f32: 89.4 }), both([0.3, 3], [1, 80])),
    hard: (f) => around(f, 1, -1, ...(f === "f64" ? [708, 709.78, 710.4758600739439] : [88.72284, 89.41598])),
  },
  {
    name: "cosh",
    exact: oracle.cosh,
    ulps: [1, 1],
    ranges: join(signed({ f64: 710.47, f32: 89.4 }), both([0.01, 3], [1, 80])),
    hard: (f) => around(f, ...(f === "f64" ? [708, 709.78, 710.4758600739439] : [88.72284, 89.41598])),
  },
  {
    name: "asinh",
    exact: oracle.asinh,
    ulps: [2, 1],
    ranges: join(signed(MAX), both([0.01, 3], [0.3, 1.5])),
    hard: (f) => around(f, Math.SQRT1_2, 1, 2 ** 30),
  },
  {
    name: "acosh",
    exact: oracle.acosh,
    ulps: [2, 1],
    ranges: {
      f64: [
        [1.0000000000000002, 2],
        [1.0001, 4],
        [2, MAX.f64],
      ],
      f32: [
        [1.0000001, 2],
        [1.0001, 4],
        [2, MAX.f32],
      ],
    },
    hard: (f) => around(f, 1.25, Math.SQRT2, 2 ** 30),
  },
  { name: "atanh", exact: oracle.atanh, ulps: [2, 1], ranges: join(unit, both([0.01, 0.9], [0.1, 0.6], [-0.9, -0.1])) },
  {
    name: "logit",
    exact: oracle.logit,
    ulps: [2, 1],
    ranges: join(
      { f64: [[MIN.f64, 0.9999999999999999]], f32: [[MIN.f32, 0.99999994]] },
      both([0.1, 0.9], [0.49, 0.51]),
    ),
    hard: (f) => around(f, 0.25, 0.75),
  },
  {
    name: "asin",
    exact: oracle.asin,
    ulps: [1, 1],
    ranges: join(unit, both([0.1, 1], [0.4, 0.7])),
    hard: (f) => around(f, 0.5, -0.5).concat(1, -1),
  },
  {
    name: "acos",
    exact: oracle.acos,
    ulps: [1, 1],
    ranges: join(unit, both([-1, -0.1], [0.1, 0.999], [0.4, 0.7])),
    hard: (f) => around(f, 0.5, -0.5).concat(-1),
  },
  {
    name: "exp2",
    exact: oracle.exp2,
    ulps: [1, 1],
    ranges: {
      f64: [
        [MIN.f64, 1023.9999],
        [-1075, -MIN.f64],
        [-1075, -1020],
        [0.01, 3],
      ],
      f32: [
        [MIN.f32, 127.999],
        [-150, -MIN.f32],
        [-150, -125],
        [0.01, 3],
      ],
    },
    hard: (f) => around(f, ...(f === "f64" ? [-1022, -1074, 1023] : [-126, -149, 127])),
  },
  {
    name: "log2",
    exact: oracle.log2,
    ulps: [1, 1],
    ranges: join(positive, both([0.5, 2], [0.9, 1.1])),
    hard: (f) => around(f, Math.SQRT1_2, Math.SQRT2, 2),
  },
  {
    name: "log10",
    exact: oracle.log10,
    ulps: [1, 1],
    ranges: join(positive, both([0.5, 2], [0.9, 1.1])),
    hard: (f) => around(f, Math.SQRT1_2, Math.SQRT2, 10, 1e10),
  },
  {
    name: "geluSigmoid",
    exact: (x) => oracle.sigmoid(geluArgument(x)),
    ulps: [1, 1],
    ranges: join(
      { f64: [[-21.1, -MIN.f64]], f32: [[-10.1, -MIN.f32]] },
      { f64: [[MIN.f64, 40]], f32: [[MIN.f32, 40]] },
      both([-5, -0.1], [0.1, 5], [-10, -1]),
    ),
    hard: (f) => around(f, 0.5, -0.5, 30, ...(f === "f64" ? [-21] : [-10])),
  },
  {
    name: "sinc",
    exact: stable.sinc,
    ulps: [3, 1],
    // Zero at the integers, where the oracle's is 2^-320.
    floor: (x) => (Number.isInteger(x) ? 1 : 0),
    ranges: join(signed({ f64: 1e12, f32: 1e6 }), both([-30, -0.01], [0.1, 3])),
    hard: (f) => around(f, 1, 2, 3, 0.5, 1e-9, 100, 65537).filter((x) => !Number.isInteger(x)),
  },
  {
    name: "exprel",
    exact: stable.exprel,
    ulps: [3, 1],
    ranges: join(
      { f64: [[MIN.f64, 716]], f32: [[MIN.f32, 93]] },
      both([-1e6, -1e-30], [0.1, 8], [-8, -0.1], [-40, -1]),
    ),
    hard: (f) => around(f, 1e-8, -1e-8, ...(f === "f64" ? [700, 709.78, 716.3] : [88, 93])),
  },
  {
    name: "cbrt",
    exact: oracle.cbrt,
    ulps: [1, 1],
    ranges: join(signed(MAX), both([0.1, 10])),
    hard: (f) => around(f, 1, 8, 27, 1e-300),
  },
];

/** The derivatives of sinc oscillate: their errors are relative to πᵏ min(1/(k + 1), 1/(π|x|)). */
export const sincDerivativeSize = (order: number, x: number): number =>
  Math.PI ** order * Math.min(1 / (order + 1), 1 / (Math.PI * Math.abs(x)));

/** Kernels of an order and an argument. */
export const orderContracts = [1, 2, 3, 10].flatMap((order) => [
  {
    name: "sincDerivative",
    order,
    exact: stable.sincDerivative(order),
    ulps: (order < 4 ? [6, 1] : [60, 1]) as readonly [number, number],
    floor: (x: number) => sincDerivativeSize(order, x),
    ranges: both([1e-30, 1e12], [-30, -0.01], [0.1, 3]),
  },
  {
    name: "exprelDerivative",
    order,
    exact: stable.exprelDerivative(order),
    ulps: (order < 4 ? [6, 1] : [10, 1]) as readonly [number, number],
    floor: () => 0,
    ranges: join({ f64: [[1e-30, 715]], f32: [[1e-30, 91]] }, both([-1e3, -1e-30], [0.1, 20], [-20, -0.1])),
  },
]);

/** Dual kernels and the single ones whose bits they give. */
export const duals = [["sinh_cosh", "sinh", "cosh"]] as const;

// ---- special values ----

const odd = (...rows: [number, number][]): [number, number][] => [
  ...rows,
  ...rows.map(([x, y]): [number, number] => [-x, -y]),
  [NaN, NaN],
];

/** As in contracts.ts: [x, f(x)]. */
export function specials(format: Format): [string, [number, number][]][] {
  const tiny = MIN[format];
  const huge = MAX[format];
  const inf = Infinity;
  const identity = odd([0, 0], [tiny, tiny], [4 * tiny, 4 * tiny]);
  const undefinedBelow = (x: number): [number, number][] => [x, -huge, -inf, NaN].map((v) => [v, NaN]);
  return [
    ["sinh", [...identity, ...odd([inf, inf], [huge, inf])]],
    [
      "cosh",
      [
        [0, 1],
        [-0, 1],
        [tiny, 1],
        [inf, inf],
        [-inf, inf],
        [huge, inf],
        [-huge, inf],
        [NaN, NaN],
      ],
    ],
    ["asinh", [...identity, ...odd([inf, inf])]],
    ["acosh", [[1, 0], [inf, inf], ...undefinedBelow(0.5), [0, NaN], [-1.5, NaN]]],
    ["atanh", [...identity, ...odd([1, inf], [2, NaN], [inf, NaN])]],
    ["logit", [[0, -inf], [-0, -inf], [1, inf], [0.5, 0], [1.5, NaN], [inf, NaN], ...undefinedBelow(-tiny)]],
    ["asin", [...identity, ...odd([1, Math.PI / 2], [1.5, NaN], [inf, NaN])]],
    [
      "acos",
      [[1, 0], [-1, Math.PI], [0, Math.PI / 2], [-0, Math.PI / 2], [inf, NaN], [1.5, NaN], ...undefinedBelow(-1.5)],
    ],
    [
      "exp2",
      [
        [0, 1],
        [-0, 1],
        [inf, inf],
        [-inf, 0],
        [huge, inf],
        [-huge, 0],
        [NaN, NaN],
        [tiny, 1],
      ],
    ],
    [
      "geluSigmoid",
      [
        [0, 0.5],
        [-0, 0.5],
        [inf, 1],
        [-inf, 0],
        [huge, 1],
        [-huge, 0],
        [NaN, NaN],
      ],
    ],
    [
      "sinc",
      [
        [0, 1],
        [-0, 1],
        [tiny, 1],
        [huge, 0],
        [inf, NaN],
        [-inf, NaN],
        [NaN, NaN],
      ],
    ],
    [
      "exprel",
      [
        [0, 1],
        [-0, 1],
        [tiny, 1],
        [-tiny, 1],
        [inf, inf],
        [-inf, 0],
        [huge, inf],
        [NaN, NaN],
      ],
    ],
    ["log2", [[0, -inf], [-0, -inf], [1, 0], [inf, inf], ...undefinedBelow(-tiny)]],
    ["log10", [[0, -inf], [-0, -inf], [1, 0], [inf, inf], ...undefinedBelow(-tiny)]],
    ["cbrt", odd([0, 0], [inf, inf], [1, 1], [8, 2], [27, 3], [1e3, 10])],
  ];
}

// ---- two arguments ----

export interface PairContract {
  readonly name: string;
  readonly exact: (x: Real, y: Real) => Real;
  /** Worst error in ulps, [f64, f32]. */
  readonly ulps: readonly [number, number];
  points(format: Format, count: number): (readonly [number, number])[];
  specials(format: Format): [number, number, number][];
}

/** Pairs of any exponents and signs, and pairs of like size. */
function anywhere(format: Format, count: number): [number, number][] {
  const random = rng(77);
  const sign = (): number => (random() < 0.5 ? -1 : 1);
  const all = (): number[] => sweep(MIN[format], MAX[format], count / 2, format, random).map((x) => x * sign());
  const b = all().sort(() => random() - 0.5);
  const far = all().map((x, i): [number, number] => [x, b[i] as number]);
  return [...far, ...all().map((x): [number, number] => [x, x * sign() * 2 ** (8 * random() - 4)])];
}
const even = (rows: [number, number, number][]): [number, number, number][] =>
  rows.flatMap(([x, y, z]) => [1, -1].flatMap((s) => [1, -1].map((t): [number, number, number] => [s * x, t * y, z])));

export const pairContracts: PairContract[] = [
  {
    name: "atan2",
    exact: oracle.atan2,
    ulps: [1, 1],
    points: (f, n) => anywhere(f, n).filter(([, x]) => f === "f64" || Math.abs(x) > 0),
    specials: (f) => {
      const half = [
        [0, 0, 0],
        [0, -0, Math.PI],
        [0, 1, 0],
        [0, -1, Math.PI],
        [0, MIN[f], 0],
        [1, 0, Math.PI / 2],
        [1, -0, Math.PI / 2],
        [MIN[f], 0, Math.PI / 2],
        [1, Infinity, 0],
        [1, -Infinity, Math.PI],
        [Infinity, 1, Math.PI / 2],
        [Infinity, -MAX[f], Math.PI / 2],
        [Infinity, Infinity, Math.PI / 4],
        [Infinity, -Infinity, 3 * (Math.PI / 4)],
        [1, 1, Math.PI / 4],
        [MAX[f], -MAX[f], 3 * (Math.PI / 4)],
        [MIN[f], MIN[f], Math.PI / 4],
        [NaN, 1, NaN],
        [1, NaN, NaN],
        [Infinity, NaN, NaN],
        [NaN, Infinity, NaN],
      ] as [number, number, number][];
      return half.flatMap(([y, x, z]): [number, number, number][] => [
        [y, x, z],
        [-y, x, -z],
      ]);
    },
  },
  {
    name: "hypot",
    exact: oracle.hypot,
    ulps: [1, 1],
    points: anywhere,
    specials: (f) =>
      even([
        [0, 0, 0],
        [3, 4, 5],
        [MIN[f], 0, MIN[f]],
        [3 * MIN[f], 4 * MIN[f], 5 * MIN[f]],
        [MAX[f], 0, MAX[f]],
        [MAX[f], MAX[f], Infinity],
        [Infinity, NaN, Infinity],
        [NaN, Infinity, Infinity],
        [Infinity, 0, Infinity],
        [NaN, 1, NaN],
        [0, NaN, NaN],
      ]),
  },
  {
    name: "mod",
    exact: oracle.mod,
    // exact, or the one rounding of the last addition
    ulps: [0.5, 0.5],
    // of any size, and with quotients of every length that the kernel tells apart
    points: (f, n) => {
      const random = rng(78);
      return anywhere(f, n).concat(
        sweep(1e-9, 1e9, n / 2, f, random).map((y) => [
          y * 2 ** (60 * random()) * (random() < 0.5 ? -1 : 1),
          random() < 0.5 ? -y : y,
        ]),
      );
    },
    specials: (f) => [
      [0, 3, 0],
      [-0, 3, 0],
      [0, -3, -0],
      [7, 3, 1],
      [-7, 3, 2],
      [7, -3, -2],
      [-7, -3, -1],
      [6, -3, -0],
      [-6, 3, 0],
      [5.5, 1, 0.5],
      [1, 0, NaN],
      [Infinity, 1, NaN],
      [NaN, 1, NaN],
      [1, NaN, NaN],
      [1, Infinity, 1],
      [-1, Infinity, Infinity],
      [1, -Infinity, -Infinity],
      [MAX[f], MIN[f], 0],
      [MIN[f], MAX[f], MIN[f]],
      [-MIN[f], 2 * MIN[f], MIN[f]],
    ],
  },
];
