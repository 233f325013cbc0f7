// Random graphs: what the compiler makes of a graph, of its gradient and of its Hessian-vector product is what the
// graph means.
import fc from "fast-check";
import { expect, test } from "vitest";
import { pushforward } from "../src/ad/jvp.ts";
import { cotangents } from "../src/ad/linearize.ts";
import { isFloat } from "../src/ir/aval.ts";
import { inSession } from "../src/ir/build.ts";
import { check } from "../src/ir/check.ts";
import type { MaybeNode, Node } from "../src/ir/graph.ts";
import { reachable } from "../src/ir/walk.ts";
import { add, mul } from "../src/primitives/arithmetic.ts";
import { registry } from "../src/primitives/index.ts";
import { parameter } from "../src/primitives/leaf.ts";
import { full, reduceSum } from "../src/primitives/spread.ts";
import { evaluate } from "./harness/backend.ts";
import { expectHalvesAgree, expectSame } from "./harness/compare.ts";
import { build, type Program, programs } from "./harness/graphs.ts";
import { rng, vector } from "./harness/rng.ts";

/** HVP_FUZZ_RUNS and HVP_FUZZ_SEED widen the search; the defaults keep the file below about a minute. */
const RUNS = Number(process.env["HVP_FUZZ_RUNS"] ?? 400);
const SEED = Number(process.env["HVP_FUZZ_SEED"] ?? 7);

/** Runs `property` on random programs. fast-check prints seed and path of a failure, expectSame the shrunk graph. */
const forAll = (property: (program: Program) => void) =>
  fc.assert(fc.property(programs, property), { numRuns: RUNS, seed: SEED });

const zeros = (x: Node): Node => full(x.shape, 0, x.dtype);

/** A number that depends on every output of the first one's float type. */
function loss(outputs: readonly Node[]): Node | undefined {
  const terms = outputs
    .filter((y) => isFloat(y.dtype))
    .map((y, k) =>
      reduceSum(
        mul(1 + k / 4, y),
        y.shape.map((_, i) => i),
      ),
    );
  const dtype = terms[0]?.dtype;
  return dtype && terms.filter((t) => t.dtype === dtype).reduce((a, b) => add(a, b));
}

/**
 * Primitives that the plan makes, which no graph that is differentiated has; and loops and choices, whose bodies are
 * random programs in test/random-programs.test.ts.
 */
const ELSEWHERE = new Set(["enter", "leave", "loop", "switch"]);

test("compiled = interpreted", { timeout: 120_000 }, () => {
  const seen = new Set<string>();
  forAll((program) =>
    inSession(() => {
      const { parameters, values, outputs } = build(program);
      const nodes = reachable(outputs);
      check(nodes);
      for (const n of nodes) seen.add(n.prim.name);
      expectSame(evaluate, outputs, parameters, values);
    }),
  );
  expect(
    registry.map((p) => p.name).filter((name) => !seen.has(name) && !ELSEWHERE.has(name)),
    "primitives that no random graph used",
  ).toEqual([]);
});

test("gradient and Hessian-vector product: compiled = interpreted", { timeout: 240_000 }, () => {
  forAll((program) =>
    inSession(() => {
      const { parameters, values, outputs } = build(program);
      const y = loss(outputs);
      if (!y) return;
      const grad = cotangents([y], parameters, [full([], 1, y.dtype)]).map((g, i) => g ?? zeros(parameters[i] as Node));
      const directions = parameters.map((p) => parameter(p.shape, p.dtype));
      const hvp = pushforward(grad, parameters, directions).map((t, i) => t ?? zeros(parameters[i] as Node));
      const all = [y, ...grad, ...hvp];
      check(reachable(all));
      const random = rng(program.seed);
      const v = directions.map((d) =>
        d.dtype === "float32" ? Float32Array.from(vector(random, d.size)) : vector(random, d.size),
      );
      expectSame(evaluate, all, [...parameters, ...directions], [...values, ...v]);
    }),
  );
});

test("the three compositions of the Hessian-vector product agree", { timeout: 240_000 }, () => {
  forAll((program) =>
    inSession(() => {
      const { parameters, values, outputs } = build(program);
      const y = loss(outputs);
      if (!y) return;
      const one = full([], 1, y.dtype);
      const or0 = (nodes: readonly MaybeNode[]): Node[] => parameters.map((p, i) => nodes[i] ?? zeros(p));
      const directions = parameters.map((p) => parameter(p.shape, p.dtype));
      const grad = or0(cotangents([y], parameters, [one]));
      const slope = loss(grad.map((g, i) => mul(g, directions[i] as Node)));
      const tangent = pushforward([y], parameters, directions)[0];
      // loss() weighs its terms; the directions take the weights back.
      const weighted = directions.map((d, k) => mul(1 + k / 4, d));
      const forwardReverse = or0(pushforward(grad, parameters, weighted));
      const reverseReverse = or0(slope ? cotangents([slope], parameters, [one]) : []);
      const reverseForward = or0(tangent ? cotangents([tangent], parameters, [one]) : []);
      const forwardReverse1 = or0(pushforward(grad, parameters, directions));
      const all = [...forwardReverse, ...forwardReverse1, ...reverseReverse, ...reverseForward];
      const random = rng(program.seed);
      const inputs = [
        ...values,
        ...directions.map((d) =>
          d.dtype === "float32" ? Float32Array.from(vector(random, d.size)) : vector(random, d.size),
        ),
      ];
      expectHalvesAgree(evaluate, all, [...parameters, ...directions], inputs);
    }),
  );
});
