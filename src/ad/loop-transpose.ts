// The transpose of a loop: one that stacks what the way back needs, and one that carries cotangents from the last
// iteration to the first.
import type { MaybeNode, Node } from "../ir/graph.ts";
import { keptOf } from "../ir/kept.ts";
import { substitute } from "../ir/walk.ts";
import type { Loop } from "../primitives/control.ts";
import { or } from "../primitives/logic.ts";
import {
  type Carry,
  closed,
  depending,
  needing,
  type OpenLoop,
  opened,
  settled,
  settledFrom,
  type Walked,
} from "../primitives/open-loop.ts";
import { full, zerosLike } from "../primitives/spread.ts";
import { supportOf, within } from "../primitives/support.ts";
import type { OpenDerived } from "./derived.ts";
import { isThere, lasting, spreadOut, standFor, supported } from "./loop.ts";
import { sumOf } from "./sums.ts";
import { openPull } from "./transpose.ts";

/** A loop, what it is linear in, and cotangents of the outputs of its body: of final carries, and stacks of rows. */
interface Task {
  readonly node: Node<Loop>;
  readonly linear: readonly boolean[];
  readonly cts: readonly MaybeNode[];
}

/** Cotangents of the inputs marked linear. */
export function transpose(node: Node<Loop>, cts: readonly MaybeNode[], marked: readonly boolean[]): MaybeNode[] {
  const { body, carries: n, trip } = node.params;
  const linear = settled(marked.slice(0, body.parameters.length), n, (flags) => depending(body, flags));
  const moving = depending(body, linear);
  const own = trip === "condition" ? cts.filter((_, i) => i !== n) : cts;
  // A carry that no iteration has changed is what it was, whatever an iteration makes of it.
  const kept = (i: number): boolean => trip !== "length" && i < n && linear[i] === true;
  const task: Task = { node, linear, cts: own.map((ct, i) => (moving[i] || kept(i) ? ct : undefined)) };
  const given = settledFrom(
    task.cts.map(isThere),
    n,
    (flags) => needing(body, flags).map((is, i) => is && (linear[i] as boolean)),
    (flags) => spread(openPull(body, linear, flags, []).results, linear).map(isThere),
  );
  return given.includes(true) ? backward(task, given, maskedIn(task, given)) : node.inputs.map(() => undefined);
}

/** The derivative of one iteration. */
const derive = ({ node, linear }: Task, given: readonly boolean[], masked: readonly boolean[]): OpenDerived =>
  openPull(node.params.body, linear, given, masked.includes(true) ? masked.filter((_, i) => given[i]) : []);

/**
 * Which of the cotangents that are `given` have supports known in all iterations: those of carries are assumed, and
 * dropped where an iteration does not say what becomes of them.
 */
function maskedIn(task: Task, given: readonly boolean[]): boolean[] {
  const { node, linear, cts } = task;
  const known = cts.map((ct) => ct && supportOf(ct) !== undefined);
  if (!known.includes(true)) return given.map(() => false);
  return lasting(
    given.map((is, i) => is && (known[i] ?? true)),
    node.params.carries,
    (masked) => spread(supported(derive(task, given, masked)), linear).map((is) => is === true),
  );
}

/** `list`, which belongs to the inputs that are `linear`, in their places. */
function spread<T>(list: readonly T[], linear: readonly boolean[]): (T | undefined)[] {
  let k = 0;
  return linear.map((is) => (is ? list[k++] : undefined));
}

/** The loop without what is linear in it: stacks of what is `kept`, and how many iterations there are. */
function forward(loop: OpenLoop, carries: readonly Carry[], walked: readonly Walked[], kept: readonly Node[]) {
  if (kept.length === 0 && loop.trip !== "condition") return { stacks: [], count: undefined };
  return closed({ ...loop, carries, walked, slices: kept }, () => false);
}

const nowhere = (x: Node): Node => full(x.shape, 0, "bool");

/** The loop back: `given` says which cotangents there are, `masked` which of them come with supports. */
function backward(task: Task, given: readonly boolean[], masked: readonly boolean[]): MaybeNode[] {
  const { node, linear, cts } = task;
  const { carries: n, walked: w, trip } = node.params;
  const still = <T>(list: readonly T[], from: number): T[] => list.filter((_, i) => !linear[from + i]);
  const open = opened(node);
  const [own, rows] = [still(open.carries, 0), still(open.walked, n)];
  const loop = { ...open, shared: still(open.shared, n + w) };
  const of = derive(task, given, masked);
  const seeds = spreadOut(given, of.at);
  const masks = spreadOut(given, of.masks);
  const kept = keptOf(
    [...of.results, ...of.supports].filter(isThere),
    [...seeds, ...masks].filter(isThere),
    own.map((c) => c.at),
    rows.map((r) => r.at),
  );
  const { stacks, count } = forward(loop, own, rows, kept);
  const stand = kept.map(standFor);
  const found = spread(substitute(of.results, kept, stand), linear);
  const supports = spread(substitute(of.supports, kept, stand), linear);
  const rowsOf = (list: readonly MaybeNode[], stack: (ct: Node) => MaybeNode): Walked[] =>
    list.slice(n).flatMap((at, i) => (at ? [{ at, of: stack(cts[n + i] as Node) as Node }] : []));
  const inside: OpenLoop = {
    ...loop,
    carries: [],
    walked: [
      ...stand.map((at, i) => ({ at, of: stacks[i] as Node })),
      ...rows,
      ...rowsOf(seeds, (ct) => ct),
      ...rowsOf(masks, supportOf),
    ],
    trip: trip === "condition" ? "count" : trip,
    condition: undefined,
    count: count ?? loop.count,
    reverse: !loop.reverse,
  };
  const handed = handedOn(seeds.slice(0, n), (i) => cts[i], found);
  const shown = handedOn(masks.slice(0, n), (i) => cts[i] && supportOf(cts[i]), supports);
  const made = summed(inside, found, handed, shown, n, n + w);
  const where = masked.includes(true) ? supportsOf(inside, supports, shown, n, n + w) : [];
  return made.map((ct, i) => ct && within(ct, where[i]));
}

/** Carries of a loop back: what they begin as, if that is not zero, and what an iteration makes of them. */
const handedOn = (
  at: readonly MaybeNode[],
  first: (i: number) => MaybeNode,
  next: readonly MaybeNode[],
): (Carry | undefined)[] =>
  at.map((p, i) => p && { at: p, first: first(i) ?? zerosLike(p), next: next[i] ?? zerosLike(p) });

/** Cotangents of the inputs: carries hand theirs on, those of what is shared are added up, rows are stacked. */
function summed(
  inside: OpenLoop,
  found: readonly MaybeNode[],
  handed: readonly (Carry | undefined)[],
  shown: readonly (Carry | undefined)[],
  carries: number,
  ends: number,
): MaybeNode[] {
  const [own, masks] = [handed.filter(isThere), shown.filter(isThere)];
  const parameters = [...own, ...masks, ...inside.walked].map((x) => x.at);
  const sums = found.slice(ends).map((ct) => ct && sumOf(ct, inside, parameters));
  const added = sums.flatMap((sum) => sum?.carry ?? []);
  const slices = [...found.slice(carries, ends).filter(isThere), ...sums.flatMap((sum) => sum?.slices ?? [])];
  const most = own.length + added.length;
  const made = closed({ ...inside, carries: [...own, ...added, ...masks], slices }, (i) => i < most);
  let [c, s] = [0, 0];
  return [
    ...handed.map((h) => (h ? made.carries[c++] : undefined)),
    ...found.slice(carries, ends).map((ct) => (ct ? made.stacks[s++] : undefined)),
    ...sums.map((sum) => {
      if (!sum) return undefined;
      const carried = sum.carry && made.carries[c++];
      const stacks = made.stacks.slice(s, s + sum.slices.length);
      s += sum.slices.length;
      return sum.total(carried, stacks);
    }),
  ];
}

/**
 * The supports of the same, by a loop of their own: they must not depend on what the cotangents are linear in. It
 * becomes one with the other where both run.
 */
function supportsOf(
  inside: OpenLoop,
  supports: readonly MaybeNode[],
  shown: readonly (Carry | undefined)[],
  carries: number,
  ends: number,
): MaybeNode[] {
  const anywhere = supports.slice(ends).map((mask) => {
    const at = mask && standFor(mask);
    return at && { at, first: nowhere(at), next: or(at, mask as Node) };
  });
  const slices = supports.slice(carries, ends);
  const made = closed({
    ...inside,
    carries: [...shown, ...anywhere].filter(isThere),
    slices: slices.filter(isThere),
  });
  let [c, s] = [0, 0];
  return [
    ...shown.map((h) => (h ? made.carries[c++] : undefined)),
    ...slices.map((mask) => (mask ? made.stacks[s++] : undefined)),
    ...anywhere.map((h) => (h ? made.carries[c++] : undefined)),
  ];
}
