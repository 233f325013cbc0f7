// What a linear operator can do: the methods that a user finds, their options and results.
import type { Which } from "../curvature/ends.ts";
import type { NdArray } from "../trace/ndarray.ts";
import type { Batch, Like, Mirror, MirrorBatch, Out, OutBatch, TypedArray } from "../trace/types.ts";

export type { Which };

/** Where random vectors come from: the same seed gives the same bits on every engine. */
export interface SeedOption {
  /** An integer: 0 unless given. */
  readonly seed?: number;
}
/** Settings of {@link LinearOperator.eigsh}. */
export interface EigshOptions extends SeedOption {
  /**
   * "magnitude" unless given, as in SciPy (LM); "largest" (LA) and "smallest" (SA) go by sign, "both" (BE) takes half
   * from each end, of an odd number one more from the upper one.
   */
  readonly which?: Which;
  /**
   * ‖A·v - λ·v‖ relative to |λ|, or to a thousandth of the largest where λ is smaller: the root of the spacing of
   * numbers, 1.5e-8 or 3.5e-4 in float32, unless given. Eigenvalues then err by about tol², divided by their distance.
   */
  readonly tol?: number;
  /** How many products at most: 10 for each row, and at least 1000, unless given. */
  readonly maxProducts?: number;
  /**
   * Whether to look for copies of multiple eigenvalues by further starts, which one start cannot see: true unless
   * given. False saves about as many products as k + 20.
   */
  readonly verify?: boolean;
  /** "lanczos", or "exact": the whole matrix and `eigh`, which is taken for n ≤ 64 or k near n unless given. */
  readonly method?: "lanczos" | "exact";
}
export interface Eigenpairs<X> {
  /** From the most wanted on: descending for "largest", ascending for "smallest" and "both". */
  readonly values: Float64Array;
  /** Of length 1 and orthogonal, each a tree like x. */
  readonly vectors: Mirror<X>[];
  /** ‖A·v - λ·v‖ of each, computed: an eigenvalue lies that near. */
  readonly residuals: Float64Array;
  readonly converged: boolean;
  /** Products spent, those of the residuals included. */
  readonly products: number;
}

/** Settings of {@link LinearOperator.trace}. */
export interface TraceOptions extends SeedOption {
  /**
   * "xtrace" (Epperly, Tropp, Webber 2024) unless given; "hutch++" (Meyer et al. 2021), "hutchinson", or "exact", which
   * is taken where the products suffice for it.
   */
  readonly method?: "xtrace" | "hutch++" | "hutchinson" | "exact";
  /** How many products: 64 unless given. */
  readonly maxProducts?: number;
}
/** Settings of {@link LinearOperator.diagonal}. */
export interface DiagonalEstimateOptions extends SeedOption {
  /**
   * "xdiag" (Epperly, Tropp, Webber 2024) unless given; "hutchinson" (Bekas et al. 2007), or "exact", which is taken
   * where the products suffice for it.
   */
  readonly method?: "xdiag" | "hutchinson" | "exact";
  /** How many products: 64 unless given. */
  readonly maxProducts?: number;
}
export interface Estimated<T> {
  readonly value: T;
  /** Of the sampling: 0 where the result is exact, NaN where one sample does not tell. */
  readonly standardError: T;
  readonly products: number;
}

/** Settings of stochastic Lanczos quadrature. */
export interface QuadratureOptions extends SeedOption {
  /** How many random vectors: 10 unless given. The standard error falls with its root. */
  readonly probes?: number;
  /** Steps of Lanczos' method from each: 50 unless given, n at most. Ill-conditioned matrices need more. */
  readonly steps?: number;
  /** "lanczos", or "exact": the whole matrix and `eigh`, which is taken for n ≤ 64 unless given. */
  readonly method?: "lanczos" | "exact";
}
/** Settings of {@link LinearOperator.logdet}. */
export interface LogdetOptions extends QuadratureOptions {
  /** Is added to every eigenvalue: 0 unless given. */
  readonly shift?: number;
}
/** Settings of {@link LinearOperator.spectralDensity}. */
export interface DensityOptions extends QuadratureOptions {
  /** Points of the grid: 1000 unless given. */
  readonly points?: number;
  /** Ends of the grid: 5 sigma beyond the outermost nodes unless given. */
  readonly range?: readonly [number, number];
  /** Width of the bell that stands for an eigenvalue: a hundredth of the spectrum unless given. */
  readonly sigma?: number;
}
export interface SpectralDensity {
  readonly grid: Float64Array;
  /** Its integral over all numbers is 1. */
  readonly density: Float64Array;
  readonly standardErrors: Float64Array;
  readonly sigma: number;
  /**
   * The spectrum as points with weights, which sum to 1: Σ weights·f(nodes) is about the mean of f over the
   * eigenvalues.
   */
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
  readonly products: number;
}

/** Settings of {@link LinearOperator.condition}. */
export interface ConditionOptions extends Pick<EigshOptions, "maxProducts" | "seed" | "method"> {
  /** The residuals of both ends, relative to these, as for `eigsh`: 1e-4 unless given. Copies do not matter. */
  readonly tol?: number;
}
export interface Condition {
  /** Largest magnitude of an eigenvalue over the smallest one; Infinity for a singular matrix. */
  readonly value: number;
  readonly largest: number;
  readonly smallest: number;
  readonly converged: boolean;
  readonly products: number;
}

/** Settings of {@link LinearOperator.solve}. */
export interface SolveOptions {
  /** The residual that ends the iteration, relative to b: 1e-5 unless given, as for `cg`. */
  readonly tol?: number;
  /** The residual itself, where that is larger: 0 unless given. */
  readonly atol?: number;
  /** How many iterations at most: 10 for each row unless given. */
  readonly maxIterations?: number;
  /** Solves (A + shift)·x = b: 0 unless given. */
  readonly shift?: number;
  /** "minres", or "exact": the whole matrix and `eigh`, which is taken for n ≤ 64 unless given. */
  readonly method?: "minres" | "exact";
}
export interface Solved<X> {
  readonly x: Mirror<X>;
  /** ‖b - (A + shift)·x‖, computed. */
  readonly residual: number;
  readonly converged: boolean;
  readonly iterations: number;
  readonly products: number;
}

/** Products with a symmetric matrix, as a user has them. */
export interface ExplicitOperator {
  readonly shape: readonly [rows: number, columns: number];
  /** A·v of a vector of its own, which it may change and keep. */
  matvec(v: Float64Array): TypedArray | readonly number[];
  /** The same for several vectors; `matvec` for each unless given. */
  matmat?(vs: readonly Float64Array[]): readonly (TypedArray | readonly number[])[];
  /** How exact products are: "float64" unless given. */
  readonly dtype?: "float64" | "float32";
}

/**
 * A symmetric matrix that is known by its products, at one point. Vectors are trees like x, whose elements follow one
 * another leaf by leaf in row-major order; computations between products are in float64. Whoever asks for a few numbers
 * of a matrix of at most 64 rows gets them exactly, by `eigh`. A product that is not finite is an HvpError.
 */
export interface LinearOperator<X> {
  /** `[n, n]`, n the number of all elements of x. */
  readonly shape: readonly [number, number];
  readonly dtype: "float64" | "float32";
  /** A·v; written to `out` if given. @shape v as x → as x */
  matvec(v: Like<X>, out?: undefined): Mirror<X>;
  matvec<O extends Out<X>>(v: Like<X>, out: O): O;
  /** A·v for several v: a list of trees like x, or one with an axis more in front. @shape vs [k, ...x] → [k, ...x] */
  matmat(vs: readonly Like<X>[], outs?: undefined): Mirror<X>[];
  matmat<O extends Out<X>>(vs: readonly Like<X>[], outs: readonly O[]): O[];
  matmat(vs: Batch<X>, outs?: undefined): MirrorBatch<X>;
  matmat<O extends OutBatch<X>>(vs: Batch<X>, outs: O): O;
  /** The matrix, of n products. @shape → [n, n] */
  toDense(): NdArray;
  /**
   * The sum of the diagonal: of all products, or estimated.
   * @throws HvpError if `maxProducts` is too few for the method
   */
  trace(options?: TraceOptions): Estimated<number>;
  /** The diagonal: of all products, or estimated, element by element. */
  diagonal(options?: DiagonalEstimateOptions): Estimated<Mirror<X>>;
  /**
   * The logarithm of the determinant, by stochastic Lanczos quadrature (Ubaru, Chen, Saad 2017). Beside the standard
   * error there is one of too few steps, which falls as exp(-4·steps/√condition).
   * @throws HvpError if an eigenvalue is not positive
   */
  logdet(options?: LogdetOptions): Estimated<number>;
  /**
   * k eigenvalues with eigenvectors, by Lanczos' method with full reorthogonalization and thick restarts (Wu and Simon
   * 2000), which holds 4·k vectors, or 72 where that is more.
   * @throws HvpError if k is not from 1 to n, or `which` is unknown
   */
  eigsh(k: number, options?: EigshOptions): Eigenpairs<X>;
  /** How many eigenvalues there are where, as a curve, by stochastic Lanczos quadrature (Lin, Saad, Yang 2016). */
  spectralDensity(options?: DensityOptions): SpectralDensity;
  /**
   * The condition number in the 2-norm: both ends of the spectrum; where these have different signs the smallest
   * magnitude is that of A², which takes many products.
   */
  condition(options?: ConditionOptions): Condition;
  /**
   * The x with A·x = b, whether A is definite or not, by MINRES (Paige and Saunders 1975).
   * @throws HvpError if `method` is "exact", or n ≤ 64, and the matrix is singular
   */
  solve(b: Like<X>, options?: SolveOptions): Solved<X>;
  /** Frees the programs that were compiled for it alone; without it they go when it is garbage. */
  dispose(): void;
  [Symbol.dispose](): void;
}
