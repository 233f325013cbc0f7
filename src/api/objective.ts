// `objective`: the hot path. The function is traced once; value, gradient and Hessian-vector product are compiled on
// first use, and every call is one copy in, one WebAssembly call, one copy out.
import type { TensorLike, Traced } from "../trace/types.ts";
import type { AnyFn } from "./common.ts";
import { CompiledObjective } from "./compiled-objective.ts";
import { ObjectiveFace } from "./objective-face.ts";
import type { Objective } from "./objective-types.ts";
import { type CompileSettings, isSettings } from "./settings.ts";

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
  return new ObjectiveFace<X>(new CompiledObjective(f as AnyFn, x0, bound, relaxed));
}
