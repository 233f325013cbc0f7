// What becomes of loops and choices before the plan: what runs in them is expanded, and short loops are unrolled.
import { make } from "../../ir/build.ts";
import { capturedBy, close, inline } from "../../ir/closed.ts";
import type { Calculus, Closed, Node } from "../../ir/graph.ts";
import { isPart, partsOf } from "../../ir/part.ts";
import { type Choice, choicePrim, isChoice, isLoop, type Loop, loopPrim } from "../../primitives/control.ts";
import { constValue } from "../../primitives/spread.ts";
import { addRegion } from "../plan/regions.ts";
import { expandCalls } from "./expand.ts";
import { unrolled } from "./unroll.ts";

/** Graphs of the same parameters with nothing to expand in them, and what they take besides, after the others. */
interface Expanded {
  readonly graphs: readonly Closed[];
  readonly captured: readonly Node[];
}
/** By the parameters of a node: how they have been expanded; `undefined` where there was nothing to do. */
const memory: WeakMap<object, Expanded | undefined> = /* @__PURE__ */ new WeakMap();

/** `graphs`, which belong to `params`, expanded; undefined if they are that already. */
function expandedGraphs(params: object, graphs: readonly Closed[]): Expanded | undefined {
  if (!memory.has(params)) memory.set(params, expandAll(graphs));
  return memory.get(params);
}

function expandAll(graphs: readonly Closed[]): Expanded | undefined {
  const [{ parameters }] = graphs as [Closed];
  const given = graphs.map((g) => inline(g, parameters));
  const results = given.map((outputs) => expandCalls(outputs));
  if (results.every((outputs, k) => outputs === given[k])) return undefined;
  const captured = capturedBy(results.flat(), parameters);
  const all = [...parameters, ...captured];
  return { graphs: results.map((outputs) => close(all, outputs).graph), captured };
}

export const expandedLoop: Calculus["expanded"] = (node, all) => {
  if (!isLoop(node)) return undefined;
  const { params, inputs } = node;
  const { body, condition, trip, length } = params;
  if (trip === "length" && (all === true || length <= 1)) return unrolled(node);
  const of = expandedGraphs(params, condition ? [body, condition] : [body]);
  if (!of) return undefined;
  const [main, test] = of.graphs as [Closed, Closed | undefined];
  const expanded: Loop = { ...params, body: main, ...(test && { condition: test }) };
  memory.set(expanded, undefined);
  const count = trip === "count" ? inputs.slice(-1) : [];
  return make(loopPrim, [...inputs.slice(0, inputs.length - count.length), ...of.captured, ...count], expanded);
};

export const expandedChoice: Calculus["expanded"] = (node) => {
  if (!isChoice(node)) return undefined;
  const { params, inputs } = node;
  const of = expandedGraphs(params, params.branches);
  if (!of) return undefined;
  const expanded: Choice = { ...params, branches: of.graphs };
  memory.set(expanded, undefined);
  return make(choicePrim, [...inputs, ...of.captured], expanded);
};

/** The results of a loop or a choice in the graph that is planned: all its inputs lie in memory before. */
export const openedControl: Calculus["opened"] = (node) => {
  const results = partsOf(node);
  addRegion({
    inputs: node.inputs.filter((x) => constValue(x) === undefined),
    outputs: results.filter((y) => isPart(y) && y.inputs[0] === node),
    control: node,
  });
  return results;
};
