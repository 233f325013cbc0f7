// Loops taken apart: what changes from iteration to iteration by name, and all else as part of the graph around them.
// Derivatives, batches and passes are made in this form. Closing it again moves out of the loop what stays the same in
// all iterations, and drops what nobody asks for.
import { isFloat } from "../ir/aval.ts";
import { make } from "../ir/build.ts";
import { capturedIn, close, inline } from "../ir/closed.ts";
import type { MaybeNode, Node } from "../ir/graph.ts";
import { isPart, partsOf } from "../ir/part.ts";
import { collect, dependents, reachable, rewrite, substitute } from "../ir/walk.ts";
import { isLoop, type Loop, loopPrim } from "./control.ts";
import { parameter } from "./leaf.ts";
import { constValue, full } from "./spread.ts";

/** A value that iterations hand on: the parameter that stands for it, what it begins as and what it becomes. */
export interface Carry {
  readonly at: Node;
  readonly first: Node;
  readonly next: Node;
}
/** An array whose rows iterations take one by one, and the parameter that stands for a row. */
export interface Walked {
  readonly at: Node;
  readonly of: Node;
}
/** A value that is the same in all iterations, and the parameter that stands for it. */
export interface Shared {
  readonly at: Node;
  readonly of: Node;
}
export interface OpenLoop extends Pick<Loop, "length" | "reverse" | "trip" | "rules"> {
  readonly carries: readonly Carry[];
  readonly walked: readonly Walked[];
  /** What iterations share; other values of the graph around the loop may be used as they are. */
  readonly shared: readonly Shared[];
  /** What is stacked. */
  readonly slices: readonly Node[];
  /** Of trip "condition": whether there is another iteration. */
  readonly condition?: Node | undefined;
  /** Of trip "count": how many iterations there are. */
  readonly count?: Node | undefined;
}

/** Inputs of a loop, or what belongs to them, in groups. */
export interface Groups<T> {
  readonly carries: readonly T[];
  readonly walked: readonly T[];
  readonly shared: readonly T[];
}
export function groupsOf<T>(list: readonly T[], { body, carries, walked }: Loop): Groups<T> {
  return {
    carries: list.slice(0, carries),
    walked: list.slice(carries, carries + walked),
    shared: list.slice(carries + walked, body.parameters.length),
  };
}

/** What the count of iterations is: the input after those of the body. */
export const countOf = ({ inputs, params: { body } }: Node<Loop>): MaybeNode => inputs[body.parameters.length];

/** A loop in terms of the parameters of its body. */
export function opened(node: Node<Loop>): OpenLoop {
  const { body, condition, length, reverse, trip, rules, carries } = node.params;
  const at = groupsOf(body.parameters, node.params);
  const of = groupsOf(node.inputs, node.params);
  return {
    carries: at.carries.map((p, i) => ({ at: p, first: of.carries[i] as Node, next: body.outputs[i] as Node })),
    walked: at.walked.map((p, i) => ({ at: p, of: of.walked[i] as Node })),
    shared: at.shared.map((p, i) => ({ at: p, of: of.shared[i] as Node })),
    slices: body.outputs.slice(carries),
    condition: condition && inline(condition, body.parameters)[0],
    count: countOf(node),
    length,
    reverse,
    trip,
    rules,
  };
}

/** The results of a loop; those that nobody asked for are left out. */
export interface LoopResults {
  readonly carries: readonly MaybeNode[];
  readonly count: MaybeNode;
  readonly stacks: readonly Node[];
}

/** Views that only repeat what they view are made where they are used, not stored. */
function source(n: Node): Node {
  const { lower } = n.prim;
  return lower.kind === "view" && lower.repeats ? source(n.inputs[0] as Node) : n;
}

/**
 * The rows of arrays that grow are made in the loop, of rows of what these are made of: nothing else can be computed of
 * such an array.
 */
function withOwnRows(loop: OpenLoop): OpenLoop {
  const odd = loop.walked.filter((w) => !Number.isFinite(w.of.size) && !isPart(w.of));
  if (odd.length === 0) return loop;
  const walked = loop.walked.filter((w) => !odd.includes(w));
  const rowOf = (n: Node): Node => {
    const shape = n.shape.slice(1);
    const value = constValue(n);
    if (value !== undefined) return full(shape, value, n.dtype);
    const known = walked.find((w) => w.of === n);
    if (known) return known.at;
    if (n.prim.lower.kind === "lane") return make(n.prim, n.inputs.map(rowOf), n.params);
    const at = parameter(shape, n.dtype);
    walked.push({ at, of: n });
    return at;
  };
  const from = odd.map((w) => w.at);
  const to = odd.map((w) => rowOf(w.of));
  const nexts = substitute([...loop.carries.map((c) => c.next), ...loop.slices], from, to);
  return {
    ...loop,
    carries: loop.carries.map((c, i) => ({ ...c, next: nexts[i] as Node })),
    slices: nexts.slice(loop.carries.length),
    walked,
  };
}

/** Whether it is computed of arrays that grow: it can be nowhere in memory. */
const isMade = ({ size, prim }: Node): boolean => !Number.isFinite(size) && prim.lower.kind === "lane";

/** `outputs`, in which loops make rows of such arrays themselves. */
const withRowsInside = (outputs: readonly Node[]): Node[] =>
  rewrite(outputs, (n) => {
    if (!isLoop(n) || !n.inputs.some(isMade)) return undefined;
    const { carries, count, stacks } = closed(opened(n));
    return [...carries, ...(n.params.trip === "condition" ? [count] : []), ...stacks];
  });

/** Closes `loop`; `wanted` says which final carries are asked for. All slices are. */
export function closed(given: OpenLoop, wanted: (i: number) => boolean = () => true): LoopResults {
  const loop = withOwnRows(given);
  const { length, reverse, trip, rules, count } = loop;
  const { carries, walked, outputs, condition, shared } = moving(loop, wanted);
  if (outputs.length === 0 && trip !== "condition")
    return { carries: loop.carries.map((c) => (c.next === c.at ? c.first : undefined)), count: undefined, stacks: [] };
  const parameters = [...carries, ...walked, ...shared].map((p) => p.at);
  const params: Loop = {
    body: close(parameters, outputs, []).graph,
    carries: carries.length,
    walked: walked.length,
    length,
    reverse,
    trip,
    ...(condition && { condition: close(parameters, [condition], []).graph }),
    rules,
  };
  const of = [...carries.map((c) => c.first), ...[...walked, ...shared].map((w) => w.of), ...(count ? [count] : [])];
  const parts = partsOf(make(loopPrim, of, params));
  const place = new Map(carries.map((c, i) => [c.at, i]));
  const stacks = carries.length + (trip === "condition" ? 1 : 0);
  return {
    carries: loop.carries.map((c) => (c.next === c.at ? c.first : parts[place.get(c.at) ?? -1])),
    count: trip === "condition" ? parts[carries.length] : undefined,
    stacks: parts.slice(stacks),
  };
}

/** What is left of `loop` without what stays as it is, and without what nobody needs. */
function moving(given: OpenLoop, wanted: (i: number) => boolean) {
  const loop = settledValues(given);
  const byParameter = new Map(loop.carries.map((c) => [c.at, c]));
  const nextOf = (n: Node): readonly Node[] => {
    const c = byParameter.get(n);
    return c ? [c.next] : n.inputs;
  };
  const asked = loop.carries.flatMap((c, i) => (wanted(i) && c.next !== c.at ? [c.at] : []));
  const nodes = collect([...asked, ...loop.slices, loop.condition], nextOf);
  const read = new Set(nodes);
  const carries = loop.carries.filter((c) => read.has(c.at));
  const walked = loop.walked.filter((w) => read.has(w.at));
  const own = new Set([...carries, ...walked].map((p) => p.at));
  const outside = (list: readonly Node[]): Node[] =>
    substitute(
      list,
      loop.shared.map((s) => s.at),
      loop.shared.map((s) => s.of),
    );
  const sharedBy = (list: readonly Node[]) => {
    const all = loop.condition ? [...list, loop.condition] : list;
    const edges = [...new Set(capturedIn(collect(all), all, own).map(source))];
    const values = outside(edges);
    return edges.map((at, i) => ({ at, of: values[i] as Node }));
  };
  let outputs = [...carries.map((c) => c.next), ...loop.slices];
  let shared = sharedBy(outputs);
  if (shared.some((s) => isMade(s.of))) {
    outputs = withRowsInside(outside(outputs));
    shared = sharedBy(outputs);
  }
  return { carries, walked, shared, outputs, condition: loop.condition };
}

/**
 * `loop` without carries that stay what they are and values that are shared twice. Numbers are numbers in iterations
 * too, and what a view repeats is shared in place of the view.
 */
function settledValues(loop: OpenLoop): OpenLoop {
  const still = loop.carries.filter((c) => c.next === c.at).map((c) => ({ at: c.at, of: c.first }));
  const first = new Map<Node, Node>();
  const shared = [...loop.shared, ...still].map(({ at, of }) => {
    if (constValue(of) !== undefined) return of;
    const x = source(of);
    const p = first.get(x) ?? (x === of ? at : parameter(x.shape, x.dtype));
    first.set(x, p);
    return x === of ? p : (substitute([of], [x], [p])[0] as Node);
  });
  const rows = loop.walked.map(({ at, of }) => {
    const value = constValue(of);
    return value === undefined ? at : full(at.shape, value, at.dtype);
  });
  const inside = substitute(
    [...loop.carries.map((c) => c.next), ...loop.slices, loop.condition],
    [...loop.shared, ...still, ...loop.walked].map((p) => p.at),
    [...shared, ...rows],
  );
  const n = loop.carries.length;
  return {
    ...loop,
    carries: loop.carries.map((c, i) => ({ ...c, next: inside[i] as Node })),
    shared: [...first].map(([of, at]) => ({ at, of })),
    slices: inside.slice(n, -1) as Node[],
    condition: inside.at(-1),
  };
}

/** `flags` of the inputs of a body, grown until carries that become what their flag says have it. */
export function settled(flags: readonly boolean[], carries: number, next: (flags: boolean[]) => readonly boolean[]) {
  let current = [...flags];
  for (;;) {
    const found = next(current);
    const grown = current.map((is, i) => is || (i < carries && (found[i] as boolean)));
    if (grown.every((is, i) => is === current[i])) return grown;
    current = grown;
  }
}

/**
 * The same, `next` of which takes long: first with all that `may` have the flag. If each of these gets it from `next`,
 * there is nothing to find out.
 */
export function settledFrom(
  flags: readonly boolean[],
  carries: number,
  may: (flags: boolean[]) => readonly boolean[],
  next: (flags: boolean[]) => readonly boolean[],
): boolean[] {
  const most = settled(flags, carries, may);
  const found = next(most);
  return most.every((is, i) => !is || flags[i] || found[i]) ? most : settled(flags, carries, next);
}

/** Which outputs may change with the parameters that `flags` says: through numbers with derivatives alone. */
export function moved({ parameters, outputs }: Loop["body"], flags: readonly boolean[]): boolean[] {
  const active = new Set<Node>(parameters.filter((_, i) => flags[i]));
  for (const n of reachable(outputs)) if (mayMove(n) && n.inputs.some((x) => active.has(x))) active.add(n);
  return outputs.map((y) => active.has(y));
}
const mayMove = ({ dtype, prim: { jvp, expand, several, lower } }: Node): boolean =>
  several !== undefined || (isFloat(dtype) && (lower.kind === "part" || !!jvp || !!expand));

/** Which parameters the outputs that `flags` says depend on. */
export function needing({ parameters, outputs }: Loop["body"], flags: readonly boolean[]): boolean[] {
  const nodes = new Set(collect(outputs.filter((_, i) => flags[i])));
  return parameters.map((p) => nodes.has(p));
}

/** Which outputs depend on the parameters that `flags` says. */
export function depending({ parameters, outputs }: Loop["body"], flags: readonly boolean[]): boolean[] {
  const active = dependents(
    reachable(outputs),
    parameters.filter((_, i) => flags[i]),
  );
  return outputs.map((y) => active.has(y));
}
