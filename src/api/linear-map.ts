// Linear maps that are known by their transposes, applied forward: Jv is the transpose of ȳ ↦ Jᵀȳ.
import { affineNode } from "../ad/linear.ts";
import { pull, pullback } from "../ad/transpose.ts";
import { fail, HvpError } from "../errors.ts";
import type { Aval } from "../ir/aval.ts";
import { close, inline } from "../ir/closed.ts";
import type { Closed, Derived, Node } from "../ir/graph.ts";
import { dependents, reachable } from "../ir/walk.ts";
import { expandCalls } from "../opt/graph/expand.ts";
import type { LinearMap } from "../primitives/call.ts";
import { parameter } from "../primitives/leaf.ts";
import { zerosLike } from "../primitives/spread.ts";

/**
 * The map from `tangents` to `results` with the transpose `back`. `name` and `remedy` are for the message where
 * forward mode finds that this is not linear.
 */
export function linearMap(
  name: string,
  remedy: string,
  tangents: readonly Aval[],
  results: readonly Aval[],
  back: Derived,
): LinearMap {
  let forward: Closed | undefined;
  return {
    results: results.map(({ shape, dtype }) => ({ shape, dtype })),
    back: () => back,
    forward: () => (forward ??= forwardOf(tangents, back, results.length) ?? fail("rule", `${name}: ${remedy}`)),
    toString: () => name,
  };
}

/** The transpose of `back`, a graph of tangents and of what fixes the map; undefined if `back` is not linear. */
function forwardOf(tangents: readonly Aval[], { graph, present }: Derived, count: number): Closed | undefined {
  const { parameters, outputs } = graph;
  const [cts, at] = [parameters.slice(0, count), parameters.slice(count)];
  return orNot(() => {
    if (!hasLinearValues(outputs, cts)) return undefined;
    const map = pull(
      graph,
      parameters.map((_, i) => i < count),
      outputs.map(() => true),
      outputs.map(() => false),
    );
    const ds = tangents.map((x) => parameter(x.shape, x.dtype));
    const found = inline(map.graph, [...at, ...ds.filter((_, i) => present[i])]);
    let next = 0;
    const dense = cts.map((ct, i) => (map.present[i] ? (found[next++] as Node) : zerosLike(ct)));
    return close([...ds, ...at], dense).graph;
  });
}

/** What `transpose` gives; undefined where something has no transpose. */
function orNot<T>(transpose: () => T): T | undefined {
  try {
    return transpose();
  } catch (e) {
    if (e instanceof HvpError && e.code === "rule") return undefined;
    throw e;
  }
}

/** Whether `outputs` are linear in `inputs`. */
export const isLinear = (outputs: readonly Node[], inputs: readonly Node[]): boolean =>
  orNot(() => hasLinearValues(outputs, inputs)) === true;

/**
 * Whether the values of `outputs` are linear in `inputs`: rules of functions inside, which the transpose goes by, are
 * asked at one point only, and do not tell. @throws HvpError (code "rule") where something has no transpose
 */
function hasLinearValues(calls: readonly Node[], inputs: readonly Node[]): boolean {
  const outputs = expandCalls(calls);
  if (affineNode(outputs, inputs)) return false;
  const back = pullback(
    outputs,
    inputs,
    outputs.map((y) => parameter(y.shape, y.dtype)),
  );
  const moving = dependents(reachable(back), inputs);
  return !back.some((x) => x && moving.has(x));
}
