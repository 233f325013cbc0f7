// Cholesky factors of small matrices, and the two linear maps that are their forward and reverse mode: the loops of the
// kernels (assembly/linalg, dual and adjoint/cholesky.ts) without loops, in their order, so that the bits are theirs.
import type { Node } from "../../ir/graph.ts";
import { add, div, mul, sqrt, sub } from "../../primitives/arithmetic.ts";
import { and, gt, select } from "../../primitives/logic.ts";
import { at, build, type Matrix, number, onElements, type Rows } from "./elements.ts";

/** The triangle j ≤ i of (A + Aᵀ)/2. */
const symmetric = (a: Matrix, i: number, j: number): Node => mul(add(at(a, i, j), at(a, j, i)), 0.5);

/** A square matrix: `f` on and below the diagonal, zeros above. */
const lower = (n: number, like: Node, f: (i: number, j: number) => Node): Rows =>
  build(n, n, (i, j) => (j <= i ? f(i, j) : number(0, like)));

/** Calls `f` for every element of the lower triangle, row by row: what it makes is there for the next. */
function fillLower(n: number, f: (i: number, j: number, known: Matrix) => Node): Matrix {
  const rows: Rows = [];
  for (let i = 0; i < n; i++) {
    rows.push([]);
    for (let j = 0; j <= i; j++) (rows[i] as Node[]).push(f(i, j, rows));
  }
  return rows;
}

export const cholesky = (node: Node): Node =>
  onElements(node, node.inputs, ([a]) => {
    const n = a!.length;
    const l = fillLower(n, (i, j, known) => {
      let s = symmetric(a!, i, j);
      for (let k = 0; k < j; k++) s = sub(s, mul(at(known, i, k), at(known, j, k)));
      return i === j ? sqrt(s) : div(s, at(known, j, j));
    });
    // A matrix that is not positive definite has no element of a factor.
    const definite = l.map((row, i) => gt(row[i]!, 0)).reduce(and);
    return lower(n, node, (i, j) => select(definite, at(l, i, j), Number.NaN));
  });

export const choleskyTangent = (node: Node): Node =>
  onElements(node, node.inputs, ([l, s]) => {
    const n = l!.length;
    const p = fillLower(n, (i, j, known) => {
      let t = symmetric(s!, i, j);
      for (let k = 0; k < j; k++)
        t = sub(t, add(mul(at(known, i, k), at(l!, j, k)), mul(at(l!, i, k), at(known, j, k))));
      t = i === j ? mul(t, 0.5) : sub(t, mul(at(l!, i, j), at(known, j, j)));
      return div(t, at(l!, j, j));
    });
    return lower(n, node, (i, j) => at(p, i, j));
  });

export const choleskyAdjoint = (node: Node): Node =>
  onElements(node, node.inputs, ([l, lbar]) => {
    const n = l!.length;
    const m = lower(n, node, (i, j) => mul(0.5, at(lbar!, i, j)));
    const put = (i: number, j: number, x: Node): void => {
      (m[i] as Node[])[j] = x;
      (m[j] as Node[])[i] = x;
    };
    for (let j = n - 1; j >= 0; j--) {
      let s = at(m, j, j);
      const column: Node[] = [];
      for (let i = j + 1; i < n; i++) {
        let t = at(m, i, j);
        for (let k = j + 1; k < n; k++) t = sub(t, mul(at(m, i, k), at(l!, k, j)));
        t = div(t, at(l!, j, j));
        s = sub(s, mul(t, at(l!, i, j)));
        column.push(t);
      }
      put(j, j, div(s, at(l!, j, j)));
      column.forEach((t, i) => {
        put(j + 1 + i, j, t);
      });
    }
    return m;
  });
