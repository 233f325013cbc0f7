// What an iteration keeps for the way back: values of it, stacked, or the little that they can be computed from.
import { bytesOf } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { residualsIn } from "../ir/residuals.ts";
import { dependents, reachable, reachableUntil } from "../ir/walk.ts";

/** What a byte in a stack costs, in nanoseconds: it is written once and read once. */
const STACK_BYTE_NS = 0.5;
/** A kernel on arrays of at most so many elements is no more than a few operations an element. */
const CHEAP_KERNEL_ELEMENTS = 64;
const CHEAP_KERNEL_NS = 4;

/** Rough nanoseconds of computing `n` from its inputs; infinite where nothing is computed twice. */
function costOf(n: Node): number {
  const { lower } = n.prim;
  if (lower.kind === "lane") return lower.cost * n.size;
  if (lower.kind === "reduce") return 0.5 * (n.inputs[0] as Node).size;
  if (lower.kind === "call" && [n, ...n.inputs].every((x) => x.size <= CHEAP_KERNEL_ELEMENTS))
    return CHEAP_KERNEL_NS * n.size;
  return lower.kind === "view" || lower.kind === "leaf" || lower.kind === "iota" ? 0 : Number.POSITIVE_INFINITY;
}

/**
 * The values of an iteration that `outputs` need in stacks: they are nodes of its `carries` and `slices`, and do not
 * depend on `directions`. Slices are walked again and need no stack.
 */
export function keptOf(
  outputs: readonly Node[],
  directions: readonly Node[],
  carries: readonly Node[],
  slices: readonly Node[],
): Node[] {
  const nodes = reachable(outputs);
  const own = dependents(nodes, [...carries, ...slices]);
  const most = residualsIn(outputs, directions).filter((n) => own.has(n));
  const ends = new Set(most);
  const behind = new Set(reachableUntil(outputs, (n) => ends.has(n)));
  const all = new Set(nodes);
  const keep = [...most, ...carries.filter((c) => behind.has(c))];
  const least = carries.filter((c) => all.has(c));
  const bytes = (list: readonly Node[]): number => list.reduce((s, n) => s + n.size * bytesOf(n.dtype), 0);
  const again = reachable(most).reduce((s, n) => (own.has(n) ? s + costOf(n) : s), 0);
  return STACK_BYTE_NS * bytes(least) + again < STACK_BYTE_NS * bytes(keep) ? least : keep;
}
