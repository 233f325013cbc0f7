// Copies between arrays and their packed forms (opt/steps/pack.ts): one pass, all columns of a row at a time.
import { bytesOf } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import type { Ref } from "../opt/steps/layout.ts";
import type { CopyStep } from "../opt/steps/steps.ts";
import type { Fn } from "./assembler.ts";
import { memoryName } from "./lane-code.ts";
import { I32 } from "./opcodes.ts";

/** Emits `packed ← array`, or `array ← packed` if `back`. */
export function emitPacking(fn: Fn, { packed: p, back }: CopyStep, ref: (n: Node) => Ref): void {
  const { array, packed, stride, rows } = p;
  const bytes = bytesOf(array.dtype);
  const [at, row, end] = [fn.local(I32), fn.local(I32), fn.local(I32)];
  const start = (n: Node, local: number): void => {
    const { region, offset } = ref(n);
    fn.get(region);
    fn.i32(offset);
    fn.op("i32.add");
    fn.set(local);
  };
  /** Column `b` of the row that the pointers are at. */
  const copy = (b: number): void => {
    const one = [at, b * bytes] as const;
    const other = [row, b * rows * bytes] as const;
    const [[to, toOffset], [from, fromOffset]] = back ? [one, other] : [other, one];
    fn.get(to);
    fn.get(from);
    fn.mem(memoryName(array.dtype, "load"), fromOffset);
    fn.mem(memoryName(array.dtype, "store"), toOffset);
  };
  const step = (local: number, by: number): void => {
    fn.get(local);
    fn.i32(by);
    fn.op("i32.add");
  };
  start(array, at);
  start(packed, row);
  const whole = Math.floor(array.size / stride);
  if (whole > 0) {
    step(row, whole * bytes);
    fn.set(end);
    fn.doWhile(() => {
      for (let b = 0; b < stride; b++) copy(b);
      step(at, stride * bytes);
      fn.set(at);
      step(row, bytes);
      fn.tee(row);
      fn.get(end);
      fn.op("i32.ne");
    });
  }
  for (let b = 0; b < array.size - whole * stride; b++) copy(b);
}
