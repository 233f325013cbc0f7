// Derivatives over the range of exponents, against multiple-precision differences (fixtures/exponents.json, made by exponents.py): to the
// third order, in every composition of forward and reverse mode, compiled, at a point, and with large and small cotangents and tangents.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { full, grad, jit, jvp, mul, objective, pow, sum, type Tensor } from "../src/index.ts";
import { INSIDE, ONE, TWO, type Two } from "./harness/exponents.ts";

type Row = readonly (number | null)[];
const fixtures = JSON.parse(readFileSync(new URL("./fixtures/exponents.json", import.meta.url), "utf8")) as Record<string, readonly Row[]>;

/** What docs/numerics.md states: the relative error where arguments, steps of the formula, value and derivatives lie within 1/most … most. */
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
    return jvp((t: Tensor) => f(...(args.map((a, i) => (i === k ? t : a)) as [never, never])), [x] as never, [ones] as never)[1] as never;
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

/** Where `f` and its derivatives are wrong: `columns[k]` has the derivative in the variables `orders[k]`. */
function faults(name: string, f: Two, variables: number, settings: Settings, columns: readonly (readonly (0 | 1)[])[]): string[] {
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
      if (!columns.every((_, k) => k > column || (within(r[variables + k], most) && within((r[variables + k] as number) * scale, most))))
        return;
      const want = (r[variables + column] as number) * scale;
      // A derivative that is 0 is as near to it as to the others of its order.
      const like = columns.map((of, k) => (of.length === columns[column]!.length ? Math.abs((r[variables + k] ?? 0) * scale) : 0));
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
