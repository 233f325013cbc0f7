// NdArray: the concrete n-dimensional result, row-major data with a shape.
import { checkCount, fail } from "../errors.ts";
import { type DType, type Shape, showShape, sizeOf, stridesOf } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { printAs } from "./print.ts";

/** Storage of a result: booleans are bytes 0 and 1. */
export type ResultData = Float64Array | Float32Array | Int32Array | Uint8Array;

/**
 * How an array that nobody has looked at yet was described: its data on demand, or the node it stands for in a trace.
 */
export interface Recipe {
  data(): ResultData;
  node(dtype: DType): Node;
  /** Whether it takes the floating-point type of what it meets. */
  readonly weak: boolean;
}

/** Nested arrays of numbers, one level per axis. */
export type NestedNumbers = number | NestedNumbers[];

/**
 * An n-dimensional array of numbers: `data` in row-major order, and its `shape`. These are properties of its own, so
 * that a copy (`{ ...a }`, `structuredClone(a)`) is `{ data, shape, dtype }` and can be passed wherever the array
 * can.
 */
export class NdArray {
  /** The elements in row-major order. */
  declare readonly data: ResultData;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly #recipe: Recipe | undefined;
  /** Whether somebody has seen the data, and may have changed it. */
  #seen = false;

  constructor(data: ResultData | Recipe, shape: Shape, dtype: DType) {
    printNicely();
    if (ArrayBuffer.isView(data)) this.data = data;
    else {
      this.#recipe = data;
      const get = (): ResultData => {
        this.#seen = true;
        const value = data.data();
        Object.defineProperty(this, "data", { value, enumerable: true, configurable: true, writable: true });
        return value;
      };
      Object.defineProperty(this, "data", { get, enumerable: true, configurable: true });
    }
    this.shape = [...shape]; // its owner's alone, who may change it
    this.dtype = dtype;
  }

  /** Its description, while nobody can have changed the data. @internal */
  get untouched(): Recipe | undefined {
    return this.#seen ? undefined : this.#recipe;
  }

  /**
   * Whether it takes the floating-point type of what it meets, as `eye(3)` does and `eye(3, { dtype })` does not.
   * @internal
   */
  get weak(): boolean {
    return this.#recipe?.weak ?? false;
  }

  get ndim(): number {
    return this.shape.length;
  }

  get size(): number {
    return sizeOf(this.shape);
  }

  /** The element at the given index, one integer per axis (negative counts from the end). */
  get(...index: number[]): number {
    if (index.length !== this.shape.length)
      fail(
        "axis",
        `get: an array of shape ${showShape(this.shape)} takes ${this.shape.length} indices, got ${index.length}`,
      );
    const strides = stridesOf(this.shape);
    let flat = 0;
    index.forEach((given, axis) => {
      const extent = this.shape[axis] as number;
      const i = given < 0 ? given + extent : given;
      if (!Number.isInteger(i) || i < 0 || i >= extent)
        fail("axis", `get: index ${given} is out of range for axis ${axis} of shape ${showShape(this.shape)}`);
      flat += i * (strides[axis] as number);
    });
    return this.data[flat] as number;
  }

  /**
   * The elements as nested arrays. To TypeScript they are rows, unless the use says otherwise: `const t: number[][][]
   * = a.toArray()`.
   */
  toArray<T extends NestedNumbers = number[][]>(): T;
  toArray(...extra: unknown[]): NestedNumbers {
    checkCount("toArray", extra, "it takes none; elements are get(i, j)");
    const strides = stridesOf(this.shape);
    const rows = (axis: number, start: number): NestedNumbers =>
      axis === this.shape.length
        ? (this.data[start] as number)
        : Array.from({ length: this.shape[axis] as number }, (_, i) =>
            rows(axis + 1, start + i * (strides[axis] as number)),
          );
    return rows(0, 0);
  }

  /** `{ data, shape, dtype }` with plain numbers, which can be passed wherever the array can (it is float64 then). */
  toJSON(): { data: number[]; shape: Shape; dtype: DType } {
    return { data: Array.from(this.data), shape: this.shape, dtype: this.dtype };
  }

  toString(): string {
    const show = (rows: NestedNumbers): string =>
      Array.isArray(rows) ? `[${rows.map(show).join(", ")}]` : String(rows);
    return `NdArray ${this.dtype}[${this.shape}] ${show(this.toArray())}`;
  }
}

let printed = false;
function printNicely(): void {
  if (printed) return;
  printed = true;
  printAs(
    NdArray.prototype,
    (a, inspect) => `NdArray ${a.dtype}[${a.shape}] ${inspect(a.size > 999 ? a.data : a.toArray())}`,
  );
  // `a[0][1]` would be a TypeError about undefined.
  for (let i = 0; i < 8; i++)
    Object.defineProperty(NdArray.prototype, i, {
      get(this: NdArray) {
        return fail(
          "axis",
          `a[${i}] does not work on an NdArray; use a.get(${this.shape.map(() => i)}), a.toArray()[${i}] or ` +
            `slice(a, ${i})`,
        );
      },
    });
}
