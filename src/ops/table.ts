// Tables looked up by value: places in a sorted array, and the piecewise linear function through given points.
import { fail } from "../errors.ts";
import { isFloat, showShape } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { add, div, maximum, minimum, mul, sub } from "../primitives/arithmetic.ts";
import { gather } from "../primitives/indexing.ts";
import { and, eq, gt, le, lt, ne, or, select } from "../primitives/logic.ts";
import { reshape, slice } from "../primitives/shape.ts";
import { broadcast, full } from "../primitives/spread.ts";
import { describe, type Operand } from "../trace/convert.ts";
import { promote } from "../trace/promote.ts";
import type { Tensor, TensorLike, Value } from "../trace/types.ts";
import { apply, checkOptions, operandsOf, operate, operation } from "./apply.ts";

type Side = "left" | "right";

/**
 * How many elements of the sorted vector `a` come before each of `v`. Bisection by powers of two: ⌈log₂(n + 1)⌉
 * steps, each one gather, all in the loop over `v`.
 */
function places(a: Node, v: Node, side: Side): Node {
  const n = a.size;
  let found = full(v.shape, 0, "int32");
  if (n === 0) return found;
  for (let step = 2 ** Math.floor(Math.log2(n)); step >= 1; step /= 2) {
    const next = add(found, step);
    const element = gather(a, sub(next, 1), 0); // beyond the end: clamped, and refused below
    const before = side === "left" ? lt(element, v) : le(element, v);
    // NaN sorts after all numbers, as in NumPy.
    const known = eq(element, element);
    const passed = !isFloat(v.dtype) ? before : or(before, side === "left" ? and(known, ne(v, v)) : ne(v, v));
    found = select(and(le(next, n), passed), next, found);
  }
  return found;
}

export interface SearchsortedOptions {
  /** "left" (the default): before the elements that are equal; "right": after them. */
  readonly side?: Side;
}
export interface Searchsorted {
  (sorted: Tensor, values: TensorLike, options?: SearchsortedOptions): Tensor;
  (sorted: TensorLike, values: Tensor, options?: SearchsortedOptions): Tensor;
  (sorted: TensorLike, values: TensorLike, options?: SearchsortedOptions): Value;
}
/**
 * Where each of `values` belongs in the increasing vector `sorted`: the int32 number of elements below it (with side
 * "right", not above it). NaN belongs at the end. No derivative. @shape sorted [n], values [...] → int32 [...]
 */
export const searchsorted: Searchsorted = /* @__PURE__ */ operation(
  "searchsorted",
  3,
  (sorted: TensorLike, values: TensorLike, options: SearchsortedOptions = {}) => {
    const name = "searchsorted";
    checkOptions(name, options, ["side"]);
    const { side = "left" } = options;
    if (side !== "left" && side !== "right")
      fail("value", `${name}: side is ${describe(side)}; expected "left" or "right"`);
    const operands = operandsOf(name, [sorted, values]) as [Operand, Operand];
    if (operands[0].shape.length !== 1)
      fail("shape", `${name}: the sorted array has shape ${showShape(operands[0].shape)}; expected a vector`);
    const { dtype } = promote(operands, "number");
    return operate(name, operands, [dtype, dtype], false, (a, v) => places(a, v, side));
  },
);

export interface InterpOptions {
  /** Value left of the first point: `fp[0]` unless given. */
  readonly left?: number;
  /** Value right of the last point: the last of `fp` unless given. */
  readonly right?: number;
}
export interface Interp {
  (x: Tensor, xp: TensorLike, fp: TensorLike, options?: InterpOptions): Tensor;
  (x: TensorLike, xp: Tensor, fp: TensorLike, options?: InterpOptions): Tensor;
  (x: TensorLike, xp: TensorLike, fp: Tensor, options?: InterpOptions): Tensor;
  (x: TensorLike, xp: TensorLike, fp: TensorLike, options?: InterpOptions): Value;
}
/**
 * The piecewise linear function through the points (`xp`, `fp`), `xp` increasing, at `x`; constant outside.
 * Differentiable in all three. The slope at a point is that of the piece on its right, at the last point that of the
 * piece on its left; outside it is 0. @shape x [...], xp [n], fp [n] → [...]
 */
export const interp: Interp = /* @__PURE__ */ operation(
  "interp",
  4,
  (x: TensorLike, xp: TensorLike, fp: TensorLike, options: InterpOptions = {}) => {
    checkOptions("interp", options, ["left", "right"]);
    return apply("interp", [x, xp, fp], "float", (at, points, values) => {
      const n = points.size;
      if (points.shape.length !== 1 || values.shape.length !== 1 || n !== values.size)
        fail(
          "shape",
          `interp: points of shape ${showShape(points.shape)} and values of shape ${showShape(values.shape)}; ` +
            "expected two vectors of one length",
        );
      if (n === 0) fail("shape", "interp: there are no points to interpolate between; give at least one");
      const i = minimum(maximum(places(points, at, "right"), 1), Math.max(1, n - 1));
      const [x0, x1] = [gather(points, sub(i, 1), 0), gather(points, i, 0)];
      const [f0, f1] = [gather(values, sub(i, 1), 0), gather(values, i, 0)];
      const width = sub(x1, x0);
      const some = ne(width, 0);
      const inside = add(f0, mul(sub(f1, f0), div(sub(at, x0), select(some, width, 1))));
      const like = (a: Node, k: number): Node => broadcast(reshape(slice(a, 0, k, k + 1), []), at.shape, []);
      const left = options.left === undefined ? like(values, 0) : full(at.shape, options.left, at.dtype);
      const right = options.right === undefined ? like(values, n - 1) : full(at.shape, options.right, at.dtype);
      const y = select(some, inside, f1);
      return select(lt(at, like(points, 0)), left, select(gt(at, like(points, n - 1)), right, y));
    });
  },
);
