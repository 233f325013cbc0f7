// takeAlong against a plain loop, its transpose by ⟨w, take(x)⟩ = ⟨takeᵀ(w), x⟩, and batching over either operand.
import fc from "fast-check";
import { expect, test } from "vitest";
import { HvpError } from "../../src/errors.ts";
import { sizeOf } from "../../src/ir/aval.ts";
import { inSession } from "../../src/ir/build.ts";
import type { Node } from "../../src/ir/graph.ts";
import { takeAlong } from "../../src/primitives/along.ts";
import { square } from "../../src/primitives/arithmetic.ts";
import { parameter } from "../../src/primitives/leaf.ts";
import { evaluate } from "../harness/backend.ts";
import { checkGrads } from "../harness/checkGrads.ts";
import { eachIndex, flatten } from "../harness/reference.ts";
import { integer, rng, vector } from "../harness/rng.ts";

const cases = fc.record({
  shape: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
  count: fc.integer({ min: 0, max: 5 }),
  seed: fc.nat(),
});

function drawn({ shape, count, seed }: { shape: number[]; count: number; seed: number }) {
  const random = rng(seed);
  const axis = integer(random, 0, shape.length - 1);
  const n = shape[axis] as number;
  const to = shape.with(axis, count);
  // Beyond both ends too: clamped.
  const idx = Int32Array.from({ length: sizeOf(to) }, () => integer(random, -n - 1, n + 1));
  return { axis, n, to, idx, x: Float64Array.from(vector(random, sizeOf(shape))) };
}

test("picks what a plain loop picks", () => {
  fc.assert(
    fc.property(cases, (c) => {
      const { axis, n, to, idx, x } = drawn(c);
      const want = new Float64Array(sizeOf(to));
      eachIndex(to, (index, at) => {
        const i = idx[at] as number;
        want[at] = x[flatten(c.shape, index.with(axis, Math.min(n - 1, Math.max(0, i < 0 ? i + n : i))))] as number;
      });
      inSession(() => {
        const [p, q] = [parameter(c.shape, "float64"), parameter(to, "int32")];
        expect(evaluate([takeAlong(p, q, axis)], [p, q], [x, idx])).toEqual([want]);
      });
    }),
    { numRuns: 60, seed: 1 },
  );
});

test("derivatives and batching", () => {
  fc.assert(
    fc.property(cases, (c) => {
      const { axis, to, idx, x } = drawn(c);
      checkGrads(
        {
          name: "takeAlong",
          build: ([p], [q]) => [square(takeAlong(p as Node, q as Node, axis))],
          shapes: [c.shape],
          point: [x],
          fixed: [{ shape: to, dtype: "int32", data: Array.from(idx) }],
        },
        { evaluate },
      );
    }),
    { numRuns: 20, seed: 2 },
  );
});

test("refuses indices of another type or shape, and an empty axis", () => {
  inSession(() => {
    const x = parameter([2, 3], "float64");
    expect(() => takeAlong(x, parameter([2, 3], "float64"), 1)).toThrow(HvpError);
    expect(() => takeAlong(x, parameter([3, 3], "int32"), 1)).toThrow(/all other extents must agree/);
    expect(() => takeAlong(parameter([2, 0], "float64"), parameter([2, 1], "int32"), 1)).toThrow(/which is empty/);
  });
});
