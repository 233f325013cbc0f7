// Several loops as one, and several choices. Carries that begin alike are taken for equal until they become different
// things: then these are told apart, and all is looked at again.
import { inline } from "../../ir/closed.ts";
import type { Node } from "../../ir/graph.ts";
import { partIndex, resultsOf } from "../../ir/part.ts";
import { substitute } from "../../ir/walk.ts";
import { isChoice, isLoop, type Loop } from "../../primitives/control.ts";
import { parameter } from "../../primitives/leaf.ts";
import {
  type Carry,
  closed,
  type Groups,
  groupsOf,
  type OpenLoop,
  opened,
  type Walked,
} from "../../primitives/open-loop.ts";
import { choiceOf } from "../../primitives/selected.ts";

/** A loop or choice of the graph, and its parts that are read. */
export interface Member {
  readonly node: Node;
  readonly parts: readonly Node[];
}
/** Takes what becomes of a part. */
export type Become = (part: Node, result: Node) => void;

const like = (x: Node): Node => parameter(x.shape, x.dtype);

const own: WeakMap<Node<Loop>, OpenLoop> = /* @__PURE__ */ new WeakMap();
/** A loop whose parameters are those of no other loop. */
function renamed(node: Node<Loop>): OpenLoop {
  let of = own.get(node);
  if (!of) own.set(node, (of = withOwnParameters(opened(node))));
  return of;
}
function withOwnParameters(loop: OpenLoop): OpenLoop {
  const old = [...loop.carries, ...loop.walked].map((x) => x.at);
  const at = old.map(like);
  const n = loop.carries.length;
  const inside = (list: readonly Node[]): Node[] => substitute(list, old, at);
  const nexts = inside(loop.carries.map((c) => c.next));
  return {
    ...loop,
    carries: loop.carries.map((c, i) => ({ ...c, at: at[i] as Node, next: nexts[i] as Node })),
    walked: loop.walked.map((w, i) => ({ ...w, at: at[n + i] as Node })),
    slices: inside(loop.slices),
    condition: loop.condition && inside([loop.condition])[0],
  };
}

interface Union {
  /** All carries, slices and conditions of the members, in terms of those that stand for equals. */
  readonly carries: readonly Carry[];
  readonly walked: readonly Walked[];
  readonly slices: readonly Node[];
  readonly conditions: readonly Node[];
  /** For each carry the first one that equals it. */
  readonly first: readonly number[];
}

function unionOf(loops: readonly OpenLoop[]): Union {
  const carries = loops.flatMap((l) => l.carries);
  const walked = loops.flatMap((l) => l.walked);
  const rows = new Map<Node, Node>();
  for (const w of walked) if (!rows.has(w.of)) rows.set(w.of, w.at);
  const from = [...carries, ...walked].map((x) => x.at);
  const all = [
    ...carries.map((c) => c.next),
    ...loops.flatMap((l) => [...l.slices, ...(l.condition ? [l.condition] : [])]),
  ];
  let first = firsts(carries.map((c) => `${c.first.id}`));
  for (;;) {
    const to = [...first.map((k) => (carries[k] as Carry).at), ...walked.map((w) => rows.get(w.of) as Node)];
    const images = substitute(all, from, to);
    const split = firsts(first.map((k, i) => `${k} ${images[i]?.id}`));
    if (split.every((k, i) => k === first[i]))
      return { ...laidOut(loops, images, carries), walked: uniqueRows(walked), first };
    first = split;
  }
}

/** For each key the place of the first one like it. */
function firsts(keys: readonly string[]): number[] {
  const place = new Map<string, number>();
  return keys.map((key, i) => {
    if (!place.has(key)) place.set(key, i);
    return place.get(key) as number;
  });
}
const uniqueRows = (walked: readonly Walked[]): Walked[] =>
  walked.filter((w, i) => walked.findIndex((v) => v.of === w.of) === i);

function laidOut(loops: readonly OpenLoop[], images: readonly Node[], carries: readonly Carry[]) {
  const slices: Node[] = [];
  const conditions: Node[] = [];
  let k = carries.length;
  for (const l of loops) {
    slices.push(...images.slice(k, (k += l.slices.length)));
    if (l.condition) conditions.push(images[k++] as Node);
  }
  return { carries: carries.map((c, i) => ({ ...c, next: images[i] as Node })), slices, conditions };
}

/**
 * Whether `members`, the last of which is new among the others, are better one: they walk the same rows, carry the same
 * values, or are choices by one index.
 */
export function related(members: readonly Member[]): boolean {
  const nodes = members.map((m) => m.node).filter(isLoop);
  if (nodes.length === 0) return true;
  // Most are told apart by what they are given; looking into them takes long.
  const given = nodes.map((n) => groupsOf(n.inputs, n.params));
  const last = given.pop() as Groups<Node>;
  const rows = given.some((g) => g.walked.some((x) => last.walked.includes(x)));
  if (!rows && !given.some((g) => g.carries.some((x) => last.carries.includes(x)))) return false;
  if (rows && nodes.every((n) => !n.params.condition)) return true;
  const { conditions, first } = unionOf(nodes.map((n) => renamed(n)));
  if (conditions.some((c) => c !== conditions[0])) return false;
  const before = given.reduce((n, g) => n + g.carries.length, 0);
  return rows || first.some((k, i) => i >= before && k < before);
}

/** Parameters of loops of which no two carries are equal. */
const known: WeakSet<object> = /* @__PURE__ */ new WeakSet();

/** The loops of `members` as one. */
export function joinedLoops(members: readonly Member[], become: Become): void {
  const nodes = members.map((m) => m.node as Node<Loop>);
  const loops = nodes.length === 1 ? nodes.map(opened) : nodes.map(renamed);
  const union = unionOf(loops);
  const own = union.carries.filter((_, i) => union.first[i] === i);
  const place = new Map(own.map((c, i) => [c.at, i]));
  const read: { part: Node; carry?: number; slice?: Node; count?: true }[] = [];
  let [carry, slice] = [0, 0];
  members.forEach(({ parts }, k) => {
    const loop = loops[k] as OpenLoop;
    const n = loop.carries.length;
    const stacks = n + (loop.condition ? 1 : 0);
    for (const part of parts) {
      const i = partIndex(part);
      if (i < n) {
        const c = union.carries[union.first[carry + i] as number] as Carry;
        read.push({ part, carry: place.get(c.at) as number });
      } else if (i < stacks) read.push({ part, count: true });
      else read.push({ part, slice: union.slices[slice + i - stacks] as Node });
    }
    carry += n;
    slice += loop.slices.length;
  });
  const slices = [...new Set(read.flatMap((r) => r.slice ?? []))];
  const wanted = new Set(read.map((r) => r.carry));
  const results = closed(
    { ...(loops[0] as OpenLoop), carries: own, walked: union.walked, slices, condition: union.conditions[0] },
    (i) => wanted.has(i),
  );
  const [made] = [...results.stacks, ...results.carries.filter((c) => c !== undefined)];
  if (made?.inputs[0]) known.add(made.inputs[0].params);
  for (const r of read) {
    const y = r.slice
      ? results.stacks[slices.indexOf(r.slice)]
      : r.count
        ? results.count
        : results.carries[r.carry ?? -1];
    become(r.part, y as Node);
  }
}

/** A loop without what nobody reads of it, if that is anything. */
export function prunedLoop(member: Member, become: Become): void {
  const { params, inputs } = member.node as Node<Loop>;
  // Of what has been joined no two carries are equal.
  if (member.parts.length === resultsOf(member.node).length && known.has(params)) return;
  const made: [Node, Node][] = [];
  joinedLoops([member], (part, result) => made.push([part, result]));
  const loop = made.map(([, y]) => y.inputs[0]).find((n) => n !== undefined && isLoop(n));
  const smaller =
    !loop ||
    !isLoop(loop) ||
    loop.params.body.outputs.length < params.body.outputs.length ||
    loop.params.walked < params.walked ||
    loop.inputs.length < inputs.length;
  if (smaller) for (const [part, result] of made) become(part, result);
  else known.add(params);
}

/** The choices of `members` as one. */
export function joinedChoices(members: readonly Member[], become: Become): void {
  const nodes = members.map((m) => m.node).filter(isChoice);
  const [first] = nodes as [(typeof nodes)[0]];
  const of = [...new Set(nodes.flatMap((n) => n.inputs.slice(1)))];
  const at = of.map(like);
  const standFor = (x: Node): Node => at[of.indexOf(x)] as Node;
  const parts = members.flatMap((m) => m.parts);
  const outputs = first.params.branches.map((_, k) =>
    nodes.flatMap((n, j) => {
      const branch = n.params.branches[k] as (typeof n.params.branches)[0];
      const results = inline(branch, n.inputs.slice(1).map(standFor));
      return (members[j] as Member).parts.map((p) => results[partIndex(p)] as Node);
    }),
  );
  const results = choiceOf(first.inputs[0] as Node, { at, of }, outputs, first.params.rules);
  parts.forEach((p, i) => become(p, results[i] as Node));
}
