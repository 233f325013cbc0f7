// Colorings: columns of one color are computed by one product. Greedy, in a given order, and every color is the least
// that does not break the definition.
// Star and acyclic: Gebremedhin, Tarafdar, Manne, Pothen, New acyclic and star coloring algorithms with application to
// computing Hessians, SIAM J. Sci. Comput. 29 (2007), algorithms 4.1 and 3.1. Columns of a Jacobian: Gebremedhin,
// Manne, Pothen, What color is your Jacobian?, SIAM Review 47 (2005), algorithm 3.1.
import type { Lists } from "./compressed.ts";
import type { Graph } from "./graph.ts";

const NONE = -1;

/** The least color that nothing has forbidden to `v`. */
function least(forbidden: Int32Array, v: number): number {
  let c = 0;
  while (forbidden[c] === v) c++;
  return c;
}

/** Columns of one color have no row in common: an entry is the only one of its color in its row. */
export function colorColumns(columns: Lists, rows: Lists, order: Int32Array): Int32Array {
  const n = columns.starts.length - 1;
  const colors = new Int32Array(n).fill(NONE);
  const forbidden = new Int32Array(n + 1).fill(NONE);
  for (const v of order) {
    for (let k = columns.starts[v] as number; k < (columns.starts[v + 1] as number); k++) {
      const row = columns.items[k] as number;
      for (let p = rows.starts[row] as number; p < (rows.starts[row + 1] as number); p++) {
        const c = colors[rows.items[p] as number] as number;
        if (c !== NONE) forbidden[c] = v;
      }
    }
    colors[v] = least(forbidden, v);
  }
  return colors;
}

/** Neighbours have different colors, and every path of four vertices has three: two colors make stars. */
export function colorStars({ size, starts, neighbours, edges }: Graph, order: Int32Array): Int32Array {
  const colors = new Int32Array(size).fill(NONE);
  const forbidden = new Int32Array(size + 1).fill(NONE);
  /** Of each color, the vertex that met it last, and the neighbour and the edge by which. */
  const met = new Int32Array(size + 1).fill(NONE);
  const by = new Int32Array(size + 1);
  const byEdge = new Int32Array(size + 1);
  const treated = new Int32Array(size).fill(NONE);
  /** The star of an edge, known by one of its edges, and the vertex in its middle: none while it is one edge. */
  const star = new Int32Array(edges.length / 2);
  const hub = new Int32Array(edges.length / 2).fill(NONE);

  const treat = (v: number, w: number): void => {
    treated[w] = v;
    for (let p = starts[w] as number; p < (starts[w + 1] as number); p++) {
      const c = colors[neighbours[p] as number] as number;
      if (c !== NONE) forbidden[c] = v;
    }
  };
  const visit = (v: number, w: number, edge: number): void => {
    const c = colors[w] as number;
    forbidden[c] = v;
    if (met[c] === v) {
      // v is between two of one color: none of their neighbours may have the color of v.
      if (treated[by[c] as number] !== v) treat(v, by[c] as number);
      treat(v, w);
      return;
    }
    met[c] = v;
    by[c] = w;
    byEdge[c] = edge;
    for (let p = starts[w] as number; p < (starts[w + 1] as number); p++) {
      const x = neighbours[p] as number;
      if (x !== v && colors[x] !== NONE && hub[star[edges[p] as number] as number] === x)
        forbidden[colors[x] as number] = v;
    }
  };
  const join = (v: number, w: number, edge: number): void => {
    for (let p = starts[w] as number; p < (starts[w + 1] as number); p++) {
      const x = neighbours[p] as number;
      if (x === v || colors[x] !== colors[v]) continue;
      star[edge] = star[edges[p] as number] as number;
      hub[star[edge] as number] = w;
      return;
    }
    const c = colors[w] as number;
    if (by[c] === w) star[edge] = edge;
    else {
      star[edge] = star[byEdge[c] as number] as number;
      hub[star[edge] as number] = v;
    }
  };
  for (const v of order) {
    for (const step of [visit, join]) {
      for (let k = starts[v] as number; k < (starts[v + 1] as number); k++) {
        const w = neighbours[k] as number;
        if (colors[w] !== NONE) step(v, w, edges[k] as number);
      }
      if (step === visit) colors[v] = least(forbidden, v);
    }
  }
  return colors;
}

/** Neighbours have different colors, and every cycle has three: two colors make trees. */
export function colorAcyclic({ size, starts, neighbours, edges }: Graph, order: Int32Array): Int32Array {
  const colors = new Int32Array(size).fill(NONE);
  const forbidden = new Int32Array(size + 1).fill(NONE);
  const met = new Int32Array(size + 1).fill(NONE);
  const byEdge = new Int32Array(size + 1);
  /** Trees of edges, by one of these, and which vertex visited a tree last, by which neighbour. */
  const parent = Int32Array.from({ length: edges.length / 2 }, (_, e) => e);
  const visitor = new Int32Array(edges.length / 2).fill(NONE);
  const byNeighbour = new Int32Array(edges.length / 2);
  const rootOf = (edge: number): number => {
    let e = edge;
    while (parent[e] !== e) e = parent[e] = parent[parent[e] as number] as number;
    return e;
  };

  const forbid = (v: number, w: number): void => {
    for (let p = starts[w] as number; p < (starts[w + 1] as number); p++) {
      const c = colors[neighbours[p] as number] as number;
      if (c === NONE || forbidden[c] === v) continue;
      // A tree that is reached by two neighbours of v: with the color at its ends v would close a cycle.
      const root = rootOf(edges[p] as number);
      if (visitor[root] !== v) {
        visitor[root] = v;
        byNeighbour[root] = w;
      } else if (byNeighbour[root] !== w) forbidden[c] = v;
    }
  };
  const grow = (v: number, w: number, edge: number): void => {
    const c = colors[w] as number;
    if (met[c] === v) parent[rootOf(edge)] = rootOf(byEdge[c] as number);
    met[c] = v;
    byEdge[c] = edge;
    for (let p = starts[w] as number; p < (starts[w + 1] as number); p++) {
      const x = neighbours[p] as number;
      if (x !== v && colors[x] === colors[v]) parent[rootOf(edge)] = rootOf(edges[p] as number);
    }
  };
  const each = (v: number, visit: (v: number, w: number, edge: number) => void): void => {
    for (let k = starts[v] as number; k < (starts[v + 1] as number); k++) {
      const w = neighbours[k] as number;
      if (colors[w] !== NONE) visit(v, w, edges[k] as number);
    }
  };
  for (const v of order) {
    each(v, (_, w) => {
      forbidden[colors[w] as number] = v;
    });
    each(v, forbid);
    colors[v] = least(forbidden, v);
    each(v, grow);
  }
  return colors;
}
