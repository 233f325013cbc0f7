// Running a streamed program: windows of the caller's arrays are copied in, a piece is computed, its results copied
// out.
import { bytesOf, type Data, zeros } from "../ir/aval.ts";
import type { Stream } from "../opt/steps/steps.ts";
import { checkLength, type Port } from "./ports.ts";
import { type Exports, memoryOf } from "./runtime.ts";

type Maybe<T> = readonly (T | undefined)[];

/** Base addresses of the three regions of a program. */
export interface Bases {
  readonly work: number;
  readonly data: number;
  readonly point: number;
}

/** Whether two arrays may share memory, which several objects may stand for if it is shared between threads. */
const mayOverlap = (f: Data, g: Data): boolean =>
  f.buffer === g.buffer || !(f.buffer instanceof ArrayBuffer || g.buffer instanceof ArrayBuffer);

/** Those of `values` that `ports` see through windows. Lists are copied: reading them may run code of their author. */
export const windowedInputs = (ports: readonly Port[], values: readonly ArrayLike<number>[]): Maybe<Data> =>
  ports.map((p, i) => {
    if (!p.windowed) return undefined;
    const data = values[i] as ArrayLike<number>;
    checkLength(data, p.size);
    return ArrayBuffer.isView(data) ? (data as Data) : Float64Array.from(data);
  });

/** The arrays that `ports` fill through windows: those of `outs`, or new ones. */
const windowedOutputs = (ports: readonly Port[], outs: Maybe<Data>): Maybe<Data> =>
  ports.map((p, k) => (p.windowed ? (outs[k] ?? zeros(p.dtype, p.size)) : undefined));

/** Runs all pieces. `given` are the windowed inputs; the windowed outputs are returned, in `outs` if given. */
export function runStreamed(
  s: Stream,
  code: Exports,
  { work, data, point }: Bases,
  inputs: readonly Port[],
  given: Maybe<Data>,
  outputs: readonly Port[],
  outs: Maybe<Data>,
): Maybe<Data> {
  const filled = windowedOutputs(outputs, outs);
  // Where a result overwrites an argument, later pieces must still see the argument.
  const read = given.map((g) => (g && filled.some((f) => f && mayOverlap(f, g)) ? g.slice() : g));
  for (let k = 0; k < s.pieces; k++) {
    const start = s.lo + k * s.piece - s.before;
    const last = k === s.pieces - 1;
    for (const [i, array] of read.entries()) if (array) copyWindowIn(inputs[i] as Port, work, start, s.width, array);
    if (k === 0) code.head(work, data, point);
    if (last) code.tail(work, data, point);
    else code.piece(work, data + k * s.piece * s.advance[0], point + k * s.piece * s.advance[1]);
    const from = k === 0 ? 0 : s.lo + k * s.piece;
    const to = last ? s.total : s.lo + (k + 1) * s.piece;
    for (const [i, array] of filled.entries())
      if (array) copyWindowOut(outputs[i] as Port, work, start, array, from, to);
  }
  return filled;
}

/** The place in memory of element `i` of `p`, whose window begins at element `start`. */
const indexOf = (p: Port, work: number, start: number, i: number): number =>
  (work + p.offset) / bytesOf(p.dtype) + i - start;

/** Fills the window of `p` from element `start` on: `width` elements, of which there may be fewer at either end. */
function copyWindowIn(p: Port, work: number, start: number, width: number, array: Data): void {
  const from = Math.max(0, start);
  const to = Math.min(p.size, start + width);
  memoryOf(p.dtype).set(array.subarray(from, to), indexOf(p, work, start, from));
}

/** Copies elements `from` to `to` out of the window of `p`. */
function copyWindowOut(p: Port, work: number, start: number, array: Data, from: number, to: number): void {
  const at = indexOf(p, work, start, from);
  array.set(memoryOf(p.dtype).subarray(at, at + to - from), from);
}
