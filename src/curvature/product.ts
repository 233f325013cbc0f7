// Products with a symmetric matrix that nobody has: all that the algorithms of this folder know of it.
import { fail } from "../errors.ts";

/** v ↦ A·v for a symmetric A of n rows. */
export interface SymmetricProduct {
  readonly n: number;
  /** In which the products are computed; vectors here are float64. */
  readonly dtype: "float64" | "float32";
  /** Writes A·v for each of `vs`, which stay as they are, to `outs`. */
  multiply(vs: readonly Float64Array[], outs: readonly Float64Array[]): void;
}

/** The products of one computation: counted, bounded, and finite. */
export class Products {
  readonly n: number;
  spent = 0;

  /** `name`: of the method, for messages. */
  constructor(
    private readonly name: string,
    private readonly of: SymmetricProduct,
    private readonly most = Number.POSITIVE_INFINITY,
  ) {
    this.n = of.n;
  }
  get areSpent(): boolean {
    return this.spent >= this.most;
  }
  /** The spacing of numbers at 1, in the type that products are computed in. */
  get epsilon(): number {
    return this.of.dtype === "float32" ? 2 ** -23 : 2 ** -52;
  }
  one(v: Float64Array, out: Float64Array = new Float64Array(this.n)): Float64Array {
    this.many([v], [out]);
    return out;
  }
  many(
    vs: readonly Float64Array[],
    outs: readonly Float64Array[] = vs.map(() => new Float64Array(this.n)),
  ): readonly Float64Array[] {
    this.of.multiply(vs, outs);
    for (const out of outs) this.count(out, 1);
    return outs;
  }
  /** Counts `products` more, which are in `result`. */
  count(result: Float64Array, products: number): void {
    this.spent += products;
    if (!allFinite(result))
      fail(
        "value",
        `${this.name}: a product with a finite vector has NaN or infinite elements; is the function twice ` +
          "differentiable and in range at this point? debugNans(true) finds where a NaN begins",
      );
  }
}

/** Whether no element is infinite or NaN. */
export function allFinite(v: Float64Array): boolean {
  let zero = 0;
  for (let i = 0; i < v.length; i++) zero += (v[i] as number) * 0;
  return zero === 0;
}

/** Sum of products. */
export function dot(a: Float64Array, b: Float64Array): number {
  let s = 0;
  for (let i = 0; i < a.length; i++) s += (a[i] as number) * (b[i] as number);
  return s;
}
/** Sums of squares from which on what underflows in them is rounding. */
const SAFE_SQUARES = 2 ** -900;

/** Euclidean length, also where squares leave the range. */
export function lengthOf(a: Float64Array): number {
  const squares = dot(a, a);
  if (squares > SAFE_SQUARES && squares < Number.POSITIVE_INFINITY) return Math.sqrt(squares);
  let size = 0;
  for (const x of a) size = Math.max(size, Math.abs(x));
  if (!(size > 0 && size < Number.POSITIVE_INFINITY)) return size;
  const part = a.map((x) => x / size);
  return size * Math.sqrt(dot(part, part));
}

/** Sample mean, and its standard error, which one sample does not tell: NaN. */
export function meanOf(samples: readonly number[]): { value: number; standardError: number } {
  const count = samples.length;
  const value = samples.reduce((a, b) => a + b, 0) / count;
  const scatter = lengthOf(Float64Array.from(samples, (x) => x - value));
  return { value, standardError: scatter / Math.sqrt((count - 1) * count) };
}
