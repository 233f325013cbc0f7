// An order of elimination with little fill: the vertex whose row is shortest goes next, by the approximate degrees of
// Amestoy, Davis and Duff, An approximate minimum degree ordering algorithm, SIAM Journal on Matrix Analysis and
// Applications 17 (1996). An eliminated vertex leaves an element, the clique of its neighbours, as a list; vertices
// that nothing tells apart are one from then on.
import { Buckets } from "./buckets.ts";
import type { Lists } from "./compressed.ts";

/** The vertices of a symmetric pattern in the order of their elimination. */
export function minimumDegree(pattern: Lists): Int32Array {
  const of = new Quotient(pattern);
  const n = pattern.starts.length - 1;
  const order = new Int32Array(n);
  const left = new Buckets(
    Int32Array.from(of.beside, (list) => list.length),
    Math.max(0, n - 1),
  );
  let least = 0;
  for (let k = 0; k < n; ) {
    const pivot = left.next(least, 1);
    left.take(pivot);
    least = left.keys[pivot] as number;
    for (const v of of.alike(pivot)) order[k++] = v;
    const clique = of.eliminate(pivot);
    for (const [v, degree] of of.degrees(pivot, clique)) {
      left.move(v, Math.min(n - k - of.weight[v]!, degree) - (left.keys[v] as number));
      least = Math.min(least, left.keys[v] as number);
    }
    for (const [v, same] of of.merge(clique)) {
      left.take(same);
      left.move(v, -Math.min(of.weight[same]!, left.keys[v] as number));
      least = Math.min(least, left.keys[v] as number);
      of.unite(v, same);
    }
  }
  return order;
}

/** What has not been eliminated of a graph. */
class Quotient {
  /** Neighbours of each vertex that no element tells of. */
  readonly beside: number[][];
  /** How many vertices each stands for: none once it is united with another. */
  readonly weight: Int32Array;
  /** Elements that each vertex is in, by the vertices that left them. */
  private readonly elements: number[][];
  /** The vertices of each element, and how many these stand for. */
  private readonly members: number[][];
  private readonly sizes: Int32Array;
  /** Vertices that became one with each. */
  private readonly united: number[][];
  private readonly mark: Int32Array;
  /** How many vertices of an element that touches the present clique are outside of it; -1 of others. */
  private readonly outside: Int32Array;

  constructor({ starts, items }: Lists) {
    const n = starts.length - 1;
    const empty = (): number[][] => Array.from({ length: n }, () => []);
    this.beside = Array.from({ length: n }, (_, v) =>
      Array.from(items.subarray(starts[v], starts[v + 1])).filter((w) => w !== v),
    );
    [this.elements, this.members, this.united] = [empty(), empty(), empty()];
    this.weight = new Int32Array(n).fill(1);
    this.sizes = new Int32Array(n);
    [this.mark, this.outside] = [new Int32Array(n).fill(-1), new Int32Array(n).fill(-1)];
  }
  /** All vertices that are one with `v`. */
  alike(v: number): number[] {
    const all = [v];
    for (const w of all) all.push(...(this.united[w] as number[]));
    return all;
  }
  unite(v: number, same: number): void {
    this.weight[v]! += this.weight[same] as number;
    this.weight[same] = 0;
    this.united[v]?.push(same);
    [this.beside[same], this.elements[same]] = [[], []];
  }
  private isLeft(v: number): boolean {
    return this.weight[v] !== 0;
  }

  /** Takes `pivot` out: its neighbours become the element `pivot`, which takes over those that it was in. */
  eliminate(pivot: number): number[] {
    const { beside, elements, members, mark } = this;
    const clique: number[] = [];
    const add = (v: number): void => {
      if (v === pivot || mark[v] === pivot || !this.isLeft(v)) return;
      mark[v] = pivot;
      clique.push(v);
    };
    (beside[pivot] as number[]).forEach(add);
    const absorbed = elements[pivot] as number[];
    for (const e of absorbed) (members[e] as number[]).forEach(add);
    const isAbsorbed = new Set(absorbed);
    for (const v of clique) {
      elements[v] = (elements[v] as number[]).filter((e) => !isAbsorbed.has(e));
      // What the new element tells of needs no telling by itself.
      beside[v] = (beside[v] as number[]).filter((w) => w !== pivot && mark[w] !== pivot && this.isLeft(w));
    }
    for (const e of absorbed) members[e] = [];
    [beside[pivot], elements[pivot], members[pivot]] = [[], [], clique];
    this.weight[pivot] = 0;
    this.sizes[pivot] = this.total(clique);
    return clique;
  }
  private total(list: readonly number[]): number {
    return list.reduce((sum, v) => sum + (this.weight[v] as number), 0);
  }

  /** No less than how many neighbours each vertex of `clique` has, and seldom more. */
  *degrees(pivot: number, clique: readonly number[]): Generator<[v: number, degree: number]> {
    const { elements, outside, sizes, weight } = this;
    for (const v of clique)
      for (const e of elements[v] as number[]) {
        if (outside[e] === -1) outside[e] = sizes[e] as number;
        outside[e]! -= weight[v] as number;
      }
    for (const v of clique) {
      // An element inside of the new one tells nothing more.
      const own = (elements[v] as number[]).filter((e) => outside[e] !== 0);
      elements[v] = [...own, pivot];
      const near = this.total(this.beside[v] as number[]) + (sizes[pivot] as number) - (weight[v] as number);
      yield [v, own.reduce((d, e) => d + (outside[e] as number), near)];
    }
    for (const v of clique) for (const e of elements[v] as number[]) outside[e] = -1;
  }

  /** Pairs of vertices of `clique` that have the same elements and neighbours. */
  *merge(clique: readonly number[]): Generator<[v: number, same: number]> {
    const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
    const byKey = new Map<number, number[]>();
    for (const v of clique) {
      const [beside, elements] = [this.beside[v] as number[], this.elements[v] as number[]];
      const key = sum(beside) + sum(elements) + 7 * beside.length;
      const first = (byKey.get(key) ?? []).find((w) => this.areAlike(v, w));
      if (first !== undefined) yield [first, v];
      else byKey.set(key, [...(byKey.get(key) ?? []), v]);
    }
  }
  private areAlike(v: number, w: number): boolean {
    return [this.beside, this.elements].every((lists) => {
      const [a, b] = [lists[v] as number[], new Set(lists[w])];
      return a.length === b.size && a.every((x) => b.has(x));
    });
  }
}
