// The diagonal of a Hessian and its sum, by second-order forward mode along unit vectors, or along sums of those that
// do not meet.
import { batchGraph } from "../ad/batch.ts";
import { pushforward } from "../ad/jvp.ts";
import { cotangents } from "../ad/linearize.ts";
import { isSeparable, secondOrder, summedOver } from "../ad/taylor.ts";
import { checkCount, fail } from "../errors.ts";
import { isFloat, showAval } from "../ir/aval.ts";
import type { MaybeNode, Node } from "../ir/graph.ts";
import { add, by } from "../primitives/arithmetic.ts";
import { convert } from "../primitives/cast.ts";
import { addMaybe } from "../primitives/define.ts";
import { parameter } from "../primitives/leaf.ts";
import { groupVectors, unitVectors } from "../primitives/seed.ts";
import { reshape } from "../primitives/shape.ts";
import { full, reduceSum, zerosLike } from "../primitives/spread.ts";
import { requireFunction, type Traced, trace } from "../trace/trace.ts";
import { unflatten } from "../trace/tree.ts";
import type { Fn, Input, Result, TensorLike, Tensors } from "../trace/types.ts";
import { chosen } from "./aux.ts";
import {
  type AnyFn,
  type Argument,
  argumentsOf,
  checkSettings,
  looseLeaves,
  named,
  type Output,
  requireScalar,
  run,
} from "./common.ts";
import type { Gradient } from "./grad.ts";
import { type Groups, groupsOf } from "./groups.ts";

/** Settings of {@link hessianDiagonal} and {@link laplacian}. */
export interface LaplacianOptions<Argnums extends number | readonly number[] = number | readonly number[]> {
  /** Which argument to differentiate with respect to, or a list of them. 0 unless given. */
  readonly argnums?: Argnums;
  /**
   * For each element of the argument the number of a group, from 0: those of one group are taken together. No entry of
   * the Hessian may couple two of them, that is, this is a coloring of its graph. A chain has 2 groups, a grid 2, a
   * tree 2. Unless given, each element is its own, and all are one where it is plain that none meets another.
   */
  readonly groups?: unknown;
}

/**
 * A function that computes the diagonal of the Hessian of the scalar function `f`, `∂²f/∂xᵢ²` for every element of the
 * argument, in the shape, type and tree of that. It costs a pass of {@link curvature} for each element, all at once; or
 * one Hessian-vector product for each of `groups`.
 * @shape f [...n] → [], x [...n] → [...n]
 * @throws HvpError if `f` does not return a scalar, if the argument is not of floating point, or if `groups` is not
 * like it */
export function hessianDiagonal<P extends readonly unknown[] = Tensors, const N extends number | readonly number[] = 0>(
  f: Fn<P, TensorLike>,
  options?: LaplacianOptions<N>,
): <const A extends Input<P>>(...args: A & readonly unknown[]) => Gradient<A, N>;
export function hessianDiagonal(f: AnyFn, options: LaplacianOptions = {}, ...extra: unknown[]): unknown {
  return alongSeeds("hessianDiagonal", f, options, extra, (y, x, groups) => {
    const value = requireScalar("hessianDiagonal", y.nodes, y.structure);
    return {
      nodes: x.parameters.map((p, i) => diagonalOf(value, p, groups?.[i]) ?? zerosLike(p)),
      weak: looseLeaves(x),
      assemble: (leaves) => unflatten(x.structure, leaves),
    };
  });
}

/**
 * A function that computes the Laplacian `Σᵢ ∂²f/∂xᵢ²` of `f`, the sum over all elements of the argument: the trace of
 * the Hessian, in the shape of what `f` returns. Only first derivatives are there once for each element, or for each
 * of `groups`: second derivatives are summed on the way (the forward Laplacian of R. Li et al., Nature Machine
 * Intelligence 6, 2024).
 * @shape f [...n] → [...m], x [...n] → [...m]
 * @throws HvpError if the argument or the result is not of floating point, or if `groups` is not like the argument */
export function laplacian<
  P extends readonly unknown[] = Tensors,
  R = TensorLike,
  const N extends number | readonly number[] = 0,
>(
  f: Fn<P, R>,
  options?: LaplacianOptions<N>,
): <const A extends Input<P>, O extends Result<R, A> = Result<R, A>>(...args: A & readonly unknown[]) => O;
export function laplacian(f: AnyFn, options: LaplacianOptions = {}, ...extra: unknown[]): unknown {
  return alongSeeds("laplacian", f, options, extra, (y, x, groups) => {
    for (const n of y.nodes)
      if (!isFloat(n.dtype))
        fail("dtype", `laplacian: the function must return floating-point arrays, got ${showAval(n)}`);
    const each = x.parameters.map((p, i) => laplaciansOf(y.nodes, p, groups?.[i]));
    return {
      nodes: y.nodes.map(
        (n, k) => each.reduce<MaybeNode>((sum, list) => addMaybe(sum, list[k], add), undefined) ?? zerosLike(n),
      ),
      weak: y.weak,
      assemble: (leaves) => unflatten(y.structure, leaves),
    };
  });
}

/** How `outputs` bend along a parameter like `p`. */
function along(outputs: readonly Node[], p: Node): { direction: Node; bends: readonly MaybeNode[] } {
  const direction = parameter(p.shape, p.dtype);
  return { direction, bends: secondOrder(outputs, [p], [direction]).bends };
}

/** Directions like `x`, one for each group; all of one where no element meets another. */
function seedsOf(bends: readonly Node[], x: Node, groups: Groups | undefined): { rows: Node; grouped: boolean } {
  if (groups) return { rows: groupVectors(groups.count, groups.group, x.dtype), grouped: true };
  if (isSeparable(bends, x)) return { rows: full([1, x.size], 1, x.dtype), grouped: true };
  return { rows: unitVectors(x.size, x.dtype), grouped: false };
}
/** The rows as a batch of arrays like `x`. */
const batchLike = (rows: Node, x: Node): Node => reshape(rows, [rows.shape[0] as number, ...x.shape]);

/** The diagonal of the Hessian of `y` by the parameter `p`; undefined: zeros. */
function diagonalOf(y: Node, p: Node, groups: Groups | undefined): MaybeNode {
  const { direction, bends } = along([y], p);
  const [bend] = bends;
  if (!bend) return undefined;
  const { rows, grouped } = seedsOf([bend], direction, groups);
  const over = (of: Node): Node =>
    batchGraph([of], [direction], [batchLike(rows, p)], rows.shape[0] as number).outputs[0] as Node;
  if (!grouped) return convert(reshape(over(bend), p.shape), p.dtype);
  const gradient = cotangents([y], [p], [full([], 1, y.dtype)])[0] as Node;
  const product = pushforward([gradient], [p], [direction])[0] as Node;
  // Of each product the elements of its group: beside the own one, none of these has an entry there.
  return reshape(reduceSum(by(rows, reshape(over(product), rows.shape)), [0]), p.shape);
}

/** The Laplacians of `outputs` by the parameter `p`; undefined: zeros. */
function laplaciansOf(outputs: readonly Node[], p: Node, groups: Groups | undefined): MaybeNode[] {
  const { direction, bends } = along(outputs, p);
  const there = bends.filter((d): d is Node => d !== undefined);
  const { rows } = seedsOf(there, direction, groups);
  const sums = summedOver(there, direction, batchLike(rows, p), rows.shape[0] as number);
  let next = 0;
  return bends.map((d) => d && sums[next++]);
}

/** The common part: checks, and the trace. */
function alongSeeds(
  name: string,
  f: AnyFn,
  options: LaplacianOptions,
  extra: readonly unknown[],
  body: (
    y: Traced,
    x: Pick<Argument, "parameters" | "structure" | "operands">,
    groups: readonly Groups[] | undefined,
  ) => Omit<Output, "args">,
): unknown {
  requireFunction(name, f);
  checkSettings(name, options, ["argnums", "groups"]);
  checkCount(name, extra, `write ${name}(f, options)(x)`);
  const { argnums = 0, groups } = options;
  return named(name, f, ((...values: unknown[]) =>
    run(() => {
      const args = argumentsOf(name, values, true);
      const x = chosen(name, args, argnums);
      const given = groups === undefined ? groups : groupsOf(`${name}: groups`, groups, x.parameters, x.structure);
      const y = trace(
        name,
        f,
        args.map((a) => a.traced),
      );
      return { args, ...body(y, x, given) };
    })) as AnyFn);
}
