// Loops that walk the same rows or carry the same values become one: the loop of a value runs once beside those of its
// derivatives, which carry it too. So do choices by one index. What nobody reads goes, with what only that needs.
import { make } from "../../ir/build.ts";
import { close } from "../../ir/closed.ts";
import type { Closed, Node } from "../../ir/graph.ts";
import { isPart, resultsOf } from "../../ir/part.ts";
import { collect, reachable, rewrite } from "../../ir/walk.ts";
import { isChoice, isLoop } from "../../primitives/control.ts";
import type { GraphPass } from "../pass.ts";
import { groupsIn } from "./groups.ts";
import { joinedChoices, joinedLoops, type Member, prunedLoop } from "./joined.ts";

export const joinLoops: GraphPass = { name: "loops", list: "lowered", run: (outputs) => joined(outputs) };

const isControl = (n: Node): boolean => n.prim.lower.kind === "control";
const isStep = (n: Node): boolean => n.prim.lower.kind === "closed";

/** `outputs` with the loops and choices in it joined, and then the graphs that these are made of. */
export function joined(outputs: readonly Node[]): readonly Node[] {
  if (!reachable(outputs).some((n) => isControl(n) || isStep(n))) return outputs;
  let current = outputs;
  for (;;) {
    const { image, become } = replacements();
    for (const members of groupsIn(membersOf(current)))
      (isLoop((members[0] as Member).node) ? joinedLoops : joinedChoices)(members, become);
    // What only unread results need must not keep others apart.
    const next = image.size === 0 ? pruned(current) : grafted(current, image);
    if (next === current) break;
    current = next;
  }
  const inside = rewrite(current, withJoinedGraphs);
  return inside.every((y, i) => y === current[i]) ? current : pruned(inside);
}

function replacements() {
  const image = new Map<Node, Node>();
  const become = (part: Node, result: Node): void => {
    if (part !== result) image.set(part, result);
  };
  return { image, become };
}

/** The loops and choices behind `outputs`, and the parts of each that are read. */
function membersOf(outputs: readonly Node[]): Member[] {
  const members = new Map<Node, Node[]>();
  for (const n of reachable(outputs)) {
    if (isControl(n)) members.set(n, []);
    if (isPart(n)) members.get(n.inputs[0] as Node)?.push(n);
  }
  return [...members].map(([node, parts]) => ({ node, parts }));
}

/** `outputs` without results of loops and choices that nobody reads. */
function pruned(outputs: readonly Node[]): readonly Node[] {
  const { image, become } = replacements();
  // From the last one to the first: what goes may have been all that read of an earlier one.
  for (const { node, parts } of membersOf(outputs).reverse()) {
    const read = new Set(collect(outputs, (n) => (image.has(n) ? [image.get(n) as Node] : n.inputs)));
    const member = { node, parts: parts.filter((p) => read.has(p)) };
    if (member.parts.length === 0) continue;
    if (isLoop(node)) prunedLoop(member, become);
    else if (member.parts.length < resultsOf(node).length) joinedChoices([member], become);
  }
  return image.size === 0 ? outputs : grafted(outputs, image);
}

const memory: WeakMap<Closed, Closed> = /* @__PURE__ */ new WeakMap();
/** `graph` with the loops in it joined. */
function joinedGraph(graph: Closed): Closed {
  let known = memory.get(graph);
  if (!known) {
    const outputs = joined(graph.outputs);
    known = outputs === graph.outputs ? graph : close(graph.parameters, outputs).graph;
    memory.set(graph, known);
  }
  return known;
}

/** What becomes of a node that is made of graphs; undefined where it stays. */
function withJoinedGraphs(n: Node): Node | undefined {
  if (isLoop(n)) {
    const { body, condition } = n.params;
    const own = joinedGraph(body);
    return own === body
      ? undefined
      : make(n.prim, n.inputs, { ...n.params, body: own, ...(condition && { condition }) });
  }
  if (isChoice(n)) {
    const branches = n.params.branches.map(joinedGraph);
    return branches.every((b, k) => b === n.params.branches[k])
      ? undefined
      : make(n.prim, n.inputs, { ...n.params, branches });
  }
  const { lower } = n.prim;
  if (lower.kind !== "closed" || !lower.step(n)) return undefined;
  const body = joinedGraph(lower.body(n));
  return body === lower.body(n) ? undefined : make(n.prim, n.inputs, { ...n.params, body });
}

/** `outputs` with what `image` says in the place of nodes, in what that needs too. */
function grafted(outputs: readonly Node[], image: ReadonlyMap<Node, Node>): Node[] {
  const done = new Map<Node, Node>();
  const stack = [...outputs];
  for (let n = stack.at(-1); n; n = stack.at(-1)) {
    const target = image.get(n);
    const needs = target ? [target] : n.inputs;
    const missing = done.has(n) ? [] : needs.filter((x) => !done.has(x));
    if (missing.length > 0) {
      stack.push(...missing);
      continue;
    }
    stack.pop();
    if (done.has(n)) continue;
    const inputs = needs.map((x) => done.get(x) as Node);
    if (target) done.set(n, inputs[0] as Node);
    else done.set(n, inputs.every((x, i) => x === n.inputs[i]) ? n : make(n.prim, inputs, n.params));
  }
  return outputs.map((y) => done.get(y) as Node);
}
