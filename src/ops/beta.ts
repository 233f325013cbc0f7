// Logarithm of the beta function, without the cancellation of log Γ(a) + log Γ(b) - log Γ(a + b): for arguments from
// 10 on by Stirling's formula, whose large terms are combined by hand (Didonato and Morris, ACM TOMS 18, 1992, do the
// same).
import type { Node } from "../ir/graph.ts";
import { add, div, mul, square, sub } from "../primitives/arithmetic.ts";
import { betalnOf } from "../primitives/beta.ts";
import { ge, lt, select } from "../primitives/logic.ts";
import { stopGradient } from "../primitives/shape.ts";
import { lgamma } from "../primitives/special.ts";
import { full } from "../primitives/spread.ts";
import { log, log1p } from "../primitives/transcendental.ts";
import type { Binary } from "../trace/types.ts";
import { binary } from "./apply.ts";

/** Arguments from here on are large: the series below is then exact to 2e-17. */
const BETA_SERIES_FROM = 10;
const HALF_LOG_2PI = 0.9189385332046728;

/** log Γ(x) - ((x - ½) log x - x + ½ log 2π) for large `x`. */
function remainder(x: Node): Node {
  const r = square(div(1, x));
  // B₂ₖ / (2k(2k - 1)), k = 8 … 1
  const [last, ...rest] = [-3617 / 122400, 1 / 156, -691 / 360360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12] as [
    number,
    ...number[],
  ];
  let series = full(x.shape, last, x.dtype);
  for (const c of rest) series = add(c, mul(r, series));
  return div(series, x);
}

/** Its node. */
export function logBeta(first: Node, second: Node): Node {
  const [x, y] = [stopGradient(first), stopGradient(second)];
  const inOrder = ge(x, y);
  const a = select(inOrder, x, y); // the larger one
  const b = select(inOrder, y, x);
  const small = lt(a, BETA_SERIES_FROM);
  const largeB = ge(b, BETA_SERIES_FROM);
  // A small a is moved up: B(a, b) = B(a + 10, b) · Π (1 + b / (a + k)), k = 0 … 9.
  let moved = add(1, div(b, a));
  for (let k = 1; k < BETA_SERIES_FROM; k++) moved = mul(moved, add(1, div(b, add(a, k))));
  const A = select(small, add(a, BETA_SERIES_FROM), a);
  const s = add(A, b);
  // log Γ(A) - log Γ(A + b) = -(A - ½) log(1 + b/A) - b log(A + b) + b + Δ(A) - Δ(A + b)
  const common = sub(sub(remainder(A), remainder(s)), mul(sub(A, 0.5), log1p(div(b, A))));
  const smallB = add(add(lgamma(b), common), mul(b, sub(1, log(s))));
  // and for large b also log Γ(b) = (b - ½) log b - b + ½ log 2π + Δ(b); where it is not, 10 stands for it
  const B = select(largeB, b, BETA_SERIES_FROM);
  const bothLarge = add(add(common, remainder(B)), sub(sub(HALF_LOG_2PI, mul(0.5, log(B))), mul(B, log1p(div(A, B)))));
  const value = add(select(largeB, bothLarge, smallB), select(small, log(moved), 0));
  return betalnOf(select(ge(b, 0), value, Number.NaN), first, second);
}

/**
 * `log B(a, b) = log Γ(a) + log Γ(b) - log Γ(a + b)` for positive `a` and `b`, without the cancellation of these
 * terms; its derivatives likewise. NaN where one is negative. @shape a, b → broadcast
 */
export const betaln: Binary = /* @__PURE__ */ binary("betaln", "float", logBeta);
