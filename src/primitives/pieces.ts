// Terms of a sum that are zero but for one piece: the transposes of slices are pads, and n of them at disjoint places
// are one concat, not n sums.
import { make } from "../ir/build.ts";
import type { Node, Piece, Primitive } from "../ir/graph.ts";
import { withElement } from "../ir/lists.ts";
import { full, isMasked, zerosLike } from "./spread.ts";

/** `term`, and what it holds; `join` puts such pieces side by side. */
interface Term extends Piece {
  readonly term: Node;
  readonly join: NonNullable<Primitive["piece"]>["join"];
}

/** Terms with the sum of `terms`, all of one shape and type: as few as a greedy pass finds. */
export function packed(terms: readonly Node[]): Node[] {
  const rest: Node[] = [];
  const groups = new Map<number, Term[]>();
  for (const term of terms) {
    const piece = pieceOf(term);
    if (!piece) rest.push(term);
    else if (groups.has(piece.axis)) groups.get(piece.axis)?.push(piece);
    else groups.set(piece.axis, [piece]);
  }
  for (const group of groups.values())
    rest.push(...(group.length === 1 ? group.map((p) => p.term) : packLayers(group)));
  return rest;
}

/** What a pad holds; or a mask that was drawn out of one (pads keep masks outermost). */
function pieceOf(term: Node): Term | undefined {
  const own = term.prim.piece;
  if (own) return { term, ...own.of(term), join: own.join };
  const [c, a] = term.inputs;
  const inside = isMasked(term) && a?.prim.piece;
  const mask = inside && c?.prim.piece?.of(c);
  if (!mask) return undefined;
  const { x, axis, start } = inside.of(a as Node);
  if (mask.axis !== axis || mask.start !== start || mask.x.shape[axis] !== x.shape[axis]) return undefined;
  return { term, x: make(term.prim, [mask.x, x, zerosLike(x)]), axis, start, join: inside.join };
}

/** Packs pieces along their axis into as few layers as a greedy pass finds; each layer is one concat. */
function packLayers(pieces: Term[]): Node[] {
  const { axis, term, join } = pieces[0] as Term;
  const extent = term.shape[axis] as number;
  const layers: { end: number; parts: Node[] }[] = [];
  for (const { x, start } of pieces.sort((a, b) => a.start - b.start || a.term.id - b.term.id)) {
    let layer = layers.find((l) => l.end <= start);
    if (!layer) {
      layer = { end: 0, parts: [] };
      layers.push(layer);
    }
    if (start > layer.end) layer.parts.push(full(withElement(x.shape, axis, start - layer.end), 0, x.dtype));
    layer.parts.push(x);
    layer.end = start + (x.shape[axis] as number);
  }
  return layers.map(({ end, parts }) => {
    const x = parts[parts.length - 1] as Node;
    return join(end < extent ? [...parts, full(withElement(x.shape, axis, extent - end), 0, x.dtype)] : parts, axis);
  });
}
