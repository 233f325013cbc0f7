// Random typed graphs. A program is a list of instructions, each a handful of small numbers; every list means some
// graph, so that fast-check shrinks a failure by dropping instructions and making numbers smaller.
import fc from "fast-check";
import { type Data, isFloat, type Shape, sizeOf } from "../../src/ir/aval.ts";
import type { Node } from "../../src/ir/graph.ts";
import { logBeta } from "../../src/ops/beta.ts";
import { euclidean } from "../../src/ops/norm.ts";
import * as A from "../../src/primitives/arithmetic.ts";
import * as B from "../../src/primitives/bessel.ts";
import { convert } from "../../src/primitives/cast.ts";
import { matmul } from "../../src/primitives/contraction.ts";
import * as E from "../../src/primitives/elementary.ts";
import { shareOfLargest } from "../../src/primitives/exp-difference.ts";
import * as I from "../../src/primitives/gammainc.ts";
import { gather, scatterAdd, scatterSet } from "../../src/primitives/indexing.ts";
import { iota, literal, parameter } from "../../src/primitives/leaf.ts";
import * as logic from "../../src/primitives/logic.ts";
import { unit } from "../../src/primitives/norm.ts";
import { pinv } from "../../src/primitives/pinv.ts";
import { reduceMax, reduceMin, reduceProd } from "../../src/primitives/reduction.ts";
import * as S from "../../src/primitives/shape.ts";
import * as G from "../../src/primitives/special.ts";
import { anyOver, broadcast, full, keptAxes, reduceSum } from "../../src/primitives/spread.ts";
import * as D from "../../src/primitives/stable.ts";
import * as T from "../../src/primitives/transcendental.ts";
import { scanned } from "./cumulative-graphs.ts";
import { checkpointedSquare, customSquare, twice } from "./custom.ts";
import { factored } from "./factorization-graphs.ts";
import { storage } from "./reference.ts";
import { integer, type Rng, rng, uniform } from "./rng.ts";
import { someConvolution, someDiagonal, someWriters } from "./window-graphs.ts";

/** x over its norm along the last axis. */
const directions = (x: Node): Node => {
  const axes = x.shape.length > 0 ? [x.shape.length - 1] : [];
  return unit(x, euclidean(x, axes), { axes, divisor: 1 });
};
/** 1/x as pseudoinverses of matrices of one element. */
const reciprocals = (x: Node): Node => {
  const a = S.reshape(x, [x.size, 1, 1]);
  return S.reshape(pinv(A.div(1, a), a), x.shape);
};

export interface Program {
  readonly dtype: "float64" | "float32";
  /** Shapes of the parameters. */
  readonly inputs: readonly Shape[];
  readonly instructions: readonly Instruction[];
  readonly seed: number;
}
/** What to do, to which values, and two numbers to draw parameters from. */
type Instruction = readonly [op: number, a: number, b: number, p: number, q: number];

// Mostly small; 20 and up runs unrolled main loops, and the odd extents their tails.
const extent = fc.oneof(
  { weight: 10, arbitrary: fc.integer({ min: 1, max: 7 }) },
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: 20, max: 70 }) },
);
const shape = fc.array(extent, { maxLength: 3 }).filter((s) => sizeOf(s) <= LARGEST);
const number = fc.nat({ max: 1000 });
/** Elements of an array: keeps the interpreter fast. */
const LARGEST = 2000;

export const programs: fc.Arbitrary<Program> = fc.record({
  dtype: fc.oneof(
    { weight: 3, arbitrary: fc.constant("float64" as const) },
    { weight: 1, arbitrary: fc.constant("float32" as const) },
  ),
  inputs: fc.array(shape, { minLength: 1, maxLength: 3 }),
  instructions: fc.array(fc.tuple(fc.nat({ max: 9999 }), number, number, number, number), {
    minLength: 3,
    maxLength: 30,
    size: "max",
  }),
  seed: fc.nat(),
});

export interface RandomGraph {
  readonly parameters: readonly Node[];
  readonly values: readonly Data[];
  /** Everything no other node uses, and a few intermediate values. */
  readonly outputs: readonly Node[];
}

/** State while a program is built: the values so far, and how large their elements may be. */
interface Builder {
  readonly values: Node[];
  readonly bound: Map<Node, number>;
  readonly random: Rng;
  readonly dtype: "float64" | "float32";
}

/** The graph that `program` means, with a value for each parameter. Call in a session. */
export function build(program: Program): RandomGraph {
  const random = rng(program.seed);
  const parameters = program.inputs.map((s) => parameter(s, program.dtype));
  const values = parameters.map((p) => {
    const data = storage(p.dtype, p.size);
    // A few zeros and equal values: ties and edges of masks.
    for (let i = 0; i < data.length; i++) data[i] = random() < 0.1 ? integer(random, -1, 1) : uniform(random, -2, 2);
    return data;
  });
  const b: Builder = {
    values: [...parameters],
    bound: new Map(parameters.map((p) => [p, 2])),
    random: rng(program.seed + 1),
    dtype: program.dtype,
  };
  const used = new Set<Node>();
  for (const instruction of program.instructions) {
    const made = step(b, instruction);
    if (!made || made.size > LARGEST) continue;
    b.values.push(made);
    for (const x of made.inputs) used.add(x);
  }
  const last = b.values.at(-1) as Node;
  const outputs = [
    ...new Set(b.values.filter((x, i) => x === last || (!used.has(x) && !parameters.includes(x)) || i % 7 === 6)),
  ];
  return { parameters, values, outputs: outputs.slice(-6) };
}

const BIG = 1e3;

function step(b: Builder, [op, i, j, p, q]: Instruction): Node | undefined {
  const floats = b.values.filter((x) => isFloat(x.dtype));
  const x = floats[floats.length - 1 - (i % floats.length)] as Node;
  const size = (n: Node): number => b.bound.get(n) ?? 2;
  const keep = (y: Node, bound: number): Node => {
    // What has grown too large is squashed, so that the rest of the graph still computes something.
    const z = bound > BIG ? T.tanh(A.mul(1e-3, y)) : y;
    b.bound.set(z, bound > BIG ? 1 : bound);
    return z;
  };
  /** Another operand of x's shape: one of the same shape, or one that can be broadcast to it. */
  const partner = (): Node => {
    const fits = floats.map((y) => fit(y, x.shape)).filter((y): y is Node => y !== undefined);
    return (fits[fits.length - 1 - (j % fits.length)] ?? x) as Node;
  };
  const bools = (): Node => {
    const fits = b.values.filter((y) => y.dtype === "bool" && String(y.shape) === String(x.shape));
    return fits.length > 0 && q % 3 ? (fits[j % fits.length] as Node) : logic.gt(x, partner());
  };
  const axis = x.shape.length > 0 ? p % x.shape.length : -1;
  const n = axis >= 0 ? (x.shape[axis] as number) : 0;
  const axes = x.shape.map((_, a) => a).filter((a) => (q >> a) & 1);

  /** One of several functions, of few elements only: the interpreter takes these from the oracle. */
  const oneOf = (...makers: (() => Node)[]): Node | undefined =>
    x.size > 32 ? undefined : keep((makers[(p + j) % makers.length] as () => Node)(), 100);
  const small = (): Node => A.mul(0.8, T.tanh(x));
  const positive = (): Node => A.add(A.square(T.tanh(x)), 0.5);
  const errors = (): Node | undefined =>
    oneOf(
      () => G.erf(x),
      () => G.erfc(x),
      () => G.gauss(x),
      () => G.ndtr(x),
      () => G.normalDensity(x),
    );
  const inverses = (): Node | undefined =>
    oneOf(
      () => G.erfinv(small()),
      () => G.erfinvSlope(small()),
      () => G.erfcinv(A.add(1, small())),
      () => G.erfcinvSlope(A.add(1, small())),
      () => G.ndtri(A.mul(0.5, A.add(1, small()))),
    );
  const tails = (): Node | undefined =>
    oneOf(
      () => G.erfcx(small()),
      () => G.erfcxSlope(small()),
      () => G.erfcxCurvature(small()),
      () => G.logNdtr(small()),
      () => G.inverseMills(small()),
      () => G.inverseMillsSlope(small()),
      () => G.inverseMillsCurvature(small()),
    );
  const bessels = (): Node | undefined =>
    oneOf(
      () => B.i0e(positive()),
      () => B.i0eSlope(positive()),
      () => B.i1e(positive()),
      () => B.i1eSlope(positive()),
      () => B.j0(T.tanh(x)),
      () => B.j1(T.tanh(x)),
      () => B.i0eCurvature(positive()),
      () => B.i1eCurvature(positive()),
      () => B.besselJOverPower(1 + (p % 2), T.tanh(x)),
    );
  /** Of two elements of x at most: each takes the interpreter milliseconds. */
  const incomplete = (): Node | undefined => {
    const few = S.slice(S.reshape(x, [x.size]), 0, 0, Math.min(2, x.size), 1);
    const a = A.add(A.square(T.tanh(few)), 0.5);
    const makers = [
      () => I.gammainc(0, a, a),
      () => I.gammaincc(a, a),
      () => I.gammaDensity(0, a, a),
      () => I.logGammainc(0, a, a),
      () => I.logGammaincc(0, a, a),
    ];
    return keep((makers[(p + j) % makers.length] as () => Node)(), 100);
  };
  const gammas = (): Node | undefined =>
    oneOf(
      () => G.lgamma(positive()),
      () => G.digamma(positive()),
      () => G.polygamma(1 + (p % 3), positive()),
    );

  const stable = (): Node | undefined =>
    oneOf(
      () => D.logCosh(x),
      () => D.sinc(x),
      () => D.sincDerivative(1 + (q % 4), x),
      () => D.exprel(T.tanh(x)),
      () => D.exprelDerivative(1 + (q % 4), T.tanh(x)),
      () => D.pseudoHuber(x, positive()),
      () => D.pseudoHuberSlope(x, positive()),
      () => D.hypotExcess(x, positive()),
      () => D.hypotLoss(x, positive()),
      () => D.logDiffExp(T.tanh(x), A.sub(-1.5, positive())),
      () => D.gapOdds(T.tanh(x), A.sub(-1.5, positive())),
    );

  const unary: (() => Node | undefined)[] = [
    stable,
    stable,
    errors,
    inverses,
    inverses, // these twice: several functions share each place
    gammas,
    gammas,
    tails,
    tails,
    bessels,
    bessels,
    incomplete,
    incomplete,
    () => keep(A.neg(x), size(x)),
    () => keep(A.abs(x), size(x)),
    () => keep(A.sign(x), 1),
    () => keep(A.square(x), size(x) ** 2),
    () => keep(A.sqrt(A.add(A.square(x), 0.5)), size(x) + 1),
    () => keep(A.sqrt(A.abs(x)), size(x) + 1),
    () => keep(T.exp(T.tanh(x)), 3),
    () => keep(T.expm1(T.sin(x)), 2),
    () => keep(T.log(A.add(A.square(x), 0.5)), 10),
    () => keep(T.log1p(A.square(x)), 10),
    () => keep(T.sin(x), 1),
    () => keep(T.cos(x), 1),
    () => keep(T.tan(T.tanh(x)), 2),
    () => keep(T.atan(x), 2),
    () => keep(T.tanh(x), 1),
    () => keep(T.sech2(x), 1),
    () => keep(T.sigmoid(x), 1),
    () => keep(T.dsigmoid(x), 1),
    () => keep(T.softplus(x), size(x) + 1),
    () => keep(logic.select(logic.gt(x, 0), T.log(x), 0), 10), // a masked NaN
    () => keep(logic.select(logic.gt(x, 0), A.sqrt(x), 0), size(x) + 1),
    () => S.stopGradient(x),
    () =>
      keep(A.add(checkpointedSquare(T.tanh(x)), A.add(customSquare(T.tanh(x)), twice(x, T.sin(x)))), 4 * size(x) + 2),
    () => keep(convert(convert(x, x.dtype === "float64" ? "float32" : "float64"), x.dtype), size(x)),
    () => keep(A.mul(((q % 9) - 4) / 2, x), 2 * size(x)),
    () => keep(T.pow(A.add(A.square(x), 0.5), ((q % 9) - 4) / 2 + 0.25), 1e2),
    () => keep(T.pow(A.add(A.square(x), 0.5), (q % 6) - 2.5), (size(x) ** 2 + 0.5) ** 2.5 + 6),
    // Steps away from the integers that parameters often are.
    () => keep(E.floor(A.add(x, 0.37)), size(x) + 1),
    () => keep(E.ceil(A.add(x, 0.37)), size(x) + 1),
    () => keep(E.trunc(A.add(x, 0.37)), size(x) + 1),
    () => keep(E.round(A.add(x, 0.17)), size(x) + 1),
    () => keep(E.sinh(T.tanh(x)), 2),
    () => keep(E.cosh(T.tanh(x)), 2),
    () => keep(E.asinh(x), 10),
    () => keep(E.acosh(A.add(A.square(x), 1.5)), 10),
    () => keep(E.atanh(A.mul(0.5, T.tanh(x))), 1),
    () => keep(E.oneMinusSquare(A.mul(0.5, T.tanh(x))), 1),
    () => keep(E.asin(A.mul(0.5, T.tanh(x))), 1),
    () => keep(E.acos(A.mul(0.5, T.tanh(x))), 3),
    () => keep(E.exp2(T.tanh(x)), 2),
    () => keep(E.log2(A.add(A.square(x), 0.5)), 20),
    () => keep(E.log10(A.add(A.square(x), 0.5)), 10),
    () => keep(E.cbrt(A.add(A.square(x), 0.5)), size(x) + 1),
    () => keep(E.cbrtSlope(A.add(A.square(x), 0.5)), 1),
    () => keep(E.logit(A.add(0.1, A.mul(0.3, T.sigmoid(x)))), 3),
    () => keep(E.geluSigmoid(x), 1),
    () => keep(directions(A.add(A.square(x), 0.5)), 1),
    () => keep(reciprocals(A.add(A.square(x), 0.5)), 2),
    () => keep(E.geluSpread(x), 1),
    () => keep(E.entr(A.add(A.square(x), 0.5)), 20 * size(x) ** 2 + 1),
  ];
  const binary: ((y: Node) => Node)[] = [
    (y) => keep(A.add(x, y), size(x) + size(y)),
    (y) => keep(A.sub(x, y), size(x) + size(y)),
    (y) => keep(A.mul(x, y), size(x) * size(y)),
    (y) => keep(A.mul(x, y), size(x) * size(y)),
    (y) => keep(A.div(x, A.add(A.square(y), 0.5)), 2 * size(x)),
    (y) => keep(A.plus(x, y), size(x) + size(y)),
    (y) => keep(A.by(x, y), size(x) * size(y)),
    (y) => keep(shareOfLargest(A.minimum(x, y), A.maximum(x, y)), 1),
    (y) => keep(logBeta(A.add(A.square(x), 0.5), A.add(A.square(y), 0.5)), 20 * (size(x) + size(y) + 1) ** 3),
    (y) => keep(A.per(x, A.add(A.square(y), 0.5)), 2 * size(x)),
    (y) => keep(A.maximum(x, y), Math.max(size(x), size(y))),
    (y) => keep(A.minimum(x, y), Math.max(size(x), size(y))),
    (y) => keep(T.pow(A.add(A.abs(x), 0.5), T.tanh(y)), size(x) + 3),
    (y) => keep(T.powSlope(A.add(A.abs(x), 0.5), T.tanh(y), 1), 4),
    (y) => keep(logic.select(bools(), x, y), Math.max(size(x), size(y))),
    (y) => keep(E.mod(A.add(x, 0.37), A.add(A.square(y), 0.7)), size(y) ** 2 + 1),
    (y) => keep(E.atan2(x, A.add(A.square(y), 0.5)), 4),
    (y) => keep(E.hypot(x, A.add(A.square(y), 0.5)), size(x) + size(y) ** 2 + 1),
    (y) => keep(E.hypotSlope(x, A.add(A.square(y), 0.5)), 1),
    (y) => keep(E.logaddexp(A.abs(x), y), size(x) + size(y) + 1), // no cancellation: the larger one is not negative
    (y) => keep(E.sigmoidGap(x, y), 1),
    (y) => keep(E.sigmoidGapSlope(x, y), 1),
    (y) => keep(E.xlogy(x, A.add(A.square(y), 0.5)), 20 * size(x)),
    (y) => keep(E.xlog1py(x, A.square(y)), 20 * size(x)),
  ];
  const boolean: (() => Node)[] = [
    () => logic.lt(x, partner()),
    () => logic.le(x, partner()),
    () => logic.gt(x, partner()),
    () => logic.ge(x, partner()),
    () => logic.eq(x, partner()),
    () => logic.ne(x, partner()),
    () => logic.and(bools(), logic.lt(x, partner())),
    () => logic.or(bools(), logic.gt(x, 0)),
    () => logic.not(bools()),
    () => {
      const c = bools();
      return broadcast(anyOver(c, axes), c.shape, keptAxes(c.shape, axes));
    },
    () => keep(convert(bools(), b.dtype), 1),
  ];
  const leaves: (() => Node)[] = [
    () => keep(full(x.shape, ((q % 9) - 4) / 2, x.dtype), 2),
    () => keep(A.mul(x, literal(data(x.shape, b), x.shape, x.dtype)), 2 * size(x)),
    () => (axis < 0 ? x : keep(A.add(x, convert(iota(x.shape, axis, "int32"), x.dtype)), size(x) + n)),
    () => (axis < 0 ? x : keep(A.sub(iota(x.shape, axis, x.dtype), x), size(x) + n)),
  ];
  const views: (() => Node)[] = [
    () => S.reshape(x, [x.size]),
    () => S.reshape(x, axis < 0 ? [1, 1] : [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)]),
    () =>
      S.reshape(
        x,
        n % 2 === 0 && axis >= 0 && x.size > 0
          ? [...x.shape.slice(0, axis), 2, n / 2, ...x.shape.slice(axis + 1)]
          : [1, x.size],
      ),
    () => S.transpose(x, rotate(x.shape.length, 1 + (q % 2))),
    () => (axis < 0 ? x : S.slice(x, axis, Math.min(n, q % 3), n, 1)),
    () => (axis < 0 ? x : S.slice(x, axis, 0, Math.max(0, n - (q % 3)), 1)),
    () => (axis < 0 ? x : S.slice(x, axis, Math.min(n, q % 4), n, 1 + (j % 3))),
    () => (axis < 0 ? x : S.flip(x, axis)),
    () => (axis < 0 ? x : S.pad(x, axis, q % 3, j % 3)),
    () => (axis < 0 ? x : keep(S.concat([x, joinable(floats, x, axis, j)], axis), BIG)),
    () => (axis < 0 || n === 0 ? x : S.concat([S.slice(x, axis, q % n, n), S.slice(x, axis, 0, q % n)], axis)), // roll
    () =>
      broadcast(
        x,
        [1 + (q % 3), ...x.shape],
        x.shape.map((_, a) => a + 1),
      ),
    () =>
      broadcast(
        x,
        [...x.shape, 1 + (q % 9)],
        x.shape.map((_, a) => a),
      ),
    () => (axis < 0 ? x : convert(S.pad(bools(), axis, q % 3, j % 2), b.dtype)),
    () => someDiagonal(x),
  ];
  const folds: (() => Node)[] = [
    () => keep(reduceSum(x, axes), size(x) * Math.max(1, x.size)),
    () =>
      keep(
        reduceSum(
          x,
          x.shape.map((_, a) => a),
        ),
        size(x) * Math.max(1, x.size),
      ),
    () => keep(reduceSum(A.mul(x, partner()), axes), size(x) ** 2 * Math.max(1, x.size)),
    () =>
      reduceMax(
        x,
        axes.filter((a) => x.shape[a] !== 0),
      ),
    () =>
      reduceMin(
        x,
        axes.filter((a) => x.shape[a] !== 0),
      ),
    () => keep(reduceProd(A.add(1, A.mul(0.1, T.sin(x))), axes), 1e3),
    () => softmax(x, axis),
  ];
  const indexed: (() => Node)[] = [
    () => (n === 0 ? x : gather(x, indices(b, [1 + (q % 9)], n), axis)),
    () => (n === 0 ? x : gather(x, indices(b, [1 + (q % 2), 1 + (j % 3)], n), axis)),
    // Indices computed from values: rounding would change them, so from exact ones.
    () => (n === 0 ? x : gather(x, convert(literal(data([3], b), [3], x.dtype), "int32"), axis)),
    () => (n === 0 ? x : scatter(b, x, q)),
    () => (n === 0 || axis > 0 ? x : someWriters(x, indices(b, [1 + (q % 5)], n))),
  ];
  const products: (() => Node)[] = [
    () => {
      const y = floats[j % floats.length] as Node;
      return keep(someConvolution(x, y, p, q), 9 * size(x) * size(y));
    },
    () =>
      x.shape.length === 2
        ? keep(matmul(x, S.transpose(x, [1, 0])), size(x) ** 2 * Math.max(1, x.shape[1] as number))
        : x,
    () =>
      x.shape.length === 2
        ? keep(matmul(S.transpose(x, [1, 0]), x), size(x) ** 2 * Math.max(1, x.shape[0] as number))
        : x,
    () =>
      x.shape.length === 3
        ? keep(matmul(x, S.transpose(x, [0, 2, 1])), size(x) ** 2 * Math.max(1, x.shape[2] as number))
        : x,
    () => {
      if (x.shape.length !== 2) return x;
      const k = x.shape[1] as number;
      const y =
        floats.find((v) => v.shape.length === 2 && v.shape[0] === k) ??
        S.reshape(floats.find((v) => v.size === k) ?? full([k], 1, x.dtype), [k, 1]);
      return keep(matmul(x, y), size(x) * size(y) * Math.max(1, k));
    },
    () => {
      if (x.shape.length !== 1) return x;
      const y = partner();
      return q % 2
        ? matmul(S.reshape(x, [1, x.size]), S.reshape(y, [x.size, 1]))
        : matmul(S.reshape(x, [x.size, 1]), S.reshape(y, [1, x.size]));
    },
  ];
  // Weights: what fusion has most to do with comes most often.
  const families: readonly (readonly [number, () => Node])[] = [
    [25, () => (unary[p % unary.length] as () => Node)()],
    [30, () => (binary[p % binary.length] as (y: Node) => Node)(partner())],
    [10, () => (boolean[q % boolean.length] as () => Node)()],
    [5, () => (leaves[j % leaves.length] as () => Node)()],
    [25, () => (views[j % views.length] as () => Node)()],
    [14, () => (folds[j % folds.length] as () => Node)()],
    [5, () => (indexed[j % indexed.length] as () => Node)()],
    [6, () => scanned(x, partner(), axis, q, keep)],
    [8, () => factored(x, q + j, keep)],
    [8, () => (products[j % products.length] as () => Node)()],
  ];
  let ticket = op % families.reduce((sum, [w]) => sum + w, 0);
  for (const [weight, make] of families) {
    if (ticket < weight) {
      const y = make();
      if (!b.bound.has(y)) b.bound.set(y, size(x));
      return y;
    }
    ticket -= weight;
  }
  return undefined;
}

/** `y` broadcast to `shape` as NumPy would, if it can be. */
function fit(y: Node, shape: Shape): Node | undefined {
  const lead = shape.length - y.shape.length;
  if (lead < 0) return undefined;
  const kept = y.shape.map((_, a) => a).filter((a) => y.shape[a] === shape[a + lead]);
  if (y.shape.some((d, a) => d !== 1 && !kept.includes(a))) return undefined;
  const squeezed = S.reshape(
    y,
    kept.map((a) => y.shape[a] as number),
  );
  return broadcast(
    squeezed,
    shape,
    kept.map((a) => a + lead),
  );
}

const rotate = (rank: number, by: number): number[] => Array.from({ length: rank }, (_, i) => (i + by) % rank);

/** A value that can be joined to x along `axis`. */
function joinable(floats: readonly Node[], x: Node, axis: number, j: number): Node {
  const fits = floats.filter(
    (y) => y.shape.length === x.shape.length && y.shape.every((d, a) => a === axis || d === x.shape[a]),
  );
  return fits[j % fits.length] as Node;
}

function softmax(x: Node, axis: number): Node {
  if (axis < 0 || x.shape[axis] === 0) return x;
  const kept = x.shape.map((_, a) => a).filter((a) => a !== axis);
  const shifted = A.sub(x, S.stopGradient(broadcast(reduceMax(x, [axis]), x.shape, kept)));
  const e = T.exp(shifted);
  return A.div(e, broadcast(reduceSum(e, [axis]), x.shape, kept));
}

const data = (s: Shape, b: Builder): Data => {
  const d = storage(b.dtype, sizeOf(s));
  for (let i = 0; i < d.length; i++) d[i] = uniform(b.random, -2, 2);
  return d;
};

/** Constant indices into an axis of `n`, negative ones too. */
const indices = (b: Builder, s: Shape, n: number): Node =>
  literal(
    Int32Array.from({ length: sizeOf(s) }, () => integer(b.random, -n, n - 1)),
    s,
    "int32",
  );

function scatter(b: Builder, x: Node, q: number): Node {
  const [rows, ...rest] = x.shape as [number, ...number[]];
  const count = 1 + (q % 5);
  const [places, more] = [indices(b, [count], rows), literal(data([count, ...rest], b), [count, ...rest], x.dtype)];
  return q % 2 ? scatterSet(x, places, more, false) : scatterAdd(x, places, more);
}
