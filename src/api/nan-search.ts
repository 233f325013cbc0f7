// The search for the operation that made the first NaN: in a graph, and in the iteration or branch where it happened.
import { isFloat, showAval } from "../ir/aval.ts";
import { inSession } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { isPart } from "../ir/part.ts";
import { reachable } from "../ir/walk.ts";
import { expandCalls } from "../opt/graph/expand.ts";
import { isParameter } from "../primitives/leaf.ts";
import { ne, select } from "../primitives/logic.ts";
import { full, reduceSum } from "../primitives/spread.ts";
import { evaluate } from "../run/evaluate.ts";
import type { Computation } from "../run/nan-check.ts";
import { inside } from "./nan-inside.ts";

/** The operation that made NaN of operands without any, in words; `where`: in which iterations and branches. */
export function firstNan(computation: Computation, where = ""): string {
  const { parameters } = computation;
  // Operations inside of functions are named, not the functions.
  const outputs = inSession(() => expandCalls(computation.outputs, "calls"));
  const counts = inSession(() => countsOf({ ...computation, outputs }));
  const bad = (n: Node): boolean => (counts.get(n) ?? 0) > 0;
  let culprit = outputs.find(bad);
  for (let next = culprit; next; next = operandsOf(next).find(bad)) culprit = next;
  if (!culprit) return `the result contains NaN${where}`;
  const inner = isPart(culprit) && inside(culprit.inputs[0] as Node, computation);
  if (inner) return firstNan(inner.computation, ` in ${inner.where}${where}`);
  const inputs = operandsOf(culprit);
  const from = inputs.length === 0 ? "" : `, from ${inputs.map(showAval).join(" and ")} without any`;
  const what = isParameter(culprit)
    ? `argument ${parameters.indexOf(culprit) + 1} (${showAval(culprit)}) already contains NaN`
    : `${(isPart(culprit) ? (culprit.inputs[0] as Node) : culprit).prim.name} produced NaN`;
  return `${what} in ${counts.get(culprit)} of ${culprit.size} elements${where}${from}`;
}

/** What a node is computed of; a result of several, what all of them are. */
const operandsOf = (n: Node): readonly Node[] => (isPart(n) ? (n.inputs[0] as Node).inputs : n.inputs);

/** How many elements of every node are NaN. */
function countsOf({ outputs, parameters, values }: Computation): Map<Node, number> {
  const all = reachable(outputs);
  for (const n of all) if (n.prim.lower.kind === "control") n.prim.lower.rules(n).bring();
  const nodes = all.filter((n) => isFloat(n.dtype) && n.size > 0 && !n.prim.several);
  const probes = nodes.map((n) =>
    reduceSum(
      select(ne(n, n), full(n.shape, 1, n.dtype), 0),
      n.shape.map((_, i) => i),
    ),
  );
  const found = evaluate(probes, parameters, values);
  return new Map(nodes.map((n, i) => [n, (found[i] as Float64Array)[0] as number]));
}
