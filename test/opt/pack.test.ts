// All-pairs sums over points stored x₀ y₀ z₀ x₁ …: nothing of size N×N is stored, the innermost loop is contiguous,
// and the numbers are those of the interpreter.
import { describe, expect, test } from "vitest";
import { pushforward } from "../../src/ad/jvp.ts";
import { cotangents } from "../../src/ad/linearize.ts";
import { div, expandDims, mul, square, sub, sum } from "../../src/index.ts";
import type { DType } from "../../src/ir/aval.ts";
import { inSession } from "../../src/ir/build.ts";
import type { Node } from "../../src/ir/graph.ts";
import { attachMethods } from "../../src/ops/methods.ts";
import { parameter } from "../../src/primitives/leaf.ts";
import { full } from "../../src/primitives/spread.ts";
import { Tensor } from "../../src/trace/tracer.ts";
import { evaluate } from "../harness/backend.ts";
import { expectSame } from "../harness/compare.ts";
import { loopsOf } from "../harness/loops.ts";
import { choice, rng, vector } from "../harness/rng.ts";

attachMethods(); // these functions are not traced by the entry "hvp"

/** Σ 1/(1 + |Pᵢ - Pⱼ|²) over all pairs, P being the elements of x from `skip` on, `d` a point. */
const pairs =
  (count: number, d: number, skip: number) =>
  (x: Tensor): Tensor => {
    const P = x.slice([skip, skip + count * d]).reshape([count, d]);
    const r = sub(expandDims(P, 1), expandDims(P, 0));
    return mul(0.5, sum(div(1, sum(square(r), { axis: 2 }).add(1)))) as Tensor;
  };

function derivatives(n: number, dtype: DType, f: (x: Tensor) => Tensor): { x: Node; v: Node; g: Node; h: Node } {
  const [x, v] = [parameter([n], dtype), parameter([n], dtype)];
  const y = f(new Tensor(x, false)).node;
  const [g] = cotangents([y], [x], [full([], 1, dtype)]) as [Node];
  const [h] = pushforward([g], [x], [v]) as [Node];
  return { x, v, g, h };
}

describe("values", () => {
  test.each([
    [12, 3, 0, 0, "float64"],
    [7, 3, 0, 0, "float64"],
    [9, 2, 1, 4, "float64"],
    [11, 3, 2, 2, "float32"],
    [16, 7, 5, 1, "float64"],
  ] as const)(
    "%d points of dimension %d, %d numbers before and %d after them, %s",
    (count, d, before, after, dtype) => {
      inSession(() => {
        const n = before + count * d + after;
        const { x, v, g, h } = derivatives(n, dtype, pairs(count, d, before));
        const random = rng(3);
        const data = () =>
          dtype === "float32" ? Float32Array.from(vector(random, n)) : Float64Array.from(vector(random, n));
        const tied = () => data().map(() => choice(random, [-1, -0, 0, 1]));
        for (const point of [data(), tied()]) expectSame(evaluate, [g, h], [x, v], [point, data()]);
      });
    },
  );
});

test("nothing of size N×N is stored, and lanes run over contiguous arrays", () => {
  inSession(() => {
    const { g, h } = derivatives(300, "float64", pairs(100, 3, 0));
    for (const y of [g, h]) {
      const [all, ...rest] = loopsOf([y]);
      expect(all).toMatchObject({ sizes: [100, 100], strided: 0 });
      expect(all?.ops["div"]).toBe(1);
      for (const loop of rest) expect(loop.sizes).toEqual([300]);
    }
  });
});
