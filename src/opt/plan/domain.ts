// Loop domains: which axes of a stored array are loops, and which are short enough to be unrolled.
import { type Shape, sizeOf, stridesOf } from "../../ir/aval.ts";
import type { Node } from "../../ir/graph.ts";
import type { Affine } from "../../ir/index-map.ts";
import { withElement } from "../../ir/lists.ts";
import { STRAIGHT_ELEMENTS } from "../cost.ts";
import type { IndexMap, Maps } from "./maps.ts";

/** How a root (an array that is stored) is computed: loops outside, unrolled axes inside, reduced axes folded. */
export interface Domain {
  readonly key: string;
  readonly sizes: readonly number[];
  /** Shape that is iterated: the node's own, or that of the operand of a reduction. */
  readonly shape: Shape;
  /** One loop over row-major positions. */
  readonly flat: boolean;
  /** The only loop as two: blocks of so many iterations, and the iterations of a block. */
  readonly block?: number;
  readonly loopAxes: readonly number[];
  /** Coordinates of the unrolled axes (zero at loop axes), one entry per copy of the body. */
  readonly copies: readonly (readonly number[])[];
}

/** `most`: how many elements of a row are unrolled. */
export function domainOf(shape: Shape, flat: boolean, unrollAll: boolean, most = STRAIGHT_ELEMENTS): Domain {
  if (flat && !unrollAll)
    return {
      key: String(sizeOf(shape)),
      sizes: [sizeOf(shape)],
      shape,
      flat: true,
      loopAxes: [],
      copies: [shape.map(() => 0)],
    };
  const loopAxes = shape.map((_, i) => i).filter((i) => shape[i] !== 1);
  const unrolled: number[] = [];
  let copies = 1;
  const size = sizeOf(shape);
  while (loopAxes.length > 0) {
    const axis = loopAxes[loopAxes.length - 1] as number;
    const extent = shape[axis] as number;
    if (!unrollAll && (extent * copies > most || size < extent * copies * STRAIGHT_ELEMENTS || loopAxes.length === 1))
      break;
    copies *= extent;
    unrolled.unshift(loopAxes.pop() as number);
  }
  const sizes = loopAxes.map((a) => shape[a] as number);
  let list: number[][] = size === 0 ? [] : [shape.map(() => 0)];
  for (const axis of unrolled)
    list = list.flatMap((c) => Array.from({ length: shape[axis] as number }, (_, i) => withElement(c, axis, i)));
  return { key: sizes.join("x"), sizes, shape, flat: false, loopAxes, copies: list };
}

/**
 * The map of copy `copy` of `d`: loops at their axes, constants elsewhere; a loop of extent 1 in `fixed` is a
 * constant.
 */
export function identityMap(
  d: Domain,
  copy: readonly number[],
  maps: Maps,
  fixed?: readonly (number | undefined)[],
): IndexMap {
  const loopVar = (l: number): Affine => {
    const a = new Array<number>(maps.loops + 1).fill(0);
    const at = fixed?.[l];
    if (at === undefined) a[l + 1] = 1;
    else a[0] = at;
    return a;
  };
  const { block } = d;
  const first = block ? loopVar(1).map((c, i) => c + block * (loopVar(0)[i] as number)) : loopVar(0);
  if (d.flat) return d.shape.length === 1 ? maps.axes([first]) : maps.flat(first);
  return maps.axes(
    d.shape.map((_, axis) => {
      const l = d.loopAxes.indexOf(axis);
      if (l >= 0) return l === 0 ? first : loopVar(l);
      const a = new Array<number>(maps.loops + 1).fill(0);
      a[0] = copy[axis] as number;
      return a;
    }),
  );
}

/**
 * Whether `m`, an access to `node` (whose root domain is `d`), reads just the elements that the same iteration
 * computes.
 */
export function isAligned(d: Domain, node: Node, m: IndexMap, maps: Maps): boolean {
  const position = maps.position(m, node.shape);
  const strides = stridesOf(d.shape);
  if (d.flat) return position[0] === 0 && position[1] === 1;
  for (let l = 0; l < d.loopAxes.length; l++) if (position[l + 1] !== strides[d.loopAxes[l] as number]) return false;
  return d.copies.some((c) => c.reduce((p, x, i) => p + x * (strides[i] as number), 0) === position[0]);
}
