// Forward mode: tangents pushed from inputs to outputs, one rule per primitive, symbolic zeros never materialized.
import { fail } from "../errors.ts";
import { isFloat } from "../ir/aval.ts";
import { make } from "../ir/build.ts";
import type { Closed, Derived, MaybeNode, Node, Push } from "../ir/graph.ts";
import { isPart, partIndex } from "../ir/part.ts";
import { dependents, reachable, substitute } from "../ir/walk.ts";
import { parameter } from "../primitives/leaf.ts";
import { derived, type OpenDerived, openDerived, remembered } from "./derived.ts";

/** Tangents of `outputs` when the nodes `inputs` move along `tangents`. Linear in `tangents`. */
export function pushforward(
  outputs: readonly MaybeNode[],
  inputs: readonly Node[],
  tangents: readonly MaybeNode[],
): MaybeNode[] {
  const tangentOf = new Map<Node, MaybeNode>();
  /** Of the nodes with several results. */
  const lists = new Map<Node, readonly MaybeNode[]>();
  inputs.forEach((x, i) => {
    tangentOf.set(x, tangents[i]);
  });
  const nodes = reachable(outputs);
  const active = dependents(nodes, inputs);
  for (const node of nodes) {
    if (!active.has(node) || tangentOf.has(node)) continue;
    if (isPart(node)) {
      tangentOf.set(node, lists.get(node.inputs[0] as Node)?.[partIndex(node)]);
      continue;
    }
    const ds = node.inputs.map((x) => tangentOf.get(x));
    if (ds.every((d) => d === undefined)) continue;
    const { several, jvp, expand } = node.prim;
    if (several?.jvp) lists.set(node, several.jvp(node, ds));
    if (several || !isFloat(node.dtype)) continue;
    if (jvp) tangentOf.set(node, jvp(node, ds));
    else if (expand) tangentOf.set(node, expandedTangent(node, ds));
  }
  return outputs.map((y) => y && tangentOf.get(y));
}

const opens: WeakMap<Closed, Map<string, OpenDerived>> = /* @__PURE__ */ new WeakMap();

/** Forward mode of a graph, in terms of its parameters. */
export const openPush = (body: Closed, moving: readonly boolean[], masked: readonly boolean[]): OpenDerived =>
  remembered(opens, body, `${moving}|${masked}`, () => {
    const movers = body.parameters.filter((_, i) => moving[i]);
    return openDerived(movers, masked, (seeds) => pushforward(body.outputs, movers, seeds));
  });

const pushed: WeakMap<Closed, Map<string, Derived>> = /* @__PURE__ */ new WeakMap();

/** Forward mode of a graph. */
export const push: Push = (body, moving, masked) =>
  remembered(pushed, body, `${moving}|${masked}`, () => derived(body.parameters, openPush(body, moving, masked)));

/**
 * The tangent of a node through its expansion, made on fresh parameters: local algebra may look through an operand (a
 * slice of a slice is one slice), and then the expansion would no longer depend on the operand itself.
 */
function expandedTangent(node: Node, ds: readonly MaybeNode[]): MaybeNode {
  const stand = node.inputs.map((x) => parameter(x.shape, x.dtype));
  const copy = make(node.prim, stand, node.params);
  const expanded = copy.prim.expand?.(copy) ?? copy;
  return substitute(pushforward([expanded], stand, ds), stand, node.inputs)[0];
}

/** Throws unless every node of `inputs` has a floating-point type. */
export function requireFloats(
  transform: string,
  inputs: readonly Node[],
  orElse = ", or leave it out of argnums",
): void {
  for (const x of inputs) {
    if (!isFloat(x.dtype))
      fail(
        "dtype",
        `${transform}: can only differentiate with respect to float64 or float32 arrays, got ${x.dtype}; convert ` +
          `the argument${orElse}`,
      );
  }
}
