// Signatures that people have: `levenbergMarquardt` of the npm package ml-levenberg-marquardt (5.1.0) and the results
// of fmin (0.0.4). Functions of users are traced; all else is `leastSquares` and `minimize`.
import { vmap } from "../api/vmap.ts";
import { checkCount, fail } from "../errors.ts";
import { showAval } from "../ir/aval.ts";
import { checkOptions } from "../ops/apply.ts";
import { mul, sub } from "../ops/arithmetic.ts";
import { at } from "../ops/indexing.ts";
import { describe, elementsOf, isPlain, operandOf, show } from "../trace/convert.ts";
import { callTraced, requireFunction, tracerOf } from "../trace/trace.ts";
import type { Tensor } from "../trace/tracer.ts";
import type { TensorLike } from "../trace/types.ts";
import { leastSquares } from "./least-squares.ts";
import { minimize } from "./minimize.ts";

/** A model: it is given the parameters, traced numbers, and returns a function of one traced number. */
export type ParameterizedFunction = (params: Tensor[]) => (t: Tensor) => TensorLike;

/** Settings of {@link levenbergMarquardt}; all but those of damping and differences, which it does without. */
export interface LevenbergMarquardtOptions {
  readonly initialValues: ArrayLike<number>;
  /** What residuals are multiplied by, a number or one for each point: 1 unless given. 0 leaves a point out. */
  readonly weights?: number | ArrayLike<number>;
  readonly minValues?: ArrayLike<number>;
  readonly maxValues?: ArrayLike<number>;
  /** 100 unless given. */
  readonly maxIterations?: number;
  /** Ends it where the error is not larger; unless given it goes on to the minimum. */
  readonly errorTolerance?: number;
  /** Seconds after which it throws. */
  readonly timeout?: number;
}

/** What {@link levenbergMarquardt} found: `parameterError` is the sum of the squares of weighted residuals. */
export interface LevenbergMarquardtReturn {
  readonly parameterValues: number[];
  readonly parameterError: number;
  readonly iterations: number;
}

const TAKEN: readonly (keyof LevenbergMarquardtOptions)[] = [
  ...(["initialValues", "weights", "minValues", "maxValues"] as const),
  ...(["maxIterations", "errorTolerance", "timeout"] as const),
];
const RADIUS = "steps are bounded by a trust region, not by damping: leave it out, or give leastSquares a trustRadius";
const EXACT = "derivatives are exact: leave it out";
/** What there is in place of other options. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  ...{ damping: RADIUS, dampingStepUp: RADIUS, dampingStepDown: RADIUS, improvementThreshold: RADIUS },
  centralDifference: EXACT,
  gradientDifference: `${EXACT}; a parameter is held by equal minValues and maxValues`,
  jacobianFunction: `${EXACT}, or give your own to leastSquares({ residual, jacobian }, x0)`,
};

/**
 * Fits `parameterizedFunction(params)(x)` to `y` as the npm package ml-levenberg-marquardt does, by
 * {@link leastSquares}. The function is traced, with functions of this library in place of `Math` and operators.
 * `params` is a list of traced numbers, and it is called for one traced number `t` that stands for every `x`.
 * @throws HvpError if data or options are none, for options of damping and differences, and when `timeout` has passed
 */
export function levenbergMarquardt(
  data: { readonly x: ArrayLike<number>; readonly y: ArrayLike<number> },
  parameterizedFunction: ParameterizedFunction,
  options: LevenbergMarquardtOptions,
  ...extra: unknown[]
): LevenbergMarquardtReturn {
  const name = "levenbergMarquardt";
  checkCount(name, extra, `write ${name}({ x, y }, parameterizedFunction, options)`);
  if (!isPlain(data)) fail("value", `${name}: the data is ${describe(data)}; expected { x, y }`);
  requireFunction(name, parameterizedFunction);
  checkAdapted(name, options, TAKEN, ELSEWHERE);
  const { weights = 1, minValues, maxValues, maxIterations = 100, errorTolerance, timeout } = options;
  const x0 = vectorOf(`${name}: initialValues`, options.initialValues);
  const [x, y] = [vectorOf(`${name}: x`, data.x), vectorOf(`${name}: y`, data.y)];
  requireLength(`${name}: y`, y, "x", x);
  const w = typeof weights === "number" ? weights : vectorOf(`${name}: weights`, weights);
  if (typeof w !== "number") requireLength(`${name}: weights`, w, "x", x);
  for (const [key, value] of Object.entries({ errorTolerance, timeout }))
    if (value !== undefined && !(value >= 0)) fail("value", `${name}: ${key} is ${show(value)}; expected 0 or more`);
  const found = leastSquares(
    (p: Tensor) => mul(sub(vmap(modelOf(name, parameterizedFunction, listed(p)))(x) as unknown as Tensor, y), w),
    x0,
    {
      maxIterations,
      ...((minValues || maxValues) && {
        bounds: [minValues ?? Number.NEGATIVE_INFINITY, maxValues ?? Number.POSITIVE_INFINITY] as never,
      }),
      ...(timeout !== undefined && { timeLimit: timeout * 1000 }),
      ...(errorTolerance !== undefined && { onIteration: ({ value }) => 2 * value > errorTolerance }),
    },
  );
  if (found.status === "timeLimit") fail("value", `${name}: ${timeout} seconds have passed; raise timeout`);
  const { value, iterations } = found;
  return { parameterValues: Array.from(found.x), parameterError: 2 * value, iterations };
}

/** The model with certain parameters, a function of one number. */
function modelOf(name: string, f: ParameterizedFunction, params: Tensor[]): (t: Tensor) => Tensor {
  const model = callTraced(name, f, [params]);
  if (typeof model !== "function")
    return fail("value", `${name}: parameterizedFunction returned ${describe(model)}; write (params) => (t) => y`);
  return (t) => {
    const y = tracerOf(`${name}: what the model returns`, callTraced(name, model as never, [t]));
    if (y.ndim > 0) fail("shape", `${name}: the model returns ${showAval(y.node)} for one t; expected a number`);
    return y;
  };
}

const listed = (x: Tensor): Tensor[] => Array.from({ length: x.size }, (_, i) => at(x, i) as Tensor);

/** Refuses options that `adapted` does not have, and says what there is in place of those of `elsewhere`. */
function checkAdapted(
  adapted: string,
  options: unknown,
  taken: readonly string[],
  elsewhere: Readonly<Record<string, string>>,
): void {
  if (typeof options === "object" && options !== null)
    for (const key of Object.keys(options))
      if (Object.hasOwn(elsewhere, key)) fail("value", `${adapted}: option ${key}: ${elsewhere[key]}`);
  checkOptions(adapted, options, taken);
}

function vectorOf(where: string, value: unknown): Float64Array {
  if (value === undefined) return fail("value", `${where} is missing; pass a list of numbers`);
  const x = operandOf(where, value);
  if (x.shape.length !== 1 || x.traced) return fail("value", `${where} is ${show(value)}; expected a list of numbers`);
  return Float64Array.from(elementsOf(x, "float64"));
}
function requireLength(where: string, a: Float64Array, name: string, b: Float64Array): void {
  if (a.length !== b.length)
    fail("shape", `${where} has ${a.length} numbers, but ${name} has ${b.length}; they must be as many`);
}

/** What {@link fmin} found. */
export interface FminResult {
  readonly x: number[];
  readonly fx: number;
}

/** Settings of {@link fmin}. */
export interface FminOptions {
  /** 10 000 unless given. */
  readonly maxIterations?: number;
}

const TOLERANCE = "leave it out, or give minimize a gtol, xtol or ftol";
const SIMPLEX = "there is no simplex: leave it out";
/** What there is in place of options of the npm package fmin. */
const NOT_OF_FMIN: Readonly<Record<string, string>> = {
  ...{ minErrorDelta: TOLERANCE, minTolerance: TOLERANCE, nonZeroDelta: SIMPLEX, zeroDelta: SIMPLEX },
  ...{ rho: SIMPLEX, chi: SIMPLEX, psi: SIMPLEX, sigma: SIMPLEX },
  history: "use onIteration of minimize",
};

/**
 * Minimizes `f` from the numbers `x0`, with the signature of the npm package fmin, by {@link minimize}: `f` is traced,
 * and its `x` is a list of traced numbers, which `stack(x)` makes a vector of. A second argument for the gradient is
 * not given: derivatives are its own.
 * @throws HvpError if `f` does not return a scalar, or if an option is none
 */
export function fmin(
  f: (x: Tensor[]) => TensorLike,
  x0: ArrayLike<number>,
  options: FminOptions = {},
  ...extra: unknown[]
): FminResult {
  checkCount("fmin", extra, "write fmin(f, x0, { maxIterations })");
  requireFunction("fmin", f);
  checkAdapted("fmin", options, ["maxIterations"], NOT_OF_FMIN);
  const found = minimize(
    (x: Tensor) => callTraced("fmin", f, [listed(x)]) as Tensor,
    vectorOf("fmin: x0", x0),
    options,
  );
  return { x: Array.from(found.x), fx: found.value };
}
