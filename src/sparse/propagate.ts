// Patterns of linear graphs, exactly and without running them: for every element of every array the set of the elements
// of the directions that it depends on. What depends on the point alone is a number that is not zero, unless it is
// known. Of the graph of a Hessian-vector product this is the pattern of the Hessian: derivative rules have dropped
// what is linear already, so that x / y has no (x, x) and x · y no diagonal.
import type { Closed, MaybeNode, Node } from "../ir/graph.ts";
import { isPart, partIndex, resultsOf } from "../ir/part.ts";
import { reachable } from "../ir/walk.ts";
import { isChoice, isLoop, type Loop } from "../primitives/control.ts";
import { groupsOf } from "../primitives/open-loop.ts";
import { constValue } from "../primitives/spread.ts";
import { all, called, gathered } from "./kernels.ts";
import { Constants, type Known } from "./known.ts";
import { collected, type Ids, type MaybeIds, reduced, unite, viewed } from "./places.ts";
import type { Sets } from "./sets.ts";

interface Plan {
  readonly nodes: readonly Node[];
  /** The last node that reads each. */
  readonly lastUse: ReadonlyMap<Node, Node>;
}

export class Propagation {
  private readonly plans = new Map<readonly MaybeNode[], Plan>();
  private readonly constants: Constants;

  constructor(
    readonly sets: Sets,
    facts: Known,
  ) {
    this.constants = new Constants(facts);
  }

  /** The sets of `outputs`, where the nodes `from` have the sets `ids`. */
  run(outputs: readonly MaybeNode[], from: readonly Node[], ids: readonly MaybeIds[]): MaybeIds[] {
    const { nodes, lastUse } = this.planOf(outputs);
    const found = new Map<Node, MaybeIds>();
    const lists = new Map<Node, readonly MaybeIds[]>();
    from.forEach((x, i) => {
      if (ids[i]) found.set(x, ids[i]);
    });
    for (const node of nodes) {
      const inputs = node.inputs.map((x) => found.get(x));
      if (isPart(node)) found.set(node, lists.get(node.inputs[0] as Node)?.[partIndex(node)]);
      else if (inputs.some((x) => x)) {
        if (node.prim.several) lists.set(node, this.severalOf(node, inputs));
        else found.set(node, this.idsOf(node, inputs));
      }
      // Of a large graph only what is still to be read stays.
      for (const x of node.inputs) if (lastUse.get(x) === node) found.delete(x);
    }
    return outputs.map((y) => y && found.get(y));
  }

  private idsOf(node: Node, inputs: readonly MaybeIds[]): Ids {
    const { sets } = this;
    const { lower } = node.prim;
    const asked = { sets, inputs, known: this.constants.value };
    switch (lower.kind) {
      case "lane":
        return this.laneOf(node, inputs);
      case "view":
        return viewed(node, inputs);
      case "reduce":
        return reduced(
          sets,
          (node.inputs[0] as Node).shape,
          (node.params as { axes: number[] }).axes,
          inputs[0] as Ids,
        );
      case "gather":
        return gathered(node, asked);
      default:
        return called(node, asked);
    }
  }
  /** Every element reads those in its place. */
  private laneOf(node: Node, inputs: readonly MaybeIds[]): Ids {
    const { masks, reads } = node.prim;
    const [c] = node.inputs as [Node];
    const taken = masks && this.constants.value(c);
    if (taken) return Int32Array.from(taken, (is: number, k) => inputs[is ? 1 : 2]?.[k] ?? 0);
    const y = inputs.reduce((a, b) => unite(this.sets, a, b)) as Ids;
    if (reads !== "product") return y;
    const factor = node.inputs.find((x, i) => !inputs[i] && constValue(x) === undefined);
    const numbers = factor && this.constants.value(factor);
    return numbers?.includes(0) ? y.map((k, i) => (numbers[i] === 0 ? 0 : k)) : y;
  }

  // ---- several results ----

  private severalOf(node: Node, inputs: readonly MaybeIds[]): readonly MaybeIds[] {
    const { lower } = node.prim;
    if (isLoop(node))
      return node.params.trip === "length" ? this.countedLoop(node, inputs) : this.openLoop(node, inputs);
    if (isChoice(node))
      return node.params.branches
        .map((branch) => this.through(branch, inputs.slice(1)))
        .reduce((a, b) => a.map((ids, i) => unite(this.sets, ids, b[i])));
    if (lower.kind === "closed") return this.through(lower.body(node), inputs);
    const any = all(this.sets, inputs);
    return resultsOf(node).map(({ shape }) => new Int32Array(shape.reduce((n, d) => n * d, 1)).fill(any));
  }
  private through(body: Closed, inputs: readonly MaybeIds[]): MaybeIds[] {
    return this.run(body.outputs, body.parameters, inputs);
  }
  /** Iteration by iteration. */
  private countedLoop(node: Node<Loop>, inputs: readonly MaybeIds[]): MaybeIds[] {
    const { params } = node;
    const { body, carries, length, reverse } = params;
    const { walked, shared, carries: first } = groupsOf(inputs, params);
    const slices = body.outputs.slice(carries);
    const stacks: MaybeIds[] = slices.map(() => undefined);
    let state: readonly MaybeIds[] = first;
    this.planOf(body.outputs); // which marks what is constant wherever the body stands, before what is here
    const iterations = this.constants.iterations(node);
    for (let i = 0; i < length; i++) {
      const t = reverse ? length - 1 - i : i;
      iterations.enter(t);
      const rows = walked.map((ids) => ids?.subarray((t * ids.length) / length, ((t + 1) * ids.length) / length));
      const results = this.through(body, [...state, ...rows, ...shared]);
      state = results.slice(0, carries);
      for (const [k, y] of slices.entries()) {
        const row = results[carries + k];
        if (row) (stacks[k] ??= new Int32Array(length * y.size)).set(row, t * y.size);
      }
    }
    iterations.leave();
    return [...state, ...stacks];
  }
  /** Nobody knows how many iterations there are: what any number of them makes, the same for all rows. */
  private openLoop({ params }: Node<Loop>, inputs: readonly MaybeIds[]): MaybeIds[] {
    const { sets } = this;
    const { body, carries, length, trip } = params;
    const { walked, shared, carries: first } = groupsOf(inputs, params);
    const rows = walked.map((ids, k) => ids && anyRow(sets, ids, (body.parameters[carries + k] as Node).size));
    this.constants.mark(this.planOf(body.outputs).nodes);
    let state: readonly MaybeIds[] = first;
    for (;;) {
      const results = this.through(body, [...state, ...rows, ...shared]);
      // Equal sets have one number then.
      const next = state.map((ids, c) => unite(sets, ids, results[c])?.map((k) => sets.settled(k)));
      const isSettled = next.every((ids, c) => ids === state[c] || ids?.every((k, e) => k === state[c]?.[e]));
      if (isSettled) {
        const stacks = results.slice(carries).map((row) => row && repeatedRow(row, length));
        return [...next, ...(trip === "condition" ? [undefined] : []), ...stacks];
      }
      state = next;
    }
  }

  // ---- plans ----

  private planOf(outputs: readonly MaybeNode[]): Plan {
    let plan = this.plans.get(outputs);
    if (plan) return plan;
    const nodes = reachable(outputs);
    const lastUse = new Map<Node, Node>();
    for (const n of nodes) for (const x of n.inputs) lastUse.set(x, n);
    this.constants.mark(nodes);
    for (const y of outputs) if (y) lastUse.delete(y);
    plan = { nodes, lastUse };
    this.plans.set(outputs, plan);
    return plan;
  }
}

const anyRow = (sets: Sets, ids: Ids, size: number): Ids =>
  ids.length <= size
    ? ids
    : collected(
        sets,
        size,
        Int32Array.from(ids, (_, k) => k % size),
        ids,
      );
function repeatedRow(row: Ids, length: number): Ids {
  if (!Number.isFinite(length)) return row;
  const y = new Int32Array(length * row.length);
  for (let t = 0; t < length; t++) y.set(row, t * row.length);
  return y;
}
