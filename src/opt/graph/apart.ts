// Loops of which a part does not depend on directions: that part runs on its own, at the point, and stacks what the
// rest needs of it.
import type { ControlCode, Node } from "../../ir/graph.ts";
import { keptOf } from "../../ir/kept.ts";
import { dependents, reachable, substitute } from "../../ir/walk.ts";
import { isLoop } from "../../primitives/control.ts";
import { parameter } from "../../primitives/leaf.ts";
import { closed, countOf, depending, opened, settled } from "../../primitives/open-loop.ts";
import { splitControl } from "./residuals.ts";

/** The results of the loop `node` as those of two; undefined where all of it depends on `directions`. */
export const apart: ControlCode["apart"] = (node, directions) => {
  if (!isLoop(node)) return undefined;
  const { body, carries: n, trip } = node.params;
  const active = dependents(reachable(node.inputs), directions);
  const flags = node.inputs.slice(0, body.parameters.length).map((x) => active.has(x));
  const moving = settled(flags, n, (f) => depending(body, f));
  const count = countOf(node);
  if (!moving.includes(true) || (count && active.has(count))) return undefined;
  const loop = opened(node);
  const moves = <T>(list: readonly T[], are: boolean, from = 0): T[] => list.filter((_, i) => moving[from + i] === are);
  const [own, rows] = [moves(loop.carries, false), moves(loop.walked, false, n)];
  if (own.length === 0 && rows.length === 0) return undefined;
  const shared = moves(loop.shared, true, n + loop.walked.length);
  const movers = [...moves(loop.carries, true), ...moves(loop.walked, true, n), ...shared].map((x) => x.at);
  // How often it runs must be known at the point.
  if (loop.condition && reachable([loop.condition]).some((n) => movers.includes(n))) return undefined;
  const outputs = splitControl(body.outputs, movers);
  const outputMoves = depending(body, moving);
  // A carry that begins with what moves may become what does not.
  const theirs = outputs.filter((_, i) => (i < n ? moving : outputMoves)[i]);
  const at = [own.map((c) => c.at), rows.map((r) => r.at)] as const;
  const kept = keptOf(theirs, movers, ...at);
  if (kept.length > 0 && !Number.isFinite(loop.length)) return undefined;
  const still = outputs.slice(n).filter((_, i) => !outputMoves[n + i]);
  const point = closed({ ...loop, carries: own, walked: rows, slices: [...still, ...kept] });
  const stand = kept.map((x) => parameter(x.shape, x.dtype));
  const inside = substitute(outputs, kept, stand);
  const rest = closed({
    ...loop,
    carries: loop.carries.flatMap((c, i) => (moving[i] ? [{ ...c, next: inside[i] as Node }] : [])),
    walked: [...loop.walked, ...stand.map((p, i) => ({ at: p, of: point.stacks[still.length + i] as Node }))],
    slices: inside.slice(n).filter((_, i) => outputMoves[n + i]),
    trip: trip === "condition" ? "count" : trip,
    condition: undefined,
    count: trip === "condition" ? point.count : loop.count,
  });
  const [p, r] = [[...point.carries], [...rest.carries]];
  const [ps, rs] = [[...point.stacks], [...rest.stacks]];
  return [
    ...loop.carries.map((_, i) => (moving[i] ? r : p).shift() as Node),
    ...(trip === "condition" ? [point.count as Node] : []),
    ...loop.slices.map((_, i) => (outputMoves[n + i] ? rs : ps).shift() as Node),
  ];
};
