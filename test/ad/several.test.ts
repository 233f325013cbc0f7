// Nodes with several results in every transform, against the same function without them.
import { describe, expect, test } from "vitest";
import { batchGraph, over } from "../../src/ad/batch.ts";
import { push, pushforward } from "../../src/ad/jvp.ts";
import { cotangents } from "../../src/ad/linearize.ts";
import { pull, pullback } from "../../src/ad/transpose.ts";
import { callOf as call } from "../../src/api/calls.ts";
import { inSession } from "../../src/ir/build.ts";
import { check } from "../../src/ir/check.ts";
import { close, inline } from "../../src/ir/closed.ts";
import type { MaybeNode, Node } from "../../src/ir/graph.ts";
import { isPart, part, resultsOf } from "../../src/ir/part.ts";
import { reachable } from "../../src/ir/walk.ts";
import { add, mul, sub } from "../../src/primitives/arithmetic.ts";
import { convert } from "../../src/primitives/cast.ts";
import { parameter } from "../../src/primitives/leaf.ts";
import { reduceSum } from "../../src/primitives/spread.ts";
import { cos, exp, sin } from "../../src/primitives/transcendental.ts";
import { evaluate } from "../../src/run/evaluate.ts";

const vector = (n = 3): Node => parameter([n], "float64");
/** Results of two shapes and two types, one of them a parameter, and one constant in x. */
const body = (x: Node, y: Node): Node[] => [mul(sin(x), exp(y)), reduceSum(mul(x, y), [0]), y, convert(x, "int32")];
const plain = body;
const called = (x: Node, y: Node): Node[] => {
  const [a, b] = [vector(), vector()];
  return call(close([a, b], body(a, b)).graph, [x, y]);
};
const X = Float64Array.of(0.5, -1, 2);
const Y = Float64Array.of(0.25, 1, -0.5);
const V = Float64Array.of(1, 2, -3);

type Values = readonly (ArrayLike<number> | undefined)[];
/** The values of `outputs`, symbolic zeros left out, which both graphs must agree on. */
function valuesOf(outputs: readonly MaybeNode[], parameters: readonly Node[], values: readonly Float64Array[]): Values {
  const there = outputs.filter((y): y is Node => y !== undefined);
  check(reachable(there));
  const found = evaluate(there, parameters, values);
  let next = 0;
  return outputs.map((y) => (y ? found[next++] : undefined));
}
/** Sums associate alike in both forms or not: some ten operations. */
function same(got: Values, want: Values): void {
  expect(got.map((g) => g === undefined)).toEqual(want.map((w) => w === undefined));
  got.forEach((g, i) => {
    const w = want[i];
    if (!g || !w) return;
    expect(g.length).toBe(w.length);
    for (let k = 0; k < g.length; k++) expect(g[k]).toBeCloseTo(w[k] as number, 13);
  });
}
const both = (values: (f: typeof plain) => Values): void => {
  const [got, want] = [inSession(() => values(called)), inSession(() => values(plain))];
  same(got, want);
};

describe("results", () => {
  test("have shapes and types of their own, and those that are arguments are these", () =>
    inSession(() => {
      const [x, y] = [vector(), vector()];
      const results = called(x, y);
      expect(results.map((r) => [r.shape, r.dtype])).toEqual([
        [[3], "float64"],
        [[], "float64"],
        [[3], "float64"],
        [[3], "int32"],
      ]);
      expect(results[2]).toBe(y);
      expect(results.slice(0, 2).every(isPart)).toBe(true);
      const whole = results[0]?.inputs[0] as Node;
      expect(part(whole, 1)).toBe(results[1]);
      expect(resultsOf(whole)).toHaveLength(4);
    }));
  test("are those of the body", () =>
    both((f) => {
      const [x, y] = [vector(), vector()];
      return valuesOf(f(x, y), [x, y], [X, Y]);
    }));
});

describe("derivatives", () => {
  test("forward, along one input and along both", () => {
    for (const moving of [
      [true, false],
      [true, true],
    ])
      both((f) => {
        const [x, y, d] = [vector(), vector(), vector()];
        return valuesOf(
          pushforward(
            f(x, y),
            [x, y],
            moving.map((m) => (m ? d : undefined)),
          ),
          [x, y, d],
          [X, Y, V],
        );
      });
  });
  test("reverse, for the cotangents of some results", () =>
    both((f) => {
      const [x, y, ct] = [vector(), vector(), vector()];
      const back = cotangents(f(x, y), [x, y], [ct, undefined, undefined, undefined]);
      return valuesOf(back, [x, y, ct], [X, Y, V]);
    }));
  test("second order, all ways", () => {
    const scalar = (f: typeof plain, x: Node, y: Node): Node => {
      const [a, b] = f(x, y) as [Node, Node];
      return add(reduceSum(cos(a), [0]), mul(b, b));
    };
    const one = (): Node => parameter([], "float64");
    both((f) => {
      const [x, y, d, ct] = [vector(), vector(), vector(), one()];
      const gradient = cotangents([scalar(f, x, y)], [x], [ct]) as Node[];
      const product = pushforward(gradient, [x, y], [d, d]);
      const twice = cotangents([reduceSum(mul(gradient[0] as Node, d), [0])], [x, y], [ct]);
      return valuesOf([...product, ...twice], [x, y, d, ct], [X, Y, V, Float64Array.of(1)]);
    });
  });
  test("batches, of one input and of both, and of derivatives", () => {
    const rows = [X, Y].map((v) => Float64Array.of(...v, ...v.map((t) => 2 * t)));
    for (const has of [
      [true, false],
      [true, true],
    ])
      both((f) => {
        const [x, y, ct] = [vector(), vector(), vector()];
        const results = f(x, y);
        const back = cotangents(results, [x], [ct, undefined, undefined, undefined]) as Node[];
        const wide = [x, y].map((p, i) => (has[i] ? parameter([2, 3], "float64") : p));
        const inputs = [x, y].filter((_, i) => has[i]);
        const batch = batchGraph(
          [results[0] as Node, results[1] as Node, ...back],
          inputs,
          wide.filter((_, i) => has[i]),
          2,
        );
        const values = has.map((h, i) => (h ? rows[i] : [X, Y][i]) as Float64Array);
        return valuesOf(batch.outputs, [...wide, ct], [...values, V]);
      });
  });
});

describe("transforms of closed graphs", () => {
  const graphOf = (): ReturnType<typeof close>["graph"] => {
    const [x, y] = [vector(), vector()];
    return close([x, y], [mul(sin(x), y), sub(y, exp(y))]).graph;
  };
  test("are made once for each question", () =>
    inSession(() => {
      const g = graphOf();
      expect(push(g, [true, false], [false])).toBe(push(g, [true, false], [false]));
      expect(push(g, [true, false], [true])).not.toBe(push(g, [true, false], [false]));
      expect(over(g, [true, false], 2)).toBe(over(g, [true, false], 2));
      expect(over(g, [true, false], 3)).not.toBe(over(g, [true, false], 2));
    }));
  test("push says which results move; inlined it is the pushforward", () =>
    inSession(() => {
      const g = graphOf();
      const of = push(g, [true, false], [false]);
      expect(of.present).toEqual([true, false]);
      const [x, y, d] = [vector(), vector(), vector()];
      const [want] = pushforward(inline(g, [x, y]), [x], [d]);
      expect(inline(of.graph, [x, y, d])[0]).toBe(want);
    }));
  test("pull is the transpose of push; what is not linear has none", () =>
    inSession(() => {
      const g = graphOf();
      const tangents = push(g, [true, false], [false]).graph;
      const back = pull(tangents, [false, false, true], [true], [false]);
      const [x, y, d, ct] = [vector(), vector(), vector(), vector()];
      const [want] = pullback(pushforward(inline(g, [x, y]), [x], [d]), [d], [ct]);
      expect(inline(back.graph, [x, y, ct])[0]).toBe(want);
      const [p, q] = [vector(), vector()];
      const bent = close([p, q], [mul(p, add(p, q))]).graph;
      expect(() => pull(bent, [true, false], [true], [false])).toThrow("depends on what it is to be linear in");
    }));
});
