// The functions of src/primitives/stable.ts in multiple precision, by their definitions.
import {
  add,
  cosh,
  div,
  exp,
  expm1,
  hypot,
  log,
  magnitude,
  mul,
  neg,
  PI,
  type Real,
  real,
  sin,
  sub,
} from "./oracle.ts";

const [ZERO, ONE, HALF] = [real(0), real(1), real(0.5)];
const power = (x: Real, n: number): Real => Array.from({ length: n }).reduce((p: Real) => mul(p, x), ONE);
const small = (x: Real, limit: number): boolean => x.m === 0n || magnitude(x) < limit;

/** `log(1 - e⁻ˣ)` */
export const log1mexp = (x: Real): Real => log(neg(expm1(neg(x))));
export const logDiffExp = (a: Real, b: Real): Real => add(a, log1mexp(sub(a, b)));
/** `1/(e^(a - b) - 1)` */
export const gapOdds = (a: Real, b: Real): Real => div(ONE, expm1(sub(a, b)));
export function logCosh(x: Real): Real {
  // x²/2 - x⁴/12, where the cosine would lose the first term
  const square = mul(x, x);
  return small(x, -60) ? mul(square, sub(HALF, div(square, real(12)))) : log(cosh(x));
}

/** `∫₀¹ tᵏ e^(xt) dt` */
export const exprelDerivative =
  (k: number) =>
  (x: Real): Real => {
    if (small(x, 6)) {
      let term = ONE;
      let sum = ZERO;
      for (let m = 0; ; m++) {
        sum = add(sum, div(term, real(k + m + 1)));
        if (term.m === 0n || (m > 100 && magnitude(term) < -400)) return sum;
        term = div(mul(term, x), real(m + 1));
      }
    }
    let y = div(expm1(x), x);
    for (let i = 1; i <= k; i++) y = div(sub(exp(x), mul(real(i), y)), x);
    return y;
  };
export const exprel = exprelDerivative(0);

/** sin(z + k π/2), z = π x: x moved by exact quarters. */
const turned = (x: Real, k: number): Real => {
  const moved = add(x, real(k / 2));
  return sin(mul(PI, moved));
};
/** `πᵏ ∫₀¹ tᵏ cos(πxt + kπ/2) dt` */
export const sincDerivative =
  (k: number) =>
  (x: Real): Real => {
    const z = mul(PI, x);
    const scale = power(PI, k);
    if (small(z, 6)) {
      const odd = k % 2;
      let term = odd ? z : ONE;
      let sum = ZERO;
      const square = mul(z, z);
      for (let m = odd; ; m += 2) {
        sum = add(sum, div(term, real(k + m + 1)));
        if (term.m === 0n || (m > 100 && magnitude(term) < -400)) break;
        term = neg(div(mul(term, square), real((m + 1) * (m + 2))));
      }
      return mul(((k + odd) / 2) % 2 ? neg(sum) : sum, scale);
    }
    let y = div(turned(x, 0), z);
    for (let i = 1; i <= k; i++) y = div(sub(turned(x, i), mul(real(i), y)), z);
    return mul(y, scale);
  };
export const sinc = sincDerivative(0);

/** `δ (h - δ)`, `h = √(x² + δ²)`, and what its derivatives are made of. */
export const pseudoHuber = (x: Real, delta: Real): Real => mul(delta, hypotExcess(x, delta));
export const pseudoHuberSlope = (x: Real, delta: Real): Real => div(mul(x, delta), hypot(x, delta));
export const hypotExcess = (x: Real, delta: Real): Real => div(mul(x, x), add(hypot(x, delta), delta));
export const hypotLoss = (x: Real, delta: Real): Real => div(hypotExcess(x, delta), hypot(x, delta));
