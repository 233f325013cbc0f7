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
  type Shared,
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

interface Union {
  readonly loops: readonly OpenLoop[];
  /** All carries, slices and conditions of the members, in terms of those that stand for equals. */
  readonly carries: readonly Carry[];
  readonly walked: readonly Walked[];
  readonly shared: readonly Shared[];
  readonly slices: readonly Node[];
  readonly conditions: readonly Node[];
  /** For each carry the first one that equals it. */
  readonly first: readonly number[];
}

/** The latest union that ends with a loop: what shows that loops are related is how they are joined. */
const unions: WeakMap<Node, { readonly nodes: readonly Node[]; readonly union: Union }> = /* @__PURE__ */ new WeakMap();
function unionOf(nodes: readonly Node<Loop>[]): Union {
  const last = nodes.at(-1) as unknown as Node;
  const known = unions.get(last);
  if (known?.nodes.length === nodes.length && nodes.every((n, i) => n === known.nodes[i])) return known.union;
  const union = united(nodes.map(opened));
  unions.set(last, { nodes: nodes as unknown as readonly Node[], union });
  return union;
}

function united(loops: readonly OpenLoop[]): Union {
  // Bodies of several loops may be one, or of an earlier session: there equal nodes are not the same.
  const stand = (x: Node): Node => (loops.length === 1 ? x : like(x));
  const carries = loops.flatMap((l) => l.carries.map((c) => ({ ...c, at: stand(c.at) })));
  const given = (lists: readonly (readonly Walked[])[]) => {
    const one = new Map<Node, Walked>();
    for (const { at, of } of lists.flat()) if (!one.has(of)) one.set(of, { at: stand(at), of });
    return one;
  };
  const walked = given(loops.map((l) => l.walked));
  const shared = given(loops.map((l) => l.shared));
  let first = firsts(carries.map((c) => `${c.first.id}`));
  for (;;) {
    let k = 0;
    const images = loops.map((l) =>
      substitute(
        [...l.carries.map((c) => c.next), ...l.slices, ...(l.condition ? [l.condition] : [])],
        [...l.carries, ...l.walked, ...l.shared].map((x) => x.at),
        [
          ...l.carries.map(() => (carries[first[k++] as number] as Carry).at),
          ...l.walked.map((w) => (walked.get(w.of) as Walked).at),
          ...l.shared.map((w) => (shared.get(w.of) as Shared).at),
        ],
      ),
    );
    const nexts = loops.flatMap((l, i) => (images[i] as Node[]).slice(0, l.carries.length));
    const split = firsts(first.map((k, i) => `${k} ${nexts[i]?.id}`));
    if (split.some((k, i) => k !== first[i])) {
      first = split;
      continue;
    }
    const stacks = (l: OpenLoop): number => l.carries.length + l.slices.length;
    return {
      loops,
      carries: carries.map((c, i) => ({ ...c, next: nexts[i] as Node })),
      walked: [...walked.values()],
      shared: [...shared.values()],
      slices: loops.flatMap((l, i) => (images[i] as Node[]).slice(l.carries.length, stacks(l))),
      conditions: loops.flatMap((l, i) => (images[i] as Node[]).slice(stacks(l))),
      first,
    };
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
  const { conditions, first } = unionOf(nodes);
  if (conditions.some((c) => c !== conditions[0])) return false;
  const before = given.reduce((n, g) => n + g.carries.length, 0);
  return rows || first.some((k, i) => i >= before && k < before);
}

/** Parameters of loops of which no two carries are equal. */
const known: WeakSet<object> = /* @__PURE__ */ new WeakSet();

/** The loops of `members` as one. */
export function joinedLoops(members: readonly Member[], become: Become): void {
  const nodes = members.map((m) => m.node as Node<Loop>);
  const union = unionOf(nodes);
  const { loops } = union;
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
    {
      ...(loops[0] as OpenLoop),
      carries: own,
      walked: union.walked,
      shared: union.shared,
      slices,
      condition: union.conditions[0],
    },
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
