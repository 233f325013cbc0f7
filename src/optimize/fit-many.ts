// `fitMany`: one model fitted to many sets of data.
import { argumentOf } from "../api/common.ts";
import { checkCount, fail } from "../errors.ts";
import { type Data, type DType, sameShape } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { checkOptions } from "../ops/apply.ts";
import { div, maximum, mul, sqrt, sub } from "../ops/arithmetic.ts";
import { diagonal } from "../ops/arrange.ts";
import { eye } from "../ops/create.ts";
import { cholesky, choSolve } from "../ops/decompositions.ts";
import { outer } from "../ops/linalg.ts";
import { gt, ne, where } from "../ops/logic.ts";
import { sum } from "../ops/reduce.ts";
import { astype } from "../ops/shape.ts";
import { literal } from "../primitives/leaf.ts";
import { reshape } from "../primitives/shape.ts";
import { describe, elementsOf, isPlain, operandOf } from "../trace/convert.ts";
import { Tensor } from "../trace/tracer.ts";
import { flatten } from "../trace/tree.ts";
import type { MirrorBatch, Result, TensorLike, Traced, Value } from "../trace/types.ts";
import { boundsFor } from "./bounds.ts";
import { checkModel, checkSigma, type Given, residualOf, type TracedData } from "./fit-data.ts";
import { kindOf, type LossOptions, OWN_OPTIONS, type StepOptions, settingsFor } from "./least-squares.ts";
import { type Fitting, levenbergMarquardt } from "./levenberg-marquardt.ts";
import { checkManyOptions, countOf, isConverged, packed, searched, told, unpacked } from "./many.ts";
import type { Tolerances } from "./options.ts";
import { type Problems, solveAll } from "./problems.ts";
import { settingsOf } from "./traced-solver.ts";
import { Unknowns } from "./unknowns.ts";
import { count, number } from "./vectors.ts";

/** What a model is fitted to many times. All but `x` have an axis of problems in front. */
export interface ManyData<X> {
  /** What the model is given in all problems. */
  readonly x?: X;
  /** What it is given in each problem, in place of `x`: arrays with an axis of problems in front. */
  readonly xs?: unknown;
  readonly y: TensorLike;
  readonly sigma?: TensorLike;
  readonly absoluteSigma?: boolean;
  readonly mask?: TensorLike;
}

/** Settings of {@link fitMany}; `bounds` are those of each problem. */
export interface ManyOptions extends Tolerances, StepOptions, LossOptions {
  /** Where each problem begins, a tree like `p0` with an axis of problems in front: at `p0` unless given. */
  readonly starts?: unknown;
}

/** What {@link fitMany} found, an axis of problems in front of everything. */
export interface ManyResult<P, L = Value> {
  readonly params: MirrorBatch<P>;
  readonly standardErrors: MirrorBatch<P>;
  readonly covariance: L;
  readonly chi2: L;
  /** Elements of `y` that count, less the number of parameters. */
  readonly dof: L;
  readonly iterations: L;
  readonly converged: L;
  /** Codes of why it ended: `statusName(code)` names them. */
  readonly status: L;
}

/**
 * Fits `model(params, x)` to each of many sets of data, rows of `y`, in one program: a loop over problems around the
 * loop of {@link leastSquares}, each of which ends when it is done. Inside traced functions it is traced: compiled by
 * `jit` it runs again without being traced again. Covariances are those of {@link fit}, but from JᵀJ: NaN where that
 * is singular.
 * @shape model ([...p], [...n]) → [...m], y [k, ...m] → params [k, ...p], covariance [k, p, p]
 * @throws HvpError if the model does not return an array like a row of `y`, or if data or options are none
 */
export function fitMany<const P, const X = Tensor, const D extends ManyData<X> = ManyData<X>>(
  model: (params: Traced<P>, x: Traced<Given<X>>) => TensorLike,
  data: D & ManyData<X>,
  p0: P,
  options?: ManyOptions,
): ManyResult<P, Result<TensorLike, D>>;
export function fitMany(
  model: unknown,
  data: unknown,
  p0: unknown,
  options: ManyOptions = {},
  ...extra: unknown[]
): unknown {
  const name = "fitMany";
  checkCount(name, extra, "write fitMany(model, { x, y }, p0, options)");
  checkModel(name, model);
  if (!isPlain(data)) fail("value", `${name}: the data is ${describe(data)}; expected { x, y }`);
  checkOptions(name, data, ["x", "xs", "y", "sigma", "absoluteSigma", "mask"]);
  const { x, xs, y, sigma, absoluteSigma = false, mask } = data as ManyData<unknown>;
  if ((x === undefined) === (xs === undefined)) fail("value", `${name}: give either x, for all problems, or xs`);
  const checked = checkManyOptions(name, options, ["starts", ...OWN_OPTIONS]);
  const { bounds } = options;
  const kind = kindOf(name, options);
  return solveAll((): Problems => {
    const fixed = typeof sigma === "number" ? { sigma } : {};
    const given = Object.entries({ xs, y, sigma, mask, starts: options.starts })
      .filter(([key, value]) => value !== undefined && !(key === "sigma" && typeof value === "number"))
      .map(([key, value]) => [key, argumentOf(`${name}: ${key}`, value)] as const);
    const shared = x === undefined ? undefined : argumentOf(`${name}: x`, x);
    const batches = given.map(([, argument]) => argument);
    const ownOf = (slices: readonly unknown[]): Readonly<Record<string, Tensor>> =>
      Object.fromEntries(given.map(([key], i) => [key, slices[i] as Tensor]));
    checkWeights(name, sigma, mask);
    countOf(batches);
    const unknowns = Unknowns.like(name, p0, "p0");
    const ends = bounds === undefined ? [] : boundsFor(name, bounds, unknowns);
    const numbers = told(settingsFor(checked, unknowns), ends, unknowns);
    const first = tensorOf(unknowns.pack(p0, `${name}: p0`), unknowns.dtype);
    return {
      ...{ name, batches, unknowns, shared: shared ? [shared] : [], told: [...numbers, first] },
      made: [given.map(([key]) => key), levenbergMarquardt({ count: 0, ...kind }).name, absoluteSigma],
      value(v, slices) {
        const own = ownOf(slices);
        const at: TracedData = {
          ...{ ...fixed, ...own, x: shared ? shared.traced : own.xs, y: own.y as Tensor },
          what: "each slice of y along its axis of problems",
        };
        const r = residualOf(name, model, unpacked(unknowns, v), at);
        return new Tensor(reshape(r.node, [r.size]));
      },
      solve(f, slices) {
        const own = ownOf(slices);
        const x0 = own.starts === undefined ? first : startOf(unknowns, own.starts);
        const { size: count } = own.y as Tensor;
        const method = levenbergMarquardt({ count, ...kind });
        const end = searched(method, f, x0, settingsOf(numbers));
        return summary(end, unknowns, own, absoluteSigma);
      },
    };
  });
}

/** Refuses standard deviations that are none, where they are known. */
function checkWeights(name: string, sigma: unknown, mask: unknown): void {
  if (sigma === undefined) return;
  const [s, kept] = [
    operandOf(`${name}: sigma`, sigma),
    mask === undefined ? undefined : operandOf(`${name}: mask`, mask),
  ];
  if (s.traced || kept?.traced) return;
  const values = elementsOf(s, "float64");
  const kept64 = kept && elementsOf(kept, "float64");
  checkSigma(name, values, kept64?.length === values.length ? kept64 : undefined);
}

/** What a search has found, as a user sees it. */
function summary(end: Fitting, unknowns: Unknowns, { y, mask }: Readonly<Record<string, Tensor>>, absolute: boolean) {
  const { size } = unknowns;
  const kept = mask ? astype(sum(astype(ne(mask, 0), "int32")), "int32") : count((y as Tensor).size);
  const dof = sub(kept, size);
  const chi2 = mul(end.value, 2);
  const scale = absolute
    ? number(1)
    : where(gt(dof, 0), div(chi2, astype(maximum(dof, 1), "float64")), Number.POSITIVE_INFINITY);
  const lengths = sqrt(diagonal(end.gram));
  const units = outer(lengths, lengths);
  const inverse = choSolve(cholesky(div(end.gram, units)), eye(size));
  const covariance = mul(div(inverse, units), scale);
  return {
    params: unpacked(unknowns, end.x),
    standardErrors: unpacked(unknowns, astype(sqrt(diagonal(covariance)), unknowns.dtype)),
    ...{ covariance, chi2, dof, iterations: end.iterations, status: end.status },
    converged: isConverged(end.status),
  };
}

const tensorOf = (data: Data, dtype: DType): Tensor => new Tensor(literal(data, [data.length], dtype));

/** Where a problem begins, as a vector. */
function startOf(unknowns: Unknowns, tree: unknown): Tensor {
  const parts = flatten("fitMany: starts", tree).leaves as Tensor[];
  const { nodes } = unknowns.shape;
  if (parts.length !== nodes.length || parts.some((x, i) => !sameShape(x.shape, (nodes[i] as Node).shape)))
    fail("shape", `fitMany: starts has slices of another structure or shape than p0, ${unknowns.shape.describe()}`);
  return packed(unknowns, parts);
}
