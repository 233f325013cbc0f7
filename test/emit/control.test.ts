// Loops and choices as WebAssembly, on hand-made graphs: the same as the iterations one after the other in the graph.
import { describe, expect, test } from "vitest";
import { choice, loop } from "../../src/api/loops.ts";
import type { Data, DType, Shape } from "../../src/ir/aval.ts";
import { sizeOf } from "../../src/ir/aval.ts";
import { inSession } from "../../src/ir/build.ts";
import { close } from "../../src/ir/closed.ts";
import type { Node } from "../../src/ir/graph.ts";
import { expandCalls } from "../../src/opt/graph/expand.ts";
import { add, mul, sub } from "../../src/primitives/arithmetic.ts";
import { convert } from "../../src/primitives/cast.ts";
import { matmul } from "../../src/primitives/contraction.ts";
import type { Loop } from "../../src/primitives/control.ts";
import { gather, scatterAdd } from "../../src/primitives/indexing.ts";
import { parameter, scalar } from "../../src/primitives/leaf.ts";
import { gt, lt, not, select } from "../../src/primitives/logic.ts";
import { flip, slice, transpose } from "../../src/primitives/shape.ts";
import { broadcast, reduceSum } from "../../src/primitives/spread.ts";
import { sin, tanh } from "../../src/primitives/transcendental.ts";
import { evaluate } from "../../src/run/evaluate.ts";
import { passesHere } from "../../src/run/passes.ts";
import { programOf } from "../../src/run/program.ts";

type Build = (carries: Node[], slices: Node[], shared: Node[]) => [Node[], Node[]];
interface Case {
  readonly carries: readonly [Shape, DType][];
  readonly walked?: readonly [Shape, DType][];
  readonly shared?: readonly [Shape, DType][];
  readonly length?: number;
  readonly reverse?: boolean;
  readonly body: Build;
}

const f64 = (shape: Shape): [Shape, DType] => [shape, "float64"];
const spread = (x: Node, shape: Shape): Node => broadcast(x, shape, []);

/** The loop of `c`, and its parameters. */
function made(c: Case, over: Partial<Loop> = {}): { inputs: Node[]; outputs: Node[] } {
  const { carries, walked = [], shared = [], length = 5, reverse = false, body } = c;
  const stand = (list: readonly [Shape, DType][]): Node[] => list.map(([s, d]) => parameter(s, d));
  const [cs, xs, ks] = [stand(carries), stand(walked), stand(shared)];
  const [next, ys] = body(cs, xs, ks);
  const { graph, captured } = close([...cs, ...xs, ...ks], [...next, ...ys]);
  expect(captured).toEqual([]);
  const inputs = [...stand(carries), ...stand(walked.map(([s, d]) => [[length, ...s], d])), ...stand(shared)];
  const params = {
    body: graph,
    carries: carries.length,
    walked: walked.length,
    length,
    reverse,
    trip: "length" as const,
  };
  return { inputs, outputs: loop(inputs, { ...params, ...over }) };
}

function dataOf(n: Node, k: number): Data {
  const size = sizeOf(n.shape);
  const value = (i: number): number => Math.sin(1 + k * 3.7 + i * 0.61) * 0.9;
  if (n.dtype === "float64") return Float64Array.from({ length: size }, (_, i) => value(i));
  if (n.dtype === "float32") return Float32Array.from({ length: size }, (_, i) => value(i));
  return Int32Array.from({ length: size }, (_, i) => (n.dtype === "bool" ? (i + k) % 2 : (i * 7 + k) % 5));
}

const CASES: Record<string, Case> = {
  "one number": { carries: [f64([])], body: ([c]) => [[mul(sin(c as Node), c as Node)], []] },
  "numbers that change places": {
    carries: [f64([]), f64([]), f64([])],
    body: ([a, b, c]) => [[b, c, add(a as Node, b as Node)] as Node[], [a, a, b] as Node[]],
  },
  "numbers with slices and stacks": {
    carries: [f64([])],
    walked: [f64([]), f64([3])],
    shared: [f64([3])],
    body: ([c], [x, v], [k]) => [
      [add(mul(c as Node, x as Node), reduceSum(mul(v as Node, k as Node), [0]))],
      [mul(v as Node, spread(c as Node, [3])), x as Node, c as Node],
    ],
  },
  backwards: {
    carries: [f64([])],
    walked: [f64([])],
    reverse: true,
    length: 9,
    body: ([c], [x]) => [[sub(mul(c as Node, scalar(0.5, "float64")), x as Node)], [c as Node]],
  },
  types: {
    carries: [[[], "int32"], [[2], "bool"], [[4], "float32"], f64([])],
    walked: [
      [[], "bool"],
      [[], "int32"],
    ],
    body: ([i, b, f, d], [p, k]) => [
      [
        add(i as Node, k as Node),
        not(b as Node),
        select(spread(p as Node, [4]), mul(f as Node, f as Node), f as Node),
        select(slice1(b as Node), add(d as Node, convert(i as Node, "float64")), d as Node),
      ],
      [b as Node, i as Node, gt(d as Node, scalar(1, "float64"))],
    ],
  },
  vectors: {
    carries: [f64([100]), f64([100])],
    walked: [f64([100])],
    shared: [f64([])],
    body: ([a, b], [x], [k]) => [
      [sin(add(a as Node, x as Node)), mul(a as Node, spread(k as Node, [100]))],
      [sub(a as Node, b as Node), reduceSum(b as Node, [0])],
    ],
  },
  "vectors that change places": {
    carries: [f64([70]), f64([70])],
    body: ([a, b]) => [[b, flip(a as Node, 0)] as Node[], [b] as Node[]],
  },
  matrices: {
    carries: [f64([16, 12])],
    walked: [f64([16, 12])],
    shared: [f64([12, 12])],
    body: ([h], [x], [w]) => {
      const next = tanh(add(matmul(h as Node, w as Node), x as Node));
      return [[next], [next]];
    },
  },
  "vectors replaced where they are": {
    carries: [f64([100]), f64([90, 2])],
    walked: [f64([100])],
    body: ([a, m], [x]) => [[add(mul(a as Node, a as Node), x as Node), flip(sin(m as Node), 1)], [m as Node]],
  },
  "a view of an argument": {
    carries: [f64([20])],
    shared: [f64([20, 5])],
    body: ([c], _, [k]) => [[add(c as Node, slice0(transpose(k as Node, [1, 0])))], []],
  },
  "an array updated in place": {
    carries: [f64([200, 1]), [[], "int32"]],
    walked: [f64([1, 1])],
    length: 50,
    body: ([a, i], [x]) => [
      [scatterAdd(a as Node, broadcast(i as Node, [1], []), x as Node), add(i as Node, scalar(3, "int32"))],
      [gather(a as Node, i as Node, 0)],
    ],
  },
  "a table read by a number": {
    carries: [[[], "int32"], f64([])],
    shared: [f64([5])],
    body: ([i, c], _, [k]) => [
      [
        select(gt(i as Node, scalar(3, "int32")), 0, add(i as Node, scalar(1, "int32"))),
        add(c as Node, gather(k as Node, i as Node, 0)),
      ],
      [c as Node],
    ],
  },
};
const slice1 = (x: Node): Node => reduceAny(slice(x, 0, 0, 1));
const slice0 = (x: Node): Node => reduceSum(slice(x, 0, 1, 3), [0]);
const reduceAny = (x: Node): Node => gt(reduceSum(convert(x, "int32"), [0]), scalar(0, "int32"));

describe("a loop is its iterations", () => {
  test.each(Object.entries(CASES))("%s", (_, c) => {
    inSession(() => {
      const { inputs, outputs } = made(c);
      const values = inputs.map(dataOf);
      const found = evaluate(outputs, inputs, values);
      const expected = evaluate(expandCalls(outputs, true), inputs, values);
      found.forEach((y, i) => {
        expect(
          [...y].map((x, k) => Math.abs(x - (expected[i]?.[k] as number)) < 1e-12),
          `result ${i}`,
        ).not.toContain(false);
      });
    });
  });
  test.each(Object.entries(CASES))("%s: a result alone", (_, c) => {
    inSession(() => {
      const { inputs, outputs } = made(c);
      const values = inputs.map(dataOf);
      const all = evaluate(outputs, inputs, values);
      outputs.forEach((y, i) => expect(evaluate([y], inputs, values)[0]).toEqual(all[i]));
    });
  });
});

describe("how often a loop runs", () => {
  const halves = (length: number, over: Partial<Loop> = {}, more: [Shape, DType][] = []) => {
    const c = parameter([], "float64");
    const x = parameter([], "float64");
    const body = close([c, x], [add(mul(c, scalar(0.5, "float64")), x), c]).graph;
    const inputs = [...[f64([]), f64([length])], ...more].map(([s, d]) => parameter(s, d));
    const params = { body, carries: 1, walked: 1, length, reverse: false, trip: "length" as const };
    return { inputs, outputs: loop(inputs, { ...params, ...over }) };
  };
  const byHand = (xs: ArrayLike<number>, count: number, reverse = false): [number, number[]] => {
    const stack = new Array<number>(xs.length).fill(Number.NaN);
    let c = 2;
    for (let k = 0; k < count; k++) {
      const i = reverse ? count - 1 - k : k;
      stack[i] = c;
      c = c * 0.5 + (xs[i] as number);
    }
    return [c, stack];
  };
  const numbers = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => Math.cos(i));

  test.each([1, 2, 4095, 4096, 4097, 9001])("%i iterations, either way", (n) => {
    inSession(() => {
      for (const reverse of [false, true]) {
        const { inputs, outputs } = halves(n, { reverse });
        const [c, stack] = byHand(numbers(n), n, reverse);
        const [got, ys] = evaluate(outputs, inputs, [[2], numbers(n)]) as [Data, Data];
        expect([got[0], [...ys]]).toEqual([c, stack]);
      }
    });
  });
  test.each([
    [0, 0],
    [3, 3],
    [8, 8],
    [11, 8],
    [-2, 0],
  ])("a count of %i is %i of 8", (given, count) => {
    inSession(() => {
      for (const reverse of [false, true]) {
        const { inputs, outputs } = halves(8, { reverse, trip: "count" }, [[[], "int32"]]);
        const [c, stack] = byHand(numbers(8), count, reverse);
        const [got, ys] = evaluate(outputs, inputs, [[2], numbers(8), [given]]) as [Data, Data];
        expect(got[0]).toBe(c);
        expect([...ys]).toEqual([...stack.slice(0, count), ...new Array<number>(8 - count).fill(0)]);
      }
    });
  });

  const until = (limit: number, length: number, size?: number) => {
    const shape = size === undefined ? [] : [size];
    const first = (x: Node): Node => (size === undefined ? x : reduceSum(slice(x, 0, 0, 1), [0]));
    const c = parameter(shape, "float64");
    const k = parameter([], "float64");
    const body = close([c, k], [mul(c, spread(k, shape)), c]).graph;
    const condition = close([c, k], [lt(first(c), scalar(limit, "float64"))]).graph;
    const inputs = [parameter(shape, "float64"), parameter([], "float64")];
    const params = { body, condition, carries: 1, walked: 0, length, reverse: false, trip: "condition" as const };
    return { inputs, outputs: loop(inputs, params) };
  };
  test.each([
    ["at once", 0.5, 2, 0],
    ["after ten", 1000, 2, 10],
    ["at the limit", 1e300, 2, 20],
    ["for NaN", 1000, Number.NaN, 1],
  ])("a condition ends it %s", (_, limit, k, count) => {
    inSession(() => {
      for (const size of [undefined, 90]) {
        const { inputs, outputs } = until(limit, 20, size);
        const given = new Float64Array(size ?? 1).fill(1);
        const [c, n, ys] = evaluate(outputs, inputs, [given, [k]]) as [Data, Data, Data];
        expect([c[0], c.at(-1), n[0]]).toEqual([k ** count, k ** count, count]);
        for (let i = 0; i < count; i++) expect(ys[i * (size ?? 1)]).toBe(k ** i);
      }
    });
  });
  test("a condition without a limit, over many calls", () => {
    inSession(() => {
      const i = parameter([], "int32");
      const n = parameter([], "int32");
      const body = close([i, n], [add(i, scalar(1, "int32"))]).graph;
      const condition = close([i, n], [lt(i, n)]).graph;
      const inputs = [parameter([], "int32"), parameter([], "int32")];
      const params = { body, condition, carries: 1, walked: 0, length: Number.POSITIVE_INFINITY, reverse: false };
      const outputs = loop(inputs, { ...params, trip: "condition" });
      for (const many of [0, 1, 4096, 4097, 20001])
        expect(evaluate(outputs, inputs, [[0], [many]]).map((y) => y[0])).toEqual([many, many]);
    });
  });
});

test("a body and a condition may have parameters in common that mean different things", () => {
  inSession(() => {
    for (const shape of [[], [90]]) {
      const [a, b] = [parameter(shape, "float64"), parameter(shape, "float64")];
      const first = (x: Node): Node => (shape.length === 0 ? x : reduceSum(slice(x, 0, 0, 1), [0]));
      const body = close([a, b], [mul(a, spread(scalar(2, "float64"), shape)), sub(b, a)]).graph;
      // Here `b` is the first carry.
      const condition = close([b, a], [lt(first(b), scalar(10, "float64"))]).graph;
      const inputs = [parameter(shape, "float64"), parameter(shape, "float64")];
      const params = { body, condition, carries: 2, walked: 0, length: 20, reverse: false, trip: "condition" as const };
      const values = [1, 100].map((v) => new Float64Array(shape[0] ?? 1).fill(v));
      const [x, y, count] = evaluate(loop(inputs, params), inputs, values) as [Data, Data, Data];
      expect([x[0], y[0], count[0]]).toEqual([16, 100 - 15, 4]);
    }
  });
});

describe("loops in loops, and choices", () => {
  test.each([undefined, 80])("two loops, the inner one over rows of the outer one's", (size) => {
    inSession(() => {
      const shape = size === undefined ? [] : [size];
      const [c, x] = [parameter(shape, "float64"), parameter(shape, "float64")];
      const inner = close([c, x], [add(mul(c, spread(scalar(0.5, "float64"), shape)), x), c]).graph;
      const [a, rows] = [parameter(shape, "float64"), parameter([3, ...shape], "float64")];
      const one = { carries: 1, walked: 1, reverse: false, trip: "length" as const };
      const [end, stack] = loop([a, rows], { body: inner, length: 3, ...one }) as [Node, Node];
      const outer = close([a, rows], [end, stack, end]).graph;
      const inputs = [parameter(shape, "float64"), parameter([4, 3, ...shape], "float64")];
      const outputs = loop(inputs, { body: outer, length: 4, ...one });
      const values = inputs.map(dataOf);
      const expected = evaluate(expandCalls(expandCalls(outputs, true), true), inputs, values);
      expect(evaluate(outputs, inputs, values)).toEqual(expected);
    });
  });
  test("a choice in a loop, and a loop in a choice", () => {
    inSession(() => {
      const [c, k, n] = [parameter([], "float64"), parameter([], "float64"), parameter([], "int32")];
      const double = close([c, k], [mul(c, scalar(2, "float64"))]).graph;
      const [many] = loop([c, k], {
        body: close([c, k], [add(c, k)]).graph,
        carries: 1,
        walked: 0,
        length: 10,
        reverse: false,
        trip: "length",
      }) as [Node];
      const [y] = choice([n, c, k], [double, close([c, k], [many]).graph, close([c, k], [k]).graph]) as [Node];
      const inputs = [parameter([], "float64"), parameter([6], "int32"), parameter([], "float64")];
      const body = close([c, n, k], [y, c]).graph;
      const outputs = loop(inputs, { body, carries: 1, walked: 1, length: 6, reverse: false, trip: "length" });
      const which = [0, 1, 0, 2, 7, -1];
      const stack: number[] = [];
      let v = 3;
      for (const i of which) {
        stack.push(v);
        v = i <= 0 ? v * 2 : i === 1 ? v + 10 * 0.25 : 0.25;
      }
      expect(evaluate(outputs, inputs, [[3], which, [0.25]])).toEqual([Float64Array.of(v), Float64Array.from(stack)]);
    });
  });
});

test("code does not grow with the number of iterations", () => {
  const bytes = [10, 1_000_000].map((length) =>
    inSession(() => {
      const { inputs, outputs } = made({ ...(CASES["numbers with slices and stacks"] as Case), length });
      return programOf(outputs, inputs, { passes: passesHere() }).stats.bytes;
    }),
  ) as [number, number];
  expect(Math.abs(bytes[0] - bytes[1])).toBeLessThanOrEqual(64);
});
