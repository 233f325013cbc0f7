// Derivatives of loops: loops again, over derived bodies, so that they have derivatives themselves.
import { fail } from "../errors.ts";
import { inline } from "../ir/closed.ts";
import type { MaybeNode, Node } from "../ir/graph.ts";
import { dependents, reachable, substitute } from "../ir/walk.ts";
import type { Loop } from "../primitives/control.ts";
import { parameter } from "../primitives/leaf.ts";
import { type Carry, closed, groupsOf, type OpenLoop, opened, type Walked } from "../primitives/open-loop.ts";
import { zerosLike } from "../primitives/spread.ts";
import { push } from "./jvp.ts";
import { keptOf } from "./kept.ts";
import { sumOf } from "./sums.ts";
import { pull } from "./transpose.ts";

const isThere = <T>(x: T | undefined): x is T => x !== undefined;
const standFor = (x: Node): Node => parameter(x.shape, x.dtype);
const none = (list: readonly unknown[]): boolean[] => list.map(() => false);

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

/** Which outputs depend on the parameters that `flags` says. */
export function depending({ parameters, outputs }: Loop["body"], flags: readonly boolean[]): boolean[] {
  const active = dependents(
    reachable(outputs),
    parameters.filter((_, i) => flags[i]),
  );
  return outputs.map((y) => active.has(y));
}

/** Tangents of a loop: one that carries and walks tangents beside what they are tangents of. */
export function jvp(node: Node<Loop>, ds: readonly MaybeNode[]): MaybeNode[] {
  const { body, carries: n } = node.params;
  const derive = (flags: readonly boolean[]) => push(body, flags, none(flags.filter(Boolean)));
  const given = ds.slice(0, body.parameters.length).map(isThere);
  const moving = settled(given, n, (flags) => derive(flags).present);
  const loop = opened(node);
  const { carries, walked, shared } = groupsOf(ds, node.params);
  const own = loop.carries.map((c, i) => (moving[i] ? standFor(c.at) : undefined));
  const slices = loop.walked.map((w, i) => (walked[i] ? standFor(w.at) : undefined));
  const of = derive(moving);
  const directions = [...own, ...slices, ...shared].filter(isThere);
  const results = inline(of.graph, [...argumentsOf(loop, node), ...directions, ...of.captured]);
  let k = 0;
  const tangents = of.present.map((is) => (is ? results[k++] : undefined));
  const tangentOf = (c: Carry, i: number, at: Node): Carry => ({
    at,
    first: carries[i] ?? zerosLike(c.at),
    next: tangents[i] ?? zerosLike(c.at),
  });
  const more = loop.carries.flatMap((c, i) => (own[i] ? [tangentOf(c, i, own[i])] : []));
  const made = closed(
    {
      ...loop,
      carries: [...loop.carries, ...more],
      walked: [...loop.walked, ...slices.flatMap((at, i) => (at ? [{ at, of: walked[i] as Node }] : []))],
      slices: tangents.slice(n).filter(isThere),
    },
    (i) => i >= n,
  );
  let [c, s] = [n, 0];
  return [
    ...own.map((d) => (d ? made.carries[c++] : undefined)),
    ...(loop.trip === "condition" ? [undefined] : []),
    ...tangents.slice(n).map((d) => (d ? made.stacks[s++] : undefined)),
  ];
}

/** What the parameters of a body are in an open loop. */
const argumentsOf = (loop: OpenLoop, node: Node<Loop>): Node[] => [
  ...[...loop.carries, ...loop.walked].map((x) => x.at),
  ...groupsOf(node.inputs, node.params).shared,
];

/** The transpose of a loop that is linear in some inputs: cotangents, from the last iteration to the first. */
export function transpose(node: Node<Loop>, cts: readonly MaybeNode[], marked: readonly boolean[]): MaybeNode[] {
  const { body, carries: n, trip } = node.params;
  const linear = settled(marked.slice(0, body.parameters.length), n, (flags) => depending(body, flags));
  const still = <T>(list: readonly T[]): T[] => list.filter((_, i) => !linear[i]);
  const ctsOfSlices = cts.slice(trip === "condition" ? n + 1 : n);
  const derive = (flags: readonly boolean[]) => pull(body, linear, flags, none(flags.filter(Boolean)));
  /** Of carries: those cotangents of linear inputs of the body that are there. */
  const next = (flags: readonly boolean[]): boolean[] => spread(derive(flags).present, linear).map((is) => is === true);
  const results = body.outputs.map((_, i) => (i < n ? cts[i] : ctsOfSlices[i - n]) !== undefined);
  const linearOutputs = depending(body, linear);
  const given = settled(
    results.map((is, i) => is && (linearOutputs[i] as boolean)),
    n,
    next,
  );
  if (!given.includes(true)) return node.inputs.map(() => undefined);

  const loop = opened(node);
  const seeds = body.outputs.map((y, i) => (given[i] ? standFor(y) : undefined));
  const of = derive(given);
  const back = inline(of.graph, [...still(argumentsOf(loop, node)), ...seeds.filter(isThere)]);
  const own = loop.carries.filter((_, i) => !linear[i]);
  const slices = loop.walked.filter((_, i) => !linear[n + i]);
  const kept = keptOf(
    back,
    seeds.filter(isThere),
    own.map((c) => c.at),
    slices.map((w) => w.at),
  );
  const { stacks, count } = forward(loop, own, slices, kept);
  const stand = kept.map(standFor);
  const cotangents = spreadNodes(of.present, linear, substitute(back, kept, stand));
  return backward(node, {
    loop: {
      ...loop,
      trip: trip === "condition" ? "count" : trip,
      condition: undefined,
      count: count ?? loop.count,
      reverse: !loop.reverse,
    },
    seeds,
    firsts: cts.slice(0, n),
    cotangents,
    walked: [
      ...stand.map((at, i) => ({ at, of: stacks[i] as Node })),
      ...slices,
      ...seeds.slice(n).flatMap((at, i) => (at ? [{ at, of: ctsOfSlices[i] as Node }] : [])),
    ],
  });
}

/** `list`, which belongs to the inputs that are `linear`, in their places. */
function spread<T>(list: readonly T[], linear: readonly boolean[]): (T | undefined)[] {
  let k = 0;
  return linear.map((is) => (is ? list[k++] : undefined));
}
/** The same of those that are `present`. */
function spreadNodes(present: readonly boolean[], linear: readonly boolean[], list: readonly Node[]): MaybeNode[] {
  let k = 0;
  return spread(
    present.map((is) => (is ? list[k++] : undefined)),
    linear,
  );
}

/** The loop without what is linear in it: stacks of what is `kept`, and how many iterations there are. */
function forward(loop: OpenLoop, carries: readonly Carry[], walked: readonly Walked[], kept: readonly Node[]) {
  if (kept.length > 0 && !Number.isFinite(loop.length))
    fail(
      "rule",
      "whileLoop: reverse mode keeps values of every iteration, and there is no limit to their number; give " +
        "{ maxIterations }, or use forward mode (jvp)",
    );
  if (kept.length === 0 && loop.trip !== "condition") return { stacks: [], count: undefined };
  return closed({ ...loop, carries, walked, slices: kept }, () => false);
}

interface Backward {
  /** How it goes. */
  readonly loop: OpenLoop;
  /** Cotangents of the outputs of the body, and those of carries after the last iteration. */
  readonly seeds: readonly MaybeNode[];
  readonly firsts: readonly MaybeNode[];
  /** Cotangents of the inputs of the body. */
  readonly cotangents: readonly MaybeNode[];
  readonly walked: readonly Walked[];
}

/** Cotangents of the inputs: carries hand theirs on, those of what is shared are added up, rows are stacked. */
function backward(node: Node<Loop>, { loop, seeds, firsts, cotangents, walked }: Backward): MaybeNode[] {
  const { carries: n, walked: w } = node.params;
  const ends = n + w;
  const handed = seeds.slice(0, n).map(
    (at, i) =>
      at && {
        at,
        first: firsts[i] ?? zerosLike(at),
        next: cotangents[i] ?? zerosLike(at),
      },
  );
  const inside = { ...loop, walked };
  const own = [...handed.filter(isThere), ...walked].map((x) => x.at);
  const sums = cotangents.slice(ends).map((ct) => ct && sumOf(ct, inside, own));
  const slices = cotangents.slice(n, ends).filter(isThere);
  const made = closed({
    ...inside,
    carries: [...handed.filter(isThere), ...sums.flatMap((sum) => sum?.carry ?? [])],
    slices: [...slices, ...sums.flatMap((sum) => sum?.slices ?? [])],
  });
  let [c, s] = [0, 0];
  return [
    ...handed.map((h) => (h ? made.carries[c++] : undefined)),
    ...cotangents.slice(n, ends).map((ct) => (ct ? made.stacks[s++] : undefined)),
    ...sums.map((sum) => {
      if (!sum) return undefined;
      const carried = sum.carry && made.carries[c++];
      const stacks = made.stacks.slice(s, s + sum.slices.length);
      s += sum.slices.length;
      return sum.total(carried, stacks);
    }),
  ];
}
