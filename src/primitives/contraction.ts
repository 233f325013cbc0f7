// Matrix multiplication, with any batch axis first: bilinear, its transposes are matrix multiplications too.
import { fail } from "../errors.ts";
import { showAval } from "../ir/aval.ts";
import { make } from "../ir/build.ts";
import type { CallArgs, KernelArg, MaybeNode, Node, Primitive, Rows } from "../ir/graph.ts";
import { instanceOf } from "../ir/kernel.ts";
import * as kernels from "../kernels/products.gen.ts";
import { byPrim, mulPrim, plus } from "./arithmetic.ts";
import { addMaybe, batched } from "./define.ts";
import { and, select } from "./logic.ts";
import { anyPlace } from "./places.ts";
import { isUnits, timesPicked, timesUnits } from "./seed.ts";
import { reshape, transpose, transposePrim } from "./shape.ts";
import { broadcast, constValue, isBroadcast, zerosLike } from "./spread.ts";
import { neededSupport } from "./support.ts";

export const matmulPrim: Primitive = {
  name: "matmul",
  aval([a, b]) {
    const r = a!.shape.length;
    const [m, k] = a!.shape.slice(-2) as [number, number];
    const [kb, n] = b!.shape.slice(-2) as [number, number];
    if (
      (r !== 2 && r !== 3) ||
      b!.shape.length !== r ||
      k !== kb ||
      (r === 3 && a!.shape[0] !== b!.shape[0]) ||
      a!.dtype !== b!.dtype
    ) {
      fail(
        "shape",
        `matmul: ${showAval(a!)} and ${showAval(b!)} do not fit: the last axis of the first must equal the last ` +
          "but one of the second",
      );
    }
    return { shape: r === 3 ? [a!.shape[0] as number, m, n] : [m, n], dtype: a!.dtype };
  },
  simplify([a, b], _p, aval) {
    if (a!.shape.at(-1) === 0) return zerosLike(aval);
    // The products of a matrix with all unit vectors are its rows or columns.
    return isUnits(a!) ? b : isUnits(b!) ? a : undefined;
  },
  jvp: ({ inputs: [a, b] }, [da, db]) => addMaybe(da && matmulBy(da, b!), db && matmulBy(a!, db), plus),
  transpose: ({ inputs: [a, b] }, ct, linear) => [
    linear[0] ? matmulBy(ct, flipLast(b!)) : undefined,
    linear[1] ? matmulBy(flipLast(a!), ct) : undefined,
  ],
  support({ inputs: [a, b], shape }, of) {
    // Zero where a row of the first or a column of the second is.
    const r = shape.length;
    const along = (x: Node, summed: number, kept: number): MaybeNode => {
      const s = of(x);
      return s && broadcast(anyPlace(s, [summed]), shape, r === 3 ? [0, kept] : [kept]);
    };
    const [rows, columns] = [along(a!, r - 1, r - 2), along(b!, r - 2, r - 1)];
    return rows && columns ? and(rows, columns) : (rows ?? columns);
  },
  finite: true,
  reads: "contraction",
  batch(_node, inputs, has, size) {
    const [a, b] = inputs as [Node, Node];
    const seeded = has[0] ? !has[1] && timesUnits(a, b, true) : timesUnits(b, a, false);
    if (seeded) return seeded;
    // One tall product for all that meet the same matrix.
    const tall = (x: Node, y: Node): Node => {
      const [, m, k] = x.shape as [number, number, number];
      return reshape(matmul(reshape(x, [size * m, k]), y), [size, m, y.shape[1] as number]);
    };
    if (!has[1] && b.shape.length === 2) return timesPicked(a, b) ?? tall(a, b);
    if (!has[0] && a.shape.length === 2 && (b.shape.at(-1) as number) <= NARROW)
      return flipLast(tall(flipLast(b), flipLast(a)));
    const [x, y] = inputs.map((n, i) => batched(n, has[i] as boolean, size)) as [Node, Node];
    if (x.shape.length === 3) return matmul(x, y);
    const merge = (n: Node): Node => reshape(n, [size * (n.shape[1] as number), ...n.shape.slice(2)]);
    const z = matmul(merge(x), merge(y));
    return reshape(z, [size, x.shape[1] as number, ...z.shape.slice(1)]);
  },
  // One product with long inner axes, in place of many with short ones.
  sumOver([a, b]) {
    const [size, m, k] = a!.shape as [number, number, number];
    const tall = (x: Node): Node => reshape(x, [size * (x.shape[1] as number), x.shape[2] as number]);
    const turned = turnedOf(a!);
    const wide = turned ? flipLast(tall(turned)) : reshape(transpose(a!, [1, 0, 2]), [m, size * k]);
    return matmulBy(wide, tall(b!));
  },
  lower: { kind: "call", call: (node) => ({ strided: [true, true], emit: (args) => emitMatmul(node, args) }) },
};

/**
 * `y` without what meets only masked-out elements of `x` in a product; `rows` is the axis of `x` that is not summed
 * over, and of `y` the one that is.
 */
function usedWith(x: Node, y: Node, rows: number): Node {
  const support = neededSupport(x, y);
  if (!support) return y;
  return select(broadcast(anyPlace(support, [rows]), y.shape, x.shape.length === 3 ? [0, rows] : [rows]), y, 0);
}

/** Axes swapped: the matrix transpose of every matrix. */
const flipLast = (x: Node): Node => transpose(x, x.shape.length === 2 ? [1, 0] : [0, 2, 1]);

/**
 * Columns of matrices that meet the same one, up to which they are put side by side: with more, a product each is as
 * fast, and no array needs another order. Measured: a network's Hessian, 20 columns, 1.3 side by side.
 */
const NARROW = 4;

/** Rows that are computed at once of a symmetric product. Measured: 24, 48 and 96 of 200, 0.62, 0.60, 0.74. */
const PANEL = 48;

/** Whether a product of matrices is that of a matrix, or of one with scaled rows or columns, and its transpose. */
function isSymmetric({ inputs: [a, b], shape }: Node): boolean {
  const [x, y] = [unscaled(a!, 0), unscaled(b!, 1)];
  return shape.length === 2 && (turnedOf(x) === y || turnedOf(y) === x);
}
const turnedOf = (x: Node): MaybeNode => (x.prim === (transposePrim as unknown as Primitive) ? x.inputs[0] : undefined);

/** `x` without the factors that are the same all along `axis`. */
function unscaled(x: Node, axis: number): Node {
  for (;;) {
    if (x.prim !== mulPrim && x.prim !== byPrim) return x;
    const [a, b] = x.inputs as [Node, Node];
    if (!isSameAlong(a, axis) && !isSameAlong(b, axis)) return x;
    x = isSameAlong(b, axis) ? a : b;
  }
}
const isSameAlong = (x: Node, axis: number): boolean =>
  isBroadcast(x) && !(x.params as { axes: readonly number[] }).axes.includes(axis);

/** One kernel call per matrix: matrix-vector kernels where a matrix is a vector, else the tiled product. */
function emitMatmul(node: Node, args: CallArgs): void {
  const { dtype } = node;
  const [a, b, c] = [args.operand(0), args.operand(1), args.operand(-1)];
  const [m, n, k] = [node.shape.at(-2), node.shape.at(-1), a.shape.at(-1)] as [number, number, number];
  const stride = (x: typeof a, i: number): number => x.strides.at(i) as number;
  const accumulate = Number(args.accumulate);
  const body = (counter?: number): void => {
    const ptr = (i: number, x: typeof a) => ({
      ptr: i,
      ...(counter === undefined ? {} : { advance: [[counter, x.strides[0] as number] as const] }),
    });
    const [pa, pb, pc] = [ptr(0, a), ptr(1, b), ptr(-1, c)] as const;
    const [ars, acs, brs, bcs, crs, ccs] = [
      stride(a, -2),
      stride(a, -1),
      stride(b, -2),
      stride(b, -1),
      stride(c, -2),
      stride(c, -1),
    ];
    /** A matrix of `rows` by `columns`, or its transpose, times a vector. */
    const vector = (
      transposed: boolean,
      rows: number,
      columns: number,
      x: KernelArg,
      xrs: number,
      v: KernelArg,
      vs: number,
      ys: number,
    ): void => {
      const how: Rows = transposed
        ? { count: 0, advance: [[2, xrs] as const, [4, vs] as const], sum: 8 }
        : {
            count: 0,
            advance: [[2, xrs] as const, [6, ys] as const],
            twice: { kernel: instanceOf(kernels.gemv2, dtype), differ: [4, 5, 6, 7] },
          };
      const kernel = instanceOf(transposed ? kernels.gemvt : kernels.gemv, dtype);
      args.call(kernel, [rows, columns, x, xrs, v, vs, pc, ys, accumulate], how);
    };
    /** Rows `from` to `to` of the product, columns before `columns`. */
    const tiles = (from: number, to: number, columns: number): void =>
      args.call(instanceOf(kernels.gemm, dtype), [
        to - from,
        columns,
        k,
        { ...pa, plus: from * ars },
        ars,
        acs,
        pb,
        brs,
        bcs,
        { ...pc, plus: from * crs },
        crs,
        ccs,
        accumulate,
        { workspace: kernels.GEMM_WORKSPACE },
      ]);
    if (n === 1 && (acs === 1 || k === 1)) vector(false, m, k, pa, ars, pb, brs, crs);
    else if (n === 1 && (ars === 1 || m === 1)) vector(true, k, m, pa, acs, pb, brs, crs);
    else if (m === 1 && (bcs === 1 || n === 1)) vector(true, k, n, pb, brs, pa, acs, ccs);
    else if (m === 1 && (brs === 1 || k === 1)) vector(false, n, k, pb, bcs, pa, acs, ccs);
    else if (!accumulate && isSymmetric(node)) {
      for (let i = 0; i < m; i += PANEL) tiles(i, Math.min(m, i + PANEL), Math.min(m, i + PANEL));
      args.call(instanceOf(kernels.mirror, dtype), [m, pc, crs, ccs]);
    } else tiles(0, m, n);
  };
  if (node.shape.length === 3) args.loop(node.shape[0] as number, body);
  else body();
}

/** Matrix product of [m,k] and [k,n], or of each pair in [batch,m,k] and [batch,k,n]. */
export const matmul = (a: Node, b: Node): Node => make(matmulPrim, [a, b]);

/**
 * A matrix product in a derivative: what only structural zeros meet is left out, since in the kernel they would meet
 * infinities.
 */
export function matmulBy(a: Node, b: Node): Node {
  const y = matmul(a, b);
  if (constValue(a) === 0 || constValue(b) === 0) return zerosLike(y);
  const r = a.shape.length;
  return matmul(usedWith(b, a, r - 1), usedWith(a, b, r - 2));
}
