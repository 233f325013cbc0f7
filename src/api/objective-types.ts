// What an objective and its linearizations can do: the methods that a user finds.
import type { Batch, Like, Mirror, MirrorBatch, Out, OutBatch, TensorLike, Traced, Value } from "../trace/types.ts";
import type { DirectionOptions } from "./directions.ts";
import type { Hessian, Jacobian } from "./jacobian.ts";

/** The Hessian by an argument of type `X`: a tree of rows where that is a tree. */
export type Curvature<X> = X extends TensorLike ? Hessian<X> : Jacobian<Traced<X>, Traced<X>, Value>;

/** An objective linearized at a point: what depends on the point is computed once, products are cheap. */
export interface Linearization<X> {
  readonly value: number;
  /** Gradient at the point. */
  readonly grad: Mirror<X>;
  /** `H(x)·v`; written to `out` if given, and that returned. @shape v as x → as x */
  hvp(v: Like<X>, out?: undefined): Mirror<X>;
  hvp<O extends Out<X>>(v: Like<X>, out: O): O;
  hvp(v: Like<X>, out: Out<X> | undefined): Mirror<X> | Out<X>;
  /**
   * `H(x)·v` for several directions: a list of trees like x, or one tree with an axis more in front of every array.
   * Results are like that, written to `outs` if given, once all of `vs` have been read. A program takes several at once
   * where that is faster; a single one has the bits of {@link hvp}. @shape vs [k, ...x] → [k, ...x]
   * @throws HvpError if two of `outs` share memory */
  hvps(vs: readonly Like<X>[], outs?: undefined, options?: DirectionOptions): Mirror<X>[];
  hvps<O extends Out<X>>(vs: readonly Like<X>[], outs: readonly O[], options?: DirectionOptions): O[];
  hvps(vs: readonly Like<X>[], outs: readonly Out<X>[] | undefined, options?: DirectionOptions): (Mirror<X> | Out<X>)[];
  hvps(vs: Batch<X>, outs?: undefined, options?: DirectionOptions): MirrorBatch<X>;
  hvps<O extends OutBatch<X>>(vs: Batch<X>, outs: O, options?: DirectionOptions): O;
}

/**
 * A compiled scalar function. Calls are synchronous; there is nothing to free. An `out` may be an argument or overlap
 * one: results are written once all arguments have been read. Arrays of one `out` that overlap each other are an
 * HvpError. An `out` has a typed array, an NdArray or `{ data, shape }` of one for every array of x, and is returned.
 */
export interface Objective<X, D extends readonly unknown[] = readonly unknown[]> {
  /** `f(x)` */
  value(x: Like<X>): number;
  /** `∇f(x)`; written to `out` if given. */
  grad(x: Like<X>, out?: undefined): Mirror<X>;
  grad<O extends Out<X>>(x: Like<X>, out: O): O;
  grad(x: Like<X>, out: Out<X> | undefined): Mirror<X> | Out<X>;
  /** `[f(x), ∇f(x)]` in one evaluation; the gradient is written to `out` if given. */
  valueAndGrad(x: Like<X>, out?: undefined): [number, Mirror<X>];
  valueAndGrad<O extends Out<X>>(x: Like<X>, out: O): [number, O];
  valueAndGrad(x: Like<X>, out: Out<X> | undefined): [number, Mirror<X> | Out<X>];
  /** `∇²f(x)·v`, exact, without forming the Hessian; written to `out` if given. */
  hvp(x: Like<X>, v: Like<X>, out?: undefined): Mirror<X>;
  hvp<O extends Out<X>>(x: Like<X>, v: Like<X>, out: O): O;
  hvp(x: Like<X>, v: Like<X>, out: Out<X> | undefined): Mirror<X> | Out<X>;
  /**
   * `[f(x), ∇f(x), ∇²f(x)·v]` in one evaluation that shares all work; gradient and product are written to `outs` if
   * given. @throws HvpError if `outs` is not a list of two, or if these share memory
   */
  valueGradAndHvp(x: Like<X>, v: Like<X>, outs?: undefined): [number, Mirror<X>, Mirror<X>];
  valueGradAndHvp<G extends Out<X>, H extends Out<X>>(x: Like<X>, v: Like<X>, outs: readonly [G, H]): [number, G, H];
  valueGradAndHvp(
    x: Like<X>,
    v: Like<X>,
    outs: readonly [Out<X>, Out<X>] | undefined,
  ): [number, Mirror<X> | Out<X>, Mirror<X> | Out<X>];
  /** `∇²f(x)·v` for several directions: `at(x).hvps(vs, outs, options)`. @shape vs [k, ...x] → [k, ...x] */
  hvps(x: Like<X>, vs: readonly Like<X>[], outs?: undefined, options?: DirectionOptions): Mirror<X>[];
  hvps<O extends Out<X>>(x: Like<X>, vs: readonly Like<X>[], outs: readonly O[], options?: DirectionOptions): O[];
  hvps(x: Like<X>, vs: Batch<X>, outs?: undefined, options?: DirectionOptions): MirrorBatch<X>;
  hvps<O extends OutBatch<X>>(x: Like<X>, vs: Batch<X>, outs: O, options?: DirectionOptions): O;
  /**
   * The dense Hessian, symmetric: an `NdArray` of shape x.shape + x.shape (for a tree: a tree of such rows); written
   * to `out` if given, arrays or `{ data, shape }` of this form. Entries that only structural zeros meet are zero,
   * whatever stands beside them.
   */
  hessian(x: Like<X>, out?: undefined, options?: DirectionOptions): Curvature<X>;
  hessian<O>(x: Like<X>, out: O, options?: DirectionOptions): O;
  /**
   * Linearizes at `x` with the present data, for many products at one point. After {@link bind} it is of no use any
   * more.
   */
  at(x: Like<X>): Linearization<X>;
  /** Replaces the data arguments (same shapes and types) without tracing or compiling again. */
  bind(...data: { readonly [K in keyof D]: Like<D[K]> }): void;
  /** Frees the memory of the compiled programs now; without it they go when the objective is garbage. */
  dispose(): void;
  [Symbol.dispose](): void;
}
