// Sets of column numbers, known by numbers. A small union is a pair of sets that nobody looks into before it is read;
// a large one is stored, once: its elements lie in one typed array with those of all others, sorted.
import { fail } from "../errors.ts";

/** No set: 0. The set {c}: c + 1. */
export type SetNumber = number;

/**
 * Unions of at most so many elements, counted with repetitions, are pairs. Measured on Rosenbrock's function of 10⁶
 * numbers: 750 ms, without pairs 2,700; 8 to 48 are alike on the minimal surface, 300 × 300.
 */
const PAIR_ELEMENTS = 32;
/** More elements of all sets together than this: half a gigabyte. */
export const SET_ELEMENTS = 134217728;
/** A set this many times smaller than another one is looked up in it, not merged with it. */
const LOOKUP_FACTOR = 16;
/** Of FNV-1a: the offset, and the multiplier. */
const HASH_BASIS = 0x811c9dc5;
const HASH_PRIME = 0x01000193;

type Ints = Int32Array<ArrayBuffer>;

export function grown(array: Ints, size: number): Ints {
  const larger = new Int32Array(Math.max(size, 2 * array.length));
  larger.set(array);
  return larger;
}

export class Sets {
  /** Of a pair: its two sets. Of a stored one: where its elements begin; and ~ their number. */
  private left: Ints;
  private right: Ints;
  /** Elements of a pair, with repetitions; hashes of stored sets. */
  private note: Ints;
  private count: number;
  private items: Ints = new Int32Array(1024);
  private end = 0;
  /** Open addressing, by hash: numbers of the stored sets. */
  private table: Ints = new Int32Array(1024);
  private stored = 0;
  /** Which elements, and which sets, the current union has seen. */
  private readonly seen: Ints;
  private met: Ints;
  private round = 0;
  private readonly few: Ints = new Int32Array(2 * PAIR_ELEMENTS);
  private readonly stack: Ints = new Int32Array(2 * PAIR_ELEMENTS);
  private lastA = 0;
  private lastB = 0;
  private lastUnion = 0;

  /** Sets of numbers below `columns`. */
  constructor(readonly columns: number) {
    this.count = columns + 1;
    const capacity = 2 * columns + 16;
    this.left = new Int32Array(capacity);
    this.right = new Int32Array(capacity);
    this.note = new Int32Array(capacity);
    this.met = new Int32Array(capacity);
    this.seen = new Int32Array(columns);
  }

  /** Adds the elements to `out` from `at` on, sorted; says where they end, or -1 where they have no place. */
  read(k: SetNumber, out: Int32Array, at: number): number {
    if (k > this.columns && (this.right[k] as number) < 0) {
      const size = ~(this.right[k] as number);
      if (at + size > out.length) return -1;
      const from = this.left[k] as number;
      for (let i = 0; i < size; i++) out[at + i] = this.items[from + i] as number;
      return at + size;
    }
    const n = k === 0 ? 0 : this.fewOf(k, 0);
    if (at + n > out.length) return -1;
    for (let i = 0; i < n; i++) out[at + i] = this.few[i] as number;
    return at + n;
  }
  /** A number that equal sets have in common. */
  settled(k: SetNumber): SetNumber {
    return k <= this.columns || (this.right[k] as number) < 0 ? k : this.keepFew(this.fewOf(k, 0));
  }

  union(a: SetNumber, b: SetNumber): SetNumber {
    if (a === b || b === 0) return a;
    if (a === 0) return b;
    if (this.lastA === a && this.lastB === b) return this.lastUnion;
    const [p, q] = [this.weight(a), this.weight(b)];
    this.lastA = a;
    this.lastB = b;
    this.lastUnion =
      p + q <= PAIR_ELEMENTS
        ? this.pair(a, b, p + q)
        : p <= PAIR_ELEMENTS && q <= PAIR_ELEMENTS
          ? this.keepFew(this.fewOf(b, this.fewOf(a, 0)))
          : p < q
            ? this.merged(this.settled(b), this.settled(a))
            : this.merged(this.settled(a), this.settled(b));
    return this.lastUnion;
  }

  /** The union of the sets `list[from..to)`. */
  unionOf(list: Int32Array, from: number, to: number): SetNumber {
    if (to - from < 3) return to === from ? 0 : this.union(list[from] as number, list[to - 1] as number);
    const round = ++this.round;
    const begin = this.end;
    let [end, only, isOne, isSorted] = [begin, 0, true, true];
    for (let i = from; i < to; i++) {
      const k = list[i] as number;
      if (k === 0 || this.met[k] === round) continue;
      this.met[k] = round;
      if (only === 0) only = k;
      else isOne = false;
      const size = this.weight(k);
      this.reserve(end + size);
      const { items, seen } = this;
      const isStored = k > this.columns && (this.right[k] as number) < 0;
      const [source, start] = isStored ? [items, this.left[k] as number] : [this.few, 0];
      const stop = isStored ? start + size : this.fewOf(k, 0);
      for (let p = start; p < stop; p++) {
        const x = source[p] as number;
        if (seen[x] === round) continue;
        seen[x] = round;
        if (end > begin && x < (items[end - 1] as number)) isSorted = false;
        items[end++] = x;
      }
    }
    if (isOne) return only;
    if (!isSorted) this.items.subarray(begin, end).sort();
    return this.keep(end - begin);
  }

  /** How many elements, those of a pair with repetitions. */
  private weight(k: SetNumber): number {
    if (k <= this.columns) return k === 0 ? 0 : 1;
    const right = this.right[k] as number;
    return right < 0 ? ~right : (this.note[k] as number);
  }
  private pair(a: SetNumber, b: SetNumber, weight: number): SetNumber {
    // Sums of derivatives often add what is there already.
    if (a > this.columns && (this.right[a] === b || (this.left[a] === b && (this.right[a] as number) >= 0))) return a;
    const k = this.next();
    this.left[k] = a;
    this.right[k] = b;
    this.note[k] = weight;
    return k;
  }
  /** Adds the elements of a small set to the `n` that are in `few`, sorted; says how many there are. */
  private fewOf(set: SetNumber, n: number): number {
    const { few, stack, left, right, columns } = this;
    let [top, size] = [0, n];
    stack[top++] = set;
    while (top > 0) {
      const k = stack[--top] as number;
      const isStored = k > columns && (right[k] as number) < 0;
      if (k > columns && !isStored) {
        stack[top++] = right[k] as number;
        stack[top++] = left[k] as number;
        continue;
      }
      const from = isStored ? (left[k] as number) : 0;
      const count = isStored ? ~(right[k] as number) : 1;
      for (let p = 0; p < count; p++) {
        const x = isStored ? (this.items[from + p] as number) : k - 1;
        let i = size - 1;
        while (i >= 0 && (few[i] as number) > x) i--;
        if (i >= 0 && few[i] === x) continue;
        for (let j = size++; j > i + 1; j--) few[j] = few[j - 1] as number;
        few[i + 1] = x;
      }
    }
    return size;
  }

  /** Of stored sets, or of one element; `b` is not larger than `a`. */
  private merged(a: SetNumber, b: SetNumber): SetNumber {
    const [na, nb] = [this.weight(a), this.weight(b)];
    const second = b <= this.columns ? Int32Array.of(b - 1) : this.items;
    let q = b <= this.columns ? 0 : (this.left[b] as number);
    const stops = q + nb;
    if (nb * LOOKUP_FACTOR < na && this.has(a, second, q, stops)) return a;
    this.reserve(this.end + na + nb);
    const { items, columns } = this;
    let [p, end] = [this.left[a] as number, this.end];
    const ends = p + na;
    while (p < ends || q < stops) {
      const x = p < ends ? (items[p] as number) : columns;
      const y = q < stops ? (second[q] as number) : columns;
      if (x <= y) p++;
      if (y <= x) q++;
      items[end++] = x < y ? x : y;
    }
    return end - this.end === na ? a : this.keep(end - this.end);
  }
  /** Whether all of `list[from..to)` is in the stored set `a`. */
  private has(a: SetNumber, list: Int32Array, from: number, to: number): boolean {
    const { items } = this;
    let lo = this.left[a] as number;
    const ends = lo + this.weight(a);
    for (let q = from; q < to; q++) {
      const x = list[q] as number;
      for (let hi = ends; lo < hi; ) {
        const mid = (lo + hi) >> 1;
        if ((items[mid] as number) < x) lo = mid + 1;
        else hi = mid;
      }
      if (lo === ends || items[lo] !== x) return false;
    }
    return true;
  }

  // ---- stored sets ----

  private keepFew(n: number): SetNumber {
    this.reserve(this.end + n);
    for (let i = 0; i < n; i++) this.items[this.end + i] = this.few[i] as number;
    return this.keep(n);
  }
  /** The number of the set of the `size` elements that follow those of all stored sets. */
  private keep(size: number): SetNumber {
    const { items, end } = this;
    if (size === 1) return (items[end] as number) + 1;
    let hash = HASH_BASIS;
    for (let p = end; p < end + size; p++) hash = Math.imul(hash ^ (items[p] as number), HASH_PRIME);
    hash = Math.imul(hash ^ (hash >>> 15), HASH_PRIME);
    const mask = this.table.length - 1;
    let slot = hash & mask;
    for (let k = this.table[slot] as number; k !== 0; k = this.table[slot] as number) {
      if (this.note[k] === hash && this.isAtEnd(k, size)) return k;
      slot = (slot + 1) & mask;
    }
    const k = this.next();
    this.left[k] = end;
    this.right[k] = ~size;
    this.note[k] = hash;
    this.end += size;
    this.table[slot] = k;
    if (2 * ++this.stored > this.table.length) this.rehash();
    return k;
  }
  private isAtEnd(k: SetNumber, size: number): boolean {
    if (this.right[k] !== ~size) return false;
    const { items, end } = this;
    const from = this.left[k] as number;
    for (let i = 0; i < size; i++) if (items[from + i] !== items[end + i]) return false;
    return true;
  }
  private rehash(): void {
    const old = this.table;
    const mask = 2 * old.length - 1;
    this.table = new Int32Array(2 * old.length);
    for (const k of old) {
      if (k === 0) continue;
      let slot = (this.note[k] as number) & mask;
      while (this.table[slot] !== 0) slot = (slot + 1) & mask;
      this.table[slot] = k;
    }
  }

  // ---- memory ----

  private next(): SetNumber {
    if (this.count === this.left.length) {
      this.left = grown(this.left, 0);
      this.right = grown(this.right, 0);
      this.note = grown(this.note, 0);
      this.met = grown(this.met, 0);
    }
    return this.count++;
  }
  private reserve(end: number): void {
    if (end <= this.items.length) return;
    if (end > SET_ELEMENTS)
      fail(
        "memory",
        `the pattern has more than ${SET_ELEMENTS} elements on the way; give { pattern } where it is known`,
      );
    this.items = grown(this.items, end);
  }
}
