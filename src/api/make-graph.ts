// Looking at the graph of a function.
import { checkCount } from "../errors.ts";
import { showAval } from "../ir/aval.ts";
import { inSession, newSession, type Session, tracing } from "../ir/build.ts";
import { isResult } from "../ir/closed.ts";
import type { Node } from "../ir/graph.ts";
import { printGraph } from "../ir/print.ts";
import { checkParameters } from "../primitives/leaf.ts";
import { requireFunction, trace } from "../trace/trace.ts";
import type { Fn, Input, Tensors } from "../trace/types.ts";
import { type AnyFn, argumentsOf, parametersOf } from "./common.ts";

/**
 * A function that returns the graph of `f` at arguments of the given shapes as text: one operation a line, with its
 * type.
 * `makeGraph(grad(f))(x)` shows a derivative. Comparisons that nothing uses are named below it: `if (x.gt(0))` takes
 * every traced value for true, and JavaScript does not say so to anybody. @throws HvpError as `f` does */
export function makeGraph<P extends readonly unknown[] = Tensors>(
  f: Fn<P, unknown>,
): <const A extends Input<P>>(...args: A & readonly unknown[]) => string;
export function makeGraph(f: AnyFn, ...extra: unknown[]): unknown {
  requireFunction("makeGraph", f);
  checkCount("makeGraph", extra, "write makeGraph(f)(x)");
  return (...values: unknown[]) => {
    const nested = tracing();
    const session = newSession();
    return inSession(
      () => {
        const args = argumentsOf("makeGraph", values);
        const { nodes } = trace(
          "makeGraph",
          f,
          args.map((a) => a.traced),
        );
        const parameters = parametersOf(args);
        if (!nested) checkParameters(nodes, parameters);
        return printGraph(nodes, parameters) + unused(nodes, session);
      },
      nested ? undefined : session,
    );
  };
}

const COMPARISONS = ["lt", "le", "gt", "ge", "eq", "ne"];

/** A line for every comparison in `session` that is neither a result, also of a body, nor an operand of anything. */
function unused(outputs: readonly Node[], session: Session): string {
  const made = [...session.nodes.values()];
  const used = new Set([...outputs, ...made.flatMap((n) => n.inputs)]);
  const lines = made
    .filter((n) => COMPARISONS.includes(n.prim.name) && !used.has(n) && !isResult(n))
    .map((n) => `${n.prim.name}:${showAval(n)}`);
  const remedy = "JavaScript takes every traced value for true; choose by value with where(condition, a, b)";
  return [...new Set(lines)].map((line) => `\n  unused: ${line}, if it stands in an \`if\`: ${remedy}`).join("");
}
