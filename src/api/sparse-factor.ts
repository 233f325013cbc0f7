// `sparseFactor`: systems with a sparse Hessian, solved directly.
import { checkCount, fail } from "../errors.ts";
import { checkOptions } from "../ops/apply.ts";
import type { Lists } from "../sparse/compressed.ts";
import { analysed, type Factors, factored, multiplied, type Symbolic, solved, whole } from "../sparse/ldl.ts";
import { minimumDegree } from "../sparse/minimum-degree.ts";
import { describe, show } from "../trace/convert.ts";
import { printAs } from "../trace/print.ts";
import type { SparseDerivative, Sparsity } from "./sparse-types.ts";

/** Settings of {@link sparseFactor}. */
export interface SparseFactorOptions {
  /** The order of elimination: "minimum-degree" unless given, or "natural", which is best for bands. */
  readonly elimination?: "minimum-degree" | "natural";
  /** Is added to the diagonal: 0 unless given. */
  readonly shift?: number;
}

/** How many eigenvalues of a symmetric matrix are positive, negative and zero. */
export interface Inertia {
  readonly positive: number;
  readonly negative: number;
  readonly zero: number;
}

/** A factorization L·D·Lᵀ of a sparse symmetric matrix. */
export interface SparseFactor {
  /** How many entries L has below its diagonal. */
  readonly nonzeros: number;
  /** By the signs of D (Sylvester's law of inertia); of a positive definite matrix all are positive. */
  readonly inertia: Inertia;
  /** log |det| */
  readonly logdet: number;
  /**
   * The solution for `b`, refined once by its residual.
   * @throws HvpError if `b` has another length, or if the matrix is singular
   */
  solve(b: ArrayLike<number>): Float64Array;
  /** Factors other values of the same pattern, in the same order. @throws HvpError if there are more or fewer */
  refactor(values: ArrayLike<number>, options?: Pick<SparseFactorOptions, "shift">): this;
}

/**
 * L·D·Lᵀ of a symmetric matrix with the pattern of a {@link sparseHessian} handle and `values`, such as
 * `S.values(x)`: time and memory are those of the fill, which the order of approximate minimum degree keeps small.
 * There is no pivoting: a matrix that is not definite may lose digits, which `solve` gets back in part. Amestoy, Davis
 * and Duff 1996; Davis 2005.
 * @shape values [nnz], solve [n] → [n]
 * @throws HvpError if `values` do not fit the pattern, the pattern is not a lower triangle, or values are not finite
 */
export function sparseFactor(
  S: Pick<SparseDerivative<never, never>, "pattern">,
  values: ArrayLike<number>,
  options?: SparseFactorOptions,
): SparseFactor;
export function sparseFactor(
  S: Pick<SparseDerivative<never, never>, "pattern">,
  values: ArrayLike<number>,
  options: SparseFactorOptions = {},
  ...extra: unknown[]
): SparseFactor {
  checkCount(NAME, extra, `write ${NAME}(S, S.values(x), { shift })`);
  checkOptions(NAME, options, ["elimination", "shift"]);
  const { elimination = "minimum-degree", shift = 0 } = options;
  if (elimination !== "minimum-degree" && elimination !== "natural")
    fail("value", `${NAME}: elimination is ${show(elimination)}; expected "minimum-degree" or "natural"`);
  const lower = lowerOf((S as { pattern?: Sparsity } | undefined)?.pattern, S);
  const n = lower.starts.length - 1;
  const order = elimination === "natural" ? Int32Array.from({ length: n }, (_, i) => i) : minimumDegree(whole(lower));
  return new Factored(lower, analysed(lower, order)).refactor(values, { shift });
}
const NAME = "sparseFactor";

function lowerOf(pattern: Sparsity | undefined, given: unknown): Lists {
  if (!pattern) return fail("value", `${NAME}: expected a sparseHessian handle, got ${describe(given)}`);
  const { shape, colptr: starts, rowind: items, colind } = pattern;
  if (shape[0] !== shape[1] || items.some((row, k) => row < (colind[k] as number)))
    fail("shape", `${NAME}: the pattern is not the lower triangle of a square matrix; pass a sparseHessian handle`);
  return { starts, items };
}

let isPrinted = false;

class Factored implements SparseFactor {
  readonly #lower: Lists;
  readonly #symbolic: Symbolic;
  #values = new Float64Array(0);
  #shift = 0;
  #factors: Factors | undefined;

  constructor(lower: Lists, symbolic: Symbolic) {
    this.#lower = lower;
    this.#symbolic = symbolic;
    if (isPrinted) return;
    isPrinted = true;
    printAs(Factored.prototype, (of) => of.#describe());
  }
  get #of(): Factors {
    return this.#factors as Factors;
  }
  get nonzeros(): number {
    return this.#of.rows.length;
  }
  get inertia(): Inertia {
    const { pivots } = this.#of;
    const count = (is: (d: number) => boolean): number => pivots.reduce((n, d) => n + (is(d) ? 1 : 0), 0);
    return { positive: count((d) => d > 0), negative: count((d) => d < 0), zero: count((d) => d === 0) };
  }
  get logdet(): number {
    return this.#of.pivots.reduce((s, d) => s + Math.log(Math.abs(d)), 0);
  }
  solve(b: ArrayLike<number>, ...extra: unknown[]): Float64Array {
    checkCount(`${NAME}: solve`, extra, "write solve(b)");
    const n = this.#of.pivots.length;
    if (b?.length !== n) fail("shape", `${NAME}: solve got ${describe(b)}; expected an array of ${n} numbers`);
    if (this.#of.pivots.some((d) => d === 0))
      fail("value", `${NAME}: the matrix is singular, ${this.inertia.zero} of ${n} pivots are zero; give a shift`);
    const x = solved(this.#symbolic, this.#of, b);
    const product = multiplied(this.#lower, this.#values, this.#shift, x);
    const rest = solved(
      this.#symbolic,
      this.#of,
      product.map((y, i) => (b[i] as number) - y),
    );
    // Where the residual overflows there is nothing to gain.
    return x.map((v, i) => (Number.isFinite(rest[i]) ? v + (rest[i] as number) : v));
  }
  refactor(values: ArrayLike<number>, options: Pick<SparseFactorOptions, "shift"> = {}, ...extra: unknown[]): this {
    checkCount(`${NAME}: refactor`, extra, "write refactor(values, { shift })");
    checkOptions(NAME, options, ["shift"]);
    const { shift = 0 } = options;
    if (typeof shift !== "number" || !Number.isFinite(shift))
      fail("value", `${NAME}: shift is ${show(shift)}; expected a number`);
    const size = this.#lower.items.length;
    if (values?.length !== size)
      fail("shape", `${NAME}: the values are ${describe(values)}; expected the ${size} entries of the pattern`);
    const copy = Float64Array.from(values);
    const bad = copy.findIndex((v) => !Number.isFinite(v));
    if (bad >= 0) fail("value", `${NAME}: entry ${bad} is ${copy[bad]}; there is no factorization`);
    [this.#values, this.#shift] = [copy, shift];
    this.#factors = factored(this.#symbolic, copy, shift);
    return this;
  }
  #describe(): string {
    const n = this.#of.pivots.length;
    const { positive, negative, zero } = this.inertia;
    const pivots = `${positive} pivots positive, ${negative} negative, ${zero} zero`;
    return `L·D·Lᵀ of ${n} × ${n}, ${this.nonzeros} entries below; ${pivots}`;
  }
}
