// Pulling: which element of each input an element of a node is made of. Views are followed here, so that no array is
// ever copied just to be sliced, padded, reversed, reshaped or broadcast.

import { stridesOf } from "../../ir/aval.ts";
import { Box, type Explorer, Refusal, Split } from "../../ir/box.ts";
import type { Node } from "../../ir/graph.ts";
import type { Affine, Cell } from "../../ir/index-map.ts";
import { withElement } from "../../ir/lists.ts";
import { isScalarConstant } from "../../primitives/leaf.ts";
import { type IndexMap, Maps } from "./maps.ts";

/** Coordinates of `m` in an array of `shape`. */
export function coordinates(m: IndexMap, shape: readonly number[], cell: Cell): readonly Affine[] {
  return m.axes ?? cell.unravel(m.flat as Affine, shape);
}

/** The map of `x` at row-major position `flat`; vectors and scalars always use coordinates. */
export function atPosition(x: Node, flat: Affine, maps: Maps): IndexMap {
  if (x.shape.length === 0) return maps.axes([]);
  return x.shape.length === 1 ? maps.axes([flat]) : maps.flat(flat);
}

/** Where element `m` of the view `n` comes from. */
export function viewSource(
  n: Node,
  m: IndexMap,
  maps: Maps,
  cell: Cell,
): { readonly x: Node; readonly map: IndexMap } | "zero" {
  const { lower } = n.prim;
  if (lower.kind !== "view") throw new TypeError(`${n.prim.name} is not a view`);
  if (lower.flat && m.flat) return { x: n.inputs[0] as Node, map: atPosition(n.inputs[0] as Node, m.flat, maps) };
  const first = n.inputs[0] as Node;
  if (lower.repeats && first.size === 1)
    return { x: first, map: maps.axes(first.shape.map(() => new Array<number>(maps.loops + 1).fill(0))) };
  const source = lower.source(n, coordinates(m, n.shape, cell), cell);
  if (source === "zero") return source;
  const x = n.inputs[source.input] as Node;
  return { x, map: "flat" in source ? atPosition(x, source.flat, maps) : maps.axes(source.index) };
}

/** The maps under which an inlined reduction reads its operand, in row-major order of the reduced axes. */
export function reducedMaps(n: Node, m: IndexMap, maps: Maps, cell: Cell): IndexMap[] {
  const x = n.inputs[0] as Node;
  const { axes } = n.params as { axes: readonly number[] };
  const kept = coordinates(m, n.shape, cell);
  const at = (value: number): Affine => [value, ...new Array<number>(maps.loops).fill(0)];
  let list: Affine[][] = [[]];
  let k = 0;
  x.shape.forEach((extent, axis) => {
    if (axes.includes(axis)) list = list.flatMap((l) => Array.from({ length: extent }, (_, i) => [...l, at(i)]));
    else {
      const a = kept[k++] as Affine;
      for (const l of list) l.push(a);
    }
  });
  return list.map((l) => maps.axes(l));
}

/** Coordinates of the index operand of a gather, and of the gathered array with zero along the gathered axis. */
export function gatherMaps(
  n: Node,
  m: IndexMap,
  maps: Maps,
  cell: Cell,
): { index: IndexMap; source: readonly Affine[]; axis: number } {
  const { axis } = n.params as { axis: number };
  const rank = (n.inputs[1] as Node).shape.length;
  const c = coordinates(m, n.shape, cell);
  const zero = new Array<number>(maps.loops + 1).fill(0);
  return {
    index: maps.axes(c.slice(axis, axis + rank)),
    source: [...c.slice(0, axis), zero, ...c.slice(axis + rank)],
    axis,
  };
}

/** All that element `m` of `n` reads of the inputs of `n` (whole-array reads of kernels and gathers apart). */
export function inputAccesses(n: Node, m: IndexMap, maps: Maps, explorer: Explorer): [Node, IndexMap][] {
  const { lower } = n.prim;
  switch (lower.kind) {
    case "lane":
      return n.inputs.map((x) => [x, m]);
    case "view":
      return explorer
        .explore(() => viewSource(n, m, maps, explorer))
        .flatMap((s) => (s === "zero" ? [] : [[s.x, s.map] as [Node, IndexMap]]));
    case "reduce":
      return reducedMaps(n, m, maps, explorer).map((map) => [n.inputs[0] as Node, map]);
    case "gather":
      return [[n.inputs[1] as Node, gatherMaps(n, m, maps, explorer).index]];
    case "iota":
      coordinates(m, n.shape, explorer);
      return [];
    default:
      return [];
  }
}

/** An operand of a kernel as strided memory: element i of the operand is at `offset + Σ strides·i` of `base`. */
export interface Operand {
  readonly base: Node;
  readonly offset: number;
  readonly strides: readonly number[];
}

/** An operand in terms of a node that views lead to, and of the last one so far that has it as one run. */
interface Link {
  readonly strided: Operand;
  readonly contiguous: Operand;
}
const chains: WeakMap<Node, readonly Link[]> = /* @__PURE__ */ new WeakMap();

/** Where views lead from `x` on. Plans ask it again and again, of more and more that is stored. */
function chainOf(x: Node): readonly Link[] {
  const known = chains.get(x);
  if (known) return known;
  const contiguous = stridesOf(x.shape);
  const first: Operand = { base: x, offset: 0, strides: contiguous };
  const chain: Link[] = [{ strided: first, contiguous: first }];
  chains.set(x, chain);
  if (x.prim.lower.kind !== "view") return chain;
  const maps = new Maps(x.shape.length);
  const box = new Box(x.shape.map((d) => [0, Math.max(1, d)] as const));
  let m = maps.axes(x.shape.map((_, i) => withElement(new Array<number>(maps.loops + 1).fill(0), i + 1, 1)));
  for (let last = chain[0] as Link; last.strided.base.prim.lower.kind === "view"; last = chain.at(-1) as Link) {
    let next: ReturnType<typeof viewSource>;
    try {
      next = viewSource(last.strided.base, m, maps, box);
    } catch (e) {
      if (e instanceof Split || e instanceof Refusal) break;
      throw e;
    }
    if (next === "zero" || isScalarConstant(next.x)) break;
    m = next.map;
    const [offset, ...strides] = maps.position(m, next.x.shape) as [number, ...number[]];
    const own: Operand = { base: next.x, offset, strides };
    const isRun = strides.every((s, i) => s === contiguous[i] || (x.shape[i] as number) <= 1);
    chain.push({ strided: own, contiguous: isRun ? own : last.contiguous });
  }
  return chain;
}

/** Follows views from `x` down to memory, as far as strides (or, if not `strided`, one contiguous run) can express. */
export function resolve(x: Node, strided: boolean, stored: { has(n: Node): boolean }): Operand {
  const chain = chainOf(x);
  const end = chain.find((link) => stored.has(link.strided.base)) ?? (chain.at(-1) as Link);
  return strided ? end.strided : end.contiguous;
}

/** The node that must be stored so that a kernel can read `x`. */
export const materializedBase = (x: Node, strided: boolean, stored: { has(n: Node): boolean }): Node =>
  resolve(x, strided, stored).base;
