// Derivatives of loops: loops again, over derived bodies, so that they have derivatives themselves.
import type { MaybeNode, Node } from "../ir/graph.ts";
import type { Loop } from "../primitives/control.ts";
import { parameter } from "../primitives/leaf.ts";
import { closed, moved, type OpenLoop, opened, settledFrom } from "../primitives/open-loop.ts";
import { zerosLike } from "../primitives/spread.ts";
import { supportOf, within } from "../primitives/support.ts";
import type { OpenDerived } from "./derived.ts";
import { openPush } from "./jvp.ts";

export const isThere = <T>(x: T | undefined): x is T => x !== undefined;
export const standFor = (x: Node): Node => parameter(x.shape, x.dtype);
const none = (list: readonly unknown[]): boolean[] => list.map(() => false);

/** `flags`, without those of carries of which an iteration does not say what becomes of them. */
export function lasting(flags: readonly boolean[], carries: number, says: (flags: boolean[]) => readonly boolean[]) {
  let current = [...flags];
  for (;;) {
    const found = says(current);
    const left = current.map((is, i) => is && (i >= carries || found[i] === true));
    if (left.every((is, i) => is === current[i])) return left;
    current = left;
  }
}
/** For each result of a derivative whether its support is known: a symbolic zero has one. */
export const supported = ({ results, supports }: OpenDerived): boolean[] =>
  results.map((y, i) => !y || supports[i] !== undefined);
/** `list`, which has an entry for each that is `present`, with nothing between. */
export function spreadOut(present: readonly boolean[], list: readonly MaybeNode[]): MaybeNode[] {
  let k = 0;
  return present.map((is) => (is ? list[k++] : undefined));
}

/** What goes with values into and out of an iteration: their tangents, or the supports of these. */
interface Beside {
  /** Parameters beside those of the body. */
  readonly at: readonly MaybeNode[];
  /** What the inputs of the loop have. */
  readonly of: readonly MaybeNode[];
  /** What the outputs of the body have. */
  readonly made: readonly MaybeNode[];
}

/** Tangents of a loop: one that carries and walks tangents beside what they are tangents of. */
export function jvp(node: Node<Loop>, ds: readonly MaybeNode[]): MaybeNode[] {
  const { body, carries: n } = node.params;
  const inputs = ds.slice(0, body.parameters.length);
  const moving = settledFrom(
    inputs.map(isThere),
    n,
    (flags) => moved(body, flags),
    (flags) => openPush(body, flags, []).results.map(isThere),
  );
  const known = inputs.map((d) => d && supportOf(d));
  const derive = (flags: readonly boolean[]) =>
    openPush(body, moving, flags.includes(true) ? flags.filter((_, i) => moving[i]) : []);
  const masked = known.some(isThere)
    ? lasting(
        moving.map((is, i) => is && (known[i] !== undefined || !inputs[i])),
        n,
        (flags) => supported(derive(flags)),
      )
    : none(moving);
  const of = derive(masked);
  const loop = opened(node);
  const tangents: Beside = { at: spreadOut(moving, of.at), of: inputs, made: of.results };
  const shown: Beside = { at: spreadOut(moving, of.masks), of: known, made: of.supports };
  const made = beside(loop, [tangents, shown]);
  const where = masked.includes(true) ? beside(loop, [shown]) : [];
  return made.map((d, i) => d && within(d, where[i]));
}

/** The loop that carries and walks what is `beside` its values: what the results have of the first of these. */
function beside(loop: OpenLoop, all: readonly Beside[]): MaybeNode[] {
  const n = loop.carries.length;
  const [first] = all as [Beside];
  const carried = all.flatMap(({ at, of, made }) =>
    at.slice(0, n).flatMap((p, i) => {
      return p ? [{ at: p, first: of[i] ?? zerosLike(p), next: made[i] ?? zerosLike(p) }] : [];
    }),
  );
  const walked = all.flatMap(({ at, of }) =>
    loop.walked.flatMap((_, i) => {
      const p = at[n + i];
      return p ? [{ at: p, of: of[n + i] as Node }] : [];
    }),
  );
  const ends = n + loop.walked.length;
  const shared = all.flatMap(({ at, of }) =>
    at.slice(ends).flatMap((p, i) => (p ? [{ at: p, of: of[ends + i] as Node }] : [])),
  );
  const most = n + first.at.slice(0, n).filter(isThere).length;
  const made = closed(
    {
      ...loop,
      carries: [...loop.carries, ...carried],
      walked: [...loop.walked, ...walked],
      shared: [...loop.shared, ...shared],
      slices: first.made.slice(n).filter(isThere),
    },
    (i) => i >= n && i < most,
  );
  let [c, s] = [n, 0];
  return [
    ...first.at.slice(0, n).map((p) => (p ? made.carries[c++] : undefined)),
    ...(loop.trip === "condition" ? [undefined] : []),
    ...first.made.slice(n).map((d) => (d ? made.stacks[s++] : undefined)),
  ];
}
