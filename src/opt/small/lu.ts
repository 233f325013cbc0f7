// LU factors of small matrices, and solutions from them: the kernels of assembly/linalg/lu.ts without loops. Rows are
// exchanged by selections, the permutation kept as numbers, so that pivots and bits are those of the kernel.
import type { Node } from "../../ir/graph.ts";
import { abs, div, mul, sub } from "../../primitives/arithmetic.ts";
import { and, eq, gt, not, select } from "../../primitives/logic.ts";
import { at, type Matrix, number, onElements, type Rows } from "./elements.ts";
import { substituted } from "./triangle.ts";

/** Row `j` exchanged with the one below that has the first element of largest magnitude in column `j`. */
function pivoted(rows: Matrix, j: number): { readonly rows: Rows; readonly singular: Node } {
  let largest = abs(at(rows, j, j));
  const larger = rows.slice(j + 1).map((row) => {
    const size = abs(row[j]!);
    const is = gt(size, largest);
    largest = select(is, size, largest);
    return is;
  });
  // The last row that was larger than all before is the pivot's.
  let later: Node | undefined;
  const chosen: Node[] = [];
  for (let k = larger.length - 1; k >= 0; k--) {
    const is = larger[k] as Node;
    chosen[k] = later ? and(is, not(later)) : is;
    later = later ? select(later, later, is) : is;
  }
  const own = rows[j] as readonly Node[];
  const exchanged = rows.map((row, i) =>
    i > j ? row.map((x, k) => select(chosen[i - j - 1]!, own[k]!, x)) : [...row],
  );
  exchanged[j] = own.map((x, k) => larger.reduce((y, is, i) => select(is, at(rows, j + 1 + i, k), y), x));
  return { rows: exchanged, singular: eq(largest, 0) };
}

export const lu = (node: Node): Node =>
  onElements(node, node.inputs, ([a]) => {
    const n = a!.length;
    // The number of each row is its last element.
    let rows: Rows = a!.map((row, i) => [...row, number(i, node)]);
    for (let j = 0; j < n; j++) {
      const { rows: next, singular } = pivoted(rows, j);
      const own = next[j] as readonly Node[];
      // A column of zeros is left as it is.
      const unless = (x: Node, y: Node): Node => select(singular, x, y);
      for (const row of next.slice(j + 1)) {
        const v = div(row[j]!, own[j]!);
        for (let k = j + 1; k < n; k++) row[k] = unless(row[k]!, sub(row[k]!, mul(v, own[k]!)));
        row[j] = unless(row[j]!, v);
      }
      rows = next;
    }
    return [...rows.map((row) => row.slice(0, n)), rows.map((row) => row[n]!)];
  });

/** The first of `options` unless `is` of another one holds. */
const picked = (options: readonly Node[], is: (k: number) => Node): Node =>
  options.reduce((y, x, k) => (k === 0 ? y : select(is(k), x, y)));

export const luSolve = (node: Node): Node =>
  onElements(node, node.inputs.slice(1), ([packed, b]) => {
    const f = packed!.slice(0, -1);
    const p = packed!.at(-1) as readonly Node[];
    const single = b![0]!.length === 1;
    if (!(node.params as { transposed: boolean }).transposed) {
      const right = p.map((row) =>
        b![0]!.map((_, j) =>
          picked(
            b!.map((x) => x[j]!),
            (k) => eq(row, k),
          ),
        ),
      );
      const y = substituted(f, right, { lower: true, unit: true }, single);
      return substituted(f, y, { lower: false, unit: false }, single);
    }
    const flipped = f.map((row, i) => row.map((_, j) => at(f, j, i)));
    const y = substituted(flipped, b!, { lower: true, unit: false }, false);
    const x = substituted(flipped, y, { lower: false, unit: true }, false);
    return x.map((row, r) =>
      row.map((_, j) =>
        picked(
          x.map((z) => z[j]!),
          (i) => eq(p[i]!, r),
        ),
      ),
    );
  });
