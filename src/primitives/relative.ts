// Tangents that are known to be a product t · p of another tangent and a number p of the point. Two rules use that:
//
// - A product or power whose factor x moves by x · t has the rate t itself (for y = 1/b it is -ḃ/b). Taken of the product, the rate
//   meets no number but the function's own: d·(1/b) moves by -(d·(1/b))·(ḃ/b), where d·(-(1/b)·(ḃ/b)) would form 1/b².
// - A quotient (t · p)/b is t · (p/b). The transpose then is no cotangent of b, which may leave the range where that of t does not.
import type { MaybeNode, Node } from "../ir/graph.ts";

interface Factors {
  readonly tangent: Node;
  readonly factor: Node;
}
/** What is known of tangents: true of the numbers, whoever asks. */
const known = /* @__PURE__ */ new WeakMap<Node, Factors>();

/** Notes that the tangent `d` is `tangent · factor`. */
export function noteFactors(d: Node, tangent: Node, factor: Node): Node {
  if (d !== tangent) known.set(d, { tangent, factor });
  return d;
}
/** The factors of the tangent `d`, if they are known. */
export const factorsOf = (d: MaybeNode): Factors | undefined => d && known.get(d);
/** t, where the tangent `d` of `x` is known to be t · x. */
export function rateOf(d: MaybeNode, x: Node): MaybeNode {
  const factors = factorsOf(d);
  return factors?.factor === x ? factors.tangent : undefined;
}
/** Notes that `d` has the factors of `from`, each as the function given for it makes it. */
export function passFactors(d: Node, from: MaybeNode, tangent: (t: Node) => Node, factor: (p: Node) => Node): Node {
  const factors = factorsOf(from);
  return factors ? noteFactors(d, tangent(factors.tangent), factor(factors.factor)) : d;
}
