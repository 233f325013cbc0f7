// Products of matrices with few terms that a reduction reads are sums in its loops: the bits of the kernel's, and no
// array of them.
import { describe, expect, test } from "vitest";
import { basic, sharing, together } from "../../src/emit/passes.ts";
import { inSession } from "../../src/ir/build.ts";
import type { Node } from "../../src/ir/graph.ts";
import { NO_FACTS } from "../../src/opt/facts.ts";
import { thinProducts } from "../../src/opt/graph/thin.ts";
import { runGraph, schedule } from "../../src/opt/pipeline.ts";
import { add, mul, square } from "../../src/primitives/arithmetic.ts";
import { matmul } from "../../src/primitives/contraction.ts";
import { parameter } from "../../src/primitives/leaf.ts";
import { reduceMax, reduceMin } from "../../src/primitives/reduction.ts";
import { concat, reshape, slice, transpose } from "../../src/primitives/shape.ts";
import { broadcast, reduceSum } from "../../src/primitives/spread.ts";
import { programOf } from "../../src/run/program.ts";
import { storage } from "../harness/reference.ts";
import { rng, vector } from "../harness/rng.ts";

const [bones, points] = [20, 384];
type Float = "float64" | "float32";
const of = (dtype: Float) => ({
  T: parameter([bones, 3, 4], dtype),
  P: parameter([4, points], dtype),
  W: parameter([bones, points], dtype),
});
type Arrays = ReturnType<typeof of>;
const batch = (x: Node): Node =>
  broadcast(
    x,
    [bones, ...x.shape],
    x.shape.map((_, i) => i + 1),
  );
const weighted = (x: Node, { W }: Arrays): Node => reduceSum(mul(broadcast(W, x.shape, [0, 2]), x), [0]);

const forms: Record<string, (a: Arrays) => Node> = {
  "one product with a batch": (a) => weighted(matmul(a.T, batch(a.P)), a),
  "a product for each, stacked": (a) =>
    weighted(
      concat(
        Array.from({ length: bones }, (_, b) =>
          reshape(matmul(reshape(slice(a.T, 0, b, b + 1), [3, 4]), a.P), [1, 3, points]),
        ),
        0,
      ),
      a,
    ),
  "a tall one": (a) => weighted(reshape(matmul(reshape(a.T, [3 * bones, 4]), a.P), [bones, 3, points]), a),
  "a minimum over rows": (a) => reduceMin(square(matmul(reshape(a.T, [3 * bones, 4]), a.P)), [0]),
  "a maximum over columns, transposed": (a) =>
    reduceMax(transpose(matmul(reshape(a.T, [3 * bones, 4]), a.P), [1, 0]), [0]),
};
/** Kernel calls of the steps. */
const callsOf = (make: (a: Arrays) => Node): number =>
  inSession(() => {
    const y = runGraph("lowered", [make(of("float64"))], [thinProducts], NO_FACTS);
    return schedule(y, [], NO_FACTS).steps.filter((s) => s.kind === "call").length;
  });

describe("thin products", () => {
  test.each(Object.entries(forms))("%s: the same bits without a call", (_, make) => {
    expect(callsOf(make)).toBe(0);
    for (const dtype of ["float64", "float32"] as const)
      inSession(() => {
        const arrays = of(dtype);
        const y = make(arrays);
        const inputs = Object.values(arrays);
        const random = rng(7);
        const values = inputs.map((x) => {
          const data = storage(dtype, x.size);
          data.set(vector(random, x.size));
          return data;
        });
        const [plain, thin] = [basic, together(basic, sharing)].map(
          (passes) => programOf([y], inputs, { passes }).call(values)[0],
        );
        expect(thin).toEqual(plain);
      });
  });

  const tall = ({ T, P }: Arrays): Node => matmul(reshape(T, [3 * bones, 4]), P);
  test.each<[string, (a: Arrays) => Node, number]>([
    ["an array of them is asked for", tall, 1],
    ["more than one reads them", (a) => add(reduceSum(tall(a), [0]), reduceMin(tall(a), [0])), 1],
    [
      "another product reads them",
      (a) => reduceSum(matmul(transpose(tall(a), [1, 0]), reshape(a.T, [3 * bones, 4])), [0]),
      1,
    ],
    ["few elements are reduced to one", (a) => reduceSum(reshape(tall(a), [15 * points, 4]), [1]), 1],
    ["they are few", (a) => reduceSum(matmul(reshape(slice(slice(a.T, 0, 0, 1), 1, 0, 2), [2, 4]), a.P), [1]), 1],
    ["they have many terms", (a) => reduceSum(matmul(transpose(a.W, [1, 0]), a.W), [0]), 1],
  ])("stay where %s", (_, make, count) => expect(callsOf(make)).toBeGreaterThanOrEqual(count));
});
