// Rules of custom functions as functions of nodes: batching them, and running a transposed rule forward by
// transposing it again.
import { fail, HvpError } from "../errors.ts";
import type { Aval } from "../ir/aval.ts";
import type { MaybeNode, Node } from "../ir/graph.ts";
import type { CustomRule, LinearRule } from "../ir/rules.ts";
import { dependents, reachable, substitute } from "../ir/walk.ts";
import { batched } from "../primitives/define.ts";
import { parameter } from "../primitives/leaf.ts";
import { full } from "../primitives/spread.ts";
import { batchGraph } from "./batch.ts";
import { affineNode } from "./linear.ts";
import { pullback } from "./transpose.ts";

/** The results of `rule`, traced for one example, for a batch: `values[i]` carries it where `has[i]`. */
export function overBatch(
  like: readonly Aval[],
  values: readonly Node[],
  has: readonly boolean[],
  size: number,
  rule: (single: readonly Node[]) => readonly MaybeNode[],
): MaybeNode[] {
  const single = like.map((x, i) => (has[i] ? parameter(x.shape, x.dtype) : (values[i] as Node)));
  const results = rule(single);
  const present = results.filter((y): y is Node => y !== undefined);
  const batch = batchGraph(
    present,
    single.filter((_, i) => has[i]),
    values.filter((_, i) => has[i]),
    size,
  );
  let next = 0;
  return results.map((y) => {
    if (!y) return undefined;
    const k = next++;
    return batched(batch.outputs[k] as Node, batch.batched[k] as boolean, size);
  });
}

/** `rule` for a batch of examples. */
export function batchedRule(
  rule: CustomRule,
  like: readonly Node[],
  has: readonly boolean[],
  size: number,
): CustomRule {
  return {
    tangents(args, tangents) {
      const moving = args.map((_, i) => i).filter((i) => tangents[i]);
      return overBatch(
        [...like, ...moving.map((i) => like[i] as Node)],
        [...args, ...moving.map((i) => tangents[i] as Node)],
        [...has, ...moving.map((i) => has[i] as boolean)],
        size,
        (single) =>
          rule.tangents(
            single.slice(0, like.length),
            like.map((_, i) => (tangents[i] ? single[like.length + moving.indexOf(i)] : undefined)),
          ),
      );
    },
    batched(inner, hasInner, outer) {
      return batchedRule(this, inner, hasInner, outer);
    },
    toString: () => `${rule}`,
  };
}

/** A linear rule from its transpose; `name` and `remedy` are for the message where the transpose is not linear. */
export function linearRule(name: string, remedy: string, back: LinearRule["back"]): LinearRule {
  return {
    back,
    forward(tangents, at, like) {
      // Jv is the transpose of ȳ ↦ Jᵀȳ.
      const ct = parameter(like.shape, like.dtype);
      try {
        const transposed = back(at, ct);
        const affine = affineNode(
          transposed.filter((x): x is Node => x !== undefined),
          [ct],
        );
        const [result] = affine ? fail("rule", "") : pullback(transposed, [ct], tangents);
        if (!result) return full(like.shape, 0, like.dtype);
        // What is left of the cotangent may be an order of evaluation (checkpoint), which forward mode does not need.
        if (!dependents(reachable([result]), [ct]).has(result))
          return substitute([result], [ct], [full(like.shape, 0, like.dtype)])[0] as Node;
      } catch (e) {
        if (!(e instanceof HvpError) || e.code !== "rule") throw e;
      }
      return fail("rule", `${name}: ${remedy}`);
    },
    batched: (like, has, result, size) =>
      linearRule(name, remedy, (at, ct) =>
        overBatch([...like, result], [...at, ct], [...has, true], size, (single) =>
          back(single.slice(0, like.length), single[like.length] as Node),
        ),
      ),
    toString: () => name,
  };
}
