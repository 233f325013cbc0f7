// Incomplete gamma functions: distribution functions of the gamma, chi-squared, Poisson and Erlang distributions. The
// names of SciPy, with
// `log` before the logarithms as in logNdtr. Integers and booleans give float64.
import * as p from "../primitives/gammainc.ts";
import type { Binary } from "../trace/types.ts";
import { binary } from "./apply.ts";

/**
 * Regularized lower incomplete gamma function `P(a, x) = 1/Γ(a) ∫₀ˣ tᵃ⁻¹e⁻ᵗ dt` for `a, x ≥ 0`: 0 at `x = 0`, 1 at `a
 * = 0`, NaN outside and at (0, 0). Differentiable in `x` to any order, in `a` to the second; a third derivative in
 * `a` is an HvpError.
 * @shape a, x → broadcast */
export const gammainc: Binary = /* @__PURE__ */ binary("gammainc", "float", (a, x) => p.gammainc(0, a, x));
/**
 * Regularized upper incomplete gamma function `Q(a, x) = 1 - P(a, x)`, accurate where it is small; derivatives as of
 * `gammainc`.
 * @shape a, x → broadcast */
export const gammaincc: Binary = /* @__PURE__ */ binary("gammaincc", "float", (a, x) => p.gammaincc(a, x));
/**
 * `log gammainc(a, x)`, accurate in both tails, where `gammainc` underflows or is nearly 1; so are its first and
 * second derivatives in both arguments. A third derivative in `a` is an HvpError. @shape a, x → broadcast
 */
export const logGammainc: Binary = /* @__PURE__ */ binary("logGammainc", "float", (a, x) => p.logGammainc(0, a, x));
/** `log gammaincc(a, x)`, the log of a survival function, accurate in both tails; derivatives as of `logGammainc`.
 * @shape a, x → broadcast */
export const logGammaincc: Binary = /* @__PURE__ */ binary("logGammaincc", "float", (a, x) => p.logGammaincc(0, a, x));
