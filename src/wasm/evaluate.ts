// Running a graph once. Programs are cached by the structure of the graph, so that a one-shot transform of a fresh closure
// traces again but does not compile again; captured arrays are read anew at each call.
import { inSession } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { reachable } from "../ir/walk.ts";
import { type Data, isLiteral, isParameter } from "../primitives/leaf.ts";
import { nanCheck } from "./nan-check.ts";
import { Program } from "./program.ts";

/** Programs kept; the least recently used goes first. */
const CAPACITY = 64;
const cache = new Map<string, Program>();

/** Structure of a graph: equal for graphs that differ only in node identities and the content of captured arrays. */
function structure(outputs: readonly Node[], parameters: readonly Node[]): { key: string; literals: Node[] } {
  const number = new Map<Node, number>();
  const literals: Node[] = [];
  const parts: string[] = [];
  parameters.forEach((p, i) => {
    number.set(p, i);
    parts.push(`${p.dtype}${p.shape.join("x")}`);
  });
  for (const n of reachable(outputs)) {
    if (number.has(n)) continue;
    number.set(n, number.size);
    if (isLiteral(n)) {
      parts.push(`literal ${n.dtype}${n.shape.join("x")}`);
      literals.push(n);
      continue;
    }
    if (isParameter(n)) {
      parts.push(`foreign ${n.id}`);
      continue;
    }
    let s = n.prim.name;
    for (const [k, v] of Object.entries(n.params)) s += `;${k}=${Object.is(v, -0) ? "-0" : String(v)}`;
    for (const x of n.inputs) s += `,${number.get(x)}`;
    parts.push(s);
  }
  parts.push(`> ${outputs.map((o) => number.get(o)).join()}`);
  return { key: parts.join("|"), literals };
}

/** The values of `outputs` when the parameters have `values` (row-major, one array a node; booleans as int32 0/1). */
export function evaluate(outputs: readonly Node[], parameters: readonly Node[], values: readonly ArrayLike<number>[]): Data[] {
  const { key, literals } = structure(outputs, parameters);
  let program = cache.get(key);
  if (program) {
    cache.delete(key);
    program.rebind(literals.map((l) => (l.params as { data: Data }).data));
  } else {
    program = inSession(() => new Program(outputs, parameters));
    if (cache.size >= CAPACITY) {
      const [oldest, old] = cache.entries().next().value as [string, Program];
      cache.delete(oldest);
      old.dispose();
    }
  }
  cache.set(key, program);
  program.begin();
  values.forEach((v, i) => {
    program.load(i, v);
  });
  program.run();
  const results = outputs.map((_, k) => program.read(k));
  nanCheck?.(results, () => ({ outputs, parameters, values }));
  return results;
}
