// What becomes of a call of a closed graph before the plan: it is inlined, or it is a step whose body is expanded.
import { make } from "../../ir/build.ts";
import { close, inline } from "../../ir/closed.ts";
import type { Calculus, Closed, Node } from "../../ir/graph.ts";
import { expandCalls } from "./expand.ts";

/** Graphs with nothing to expand in them, and what they take besides their parameters. */
interface Expanded {
  readonly graph: Closed;
  readonly captured: readonly Node[];
}
const bodies: WeakMap<Closed, Expanded> = /* @__PURE__ */ new WeakMap();

function bodyOf(body: Closed): Expanded {
  let known = bodies.get(body);
  if (!known) {
    const outputs = expandCalls(body.outputs);
    known = outputs === body.outputs ? { graph: body, captured: [] } : close(body.parameters, outputs);
    bodies.set(body, known);
    bodies.set(known.graph, { graph: known.graph, captured: [] });
  }
  return known;
}

export const expanded: Calculus["expanded"] = (node, all) => {
  const { lower } = node.prim;
  if (lower.kind !== "closed") return undefined;
  const body = lower.body(node);
  if (all) return inline(body, node.inputs);
  const { graph, captured } = bodyOf(body);
  const args = [...node.inputs, ...captured];
  if (!lower.step(node)) return inline(graph, args);
  // Where results can differ from zero has been asked. Asked again, it would bring graphs that are not expanded.
  const { supports, ...params } = node.params as { supports?: unknown };
  return graph === body && !supports ? undefined : make(node.prim, args, { ...params, body: graph });
};
