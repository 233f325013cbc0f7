// `scan`: a function applied to one slice after the other, with a state that is carried along.
import { checkCount, fail } from "../errors.ts";
import { showShape } from "../ir/aval.ts";
import type { Closed, Node } from "../ir/graph.ts";
import { parameter } from "../primitives/leaf.ts";
import { describe, isExtent, type Operand, show } from "../trace/convert.ts";
import { requireFunction, treeOf } from "../trace/trace.ts";
import { place, unflatten } from "../trace/tree.ts";
import type { Like, Result, Traced } from "../trace/types.ts";
import { calledWith, closeAll, settle } from "./bodies.ts";
import { type AnyFn, type Argument, argumentOf, checkSettings, type Output, run, standIn } from "./common.ts";
import { checkpointed } from "./repeat.ts";
import { blockSizes, type LoopCheckpoint } from "./slots.ts";

/** Settings of {@link scan}. */
export interface ScanOptions {
  /** How many iterations: the extent of axis 0 of `xs` unless given. */
  readonly length?: number;
  /** From the last slice to the first: false unless given. */
  readonly reverse?: boolean;
  /** How many calls of the body an iteration holds, or true for no loop at all: 1 unless given. */
  readonly unroll?: number | boolean;
  /** What derivatives keep of the iterations, and compute again: `"none"` unless given. */
  readonly checkpoint?: LoopCheckpoint;
}

/**
 * The state after all slices of `xs`, and what `f` gave for each: `f(carry, x)` returns `[carry, y]` for one slice
 * along axis 0, and gets the next one with the carry that it returned. Carries, slices and `y` are arrays or trees of
 * them. `f` is traced a few times, whatever the length: a carry keeps its shape and type, but a number in `init` takes
 * the type of what becomes of it. `xs` may be null where `length` is given, and `y` null where nothing is collected.
 * Integers and booleans are carried without derivatives.
 * @shape f ([...c], [...n]) → ([...c], [...m]), init [...c], xs [k, ...n] → ([...c], [k, ...m])
 * @throws HvpError if a carry changes its shape or type, or if extents of axis 0 differ
 */
export function scan<const I, const X, Y>(
  f: (carry: Traced<I>, x: Traced<X>) => readonly [carry: Like<I>, y: Y],
  init: I,
  xs: X,
  options?: ScanOptions,
): [carry: Result<Traced<I>, [I, X]>, ys: Result<Y, [I, X]>];
export function scan(f: AnyFn, init: unknown, xs: unknown, options: ScanOptions = {}, ...extra: unknown[]): unknown {
  checkCount("scan", extra, "write scan(f, init, xs, options)");
  if (typeof f !== "function" && typeof init === "function")
    fail("value", "scan: the function comes first: write scan(f, init, xs)");
  requireFunction("scan", f);
  checkSettings("scan", options, ["length", "reverse", "unroll", "checkpoint"], "write scan(f, init, xs, { length })");
  return run(() => {
    const carry = init === null ? undefined : argumentOf("scan: init", init);
    const walked = xs === null || xs === undefined ? undefined : argumentOf("scan: xs", xs);
    const length = lengthOf("scan", walked, options.length);
    return scanned("scan", f, carry, walked, {
      length,
      reverse: options.reverse === true,
      times: timesOf("scan", options.unroll, length),
      sizes: blockSizes("scan", options.checkpoint, length),
    });
  });
}

const PAIR = "return [carry, y] with a carry like the first, from f(carry, x)";

/** How the iterations of a loop stand in the graph. */
interface Form {
  readonly length: number;
  readonly reverse: boolean;
  /** How many there are in one of the loop. */
  readonly times: number;
  /** Sizes of blocks whose values derivatives compute again: none unless given. */
  readonly sizes?: readonly number[];
}

/** A loop over the slices of `xs`; `loop` is named in messages. */
export function scanned(
  loop: string,
  f: AnyFn,
  carry: Argument | undefined,
  xs: Argument | undefined,
  { length, reverse, times, sizes = [] }: Form,
): Output {
  const rows = xs?.parameters.map((x) => parameter(x.shape.slice(1), x.dtype)) ?? [];
  const row = xs ? [rowOf(xs, rows)] : [];
  const body = settle({ loop, noun: "carry", usage: PAIR }, carry, (state) =>
    pairOf(loop, calledWith(loop, f, [state, ...row], "(carry, x) => …, or pass null and a length")),
  );
  const ys = body.rest === null || body.rest === undefined ? undefined : treeOf(`${loop}: y`, body.rest);
  const { graphs, captured } = closeAll([...body.stand, ...rows], [[...body.next, ...(ys?.nodes ?? [])]]);
  const inputs = [...body.initial, ...(xs?.parameters ?? []), ...captured];
  if (inputs.length === 0)
    fail("value", `${loop}: nothing goes into the loop: no carry, no xs and no array; compute its result without it`);
  const [graph] = graphs as [Closed];
  const shape = { carries: body.stand.length, walked: rows.length, length, reverse, trip: "length" } as const;
  return {
    args: [carry, xs].filter((a) => a !== undefined),
    nodes: checkpointed(inputs, { body: graph, ...shape }, sizes, times),
    weak: [...body.weak, ...(ys?.weak ?? [])],
    assemble: (leaves) => [
      carry ? unflatten(carry.structure, leaves) : null,
      ys ? unflatten(ys.structure, leaves, body.stand.length) : null,
    ],
  };
}

/** The tree that stands for a slice. */
const rowOf = ({ structure, operands }: Argument, rows: readonly Node[]): unknown =>
  unflatten(
    structure,
    rows.map((r, i) => standIn(r, operands[i] as Operand)),
  );

function pairOf(loop: string, value: unknown): readonly [next: unknown, y: unknown] {
  if (!Array.isArray(value) || value.length !== 2)
    fail("value", `${loop}: the body must return a pair, got ${describe(value)}; ${PAIR}`);
  return value as [unknown, unknown];
}

/** How many slices all leaves of `xs` have. */
export function lengthOf(loop: string, xs: Argument | undefined, given: unknown): number {
  if (given !== undefined && !isExtent(given))
    fail("value", `${loop}: length is ${show(given)}; expected a non-negative integer`);
  let length = given as number | undefined;
  let first = "length";
  xs?.parameters.forEach(({ shape }, i) => {
    const where = place(xs.where, xs.paths[i] as string);
    const extent =
      shape[0] ?? fail("shape", `${where} is a number; xs has arrays, whose slices along axis 0 are taken`);
    if (length !== undefined && extent !== length)
      fail(
        "shape",
        `${where} has shape ${showShape(shape)} with ${extent} slices along axis 0, but ${first} ` +
          `${first === "length" ? "is" : "has"} ${length}; they must be equal`,
      );
    if (length === undefined) [length, first] = [extent, place("xs", xs.paths[i] as string)];
  });
  return length ?? fail("value", `${loop}: without xs it needs a length: write { length: 10 }`);
}

/** How many iterations stand in one. */
function timesOf(loop: string, unroll: unknown, length: number): number {
  if (unroll === true) return Math.max(1, length);
  if (unroll === undefined || unroll === false) return 1;
  if (!isExtent(unroll) || unroll === 0)
    fail("value", `${loop}: unroll is ${show(unroll)}; expected a positive integer or a boolean`);
  return unroll as number;
}
