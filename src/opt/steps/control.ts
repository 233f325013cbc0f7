// Loops and choices as steps: what runs in them is planned like a program of its own, once.
import { inline } from "../../ir/closed.ts";
import type { Closed, Node } from "../../ir/graph.ts";
import { partIndex } from "../../ir/part.ts";
import { reachable } from "../../ir/walk.ts";
import { leave } from "../../primitives/boundary.ts";
import { isChoice, isLoop } from "../../primitives/control.ts";
import { full } from "../../primitives/spread.ts";
import {
  STRAIGHT_BODY_ELEMENTS,
  STRAIGHT_BODY_NS,
  STRAIGHT_BODY_WORK,
  STRAIGHT_ELEMENTS,
  STRAIGHT_VECTOR_ELEMENTS,
} from "../cost.ts";
import { smallMatrices } from "../graph/small.ts";
import type { StepPass, Within } from "../pass.ts";
import type { Body } from "../plan/body.ts";
import type { Value } from "../plan/lane-builder.ts";
import { stripFlat } from "../plan/regions.ts";
import { Bump, byteSize } from "./layout.ts";
import { layoutOf } from "./place.ts";
import { type Block, type ControlLayout, type ControlStep, reads, writesOf } from "./steps.ts";

/** Every loop and choice gets the blocks that run in it. */
export const blocks: StepPass = {
  name: "blocks",
  list: "steps",
  run: (steps, _facts, within) =>
    steps.map((s) => {
      if (s.kind !== "control") return s;
      const step = { ...s, blocks: blocksOf(s, within) };
      return { ...step, own: laidOut(step) };
    }),
};

function blocksOf(step: ControlStep, within: Within): Block[] {
  const { node, operands } = step;
  const used = new Set(step.results.map(partIndex));
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
  const main = blockOf(body, numbers, (i) => i < carries || used.has(i + stacks), node.id, 0, within);
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
): Block {
  const { parameters } = graph;
  const args = parameters.map((p, i) => {
    const number = numbers[i];
    return number === undefined ? p : full(p.shape, number, p.dtype);
  });
  const given = inline(graph, args);
  const places = given.map((_, i) => i).filter(wanted);
  const asked = places.map((i) => given[i] as Node);
  const apart = (results: readonly Node[]): readonly Node[] =>
    separate(results, (y, k) => leave(y, step, 65536 * which + (places[k] as number)));
  const planned = straightLine(asked, apart, within) ?? within(apart(asked));
  const outputs: (Node | undefined)[] = given.map(() => undefined);
  places.forEach((i, k) => {
    outputs[i] = planned.outputs[k];
  });
  return { parameters, steps: planned.steps, outputs };
}

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
  const planned = within(results, { tiny: STRAIGHT_BODY_ELEMENTS });
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
function laidOut({ node, results, blocks }: ControlStep): ControlLayout {
  const used = new Map(results.map((r) => [partIndex(r), r]));
  const own = new Bump(16);
  const carries = new Map<Node, number>();
  const inPlace = new Map<Node, Node>();
  const placed = new Set<Node>(blocks.flatMap((b) => b.parameters));
  const loop = isLoop(node) ? node.params : undefined;
  const [main] = blocks as [Block];
  main.outputs.forEach((y, i) => {
    if (!y) return;
    if (!loop || i >= loop.carries) {
      placed.add(y);
      return;
    }
    const parameter = main.parameters[i] as Node;
    if (!used.has(i)) carries.set(parameter, own.place(byteSize(parameter)));
    if (!mayReplace(main, y, parameter)) return;
    inPlace.set(y, parameter);
    placed.add(y);
  });
  // Branches run one or the other; a condition and a body in turns.
  let size = own.size;
  const layouts = blocks.map((b, k) => {
    if (!loop) for (const y of b.outputs) if (y) placed.add(y);
    const given = loop && k > 0 ? new Set(b.parameters) : placed;
    const outputs = b.outputs.filter((y) => y !== undefined);
    const at = loop ? size : own.size;
    const layout = { ...layoutOf(b.steps, new Set(outputs), (n) => given.has(n)), at };
    size = Math.max(size, at + layout.size);
    return layout;
  });
  const grows = results.some((r) => !Number.isFinite(r.size));
  return { carries, inPlace, blocks: layouts, size, grows };
}

/** Whether `y` may be computed in the memory of the carry that it replaces, whose old value nobody needs by then. */
function mayReplace({ steps }: Block, y: Node, carry: Node): boolean {
  const at = steps.findIndex((s) => writesOf(s).includes(y));
  const step = steps[at];
  if (!step || steps.slice(at + 1).some((s) => reads(s, carry))) return false;
  if (!reads(step, carry)) return true;
  if (step.kind === "loop") return step.form.kind === "boxes" && step.bodies.every((b) => readsInPlace(b, y, carry));
  if (step.kind !== "call" || step.call.nodes.length > 1) return false;
  const { init, operands } = step.call;
  // It begins as a copy of the carry.
  return operands.every((o, i) => o.base !== carry || (i === init && o.offset === 0));
}

/** Whether every element of `y` needs the same element of `carry` alone, and nothing else that is stored needs one. */
function readsInPlace({ live, sinks }: Body, y: Node, carry: Node): boolean {
  /** By value: positions in `carry` that it is made of. */
  const places = new Map<Value, ReadonlySet<string>>();
  for (const v of live) {
    const of = new Set(v.operands.flatMap((a) => [...(places.get(a) ?? [])]));
    if (v.source === carry) of.add(v.op === "load" ? String(v.position) : "anywhere");
    if (of.size > 0) places.set(v, of);
  }
  return sinks.every((s) => {
    const own = s.kind === "store" && s.root.node === y ? String(s.position) : undefined;
    return [...(places.get(s.value) ?? [])].every((p) => p === own);
  });
}
