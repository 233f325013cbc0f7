// Graphs and data as text, for the messages of failing tests.
import { type Data, showAval } from "../../src/ir/aval.ts";
import type { Node } from "../../src/ir/graph.ts";
import { reachable } from "../../src/ir/walk.ts";

const showParam = (value: unknown): string =>
  ArrayBuffer.isView(value)
    ? showData(value as Data)
    : Array.isArray(value)
      ? `[${value}]`
      : Object.is(value, -0)
        ? "-0"
        : String(value);

/** One node a line, numbered from 0. */
export function showGraph(outputs: readonly Node[], parameters: readonly Node[] = []): string {
  const nodes = reachable([...parameters, ...outputs]);
  const name = new Map(nodes.map((n, i) => [n, `%${i}`]));
  const lines = nodes.map((n) => {
    const params = Object.entries(n.params).filter(
      ([key]) => !["shape", "dtype"].includes(key) || n.prim.name === "convert",
    );
    const which = parameters.indexOf(n);
    const operands = [...n.inputs.map((x) => name.get(x)), ...params.map(([k, v]) => `${k}=${showParam(v)}`)].join(" ");
    return `  ${name.get(n)}: ${showAval(n)} = ${n.prim.name}${which >= 0 ? ` #${which}` : ""} ${operands}`;
  });
  return `${lines.join("\n")}\n  return ${outputs.map((y) => name.get(y)).join(", ")}`;
}

/** The elements, at most forty of them. */
export const showData = (data: Data): string =>
  `${data.constructor.name}(${data.length}) [${Array.from(data.subarray(0, 40)).join(", ")}${data.length > 40 ? ", …" : ""}]`;
