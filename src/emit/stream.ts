// Streaming: a program that is one loop over long vectors runs piece by piece, so that its arrays are copied into
// memory and out of it through windows that stay in the cache. Without it, copying costs more than computing from
// about 10⁵ elements on (Rosenbrock, n = 10⁶: 2.0 ms instead of 0.9).
import { bytesOf } from "../ir/aval.ts";
import { Box } from "../ir/box.ts";
import type { Node } from "../ir/graph.ts";
import type { Affine } from "../ir/index-map.ts";
import { Body, type Fold } from "../opt/plan/body.ts";
import type { Nest, Plan } from "../opt/plan/plan.ts";
import { Bump, type Ref, type Region, WORK } from "../opt/steps/layout.ts";
import { isParameter } from "../primitives/leaf.ts";
import type { Fn, Module } from "./assembler.ts";
import { NestEmitter } from "./nest.ts";
import { I32 } from "./opcodes.ts";
import type { Context } from "./scalar-code.ts";

/** Elements per piece: three windows of float64 take a fifth of a megabyte. */
const PIECE = 8192;
/** Shorter loops gain nothing. */
const LONG = 65536;
/** Longest run of elements at either end that may have code of its own. */
const EDGE = 32;
/** Most values of the loop: beyond, variables need memory, which only whole programs give. */
const VALUES = 10_000;

/** The geometry of a streamed program, in elements of its one loop. */
export interface Stream {
  /** The inner box `[lo, hi)` is run in `pieces` of PIECE elements (the last one shorter). */
  readonly lo: number;
  readonly hi: number;
  readonly total: number;
  readonly pieces: number;
  readonly piece: number;
  /** A window holds `width` elements, from `before` ahead of its piece. */
  readonly before: number;
  readonly width: number;
  /** Parameters and outputs that are seen through a window in the work region; all others are whole. */
  readonly windowed: ReadonlySet<Node>;
  /** Bytes by which the bases of the data and point regions advance per element: their arrays are walked in place. */
  readonly advance: readonly [data: number, point: number];
}

interface Use {
  readonly node: Node;
  readonly position: Affine;
}
function usesOf(body: Body): Use[] {
  const loads = body.values
    .filter((v) => v.op === "load" && v.uses > 0)
    .map((v) => ({ node: v.source as Node, position: v.position as Affine }));
  return [...loads, ...body.sinks.map((s) => ({ node: s.root.node, position: s.position }))];
}

/** How to stream a program of the one nest `nest`, if it can be: `regionOf` says where arrays lie. */
export function planStream(
  nest: Nest,
  bodies: readonly Body[],
  p: Plan,
  regionOf: (n: Node) => Region,
): Stream | undefined {
  const total = nest.sizes[0] as number;
  if (nest.sizes.length !== 1 || total < LONG) return undefined;
  const range = (b: Body): readonly [number, number] => b.box.ranges[0] as readonly [number, number];
  const main = bodies.find((b) => range(b)[1] - range(b)[0] > total - 2 * EDGE);
  if (!main || main.values.length > VALUES) return undefined;
  const [lo, hi] = range(main);
  if (lo > EDGE || total - hi > EDGE) return undefined;
  // Every array has its place in the window, or is walked in place, or is a scalar.
  const windowed = new Set<Node>();
  const advance = [0, 0, 0];
  const fixed = new Set<Region>();
  let [least, most] = [0, 0];
  for (const { node, position } of usesOf(main)) {
    const region = regionOf(node);
    if (position[1] === 0) {
      if (node.size > 8 || (region === WORK && !isParameter(node) && !p.outputs.includes(node))) return undefined;
      if (region !== WORK) fixed.add(region);
      continue;
    }
    if (position[1] !== 1) return undefined;
    if (region === WORK) {
      if (!isParameter(node) && !p.outputs.includes(node)) return undefined;
      windowed.add(node);
      least = Math.min(least, position[0] as number);
      most = Math.max(most, position[0] as number);
    } else {
      const bytes = bytesOf(node.dtype);
      if (advance[region] !== 0 && advance[region] !== bytes) return undefined;
      advance[region] = bytes;
    }
  }
  for (const region of fixed) if (advance[region] !== 0) return undefined;
  if (bodies.some((b) => b.values.some((v) => v.uses > 0 && (v.op === "gather" || v.op === "iota")))) return undefined;
  const pieces = Math.ceil((hi - lo) / PIECE);
  const lastStart = lo + (pieces - 1) * PIECE;
  let before = Math.max(-least, lo);
  let width = before + PIECE + most;
  for (const b of bodies) {
    if (b === main) continue;
    const [from, to] = range(b);
    const start = from < lo ? lo : lastStart;
    for (const { node, position } of usesOf(b)) {
      if (!windowed.has(node)) {
        if (regionOf(node) === WORK && node.size > 8) return undefined;
        continue;
      }
      const first = (position[0] as number) + (position[1] as number) * from;
      const last = (position[0] as number) + (position[1] as number) * (to - 1);
      before = Math.max(before, start - Math.min(first, last));
      width = Math.max(width, Math.max(first, last) - start + before + 1);
    }
  }
  width = Math.max(width, before + PIECE + most) + 2 * EDGE;
  if (before > 4 * EDGE || width > PIECE + 16 * EDGE) return undefined;
  return {
    lo,
    hi,
    total,
    pieces,
    piece: PIECE,
    before,
    width,
    windowed,
    advance: [advance[1] as number, advance[2] as number],
  };
}

/** Places the windows and the scalars of a streamed program in the work region. */
export function placeWindows(s: Stream, nodes: readonly Node[]): { refs: Map<Node, Ref>; size: number } {
  const fixed = new Bump(64);
  const refs = new Map<Node, Ref>();
  for (const n of nodes)
    if (!refs.has(n))
      refs.set(n, {
        region: WORK,
        offset: fixed.place((s.windowed.has(n) ? s.width : Math.max(1, n.size)) * bytesOf(n.dtype)),
      });
  return { refs, size: fixed.size };
}

/** Emits `head` (folds cleared, the first elements), `piece` and `tail` (the last piece and the last elements). */
export function emitStream(
  module: Module,
  s: Stream,
  nest: Nest,
  bodies: readonly Body[],
  p: Plan,
  context: Context,
  clear: (fn: Fn, f: Fold) => void,
): void {
  const lastStart = s.lo + (s.pieces - 1) * s.piece;
  /** `context` for code that sees the window of the piece at `start`. */
  const through = (start: number): Context => ({
    linker: context.linker,
    relaxed: context.relaxed,
    ref: (n) => {
      const { region, offset } = context.ref(n);
      return s.windowed.has(n)
        ? { region, offset: offset - (start - s.before) * bytesOf(n.dtype) }
        : { region, offset };
    },
  });
  const emit = (fn: Fn, body: Body, start: number): void =>
    new NestEmitter(fn, body, through(start), () => true).emit();
  const regions = [I32, I32, I32] as const;
  const range = (b: Body): readonly [number, number] => b.box.ranges[0] as readonly [number, number];
  const piece = (from: number, to: number): Body => new Body(nest, new Box([[from, to]]), p.roots);
  const head = module.addFunction(regions, "head");
  const cleared = new Set<Node>();
  for (const sink of (bodies[0] as Body).sinks) {
    if (sink.kind !== "fold" || cleared.has(sink.root.node)) continue;
    cleared.add(sink.root.node);
    clear(head, sink);
  }
  for (const b of bodies) if (range(b)[1] <= s.lo) emit(head, b, s.lo);
  emit(module.addFunction(regions, "piece"), piece(s.lo, s.lo + s.piece), s.lo);
  const tail = module.addFunction(regions, "tail");
  emit(tail, piece(lastStart, s.hi), lastStart);
  for (const b of bodies) if (range(b)[0] >= s.hi) emit(tail, b, lastStart);
}
