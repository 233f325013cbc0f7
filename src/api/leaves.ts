// Functions of unknowns, traced once: what the solvers evaluate at many places. Unknowns are lists of leaves here.
import { fail, HvpError } from "../errors.ts";
import { type DType, isFloat, showAval } from "../ir/aval.ts";
import { capturedBy } from "../ir/closed.ts";
import type { Node } from "../ir/graph.ts";
import { substitute } from "../ir/walk.ts";
import { scalar } from "../primitives/leaf.ts";
import { stopGradient } from "../primitives/shape.ts";
import { zerosLike } from "../primitives/spread.ts";
import { show } from "../trace/convert.ts";
import { Tensor } from "../trace/tracer.ts";
import { place } from "../trace/tree.ts";
import { settle, type Words } from "./bodies.ts";
import type { Argument } from "./common.ts";

export type Leaves = readonly Tensor[];

/** A function from leaves to leaves of the same shapes and types, and the initial leaves with these types. */
export interface OfLeaves {
  readonly first: Leaves;
  readonly weak: readonly boolean[];
  readonly at: (leaves: Leaves) => Tensor[];
  /** The same, constant in all that the function takes from elsewhere. */
  readonly held: (leaves: Leaves) => Tensor[];
}

/** `call`, which takes and returns trees like `init`, traced once. Leaves are of floating point. */
export function ofLeaves(words: Words, init: Argument, call: (tree: unknown) => unknown): OfLeaves {
  if (init.operands.length === 0) fail("value", `${init.where} has no numbers in it; pass arrays or numbers`);
  init.operands.forEach((x, i) => {
    if (!x.weak && !isFloat(x.dtype))
      fail(
        "dtype",
        `${place(init.where, init.paths[i] as string)} is ${showAval(x)}, which has no derivative; pass ` +
          "floating-point numbers",
      );
  });
  const { stand, initial, next, weak } = settle(words, init, (tree) => [call(tree), undefined]);
  const captured = capturedBy(next, stand);
  const still = captured.map(stopGradient);
  return {
    first: initial.map((x) => new Tensor(x)),
    weak,
    at: (leaves) => substitute(next, stand, nodesOf(leaves)).map((y) => new Tensor(y)),
    held: (leaves) =>
      substitute(next, [...stand, ...captured], [...nodesOf(leaves), ...still]).map((y) => new Tensor(y)),
  };
}

export const constant = (value: number, dtype: DType = "float64"): Tensor => new Tensor(scalar(value, dtype));
export const zerosOf = (leaves: Leaves): Tensor[] => leaves.map((x) => new Tensor(zerosLike(x.node)));

/** A scalar as a number: leaves keep their types beside it. */
export const numberOf = (x: Tensor): Tensor => new Tensor(x.node, true);

export const nodesOf = (leaves: Leaves): Node[] => leaves.map((x) => x.node);

/** Runs `build`, and where it fails but `swapped` does not, says that the arguments of the function are swapped. */
export function hinted<T>(build: () => T, swapped: () => unknown, hint: string): T {
  try {
    return build();
  } catch (e) {
    if (!(e instanceof HvpError)) throw e;
    try {
      swapped();
    } catch {
      throw e;
    }
    return fail(e.code, `${hint} (${e.message})`);
  }
}

/** A setting that is a number of at least `least`. */
export function checkNumber(where: string, value: unknown, least: number, isInteger: boolean): void {
  if (typeof value !== "number" || !(value >= least) || (isInteger && !Number.isInteger(value)))
    fail("value", `${where} is ${show(value)}; expected ${isInteger ? "an integer" : "a number"} of at least ${least}`);
}

/** The square root of the spacing of numbers at 1, of the coarsest type among `leaves`: what methods aim at. */
export const toleranceOf = (leaves: Leaves): number =>
  leaves.some((x) => x.dtype === "float32") ? 2 ** -11.5 : 2 ** -26;
