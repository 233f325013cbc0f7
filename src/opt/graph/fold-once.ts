// A sum over i of an array of pairs that is, up to sign, the sum over j, as the two halves of a force are: one of both
// is computed, in the gradient, and so in all that is derived from it.
import { make } from "../../ir/build.ts";
import type { Node } from "../../ir/graph.ts";
import { reachable, substitute } from "../../ir/walk.ts";
import { subPrim } from "../../primitives/arithmetic.ts";
import { zerosLike } from "../../primitives/spread.ts";
import type { GraphPass } from "../pass.ts";
import type { Body, Fold } from "../plan/body.ts";
import { plan } from "../plan/plan.ts";
import { bodiesOf, MustStore } from "../plan/puller.ts";
import type { Nest, Root } from "../plan/root.ts";
import type { Exchange } from "../steps/exchange.ts";
import { allPairs } from "../steps/pairs.ts";
import { pairSums } from "./pair-sums.ts";

/** Sums over either axis of an array of pairs that are the same are computed once. */
export const foldOnce: GraphPass = {
  name: "fold once",
  list: "derived",
  run: (outputs, { isFixed }) => foldOnceIn(outputs, isFixed),
};

const isUnexpanded = ({ prim: { lower } }: Node): boolean =>
  lower.kind === "composition" || lower.kind === "closed" || lower.kind === "control";

/**
 * `outputs` with every sum over one of two loops that is, up to sign, the sum over the other one replaced by that
 * one; as they are where functions with rules of their own have not been expanded yet.
 */
function foldOnceIn(outputs: readonly Node[], isFixed: (n: Node) => boolean): Node[] {
  const axes = new Set(
    pairSums(outputs).map((n) => `${(n.inputs[0] as Node).shape} ${(n.params as { axes: readonly number[] }).axes}`),
  );
  if (axes.size < 2 || reachable(outputs).some(isUnexpanded)) return [...outputs];
  try {
    for (const step of plan(outputs).steps) {
      if (step.kind !== "nest" || step.sizes.length !== 2 || step.roots.length < 2) continue;
      const found = sameFolds(step, isFixed);
      if (found) return foldOnceIn(substitute(outputs, [found[0]], [found[1]]), isFixed);
    }
  } catch (e) {
    if (!(e instanceof MustStore)) throw e;
  }
  return [...outputs];
}

function sameFolds(nest: Nest, isFixed: (n: Node) => boolean): [Node, Node] | undefined {
  const [body, ...more] = bodiesOf(nest) as [Body, ...Body[]];
  const swapped = more.length === 0 ? allPairs(body, isFixed) : undefined;
  if (!swapped) return undefined;
  const of = (r: Root): Fold[] => body.sinks.filter((s): s is Fold => s.root === r && s.kind === "fold");
  for (const r of nest.roots) {
    for (const s of nest.roots) {
      // The later one is the one that goes.
      if (r.node.id >= s.node.id || r.node.shape.join() !== s.node.shape.join() || r.node.size === 1) continue;
      const by = multiple(of(s), of(r), swapped);
      // Sums begin at +0, so that both are +0 where they are zero: 0 - r is that too, -r is not.
      if (by) return [s.node, by > 0 ? r.node : make(subPrim, [zerosLike(r.node), r.node], undefined, true)];
    }
  }
  return undefined;
}

/** c if the folds `a` are c times the folds `b` with loops exchanged. */
function multiple(a: readonly Fold[], b: readonly Fold[], { norm, image, swap }: Exchange): 1 | -1 | undefined {
  let factor: 1 | -1 | undefined;
  if (a.length !== b.length) return undefined;
  for (const f of a) {
    const place = swap(f.position).join();
    const g = b.find((x) => x.position.join() === place);
    const [x, y] = [image(f.value), g && norm(g.value)];
    if (!x || x.base !== y?.base) return undefined;
    const c = x.sign === y.sign ? 1 : -1;
    if (factor !== undefined && c !== factor) return undefined;
    factor = c;
  }
  return factor;
}
