// What derivatives of eigenvalues and of singular values have in common: three records of a family, and the table of
// slopes.
//
// The values λ of a matrix have a tangent, linear in that of the matrix; its transpose makes of g = ∂L/∂λ the
// gradient of L(λ(A)); and the derivatives of both have quotients of differences of g by gaps of λ, with limits where
// L is a symmetric function. So g must be known before anything is divided by a gap: the second derivative of λ is a
// map whose transpose gets g as its cotangent.
import { make } from "../ir/build.ts";
import type { MaybeNode, Node, Primitive } from "../ir/graph.ts";
import type { SpectralCalculus } from "../ir/scalar-function.ts";
import { abs, add, by, minus, per, plus, sub } from "./arithmetic.ts";
import { addMaybe, batched } from "./define.ts";
import { DividedDifferences } from "./divided-differences.ts";
import { flipMatrix } from "./factorization.ts";
import { iota } from "./leaf.ts";
import { eq, le, ne, select } from "./logic.ts";
import { reshape, transpose } from "./shape.ts";
import { diagonalsOf } from "./spectral.ts";
import { broadcast, constValue, full, reduceSum, zerosLike } from "./spread.ts";
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

/** Columns of the matrices, or elements of the vectors. */
export const extent = (a: Node): number => a.shape.at(-1) as number;
/** Where the row and the column differ. */
export const offDiagonal = (shape: readonly number[]): Node =>
  ne(iota(shape, shape.length - 2, "int32"), iota(shape, shape.length - 1, "int32"));
/**
 * Vectors along the columns (axis 0) or rows (axis 1) of matrices, square unless `other` is the length of their other
 * axis.
 */
export const alongAxis = (x: Node, axis: 0 | 1, other = extent(x)): Node => {
  const lead = x.shape.slice(0, -1);
  const shape = axis === 0 ? [...x.shape, other] : [...lead, other, extent(x)];
  return broadcast(x, shape, [...lead.map((_, i) => i), lead.length + axis]);
};

/** Roundoffs of a cotangent that the bound of a quotient of differences allows for. */
const SPECTRAL_ROUNDOFFS = 16;

/**
 * (gⱼ - gᵢ) / (λⱼ - λᵢ) with its limits at equal λ, and ∂gᵢ/∂λᵢ on the diagonal. Where `g` is no symmetric function's
 * gradient it is infinite at equal λ. `packed` is the node that has λ from element `first` on.
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
  const jacobian = transpose(calculus.along(g, packed, directions), [
    ...g.shape.map((_, i) => (i + 1) % (r + 1)).slice(0, r - 1),
    0,
    r,
  ]);
  const own = diagonalsOf(jacobian);
  const limit = by(0.5, minus(plus(alongAxis(own, 0), alongAxis(own, 1)), plus(jacobian, flipMatrix(jacobian))));
  // Roundoff of g, and what that of λ makes of it: terms of g may cancel.
  const size = add(abs(g), reduceSum(abs(by(jacobian, alongAxis(lambda, 0))), [r - 1]));
  const bound = by(
    SPECTRAL_ROUNDOFFS * (g.dtype === "float32" ? 2 ** -24 : 2 ** -53),
    add(alongAxis(size, 0), alongAxis(size, 1)),
  );
  const table = select(le(abs(sub(by(limit, gap), difference)), bound), limit, per(difference, gap));
  return select(offDiagonal(table.shape), table, alongAxis(own, 0));
}

// ---- the records of a family ----

/** Values of matrices A, by their decomposition `packed`. */
export interface Family {
  /** Of the records: `eigenvalue`. */
  readonly name: string;
  readonly records: () => { readonly tangent: Rule; readonly cotangent: Rule; readonly curvature: Rule };
  /** The tangent of the values as A moves along x. */
  tangent(a: Node, packed: Node, x: Node): Node;
  /** Its transpose: the cotangent of A for that of the values. */
  cotangent(a: Node, packed: Node, g: Node): Node;
  /** A simpler cotangent, if there is one. */
  gradient?(a: Node, packed: Node, g: Node, calculus: SpectralCalculus): MaybeNode;
  /** The derivative of the cotangent as the vectors of the decomposition turn along x. */
  turned(a: Node, packed: Node, g: Node, x: Node, calculus: SpectralCalculus): Node;
  /** The second derivative of the values along x and y. */
  curvature(a: Node, packed: Node, x: Node, y: Node): Node;
}
type Three = [Node, Node, Node];
const composition = (of: (node: Node<Rules>) => Node): Rule["lower"] => ({ kind: "composition", of });
const ofValues: Rule["aval"] = ([a]) => ({ shape: [...a!.shape.slice(0, -2), extent(a!)], dtype: a!.dtype });

/** Inputs A, its decomposition, X: the tangent of the values. */
export const tangentRule = (family: Family): Rule => ({
  name: `${family.name}Tangent`,
  aval: ofValues,
  simplify: ([, , x], _params, aval) => (constValue(x!) === 0 ? zerosLike(aval) : undefined),
  jvp(node, [da, , dx]) {
    const [a, packed, x] = node.inputs as Three;
    const { tangent, curvature } = family.records();
    return addMaybe(
      dx && make(tangent, [a, packed, dx], node.params),
      da && make(curvature, [a, packed, x, da], node.params),
      plus,
    );
  },
  transpose: (node, ct, linear) => [
    undefined,
    undefined,
    linear[2] ? make(family.records().cotangent, [...node.inputs.slice(0, 2), ct], node.params) : undefined,
  ],
  batch: batchAll(() => family.records().tangent) as Rule["batch"],
  lower: composition((node) => family.tangent(...(node.inputs as Three))),
});

/** Inputs A, its decomposition, g: the cotangent of A. */
export const cotangentRule = (family: Family): Rule => ({
  name: `${family.name}Cotangent`,
  aval: ([a]) => ({ shape: a!.shape, dtype: a!.dtype }),
  simplify: ([a, packed, g], { calculus }, aval) =>
    constValue(g!) === 0 ? zerosLike(aval) : family.gradient?.(a!, packed!, g!, calculus),
  jvp(node, [da, , dg]) {
    const [a, packed, g] = node.inputs as Three;
    return addMaybe(
      dg && make(family.records().cotangent, [a, packed, dg], node.params),
      da && family.turned(a, packed, g, da, node.params.calculus),
      plus,
    );
  },
  transpose: (node, ct, linear) => [
    undefined,
    undefined,
    linear[2] ? make(family.records().tangent, [...node.inputs.slice(0, 2), ct], node.params) : undefined,
  ],
  batch: batchAll(() => family.records().cotangent) as Rule["batch"],
  lower: composition((node) => family.cotangent(...(node.inputs as Three))),
});

/**
 * Inputs A, its decomposition, X, Y: the second derivative of the values, bilinear. No value has one where it equals
 * another, but a symmetric function of them has: its cotangent makes the transpose finite.
 */
export function curvatureRule(family: Family): Rule {
  const curvature = (node: Node<Rules>): Node => family.curvature(...(node.inputs as [Node, Node, Node, Node]));
  return {
    name: `${family.name}Curvature`,
    aval: ofValues,
    simplify: ([, , x, y], _params, aval) =>
      constValue(x!) === 0 || constValue(y!) === 0 ? zerosLike(aval) : undefined,
    expand: curvature,
    transpose(node, ct, linear) {
      const [a, packed, x, y] = node.inputs as [Node, Node, Node, Node];
      const along = (z: Node): Node => family.turned(a, packed, ct, z, node.params.calculus);
      return [undefined, undefined, linear[2] ? along(y) : undefined, linear[3] ? along(x) : undefined];
    },
    batch: batchAll(() => family.records().curvature) as Rule["batch"],
    lower: composition(curvature),
  };
}
