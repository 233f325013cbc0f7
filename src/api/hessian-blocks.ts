// The dense Hessian, a column at a time.
import { type Data, zeros } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";

/**
 * The blocks `[i][j]` of the Hessian by arrays like `xs`, each with one row for every element of array i. `columnOf(e,
 * k)` is its column k, the product with the unit vector `e`, which is overwritten for the next one.
 */
export function hessianBlocks(
  xs: readonly Node[],
  columnOf: (e: readonly Data[], k: number) => readonly Data[],
): Data[][] {
  const blocks = xs.map((row) => xs.map((column) => zeros(row.dtype, row.size * column.size)));
  const unit = xs.map((n) => zeros(n.dtype, n.size));
  let k = 0;
  for (const [j, e] of unit.entries())
    for (let c = 0; c < e.length; c++) {
      e[c] = 1;
      for (const [i, column] of columnOf(unit, k++).entries()) {
        const block = (blocks[i] as Data[])[j] as Data;
        for (let r = 0; r < column.length; r++) block[r * e.length + c] = column[r] as number;
      }
      e[c] = 0;
    }
  for (const [i, n] of xs.entries()) symmetrize((blocks[i] as Data[])[i] as Data, n.size);
  return blocks;
}

/**
 * Copies what is below the diagonal of a square block over what is above it: the same numbers up to rounding. What is
 * not finite belongs to its own column and stays.
 */
function symmetrize(block: Data, n: number): void {
  for (let r = 0; r < n; r++)
    for (let c = 0; c < r; c++) {
      const below = block[r * n + c] as number;
      if (Number.isFinite(below - (block[c * n + r] as number))) block[c * n + r] = below;
    }
}
