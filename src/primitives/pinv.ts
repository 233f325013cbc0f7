// The pseudoinverse: a marker on its value, which is made of singular values, with the derivative that needs none of
// theirs.
import { make } from "../ir/build.ts";
import type { Node, Primitive } from "../ir/graph.ts";
import { minus, plus } from "./arithmetic.ts";
import { matmulBy } from "./contraction.ts";
import { batched } from "./define.ts";
import { flipMatrix } from "./factorization.ts";
import { reshape } from "./shape.ts";

/** Products below any number of leading axes. */
function product(a: Node, b: Node): Node {
  const lead = a.shape.slice(0, -2);
  if (lead.length <= 1) return matmulBy(a, b);
  const flat = (x: Node): Node => reshape(x, [lead.reduce((n, d) => n * d, 1), ...x.shape.slice(-2)]);
  const y = matmulBy(flat(a), flat(b));
  return reshape(y, [...lead, ...y.shape.slice(1)]);
}

/**
 * Inputs: P = A⁺ as the function computes it, and A. The tangent is that of Golub and Pereyra (1973, eq. 4.12), for
 * tangents Ȧ that keep the rank: Ṗ = -P·Ȧ·P + P·Pᵀ·Ȧᵀ·(1 - A·P) + (1 - P·A)·Ȧᵀ·Pᵀ·P.
 */
export const pinvPrim: Primitive = {
  name: "pinv",
  aval: ([p]) => ({ shape: p!.shape, dtype: p!.dtype }),
  jvp: (node, [, da]) => {
    if (!da) return undefined;
    const a = node.inputs[1] as Node;
    const p = node as Node;
    const [pt, dt] = [flipMatrix(p), flipMatrix(da)];
    const inner = product(product(p, da), p);
    const left = product(product(p, pt), minus(dt, product(product(dt, a), p)));
    const right = product(minus(dt, product(p, product(a, dt))), product(pt, p));
    return plus(minus(left, inner), right);
  },
  batch: (_node, inputs, has, size) =>
    make(
      pinvPrim,
      inputs.map((x, i) => batched(x, has[i] as boolean, size)),
    ),
  lower: { kind: "composition", of: (node) => node.inputs[0] as Node },
};

/** `p`, the pseudoinverse of `a`, with its derivative. */
export function pinv(p: Node, a: Node): Node {
  return make(pinvPrim, [p, a]);
}
