// Orders in which vertices are colored: those of Gebremedhin, Manne, Pothen, What color is your Jacobian?, SIAM Review
// 47 (2005), section 6.

/**
 * `smallest-last`: what is left has the largest least degree at every step. `incidence-degree`: next comes one with
 * most neighbours that came before.
 */
export type Ordering = "natural" | "largest-first" | "smallest-last" | "incidence-degree";
export const ORDERINGS: readonly Ordering[] = ["natural", "largest-first", "smallest-last", "incidence-degree"];

/** What two columns that cannot have one color are: neighbours, counted as often as `each` visits them. */
export interface Neighbourhood {
  readonly size: number;
  each(v: number, visit: (w: number) => void): void;
}

/** Vertices by a number that changes by one, the least or the greatest first. */
class Buckets {
  private readonly first: Int32Array;
  private readonly after: Int32Array;
  private readonly before: Int32Array;

  constructor(
    readonly keys: Int32Array,
    private readonly most: number,
  ) {
    this.first = new Int32Array(most + 1).fill(-1);
    this.after = new Int32Array(keys.length);
    this.before = new Int32Array(keys.length);
    for (let v = keys.length - 1; v >= 0; v--) this.put(v);
  }
  private put(v: number): void {
    const key = this.keys[v] as number;
    const next = this.first[key] as number;
    this.after[v] = next;
    this.before[v] = -1;
    if (next >= 0) this.before[next] = v;
    this.first[key] = v;
  }
  take(v: number): void {
    const [p, q] = [this.before[v] as number, this.after[v] as number];
    if (p >= 0) this.after[p] = q;
    else this.first[this.keys[v] as number] = q;
    if (q >= 0) this.before[q] = p;
    this.before[v] = -2;
  }
  holds(v: number): boolean {
    return this.before[v] !== -2;
  }
  move(v: number, by: 1 | -1): void {
    this.take(v);
    this.keys[v]! += by;
    this.put(v);
  }
  /** The first vertex from the key `from` on, and its key. */
  next(from: number, by: 1 | -1): number {
    let key = Math.max(0, Math.min(this.most, from));
    while (this.first[key] === -1) key += by;
    return this.first[key] as number;
  }
}

function degreesOf({ size, each }: Neighbourhood): Int32Array {
  const degrees = new Int32Array(size);
  for (let v = 0; v < size; v++)
    each(v, () => {
      degrees[v]!++;
    });
  return degrees;
}
const greatest = (list: Int32Array): number => list.reduce((a, b) => Math.max(a, b), 0);

/** By degrees, the greatest first; equal ones in their order. */
function largestFirst(of: Neighbourhood): Int32Array {
  const degrees = degreesOf(of);
  const most = greatest(degrees);
  const ends = new Int32Array(most + 2);
  for (const d of degrees) ends[most - d + 1]!++;
  for (let i = 0; i <= most; i++) ends[i + 1]! += ends[i] as number;
  const order = new Int32Array(of.size);
  for (let v = 0; v < of.size; v++) order[ends[most - (degrees[v] as number)]!++] = v;
  return order;
}

function smallestLast(of: Neighbourhood): Int32Array {
  const degrees = degreesOf(of);
  const left = new Buckets(degrees, greatest(degrees));
  const order = new Int32Array(of.size);
  let least = 0;
  for (let i = of.size - 1; i >= 0; i--) {
    const v = left.next(least, 1);
    least = (left.keys[v] as number) - 1;
    left.take(v);
    order[i] = v;
    of.each(v, (w) => {
      if (!left.holds(w)) return;
      left.move(w, -1);
      least = Math.min(least, left.keys[w] as number);
    });
  }
  return order;
}

function incidenceDegree(of: Neighbourhood): Int32Array {
  const most = greatest(degreesOf(of));
  const left = new Buckets(new Int32Array(of.size), most);
  const order = new Int32Array(of.size);
  let top = 0;
  for (let i = 0; i < of.size; i++) {
    const v = left.next(top, -1);
    top = left.keys[v] as number;
    left.take(v);
    order[i] = v;
    of.each(v, (w) => {
      if (!left.holds(w)) return;
      left.move(w, 1);
      top = Math.max(top, left.keys[w] as number);
    });
  }
  return order;
}

/** The vertices in the order of that name. */
export function ordered(name: Ordering, of: Neighbourhood): Int32Array {
  switch (name) {
    case "natural":
      return Int32Array.from({ length: of.size }, (_, v) => v);
    case "largest-first":
      return largestFirst(of);
    case "smallest-last":
      return smallestLast(of);
    case "incidence-degree":
      return incidenceDegree(of);
  }
}
