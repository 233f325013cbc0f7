// Two calls as one: products of one matrix with two vectors, where a kernel reads every row once for both.
import type { KernelArg, Rows } from "../../ir/graph.ts";
import { JOIN_STEPS } from "../cost.ts";
import type { StepPass } from "../pass.ts";
import type { Operand } from "../plan/pull.ts";
import type { PreparedCall } from "./calls.ts";
import { rowCommand } from "./rows.ts";
import { type CallStep, reads, type Step } from "./steps.ts";

/** One call that does what `a` and `b` do, where a kernel does both at once. */
function joined(a: PreparedCall, b: PreparedCall): PreparedCall | undefined {
  const [first, second] = [rowCommand(a), rowCommand(b)];
  const twice = first?.rows.twice;
  if (!first || !twice || first.kernel !== second?.kernel) return undefined;
  const same = (x: KernelArg, y: KernelArg): boolean =>
    typeof x === "object" && typeof y === "object" && "ptr" in x && "ptr" in y
      ? x.ptr === y.ptr && sameOperand(a.operands[x.ptr] as Operand, b.operands[y.ptr] as Operand)
      : x === y;
  if (!first.operands.every((x, i) => twice.differ.includes(i) || same(x, second.operands[i] as KernelArg)))
    return undefined;
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
        differ.includes(at) ? [[first.operands.length + differ.indexOf(at), n] as const] : [],
      ),
    ],
  };
  const operands = [...first.operands, ...differ.map((i) => moved(second.operands[i] as KernelArg))];
  return {
    nodes: [...a.nodes, ...b.nodes],
    operands: [...a.operands, ...b.operands],
    init: undefined,
    commands: [{ kind: "call", kernel, operands, rows }],
  };
}
const sameOperand = (a: Operand, b: Operand): boolean =>
  a.base === b.base && a.offset === b.offset && a.strides.every((s, i) => s === b.strides[i]);

/** Calls that follow each other and go through the same rows become one, where a kernel does both at once. */
export const joinedCalls: StepPass = { name: "joined calls", list: "steps", run: joinCalls };

function joinCalls(steps: readonly Step[]): Step[] {
  const out: Step[] = [];
  let run = 0; // where the calls of this run begin: none reads what another one makes
  for (const s of steps) {
    const nearby = out.slice(Math.max(run, out.length - JOIN_STEPS)) as CallStep[];
    if (s.kind !== "call" || nearby.some((t) => t.call.nodes.some((n) => reads(s, n)))) run = out.length;
    else {
      let both: PreparedCall | undefined;
      const k = nearby.findIndex((t) => (both = joined(t.call, s.call)));
      if (both) {
        out[out.length - nearby.length + k] = { kind: "call", call: both };
        continue;
      }
    }
    out.push(s);
    if (s.kind !== "call") run = out.length;
  }
  return out;
}
