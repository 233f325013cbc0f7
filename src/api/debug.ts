// `debugNans`: on request, results are looked through for NaN, and the operation that made it is named.
import { checkCount, HvpError } from "../errors.ts";
import { isFloat, showAval } from "../ir/aval.ts";
import { inSession } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { reachable } from "../ir/walk.ts";
import { expandCalls } from "../opt/graph/expand.ts";
import { isParameter } from "../primitives/leaf.ts";
import { ne, select } from "../primitives/logic.ts";
import { full, reduceSum } from "../primitives/spread.ts";
import { evaluate } from "../run/evaluate.ts";
import { type Computation, nanCheck, setNanCheck } from "../run/nan-check.ts";

/**
 * Turns the search for NaN on or off. While it is on, every result that contains NaN throws an HvpError (code
 * `"nan"`) that names the operation which produced the first one from operands without any. Values that a `where`
 * leaves out do not count. It costs one pass over the results, and a second evaluation when there is something to
 * report.
 */
export function debugNans(enabled: boolean): void;
export function debugNans(enabled: boolean, ...extra: unknown[]): void {
  checkCount("debugNans", extra, "write debugNans(true) or debugNans(false)");
  setNanCheck(
    enabled
      ? (results, computation) => {
          if (results.some((r) => (typeof r === "number" ? Number.isNaN(r) : r.some(Number.isNaN))))
            report(computation());
        }
      : undefined,
  );
}

function report({ outputs: given, parameters, values }: Computation): never {
  const check = nanCheck;
  setNanCheck(undefined); // the search itself meets NaN
  try {
    // Operations inside of functions are named, not the functions.
    const outputs = inSession(() => expandCalls(given, true));
    const counts = inSession(() => {
      const nodes = reachable(outputs).filter((n) => isFloat(n.dtype) && n.size > 0);
      const probes = nodes.map((n) =>
        reduceSum(
          select(ne(n, n), full(n.shape, 1, n.dtype), 0),
          n.shape.map((_, i) => i),
        ),
      );
      const found = evaluate(probes, parameters, values);
      return new Map(nodes.map((n, i) => [n, (found[i] as Float64Array)[0] as number]));
    });
    const bad = (n: Node): boolean => (counts.get(n) ?? 0) > 0;
    let culprit = outputs.find(bad);
    for (let next = culprit; next; next = next.inputs.find(bad)) culprit = next;
    if (!culprit) throw new HvpError("nan", "debugNans: the result contains NaN");
    const where = isParameter(culprit)
      ? `argument ${parameters.indexOf(culprit) + 1} (${showAval(culprit)}) already contains NaN`
      : `${culprit.prim.name} produced NaN`;
    const inputs =
      culprit.inputs.length === 0 ? "" : `, from ${culprit.inputs.map(showAval).join(" and ")} without any`;
    throw new HvpError(
      "nan",
      `debugNans: ${where} in ${counts.get(culprit)} of ${culprit.size} elements${inputs}; guard the operation ` +
        "with where(…), or turn the check off with debugNans(false)",
    );
  } finally {
    setNanCheck(check);
  }
}
