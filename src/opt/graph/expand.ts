// The first pass: what has no code of its own becomes what it is made of, functions with rules of their own included.
import { make } from "../../ir/build.ts";
import { close, inline } from "../../ir/closed.ts";
import type { Closed, Node } from "../../ir/graph.ts";
import { reachable, rewrite } from "../../ir/walk.ts";
import type { GraphPass } from "../pass.ts";

/** Graphs with nothing to expand in them, and what they take besides their parameters. */
interface Expanded {
  readonly graph: Closed;
  readonly captured: readonly Node[];
}
const bodies: WeakMap<Closed, Expanded> = /* @__PURE__ */ new WeakMap();

/** Whether `n` is to be replaced; steps are only where something is left to do in them, or where `all` is inlined. */
function isPending(n: Node, all: boolean): boolean {
  const { lower } = n.prim;
  if (lower.kind !== "closed") return lower.kind === "composition";
  if (all || !lower.step(n)) return true;
  const body = lower.body(n);
  return expanded(body).graph !== body;
}

/** `outputs` without compositions and calls; steps stay, unless `all` is to be inlined. */
export function expandCalls(outputs: readonly Node[], all = false): readonly Node[] {
  let current = outputs;
  while (reachable(current).some((n) => isPending(n, all)))
    current = rewrite(current, (n) => {
      const { lower } = n.prim;
      if (lower.kind === "composition") return lower.of(n);
      if (lower.kind !== "closed" || !isPending(n, all)) return undefined;
      if (all) return inline(lower.body(n), n.inputs);
      const { graph, captured } = expanded(lower.body(n));
      const args = [...n.inputs, ...captured];
      return lower.step(n) ? make(n.prim, args, { ...n.params, body: graph }) : inline(graph, args);
    });
  return current;
}

function expanded(body: Closed): Expanded {
  let known = bodies.get(body);
  if (!known) {
    const outputs = expandCalls(body.outputs);
    known = outputs === body.outputs ? { graph: body, captured: [] } : close(body.parameters, outputs);
    bodies.set(body, known);
    bodies.set(known.graph, { graph: known.graph, captured: [] });
  }
  return known;
}

export const expand: GraphPass = { name: "expand", list: "lowered", run: (outputs) => expandCalls(outputs) };
