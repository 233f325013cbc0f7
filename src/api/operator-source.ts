// Where the products of a linear operator come from: the point of an objective, a matrix, or a user's own function.
// Inside, a vector is one float64 array; outside, a tree like x.
import type { SymmetricProduct } from "../curvature/product.ts";
import { fail } from "../errors.ts";
import { type Data, showShape, zeros } from "../ir/aval.ts";
import { inSession } from "../ir/build.ts";
import { matmul } from "../ops/linalg.ts";
import { parameter } from "../primitives/leaf.ts";
import { describe, elementsOf, isTypedArray, operandOf, show } from "../trace/convert.ts";
import { NdArray } from "../trace/ndarray.ts";
import type { CompiledObjective } from "./compiled-objective.ts";
import { jit } from "./jit.ts";
import type { ExplicitOperator } from "./linear-operator-types.ts";
import type { Point } from "./point-programs.ts";
import { PointShape } from "./point-shape.ts";

type Float = "float64" | "float32";

export interface Source extends SymmetricProduct {
  readonly x: PointShape;
  /** All of the matrix, row-major, where that takes less than its products. */
  dense?(): Float64Array;
  /** What it is of, for printing. */
  describe(): string;
  dispose(): void;
}

/** Products of leaves, which are split from and put into vectors by `Leaves`. */
type LeafProducts = (vs: readonly (readonly Data[])[], outs: readonly (readonly Data[])[]) => void;

/** Vectors as leaves, and leaves as vectors. */
export class Leaves {
  readonly n: number;
  readonly dtype: Float;

  constructor(readonly x: PointShape) {
    this.n = x.nodes.reduce((n, { size }) => n + size, 0);
    this.dtype = x.nodes.some(({ dtype }) => dtype === "float32") ? "float32" : "float64";
  }
  /** The leaves of `v`, those of float64 in its own memory. */
  split(v: Float64Array): Data[] {
    let at = 0;
    return this.x.nodes.map(({ size, dtype }) => {
      const part = v.subarray(at, (at += size));
      return dtype === "float64" ? part : Float32Array.from(part);
    });
  }
  /** The vector of `leaves`, written to `v`. */
  join(leaves: readonly ArrayLike<number>[], v: Float64Array = new Float64Array(this.n)): Float64Array {
    let at = 0;
    for (const [i, { size }] of this.x.nodes.entries()) {
      const leaf = leaves[i] as ArrayLike<number>;
      if (!(ArrayBuffer.isView(leaf) && leaf.buffer === v.buffer)) v.set(leaf, at);
      at += size;
    }
    return v;
  }
  multiply(products: LeafProducts, vs: readonly Float64Array[], outs: readonly Float64Array[]): void {
    const results = outs.map((out) => this.split(out));
    products(
      vs.map((v) => this.split(v)),
      results,
    );
    for (const [i, result] of results.entries()) this.join(result, outs[i] as Float64Array);
  }
  /** The blocks `[i][k]` of a row-major matrix, as new arrays. */
  blocks(matrix: Float64Array): Data[][] {
    const { nodes } = this.x;
    const starts = nodes.map((_, i) => nodes.slice(0, i).reduce((n, { size }) => n + size, 0));
    return nodes.map((row, i) =>
      nodes.map((column, k) => {
        const block = zeros(row.dtype, row.size * column.size);
        for (let r = 0; r < row.size; r++) {
          const from = ((starts[i] as number) + r) * this.n + (starts[k] as number);
          block.set(matrix.subarray(from, from + column.size), r * column.size);
        }
        return block;
      }),
    );
  }
  /** The elements of a tree like x. */
  read(tree: unknown, where: string): Float64Array {
    return this.join(this.x.leaves(tree, where));
  }
  /** A tree like x of new arrays. */
  tree(v: Float64Array): unknown {
    return this.x.values(this.split(v).map((leaf) => leaf.slice()));
  }
}

/** The Hessian at a point of an objective, which is `owned` if nobody else has it. */
export function pointSource(of: CompiledObjective, point: Point, owned: boolean): Source {
  const leaves = new Leaves(of.x);
  const { nodes } = of.x;
  if (leaves.n === 0)
    fail("value", "the point has no elements, and the Hessian no rows; pass arrays with numbers in them");
  // Products are finite at some points outside of the domain, and mean nothing.
  if (Number.isNaN(of.valueAt(point))) fail("value", "the value at the point is NaN; it is outside of the domain");
  const treeOf = (v: readonly Data[]): unknown =>
    of.x.isVector ? v[0] : of.x.tree(nodes.map(({ shape }, i) => ({ data: v[i], shape })));
  const products: LeafProducts = (vs, outs) => {
    if (vs.length === 1) of.product(point, vs[0] as readonly Data[], outs[0] as readonly Data[]);
    else of.hvps(point, undefined, vs.map(treeOf), outs.map(treeOf), {});
  };
  return {
    ...{ n: leaves.n, dtype: leaves.dtype, x: of.x },
    multiply: (vs, outs) => leaves.multiply(products, vs, outs),
    dense: () => joined(leaves, of.blocksAt(point)),
    describe: () => `Hessian at ${of.describe()}`,
    dispose: () => {
      if (owned) of.calls.dispose();
    },
  };
}
/** The matrix of the blocks `[i][k]`. */
function joined({ n, x }: Leaves, blocks: readonly (readonly Data[])[]): Float64Array {
  const matrix = new Float64Array(n * n);
  let row = 0;
  for (const [i, { size: height }] of x.nodes.entries()) {
    let column = 0;
    for (const [k, { size: width }] of x.nodes.entries()) {
      const block = blocks[i]?.[k] as Data;
      for (let r = 0; r < height; r++) matrix.set(block.subarray(r * width, (r + 1) * width), (row + r) * n + column);
      column += width;
    }
    row += height;
  }
  return matrix;
}

/** Vectors of `n` elements. */
const vectorsOf = (n: number, dtype: Float): Leaves =>
  new Leaves(new PointShape([inSession(() => parameter([n], dtype))], "leaf", [""]));

/** A symmetric matrix, which is copied. */
export function matrixSource(name: string, value: unknown): Source {
  const given = operandOf(`${name}: the matrix`, value);
  const { shape } = given;
  const [n = 0] = shape;
  if (shape.length !== 2 || shape[1] !== n || n === 0)
    fail(
      "shape",
      `${name}: the argument has shape ${showShape(shape)}; expected a square matrix, a point problem.at(x), a ` +
        "function and its argument, or { shape, matvec }",
    );
  const dtype: Float = given.dtype === "float32" && !given.weak ? "float32" : "float64";
  const data = zeros(dtype, n * n);
  data.set(elementsOf(given, dtype));
  requireSymmetric(name, data, n);
  const A = new NdArray(data as Float64Array, [n, n], dtype);
  const leaves = vectorsOf(n, dtype);
  const one = jit((v) => matmul(A, v));
  // Rows are products: the matrix is symmetric.
  const several = jit((vs) => matmul(vs, A));
  const products: LeafProducts = (vs, outs) => {
    if (vs.length === 1) {
      one.into(outs[0]?.[0] as Float64Array, vs[0]?.[0] as Float64Array);
      return;
    }
    const [all, results] = [zeros(dtype, vs.length * n), zeros(dtype, vs.length * n)];
    for (const [k, v] of vs.entries()) all.set(v[0] as Data, k * n);
    several.into(results as Float64Array, { data: all, shape: [vs.length, n] });
    for (const [k, out] of outs.entries()) out[0]?.set(results.subarray(k * n, (k + 1) * n));
  };
  return {
    ...{ n, dtype, x: leaves.x },
    multiply: (vs, outs) => leaves.multiply(products, vs, outs),
    dense: () => Float64Array.from(data),
    describe: () => `matrix ${dtype}[${n},${n}]`,
    dispose: () => {
      one.dispose();
      several.dispose();
    },
  };
}
/** Refuses a matrix that differs from its transpose by more than rounding. */
function requireSymmetric(name: string, data: Data, n: number): void {
  let largest = 0;
  for (const x of data) largest = Math.max(largest, Math.abs(x));
  const rounding = 64 * largest * (data instanceof Float32Array ? 2 ** -23 : 2 ** -52);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) {
      const [a, b] = [data[i * n + j] as number, data[j * n + i] as number];
      if (Math.abs(a - b) > rounding)
        fail(
          "value",
          `${name}: the matrix is not symmetric: element [${i}, ${j}] is ${a}, [${j}, ${i}] is ${b}; pass ` +
            "(A + Aᵀ)/2, or AᵀA",
        );
    }
}

/** A user's own products. */
export function explicitSource(name: string, given: ExplicitOperator): Source {
  const { shape, dtype = "float64" } = given;
  const [n = 0] = Array.isArray(shape) ? (shape as number[]) : [];
  if (!Array.isArray(shape) || shape.length !== 2 || shape[1] !== n || !Number.isInteger(n) || n < 1)
    fail("shape", `${name}: shape is ${show(shape)}; expected [n, n], the rows and columns of a symmetric matrix`);
  if (dtype !== "float64" && dtype !== "float32")
    fail("dtype", `${name}: dtype is ${describe(dtype)}; expected "float64" or "float32"`);
  if (given.matmat !== undefined && typeof given.matmat !== "function")
    fail("value", `${name}: matmat is ${describe(given.matmat)}; expected a function of a list of vectors`);
  const leaves = vectorsOf(n, dtype);
  const take = (result: unknown, out: Float64Array): void => {
    const isList = Array.isArray(result) || (isTypedArray(result) && !/^Big/.test(result.constructor.name));
    if (!isList || (result as Data).length !== n)
      fail("shape", `${name}: matvec returned ${describe(result)}; expected an array of ${n} numbers`);
    out.set(result as Data);
  };
  return {
    ...{ n, dtype, x: leaves.x },
    multiply(vs, outs) {
      const own = vs.map((v) => v.slice());
      if (!given.matmat || vs.length === 1) {
        for (const [k, v] of own.entries()) take(given.matvec(v), outs[k] as Float64Array);
        return;
      }
      const results = given.matmat(own);
      if (!Array.isArray(results) || results.length !== vs.length)
        fail("shape", `${name}: matmat returned ${describe(results)}; expected a list of ${vs.length} vectors`);
      for (const [k, result] of results.entries()) take(result, outs[k] as Float64Array);
    },
    describe: () => `products of shape [${n}, ${n}]`,
    dispose: () => {},
  };
}
