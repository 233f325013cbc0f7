// The dense Hessian of an objective: one program for all of it where that is faster, else its products with unit
// vectors, one by one or several at once.
import { type Data, zeros } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import type { Captured } from "../run/captured.ts";
import { compiled, passesHere } from "../run/passes.ts";
import { type Program, programOf } from "../run/program.ts";
import type { DirectionOptions } from "./directions.ts";
import { allFinite, fillBand } from "./hessian-bands.ts";
import type { ObjectiveGraph } from "./objective-graph.ts";
import type { PointPrograms } from "./point-programs.ts";

type Blocks = readonly (readonly Data[])[];

/** How all of it is computed at once. */
interface Whole {
  readonly program?: Program;
  readonly width?: number | undefined;
}

export class DenseHessian {
  private whole: Whole | undefined;

  constructor(
    private readonly graph: ObjectiveGraph,
    private readonly captured: Captured,
    private readonly points: PointPrograms,
  ) {}

  /** The blocks `[i][k]` at `x`, each with one row for every element of array i, in `targets` if given. */
  at(x: readonly Data[], targets: Blocks | undefined, { chunk }: DirectionOptions): Blocks {
    const { nodes } = this.graph.x;
    const matrix = targets ?? nodes.map((row) => nodes.map((column) => zeros(row.dtype, row.size * column.size)));
    if (chunk !== undefined || !this.atOnce(x, matrix)) this.products(x, matrix, chunk ?? this.graph.atOnce);
    return matrix;
  }
  dispose(): void {
    this.whole?.program?.dispose();
    this.whole = undefined;
  }

  /** Whether `matrix` has been filled by one program, or by few products. */
  private atOnce(x: readonly Data[], matrix: Blocks): boolean {
    const { nodes } = this.graph.x;
    this.whole ??= this.compile();
    const { program, width } = this.whole;
    const first = matrix[0]?.[0] as Data;
    if (program) {
      program.call(x, matrix.flat());
      symmetrize(nodes, matrix);
      return true;
    }
    if (width === undefined) return false;
    const apply = this.points.enterProducts(this.points.at(x));
    return fillBand(first, (nodes[0] as Node).size, width, (v) => apply.call([v])[0] as Data);
  }
  private compile(): Whole {
    const { graph, captured } = this;
    const { matrices, width } = graph.whole();
    if (!matrices) return { width };
    const program = graph.open(() =>
      programOf(matrices, graph.x.nodes, { captured, passes: passesHere(compiled), facts: graph.facts }),
    );
    return { program };
  }
  /** Fills `blocks` with the products with `chunk` unit vectors at a time: each is a row, and a column. */
  private products(x: readonly Data[], blocks: Blocks, chunk: number): void {
    const { nodes } = this.graph.x;
    const point = this.points.at(x);
    const total = nodes.reduce((n, { size }) => n + size, 0);
    let exact: Program | undefined;
    for (let from = 0; from < total; from += chunk) {
      const count = Math.min(chunk, total - from);
      const program = count === 1 ? this.points.enterProducts(point) : this.points.enterSeveral(point, count);
      const products = program.call(unitVectors(nodes, from, count));
      for (let k = 0; k < count; k++) {
        let column = count === 1 ? products : products.map((y, i) => rowOf(y, k, (nodes[i] as Node).size));
        if (!column.every(allFinite)) {
          // Zeros of a direction in memory are numbers: times an infinity of another column they are NaN. Those of a
          // seed are not.
          exact ??= this.points.column(x);
          column = exact.call([Int32Array.of(from + k)]);
        }
        place(nodes, blocks, from + k, column);
      }
    }
    symmetrize(nodes, blocks);
  }
}

/** `count` unit vectors, those from number `from` on: arrays like `nodes` with an axis more in front. */
function unitVectors(nodes: readonly Node[], from: number, count: number): Data[] {
  let first = 0;
  return nodes.map(({ size, dtype }) => {
    const seeds = zeros(dtype, count * size);
    for (let k = Math.max(0, first - from); k < count && from + k < first + size; k++)
      seeds[k * size + from + k - first] = 1;
    first += size;
    return seeds;
  });
}

const rowOf = (x: Data, k: number, size: number): Data => x.subarray(k * size, (k + 1) * size);

/** Writes `column`, that of element `k` of all, into the blocks, which have the types of their rows. */
function place(nodes: readonly Node[], blocks: Blocks, k: number, column: readonly Data[]): void {
  let leaf = 0;
  let at = k;
  for (; at >= (nodes[leaf] as Node).size; leaf++) at -= (nodes[leaf] as Node).size;
  const { size } = nodes[leaf] as Node;
  for (const [i, values] of column.entries()) {
    const block = blocks[i]?.[leaf] as Data;
    if (i === leaf) block.set(values, at * size);
    else for (let r = 0; r < values.length; r++) block[r * size + at] = values[r] as number;
  }
}

/**
 * Copies what is below the diagonal of square blocks over what is above it: the same numbers up to rounding. Of a pair
 * of which one is not finite, the other one is right: only zeros times infinities differ.
 */
function symmetrize(nodes: readonly Node[], matrix: Blocks): void {
  for (const [i, { size: n }] of nodes.entries()) {
    const block = matrix[i]?.[i] as Data;
    for (let r = 0; r < n; r++)
      for (let c = 0; c < r; c++) {
        const below = block[r * n + c] as number;
        if (Number.isFinite(below)) block[c * n + r] = below;
        else block[r * n + c] = block[c * n + r] as number;
      }
  }
}
