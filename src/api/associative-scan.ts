// `associativeScan`: all prefixes of a sequence under an associative function, in a logarithmic number of steps.
import { checkCount, fail } from "../errors.ts";
import { sameShape, showAval, showShape } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { withElement } from "../ir/lists.ts";
import { axisOf } from "../ops/apply.ts";
import { concat, flip, reshape, slice } from "../primitives/shape.ts";
import { operandOf } from "../trace/convert.ts";
import { requireFunction } from "../trace/trace.ts";
import { Tensor } from "../trace/tracer.ts";
import { flattenLike, place, unflatten } from "../trace/tree.ts";
import type { Like, Result, Traced } from "../trace/types.ts";
import { calledWith, type Settled, settle } from "./bodies.ts";
import { type AnyFn, type Argument, argumentOf, checkSettings, run } from "./common.ts";

/** Settings of {@link associativeScan}. */
export interface AssociativeScanOptions {
  /** From the last element to the first: false unless given. */
  readonly reverse?: boolean;
  /** The axis that elements follow each other along: 0 unless given. */
  readonly axis?: number;
}

const USAGE = "fn(a, b) must return elements like its arguments";

/**
 * For each element of `xs` along `axis` all elements up to it, combined by the associative `fn`: x₀, fn(x₀, x₁),
 * fn(fn(x₀, x₁), x₂), … `fn` combines many pairs of elements at once: both arguments have the axes of `xs`, with fewer
 * elements along `axis`. About 2·log₂(n) calls of `fn` are in the graph, so it suits short sequences and products that
 * are not cumulative operations; `scan` is a loop. `xs` is an array or a tree of arrays.
 * @shape fn ([k, ...n], [k, ...n]) → [k, ...n], xs [m, ...n] → [m, ...n]
 * @throws HvpError if `fn` returns other shapes or types than it is given, or if extents along `axis` differ
 */
export function associativeScan<const X>(
  fn: (a: Traced<X>, b: Traced<X>) => Like<X>,
  xs: X,
  options?: AssociativeScanOptions,
): Result<Traced<X>, X>;
export function associativeScan(
  fn: AnyFn,
  xs: unknown,
  options: AssociativeScanOptions = {},
  ...extra: unknown[]
): unknown {
  checkCount("associativeScan", extra, "write associativeScan(fn, xs, { reverse, axis })");
  if (typeof fn !== "function" && typeof xs === "function")
    fail("value", "associativeScan: the function comes first: write associativeScan(fn, xs)");
  requireFunction("associativeScan", fn);
  checkSettings("associativeScan", options, ["reverse", "axis"], "write associativeScan(fn, xs, { reverse, axis })");
  return run(() => {
    const arg = argumentOf("associativeScan: xs", xs);
    const axes = axesOf(arg, options.axis ?? 0);
    const types = typesOf(fn, arg, axes);
    const turned = (nodes: readonly Node[]): readonly Node[] =>
      options.reverse ? nodes.map((x, i) => flip(x, axes[i] as number)) : nodes;
    const combine = (a: readonly Node[], b: readonly Node[]): readonly Node[] => combined(fn, arg, types, a, b);
    return {
      args: [arg],
      nodes: turned(prefixes(turned(types.initial), axes, combine)),
      weak: types.weak,
      assemble: (leaves) => unflatten(arg.structure, leaves),
    };
  });
}

/** The axis of every leaf along which its elements follow each other; all have as many. */
function axesOf({ where, paths, parameters }: Argument, axis: number): number[] {
  const axes = parameters.map(({ shape }, i) => axisOf(place(where, paths[i] as string), axis, shape.length));
  const counts = parameters.map(({ shape }, i) => shape[axes[i] as number] as number);
  const odd = counts.findIndex((n) => n !== counts[0]);
  if (odd >= 0)
    fail(
      "shape",
      `${place(where, paths[odd] as string)} has shape ${showShape((parameters[odd] as Node).shape)} with ` +
        `${counts[odd]} elements along axis ${axis}, but ${place("xs", paths[0] as string)} has ${counts[0]}; they ` +
        "must be equal",
    );
  return axes;
}

/** The elements in the types that `fn` returns for one pair of them. */
function typesOf(fn: AnyFn, arg: Argument, axes: readonly number[]): Settled<undefined> {
  const operands = arg.operands.map((x, i) => ({
    ...x,
    integral: x.integral,
    shape: withElement(x.shape, axes[i] as number, 1),
  }));
  const words = { loop: "associativeScan", noun: "element", usage: USAGE };
  return settle(words, { ...arg, operands }, (x) => [
    calledWith("associativeScan", fn, [x, x], "(a, b) => …"),
    undefined,
  ]);
}

function combined(
  fn: AnyFn,
  { structure, paths }: Argument,
  { weak, initial }: Settled<undefined>,
  a: readonly Node[],
  b: readonly Node[],
): readonly Node[] {
  const [left, right] = [a, b].map((nodes) =>
    unflatten(
      structure,
      nodes.map((x, i) => new Tensor(x, weak[i])),
    ),
  );
  const where = "associativeScan: what the function returned";
  const value = calledWith("associativeScan", fn, [left, right], "(a, b) => …");
  const leaves = flattenLike(where, value, structure) ?? fail("shape", `${where} has another structure; ${USAGE}`);
  return leaves.map((leaf, i) => {
    const x = a[i] as Node;
    const y = operandOf(place(where, paths[i] as string), leaf).node((initial[i] as Node).dtype);
    if (!sameShape(x.shape, y.shape))
      fail("shape", `${place(where, paths[i] as string)} is ${showAval(y)} for ${showAval(x)}; ${USAGE}`);
    return y;
  });
}

/** The prefixes of the elements `xs`, by those of the pairs in it. */
function prefixes(
  xs: readonly Node[],
  axes: readonly number[],
  combine: (a: readonly Node[], b: readonly Node[]) => readonly Node[],
): readonly Node[] {
  const count = xs[0]?.shape[axes[0] as number] ?? 0;
  if (count < 2) return xs;
  const part = (of: readonly Node[], start: number, stop: number, step = 1): Node[] =>
    of.map((x, i) => slice(x, axes[i] as number, start, stop, step));
  const pairs = combine(part(xs, 0, count - 1, 2), part(xs, 1, count, 2));
  const odd = prefixes(pairs, axes, combine);
  const first = part(xs, 0, 1);
  if (count === 2) return first.map((x, i) => concat([x, odd[i] as Node], axes[i] as number));
  const rest = combine(part(odd, 0, Math.floor((count - 1) / 2)), part(xs, 2, count, 2));
  return first.map((x, i) => interleaved([x, rest[i] as Node], odd[i] as Node, axes[i] as number));
}

/** The elements of `even` and `odd` in turn. */
function interleaved(even: readonly Node[], odd: Node, axis: number): Node {
  const all = concat(even, axis);
  const count = odd.shape[axis] as number;
  const apart = (x: Node): Node => reshape(x, [...x.shape.slice(0, axis + 1), 1, ...x.shape.slice(axis + 1)]);
  const pairs = concat([apart(slice(all, axis, 0, count)), apart(odd)], axis + 1);
  const joined = reshape(pairs, withElement(odd.shape, axis, 2 * count));
  const total = all.shape[axis] as number;
  return total === count ? joined : concat([joined, slice(all, axis, count, total)], axis);
}
