// Loops and choices, as the reference interpreter has them: iteration by iteration, and only the branch that is taken.
import { type Data, type DType, sizeOf } from "../../src/ir/aval.ts";
import type { Closed, Node } from "../../src/ir/graph.ts";
import { resultsOf } from "../../src/ir/part.ts";
import { type Choice, isChoice, isLoop, type Loop } from "../../src/primitives/control.ts";

type Run = (graph: Closed, args: readonly Data[]) => Data[];

/** The results of `node`, a loop or a choice, for inputs with the values `args`. */
export function controlResults(node: Node, args: readonly Data[], run: Run, storage: Storage): Data[] {
  if (isLoop(node)) return loopResults(node, args, run, storage);
  if (isChoice(node)) return branchOf(node, args, run);
  throw new Error(`reference: no rule for ${node.prim.name}`);
}

type Storage = (dtype: DType, size: number) => Data;

function loopResults(node: Node<Loop>, args: readonly Data[], run: Run, storage: Storage): Data[] {
  const { body, carries, walked, length, reverse, trip, condition } = node.params;
  const shared = args.slice(carries + walked, body.parameters.length);
  const most = trip === "count" ? Math.min(length, args[body.parameters.length]?.[0] as number) : length;
  const avals = resultsOf(node);
  const stacks = avals
    .slice(avals.length - (body.outputs.length - carries))
    .map((y) => storage(y.dtype, sizeOf(y.shape)));
  let state = args.slice(0, carries);
  let k = 0;
  for (; k < most; k++) {
    const i = reverse ? most - 1 - k : k;
    const rows = args.slice(carries, carries + walked).map((x, j) => {
      const { size } = body.parameters[carries + j] as Node;
      return x.slice(i * size, (i + 1) * size);
    });
    const values = [...state, ...rows, ...shared];
    if (condition && run(condition, values)[0]?.[0] === 0) break;
    const results = run(body, values);
    state = results.slice(0, carries);
    results.slice(carries).forEach((y, j) => {
      stacks[j]?.set(y, i * y.length);
    });
  }
  return [...state, ...(condition ? [Int32Array.of(k)] : []), ...stacks];
}

function branchOf(node: Node<Choice>, [index, ...args]: readonly Data[], run: Run): Data[] {
  const { branches } = node.params;
  return run(branches[Math.max(0, Math.min(branches.length - 1, index?.[0] as number))] as Closed, args);
}
