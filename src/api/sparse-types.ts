// What sparse derivatives take and give.
import type { Coloring } from "../sparse/compress.ts";
import type { Ordering } from "../sparse/orderings.ts";
import type { NdArray } from "../trace/ndarray.ts";
import type { Like } from "../trace/types.ts";

export type { Coloring, Ordering };

/**
 * Where a matrix has entries, in compressed columns: the rows of column j are `rowind[colptr[j]..colptr[j + 1])`,
 * increasing. Of a Hessian, the lower triangle alone. Rows and columns are elements, leaf by leaf in row-major order.
 */
export interface Sparsity {
  readonly shape: readonly [rows: number, columns: number];
  readonly colptr: Int32Array;
  readonly rowind: Int32Array;
  /** The column of each entry: with `rowind`, its coordinates (COO). */
  readonly colind: Int32Array;
}

/** Settings of {@link sparseJacobian}. */
export interface SparseOptions {
  /**
   * In which order columns are colored: "natural" unless given. Others may need fewer colors where nothing is regular.
   */
  readonly ordering?: Ordering;
  /**
   * Where entries are, if that is known better than the graph tells, which is asked unless given. What is left out of
   * it makes other entries wrong.
   */
  readonly pattern?: Pick<Sparsity, "colptr" | "rowind">;
}
/** Settings of {@link sparseHessian}. */
export interface SparseHessianOptions extends SparseOptions {
  /**
   * "star", unless given: every entry is a number of one product. "acyclic": fewer products, and entries are found by
   * substitution, with the rounding errors of sums.
   */
  readonly coloring?: Coloring;
}

/** A compiled sparse derivative. Calls are synchronous. */
export interface SparseDerivative<X, D = Float64Array> {
  readonly pattern: Sparsity;
  /** The color of each column, -1 where that is empty: columns of one color take one product together. */
  readonly colors: Int32Array;
  /** How many products one evaluation takes. */
  readonly colorCount: number;
  /** The entries at `x`, in the order of `pattern`; written to `out` if given.
   * @throws HvpError if `x` is not like x0, or `out` no array of the type and the number of the entries */
  values(x: Like<X>, out?: D): D;
  /** The whole matrix at `x`. */
  dense(x: Like<X>): NdArray;
  /** Frees the memory of the compiled programs now; without it they go when the handle is garbage. */
  dispose(): void;
  [Symbol.dispose](): void;
}
