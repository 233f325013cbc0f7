// Two calls as one: products of one matrix with two vectors, where a kernel reads every row once for both.

import type { Command, PreparedCall } from "../../emit/calls.ts";
import type { KernelArg, Rows } from "../../ir/graph.ts";
import type { Operand } from "../plan/pull.ts";
import { reads, type Step, WINDOW } from "./steps.ts";

/** The only command of a call, where it is one on rows. */
export function rowCommand(
  call: PreparedCall,
): (Extract<Command, { kind: "call" }> & { readonly rows: Rows }) | undefined {
  const [command] = call.commands;
  return call.commands.length === 1 && command?.kind === "call" && command.rows && call.init === undefined
    ? (command as ReturnType<typeof rowCommand>)
    : undefined;
}

/** One call that does what `a` and `b` do, where a kernel does both at once. */
function joined(a: PreparedCall, b: PreparedCall): PreparedCall | undefined {
  const [first, second] = [rowCommand(a), rowCommand(b)];
  const twice = first?.rows.twice;
  if (!first || !twice || first.kernel !== second?.kernel) return undefined;
  const same = (x: KernelArg, y: KernelArg): boolean =>
    typeof x === "object" && typeof y === "object" && "ptr" in x && "ptr" in y
      ? x.ptr === y.ptr && sameOperand(a.operands[x.ptr] as Operand, b.operands[y.ptr] as Operand)
      : x === y;
  if (!first.args.every((x, i) => twice.differ.includes(i) || same(x, second.args[i] as KernelArg))) return undefined;
  // Its operands come after those of the first.
  const moved = (x: KernelArg): KernelArg =>
    typeof x === "object" && "ptr" in x ? { ...x, ptr: x.ptr < 0 ? -2 : x.ptr + a.operands.length } : x;
  const { differ, kernel } = twice;
  const { count, advance } = first.rows;
  const rows: Rows = {
    count,
    advance: [
      ...advance,
      ...second.rows.advance.flatMap(([at, n]) =>
        differ.includes(at) ? [[first.args.length + differ.indexOf(at), n] as const] : [],
      ),
    ],
  };
  const args = [...first.args, ...differ.map((i) => moved(second.args[i] as KernelArg))];
  return {
    nodes: [...a.nodes, ...b.nodes],
    operands: [...a.operands, ...b.operands],
    init: undefined,
    commands: [{ kind: "call", kernel, args, rows }],
  };
}
const sameOperand = (a: Operand, b: Operand): boolean =>
  a.base === b.base && a.offset === b.offset && a.strides.every((s, i) => s === b.strides[i]);

/** `steps` with calls that follow each other and go through the same rows joined, where a kernel does both at once. */
export function withJoinedCalls(steps: readonly Step[]): Step[] {
  const out: Step[] = [];
  let run = 0; // where the calls of this run begin: none reads what another one makes
  for (const s of steps) {
    const { call } = s;
    const nearby = out.slice(Math.max(run, out.length - WINDOW));
    if (!call || nearby.some((t) => (t.call as PreparedCall).nodes.some((n) => reads(s, n)))) run = out.length;
    else {
      let both: PreparedCall | undefined;
      const k = nearby.findIndex((t) => (both = joined(t.call as PreparedCall, call)));
      if (both) {
        out[out.length - nearby.length + k] = { call: both };
        continue;
      }
    }
    out.push(s);
    if (!call) run = out.length;
  }
  return out;
}
