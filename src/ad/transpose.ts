// Reverse mode: the transpose of a linear graph, cotangents pulled from outputs to inputs and added up at each node.
import { fail } from "../errors.ts";
import type { Closed, Derived, MaybeNode, Node, Pull } from "../ir/graph.ts";
import { isPart, partIndex, resultsOf } from "../ir/part.ts";
import { dependents, reachable } from "../ir/walk.ts";
import { accumulate } from "../primitives/accumulate.ts";
import { derived, type OpenDerived, openDerived, remembered } from "./derived.ts";

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

const opens: WeakMap<Closed, Map<string, OpenDerived>> = /* @__PURE__ */ new WeakMap();

/** The transpose of a graph, in terms of its parameters. @throws HvpError (code "rule") where it is not linear */
export const openPull = (...[body, linear, given, masked]: Parameters<Pull>): OpenDerived =>
  remembered(opens, body, `${linear}|${given}|${masked}`, () => {
    const results = body.outputs.filter((_, i) => given[i]);
    const inputs = body.parameters.filter((_, i) => linear[i]);
    const back = openDerived(results, masked, (cts) => pullback(results, inputs, cts));
    if (reachable([...back.results, ...back.supports]).some((n) => inputs.includes(n)))
      fail("rule", "the transpose of a function depends on what it is to be linear in");
    return back;
  });

const pulled: WeakMap<Closed, Map<string, Derived>> = /* @__PURE__ */ new WeakMap();

/** The transpose of a graph. @throws HvpError (code "rule") where it is not linear */
export const pull: Pull = (body, linear, given, masked) =>
  remembered(pulled, body, `${linear}|${given}|${masked}`, () =>
    derived(
      body.parameters.filter((_, i) => !linear[i]),
      openPull(body, linear, given, masked),
    ),
  );
