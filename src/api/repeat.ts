// Loops in blocks: a loop over blocks of iterations, in which these are unrolled, or called for recomputation.
import { close } from "../ir/closed.ts";
import type { Node } from "../ir/graph.ts";
import { unrolled } from "../opt/graph/unroll.ts";
import type { Loop } from "../primitives/control.ts";
import { parameter } from "../primitives/leaf.ts";
import { concat, reshape, slice } from "../primitives/shape.ts";
import { callOf } from "./calls.ts";
import { loop } from "./loops.ts";

/** A loop of fixed length. */
export type Iterations = Omit<Loop, "rules">;
/** Makes the results of iterations. */
type Make = (inputs: readonly Node[], params: Iterations) => readonly Node[];

const unroll: Make = (inputs, params) => unrolled({ inputs, params });

/** The results of a loop, `times` iterations of the body in each of its own. */
export function repeated(inputs: readonly Node[], params: Iterations, times: number): readonly Node[] {
  if (times >= params.length) return unroll(inputs, params);
  return times === 1 ? loop(inputs, params) : inBlocks(inputs, params, times, unroll, unroll);
}

/**
 * The same for a loop over blocks of `sizes` iterations, from the largest to the smallest, each a multiple of the next.
 * Derivatives keep the states between blocks, and compute those inside again.
 */
export function checkpointed(
  inputs: readonly Node[],
  params: Iterations,
  sizes: readonly number[],
  times: number,
): readonly Node[] {
  const [size, ...smaller] = sizes;
  if (size === undefined) return repeated(inputs, params, times);
  const inside: Make = (args, inner) => checkpointed(args, inner, smaller, times);
  if (params.length <= size) return inside(inputs, params);
  const recomputed: Make = (args, inner) => {
    // A value needs no blocks in a block.
    const value = smaller.length > 0 && close(args, repeated(args, inner, times)).graph;
    return callOf(close(args, inside(args, inner)).graph, args, value ? { value } : {});
  };
  // What is left over comes last: going back begins with it, so that nothing need be dropped before.
  return inBlocks(inputs, params, size, recomputed, inside);
}

/** A loop over blocks of `size` iterations, which `block` makes, and what `rest` makes of those left over. */
function inBlocks(inputs: readonly Node[], params: Iterations, size: number, block: Make, rest: Make): Node[] {
  const { length, carries, walked, reverse } = params;
  const state = inputs.slice(0, carries);
  const arrays = inputs.slice(carries, carries + walked);
  const shared = inputs.slice(carries + walked);
  const over = length % size;
  const whole = length - over;
  // What is left over comes last: these are the first slices where the loop is reversed.
  const from = reverse ? over : 0;
  const blocks = arrays.map((x) => reshape(slice(x, 0, from, from + whole), [whole / size, size, ...x.shape.slice(1)]));
  const stand = [
    ...state.map((x) => parameter(x.shape, x.dtype)),
    ...blocks.map((x) => parameter(x.shape.slice(1), x.dtype)),
    ...shared.map((x) => parameter(x.shape, x.dtype)),
  ];
  const body = close(stand, block(stand, { ...params, length: size })).graph;
  const results = loop([...state, ...blocks, ...shared], { ...params, body, length: whole / size });
  const ended = results.slice(0, carries);
  const stacks = results.slice(carries).map((y) => reshape(y, [whole, ...y.shape.slice(2)]));
  if (over === 0) return [...ended, ...stacks];
  const last = arrays.map((x) => slice(x, 0, reverse ? 0 : whole, reverse ? over : length));
  const tail = rest([...ended, ...last, ...shared], { ...params, length: over });
  return [
    ...tail.slice(0, carries),
    ...stacks.map((y, i) => {
      const more = tail[carries + i] as Node;
      return concat(reverse ? [more, y] : [y, more], 0);
    }),
  ];
}
