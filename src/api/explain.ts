// Looking at how a function is compiled.
import { checkCount } from "../errors.ts";
import { inSession, tracing } from "../ir/build.ts";
import { NO_FACTS } from "../opt/facts.ts";
import { printStages } from "../opt/print-stages.ts";
import { checkParameters, isLiteral } from "../primitives/leaf.ts";
import { compiled, passesHere } from "../run/passes.ts";
import { requireFunction, trace } from "../trace/trace.ts";
import type { Fn, Input, Tensors } from "../trace/types.ts";
import { type AnyFn, argumentsOf, parametersOf } from "./common.ts";

/**
 * A function that returns how `jit(f)` is compiled for arguments of the given shapes, as text: the graph of `f`, and
 * what each pass that changed something made of it, down to loops and kernel calls.
 * `explain(grad(f))(x)` shows a derivative. Nothing is run. @throws HvpError as `f` does */
export function explain<P extends readonly unknown[] = Tensors>(
  f: Fn<P, unknown>,
): <const A extends Input<P>>(...args: A & readonly unknown[]) => string;
export function explain(f: AnyFn, ...extra: unknown[]): unknown {
  requireFunction("explain", f);
  checkCount("explain", extra, "write explain(f)(x)");
  return (...values: unknown[]) => {
    const nested = tracing();
    return inSession(() => {
      const args = argumentsOf("explain", values);
      const { nodes } = trace(
        "explain",
        f,
        args.map((a) => a.traced),
      );
      const parameters = parametersOf(args);
      if (!nested) checkParameters(nodes, parameters);
      return printStages(nodes, parameters, passesHere(compiled).list, { ...NO_FACTS, isFixed: isLiteral });
    });
  };
}
