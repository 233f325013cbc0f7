// Small triangular systems, in the order of the kernel (assembly/linalg/triangular.ts).
import type { Node } from "../../ir/graph.ts";
import { div, mul, sub } from "../../primitives/arithmetic.ts";
import { at, type Matrix, onElements, type Rows, stridesIn, sumFromZero } from "./elements.ts";

interface Triangle {
  readonly lower: boolean;
  readonly unit: boolean;
}

/**
 * X with T·X = B. `rows`: one right-hand side with a matrix whose rows lie in memory; the kernel then subtracts inner
 * products, else one product after the other.
 */
export function substituted(t: Matrix, b: Matrix, { lower, unit }: Triangle, rows: boolean): Rows {
  const n = t.length;
  const x: Rows = [];
  for (let step = 0; step < n; step++) {
    const i = lower ? step : n - 1 - step;
    const known = Array.from({ length: step }, (_, k) => (lower ? k : n - 1 - k));
    x[i] = (b[i] as readonly Node[]).map((right, j) => {
      const product = (k: number): Node => mul(at(t, i, k), at(x, k, j));
      const s =
        rows && known.length > 0
          ? sub(right, sumFromZero(known.sort((p, q) => p - q).map(product)))
          : known.reduce((rest, k) => sub(rest, product(k)), right);
      return unit ? s : div(s, at(t, i, i));
    });
  }
  return x;
}

export const triangularSolve = (node: Node): Node => {
  const [a] = node.inputs as [Node];
  const rows = node.shape.at(-1) === 1 && stridesIn(a).at(-1) === 1;
  return onElements(node, node.inputs, ([t, b]) => substituted(t!, b!, node.params as Triangle, rows));
};
