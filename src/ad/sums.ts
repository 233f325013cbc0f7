// Sums over the iterations of a loop that are better made after it: one product of long matrices in place of many.
import type { Node } from "../ir/graph.ts";
import { dependents, reachable } from "../ir/walk.ts";
import { accumulate, termsOf } from "../primitives/accumulate.ts";
import { parameter } from "../primitives/leaf.ts";
import type { Carry, OpenLoop } from "../primitives/open-loop.ts";
import { zerosLike } from "../primitives/spread.ts";

/** A sum in small pieces lives in variables, where it costs nothing. */
const SMALL = 64;

/** The sum of a value over all iterations. */
export interface Sum {
  /** What is added up in the loop. */
  readonly carry: Carry | undefined;
  /** What is stacked for the rest of it. */
  readonly slices: readonly Node[];
  /** All of it, of the final carry and the stacks. */
  readonly total: (carried: Node | undefined, stacks: readonly Node[]) => Node;
}

/** How the sum of `value` over the iterations of `loop` is made. */
export function sumOf(value: Node, loop: Pick<OpenLoop, "walked" | "length" | "trip">, own: readonly Node[]): Sum {
  const terms = termsOf(value);
  const later = loop.trip === "length" && value.size > SMALL ? terms.filter((t) => isLater(t, own)) : [];
  const now = terms.filter((t) => !later.includes(t));
  const slices: Node[] = [];
  const sums = later.map((t) => {
    const stacks = t.inputs.map((x) => stackOf(x, loop, slices));
    return (of: readonly Node[]): Node => t.prim.sumOver?.(stacks.map((s) => s(of))) as Node;
  });
  const at = parameter(value.shape, value.dtype);
  const carry = now.length > 0 ? { at, first: zerosLike(value), next: accumulate([at, ...now]) } : undefined;
  return {
    carry,
    slices,
    total: (carried, stacks) => accumulate([...(carried ? [carried] : []), ...sums.map((s) => s(stacks))]),
  };
}

/** Whether all operands change from iteration to iteration: else those that do are few, and are added up first. */
function isLater(term: Node, own: readonly Node[]): boolean {
  if (!term.prim.sumOver || term.shape.length !== 2) return false;
  const nodes = reachable([term]);
  const moving = dependents(nodes, own);
  return term.inputs.every((x) => moving.has(x));
}

/** The values of `n` in all iterations, of the stacks of `slices`, to which it adds what has none yet. */
function stackOf(
  n: Node,
  { walked, length }: Pick<OpenLoop, "walked" | "length">,
  slices: Node[],
): (stacks: readonly Node[]) => Node {
  const known = walked.find((w) => w.at === n);
  if (known) return () => known.of;
  const [x] = n.inputs;
  if (n.prim.lower.kind === "view" && x && n.inputs.length === 1) {
    const of = stackOf(x, { walked, length }, slices);
    return (stacks) => n.prim.batch(n, [of(stacks)], [true], length);
  }
  const place = slices.includes(n) ? slices.indexOf(n) : slices.push(n) - 1;
  return (stacks) => stacks[place] as Node;
}
