// Gradients of scalar functions, by reverse mode.

import { cotangents } from "../ad/linearize.ts";
import { checkCount } from "../errors.ts";
import { full } from "../primitives/spread.ts";
import { requireFunction } from "../trace/trace.ts";
import { unflatten } from "../trace/tree.ts";
import type { ArgumentAt, Fn, Input, Mirror, Mirrors, Result, ScalarOf, TensorLike, Tensors } from "../trace/types.ts";
import { chosen, tracedWithAux } from "./aux.ts";
import { type AnyFn, argumentsOf, checkSettings, dense, looseLeaves, named, requireScalar, run } from "./common.ts";

/** Settings of {@link grad} and {@link valueAndGrad}. */
export interface GradOptions<Argnums extends number | readonly number[] = number> {
  /**
   * Which argument to differentiate with respect to, or a list of them: then the gradient is a list too. 0 unless
   * given.
   */
  readonly argnums?: Argnums;
  /** Set if the function returns `[value, aux]`: `aux`, a tree of arrays, is returned beside the derivative. */
  readonly hasAux?: boolean;
}

/** The gradient of a call with arguments `A`. */
export type Gradient<A, N> = N extends readonly number[] ? Mirrors<ArgumentAt<A, N>> : Mirror<ArgumentAt<A, N>>;

export type Aux<R> = R extends readonly [unknown, infer X] ? X : never;

/**
 * A function that computes the gradient of the scalar function `f` at its arguments, in the shape, type and tree of
 * the differentiated argument. In a trace, or called with traced values, it gives traced values.
 * @shape f [n] → [], x [n] → [n]
 * @throws HvpError if `f` does not return a scalar, or if an argument is not of floating point */
export function grad<
  P extends readonly unknown[] = Tensors,
  R extends readonly [TensorLike, unknown] = readonly [TensorLike, unknown],
  const N extends number | readonly number[] = 0,
>(
  f: Fn<P, R>,
  options: GradOptions<N> & { readonly hasAux: true },
): <const A extends Input<P>>(...args: A & readonly unknown[]) => [Gradient<A, N>, Result<Aux<R>, A>];
export function grad<P extends readonly unknown[] = Tensors, const N extends number | readonly number[] = 0>(
  f: Fn<P, TensorLike>,
  options?: GradOptions<N> & { readonly hasAux?: false },
): <const A extends Input<P>>(...args: A & readonly unknown[]) => Gradient<A, N>;
export function grad(f: AnyFn, options: GradOptions<number | readonly number[]> = {}, ...extra: unknown[]): unknown {
  checkCount("grad", extra, "write grad(f, options)(x)");
  return differentiate("grad", f, options, (_value, gradient, aux) => (options.hasAux ? [gradient, aux] : gradient));
}

/** A function that computes `[f(x), gradient]` together; with `hasAux`, `[[f(x), aux], gradient]`.
 * @shape f [n] → [], x [n] → [[], [n]]
 * @throws HvpError as {@link grad} */
export function valueAndGrad<
  P extends readonly unknown[] = Tensors,
  R extends readonly [TensorLike, unknown] = readonly [TensorLike, unknown],
  const N extends number | readonly number[] = 0,
>(
  f: Fn<P, R>,
  options: GradOptions<N> & { readonly hasAux: true },
): <const A extends Input<P>>(...args: A & readonly unknown[]) => [[ScalarOf<A>, Result<Aux<R>, A>], Gradient<A, N>];
export function valueAndGrad<P extends readonly unknown[] = Tensors, const N extends number | readonly number[] = 0>(
  f: Fn<P, TensorLike>,
  options?: GradOptions<N> & { readonly hasAux?: false },
): <const A extends Input<P>>(...args: A & readonly unknown[]) => [ScalarOf<A>, Gradient<A, N>];
export function valueAndGrad(
  f: AnyFn,
  options: GradOptions<number | readonly number[]> = {},
  ...extra: unknown[]
): unknown {
  checkCount("valueAndGrad", extra, "write valueAndGrad(f, options)(x)");
  return differentiate("valueAndGrad", f, options, (value, gradient, aux) => [
    options.hasAux ? [value, aux] : value,
    gradient,
  ]);
}

/** The gradient function of `f`, for the transform `name`. */
export const gradientOf = (name: string, f: AnyFn, options: GradOptions<number | readonly number[]>): AnyFn =>
  differentiate(name, f, options, (_value, gradient, aux) => (options.hasAux ? [gradient, aux] : gradient)) as AnyFn;

function differentiate(
  name: string,
  f: AnyFn,
  options: GradOptions<number | readonly number[]>,
  assemble: (value: unknown, gradient: unknown, aux: unknown) => unknown,
): (...values: unknown[]) => unknown {
  requireFunction(name, f);
  checkSettings(name, options, ["argnums", "hasAux"]);
  const { argnums = 0, hasAux } = options;
  return named(name, f, (...values: unknown[]) =>
    run(() => {
      const args = argumentsOf(name, values, true);
      const x = chosen(name, args, argnums);
      const { value, aux } = tracedWithAux(name, hasAux, f, args);
      const y = requireScalar(name, value.nodes, value.structure);
      const gradients = cotangents([y], x.parameters, [full([], 1, y.dtype)]);
      return {
        args,
        nodes: [y, ...x.parameters.map((p, i) => dense(gradients[i], p)), ...(aux?.nodes ?? [])],
        weak: [...value.weak, ...looseLeaves(x), ...(aux?.weak ?? [])],
        assemble: (leaves) =>
          assemble(
            leaves[0],
            unflatten(x.structure, leaves, 1),
            aux && unflatten(aux.structure, leaves, 1 + x.parameters.length),
          ),
      };
    }),
  );
}
