// Vertices in lists by their degree, so that the next one is found at once.

/** Vertices by an integer that changes, the least or the greatest first. */
export class Buckets {
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
  move(v: number, by: number): void {
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
