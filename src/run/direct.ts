// The whole call at once, for vectors in the type of the program. Checking and copying them in the general way, which
// knows all types and trees, costs more than many a computation on few elements: a call on two of them took twice as
// long. Fastest where a process uses one type only, for which the engine then specializes the copies.
import { type Data, isArrayOf } from "../ir/aval.ts";
import { nanCheck } from "./nan-check.ts";
import { copyIn, copyOut, type Port } from "./ports.ts";
import type { Program } from "./program.ts";
import { memoryOf } from "./runtime.ts";

/**
 * Runs `p` with `a` as input 0 and, if `two`, `b` as input 1, and copies output 0, into `out` if given. Undefined,
 * and nothing done, where the program or an argument is of another kind, or where results are to be looked through:
 * then go the general way.
 */
export function direct(p: Program, a: unknown, two: boolean, b: unknown, out: unknown): Data | undefined {
  const x = p.inputs[0] as Port;
  const y = p.outputs[0] as Port;
  const type = x.dtype === "float64" ? Float64Array : Float32Array;
  if (
    nanCheck ||
    p.stream ||
    x.dtype !== y.dtype ||
    !(isArrayOf(a, type) && a.length === x.size) ||
    (two && !(isArrayOf(b, type) && b.length === x.size)) ||
    (out !== undefined && !(isArrayOf(out, type) && out.length === y.size))
  )
    return undefined;
  p.begin();
  const memory = memoryOf(x.dtype);
  const bytes = type.BYTES_PER_ELEMENT;
  copyIn(x, memory, p.address(x) / bytes, a);
  if (two) {
    const v = p.inputs[1] as Port;
    copyIn(v, memory, p.address(v) / bytes, b as Data);
  }
  p.run();
  return copyOut(y, memory, p.address(y) / bytes, out as Data | undefined);
}
