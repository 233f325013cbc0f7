// All-pairs loops that treat (i, j) and (j, i) alike (exchange.ts): a nest all of whose folds are such visits every
// pair once, and gives its term to both sums.
import type { Node } from "../../ir/graph.ts";
import { PAIR_GROWTH, PAIR_PARTNERS } from "../cost.ts";
import type { StepPass } from "../pass.ts";
import { Body, type Fold } from "../plan/body.ts";
import { LaneBuilder } from "../plan/lane-builder.ts";
import { type Exchange, exchange } from "./exchange.ts";
import { mirror, withoutDiagonal } from "./mirror.ts";
import { eachLoop, type LoopStep } from "./steps.ts";

/** Nests over all pairs whose terms are the same at (i, j) and (j, i) visit every pair once. */
export const pairs: StepPass = {
  name: "pairs",
  list: "steps",
  makes: "triangle",
  run: (steps, { isFixed }) => eachLoop(steps, (s) => [triangle(s, isFixed)]),
};

/** The exchange of the two loops of `body`, if it is a loop over all pairs. */
export function allPairs(body: Body, isFixed: (n: Node) => boolean): Exchange | undefined {
  const { active, box } = body;
  const [i, j] = active as [number, number];
  if (active.length !== 2 || box.ranges[i]?.join() !== box.ranges[j]?.join() || box.ranges[i]?.[0] !== 0)
    return undefined;
  if ((box.ranges[i]?.[1] ?? 0) < PAIR_PARTNERS || !body.sinks.every((s) => s.kind === "fold" && s.op === "add"))
    return undefined;
  return exchange(body, i, j, isFixed);
}

/** `step` as a loop over pairs i < j that folds each term on both sides, if that can be done. */
function triangle(step: LoopStep, isFixed: (n: Node) => boolean): LoopStep {
  const [body] = step.bodies as [Body];
  const swapped = step.bodies.length === 1 && allPairs(body, isFixed);
  if (!swapped) return step;
  const folds = body.sinks as readonly Fold[];
  const builder = new LaneBuilder(body.values);
  const pair = bothTerms(body, builder, swapped);
  if (!pair) return step;
  const plain = withoutDiagonal(body, builder, isFixed);
  const beside = pair.map((f) => ({ ...f, value: plain(f.value) }));
  const once = new Body(body.box, builder.values, beside);
  if (operations(once) > PAIR_GROWTH * operations(body)) return step;
  // Terms that are their own negatives are zero on the diagonal, or NaN: visited as if beside it, they cancel or
  // stay. (Copies: what is summed beside the diagonal has an accumulator of its own.)
  const odd = folds.every((f) => swapped.parity(f.value) === -1);
  const same = beside.every((f, k) => f.value === pair[k]?.value);
  const onDiagonal = odd ? (same ? [] : pair) : folds.map((f) => ({ ...f }));
  return {
    ...step,
    bodies: [new Body(body.box, builder.values, [...beside, ...onDiagonal])],
    form: { kind: "triangle", beside: beside.length },
  };
}

/** The folds of one visit for both (i, j) and (j, i), if all can be had. */
function bothTerms(body: Body, builder: LaneBuilder, swapped: Exchange): Fold[] | undefined {
  const folds = body.sinks as readonly Fold[];
  const whole = (f: Fold): boolean => swapped.swap(f.position).join() === f.position.join();
  // Sums begin at +0, which -0 does not change: the signs of zeros among their terms are of no account.
  const other = mirror(
    body,
    builder,
    swapped,
    folds.map((f) => f.value),
  );
  if (!folds.every((f) => other(f.value))) return undefined;
  return folds.flatMap((f): Fold[] => {
    const value = other(f.value) as Fold["value"];
    if (whole(f)) return [{ ...f, value: builder.op("add", f.value, value) }];
    return [f, { ...f, position: swapped.swap(f.position), value }];
  });
}

/** What one visit costs, about: folds of what varies with the inner loop are loads, additions and stores. */
function operations(body: Body): number {
  const inner = body.active[1] as number;
  let cost = 0;
  for (const v of body.live) if ((v.depends >> inner) & 1) cost += v.op === "call" ? 10 : v.op === "load" ? 0.5 : 1;
  for (const s of new Set(body.sinks)) cost += s.position[inner + 1] === 0 ? 1 : 2;
  return cost;
}
