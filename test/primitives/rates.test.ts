// What derivative rules read off a tangent, its factors and its rate, they look for a few steps deep: a long chain
// costs as much a step.
import { expect, test } from "vitest";
import { add, grad, hvp, mul, square, sum, type Tensor } from "../../src/index.ts";

const STEPS = 12_000;
/** An affine map of slope 0.999^STEPS whose tangent is a product with a number at every step. */
function chain(x: Tensor): Tensor {
  let y = x;
  for (let i = 0; i < STEPS; i++) y = add(mul(y, 0.999), 0.001);
  return y;
}

test("a chain of 12,000 products with numbers", { timeout: 60_000 }, () => {
  const slope = 0.999 ** STEPS;
  const x = Float64Array.of(2, -1);
  const g = grad((t: Tensor) => sum(chain(t)))(x);
  const h = hvp((t: Tensor) => sum(square(chain(t))), x, Float64Array.of(1, 3));
  for (const [i, want] of [slope, slope].entries()) expect(g[i]! / want).toBeCloseTo(1, 10);
  for (const [i, want] of [2 * slope ** 2, 6 * slope ** 2].entries()) expect(h[i]! / want).toBeCloseTo(1, 10);
});
