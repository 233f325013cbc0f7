// The pseudoinverse of Moore and Penrose.
import { checkCount, fail } from "../errors.ts";
import type { Node } from "../ir/graph.ts";
import { div, mul } from "../primitives/arithmetic.ts";
import { matmul } from "../primitives/contraction.ts";
import { flipMatrix } from "../primitives/factorization.ts";
import { gt, select } from "../primitives/logic.ts";
import { pinv as pinvNode } from "../primitives/pinv.ts";
import { reduceMax } from "../primitives/reduction.ts";
import { stopGradient } from "../primitives/shape.ts";
import { svd } from "../primitives/spectral.ts";
import { broadcast, full } from "../primitives/spread.ts";
import { show } from "../trace/convert.ts";
import type { TensorLike, With } from "../trace/types.ts";
import { apply, checkOptions } from "./apply.ts";
import { checkMatrix, overBatch } from "./matrices.ts";

export interface PinvOptions {
  /**
   * Singular values up to `rcond` times the largest count as 0. As in JAX `10 · max(m, n) · ε` unless given, ε the
   * distance of 1 to its neighbour.
   */
  readonly rcond?: number;
}

/** V·diag(1/s)·Uᵀ of A [m, n], m ≥ n, without the singular values that count as 0. */
function inverted(a: Node, rcond: number): Node {
  const [u, s, vt] = svd(a);
  const lead = s.shape.slice(0, -1).map((_, i) => i);
  const cut = mul(rcond, broadcast(reduceMax(s, [s.shape.length - 1]), s.shape, lead));
  const counts = gt(s, cut);
  const inverse = select(counts, div(1, select(counts, s, 1)), 0);
  const scaled = mul(flipMatrix(vt), broadcast(inverse, vt.shape, [...lead, lead.length + 1]));
  return matmul(scaled, flipMatrix(u));
}

/**
 * The pseudoinverse A⁺ of a matrix of any shape, by its singular values: the inverse of a regular matrix, (AᵀA)⁻¹Aᵀ
 * for independent columns, Aᵀ(AAᵀ)⁻¹ for independent rows. To every order its derivatives need A⁺ alone, so that
 * equal singular values do no harm. Where A lacks full rank, A⁺ is not continuous: the derivatives are those along
 * matrices of the same rank, as in JAX.
 * @shape a [..., m, n] → [..., n, m]
 */
export const pinv: With<[options?: PinvOptions]> = ((a: TensorLike, ...rest: unknown[]) => {
  const [options = {}, ...more] = rest;
  checkCount("pinv", more, "pinv(a, { rcond })");
  checkOptions("pinv", options, ["rcond"]);
  const { rcond } = options as PinvOptions;
  if (rcond !== undefined && !(typeof rcond === "number" && rcond >= 0))
    fail("value", `pinv: rcond is ${show(rcond)}; it must be a number not below 0, known when the function is traced`);
  return apply("pinv", [a], "float", (x) => {
    checkMatrix("pinv", x);
    const [m, n] = x.shape.slice(-2) as [number, number];
    if (x.size === 0) return full([...x.shape.slice(0, -2), n, m], 0, x.dtype);
    const limit = rcond ?? 10 * Math.max(m, n) * (x.dtype === "float32" ? 2 ** -23 : 2 ** -52);
    return overBatch([x], (y) => {
      const fixed = stopGradient(y);
      const p = m >= n ? inverted(fixed, limit) : flipMatrix(inverted(flipMatrix(fixed), limit));
      return [pinvNode(p, y)];
    })[0] as Node;
  });
}) as With<[options?: PinvOptions]>;
