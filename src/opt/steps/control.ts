// Loops and choices as steps: what runs in them is planned like a program of its own, once.
import { inline } from "../../ir/closed.ts";
import type { Closed, Node } from "../../ir/graph.ts";
import { GROW } from "../../ir/kernel.ts";
import { parameter } from "../../ir/parameter.ts";
import { partIndex } from "../../ir/part.ts";
import { reachable } from "../../ir/walk.ts";
import { leave } from "../../primitives/boundary.ts";
import { isChoice, isLoop } from "../../primitives/control.ts";
import { constValue, full } from "../../primitives/spread.ts";
import {
  STRAIGHT_BODY_ELEMENTS,
  STRAIGHT_BODY_NS,
  STRAIGHT_BODY_WORK,
  STRAIGHT_ELEMENTS,
  STRAIGHT_VECTOR_ELEMENTS,
} from "../cost.ts";
import { smallMatrices } from "../graph/small.ts";
import type { StepPass, Within } from "../pass.ts";
import { resolve } from "../plan/pull.ts";
import { stripFlat } from "../plan/regions.ts";
import type { PreparedCall } from "./calls.ts";
import { arranged, changedSums, readBefore } from "./in-place.ts";
import { Bump, byteSize } from "./layout.ts";
import { layoutOf } from "./place.ts";
import { type Block, type ControlStep, callsOf, type Inside } from "./steps.ts";

/** Every loop and choice gets what runs in it. First of all passes: others ask what steps read and write. */
export const blocks: StepPass = {
  name: "blocks",
  list: "steps",
  run: (steps, _facts, within) => steps.map((s) => (s.kind === "control" ? planned(s, within) : s)),
};

/** Makes room in stacks: what a loop that fills one calls, beside the calls in it. */
const GROWTH: PreparedCall = {
  nodes: [],
  operands: [],
  init: undefined,
  commands: [{ kind: "call", kernel: GROW, operands: [0, 0, 0] }],
};

function planned(step: ControlStep, within: Within): ControlStep {
  const { node, results, stored } = step;
  const operands = node.inputs.map((x) => constValue(x) ?? resolve(x, false, stored));
  const inside = laidOut(step, operands, blocksOf(step, operands, within));
  const grows = results.some((r) => !Number.isFinite(r.size));
  const calls = inside.blocks.flatMap((b) => b.steps.flatMap(callsOf));
  return {
    ...step,
    reads: operands.flatMap((o) => (typeof o === "number" ? [] : [o.base])),
    writes: [...results, inside.memory],
    calls: grows ? [...calls, GROWTH] : calls,
    inside,
  };
}

/** A block before its memory is laid out. */
type Planned = Omit<Block, "places">;

function blocksOf({ node, results }: ControlStep, operands: Inside["operands"], within: Within): Planned[] {
  const used = new Set(results.map(partIndex));
  if (isChoice(node)) {
    const numbers = operands.slice(1).map((o) => (typeof o === "number" ? o : undefined));
    return node.params.branches.map((b, k) => blockOf(b, numbers, (i) => used.has(i), node.id, k, within));
  }
  if (!isLoop(node)) return [];
  const { body, carries, condition, trip } = node.params;
  // What a carry begins with is not what it stays.
  const numbers = body.parameters.map((_, i) => {
    const o = operands[i];
    return i >= carries && typeof o === "number" ? o : undefined;
  });
  const stacks = trip === "condition" ? 1 : 0;
  const main = blockOf(body, numbers, (i) => i < carries || used.has(i + stacks), node.id, 0, within, carries);
  return condition ? [main, blockOf(condition, numbers, () => true, node.id, 1, within)] : [main];
}

/** `graph` with `numbers` in the place of some parameters; the results that are `wanted` get memory of their own. */
function blockOf(
  graph: Closed,
  numbers: readonly (number | undefined)[],
  wanted: (i: number) => boolean,
  step: number,
  which: number,
  within: Within,
  carries = 0,
): Planned {
  const { parameters } = graph;
  const args = parameters.map((p, i) => {
    const number = numbers[i];
    return number === undefined ? p : full(p.shape, number, p.dtype);
  });
  const given = changedSums(inline(graph, args), parameters.slice(0, carries));
  const places = given.map((_, i) => i).filter(wanted);
  const asked = places.map((i) => given[i] as Node);
  const apart = (results: readonly Node[]): readonly Node[] =>
    separate(results, (y, k) => leave(y, step, 65536 * which + (places[k] as number)));
  const planned = straightLine(asked, apart, within) ?? stepByStep(apart(asked), parameters.slice(0, carries), within);
  const outputs: (Node | undefined)[] = given.map(() => undefined);
  places.forEach((i, k) => {
    outputs[i] = planned.outputs[k];
  });
  return { parameters, steps: planned.steps, outputs };
}

const stepByStep = (outputs: readonly Node[], carries: readonly Node[], within: Within): ReturnType<Within> =>
  within(outputs, undefined, readBefore(outputs, carries));

/** Results that all have memory of their own: what would have none is copied. */
function separate(results: readonly Node[], copy: (y: Node, k: number) => Node): readonly Node[] {
  const taken = new Set<Node>();
  return results.map((y, k) => {
    const at = stripFlat(y);
    const exit = at.prim.lower.kind !== "leaf" && !taken.has(at) ? y : copy(y, k);
    taken.add(stripFlat(exit));
    return exit;
  });
}

/** `outputs` as straight-line code, kernels on small matrices included; undefined where something is too large. */
function straightLine(
  outputs: readonly Node[],
  apart: (results: readonly Node[]) => readonly Node[],
  within: Within,
): ReturnType<Within> | undefined {
  if (!isSmall(outputs)) return undefined;
  // Results without calls may be one node, or an argument, where they were not before.
  const results = apart(smallMatrices(outputs));
  const work = reachable(results).reduce((sum, n) => sum + (n.prim.lower.kind === "lane" ? n.size : 0), 0);
  if (work > STRAIGHT_BODY_WORK) return undefined;
  const planned = within(results, STRAIGHT_BODY_ELEMENTS);
  return planned.steps.every((s) => s.kind === "loop" && s.nest.sizes.length === 0) ? planned : undefined;
}
/** Whether numbers one by one are as fast as loops: kernels on small matrices cost more to call than to compute. */
function isSmall(outputs: readonly Node[]): boolean {
  const nodes = reachable(outputs);
  const most = nodes.some((n) => n.prim.lower.kind === "call") ? STRAIGHT_BODY_ELEMENTS : STRAIGHT_VECTOR_ELEMENTS;
  return nodes.every(({ size, prim: { lower } }) => {
    if (lower.kind === "leaf") return true;
    return size <= (lower.kind === "lane" && lower.cost >= STRAIGHT_BODY_NS ? STRAIGHT_ELEMENTS : most);
  });
}

/** Results go to the memory of the step's own results, final carries to that in which they are carried. */
function laidOut({ node, results }: ControlStep, operands: Inside["operands"], blocks: readonly Planned[]): Inside {
  const used = new Set(results.map(partIndex));
  // First a word in which a function says how far it came.
  const own = new Bump(16);
  const carries = new Map<Node, number>();
  const loop = isLoop(node) ? node.params : undefined;
  const [main, ...others] = blocks as [Planned, ...Planned[]];
  const carried = main.parameters.slice(0, loop?.carries ?? 0);
  carried.forEach((p, i) => {
    if (!used.has(i)) carries.set(p, own.place(byteSize(p)));
  });
  const { steps, inPlace } = arranged(main.steps, carried, main.outputs);
  let size = own.size;
  const placed = [{ ...main, steps }, ...others].map((b, k): Block => {
    // A condition gives its result to the loop alone.
    const results = loop ? (k > 0 ? [] : [...b.outputs.slice(loop.carries), ...inPlace.keys()]) : b.outputs;
    const given = new Set([...b.parameters, ...results]);
    const kept = new Set(b.outputs.filter((y) => y !== undefined));
    // Branches run one or the other; a condition and a body in turns.
    const layout = layoutOf(b.steps, kept, (n) => given.has(n), byteSize, loop ? size : own.size);
    size = Math.max(size, layout.size);
    return { ...b, places: layout.places };
  });
  return { operands, blocks: placed, memory: parameter([Math.ceil(size / 8)], "float64"), carries, inPlace };
}
