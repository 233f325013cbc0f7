// exp(a - b) with a value between equal infinities: the weight of one term of a sum of exponentials, b the largest
// exponent.
import { make } from "../ir/build.ts";
import type { Node, Primitive } from "../ir/graph.ts";
import * as kernels from "../kernels/core.gen.ts";
import { by, minus, opposite } from "./arithmetic.ts";
import { elementwise, FLOATS } from "./define.ts";

/**
 * Differences below these make weights of 0: 2^-970 and 2^-103, whose products with a roundoff are the least normal
 * numbers.
 */
const NEGLIGIBLE = { float64: -672.3527651431469, float32: -71.39415740966797 };

/** `least` is the difference below which nothing is left. */
const difference = (name: string, least?: typeof NEGLIGIBLE): Primitive =>
  elementwise(name, {
    accepts: FLOATS,
    cost: 5,
    jvp: ([da, db], _x, y) => {
      const d = da && db ? minus(da, db) : (da ?? (db && opposite(db)));
      return d && by(y, d);
    },
    emit: (e, [a, b]) => {
      const c = (v: number) => e.constant(v, a!.dtype);
      const same = e.op("eq", a!, b!);
      const d = e.op("sub", a!, b!);
      const neither = e.op("and", same, e.op("eq", a!, c(Number.NEGATIVE_INFINITY)));
      const less = least && e.op("lt", d, c(least[a!.dtype as "float64"]));
      // The exponential does not see what is left out: it would make a subnormal number, slowly.
      const y = e.call(kernels.exp, [e.op("select", less ? e.op("or", less, same) : same, c(0), d)]);
      return e.op("select", less ? e.op("or", less, neither) : neither, c(0), y);
    },
  });

export const expDifferencePrim: Primitive = /* @__PURE__ */ difference("expDifference");
/** `exp(a - b)`: 1 where both are +Infinity, 0 where both are -Infinity, and the derivative is itself there too. */
export const expDifference = (a: Node, b: Node): Node => make(expDifferencePrim, [a, b]);

export const shareOfLargestPrim: Primitive = /* @__PURE__ */ difference("shareOfLargest", NEGLIGIBLE);
/**
 * The same, but exactly 0 below 2^-970 (float32: 2^-103), and so are its derivatives: subnormal weights count for
 * nothing beside the largest, 1, and arithmetic with them is slow on many processors.
 */
export const shareOfLargest = (a: Node, b: Node): Node => make(shareOfLargestPrim, [a, b]);
