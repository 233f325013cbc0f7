// exp(a - b) with a value between equal infinities: the weight of one term of a sum of exponentials, b the largest exponent.
import { make } from "../ir/build.ts";
import type { Node, Primitive } from "../ir/graph.ts";
import * as kernels from "../wasm/kernels/core.gen.ts";
import { by, minus, opposite } from "./arithmetic.ts";
import { elementwise, FLOATS } from "./define.ts";

export const expDifferencePrim: Primitive = /* @__PURE__ */ elementwise("expDifference", {
  accepts: FLOATS,
  cost: 5,
  jvp: ([da, db], _x, y) => {
    const d = da && db ? minus(da, db) : (da ?? (db && opposite(db)));
    return d && by(y, d);
  },
  emit: (e, [a, b]) => {
    const c = (v: number) => e.constant(v, a!.dtype);
    const level = e.op("select", e.op("eq", a!, c(Number.NEGATIVE_INFINITY)), c(0), c(1));
    return e.op("select", e.op("eq", a!, b!), level, e.call(kernels.exp, [e.op("sub", a!, b!)]));
  },
});
/** `exp(a - b)`: 1 where both are +Infinity, 0 where both are -Infinity, and the derivative is itself there too. */
export const expDifference = (a: Node, b: Node): Node => make(expDifferencePrim, [a, b]);
