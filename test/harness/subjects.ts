// One random subject per primitive: what primitives.test.ts checks the records with. The table is the one place that
// says on which domain a primitive is smooth.
import fc from "fast-check";
import { type DType, type Shape, sizeOf } from "../../src/ir/aval.ts";
import { make } from "../../src/ir/build.ts";
import type { Node, Primitive } from "../../src/ir/graph.ts";
import { logBeta } from "../../src/ops/beta.ts";
import { euclidean } from "../../src/ops/norm.ts";
import * as A from "../../src/primitives/arithmetic.ts";
import { besselJOverPower } from "../../src/primitives/bessel.ts";
import { enter, leave } from "../../src/primitives/boundary.ts";
import { convert } from "../../src/primitives/cast.ts";
import * as C from "../../src/primitives/contraction.ts";
import { gammaDensity, gammainc, gammaincc, logGammainc, logGammaincc } from "../../src/primitives/gammainc.ts";
import * as I from "../../src/primitives/indexing.ts";
import * as L from "../../src/primitives/leaf.ts";
import * as B from "../../src/primitives/logic.ts";
import { unit } from "../../src/primitives/norm.ts";
import { pinv } from "../../src/primitives/pinv.ts";
import { reduceProd } from "../../src/primitives/reduction.ts";
import * as S from "../../src/primitives/shape.ts";
import { polygamma } from "../../src/primitives/special.ts";
import { anyOver, broadcast, full, keptAxes, reduceSum } from "../../src/primitives/spread.ts";
import * as T from "../../src/primitives/transcendental.ts";
import { pow, powSlope } from "../../src/primitives/transcendental.ts";
import type { Fixed, Subject } from "./checkGrads.ts";
import { oneOfThree, rotations } from "./control.ts";
import { cumulativeSubjects } from "./cumulative-subjects.ts";
import { checkpointedSquare, customSquare, twice } from "./custom.ts";
import { factorizationSubjects } from "./factorizations.ts";
import { matrixFunctionSubjects } from "./matrix-functions.ts";
import { integer, type Rng, rng, uniform, vector } from "./rng.ts";
import { singularValueSubjects } from "./singular-values.ts";
import { spectralSubjects } from "./spectral.ts";
import { windowSubjects } from "./window-subjects.ts";

/** Extents of 1 and 0 come up often, and now and then one long enough for the unrolled loops. */
const extent = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 4 }) },
  { weight: 2, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: 5, max: 19 }) },
);
export const shapes = (minLength = 0, maxLength = 3): fc.Arbitrary<number[]> =>
  fc.array(extent, { minLength, maxLength }).filter((s) => sizeOf(s) <= 200);
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

type Interval = readonly [low: number, high: number];

/** Uniform in the interval, but at least 0.2 from the kink. */
function sample(random: Rng, [low, high]: Interval, n: number, kink?: number): number[] {
  return Array.from({ length: n }, () => {
    for (;;) {
      const x = uniform(random, low, high);
      if (kink === undefined || Math.abs(x - kink) > 0.2) return x;
    }
  });
}

/** Distinct numbers at least 0.15 apart, in random order: extrema without ties. */
export function distinct(random: Rng, n: number): number[] {
  const values = Array.from({ length: n }, (_, i) => 0.25 * (i - n / 2) + uniform(random, 0, 0.1));
  for (let i = n - 1; i > 0; i--) {
    const j = integer(random, 0, i);
    [values[i], values[j]] = [values[j] as number, values[i] as number];
  }
  return values;
}

export type SubjectMaker = (prim: Primitive) => fc.Arbitrary<Subject>;

const unary =
  (domain: Interval, more: { kink?: number; linear?: boolean } = {}): SubjectMaker =>
  (prim) =>
    fc.tuple(shapes(), seeds).map(([shape, seed]) => ({
      name: prim.name,
      build: ([x]) => [prim.name === "parameter" ? (x as Node) : make(prim, [x as Node])],
      shapes: [shape],
      point: [sample(rng(seed), domain, sizeOf(shape), more.kink)],
      linear: more.linear ?? false,
    }));

const binary =
  (a: Interval, b: Interval, more: { linear?: boolean; apart?: boolean } = {}): SubjectMaker =>
  (prim) =>
    fc.tuple(shapes(), seeds).map(([shape, seed]) => {
      const random = rng(seed);
      const n = sizeOf(shape);
      const x = sample(random, a, n);
      const y = more.apart
        ? x.map((v) => v + (random() < 0.5 ? -1 : 1) * uniform(random, 0.25, 1))
        : sample(random, b, n);
      return {
        name: prim.name,
        build: (xs) => [make(prim, xs)],
        shapes: [shape, shape],
        point: [x, y],
        linear: more.linear ?? false,
      };
    });

/** Comparisons: no tangent; `convert` after one gives a function whose derivative is zero. */
const comparison: SubjectMaker = (prim) =>
  fc.tuple(shapes(), seeds).map(([shape, seed]) => {
    const random = rng(seed);
    const x = sample(random, [-2, 2], sizeOf(shape));
    return {
      name: prim.name,
      build: ([a, b]) => {
        const c = make(prim, [a as Node, b as Node]);
        return [c, convert(c, (a as Node).dtype)];
      },
      shapes: [shape, shape],
      point: [x, x.map((v) => v + (random() < 0.5 ? -0.5 : 0.5))],
    };
  });

const logic =
  (arity: 1 | 2): SubjectMaker =>
  (prim) =>
    fc.tuple(shapes(), seeds).map(([shape, seed]) => {
      const random = rng(seed);
      const bits = (): Fixed => ({
        shape,
        dtype: "bool",
        data: Array.from({ length: sizeOf(shape) }, () => integer(random, 0, 1)),
      });
      return {
        name: prim.name,
        build: ([x], fixed) => {
          const c = make(prim, fixed);
          return [c, B.select(c, x as Node, A.square(x as Node))];
        },
        shapes: [shape],
        point: [sample(random, [-2, 2], sizeOf(shape))],
        fixed: arity === 1 ? [bits()] : [bits(), bits()],
      };
    });

/** Whether any boolean along some axes is true; most are false, so that it is not always so. */
const any: SubjectMaker = (prim) =>
  fc.tuple(shapes(1), seeds).map(([shape, seed]) => {
    const random = rng(seed);
    const bits: Fixed = {
      shape,
      dtype: "bool",
      data: Array.from({ length: sizeOf(shape) }, () => Number(random() < 0.1)),
    };
    const axes = someAxes(random, shape.length);
    return {
      name: prim.name,
      build: ([x], [mask]) => {
        const c = anyOver(mask as Node, axes);
        return [c, B.select(broadcast(c, shape, keptAxes(shape, axes)), x as Node, A.square(x as Node))];
      },
      shapes: [shape],
      point: [sample(random, [-2, 2], sizeOf(shape))],
      fixed: [bits],
    };
  });

/** A view or reduction of one array: `build` draws its parameters from the random numbers it is given. */
const linearMap =
  (build: (x: Node, random: Rng) => Node, min = 1, max = 3): SubjectMaker =>
  (prim) =>
    fc.tuple(shapes(min, max), seeds).map(([shape, seed]) => ({
      name: prim.name,
      build: ([x]) => [build(x as Node, rng(seed))],
      shapes: [shape],
      point: [vector(rng(seed + 1), sizeOf(shape))],
      linear: true,
    }));

const someAxes = (random: Rng, rank: number): number[] =>
  Array.from({ length: rank }, (_, i) => i).filter(() => random() < 0.6);
const someAxis = (x: Node, random: Rng): number => integer(random, 0, x.shape.length - 1);
const permutation = (random: Rng, rank: number): number[] =>
  distinct(random, rank)
    .map((v, i) => [v, i] as const)
    .sort((a, b) => a[0] - b[0])
    .map(([, i]) => i);

const extremum: SubjectMaker = (prim) =>
  fc.tuple(shapes(1), seeds).map(([shape, seed]) => {
    const axes = someAxes(rng(seed), shape.length).filter((a) => shape[a] !== 0);
    return {
      name: prim.name,
      build: ([x]) => [make(prim, [x as Node], { axes })],
      shapes: [shape],
      point: [distinct(rng(seed), sizeOf(shape))],
    };
  });

/** Multiplies by an array made without arguments, so that leaves have a subject too. */
const leaf =
  (value: (shape: Shape, dtype: DType, random: Rng) => Node): SubjectMaker =>
  (prim) =>
    fc.tuple(shapes(1), seeds).map(([shape, seed]) => ({
      name: prim.name,
      build: ([x]) => [A.mul(T.sin(x as Node), value(shape, (x as Node).dtype, rng(seed)))],
      shapes: [shape],
      point: [sample(rng(seed), [-1, 1], sizeOf(shape))],
    }));

const literal = (shape: Shape, dtype: DType, random: Rng): Node => {
  const data = vector(random, sizeOf(shape));
  return L.literal(dtype === "float64" ? data : Float32Array.from(data), shape, dtype);
};

/** Indices with repetitions, negative ones among them. */
const indices = (random: Rng, shape: Shape, extent: number): Fixed => ({
  shape,
  dtype: "int32",
  data: Array.from({ length: sizeOf(shape) }, () => integer(random, -extent, extent - 1)),
});

const gather: SubjectMaker = (prim) =>
  fc.tuple(shapes(1), shapes(0, 2), seeds).map(([shape, idxShape, seed]) => {
    const random = rng(seed);
    const axis = integer(random, 0, shape.length - 1);
    const safe = shape.with(axis, Math.max(1, shape[axis] as number));
    return {
      name: prim.name,
      build: ([x], [idx]) => [I.gather(x as Node, idx as Node, axis)],
      shapes: [safe],
      point: [vector(random, sizeOf(safe))],
      fixed: [indices(random, idxShape, safe[axis] as number)],
      linear: true,
    };
  });

const scatterAdd: SubjectMaker = (prim) =>
  fc.tuple(shapes(0, 2), fc.integer({ min: 1, max: 5 }), extent, seeds).map(([rest, rows, count, seed]) => {
    const random = rng(seed);
    const shape = [rows, ...rest];
    return {
      name: prim.name,
      build: ([x, r], [idx]) => [I.scatterAdd(x as Node, idx as Node, r as Node)],
      shapes: [shape, [count, ...rest]],
      point: [vector(random, sizeOf(shape)), vector(random, count * sizeOf(rest))],
      fixed: [indices(random, [count], rows)],
      linear: true,
    };
  });

const matmul: SubjectMaker = (prim) =>
  fc.tuple(extent, extent, extent, fc.option(fc.integer({ min: 0, max: 3 })), seeds).map(([m, k, n, batch, seed]) => {
    const lead = batch === null ? [] : [batch];
    const [a, b] = [
      [...lead, m, k],
      [...lead, k, n],
    ];
    const random = rng(seed);
    return {
      name: prim.name,
      build: ([x, y]) => [C.matmul(x as Node, y as Node)],
      shapes: [a, b],
      point: [vector(random, sizeOf(a)), vector(random, sizeOf(b))],
    };
  });

const concat: SubjectMaker = (prim) =>
  fc.tuple(shapes(1), fc.array(extent, { minLength: 1, maxLength: 3 }), seeds).map(([shape, extents, seed]) => {
    const random = rng(seed);
    const axis = integer(random, 0, shape.length - 1);
    const all = extents.map((n) => shape.with(axis, n));
    return {
      name: prim.name,
      build: (xs) => [S.concat(xs, axis)],
      shapes: all,
      point: all.map((s) => vector(random, sizeOf(s))),
      linear: true,
    };
  });

const select: SubjectMaker = (prim) =>
  fc.tuple(shapes(), seeds).map(([shape, seed]) => {
    const random = rng(seed);
    const n = sizeOf(shape);
    return {
      name: prim.name,
      build: ([a, b], [c]) => [B.select(c as Node, a as Node, b as Node)],
      shapes: [shape, shape],
      point: [vector(random, n), vector(random, n)],
      fixed: [{ shape, dtype: "bool", data: Array.from({ length: n }, () => integer(random, 0, 1)) }],
      linear: true,
    };
  });

/** Step functions: times x, so that there is a tangent, at points between the steps of all of them. */
const betweenIntegers: SubjectMaker = (prim) =>
  fc.tuple(shapes(), seeds).map(([shape, seed]) => {
    const random = rng(seed);
    const point = Array.from(
      { length: sizeOf(shape) },
      () => integer(random, -3, 3) + (random() < 0.5 ? 0.25 : 0.75) + uniform(random, -0.1, 0.1),
    );
    return {
      name: prim.name,
      build: ([x]) => [A.mul(make(prim, [x as Node]), x as Node)],
      shapes: [shape],
      point: [point],
    };
  });

/** An order, a constant, and an argument. */
const ofOrder = (prim: Primitive, domain: Interval): fc.Arbitrary<Subject> =>
  fc.tuple(shapes(), fc.integer({ min: 1, max: 4 }), seeds).map(([shape, k, seed]) => ({
    name: prim.name,
    build: ([x]) => [make(prim, [full((x as Node).shape, k, (x as Node).dtype), x as Node])],
    shapes: [shape],
    point: [sample(rng(seed), domain, sizeOf(shape))],
  }));

const R: Interval = [-2, 2];
const POSITIVE: Interval = [0.4, 3];

/**
 * On few elements, which the interpreter computes in multiple precision: functions of the number of a derivative, up
 * to `most`, and of a and x: all derivatives exist to the order that the checks need.
 */
const numbered =
  (most: number, f: (n: number, a: Node, x: Node) => Node): SubjectMaker =>
  (prim) =>
    fc
      .tuple(fc.constantFrom<number[]>([], [1], [3], [2, 2]), fc.integer({ min: 0, max: most }), seeds)
      .map(([shape, n, seed]) => ({
        name: prim.name,
        build: ([a, x]) => [f(n, a as Node, x as Node)],
        shapes: [shape, shape],
        point: [
          sample(rng(seed), [0.7, 3], sizeOf(shape)),
          sample(rng(seed + 1), seed % 2 ? [0.3, 1] : [1, 5], sizeOf(shape)),
        ],
      }));

/** By name of the primitive. */
/** Over some of the axes, at points without a zero. */
const norms = (prim: Primitive, build: (x: Node, axes: readonly number[]) => Node): fc.Arbitrary<Subject> =>
  fc.tuple(shapes(1), seeds).map(([shape, seed]) => {
    const axes = shape.map((_, i) => i).filter((i) => i === seed % shape.length || (seed >> i) & 1);
    return {
      name: prim.name,
      build: ([x]) => [build(x as Node, axes)],
      shapes: [shape],
      point: [sample(rng(seed), POSITIVE, sizeOf(shape))],
    };
  });

export const subjects: Record<string, SubjectMaker> = {
  parameter: unary(R, { linear: true }),
  constant: leaf((_shape, dtype, random) => full(_shape, uniform(random, -2, 2), dtype)),
  literal: leaf(literal),
  iota: leaf((shape, dtype, random) =>
    random() < 0.5 ? L.iota(shape, shape.length - 1, dtype) : convert(L.iota(shape, 0, "int32"), dtype),
  ),

  add: binary(R, R, { linear: true }),
  sub: binary(R, R, { linear: true }),
  neg: unary(R, { linear: true }),
  mul: binary(R, R),
  div: binary(R, POSITIVE),
  plus: binary(R, R),
  by: binary(R, R),
  per: binary(R, POSITIVE),
  abs: unary(R, { kink: 0 }),
  sign: unary(R, { kink: 0 }),
  square: unary(R),
  cube: unary(R),
  sqrt: unary(POSITIVE),
  maximum: binary(R, R, { apart: true }),
  minimum: binary(R, R, { apart: true }),
  select,
  lt: comparison,
  le: comparison,
  gt: comparison,
  ge: comparison,
  eq: comparison,
  ne: comparison,
  and: logic(2),
  or: logic(2),
  not: logic(1),

  exp: unary(R),
  expm1: unary(R),
  log: unary(POSITIVE),
  log1p: unary([-0.5, 2]),
  sin: unary([-5, 5]),
  cos: unary([-5, 5]),
  tan: unary([-1, 1]),
  atan: unary([-3, 3]),
  tanh: unary([-3, 3]),
  sech2: unary([-3, 3]),
  sigmoid: unary([-5, 5]),
  dsigmoid: unary([-5, 5]),
  softplus: unary([-5, 5]),
  pow: binary(POSITIVE, R),

  floor: betweenIntegers,
  ceil: betweenIntegers,
  trunc: betweenIntegers,
  round: betweenIntegers,
  mod: binary([2.2, 2.45], [0.85, 0.95]),
  sinh: unary([-3, 3]),
  cosh: unary([-3, 3]),
  asinh: unary([-3, 3]),
  acosh: unary([1.3, 4]),
  atanh: unary([-0.8, 0.8]),
  asin: unary([-0.8, 0.8]),
  acos: unary([-0.8, 0.8]),
  atan2: binary(R, POSITIVE),
  exp2: unary(R),
  log2: unary(POSITIVE),
  log10: unary(POSITIVE),
  cbrt: unary(POSITIVE),
  cbrtSlope: unary(POSITIVE),
  hypot: binary(R, POSITIVE),
  hypotSlope: binary(R, POSITIVE),
  oneMinusSquare: unary([-0.8, 0.8]),
  logit: unary([0.25, 0.75]),
  // one is positive, so that the maximum and log1p do not cancel
  logaddexp: binary([0, 3], R),
  sigmoidGap: binary(R, R),
  sigmoidGapSlope: binary(R, R),
  geluSigmoid: unary(R),
  geluSpread: unary(R),
  xlogy: binary(R, POSITIVE),
  xlog1py: binary(R, [-0.5, 2]),
  entr: unary(POSITIVE),
  // a - b at least 0.4
  logDiffExp: binary([0, 2], [-3, -0.4]),
  gapOdds: binary([0, 2], [-3, -0.4]),
  logCosh: unary([-3, 3]),
  sinc: unary([-3, 3]),
  sincDerivative: (prim) => ofOrder(prim, [-3, 3]),
  exprel: unary([-3, 3]),
  exprelDerivative: (prim) => ofOrder(prim, [-3, 3]),
  pseudoHuber: binary(R, POSITIVE),
  pseudoHuberSlope: binary(R, POSITIVE),
  hypotExcess: binary(R, POSITIVE),
  hypotLoss: binary(R, POSITIVE),
  erf: unary(R),
  erfc: unary([-2, 3]),
  gauss: unary(R),
  ndtr: unary([-3, 3]),
  normalDensity: unary([-3, 3]),
  erfinv: unary([-0.8, 0.8]),
  erfinvSlope: unary([-0.8, 0.8]),
  i0e: unary([0.3, 3]),
  i0eSlope: unary([-3, -0.3]),
  i0eCurvature: unary([0.6, 3]),
  i1e: unary([0.3, 3]),
  i1eSlope: unary([-3, -0.3]),
  i1eCurvature: unary([0.6, 3]),
  j0: unary([-3, 3]),
  j1: unary([-3, 3]),
  besselJOverPower: (prim) =>
    fc.tuple(shapes(), fc.integer({ min: 1, max: 3 }), seeds).map(([shape, n, seed]) => ({
      name: prim.name,
      build: ([x]) => [besselJOverPower(n, x as Node)],
      shapes: [shape],
      point: [sample(rng(seed), [-3, 3], sizeOf(shape))],
    })),
  erfcx: unary([-1.5, 3]),
  erfcxSlope: unary([-1.5, 3]),
  erfcxCurvature: unary([-1.5, 3]),
  logNdtr: unary([-3, 2]),
  inverseMills: unary([-3, 2]),
  inverseMillsSlope: unary([-3, 2]),
  inverseMillsCurvature: unary([-3, 2]),
  erfcinv: unary([0.2, 1.8]),
  erfcinvSlope: unary([0.2, 1.8]),
  ndtri: unary([0.2, 0.8]),
  lgamma: unary(POSITIVE),
  digamma: unary(POSITIVE),
  powHalf: (prim) =>
    fc.tuple(shapes(), fc.constantFrom(-2.5, -1.5, -0.5, 0.5, 1.5, 2.5), seeds).map(([shape, c, seed]) => ({
      name: prim.name,
      build: ([x]) => [pow(x as Node, c)],
      shapes: [shape],
      point: [sample(rng(seed), POSITIVE, sizeOf(shape))],
    })),
  powSlope: (prim) =>
    fc.tuple(shapes(), fc.integer({ min: 1, max: 3 }), seeds).map(([shape, k, seed]) => ({
      name: prim.name,
      build: ([x, p]) => [powSlope(x as Node, p as Node, k)],
      shapes: [shape, shape],
      point: [sample(rng(seed), POSITIVE, sizeOf(shape)), sample(rng(seed + 1), R, sizeOf(shape))],
    })),
  polygamma: (prim) =>
    fc.tuple(shapes(), fc.integer({ min: 1, max: 3 }), seeds).map(([shape, n, seed]) => ({
      name: prim.name,
      build: ([x]) => [polygamma(n, x as Node)],
      shapes: [shape],
      // also between two poles left of 0
      point: [sample(rng(seed), seed % 3 ? [0.7, 3] : [-2.7, -2.3], sizeOf(shape))],
    })),

  gammainc: numbered(0, gammainc),
  gammaincc: numbered(0, (_n, a, x) => gammaincc(a, x)),
  gammaDensity: numbered(0, gammaDensity),
  logGammainc: numbered(0, logGammainc),
  logGammaincc: numbered(0, logGammaincc),

  broadcast: linearMap((x, random) => {
    const rank = x.shape.length + integer(random, 0, 2);
    const axes = permutation(random, rank)
      .slice(0, x.shape.length)
      .sort((a, b) => a - b);
    const shape = Array.from({ length: rank }, (_, i) =>
      axes.includes(i) ? (x.shape[axes.indexOf(i)] as number) : integer(random, 0, 3),
    );
    return broadcast(x, shape, axes);
  }, 0),
  reshape: linearMap((x, random) =>
    S.reshape(x, x.size > 0 && random() < 0.7 ? [...x.shape.slice(1), x.shape[0] as number] : [x.size]),
  ),
  transpose: linearMap((x, random) => S.transpose(x, permutation(random, x.shape.length)), 2),
  slice: linearMap((x, random) => {
    const axis = someAxis(x, random);
    const n = x.shape[axis] as number;
    const start = integer(random, 0, n);
    return S.slice(x, axis, start, integer(random, start, n), integer(random, 1, 3));
  }),
  flip: linearMap((x, random) => S.flip(x, someAxis(x, random))),
  pad: linearMap((x, random) => S.pad(x, someAxis(x, random), integer(random, 0, 3), integer(random, 0, 3))),
  concat,
  convert: (prim) =>
    linearMap(
      (x) => convert(x, x.dtype === "float64" ? "float32" : "float64"),
      0,
    )(prim).map((s) => ({ ...s, coarse: true })),
  stopGradient: leaf((shape, dtype, random) => S.stopGradient(T.exp(literal(shape, dtype, random)))),

  sum: linearMap((x, random) => reduceSum(x, someAxes(random, x.shape.length))),
  any,
  max: extremum,
  min: extremum,
  prod: (prim) =>
    fc.tuple(shapes(1), seeds).map(([shape, seed]) => {
      const axes = someAxes(rng(seed), shape.length);
      // Zeros too: a product rule by division would fail.
      const values = vector(rng(seed), sizeOf(shape), -1.5, 1.5).map((v) => (v > 1 ? 0 : v));
      return { name: prim.name, build: ([x]) => [reduceProd(x as Node, axes)], shapes: [shape], point: [values] };
    }),
  gather,
  scatterAdd,
  matmul,
  ...cumulativeSubjects,
  ...factorizationSubjects,
  ...spectralSubjects,
  ...matrixFunctionSubjects,
  ...singularValueSubjects,
  ...windowSubjects,

  closedCall: (prim) => unary(R)(prim).map((s) => ({ ...s, build: ([x]) => [customSquare(x as Node)] })),
  part: (prim) => unary(R)(prim).map((s) => ({ ...s, build: ([x]) => [checkpointedSquare(x as Node)] })),
  linear: (prim) => binary(R, R)(prim).map((s) => ({ ...s, build: ([d, x]) => [twice(d as Node, x as Node)] })),
  loop: (prim) => binary(R, R)(prim).map((s) => ({ ...s, build: ([x, y]) => rotations(x as Node, y as Node) })),
  switch: (prim) =>
    binary(
      R,
      R,
    )(prim).map((s) => ({
      ...s,
      fixed: [{ shape: [], dtype: "int32", data: [s.shapes.flat().length % 3] }],
      build: ([x, y], [k]) => oneOfThree(k as Node, x as Node, y as Node),
    })),
  // Of matrices of one element; test/ops/compositions.test.ts has larger ones.
  pinv: (prim) =>
    unary(POSITIVE)(prim).map((s) => ({
      ...s,
      build: ([x]) => {
        const a = S.reshape(x as Node, [(x as Node).size, 1, 1]);
        return [pinv(A.div(1, a), a)];
      },
    })),
  betaln: (prim) =>
    binary(POSITIVE, POSITIVE)(prim).map((s) => ({ ...s, build: ([a, b]) => [logBeta(a as Node, b as Node)] })),
  euclidean: (prim) => norms(prim, (x, axes) => euclidean(x, axes, 1 + axes.length)),
  unit: (prim) => norms(prim, (x, axes) => unit(x, euclidean(x, axes), { axes, divisor: 1 })),
  enter: linearMap((x) => enter(x, 0, 0), 0),
  leave: linearMap((x) => leave(x, 0, 0), 0),
};
