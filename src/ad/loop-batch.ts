// Loops for a batch: what differs from example to example carries it as axis 0, and so does a row of what is walked.
// Where examples end at different times the loop runs as long as any, and those that are done keep what they have.
import type { Closed, Node } from "../ir/graph.ts";
import { substitute } from "../ir/walk.ts";
import { add, minimum } from "../primitives/arithmetic.ts";
import type { Loop } from "../primitives/control.ts";
import { batched } from "../primitives/define.ts";
import { parameter } from "../primitives/leaf.ts";
import { lt, select } from "../primitives/logic.ts";
import { type Carry, closed, depending, type OpenLoop, settled } from "../primitives/open-loop.ts";
import { reduceMax } from "../primitives/reduction.ts";
import { transpose as permuted } from "../primitives/shape.ts";
import { anyOver, broadcast, full } from "../primitives/spread.ts";
import { batchGraph } from "./batch.ts";

/** With the first two axes exchanged: rows of examples as examples of rows. */
const exchanged = (x: Node): Node => permuted(x, [1, 0, ...x.shape.slice(2).map((_, i) => i + 2)]);

/** The results of a loop for a batch, which all of them carry. */
export function batch(node: Node<Loop>, inputs: readonly Node[], has: readonly boolean[], size: number): Node[] {
  const { body, condition, carries: n, walked, trip } = node.params;
  const count = inputs[body.parameters.length];
  const settle = (flags: readonly boolean[]) => settled(flags, n, (f) => depending(body, f));
  let flags = settle(has.slice(0, body.parameters.length));
  const differs = (condition ? depending(condition, flags)[0] : has[body.parameters.length]) === true;
  if (differs) flags = settle(flags.map((is, i) => is || i < n));
  const values = body.parameters.map((p, i) =>
    i >= n + walked ? (inputs[i] as Node) : flags[i] ? parameter([size, ...p.shape], p.dtype) : p,
  );
  const made = graphFor(body, values, flags, size);
  const first = (i: number): Node =>
    flags[i] ? batched(inputs[i] as Node, has[i] as boolean, size) : (inputs[i] as Node);
  const loop: OpenLoop = {
    ...node.params,
    carries: values.slice(0, n).map((at, i) => ({
      at,
      first: first(i),
      next: batched(made.outputs[i] as Node, made.batched[i] || !flags[i], size),
    })),
    walked: values.slice(n, n + walked).map((at, i) => ({
      at,
      of: flags[n + i] ? exchanged(inputs[n + i] as Node) : (inputs[n + i] as Node),
    })),
    shared: [],
    slices: made.outputs.slice(n).map((y, i) => batched(y, made.batched[n + i] || !differs, size)),
    condition: condition && graphFor(condition, values, flags, size).outputs[0],
    count,
  };
  const results = closed(differs ? guarded(loop, size) : loop);
  const carries = results.carries.slice(0, n).map((y, i) => batched(y as Node, flags[i] as boolean, size));
  const counts = differs ? results.carries[n] : results.count && batched(results.count, false, size);
  const stacks = results.stacks.map((y, i) =>
    differs || made.batched[n + i] ? exchanged(y) : batched(y, false, size),
  );
  return [...carries, ...(trip === "condition" ? [counts as Node] : []), ...stacks];
}

/** `graph` at `values`, those that `flags` says being batched. */
function graphFor({ parameters, outputs }: Closed, values: readonly Node[], flags: readonly boolean[], size: number) {
  const those = <T>(list: readonly T[], are: boolean): T[] => list.filter((_, i) => flags[i] === are);
  const made = batchGraph(outputs, those(parameters, true), those(values, true), size);
  return { ...made, outputs: substitute(made.outputs, those(parameters, false), those(values, false)) };
}

/** `loop` for examples that end at different times: its condition, or its count, has one element for each. */
function guarded(loop: OpenLoop, size: number): OpenLoop {
  const { live, carry, ...trip } = loop.condition ? byCondition(loop.condition, size) : byCount(loop, size);
  const only = (y: Node, otherwise: Node): Node => select(broadcast(live, y.shape, [0]), y, otherwise);
  return {
    ...loop,
    ...trip,
    carries: [...loop.carries.map((c) => ({ ...c, next: only(c.next, c.at) })), carry],
    slices: loop.slices.map((y) => only(y, full(y.shape, 0, y.dtype))),
  };
}

interface Trip {
  /** Which examples have another iteration. */
  readonly live: Node;
  /** What counts the iterations. */
  readonly carry: Carry;
  readonly condition?: Node;
  readonly count?: Node;
}

function byCondition(live: Node, size: number): Trip {
  const at = parameter([size], "int32");
  const carry = { at, first: full([size], 0, "int32"), next: select(live, add(at, 1), at) };
  return { live, carry, condition: anyOver(live, [0]) };
}

function byCount({ count: counts, reverse, length }: OpenLoop, size: number): Trip {
  const most = reduceMax(counts as Node, [0]);
  const count = Number.isFinite(length) ? minimum(most, length) : most;
  const at = parameter([], "int32");
  const carry = { at, first: reverse ? add(count, -1) : full([], 0, "int32"), next: add(at, reverse ? -1 : 1) };
  return { live: lt(broadcast(at, [size], []), counts as Node), carry, count };
}
