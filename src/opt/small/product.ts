// Products of small matrices as sums of products, in the order of the kernels (assembly/linalg/gemm.ts and gemv.ts).
import { bytesOf } from "../../ir/aval.ts";
import type { Node } from "../../ir/graph.ts";
import { add, mul } from "../../primitives/arithmetic.ts";
import { reshape, slice } from "../../primitives/shape.ts";
import { broadcast, reduceSum } from "../../primitives/spread.ts";
import { stridesIn, sumFromZero } from "./elements.ts";

export function matmul(node: Node): Node {
  const { shape } = node;
  const [a] = node.inputs as [Node];
  const r = shape.length;
  const sum = orderOf(node);
  if (!sum) return sumOfProducts(node);
  const products = productsOf(node);
  const terms = Array.from({ length: a.shape[r - 1] as number }, (_, k) =>
    reshape(slice(products, r - 1, k, k + 1), shape),
  );
  return sumFromZero(sum(terms));
}

/** All products of elements, along the last axis but one those that are added up. */
function productsOf({ shape, inputs }: Node): Node {
  const [a, b] = inputs as [Node, Node];
  const r = shape.length;
  const all = [...a.shape, shape[r - 1] as number];
  const lead = r === 3 ? [0] : [];
  return mul(broadcast(a, all, [...lead, r - 2, r - 1]), broadcast(b, all, [...lead, r - 1, r]));
}
/** A product of matrices that are no vectors, term by term. */
export const sumOfProducts = (node: Node): Node => reduceSum(productsOf(node), [node.shape.length - 1]);

/** What the kernel adds first, of more than three terms of a product with a vector; undefined: one after the other. */
function orderOf({ shape, inputs }: Node): ((terms: readonly Node[]) => Node[]) | undefined {
  const [a, b] = inputs as [Node, Node];
  const [m, n] = shape.slice(-2) as [number, number];
  const k = a.shape.at(-1) as number;
  if (k <= 3 || (m > 1 && n > 1)) return undefined;
  const [matrix, rows, columns] = n === 1 ? [a, -2, -1] : [b, -1, -2];
  const strides = stridesIn(matrix);
  const isRow = m === 1 && n === 1;
  const [across, along] = [strides.at(rows), strides.at(columns)];
  const byRows = along === 1;
  const byColumns = across === 1 || isRow;
  const lanes = 16 / bytesOf(a.dtype);
  if (n === 1) return byRows ? (terms) => byLanes(terms, lanes) : byColumns ? byFours : undefined;
  return byColumns ? byFours : byRows ? (terms) => byLanes(terms, lanes) : undefined;
}

/** Lane by lane, then the lanes, then what is left. */
function byLanes(terms: readonly Node[], lanes: number): Node[] {
  const whole = terms.length - (terms.length % lanes);
  if (whole === 0) return [...terms];
  const sums = Array.from({ length: lanes }, (_, l) =>
    terms.filter((_, k) => k < whole && k % lanes === l).reduce(add),
  ) as [Node, Node, Node, Node];
  const [s, t, u, v] = sums;
  return [lanes === 2 ? add(s, t) : add(add(s, u), add(t, v)), ...terms.slice(whole)];
}

/** Four at a time, in pairs. */
function byFours(terms: readonly Node[]): Node[] {
  const sums: Node[] = [];
  let k = 0;
  for (; k + 4 <= terms.length; k += 4) {
    const [p, q, s, t] = terms.slice(k, k + 4) as [Node, Node, Node, Node];
    sums.push(add(add(p, q), add(s, t)));
  }
  return [...sums, ...terms.slice(k)];
}
