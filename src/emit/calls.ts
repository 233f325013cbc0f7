// Kernel calls: the commands that a primitive's record asks for, and their code.
import { bytesOf, stridesOf } from "../ir/aval.ts";
import type { ArrayRef, CallArgs, KernelArg, Node, Rows } from "../ir/graph.ts";
import type { Kernel } from "../ir/kernel.ts";
import type { Root } from "../opt/plan/plan.ts";
import { type Operand, resolve } from "../opt/plan/pull.ts";
import { type Ref, WORK } from "../opt/steps/layout.ts";
import { constValue } from "../primitives/spread.ts";
import type { Fn } from "./assembler.ts";
import { I32 } from "./opcodes.ts";

export type Command =
  | {
      readonly kind: "call";
      readonly kernel: Kernel;
      readonly args: readonly KernelArg[];
      readonly rows?: Rows | undefined;
    }
  | { readonly kind: "loop"; readonly count: number; readonly counter: number; readonly body: Command[] };

/** A kernel call, ready to be placed in memory. Operands -1 and -2 are the outputs. */
export interface PreparedCall {
  /** What it computes: one node, or two where two calls became one. */
  readonly nodes: readonly Node[];
  readonly operands: readonly Operand[];
  readonly init: number | "zero" | undefined;
  readonly commands: readonly Command[];
}

export function prepareCall(node: Node, roots: ReadonlyMap<Node, Root>): PreparedCall {
  const { lower } = node.prim;
  if (lower.kind !== "call") throw new TypeError(`${node.prim.name} is not a kernel call`);
  const call = lower.call(node);
  const init =
    call.init === undefined ? undefined : constValue(node.inputs[call.init] as Node) === 0 ? "zero" : call.init;
  const operands = node.inputs.map(
    (x, i): Operand =>
      init === "zero" && i === call.init
        ? { base: node, offset: 0, strides: [] }
        : resolve(x, call.strided[i] as boolean, roots),
  );
  const commands: Command[] = [];
  let open = commands;
  let counters = 0;
  const args: CallArgs = {
    operand: (i): ArrayRef =>
      i < 0
        ? { shape: node.shape, strides: stridesOf(node.shape) }
        : { shape: (node.inputs[i] as Node).shape, strides: (operands[i] as Operand).strides },
    accumulate: false,
    call: (kernel, list, rows) => open.push({ kind: "call", kernel, args: list, rows }),
    loop(count, body) {
      const outer = open;
      const counter = counters++;
      open = [];
      body(counter);
      outer.push({ kind: "loop", count, counter, body: open });
      open = outer;
    },
  };
  call.emit(args);
  return { nodes: [node], operands, init, commands };
}

export interface CallContext {
  ref(n: Node): Ref;
  functionIndex(kernel: Kernel): number;
  /** Offset of the scratch memory. */
  readonly workspace: number;
}

/** Code of a call; `outer`: the locals of counters of loops that it is in. */
export function emitCall(
  fn: Fn,
  call: PreparedCall,
  { ref, functionIndex, workspace }: CallContext,
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
  if (call.init === "zero") emitZeros(fn, node, ref);
  else if (call.init !== undefined) {
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
      for (const a of c.args) {
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

/** Every kernel that `commands` call. */
export function kernelsOf(commands: readonly Command[]): { kernel: Kernel; arity: number; workspace: number }[] {
  return commands.flatMap((c) =>
    c.kind === "loop"
      ? kernelsOf(c.body)
      : [{ kernel: c.kernel, arity: c.args.length, workspace: Math.max(...c.args.map(workspaceBytes)) }],
  );
}

/** Bytes of scratch memory that an argument asks for. */
const workspaceBytes = (a: KernelArg): number =>
  typeof a === "object" && "workspace" in a ? Math.ceil(a.workspace / 16) * 16 : 0;
