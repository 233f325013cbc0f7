// Orders in which vertices are colored: those of Gebremedhin, Manne, Pothen, What color is your Jacobian?, SIAM Review
// 47 (2005), section 6.
import { Buckets } from "./buckets.ts";

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
