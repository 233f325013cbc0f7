// The graph of a symmetric pattern: a vertex a column, an edge a pair of entries off the diagonal.
import type { Lists } from "./compressed.ts";

export interface Graph {
  readonly size: number;
  /** Neighbours of v are `neighbours[starts[v]..starts[v + 1])`. */
  readonly starts: Int32Array;
  readonly neighbours: Int32Array;
  /** The number of the edge to each neighbour, the same from both ends. */
  readonly edges: Int32Array;
}

/** The graph of symmetric `lists` without the vertices that `isOut`. */
export function graphOf({ starts, items }: Lists, isOut: (v: number) => boolean = () => false): Graph {
  const size = starts.length - 1;
  const begins = new Int32Array(size + 1);
  const neighbours = new Int32Array(items.length);
  let end = 0;
  for (let v = 0; v < size; v++) {
    if (!isOut(v))
      for (let k = starts[v] as number; k < (starts[v + 1] as number); k++) {
        const w = items[k] as number;
        if (w !== v && !isOut(w)) neighbours[end++] = w;
      }
    begins[v + 1] = end;
  }
  const edges = new Int32Array(end);
  // The lower neighbours of w come first in its list, and edges to them are met in that order.
  const next = begins.slice(0, size);
  let count = 0;
  for (let v = 0; v < size; v++)
    for (let k = begins[v] as number; k < (begins[v + 1] as number); k++) {
      const w = neighbours[k] as number;
      if (w < v) continue;
      edges[k] = count;
      edges[next[w]!++] = count++;
    }
  return { size, starts: begins, neighbours: neighbours.slice(0, end), edges };
}
