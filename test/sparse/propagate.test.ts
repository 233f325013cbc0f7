// Patterns of linear graphs: where tangents are zero on random graphs, and closed forms on graphs whose patterns are
// known.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { linearMap } from "../../src/ad/linearize.ts";
import { type Data, isFloat } from "../../src/ir/aval.ts";
import { inSession } from "../../src/ir/build.ts";
import type { Node } from "../../src/ir/graph.ts";
import { expandCalls } from "../../src/opt/graph/expand.ts";
import * as A from "../../src/primitives/arithmetic.ts";
import { matmul } from "../../src/primitives/contraction.ts";
import { conv } from "../../src/primitives/convolution.ts";
import { cumsum } from "../../src/primitives/cumulative.ts";
import { registry } from "../../src/primitives/index.ts";
import { gather, scatterAdd } from "../../src/primitives/indexing.ts";
import { iota, isLiteral, literal, parameter } from "../../src/primitives/leaf.ts";
import { lt, select } from "../../src/primitives/logic.ts";
import * as S from "../../src/primitives/shape.ts";
import { argsort } from "../../src/primitives/sort.ts";
import { reduceSum } from "../../src/primitives/spread.ts";
import { Propagation } from "../../src/sparse/propagate.ts";
import { Sets } from "../../src/sparse/sets.ts";
import { evaluate } from "../harness/backend.ts";
import type { Fixed } from "../harness/checkGrads.ts";
import { build, programs } from "../harness/graphs.ts";
import { storage } from "../harness/reference.ts";
import { type Rng, rng, vector } from "../harness/rng.ts";
import { subjects } from "../harness/subjects.ts";

/** The elements of `directions`, numbered through, that each element of `outputs` depends on. */
function patternOf(outputs: readonly (Node | undefined)[], directions: readonly Node[]): (number[][] | undefined)[] {
  const size = directions.reduce((n, d) => n + d.size, 0);
  const sets = new Sets(size);
  let next = 1;
  const seeds = directions.map((d) => Int32Array.from({ length: d.size }, () => next++));
  const known = { isFixed: isLiteral, valuesOf: (list: readonly Node[]) => evaluate(list, [], []) };
  const out = new Int32Array(size);
  return new Propagation(sets, known)
    .run(outputs, directions, seeds)
    .map((ids) => ids && [...ids].map((k) => [...out.subarray(0, sets.read(k, out, 0))]));
}

interface Graph {
  readonly outputs: readonly Node[];
  readonly parameters: readonly Node[];
  readonly values: readonly Data[];
}

/** Where directions are zero in some places, tangents are zero wherever they depend on no other ones. */
function checkZeros({ outputs: ys, parameters, values }: Graph, random: Rng, inputs = parameters): void {
  const { directions, tangents } = linearMap(
    ys.filter((y) => isFloat(y.dtype)),
    inputs,
  );
  const outputs = expandCalls(
    tangents.filter((t): t is Node => t !== undefined),
    "calls",
  );
  if (outputs.length === 0) return;
  const pattern = patternOf(outputs, directions);
  for (let round = 0; round < 4; round++) {
    const starts = directions.map((_, i) => directions.slice(0, i).reduce((n, d) => n + d.size, 0));
    const few = random() < 0.5 ? 0.1 : 0.5;
    const vs = directions.map((d) => vector(random, d.size, -1, 1).map((x) => (random() < few ? x : 0)));
    const isZero = (k: number): boolean => {
      const i = starts.findLastIndex((s) => s <= k);
      return vs[i]?.[k - (starts[i] as number)] === 0;
    };
    const results = evaluate(outputs, [...parameters, ...directions], [...values, ...vs]);
    for (const [i, y] of results.entries())
      for (const [e, v] of y.entries())
        if (v !== 0 && !Number.isNaN(v))
          expect(pattern[i]?.[e]?.some((k) => !isZero(k)) ?? false, `${i}: ${e}`).toBe(true);
  }
}

describe("tangents are zero where the pattern says", () => {
  test("on random graphs", () => {
    fc.assert(
      fc.property(programs, (program) => inSession(() => checkZeros(build(program), rng(program.seed)))),
      { numRuns: 40, seed: 7 },
    );
  });
  // What is fixed, such as indices, is known or not.
  const moving = registry.filter((p) => p.jvp || p.several?.jvp || p.expand);
  test.each(moving.map((p) => [p.name, p] as const))("of %s", (name, prim) => {
    for (const [i, subject] of fc.sample(subjects[name]!(prim), { numRuns: 4, seed: 3 }).entries())
      inSession(() => {
        const fixed = subject.fixed ?? [];
        const parameters = subject.shapes.map((shape) => parameter(shape, "float64"));
        const isKnown = i % 2 === 0;
        const nodes = fixed.map((f) => (isKnown ? literal(dataOf(f), f.shape, f.dtype) : parameter(f.shape, f.dtype)));
        const graph = {
          outputs: subject.build(parameters, nodes),
          parameters: isKnown ? parameters : [...parameters, ...nodes],
          values: [...subject.point.map((x) => Float64Array.from(x)), ...(isKnown ? [] : fixed.map(dataOf))],
        };
        checkZeros(graph, rng(i), parameters);
      });
  });
});

const dataOf = ({ dtype, data }: Fixed) => {
  const copy = storage(dtype, data.length);
  copy.set(data);
  return copy;
};

// ---- closed forms ----

/** Rows of the Jacobian of a function of one vector, as text. */
const jacobian = (n: number, f: (x: Node) => Node): string[] =>
  inSession(() => {
    const x = parameter([n], "float64");
    const { directions, tangents } = linearMap([f(x)], [x]);
    return (patternOf(expandCalls(tangents as Node[], "calls"), directions)[0] ?? []).map((row) => row.join(" "));
  });
const ints = (...list: number[]): Node => literal(Int32Array.from(list), [list.length], "int32");
const numbers = (list: number[], ...shape: number[]): Node => literal(Float64Array.from(list), shape, "float64");
const windows = { stride: [2], padding: [[1, 0]] as const, spread: [1], dilation: [1] };

describe("patterns are exact", () => {
  test.each<[string, number, (x: Node) => Node, string[]]>([
    ["slices with a step, flipped", 5, (x) => S.flip(S.slice(x, 0, 0, 5, 2), 0), ["4", "2", "0"]],
    ["a reshape, transposed", 6, (x) => S.transpose(S.reshape(x, [2, 3]), [1, 0]), ["0", "3", "1", "4", "2", "5"]],
    ["pads and pieces", 2, (x) => S.concat([S.pad(x, 0, 1, 0), x], 0), ["", "0", "1", "0", "1"]],
    ["sums of rows", 6, (x) => reduceSum(S.reshape(x, [2, 3]), [1]), ["0 1 2", "3 4 5"]],
    ["a sum of elements", 3, (x) => A.add(x, S.flip(x, 0)), ["0 2", "1", "0 2"]],
    ["known indices, from the end and beyond it", 4, (x) => gather(x, ints(2, -1, 9), 0), ["2", "3", "3"]],
    ["indices that numbers decide", 3, (x) => gather(x, argsort(x, 0), 0), ["0 1 2", "0 1 2", "0 1 2"]],
    ["rows added at known places", 3, (x) => scatterAdd(numbers([0, 0], 2), ints(1, 1, 0), x), ["2", "0 1"]],
    ["at unknown ones", 2, (x) => scatterAdd(x, argsort(x, 0), x), ["0 1", "0 1"]],
    ["running sums", 3, (x) => cumsum(x, 0), ["0", "0 1", "0 1 2"]],
    ["from the other end", 3, (x) => cumsum(x, 0, true), ["0 1 2", "1 2", "2"]],
    [
      "a product with a matrix of known zeros",
      3,
      (x) => matmul(numbers([1, 0, 2, 0, 0, 0, 0, 3, 0], 3, 3), S.reshape(x, [3, 1])),
      ["0 2", "", "1"],
    ],
    [
      "with one that is not known",
      4,
      (x) => matmul(S.reshape(x, [2, 2]), S.reshape(A.square(x), [2, 2])),
      ["0 1 2", "0 1 3", "0 2 3", "1 2 3"],
    ],
    ["a factor with known zeros", 3, (x) => A.mul(numbers([1, 0, 2], 3), x), ["0", "", "2"]],
    ["a known choice", 3, (x) => select(lt(iota([3], 0, "int32"), 1), x, S.flip(x, 0)), ["0", "1", "0"]],
    ["a choice by numbers", 2, (x) => select(lt(x, 0), x, S.flip(x, 0)), ["0 1", "0 1"]],
    [
      "windows of a convolution",
      5,
      (x) => conv(S.reshape(x, [1, 1, 1, 5]), numbers([1, 2, 3], 1, 1, 1, 3), windows),
      ["0 1", "1 2 3"],
    ],
    [
      "and its weights",
      3,
      (x) => conv(numbers([1, 2, 3, 4, 5], 1, 1, 1, 5), S.reshape(x, [1, 1, 1, 3]), windows),
      ["1 2", "0 1 2"],
    ],
    ["nothing", 2, (x) => S.stopGradient(x), []],
  ])("%s", (_, n, f, rows) => expect(jacobian(n, f)).toEqual(rows));
});
