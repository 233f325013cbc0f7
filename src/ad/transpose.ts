// Reverse mode: the transpose of a linear graph, cotangents pulled from outputs to inputs and added up at each node.
import { fail } from "../errors.ts";
import type { Closed, Derived, MaybeNode, Node, Pull } from "../ir/graph.ts";
import { isPart, partIndex, resultsOf } from "../ir/part.ts";
import { dependents, reachable } from "../ir/walk.ts";
import { accumulate } from "../primitives/accumulate.ts";
import { parameter } from "../primitives/leaf.ts";
import { within } from "../primitives/support.ts";
import { derived, remembered } from "./derived.ts";

/** For `outputs` that are linear in the nodes `inputs`: the cotangents of `inputs` given those of the outputs. */
export function pullback(
  outputs: readonly MaybeNode[],
  inputs: readonly Node[],
  cotangents: readonly MaybeNode[],
): MaybeNode[] {
  const nodes = reachable(outputs);
  const linear = dependents(nodes, inputs);
  const terms = new Map<Node, Node[]>();
  /** Of the results of the nodes that have several. */
  const lists = new Map<Node, MaybeNode[]>();
  const give = (x: Node, ct: MaybeNode): void => {
    if (!ct) return;
    const list = terms.get(x);
    if (list) list.push(ct);
    else terms.set(x, [ct]);
  };
  outputs.forEach((y, i) => {
    if (y && linear.has(y)) give(y, cotangents[i]);
  });
  const isInput = new Set(inputs);
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i] as Node;
    if (isInput.has(node)) continue;
    const list = terms.get(node);
    const results = lists.get(node);
    if (!list && !results) continue;
    terms.delete(node);
    if (list && isPart(node)) {
      const whole = node.inputs[0] as Node;
      let of = lists.get(whole);
      if (!of) lists.set(whole, (of = resultsOf(whole).map(() => undefined)));
      of[partIndex(node)] = accumulate(list);
      continue;
    }
    const marks = node.inputs.map((x) => linear.has(x));
    const cts = results
      ? node.prim.several?.transpose?.(node, results, marks)
      : node.prim.transpose?.(node, accumulate(list as Node[]), marks);
    if (!cts) fail("rule", `${node.prim.name}: has no transpose rule, so reverse mode cannot pass through it here`);
    node.inputs.forEach((x, k) => {
      if (marks[k]) give(x, cts[k]);
    });
  }
  return inputs.map((x) => {
    const list = terms.get(x);
    return list && accumulate(list);
  });
}

const pulled: WeakMap<Closed, Map<string, Derived>> = /* @__PURE__ */ new WeakMap();

/** The transpose of a graph. @throws HvpError (code "rule") where it is not linear */
export const pull: Pull = (body, linear, given, masked) =>
  remembered(pulled, body, `${linear}|${given}|${masked}`, () => {
    const results = body.outputs.filter((_, i) => given[i]);
    const cts = results.map((y) => parameter(y.shape, y.dtype));
    const masks = results.map((y, k) => (masked[k] ? parameter(y.shape, "bool") : undefined));
    const seeds = cts.map((ct, k) => within(ct, masks[k]));
    const back = derived(
      [...body.parameters.filter((_, i) => !linear[i]), ...cts, ...masks.filter((m): m is Node => m !== undefined)],
      pullback(
        results,
        body.parameters.filter((_, i) => linear[i]),
        seeds,
      ),
      seeds,
    );
    if (back.captured.length > 0) fail("rule", "the transpose of a function depends on what it is to be linear in");
    return back;
  });
