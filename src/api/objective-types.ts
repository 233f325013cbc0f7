// What an objective and its linearizations can do: the methods that a user finds.
import type { Batch, Like, Mirror, MirrorBatch, Out, OutBatch, TensorLike, Traced, Value } from "../trace/types.ts";
import type { DirectionOptions } from "./directions.ts";
import type { Hessian, Jacobian } from "./jacobian.ts";

/** The Hessian by an argument of type `X`: a tree of rows where that is a tree. */
export type Curvature<X> = X extends TensorLike ? Hessian<X> : Jacobian<Traced<X>, Traced<X>, Value>;

/**
 * An array like x (for a tree, all its arrays) whose elements stay in the library's memory, made by
 * {@link Objective.vector}. It is no typed array: memory that grows would detach it. Methods that change it return it.
 * They take vectors of the same objective, which may be the vector itself. After `dispose`, of it or of its objective,
 * every use is an HvpError.
 */
export interface Vector<X> {
  /** Copies `values` in. @throws HvpError if they are not like x */
  set(values: Like<X>): this;
  /** Its elements as new arrays, or in `out`, which is returned. */
  read(out?: undefined): Mirror<X>;
  read<O extends Out<X>>(out: O): O;
  /** Adds `a · y`. */
  axpy(a: number, y: Vector<X>): this;
  /** Multiplies by `a`. */
  scale(a: number): this;
  /** Takes over the elements of `from`. */
  copy(from: Vector<X>): this;
  /** Sum of products of all elements, in the order in which `sum(mul(x, y))` adds. */
  dot(y: Vector<X>): number;
  /** Euclidean norm of all elements, without overflow on the way. */
  norm(): number;
  /** Frees its memory now; without it, it goes when the vector is garbage or its objective is disposed of. */
  dispose(): void;
  [Symbol.dispose](): void;
}
/** What calls take for x and directions: arrays, or a vector. */
export type Argument<X> = Like<X> | Vector<X>;
/** What results are written to. */
export type Target<X> = Out<X> | Vector<X>;

/** Settings of {@link Linearization.cg}. */
export interface CgAtOptions<X = unknown> {
  /** The residual relative to b that ends the iteration: 1e-5 unless given. */
  readonly tol?: number;
  /** How many products at most: twice the unknowns and 20 unless given. */
  readonly maxIterations?: number;
  /** Solves (H + shift)·x = b: 0 unless given. */
  readonly shift?: number;
  /** How long x may be, a trust region: none unless given. With a preconditioner M, in the norm √(xᵀM·x). */
  readonly radius?: number;
  /**
   * Something near H: a tree like x, its diagonal, by which residuals are divided; or a function that applies the
   * inverse to a residual, a symmetric positive definite linear map, traced once. None unless given.
   */
  readonly preconditioner?: Like<X> | ((r: Traced<X>) => Like<Traced<X>>);
}
export interface CgAtResult<X> {
  readonly x: Mirror<X>;
  /** ‖b - (H + shift)·x‖, as the iteration has it. */
  readonly residual: number;
  /** Products with the Hessian. */
  readonly iterations: number;
  /**
   * Whether a direction of negative or no curvature was met. With a radius `x` then goes along it to the boundary;
   * without one `x` is what was reached before.
   */
  readonly negativeCurvature: boolean;
  readonly onBoundary: boolean;
}

/** An objective linearized at a point: what depends on the point is computed once, products are cheap. */
export interface Linearization<X> {
  readonly value: number;
  /** Gradient at the point. */
  readonly grad: Mirror<X>;
  /** `H(x)·v`; written to `out` if given, and that returned. @shape v as x → as x */
  hvp(v: Argument<X>, out?: undefined): Mirror<X>;
  hvp<O extends Target<X>>(v: Argument<X>, out: O): O;
  hvp(v: Argument<X>, out: Out<X> | undefined): Mirror<X> | Out<X>;
  /**
   * `H(x)·v` for several directions: a list of trees like x, or one tree with an axis more in front of every array.
   * Results are like that, written to `outs` if given, once all of `vs` have been read. A program takes several at once
   * where that is faster; a single one has the bits of {@link hvp}. @shape vs [k, ...x] → [k, ...x]
   * @throws HvpError if two of `outs` share memory */
  hvps(vs: readonly Argument<X>[], outs?: undefined, options?: DirectionOptions): Mirror<X>[];
  hvps<O extends Target<X>>(vs: readonly Argument<X>[], outs: readonly O[], options?: DirectionOptions): O[];
  hvps(
    vs: readonly Argument<X>[],
    outs: readonly Out<X>[] | undefined,
    options?: DirectionOptions,
  ): (Mirror<X> | Out<X>)[];
  hvps(vs: Batch<X>, outs?: undefined, options?: DirectionOptions): MirrorBatch<X>;
  hvps<O extends OutBatch<X>>(vs: Batch<X>, outs: O, options?: DirectionOptions): O;
  /**
   * The `x` with `(H + shift)·x = b` by conjugate gradients, all products in one WebAssembly call: for
   * `b = -grad` a Newton step, truncated at `radius`. Needs `import "hvp/optimize"`. Steihaug 1983; Conn, Gould and
   * Toint, Trust-Region Methods (2000), algorithm 7.5.1. @shape b as x → as x
   * @throws HvpError if `b` is not like x, or without that import
   */
  cg(b: Argument<X>, options?: CgAtOptions<X>): CgAtResult<X>;
}

/**
 * A compiled scalar function. Calls are synchronous; there is nothing to free. An `out` may be an argument or overlap
 * one: results are written once all arguments have been read. Arrays of one `out` that overlap each other are an
 * HvpError. An `out` has a typed array, an NdArray or `{ data, shape }` of one for every array of x, and is returned.
 */
export interface Objective<X, D extends readonly unknown[] = readonly unknown[]> {
  /** `f(x)` */
  value(x: Argument<X>): number;
  /** `∇f(x)`; written to `out` if given. */
  grad(x: Argument<X>, out?: undefined): Mirror<X>;
  grad<O extends Target<X>>(x: Argument<X>, out: O): O;
  grad(x: Argument<X>, out: Out<X> | undefined): Mirror<X> | Out<X>;
  /** `[f(x), ∇f(x)]` in one evaluation; the gradient is written to `out` if given. */
  valueAndGrad(x: Argument<X>, out?: undefined): [number, Mirror<X>];
  valueAndGrad<O extends Target<X>>(x: Argument<X>, out: O): [number, O];
  valueAndGrad(x: Argument<X>, out: Out<X> | undefined): [number, Mirror<X> | Out<X>];
  /** `∇²f(x)·v`, exact, without forming the Hessian; written to `out` if given. */
  hvp(x: Argument<X>, v: Argument<X>, out?: undefined): Mirror<X>;
  hvp<O extends Target<X>>(x: Argument<X>, v: Argument<X>, out: O): O;
  hvp(x: Argument<X>, v: Argument<X>, out: Out<X> | undefined): Mirror<X> | Out<X>;
  /**
   * `[f(x), ∇f(x), ∇²f(x)·v]` in one evaluation that shares all work; gradient and product are written to `outs` if
   * given. @throws HvpError if `outs` is not a list of two, or if these share memory
   */
  valueGradAndHvp(x: Argument<X>, v: Argument<X>, outs?: undefined): [number, Mirror<X>, Mirror<X>];
  valueGradAndHvp<G extends Target<X>, H extends Target<X>>(
    x: Argument<X>,
    v: Argument<X>,
    outs: readonly [G, H],
  ): [number, G, H];
  valueGradAndHvp(
    x: Argument<X>,
    v: Argument<X>,
    outs: readonly [Out<X>, Out<X>] | undefined,
  ): [number, Mirror<X> | Out<X>, Mirror<X> | Out<X>];
  /** `∇²f(x)·v` for several directions: `at(x).hvps(vs, outs, options)`. @shape vs [k, ...x] → [k, ...x] */
  hvps(x: Argument<X>, vs: readonly Argument<X>[], outs?: undefined, options?: DirectionOptions): Mirror<X>[];
  hvps<O extends Target<X>>(
    x: Argument<X>,
    vs: readonly Argument<X>[],
    outs: readonly O[],
    options?: DirectionOptions,
  ): O[];
  hvps(x: Argument<X>, vs: Batch<X>, outs?: undefined, options?: DirectionOptions): MirrorBatch<X>;
  hvps<O extends OutBatch<X>>(x: Argument<X>, vs: Batch<X>, outs: O, options?: DirectionOptions): O;
  /**
   * The dense Hessian, symmetric: an `NdArray` of shape x.shape + x.shape (for a tree: a tree of such rows); written
   * to `out` if given, arrays or `{ data, shape }` of this form. Entries that only structural zeros meet are zero,
   * whatever stands beside them.
   */
  hessian(x: Argument<X>, out?: undefined, options?: DirectionOptions): Curvature<X>;
  hessian<O>(x: Argument<X>, out: O, options?: DirectionOptions): O;
  /**
   * Linearizes at `x` with the present data, for many products at one point. After {@link bind} it is of no use any
   * more.
   */
  at(x: Argument<X>): Linearization<X>;
  /**
   * An array like x that stays in the library's memory, of zeros or of `values`. Calls take it in place of arrays, as
   * argument and as `out`, without a copy; `at(x)`, `hessian` and several directions at once copy it.
   */
  vector(values?: Like<X>): Vector<X>;
  /** Replaces the data arguments (same shapes and types) without tracing or compiling again. */
  bind(...data: { readonly [K in keyof D]: Like<D[K]> }): void;
  /** Frees the memory of the compiled programs now; without it they go when the objective is garbage. */
  dispose(): void;
  [Symbol.dispose](): void;
}
