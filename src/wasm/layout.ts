// Where every array of a program lies: byte offsets in three regions of memory (working arrays, captured arrays, residuals
// of a linearization), arrays of disjoint lifetimes sharing the same bytes.
import { bytesOf } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";

/** A region is passed to the program as a base address, in this order. */
export const WORK = 0;
export const DATA = 1;
export const POINT = 2;
export type Region = typeof WORK | typeof DATA | typeof POINT;

export interface Ref {
  readonly region: Region;
  readonly offset: number;
}

const align = (n: number): number => Math.ceil(n / 16) * 16;
export const byteSize = (n: Node): number => align(Math.max(1, n.size) * bytesOf(n.dtype));

/** First-fit placement of arrays by lifetime, measured in steps. */
export class Arena {
  private readonly live: { start: number; end: number; until: number }[] = [];
  size = 0;

  /** Bytes for an array that is written at step `from` and last read at step `until`. */
  place(bytes: number, from: number, until: number): number {
    for (let i = this.live.length - 1; i >= 0; i--) if ((this.live[i] as { until: number }).until < from) this.live.splice(i, 1);
    let at = 0;
    let index = 0;
    for (; index < this.live.length; index++) {
      const block = this.live[index] as { start: number; end: number };
      if (block.start - at >= bytes) break;
      at = block.end;
    }
    this.live.splice(index, 0, { start: at, end: at + bytes, until });
    this.size = Math.max(this.size, at + bytes);
    return at;
  }
}

/** Placement one after the other, for arrays that live as long as the region. */
export class Bump {
  constructor(public size = 0) {}
  place(bytes: number): number {
    const at = this.size;
    this.size += align(bytes);
    return at;
  }
}
