// Kernel calls as code.
import { bytesOf } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import type { Operand } from "../opt/plan/pull.ts";
import type { Command, PreparedCall } from "../opt/steps/calls.ts";
import { type Ref, WORK } from "../opt/steps/layout.ts";
import type { Fn } from "./assembler.ts";
import { I32 } from "./opcodes.ts";
import type { Target } from "./target.ts";

/** Code of a call; `outer`: the locals of counters of loops that it is in. */
export function emitCall(
  fn: Fn,
  call: PreparedCall,
  { ref, functionIndex, workspace }: Target,
  outer?: ReadonlyMap<number, number>,
): void {
  const address = (at: Operand): void => {
    const { region, offset } = ref(at.base);
    fn.get(region);
    const bytes = offset + at.offset * bytesOf(at.base.dtype);
    if (bytes !== 0) {
      fn.i32(bytes);
      fn.op("i32.add");
    }
  };
  const output = (ptr: number): Operand => ({ base: call.nodes[-1 - ptr] as Node, offset: 0, strides: [] });
  const [node] = call.nodes as [Node];
  /** What the output begins as lies in its memory: it is changed in place. */
  const isThere = ({ base, offset }: Operand): boolean => {
    const [from, to] = [ref(base), ref(node)];
    return offset === 0 && from.region === to.region && from.offset === to.offset;
  };
  if (call.init === "zero") emitZeros(fn, node, ref);
  else if (call.init !== undefined && !isThere(call.operands[call.init] as Operand)) {
    address(output(-1));
    address(call.operands[call.init] as Operand);
    fn.i32(node.size * bytesOf(node.dtype));
    fn.copy();
  }
  const counters = new Map(outer);
  const run = (commands: readonly Command[]): void => {
    for (const c of commands) {
      if (c.kind === "loop") {
        if (c.count === 0) continue;
        const counter = fn.local(I32);
        counters.set(c.counter, counter);
        fn.count(counter, 0, c.count, () => run(c.body));
        continue;
      }
      for (const a of c.operands) {
        if (typeof a === "number") fn.i32(a);
        else if ("workspace" in a) {
          fn.get(WORK);
          fn.i32(workspace);
          fn.op("i32.add");
        } else {
          const at = a.ptr < 0 ? output(a.ptr) : (call.operands[a.ptr] as Operand);
          address({ ...at, offset: at.offset + (a.plus ?? 0) });
          for (const [counter, elements] of a.advance ?? []) {
            fn.get(counters.get(counter) as number);
            fn.i32(elements * bytesOf(at.base.dtype));
            fn.op("i32.mul");
            fn.op("i32.add");
          }
        }
      }
      fn.call(functionIndex(c.kernel));
    }
  };
  run(call.commands);
}

/** Fills the memory of `n` with zeros. */
export function emitZeros(fn: Fn, n: Node, ref: (n: Node) => Ref): void {
  const { region, offset } = ref(n);
  fn.get(region);
  fn.i32(offset);
  fn.op("i32.add");
  fn.i32(0);
  fn.i32(n.size * bytesOf(n.dtype));
  fn.fill();
}
