// Arrays that callers of compiled functions pass in: checked against the shapes and types that were compiled.
import { fail } from "../errors.ts";
import { bytesOf, showShape } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import type { Data } from "../primitives/leaf.ts";
import { describe, operandOf } from "../trace/convert.ts";
import { NdArray } from "../trace/ndarray.ts";
import { Tensor } from "../trace/tracer.ts";

/** The elements of `value`, which must have the shape of `node` and a type that fits into its type. */
export function checkedData(name: string, value: unknown, node: Node): Data {
  if (value instanceof Tensor)
    return fail("trace", `${name} is a traced value; a compiled objective takes ordinary arrays. Inside traced functions use hvp and grad`);
  const x = operandOf(name, value);
  if (x.shape.length !== node.shape.length || x.shape.some((d, i) => d !== node.shape[i])) {
    fail("shape", `${name} has shape ${showShape(x.shape)}, but the objective was compiled for ${showShape(node.shape)}`);
  }
  if (x.weak || x.dtype === node.dtype) return x.data(node.dtype);
  if (x.dtype !== "bool" && node.dtype !== "int32" && bytesOf(x.dtype) <= bytesOf(node.dtype)) return x.data(x.dtype);
  return fail("dtype", `${name} has type ${x.dtype}, but the objective was compiled for ${node.dtype}; convert the array`);
}

/** The typed array behind an `out` argument. */
export function outData(out: unknown, node: Node): Data {
  const data = out instanceof NdArray ? out.data : out;
  const wanted = node.dtype === "float64" ? Float64Array : Float32Array;
  if (!(data instanceof wanted))
    return fail("value", `out must be a ${wanted.name}${node.shape.length > 1 ? " or an NdArray of one" : ""}, got ${describe(out)}`);
  if (data.length !== node.size)
    fail("shape", `out has ${data.length} elements, the result has ${node.size} (shape ${showShape(node.shape)})`);
  return data as Data;
}
