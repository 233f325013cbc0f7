// Vectors whose elements are one function of those of another vector: gᵢ = φ(λᵢ) with the same φ for every i.

import { make } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import type { ScalarFunction, SpectralCalculus } from "../ir/scalar-function.ts";
import { reachableUntil } from "../ir/walk.ts";
import { parameter } from "./leaf.ts";
import { reshape } from "./shape.ts";
import { broadcast, constValue, full, isBroadcast } from "./spread.ts";

/** A function that makes each element of one vector of the same element of another. */
export interface Uniform {
  readonly fn: ScalarFunction;
  readonly captured: readonly Node[];
  /** Which captured values have one element for each vector of a batch. */
  readonly flags: readonly boolean[];
}

/**
 * φ with gᵢ = φ(λᵢ), if the graph of `g` is made of element-wise operations on `lambda` and on what is the same for
 * all elements of a vector: constants, sums over the eigenvalues, anything broadcast. @shape lambda [n] or [batch,
 * n], g like lambda
 */
export function uniform(g: Node, lambda: Node, { scalar }: SpectralCalculus): Uniform | undefined {
  const n = lambda.shape.at(-1) as number;
  const batch = lambda.shape.slice(0, -1);
  const x = parameter([], lambda.dtype);
  const captured: Node[] = [];
  const stand: Node[] = [];
  const flags: boolean[] = [];
  /** What is broadcast along the last axis, as a value captured. */
  const capture = (node: Node): Node | undefined => {
    const axes = (node.params as { axes: readonly number[] }).axes;
    const source = node.inputs[0] as Node;
    if (axes.includes(node.shape.length - 1)) return undefined;
    const one = source.size === 1;
    const lead = node.shape.slice(0, -1);
    captured.push(one ? reshape(source, []) : reshape(broadcast(source, lead, axes), batch));
    flags.push(!one);
    const p = parameter([], node.dtype);
    stand.push(p);
    return p;
  };
  const element = new Map<Node, Node>([[lambda, x]]);
  const ends = (node: Node): boolean => node === lambda || isBroadcast(node) || constValue(node) !== undefined;
  for (const node of reachableUntil([g], ends)) {
    if (node === lambda) continue;
    const c = constValue(node);
    const inputs = node.inputs.map((y) => element.get(y));
    const { lower } = node.prim;
    let y: Node | undefined;
    if (c !== undefined) y = full([], c, node.dtype);
    else if (node.size !== lambda.size || node.shape.at(-1) !== n) return undefined;
    else if (isBroadcast(node)) y = capture(node);
    else if (inputs.length === 0 || !inputs.every((e) => e !== undefined)) return undefined;
    else if (lower.kind === "lane") y = make(node.prim, inputs as Node[], node.params);
    // Another shape of the same vectors.
    else if (lower.kind === "view" && lower.flat && node.prim.jvp) y = inputs[0];
    if (!y) return undefined;
    element.set(node, y);
  }
  const y = element.get(g);
  return y && { fn: scalar(y, x, stand), captured, flags };
}
