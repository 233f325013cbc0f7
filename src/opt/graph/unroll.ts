// Loops without a loop: the iterations one after the other in the graph. For short ones, and for looking at values.
import { inline } from "../../ir/closed.ts";
import type { Node } from "../../ir/graph.ts";
import type { Loop } from "../../primitives/control.ts";
import { concat, reshape, slice } from "../../primitives/shape.ts";
import { full } from "../../primitives/spread.ts";

/** What a loop does, whether there is a node of it or not. */
export interface Iterated {
  readonly inputs: readonly Node[];
  readonly params: Omit<Loop, "rules">;
}

/** The results of a loop of fixed length, iteration by iteration. */
export function unrolled({ inputs, params }: Iterated): readonly Node[] {
  const { body, carries, walked, length, reverse } = params;
  let state = inputs.slice(0, carries);
  const arrays = inputs.slice(carries, carries + walked);
  const shared = inputs.slice(carries + walked);
  const slices: Node[][] = Array.from({ length }, () => []);
  for (let k = 0; k < length; k++) {
    const i = reverse ? length - 1 - k : k;
    const results = inline(body, [...state, ...arrays.map((x) => rowOf(x, i)), ...shared]);
    state = results.slice(0, carries);
    slices[i] = results.slice(carries).map((y) => reshape(y, [1, ...y.shape]));
  }
  const stacks = body.outputs.slice(carries).map((y, k) =>
    length === 0
      ? full([0, ...y.shape], 0, y.dtype)
      : concat(
          slices.map((list) => list[k] as Node),
          0,
        ),
  );
  return [...state, ...stacks];
}

/** Row `i` of `x`. */
export const rowOf = (x: Node, i: number): Node => reshape(slice(x, 0, i, i + 1), x.shape.slice(1));
