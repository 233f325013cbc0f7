// Rows of small arrays that numbers name: picked, written and added to, by comparisons instead of addresses.
import type { MaybeNode, Node } from "../../ir/graph.ts";
import { add, maximum, minimum } from "../../primitives/arithmetic.ts";
import { iota, isStored } from "../../primitives/leaf.ts";
import { eq, ge, lt, select } from "../../primitives/logic.ts";
import { reshape, slice } from "../../primitives/shape.ts";
import { broadcast } from "../../primitives/spread.ts";

const range = (n: number, from = 0): number[] => Array.from({ length: n }, (_, i) => from + i);
/** Negative indices count from the end. */
const counted = (index: Node, extent: number): Node => select(lt(index, 0), add(index, extent), index);

/** What lies in memory is gathered from there. */
export function gather({ inputs, params, shape }: Node): MaybeNode {
  const [x, index] = inputs as [Node, Node];
  let base = x;
  while (base.prim.lower.kind === "view" && base.inputs.length === 1) base = base.inputs[0] as Node;
  if (isStored(base)) return undefined;
  const { axis } = params as { axis: number };
  const extent = x.shape[axis] as number;
  const r = index.shape.length;
  const kept = range(shape.length).filter((i) => i < axis || i >= axis + r);
  const rest = x.shape.filter((_, i) => i !== axis);
  const row = (k: number): Node => broadcast(reshape(slice(x, axis, k, k + 1), rest), shape, kept);
  const at = counted(index, extent);
  // Indices beyond either end mean the row there.
  return range(extent - 1, 1).reduce((y, k) => select(broadcast(ge(at, k), shape, range(r, axis)), row(k), y), row(0));
}

/** Rows written one after the other: `put` is what a row makes of the one that is there. */
const written =
  (put: (row: Node, there: Node) => Node) =>
  ({ inputs, shape }: Node): Node => {
    const [x, index, rows] = inputs as [Node, Node, Node];
    const extent = shape[0] as number;
    const at = minimum(maximum(counted(index, extent), 0), extent - 1);
    const number = iota(shape, 0, "int32");
    const all = range(shape.length);
    return range(index.size).reduce((y, i) => {
      const hit = eq(number, broadcast(reshape(slice(at, 0, i, i + 1), []), shape, []));
      return select(hit, put(broadcast(reshape(slice(rows, 0, i, i + 1), shape.slice(1)), shape, all.slice(1)), y), y);
    }, x);
  };
export const scatterAdd = /* @__PURE__ */ written((row, there) => add(there, row));
export const scatterSet = /* @__PURE__ */ written((row) => row);
