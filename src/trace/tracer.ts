// The one Tensor: a stand-in for an array while a function is traced. It wraps a node; operations on it add nodes.
import { fail } from "../errors.ts";
import { type DType, type Shape, showAval, showShape } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import * as arithmetic from "../ops/arithmetic.ts";
import * as elementary from "../ops/elementary.ts";
import * as indexing from "../ops/indexing.ts";
import * as linalg from "../ops/linalg.ts";
import * as logic from "../ops/logic.ts";
import * as reduce from "../ops/reduce.ts";
import * as shapes from "../ops/shape.ts";
import { printAs } from "./print.ts";
import type { TensorLike } from "./types.ts";

/** A traced array: what a function sees of its arguments while it is differentiated, batched or compiled. It has a shape and
 * an element type but no values, so it goes through operations (`add(x, 1)`, `x.add(1)`), never through `+`, `>`, `Math` or `[i]`. */
export class Tensor {
  /** The node it stands for. @internal */
  readonly node: Node;
  /** Whether it takes the floating-point type of what it meets, as plain numbers do. @internal */
  readonly weak: boolean;

  /** @internal */
  constructor(node: Node, weak = false) {
    this.node = node;
    this.weak = weak;
    forbidBrackets();
  }

  /** Extents of the axes. */
  get shape(): Shape {
    return this.node.shape;
  }
  /** Element type. */
  get dtype(): DType {
    return this.node.dtype;
  }
  /** Number of axes. */
  get ndim(): number {
    return this.node.shape.length;
  }
  /** Number of elements. */
  get size(): number {
    return this.node.size;
  }
  /** Extent of the first axis. */
  get length(): number {
    return this.node.shape[0] ?? fail("axis", "length: a traced scalar has no axes, so no length");
  }
  /** The axes reversed; the matrix transpose. */
  get T(): Tensor {
    return this.transpose();
  }

  add(b: TensorLike): Tensor {
    return arithmetic.add(this, b);
  }
  sub(b: TensorLike): Tensor {
    return arithmetic.sub(this, b);
  }
  mul(b: TensorLike): Tensor {
    return arithmetic.mul(this, b);
  }
  div(b: TensorLike): Tensor {
    return arithmetic.div(this, b);
  }
  pow(p: TensorLike): Tensor {
    return arithmetic.pow(this, p);
  }
  neg(): Tensor {
    return arithmetic.neg(this);
  }
  abs(): Tensor {
    return arithmetic.abs(this);
  }
  square(): Tensor {
    return arithmetic.square(this);
  }
  sqrt(): Tensor {
    return arithmetic.sqrt(this);
  }
  sign(): Tensor {
    return arithmetic.sign(this);
  }
  reciprocal(): Tensor {
    return arithmetic.reciprocal(this);
  }
  clip(low: TensorLike | null, high?: TensorLike | null): Tensor {
    return arithmetic.clip(this, low, high);
  }
  exp(): Tensor {
    return elementary.exp(this);
  }
  expm1(): Tensor {
    return elementary.expm1(this);
  }
  log(): Tensor {
    return elementary.log(this);
  }
  log1p(): Tensor {
    return elementary.log1p(this);
  }
  sin(): Tensor {
    return elementary.sin(this);
  }
  cos(): Tensor {
    return elementary.cos(this);
  }
  tan(): Tensor {
    return elementary.tan(this);
  }
  atan(): Tensor {
    return elementary.atan(this);
  }
  tanh(): Tensor {
    return elementary.tanh(this);
  }
  sigmoid(): Tensor {
    return elementary.sigmoid(this);
  }
  softplus(): Tensor {
    return elementary.softplus(this);
  }

  lt(b: TensorLike): Tensor {
    return logic.lt(this, b);
  }
  le(b: TensorLike): Tensor {
    return logic.le(this, b);
  }
  gt(b: TensorLike): Tensor {
    return logic.gt(this, b);
  }
  ge(b: TensorLike): Tensor {
    return logic.ge(this, b);
  }
  eq(b: TensorLike): Tensor {
    return logic.eq(this, b);
  }
  ne(b: TensorLike): Tensor {
    return logic.ne(this, b);
  }

  sum(options?: reduce.ReduceOptions): Tensor {
    return reduce.sum(this, options);
  }
  mean(options?: reduce.ReduceOptions): Tensor {
    return reduce.mean(this, options);
  }
  max(options?: reduce.ReduceOptions): Tensor {
    return reduce.max(this, options);
  }
  min(options?: reduce.ReduceOptions): Tensor {
    return reduce.min(this, options);
  }
  prod(options?: reduce.ReduceOptions): Tensor {
    return reduce.prod(this, options);
  }

  dot(b: TensorLike): Tensor {
    return linalg.dot(this, b);
  }
  matmul(b: TensorLike): Tensor {
    return linalg.matmul(this, b);
  }

  /** Under another shape: `x.reshape([2, -1])` or `x.reshape(2, -1)`. */
  reshape(...shape: number[] | [readonly number[]]): Tensor {
    return shapes.reshape(this, shape.length === 1 && Array.isArray(shape[0]) ? shape[0] : (shape as number[]));
  }
  ravel(): Tensor {
    return shapes.ravel(this);
  }
  transpose(axes?: readonly number[]): Tensor {
    return shapes.transpose(this, axes);
  }
  expandDims(axis: number | readonly number[]): Tensor {
    return shapes.expandDims(this, axis);
  }
  squeeze(axis?: number | readonly number[]): Tensor {
    return shapes.squeeze(this, axis);
  }
  flip(axis?: number | readonly number[]): Tensor {
    return shapes.flip(this, axis);
  }
  astype(dtype: DType): Tensor {
    return shapes.astype(this, dtype);
  }

  /** `x.slice([1])` is `x[1:]`, `x.slice(null, 2)` is `x[:, 2]`; see {@link indexing.slice}. */
  slice(...ranges: indexing.Range[]): Tensor {
    return indexing.slice(this, ...ranges);
  }
  /** `x.at(i)` is `x[i]`, `x.at(i, j)` is `x[i, j]`. */
  at(...indices: TensorLike[]): Tensor {
    return indexing.at(this, ...indices);
  }
  take(indices: TensorLike, options?: indexing.TakeOptions | number): Tensor {
    return indexing.take(this, indices, options);
  }

  /** Elements along the first axis, so that `const [a, b] = x` works. */
  *[Symbol.iterator](): Generator<Tensor, void, undefined> {
    if (this.ndim === 0) fail("axis", "cannot iterate over a traced scalar");
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }

  /** Traced values are not numbers: says which operation to use. */
  [Symbol.toPrimitive](hint: string): never {
    const type = `a traced ${showAval(this.node)}`;
    if (hint === "string")
      fail("trace", `${type} has no value to print while its function is traced; return it, or print its shape and dtype`);
    fail(
      "trace",
      `${type} cannot be used as a number: JavaScript operators (x + 1, x > 0) and Math functions do not work on traced values; use add(x, 1), gt(x, 0), sin(x) and so on, and where(condition, a, b) to choose by value`,
    );
  }

  toJSON(): never {
    return this[Symbol.toPrimitive]("string");
  }
  get [Symbol.toStringTag](): string {
    return `Tensor ${showAval(this.node)}`;
  }
}

let brackets = false;
/** Makes `x[0]` an error instead of undefined, and printing one line. Done when the first tracer is made, so that importing has no effect. */
function forbidBrackets(): void {
  if (brackets) return;
  brackets = true;
  printAs(Tensor.prototype, ({ node }) => `Tensor ${showAval(node)}`);
  for (let i = -8; i < 128; i++) {
    Object.defineProperty(Tensor.prototype, i, {
      get(this: Tensor) {
        return fail("trace", `x[${i}] does not work on a traced value of shape ${showShape(this.shape)}; use x.at(${i})`);
      },
      set() {
        fail("trace", `x[${i}] = … does not work: traced values cannot be changed; build a new one with where, concat or stack`);
      },
    });
  }
}
