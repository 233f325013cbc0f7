// Products with several directions at a point: what callers give and get, and the programs that take many at once.
import { fail } from "../errors.ts";
import { type Data, zeros } from "../ir/aval.ts";
import { nanCheck } from "../run/nan-check.ts";
import { fits, type Port } from "../run/ports.ts";
import type { Program } from "../run/program.ts";
import { describe, isPlain, show } from "../trace/convert.ts";
import { unwritten } from "./arrays.ts";
import { checkSettings } from "./common.ts";
import type { PointShape } from "./point-shape.ts";

/** Settings of `hvps`. */
export interface DirectionOptions {
  /**
   * How many directions a program takes at once, at most: it bounds memory. Chosen by what the function is, the same
   * on every machine, unless given.
   */
  readonly chunk?: number;
}

/** Settings as a caller gave them, after `outs`. */
export function chunkOf(where: string, outs: unknown, options: unknown = {}): DirectionOptions {
  if (isPlain(outs) && Object.keys(outs).join() === "chunk")
    fail("value", `${where}: { chunk } stands where results are written to; settings come last, after undefined`);
  checkSettings(where, options, ["chunk"], `the settings of ${where} are { chunk: 32 }`);
  const { chunk } = options as DirectionOptions;
  if (chunk !== undefined && !(Number.isInteger(chunk) && chunk > 0))
    fail("value", `${where}: chunk is ${show(chunk)}; expected how many directions to take at once, at least 1`);
  return options as DirectionOptions;
}

/** Directions as lists of arrays, one per array of x, or with an axis more in front of each. */
interface Given {
  readonly count: number;
  readonly rows: readonly (readonly Data[])[];
  /** The arrays that hold the rows one after another, if they were given so. */
  readonly whole?: readonly Data[];
}

/** What makes products: with one direction, and the program for several. */
interface Products {
  one(v: readonly Data[], out?: readonly Data[]): Data[];
  several(count: number): Program;
  /** How many directions a program takes at once. */
  readonly atOnce: number;
}

/**
 * The products with `vs`, a list of trees like x or a tree of arrays with an axis more in front, in the same form. All
 * of `vs` are read before any of `outs` is written.
 */
export function productsWith(
  where: string,
  x: PointShape,
  vs: unknown,
  outs: unknown,
  options: DirectionOptions,
  products: Products,
): unknown {
  const isList = Array.isArray(vs);
  const given = isList ? listOf(`${where}: vs`, x, vs) : batchOf(`${where}: vs`, x, vs);
  const targets = outs === undefined ? undefined : targetsOf(where, x, given, outs, isList);
  const written = (targets?.whole ?? targets?.rows.flat()) as readonly Data[] | undefined;
  const read = written ? kept(given, written) : given;
  const chunk = Math.min(given.count, options.chunk ?? products.atOnce);
  const whole = !targets && !isList ? x.nodes.map((n) => zeros(n.dtype, given.count * n.size)) : undefined;
  const into = targets ?? (whole && { count: given.count, rows: rowsOf(x, whole, given.count), whole });
  const rows = into?.rows ?? read.rows.map(() => undefined);
  const results: (readonly Data[])[] = [];
  for (let from = 0; from < given.count; from += chunk) {
    const count = Math.min(chunk, given.count - from);
    if (count === 1 || nanCheck)
      for (let k = from; k < from + count; k++) results[k] = products.one(read.rows[k] as readonly Data[], rows[k]);
    else if (count === given.count && read.whole && into?.whole) products.several(count).call(read.whole, into.whole);
    else {
      const vectors = read.rows.slice(from, from + count);
      together(x, products.several(count), vectors, rows.slice(from, from + count)).forEach((r, k) => {
        results[from + k] = r;
      });
    }
  }
  if (outs !== undefined) return outs;
  return isList ? results.map((r) => x.values(r)) : x.batch(whole as readonly Data[], given.count);
}

/**
 * The same by `apply`, the program for one, where `vs` is a list of vectors of its type and `outs` has memory apart
 * from theirs. They need no checks, which cost more than many a product.
 */
export function productsOneByOne(apply: Program, vs: unknown, outs: unknown): unknown[] | undefined {
  const [v] = apply.inputs as [Port];
  const [y] = apply.outputs as [Port];
  if (apply.stream || !Array.isArray(vs) || !vs.every((d) => fits(v, d))) return undefined;
  if (outs === undefined) return vs.map((d) => apply.runDirect([d]) && apply.read(0));
  if (!Array.isArray(outs) || outs.length !== vs.length || !outs.every((o) => fits(y, o))) return undefined;
  const buffers = new Set<unknown>(outs.map((o: Data) => o.buffer));
  const isApart = (d: Data): boolean => d.buffer instanceof ArrayBuffer && !buffers.has(d.buffer);
  if (buffers.size < outs.length || !vs.every(isApart)) return undefined;
  for (const [k, d] of vs.entries()) {
    apply.runDirect([d]);
    apply.read(0, outs[k]);
  }
  return outs;
}

/** Products with `vectors` by the program for so many. */
function together(
  x: PointShape,
  program: Program,
  vectors: readonly (readonly Data[])[],
  outs: readonly (readonly Data[] | undefined)[],
): Data[][] {
  const stage = x.nodes.map((n, i) => {
    const all = zeros(n.dtype, vectors.length * n.size);
    for (const [k, v] of vectors.entries()) all.set(v[i] as Data, k * n.size);
    return all;
  });
  const products = program.call(stage, stage);
  return outs.map((out, k) =>
    x.nodes.map(({ size }, i) => {
      const product = (products[i] as Data).subarray(k * size, (k + 1) * size);
      const to = out?.[i];
      if (!to) return product.slice();
      to.set(product);
      return to;
    }),
  );
}

function listOf(where: string, x: PointShape, vs: readonly unknown[]): Given {
  // A number where the point is none: the elements of one direction.
  if (typeof vs[0] === "number" && !x.isScalar)
    fail(
      "value",
      `${unnamed(where)}: expected a list of directions, and as many outs if any; for one write at.hvp(v) or ` +
        "at.hvps([v])",
    );
  return { count: vs.length, rows: Array.from(vs, (v, i) => x.leaves(v, `${where}[${i}]`)) };
}

function batchOf(where: string, x: PointShape, vs: unknown): Given {
  if (vs === undefined || vs === null)
    fail("value", `${where} is ${describe(vs)}; expected a list of directions, or arrays with an axis more in front`);
  const { count, leaves } = x.batches(vs, where);
  return { count, rows: rowsOf(x, leaves, count), whole: leaves };
}

function targetsOf(where: string, x: PointShape, given: Given, outs: unknown, isList: boolean): Given {
  const { count } = given;
  if (!isList) {
    const [whole] = x.targets([outs], () => `${where}: outs`, count) as [Data[]];
    return { count, rows: rowsOf(x, whole, count), whole };
  }
  if (!Array.isArray(outs) || outs.length !== count)
    return fail(
      "value",
      `${where}: expected a list of directions, and as many outs if any; got ${count} of the first and ` +
        `${Array.isArray(outs) ? outs.length : describe(outs)} of the second`,
    );
  return { count, rows: x.targets(outs, (i) => `${where}: outs[${i}]`) };
}

/** Views of the `count` rows of each array. */
const rowsOf = (x: PointShape, whole: readonly Data[], count: number): Data[][] =>
  Array.from({ length: count }, (_, k) =>
    x.nodes.map(({ size }, i) => (whole[i] as Data).subarray(k * size, (k + 1) * size)),
  );

/** `given` as it is now where a write to `written` may change it. */
function kept(given: Given, written: readonly Data[]): Given {
  const flat = unwritten(given.rows.flat(), written);
  const width = given.rows[0]?.length ?? 0;
  return { ...given, rows: given.rows.map((_, k) => flat.slice(k * width, (k + 1) * width)) };
}

const unnamed = (where: string): string => where.replace(/: vs$/, "");
