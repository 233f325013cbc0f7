// `objective`: the hot path. The function is traced once; value, gradient and Hessian-vector product are compiled on
// first use, and every call is one copy in, one WebAssembly call, one copy out.
import { checkCount, fail } from "../errors.ts";
import type { Data } from "../ir/aval.ts";
import type { Program } from "../run/program.ts";
import { printAs } from "../trace/print.ts";
import type { Like, Mirror, Out, TensorLike, Traced, Value } from "../trace/types.ts";
import { CompiledObjective } from "./compiled-objective.ts";
import { disposeKey } from "./dispose.ts";
import type { Hessian, Jacobian } from "./jacobian.ts";
import { type CompileSettings, isSettings } from "./settings.ts";

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
  /** `H(x)·v` for each of `vs`; written to `outs` if given, once all of `vs` have been read.
   * @throws HvpError if two of `outs` share memory */
  hvps(vs: readonly Like<X>[], outs?: undefined): Mirror<X>[];
  hvps<O extends Out<X>>(vs: readonly Like<X>[], outs: readonly O[]): O[];
  hvps(vs: readonly Like<X>[], outs: readonly Out<X>[] | undefined): (Mirror<X> | Out<X>)[];
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
  /** The dense Hessian, symmetric: an `NdArray` of shape x.shape + x.shape (for a tree: a tree of such rows). */
  hessian(x: Like<X>): Curvature<X>;
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

/**
 * Compiles `f(x, ...data)` for arguments of the shapes and types of `x0` and `data`.
 *
 * Arrays that `f` captures are copied when it is compiled here: later changes to them are not seen. Pass what changes
 * as
 * `data` and replace it with {@link Objective.bind}.
 *
 * The last argument may be settings instead of data: `objective(f, x0, { relaxed: true })`, see {@link
 * CompileSettings}.
 *
 * @throws HvpError if `f` does not return a scalar, or `x0` is not made of floating-point arrays
 */
export function objective<const X, const D extends readonly unknown[]>(
  f: (x: Traced<X>, ...data: { -readonly [K in keyof D]: Traced<D[K]> }) => TensorLike,
  x0: X,
  ...dataAndSettings: readonly [...data: D, settings: Required<CompileSettings>]
): Objective<X, D>;
export function objective<const X>(f: (x: Traced<X>) => TensorLike, x0: X): Objective<X, []>;
export function objective<
  const X,
  const D extends readonly [unknown, ...unknown[]],
  F extends (x: Traced<X>, ...data: { -readonly [K in keyof D]: Traced<D[K]> }) => TensorLike,
>(f: F, x0: X, ...data: Parameters<F>["length"] extends 1 ? readonly never[] : D): Objective<X, D>;
export function objective<X>(f: unknown, x0: X, ...data: unknown[]): Objective<X> {
  const last = data.at(-1);
  const relaxed = isSettings(last) && last.relaxed === true;
  const bound = isSettings(last) ? data.slice(0, -1) : data;
  return new ObjectiveFace(new CompiledObjective<X>(f as (...args: never[]) => unknown, x0, bound, relaxed));
}

const BIND = "data is replaced with bind(data), not passed with x";

let faces = false;
/** What the user holds: the methods of {@link Objective} and nothing else. */
class ObjectiveFace<X> implements Objective<X> {
  readonly #of: CompiledObjective<X>;
  declare readonly [Symbol.dispose]: () => void;
  constructor(of: CompiledObjective<X>) {
    this.#of = of;
    Object.defineProperty(this, disposeKey(), { value: this.dispose });
    if (faces) return;
    faces = true;
    printAs(ObjectiveFace.prototype, (problem) => `Objective of ${problem.#of.describePoint()}`);
    printAs(PointLinearization.prototype, PointLinearization.describe);
  }
  // Functions of their own, not methods: `const { value, hvp } = objective(f, x0)` and `solve(problem.hvp)` work.
  readonly value = (x: Like<X>, ...extra: unknown[]): number => {
    checkCount("objective.value", extra, BIND);
    return this.#of.value(x);
  };
  readonly grad: Objective<X>["grad"] = (x: Like<X>, out?: unknown, more?: unknown) => {
    if (more !== undefined) checkCount("objective.grad", [more], BIND);
    return this.#of.grad(x, out as Mirror<X>) as never;
  };
  readonly valueAndGrad: Objective<X>["valueAndGrad"] = (x: Like<X>, out?: unknown, more?: unknown) => {
    if (more !== undefined) checkCount("objective.valueAndGrad", [more], BIND);
    return this.#of.valueAndGrad(x, out as Mirror<X>) as never;
  };
  readonly hvp: Objective<X>["hvp"] = (x: Like<X>, v: Like<X>, out?: unknown, more?: unknown) => {
    if (more !== undefined) checkCount("objective.hvp", [more], BIND);
    return this.#of.hvp(x, v, out as Mirror<X>) as never;
  };
  readonly hessian = (x: Like<X>, ...extra: unknown[]): Curvature<X> => {
    checkCount("objective.hessian", extra, BIND);
    return this.#of.hessian(x) as Curvature<X>;
  };
  readonly at = (x: Like<X>, ...extra: unknown[]): Linearization<X> => {
    checkCount("objective.at", extra, BIND);
    return new PointLinearization(this.#of, this.#of.copies(x, "objective.at: x"));
  };
  readonly bind = (...data: unknown[]): void => this.#of.bind(...data);
  readonly dispose = (): void => this.#of.dispose();
}

class PointLinearization<X> implements Linearization<X> {
  readonly #of: CompiledObjective<X>;
  readonly #x: readonly Data[];
  readonly #version: number;
  #value: number | undefined;
  constructor(of: CompiledObjective<X>, x: readonly Data[]) {
    this.#of = of;
    this.#x = x;
    this.#version = of.version;
    of.enter(this, x, of.version);
  }
  get value(): number {
    const { prepare } = this.#of.enter(this, this.#x, this.#version);
    this.#value ??= prepare.readScalar(this.#x.length);
    return this.#of.checkedValue(this.#value, this.#x);
  }
  get grad(): Mirror<X> {
    const { prepare } = this.#of.enter(this, this.#x, this.#version);
    return this.#of.read(prepare, () => this.#of.slope(this.#x));
  }
  readonly hvp: Linearization<X>["hvp"] = (v: Like<X>, out?: unknown, more?: unknown) => {
    if (more !== undefined)
      checkCount("at.hvp", [more], "write at.hvp(v, out), or at.hvps([v, w]) for several directions");
    const of = this.#of;
    const { apply } = of.enter(this, this.#x, this.#version);
    return (of.quick(apply, v, false, v, out) ?? this.#call(apply, v, out as Mirror<X>)) as never;
  };
  #call(apply: Program, v: Like<X>, out?: Mirror<X>): Mirror<X> {
    const enter = (): void => void this.#of.enter(this, this.#x, this.#version);
    return this.#of.call(apply, enter, "at.hvp", this.#x, v, false, v, out);
  }
  readonly hvps: Linearization<X>["hvps"] = (
    vs: readonly Like<X>[],
    outs?: readonly unknown[],
    ...extra: unknown[]
  ) => {
    checkCount("at.hvps", extra, "write at.hvps([v, w], [out, out])");
    // A number where the point is none: the elements of one direction.
    const flat = Array.isArray(vs) && typeof vs[0] === "number" && this.#x[0]?.length !== 1;
    if (!Array.isArray(vs) || flat || (outs !== undefined && (!Array.isArray(outs) || outs.length !== vs.length)))
      fail(
        "value",
        "at.hvps: expected a list of directions, and as many outs if any; for one write at.hvp(v) or at.hvps([v])",
      );
    return this.#of.products(
      () => this.#of.enter(this, this.#x, this.#version),
      this.#x,
      vs,
      outs as readonly Mirror<X>[],
    ) as never;
  };
  static describe(at: PointLinearization<unknown>): string {
    return `Linearization at ${at.#of.describePoint()}`;
  }
}
