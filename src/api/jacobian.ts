// Whole Jacobians and Hessians: a derivative along every basis vector at once, by batching.

import { pushforward } from "../ad/jvp.ts";
import { linearMap } from "../ad/linearize.ts";
import { pullback } from "../ad/transpose.ts";
import { checkCount, fail } from "../errors.ts";
import { type DType, isFloat, type Shape, showAval } from "../ir/aval.ts";
import type { MaybeNode, Node } from "../ir/graph.ts";
import { parameter } from "../primitives/leaf.ts";
import { reshape, transpose } from "../primitives/shape.ts";
import { full } from "../primitives/spread.ts";
import type { NdArray } from "../trace/ndarray.ts";
import { requireFunction, type Traced } from "../trace/trace.ts";
import { leafCount, type Structure, unflatten } from "../trace/tree.ts";
import type { ArgumentAt, Fn, HasTensor, Input, Result, Tensor, TensorLike, Tensors, Value } from "../trace/types.ts";
import { type AuxOptions, chosen, tracedWithAux } from "./aux.ts";
import { type AnyFn, type Argument, argumentsOf, checkSettings, named, requireScalar, run } from "./common.ts";
import type { Aux } from "./grad.ts";
import { alongUnits, hessianMatrix } from "./hessian-blocks.ts";

/** Settings of {@link jacfwd}, {@link jacrev} and {@link hessian}. */
export interface JacobianOptions<Argnums extends number | readonly number[] = number | readonly number[]> {
  /**
   * Which argument to differentiate with respect to, or a list of them: then there is a list of blocks. 0 unless
   * given.
   */
  readonly argnums?: Argnums;
  /** Set if the function returns `[value, aux]`: the result is `[derivative, aux]`. */
  readonly hasAux?: boolean;
}

/** Derivatives of one result by one argument: an array where both are arrays, else trees of them. */
export type Jacobian<R, X, T> = R extends TensorLike ? Block<X, T> : { -readonly [K in keyof R]: Jacobian<R[K], X, T> };
/** The block of one result: an array, or a tree of them. */
export type Block<X, T> = X extends TensorLike ? T : { -readonly [K in keyof X]: Block<X[K], T> };
/** What {@link jacfwd}, {@link jacrev} and {@link hessian} return. */
export type JacobianFn<P extends readonly unknown[], R, N = 0> = <
  const A extends Input<P>,
  O extends JacobianOf<P, R, N, A> = JacobianOf<P, R, N, A>,
>(
  ...args: A & readonly unknown[]
) => O;
type JacobianOf<P, R, N, A> = Jacobian<R, ArgumentAt<P, N>, A extends readonly [Tensor, ...unknown[]] ? Tensor : Value>;

/** The Hessian by an argument of type `A`. */
export type Hessian<A> = A extends Tensor ? Tensor : A extends number | boolean ? number : NdArray;
/** The same with `hasAux`: `[derivative, aux]`. */
export type JacobianAuxFn<P extends readonly unknown[], R, N = 0> = <const A extends Input<P>>(
  ...args: A & readonly unknown[]
) => [
  Jacobian<
    R extends readonly [infer Y, unknown] ? Y : R,
    ArgumentAt<P, N>,
    A extends readonly [Tensor, ...unknown[]] ? Tensor : Value
  >,
  Result<Aux<R>, A>,
];

/** What {@link jacfwd} and {@link jacrev} are. */
export interface JacobianTransform {
  <
    P extends readonly unknown[] = Tensors,
    R extends readonly [unknown, unknown] = readonly [unknown, unknown],
    const N extends number | readonly number[] = 0,
  >(
    f: Fn<P, R>,
    options: JacobianOptions<N> & AuxOptions,
  ): JacobianAuxFn<P, R, N>;
  <P extends readonly unknown[] = Tensors, R = TensorLike, const N extends number | readonly number[] = 0>(
    f: Fn<P, R>,
    options?: JacobianOptions<N> & { readonly hasAux?: false },
  ): JacobianFn<P, R, N>;
}

/**
 * A function that computes the Jacobian of `f`, one column per pass: fastest where the argument is smaller than the
 * result. For trees, the tree of the result with the tree of the argument at each leaf.
 * @shape f [...n] → [...m], x [...n] → [...m, ...n]
 * @throws HvpError if the argument or the result is not of floating point */
export const jacfwd: JacobianTransform = ((f: AnyFn, options: JacobianOptions = {}, ...extra: unknown[]) =>
  forward("jacfwd", f, options, extra)) as JacobianTransform;

function forward(name: string, f: AnyFn, options: JacobianOptions, extra: readonly unknown[]): unknown {
  return jacobian(name, f, options, extra, (y, x) => {
    requireFloatResults(name, y.nodes);
    const blocks = x.parameters.map((p) => {
      const direction = parameter(p.shape, p.dtype);
      const tangents = pushforward(
        y.nodes,
        x.parameters,
        x.parameters.map((q) => (q === p ? direction : undefined)),
      );
      return alongUnits(tangents, direction).map((block, i) =>
        arrange(block, (y.nodes[i] as Node).shape, p.shape, "last", (y.nodes[i] as Node).dtype),
      );
    });
    return { structure: y.structure, blocks: y.nodes.map((_, i) => blocks.map((column) => column[i] as Node)) };
  });
}

/**
 * A function that computes the Jacobian of `f`, one row per pass: fastest where the result is smaller than the
 * argument. For trees, the tree of the result with the tree of the argument at each leaf.
 * @shape f [...n] → [...m], x [...n] → [...m, ...n]
 * @throws HvpError if the argument or the result is not of floating point */
export const jacrev: JacobianTransform = ((f: AnyFn, options: JacobianOptions = {}, ...extra: unknown[]) =>
  jacobian("jacrev", f, options, extra, (y, x) => {
    requireFloatResults("jacrev", y.nodes);
    const { directions, tangents } = linearMap(y.nodes, x.parameters);
    const blocks = y.nodes.map((n, i) => {
      const ct = parameter(n.shape, n.dtype);
      const back = pullback([tangents[i]], directions, [ct]);
      return alongUnits(back, ct).map((block, k) =>
        arrange(block, n.shape, (x.parameters[k] as Node).shape, "first", (x.parameters[k] as Node).dtype),
      );
    });
    return { structure: y.structure, blocks };
  })) as JacobianTransform;

/**
 * A function that computes the Hessian of the scalar function `f`, forward mode over reverse mode. Where products
 * with it are enough, {@link hvp} is cheaper by a factor of the size.
 * @shape f [...n] → [], x [...n] → [...n, ...n]
 * @throws HvpError if `f` does not return a scalar, or if the argument is not of floating point */
export function hessian<
  P extends readonly unknown[] = Tensors,
  R extends readonly [TensorLike, unknown] = readonly [TensorLike, unknown],
  const N extends number | readonly number[] = 0,
>(f: Fn<P, R>, options: JacobianOptions<N> & AuxOptions): JacobianAuxFn<P, [ArgumentAt<P, N>, Aux<R>], N>;
export function hessian<P extends readonly Tensor[] = Tensors, const N extends number = 0>(
  f: Fn<P, TensorLike>,
  options?: JacobianOptions<N> & { readonly hasAux?: false },
): <const A extends Input<P>>(
  ...args: A & readonly unknown[]
) => true extends HasTensor<A> ? Tensor : Hessian<ArgumentAt<A, N>>;
export function hessian<P extends readonly unknown[] = Tensors, const N extends number | readonly number[] = 0>(
  f: Fn<P, TensorLike>,
  options?: JacobianOptions<N> & { readonly hasAux?: false },
): JacobianFn<P, ArgumentAt<P, N>, N>;
export function hessian(f: AnyFn, options: JacobianOptions = {}, ...extra: unknown[]): unknown {
  requireFunction("hessian", f);
  checkSettings("hessian", options, ["argnums", "hasAux"]);
  return jacobian("hessian", f, options, extra, (y, x) => {
    const value = requireScalar("hessian", y.nodes, y.structure);
    const xs = x.parameters;
    const blocks = hessianMatrix(value, xs).map((row, i) =>
      row.map((block, k) => reshape(block, [...(xs[i] as Node).shape, ...(xs[k] as Node).shape])),
    );
    return { structure: x.structure, blocks };
  });
}

function requireFloatResults(name: string, results: readonly Node[]): void {
  for (const n of results)
    if (!isFloat(n.dtype)) fail("dtype", `${name}: the function must return floating-point arrays, got ${showAval(n)}`);
}

/** What is differentiated, a tree of arrays, and the derivatives of array `i` by leaf `k` of the argument. */
interface Blocks {
  readonly structure: Structure;
  readonly blocks: readonly (readonly Node[])[];
}

/** The common part: trace, check, and build the tree of blocks. */
function jacobian(
  name: string,
  f: AnyFn,
  options: JacobianOptions,
  extra: readonly unknown[],
  derivative: (y: Traced, x: Pick<Argument, "parameters" | "structure">) => Blocks,
): (...values: unknown[]) => unknown {
  requireFunction(name, f);
  checkSettings(name, options, ["argnums", "hasAux"]);
  checkCount(name, extra, `write ${name}(f, options)(x)`);
  const { argnums = 0, hasAux } = options;
  return named(name, f, (...values: unknown[]) =>
    run(() => {
      const args = argumentsOf(name, values, true);
      const x = chosen(name, args, argnums);
      const { value: y, aux } = tracedWithAux(name, hasAux, f, args);
      const width = leafCount(x.structure);
      const { structure, blocks } = derivative(y, x);
      return {
        args,
        nodes: [...blocks.flat(), ...(aux?.nodes ?? [])],
        assemble(leaves) {
          const rows = blocks.map((_, i) => unflatten(x.structure, leaves, i * width));
          const whole = unflatten(structure, rows);
          return aux ? [whole, unflatten(aux.structure, leaves, rows.length * width)] : whole;
        },
      };
    }),
  );
}

/**
 * A batch of columns (basis of the argument: batch last) or of rows (basis of the result: batch first) as `[...m,
 * ...n]`.
 */
function arrange(batch: MaybeNode, m: Shape, n: Shape, place: "first" | "last", dtype: DType): Node {
  if (!batch) return full([...m, ...n], 0, dtype);
  const rank = batch.shape.length;
  const moved = place === "last" ? transpose(batch, [...Array.from({ length: rank - 1 }, (_, i) => i + 1), 0]) : batch;
  return reshape(moved, [...m, ...n]);
}
