// Rematerialization: values inside a function are computed again in the reverse pass instead of being kept for it.

import { batchedRule, overBatch } from "../ad/custom.ts";
import { pushforward } from "../ad/jvp.ts";
import { pullback } from "../ad/transpose.ts";
import { checkCount } from "../errors.ts";
import { isFloat } from "../ir/aval.ts";
import { capturedBy } from "../ir/closed.ts";
import type { MaybeNode, Node } from "../ir/graph.ts";
import type { CustomRule, LinearRule } from "../ir/rules.ts";
import { substitute } from "../ir/walk.ts";
import { boundary, custom, customLinear, packing, recompute } from "../primitives/custom.ts";
import { isParameter, parameter } from "../primitives/leaf.ts";
import { full } from "../primitives/spread.ts";
import { requireFunction, trace } from "../trace/trace.ts";
import { unflatten } from "../trace/tree.ts";
import type { Fn, Inputs, Result } from "../trace/types.ts";
import { type AnyFn, argumentsOf, parametersOf, run } from "./common.ts";

/**
 * `f`, whose derivatives compute the values inside `f` again from its arguments instead of keeping them: `linearize`,
 * `vjp` and `objective(…).at(x)` hold the arguments and results of `f` at the point and nothing in between, and a
 * gradient holds the values inside `f` only while it works on `f`. Results are the same to the bit up to the
 * association of sums. It nests, and holds at every order. Worth it where intermediate arrays are large and cheap to
 * recompute; what costs little is recomputed anyway.
 * @shape as f
 */
export function checkpoint<P extends readonly unknown[], R>(
  f: Fn<P, R>,
): <const A extends Inputs<P>>(...args: A & readonly unknown[]) => Result<R, A>;
export function checkpoint(f: AnyFn, ...extra: unknown[]): unknown {
  requireFunction("checkpoint", f);
  checkCount("checkpoint", extra, "write checkpoint(f)(x)");
  return (...values: unknown[]) =>
    run(() => {
      const args = argumentsOf("checkpoint", values);
      const parameters = parametersOf(args);
      const y = trace(
        "checkpoint",
        f,
        args.map((a) => a.traced),
      );
      const inputs = [...parameters, ...capturedBy(y.nodes, parameters, isParameter)];
      const rule = recomputed(y.nodes, inputs);
      return {
        args,
        nodes:
          inputs.length === 0 ? y.nodes : y.nodes.map((n, i) => (isFloat(n.dtype) ? custom(n, inputs, rule, i) : n)),
        weak: y.weak,
        assemble: (leaves) => unflatten(y.structure, leaves),
      };
    });
}

/** The derivative of `outputs`, a graph in `inputs`, that recomputes its values instead of keeping them. */
function recomputed(outputs: readonly Node[], inputs: readonly Node[]): CustomRule {
  const { whole, pack, unpack } = packing(outputs);
  const floats = inputs.map((x) => isFloat(x.dtype));
  const moving = inputs.filter((_, i) => floats[i]);
  const directions = moving.map((x) => parameter(x.shape, x.dtype));
  const tangents = (): MaybeNode[] => pushforward(outputs, moving, directions);
  const anew = (at: readonly Node[], order?: Node): Node[] => at.map((x) => recompute(x, order));
  const rule: LinearRule = {
    forward: (ds, at) =>
      substitute([pack(tangents())], [...inputs, ...directions], [...anew(at), ...ds.map(boundary)])[0] as Node,
    back(at, ct) {
      const cts = pullback(tangents(), directions, unpack(ct));
      return substitute(cts, inputs, anew(at, ct)).map((x) => x && boundary(x));
    },
    batched: (like, has, result, size) => batchedLinear(rule, like, has, result, size),
    toString: () => "checkpoint",
  };
  const derivative: CustomRule = {
    tangents(args, ds) {
      const given = args.flatMap((x, i) => (floats[i] ? [ds[i] ?? full(x.shape, 0, x.dtype)] : []));
      return unpack(customLinear(given, args, rule, whole));
    },
    batched: (like, has, size) => batchedRule(derivative, like, has, size),
    toString: () => "checkpoint",
  };
  return derivative;
}

/** A linear rule with both directions of its own, for a batch. */
function batchedLinear(
  rule: LinearRule,
  like: readonly Node[],
  has: readonly boolean[],
  result: Node,
  size: number,
): LinearRule {
  const batch: LinearRule = {
    forward(tangents, at, _like) {
      const one = tangents.map((d) => ({ shape: d.shape.slice(1), dtype: d.dtype }));
      return overBatch([...one, ...like], [...tangents, ...at], [...one.map(() => true), ...has], size, (single) => [
        rule.forward(single.slice(0, one.length), single.slice(one.length), result),
      ])[0] as Node;
    },
    back: (at, ct) =>
      overBatch([...like, result], [...at, ct], [...has, true], size, (single) =>
        rule.back(single.slice(0, like.length), single[like.length] as Node),
      ),
    batched: (inner, hasInner, innerResult, outer) => batchedLinear(batch, inner, hasInner, innerResult, outer),
    toString: () => `${rule}`,
  };
  return batch;
}
