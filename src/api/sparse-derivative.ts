// A sparse derivative: products with the sums of the columns of each color, and the entries found in them.
import { checkCount, fail } from "../errors.ts";
import { type Data, storage, zeros } from "../ir/aval.ts";
import { picture } from "../sparse/picture.ts";
import { substitute } from "../sparse/recovery.ts";
import { NdArray } from "../trace/ndarray.ts";
import { printAs } from "../trace/print.ts";
import type { Like } from "../trace/types.ts";
import { disposeKey } from "./dispose.ts";
import type { Plan } from "./sparse-plan.ts";
import type { SparsePrograms } from "./sparse-programs.ts";
import type { SparseDerivative, Sparsity } from "./sparse-types.ts";

interface Made {
  /** "Hessian" or "Jacobian". */
  readonly what: string;
  readonly plan: Plan;
  readonly programs: SparsePrograms;
  /** What goes with them. */
  readonly dispose: () => void;
}
type Numbers = Float64Array | Float32Array;

let isPrinted = false;

export class SparseFace<X> implements SparseDerivative<X, Data> {
  readonly #of: Made;
  readonly pattern: Sparsity;
  readonly colors: Int32Array;
  readonly colorCount: number;
  /** What substitution works in: kept, since fresh memory of that size takes longer than to fill it. */
  readonly #buffer: Float64Array | undefined;
  #isDisposed = false;
  declare readonly [Symbol.dispose]: () => void;

  constructor(of: Made) {
    const { plan } = of;
    this.#of = of;
    this.colors = plan.colors;
    this.colorCount = plan.count;
    this.pattern = patternOf(plan);
    this.#buffer = plan.recovery.steps && new Float64Array(plan.recovery.size);
    Object.defineProperty(this, disposeKey(), { value: this.dispose });
    if (isPrinted) return;
    isPrinted = true;
    printAs(SparseFace.prototype, (face) => face.#describe());
  }

  readonly values = (x: Like<X>, out?: Data, ...extra: unknown[]): Data => {
    const { plan, programs } = this.#of;
    const { name } = programs;
    checkCount(`${name}: values`, extra, "write values(x) or values(x, out)");
    if (this.#isDisposed)
      fail("disposed", `this ${name} was used after dispose(); create it again, or dispose of it later`);
    const size = plan.columns.items.length;
    const values = out === undefined ? this.#empty(size) : this.#checked(out, size);
    programs.run(x, this.#buffer ?? values);
    if (plan.recovery.steps && this.#buffer) substitute(plan.recovery.steps, this.#buffer, values);
    return values;
  };
  readonly dense = (x: Like<X>, ...extra: unknown[]): NdArray => {
    checkCount(`${this.#of.programs.name}: dense`, extra, "write dense(x)");
    const { shape, isTriangle, columns } = this.#of.plan;
    const values = this.values(x);
    const matrix = this.#empty(shape[0] * shape[1]);
    for (let j = 0; j < shape[1]; j++)
      for (let k = columns.starts[j] as number; k < (columns.starts[j + 1] as number); k++) {
        const i = columns.items[k] as number;
        matrix[i * shape[1] + j] = values[k] as number;
        if (isTriangle) matrix[j * shape[1] + i] = values[k] as number;
      }
    return new NdArray(matrix, [...shape], matrix instanceof Float32Array ? "float32" : "float64");
  };
  readonly dispose = (): void => {
    if (!this.#isDisposed) {
      this.#of.programs.dispose();
      this.#of.dispose();
    }
    this.#isDisposed = true;
  };

  #empty(size: number): Numbers {
    return zeros(this.#of.programs.dtype, size) as Numbers;
  }
  #checked(out: unknown, size: number): Numbers {
    const { name, dtype } = this.#of.programs;
    const Wanted = storage(dtype);
    if (!(out instanceof Wanted) || out.length !== size)
      fail("shape", `${name}: values: out must be a ${Wanted.name} of ${size} elements, one an entry`);
    return out as Numbers;
  }
  #describe(): string {
    const { what, plan } = this.#of;
    const { shape, columns, isTriangle, how } = plan;
    const entries = columns.items.length;
    const share = (100 * entries) / Math.max(1, isTriangle ? (shape[0] * (shape[0] + 1)) / 2 : shape[0] * shape[1]);
    const products = `${plan.count} ${how === "dense" ? "columns" : plan.count === 1 ? "color" : "colors"} (${how})`;
    return (
      `Sparse ${what} ${shape.join(" × ")}, ${entries} entries${isTriangle ? " in the lower triangle" : ""} ` +
      `(${Number(share.toPrecision(2))} %), ${products} ${picture(columns, shape[0], isTriangle)}`
    );
  }
}

/** Copies, which a user may change. */
function patternOf({ shape, columns }: Plan): Sparsity {
  let colind: Int32Array | undefined;
  const colptr = columns.starts.slice();
  return {
    shape,
    colptr,
    rowind: columns.items.slice(),
    get colind() {
      if (!colind) {
        colind = new Int32Array(columns.items.length);
        for (let j = 0; j < shape[1]; j++) colind.fill(j, columns.starts[j], columns.starts[j + 1]);
      }
      return colind;
    },
  };
}
