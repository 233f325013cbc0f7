// Products of matrices with few terms that only a reduction reads, and those with one term: sums of products in the
// loops of what reads them. Of a kernel they would be written to memory and read again, which takes longer than so few
// operations.
import type { Node } from "../../ir/graph.ts";
import { reachable, substitute } from "../../ir/walk.ts";
import { INLINE_TERMS, THIN_ELEMENTS } from "../cost.ts";
import type { GraphPass } from "../pass.ts";
import { sumOfProducts } from "../small/product.ts";

/** By the name of the record, which would bring its kernels. */
const isThin = (n: Node): boolean =>
  n.prim.name === "matmul" &&
  n.size >= THIN_ELEMENTS &&
  n.shape.slice(-2).every((d) => d > 1) &&
  (n.inputs[0]?.shape.at(-1) as number) <= INLINE_TERMS;

const isOuter = (n: Node): boolean => n.inputs[0]?.shape.at(-1) === 1;

/** Whether nothing but one reduction reads `n`, through operations on single elements and other orders of these. */
function isReduced(n: Node, users: ReadonlyMap<Node, ReadonlySet<Node>>): boolean {
  let at = n;
  let next = users.get(n);
  while (next?.size === 1) {
    for (const user of next) at = user;
    const { kind } = at.prim.lower;
    if (kind === "reduce") return at.size * INLINE_TERMS < (at.inputs[0] as Node).size;
    if (kind !== "lane" && kind !== "view") return false;
    next = users.get(at);
  }
  return false;
}

function usersOf(outputs: readonly Node[]): Map<Node, Set<Node>> {
  const users = new Map<Node, Set<Node>>();
  for (const n of reachable(outputs))
    for (const x of n.inputs) {
      const of = users.get(x);
      if (of) of.add(n);
      else users.set(x, new Set([n]));
    }
  return users;
}

export const thinProducts: GraphPass = {
  name: "thin products",
  list: "lowered",
  run(outputs) {
    if (!reachable(outputs).some(isThin)) return outputs;
    const users = usersOf(outputs);
    const results = new Set(outputs);
    const [from, to]: [Node[], Node[]] = [[], []];
    for (const n of reachable(outputs)) {
      if (!isThin(n) || results.has(n) || !(isOuter(n) || isReduced(n, users))) continue;
      to.push(sumOfProducts(substitute([n], from, to)[0] as Node));
      from.push(n);
    }
    return substitute(outputs, from, to);
  },
};
