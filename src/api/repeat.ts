// A loop with several iterations of its body in one.
import { close } from "../ir/closed.ts";
import type { Node } from "../ir/graph.ts";
import { unrolled } from "../opt/graph/unroll.ts";
import type { Loop } from "../primitives/control.ts";
import { parameter } from "../primitives/leaf.ts";
import { concat, reshape, slice } from "../primitives/shape.ts";
import { loop } from "./loops.ts";

type Iterations = Omit<Loop, "rules">;

/** The results of a loop of fixed length, `times` iterations of the body in each of its own. */
export function repeated(inputs: readonly Node[], params: Iterations, times: number): readonly Node[] {
  const { length, carries, walked, reverse } = params;
  if (times >= length) return unrolled({ inputs, params });
  if (times === 1) return loop(inputs, params);
  const state = inputs.slice(0, carries);
  const arrays = inputs.slice(carries, carries + walked);
  const shared = inputs.slice(carries + walked);
  const rest = length % times;
  const whole = length - rest;
  // What is left over comes last: these are the first slices where the loop is reversed.
  const from = reverse ? rest : 0;
  const blocks = arrays.map((x) =>
    reshape(slice(x, 0, from, from + whole), [whole / times, times, ...x.shape.slice(1)]),
  );
  const stand = [
    ...state.map((x) => parameter(x.shape, x.dtype)),
    ...blocks.map((x) => parameter(x.shape.slice(1), x.dtype)),
    ...shared.map((x) => parameter(x.shape, x.dtype)),
  ];
  const body = close(stand, unrolled({ inputs: stand, params: { ...params, length: times } })).graph;
  const results = loop([...state, ...blocks, ...shared], { ...params, body, length: whole / times });
  const ended = results.slice(0, carries);
  const stacks = results.slice(carries).map((y) => reshape(y, [whole, ...y.shape.slice(2)]));
  if (rest === 0) return [...ended, ...stacks];
  const last = arrays.map((x) => slice(x, 0, reverse ? 0 : whole, reverse ? rest : length));
  const tail = unrolled({ inputs: [...ended, ...last, ...shared], params: { ...params, length: rest } });
  return [
    ...tail.slice(0, carries),
    ...stacks.map((y, i) => {
      const more = tail[carries + i] as Node;
      return concat(reverse ? [more, y] : [y, more], 0);
    }),
  ];
}
