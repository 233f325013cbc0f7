// Powell's dogleg (1970), in the units of Levenberg and Marquardt: along the path from 0 to the minimum on the line of
// steepest descent, and from there to the whole Newton step, it goes as far as the radius lets it. Section 4.1 of
// Nocedal and Wright, Numerical Optimization (2006). A matrix is factored once in a step.
import { add, div, mul, neg, sqrt, sub } from "../ops/arithmetic.ts";
import { matmul } from "../ops/linalg.ts";
import { ge, le } from "../ops/logic.ts";
import type { Tensor } from "../trace/tracer.ts";
import { type DampedStep, dampedStep } from "./damped-step.ts";
import type { Asked } from "./requests.ts";
import { axpy, dot, isolated, length, number, pick, scaled } from "./vectors.ts";

/** The step; its `lambda` is 1 where the path goes on beyond the radius. */
export function* doglegStep(gram: Tensor, g: Tensor, radius: Tensor): Asked<DampedStep> {
  // The whole step; where the matrix is singular, with the least damping that makes it definite.
  const whole = yield* dampedStep(gram, g, number(Number.POSITIVE_INFINITY));
  const [bent] = isolated([gram, g], (a, v) => [matmul(a as Tensor, v as Tensor)]) as [Tensor];
  const steepest = scaled(neg(div(dot(g, g), dot(g, bent))), g);
  const reach = length(steepest);
  const leg = sub(whole.q, steepest);
  // The positive root of ‖steepest + t·leg‖ = radius, without cancellation: the path leads away from 0.
  const [long, along, left] = [dot(leg, leg), dot(steepest, leg), sub(mul(radius, radius), mul(reach, reach))];
  const t = div(left, add(along, sqrt(add(mul(along, along), mul(long, left)))));
  const bounded = pick(ge(reach, radius), scaled(div(radius, reach), steepest), axpy(t, leg, steepest));
  const isWhole = le(whole.size, radius);
  const q = pick(isWhole, whole.q, bounded);
  return { q, size: length(q), lambda: pick(isWhole, number(0), number(1)), newton: whole.newton };
}
