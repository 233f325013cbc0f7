// Which of several writes to the same row comes last: what an update at repeated indices needs to be well defined.
import { fail } from "../errors.ts";
import { showAval } from "../ir/aval.ts";
import { make } from "../ir/build.ts";
import type { Node, Primitive } from "../ir/graph.ts";
import { last_writer } from "../kernels/window.gen.ts";
import { add, maximum, minimum, mul, sub } from "./arithmetic.ts";
import { iota } from "./leaf.ts";
import { lt, select } from "./logic.ts";
import { reshape } from "./shape.ts";

export const lastWriterPrim: Primitive<{ extent: number }> = {
  name: "lastWriter",
  aval([idx], { extent }) {
    if (idx!.dtype !== "int32" || idx!.shape.length !== 1)
      fail("dtype", `scatterSet: indices must be an int32 vector, got ${showAval(idx!)}`);
    return { shape: [extent], dtype: "int32" };
  },
  batch(node, inputs, _has, size) {
    // The rows of all batches laid end to end; then the place of each writer within its batch.
    const idx = inputs[0] as Node;
    const { extent } = node.params;
    const n = idx.shape[1] as number;
    const inside = minimum(maximum(select(lt(idx, 0), add(idx, extent), idx), 0), extent - 1);
    const flat = add(inside, mul(iota([size, n], 0, "int32"), extent));
    const last = reshape(lastWriter(reshape(flat, [size * n]), size * extent), [size, extent]);
    return select(lt(last, 0), -1, sub(last, mul(iota(last.shape, 0, "int32"), n)));
  },
  lower: {
    kind: "call",
    call: (node) => ({
      strided: [false],
      emit: (args) =>
        args.call(last_writer, [(node.inputs[0] as Node).size, { ptr: 0 }, { ptr: -1 }, node.params.extent]),
    }),
  },
};

/**
 * For each row of `extent`, the greatest i with `idx[i]` meaning that row, -1 if there is none. Indices are read as
 * `gather` reads them. @shape idx [n] → [extent]
 */
export const lastWriter = (idx: Node, extent: number): Node => make(lastWriterPrim, [idx], { extent });
