// Graphs as text, in the style of JAX: fresh short names, one node a line with its type, constants in place.
import { showAval } from "./aval.ts";
import { Closed, type Node } from "./graph.ts";
import { resultsOf } from "./part.ts";
import { reachable } from "./walk.ts";

/** a, b, …, z, aa, ab, … */
export function nameOf(i: number): string {
  const letter = String.fromCharCode(97 + (i % 26));
  return i < 26 ? letter : nameOf(Math.floor(i / 26) - 1) + letter;
}

/** The number that every element of `node` is, if that is plain to see: a constant, or a view of one. */
function constantIn(node: Node, known: ReadonlyMap<Node, string>): string | undefined {
  const { value } = node.params as { value?: unknown };
  if (node.inputs.length === 0)
    return typeof value === "number" ? (Object.is(value, -0) ? "-0" : String(value)) : undefined;
  const source = node.inputs[0] as Node;
  return node.prim.lower.kind === "view" && node.inputs.length === 1 && source.shape.length === 0
    ? known.get(source)
    : undefined;
}

/** Whether `value` says in words what it is. */
const isShown = (value: unknown): boolean => value instanceof Closed || String(value) !== String({});

const hasGraphs = (value: unknown): boolean =>
  value instanceof Closed || (Array.isArray(value) && value.some((v) => v instanceof Closed));
/** Graphs inside of a line: deeper than the line, whose names begin in column 6. */
const INDENT = "\n        ";

function showParam(value: unknown): string {
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}(${(value as Float64Array).length})`;
  if (value instanceof Closed) return printGraph(value.outputs, value.parameters).replaceAll("\n", INDENT);
  if (hasGraphs(value)) return `[${(value as readonly Closed[]).map((v) => INDENT + showParam(v)).join("")}]`;
  return Array.isArray(value) ? `[${value}]` : String(value);
}

/** `{ lambda a:float64[2] . let b:float64[2] = sin a … in (…) }`; `names` is filled with what it calls nodes. */
export function printGraph(
  outputs: readonly Node[],
  parameters: readonly Node[],
  names: Map<Node, string> = new Map(),
): string {
  const constants = new Map<Node, string>();
  for (const p of parameters) names.set(p, nameOf(names.size));
  const lines: string[] = [];
  const ref = (x: Node): string => constants.get(x) ?? (names.get(x) as string);
  for (const node of reachable(outputs)) {
    if (names.has(node)) continue;
    const constant = constantIn(node, constants);
    if (constant !== undefined) {
      constants.set(node, constant);
      continue;
    }
    const name = nameOf(names.size);
    names.set(node, name);
    const params = Object.entries(node.params)
      .filter(([key, value]) => key !== "shape" && key !== "dtype" && isShown(value))
      .sort(([, a], [, b]) => Number(hasGraphs(a)) - Number(hasGraphs(b)));
    const shown = params.length > 0 ? `[${params.map(([key, value]) => `${key}=${showParam(value)}`).join(" ")}]` : "";
    const call = [node.prim.name + shown, ...node.inputs.map(ref)].join(" ");
    lines.push(`${name}:${resultsOf(node).map(showAval).join()} = ${call}`);
  }
  const head = `{ lambda ${parameters.map((p) => `${names.get(p)}:${showAval(p)}`).join(" ")} .`;
  const body = lines.map((line, i) => `  ${i === 0 ? "let" : "   "} ${line}`);
  return [head, ...body, `  in (${outputs.map((y) => ref(y)).join(", ")}) }`].join("\n");
}
