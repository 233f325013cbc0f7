// Running a graph once. Programs are cached by the structure of the graph, so that a one-shot transform of a fresh
// closure traces again but does not compile again; captured arrays are read anew at each call. A structure that comes
// back with other numbers in it (`hvp((x) => f(x, t), …)` for many t) is compiled once more, with its numbers as
// arguments.
import type { Data } from "../ir/aval.ts";
import { inSession } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { substitute } from "../ir/walk.ts";
import { NO_FACTS } from "../opt/facts.ts";
import { runGraph } from "../opt/pipeline.ts";
import { dataIn, parameter } from "../primitives/leaf.ts";
import { checkedCall } from "./nan-check.ts";
import { type Passes, passesHere } from "./passes.ts";
import { type Program, programOf } from "./program.ts";
import { byStructure, structureOf, valueIn } from "./structure.ts";

const programs = /* @__PURE__ */ byStructure<Program>((old) => old.dispose());

/** The values of `outputs` when the parameters have `values` (row-major, one array a node; booleans as int32 0/1). */
export const evaluate = (
  graph: readonly Node[],
  parameters: readonly Node[],
  values: readonly ArrayLike<number>[],
  passes: Passes = passesHere(),
): Data[] => prepare(graph, parameters, passes)(values);

/** The same as a function of the values, for many calls. */
export function prepare(
  graph: readonly Node[],
  parameters: readonly Node[],
  passes: Passes = passesHere(),
): (values: readonly ArrayLike<number>[]) => Data[] {
  const outputs = inSession(() => runGraph("lowered", graph, passes.list, NO_FACTS));
  const structure = structureOf(outputs, parameters);
  return (values) => {
    const moving = programs.moving(structure);
    const program = programs.find(structure, moving, () =>
      inSession(() => {
        const stand = moving.map((n) => parameter([], n.dtype));
        return programOf(substitute(outputs, moving, stand), [...parameters, ...stand], { passes, lowered: true });
      }),
    );
    program.rebind((_, i) => dataIn(structure.literals[i] as Node));
    return checkedCall(program, [...values, ...moving.map((n) => [valueIn(n)])], () => ({
      outputs,
      parameters,
      values,
    }));
  };
}
