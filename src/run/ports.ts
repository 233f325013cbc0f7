// Ports: where the arrays of a program lie in memory, and how elements are copied in and out.
import { fail } from "../errors.ts";
import type { Data, DType } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import type { Ref } from "../opt/steps/layout.ts";

/** Below this many elements a loop copies faster than `set` and `slice`. */
const SHORT = 24;

export interface Port {
  readonly region: number;
  readonly offset: number;
  readonly size: number;
  readonly dtype: DType;
  /** Its elements in memory: kept, since making a view takes longer than copying a hundred elements. */
  view: Data | undefined;
  /** The memory and the place in it that `view` is of. */
  memory: Data | undefined;
  at: number;
}

/** The port of the array of `n` at `ref`. */
export const portOf = ({ region, offset }: Ref, n: Node): Port => ({
  region,
  offset,
  size: n.size,
  dtype: n.dtype,
  view: undefined,
  memory: undefined,
  at: 0,
});

/**
 * The last line of defence of the shared memory: nothing is copied in that does not have the size it was given out to
 * have.
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
  if (size < SHORT) for (let i = 0; i < size; i++) memory[from + i] = data[i] as number;
  else viewOf(p, memory, from).set(data);
}

/** Copies the elements of `p`, which are at `from` in `memory`, into `out` or a new array. */
export function copyOut(p: Port, memory: Data, from: number, out?: Data): Data {
  const { size } = p;
  if (size >= SHORT) {
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
