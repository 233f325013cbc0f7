// The whole call at once, for float64 vectors. Checking and copying them in the general way, which knows all types and trees, costs
// more than many a computation on few elements: a call on two of them took twice as long.
import type { Data } from "../primitives/leaf.ts";
import { nanCheck } from "./nan-check.ts";
import { copyIn, copyOut, type Port, type Program } from "./program.ts";
import { doubles } from "./runtime.ts";

/**
 * Runs `p` with `a` as input 0 and, if `two`, `b` as input 1, and copies output 0, into `out` if given. Undefined, and nothing done, where the
 * program or an argument is of another kind, or where results are to be looked through: then go the general way.
 */
export function direct(p: Program, a: unknown, two: boolean, b: unknown, out: unknown): Data | undefined {
  const x = p.inputs[0] as Port;
  const y = p.outputs[0] as Port;
  if (
    nanCheck ||
    p.stream ||
    x.dtype !== "float64" ||
    y.dtype !== "float64" ||
    !(a instanceof Float64Array && a.length === x.size) ||
    (two && !(b instanceof Float64Array && b.length === x.size)) ||
    (out !== undefined && !(out instanceof Float64Array && out.length === y.size))
  )
    return undefined;
  p.begin();
  const memory = doubles();
  copyIn(memory, p.address(x) / 8, a, x.size);
  if (two) copyIn(memory, p.address(p.inputs[1] as Port) / 8, b as Float64Array, x.size);
  p.run();
  return copyOut(memory, p.address(y) / 8, y.size, out as Data | undefined);
}
