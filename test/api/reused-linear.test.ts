// Linear functions that linearize and vjp returned, used again in other traces: nodes of the trace that made them,
// zeros among them, are other objects than those made now, and mean the same.
import { describe, expect, test } from "vitest";
import * as hvp from "../../src/index.ts";

type Arrays = Float64Array | { data: Float64Array } | number;
type Linear = (x: unknown) => never;
const { linearize, linearTranspose, vjp } = hvp as unknown as {
  linearize(f: unknown, x: unknown): [unknown, Linear];
  linearTranspose(f: unknown, x: unknown): (ct: unknown) => Arrays[];
  vjp(f: unknown, x: unknown): [unknown, (ct: unknown) => Arrays[]];
};
const h = hvp as unknown as Record<string, (...args: unknown[]) => hvp.Tensor>;
type F = (x: hvp.Tensor) => unknown;

const x = [1, -2, 3];
const outer = (y: hvp.Tensor): unknown => h["mul"]!(y.reshape([3, 1]), [[1, 2, 3]]);
/** Functions with constant parts, and their Jacobians at x. */
const cases: readonly [string, F, readonly (readonly number[])[]][] = [
  [
    "where with 0",
    (y) => h["where"]!(y.gt(0), y, 0),
    [
      [1, 0, 0],
      [0, 0, 0],
      [0, 0, 1],
    ],
  ],
  [
    "where with a number",
    (y) => h["where"]!(y.gt(0), y, 5),
    [
      [1, 0, 0],
      [0, 0, 0],
      [0, 0, 1],
    ],
  ],
  [
    "relu",
    (y) => h["relu"]!(y),
    [
      [1, 0, 0],
      [0, 0, 0],
      [0, 0, 1],
    ],
  ],
  [
    "maximum",
    (y) => h["maximum"]!(y, 0.5),
    [
      [1, 0, 0],
      [0, 0, 0],
      [0, 0, 1],
    ],
  ],
  [
    "maximum at a tie",
    (y) => h["maximum"]!(y, 1),
    [
      [0.5, 0, 0],
      [0, 0, 0],
      [0, 0, 1],
    ],
  ],
  ["max", (y) => h["max"]!(y), [[0, 0, 1]]],
  [
    "division by an array",
    (y) => h["div"]!(y, [2, 4, 8]),
    [
      [0.5, 0, 0],
      [0, 0.25, 0],
      [0, 0, 0.125],
    ],
  ],
  [
    "tril",
    (y) => h["tril"]!(outer(y)),
    [
      [1, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
      [0, 1, 0],
      [0, 2, 0],
      [0, 0, 0],
      [0, 0, 1],
      [0, 0, 2],
      [0, 0, 3],
    ],
  ],
  [
    "triu",
    (y) => h["triu"]!(outer(y)),
    [
      [1, 0, 0],
      [2, 0, 0],
      [3, 0, 0],
      [0, 0, 0],
      [0, 2, 0],
      [0, 3, 0],
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 3],
    ],
  ],
  [
    "segmentSum",
    (y) => h["segmentSum"]!(y, [0, 2, 0], 3),
    [
      [1, 0, 1],
      [0, 0, 0],
      [0, 1, 0],
    ],
  ],
  [
    "scatterAdd into zeros",
    (y) => h["scatterAdd"]!([0, 0, 0, 0], [1, 3, 1], y),
    [
      [0, 0, 0],
      [1, 0, 1],
      [0, 0, 0],
      [0, 1, 0],
    ],
  ],
  [
    "scatterAdd into numbers",
    (y) => h["scatterAdd"]!([4, 5, 6], [1, 2, 1], y),
    [
      [0, 0, 0],
      [1, 0, 1],
      [0, 1, 0],
    ],
  ],
  [
    "dynamicUpdateSlice",
    (y) => h["dynamicUpdateSlice"]!([0, 0, 0, 7], y, [1]),
    [
      [0, 0, 0],
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
  ],
  [
    "concat with zeros",
    (y) => h["concat"]!([y, [0, 0]]),
    [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [0, 0, 0],
      [0, 0, 0],
    ],
  ],
  [
    "concat with numbers",
    (y) => h["concat"]!([[8], y]),
    [
      [0, 0, 0],
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
  ],
  [
    "pad",
    (y) => h["pad"]!(y, 1),
    [
      [0, 0, 0],
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [0, 0, 0],
    ],
  ],
  [
    "cumprod",
    (y) => h["cumprod"]!(y),
    [
      [1, 0, 0],
      [-2, 1, 0],
      [-6, 3, -2],
    ],
  ],
];

const flat = (y: Arrays): number[] => (typeof y === "number" ? [y] : Array.from("data" in y ? y.data : y));

describe.each(cases)("%s", (_name, f, J) => {
  const random = J.map((_, i) => Math.cos(i + 1));
  const y = linearize(f, x)[1](x) as Arrays;
  const ct =
    typeof y === "number"
      ? random[0]
      : "data" in y
        ? { ...y, data: Float64Array.from(random) }
        : Float64Array.from(random);
  const forward = J.map((row) => row.reduce((s, a, k) => s + a * (x[k] as number), 0));
  const back = x.map((_, k) => J.reduce((s, row, i) => s + (row[k] as number) * (random[i] as number), 0));
  // At most 9 products of numbers below 10.
  const near = (got: readonly number[], want: readonly number[]): void => {
    expect(got.length).toBe(want.length);
    got.forEach((a, i) => {
      expect(a).toBeCloseTo(want[i] as number, 13);
    });
  };

  test("the transpose of what linearize returned, called once or twice before or not at all", () => {
    for (const calls of [0, 1, 2]) {
      const [, L] = linearize(f, x);
      for (let k = 0; k < calls; k++) near(flat(L(x)), forward);
      near(flat(linearTranspose(L, x)(ct)[0] as Arrays), back);
    }
  });
  test("the transpose of a pullback", () => {
    const [, pullback] = vjp(f, x);
    near(flat(linearTranspose((w: unknown) => pullback(w)[0], ct)(x)[0] as Arrays), forward);
    near(flat((linearTranspose(pullback, ct)([x]) as Arrays[])[0] as Arrays), forward);
  });
  test("nested: transposes of transposes, of linearizations of linear functions, and pullbacks of them", () => {
    const [, L] = linearize(f, x);
    const [, again] = linearize((d: unknown) => L(d), x);
    near(flat(linearTranspose(again, x)(ct)[0] as Arrays), back);
    near(flat(vjp(again, x)[1](ct)[0] as Arrays), back);
    const transpose = linearTranspose(L, x);
    near(flat(linearTranspose((w: unknown) => transpose(w)[0], ct)(x)[0] as Arrays), forward);
    const inside = hvp.jit(((d: unknown) => linearTranspose(L, d)(ct as never)[0]) as never) as unknown as (
      d: unknown,
    ) => Arrays;
    near(flat(inside(x)), back);
  });
});

test("what adds a constant is refused as before, through linear functions too", () => {
  const [, L] = linearize((y: hvp.Tensor) => h["relu"]!(y), x);
  expect(() => linearTranspose((d: unknown) => h["add"]!(L(d), 1), x)([1, 1, 1])).toThrow(/not linear/);
  expect(() => linearTranspose((d: unknown) => h["where"]!([true, false, true], L(d), 1), x)([1, 1, 1])).toThrow(
    /not linear/,
  );
  expect(() => linearTranspose((d: unknown) => h["concat"]!([L(d), [1]]), x)([1, 1, 1, 1])).toThrow(/not linear/);
});

test("a loop goes along into traces that have made none themselves", () => {
  const ys = [1, 2, 3];
  // 6·t⁴, so 24·t³ at 1.
  const f = (t: hvp.Tensor) => hvp.scan((c, y) => [c.mul(y).mul(t), null], t, ys)[0];
  const push = linearize(f, 1)[1];
  expect(hvp.jit((v: hvp.Tensor) => push(v))(2)).toBe(48);
  expect(hvp.vmap((v: hvp.Tensor) => push(v))([1, 2])).toEqual(Float64Array.of(24, 48));
  const pull = vjp(f, 1)[1];
  expect(hvp.jit((ct: hvp.Tensor) => pull(ct)[0] as never)(2)).toBe(48);
});
