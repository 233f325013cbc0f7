// The vocabulary of lane expressions: what one element (or one SIMD vector of elements) is computed from.
// A primitive's record says its formula in these words; src/emit gives each word its instructions.
import type { DType } from "./aval.ts";
import type { DualKernel, LaneKernel } from "./kernel.ts";

/** Arithmetic words with an instruction of their own. */
export type LaneOp =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "min"
  | "max" // arithmetic
  | "plus"
  | "by"
  | "per" // add, mul and div of derivatives: zeros that are known when code is made are exact
  | "neg"
  | "abs"
  | "sqrt"
  | "floor"
  | "ceil"
  | "trunc"
  | "nearest"
  | "lt"
  | "le"
  | "gt"
  | "ge"
  | "eq"
  | "ne" // compare: bool
  | "and"
  | "or"
  | "not"
  | "select" // on bool; select(c, a, b)
  | "convert"; // to the lane's dtype

/** A value in the body of a loop; opaque to primitives. */
export interface Lane {
  readonly dtype: DType;
}

/** Builder of lane expressions (hash-consed, so repeated subexpressions are free). */
export interface Lanes {
  op(name: LaneOp, ...args: Lane[]): Lane;
  constant(value: number, dtype: DType): Lane;
  convert(x: Lane, dtype: DType): Lane;
  /**
   * Call of an elementary kernel. `dual`: one that computes this function and another; it is used when both are
   * needed of the same arguments.
   */
  call(kernel: LaneKernel, args: readonly Lane[], dual?: DualKernel): Lane;
}
