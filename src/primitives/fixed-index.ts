// What can be told beforehand of an index that never changes: which rows of an array it means, and for every row the
// places that mean it. Scatter-adds, the transposes of gathers, then neither wrap nor clamp, and where rows meet
// often, sum each in registers.
import { bytesOf, type DType } from "../ir/aval.ts";
import type { CallArgs, FixedIndex, Node } from "../ir/graph.ts";
import { instanceOf } from "../ir/kernel.ts";
import { gather_add, scatter_add_at } from "../kernels/products.gen.ts";
import { isLiteral, literal } from "./leaf.ts";

/**
 * A row is summed over the places that mean it where there are so many on the average, for rows of one element and
 * longer ones: below, adding in the order of the index is as fast.
 */
const PULLED_SCALARS = 8;
const PULLED_ROWS = 4;
/**
 * And where the rows of those places, read out of order, lie in the second cache: more than that are read faster in
 * order.
 */
const PULLED_BYTES = 1048576;

/**
 * What is known of the int32 `index` into an array with `rows` rows of `inner` elements of type `dtype`, when its
 * content is `content`. Its arrays are `[offsets]`, where in the array the row of each place begins, in bytes; or,
 * where adding to the array is better done row by row,
 * `[offsets, ends]`: the offsets of the places of row 0, of row 1 … in the array of all places, and where those of
 * each row end in `offsets`, in bytes.
 */
export function fixedIndex(index: Node, content: Int32Array, rows: number, inner: number, dtype: DType): FixedIndex {
  // Negative indices count from the end, then all are clamped, as the kernels read them.
  const meant = content.map((i) => Math.max(0, Math.min(i < 0 ? i + rows : i, rows - 1)));
  const [row, count] = [inner * bytesOf(dtype), meant.length];
  const byRow = count >= (inner > 1 ? PULLED_ROWS : PULLED_SCALARS) * rows && count * row <= PULLED_BYTES;
  const arrays = byRow ? placesOfRows(meant, rows, row) : [meant.map((r) => r * row)];
  return {
    index: isLiteral(index) ? index : literal(content, index.shape, "int32"),
    arrays: arrays.map((data) => literal(data, [data.length], "int32")),
    add(args: CallArgs) {
      const [from, offsets, ends, to] = [{ ptr: 2 }, { ptr: 3 }, { ptr: 4 }, { ptr: -1 }];
      if (byRow) args.call(instanceOf(gather_add, dtype), [rows, inner, ends, offsets, from, to]);
      else args.call(instanceOf(scatter_add_at, dtype), [count, inner, offsets, from, to]);
    },
  };
}

function placesOfRows(meant: Int32Array, rows: number, row: number): [offsets: Int32Array, ends: Int32Array] {
  const next = new Int32Array(rows + 1);
  for (const r of meant) next[r + 1] = (next[r + 1] as number) + 1;
  for (let r = 0; r < rows; r++) next[r + 1] = (next[r + 1] as number) + (next[r] as number);
  const ends = next.slice(1).map((k) => 4 * k);
  const offsets = new Int32Array(meant.length);
  meant.forEach((r, i) => {
    const k = next[r] as number;
    offsets[k] = i * row;
    next[r] = k + 1;
  });
  return [offsets, ends];
}
