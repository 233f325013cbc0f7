// Long batches of small matrices: the formulas of small.ts, one matrix in each lane, in place of one call for each.
import type { Node } from "../../ir/graph.ts";
import { rewrite } from "../../ir/walk.ts";
import { BATCH_CHOLESKY, BATCH_LANES, BATCH_LU } from "../cost.ts";
import type { GraphPass } from "../pass.ts";
import { SMALL } from "./small.ts";

/** Kernels that run once for each matrix of a batch, by name, and the extents up to which one runs in each lane. */
const EACH: Readonly<Record<string, number>> = {
  cholesky: BATCH_CHOLESKY,
  choleskyTangent: BATCH_CHOLESKY,
  choleskyAdjoint: BATCH_CHOLESKY,
  triangularSolve: BATCH_CHOLESKY,
  lu: BATCH_LU,
  luSolve: BATCH_LU,
};
const isSmallBatch = ({ shape, inputs, prim }: Node): boolean =>
  shape.length === 3 &&
  (shape[0] as number) >= BATCH_LANES &&
  shape.slice(1).every((n) => n > 0) &&
  inputs.every((x) => (x.shape[2] as number) <= (EACH[prim.name] ?? 0));

export const smallBatches: GraphPass = {
  name: "small batches",
  list: "lowered",
  run: (outputs) => rewrite(outputs, (n) => (isSmallBatch(n) ? SMALL[n.prim.name]?.form(n) : undefined)),
};
