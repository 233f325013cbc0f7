// `fit`: a model with parameters, fitted to data, and how well the data determine these.
import { hessian, jacfwd } from "../api/jacobian.ts";
import { checkCount, fail } from "../errors.ts";
import type { Data } from "../ir/aval.ts";
import { tracing } from "../ir/build.ts";
import { mul } from "../ops/arithmetic.ts";
import { cholesky, choSolve } from "../ops/decompositions.ts";
import { matmul, vdot } from "../ops/linalg.ts";
import { astype, reshape as reshapeOf, transpose } from "../ops/shape.ts";
import { parameter } from "../primitives/leaf.ts";
import { elementsOf, operandOf, show, toValue } from "../trace/convert.ts";
import { NdArray } from "../trace/ndarray.ts";
import { Tensor } from "../trace/tracer.ts";
import type { Mirror, TensorLike, Traced, Value } from "../trace/types.ts";
import { activeAt } from "./bounds.ts";
import {
  determinedBy,
  inverseOfGram,
  type Spectrum,
  spectrumOf,
  symmetricOf,
  undetermined,
  varianceAlong,
} from "./covariance.ts";
import { type CheckedData, checkedFitData, type FitData, type Given } from "./fit-data.ts";
import { type Housed, houseFunction, type Runnable } from "./homes.ts";
import { inWords, kindOf, type LeastSquaresOptions, OWN_OPTIONS, requireResiduals, searchBy } from "./least-squares.ts";
import { levenbergMarquardt, type Residual } from "./levenberg-marquardt.ts";
import { checkMinimizeOptions } from "./options.ts";
import { type MinimizeResult, resultOf, type Values } from "./result.ts";
import { type Loss, totalLoss } from "./robust.ts";
import { type Search, solved } from "./search.ts";
import { studentQuantile } from "./student.ts";
import { TracedSolver } from "./traced-solver.ts";
import type { Unknowns } from "./unknowns.ts";

/** What is known of parameters. Rows and columns of matrices are numbers in the parameters, in the order of `names`. */
export interface Uncertainty<P> {
  readonly covariance: NdArray;
  /** Roots of its diagonal. */
  readonly standardErrors: Mirror<P>;
}

/** Uncertainties by the exact Hessian of half the sum of squares. */
export interface ExactUncertainty<P> extends Uncertainty<P> {
  /** Parameters whose standard errors differ from those by JᵀJ by more than a tenth: there the model is not linear. */
  readonly disagreeing: readonly string[];
}

/** What {@link fit} found. */
export interface FitResult<P>
  extends Uncertainty<P>,
    Pick<MinimizeResult<P>, "iterations" | "evaluations" | "converged" | "status" | "message"> {
  readonly params: Mirror<P>;
  /** What each number in the parameters is called, `a` or `b[1]`. */
  readonly names: readonly string[];
  readonly correlation: NdArray;
  /** The sum of squares of the residuals. */
  readonly chi2: number;
  /** How many elements of `y` count, less the number of parameters. */
  readonly dof: number;
  /** How many directions of parameters the data determine. */
  readonly rank: number;
  /** The model less `y`, over sigma, in the shape of `y`; 0 where the mask leaves something out. */
  readonly residuals: Value;
  /**
   * Intervals that hold the true parameters with probability `level` each, 0.95 unless given: by the quantiles of
   * Student's distribution, or of the normal one where sigma is absolute.
   */
  confidence(level?: number): { readonly lower: Mirror<P>; readonly upper: Mirror<P> };
  /**
   * What the model returns at `x`, any other than that of the data too, and bounds that hold the true curve with
   * probability `level` at each place: its variance is g·C·gᵀ, C the covariance and g the gradient of the model by the
   * parameters. Those of another observation lie further out, by the variance of that.
   */
  band(x: unknown, level?: number): { readonly value: Value; readonly lower: Value; readonly upper: Value };
  /** Uncertainties by the exact Hessian, which JᵀJ leaves out a part of. It compiles a program when it is called. */
  exact(): ExactUncertainty<P>;
}

/**
 * Fits `model(params, x)` to `y` from `p0` by weighted least squares, with {@link leastSquares}. The covariance is
 * that of the linear model at the solution, (JᵀJ)⁻¹, by the singular values of J, not of its square. It is scaled by
 * χ²/dof unless sigma is absolute, as in SciPy's `curve_fit`. Parameters that the data do not determine have infinite
 * variances, and `message` names them.
 * @shape model ([...p], [...n]) → [...m], y [...m]
 * @throws HvpError if the model does not return an array like `y`, or if data or options are none
 */
export function fit<const P, const X = Tensor>(
  model: (params: Traced<P>, x: Traced<Given<X>>) => TensorLike,
  data: FitData<X>,
  p0: P,
  options?: LeastSquaresOptions<P>,
): FitResult<P>;
export function fit(
  model: unknown,
  data: unknown,
  p0: unknown,
  options: LeastSquaresOptions = {},
  ...extra: unknown[]
): FitResult<unknown> {
  checkCount("fit", extra, "write fit(model, { x, y }, p0, options)");
  if (tracing()) fail("trace", "fit: a traced function cannot run it; call it outside of traced functions");
  const checkedData = checkedFitData("fit", model, data);
  const checked = checkMinimizeOptions("fit", options, OWN_OPTIONS);
  const kind = kindOf("fit", options);
  const housed = houseFunction("fit", (params: unknown) => checkedData.residual(params), p0, requireResiduals, "p0");
  const solver = new TracedSolver(housed, levenbergMarquardt({ count: housed.result.size, ...kind }));
  const search = searchBy(solver, "fit", "p0", p0, checked);
  const { state, code } = solved(search);
  return resultFor(housed, { ...checkedData, loss: kind.loss, bounds: search.bounds }, state, {
    ...resultOf(state, housed.unknowns, code, search.bounds),
    ...inWords(code),
  });
}

function resultFor(
  housed: Housed,
  data: CheckedData & Pick<Residual, "loss"> & Pick<Search, "bounds">,
  state: Values,
  { x, iterations, evaluations, converged, status, message }: MinimizeResult<unknown>,
): FitResult<unknown> {
  const { unknowns } = housed;
  const { size, dtype } = unknowns;
  const residual = state.residual as Float64Array;
  const spectrum = spectrumOf(state.jacobian as Data, size, dtype === "float32" ? 2 ** -23 : 2 ** -52);
  const chi2 = residual.reduce((s, r) => s + r * r, 0);
  const dof = data.count - size;
  const scale = data.absoluteSigma ? 1 : dof > 0 ? chi2 / dof : Number.POSITIVE_INFINITY;
  const names = unknowns.names();
  const quantile = (of: string, level: unknown): number => {
    if (!(typeof level === "number" && level > 0 && level < 1))
      fail("value", `fit: ${of}: level is ${show(level)}; expected a probability between 0 and 1`);
    return studentQuantile(level as number, data.absoluteSigma ? Number.POSITIVE_INFINITY : dof);
  };
  const known = uncertaintyOf(inverseOfGram(spectrum), scale, unknowns);
  return {
    ...{ params: x, names, ...known.shown, correlation: correlationOf(known.covariance, size) },
    ...{ chi2, dof, rank: spectrum.rank, residuals: toValue(residual, data.shape, "float64") },
    ...{ iterations, evaluations, converged, status },
    message: [
      message,
      ...remarks(spectrum, names, dof, data.absoluteSigma),
      ...atBounds(state.x as Data, names, data.bounds),
    ].join("; "),
    confidence(level = 0.95) {
      const t = quantile("confidence", level);
      const bound = (sign: number): never =>
        unknowns.unpack(
          Float64Array.from(known.errors, (e, i) => ((state.x as Data)[i] as number) + sign * t * e),
        ) as never;
      return { lower: bound(-1), upper: bound(1) };
    },
    band(x, level = 0.95, ...extra: unknown[]) {
      checkCount("fit: band", extra, "write found.band(x, level)");
      const t = quantile("band", level);
      const { value, rows } = alongParameters(housed, state.x as Data, (p) => data.predicted(p, x, "fit: band"));
      const curve = operandOf("fit: band", value);
      const values = elementsOf(curve, "float64");
      const varianceOf = varianceAlong(spectrum);
      const half = rows.map((g) => t * Math.sqrt(scale * varianceOf(g)));
      const bound = (sign: number): Value =>
        toValue(
          Float64Array.from(half, (h, i) => (values[i] as number) + sign * h),
          curve.shape,
          "float64",
        );
      return { value, lower: bound(-1), upper: bound(1) };
    },
    exact() {
      const exact = uncertaintyOf(exactInverse(housed, state.x as Data, data.loss, spectrum), scale, unknowns);
      const isNear = (e: number, known: number): boolean => e === known || Math.abs(e - known) <= 0.1 * known;
      return {
        ...exact.shown,
        disagreeing: names.filter((_, i) => !isNear(exact.errors[i] as number, known.errors[i] as number)),
      };
    },
  };
}

/** What a function of parameters returns, and its gradients, one for each element. */
function alongParameters({ unknowns }: Housed, at: Data, f: (params: unknown) => Tensor) {
  const { shape, size } = unknowns;
  const of = (v: Tensor): [Tensor, Tensor] => {
    const y = f(shape.tree(unknowns.leavesOf(v.node).map((n) => new Tensor(n))));
    return [reshapeOf(y, [y.size]), y];
  };
  const [{ data }, value] = jacfwd(of as never, { hasAux: true } as never)(at as never) as unknown as [NdArray, Value];
  const rows = Array.from({ length: data.length / size }, (_, i) =>
    Float64Array.from(data.subarray(i * size, i * size + size)),
  );
  return { value, rows };
}

function uncertaintyOf(inverse: Float64Array, scale: number, unknowns: Unknowns) {
  const { size } = unknowns;
  const covariance = inverse.map((c) => c * scale);
  const errors = Float64Array.from({ length: size }, (_, i) => Math.sqrt(covariance[i * size + i] as number));
  const shown = {
    covariance: new NdArray(covariance, [size, size], "float64"),
    standardErrors: unknowns.unpack(errors) as never,
  };
  return { covariance, errors, shown };
}

function correlationOf(covariance: Float64Array, n: number): NdArray {
  const error = (i: number): number => Math.sqrt(covariance[i * n + i] as number);
  const correlation = covariance.map((c, k) => {
    const [i, j] = [Math.floor(k / n), k % n];
    return i === j ? 1 : c / error(i) / error(j);
  });
  return new NdArray(correlation, [n, n], "float64");
}

function remarks(s: Spectrum, names: readonly string[], dof: number, absoluteSigma: boolean): string[] {
  const free = undetermined(s);
  const open = names.filter((_, i) => free[i]);
  return [
    ...(s.rank < s.size
      ? [`the data determine ${s.rank} directions of ${s.size} parameters: not ${open.join(", ")} one by one`]
      : []),
    ...(dof <= 0 && !absoluteSigma ? ["there are no degrees of freedom left to estimate the variance of y from"] : []),
  ];
}

function atBounds(x: Data, names: readonly string[], bounds: Search["bounds"]): string[] {
  if (!bounds) return [];
  const active = activeAt(x, bounds);
  const held = names.flatMap((name, i) =>
    active[i] === 0 ? [] : [`${name} at its ${(active[i] as number) < 0 ? "lower" : "upper"} bound`],
  );
  return held.length === 0 ? [] : [`${held.join(", ")}: errors are those of a fit without bounds`];
}

/**
 * The inverse of the Hessian of half the sum of squares among the directions that the data determine, to which those of
 * the Jacobian are the units; NaN where it is not positive definite.
 */
function exactInverse(
  { home, captures, unknowns }: Housed,
  at: Data,
  loss: Loss | undefined,
  spectrum: Spectrum,
): Float64Array {
  const { open, f, program } = home;
  const { size, dtype } = unknowns;
  const { rank } = spectrum;
  const isFree = undetermined(spectrum);
  if (rank === 0) return symmetricOf(isFree, () => Number.NaN);
  const make = (): Runnable => {
    const [x, rows] = [parameter([size], dtype), parameter([rank, size], "float64")];
    const value = (v: Tensor): Tensor => (loss ? totalLoss(f(v), loss) : mul(vdot(f(v), f(v)), 0.5));
    const h = astype(hessian(value as never)(new Tensor(x)) as unknown as Tensor, "float64");
    const w = new Tensor(rows);
    const inner = matmul(matmul(w, h), transpose(w));
    const inverse = matmul(transpose(w), choSolve(cholesky(inner), w));
    return program([inverse.node], [x, rows]);
  };
  const run = home.kept(`exact ${rank} ${loss?.name} ${loss?.scale}`, () => open(make));
  const inverse = run([at, determinedBy(spectrum)], captures)[0] as Data;
  return symmetricOf(isFree, (i, j) => inverse[i * size + j] as number);
}
