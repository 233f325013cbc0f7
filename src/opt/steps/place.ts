// Placing: every array of a program gets its place in memory. Parameters come first, then results and temporaries by
// their lifetimes: from the step that writes one to the last that reads it.
import { bytesOf } from "../../ir/aval.ts";
import type { Node } from "../../ir/graph.ts";
import type { Kernel } from "../../ir/kernel.ts";
import { reachable } from "../../ir/walk.ts";
import { isLiteral } from "../../primitives/leaf.ts";
import { FIXED_PLACE_ELEMENTS } from "../cost.ts";
import type { Facts } from "../facts.ts";
import { kernelsOf } from "./calls.ts";
import { Arena, align, Bump, byteSize, DATA, type Ref, WORK } from "./layout.ts";
import { callsOf, readsOf, type Step, writesOf } from "./steps.ts";

export interface Memory {
  ref(n: Node): Ref;
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
    refs.set(x, facts.placed.get(x) ?? { region: WORK, offset: fixed.place(bytes(x)) });
  }
  const { literals, size: data } = placeLiterals(reachable(asked), facts, refs);
  outputs.forEach((n, i) => {
    const ref = facts.placed.get(asked[i] as Node);
    if (ref && !refs.has(n)) refs.set(n, ref);
  });
  const stored = layoutOf(steps, new Set(outputs), (n) => refs.has(n), bytes, fixed.size);
  for (const [n, offset] of stored.places) refs.set(n, { region: WORK, offset });
  const workspace = stored.size;
  const { kernels, scratch } = kernelsIn(steps);
  const work = new Bump(workspace + scratch);
  return {
    ref(n) {
      const r = refs.get(n);
      if (!r) throw new TypeError(`no memory for ${n.prim.name} ${n.id}`);
      return r;
    },
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

/**
 * Places what `steps` store, from `base` on, but for what `isPlaced`; and the end of it. `kept`: read after the last
 * step.
 */
export function layoutOf(
  steps: readonly Step[],
  kept: ReadonlySet<Node>,
  isPlaced: (n: Node) => boolean,
  bytes: (n: Node) => number,
  base: number,
): { readonly places: ReadonlyMap<Node, number>; readonly size: number } {
  const born = new Map<Node, number>();
  const last = new Map<Node, number>();
  steps.forEach((step, i) => {
    // Constants may be written once by each of several regions.
    for (const n of writesOf(step)) if (!isPlaced(n) && !born.has(n)) born.set(n, i);
    for (const n of readsOf(step)) last.set(n, i);
  });
  const scalars = new Bump(base);
  const arena = new Arena();
  const places = new Map<Node, number>();
  const large: [Node, number][] = [];
  for (const [n, from] of [...born].sort((a, b) => a[1] - b[1])) {
    const until = kept.has(n) ? Number.POSITIVE_INFINITY : Math.max(from, last.get(n) ?? from);
    if (n.size <= FIXED_PLACE_ELEMENTS) places.set(n, scalars.place(bytes(n)));
    else large.push([n, arena.place(bytes(n), from, until)]);
  }
  for (const [n, at] of large) places.set(n, scalars.size + at);
  return { places, size: scalars.size + arena.size };
}

function kernelsIn(steps: readonly Step[]): { kernels: Map<Kernel, number>; scratch: number } {
  const kernels = new Map<Kernel, number>();
  let scratch = 0;
  for (const { kernel, arity, workspace } of steps.flatMap(callsOf).flatMap((c) => kernelsOf(c.commands))) {
    kernels.set(kernel, arity);
    scratch = Math.max(scratch, workspace);
  }
  return { kernels, scratch };
}
