// What methods of limited memory share: a line search along a direction that the last pairs of steps and differences of
// gradients give. The function is evaluated in the line search alone; the first iteration only looks at x0.
import { add, div, minimum, neg, sub } from "../ops/arithmetic.ts";
import { and, eq, gt, lt, not, or } from "../ops/logic.ts";
import type { Tensor } from "../trace/tracer.ts";
import { moreThuente } from "./more-thuente.ts";
import { forgotten, type Pairs } from "./pairs.ts";
import { arrived, beginning, dueAfter, isRunning, type Method, type Progress, type Settings } from "./progress.ts";
import type { Asked } from "./requests.ts";
import { RUNNING } from "./status.ts";
import { axpy, count, dot, largest, length, number, pick, truth, zeros } from "./vectors.ts";

export interface Searching extends Progress {
  /** The direction in which the next iteration searches, the slope along it, the first step and the longest. */
  readonly p: Tensor;
  readonly slope: Tensor;
  readonly first: Tensor;
  readonly most: Tensor;
  /** Whether the direction is that of no pairs. */
  readonly isFresh: Tensor;
}

/** What methods differ in. */
export interface Rules<P extends Pairs> {
  readonly name: string;
  readonly bounded: boolean;
  /** The pairs before the first one, and with one more. */
  readonly begin: (x: Tensor) => P;
  readonly remember: (pairs: P, step: Tensor, change: Tensor) => P;
  /** `x` as a point where the function may be evaluated. */
  readonly place: (x: Tensor, settings: Settings) => Tensor;
  /** Downhill where nothing is known of the Hessian. It is 0 where the search may end. */
  readonly downhill: (at: Pick<Progress, "x" | "grad">, settings: Settings) => Tensor;
  /** Where to search, by the pairs. */
  readonly direction: (state: Searching & P, settings: Settings) => Asked<Tensor>;
  /** The longest step along a direction. */
  readonly most: (x: Tensor, p: Tensor, settings: Settings) => Tensor;
}

export const quasiNewton = <P extends Pairs>(rules: Rules<P>): Method<Searching & P> => ({
  name: rules.name,
  bounded: rules.bounded,
  second: false,
  begin(x0, settings) {
    const x = rules.place(x0, settings);
    return {
      ...beginning(x),
      ...rules.begin(x),
      ...{ p: zeros(x), slope: number(0), first: number(1), most: number(1), isFresh: truth(true) },
    };
  },
  *iterate(state, settings) {
    const { end: s, step, change, downhill, isStuck } = yield* searched(state, rules, settings);
    const pairs = forgotten(isStuck, rules.remember(state, step, change));
    const found = yield* rules.direction({ ...s, ...pairs }, settings);
    const isDescent = lt(dot(s.grad, found), 0);
    const known = forgotten(not(isDescent), pairs);
    const p = pick(isDescent, found, downhill);
    const isFresh = eq(dot(known.inner, known.inner), 0);
    const most = rules.most(s.x, p, settings);
    const first = minimum(pick(isFresh, unknownLength(length(step), length(p)), number(1)), most);
    return {
      ...{ ...s, ...known, p, slope: dot(s.grad, p), first, most, isFresh },
      iterations: add(s.iterations, pick(isRunning(s), count(1), count(0))),
    };
  },
});

/** Without pairs the length of a direction says nothing: a step is as long as the last one, or not longer than 1. */
const unknownLength = (last: Tensor, size: Tensor): Tensor =>
  pick(gt(last, 0), div(last, size), minimum(div(1, size), 1));

const isFirst = (state: Progress): Tensor => eq(state.grads, 0);

/** The state at the end of a line search, the step to there, and the difference of gradients. */
function* searched<P extends Pairs>(state: Searching & P, rules: Rules<P>, settings: Settings) {
  const { x: from, p, slope, first, most } = state;
  const at = (alpha: Tensor): Tensor => rules.place(axpy(alpha, p, from), settings);
  const found = yield* moreThuente({ value: state.value, slope, p, first, most, at });
  const { isTaken } = found;
  const x = pick(isTaken, at(found.alpha), from);
  const value = pick(isTaken, found.value, state.value);
  const grad = pick(isTaken, found.grad, state.grad);
  const step = sub(x, from);
  const tried = {
    ...{ taken: and(isTaken, gt(length(step), 0)), size: length(step), reach: length(from) },
    ...{ actual: sub(state.value, value), promised: pick(state.isFresh, neg(slope), number(Number.POSITIVE_INFINITY)) },
  };
  const due = dueAfter({ x: from, value: state.value, grad: state.grad, key: undefined }, tried, settings);
  // Where no step is less, pairs may mislead: the next search goes downhill without them.
  const isStuck = and(not(isFirst(state)), not(and(tried.taken, gt(tried.actual, 0))));
  const goesOn = or(isFirst(state), and(isStuck, not(state.isFresh)));
  const next = { ...state, next: x, due: pick(goesOn, count(RUNNING), due), grads: add(state.grads, found.trials) };
  const downhill = rules.downhill({ x, grad }, settings);
  const end = arrived(next, { x, value, grad, key: undefined }, largest(downhill), settings);
  return { end, step, change: sub(grad, state.grad), downhill, isStuck };
}
