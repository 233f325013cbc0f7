// Masks that depend on places alone (of pads, concatenations, triangles): known when the graph is made. A product with a full
// matrix asks whether anything of a row is in a support; for such masks the answer is a few intervals, not a count at run time.
import type { Shape } from "../ir/aval.ts";
import { Box, type Ranges, Refusal, Split } from "../ir/box.ts";
import type { Node } from "../ir/graph.ts";
import { type Affine, constant, shift } from "../ir/index-map.ts";
import { withElement } from "../ir/lists.ts";
import { anyOver, broadcast, constValue, full, keptAxes, reduceSumPrim } from "./leaf.ts";
import { concat } from "./shape.ts";

/** A mask of more boxes than this stays a graph: it would be cut into as many loops. */
const BOXES = 16;
/** How much work one mask is worth: boxes tried, nodes looked at. */
const CUTS = 64;
const STEPS = 1024;

/** Thrown where numbers decide, not places. */
class Unknown {}

const minus = (a: Affine, b: Affine): Affine => a.map((c, i) => c - (b[i] as number));

/** Elements found in one box, by node and index: what several masks share is looked at once. */
type Found = Map<Node, { readonly index: readonly Affine[]; readonly value: Affine }[]>;
interface Work {
  steps: number;
  found: Found;
}

/** Element `index` of `n`, for all places of `box` at once: an integer affine in them, a boolean as 0 or 1. */
function at(n: Node, index: readonly Affine[], box: Box, work: Work): Affine {
  let list = work.found.get(n);
  if (!list) work.found.set(n, (list = []));
  for (const f of list) if (f.index === index) return f.value;
  const value = elementAt(n, index, box, work);
  list.push({ index, value });
  return value;
}
function elementAt(n: Node, index: readonly Affine[], box: Box, work: Work): Affine {
  if (work.steps++ > STEPS) throw new Unknown();
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
    case "convert": {
      const counted = n.dtype === "bool" ? countOf(n.inputs[0] as Node) : undefined;
      if (counted) return at(anyPlace(counted.mask, counted.axes), index, box, work);
      return n.dtype === "bool" ? bool(!isZero(of(0))) : of(0);
    }
  }
  return unknown();
}
function unknown(): never {
  throw new Unknown();
}
/** What `anyOver` counts. */
function countOf(x: Node): { mask: Node; axes: readonly number[] } | undefined {
  const ints = x.prim === (reduceSumPrim as unknown) ? (x.inputs[0] as Node) : undefined;
  const mask = ints?.prim.name === "convert" ? (ints.inputs[0] as Node) : undefined;
  return mask?.dtype === "bool" ? { mask, axes: (x.params as { axes: readonly number[] }).axes } : undefined;
}

/** Disjoint boxes that are together where `mask` is true; undefined if numbers decide that, or too many boxes do. */
function boxesOf(mask: Node): readonly Ranges[] | undefined {
  const work: Work = { steps: 0, found: new Map() };
  const index = mask.shape.map((_, axis): Affine => withElement(constant(0, mask.shape.length), axis + 1, 1));
  const open: Ranges[] = [mask.shape.map((extent) => [0, extent] as const)];
  const inside: Ranges[] = [];
  for (let cuts = 0; open.length > 0; cuts++) {
    const ranges = open.pop() as Ranges;
    if (cuts > CUTS) return undefined;
    const cut = (loop: number, place: number): void => {
      const [lo, hi] = ranges[loop] as readonly [number, number];
      open.push(withElement(ranges, loop, [place, hi] as const), withElement(ranges, loop, [lo, place] as const));
    };
    work.found = new Map();
    try {
      if (at(mask, index, new Box(ranges), work)[0] !== 0) inside.push(ranges);
    } catch (e) {
      if (e instanceof Split) cut(e.loop, e.at);
      else if (e instanceof Refusal) {
        const loop = ranges.reduce((best, [lo, hi], l) => (hi - lo > ranges[best]![1] - ranges[best]![0] ? l : best), 0);
        const [lo, hi] = ranges[loop] as readonly [number, number];
        if (hi - lo < 2) return undefined;
        cut(loop, (lo + hi) >> 1);
      } else if (e instanceof Unknown) return undefined;
      else throw e;
    }
  }
  return inside;
}

/** The mask of `shape` that is true in the boxes: pieces along the first axis, where they differ, each of pieces along the next. */
function maskOf(boxes: readonly Ranges[], shape: Shape, axis = 0): Node {
  const rest = shape.slice(axis);
  if (boxes.length === 0 || rest.length === 0) return full(rest, Number(boxes.length > 0), "bool");
  const cuts = [...new Set([0, rest[0] as number, ...boxes.flatMap((b) => b[axis] as readonly [number, number])])].sort((a, b) => a - b);
  const pieces: { piece: Node; extent: number }[] = [];
  cuts.slice(1).forEach((hi, k) => {
    const lo = cuts[k] as number;
    const piece = maskOf(
      boxes.filter((b) => (b[axis] as readonly [number, number])[0] <= lo && (b[axis] as readonly [number, number])[1] >= hi),
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
  if (!found.boxes || found.boxes.length > BOXES) return anyOver(mask, axes);
  const kept = keptAxes(mask.shape, axes);
  return maskOf(
    found.boxes.map((ranges) => kept.map((a) => ranges[a] as readonly [number, number])),
    kept.map((a) => mask.shape[a] as number),
  );
}
