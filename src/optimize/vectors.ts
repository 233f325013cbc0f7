// Words for the vector arithmetic of solvers. Scalars are float64 whatever the type of the vectors is, and vectors keep
// theirs beside them.
import { separateOf } from "../api/calls.ts";
import type { DType, Shape } from "../ir/aval.ts";
import { close } from "../ir/closed.ts";
import { abs, add, mul, sqrt } from "../ops/arithmetic.ts";
import { vdot } from "../ops/linalg.ts";
import { where } from "../ops/logic.ts";
import { max } from "../ops/reduce.ts";
import { astype } from "../ops/shape.ts";
import { iota, parameter, scalar } from "../primitives/leaf.ts";
import { full, zerosLike } from "../primitives/spread.ts";
import { Tensor } from "../trace/tracer.ts";

export const number = (value: number): Tensor => new Tensor(scalar(value, "float64"));
export const count = (value: number): Tensor => new Tensor(scalar(value, "int32"));
export const truth = (value: boolean): Tensor => new Tensor(scalar(value ? 1 : 0, "bool" as DType));
/** 0, 1, … */
export const indices = (n: number): Tensor => new Tensor(iota([n], 0, "int32"));
export const zerosOf = (shape: Shape, dtype: DType): Tensor => new Tensor(full(shape, 0, dtype));
export const zeros = (like: Tensor): Tensor => new Tensor(zerosLike(like.node));

/** A scalar that takes the type of what it meets. */
export const loose = (x: Tensor): Tensor => new Tensor(x.node, true);

/**
 * What `make` makes of `inputs`, as a step of its own. Sums have another order of additions where they share a loop
 * with something else: here they have one order, so that iterates are the same whatever the program around them is.
 */
export function isolated(inputs: readonly Tensor[], make: (...inputs: Tensor[]) => readonly Tensor[]): Tensor[] {
  const stand = inputs.map(({ node }) => parameter(node.shape, node.dtype));
  const outputs = make(...stand.map((n) => new Tensor(n)));
  const { graph, captured } = close(
    stand,
    outputs.map((y) => y.node),
  );
  return separateOf(graph, [...inputs.map((x) => x.node), ...captured]).map((n) => new Tensor(n));
}

export const dot = (x: Tensor, y: Tensor): Tensor =>
  isolated([x, y], (a, b) => [astype(vdot(a as Tensor, b as Tensor), "float64")])[0] as Tensor;
export const length = (x: Tensor): Tensor => sqrt(dot(x, x));
/** The largest absolute value of an element; NaN where one is. */
export const largest = (x: Tensor): Tensor => astype(max(abs(x)), "float64");
export const scaled = (a: Tensor, x: Tensor): Tensor => mul(x, loose(a));
/** `a · x + y` */
export const axpy = (a: Tensor, x: Tensor, y: Tensor): Tensor => add(y, mul(x, loose(a)));
/** One of two arrays or numbers, whole. */
export const pick = (condition: Tensor, yes: Tensor, no: Tensor): Tensor => where(condition, yes, no);
/** What records agree in, each taken from one of two. */
export const pickAll = <S extends Readonly<Record<string, Tensor>>>(condition: Tensor, yes: S, no: S): S =>
  Object.fromEntries(Object.keys(yes).map((k) => [k, pick(condition, yes[k] as Tensor, no[k] as Tensor)])) as S;
