// A sparse derivative: products with the sums of the columns of each color, and the entries found in them.
import { checkCount, fail } from "../errors.ts";
import { type Data, zeros } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import type { Lists } from "../sparse/compressed.ts";
import { picture } from "../sparse/picture.ts";
import { membersOf, readChunk, setAll, substitute } from "../sparse/recovery.ts";
import { NdArray } from "../trace/ndarray.ts";
import { printAs } from "../trace/print.ts";
import type { Like } from "../trace/types.ts";
import { disposeKey } from "./dispose.ts";
import type { Plan } from "./sparse-plan.ts";
import type { SparseDerivative, Sparsity } from "./sparse-types.ts";

/** Writes the products with `seeds`, arrays like x, to `outs`. */
export type Product = (seeds: readonly Data[], outs: readonly Data[]) => void;

/** Products at points, and arrays like these. */
export interface Products {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
  at(x: unknown): Product;
  dispose(): void;
}

/** Arrays like `nodes`, one after the other: as parts of one array, or apart where they have several types. */
class Flat {
  readonly parts: readonly Data[];
  readonly all: Float64Array | Float32Array;
  private readonly isOne: boolean;

  constructor(nodes: readonly Node[], all = allOf(nodes)) {
    this.isOne = nodes.every((x) => x.dtype === typeOf(nodes));
    this.all = all;
    let at = 0;
    this.parts = nodes.map((x) => {
      const part = this.isOne ? this.all.subarray(at, at + x.size) : zeros(x.dtype, x.size);
      at += x.size;
      return part;
    });
  }
  /** The parts have been written. */
  gather(): void {
    if (!this.isOne) this.copy((all, part) => all.set(part));
  }
  /** The whole has been written. */
  spread(): void {
    if (!this.isOne) this.copy((all, part) => part.set(all));
  }
  private copy(move: (all: Data, part: Data) => void): void {
    let at = 0;
    for (const part of this.parts) move(this.all.subarray(at, (at += part.length)), part);
  }
}

/** What several types become. */
const typeOf = (nodes: readonly Node[]): "float64" | "float32" =>
  nodes.length > 0 && nodes.every((x) => x.dtype === "float32") ? "float32" : "float64";
const sizeOf = (nodes: readonly Node[]): number => nodes.reduce((n, x) => n + x.size, 0);
const allOf = (nodes: readonly Node[], times = 1): Float64Array | Float32Array =>
  zeros(typeOf(nodes), times * sizeOf(nodes)) as Float64Array | Float32Array;

interface Made {
  /** "Hessian", and the function that made it. */
  readonly what: string;
  readonly name: string;
  readonly plan: Plan;
  readonly products: Products;
}

let isPrinted = false;

export class SparseFace<X> implements SparseDerivative<X, Data> {
  readonly #of: Made;
  readonly #seeds: Flat;
  /** The products of a chunk, one after the other. */
  readonly #chunk: Float64Array | Float32Array;
  readonly #products: readonly Flat[];
  /** The columns of each color. */
  readonly #members: Lists;
  readonly pattern: Sparsity;
  readonly colors: Int32Array;
  readonly colorCount: number;
  /** What substitution works in: kept, since fresh memory of that size takes longer than to fill it. */
  readonly #buffer: Float64Array | undefined;
  #isDisposed = false;
  declare readonly [Symbol.dispose]: () => void;

  constructor(of: Made) {
    const { plan, products } = of;
    this.#of = of;
    this.#seeds = new Flat(products.inputs);
    const { chunk } = plan.recovery;
    const height = sizeOf(products.outputs);
    const all = allOf(products.outputs, chunk);
    this.#chunk = all;
    this.#products = Array.from(
      { length: chunk },
      (_, k) => new Flat(products.outputs, all.subarray(k * height, (k + 1) * height)),
    );
    this.colors = plan.colors;
    this.colorCount = plan.count;
    this.#members = membersOf(plan.colors, plan.count);
    this.pattern = patternOf(plan);
    this.#buffer = plan.recovery.steps && new Float64Array(plan.recovery.size);
    Object.defineProperty(this, disposeKey(), { value: this.dispose });
    if (isPrinted) return;
    isPrinted = true;
    printAs(SparseFace.prototype, (face) => face.#describe());
  }

  readonly values = (x: Like<X>, out?: Data, ...extra: unknown[]): Data => {
    const { name, plan, products } = this.#of;
    checkCount(`${name}: values`, extra, "write values(x) or values(x, out)");
    if (this.#isDisposed)
      fail("disposed", `this ${name} was used after dispose(); create it again, or dispose of it later`);
    const size = plan.columns.items.length;
    const values = out === undefined ? this.#empty(size) : this.#checked(out, size);
    const { recovery } = plan;
    const buffer = this.#buffer ?? values;
    const apply = products.at(x);
    const { all: seeds } = this.#seeds;
    seeds.fill(0);
    for (let c = 0; c < plan.count; c++) {
      const product = this.#products[c % recovery.chunk] as Flat;
      setAll(seeds, this.#members, c, 1);
      this.#seeds.spread();
      apply(this.#seeds.parts, product.parts);
      product.gather();
      setAll(seeds, this.#members, c, 0);
      if ((c + 1) % recovery.chunk === 0 || c + 1 === plan.count)
        readChunk(recovery, Math.floor(c / recovery.chunk), this.#chunk, buffer);
    }
    if (recovery.steps && this.#buffer) substitute(recovery.steps, this.#buffer, values);
    return values;
  };
  readonly dense = (x: Like<X>, ...extra: unknown[]): NdArray => {
    checkCount(`${this.#of.name}: dense`, extra, "write dense(x)");
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
    if (!this.#isDisposed) this.#of.products.dispose();
    this.#isDisposed = true;
  };

  #empty(size: number): Float64Array | Float32Array {
    return zeros(this.#chunk instanceof Float32Array ? "float32" : "float64", size) as Float64Array;
  }
  #checked(out: unknown, size: number): Float64Array | Float32Array {
    const like = this.#chunk;
    if (!(out instanceof like.constructor) || (out as Data).length !== size)
      fail(
        "shape",
        `${this.#of.name}: values: out must be a ${like.constructor.name} of ${size} elements, one an entry`,
      );
    return out as Float64Array;
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
