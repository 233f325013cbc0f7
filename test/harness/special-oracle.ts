// The error and gamma functions in multiple precision, good to 120 bits and more: what the kernels of `special` are measured against.
import { add, div, exp, log, magnitude, mul, neg, PI, type Real, real, sub, toNumber } from "./oracle.ts";

const ONE = real(1);
const TWO = real(2);
const HALF = real(0.5);
const SQRT_PI = exp(mul(HALF, log(PI)));

/** 2/√π e^(-x²) */
export const gauss = (x: Real): Real => div(mul(TWO, exp(neg(mul(x, x)))), SQRT_PI);

/** x Σ (2x²)ⁿ / (1·3·…·(2n+1)), times 2/√π e^(-x²): all terms of one sign (Abramowitz and Stegun 7.1.6). For |x| < 2. */
export function erf(x: Real): Real {
  if (x.m === 0n) return x;
  if (magnitude(x) >= 1) return x.m < 0n ? sub(erfc(neg(x)), ONE) : sub(ONE, erfc(x));
  const step = mul(TWO, mul(x, x));
  let term = ONE;
  let sum = ONE;
  for (let n = 1; term.m !== 0n && magnitude(term) > -330; n++) {
    term = div(mul(term, step), real(2 * n + 1));
    sum = add(sum, term);
  }
  return mul(mul(x, sum), gauss(x));
}

/** e^(-x²)/(x√π) / (1 + a/(1 + 2a/(1 + 3a/…))), a = 1/(2x²) (7.1.14), where erf would cancel; in fixed point. */
export function erfc(x: Real): Real {
  if (x.m < 0n || magnitude(x) < 1) return sub(ONE, erf(x));
  const bits = 192n;
  const one = 1n << bits;
  const a = div(HALF, mul(x, x));
  const step = a.e + 192 >= 0 ? a.m << BigInt(a.e + 192) : a.m >> BigInt(-a.e - 192);
  let tail = one;
  for (let n = Math.ceil(60 + 1600 / toNumber(x) ** 2); n > 0; n--) tail = one + ((BigInt(n) * step) << bits) / tail;
  return div(div(exp(neg(mul(x, x))), mul(x, SQRT_PI)), { m: tail, e: -192 });
}
