// Conversion between element types: the one lane operation that linearity passes through.
import { type DType, isFloat } from "../ir/aval.ts";
import { make } from "../ir/build.ts";
import type { Node, Primitive } from "../ir/graph.ts";
import { broadcast, constValue, full, isBroadcast } from "./spread.ts";

const in0 = (n: Node): Node => n.inputs[0] as Node;

export const convertPrim: Primitive<{ dtype: DType }> = {
  name: "convert",
  aval: ([x], { dtype }) => ({ shape: x!.shape, dtype }),
  simplify([x], { dtype }) {
    if (x!.dtype === dtype) return x;
    const c = constValue(x!);
    if (c !== undefined)
      return full(x!.shape, dtype === "bool" ? Number(c !== 0) : dtype === "int32" ? Math.trunc(c) : c, dtype);
    if (isBroadcast(x!))
      return broadcast(convert(in0(x!), dtype), x!.shape, (x!.params as { axes: readonly number[] }).axes);
    return undefined;
  },
  jvp: (node, [d]) => (d && isFloat(node.params.dtype) ? convert(d, node.params.dtype) : undefined),
  support: (node, of) => (isFloat(node.params.dtype) ? of(node.inputs[0]!) : undefined),
  finite: true,
  transpose: (node, ct) => [convert(ct, in0(node as unknown as Node).dtype)],
  batch: (node, inputs) => convert(inputs[0]!, node.params.dtype),
  lower: { kind: "lane", cost: 0.5, emit: (e, [x], node) => e.convert(x!, node.params.dtype) },
};
/** `x` in another element type: floats to integers truncate, anything but 0 is true. */
export const convert = (x: Node, dtype: DType): Node => (x.dtype === dtype ? x : make(convertPrim, [x], { dtype }));
