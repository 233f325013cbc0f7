// Adding cotangents up.
import type { Node } from "../ir/graph.ts";
import { plus, plusPrim } from "./arithmetic.ts";
import { isMasked } from "./spread.ts";

/** The sum of `terms` (at least one), all of one shape and type. */
export function accumulate(terms: readonly Node[]): Node {
  const pack = terms.map(packOf).find((p) => p !== undefined);
  return (pack ? pack(terms) : terms).reduce((sum, t) => plus(sum, t));
}

/** How terms like `x`, or like what a mask was drawn out of, are put together. */
const packOf = (x: Node) => (isMasked(x) ? (x.inputs[1] as Node) : x).prim.piece?.pack;

/** The terms of a sum of cotangents. */
export const termsOf = (x: Node): Node[] => (x.prim === plusPrim ? x.inputs.flatMap(termsOf) : [x]);
