// What public operations promise that are compositions or work through several kernels: as contracts.ts for kernels.
// The operation itself is measured, compiled.
import * as h from "../../src/index.ts";
import { type Contract, MAX, MIN } from "./contracts.ts";
import { geluArgument } from "./elementary-contracts.ts";
import type { Real } from "./oracle.ts";
import * as oracle from "./oracle.ts";
import { add, exp, log, log1p, mul, neg, sigmoid, softplus, sub } from "./oracle.ts";
import { rng, uniform } from "./rng.ts";
import { ndtr } from "./special-oracle.ts";
import { type Format, sweep } from "./ulp.ts";

export type Numbers = Float64Array | Float32Array;
export interface OperationContract {
  readonly name: string;
  readonly f: (...x: Numbers[]) => Numbers;
  readonly exact: (...x: Real[]) => Real;
  /** Worst error in ulps, [f64, f32]. */
  readonly ulps: readonly [number, number];
  /** As in contracts.ts. */
  readonly floor?: (...x: number[]) => number;
  /** About `count` arguments, one list for each operand. */
  points(format: Format, count: number): number[][];
}

/** Intervals, swept by bit pattern. */
const over =
  (ranges: Contract["ranges"]) =>
  (format: Format, count: number): number[][] => {
    const random = rng(count + ranges.f64.length);
    const intervals = ranges[format];
    return [intervals.flatMap(([low, high]) => sweep(low, high, Math.ceil(count / intervals.length), format, random))];
  };
/** Factors of any sign within 2^±60 beside positive numbers `y`, from those of all numbers and of the middle. */
const factors = (format: Format, y: number[]): number[][] => {
  const random = rng(31);
  const x = sweep(2 ** -60, 2 ** 60, y.length, format, random).sort(() => random() - 0.5);
  return [x.map((v) => (random() < 0.5 ? v : -v)), y];
};

export const operationContracts: OperationContract[] = [
  {
    name: "logaddexp",
    f: h.logaddexp as OperationContract["f"],
    exact: (a, b) => {
      const d = sub(a, b);
      return d.m < 0n ? add(b, log1p(exp(d))) : add(a, log1p(exp(neg(d))));
    },
    ulps: [2, 1],
    // Where a and b are negative the result has zeros: there the error is absolute.
    floor: (a, b) => (Math.max(a, b) < 0 ? 0.5 : 0),
    points(format, count) {
      const random = rng(5);
      const signed = (v: number): number => (random() < 0.5 ? -v : v);
      const a = sweep(1e-6, format === "f64" ? 700 : 80, count, format, random)
        .map(signed)
        .sort(() => random() - 0.5);
      // near each other, far apart, and with a sum that is not dominated by either
      return [
        a,
        a.map((v, i) =>
          i % 3 === 0
            ? v + signed(random() * 3)
            : i % 3 === 1
              ? signed(random() * 700)
              : v * (1 + signed(2 ** -10 * random())),
        ),
      ];
    },
  },
  {
    name: "xlogy",
    f: h.xlogy as OperationContract["f"],
    exact: (x, y) => mul(x, log(y)),
    ulps: [2, 1],
    points: (format, count) => {
      const random = rng(6);
      return factors(
        format,
        [
          ...sweep(MIN[format], MAX[format], count / 2, format, random),
          ...sweep(0.4, 3, count / 2, format, random),
        ].filter((y) => y !== 1),
      );
    },
  },
  {
    name: "xlog1py",
    f: h.xlog1py as OperationContract["f"],
    exact: (x, y) => mul(x, log1p(y)),
    ulps: [2, 1],
    points: (format, count) => {
      const random = rng(7);
      const least = format === "f64" ? 1e-200 : 1e-15;
      return factors(format, [
        ...sweep(least, MAX[format], count / 3, format, random),
        ...sweep(-0.999, -least, count / 3, format, random),
        ...sweep(0.2, 3, count / 3, format, random),
      ]);
    },
  },
  {
    name: "entr",
    f: h.entr as OperationContract["f"],
    exact: (x) => neg(mul(x, log(x))),
    ulps: [2, 1],
    points: over({
      f64: [
        [1e-300, 0.9999999999999999],
        [0.05, 0.9999],
        [1.0000000000000002, 1e300],
      ],
      f32: [
        [1e-36, 0.99999994],
        [0.05, 0.9999],
        [1.0000001, 1e36],
      ],
    }),
  },
  {
    name: "logSigmoid",
    f: h.logSigmoid as OperationContract["f"],
    exact: (x) => neg(softplus(neg(x))),
    ulps: [1, 1],
    points: over({
      f64: [
        [-1000, -5e-324],
        [5e-324, 745],
        [0.1, 2],
      ],
      f32: [
        [-1000, -1e-45],
        [1e-45, 103],
        [0.1, 2],
      ],
    }),
  },
  {
    name: "silu",
    f: h.silu as OperationContract["f"],
    exact: (x) => mul(x, sigmoid(x)),
    ulps: [2, 1],
    points: over({
      f64: [
        [-708, -1e-300],
        [1e-300, 1000],
        [-5, -0.1],
        [0.1, 5],
      ],
      f32: [
        [-87, -1e-36],
        [1e-36, 1000],
        [-5, -0.1],
        [0.1, 5],
      ],
    }),
  },
  {
    name: "gelu",
    f: ((x: Numbers) => h.gelu(x)) as OperationContract["f"],
    exact: (x) => mul(x, ndtr(x)),
    ulps: [2, 1],
    points: over({
      f64: [
        [-37.5, -1e-300],
        [1e-300, 40],
        [-5, -0.1],
        [-37.5, -1],
      ],
      f32: [
        [-12.9, -1e-36],
        [1e-36, 40],
        [-5, -0.1],
        [-12.9, -1],
      ],
    }),
  },
  {
    name: "gelu (tanh form)",
    f: ((x: Numbers) => h.gelu(x, { approximate: true })) as OperationContract["f"],
    exact: (x) => mul(x, sigmoid(geluArgument(x))),
    ulps: [2, 1],
    points: over({
      f64: [
        [-21.1, -1e-300],
        [1e-300, 40],
        [-5, -0.1],
        [-21.1, -1],
      ],
      f32: [
        [-10.1, -1e-36],
        [1e-36, 40],
        [-5, -0.1],
        [-10.1, -1],
      ],
    }),
  },
  {
    name: "remainder",
    f: h.remainder as OperationContract["f"],
    exact: oracle.mod,
    ulps: [0.5, 0.5],
    points: (format, count) => {
      const random = rng(8);
      const y = sweep(2 ** -20, 2 ** 20, count, format, random).sort(() => random() - 0.5);
      return [y.map((v) => v * uniform(random, -1e4, 1e4)), y.map((v) => (random() < 0.5 ? v : -v))];
    },
  },
];

/** The operands of a contract as arrays of the format. */
export const operandsOf = (contract: OperationContract, format: Format, count: number): Numbers[] =>
  contract.points(format, count).map((x) => (format === "f64" ? Float64Array.from(x) : Float32Array.from(x)));
