// How many states a loop keeps for its derivatives: the sizes of its blocks (repeat.ts), nested in levels.
//
// Binomial checkpointing (Griewank & Walther, "Algorithm 799: revolve", 2000) has blocks of unequal lengths, hence code
// for each. Blocks of one size stay a loop, with code for each level alone. With k states shared evenly among r levels,
// n = (k/r)^r iterations run forward r times. Revolve needs about k/e states for as many.
import { fail } from "../errors.ts";
import { isExtent, show } from "../trace/convert.ts";

/**
 * What derivatives keep of a loop of n iterations: `"none"`, what is needed of all of them; `"sqrt"`, about 2·√n
 * states, between blocks and inside one; `{ slots: k }`, at most k states. A gradient then runs an iteration forward at
 * most r times, with the least r for which k states in r equal parts, whose sizes are multiplied, make n.
 */
export type LoopCheckpoint = "none" | "sqrt" | { readonly slots: number };

/** The sizes of blocks of a loop of `length` iterations, each a multiple of the next one. */
export function blockSizes(loop: string, checkpoint: unknown, length: number): number[] {
  if (checkpoint === undefined || checkpoint === "none") return [];
  if (checkpoint === "sqrt") return length < 4 ? [] : [rootSize(length)];
  const slots = typeof checkpoint === "object" && checkpoint !== null && Object.keys(checkpoint).join() === "slots";
  if (!slots)
    fail("value", `${loop}: checkpoint is ${show(checkpoint)}; expected "none", "sqrt" or { slots: number of states }`);
  const { slots: k } = checkpoint as { slots: unknown };
  if (!isExtent(k) || k === 0) fail("value", `${loop}: checkpoint.slots is ${show(k)}; expected a positive integer`);
  const levels = levelsOf(k as number, length);
  if (levels) return levels.slice(1).map((_, i) => product(levels.slice(i + 1)));
  let least = k as number;
  while (!levelsOf(least, length)) least++;
  return fail("value", `${loop}: checkpoint.slots is ${k}; ${length} iterations need at least ${least}`);
}

const product = (list: readonly number[]): number => list.reduce((p, s) => p * s, 1);

/** A size near the root of `length`, one that leaves nothing over if there is one. */
function rootSize(length: number): number {
  const root = Math.floor(Math.sqrt(length));
  for (let size = root; 2 * size >= root; size--) if (length % size === 0 && size > 1) return size;
  return root;
}

/** The fewest numbers that add up to at most `slots`, and have a product of at least `length`. */
function levelsOf(slots: number, length: number): number[] | undefined {
  for (let r = 1; r === 1 || 2 * r <= slots; r++) {
    const levels = Array.from({ length: r }, (_, i) => Math.floor((slots + i) / r));
    if (product(levels) >= length) return levels;
  }
  return undefined;
}
