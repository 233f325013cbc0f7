// Operations as methods of traced values: `x.add(1)` is `add(x, 1)`. No bundler can drop a method that nobody calls, so what these need is
// in every bundle of "hvp"; the entry "hvp/functions" has no-methods.ts instead.
import { fail } from "../errors.ts";
import type { DType } from "../ir/aval.ts";
import * as arithmetic from "../ops/arithmetic.ts";
import * as elementary from "../ops/elementary.ts";
import * as indexing from "../ops/indexing.ts";
import * as linalg from "../ops/linalg.ts";
import * as logic from "../ops/logic.ts";
import * as reduce from "../ops/reduce.ts";
import * as shapes from "../ops/shape.ts";
import type { Tensor } from "./tracer.ts";
import type { TensorLike } from "./types.ts";

/** The methods of {@link Tensor} that are operations. */
export class Methods {
  /** The axes reversed; the matrix transpose. */
  get T(): Tensor {
    return shapes.transpose(this as unknown as Tensor);
  }

  add(this: Tensor, b: TensorLike): Tensor {
    return arithmetic.add(this, b);
  }
  sub(this: Tensor, b: TensorLike): Tensor {
    return arithmetic.sub(this, b);
  }
  mul(this: Tensor, b: TensorLike): Tensor {
    return arithmetic.mul(this, b);
  }
  div(this: Tensor, b: TensorLike): Tensor {
    return arithmetic.div(this, b);
  }
  pow(this: Tensor, p: TensorLike): Tensor {
    return arithmetic.pow(this, p);
  }
  neg(this: Tensor): Tensor {
    return arithmetic.neg(this);
  }
  abs(this: Tensor): Tensor {
    return arithmetic.abs(this);
  }
  square(this: Tensor): Tensor {
    return arithmetic.square(this);
  }
  sqrt(this: Tensor): Tensor {
    return arithmetic.sqrt(this);
  }
  sign(this: Tensor): Tensor {
    return arithmetic.sign(this);
  }
  reciprocal(this: Tensor): Tensor {
    return arithmetic.reciprocal(this);
  }
  clip(this: Tensor, low: TensorLike | null, high?: TensorLike | null): Tensor {
    return arithmetic.clip(this, low, high);
  }
  exp(this: Tensor): Tensor {
    return elementary.exp(this);
  }
  expm1(this: Tensor): Tensor {
    return elementary.expm1(this);
  }
  log(this: Tensor): Tensor {
    return elementary.log(this);
  }
  log1p(this: Tensor): Tensor {
    return elementary.log1p(this);
  }
  sin(this: Tensor): Tensor {
    return elementary.sin(this);
  }
  cos(this: Tensor): Tensor {
    return elementary.cos(this);
  }
  tan(this: Tensor): Tensor {
    return elementary.tan(this);
  }
  atan(this: Tensor): Tensor {
    return elementary.atan(this);
  }
  tanh(this: Tensor): Tensor {
    return elementary.tanh(this);
  }
  sigmoid(this: Tensor): Tensor {
    return elementary.sigmoid(this);
  }
  softplus(this: Tensor): Tensor {
    return elementary.softplus(this);
  }

  lt(this: Tensor, b: TensorLike): Tensor {
    return logic.lt(this, b);
  }
  le(this: Tensor, b: TensorLike): Tensor {
    return logic.le(this, b);
  }
  gt(this: Tensor, b: TensorLike): Tensor {
    return logic.gt(this, b);
  }
  ge(this: Tensor, b: TensorLike): Tensor {
    return logic.ge(this, b);
  }
  eq(this: Tensor, b: TensorLike): Tensor {
    return logic.eq(this, b);
  }
  ne(this: Tensor, b: TensorLike): Tensor {
    return logic.ne(this, b);
  }

  sum(this: Tensor, ...options: [options?: reduce.ReduceOptions]): Tensor {
    return reduce.sum(this, ...options);
  }
  mean(this: Tensor, ...options: [options?: reduce.ReduceOptions]): Tensor {
    return reduce.mean(this, ...options);
  }
  max(this: Tensor, ...options: [options?: reduce.ReduceOptions]): Tensor {
    return reduce.max(this, ...options);
  }
  min(this: Tensor, ...options: [options?: reduce.ReduceOptions]): Tensor {
    return reduce.min(this, ...options);
  }
  prod(this: Tensor, ...options: [options?: reduce.ReduceOptions]): Tensor {
    return reduce.prod(this, ...options);
  }

  dot(this: Tensor, b: TensorLike): Tensor {
    return linalg.dot(this, b);
  }
  matmul(this: Tensor, b: TensorLike): Tensor {
    return linalg.matmul(this, b);
  }

  /** Under another shape: `x.reshape([2, -1])` or `x.reshape(2, -1)`. */
  reshape(this: Tensor, ...shape: number[] | [readonly number[]]): Tensor {
    return shapes.reshape(this, shape.length === 1 && Array.isArray(shape[0]) ? shape[0] : (shape as number[]));
  }
  ravel(this: Tensor): Tensor {
    return shapes.ravel(this);
  }
  transpose(this: Tensor, axes?: readonly number[]): Tensor {
    return shapes.transpose(this, axes);
  }
  expandDims(this: Tensor, ...axis: [axis: number | readonly number[]]): Tensor {
    return shapes.expandDims(this, ...axis);
  }
  squeeze(this: Tensor, ...axis: [axis?: number | readonly number[]]): Tensor {
    return shapes.squeeze(this, ...axis);
  }
  flip(this: Tensor, ...axis: [axis?: number | readonly number[]]): Tensor {
    return shapes.flip(this, ...axis);
  }
  astype(this: Tensor, dtype: DType): Tensor {
    return shapes.astype(this, dtype);
  }

  /** `x.slice([1])` is `x[1:]`, `x.slice(null, 2)` is `x[:, 2]`; see {@link indexing.slice}. */
  slice(this: Tensor, ...ranges: indexing.Range[]): Tensor {
    return indexing.slice(this, ...ranges);
  }
  /** `x.at(i)` is `x[i]`, `x.at(i, j)` is `x[i, j]`. */
  at(this: Tensor, ...indices: TensorLike[]): Tensor {
    return indexing.at(this, ...indices);
  }
  take(this: Tensor, indices: TensorLike, options?: indexing.TakeOptions | number): Tensor {
    return indexing.take(this, indices, options);
  }

  /** Elements along the first axis, so that `const [a, b] = x` works. */
  *[Symbol.iterator](this: Tensor): Generator<Tensor, void, undefined> {
    if (this.ndim === 0) fail("axis", "cannot iterate over a traced scalar");
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }
}
