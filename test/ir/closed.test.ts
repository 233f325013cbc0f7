// Graphs as values: equal ones are one object, others are not, and closing and inlining undo each other.
import { describe, expect, test } from "vitest";
import { inSession, keyOf, make } from "../../src/ir/build.ts";
import { close, inline, textOf } from "../../src/ir/closed.ts";
import type { Closed, Node, Primitive } from "../../src/ir/graph.ts";
import { reachable } from "../../src/ir/walk.ts";
import { add, mul } from "../../src/primitives/arithmetic.ts";
import { iota, isParameter, literal, parameter } from "../../src/primitives/leaf.ts";
import { slice } from "../../src/primitives/shape.ts";
import { broadcast, full, reduceSum } from "../../src/primitives/spread.ts";
import { exp, sin } from "../../src/primitives/transcendental.ts";

const vector = (n = 3): Node => parameter([n], "float64");
/** The closed graph of a function of one vector. */
const of = (f: (x: Node) => Node, n = 3): Closed => {
  const x = vector(n);
  return close([x], [f(x)]).graph;
};
/** A node with a graph among its parameters, and nothing else to tell it by. */
const holder: Primitive<{ body: Closed }> = {
  name: "holder",
  aval: ([x]) => ({ shape: (x as Node).shape, dtype: (x as Node).dtype }),
  batch: (node) => node as unknown as Node,
  lower: { kind: "leaf" },
};
const hold = (body: Closed, x: Node): Node => make(holder, [x], { body });

describe("keys of parameters", () => {
  test("plain data counts by its content, down to the sign of zero", () => {
    expect(keyOf({ a: [1, { b: "x" }], c: undefined })).toBe(keyOf({ a: [1, { b: "x" }], c: undefined }));
    const distinct = [1, "1", [1], [[1]], { a: 1 }, { a: "1" }, { b: 1 }, 0, -0, true, "true", undefined, null, ""];
    expect(new Set(distinct.map((v) => keyOf(v))).size).toBe(distinct.length);
    expect(keyOf(["a,b"])).not.toBe(keyOf(["a", "b"]));
  });
  test("other objects count by identity: memory may change, functions cannot be compared", () => {
    const data = Float64Array.of(1, 2);
    expect(keyOf({ data })).toBe(keyOf({ data }));
    expect(keyOf({ data })).not.toBe(keyOf({ data: data.slice() }));
    const f = (): void => {};
    expect(keyOf([f])).toBe(keyOf([f]));
    expect(keyOf([f])).not.toBe(keyOf([(): void => {}]));
  });
});

describe("equal graphs are one object", () => {
  test("whenever they were traced, and whatever else was there before", () =>
    inSession(() => {
      const one = of((x) => mul(add(x, full([3], 2, "float64")), exp(x)));
      full([3], 7, "float64");
      exp(vector());
      expect(of((x) => mul(add(x, full([3], 2, "float64")), exp(x)))).toBe(one);
      const late = of((x) => {
        const e = exp(x);
        return mul(add(x, full([3], 2, "float64")), e);
      });
      expect(late).toBe(one);
    }));
  test("graphs that differ in a parameter, a shape, a type or what is used twice are not", () =>
    inSession(() => {
      const x = parameter([3], "float32");
      const graphs = [
        of((y) => slice(y, 0, 0, 2)),
        of((y) => slice(y, 0, 1, 3)),
        of((y) => slice(y, 0, 0, 2), 4),
        close([x], [slice(x, 0, 0, 2)]).graph,
        of((y) => mul(sin(y), exp(y))),
        of((y) => mul(sin(y), exp(sin(y)))),
        of((y) => mul(y, full([3], 2.5, "float64"))),
        of((y) => mul(y, full([3], 3.5, "float64"))),
      ];
      expect(new Set(graphs).size).toBe(graphs.length);
    }));
  test("so are graphs that hold graphs", () =>
    inSession(() => {
      const nest = (depth: number, inner: (x: Node) => Node): Closed =>
        of((x) => (depth === 0 ? inner(x) : hold(nest(depth - 1, inner), x)));
      expect(nest(5, sin)).toBe(nest(5, sin));
      expect(nest(5, sin)).not.toBe(nest(5, exp));
      expect(nest(5, sin)).not.toBe(nest(4, sin));
    }));
  test("of another session they are others with the same text", () => {
    const [a, b] = [inSession(() => of(sin)), inSession(() => of(sin))];
    expect(a).not.toBe(b);
    expect(textOf(a.parameters, a.outputs)).toBe(textOf(b.parameters, b.outputs));
  });
});

describe("closing", () => {
  test("moves out what does not depend on the parameters, and keeps constants and index ranges", () =>
    inSession(() => {
      const [x, a] = [vector(), parameter([], "float64")];
      const k = literal(Float64Array.of(1, 2, 3), [3], "float64");
      const outside = mul(broadcast(exp(a), [3], []), k);
      const y = add(mul(x, outside), mul(iota([3], 0, "float64"), full([3], 0.5, "float64")));
      const { graph, captured } = close([x], [y, outside]);
      expect(captured).toEqual([outside]);
      expect(graph.parameters).toHaveLength(2);
      expect(reachable(graph.outputs).filter(isParameter)).toEqual([...graph.parameters].sort((p, q) => p.id - q.id));
      expect(graph.outputs[1]).toBe(graph.parameters[1]);
      expect(inline(graph, [x, ...captured])).toEqual([y, outside]);
    }));
  test("is undone by inlining, at other arguments too", () =>
    inSession(() => {
      const [x, z] = [vector(), vector()];
      const f = (v: Node): Node => reduceSum(mul(sin(v), exp(v)), [0]);
      expect(inline(close([x], [f(x)]).graph, [x])).toEqual([f(x)]);
      expect(inline(close([x], [f(x)]).graph, [sin(z)])).toEqual([f(sin(z))]);
    }));
});

test("no two graphs have a parameter in common, so that one may stand in the other", () => {
  inSession(() => {
    const [a, b] = [parameter([], "float64"), parameter([], "float64")];
    const graphs = [close([a, b], [add(a, b)]), close([b, a], [mul(a, b)]), close([a], [mul(a, add(a, b))])].map(
      (c) => c.graph,
    );
    const all = graphs.flatMap((g) => g.parameters);
    expect(new Set([...all, a, b]).size).toBe(all.length + 2);
  });
});
