// Factorizations for the random graphs: of a small square piece of a value, squashed so that it is well conditioned.
import { spectralCalculus } from "../../src/ad/scalar-function.ts";
import { make } from "../../src/ir/build.ts";
import type { Node } from "../../src/ir/graph.ts";
import * as A from "../../src/primitives/arithmetic.ts";
import * as C from "../../src/primitives/cholesky.ts";
import * as E from "../../src/primitives/eigenvalues.ts";
import * as LU from "../../src/primitives/lu.ts";
import { qrPrim } from "../../src/primitives/qr.ts";
import * as S from "../../src/primitives/shape.ts";
import * as P from "../../src/primitives/spectral.ts";
import { broadcast } from "../../src/primitives/spread.ts";
import { sin } from "../../src/primitives/transcendental.ts";
import { definite, eye, pivoted } from "./factorizations.ts";
import { curvatureOf, eigenvalueGradient, eigenvaluesAlong, functionOf, radialOf, sumOf } from "./matrix-functions.ts";
import { singularCurvature, singularGradient, singularSpectrumOf, singularValuesAlong } from "./singular-values.ts";
import { graded } from "./spectral.ts";

/** Elements of the results are below this. */
const BOUND = 30;

/** One of the factorizations, of the leading n × n piece of `x`, n ≤ 5; `x` itself where it is no matrix. */
export function factored(x: Node, q: number, keep: (y: Node, bound: number) => Node): Node {
  const r = x.shape.length;
  if ((r !== 2 && r !== 3) || x.size === 0) return x;
  const n = Math.min(5, x.shape[r - 2] as number, x.shape[r - 1] as number);
  const leading = (k: number): Node => A.mul(0.5 / k, sin(S.slice(S.slice(x, r - 2, 0, k), r - 1, 0, k)));
  const t = leading(n);
  // Every derivative of the exponential doubles the matrix, and the interpreter is slow.
  const small = leading(Math.min(n, 2));
  const l = (): Node => C.cholesky(definite(t));
  const made = [
    l,
    () => make(C.choleskyTangentPrim, [l(), t]),
    () => make(C.choleskyAdjointPrim, [l(), t]),
    () => C.triangularSolve(A.add(t, A.mul(2, eye(t))), t, q % 2 === 0, false),
    () => LU.lu(pivoted(t)),
    () => LU.solve(pivoted(t), t),
    () => make(qrPrim, [A.add(t, A.mul(2, eye(t)))]),
    () => make(P.eighPrim, [graded(t)]),
    () => make(P.svdPrim, [graded(t)]),
    () => P.expm(small),
    () => make(P.expmFrechetPrim, [small, small]),
    () => functionOf(small, undefined),
    () => functionOf(small, small),
    () => A.add(small, broadcast(sumOf(small), small.shape, r === 3 ? [0] : [])),
    () => make(E.spectrumPrim, [graded(small)], { calculus: spectralCalculus }),
    () => eigenvaluesAlong(small, small),
    () => eigenvalueGradient(small, small),
    () => curvatureOf(small, small),
    () => singularSpectrumOf(small),
    () => singularValuesAlong(small),
    () => singularGradient(small),
    () => singularCurvature(small),
    () => radialOf(A.add(1, small)),
  ];
  return keep((made[q % made.length] as () => Node)(), BOUND);
}
