// Eigenvalues of symmetric matrices, singular values, and the matrix exponential.
import type { Shape } from "../ir/aval.ts";
import { make } from "../ir/build.ts";
import type { Node, Primitive } from "../ir/graph.ts";
import * as kernels from "../kernels/spectral.gen.ts";
import { abs, by, maximum, minus, mul, per, plus, sub } from "./arithmetic.ts";
import { matmulBy } from "./contraction.ts";
import { addMaybe } from "./define.ts";
import { flipMatrix, mapOf, onMatrices, pack, squareExtent, unpack } from "./factorization.ts";
import { iota } from "./leaf.ts";
import { gt, ne, select } from "./logic.ts";
import { concat, reshape, slice } from "./shape.ts";
import { broadcast, zerosLike } from "./spread.ts";

const square2 = (shapes: readonly Shape[]): Shape | undefined => {
  const n = squareExtent(shapes[0]);
  return n !== undefined && shapes.every((s) => s[0] === n && s[1] === n) ? [n, n] : undefined;
};
/** A vector [.., n] along the rows or columns of [.., m, n] or [.., n, m]. */
const along = (x: Node, shape: Shape, axis: "row" | "column"): Node => {
  const lead = shape.slice(0, -2).map((_, i) => i);
  return broadcast(x, shape, [...lead, lead.length + (axis === "row" ? 1 : 0)]);
};
/** The diagonal of square matrices. */
export const diagonalsOf = (x: Node): Node => {
  const n = x.shape.at(-1) as number;
  const lead = x.shape.slice(0, -2);
  return slice(reshape(x, [...lead, n * n]), lead.length, 0, n * n, n + 1);
};
/**
 * Eigenvalues whose gap is this many roundoffs of their size are equal: quotients by it would be finite and mean
 * nothing.
 */
const EQUAL_ROUNDOFFS = 8;
/** xᵢⱼ / (λⱼ - λᵢ) off the diagonal, exact zeros on it; infinite or NaN where two are equal up to rounding. */
export function overGaps(x: Node, lambda: Node): Node {
  const { shape } = x;
  const index = (axis: number): Node => iota(shape, shape.length - 2 + axis, "int32");
  const off = ne(index(0), index(1));
  const [a, b] = [along(lambda, shape, "row"), along(lambda, shape, "column")];
  const least = mul(EQUAL_ROUNDOFFS * (x.dtype === "float32" ? 2 ** -24 : 2 ** -53), maximum(abs(a), abs(b)));
  const gap = select(off, select(gt(abs(sub(a, b)), least), sub(a, b), 0), 1);
  return select(off, per(x, gap), 0);
}

// ---- eigenvalues ----

/** Eigenvalues [.., n] and eigenvectors [.., n, n], packed together. */
export const spectrumOf = (packed: Node, n: number): [Node, Node] => unpack(packed, [[n], [n, n]]) as [Node, Node];

/**
 * Eigenvalues, then eigenvectors row-major: [n + n·n]; of (A + Aᵀ)/2. With C = Vᵀ·Ȧ·V the tangents are λ̇ = diag(C) and
 * V̇ = V·(C / (λⱼ - λᵢ)) (Giles 2008, §3.1): for distinct eigenvalues.
 */
export const eighPrim: Primitive = /* @__PURE__ */ onMatrices("eigh", {
  kernel: kernels.eigh,
  result: ([a]) => {
    const n = squareExtent(a);
    return n === undefined ? undefined : [n + n * n];
  },
  args: (node, [a], out) => {
    const n = (node.inputs[0] as Node).shape.at(-1) as number;
    return [n, ...a!, out, { workspace: 16 * n }];
  },
  jvp(node, [da]) {
    if (!da) return undefined;
    const [lambda, v] = spectrumOf(node, (node.inputs[0] as Node).shape.at(-1) as number);
    const symmetric = by(0.5, plus(da, flipMatrix(da)));
    const c = matmulBy(flipMatrix(v), matmulBy(symmetric, v));
    return pack([diagonalsOf(c), matmulBy(v, overGaps(c, lambda))], node.shape.length - 1);
  },
});
/** Eigenvalues [.., n], ascending, and eigenvectors [.., n, n] in columns. */
export const eigh = (a: Node): [Node, Node] => spectrumOf(make(eighPrim, [a]), a.shape.at(-1) as number);

// ---- singular values ----

const svdShapes = (a: Node): Shape[] => {
  const [m, n] = a.shape.slice(-2) as [number, number];
  return [[m, n], [n], [n, n]];
};

/**
 * U, s and Vᵀ, row-major: [m·n + n + n·n], m ≥ n. With P = Uᵀ·Ȧ·V (as in Townsend 2016, "Differentiating the singular
 * value decomposition") and S, D = (P ± Pᵀ)/2 over the differences and the sums sⱼ ± sᵢ: ṡ = diag(P), U̇ = U·(S + D)
 * + (1 - U·Uᵀ)·Ȧ·V·diag(s)⁻¹, V̇ = V·(S - D): for distinct singular values, no two of them 0, and none if there are
 * more rows than columns.
 */
export const svdPrim: Primitive = /* @__PURE__ */ onMatrices("svd", {
  kernel: kernels.svd,
  result: ([a]) => {
    const [m, n] = a as [number, number];
    return m >= n ? [m * n + n + n * n] : undefined;
  },
  args: (node, [a], out) => {
    const [m, n] = (node.inputs[0] as Node).shape.slice(-2) as [number, number];
    return [m, n, ...a!, out, { workspace: kernels.GEMM_WORKSPACE + 8 * (m * n + 2 * n * n) }];
  },
  jvp: (node, [da]) => da && svdTangent(node, node.inputs[0] as Node, da, diagonalsOf),
});

/**
 * The tangent of a packed decomposition of `a` along `da`; `ofValues` makes that of the singular values from Uᵀ·Ȧ·V.
 */
export function svdTangent(packed: Node, a: Node, da: Node, ofValues: (p: Node) => Node): Node {
  const [u, s, vt] = svdPartsOf(packed, a);
  const av = matmulBy(da, flipMatrix(vt));
  const p = matmulBy(flipMatrix(u), av);
  const [pt, off] = [
    flipMatrix(p),
    ne(iota(p.shape, p.shape.length - 2, "int32"), iota(p.shape, p.shape.length - 1, "int32")),
  ];
  const same = by(0.5, overGaps(plus(p, pt), s));
  const sums = select(off, plus(along(s, p.shape, "row"), along(s, p.shape, "column")), 1);
  const opposite = by(0.5, select(off, per(minus(p, pt), sums), 0));
  let du = matmulBy(u, plus(same, opposite));
  if (u.shape.at(-1) !== u.shape.at(-2)) du = plus(du, per(minus(av, matmulBy(u, p)), along(s, av.shape, "row")));
  return pack([du, ofValues(p), matmulBy(flipMatrix(minus(same, opposite)), vt)], packed.shape.length - 1);
}
/** U [.., m, n], s [.., n], Vᵀ [.., n, n] of a packed decomposition of `a`. */
export const svdPartsOf = (packed: Node, a: Node): [Node, Node, Node] =>
  unpack(packed, svdShapes(a)) as [Node, Node, Node];
/** U [.., m, n], s [.., n] descending, Vᵀ [.., n, n]; m ≥ n. */
export const svd = (a: Node): [Node, Node, Node] => svdPartsOf(make(svdPrim, [a]), a);

// ---- the matrix exponential ----

/** Bytes of scratch: the factors of Padé's denominator, and nine matrices of 1 or 2 planes. */
const expmScratch = (n: number, planes: number): number =>
  kernels.FACTOR_WORKSPACE + 8 * (n + n * (n + 1) + 9 * planes * n * n);

/** exp(A); its tangent is the Fréchet derivative L(A, Ȧ). */
export const expmPrim: Primitive = /* @__PURE__ */ onMatrices("expm", {
  kernel: kernels.expm,
  result: square2,
  args: (node, [a], out) => {
    const n = node.shape.at(-1) as number;
    return [n, ...a!, out, { workspace: expmScratch(n, 1) }];
  },
  jvp: (node, [da]) => da && expmFrechet(node.inputs[0] as Node, da),
});

/** [[A, B], [0, A]], or [[B, 0], [0, B]] without A. */
function blocks(a: Node | undefined, b: Node): Node {
  const r = b.shape.length;
  const zero = zerosLike(b);
  return concat([concat([a ?? b, a ? b : zero], r - 1), concat([zero, a ?? b], r - 1)], r - 2);
}

/**
 * The Fréchet derivative L(A, E) of the exponential, the upper right block of exp([[A, E], [0, A]]); linear in E,
 * with the transpose L(Aᵀ, ·) (Higham 2008, "Functions of matrices", §3). Its derivative in A along Ȧ, symmetric in E
 * and Ȧ, is the upper right block of L([[A, E], [0, A]], [[Ȧ, 0], [0, Ȧ]]).
 */
export const expmFrechetPrim: Primitive = /* @__PURE__ */ onMatrices("expmFrechet", {
  kernel: kernels.expm_frechet,
  result: square2,
  linear: "matrices",
  args: (node, [a, e], out) => {
    const n = node.shape.at(-1) as number;
    return [n, ...a!, ...e!, out, { workspace: expmScratch(n, 2) }];
  },
  jvp(node, [da, de]) {
    const [a, e] = node.inputs as [Node, Node];
    const n = a.shape.at(-1) as number;
    const r = a.shape.length;
    const second = da && slice(slice(expmFrechet(blocks(a, e), blocks(undefined, da)), r - 2, 0, n), r - 1, n, 2 * n);
    return addMaybe(second, de && expmFrechet(a, de), plus);
  },
  transpose: (node, ct, linear) => [
    undefined,
    linear[1] ? expmFrechet(flipMatrix(node.inputs[0] as Node), ct) : undefined,
  ],
});
const expmFrechet = (a: Node, e: Node): Node => mapOf(expmFrechetPrim, [a, e], {});
/** The exponential of every matrix. */
export const expm = (a: Node): Node => make(expmPrim, [a]);
