// Carries that an iteration changes where they are. A step that writes a few rows of an array then takes the time of
// these rows alone: what still needs the old values runs before it.
import type { Node } from "../../ir/graph.ts";
import { reachable, rewrite, substitute } from "../../ir/walk.ts";
import { termsOf } from "../../primitives/accumulate.ts";
import { constValue } from "../../primitives/spread.ts";
import type { Body } from "../plan/body.ts";
import type { Value } from "../plan/lane-builder.ts";
import { stripFlat } from "../plan/regions.ts";
import { reads, type Step, writesOf } from "./steps.ts";

// ---- in the graph ----

/** What a kernel call changes a copy of; undefined for anything else. */
function changedBy(n: Node): Node | undefined {
  const { lower } = n.prim;
  if (lower.kind !== "call") return undefined;
  const { init } = lower.call(n);
  return init === undefined ? undefined : stripFlat(n.inputs[init] as Node);
}

/** The calls that make `y` of `carry`, from the first on, each of which changes what the one before it gave. */
function changesOf(y: Node, carry: Node): Node[] | undefined {
  const changes: Node[] = [];
  for (let n = stripFlat(y); n !== carry; ) {
    const from = changedBy(n);
    if (!from) return undefined;
    changes.unshift(n);
    n = from;
  }
  return changes;
}

/** Rows, and zeros elsewhere. */
const areRows = ({ prim, inputs }: Node): boolean => !!prim.onto && constValue(inputs[0] as Node) === 0;

/** `outputs`, where sums of a changed carry and of a few rows change these rows of it. */
export const changedSums = (outputs: readonly Node[], carries: readonly Node[]): Node[] =>
  rewrite(outputs, (n) => {
    const terms = termsOf(n);
    const rows = terms.filter((t) => areRows(stripFlat(t)));
    const [array, other] = terms.filter((t) => !rows.includes(t));
    if (rows.length === 0 || !array || other || !carries.some((p) => changesOf(array, p))) return undefined;
    return rows.reduce((x, t) => {
      const r = stripFlat(t);
      return substitute([t], [r], [r.prim.onto?.(r, x) as Node])[0] as Node;
    }, array);
  });

/**
 * Small parts of changed carries, which must be read before the change: they are stored, or else they might be read
 * where they are used.
 */
export function readBefore(outputs: readonly Node[], carries: readonly Node[]): Node[] {
  const changed = carries.filter((p, i) => changesOf(outputs[i] as Node, p)?.length);
  if (changed.length === 0) return [];
  const views = new Map<Node, Node>(changed.map((p) => [p, p]));
  const found = new Set<Node>();
  for (const n of reachable(outputs)) {
    const { kind } = n.prim.lower;
    const [x] = n.inputs as [Node];
    const carry = views.get(x);
    if (kind === "view" && n.inputs.length === 1) {
      if (carry) views.set(n, carry);
    } else if (kind === "gather" && carry) {
      if (n.size < carry.size) found.add(n);
    } else for (const y of n.inputs) if (y.size < (views.get(y)?.size ?? 0)) found.add(y);
  }
  return [...found];
}

// ---- in the steps ----

/** Arrays that are in the memory of a carry, and the array whose values stand there before. */
type Replaced = ReadonlyMap<Node, { readonly carry: Node; readonly before: Node }>;

export interface Arranged {
  readonly steps: readonly Step[];
  /** What is computed in the memory of which carry. */
  readonly inPlace: ReadonlyMap<Node, Node>;
}

/** `steps` in an order in which as many `carries` as possible are replaced where they are by the first `outputs`. */
export function arranged(
  steps: readonly Step[],
  carries: readonly Node[],
  outputs: readonly (Node | undefined)[],
): Arranged {
  let order = steps;
  let replaced: Replaced = new Map();
  carries.forEach((carry, i) => {
    const y = outputs[i] as Node;
    const more = new Map(replaced);
    let next = order;
    let before = carry;
    for (const n of changesOf(y, carry) ?? [y]) {
      more.set(n, { carry, before });
      next = delayed(next, n, more);
      if ((n !== y && outputs.includes(n)) || !mayReplace(next, n, before)) return;
      before = n;
    }
    if (before !== y) return;
    [order, replaced] = [next, more];
  });
  return { steps: order, inPlace: new Map([...replaced].map(([n, { carry }]) => [n, carry])) };
}

/** Whether `b`, which comes after `a`, has to. */
function follows(b: Step, a: Step, replaced: Replaced): boolean {
  if (writesOf(a).some((n) => reads(b, n))) return true;
  return writesOf(b).some((n) => {
    const old = replaced.get(n)?.before;
    return reads(a, n) || writesOf(a).includes(n) || (old !== undefined && reads(a, old));
  });
}

/** `steps` with the one that writes `n` behind all that do not need it, if one after it reads what it replaces. */
function delayed(steps: readonly Step[], n: Node, replaced: Replaced): readonly Step[] {
  const at = steps.findIndex((s) => writesOf(s).includes(n));
  const before = replaced.get(n)?.before as Node;
  if (at < 0 || !steps.slice(at + 1).some((s) => reads(s, before))) return steps;
  const after = [steps[at] as Step];
  const rest = steps.slice(at + 1).filter((s) => {
    const must = after.some((a) => follows(s, a, replaced));
    if (must) after.push(s);
    return !must;
  });
  return [...steps.slice(0, at), ...rest, ...after];
}

/** Whether `y` may be computed in the memory of what it replaces, the old value of which nobody needs by then. */
function mayReplace(steps: readonly Step[], y: Node, old: Node): boolean {
  const at = steps.findIndex((s) => writesOf(s).includes(y));
  const step = steps[at];
  if (!step || steps.slice(at + 1).some((s) => reads(s, old))) return false;
  if (!reads(step, old)) return true;
  // Carries of straight-line code live in variables.
  if (step.kind === "loop" && step.nest.sizes.length > 0 && step.form.kind === "boxes")
    return step.bodies.every((b) => readsInPlace(b, y, old));
  if (step.kind !== "call" || step.call.nodes.length > 1) return false;
  const { init, operands } = step.call;
  // It begins as a copy of the old value.
  return operands.every((o, i) => o.base !== old || (i === init && o.offset === 0));
}

/** Whether every element of `y` needs the same element of `old` alone, and nothing else that is stored needs one. */
function readsInPlace({ live, sinks }: Body, y: Node, old: Node): boolean {
  /** By value: positions in `old` that it is made of. */
  const places = new Map<Value, ReadonlySet<string>>();
  for (const v of live) {
    const of = new Set(v.operands.flatMap((a) => [...(places.get(a) ?? [])]));
    if (v.source === old) of.add(v.op === "load" ? String(v.position) : "anywhere");
    if (of.size > 0) places.set(v, of);
  }
  return sinks.every((s) => {
    const own = s.kind === "store" && s.root.node === y ? String(s.position) : undefined;
    return [...(places.get(s.value) ?? [])].every((p) => p === own);
  });
}
