// Eigenvalues and eigenvectors with derivatives that see what is done with the eigenvalues.
//
// The gradient of L(λ(A)) is V·diag(g)·Vᵀ with g = ∂L/∂λ, and the derivative of that along C, in the basis of the eigenvectors, has
// (gⱼ - gᵢ) / (λⱼ - λᵢ) · Cᵢⱼ off the diagonal (Lewis & Sendov 2001, "Twice differentiable spectral functions"). Where L is a
// symmetric function these quotients have limits at equal eigenvalues, which the graph of g tells: gᵢ = φ(λᵢ) makes the gradient φ(A),
// a matrix function; else the limit is ∂gᵢ/∂λᵢ - ∂gᵢ/∂λⱼ. So g must be known before anything is divided by a gap, and the
// first and second derivatives of eigenvalues are maps whose transposes get it as their cotangent.
import { make } from "../ir/build.ts";
import { useMarkers } from "../ir/expansion.ts";
import type { Node, Primitive } from "../ir/graph.ts";
import type { SpectralCalculus } from "../ir/rules.ts";
import { abs, add, by, minus, per, plus, sub } from "./arithmetic.ts";
import { matmulBy } from "./contraction.ts";
import { addMaybe, batched } from "./define.ts";
import { DividedDifferences } from "./divided-differences.ts";
import { flipMatrix, pack } from "./factorization.ts";
import { broadcast, constValue, full, iota, reduceSum, zerosLike } from "./leaf.ts";
import { eq, le, ne, select } from "./logic.ts";
import { matrixFunctionPrim, symmetrized } from "./matrix-function.ts";
import { reshape, transpose } from "./shape.ts";
import { diagonalsOf, eighPrim, overGaps, spectrumOf } from "./spectral.ts";
import { uniform } from "./uniform.ts";

export interface Rules {
  readonly calculus: SpectralCalculus;
}
export type Rule = Primitive<Rules>;

/** Batches inputs all of which have the batch axis; a second batch axis joins the first one. */
export const batchAll =
  (prim: () => Rule): Primitive["batch"] =>
  (node, inputs, has, size) => {
    const xs = inputs.map((x, i) => batched(x, has[i] as boolean, size));
    if (node.inputs[0]?.shape.length === 2) return make(prim(), xs, node.params as Rules);
    const count = node.inputs[0]?.shape[0] as number;
    const y = make(
      prim(),
      xs.map((x) => reshape(x, [size * count, ...x.shape.slice(2)])),
      node.params as Rules,
    );
    return reshape(y, [size, count, ...y.shape.slice(1)]);
  };

const extent = (a: Node): number => a.shape.at(-1) as number;
/** Where the row and the column differ. */
export const offDiagonal = (shape: readonly number[]): Node =>
  ne(iota(shape, shape.length - 2, "int32"), iota(shape, shape.length - 1, "int32"));
/** Vectors along the columns (axis 0) or rows (axis 1) of matrices, square unless `other` is the length of their other axis. */
export const alongAxis = (x: Node, axis: 0 | 1, other = extent(x)): Node => {
  const lead = x.shape.slice(0, -1);
  const shape = axis === 0 ? [...x.shape, other] : [...lead, other, extent(x)];
  return broadcast(x, shape, [...lead.map((_, i) => i), lead.length + axis]);
};

/** Roundoffs of a cotangent that the bound of a quotient of differences allows for. */
const ALLOWED = 16;

/**
 * (gⱼ - gᵢ) / (λⱼ - λᵢ) with its limits at equal λ, and ∂gᵢ/∂λᵢ on the diagonal. Where `g` is no symmetric function's gradient it is infinite
 * at equal λ. `packed` is the node that has λ from element `first` on.
 */
export function slopes(g: Node, lambda: Node, packed: Node, calculus: SpectralCalculus, first = 0): Node {
  const same = uniform(g, lambda, calculus);
  if (same) return new DividedDifferences(same.fn, lambda, same.captured, same.flags).pairs();
  const n = extent(lambda);
  const [gap, difference] = [lambda, g].map((x) => minus(alongAxis(x, 1), alongAxis(x, 0))) as [Node, Node];
  // The mean over the way on which both λ trade places, by the trapezoidal rule: (Jᵢᵢ + Jⱼⱼ - Jᵢⱼ - Jⱼᵢ) / 2.
  const one = [n, ...packed.shape];
  const place = sub(iota(one, one.length - 1, "int32"), first);
  const directions = select(eq(iota(one, 0, "int32"), place), full(one, 1, g.dtype), 0);
  const r = g.shape.length;
  const jacobian = transpose(calculus.along(g, packed, directions), [...g.shape.map((_, i) => (i + 1) % (r + 1)).slice(0, r - 1), 0, r]);
  const own = diagonalsOf(jacobian);
  const limit = by(0.5, minus(plus(alongAxis(own, 0), alongAxis(own, 1)), plus(jacobian, flipMatrix(jacobian))));
  // Roundoff of g, and what that of λ makes of it: terms of g may cancel.
  const size = add(abs(g), reduceSum(abs(by(jacobian, alongAxis(lambda, 0))), [r - 1]));
  const bound = by(ALLOWED * (g.dtype === "float32" ? 2 ** -24 : 2 ** -53), add(alongAxis(size, 0), alongAxis(size, 1)));
  const table = select(le(abs(sub(by(limit, gap), difference)), bound), limit, per(difference, gap));
  return select(offDiagonal(table.shape), table, alongAxis(own, 0));
}

/** The derivative of V·diag(g)·Vᵀ as the eigenvectors turn along `x`. */
function turned(packed: Node, g: Node, x: Node, calculus: SpectralCalculus): Node {
  const [lambda, v] = spectrumOf(packed, extent(x));
  const c = matmulBy(flipMatrix(v), matmulBy(symmetrized(x), v));
  const table = slopes(g, lambda, packed, calculus);
  return matmulBy(v, matmulBy(select(offDiagonal(x.shape), by(c, table), 0), flipMatrix(v)));
}

/** Inputs A, its spectrum, X: the tangent of the eigenvalues, diag(Vᵀ·X·V). */
export const eigenvalueTangentPrim: Rule = {
  name: "eigenvalueTangent",
  aval: ([a]) => ({ shape: a!.shape.slice(0, -1), dtype: a!.dtype }),
  simplify: ([, , x], _params, aval) => (constValue(x!) === 0 ? zerosLike(aval) : undefined),
  jvp(node, [da, , dx]) {
    const [a, packed, x] = node.inputs as [Node, Node, Node];
    return addMaybe(
      dx && make(eigenvalueTangentPrim, [a, packed, dx], node.params),
      da && make(eigenvalueCurvaturePrim, [a, packed, x, da], node.params),
      plus,
    );
  },
  transpose: (node, ct, linear) => [
    undefined,
    undefined,
    linear[2] ? make(eigenvalueCotangentPrim, [...node.inputs.slice(0, 2), ct], node.params) : undefined,
  ],
  batch: /* @__PURE__ */ batchAll(() => eigenvalueTangentPrim) as Rule["batch"],
  lower: {
    kind: "composition",
    of(node) {
      const [a, packed, x] = node.inputs as [Node, Node, Node];
      const [, v] = spectrumOf(packed, extent(a));
      return reduceSum(by(v, matmulBy(symmetrized(x), v)), [v.shape.length - 2]);
    },
  },
};

/** Inputs A, its spectrum, g: the cotangent of A, V·diag(g)·Vᵀ. */
export const eigenvalueCotangentPrim: Rule = {
  name: "eigenvalueCotangent",
  aval: ([a]) => ({ shape: a!.shape, dtype: a!.dtype }),
  simplify([a, packed, g], { calculus }, aval) {
    if (constValue(g!) === 0) return zerosLike(aval);
    const [lambda] = spectrumOf(packed!, extent(a!));
    const same = uniform(g!, lambda, calculus);
    return same && make(matrixFunctionPrim, [a!, ...same.captured], { fn: same.fn, order: 0, flags: same.flags });
  },
  jvp(node, [da, , dg]) {
    const [a, packed, g] = node.inputs as [Node, Node, Node];
    return addMaybe(
      dg && make(eigenvalueCotangentPrim, [a, packed, dg], node.params),
      da && turned(packed, g, da, node.params.calculus),
      plus,
    );
  },
  transpose: (node, ct, linear) => [
    undefined,
    undefined,
    linear[2] ? make(eigenvalueTangentPrim, [...node.inputs.slice(0, 2), ct], node.params) : undefined,
  ],
  batch: /* @__PURE__ */ batchAll(() => eigenvalueCotangentPrim) as Rule["batch"],
  lower: {
    kind: "composition",
    of(node) {
      const [a, packed, g] = node.inputs as [Node, Node, Node];
      const [, v] = spectrumOf(packed, extent(a));
      return matmulBy(by(alongAxis(g, 1), v), flipMatrix(v));
    },
  },
};

/** The second derivative of the eigenvalues along X and Y, 2·Σⱼ CᵢⱼDᵢⱼ / (λᵢ - λⱼ). */
function curvature(node: Node): Node {
  const [a, packed, x, y] = node.inputs as [Node, Node, Node, Node];
  const [lambda, v] = spectrumOf(packed, extent(a));
  const [c, d] = [x, y].map((z) => matmulBy(flipMatrix(v), matmulBy(symmetrized(z), v))) as [Node, Node];
  return reduceSum(by(2, by(c, overGaps(d, lambda))), [a.shape.length - 2]);
}

/** Inputs A, its spectrum, X, Y: the second derivative of the eigenvalues, bilinear. No eigenvalue has one where it equals another,
 * but a symmetric function of them has: its cotangent makes the transpose finite. */
export const eigenvalueCurvaturePrim: Rule = {
  name: "eigenvalueCurvature",
  aval: ([a]) => ({ shape: a!.shape.slice(0, -1), dtype: a!.dtype }),
  simplify: ([, , x, y], _params, aval) => (constValue(x!) === 0 || constValue(y!) === 0 ? zerosLike(aval) : undefined),
  expand: curvature as Rule["expand"] & {},
  transpose(node, ct, linear) {
    const [, packed, x, y] = node.inputs as [Node, Node, Node, Node];
    const { calculus } = node.params;
    return [
      undefined,
      undefined,
      linear[2] ? turned(packed, ct, y, calculus) : undefined,
      linear[3] ? turned(packed, ct, x, calculus) : undefined,
    ];
  },
  batch: /* @__PURE__ */ batchAll(() => eigenvalueCurvaturePrim) as Rule["batch"],
  lower: { kind: "composition", of: curvature as (node: Node<Rules>) => Node },
};

/** Eigenvalues, then eigenvectors, of (A + Aᵀ)/2, as {@link eighPrim} computes them. */
export const spectrumPrim: Rule = {
  name: "spectrum",
  aval: ([a]) => ({ shape: [...a!.shape.slice(0, -2), extent(a!) * (1 + extent(a!))], dtype: a!.dtype }),
  jvp(node, [da]) {
    if (!da) return undefined;
    const a = node.inputs[0] as Node;
    const [lambda, v] = spectrumOf(node as unknown as Node, extent(a));
    const c = matmulBy(flipMatrix(v), matmulBy(symmetrized(da), v));
    const tangent = make(eigenvalueTangentPrim, [a, node as unknown as Node, da], node.params);
    return pack([tangent, matmulBy(v, overGaps(c, lambda))], a.shape.length - 2);
  },
  batch: /* @__PURE__ */ batchAll(() => spectrumPrim) as Rule["batch"],
  lower: { kind: "composition", of: (node) => make(eighPrim, node.inputs) },
};

/** Eigenvalues [.., n], ascending, and eigenvectors [.., n, n] in columns. */
export function spectrum(a: Node, calculus: SpectralCalculus): [Node, Node] {
  useMarkers();
  return spectrumOf(make(spectrumPrim, [a], { calculus }), extent(a));
}
