// f(√s) for an even function f, as the smooth function of s = r² that it is: kernels of a squared distance.
//
// With Df = f'(r) / (2r), the derivative in s, f'' = 2·Df + 4r²·D²f, and so on:
//   Dᵏ⁺¹f = (Dᵏ⁻¹f'' - (4k - 2)·Dᵏf) / (4r²).
// The numerators cancel towards r = 0, where by the equation of Euler, Poisson and Darboux
//   Dᵏf = cₖ·∫₀¹ (1 - t²)ᵏ⁻¹·f⁽²ᵏ⁾(t·r) dt,   cₖ·∫₀¹ (1 - t²)ᵏ⁻¹ dt = k! / (2k)!,
// has nothing to cancel. As in divided-differences.ts, the integral is taken where it lies within the rounding errors
// of the quotient; so a function that is not even, whose quotient the integral contradicts, has the infinite
// derivative at 0 that it ought to have.
import { fail } from "../errors.ts";
import { showAval } from "../ir/aval.ts";
import { make } from "../ir/build.ts";
import type { MaybeNode, Node, Primitive } from "../ir/graph.ts";
import type { ScalarFunction } from "../ir/scalar-function.ts";
import { abs, add, by, div, maximum, mul, plus, sqrt, sub } from "./arithmetic.ts";
import { alongCaptured, capturedCotangent, type OfScalar, repeated } from "./captured.ts";
import { addMaybe, batched } from "./define.ts";
import { GAUSS } from "./gauss.ts";
import { literal } from "./leaf.ts";
import { le, select } from "./logic.ts";
import { reshape } from "./shape.ts";
import { broadcast, reduceSum } from "./spread.ts";

interface Radial extends OfScalar {
  /** How many times the function has been differentiated in s. */
  readonly order: number;
}

/** Roundoffs of each derivative of f that the bound of a quotient allows for. */
const RADIAL_ROUNDOFFS = 16;

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
/** ∫₀¹ (1 - t²)ᵐ dt */
const beta = (m: number): number => (m === 0 ? 1 : (beta(m - 1) * 2 * m) / (2 * m + 1));

interface Bounded {
  readonly value: Node;
  readonly error: Node;
}

/** Dᵏf at the square roots of the elements of `s`. */
function formula(node: Node<Radial>): Node {
  const { fn, order, flags } = node.params;
  const s = node.inputs[0] as Node;
  const captured = node.inputs.slice(1);
  const batch = flags.some((b) => b) ? s.shape.slice(0, 1) : [];
  const square = maximum(s, 0);
  const r = sqrt(square);
  const unit = RADIAL_ROUNDOFFS * (s.dtype === "float32" ? 2 ** -24 : 2 ** -53);
  const derivative = (j: number, x: Node): Node => {
    let f = fn;
    for (let i = 0; i < j; i++) f = f.derivative();
    const size = batch[0] ?? 1;
    return reshape(f.at(reshape(x, [...batch, size === 0 ? 0 : x.size / size]), captured, flags), x.shape);
  };
  /** cₖ·∫ (1 - t²)ᵏ⁻¹·f⁽²ᵏ⁺²ʲ⁾(t·r) dt */
  const integral = (k: number, j: number): Node => {
    const lead = batch.length;
    const shape = [...batch, GAUSS.length, ...s.shape.slice(lead)];
    const column = (values: readonly number[]): Node => {
      const data = s.dtype === "float32" ? Float32Array.from(values) : Float64Array.from(values);
      return broadcast(literal(data, [values.length], s.dtype), shape, [lead]);
    };
    const c = factorial(k) / factorial(2 * k) / beta(k - 1);
    const wide = broadcast(
      r,
      shape,
      s.shape.map((_, i) => (i < lead ? i : i + 1)),
    );
    const weights = GAUSS.map(([t, w]) => c * w * (1 - t * t) ** (k - 1));
    return reduceSum(mul(column(weights), derivative(2 * (k + j), mul(column(GAUSS.map(([t]) => t)), wide))), [lead]);
  };
  /**
   * The integral where `numerator`, which has errors up to `bound`, over `divisor` agrees with it, else that
   * quotient.
   */
  const either = (whole: Node, numerator: Node, bound: Node, divisor: Node): Bounded => {
    const chosen = le(abs(sub(mul(whole, divisor), numerator)), bound);
    return {
      value: select(chosen, whole, div(numerator, divisor)),
      error: select(chosen, mul(unit, abs(whole)), div(bound, divisor)),
    };
  };
  /** Dᵏf⁽²ʲ⁾ */
  const table = (k: number, j: number): Bounded => {
    if (k === 0) {
      const value = derivative(2 * j, r);
      return { value, error: mul(unit, abs(value)) };
    }
    const whole = integral(k, j);
    if (k === 1) {
      // f' is 0 at 0 as a sum of terms whose size is f over a length; √|f·f''| is that, without knowing the length.
      const slope = derivative(2 * j + 1, r);
      const size = add(abs(slope), sqrt(abs(mul(derivative(2 * j, r), whole))));
      return either(whole, slope, mul(unit, size), mul(2, r));
    }
    const [upper, lower] = [table(k - 2, j + 1), table(k - 1, j)];
    const factor = 4 * k - 6;
    const bound = add(upper.error, mul(factor, lower.error));
    return either(whole, sub(upper.value, mul(factor, lower.value)), bound, mul(4, square));
  };
  return table(order, 0).value;
}

/** Inputs: s, captured values of the function. Dᵏf at √s, element by element. */
export const radialPrim: Primitive<Radial> = {
  name: "radial",
  aval(inputs, { flags }) {
    const s = inputs[0] as Node;
    if (inputs.length !== 1 + flags.length) fail("shape", `radial: ${inputs.map(showAval).join(" and ")} do not fit`);
    return { shape: s.shape, dtype: s.dtype };
  },
  jvp(node, [d, ...rest]) {
    const { order } = node.params;
    let sum: MaybeNode = d && by(d, make(radialPrim, node.inputs, { ...node.params, order: order + 1 }));
    rest.forEach((c, i) => {
      if (c) sum = addMaybe(sum, alongCaptured(radialPrim, node, 1, i, c), plus);
    });
    return sum;
  },
  transpose: (node, ct, linear) =>
    node.inputs.map((_, i) => (i > 0 && linear[i] ? capturedCotangent(radialPrim, node, 1, i - 1, ct) : undefined)),
  batch(node, [s, ...values], [hasS, ...has], size) {
    const { flags } = node.params;
    // A batch axis that captured values have meets the new one; what has none is just longer.
    const own = flags.some((f) => f) ? (node.shape[0] as number) : undefined;
    const again = repeated(values, has, flags, size, own);
    const x = batched(s!, hasS as boolean, size);
    const merged = own === undefined ? x : reshape(x, [size * own, ...x.shape.slice(2)]);
    const params = { ...node.params, flags: again.flags };
    return reshape(make(radialPrim, [merged, ...again.values], params), [size, ...node.shape]);
  },
  lower: { kind: "composition", of: formula },
};

/** f at the square roots of the elements of `s`, negative ones taken as 0; `fn` with the values that it captures. */
export function radial(s: Node, fn: ScalarFunction, captured: readonly Node[]): Node {
  return make(radialPrim, [s, ...captured], { fn, order: 0, flags: captured.map(() => false) });
}
