// Robust losses: ρ of the squared residuals in place of their sum, so that outliers count less. They are functions of
// z = (r/s)² with slope 1 at 0. Rows of residuals and Jacobian are scaled so that normal equations have the gradient
// and the curvature of the loss: section 4.3 of Triggs, McLauchlan, Hartley and Fitzgibbon, Bundle adjustment: a
// modern synthesis (2000).
import { fail } from "../errors.ts";
import { add, div, maximum, mul, sqrt, square, sub } from "../ops/arithmetic.ts";
import { atan, log1p } from "../ops/elementary.ts";
import { lt, where } from "../ops/logic.ts";
import { sum } from "../ops/reduce.ts";
import { expandDims } from "../ops/shape.ts";
import { show } from "../trace/convert.ts";
import type { Tensor } from "../trace/tracer.ts";

/** ρ(z), ρ′(z) and ρ″(z). */
type Rho = (z: Tensor) => readonly [value: Tensor, slope: Tensor, curvature: Tensor];

const RHO = {
  huber(z) {
    const far = maximum(z, 1);
    const root = sqrt(far);
    const isNear = lt(z, 1);
    return [where(isNear, z, sub(mul(root, 2), 1)), div(1, root), where(isNear, 0, div(-0.5, mul(root, far)))];
  },
  softL1(z) {
    const t = add(z, 1);
    const root = sqrt(t);
    return [mul(sub(root, 1), 2), div(1, root), div(-0.5, mul(root, t))];
  },
  cauchy(z) {
    const slope = div(1, add(z, 1));
    return [log1p(z), slope, sub(0, square(slope))];
  },
  arctan(z) {
    const slope = div(1, add(square(z), 1));
    return [atan(z), slope, mul(mul(z, -2), square(slope))];
  },
  tukey(z) {
    const rest = maximum(sub(1, z), 0);
    return [div(sub(1, mul(rest, square(rest))), 3), square(rest), mul(rest, -2)];
  },
} satisfies Record<string, Rho>;

/** The names of losses. */
export type LossName = "linear" | keyof typeof RHO;
/** A loss, and the length of a residual from which it is none of the inner ones. */
export interface Loss {
  readonly name: LossName;
  readonly scale: number;
}

/** The squares of scales beyond these leave the range of numbers. */
const [LEAST_SCALE, MOST_SCALE] = [1e-150, 1e150];

/** The loss of options `loss` and `lossScale`; undefined for squares. */
export function lossOf(name: string, loss: unknown = "linear", scale: unknown = 1): Loss | undefined {
  const names = ["linear", ...Object.keys(RHO)];
  if (!names.includes(loss as string))
    fail("value", `${name}: loss is ${show(loss)}; expected ${names.map((n) => `"${n}"`).join(" or ")}`);
  if (!(typeof scale === "number" && scale >= LEAST_SCALE && scale <= MOST_SCALE))
    fail(
      "value",
      `${name}: lossScale is ${show(scale)}; expected a positive number from ${LEAST_SCALE} to ${MOST_SCALE}`,
    );
  return loss === "linear" ? undefined : { name: loss as LossName, scale };
}

const rho = (r: Tensor, { name, scale }: Loss): ReturnType<Rho> => RHO[name as keyof typeof RHO](square(div(r, scale)));

/** Half the sum of the loss of residuals. */
export const totalLoss = (r: Tensor, loss: Loss): Tensor => mul(sum(rho(r, loss)[0]), 0.5 * loss.scale ** 2);

/** Residuals and Jacobian with rows scaled. */
export function scaledRows(r: Tensor, j: Tensor, loss: Loss): [Tensor, Tensor] {
  const [, slope, curvature] = rho(r, loss);
  // Where the loss is concave, the curvature is left as small as can be.
  const whole = add(slope, mul(mul(curvature, square(div(r, loss.scale))), 2));
  const scale = sqrt(maximum(whole, 2 ** -52));
  return [mul(r, div(slope, scale)), mul(j, expandDims(scale, 1))];
}
