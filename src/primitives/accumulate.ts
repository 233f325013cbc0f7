// Adding cotangents up. The transposes of slices are pads; n of them at disjoint places are one concat, not n sums.
import { make } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { withElement } from "../ir/lists.ts";
import { plus } from "./arithmetic.ts";
import { concat, isPad } from "./shape.ts";
import { full, isMasked, zerosLike } from "./spread.ts";

/** `term`, which is `x` put at `start` along `axis` of zeros. */
interface Piece {
  readonly term: Node;
  readonly x: Node;
  readonly axis: number;
  readonly start: number;
}

/** The sum of `terms` (at least one), all of one shape and type. */
export function accumulate(terms: readonly Node[]): Node {
  const rest: Node[] = [];
  const groups = new Map<number, Piece[]>();
  for (const term of terms) {
    const piece = pieceOf(term);
    if (!piece) rest.push(term);
    else if (groups.has(piece.axis)) groups.get(piece.axis)?.push(piece);
    else groups.set(piece.axis, [piece]);
  }
  for (const group of groups.values())
    rest.push(...(group.length === 1 ? group.map((p) => p.term) : packLayers(group)));
  return rest.reduce((sum, t) => plus(sum, t));
}

/** What a pad holds; or a mask that was drawn out of one (pads keep masks outermost). */
function pieceOf(term: Node): Piece | undefined {
  if (isPad(term)) return { term, x: term.inputs[0] as Node, axis: term.params.axis, start: term.params.before };
  const [c, a] = term.inputs;
  if (!isMasked(term) || !c || !a || !isPad(c) || !isPad(a)) return undefined;
  const { axis, before, after } = a.params;
  if (c.params.axis !== axis || c.params.before !== before || c.params.after !== after) return undefined;
  const x = a.inputs[0] as Node;
  return { term, x: make(term.prim, [c.inputs[0] as Node, x, zerosLike(x)]), axis, start: before };
}

/** Packs pieces along their axis into as few layers as a greedy pass finds; each layer is one concat. */
function packLayers(pieces: Piece[]): Node[] {
  const { axis, term } = pieces[0] as Piece;
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
    return concat(end < extent ? [...parts, full(withElement(x.shape, axis, extent - end), 0, x.dtype)] : parts, axis);
  });
}
