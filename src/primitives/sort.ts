// The order that sorts an axis. Sorting is this and a gather along the axis, so that derivatives follow the elements.
import { bytesOf } from "../ir/aval.ts";
import { make } from "../ir/build.ts";
import type { Node, Primitive } from "../ir/graph.ts";
import { instanceOf } from "../ir/kernel.ts";
import * as kernels from "../kernels/scan.gen.ts";
import { iota } from "./leaf.ts";
import { around } from "./scan.ts";

interface Order {
  readonly axis: number;
  readonly descending: boolean;
}

export const argsortPrim: Primitive<Order> = {
  name: "argsort",
  aval: ([x]) => ({ shape: x!.shape, dtype: "int32" }),
  simplify: ([x], { axis }) =>
    (x!.shape[axis] as number) <= 1 || x!.size === 0 ? iota(x!.shape, axis, "int32") : undefined,
  batch: (node, inputs) => make(argsortPrim, inputs, { ...node.params, axis: node.params.axis + 1 }),
  lower: {
    kind: "call",
    call(node) {
      const x = node.inputs[0] as Node;
      const { axis, descending } = node.params;
      const shape = around(x, axis);
      const workspace = kernels.COUNTERS + shape[1] * (2 * bytesOf(x.dtype) + 8);
      return {
        strided: [false],
        emit: (args) =>
          args.call(instanceOf(kernels.argsort, x.dtype), [
            ...shape,
            { ptr: 0 },
            { ptr: -1 },
            Number(descending),
            { workspace },
          ]),
      };
    },
  },
};

/** int32 indices along `axis` in the order of the elements: stable, NaN last in either direction. */
export const argsort = (x: Node, axis: number, descending = false): Node =>
  make(argsortPrim, [x], { axis, descending });
