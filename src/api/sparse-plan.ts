// Where a sparse derivative has entries, and by which products they are computed.
import { fail } from "../errors.ts";
import type { MaybeNode, Node } from "../ir/graph.ts";
import { expandCalls } from "../opt/graph/expand.ts";
import type { Captured } from "../run/captured.ts";
import { compiled, passesHere } from "../run/passes.ts";
import { type factsOf, programOf } from "../run/program.ts";
import { type Compression, compressColumns, compressSymmetric, uncompressed } from "../sparse/compress.ts";
import { filtered, fullLists, type Lists, listsOf, symmetrized, transposed } from "../sparse/compressed.ts";
import type { Known } from "../sparse/known.ts";
import { ORDERINGS } from "../sparse/orderings.ts";
import { Propagation } from "../sparse/propagate.ts";
import { SET_ELEMENTS, Sets } from "../sparse/sets.ts";
import { describe } from "../trace/convert.ts";
import { checkSettings } from "./common.ts";
import type { SparseHessianOptions } from "./sparse-types.ts";

/**
 * The part of all pairs from which on each column has a product of its own. Measured on random symmetric patterns of
 * 300 columns: 0.3 of all pairs take 233 colors, 0.5 take 278; coloring then takes longer than it saves.
 */
const DENSE_SHARE = 0.5;
/** Patterns of fewer pairs are colored whatever their share: that takes no time. */
const SMALL_PAIRS = 10000;

/** What is to be differentiated: tangents that are linear in `directions`, and what is known before it runs. */
export interface Tangents {
  readonly outputs: readonly Node[];
  readonly directions: readonly Node[];
  /** What depends on the point does so through these. */
  readonly points: readonly Node[];
  readonly captured: Captured;
  readonly facts: ReturnType<typeof factsOf>;
}

export interface Plan extends Compression {
  readonly shape: readonly [rows: number, columns: number];
  /** The entries of each column: of a symmetric matrix, those from the diagonal down. */
  readonly columns: Lists;
  readonly isTriangle: boolean;
  /** How it is colored, in words. */
  readonly how: string;
}

export function checkOptions(name: string, options: SparseHessianOptions, known: readonly string[]): void {
  checkSettings(name, options, known, `write ${name}(f, x0, { ${known[0]} })`);
  const { ordering = "natural", coloring = "star", pattern } = options;
  if (!ORDERINGS.includes(ordering))
    fail("value", `${name}: ordering must be one of ${ORDERINGS.join(", ")}, got ${describe(ordering)}`);
  if (coloring !== "star" && coloring !== "acyclic")
    fail("value", `${name}: coloring must be "star" or "acyclic", got ${describe(coloring)}`);
  if (pattern !== undefined && !(Object(pattern).colptr?.length >= 0 && Object(pattern).rowind?.length >= 0))
    fail(
      "value",
      `${name}: pattern must have colptr and rowind, as the pattern of a result has; got ${describe(pattern)}`,
    );
}

const count = (nodes: readonly Node[]): number => nodes.reduce((n, x) => n + x.size, 0);

/** What captured arrays and numbers alone make is known: indices above all. */
const knownBy = ({ captured, facts }: Tangents): Known => ({
  isFixed: facts.isFixed,
  valuesOf(constants) {
    const program = programOf(constants, [], { captured, facts, passes: passesHere(compiled) });
    const values = program.call([]);
    program.dispose();
    return values;
  },
});

/** The columns that each row depends on; undefined if they are too many to be called sparse. */
function rowsOf(name: string, of: Tangents): Lists | undefined {
  const { directions } = of;
  const width = count(directions);
  const sets = new Sets(width);
  let next = 1;
  const seeds = directions.map((d) => Int32Array.from({ length: d.size }, () => next++));
  const outputs: readonly MaybeNode[] = expandCalls(of.outputs, "calls");
  const found = new Propagation(sets, knownBy(of)).run(outputs, directions, seeds);
  const ids = new Int32Array(count(of.outputs));
  let at = 0;
  for (const [i, y] of of.outputs.entries()) {
    const own = found[i];
    if (own) ids.set(own, at);
    at += y.size;
  }
  const pairs = ids.length * width;
  const most = pairs <= SMALL_PAIRS ? pairs : Math.floor(DENSE_SHARE * pairs);
  const rows = listsOf(sets, ids, Math.min(most, SET_ELEMENTS));
  if (!rows && most > SET_ELEMENTS)
    fail("memory", `${name}: more than ${SET_ELEMENTS} entries; products (objective, jvp) need no memory for them`);
  return rows;
}

/** The columns of a pattern that a user gives. */
function givenColumns(name: string, pattern: object, height: number, width: number): Lists {
  const { colptr, rowind } = pattern as { colptr: ArrayLike<number>; rowind: ArrayLike<number> };
  const [starts, items] = [Int32Array.from(colptr), Int32Array.from(rowind)];
  const wrong = (what: string): never => fail("value", `${name}: pattern: ${what}`);
  if (starts.length !== width + 1 || starts[0] !== 0 || starts[width] !== items.length)
    wrong(`colptr must have ${width + 1} numbers, from 0 to the length of rowind, ${items.length}`);
  for (let j = 0; j < width; j++) {
    if ((starts[j + 1] as number) < (starts[j] as number)) wrong(`colptr decreases after column ${j}`);
    for (let k = starts[j] as number; k < (starts[j + 1] as number); k++) {
      const i = items[k] as number;
      if (i < 0 || i >= height) wrong(`row ${i} of column ${j} is not among ${height} rows`);
      if (k > (starts[j] as number) && i <= (items[k - 1] as number)) wrong(`rows of column ${j} do not increase`);
    }
  }
  return { starts, items };
}

/** Symmetric; `of` is asked for where no pattern is given. */
export function symmetricPlan(name: string, of: Tangents, options: SparseHessianOptions): Plan {
  const n = count(of.directions);
  const { pattern, coloring = "star", ordering = "natural" } = options;
  const rows = pattern ? givenColumns(name, pattern, n, n) : rowsOf(name, of);
  const lists = rows ? symmetrized(rows) : fullLists(n, n);
  const columns = filtered(lists, (j, i) => i >= j);
  const plan = { shape: [n, n] as const, columns, isTriangle: true };
  return rows
    ? told(`${coloring}, ${ordering}`, plan, compressSymmetric(lists, coloring, ordering))
    : told("dense", plan, uncompressed(columns, n));
}

export function columnPlan(name: string, of: Tangents, { pattern, ordering = "natural" }: SparseHessianOptions): Plan {
  const [height, width] = [count(of.outputs), count(of.directions)];
  const rows = pattern ? undefined : rowsOf(name, of);
  const columns = pattern
    ? givenColumns(name, pattern, height, width)
    : rows
      ? transposed(rows, width)
      : fullLists(width, height);
  const plan = { shape: [height, width] as const, columns, isTriangle: false };
  return rows || pattern
    ? told(`columns, ${ordering}`, plan, compressColumns(columns, height, ordering))
    : told("dense", plan, uncompressed(columns, height));
}

const told = (how: string, plan: Pick<Plan, "shape" | "columns" | "isTriangle">, by: Compression): Plan => ({
  ...plan,
  ...by,
  how: by.count > 1 && by.count === plan.shape[1] ? "dense" : how,
});
