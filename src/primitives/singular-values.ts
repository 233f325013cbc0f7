// Singular values and vectors with derivatives that see what is done with the singular values.
//
// The singular values of A are eigenvalues of [[0, A], [Aᵀ, 0]], which has theirs with both signs, and 0 for rows in
// excess. With C = Uᵀ·X·V the pair (i, j) of equal signs meets the symmetric part of C and the gap sⱼ - sᵢ, that of
// different signs the antisymmetric part and the sum sⱼ + sᵢ. So only the symmetric part needs the limits at equal
// values that spectral-values.ts takes (Lewis & Sendov 2005, "Nonsmooth analysis of singular values", part II). Sums
// of two values vanish where two ranks are lost.
import { make } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import type { SpectralCalculus } from "../ir/scalar-function.ts";
import { by, minus, per, plus } from "./arithmetic.ts";
import { matmulBy } from "./contraction.ts";
import { flipMatrix } from "./factorization.ts";
import { and, eq, select } from "./logic.ts";
import { symmetrized } from "./matrix-function.ts";
import { diagonalsOf, overGaps, svdPartsOf, svdPrim, svdTangent } from "./spectral.ts";
import {
  alongAxis,
  batchAll,
  cotangentRule,
  curvatureRule,
  extent,
  type Family,
  offDiagonal,
  type Rule,
  slopes,
  tangentRule,
} from "./spectral-values.ts";
import { reduceSum } from "./spread.ts";

/** (X - Xᵀ)/2 of every matrix. */
const antisymmetrized = (x: Node): Node => by(0.5, minus(x, flipMatrix(x)));
const rows = (a: Node): number => a.shape.at(-2) as number;
const transposed = (x: Node, y: Node): Node => matmulBy(flipMatrix(x), y);
/** xᵢ + xⱼ. */
const sumsOf = (x: Node): Node => plus(alongAxis(x, 0), alongAxis(x, 1));
/** `x` over sums of two singular values, zeros on the diagonal. */
const overSums = (x: Node, s: Node): Node => {
  const off = offDiagonal(x.shape);
  return select(off, per(x, select(off, sumsOf(s), 1)), 0);
};

/** X in the bases of the singular vectors: C = Uᵀ·X·V and, where A has more rows than columns, (1 - U·Uᵀ)·X·V. */
function inBases(a: Node, packed: Node, x: Node): { c: Node; rest: Node | undefined } {
  const [u, , vt] = svdPartsOf(packed, a);
  const xv = matmulBy(x, flipMatrix(vt));
  const c = transposed(u, xv);
  return { c, rest: rows(a) > extent(a) ? minus(xv, matmulBy(u, c)) : undefined };
}

/** The derivative of U·diag(g)·Vᵀ as the singular vectors turn along `x`. */
function turned(a: Node, packed: Node, g: Node, x: Node, calculus: SpectralCalculus): Node {
  const [u, s, vt] = svdPartsOf(packed, a);
  const { c, rest } = inBases(a, packed, x);
  const table = slopes(g, s, packed, calculus, rows(a) * extent(a));
  // Where values are 0, g of a function that is smooth there goes through 0: the limit is its slope.
  const ratio = (y: Node, x: Node, slope: Node): Node => {
    const none = and(eq(x, 0), eq(y, 0));
    return select(none, slope, per(y, select(none, 1, x)));
  };
  const opposite = ratio(sumsOf(g), sumsOf(s), table);
  const inside = plus(by(symmetrized(c), table), by(antisymmetrized(c), opposite));
  let y = matmulBy(u, select(offDiagonal(c.shape), inside, 0));
  if (rest) y = plus(y, by(rest, alongAxis(ratio(g, s, diagonalsOf(table)), 1, rows(a))));
  return matmulBy(y, vt);
}

const SINGULAR_VALUES: Family = {
  name: "singular",
  records: () => ({ tangent: singularTangentPrim, cotangent: singularCotangentPrim, curvature: singularCurvaturePrim }),
  // diag(Uᵀ·X·V)
  tangent(a, packed, x) {
    const [u, , vt] = svdPartsOf(packed, a);
    return reduceSum(by(u, matmulBy(x, flipMatrix(vt))), [a.shape.length - 2]);
  },
  // U·diag(g)·Vᵀ
  cotangent(a, packed, g) {
    const [u, , vt] = svdPartsOf(packed, a);
    return matmulBy(by(alongAxis(g, 1, rows(a)), u), vt);
  },
  turned,
  // With the symmetric parts S and antisymmetric parts D of X and Y in the bases, 2·Σⱼ SᵢⱼSᵢⱼ / (sᵢ - sⱼ) + 2·Σⱼ
  // DᵢⱼDᵢⱼ / (sᵢ + sⱼ), and products of columns outside U over sᵢ.
  curvature(a, packed, x, y) {
    const [, s] = svdPartsOf(packed, a);
    const [one, two] = [inBases(a, packed, x), inBases(a, packed, y)];
    const same = by(symmetrized(one.c), overGaps(symmetrized(two.c), s));
    const opposite = by(antisymmetrized(one.c), overSums(antisymmetrized(two.c), s));
    const axis = a.shape.length - 2;
    const inside = reduceSum(by(2, plus(same, opposite)), [axis]);
    return one.rest && two.rest
      ? plus(inside, reduceSum(by(one.rest, per(two.rest, alongAxis(s, 1, rows(a)))), [axis]))
      : inside;
  },
};
export const singularTangentPrim: Rule = /* @__PURE__ */ tangentRule(SINGULAR_VALUES);
export const singularCotangentPrim: Rule = /* @__PURE__ */ cotangentRule(SINGULAR_VALUES);
export const singularCurvaturePrim: Rule = /* @__PURE__ */ curvatureRule(SINGULAR_VALUES);

/** U, s and Vᵀ of A, packed as {@link svdPrim} computes them. */
export const singularSpectrumPrim: Rule = {
  name: "singularSpectrum",
  aval: ([a]) => ({
    shape: [...a!.shape.slice(0, -2), rows(a!) * extent(a!) + extent(a!) * (1 + extent(a!))],
    dtype: a!.dtype,
  }),
  jvp(node, [da]) {
    if (!da) return undefined;
    const [a, packed] = [node.inputs[0] as Node, node as unknown as Node];
    return svdTangent(packed, a, da, () => make(singularTangentPrim, [a, packed, da], node.params));
  },
  batch: /* @__PURE__ */ batchAll(() => singularSpectrumPrim) as Rule["batch"],
  lower: { kind: "composition", of: (node) => make(svdPrim, node.inputs) },
};

/** U [.., m, n], s [.., n] descending, Vᵀ [.., n, n]; m ≥ n. */
export function singularSpectrum(a: Node, calculus: SpectralCalculus): [Node, Node, Node] {
  return svdPartsOf(make(singularSpectrumPrim, [a], { calculus }), a);
}
