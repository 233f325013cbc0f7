// Which columns of a derivative are computed together, and how its entries are found in the products.
import { colorAcyclic, colorColumns, colorStars } from "./color.ts";
import { type Lists, transposed } from "./compressed.ts";
import { type Graph, graphOf } from "./graph.ts";
import { type Neighbourhood, type Ordering, ordered } from "./orderings.ts";
import { directRecovery, type Recovery, symmetricRecovery } from "./recovery.ts";

/** How the columns of a Hessian are colored. */
export type Coloring = "star" | "acyclic";

export interface Compression {
  /** The color of each column; -1 where that is empty. */
  readonly colors: Int32Array;
  readonly count: number;
  readonly recovery: Recovery;
}

/**
 * Columns of more than this many times √n entries are colored by themselves: what a search for orderings calls dense
 * (Davis, Gilbert, Larimore, Ng, Algorithm 836: COLAMD, 2004).
 */
const DENSE_COLUMN = 10;
const degree = ({ starts }: Lists, v: number): number => (starts[v + 1] as number) - (starts[v] as number);

const neighbourhood = ({ size, starts, neighbours }: Graph): Neighbourhood => ({
  size,
  each(v, visit) {
    for (let k = starts[v] as number; k < (starts[v + 1] as number); k++) visit(neighbours[k] as number);
  },
});
const sharedRows = (columns: Lists, rows: Lists): Neighbourhood => ({
  size: columns.starts.length - 1,
  each(v, visit) {
    for (let k = columns.starts[v] as number; k < (columns.starts[v + 1] as number); k++) {
      const r = columns.items[k] as number;
      for (let p = rows.starts[r] as number; p < (rows.starts[r + 1] as number); p++)
        if (rows.items[p] !== v) visit(rows.items[p] as number);
    }
  },
});

/** The symmetric pattern `lists`. */
export function compressSymmetric(lists: Lists, coloring: Coloring, ordering: Ordering): Compression {
  const n = lists.starts.length - 1;
  const isDense = (v: number): boolean => degree(lists, v) > DENSE_COLUMN * Math.sqrt(n);
  const graph = graphOf(lists, isDense);
  const order = ordered(ordering, neighbourhood(graph));
  const colors = coloring === "star" ? fewestStars(graph, order) : colorAcyclic(graph, order);
  const count = numbered(colors, lists, isDense);
  return { colors, count, recovery: symmetricRecovery(lists, colors, count) as Recovery };
}
/** A coloring of columns makes stars too: on a grid of 9 points the greedy one has 9 colors, that of stars 12. */
function fewestStars(graph: Graph, order: Int32Array): Int32Array {
  const stars = colorStars(graph, order);
  const lists = closedNeighbourhoods(graph);
  const apart = colorColumns(lists, lists, order);
  return greatest(apart) < greatest(stars) ? apart : stars;
}
const greatest = (list: Int32Array): number => list.reduce((a, b) => Math.max(a, b), 0);
/** Every vertex with its neighbours. */
function closedNeighbourhoods({ size, starts, neighbours }: Graph): Lists {
  const items = new Int32Array(neighbours.length + size);
  for (let v = 0; v < size; v++) {
    items[(starts[v] as number) + v] = v;
    items.set(neighbours.subarray(starts[v], starts[v + 1]), (starts[v] as number) + v + 1);
  }
  return { starts: starts.map((s, v) => s + v), items };
}
/** Takes the colors of empty columns away, and gives each that is dense one of its own; says how many there are. */
function numbered(colors: Int32Array, lists: Lists, isDense: (v: number) => boolean): number {
  let count = 0;
  for (let v = 0; v < colors.length; v++) {
    if (degree(lists, v) === 0) colors[v] = -1;
    else if (!isDense(v)) count = Math.max(count, (colors[v] as number) + 1);
  }
  for (let v = 0; v < colors.length; v++) if (isDense(v)) colors[v] = count++;
  return count;
}

/** The pattern with these `columns`, of `height` rows. */
export function compressColumns(columns: Lists, height: number, ordering: Ordering): Compression {
  const rows = transposed(columns, height);
  const colors = colorColumns(columns, rows, ordered(ordering, sharedRows(columns, rows)));
  const count = numbered(colors, columns, () => false);
  return { colors, count, recovery: directRecovery(columns, colors, count, height) };
}

/** Every column of `columns` by itself. */
export function uncompressed(columns: Lists, height: number): Compression {
  const n = columns.starts.length - 1;
  const colors = Int32Array.from({ length: n }, (_, j) => j);
  return { colors, count: n, recovery: directRecovery(columns, colors, n, height) };
}
