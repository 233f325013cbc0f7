// The derivative of log B(a, b). As ψ(a) - ψ(a + b) it would cancel where b is small beside a; so would its own
// derivatives.
import type { Node, Primitive } from "../ir/graph.ts";
import { add, by, div, mul, opposite, plus, square, sub } from "./arithmetic.ts";
import { addMaybe } from "./define.ts";
import { lt, select } from "./logic.ts";
import { mark, marker } from "./marked.ts";
import { full } from "./spread.ts";
import { log1p } from "./transcendental.ts";

/** From here on, the series of ψ below is exact to 2e-18. */
const PSI_SERIES_FROM = 10;
/** B₂ₖ / 2k, k = 8 … 1, as numerators and denominators: ψ(x) = log x - 1/2x - Σ B₂ₖ / (2k x²ᵏ). */
const SERIES = [
  [-3617, 8160],
  [1, 12],
  [-691, 32760],
  [1, 132],
  [-1, 240],
  [1, 252],
  [-1, 120],
  [1, 12],
] as const;

/** b/(a + b), in the form whose derivative in b, a/(a + b)², does not cancel. */
function share(b: Node, a: Node): Node {
  const sum = add(a, b);
  return select(lt(a, b), sub(1, div(a, sum)), div(b, sum));
}

/**
 * ψ(a + b) - ψ(a), a sum of positive terms for positive a and b. A small a is moved up by ψ(a + b) - ψ(a) = b/(a (a +
 * b)) + the same at a + 1; of the series at large A and S = A + b, powers are subtracted as (u - v)·Σ uʲvᵏ⁻¹⁻ʲ.
 */
function digammaDifference(a: Node, b: Node): Node {
  const small = lt(a, PSI_SERIES_FROM);
  let moved = div(share(b, a), a);
  for (let k = 1; k < PSI_SERIES_FROM; k++) {
    const x = add(a, k);
    moved = add(moved, div(share(b, x), x));
  }
  const A = select(small, add(a, PSI_SERIES_FROM), a);
  const S = add(A, b);
  const part = share(b, A);
  const [u, v] = [square(div(1, A)), square(div(1, S))];
  // Horner's rule for P(u), P = Σ cₖ uᵏ, and for (P(u) - P(v))/(u - v)
  const [first, ...others] = SERIES.map(([numerator, denominator]) => numerator / denominator);
  let p: Node = full(a.shape, first as number, a.dtype);
  let q = p;
  for (const c of others) {
    p = add(mul(p, u), c);
    q = add(mul(q, v), p);
  }
  const between = mul(mul(part, div(add(A, S), S)), mul(u, q)); // (u - v) q = b (A + S)/(A S)² q
  const large = add(log1p(div(b, A)), add(mul(0.5, div(part, A)), between));
  return add(large, select(small, moved, 0));
}

export const betalnPrim: Primitive = /* @__PURE__ */ marker("betaln", (node, [, da, db]) => {
  const [a, b] = node.inputs.slice(1) as [Node, Node];
  return addMaybe(
    da && opposite(by(da, digammaDifference(a, b))),
    db && opposite(by(db, digammaDifference(b, a))),
    plus,
  );
});
/** `value`, the logarithm of the beta function at `a` and `b`, with its derivatives. */
export const betalnOf = (value: Node, a: Node, b: Node): Node => mark(betalnPrim, value, [a, b], {});
