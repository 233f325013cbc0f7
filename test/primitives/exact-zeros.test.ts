// Derivative rules are written in the words that keep exact zeros exact (plus, by, per): a product or quotient of a
// tangent by `mul` or
// `div` would make NaN of a masked tangent beside an infinite factor.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { linearMap } from "../../src/ad/linearize.ts";
import { pullback } from "../../src/ad/transpose.ts";
import { isFloat } from "../../src/ir/aval.ts";
import { inSession } from "../../src/ir/build.ts";
import type { MaybeNode, Node } from "../../src/ir/graph.ts";
import { dependents, reachable } from "../../src/ir/walk.ts";
import { registry } from "../../src/primitives/index.ts";
import { parameter } from "../../src/primitives/leaf.ts";
import "../harness/reference.ts"; // before the subjects, which need it whole
import { subjects } from "../harness/subjects.ts";

const SEED = 20261130;
const ORDINARY = new Set(["mul", "div"]);

/** Ordinary products and quotients among the nodes of `outputs` that depend on `directions`. */
function ordinary(outputs: readonly MaybeNode[], directions: readonly Node[]): string[] {
  const nodes = reachable(outputs);
  const moving = dependents(nodes, directions);
  return nodes.filter((n) => moving.has(n) && isFloat(n.dtype) && ORDINARY.has(n.prim.name)).map((n) => n.prim.name);
}

/** Their rules are written by users, here by the tests. */
const USERS = ["closedCall", "part", "linear"];

describe("tangents and cotangents are multiplied and divided by words of their own", () => {
  test.each(
    registry
      .filter((p) => (p.jvp || p.expand) && p.name in subjects && !USERS.includes(p.name))
      .map((p) => [p.name, p] as const),
  )("%s", (name, prim) => {
    for (const subject of fc.sample(subjects[name]!(prim), { numRuns: 3, seed: SEED })) {
      inSession(() => {
        const inputs = subject.shapes.map((shape) => parameter(shape, "float64"));
        const fixed = (subject.fixed ?? []).map((x) => parameter(x.shape, x.dtype ?? "float64"));
        const outputs = subject.build(inputs, fixed).filter((y) => isFloat(y.dtype));
        const { directions, tangents } = linearMap(outputs, inputs);
        expect(ordinary(tangents, directions), "forward").toEqual([]);
        const present = tangents.filter((t): t is Node => t !== undefined);
        const cts = present.map((t) => parameter(t.shape, t.dtype));
        expect(ordinary(pullback(present, directions, cts), cts), "reverse").toEqual([]);
      });
    }
  });
});
