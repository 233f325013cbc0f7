// Ports: where the arguments and results of a program lie in memory, and how arrays are copied in and out.
import { fail } from "../errors.ts";
import { bytesOf, type Data, type DType, isArrayOf } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { COPY_ELEMENTS } from "../opt/cost.ts";
import type { Ref, Region } from "../opt/steps/layout.ts";
import { memoryOf } from "./runtime.ts";

/** One array of a program: its place in a region of memory, and what it holds. */
export interface Port {
  readonly region: Region;
  readonly offset: number;
  readonly size: number;
  readonly dtype: DType;
  /** A streamed program sees it through a window. */
  readonly windowed: boolean;
  /** Its elements in memory: kept, since making a view takes longer than copying a hundred elements. */
  view: Data | undefined;
  /** The memory and the place in it that `view` is of. */
  memory: Data | undefined;
  at: number;
}

/** The port of an array like `n` at `ref`. */
export const portOf = ({ region, offset }: Ref, { size, dtype }: Node, windowed = false): Port => ({
  region,
  offset,
  size,
  dtype,
  windowed,
  view: undefined,
  memory: undefined,
  at: 0,
});

/** Whether `value` is an array of the type and length of `p`, which needs no further check or conversion. */
export function fits(p: Port, value: unknown): value is Data {
  const { dtype } = p;
  return (
    (dtype === "float64" ? isArrayOf(value, Float64Array) : dtype === "float32" && isArrayOf(value, Float32Array)) &&
    (value as Data).length === p.size
  );
}

/**
 * Refuses data of another length than the program was compiled for: the last line of defence of the memory that all
 * programs share.
 */
export function checkLength(data: ArrayLike<number>, size: number): void {
  if (data.length !== size) {
    fail(
      "shape",
      `an array of shape for ${size} elements has ${data.length} elements of data; was its shape changed, its ` +
        "data replaced, or its buffer detached?",
    );
  }
}

/** The elements of `p`, which are from `from` on in `memory`. */
function viewOf(p: Port, memory: Data, from: number): Data {
  if (p.memory !== memory || p.at !== from) {
    p.view = memory.subarray(from, from + p.size);
    p.memory = memory;
    p.at = from;
  }
  return p.view as Data;
}

/** Copies `data` to the elements of `p`, and nothing beyond, whatever its length says: it may be of a subclass. */
export function copyIn(p: Port, memory: Data, from: number, data: ArrayLike<number>): void {
  const { size } = p;
  if (size < COPY_ELEMENTS) for (let i = 0; i < size; i++) memory[from + i] = data[i] as number;
  else viewOf(p, memory, from).set(data);
}

/** Copies the elements of `p`, which are at `from` in `memory`, into `out` or a new array. */
export function copyOut(p: Port, memory: Data, from: number, out?: Data): Data {
  const { size } = p;
  if (size >= COPY_ELEMENTS) {
    const view = viewOf(p, memory, from);
    // faster than slice: the new array is not cleared first
    if (!out) return new (memory.constructor as typeof Float64Array)(view);
    out.set(view);
    return out;
  }
  const to = out ?? new (memory.constructor as typeof Float64Array)(size);
  for (let i = 0; i < size; i++) to[i] = memory[from + i] as number;
  return to;
}

/** Reading a list may run code of its author, which may compute something else in the same memory. */
export const disturbed = (): never => fail("value", "an argument called hvp while it was read; pass a copy");

/** Copies `data` to the array at address `at`, for good. */
export function writeArray(at: number, data: ArrayLike<number>, { size, dtype }: Pick<Port, "size" | "dtype">): void {
  checkLength(data, size);
  const memory = memoryOf(dtype);
  memory.set(data, at / bytesOf(dtype));
  if (memory !== memoryOf(dtype)) disturbed();
}
