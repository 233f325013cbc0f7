// Steps and bodies as text, in the style of printed graphs (ir/print.ts): one value a line. Arrays have the names that
// the caller knows them by, else the numbers of their nodes.
import { showAval } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import type { Affine } from "../ir/index-map.ts";
import type { Body, Sink } from "./plan/body.ts";
import type { Value } from "./plan/lane-builder.ts";
import type { Command, PreparedCall } from "./steps/calls.ts";
import { type ControlStep, callsOf, type Form, type LoopStep, type Step } from "./steps/steps.ts";

const LOOPS = "ijklmn";
/** What an array is called. */
export type Names = (n: Node) => string;
const numbered: Names = (n) => `${n.prim.name}#${n.id}`;

/** `2i + j + 1` */
function showPosition(p: Affine): string {
  const terms = p.slice(1).flatMap((c, l) => (c === 0 ? [] : [`${c === 1 ? "" : c === -1 ? "-" : c}${LOOPS[l]}`]));
  if (p[0] !== 0 || terms.length === 0) terms.push(String(p[0]));
  return terms.join(" + ").replaceAll("+ -", "- ");
}

function showValue(v: Value, name: Names): string {
  const args = v.operands.map((a) => `v${a.id}`).join(" ");
  if (v.op === "const") return Object.is(v.value, -0) ? "-0" : String(v.value);
  if (v.op === "iota") return showPosition(v.position as Affine);
  if (v.op === "load") return `${name(v.source as Node)}[${showPosition(v.position as Affine)}]`;
  if (v.op === "gather")
    return `${name(v.source as Node)}[${showPosition(v.position as Affine)} + ${v.stride}·${args}]`;
  return `${v.kernel?.own.name ?? (v.op === "convert" ? v.dtype : v.op)} ${args}`;
}

const showSink = ({ root, position, value, ...s }: Sink, name: Names): string =>
  `${name(root.node)}[${showPosition(position)}] ${s.kind === "store" ? "=" : `${s.op}=`} v${value.id}`;

/** `for i in 0..10 { v0 = x#1[i] … y#2[i] = v3 }`, a line each. */
export function printBody(body: Body, name = numbered): string {
  const ranges = body.box.ranges.map(([lo, hi], l) => `${LOOPS[l]} in ${lo}..${hi}`);
  const lines = [
    ...body.live.map((v) => `v${v.id} = ${showValue(v, name)}`),
    ...body.sinks.map((k) => showSink(k, name)),
  ];
  return [`for ${ranges.join(", ") || "once"} {`, ...lines.map((l) => `  ${l}`), "}"].join("\n");
}

function kernelCalls(commands: readonly Command[]): number {
  return commands.reduce((n, c) => n + (c.kind === "loop" ? c.count * kernelCalls(c.body) : 1), 0);
}
const showCall = ({ nodes, operands, commands }: PreparedCall, name: Names): string =>
  `${nodes.map((n) => `${name(n)}:${showAval(n)}`).join(", ")} = ` +
  `call of ${nodes.map((n) => n.prim.name).join(" and ")} on ${operands.map((o) => name(o.base)).join(", ")}, ` +
  `kernels ${kernelCalls(commands)}`;

function showForm(f: Form): string {
  if (f.kind === "triangle") return `triangle, ${f.beside} sinks beside the diagonal`;
  if (f.kind === "blocks") return `blocks of ${f.block} of ${f.rows} rows`;
  if (f.kind === "windows") return `windows of ${f.stream.width} elements, ${f.stream.pieces} pieces`;
  return f.kind;
}

function showLoop(step: LoopStep, name: Names): string {
  const head = `nest [${step.nest.sizes.join("x")}] in ${showForm(step.form)}`;
  const calls = callsOf(step).map((c) => `  ${showCall(c, name)}`);
  const bodies = step.bodies.map((b) => printBody(b, name).replaceAll(/^/gm, "  "));
  return [head, ...calls, ...bodies].join("\n");
}

function showControl({ node, results, inside }: ControlStep, name: Names): string {
  const { operands, blocks } = inside ?? { operands: [], blocks: [] };
  const from = operands.map((o) => (typeof o === "number" ? o : name(o.base))).join(", ");
  const head = `${results.map((r) => `${name(r)}:${showAval(r)}`).join(", ")} = ${node.prim.name} of ${from}`;
  return [head, ...blocks.map((b) => `{\n${printSteps(b.steps, name)}`.replaceAll("\n", "\n  ") + "\n}")].join("\n");
}

/** The steps of a program, one after the other. */
export const printSteps = (steps: readonly Step[], name = numbered): string =>
  steps
    .map((s) => {
      if (s.kind === "call") return showCall(s.call, name);
      if (s.kind === "loop") return showLoop(s, name);
      if (s.kind === "control") return showControl(s, name);
      const { array, packed, stride } = s.packed;
      const [to, from] = s.back ? [array, packed] : [packed, array];
      return `${name(to)} = copy of ${name(from)}, stride ${stride}`;
    })
    .join("\n");
