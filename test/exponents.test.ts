// Derivatives over the range of exponents, against multiple-precision differences (fixtures/exponents.json, made by
// exponents.py): to the third order, in every composition of forward and reverse mode, compiled, at a point, and with
// large and small cotangents and tangents.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as h from "../src/index.ts";
import { full, grad, jit, jvp, mul, objective, pow, sum, type Tensor } from "../src/index.ts";
import { INSIDE, ONE, TWO, type Two } from "./harness/exponents.ts";

type Row = readonly (number | null)[];
const fixtures = JSON.parse(readFileSync(new URL("./fixtures/exponents.json", import.meta.url), "utf8")) as Record<
  string,
  readonly Row[]
>;

/**
 * What docs/numerics.md states: the relative error where arguments, steps of the formula, value and derivatives lie
 * within 1/most … most.
 */
const TYPES = {
  float64: { Real: Float64Array, bound: 1e-12, most: 2 ** 1000, scales: [2 ** -400, 2 ** 300] },
  float32: { Real: Float32Array, bound: 1e-5, most: 2 ** 120, scales: [2 ** -50, 2 ** 40] },
} as const;
type Settings = (typeof TYPES)[keyof typeof TYPES];
type Vector = Float64Array | Float32Array;
/** A function of arrays that are traced or not. */
type Map = (x: never, y: never) => never;

const typeOf = (x: Tensor | Vector): "float64" | "float32" =>
  x instanceof Float64Array ? "float64" : x instanceof Float32Array ? "float32" : (x.dtype as "float64" | "float32");
/** The derivative of the element-wise `f` in its k-th argument, in forward mode: along ones. */
const forward =
  (f: Map, k: 0 | 1): Map =>
  (...args: [never, never]) => {
    const x = args[k] as Tensor | Vector;
    const ones = full([x instanceof Float64Array || x instanceof Float32Array ? x.length : (x.shape[0] as number)], 1, {
      dtype: typeOf(x),
    });
    return jvp(
      (t: Tensor) => f(...(args.map((a, i) => (i === k ? t : a)) as [never, never])),
      [x] as never,
      [ones] as never,
    )[1] as never;
  };
/** And in reverse mode: of the sum. */
const reverse =
  (f: Map, k: 0 | 1): Map =>
  (...args: [never, never]) =>
    grad((t: Tensor) => sum(f(...(args.map((a, i) => (i === k ? t : a)) as [never, never]))))(args[k]) as never;

/** Derivatives of `f` in the variables `of` (0 or 1, innermost last) by every word of modes. */
function* compositions(f: Map, of: readonly (0 | 1)[]): Generator<[string, Map]> {
  if (of.length === 0) return yield ["", f];
  for (const [word, inner] of compositions(f, of.slice(1))) {
    yield [`F${word}`, forward(inner, of[0] as 0 | 1)];
    yield [`R${word}`, reverse(inner, of[0] as 0 | 1)];
  }
}

const within = (v: number | null | undefined, most: number): v is number =>
  v === 0 || (typeof v === "number" && Math.abs(v) <= most && Math.abs(v) >= 1 / most);
/** Whether `v` and its product with a cotangent are; a product that underflows to 0 is not. */
const scaled = (v: number | null | undefined, scale: number, most: number): boolean =>
  within(v, most) && (v === 0 || (v * scale !== 0 && within(v * scale, most)));

/** Where `f` and its derivatives are wrong: `columns[k]` has the derivative in the variables `orders[k]`. */
function faults(
  name: string,
  f: Two,
  variables: number,
  settings: Settings,
  columns: readonly (readonly (0 | 1)[])[],
): string[] {
  const { Real, bound, most, scales } = settings;
  const rows = (fixtures[name] as readonly Row[]).filter((r) => {
    const [x, y] = r as readonly [number, number];
    const steps = [x, r[variables], ...(variables > 1 ? [y] : []), ...(INSIDE[name]?.(x, y) ?? [])];
    return steps.every((v) => within(v, most)) && r.slice(0, variables).every((v) => Real.of(v as number)[0] === v);
  });
  expect(rows.length, "arguments that are tried").toBeGreaterThan(0);
  const vector = (k: number): Vector => Real.from(rows.map((r) => (k < variables ? (r[k] as number) : 1)));
  const [x, y] = [vector(0), vector(1)];
  const found: string[] = [];
  const check = (what: string, got: unknown, column: number, scale = 1): void => {
    const values = (got as { data?: Vector }).data ?? (got as Vector);
    rows.forEach((r, i) => {
      // The derivatives that it is the derivative of are in the range too.
      if (!columns.every((_, k) => k > column || scaled(r[variables + k], scale, most))) return;
      const want = (r[variables + column] as number) * scale;
      // A derivative that is 0 is as near to it as to the others of its order.
      const like = columns.map((of, k) =>
        of.length === columns[column]!.length ? Math.abs((r[variables + k] ?? 0) * scale) : 0,
      );
      const error = Math.abs((values[i] as number) - want) / (Math.abs(want) || Math.max(...like, 1 / most));
      if (!(error <= bound)) found.push(`${what} at ${r.slice(0, variables)}: ${values[i]}, not ${want}`);
    });
  };
  columns.forEach((of, column) => {
    for (const [word, g] of compositions(f as unknown as Map, of)) {
      const what = `${word || "value"}${variables > 1 ? of.map((k) => "xy"[k]).join("") : ""}`;
      check(what, g(x as never, y as never), column);
      if (of.length === 2) check(`jit ${what}`, jit(g as never)(x as never, y as never), column);
    }
    if (of.length === 2 && of[0] === of[1]) {
      const k = of[0] as 0 | 1;
      const o = objective(
        ((t: Tensor) => sum((k ? f(x as never, t) : f(t, y as never)) as never)) as never,
        (k ? y : x) as never,
      ) as unknown as {
        at(x: Vector): { hvp(v: Vector): Vector };
      };
      check(`at ${k}`, o.at(k ? y : x).hvp(x.map(() => 1) as never), column);
      for (const c of scales) {
        check(`at, tangent ${c}, ${k}`, o.at(k ? y : x).hvp(x.map(() => c) as never), column, c);
        for (const [word, g] of compositions(((a: Tensor, b: Tensor) => mul(c, f(a, b))) as never, of))
          check(`${word}, cotangent ${c}, ${k}`, g(x as never, y as never), column, c);
      }
    }
  });
  return found;
}

describe.each(Object.entries(TYPES))("%s", (_name, settings) => {
  test.each(Object.keys(ONE))("%s", (name) => {
    const f = ONE[name] as (x: Tensor) => Tensor;
    expect(faults(name, (x) => f(x), 1, settings, [[], [0], [0, 0], [0, 0, 0]])).toEqual([]);
  });
  test.each(Object.keys(TWO))("%s of two numbers", (name) => {
    const columns = [[], [0], [1], [0, 0], [0, 1], [1, 1], [0, 0, 0], [1, 1, 1]] as const;
    expect(faults(name, TWO[name] as Two, 2, settings, columns)).toEqual([]);
  });
});
/**
 * Hessian-vector products along directions of the size of the point: rates such as v/x are ordinary, where 1/x, a
 * derivative of 1e170 · x or their product with one another are not. Values by 700-digit differences (mpmath); the
 * sigmoid and its like are 1 to the last bit there.
 */
const {
  acosh,
  add,
  asinh,
  atan2,
  cbrt,
  div,
  entr,
  erf,
  gelu,
  log,
  ndtr,
  sigmoid,
  silu,
  softsign,
  square,
  tanh,
  xlog1py,
  xlogy,
} = h;
const [LARGE, SMALL, C] = [6.811327874485732e118, 4.062618989396729e-134, 2.317526397298649e121];
const ALONG: readonly [
  name: string,
  f: (x: Tensor) => Tensor,
  ...rows: (readonly [x: number, v: number, want: number])[],
][] = [
  [
    "1/xlogy(x, x)",
    (x) => div(1, xlogy(x, x)),
    [LARGE, 1.1 * LARGE, 1.74255130273111851e-240],
    [SMALL, 1.1 * SMALL, -4.31863115160459242e264],
  ],
  [
    "1/(x log x)",
    (x) => div(1, mul(x, log(x))),
    [LARGE, 1.1 * LARGE, 1.74255130273111851e-240],
    [SMALL, 1.1 * SMALL, -4.31863115160459242e264],
  ],
  [
    "1/entr",
    (x) => div(1, entr(x)),
    [LARGE, 1.1 * LARGE, -1.74255130273111851e-240],
    [SMALL, 1.1 * SMALL, 4.31863115160459242e264],
  ],
  [
    "xlogy(x, x) ** -1",
    (x) => pow(xlogy(x, x), -1),
    [LARGE, 1.1 * LARGE, 1.74255130273111851e-240],
    [SMALL, 1.1 * SMALL, -4.31863115160459242e264],
  ],
  [
    "xlogy(x, x) ** -2",
    (x) => pow(xlogy(x, x), -2),
    [6e60, 1.1 * 6e60, 1.57880076653846454e-186],
    [4e-60, 1.1 * 4e-60, 5.44613611144122782e174],
  ],
  [
    "1/xlog1py(x, x)",
    (x) => div(1, xlog1py(x, x)),
    [LARGE, 1.1 * LARGE, 1.74255130273111851e-240],
    [1e-50, 1.1 * 1e-50, 6.60000000000000092e150],
  ],
  [
    "acosh(cbrt(x²))",
    (x) => acosh(cbrt(mul(x, x))),
    [5.452936469649856e125, 2.8056456580781675e125, -6.29043509497180154e-127],
  ],
  [
    "asinh(cbrt(x²))",
    (x) => asinh(cbrt(mul(x, x))),
    [5.452936469649856e125, 2.8056456580781675e125, -6.29043509497180154e-127],
  ],
  [
    "log(cbrt(x²))",
    (x) => log(cbrt(mul(x, x))),
    [5.452936469649856e125, 2.8056456580781675e125, -6.29043509497180154e-127],
  ],
  ["(c atan2(x, -1/2))²", (x) => square(mul(C, atan2(x, -0.5))), [C, 1.871995216318648e121, 2.53763945299477707]],
  ["1e170 cbrt", (x) => mul(1e170, cbrt(x)), [1e200, 1.1e200, -1.13461060377201272e36]],
  ["1e170 x^0.3", (x) => mul(1e170, pow(x, 0.3)), [1e200, 1.1e200, -2.30999999999998834e29]],
  ["1e170 asinh", (x) => mul(1e170, asinh(x)), [1e200, 1.1e200, -1.10000000000000011e-30]],
  ["1e170 softsign", (x) => mul(1e170, softsign(x)), [1e150, 1.1e150, -2.2000000000000002e-130]],
  ["silu(x²)", (x) => silu(square(x)), [1e85, 3e85, 6e85], [-1e150, 1e150, 2e150]],
  ["gelu(x²)", (x) => gelu(square(x)), [1e85, 3e85, 6e85], [-1e150, 1e150, 2e150]],
  ["gelu(x²), tanh form", (x) => gelu(square(x), { approximate: true }), [1e85, 3e85, 6e85], [-1e150, 1e150, 2e150]],
  ["x² sigmoid(x²)", (x) => mul(square(x), sigmoid(square(x))), [1e85, 3e85, 6e85], [-1e150, 1e150, 2e150]],
  ["x² ndtr(x²)", (x) => mul(square(x), ndtr(square(x))), [1e85, 3e85, 6e85]],
  ["x² erf(x²)", (x) => mul(square(x), erf(square(x))), [1e85, 3e85, 6e85]],
  ["x² tanh(x²)", (x) => mul(square(x), tanh(square(x))), [1e85, 3e85, 6e85]],
  // The density is 0 and its rate, -2x, times a tangent beyond the range.
  ["x + erf(1e100 x)", (x) => add(x, erf(mul(1e100, x))), [1e60, 1e60, 0]],
];
describe("products along directions of the size of the point", () => {
  test.each(ALONG)("%s", (_name, f, ...rows) => {
    const total = (t: Tensor): Tensor => sum(f(t));
    const [x, v] = [Float64Array.from(rows, (r) => r[0]), Float64Array.from(rows, (r) => r[1])];
    const o = objective(total as never, x as never) as unknown as { at(x: Vector): { hvp(v: Vector): Vector } };
    const product: Record<string, (x: Tensor) => unknown> = {
      "forward over reverse": (t) => jvp(grad(total), [t] as never, [v] as never)[1],
      "reverse over forward": (t) =>
        grad((s: Tensor) => jvp(total as never, [s] as never, [v] as never)[1] as never)(t as never),
      "reverse over reverse": (t) =>
        grad((s: Tensor) => sum(mul(grad(total)(s as never) as never, v)) as never)(t as never),
    };
    const results = [
      ...Object.entries(product).flatMap(([name, g]) => [
        [name, g(x as never)],
        [`${name}, compiled`, jit(g as never)(x as never)],
      ]),
      ["at a point", o.at(x).hvp(v)],
    ] as unknown as [string, Vector][];
    const found = results.flatMap(([name, got]) =>
      rows.flatMap(([, , want], i) =>
        Math.abs(got[i]! - want) <= 1e-12 * Math.abs(want) ? [] : `${name}: ${got[i]}, not ${want}`,
      ),
    );
    expect(found).toEqual([]);
  });
});

test("every function of the table is tried", () => {
  expect(Object.keys(fixtures).sort()).toEqual([...Object.keys(ONE), ...Object.keys(TWO)].sort());
});

test("a constant exponent has the special values of C99 Annex F, as an array of exponents has, and does not overflow inside", () => {
  const [x, inf] = [[0, -0, Infinity, -Infinity, 1e160, -2], Infinity];
  const want: Record<number, number[]> = {
    0.5: [0, 0, inf, inf, 1e80, NaN],
    [-0.5]: [inf, inf, 0, 0, 1e-80, NaN],
    1.5: [0, 0, inf, inf, 1e240, NaN],
    [-1.5]: [inf, inf, 0, 0, 1e-240, NaN],
    [-1]: [inf, -inf, 0, -0, 1e-160, -0.5],
    [-2]: [inf, inf, 0, 0, 1e-320, 0.25],
    3: [0, -0, inf, -inf, inf, -8],
    [-3]: [inf, -inf, 0, -0, 0, -0.125],
  };
  for (const [c, ys] of Object.entries(want)) {
    const results = [pow(x, Number(c)), jit((t: Tensor) => pow(t, Number(c)))(x as never)] as unknown as Vector[];
    for (const y of results)
      ys.forEach((v, i) => {
        if (Number.isFinite(v) && v !== 0) expect((y[i] as number) / v).toBeCloseTo(1, v < 1e-300 ? 3 : 14);
        else expect(y[i]).toBe(v);
      });
  }
});
