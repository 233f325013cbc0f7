// Where every array of a program lies: byte offsets in three regions of memory (working arrays, captured arrays,
// residuals of a linearization), arrays of disjoint lifetimes sharing the same bytes.
import { bytesOf } from "../../ir/aval.ts";
import type { Node } from "../../ir/graph.ts";

/** A region is passed to the program as a base address, in this order. */
export const WORK = 0;
export const DATA = 1;
export const POINT = 2;
/** The first of those of resident vectors. */
export const VECTORS = 3;
/** Functions inside of loops take further base addresses, of the slices of an iteration. */
export type Region = number;
/** How many regions a program has, those included that arrays are placed in at `refs`. */
export const regionsOf = (refs: Iterable<Ref>): number =>
  Math.max(POINT, ...Array.from(refs, ({ region }) => region)) + 1;

export interface Ref {
  readonly region: Region;
  readonly offset: number;
}

export const align = (n: number): number => Math.ceil(n / 16) * 16;
/** Of a stack that grows, the bytes of its cell: an address, and for how many rows there is room. */
export const byteSize = (n: Node): number =>
  Number.isFinite(n.size) ? align(Math.max(1, n.size) * bytesOf(n.dtype)) : 16;

/**
 * Placement of arrays by lifetime, measured in steps: into the smallest hole that is large enough. Its time depends
 * on how many sizes there are among the holes, not on how many arrays live at once.
 */
export class Arena {
  /** Size of the hole that starts, and of the one that ends, at an address; holes never touch. */
  private readonly starts = new Map<number, number>();
  private readonly ends = new Map<number, number>();
  /** Where holes of a size are or were: an entry counts if `starts` agrees. And the sizes, in ascending order. */
  private readonly holes = new Map<number, number[]>();
  private readonly sizes: number[] = [];
  /** What is free after a step: addresses and bytes in turn. */
  private readonly expiring = new Map<number, number[]>();
  private step = 0;
  size = 0;

  /**
   * Bytes for an array that is written at step `from`, no earlier than the one before, and last read at step `until`.
   */
  place(bytes: number, from: number, until: number): number {
    for (; this.step < from; this.step++) {
      const freed = this.expiring.get(this.step) ?? [];
      for (let i = 0; i < freed.length; i += 2) this.release(freed[i] as number, freed[i + 1] as number);
      this.expiring.delete(this.step);
    }
    const at = this.find(bytes);
    const list = this.expiring.get(until);
    if (list) list.push(at, bytes);
    else this.expiring.set(until, [at, bytes]);
    return at;
  }

  private find(bytes: number): number {
    const i = this.rank(bytes);
    for (let size = this.sizes[i]; size !== undefined; size = this.sizes[i]) {
      const list = this.holes.get(size) as number[];
      for (let at = list.pop(); at !== undefined; at = list.pop()) {
        if (this.starts.get(at) !== size) continue;
        this.take(at, size);
        if (size > bytes) this.release(at + bytes, size - bytes);
        return at;
      }
      this.holes.delete(size);
      this.sizes.splice(i, 1);
    }
    // A hole at the end grows.
    const last = this.ends.get(this.size) ?? 0;
    const at = this.size - last;
    if (last > 0) this.take(at, last);
    this.size = at + bytes;
    return at;
  }

  /** How many sizes are less than `bytes`. */
  private rank(bytes: number): number {
    let [lo, hi] = [0, this.sizes.length];
    while (lo < hi) {
      const middle = (lo + hi) >> 1;
      if ((this.sizes[middle] as number) < bytes) lo = middle + 1;
      else hi = middle;
    }
    return lo;
  }
  private release(start: number, bytes: number): void {
    const before = this.ends.get(start) ?? 0;
    const after = this.starts.get(start + bytes) ?? 0;
    const at = start - before;
    const size = before + bytes + after;
    if (before > 0) this.take(at, before);
    if (after > 0) this.take(start + bytes, after);
    this.starts.set(at, size);
    this.ends.set(at + size, size);
    const list = this.holes.get(size);
    if (list) list.push(at);
    else {
      this.holes.set(size, [at]);
      this.sizes.splice(this.rank(size), 0, size);
    }
  }
  private take(at: number, size: number): void {
    this.starts.delete(at);
    this.ends.delete(at + size);
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
