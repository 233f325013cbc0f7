// Second-order forward mode: how a function moves along a line, to second order. Forward mode of forward mode is that
// already: nodes are hash-consed, so that what both passes have in common is there once (docs/decisions.md).
import type { MaybeNode, Node } from "../ir/graph.ts";
import { dependents, reachable, substitute } from "../ir/walk.ts";
import { reduceSum } from "../primitives/spread.ts";
import { batchGraph } from "./batch.ts";
import { pushforward } from "./jvp.ts";
import { isLinear } from "./linear.ts";

/** First and second derivatives of functions along one line. */
export interface SecondOrder {
  /** `J·v` */
  readonly slopes: readonly MaybeNode[];
  /** `vᵀ∂²f·v` */
  readonly bends: readonly MaybeNode[];
}

/** How `outputs` move when the nodes `inputs` move along `directions`, which do not. */
export function secondOrder(
  outputs: readonly Node[],
  inputs: readonly Node[],
  directions: readonly MaybeNode[],
): SecondOrder {
  const slopes = pushforward(outputs, inputs, directions);
  return { slopes, bends: pushforward(slopes, inputs, directions) };
}

/**
 * Whether the Hessians behind `bends` are diagonal by structure: up to what is linear, an element of the direction
 * meets no other one.
 */
export function isSeparable(bends: readonly Node[], direction: Node): boolean {
  const nodes = reachable(bends);
  const moving = dependents(nodes, [direction]);
  const alone = new Set([direction]);
  for (const n of nodes) {
    if (!moving.has(n) || n === direction) continue;
    const { lower } = n.prim;
    const keeps = lower.kind === "lane" || (lower.kind === "view" && lower.flat);
    if (keeps && n.inputs.every((x) => alone.has(x) || !moving.has(x))) alone.add(n);
    else if (!isLinear(n, moving)) return false;
  }
  return true;
}

/**
 * The sums of `bends` over the directions `basis` [size, …] in place of `direction`. Only first derivatives are there
 * once for each direction. What is linear in what moves is applied to sums: R. Li et al., "A computational framework
 * for neural network-based variational Monte Carlo with Forward Laplacian", Nature Machine Intelligence 6 (2024).
 */
export function summedOver(bends: readonly Node[], direction: Node, basis: Node, size: number): Node[] {
  const nodes = reachable(bends);
  const moving = dependents(nodes, [direction]);
  const isMap = (n: Node): boolean => n !== direction && isLinear(n, moving);
  const summed = new Set(bends.filter((y) => moving.has(y)));
  const ends: Node[] = [];
  for (const n of [...nodes].reverse()) {
    if (!summed.has(n)) continue;
    if (isMap(n)) for (const x of n.inputs) moving.has(x) && summed.add(x);
    else ends.push(n);
  }
  const { outputs } = batchGraph(ends, [direction], [basis], size);
  return substitute(
    bends,
    ends,
    outputs.map((y) => reduceSum(y, [0])),
  );
}
