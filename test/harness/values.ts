// Checking operations on plain values: at once and compiled, against nested arrays.
import { expect } from "vitest";
import { jit, type NdArray, type Tensor, type TensorLike, type Value } from "../../src/index.ts";

/** Nested arrays of a value. */
export const plain = (v: unknown): unknown =>
  typeof v === "object" && v !== null && "toArray" in v
    ? (v as NdArray).toArray()
    : ArrayBuffer.isView(v)
      ? Array.from(v as Float64Array)
      : v;

/** Checks an operation of one array at once and compiled. */
export function check(f: (x: TensorLike) => TensorLike, x: TensorLike, expected: unknown): void {
  expect(plain(f(x))).toEqual(expected);
  expect(plain(jit((t: Tensor) => f(t))(x as Value as never))).toEqual(expected);
}
