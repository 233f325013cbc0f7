// Derivatives of products over operands that local algebra can look through: slices, masks, broadcasts.
import { expect, test } from "vitest";
import {
  broadcastTo,
  grad,
  gt,
  hessian,
  jvp,
  NdArray,
  objective,
  prod,
  slice,
  sum,
  type Tensor,
  where,
} from "../../src/index.ts";

/** Π of the elements at `places`, by hand: gradient and Hessian, zeros included. */
function byHand(x: readonly number[], places: readonly number[]): { g: number[]; H: number[][] } {
  const rest = (...without: number[]): number =>
    places.filter((p) => !without.includes(p)).reduce((y, p) => y * (x[p] as number), 1);
  const inside = (i: number): boolean => places.includes(i);
  return {
    g: x.map((_, i) => (inside(i) ? rest(i) : 0)),
    H: x.map((_, i) => x.map((_, j) => (i !== j && inside(i) && inside(j) ? rest(i, j) : 0))),
  };
}

/** Without signs of zeros. */
const plain = (a: ArrayLike<number>): number[] => Array.from(a, (v) => v + 0);

const x = [2, 3, 0, 5, -1];
const cases: [string, (x: Tensor) => Tensor, number[]][] = [
  ["a slice", (x) => prod(x.slice([1])), [1, 2, 3, 4]],
  ["a strided slice", (x) => prod(x.slice([0, 5, 2])), [0, 2, 4]],

  ["one element", (x) => prod(x.slice([3, 4])), [3]],
  ["a slice of a slice", (x) => prod(x.slice([1]).slice([1])), [2, 3, 4]],
  ["a reshaped slice", (x) => prod(x.slice([1]).reshape([2, 2])), [1, 2, 3, 4]],
  ["the whole", (x) => prod(x), [0, 1, 2, 3, 4]],
];
test.each(cases)("of %s", (_name, f, places) => {
  const { g, H } = byHand(x, places);
  expect(plain(grad(f)(x) as Float64Array)).toEqual(g.map((v) => v + 0));
  const got = hessian(f)(x) as NdArray;
  expect(got).toBeInstanceOf(NdArray);
  expect(plain(got.data)).toEqual(H.flat().map((v) => v + 0));
  expect(plain(objective(f, x).grad(x))).toEqual(g.map((v) => v + 0));
});

test("of a mask and of a broadcast", () => {
  expect(grad((x: Tensor) => prod(where(gt(x, 0), x, 0)))([2, 3, 4, 5])).toEqual(Float64Array.of(60, 40, 30, 24));
  expect(grad((x: Tensor) => prod(broadcastTo(x.at(0), [3])))([2, 3])).toEqual(Float64Array.of(12, 0));
  expect(grad((x: Tensor) => sum(prod(broadcastTo(x, [3, 4]), { axis: 1 })))([2, 3, 4, 5])).toEqual(
    Float64Array.of(180, 120, 90, 72),
  );
});

test("along an axis of a slice, forward", () => {
  const [, d] = jvp(
    (u: Tensor) => prod(slice(u, null, [0, 2]), { axis: 1 }),
    [
      [
        [2, 3, 4],
        [5, 6, 7],
      ],
    ],
    [
      [
        [1, 1, 1],
        [1, 1, 1],
      ],
    ],
  );
  expect(d).toEqual(Float64Array.of(5, 11));
});
