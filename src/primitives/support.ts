// Supports: where a node can differ from zero. `select(c, a, 0)` shows its mask; a sum of it, a row of it or what was
// gathered of it has one too, that of the mask. Where a derivative is multiplied by something that may be infinite or
// NaN, that mask is drawn out of the product, so that what was selected away stays an exact zero. It costs nothing
// anywhere else.
import { isFloat } from "../ir/aval.ts";
import { make } from "../ir/build.ts";
import type { MaybeNode, Node } from "../ir/graph.ts";
import { rewrite } from "../ir/walk.ts";
import { select } from "./logic.ts";
import { constValue, full, isMasked } from "./spread.ts";

/** How far through a graph a support, or an infinity, is looked for. */
const SUPPORT_DEPTH = 64;

/** Booleans like `x`, false only where `x` is exactly zero whatever the numbers are; undefined if nothing is known. */
export function supportOf(x: Node, depth = 0): MaybeNode {
  x.support ??= {
    mask:
      constValue(x) === 0
        ? full(x.shape, 0, "bool")
        : depth < SUPPORT_DEPTH
          ? x.prim.support?.(x, (y) => supportOf(y, depth + 1))
          : isMasked(x)
            ? (x.inputs[0] as Node)
            : undefined,
  };
  return x.support.mask;
}

/** `x`, zero outside `mask`: a parameter that shows the support of what it stands for. */
export const within = (x: Node, mask: MaybeNode): Node => (mask ? select(mask, x, 0) : x);

/**
 * `results`, in which rows of parameters are changed, not of what shows their supports: the carry of a loop is changed
 * in place.
 */
export function changedItself(results: readonly MaybeNode[], shown: readonly Node[]): readonly MaybeNode[] {
  const masks = new Map(shown.filter(isMasked).map((x) => [x.inputs[1] as Node, x.inputs[0] as Node]));
  if (masks.size === 0) return results;
  return rewrite(results, (n) => {
    const [x, ...more] = n.inputs;
    if (!n.prim.onto || !x || !isMasked(x)) return undefined;
    const [mask, array] = x.inputs as [Node, Node];
    return masks.get(reshaped(array)) === reshaped(mask) ? make(n.prim, [array, ...more], n.params) : undefined;
  });
}
/** What is seen in another shape, in the same order. */
function reshaped(x: Node): Node {
  const { lower } = x.prim;
  return lower.kind === "view" && lower.flat ? reshaped(x.inputs[0] as Node) : x;
}

/** Reciprocals of numbers from this one on are finite in both types. */
const INVERTIBLE_FROM = 1e-38;
/** How far through sums and products a bound is looked for. */
const BOUND_DEPTH = 8;

/** A number that no element of `x` is below, for finite numbers: 0 for squares, 1 for 1 + x². */
function boundOf(x: Node, depth = 0): number {
  const c = constValue(x);
  if (c !== undefined) return c;
  const { name, lower } = x.prim;
  if (name === "square" || name === "abs") return 0;
  if (depth >= BOUND_DEPTH) return Number.NEGATIVE_INFINITY;
  const bounds = x.inputs.map((y) => boundOf(y, depth + 1));
  const [a, b] = bounds as [number, number];
  if (name === "add" || name === "plus") return a + b;
  if (name === "mul" && a >= 0 && b >= 0) return a * b;
  if (name === "sqrt" && a >= 0) return Math.sqrt(a);
  if (name === "sum" && a >= 0) return 0;
  return lower.kind === "view" ? Math.min(name === "pad" ? 0 : a, ...bounds) : Number.NEGATIVE_INFINITY;
}
/** Whether a quotient or root of finite numbers is finite because of what it is of: √(1 + x²), and its reciprocal. */
function isTame({ prim: { name }, inputs }: Node): boolean {
  if (name === "div" || name === "per") return boundOf(inputs[1] as Node) >= INVERTIBLE_FROM;
  return name === "sqrt" && boundOf(inputs[0] as Node) >= 0;
}

/** Whether finite numbers can make `x` infinite or NaN (overflow of sums and products apart). */
export function mayBlowUp(x: Node, depth = 0): boolean {
  const { kind } = x.prim.lower;
  const c = constValue(x);
  return (x.mayBlowUp ??=
    c !== undefined
      ? !Number.isFinite(c)
      : x.dtype === "bool" || x.dtype === "int32" || kind === "leaf" || kind === "iota"
        ? false
        : depth >= SUPPORT_DEPTH ||
          !(x.prim.finite || kind === "view" || isTame(x)) ||
          x.inputs.some((y) => mayBlowUp(y, depth + 1)));
}

/** The support of the derivative `x` if its product with `factor` needs it. */
export const neededSupport = (x: Node, factor: Node): MaybeNode => (mayBlowUp(factor) ? supportOf(x) : undefined);
/** The same for a quotient. */
export const neededSupportOver = (x: Node, divisor: Node): MaybeNode =>
  constValue(divisor) === undefined ? supportOf(x) : undefined;

/** Whether a mask depends on places alone, not on numbers. */
export function isStatic(mask: Node): boolean {
  const seen = new Set([mask]);
  for (const n of seen) {
    if (constValue(n) !== undefined || n.prim.lower.kind === "iota") continue;
    if (n.inputs.length === 0 || isFloat(n.dtype)) return false;
    for (const x of n.inputs) seen.add(x);
  }
  return true;
}
