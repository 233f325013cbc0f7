// Linear maps at a point: the part of their loops that depends on the point alone runs once, apart from the directions.
import { describe, expect, test } from "vitest";
import { pushforward } from "../../../src/ad/jvp.ts";
import { cotangents } from "../../../src/ad/linearize.ts";
import { isFloat } from "../../../src/ir/aval.ts";
import { inSession } from "../../../src/ir/build.ts";
import type { MaybeNode, Node } from "../../../src/ir/graph.ts";
import { dependents, reachable } from "../../../src/ir/walk.ts";
import { joined } from "../../../src/opt/graph/loops.ts";
import { splitControl } from "../../../src/opt/graph/residuals.ts";
import { isLoop } from "../../../src/primitives/control.ts";
import { parameter } from "../../../src/primitives/leaf.ts";
import { depending, settled } from "../../../src/primitives/open-loop.ts";
import { expectClose } from "../../harness/compositions.ts";
import { both, cases } from "../../harness/control-cases.ts";
import { evaluateReference, storage } from "../../harness/reference.ts";

const there = (list: readonly MaybeNode[]): Node[] => list.filter((y): y is Node => y !== undefined);

/** For each loop that depends on `directions` how many of its carries do, and how many do not. */
function carriesIn(outputs: readonly Node[], directions: readonly Node[]): [number, number][] {
  const nodes = reachable(outputs);
  const active = dependents(nodes, directions);
  return nodes.filter(isLoop).flatMap((n) => {
    if (!active.has(n)) return [];
    const { body, carries } = n.params;
    const flags = body.parameters.map((_, i) => active.has(n.inputs[i] as Node));
    const moving = settled(flags, carries, (f) => depending(body, f)).slice(0, carries);
    const all = moving.filter(Boolean).length;
    return [[all, carries - all] as [number, number]];
  });
}

describe.each(cases(4, false).map((c) => [c.name, c] as const))("%s", (_, c) => {
  test.each(["tangents", "Hessian-vector products"])("%s", (kind) =>
    inSession(() => {
      const inputs = c.args.map((a) => parameter(a.shape, a.dtype ?? "float64"));
      const data = c.args.map((a, i) => {
        const of = storage(inputs[i]?.dtype as "float64", a.value.length);
        of.set(a.value);
        return of;
      });
      const xs = inputs.filter((x) => isFloat(x.dtype));
      const directions = xs.map((x) => parameter(x.shape, x.dtype));
      const ys = both(c)[0](inputs).filter((y) => isFloat(y.dtype));
      const weights = ys.map((y) => parameter(y.shape, y.dtype));
      const of = kind === "tangents" ? ys : there(cotangents(ys, xs, weights));
      const linear = joined(there(pushforward(of, xs, directions)));
      const split = splitControl(linear, directions);
      for (const [, still] of carriesIn(split, directions)) expect(still).toBe(0);
      if (kind === "tangents" && c.name === "logistic map") expect(carriesIn(linear, directions)).toEqual([[1, 1]]);
      expect(carriesIn(split, directions).length).toBe(carriesIn(linear, directions).length);
      const parameters = [...inputs, ...weights, ...directions];
      const values = [
        ...data,
        ...[...weights, ...directions].map(
          (w) => storage(w.dtype, w.size).map((_v, i) => Math.cos(i + 1)) as Float64Array,
        ),
      ];
      expectClose(evaluateReference(split, parameters, values), evaluateReference(linear, parameters, values), kind);
    }),
  );
});
