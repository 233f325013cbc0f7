// Gradients of scalar functions, by reverse mode.

import { requireFloats } from "../ad/jvp.ts";
import { cotangents } from "../ad/linearize.ts";
import { fail } from "../errors.ts";
import { full } from "../primitives/leaf.ts";
import { callTraced, requireFunction, resultOf, type Traced } from "../trace/trace.ts";
import { leafCount, unflatten } from "../trace/tree.ts";
import type { Fn, Input, Mirror, Result, ScalarOf, TensorLike, Tensors } from "../trace/types.ts";
import { type AnyFn, argumentAt, argumentsOf, checkSettings, dense, looseLeaves, parametersOf, requireScalar, run } from "./common.ts";

/** Settings of {@link grad} and {@link valueAndGrad}. */
export interface GradOptions<Argnums extends number | readonly number[] = number> {
  /** Which argument to differentiate with respect to, or a list of them: then the gradient is a list too. 0 unless given. */
  readonly argnums?: Argnums;
  /** Set if the function returns `[value, aux]`: `aux`, a tree of arrays, is returned beside the derivative. */
  readonly hasAux?: boolean;
}

/** The gradient of a call with arguments `A`. */
export type Gradient<A extends readonly unknown[], N> = N extends readonly number[]
  ? { -readonly [K in keyof N]: Mirror<A[N[K] & keyof A]> }
  : Mirror<A[N & keyof A]>;

export type Aux<R> = R extends readonly [unknown, infer X] ? X : never;

/** A function that computes the gradient of the scalar function `f` at its arguments, in the shape, type and tree of the
 * differentiated argument. In a trace, or called with traced values, it gives traced values.
 * @shape f [n] → [], x [n] → [n]
 * @throws HvpError if `f` does not return a scalar, or if an argument is not of floating point */
export function grad<P extends readonly unknown[] = Tensors, const N extends number | readonly number[] = 0>(
  f: Fn<P, TensorLike>,
  options?: GradOptions<N> & { readonly hasAux?: false },
): <const A extends Input<P>>(...args: A & readonly unknown[]) => Gradient<A & readonly unknown[], N>;
export function grad<
  P extends readonly unknown[] = Tensors,
  R extends readonly [TensorLike, unknown] = readonly [TensorLike, unknown],
  const N extends number | readonly number[] = 0,
>(
  f: Fn<P, R>,
  options: GradOptions<N> & { readonly hasAux: true },
): <const A extends Input<P>>(...args: A & readonly unknown[]) => [Gradient<A & readonly unknown[], N>, Result<Aux<R>, A>];
export function grad(f: AnyFn, options: GradOptions<number | readonly number[]> = {}): unknown {
  return differentiate("grad", f, options, (_value, gradient, aux) => (options.hasAux ? [gradient, aux] : gradient));
}

/** A function that computes `[f(x), gradient]` together; with `hasAux`, `[[f(x), aux], gradient]`.
 * @shape f [n] → [], x [n] → [[], [n]]
 * @throws HvpError as {@link grad} */
export function valueAndGrad<P extends readonly unknown[] = Tensors, const N extends number | readonly number[] = 0>(
  f: Fn<P, TensorLike>,
  options?: GradOptions<N> & { readonly hasAux?: false },
): <const A extends Input<P>>(...args: A & readonly unknown[]) => [ScalarOf<A>, Gradient<A & readonly unknown[], N>];
export function valueAndGrad<
  P extends readonly unknown[] = Tensors,
  R extends readonly [TensorLike, unknown] = readonly [TensorLike, unknown],
  const N extends number | readonly number[] = 0,
>(
  f: Fn<P, R>,
  options: GradOptions<N> & { readonly hasAux: true },
): <const A extends Input<P>>(...args: A & readonly unknown[]) => [[ScalarOf<A>, Result<Aux<R>, A>], Gradient<A & readonly unknown[], N>];
export function valueAndGrad(f: AnyFn, options: GradOptions<number | readonly number[]> = {}): unknown {
  return differentiate("valueAndGrad", f, options, (value, gradient, aux) => [options.hasAux ? [value, aux] : value, gradient]);
}

/** The gradient function of `f`, for the transform `name`. */
export const gradientOf = (name: string, f: AnyFn, options: GradOptions): AnyFn =>
  differentiate(name, f, options, (_value, gradient) => gradient) as AnyFn;

function differentiate(
  name: string,
  f: AnyFn,
  options: GradOptions<number | readonly number[]>,
  assemble: (value: unknown, gradient: unknown, aux: unknown) => unknown,
): (...values: unknown[]) => unknown {
  requireFunction(name, f);
  checkSettings(name, options, ["argnums", "hasAux"]);
  const { argnums = 0, hasAux = false } = options;
  const list = Array.isArray(argnums) ? argnums : [argnums];
  return (...values) =>
    run((args) => {
      args.push(...argumentsOf(name, values));
      const chosen = list.map((k) => argumentAt(name, args, k));
      if (new Set(chosen).size < chosen.length) fail("value", `${name}: argnums [${list.join(", ")}] names an argument twice`);
      const inputs = parametersOf(chosen);
      requireFloats(name, inputs);
      const { value, aux } = split(
        name,
        hasAux,
        callTraced(
          name,
          f,
          args.map((a) => a.traced),
        ),
      );
      const y = requireScalar(name, value.nodes, value.structure);
      const gradients = cotangents([y], inputs, [full([], 1, y.dtype)]);
      return {
        nodes: [y, ...inputs.map((x, i) => dense(gradients[i], x)), ...(aux?.nodes ?? [])],
        weak: [...value.weak, ...chosen.flatMap(looseLeaves), ...(aux?.weak ?? [])],
        assemble(leaves) {
          let next = 1;
          const trees = chosen.map(({ structure }) => {
            const tree = unflatten(structure, leaves, next);
            next += leafCount(structure);
            return tree;
          });
          return assemble(leaves[0], Array.isArray(argnums) ? trees : trees[0], aux && unflatten(aux.structure, leaves, next));
        },
      };
    });
}

/** The value and the auxiliary result of a function. */
function split(name: string, hasAux: boolean, result: unknown): { value: Traced; aux?: Traced } {
  if (!hasAux) return { value: resultOf(name, result) };
  if (!Array.isArray(result) || result.length !== 2) return fail("value", `${name}: with hasAux the function must return [value, aux]`);
  return { value: resultOf(name, result[0]), aux: resultOf(`${name}: aux`, result[1]) };
}
