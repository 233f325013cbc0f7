// Supports: where a node can differ from zero. `select(c, a, 0)` shows its mask; a sum of it, a row of it or what was gathered of it
// has one too, that of the mask. Where a derivative is multiplied by something that may be infinite or NaN, that mask is
// drawn out of the product, so that what was selected away stays an exact zero. It costs nothing anywhere else.
import type { MaybeNode, Node } from "../ir/graph.ts";
import { constValue, full, isMasked } from "./leaf.ts";

/** How far through a graph a support, or an infinity, is looked for. */
const DEPTH = 64;

/** Booleans like `x`, false only where `x` is exactly zero whatever the numbers are; undefined if nothing is known. */
export function supportOf(x: Node, depth = 0): MaybeNode {
  x.support ??= {
    mask:
      constValue(x) === 0
        ? full(x.shape, 0, "bool")
        : depth < DEPTH
          ? x.prim.support?.(x, (y) => supportOf(y, depth + 1))
          : isMasked(x)
            ? (x.inputs[0] as Node)
            : undefined,
  };
  return x.support.mask;
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
        : depth >= DEPTH || !(x.prim.finite || kind === "view") || x.inputs.some((y) => mayBlowUp(y, depth + 1)));
}

/** The support of the derivative `x` if its product with `factor` needs it. */
export const neededSupport = (x: Node, factor: Node): MaybeNode => (mayBlowUp(factor) ? supportOf(x) : undefined);
/** The same for a quotient. */
export const neededSupportOver = (x: Node, divisor: Node): MaybeNode => (constValue(divisor) === undefined ? supportOf(x) : undefined);
