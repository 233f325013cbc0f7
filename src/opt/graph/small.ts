// Kernels on small matrices as straight-line code, for the bodies of loops: a call costs as much as a hundred
// operations, and what stands between two calls is code of its own.
import type { MaybeNode, Node } from "../../ir/graph.ts";
import { rewrite } from "../../ir/walk.ts";
import { SMALL_MATRIX_ELEMENTS, SMALL_MATRIX_OPERATIONS } from "../cost.ts";
import { cholesky, choleskyAdjoint, choleskyTangent } from "../small/cholesky.ts";
import { lu, luSolve } from "../small/lu.ts";
import { matmul } from "../small/product.ts";
import { gather, scatterAdd, scatterSet } from "../small/rows.ts";
import { triangularSolve } from "../small/triangle.ts";

interface Small {
  /** An equal node without a call. */
  readonly form: (node: Node) => MaybeNode;
  /** How many operations an element of the result takes, about. */
  readonly each: (node: Node) => number;
}
const order = ({ inputs: [a] }: Node): number => a?.shape.at(-1) ?? 0;
const elimination = (form: Small["form"]): Small => ({ form, each: order });
const writes = ({ inputs: [, index] }: Node): number => index?.size ?? 0;

/** By the names of the records, which would bring their kernels. */
export const SMALL: Readonly<Record<string, Small>> = {
  matmul: { form: matmul, each: order },
  cholesky: /* @__PURE__ */ elimination(cholesky),
  choleskyTangent: /* @__PURE__ */ elimination(choleskyTangent),
  choleskyAdjoint: /* @__PURE__ */ elimination(choleskyAdjoint),
  triangularSolve: /* @__PURE__ */ elimination(triangularSolve),
  lu: /* @__PURE__ */ elimination(lu),
  luSolve: /* @__PURE__ */ elimination(luSolve),
  gather: { form: gather, each: ({ inputs: [x], params }) => x?.shape[(params as { axis: number }).axis] ?? 0 },
  scatterAdd: { form: scatterAdd, each: writes },
  scatterSet: { form: scatterSet, each: writes },
};

const isSmall = (node: Node, { each }: Small): boolean =>
  node.size > 0 &&
  [node, ...node.inputs].every((x) => x.size <= SMALL_MATRIX_ELEMENTS) &&
  node.size * each(node) <= SMALL_MATRIX_OPERATIONS;

/** `outputs` without calls on small matrices, and without gathers from what is computed in the same place. */
export const smallMatrices = (outputs: readonly Node[]): readonly Node[] =>
  rewrite(outputs, (n) => {
    const small = SMALL[n.prim.name];
    return small && isSmall(n, small) ? small.form(n) : undefined;
  });
