// Packing: an array whose elements the innermost loop reads (or adds up) at a small stride, as in coordinates stored
// x₀ y₀ z₀ x₁ y₁ z₁ …, is copied once into a structure of arrays, x₀ x₁ … y₀ y₁ … z₀ z₁ …, where that loop has stride
// one. It pays where a nest passes over the array many times; then lanes are loaded and stored whole instead of one
// by one.
import type { Node } from "../../ir/graph.ts";
import type { Affine } from "../../ir/index-map.ts";
import { parameter } from "../../primitives/leaf.ts";
import type { Body, Sink } from "../plan/body.ts";
import type { Value } from "../plan/lane-builder.ts";

/** Largest stride that is packed away: the short trailing axes that domains unroll. */
const WIDEST = 8;
/** Passes over an array that repay one for packing it. */
const PASSES = 4;

/** `packed[b · rows + a] = array[a · stride + b]` */
export interface Packed {
  readonly array: Node;
  readonly packed: Node;
  readonly stride: number;
  readonly rows: number;
}
export interface Packing {
  /** Arrays to be packed before the nest runs, and results of folds to be unpacked after it. */
  readonly reads: readonly Packed[];
  readonly folds: readonly Packed[];
}

const volume = (b: Body): number => b.box.ranges.reduce((v, [lo, hi]) => v * (hi - lo), 1);
const rowsOf = (array: Node, stride: number): number => Math.ceil(array.size / stride);

/** Position in the packed array of what is at `p`; undefined where that is not affine. */
function packedPosition(p: Affine, stride: number, rows: number): Affine | undefined {
  if (p.some((c, i) => i > 0 && c % stride !== 0)) return undefined;
  const [k, ...loops] = p as [number, ...number[]];
  const b = ((k % stride) + stride) % stride;
  return [b * rows + (k - b) / stride, ...loops.map((c) => c / stride)];
}

/** Stride of `p` along the innermost loop of `body`, if it is one to pack away. */
function strideIn(body: Body, p: Affine): number | undefined {
  const inner = body.active.at(-1);
  const stride = inner === undefined || body.active.length < 2 ? 0 : Math.abs(p[inner + 1] as number);
  return stride > 1 && stride <= WIDEST ? stride : undefined;
}

/** Decides what the bodies of one nest read and fold through packed copies, and lets them do so. */
export function packing(bodies: readonly Body[]): Packing {
  return { reads: packReads(bodies), folds: packFolds(bodies) };
}

function packReads(bodies: readonly Body[]): Packed[] {
  const packs = new Map<string, Packed>();
  for (const body of bodies) {
    for (const v of body.values) {
      if (v.op !== "load" || v.uses === 0) continue;
      const array = v.source as Node;
      const stride = strideIn(body, v.position as Affine);
      if (stride === undefined || volume(body) < PASSES * array.size) continue;
      const position = packedPosition(v.position as Affine, stride, rowsOf(array, stride));
      if (!position) continue;
      const key = `${array.id} ${stride}`;
      let pack = packs.get(key);
      if (!pack) {
        const rows = rowsOf(array, stride);
        pack = { array, packed: parameter([rows * stride], array.dtype), stride, rows };
        packs.set(key, pack);
      }
      moveTo(v, pack.packed, position);
    }
  }
  return [...packs.values()];
}

function packFolds(bodies: readonly Body[]): Packed[] {
  const packs: Packed[] = [];
  const candidates = new Map<Node, number>();
  for (const body of bodies) {
    for (const s of body.sinks) {
      const stride = s.kind === "fold" ? strideIn(body, s.position) : undefined;
      if (stride !== undefined && volume(body) >= PASSES * s.root.node.size) candidates.set(s.root.node, stride);
    }
  }
  for (const [array, stride] of candidates) {
    const rows = rowsOf(array, stride);
    const packed = parameter([rows * stride], array.dtype);
    const moved = bodies.map((b) =>
      b.sinks.map((s): Sink | undefined => {
        if (s.root.node !== array) return s;
        const position = packedPosition(s.position, stride, rows);
        return position && { ...s, position, root: { ...s.root, node: packed } };
      }),
    );
    if (moved.some((sinks) => sinks.includes(undefined))) continue;
    bodies.forEach((b, i) => {
      b.sinks.splice(0, b.sinks.length, ...(moved[i] as Sink[]));
    });
    packs.push({ array, packed, stride, rows });
  }
  return packs;
}

function moveTo(v: Value, source: Node, position: Affine): void {
  v.source = source;
  v.position = position;
}
