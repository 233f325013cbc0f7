// Placing: every array of a program gets its place in memory. Parameters come first, then results and temporaries by
// their lifetimes: from the step that writes one to the last that reads it.
import { bytesOf } from "../../ir/aval.ts";
import type { Node } from "../../ir/graph.ts";
import { GROW, type Kernel } from "../../ir/kernel.ts";
import { reachable } from "../../ir/walk.ts";
import { isLiteral } from "../../primitives/leaf.ts";
import { FIXED_PLACE_ELEMENTS } from "../cost.ts";
import type { Facts } from "../facts.ts";
import { kernelsOf } from "./calls.ts";
import { Arena, align, Bump, byteSize, DATA, POINT, type Ref, WORK } from "./layout.ts";
import { allSteps, type ControlStep, callsOf, type Layout, readsOf, type Step, writesOf } from "./steps.ts";

export interface Memory {
  ref(n: Node): Ref;
  /** Offset in the work region of what a loop or a choice has for itself. */
  own(step: ControlStep): number;
  /** Captured arrays and where they are copied, in the data region. */
  readonly literals: readonly { readonly node: Node; readonly offset: number }[];
  /** Bytes of the data region. */
  readonly data: number;
  /** Kernels on whole arrays, and how many arguments they take. */
  readonly kernels: ReadonlyMap<Kernel, number>;
  /** Offset of their scratch memory in the work region. */
  readonly workspace: number;
  /** Makes room for values that code keeps in memory; the work region ends there. */
  spill(bytes: number): number;
  readonly work: { readonly size: number };
}

/** Places the arrays of `steps`, which compute `outputs`, the stored ones of `asked`. */
export function place(
  steps: readonly Step[],
  parameters: readonly Node[],
  outputs: readonly Node[],
  asked: readonly Node[],
  facts: Facts,
): Memory {
  const refs = new Map<Node, Ref>();
  const bytes = sizesIn(steps);
  // A little room before the first array, so that loads one element before it need no pointer of their own.
  const fixed = new Bump(64);
  for (const x of parameters) {
    const offset = facts.atPoint.get(x);
    refs.set(x, offset === undefined ? { region: WORK, offset: fixed.place(bytes(x)) } : { region: POINT, offset });
  }
  const { literals, size: data } = placeLiterals(reachable(asked), facts, refs);
  outputs.forEach((n, i) => {
    const offset = facts.atPoint.get(asked[i] as Node);
    if (offset !== undefined && !refs.has(n)) refs.set(n, { region: POINT, offset });
  });
  const stored = layoutOf(steps, new Set(outputs), (n) => refs.has(n), bytes);
  const at = (offset: number): number => fixed.size + offset;
  for (const [n, offset] of stored.arrays) refs.set(n, { region: WORK, offset: at(offset) });
  const workspace = at(stored.size);
  const { kernels, scratch } = kernelsIn(steps);
  const work = new Bump(workspace + scratch);
  return {
    ref(n) {
      const r = refs.get(n);
      if (!r) throw new TypeError(`no memory for ${n.prim.name} ${n.id}`);
      return r;
    },
    own: (step) => at(stored.controls.get(step) as number),
    literals,
    data,
    kernels,
    workspace,
    spill: (size) => work.place(size),
    work,
  };
}

/** Bytes of an array: of its window, where it is seen through one. */
function sizesIn(steps: readonly Step[]): (n: Node) => number {
  const [only] = steps;
  const stream = only?.kind === "loop" && only.form.kind === "windows" ? only.form.stream : undefined;
  return (n) => (stream?.windowed.has(n) ? align(stream.width * bytesOf(n.dtype)) : byteSize(n));
}

function placeLiterals(
  nodes: readonly Node[],
  { shared }: Facts,
  refs: Map<Node, Ref>,
): { literals: { node: Node; offset: number }[]; size: number } {
  const data = new Bump();
  const literals = nodes.filter(isLiteral).map((node) => {
    const offset = shared ? (shared.get(node) as number) : data.place(byteSize(node));
    refs.set(node, { region: DATA, offset });
    return { node, offset };
  });
  return { literals, size: data.size };
}

/** Lays out what `steps` store, but for what `isPlaced`. `kept`: read after the last step. */
export function layoutOf(
  steps: readonly Step[],
  kept: ReadonlySet<Node>,
  isPlaced: (n: Node) => boolean,
  bytes: (n: Node) => number = byteSize,
): Layout {
  const born = new Map<Node | ControlStep, number>();
  const last = new Map<Node, number>();
  steps.forEach((step, i) => {
    // Constants may be written once by each of several regions.
    for (const n of writesOf(step)) if (!isPlaced(n) && !born.has(n)) born.set(n, i);
    for (const n of readsOf(step)) last.set(n, i);
    if (step.kind === "control") born.set(step, i);
  });
  const scalars = new Bump();
  const arena = new Arena();
  const arrays = new Map<Node, number>();
  const controls = new Map<ControlStep, number>();
  const large: [Node | ControlStep, number][] = [];
  for (const [what, from] of [...born].sort((a, b) => a[1] - b[1])) {
    if ("kind" in what) large.push([what, arena.place(align(what.own?.size ?? 0), from, from)]);
    else if (what.size <= FIXED_PLACE_ELEMENTS) arrays.set(what, scalars.place(bytes(what)));
    else {
      const until = kept.has(what) ? Number.POSITIVE_INFINITY : Math.max(from, last.get(what) ?? from);
      large.push([what, arena.place(bytes(what), from, until)]);
    }
  }
  for (const [what, offset] of large) {
    if ("kind" in what) controls.set(what, scalars.size + offset);
    else arrays.set(what, scalars.size + offset);
  }
  return { arrays, controls, size: scalars.size + arena.size };
}

function kernelsIn(steps: readonly Step[]): { kernels: Map<Kernel, number>; scratch: number } {
  const kernels = new Map<Kernel, number>();
  let scratch = 0;
  for (const { kernel, arity, workspace } of allSteps(steps)
    .flatMap(callsOf)
    .flatMap((c) => kernelsOf(c.commands))) {
    kernels.set(kernel, arity);
    scratch = Math.max(scratch, workspace);
  }
  if (allSteps(steps).some((s) => s.kind === "control" && s.own?.grows)) kernels.set(GROW, 3);
  return { kernels, scratch };
}
