// Kernel calls as data: the commands that a primitive's record asks for, on operands that lie in memory.
import { stridesOf } from "../../ir/aval.ts";
import type { ArrayRef, CallArgs, KernelArg, Node, Rows } from "../../ir/graph.ts";
import type { Kernel } from "../../ir/kernel.ts";
import { constValue } from "../../primitives/spread.ts";
import { type Operand, resolve } from "../plan/pull.ts";

export interface CallCommand {
  readonly kind: "call";
  readonly kernel: Kernel;
  readonly operands: readonly KernelArg[];
  readonly rows?: Rows | undefined;
}
export type Command =
  | CallCommand
  | {
      readonly kind: "loop";
      readonly count: number;
      readonly counter: number;
      readonly body: readonly Command[];
    };

/** A kernel call, ready to be placed in memory. Operands -1 and -2 are the outputs. */
export interface PreparedCall {
  /** What it computes: one node, or two where two calls became one. */
  readonly nodes: readonly Node[];
  readonly operands: readonly Operand[];
  /** What the output begins as: a copy of this operand, or zeros. */
  readonly init: number | "zero" | undefined;
  readonly commands: readonly Command[];
}

/** The call of `node`, whose operands are in memory: inputs, or roots that are `stored`. */
export function prepareCall(node: Node, stored: { has(n: Node): boolean }): PreparedCall {
  const { lower } = node.prim;
  if (lower.kind !== "call") throw new TypeError(`${node.prim.name} is not a kernel call`);
  const call = lower.call(node);
  const init =
    call.init === undefined ? undefined : constValue(node.inputs[call.init] as Node) === 0 ? "zero" : call.init;
  const operands = node.inputs.map(
    (x, i): Operand =>
      init === "zero" && i === call.init
        ? { base: node, offset: 0, strides: [] }
        : resolve(x, call.strided[i] as boolean, stored),
  );
  return { nodes: [node], operands, init, commands: recorded(node, operands, (args) => call.emit(args)) };
}

/** The commands that `emit` gives. */
function recorded(node: Node, operands: readonly Operand[], emit: (args: CallArgs) => void): Command[] {
  const commands: Command[] = [];
  let open = commands;
  let counters = 0;
  emit({
    operand: (i): ArrayRef =>
      i < 0
        ? { shape: node.shape, strides: stridesOf(node.shape) }
        : { shape: (node.inputs[i] as Node).shape, strides: (operands[i] as Operand).strides },
    accumulate: false,
    call: (kernel, given, rows) => open.push({ kind: "call", kernel, operands: given, rows }),
    loop(count, body) {
      const outer = open;
      const counter = counters++;
      open = [];
      body(counter);
      outer.push({ kind: "loop", count, counter, body: open });
      open = outer;
    },
  });
  return commands;
}

/** A kernel that a program calls: how many arguments it takes, how much scratch memory it asks for. */
export interface KernelUse {
  readonly kernel: Kernel;
  readonly arity: number;
  readonly workspace: number;
}
export function kernelsOf(commands: readonly Command[]): KernelUse[] {
  return commands.flatMap((c) =>
    c.kind === "loop"
      ? kernelsOf(c.body)
      : [{ kernel: c.kernel, arity: c.operands.length, workspace: Math.max(...c.operands.map(workspaceBytes)) }],
  );
}

/** Bytes of scratch memory that an argument asks for. */
const workspaceBytes = (a: KernelArg): number =>
  typeof a === "object" && "workspace" in a ? Math.ceil(a.workspace / 16) * 16 : 0;
