// Relaxed mode: products that are added to something become fused multiply-adds, where the engine has them. Results
// then depend on the machine in the last bits; the default mode never does this.
import { isFloat } from "../ir/aval.ts";
import type { Value } from "../opt/plan/lane-builder.ts";
import type { Fn } from "./assembler.ts";
import { vectorName } from "./lane-code.ts";

/**
 * Emits `v` as one instruction if it is `c + a·b` or `c - a·b` and the product is wanted nowhere else (`free`); else
 * emits nothing and returns false.
 */
export function multiplyAdd(fn: Fn, v: Value, push: (x: Value) => void, free: (x: Value) => boolean): boolean {
  if (!isFloat(v.dtype) || (v.op !== "add" && v.op !== "sub")) return false;
  const [a, b] = v.operands as [Value, Value];
  const product = isProduct(b, free) ? b : v.op === "add" && isProduct(a, free) ? a : undefined;
  if (!product) return false;
  multiplyInto(fn, product, () => push(product === b ? a : b), push, v.op === "sub");
  return true;
}

/** Emits `c ± product` for a product of two values. */
export function multiplyInto(fn: Fn, product: Value, c: () => void, push: (x: Value) => void, negative = false): void {
  for (const x of product.operands) push(x);
  c();
  fn.op(`${vectorName(product.dtype)}.relaxed_${negative ? "nmadd" : "madd"}`);
}

/** Whether `x` is a product that may be merged into the sum it is part of. */
export const isProduct = (x: Value, free: (x: Value) => boolean): boolean =>
  x.op === "mul" && isFloat(x.dtype) && free(x);
