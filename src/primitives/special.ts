// Error and gamma functions: element-wise primitives computed by the kernels of assembly/special.ts, a module of their own that only
// programs with special functions carry.
import { make } from "../ir/build.ts";
import type { Node, Primitive } from "../ir/graph.ts";
import type { Kernels } from "../ir/kernel.ts";
import * as kernels from "../wasm/kernels/special.gen.ts";
import { add, mul, neg } from "./arithmetic.ts";
import { elementwise, FLOATS, lift, type Operand } from "./define.ts";

function unary(name: string, cost: number, derivative: (x: Node, y: Node) => Node, kernel: Kernels): Primitive {
  return elementwise(name, {
    accepts: FLOATS,
    cost,
    jvp: ([d], [x], y) => d && mul(d, derivative(x!, y)),
    emit: (e, x) => e.call(kernel, name, x),
  });
}

export const erfPrim: Primitive = /* @__PURE__ */ unary("erf", 8, (x) => gauss(x), kernels.erf);
export const erfcPrim: Primitive = /* @__PURE__ */ unary("erfc", 12, (x) => neg(gauss(x)), kernels.erfc);
// 2/√π e^(-x²), with the rounding error of x², which exp(-square(x)) would multiply by x² in the tails.
export const gaussPrim: Primitive = /* @__PURE__ */ unary("gauss", 7, (x, y) => mul(mul(-2, x), y), kernels.gauss);

export const lgammaPrim: Primitive = /* @__PURE__ */ unary("lgamma", 60, (x) => digamma(x), kernels.lgamma);
export const digammaPrim: Primitive = /* @__PURE__ */ unary("digamma", 60, (x) => polygamma(1, x), kernels.digamma);
// The order n is an operand, so that the derivative is the same primitive at n + 1; nothing is differentiated in n.
export const polygammaPrim: Primitive = /* @__PURE__ */ elementwise("polygamma", {
  accepts: FLOATS,
  cost: 150,
  jvp: ([, d], [n, x]) => d && mul(d, polygamma(add(n!, 1), x!)),
  emit: (e, x) => e.call(kernels.polygamma, "polygamma", x),
});

/** `2/√π ∫₀ˣ e^(-t²) dt` */
export const erf = (x: Node): Node => make(erfPrim, [x]);
/** `1 - erf(x)`, accurate in the tail */
export const erfc = (x: Node): Node => make(erfcPrim, [x]);
/** `2/√π e^(-x²)` */
export const gauss = (x: Node): Node => make(gaussPrim, [x]);
/** `log |Γ(x)|` */
export const lgamma = (x: Node): Node => make(lgammaPrim, [x]);
/** `ψ(x)`, the derivative of `log |Γ(x)|` */
export const digamma = (x: Node): Node => make(digammaPrim, [x]);
/** The n-th derivative of `ψ`, n = 1 … 6, for x > 0 */
export const polygamma = (n: Operand, x: Node): Node => make(polygammaPrim, lift("polygamma", [n, x]));
