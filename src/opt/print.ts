// Steps and bodies as text, in the style of printed graphs (ir/print.ts): one value a line, arrays by the numbers of
// their nodes.
import { showAval } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import type { Affine } from "../ir/index-map.ts";
import type { Body, Sink } from "./plan/body.ts";
import type { Value } from "./plan/lane-builder.ts";
import type { Command, PreparedCall } from "./steps/calls.ts";
import { type ControlStep, callsOf, type Form, type LoopStep, type Step } from "./steps/steps.ts";

const LOOPS = "ijklmn";
const arrayName = (n: Node): string => `${n.prim.name}#${n.id}`;

/** `2i + j + 1` */
function showPosition(p: Affine): string {
  const terms = p.slice(1).flatMap((c, l) => (c === 0 ? [] : [`${c === 1 ? "" : c === -1 ? "-" : c}${LOOPS[l]}`]));
  if (p[0] !== 0 || terms.length === 0) terms.push(String(p[0]));
  return terms.join(" + ").replaceAll("+ -", "- ");
}

function showValue(v: Value): string {
  const args = v.args.map((a) => `v${a.id}`).join(" ");
  if (v.op === "const") return Object.is(v.value, -0) ? "-0" : String(v.value);
  if (v.op === "iota") return showPosition(v.position as Affine);
  if (v.op === "load") return `${arrayName(v.source as Node)}[${showPosition(v.position as Affine)}]`;
  if (v.op === "gather")
    return `${arrayName(v.source as Node)}[${showPosition(v.position as Affine)} + ${v.stride}·${args}]`;
  return `${v.kernel?.own.name ?? (v.op === "convert" ? v.dtype : v.op)} ${args}`;
}

const showSink = ({ root, position, value, ...s }: Sink): string =>
  `${arrayName(root.node)}[${showPosition(position)}] ${s.kind === "store" ? "=" : `${s.op}=`} v${value.id}`;

/** `for i in 0..10 { v0 = x#1[i] … y#2[i] = v3 }`, a line each. */
export function printBody(body: Body): string {
  const ranges = body.box.ranges.map(([lo, hi], l) => `${LOOPS[l]} in ${lo}..${hi}`);
  const lines = [...body.live.map((v) => `v${v.id} = ${showValue(v)}`), ...body.sinks.map(showSink)];
  return [`for ${ranges.join(", ") || "once"} {`, ...lines.map((l) => `  ${l}`), "}"].join("\n");
}

function kernelCalls(commands: readonly Command[]): number {
  return commands.reduce((n, c) => n + (c.kind === "loop" ? c.count * kernelCalls(c.body) : 1), 0);
}
const showCall = ({ nodes, operands, commands }: PreparedCall): string =>
  `${nodes.map((n) => `${arrayName(n)}:${showAval(n)}`).join(", ")} = call of ` +
  `${operands.map((o) => arrayName(o.base)).join(", ")}, kernels ${kernelCalls(commands)}`;

function showForm(f: Form): string {
  if (f.kind === "triangle") return `triangle, ${f.beside} sinks beside the diagonal`;
  if (f.kind === "blocks") return `blocks of ${f.block} of ${f.rows} rows`;
  if (f.kind === "windows") return `windows of ${f.stream.width} elements, ${f.stream.pieces} pieces`;
  return f.kind;
}

function showLoop(step: LoopStep): string {
  const head = `nest [${step.nest.sizes.join("x")}] in ${showForm(step.form)}`;
  const calls = callsOf(step).map((c) => `  ${showCall(c)}`);
  const bodies = step.bodies.map((b) => printBody(b).replaceAll(/^/gm, "  "));
  return [head, ...calls, ...bodies].join("\n");
}

function showControl({ node, operands, results, blocks }: ControlStep): string {
  const from = operands.map((o) => (typeof o === "number" ? o : arrayName(o.base))).join(", ");
  const head = `${results.map((r) => `${arrayName(r)}:${showAval(r)}`).join(", ")} = ${node.prim.name} of ${from}`;
  return [head, ...blocks.map((b) => `{\n${printSteps(b.steps)}`.replaceAll("\n", "\n  ") + "\n}")].join("\n");
}

/** The steps of a program, one after the other. */
export const printSteps = (steps: readonly Step[]): string =>
  steps
    .map((s) => {
      if (s.kind === "call") return showCall(s.call);
      if (s.kind === "loop") return showLoop(s);
      if (s.kind === "control") return showControl(s);
      const { array, packed, stride } = s.packed;
      const [to, from] = s.back ? [array, packed] : [packed, array];
      return `${arrayName(to)} = copy of ${arrayName(from)}, stride ${stride}`;
    })
    .join("\n");
