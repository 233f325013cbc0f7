// `tron`: Newton steps within a trust region and bounds. C.-J. Lin and J. J. Moré, "Newton's method for large
// bound-constrained optimization problems", SIAM Journal on Optimization 9 (1999): the Cauchy step of section 3, and
// the projected searches along conjugate-gradient directions on faces of section 4.
import { add, div, maximum, minimum, mul, neg, sub } from "../ops/arithmetic.ts";
import { and, ge, gt, le, lt, not, or, where } from "../ops/logic.ts";
import { isfinite } from "../ops/predicates.ts";
import type { Tensor } from "../trace/tracer.ts";
import { clipped, projectedStep } from "./bounds.ts";
import { breaksAlong } from "./cauchy.ts";
import type { Bounds } from "./progress.ts";
import { type Asked, nothingAsked, type Point, product, repeat } from "./requests.ts";
import { steihaug } from "./steihaug.ts";
import { mostProducts, toleranceFor } from "./truncated-newton.ts";
import { type Step, trustRegion } from "./trust-region.ts";
import { axpy, count, dot, length, number, pick, truth, zeros } from "./vectors.ts";

/** What part of the decrease that the slope promises is enough: μ₀ of the paper. */
const SUFFICIENT = 0.01;
/** Faces that are searched at most for a step, and lengths that are tried at most on each. */
const [MOST_FACES, MOST_LENGTHS] = [30, 50];

export const tron = /* @__PURE__ */ trustRegion(
  "tron",
  (at, _radius, _isAsked, bounds) =>
    nothingAsked(() => ({ products: count(0), within: (radius) => within(at, radius, bounds) })),
  true,
);

function* within(at: Point, radius: Tensor, bounds: Bounds): Asked<Step> {
  const cauchy = yield* cauchyStep(at, radius, bounds);
  const { step, applied, products, onBoundary } = yield* improved(at, radius, bounds, cauchy);
  const decrease = neg(add(dot(at.grad, step), mul(dot(step, applied), 0.5)));
  return { step, decrease, products, onBoundary: or(onBoundary, ge(length(step), mul(radius, 0.9))) };
}

/** A step, and its product with the Hessian. */
type Known = Readonly<{ step: Tensor; applied: Tensor; products: Tensor }>;

/** Down the gradient as far as the quadratic model decreases enough, each point projected: section 3. */
function* cauchyStep(at: Point, radius: Tensor, bounds: Bounds): Asked<Known> {
  const { path } = breaksAlong(at.x, at.grad, bounds);
  const none = zeros(at.x);
  const init = {
    ...{ trying: truth(true), alpha: div(radius, length(path)), step: none, applied: none, products: count(0) },
  };
  const isTrying = (t: typeof init): Tensor => t.trying;
  const { step, applied, products } = yield* repeat(init, isTrying, function* (t) {
    const step = sub(clipped(axpy(neg(t.alpha), at.grad, at.x), bounds), at.x);
    const applied = yield* product(at, step);
    const [slope, bend] = [dot(at.grad, step), dot(step, applied)];
    const isEnough = le(mul(bend, 0.5), mul(slope, SUFFICIENT - 1));
    const products = add(t.products, 1);
    // The least value along the step itself, if it has one before its end.
    const least = div(neg(slope), bend);
    const part = pick(isfinite(least), maximum(minimum(least, 0.5), 1e-3), number(0.1));
    const trying = and(not(isEnough), lt(products, MOST_LENGTHS));
    return { trying, alpha: mul(t.alpha, part), step, applied, products };
  });
  return { step, applied, products };
}

/** From one face to the next, each time to where the model is less: section 4. */
function* improved(at: Point, radius: Tensor, bounds: Bounds, cauchy: Known) {
  const { lower, upper } = bounds;
  const tol = toleranceFor(projectedStep(at.x, at.grad, bounds));
  const most = mostProducts(at.x.size);
  const init = { ...cauchy, onBoundary: truth(false), faces: count(0), trying: truth(true) };
  const isTrying = (t: typeof init): Tensor => t.trying;
  return yield* repeat(init, isTrying, function* (t) {
    const y = clipped(add(at.x, t.step), bounds);
    const onFace = freeIn(y, bounds);
    const residual = add(at.grad, t.applied);
    const solved = yield* steihaug({
      *apply(v) {
        return onFace(yield* product(at, v));
      },
      ...{ g: onFace(residual), radius, tol, most: maximum(sub(most, t.products), 0) },
    });
    const moved = yield* projected(at, y, solved.step, t, bounds);
    const end = clipped(add(at.x, moved.step), { lower, upper });
    const left = length(freeIn(end, bounds)(add(at.grad, moved.applied)));
    const products = add(add(t.products, solved.products), moved.products);
    const faces = add(t.faces, 1);
    const isDone = or(or(solved.onBoundary, not(moved.isLess)), or(not(gt(left, tol)), ge(products, most)));
    return {
      ...{ step: moved.step, applied: moved.applied, onBoundary: solved.onBoundary, products, faces },
      trying: and(not(isDone), lt(faces, MOST_FACES)),
    };
  });
}

/** Vectors without their elements where `y` stands at a bound. */
const freeIn =
  (y: Tensor, { lower, upper }: Bounds) =>
  (v: Tensor): Tensor =>
    where(and(gt(y, lower), lt(y, upper)), v, 0) as Tensor;

/** From y along w, each point projected, until the model decreases enough; else no step more than `from`. */
function* projected(at: Point, y: Tensor, w: Tensor, from: Known, bounds: Bounds) {
  const gradient = add(at.grad, from.applied);
  const before = dot(from.step, from.applied);
  const init = {
    ...{ trying: gt(dot(w, w), 0), beta: number(1), isLess: truth(false), products: count(0) },
    ...{ step: from.step, applied: from.applied },
  };
  const isTrying = (t: typeof init): Tensor => t.trying;
  const found = yield* repeat(init, isTrying, function* (t) {
    const step = sub(clipped(axpy(t.beta, w, y), bounds), at.x);
    const applied = yield* product(at, step);
    const change = sub(step, from.step);
    const less = add(dot(at.grad, change), mul(sub(dot(step, applied), before), 0.5));
    const isLess = le(less, mul(dot(gradient, change), SUFFICIENT));
    const products = add(t.products, 1);
    return {
      ...{ isLess, products, beta: mul(t.beta, 0.5), trying: and(not(isLess), lt(products, MOST_LENGTHS)) },
      ...{ step: pick(isLess, step, from.step), applied: pick(isLess, applied, from.applied) },
    };
  });
  return found;
}
