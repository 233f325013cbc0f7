// Streaming: a program that is one loop over long vectors runs piece by piece, so that its arrays are copied into
// memory and out of it through windows that stay in the cache. Without it, copying costs more than computing from
// about 10⁵ elements on (Rosenbrock, n = 10⁶: 2.0 ms instead of 0.9).
import { bytesOf } from "../../ir/aval.ts";
import type { Node } from "../../ir/graph.ts";
import type { Affine } from "../../ir/index-map.ts";
import { isLiteral, isParameter } from "../../primitives/leaf.ts";
import { STREAM_EDGE, STREAM_LEAST, STREAM_PIECE, STREAM_VALUES } from "../cost.ts";
import type { Facts } from "../facts.ts";
import type { StepPass } from "../pass.ts";
import type { Body } from "../plan/body.ts";
import { bodyOf } from "../plan/puller.ts";
import { DATA, POINT, type Region, regionsOf, VECTORS, WORK } from "./layout.ts";
import type { LoopStep, Step, Stream } from "./steps.ts";

/** A program of one loop over long vectors runs piece by piece. */
export const streaming: StepPass = {
  name: "streaming",
  list: "steps",
  makes: "windows",
  whole: true,
  run(steps, facts) {
    const [only] = steps;
    return steps.length === 1 && only?.kind === "loop" && only.form.kind === "boxes"
      ? [streamed(only, facts) ?? only]
      : steps;
  },
};

type Range = readonly [lo: number, hi: number];
const rangeOf = (b: Body): Range => b.box.ranges[0] as Range;

interface Use {
  readonly node: Node;
  readonly position: Affine;
  readonly written: boolean;
}
function usesOf(body: Body): Use[] {
  const loads = body.live.filter((v) => v.op === "load");
  return [
    ...loads.map((v) => ({ node: v.source as Node, position: v.position as Affine, written: false })),
    ...body.sinks.map((s) => ({ node: s.root.node, position: s.position, written: true })),
  ];
}

function streamed(step: LoopStep, facts: Facts): Step | undefined {
  const { nest, bodies } = step;
  const total = nest.sizes[0] as number;
  if (nest.sizes.length !== 1 || total < STREAM_LEAST) return undefined;
  // Resident vectors are not copied.
  if (regionsOf(facts.placed.values()) > VECTORS) return undefined;
  const main = bodies.find((b) => rangeOf(b)[1] - rangeOf(b)[0] > total - 2 * STREAM_EDGE);
  if (!main || main.values.length > STREAM_VALUES) return undefined;
  const [lo, hi] = rangeOf(main);
  if (lo > STREAM_EDGE || total - hi > STREAM_EDGE) return undefined;
  if (
    !nest.roots.every((r) => r.output) ||
    bodies.some((b) => b.live.some((v) => v.op === "gather" || v.op === "iota"))
  )
    return undefined;
  const regionOf = (n: Node): Region => (isLiteral(n) ? DATA : (facts.placed.get(n)?.region ?? WORK));
  const windows = windowsOf(main, regionOf);
  if (!windows) return undefined;
  const pieces = Math.ceil((hi - lo) / STREAM_PIECE);
  const lastStart = lo + (pieces - 1) * STREAM_PIECE;
  const edges = bodies.filter((b) => b !== main);
  const reach = reachOf(windows, edges, lo, lastStart, regionOf);
  if (!reach) return undefined;
  const { windowed, advance } = windows;
  return {
    ...step,
    form: {
      kind: "windows",
      stream: { lo, hi, total, pieces, piece: STREAM_PIECE, ...reach, windowed, advance },
      head: edges.filter((b) => rangeOf(b)[1] <= lo),
      piece: bodyOf(nest, [[lo, lo + STREAM_PIECE]]),
      last: bodyOf(nest, [[lastStart, hi]]),
      tail: edges.filter((b) => rangeOf(b)[0] >= hi),
    },
  };
}

interface Windows extends Pick<Stream, "windowed" | "advance"> {
  /** Elements that the main loop reads ahead of, and after, its own. */
  readonly least: number;
  readonly most: number;
}

/** How the main loop sees its arrays, if each has its place in the window, or is walked in place, or is a scalar. */
function windowsOf(main: Body, regionOf: (n: Node) => Region): Windows | undefined {
  const windowed = new Set<Node>();
  const advance = [0, 0, 0];
  const fixed = new Set<Region>();
  let [least, most] = [0, 0];
  for (const { node, position, written } of usesOf(main)) {
    const region = regionOf(node);
    const inWork = region === WORK;
    if (inWork && !isParameter(node) && !written) return undefined;
    if (position[1] === 0) {
      if (node.size > 8) return undefined;
      if (!inWork) fixed.add(region);
      continue;
    }
    if (position[1] !== 1) return undefined;
    if (inWork) {
      windowed.add(node);
      least = Math.min(least, position[0] as number);
      most = Math.max(most, position[0] as number);
      continue;
    }
    const bytes = bytesOf(node.dtype);
    if (advance[region] !== 0 && advance[region] !== bytes) return undefined;
    advance[region] = bytes;
  }
  for (const region of fixed) if (advance[region] !== 0) return undefined;
  return { windowed, advance: [advance[DATA] as number, advance[POINT] as number], least, most };
}

/** Windows that hold what the main loop, and those over the elements at either end, read and write. */
function reachOf(
  { windowed, least, most }: Windows,
  edges: readonly Body[],
  lo: number,
  lastStart: number,
  regionOf: (n: Node) => Region,
): Pick<Stream, "before" | "width"> | undefined {
  let before = Math.max(-least, lo);
  let width = before + STREAM_PIECE + most;
  for (const b of edges) {
    const [from, to] = rangeOf(b);
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
  width = Math.max(width, before + STREAM_PIECE + most) + 2 * STREAM_EDGE;
  return before > 4 * STREAM_EDGE || width > STREAM_PIECE + 16 * STREAM_EDGE ? undefined : { before, width };
}
