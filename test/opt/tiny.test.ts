// Bodies that run many times: with a higher limit, graphs of small arrays are straight-line code, whatever is in them.
import { describe, expect, test } from "vitest";
import { inSession } from "../../src/ir/build.ts";
import type { Node } from "../../src/ir/graph.ts";
import { plan } from "../../src/opt/plan/plan.ts";
import type { Nest, Plan } from "../../src/opt/plan/root.ts";
import { add, mul } from "../../src/primitives/arithmetic.ts";
import { matmul } from "../../src/primitives/contraction.ts";
import { gather } from "../../src/primitives/indexing.ts";
import { parameter } from "../../src/primitives/leaf.ts";
import { concat, transpose } from "../../src/primitives/shape.ts";
import { broadcast, reduceSum } from "../../src/primitives/spread.ts";
import { exp, sin } from "../../src/primitives/transcendental.ts";

const TINY = 64;
const sizes = ({ steps }: Plan): (readonly number[])[] => steps.map((s) => (s as Nest).sizes);
const planned = (outputs: () => readonly Node[], limits?: typeof TINY): Plan =>
  inSession(() => plan(outputs(), new Set(), limits));
/** A product of matrices as a sum of products. */
function sums(a: Node, b: Node): Node {
  const shape = [a.shape[0] as number, a.shape[1] as number, b.shape[1] as number];
  return reduceSum(mul(broadcast(a, shape, [0, 1]), broadcast(b, shape, [1, 2])), [1]);
}

describe("with a limit of 64", () => {
  const matrix = (n: number): Node => parameter([n, n], "float64");
  const mixed = (n: number) => (): Node[] => {
    const [x, v] = [matrix(n), parameter([n], "float64")];
    const y = exp(add(transpose(x, [1, 0]), broadcast(v, [n, n], [1])));
    const z = concat([y, sin(y)], 0);
    return [reduceSum(z, [0, 1]), reduceSum(mul(y, y), [0]), sums(y, sin(y))];
  };
  test.each([3, 4, 5])("elements, sums and products of %i × %i matrices are one body without loops", (n) => {
    const made = planned(mixed(n), TINY);
    expect(sizes(made)).toEqual([[]]);
    expect(made.roots.size).toBe(3); // the outputs: nothing else is stored
  });
  test("a product of matrices of 64 elements is one, too", () => {
    expect(sizes(planned(() => [sums(sin(matrix(8)), exp(matrix(8)))], TINY))).toEqual([[]]);
  });
  test("larger arrays have loops, and so have those of programs without the limit", () => {
    expect(sizes(planned(() => [sin(parameter([65], "float64"))], TINY))).toEqual([[65]]);
    expect(sizes(planned(() => [sin(parameter([64], "float64"))]))).toEqual([[64]]);
    expect(sizes(planned(() => [reduceSum(sin(parameter([65], "float64")), [0])], TINY))).toEqual([[65]]);
  });
  test("kernels and arrays that are gathered from are steps before", () => {
    const steps = planned(() => [sin(matmul(matrix(3), matrix(3)))], TINY).steps;
    expect(steps.map((s) => s.kind)).toEqual(["call", "nest"]);
    const picked = planned(() => [gather(sin(matrix(3)), parameter([2], "int32"), 0)], TINY);
    expect(sizes(picked)).toEqual([[], []]);
  });
});
