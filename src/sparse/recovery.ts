// From compressed products to entries. Row r of the product with the sum of the columns of color c is the sum of the
// entries of row r in these columns: a slot. A slot of one entry is that entry. What a symmetric entry is known from
// one of its two slots is taken out of the other one: two colors make trees, so that leaves come off until nothing is
// left. Stars are all leaves; then no entry waits for another one.
import type { Lists } from "./compressed.ts";

type Numbers = Float64Array | Float32Array;

/**
 * Elements of products that are in memory together, and are read in the order of the entries: read one by one, each
 * would go through all entries. Rosenbrock's function of 10⁶ numbers, 3 colors: 0.75 of the time of two chunks.
 */
const CHUNK_ELEMENTS = 8388608;

export interface Recovery {
  /** So many products, one after the other, are a chunk. */
  readonly chunk: number;
  /** Of chunk q from `starts[q]` on: which of its elements, and where they go in the buffer; absent: in this order. */
  readonly starts: Int32Array;
  readonly elements: Int32Array;
  readonly places?: Int32Array;
  /** How many numbers the buffer has: where there are no steps, they are the values. */
  readonly size: number;
  readonly steps?: Steps;
}
/** In this order: value[k] is number `from[k]` of the buffer, and is taken from number `into[k]`, unless that is -1. */
interface Steps {
  readonly from: Int32Array;
  readonly value: Int32Array;
  readonly into: Int32Array;
}

/** The reads of slots with these colors and rows of `height`; slot k goes to place `placeOf[k]`, unless that is -1. */
function readsOf(colors: Int32Array, rows: Int32Array, count: number, placeOf: Int32Array, height: number) {
  const chunk = Math.max(1, Math.min(count, Math.floor(CHUNK_ELEMENTS / Math.max(1, height))));
  const chunkOf = (k: number): number => Math.floor((colors[k] as number) / chunk);
  const chunks = Math.ceil(count / chunk);
  const starts = new Int32Array(chunks + 1);
  for (let k = 0; k < colors.length; k++) if ((placeOf[k] as number) >= 0) starts[chunkOf(k) + 1]!++;
  for (let q = 0; q < chunks; q++) starts[q + 1]! += starts[q] as number;
  const next = starts.slice(0, chunks);
  const elements = new Int32Array(starts[chunks] as number);
  const places = new Int32Array(elements.length);
  for (let k = 0; k < colors.length; k++) {
    if ((placeOf[k] as number) < 0) continue;
    const at = next[chunkOf(k)]!++;
    elements[at] = ((colors[k] as number) % chunk) * height + (rows[k] as number);
    places[at] = placeOf[k] as number;
  }
  if (chunks > 1) return { chunk, starts, elements, places };
  const inOrder = new Int32Array(elements.length);
  for (let at = 0; at < places.length; at++) inOrder[places[at] as number] = elements[at] as number;
  return { chunk, starts, elements: inOrder };
}

/** Every entry of `columns` is the only one of its color in its row. */
export function directRecovery(columns: Lists, colors: Int32Array, count: number, height: number): Recovery {
  const own = new Int32Array(columns.items.length);
  for (let j = 0; j < columns.starts.length - 1; j++)
    own.fill(colors[j] as number, columns.starts[j], columns.starts[j + 1]);
  const places = Int32Array.from(own, (_, e) => e);
  return { ...readsOf(own, columns.items, count, places, height), size: own.length };
}

interface Slots {
  readonly row: Int32Array;
  readonly color: Int32Array;
  /** Entries that are not known yet, and all their numbers in one, exclusive or. */
  readonly left: Int32Array;
  readonly which: Int32Array;
  /** Of each value: the slot of the entry above the diagonal, and that below. */
  readonly upper: Int32Array;
  readonly lower: Int32Array;
}
function slotsOf({ starts, items }: Lists, colors: Int32Array, count: number): Slots {
  const n = starts.length - 1;
  const [row, color, left, which] = Array.from({ length: 4 }, () => new Int32Array(items.length)) as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  const values = valueCount({ starts, items });
  const upper = new Int32Array(values);
  const lower = new Int32Array(values);
  const slot = new Int32Array(count).fill(-1);
  const numbers = valueNumbers({ starts, items });
  let end = 0;
  for (let v = 0; v < n; v++) {
    const first = end;
    for (let k = starts[v] as number; k < (starts[v + 1] as number); k++) {
      const w = items[k] as number;
      const c = colors[w] as number;
      let s = slot[c] as number;
      if (s < first) {
        s = slot[c] = end++;
        row[s] = v;
        color[s] = c;
      }
      const e = numbers[k] as number;
      left[s]!++;
      which[s]! ^= e;
      if (w >= v) upper[e] = s;
      if (w <= v) lower[e] = s;
    }
  }
  return { row: row.slice(0, end), color: color.slice(0, end), left, which, upper, lower };
}
/**
 * The numbers of entries in the order of the lower triangle, column by column; of an entry above, that of its mirror.
 */
export function valueNumbers({ starts, items }: Lists): Int32Array {
  const numbers = new Int32Array(items.length);
  const next = starts.slice(0, -1);
  let count = 0;
  for (let v = 0; v < starts.length - 1; v++)
    for (let k = starts[v] as number; k < (starts[v + 1] as number); k++) {
      const w = items[k] as number;
      if (w < v) continue;
      numbers[k] = count;
      if (w > v) numbers[next[w]!++] = count;
      count++;
    }
  return numbers;
}

/**
 * The lower triangle of the symmetric `lists`, whose colors are a star or an acyclic coloring. Undefined where they
 * are not.
 */
export function symmetricRecovery(lists: Lists, colors: Int32Array, count: number): Recovery | undefined {
  const { row, color, left, which, upper, lower } = slotsOf(lists, colors, count);
  const values = valueCount(lists);
  const order = new Int32Array(values);
  const source = new Int32Array(row.length).fill(-1);
  const [from, into] = [new Int32Array(values), new Int32Array(values)];
  let known = 0;
  /** Reads the one entry that slot `s` has left; says what else it is in, or -1. */
  const take = (s: number): number => {
    const e = which[s] as number;
    const isDiagonal = upper[e] === lower[e];
    const other = isDiagonal ? -1 : (upper[e] as number) ^ (lower[e] as number) ^ s;
    source[s] = e;
    order[known] = e;
    from[known] = s;
    into[known++] = other;
    left[s] = 0;
    if (isDiagonal) return -1;
    which[other]! ^= e;
    left[other]!--;
    return other;
  };
  // What is a leaf from the beginning is read as it is; so are all where colors make stars.
  const leaves = left.map((n) => Number(n === 1));
  for (let s = 0; s < row.length; s++) if (leaves[s] && left[s] === 1) take(s);
  const isDirect = known === values;
  // A leaf that comes off makes one of a neighbour at most: from there on at once, where memory has just been read.
  for (let first = 0; first < row.length; first++) for (let s = first; left[s] === 1; ) s = take(s);
  if (known < values) return undefined;
  if (isDirect) return { ...readsOf(color, row, count, source, colors.length), size: values };
  let size = 0;
  const place = source.map((e) => (e < 0 ? -1 : size++));
  const placed = (slots: Int32Array): Int32Array => slots.map((s) => (s < 0 ? -1 : (place[s] as number)));
  return {
    ...readsOf(color, row, count, place, colors.length),
    size,
    steps: { from: placed(from), value: order, into: placed(into) },
  };
}

/** Entries of the lower triangle of symmetric `lists`. */
export function valueCount({ starts, items }: Lists): number {
  let count = 0;
  for (let v = 0; v < starts.length - 1; v++)
    for (let k = starts[v] as number; k < (starts[v + 1] as number); k++) if ((items[k] as number) >= v) count++;
  return count;
}

/** The values, from the buffer of all colors, which is overwritten. */
export function substitute({ from, value, into }: Steps, buffer: Float64Array, values: Numbers): void {
  for (let k = 0; k < from.length; k++) {
    const x = buffer[from[k] as number] as number;
    values[value[k] as number] = x;
    const to = into[k] as number;
    if (to >= 0) buffer[to]! -= x;
  }
}
