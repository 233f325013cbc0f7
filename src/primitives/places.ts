// Masks that depend on places alone (of pads, concatenations, triangles): known when the graph is made. A product
// with a full matrix asks whether anything of a row is in a support; for such masks the answer is a few intervals,
// not a search at run time.
import type { Shape } from "../ir/aval.ts";
import { Box, cutting, type Ranges, Refusal, Split } from "../ir/box.ts";
import type { Node } from "../ir/graph.ts";
import { type Affine, constant, shift } from "../ir/index-map.ts";
import { withElement } from "../ir/lists.ts";
import { concat } from "./shape.ts";
import { anyOver, broadcast, constValue, full, keptAxes } from "./spread.ts";

/** A mask of more boxes than this stays a graph: it would be cut into as many loops. */
const MASK_BOXES = 16;
/** How much work one mask is worth: boxes tried, nodes looked at. */
const MASK_CUTS = 64;
const MASK_STEPS = 1024;

/** Thrown where numbers decide, not places. */
class Unknown {}

const minus = (a: Affine, b: Affine): Affine => a.map((c, i) => c - (b[i] as number));

interface Work {
  steps: number;
  /**
   * Elements found in this box, by node, with the index last asked for: what a mask has in several places is looked
   * at once.
   */
  found: Map<Node, readonly [index: readonly Affine[], value: Affine]>;
}

/** Element `index` of `n`, for all places of `box` at once: an integer affine in them, a boolean as 0 or 1. */
function at(n: Node, index: readonly Affine[], box: Box, work: Work): Affine {
  const last = work.found.get(n);
  if (last?.[0] === index) return last[1];
  const value = elementAt(n, index, box, work);
  work.found.set(n, [index, value]);
  return value;
}
function elementAt(n: Node, index: readonly Affine[], box: Box, work: Work): Affine {
  if (work.steps++ > MASK_STEPS) throw new Unknown();
  const of = (i: number): Affine => at(n.inputs[i] as Node, index, box, work);
  const number = (c: number): Affine => shift(box.zero, c);
  const bool = (holds: boolean): Affine => number(Number(holds));
  const holds = (i: number): boolean => of(i)[0] !== 0;
  const difference = (): Affine => minus(of(0), of(1));
  const isZero = (a: Affine): boolean => !box.below(a, 0) && box.below(a, 1);
  const c = constValue(n);
  if (c !== undefined) return Number.isInteger(c) ? number(c) : unknown();
  const { lower, name } = n.prim;
  if (lower.kind === "iota") return index[lower.axis(n)] as Affine;
  if (lower.kind === "view") {
    const source = lower.source(n, index, box);
    if (source === "zero") return box.zero;
    const x = n.inputs[source.input] as Node;
    return at(x, "flat" in source ? box.unravel(source.flat, x.shape) : source.index, box, work);
  }
  switch (name) {
    case "and":
      return bool(holds(0) && holds(1));
    case "or":
      return bool(holds(0) || holds(1));
    case "not":
      return bool(!holds(0));
    case "select":
      return holds(0) ? of(1) : of(2);
    case "lt":
      return bool(box.below(difference(), 0));
    case "le":
      return bool(box.below(difference(), 1));
    case "gt":
      return bool(!box.below(difference(), 1));
    case "ge":
      return bool(!box.below(difference(), 0));
    case "eq":
      return bool(isZero(difference()));
    case "ne":
      return bool(!isZero(difference()));
    case "any":
      return at(anyPlace(n.inputs[0] as Node, (n.params as { axes: readonly number[] }).axes), index, box, work);
    case "convert":
      return n.dtype === "bool" ? bool(!isZero(of(0))) : of(0);
  }
  return unknown();
}
function unknown(): never {
  throw new Unknown();
}

/** Disjoint boxes that are together where `mask` is true; undefined if numbers decide that, or too many boxes do. */
function boxesOf(mask: Node): readonly Ranges[] | undefined {
  let [steps, cuts] = [0, 0];
  const index = mask.shape.map((_, axis): Affine => withElement(constant(0, mask.shape.length), axis + 1, 1));
  const isTrue = (ranges: Ranges): boolean => {
    if (cuts++ > MASK_CUTS) unknown();
    const work: Work = { steps, found: new Map() };
    try {
      return at(mask, index, new Box(ranges), work)[0] !== 0;
    } catch (e) {
      if (!(e instanceof Refusal)) throw e;
      // No one cut decides it: the longest side is halved.
      const loop = ranges.reduce((best, [lo, hi], l) => (hi - lo > ranges[best]![1] - ranges[best]![0] ? l : best), 0);
      const [lo, hi] = ranges[loop] as readonly [number, number];
      throw hi - lo < 2 ? new Unknown() : new Split(loop, (lo + hi) >> 1);
    } finally {
      steps = work.steps;
    }
  };
  try {
    const all = mask.shape.map((extent) => [0, extent] as const);
    return cutting([all], (ranges) => isTrue(ranges) && ranges).filter((ranges) => ranges !== false);
  } catch (e) {
    if (e instanceof Unknown) return undefined;
    throw e;
  }
}

/**
 * The mask of `shape` that is true in the boxes: pieces along the first axis, where they differ, each of pieces along
 * the next.
 */
function maskOf(boxes: readonly Ranges[], shape: Shape, axis = 0): Node {
  const rest = shape.slice(axis);
  if (boxes.length === 0 || rest.length === 0) return full(rest, Number(boxes.length > 0), "bool");
  const cuts = [...new Set([0, rest[0] as number, ...boxes.flatMap((b) => b[axis] as readonly [number, number])])].sort(
    (a, b) => a - b,
  );
  const pieces: { piece: Node; extent: number }[] = [];
  cuts.slice(1).forEach((hi, k) => {
    const lo = cuts[k] as number;
    const piece = maskOf(
      boxes.filter(
        (b) => (b[axis] as readonly [number, number])[0] <= lo && (b[axis] as readonly [number, number])[1] >= hi,
      ),
      shape,
      axis + 1,
    );
    const last = pieces.at(-1);
    if (last?.piece === piece) last.extent += hi - lo;
    else pieces.push({ piece, extent: hi - lo });
  });
  const inner = rest.slice(1).map((_, i) => i + 1);
  return concat(
    pieces.map(({ piece, extent }) => broadcast(piece, [extent, ...rest.slice(1)], inner)),
    0,
  );
}

const known = /* @__PURE__ */ new WeakMap<Node, { readonly boxes: readonly Ranges[] | undefined }>();

/** Whether any of the booleans along `axes` is true: at once where places decide that. */
export function anyPlace(mask: Node, axes: readonly number[]): Node {
  let found = known.get(mask);
  if (!found) {
    found = { boxes: mask.size > 0 ? boxesOf(mask) : undefined };
    known.set(mask, found);
  }
  if (!found.boxes || found.boxes.length > MASK_BOXES) return anyOver(mask, axes);
  const kept = keptAxes(mask.shape, axes);
  return maskOf(
    found.boxes.map((ranges) => kept.map((a) => ranges[a] as readonly [number, number])),
    kept.map((a) => mask.shape[a] as number),
  );
}
