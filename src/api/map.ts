// `map`: a function applied to one slice after the other.
import { checkCount, fail } from "../errors.ts";
import type { Node } from "../ir/graph.ts";
import { concat, reshape, slice } from "../primitives/shape.ts";
import { isExtent, type Operand, show } from "../trace/convert.ts";
import { requireFunction, type Traced as Tree, treeOf } from "../trace/trace.ts";
import { unflatten } from "../trace/tree.ts";
import type { Result, Traced } from "../trace/types.ts";
import { calledWith } from "./bodies.ts";
import { type AnyFn, type Argument, argumentOf, checkSettings, type Output, run, standIn } from "./common.ts";
import { lengthOf, scan, scanned } from "./scan.ts";
import { vmap } from "./vmap.ts";

/** Settings of {@link map}. */
export interface MapOptions {
  /** How many slices `f` is applied to at once, as `vmap` does: one unless given. */
  readonly batchSize?: number;
}

/**
 * The results of `f` for all slices of `xs` along axis 0, one slice after the other: `vmap(f)(xs)` in the memory that
 * one slice needs, or `batchSize` slices. `f` takes and returns an array, or a tree of arrays.
 * @shape f [...n] → [...m], xs [k, ...n] → [k, ...m]
 * @throws HvpError if extents of axis 0 differ
 */
export function map<const X, Y>(f: (x: Traced<X>) => Y, xs: X, options?: MapOptions): Result<Y, X>;
export function map(f: AnyFn, xs: unknown, options: MapOptions = {}, ...extra: unknown[]): unknown {
  checkCount("map", extra, "write map(f, xs, { batchSize })");
  if (typeof f !== "function" && typeof xs === "function")
    fail("value", "map: the function comes first: write map(f, xs)");
  requireFunction("map", f);
  checkSettings("map", options, ["batchSize"], "write map(f, xs, { batchSize })");
  const { batchSize } = options;
  if (batchSize !== undefined && (!isExtent(batchSize) || batchSize === 0))
    fail("value", `map: batchSize is ${show(batchSize)}; expected a positive integer`);
  return run(() => {
    const arg = argumentOf("map: xs", xs);
    const length = lengthOf("map", arg, undefined);
    return batchSize === undefined || length === 0 ? oneByOne(f, arg, length) : inBlocks(f, arg, length, batchSize);
  });
}

/** A loop over the slices. */
function oneByOne(f: AnyFn, xs: Argument, length: number): Output {
  const body = (_: null, x: unknown): unknown => {
    const y = calledWith("map", f, [x], "x => y");
    return y === null
      ? fail("value", "map: the function returned null; return an array or a tree of arrays")
      : [null, y];
  };
  const { args, nodes, weak, assemble } = scanned("map", body, undefined, xs, { length, reverse: false, times: 1 });
  return { args, nodes, weak, assemble: (leaves) => (assemble(leaves) as [null, unknown])[1] };
}

/** A loop over blocks of slices, then the slices that are left over. */
function inBlocks(f: AnyFn, xs: Argument, length: number, size: number): Output {
  const whole = length - (length % size);
  const part = (of: (x: Node) => Node): unknown =>
    unflatten(
      xs.structure,
      xs.parameters.map((x, i) => standIn(of(x), xs.operands[i] as Operand)),
    );
  const batch = vmap(f as (x: never) => unknown) as (block: unknown) => unknown;
  const found: Tree[] = [];
  if (whole > 0) {
    const blocks = part((x) => reshape(slice(x, 0, 0, whole), [whole / size, size, ...x.shape.slice(1)]));
    const ys = scan((_, block) => [null, batch(block)], null, blocks)[1];
    const stacked = treeOf("map: the result of the function", ys);
    found.push({ ...stacked, nodes: stacked.nodes.map((y) => reshape(y, [whole, ...y.shape.slice(2)])) });
  }
  if (whole < length)
    found.push(treeOf("map: the result of the function", batch(part((x) => slice(x, 0, whole, length)))));
  const [{ nodes, weak, structure }] = found as [Tree];
  return {
    args: [xs],
    nodes: nodes.map((_, i) =>
      concat(
        found.map((t) => t.nodes[i] as Node),
        0,
      ),
    ),
    weak,
    assemble: (leaves) => unflatten(structure, leaves),
  };
}
