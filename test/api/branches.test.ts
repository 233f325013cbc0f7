// cond, switchCase and whileLoop: what is chosen while tracing, and the graphs of what is not.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import type { Any } from "../harness/misuse.ts";
import { plain } from "../harness/plain.ts";

const {
  abs,
  add,
  and,
  astype,
  cond,
  div,
  eq,
  foriLoop,
  grad,
  gt,
  hessian,
  hvp,
  jit,
  jvp,
  log,
  lt,
  makeGraph,
  maximum,
  mul,
  ne,
  objective,
  remainder,
  sin,
  sub,
  switchCase,
  vmap,
  where,
  whileLoop,
} = library as Any;

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
        "      c:float64[],int32[] = loop[carries=1 walked=0 length=Infinity reverse=false trip=condition " +
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

// ---- at run time ----

const close = (got: unknown, want: readonly number[], relative = 1e-13): void => {
  const list = [plain(got)].flat(3) as number[];
  expect(list).toHaveLength(want.length);
  list.forEach((y, i) => {
    const w = want[i] as number;
    expect(Math.abs(y - w), `${list} beside ${want}`).toBeLessThanOrEqual(relative * Math.max(1, Math.abs(w)));
  });
};

describe("cond and switchCase in a trace", () => {
  const f = jit((p: Any, x: Any) =>
    cond(
      p,
      (y: Any) => ({ a: sin(y), b: [y, 1] }),
      (y: Any) => ({ b: [mul(y, 2), 0], a: y }),
      x,
    ),
  );
  test("compute one branch", () => {
    const sine = (plain(sin([1, 2])) as number[]).slice();
    expect(plain(f(true, [1, 2]))).toEqual({ a: sine, b: [[1, 2], 1] });
    expect(plain(f(false, [1, 2]))).toEqual({ a: [1, 2], b: [[2, 4], 0] });
    expect(plain(f(0.25, [1, 2]))).toEqual({ a: sine, b: [[1, 2], 1] });
    expect(plain(f(0, [1, 2]))).toEqual({ a: [1, 2], b: [[2, 4], 0] });
  });
  test("clamp an index", () => {
    const branches = [(x: Any) => add(x, 10), (x: Any) => mul(x, 10), (x: Any) => sub(x, 10)];
    const g = jit((i: Any, x: Any) => switchCase(i, branches, x));
    expect([-5, -1, 0, 1, 2, 3, 100].map((i) => g(i, 7))).toEqual([17, 17, 17, 70, -3, -3, -3]);
    const many = vmap((i: Any, x: Any) => switchCase(i, branches, x));
    expect(plain(many(Int32Array.of(-1, 1, 2, 9), [1, 2, 3, 4]))).toEqual([11, 20, -7, -6]);
  });
  test("have the derivatives of what is taken, and none of the rest, also where that is infinite", () => {
    const guarded = (x: Any) =>
      cond(
        gt(x, 0),
        () => mul(x, log(x)),
        () => 0,
      );
    expect([grad(guarded)(0), hvp(guarded, 0, 1)]).toEqual([0, 0]);
    close([grad(guarded)(2), hvp(guarded, 2, 1), hessian(guarded)(2)], [Math.log(2) + 1, 0.5, 0.5]);
    close(vmap(grad(guarded))([-1, 0, 2]), [0, 0, Math.log(2) + 1]);
    close(vmap((x: Any) => hvp(guarded, x, 1))([-1, 0, 2]), [0, 0, 0.5]);
    const { value, at } = { value: objective(guarded, 2).value(3), at: objective(guarded, 2).at(3) };
    close([value, at.grad, at.hvp(1)], [3 * Math.log(3), Math.log(3) + 1, 1 / 3]);
  });
});

describe("whileLoop", () => {
  const newton = (a: Any) =>
    whileLoop(
      (x: Any) => gt(abs(sub(mul(x, x), a)), 1e-13),
      (x: Any) => mul(0.5, add(x, div(a, x))),
      a,
      { maxIterations: 60 },
    );
  test("ends with the first state for which the condition is false, or after the most iterations", () => {
    expect(
      whileLoop(
        (x: Any) => lt(x, 100),
        (x: Any) => mul(x, 2),
        3,
      ),
    ).toBe(192);
    expect(
      whileLoop(
        (x: Any) => lt(x, 100),
        (x: Any) => mul(x, 2),
        300,
      ),
    ).toBe(300);
    for (const maxIterations of [0, 1, 2, 5, 6, 7])
      expect(
        whileLoop(
          (x: Any) => lt(x, 100),
          (x: Any) => mul(x, 2),
          3,
          { maxIterations },
        ),
      ).toBe(Math.min(3 * 2 ** maxIterations, 192));
    expect(
      whileLoop(
        (x: Any) => lt(x, 100),
        (x: Any) => mul(x, 2),
        Number.NaN,
      ),
    ).toBe(Number.NaN);
  });
  test("carries trees, of types that their numbers take", () => {
    const collatz = (start: number) =>
      whileLoop(
        ({ n }: Any) => ne(n, 1),
        ({ n, steps, most }: Any) => {
          const even = eq(remainder(n, 2), 0);
          const next = where(even, floorHalf(n), add(mul(3, n), 1));
          return { n: next, steps: add(steps, 1), most: maximum(most, next) };
        },
        { n: astype(start, "int32"), steps: 0, most: 0 },
      );
    const floorHalf = (n: Any) => astype(mul(n, 0.5), "int32");
    expect(collatz(27)).toEqual({ n: 1, steps: 111, most: 9232 });
  });
  test("has derivatives in every mode: Newton's square root", () => {
    const a = 2;
    const root = Math.sqrt(a);
    close([newton(a), grad(newton)(a), hvp(newton, a, 1)], [root, 0.5 / root, -0.25 / root ** 3], 1e-10);
    close(jvp(newton, [a], [1]), [root, 0.5 / root], 1e-10);
    close(grad(grad(grad(newton)))(a), [(3 / 8) * a ** -2.5], 1e-8);
    const list = [2, 3, 10, 0.1];
    close(vmap(newton)(list), list.map(Math.sqrt), 1e-12);
    close(
      vmap(grad(newton))(list),
      list.map((x) => 0.5 / Math.sqrt(x)),
      1e-9,
    );
    close(jit(hessian(newton))(a), [-0.25 / root ** 3], 1e-10);
  });
  test("is what foriLoop is of bounds that are traced", () => {
    const power = jit((n: Any, x: Any) => foriLoop(0, n, (_: Any, v: Any) => mul(v, x), 1));
    expect([0, 1, 2, 10, -3].map((n) => power(n, 3))).toEqual([1, 3, 9, 3 ** 10, 1]);
    const sums = jit((lo: Any, hi: Any) => foriLoop(lo, hi, (i: Any, v: Any) => add(v, i), 0));
    expect(sums(3, 6)).toBe(12);
    close(jit((n: Any, x: Any) => jvp((t: Any) => power(n, t), [x], [1])[1])(5, 2), [80]);
  });
});

test("random loops with random branches do what JavaScript does", () => {
  const number = fc.integer({ min: -12, max: 12 }).map((n) => n / 4);
  const shape = fc.record({ a: number, b: number, limit: number, start: number, most: fc.nat(7) });
  const tensors = jit((a: Any, b: Any, limit: Any, start: Any, most: Any) =>
    whileLoop(
      ({ x, n }: Any) => and(lt(x, limit), lt(n, most)),
      ({ x, n }: Any) => ({
        x: switchCase(
          n,
          [
            (y: Any) => add(y, a),
            (y: Any) =>
              cond(
                gt(y, b),
                (z: Any) => mul(z, b),
                () => a,
                y,
              ),
            (y: Any) => sub(y, b),
          ],
          x,
        ),
        n: add(n, 1),
      }),
      { x: start, n: { data: Int32Array.of(0), shape: [] } },
    ),
  );
  fc.assert(
    fc.property(shape, ({ a, b, limit, start, most }) => {
      let [x, n] = [start, 0];
      for (; x < limit && n < most; n++) x = n === 0 ? x + a : n === 1 ? (x > b ? x * b : a) : x - b;
      const got = tensors(a, b, limit, start, most);
      expect([got.x + 0, got.n]).toEqual([x + 0, n]);
    }),
    { numRuns: 300, seed: 4 },
  );
});

test("a state that no iteration has replaced has the derivative of what it began as", () => {
  for (const limit of [0, 2]) {
    // Iterations forget the state: none of them leaves it as it was, one makes it 3.
    const forgets = (x: Any) =>
      whileLoop(
        (s: Any) => lt(s.count, limit),
        (s: Any) => ({ count: add(s.count, 1), x: 3 }),
        { count: 0, x },
        { maxIterations: 4 },
      ).x;
    const f = (x: Any) => mul(mul(x, x), forgets(x));
    // x³ or 3x² at 0.5.
    const [slope, curvature] = limit === 0 ? [0.75, 3] : [3, 6];
    expect(grad(f)(0.5)).toBeCloseTo(slope, 14);
    expect(grad(grad(f))(0.5)).toBeCloseTo(curvature, 14);
    expect(hvp(f, 0.5, 1)).toBeCloseTo(curvature, 14);
    expect(objective(f, 0.5).at(0.5).hvp(1)).toBeCloseTo(curvature, 14);
  }
});

test("at a point, too, where an iteration replaces it by what does not depend on the direction", () => {
  // The first carry begins as the point and becomes the second one, which is the same whatever the direction is.
  const f = (x: Any) =>
    whileLoop(
      (s: Any) => lt(s.count, 0.5),
      (s: Any) => ({ count: add(s.count, 1), x: sin(s.other), other: mul(2, s.other) }),
      { count: 1, x: mul(x, mul(x, x)), other: 0.5 },
      { maxIterations: 3 },
    ).x;
  expect(objective(f, 0.5).at(0.5).hvp(2)).toBeCloseTo(6, 14);
  expect(objective(f, 0.5).at(0.5).grad).toBeCloseTo(0.75, 14);
});
