// Rematerialization: values inside a function are computed again in the reverse pass instead of being kept for it.
import { checkCount } from "../errors.ts";
import { isFloat } from "../ir/aval.ts";
import { close } from "../ir/closed.ts";
import { requireFunction, trace } from "../trace/trace.ts";
import { unflatten } from "../trace/tree.ts";
import type { Fn, Inputs, Result } from "../trace/types.ts";
import { callOf } from "./calls.ts";
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
      const { graph, captured } = close(parameters, y.nodes);
      const results = parameters.length + captured.length > 0 ? callOf(graph, [...parameters, ...captured]) : [];
      return {
        args,
        // What has no derivative is what it was.
        nodes: y.nodes.map((n, i) => (isFloat(n.dtype) ? (results[i] ?? n) : n)),
        weak: y.weak,
        assemble: (leaves) => unflatten(y.structure, leaves),
      };
    });
}
