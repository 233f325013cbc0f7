// Hessians that are zero beyond a few diagonals, as of functions of neighbours: few products give all of one, since
// columns far enough apart share no row (A. R. Curtis, M. J. D. Powell, J. K. Reid, "On the Estimation of Sparse
// Jacobian Matrices", IMA Journal of Applied Mathematics 13 (1974)).

import { type Data, zeros } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { BAND_EXTENT, BAND_SHARE } from "../opt/cost.ts";
import { convert } from "../primitives/cast.ts";
import { isStatic, supportOf } from "../primitives/support.ts";
import { evaluate } from "../run/evaluate.ts";

/** How far from its diagonal a square matrix can differ from zero, by structure; undefined if that is far. */
export function bandwidthOf(matrix: Node): number | undefined {
  const n = matrix.shape[0] as number;
  const support = n <= BAND_EXTENT ? supportOf(matrix) : undefined;
  if (!support || !isStatic(support)) return undefined;
  const [mask] = evaluate([convert(support, "int32")], [], []) as [Int32Array];
  let width = 0;
  for (let i = 0; i < n; i++) for (let k = 0; k < n; k++) if (mask[i * n + k]) width = Math.max(width, Math.abs(i - k));
  return (2 * width + 1) * BAND_SHARE <= n ? width : undefined;
}

/**
 * Fills `matrix`, n × n, with the columns that `product` gives of sums of unit vectors; false where one of them is not
 * finite, since it would spoil those that it is added to.
 */
export function fillBand(matrix: Data, n: number, width: number, product: (v: Data) => Data): boolean {
  matrix.fill(0);
  const period = 2 * width + 1;
  for (let first = 0; first < period && first < n; first++) {
    const v = matrix instanceof Float32Array ? zeros("float32", n) : zeros("float64", n);
    for (let k = first; k < n; k += period) v[k] = 1;
    const sums = product(v);
    if (!allFinite(sums)) return false;
    for (let k = first; k < n; k += period)
      for (let i = k; i <= k + width && i < n; i++) matrix[i * n + k] = matrix[k * n + i] = sums[i] as number;
  }
  return true;
}

export function allFinite(x: Data): boolean {
  let zero = 0; // or NaN, which an infinity less itself is
  for (let i = 0; i < x.length; i++) zero += (x[i] as number) - (x[i] as number);
  return zero === 0;
}
