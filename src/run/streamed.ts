// Running a streamed program: windows of the caller's arrays are copied in, a piece is computed, its results copied
// out.

import type { Stream } from "../emit/stream.ts";
import { bytesOf, type Data, zeros } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { checkLength, type Port } from "./ports.ts";
import { type Exports, memoryOf } from "./runtime.ts";

/** Whether two arrays may share memory, which several objects may stand for if it is shared between threads. */
const mayOverlap = (f: Data, g: Data): boolean =>
  f.buffer === g.buffer || !(f.buffer instanceof ArrayBuffer || g.buffer instanceof ArrayBuffer);

export class Streamed {
  /** Arrays given for this call, by parameter; arrays to be filled, by output. */
  private readonly given: (Data | undefined)[];
  private readonly filled: (Data | undefined)[];

  constructor(
    private readonly s: Stream,
    parameters: readonly Node[],
    outputs: readonly Node[],
    private readonly inputs: readonly Port[],
    private readonly results: readonly Port[],
  ) {
    this.windowedInput = parameters.map((n) => s.windowed.has(n));
    this.windowedOutput = outputs.map((n) => s.windowed.has(n));
    this.given = parameters.map(() => undefined);
    this.filled = outputs.map(() => undefined);
  }
  private readonly windowedInput: readonly boolean[];
  private readonly windowedOutput: readonly boolean[];

  /** Takes parameter `i` if it is seen through a window. */
  accept(i: number, data: ArrayLike<number>): boolean {
    if (!this.windowedInput[i]) return false;
    checkLength(data, (this.inputs[i] as Port).size);
    this.given[i] = ArrayBuffer.isView(data) ? (data as Data) : Float64Array.from(data);
    return true;
  }
  /** Forgets a call that failed. */
  clear(): void {
    this.given.fill(undefined);
    this.filled.fill(undefined);
  }
  target(k: number, out: Data): void {
    if (this.windowedOutput[k]) this.filled[k] = out;
  }
  /** Output `k` of the last run, once. */
  result(k: number): Data | undefined {
    const filled = this.filled[k];
    this.filled[k] = undefined;
    return filled;
  }

  run(code: Exports, work: number, data: number, point: number): void {
    const { s } = this;
    const { given, filled } = this;
    this.windowedOutput.forEach((w, k) => {
      const port = this.results[k] as Port;
      if (w) filled[k] ??= zeros(port.dtype, port.size);
    });
    // Where a result overwrites an argument, later pieces must still see the argument.
    given.forEach((g, i) => {
      if (g && filled.some((f) => f && mayOverlap(f, g))) given[i] = g.slice();
    });
    for (let k = 0; k < s.pieces; k++) {
      const start = s.lo + k * s.piece - s.before;
      for (let i = 0; i < given.length; i++) {
        const g = given[i];
        if (!g) continue;
        const port = this.inputs[i] as Port;
        const from = Math.max(0, start);
        const to = Math.min(port.size, start + s.width);
        memoryOf(port.dtype).set(g.subarray(from, to), (work + port.offset) / bytesOf(port.dtype) + from - start);
      }
      if (k === 0) code.head(work, data, point);
      const last = k === s.pieces - 1;
      if (last) code.tail(work, data, point);
      else code.piece(work, data + k * s.piece * s.advance[0], point + k * s.piece * s.advance[1]);
      const from = k === 0 ? 0 : s.lo + k * s.piece;
      const to = last ? s.total : s.lo + (k + 1) * s.piece;
      for (let j = 0; j < filled.length; j++) {
        const f = filled[j];
        if (!f) continue;
        const port = this.results[j] as Port;
        const at = (work + port.offset) / bytesOf(port.dtype) + from - start;
        f.set(memoryOf(port.dtype).subarray(at, at + to - from), from);
      }
    }
    given.fill(undefined);
  }
}
