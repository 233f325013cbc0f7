// Operations as methods of traced values: `x.add(1)` is `add(x, 1)`, whatever the arguments. No bundler can drop a
// method that nobody calls, so what these need is in every bundle that traces by the entry "hvp". Nothing below the
// entries imports this file, so "hvp/functions" has none of it.
import { fail } from "../errors.ts";
import type { DType } from "../ir/aval.ts";
import { Tensor } from "../trace/tracer.ts";
import type { TensorLike } from "../trace/types.ts";
import { abs, add, clip, div, mul, neg, pow, reciprocal, sign, sqrt, square, sub } from "./arithmetic.ts";
import { atan, cos, exp, expm1, log, log1p, sigmoid, sin, softplus, tan, tanh } from "./elementary.ts";
import { at, type Range, slice, type TakeOptions, take } from "./indexing.ts";
import { dot, matmul } from "./linalg.ts";
import { eq, ge, gt, le, lt, ne } from "./logic.ts";
import { max, mean, min, prod, type ReduceOptions, sum } from "./reduce.ts";
import { astype, expandDims, flip, ravel, reshape, squeeze, transpose } from "./shape.ts";

/** The methods of {@link Tensor} that are operations. */
export interface Methods {
  /** The axes reversed; the matrix transpose. */
  readonly T: Tensor;

  add(b: TensorLike): Tensor;
  sub(b: TensorLike): Tensor;
  mul(b: TensorLike): Tensor;
  div(b: TensorLike): Tensor;
  pow(p: TensorLike): Tensor;
  neg(): Tensor;
  abs(): Tensor;
  square(): Tensor;
  sqrt(): Tensor;
  sign(): Tensor;
  reciprocal(): Tensor;
  clip(low: TensorLike | null, high?: TensorLike | null): Tensor;
  exp(): Tensor;
  expm1(): Tensor;
  log(): Tensor;
  log1p(): Tensor;
  sin(): Tensor;
  cos(): Tensor;
  tan(): Tensor;
  atan(): Tensor;
  tanh(): Tensor;
  sigmoid(): Tensor;
  softplus(): Tensor;

  lt(b: TensorLike): Tensor;
  le(b: TensorLike): Tensor;
  gt(b: TensorLike): Tensor;
  ge(b: TensorLike): Tensor;
  eq(b: TensorLike): Tensor;
  ne(b: TensorLike): Tensor;

  sum(options?: ReduceOptions): Tensor;
  mean(options?: ReduceOptions): Tensor;
  max(options?: ReduceOptions): Tensor;
  min(options?: ReduceOptions): Tensor;
  prod(options?: ReduceOptions): Tensor;

  dot(b: TensorLike): Tensor;
  matmul(b: TensorLike): Tensor;

  /** Under another shape: `x.reshape([2, -1])` or `x.reshape(2, -1)`. */
  reshape(...shape: number[] | [readonly number[]]): Tensor;
  ravel(): Tensor;
  transpose(axes?: readonly number[]): Tensor;
  expandDims(axis: number | readonly number[]): Tensor;
  squeeze(axis?: number | readonly number[]): Tensor;
  flip(axis?: number | readonly number[]): Tensor;
  astype(dtype: DType): Tensor;

  /** `x.slice([1])` is `x[1:]`, `x.slice(null, 2)` is `x[:, 2]`; see {@link slice}. */
  slice(...ranges: Range[]): Tensor;
  /** `x.at(i)` is `x[i]`, `x.at(i, j)` is `x[i, j]`. */
  at(...indices: TensorLike[]): Tensor;
  take(indices: TensorLike, options?: TakeOptions | number): Tensor;

  /** Elements along the first axis, so that `const [a, b] = x` works. */
  [Symbol.iterator](): Generator<Tensor, void, undefined>;
}

declare module "../trace/tracer.ts" {
  interface Tensor extends Methods {}
}

let attached = false;
/**
 * Makes the operations methods of all traced values. Transforms of "hvp" do so when they are called: importing has no
 * effect.
 */
export function attachMethods(): void {
  if (attached) return;
  attached = true;
  type Operation = (x: Tensor, ...rest: never[]) => unknown;
  const arithmetic = { add, sub, mul, div, pow, neg, abs, square, sqrt, sign, reciprocal, clip };
  const elementary = { exp, expm1, log, log1p, sin, cos, tan, atan, tanh, sigmoid, softplus };
  const logic = { lt, le, gt, ge, eq, ne };
  const reductions = { sum, mean, max, min, prod, dot, matmul };
  const shapes = { ravel, transpose, expandDims, squeeze, flip, astype, slice, at, take };
  const operations: Record<string, Operation> = { ...arithmetic, ...elementary, ...logic, ...reductions, ...shapes };
  // Given all arguments, they refuse those that are too many.
  for (const [name, f] of Object.entries(operations)) method(name, (x, ...rest) => f(x, ...(rest as never[])));
  method("reshape", (x, ...shape) =>
    reshape(x, shape.length === 1 && Array.isArray(shape[0]) ? shape[0] : (shape as number[])),
  );
  method(Symbol.iterator, rows);
  Object.defineProperty(Tensor.prototype, "T", {
    configurable: true,
    get(this: Tensor) {
      return transpose(this);
    },
  });

  function method(name: string | symbol, call: (x: Tensor, ...rest: unknown[]) => unknown): void {
    const value = function (this: Tensor, ...rest: unknown[]): unknown {
      return call(this, ...rest);
    };
    Object.defineProperty(Tensor.prototype, name, { value, writable: true, configurable: true });
  }
}

function* rows(x: Tensor): Generator<Tensor, void, undefined> {
  if (x.ndim === 0) fail("axis", "cannot iterate over a traced scalar");
  for (let i = 0; i < x.length; i++) yield at(x, i);
}
