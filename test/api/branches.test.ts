// cond, switchCase and whileLoop: what is chosen while tracing, and the graphs of what is not.
import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import type { Any } from "../harness/misuse.ts";
import { plain } from "../harness/plain.ts";

const { add, cond, foriLoop, gt, jit, log, makeGraph, mul, sub, switchCase, whileLoop } = library as Any;

describe("what is known when it is traced is chosen then", () => {
  const f = (p: Any, x: Any) =>
    cond(
      p,
      (y: Any) => ({ a: add(y, 1), b: 2 }),
      (y: Any) => ({ b: mul(y, 10), a: 0 }),
      x,
    );
  test("predicates: booleans, and numbers that are not 0", () => {
    for (const yes of [true, 1, -0.5, Number.NaN, { data: [3], shape: [] }])
      expect(f(yes, 4), `${yes}`).toEqual({ a: 5, b: 2 });
    for (const no of [false, 0, -0]) expect(f(no, 4), `${no}`).toEqual({ a: 0, b: 40 });
    expect(plain(jit((x: Any) => f(true, x))(4))).toEqual({ a: 5, b: 2 });
    expect(makeGraph((x: Any) => f(true, x))(4)).not.toContain("switch");
  });
  test("indices, clamped to the branches", () => {
    const g = (i: Any) => switchCase(i, [() => 5, (x: Any) => mul(x, 2), (x: Any) => sub(x, 1)], 10);
    expect([-7, 0, 1, 2, 3].map(g)).toEqual([5, 5, 20, 9, 9]);
    expect(g({ data: Int32Array.of(1), shape: [] })).toBe(20);
    expect(switchCase(3, [(a: Any, b: Any) => add(a, b)], 1, 2)).toBe(3);
  });
  test("arrays of numbers take the type of the other branch", () => {
    const h = (p: Any) =>
      cond(
        p,
        () => [1, 2],
        (x: Any) => x,
        Float32Array.of(5, 6),
      );
    expect([h(true), h(false)]).toEqual([Float32Array.of(1, 2), Float32Array.of(5, 6)]);
    expect(
      cond(
        true,
        () => 1,
        () => Int32Array.of(1).length,
      ),
    ).toBe(1);
  });
  test("conditions of loops", () => {
    expect(
      whileLoop(
        () => false,
        (x: Any) => add(x, 1),
        3,
      ),
    ).toBe(3);
    expect(
      whileLoop(
        (x: Any) => gt(x, 0),
        (x: Any) => sub(x, 1),
        3,
        { maxIterations: 0 },
      ),
    ).toBe(3);
  });
});

describe("graphs", () => {
  test("have all that a branch computes inside, also of captured values alone", () => {
    expect(
      makeGraph((x: Any) =>
        cond(
          gt(x, 0),
          () => log(x),
          () => 0,
        ),
      )(2),
    ).toBe(
      [
        "{ lambda a:float64[] .",
        "  let b:bool[] = gt a 0",
        "      c:int32[] = convert b",
        "      d:float64[] = switch[branches=[",
        "        { lambda a:float64[] .",
        "          in (0) }",
        "        { lambda a:float64[] .",
        "          let b:float64[] = log a",
        "          in (b) }]] c a",
        "      e:float64[] = part[i=0] d",
        "  in (e) }",
      ].join("\n"),
    );
  });
  test("so too where the same was computed in another branch, or when a body was traced before", () => {
    const f = (x: Any) => {
      const one = () =>
        cond(
          gt(x, 0),
          () => log(x),
          () => 0,
        );
      return add(
        one(),
        cond(
          gt(x, 2),
          () => log(x),
          () => 1,
        ),
      );
    };
    const inBranches = (graph: string): number[] => [
      graph.split("= log").length,
      graph.split(/^ {10,}.*= log/m).length,
    ];
    expect(inBranches(makeGraph(f)(2))).toEqual([3, 3]);
    const g = (x: Any) =>
      foriLoop(
        0,
        3,
        (_: Any, v: Any) =>
          add(
            v,
            cond(
              gt(x, 0),
              () => log(x),
              () => 0,
            ),
          ),
        0,
      );
    expect(inBranches(makeGraph(g)(Float64Array.of(2).length))).toEqual([2, 2]);
  });
  test("but what was computed before is an argument, once", () => {
    const f = (x: Any) => {
      const y = log(x);
      return add(
        y,
        cond(
          gt(x, 0),
          (z: Any) => mul(y, z),
          (z: Any) => mul(z, y),
          x,
        ),
      );
    };
    const graph: string = makeGraph(f)(2);
    expect(graph.split("= log")).toHaveLength(2);
    expect(graph).toMatch(/branches=\[\n {8}\{ lambda a:float64\[\] b:float64\[\] \./);
  });
  test("of loops say their condition, and take what does not change from outside", () => {
    const f = (x: Any) =>
      whileLoop(
        (s: Any) => gt(s, 0.1),
        (s: Any) => mul(s, log(x)),
        1,
      );
    expect(makeGraph(f)(2)).toBe(
      [
        "{ lambda a:float64[] .",
        "  let b:float64[] = log a",
        "      c:float64[],int32[] = loop[carries=1 walked=0 length=2147483647 reverse=false trip=condition " +
          "body={ lambda a:float64[] b:float64[] .",
        "          let c:float64[] = mul a b",
        "          in (c) } condition={ lambda a:float64[] b:float64[] .",
        "          let c:bool[] = gt a 0.1",
        "          in (c) }] 1 b",
        "      d:float64[] = part[i=0] c",
        "  in (d) }",
      ].join("\n"),
    );
  });
  test("name a comparison that nothing uses, in a body or beside it", () => {
    const f = (x: Any) =>
      whileLoop(
        (s: Any) => gt(s, x),
        (s: Any) => {
          if (gt(s, 7)) return mul(s, x);
          return s;
        },
        1,
      );
    const graph: string = makeGraph(f)(2);
    expect(graph.split("unused: gt")).toHaveLength(2);
  });
  test("of bounds that are traced are loops with a condition on the counter", () => {
    const f = (n: Any) => foriLoop(1, n, (i: Any, v: Any) => add(v, i), 0);
    const graph: string = makeGraph(f)(Int32Array.of(5).length);
    expect(graph).toContain("trip=condition");
    expect(graph).toMatch(/= lt a \w/);
  });
});
