// Looking at the graph of a function.
import { checkCount } from "../errors.ts";
import { inSession, tracing } from "../ir/build.ts";
import { printGraph } from "../ir/print.ts";
import { checkParameters } from "../primitives/leaf.ts";
import { requireFunction, trace } from "../trace/trace.ts";
import type { Fn, Input, Tensors } from "../trace/types.ts";
import { type AnyFn, argumentsOf, parametersOf } from "./common.ts";

/** A function that returns the graph of `f` at arguments of the given shapes as text: one operation a line, with its type.
 * `makeGraph(grad(f))(x)` shows a derivative. @throws HvpError as `f` does */
export function makeGraph<P extends readonly unknown[] = Tensors>(
  f: Fn<P, unknown>,
): <const A extends Input<P>>(...args: A & readonly unknown[]) => string;
export function makeGraph(f: AnyFn, ...extra: unknown[]): unknown {
  requireFunction("makeGraph", f);
  checkCount("makeGraph", extra, "write makeGraph(f)(x)");
  return (...values: unknown[]) => {
    const nested = tracing();
    return inSession(() => {
      const args = argumentsOf("makeGraph", values);
      const { nodes } = trace(
        "makeGraph",
        f,
        args.map((a) => a.traced),
      );
      const parameters = parametersOf(args);
      if (!nested) checkParameters(nodes, parameters);
      return printGraph(nodes, parameters);
    });
  };
}
