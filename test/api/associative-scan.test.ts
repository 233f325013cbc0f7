// associativeScan against the loop that combines one element after the other.
import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import type { Any } from "../harness/misuse.ts";
import { plain } from "../harness/plain.ts";
import { integer, rng } from "../harness/rng.ts";

const { add, associativeScan, grad, hvp, jit, makeGraph, matmul, maximum, mul, sum } = library as Any;

const square = ([a, b, c, d]: readonly number[]) => [
  [a, b],
  [c, d],
];
const random = rng(3);
/** None is 0: the sign of a zero depends on the order of factors. */
const integers = (n: number): number[] =>
  Array.from({ length: n }, () => integer(random, 1, 3) * (random() < 0.5 ? -1 : 1));
/** Prefixes of `list` under `f`. */
function prefixes<T>(f: (a: T, b: T) => T, list: readonly T[]): T[] {
  const all = list.slice(0, 1);
  for (const x of list.slice(1)) all.push(f(all.at(-1) as T, x));
  return all;
}

/** Affine maps x → a·x + b; the later one is applied to what the earlier one gives. */
interface Affine<T> {
  readonly a: T;
  readonly b: T;
}
const affine =
  <T>(plus: (x: T, y: T) => T, times: (x: T, y: T) => T) =>
  (f: Affine<T>, g: Affine<T>): Affine<T> => ({ b: plus(times(g.a, f.b), g.b), a: times(f.a, g.a) });
const ofNumbers = affine<number>(
  (x, y) => x + y,
  (x, y) => x * y,
);
const ofTensors = affine<Any>(add, mul);

test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17])("%i elements, in either direction", (n) => {
  const [a, b] = [integers(n), integers(n)];
  const list = a.map((x, i) => ({ a: x, b: b[i] as number }));
  const columns = (rows: readonly Affine<number>[]) => ({ a: rows.map((r) => r.a + 0), b: rows.map((r) => r.b + 0) });
  const xs = { a: Float64Array.from(a), b: Float64Array.from(b) };
  expect(plain(associativeScan(ofTensors, xs))).toEqual(columns(prefixes(ofNumbers, list)));
  expect(plain(jit((x: Any) => associativeScan(ofTensors, x, { reverse: true }))(xs))).toEqual(
    columns(prefixes(ofNumbers, [...list].reverse()).reverse()),
  );
});

describe("elements", () => {
  test("are what lies along the axis", () => {
    const rows = [integers(5), integers(5), integers(5)];
    const along1 = rows.map((row) => prefixes(Math.max, row));
    const columns = rows[0]?.map((_, i) =>
      prefixes(
        Math.max,
        rows.map((r) => r[i] as number),
      ),
    ) as number[][];
    expect(plain(associativeScan(maximum, rows, { axis: 1 }))).toEqual(along1);
    expect(plain(associativeScan(maximum, rows, { axis: -1 }))).toEqual(along1);
    expect(plain(associativeScan(maximum, rows))).toEqual(rows.map((r, k) => r.map((_, i) => columns[i]?.[k])));
  });
  test("may be matrices: a function of many pairs at once", () => {
    const product = (...m: number[][]) => plain(associativeScan((a: Any, b: Any) => matmul(a, b), m.map(square)));
    expect(product([1, 1, 0, 1], [0, 1, 1, 0], [2, 0, 1, 1])).toEqual(
      [
        [1, 1, 0, 1],
        [1, 1, 1, 0],
        [3, 1, 2, 0],
      ].map(square),
    );
  });
  test("that are numbers take the type of what the function makes of them", () => {
    const halved = associativeScan((a: Any, b: Any) => mul(mul(a, b), Float32Array.of(0.5)), [2, 4, 6]) as Any;
    expect(halved).toEqual(Float32Array.of(2, 4, 12));
    expect(associativeScan(add, Int32Array.of(1, 2, 3))).toEqual(Int32Array.of(1, 3, 6));
  });
});

test("derivatives are those of the products", () => {
  const f = (x: Any) => sum(associativeScan(mul, x));
  // f = x + xy + xyz.
  const [x, y, z] = [2, 3, 5];
  expect(plain(grad(f)([x, y, z]))).toEqual([1 + y + y * z, x + x * z, x * y]);
  expect(plain(hvp(f, [x, y, z], [1, 0, 0]))).toEqual([0, 1 + z, y]);
});

test("a graph has about 2·log₂(n) combinations, not n", () => {
  const combinations = (n: number): number =>
    (makeGraph((x: Any) => associativeScan(maximum, x))(new Float64Array(n)) as string).split("= max").length - 1;
  expect(combinations(1024)).toBe(19);
  expect(combinations(1000)).toBeLessThan(20);
});
