// Loops joined and pruned: the same values, and the primal loop once in whatever is derived of it.
import { describe, expect, test } from "vitest";
import { pushforward } from "../../../src/ad/jvp.ts";
import { cotangents } from "../../../src/ad/linearize.ts";
import { explain, foriLoop, matmul, mul as mulOf, transpose } from "../../../src/index.ts";
import { inSession } from "../../../src/ir/build.ts";
import type { MaybeNode, Node } from "../../../src/ir/graph.ts";
import { reachable } from "../../../src/ir/walk.ts";
import { joined } from "../../../src/opt/graph/loops.ts";
import { add, mul, sub } from "../../../src/primitives/arithmetic.ts";
import { isChoice, isLoop } from "../../../src/primitives/control.ts";
import { parameter } from "../../../src/primitives/leaf.ts";
import { gt } from "../../../src/primitives/logic.ts";
import { full } from "../../../src/primitives/spread.ts";
import { cos, sin } from "../../../src/primitives/transcendental.ts";
import type { Tensor } from "../../../src/trace/tracer.ts";
import { BATCHES, COMPOSITIONS, composed, expectClose } from "../../harness/compositions.ts";
import { type Body, chosen, looped } from "../../harness/control.ts";
import { both, cases } from "../../harness/control-cases.ts";
import { evaluateReference } from "../../harness/reference.ts";

/** Carries, walked arrays and stacks of each loop. */
const loopsIn = (outputs: readonly Node[]): number[][] =>
  reachable(outputs)
    .filter(isLoop)
    .map(({ params: p }) => [p.carries, p.walked, p.body.outputs.length - p.carries]);
const scalar = (): Node => parameter([], "float64");
const logistic: Body = ([x], _, [r]) => ({ carries: [mul(r as Node, mul(x as Node, sub(1, x as Node)))] });

describe.each(cases(4, false).map((c) => [c.name, c] as const))("%s", (_, c) => {
  test.each([...COMPOSITIONS, ...BATCHES])("%s has the same values", (letters) => {
    const { values, outputs } = composed(both(c)[0], c.args, letters);
    const { values: found } = composed(both(c)[0], c.args, letters, (ys, ...rest) => {
      const all = joined(ys);
      expect(loopsIn(all).length).toBeLessThanOrEqual(loopsIn(outputs).length);
      expect(loopsIn(joined(all))).toEqual(loopsIn(all));
      return evaluateReference(all, ...rest);
    });
    expectClose(found, values, letters);
  });
});

describe("the primal loop runs once", () => {
  const parts = (): { y: Node; g: MaybeNode[]; x: Node; r: Node } => {
    const [x, r] = [scalar(), scalar()];
    const [y] = looped(logistic, { carries: [x], shared: [r], length: 9 }) as [Node];
    return { y, x, r, g: cotangents([y], [x, r], [full([], 1, "float64")]) };
  };
  const there = (list: readonly MaybeNode[]): Node[] => list.filter((n): n is Node => n !== undefined);

  test("in a value with its gradient: a loop forth that stacks x, one back with the cotangent and a sum", () =>
    inSession(() => {
      const { y, g } = parts();
      expect(loopsIn([y, ...there(g)])).toHaveLength(3);
      expect(loopsIn(joined([y, ...there(g)]))).toEqual([
        [1, 0, 1],
        [2, 1, 0],
      ]);
    }));
  test("in a value with its tangent", () =>
    inSession(() => {
      const { y, x } = parts();
      expect(loopsIn(joined([y, ...there(pushforward([y], [x], [scalar()]))]))).toEqual([[2, 0, 0]]);
    }));
  test("in a value with gradient and Hessian-vector product: forth with x and its tangent, back with four", () =>
    inSession(() => {
      const { y, g, x } = parts();
      const h = pushforward(there(g), [x], [scalar()]);
      expect(loopsIn(joined([y, ...there(g), ...there(h)]))).toEqual([
        [2, 0, 2],
        [4, 2, 0],
      ]);
    }));
  test("in loops inside of loops", () =>
    inSession(() => {
      const [x, r] = [scalar(), scalar()];
      const inner = (a: Node, k: Node): Node => looped(logistic, { carries: [a], shared: [k], length: 5 })[0] as Node;
      const outer: Body = ([a], _, [k]) => ({ carries: [sin(inner(a as Node, k as Node))] });
      const [y] = looped(outer, { carries: [x], shared: [r], length: 3 }) as [Node];
      const all = joined([y, ...there(pushforward([y], [x], [scalar()]))]);
      expect(loopsIn(all)).toEqual([[2, 0, 0]]);
      expect(loopsIn(reachable(all).filter(isLoop)[0]?.params.body.outputs as Node[])).toEqual([[2, 0, 0]]);
    }));
  test("in loops that a condition ends, forth and forth", () =>
    inSession(() => {
      const [x, r] = [scalar(), scalar()];
      const condition = ([a]: readonly Node[]): Node => gt(a as Node, 0.1);
      const [y] = looped(logistic, { carries: [x], shared: [r], length: 50, condition }) as [Node];
      expect(loopsIn(joined([y, ...there(pushforward([y], [x], [scalar()]))]))).toEqual([[2, 0, 0]]);
    }));
});

describe("what goes", () => {
  test("is what nobody reads, with the carries that only that needs", () =>
    inSession(() => {
      const [x, r] = [scalar(), scalar()];
      const body: Body = ([a, b, c], _, [k]) => ({
        carries: [mul(a as Node, k as Node), add(a as Node, b as Node), cos(c as Node)],
        slices: [b as Node, c as Node],
      });
      const [a, b, , , cs] = looped(body, { carries: [x, x, x], shared: [r], length: 4 }) as Node[];
      expect(loopsIn(joined([a as Node]))).toEqual([[1, 0, 0]]);
      expect(loopsIn(joined([b as Node]))).toEqual([[2, 0, 0]]);
      expect(loopsIn(joined([cs as Node]))).toEqual([[1, 0, 1]]);
      // Arguments that were read there alone go too: the cosine is iterated without r.
      expect(reachable(joined([cs as Node]))).not.toContain(r);
    }));
  test("are loops of which only parts that go had need", () =>
    inSession(() => {
      const [x, r] = [scalar(), scalar()];
      const [z] = looped(logistic, { carries: [x], shared: [r], length: 4 }) as [Node];
      const body: Body = ([a, b]) => ({ carries: [sin(a as Node), add(a as Node, b as Node)] });
      const [a] = looped(body, { carries: [x, z], length: 4 }) as [Node];
      expect(loopsIn(joined([a]))).toEqual([[1, 0, 0]]);
    }));
  test("are carries that equal others", () =>
    inSession(() => {
      const x = scalar();
      const body: Body = ([a, b]) => ({ carries: [sin(add(a as Node, b as Node)), sin(add(b as Node, b as Node))] });
      const both = looped(body, { carries: [x, x], length: 4 });
      const all = joined(both);
      expect(loopsIn(all)).toEqual([[1, 0, 0]]);
      expect(all[0]).toBe(all[1]);
    }));
});

describe("what stays apart", () => {
  const unlike: readonly (readonly [string, (x: Node, r: Node) => readonly Node[]])[] = [
    ["another length", (x, r) => [4, 5].flatMap((length) => looped(logistic, { carries: [x], shared: [r], length }))],
    [
      "another direction",
      (x, r) => [true, false].flatMap((reverse) => looped(logistic, { carries: [x], shared: [r], length: 4, reverse })),
    ],
    [
      "nothing in common",
      (x, r) => [
        ...looped(logistic, { carries: [x], shared: [r], length: 4 }),
        ...looped(([a]) => ({ carries: [cos(a as Node)] }), { carries: [r], length: 4 }),
      ],
    ],
    [
      "one after the other",
      (x, r) => {
        const [y] = looped(logistic, { carries: [x], shared: [r], length: 4 }) as [Node];
        return [y, ...looped(logistic, { carries: [x], shared: [y], length: 4 })];
      },
    ],
  ];
  test.each(unlike)("%s", (_, make) =>
    inSession(() => expect(loopsIn(joined(make(scalar(), scalar())))).toHaveLength(2)),
  );

  test("loops that would need each other: x beside z, y between them", () =>
    inSession(() => {
      const [x, r] = [scalar(), scalar()];
      const body: Body = ([a, b]) => ({ carries: [sin(a as Node), cos(b as Node)] });
      const [p, q] = looped(body, { carries: [x, r], length: 4 }) as [Node, Node];
      const [s] = looped(([a, b]) => ({ carries: [sin(a as Node), b as Node] }), { carries: [x, q], length: 4 }) as [
        Node,
      ];
      const [t] = looped(([a, b]) => ({ carries: [sin(mul(a as Node, b as Node)), cos(b as Node)] }), {
        carries: [p, r],
        length: 4,
      }) as [Node];
      const values = (ys: readonly Node[]) =>
        evaluateReference(ys, [x, r], [Float64Array.of(0.3), Float64Array.of(0.4)]);
      const all = [p, q, s, t];
      expectClose(values(joined(all)), values(all), "values");
    }));
});

test("choices by one index become one, of the results that are read", () =>
  inSession(() => {
    const [x, k] = [scalar(), parameter([], "int32")];
    const y = chosen(
      k,
      [x],
      [([a]) => [sin(a as Node), a as Node], ([a]) => [cos(a as Node), mul(a as Node, a as Node)]],
    );
    const d = pushforward([y[0] as Node], [x], [scalar()])[0] as Node;
    const all = reachable(joined([y[0] as Node, d])).filter(isChoice);
    expect(all.map((n) => n.params.branches.map((b) => b.outputs.length))).toEqual([[2, 2]]);
  }));

test("a matrix and its transpose are one argument of a loop, which reads it once", () => {
  const x = { data: Float64Array.from({ length: 2000 * 200 }, (_, i) => Math.sin(i)), shape: [2000, 200] };
  const step = (v: Tensor): Tensor => matmul(transpose(x), mulOf(0.5, matmul(x, v)));
  const text = explain((v: Tensor) => foriLoop(0, 3, (_, u) => step(u), v))(new Float64Array(200));
  // One sweep through blocks of rows does both products.
  expect(text).toContain("in blocks of 80 of 2000 rows");
  expect(text.slice(0, text.indexOf("after"))).not.toContain("a:int32[] b:float64[200] c:float64[200,2000]");
});
