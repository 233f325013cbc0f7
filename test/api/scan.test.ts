// scan, foriLoop and map against the loops of JavaScript, run at once and in a trace.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import type { Any } from "../harness/misuse.ts";
import { plain } from "../harness/plain.ts";

const { add, astype, foriLoop, gt, jit, makeGraph, map, matmul, mul, scan, stack, sub, sum, where } = library as Any;

/** A call by itself and as part of a program. */
const FORMS: Readonly<Record<string, (f: (...args: Any[]) => Any, ...args: Any[]) => Any>> = {
  "at once": (f, ...args) => plain(f(...args)),
  "in a trace": (f, ...args) => plain(jit(f)(...args)),
};

describe.each(Object.entries(FORMS))("scan %s", (_, run) => {
  test("carries a state and collects what the body gives", () => {
    const f = (c: Any, x: Any) => [add(c, x), mul(c, x)];
    expect(run((init, xs) => scan(f, init, xs), 1, [2, 3, 4])).toEqual([10, [2, 9, 24]]);
    expect(run((init, xs) => scan(f, init, xs, { reverse: true }), 1, [2, 3, 4])).toEqual([10, [16, 15, 4]]);
  });
  test("trees of states, slices and results, keys in any order", () => {
    const f = ({ p, q: [k] }: Any, { u, m }: Any) => [
      { q: [add(k, 1)], p: add(p, matmul(m, p)) },
      { all: [k, { u: mul(u, 2) }] },
    ];
    const init = { p: [1, 2], q: [Int32Array.of(7)] };
    const xs = { u: Float32Array.of(1, 2), m: { data: [1, 1, 0, 1, 0, 0, 2, 0], shape: [2, 2, 2] } };
    // p: [1, 2] → [1, 2] + [3, 2] = [4, 4] → [4, 4] + [0, 8].
    expect(run((i, s) => scan(f, i, s), init, xs)).toEqual([
      { p: [4, 12], q: [[9]] },
      { all: [[[7], [8]], { u: [2, 4] }] },
    ]);
  });
  test("no slices, no results, no state", () => {
    const double = (x: Any) => [mul(x, 2), null];
    expect(run((c) => scan(double, c, null, { length: 5 })[0], 1)).toBe(32);
    expect(run((c) => scan((x: Any) => [...double(x).slice(0, 1), undefined], c, undefined, { length: 5 })[0], 1)).toBe(
      32,
    );
    const slices = (_: null, x: Any) => [null, { x, y: [mul(x, 2), 1] }];
    expect(run((xs) => scan(slices, null, xs)[1], [5, 6])).toEqual({
      x: [5, 6],
      y: [
        [10, 12],
        [1, 1],
      ],
    });
    expect(scan(double, 1, null, { length: 3 })).toEqual([8, null]);
    expect(scan(slices, null, [1])[0]).toBe(null);
  });
  test("values from outside: arrays, numbers, traced ones, and what depends on these alone", () => {
    const table = Float64Array.of(10, 20);
    const f = (w: Any, xs: Any) => scan((c: Any, x: Any) => [add(c, mul(x, sum(mul(w, table)))), mul(w, x)], 0, xs);
    expect(run(f, Float64Array.of(1, 2), [1, 2])).toEqual([
      150,
      [
        [1, 2],
        [2, 4],
      ],
    ]);
  });
  test("length 0", () => {
    const f = (c: Any, x: Any) => [add(c, sum(x)), [stack([c, c]), gt(x, 0)]];
    const xs = { data: new Float64Array(0), shape: [0, 3] };
    const [carry, [pairs, signs]] = (
      run === FORMS["at once"] ? scan(f, 7, xs) : jit((s: Any) => scan(f, 7, s))(xs)
    ) as Any;
    expect(carry).toBe(7);
    expect([pairs.shape, pairs.dtype, signs.shape, signs.dtype]).toEqual([[0, 2], "float64", [0, 3], "bool"]);
    expect(run((c) => scan((x: Any) => [add(x, 1), x], c, null, { length: 0 }), 3)).toEqual([3, []]);
  });
  test("a loop in a loop, and a slice of one that is walked by the other", () => {
    const rows = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    const inner = (row: Any, start: Any) => scan((c: Any, x: Any) => [mul(c, x), add(c, x)], start, row);
    const f = (xs: Any) =>
      scan(
        (c: Any, row: Any) => {
          const [last, seen] = inner(row, c);
          return [last, seen];
        },
        1,
        xs,
      );
    expect(run(f, rows)).toEqual([
      720,
      [
        [2, 3, 5],
        [10, 29, 126],
      ],
    ]);
  });
});

describe("the types of carries", () => {
  const dtypes = (f: Any, init: Any, xs: Any): string[] => {
    const graph: string = makeGraph((i: Any, s: Any) => scan(f, i, s)[0])(init, xs);
    const [, results = ""] = /:([^: ]+) = loop/.exec(graph) ?? [];
    return results.split(/,(?=[a-z])/);
  };
  const total = (c: Any, x: Any) => [add(c, x), null];
  test("a number takes the type of what becomes of it", () => {
    expect(dtypes(total, 0, [1.5, 2])).toEqual(["float64[]"]);
    expect(dtypes(total, 0, Float32Array.of(1, 2))).toEqual(["float32[]"]);
    expect(dtypes(total, 0, Int32Array.of(1, 2))).toEqual(["int32[]"]);
    expect(dtypes(total, 0.5, Int32Array.of(1, 2))).toEqual(["float64[]"]);
    expect(dtypes(total, [0, 0], Float32Array.of(1, 2))).toEqual(["float32[2]"]);
    expect(scan(total, 0, Float32Array.of(0.1, 0.2))[0]).toBe(Math.fround(Math.fround(0.1) + Math.fround(0.2)));
  });
  test("and hands it on to others, in any number of steps", () => {
    const ring = ({ a, b, c }: Any, x: Any) => [{ a: b, b: c, c: x }, a];
    expect(dtypes(ring, { a: 0, b: 0, c: 0 }, Float32Array.of(1, 2))).toEqual([
      "float32[]",
      "float32[]",
      "float32[]",
      "float32[2]",
    ]);
  });
  test("an integer that does not stay one is no integer beside int32", () => {
    const [halves, sums] = scan((c: Any, k: Any) => [mul(c, 0.5), add(c, k)], 1, Int32Array.of(1, 2, 3));
    expect(halves).toBe(0.125);
    expect(Array.from(sums)).toEqual([2, 2.5, 3.25]);
  });
  test("what has a type keeps it, and numbers that the body returns take it", () => {
    expect(dtypes((c: Any, x: Any) => [where(gt(x, 0), c, 0), null], Float32Array.of(1), [1, 2])).toEqual([
      "float32[1]",
    ]);
    const count = (c: Any) => [add(c, 1), 0];
    expect(scan(count, Int32Array.of(5), null, { length: 3 })[0]).toEqual(Int32Array.of(8));
    const flags = scan((c: Any, x: Any) => [gt(x, 1), c], false, [1, 2, 1]);
    expect(plain(flags)).toEqual([false, [0, 0, 1]]);
  });
  test("in a trace, results stay numbers where the states do", () => {
    const f = (x: Any) => mul(scan((c: Any) => [add(c, 1), null], 0, null, { length: 3 })[0], x);
    expect(jit(f)(Float32Array.of(1.5))).toEqual(Float32Array.of(4.5));
  });
});

// ---- bodies at random ----

/** An operation on the values so far, named by place. */
type Step = readonly [op: "add" | "sub" | "mul" | "where", a: number, b: number];
const steps = fc.array(
  fc.tuple(fc.constantFrom("add", "sub", "mul", "where" as const), fc.nat(20), fc.nat(20)) as fc.Arbitrary<Step>,
  { minLength: 2, maxLength: 6 },
);
const number = fc.integer({ min: -8, max: 8 }).map((n) => n / 4);

interface Ops<T> {
  add(a: T, b: T): T;
  sub(a: T, b: T): T;
  mul(a: T, b: T): T;
  where(a: T, b: T): T;
}
const numbers: Ops<number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  where: (a, b) => (a > b ? a : 0.5),
};
const tensors: Ops<Any> = { add, sub, mul, where: (a, b) => where(gt(a, b), a, 0.5) };

/** The values of `program` after `values`; operands are counted from the end, so that late ones are used. */
function apply<T>(ops: Ops<T>, program: readonly Step[], values: readonly T[]): T[] {
  const all = [...values];
  const at = (i: number): T => all[all.length - 1 - (i % all.length)] as T;
  for (const [op, a, b] of program) all.push(ops[op](at(a), at(b)));
  return all;
}
interface State<T> {
  readonly p: T;
  readonly q: { readonly r: T };
}
interface Seen<T> {
  readonly last: T;
  readonly fourth: T;
}
/** A body of two carries and a slice: the last two of its values are the next carries. */
const bodyOf =
  <T>(ops: Ops<T>, program: readonly Step[]) =>
  ({ p, q }: State<T>, x: T, w: T): [State<T>, Seen<T>] => {
    const all = apply(ops, program, [p, q.r, x, w]);
    return [
      { p: all.at(-1) as T, q: { r: all.at(-2) as T } },
      { last: all.at(-1) as T, fourth: all[4] as T },
    ];
  };

test("random bodies do what a loop does, in either direction and unrolled", () => {
  const shape = fc.record({
    program: steps,
    xs: fc.array(number, { maxLength: 7 }),
    init: fc.tuple(number, number, number),
    reverse: fc.boolean(),
    unroll: fc.constantFrom<number | boolean | undefined>(undefined, false, true, 1, 2, 3, 9),
  });
  fc.assert(
    fc.property(shape, ({ program, xs, init: [p, q, w], reverse, unroll }) => {
      const one = bodyOf(numbers, program);
      const init = { p, q: { r: q } };
      let state: State<number> = init;
      const ys: Seen<number>[] = new Array(xs.length);
      for (let k = 0; k < xs.length; k++) {
        const i = reverse ? xs.length - 1 - k : k;
        [state, ys[i]] = one(state, xs[i] as number, w) as [State<number>, Seen<number>];
      }
      const body = bodyOf(tensors, program);
      const options = { reverse, ...(unroll === undefined ? {} : { unroll }) };
      const f = jit((u: Any, s: Any) => scan((c: Any, x: Any) => body(c, x, u), init, s, options));
      // Zeros are equal whatever their sign: those of sums are +0 (docs/architecture.md).
      const unsigned = (v: unknown): unknown => JSON.parse(JSON.stringify(v));
      expect(unsigned(plain(f(w, Float64Array.from(xs))))).toEqual(
        unsigned([state, { last: ys.map((y) => y.last), fourth: ys.map((y) => y.fourth) }]),
      );
    }),
    { numRuns: 150, seed: 19 },
  );
});

describe("foriLoop", () => {
  test("gives the body the counter as an int32 scalar", () => {
    expect(foriLoop(2, 6, (i: Any, v: Any) => add(v, i), 0)).toBe(14);
    expect(foriLoop(-3, 2, (i: Any, v: Any) => add(mul(v, 2), i), 1)).toBe(
      [-3, -2, -1, 0, 1].reduce((v, i) => 2 * v + i, 1),
    );
    expect(foriLoop(0, 4, (i: Any, v: Any) => v.mul(add(i, 0.5)), 2)).toBe(2 * 0.5 * 1.5 * 2.5 * 3.5);
    let seen = "";
    foriLoop(
      0,
      2,
      (i: Any, v: Any) => {
        seen = `${i.dtype}[${i.shape}]`;
        return v;
      },
      1.5,
    );
    expect(seen).toBe("int32[]");
  });
  test("reads arrays by the counter", () => {
    const f = jit((x: Any) => foriLoop(0, 3, (i: Any, v: Any) => add(mul(v, 10), x.at(i)), 0));
    expect(f([4, 5, 6])).toBe(456);
  });
  test("does nothing where the upper bound is not above the lower", () => {
    expect(foriLoop(3, 3, (_: Any, v: Any) => add(v, 1), 5)).toBe(5);
    expect(plain(foriLoop(3, -3, (_: Any, v: Any) => [v[1], v[0]], [Float64Array.of(1), Float64Array.of(2)]))).toEqual([
      [1],
      [2],
    ]);
  });
  test("carries a tree, and integers without limits but those of int32", () => {
    const [a, b] = foriLoop(0, 10, (_: Any, [p, q]: Any) => [q, add(p, q)], [Int32Array.of(0), Int32Array.of(1)]);
    expect([a[0], b[0]]).toEqual([55, 89]);
  });
});

describe("map", () => {
  const f = (x: Any) => ({ s: sum(x), d: [mul(x, 2), astype(gt(x, 2), "int32")] });
  const xs = [
    [1, 2],
    [3, 4],
    [5, 6],
    [7, 8],
    [9, 10],
  ];
  const want = {
    s: [3, 7, 11, 15, 19],
    d: [xs.map((r) => r.map((x) => 2 * x)), xs.map((r) => r.map((x) => Number(x > 2)))],
  };
  test("is f of every slice, in blocks of any size", () => {
    expect(plain(map(f, xs))).toEqual(want);
    for (const batchSize of [1, 2, 3, 5, 8]) {
      expect(plain(map(f, xs, { batchSize })), `${batchSize}`).toEqual(want);
      expect(plain(jit((x: Any) => map(f, x, { batchSize }))(xs)), `${batchSize}`).toEqual(want);
    }
  });
  test("of trees, of numbers, of no slices", () => {
    expect(plain(map(({ a, b }: Any) => add(a, b), { a: [1, 2], b: Float32Array.of(3, 4) }))).toEqual([4, 6]);
    const empty = { data: new Float64Array(0), shape: [0, 2] };
    expect((map(f, empty) as Any).d[0].shape).toEqual([0, 2]);
    expect((map(f, empty, { batchSize: 4 }) as Any).d[1].dtype).toBe("int32");
  });
});

describe("products at a point", () => {
  const { grad, hvp, objective, sin } = library as Any;
  const x = Float64Array.of(0.3, -0.7, 1.1);
  const v = Float64Array.of(1, 2, -3);
  const repeated = (count: number) => (y: Any) => {
    for (let k = 0; k < count; k++) y = sin(y);
    return sum(y);
  };
  test.each([0, 1, 2, 4])("of %i iterations are those of the same calls without a loop", (count) => {
    const loops = {
      foriLoop: (y: Any) => sum(foriLoop(0, count, (_: Any, c: Any) => sin(c), y)),
      scan: (y: Any) => sum(scan((c: Any) => [sin(c), null], y, null, { length: count })[0]),
      slices: (y: Any) => sum(scan((c: Any) => [sin(c), sin(c)], y, null, { length: count + 1 })[1]),
    };
    for (const [name, f] of Object.entries(loops)) {
      const want = name === "slices" ? (y: Any) => add(sum(sin(y)), wanted(count + 1)(y)) : repeated(count);
      const at = objective(f, x).at(x);
      const close = (got: Any, by: Any) =>
        [...got].forEach((g: number, i: number) => {
          expect(g, `${name} ${i}`).toBeCloseTo(by[i], 12);
        });
      close(at.hvp(v), hvp(want, x, v));
      close(at.grad, grad(want)(x));
      expect(at.value).toBeCloseTo(want(x), 12);
      close(at.hvps([v, x])[1], hvp(want, x, x));
    }
  });
  /** Σ sinᵏ for k = 2 … count. */
  const wanted = (count: number) => (y: Any) =>
    Array.from({ length: Math.max(0, count - 1) }, (_, k) => repeated(k + 2)(y)).reduce((a, b) => add(a, b), 0);
});

test("a list of numbers is a vector: a body that takes it apart may give it back as it came", () => {
  const swing = (s: library.Tensor): [library.Tensor[], null] => {
    const [x, v] = [library.at(s, 0), library.at(s, 1)];
    return [[library.add(x, library.mul(0.1, v)), library.sub(v, library.mul(0.1, x))], null];
  };
  let [x, v] = [1, 0.5];
  for (let i = 0; i < 7; i++) [x, v] = [x + 0.1 * v, v - 0.1 * x];
  const [end] = library.scan(swing as never, [1, 0.5], null, { length: 7 }) as unknown as [Float64Array];
  expect(end).toEqual(Float64Array.of(x, v));
  const tree = (s: { p: library.Tensor }): [unknown, null] => [{ p: swing(s.p)[0] }, null];
  const [{ p }] = library.scan(tree as never, { p: [1, 0.5] }, null, { length: 7 }) as unknown as [{ p: Float64Array }];
  expect(p).toEqual(Float64Array.of(x, v));
});
