// Supports and finiteness (src/primitives/support.ts): what a record promises of itself holds for numbers.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cotangents } from "../../src/ad/linearize.ts";
import { isFloat } from "../../src/ir/aval.ts";
import { inSession, make } from "../../src/ir/build.ts";
import type { Node } from "../../src/ir/graph.ts";
import { reachable } from "../../src/ir/walk.ts";
import { registry } from "../../src/primitives/index.ts";
import { parameter } from "../../src/primitives/leaf.ts";
import { full } from "../../src/primitives/spread.ts";
import { mayBlowUp, supportOf } from "../../src/primitives/support.ts";
import { evaluate } from "../harness/backend.ts";
import { build, programs } from "../harness/graphs.ts";
import { storage } from "../harness/reference.ts";
import { subjects } from "../harness/subjects.ts";

const SEED = 7;
/**
 * Kinks, poles and branch points of the elementary functions, and numbers whose products with one another do not
 * overflow.
 */
const POINTS = [0, -0, 1, -1, 0.5, -0.5, 2, -2, 3, -7.25, 1e-8, -1e-8, 1e-30, 1e8, -1e8];

/** How many operands the lane primitive takes. */
function arityOf(name: string): number {
  const prim = registry.find((p) => p.name === name);
  const maker = subjects[name];
  if (!prim || !maker) throw new Error(`no subject for ${name}`);
  for (const subject of fc.sample(maker(prim), { numRuns: 20, seed: SEED })) {
    const found = inSession(() => {
      const parameters = [
        ...subject.shapes.map((s) => parameter(s, "float64")),
        ...(subject.fixed ?? []).map((f) => parameter(f.shape, f.dtype)),
      ];
      const n = subject.shapes.length;
      return reachable(subject.build(parameters.slice(0, n), parameters.slice(n))).find((x) => x.prim === prim);
    });
    if (found) return found.inputs.length;
  }
  throw new Error(`no subject contains ${name}`);
}

/** Those of numbers alone: `select` takes a condition, `convert` a type. */
const finite = registry.filter((p) => p.finite && p.lower.kind === "lane" && !["select", "convert"].includes(p.name));
describe("finite operands give finite results", () => {
  test("of at least twenty primitives", () => expect(finite.length).toBeGreaterThan(20));
  test.each(finite.map((p) => [p.name, p] as const))("%s", (name, prim) => {
    const arity = arityOf(name);
    const tuples = arity === 1 ? POINTS.map((x) => [x]) : POINTS.flatMap((x) => POINTS.map((y) => [x, y]));
    for (const dtype of ["float64", "float32"] as const)
      inSession(() => {
        const inputs = Array.from({ length: arity }, () => parameter([tuples.length], dtype));
        const values = inputs.map((_, i) => {
          const data = storage(dtype, tuples.length);
          data.set(tuples.map((t) => t[i] as number));
          return data;
        });
        let y: Node;
        try {
          y = make(prim, inputs);
        } catch (e) {
          if (/takes (bool|int32)/.test((e as Error).message)) return; // no floating-point operands at all
          throw e;
        }
        const [result] = evaluate([y], inputs, values);
        tuples.forEach((t, k) => {
          expect(Number.isFinite(result?.[k]), `${name}(${t.join(", ")}) in ${dtype} is ${result?.[k]}`).toBe(true);
        });
      });
  });
});

describe("outside its support a value is zero", () => {
  /** Counts, over random graphs and their gradients, what supports were known and what they said. */
  test("in random graphs and their gradients", { timeout: 120_000 }, () => {
    let [known, outside] = [0, 0];
    fc.assert(
      fc.property(programs, (program) =>
        inSession(() => {
          const { parameters, values, outputs } = build(program);
          const roots = outputs.filter((y) => isFloat(y.dtype));
          const gradients = cotangents(
            roots,
            parameters,
            roots.map((y) => full(y.shape, 1, y.dtype)),
          ).filter((g): g is Node => g !== undefined);
          const nodes = reachable([...outputs, ...gradients]).filter((n) => isFloat(n.dtype) && supportOf(n));
          if (nodes.length === 0) return;
          const results = evaluate([...nodes, ...nodes.map((n) => supportOf(n) as Node)], parameters, values);
          nodes.forEach((n, i) => {
            const [data, mask] = [results[i] as Float64Array, results[nodes.length + i] as Int32Array];
            known++;
            mask.forEach((inside, k) => {
              if (inside !== 0) return;
              outside++;
              // What a user multiplies by infinity outside is NaN there: supports are of the formula, not of IEEE
              // arithmetic.
              if (!Number.isNaN(data[k])) expect(data[k], `${n.prim.name} ${n.id} at ${k}`).toBeCloseTo(0, 300);
            });
          });
        }),
      ),
      { numRuns: 200, seed: SEED },
    );
    expect(known).toBeGreaterThan(200);
    expect(outside).toBeGreaterThan(200);
  });
});

test("what cannot blow up is recognized", () => {
  inSession(() => {
    const x = parameter([3], "float64");
    const named = (name: string): Node => make(registry.find((p) => p.name === name) as never, [x]);
    expect(["sin", "tanh", "neg", "square"].map((name) => mayBlowUp(named(name)))).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(["log", "exp", "sqrt"].map((name) => mayBlowUp(named(name)))).toEqual([true, true, true]);
  });
});
