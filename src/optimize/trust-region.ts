// Trust-region methods: a step minimizes a quadratic model within a radius, which grows where the model was right and
// shrinks where it was not. Algorithm 6.1.1 of Conn, Gould and Toint, Trust-Region Methods (2000), with the
// correction for rounding of section 17.4.2. Methods differ in how they solve the subproblem.
import { add, div, minimum, mul, sub } from "../ops/arithmetic.ts";
import { and, eq, gt, not, or } from "../ops/logic.ts";
import type { Tensor } from "../trace/tracer.ts";
import { clipped, projectedStep } from "./bounds.ts";
import type { Bounds, Settings } from "./progress.ts";
import { arrived, beginning, dueAfter, ENOUGH, isRunning, type Method, noiseOf, type Progress } from "./progress.ts";
import { type Asked, type Point, pointAt, repeat, valueAt } from "./requests.ts";
import { RUNNING } from "./status.ts";
import { count, largest, length, number, pick } from "./vectors.ts";

/** A step, and by how much the quadratic model decreases along it. */
export interface Step {
  readonly step: Tensor;
  readonly decrease: Tensor;
  readonly onBoundary: Tensor;
  readonly products: Tensor;
}
/** What is known at a point, and steps of at most a radius from it. */
export interface Model {
  readonly products: Tensor;
  readonly within: (radius: Tensor) => Asked<Step>;
}
/** Radii are `radius` first and less after that; `isAsked` is false where the search is at its end. */
export type Subproblem = (at: Point, radius: Tensor, isAsked: Tensor, bounds: Bounds) => Asked<Model>;

export interface Trusting extends Progress {
  readonly radius: Tensor;
}

/** What part of the decrease that the model promises is poor, and good. */
const [POOR, GOOD] = [0.25, 0.75];

/** A method whose steps `subproblem` gives; those of a bounded one lead to points within bounds. */
export const trustRegion = (name: string, subproblem: Subproblem, bounded = false): Method<Trusting> => ({
  name,
  second: true,
  bounded,
  begin: (x0, settings) => ({
    ...beginning(bounded ? clipped(x0, settings) : x0),
    radius: settings.trustRadius,
  }),
  *iterate(state, settings) {
    const at = yield* pointAt(state.next);
    const size = largest(bounded ? projectedStep(at.x, at.grad, settings) : at.grad);
    const s = arrived({ ...state, grads: add(state.grads, 1) }, at, size, settings);
    const { trying: _, ...tried } = yield* steps(s, at, settings, subproblem, bounded);
    return { ...s, ...tried, iterations: add(s.iterations, pick(isRunning(s), count(1), count(0))) };
  },
});

/** Steps from `at`, shorter each time, until one is taken or it is known why none is. */
function* steps(s: Trusting, at: Point, settings: Settings, subproblem: Subproblem, bounded: boolean) {
  const reach = length(at.x);
  const { radius, due, values } = s;
  const hasSlope = gt(length(at.grad), 0);
  const model = yield* subproblem(at, radius, isRunning(s), settings);
  const init = {
    ...{ trying: isRunning(s), next: at.x, radius, due, values },
    products: add(s.products, model.products),
  };
  const isTrying = (t: typeof init): Tensor => t.trying;
  return yield* repeat(init, isTrying, function* (t) {
    const { step, decrease, onBoundary, products } = yield* model.within(t.radius);
    const next = bounded ? clipped(add(at.x, step), settings) : add(at.x, step);
    const actual = sub(at.value, yield* valueAt(next));
    // Rounding may hide the decrease of a whole step; where the radius made it short, that is no reason to take it.
    const noise = pick(onBoundary, number(0), mul(noiseOf(at.x, at.value), 2));
    const ratio = div(add(actual, noise), add(decrease, noise));
    const size = length(step);
    const taken = and(gt(ratio, ENOUGH), gt(decrease, 0));
    const grown = pick(and(gt(ratio, GOOD), onBoundary), minimum(mul(t.radius, 2), settings.maxTrustRadius), t.radius);
    // Where products overflow there is no step, which does not mean that no decrease is left.
    const isOpen = or(onBoundary, and(eq(size, 0), hasSlope));
    const due = dueAfter(
      at,
      { taken, size, reach, actual, promised: pick(isOpen, number(Number.POSITIVE_INFINITY), decrease) },
      settings,
    );
    return {
      trying: and(not(taken), eq(due, RUNNING)),
      next: pick(taken, next, at.x),
      // A model that promises an increase, which is refused, may be as right as it likes: the radius shrinks.
      radius: pick(and(taken, gt(ratio, POOR)), grown, mul(minimum(t.radius, size), POOR)),
      due,
      values: add(t.values, 1),
      products: add(t.products, products),
    };
  });
}
