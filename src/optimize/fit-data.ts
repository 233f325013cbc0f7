// The data of a fit, checked, and the residuals of a model at them.
import { fail } from "../errors.ts";
import { type Data, isFloat, type Shape, sameShape, showShape } from "../ir/aval.ts";
import { checkOptions } from "../ops/apply.ts";
import { div, sub } from "../ops/arithmetic.ts";
import { where } from "../ops/logic.ts";
import { describe, elementsOf, isPlain, operandOf } from "../trace/convert.ts";
import { callTraced, checkTaken, tracerOf } from "../trace/trace.ts";
import type { Tensor } from "../trace/tracer.ts";
import { flatten, place, unflatten } from "../trace/tree.ts";
import type { Concrete, TensorLike } from "../trace/types.ts";

/** What a model is fitted to. */
export interface FitData<X> {
  /** What the model is given, an array or a tree of arrays. */
  readonly x: X;
  /** What it should return. */
  readonly y: Concrete;
  /** Standard deviations of `y`: one number, or an array like `y`. 1 unless given. */
  readonly sigma?: Concrete;
  /** Whether `sigma` is known, or only its ratios, which is so unless given: their scale is then estimated. */
  readonly absoluteSigma?: boolean;
  /** Which elements of `y` count, an array of booleans like it: all unless given. */
  readonly mask?: Concrete;
}

/** `X` where nothing is inferred of it: what a model takes follows from the data. */
export type Given<X> = [X][X extends unknown ? 0 : never];

/** The same, checked. */
export interface CheckedData {
  readonly shape: Shape;
  readonly absoluteSigma: boolean;
  /** How many elements of `y` count. */
  readonly count: number;
  /** The residuals of a model with certain parameters, in the open trace. */
  residual(params: unknown): Tensor;
  /** What the model returns for certain parameters and another x, in the open trace. */
  predicted(params: unknown, x: unknown, where: string): Tensor;
}

export type Model = (...args: never[]) => unknown;

/** Refuses what is no model. */
export function checkModel(name: string, model: unknown): asserts model is Model {
  if (typeof model !== "function")
    fail("value", `${name}: the model is ${describe(model)}; expected a function of parameters and x`);
  checkTaken(name, model as Model, 2, "write (params, x) => …");
}

/** Checks the data of `name`, whose model is `model`. */
export function checkedFitData(name: string, model: unknown, data: unknown): CheckedData {
  checkModel(name, model);
  if (!isPlain(data)) fail("value", `${name}: the data is ${describe(data)}; expected { x, y }`);
  checkOptions(name, data, ["x", "y", "sigma", "absoluteSigma", "mask"]);
  const { x, y, sigma, absoluteSigma = false, mask } = data as FitData<unknown>;
  if (x === undefined) fail("value", `${name}: there is no x; expected { x, y }`);
  if (typeof absoluteSigma !== "boolean")
    fail("value", `${name}: absoluteSigma is ${describe(absoluteSigma)}; expected true or false`);
  const target = operandOf(`${name}: y`, y);
  const { shape } = target;
  const values = elementsOf(target, "float64") as Data;
  const kept = mask === undefined ? undefined : maskOf(name, mask, shape);
  const weights = sigma === undefined ? undefined : sigmaOf(name, sigma, shape, kept);
  const bad = Array.prototype.findIndex.call(values, (v: number, i) => !Number.isFinite(v) && (!kept || kept[i]));
  if (bad >= 0) fail("value", `${name}: y has ${values[bad]} at element ${bad}; leave it out by mask`);
  const usable = kept ? { mask: { data: kept, shape }, y: { data: cleaned(values, kept), shape } } : { y };
  return {
    shape,
    absoluteSigma,
    count: kept ? kept.reduce((n, k) => n + k, 0) : values.length,
    predicted: (params, x, where) =>
      tracerOf(`${where}: what the model returns`, callTraced(where, model, [params, tracedTree(`${where}: x`, x)])),
    residual: (params) =>
      residualOf(name, model, params, {
        x: tracedTree(`${name}: x`, x),
        y: usable.y as Concrete,
        ...(weights !== undefined && { sigma: weights }),
        ...(usable.mask && { mask: tracerOf(name, usable.mask, "bool") }),
      }),
  };
}

/** What residuals are made of, in the open trace. */
export interface TracedData {
  readonly x: unknown;
  readonly y: TensorLike;
  readonly sigma?: TensorLike;
  readonly mask?: Tensor;
  /** What messages call `y`. */
  readonly what?: string;
}

/** The residuals of a model with certain parameters: the model less y, over sigma, 0 where the mask says so. */
export function residualOf(name: string, model: Model, params: unknown, data: TracedData): Tensor {
  const { x, y, sigma, mask, what = "y" } = data;
  const found = tracerOf(`${name}: what the model returns`, callTraced(name, model, [params, x]));
  const { shape } = operandOf(`${name}: y`, y);
  if (!sameShape(found.shape, shape))
    fail("shape", `${name}: the model returns shape ${showShape(found.shape)}, but ${what} has ${showShape(shape)}`);
  if (!isFloat(found.dtype)) fail("dtype", `${name}: the model returns ${found.dtype}; expected floating point`);
  const apart = sub(found, y);
  const residual = sigma === undefined ? apart : div(apart, sigma);
  return mask ? where(mask, residual, 0) : residual;
}

/** Squares of quotients by standard deviations beyond these leave the range of numbers. */
const [LEAST_SIGMA, MOST_SIGMA] = [1e-150, 1e150];

/** Refuses standard deviations that are none, but for those that `kept` leaves out. */
export function checkSigma(name: string, values: ArrayLike<number>, kept?: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    const s = values[i] as number;
    if (kept && !kept[i]) continue;
    if (!(s > 0)) fail("value", `${name}: sigma has ${s}; standard deviations are positive`);
    if (!(s >= LEAST_SIGMA && s <= MOST_SIGMA))
      fail("value", `${name}: sigma has ${s}, whose square is out of range; measure y in other units`);
  }
}

function sigmaOf(name: string, sigma: Concrete, shape: Shape, kept: Int32Array | undefined): Concrete {
  const x = operandOf(`${name}: sigma`, sigma);
  if (x.shape.length > 0 && !sameShape(x.shape, shape))
    fail("shape", `${name}: sigma has shape ${showShape(x.shape)}, but y has ${showShape(shape)}`);
  const values = elementsOf(x, "float64") as Data;
  const isOne = x.shape.length === 0;
  checkSigma(name, values, isOne ? undefined : kept);
  // What is left out may be anything, but is divided by all the same.
  return kept && !isOne ? { data: Float64Array.from(kept, (k, i) => (k ? (values[i] as number) : 1)), shape } : sigma;
}

function maskOf(name: string, mask: Concrete, shape: Shape): Int32Array {
  const x = operandOf(`${name}: mask`, mask);
  if (!sameShape(x.shape, shape))
    fail("shape", `${name}: mask has shape ${showShape(x.shape)}, but y has ${showShape(shape)}`);
  const kept = Int32Array.from(elementsOf(x, "float64"), (v) => (v ? 1 : 0));
  if (!kept.includes(1)) fail("value", `${name}: the mask leaves no element of y; true says that one counts`);
  return kept;
}
/** What is left out may be anything, NaN too. */
const cleaned = (values: Data, kept: Int32Array): Float64Array =>
  Float64Array.from(kept, (k, i) => (k ? (values[i] as number) : 0));

/** A tree of arrays as traced values. */
function tracedTree(where: string, tree: unknown): unknown {
  const { leaves, paths, structure } = flatten(where, tree);
  return unflatten(
    structure,
    leaves.map((leaf, i) => tracerOf(place(where, paths[i] as string), leaf)),
  );
}
