// Boxes of loop variables: questions are answered for the whole box, or the box is cut where the answer changes.
import { describe, expect, test } from "vitest";
import { Box, Explorer, Refusal, Split } from "../../src/ir/box.ts";
import type { Affine } from "../../src/ir/index-map.ts";

const value = (a: Affine, point: readonly number[]): number =>
  point.reduce((s, x, l) => s + x * (a[l + 1] as number), a[0] as number);
const points = (ranges: readonly (readonly [number, number])[]): number[][] =>
  ranges.reduce<number[][]>(
    (list, [lo, hi]) => list.flatMap((p) => Array.from({ length: hi - lo }, (_, i) => [...p, lo + i])),
    [[]],
  );

describe("below", () => {
  test.each([
    [[0, 1], 5],
    [[3, -2], -4],
    [[-7, 3], 2],
    [[10, -1], 6],
  ] as const)("%j < %d holds on one side of the cut and nowhere on the other", (a, bound) => {
    const ranges = [[0, 10]] as const;
    try {
      const all = new Box(ranges).below(a, bound);
      for (const p of points(ranges)) expect(value(a, p) < bound).toBe(all);
    } catch (e) {
      expect(e).toBeInstanceOf(Split);
      const at = (e as Split).at;
      expect(at).toBeGreaterThan(0);
      expect(at).toBeLessThan(10);
      const [left, right] = [[[0, at]], [[at, 10]]] as const;
      expect(new Box(left).below(a, bound)).not.toBe(new Box(right).below(a, bound));
    }
  });
  test("a question that no single cut answers is refused", () => {
    expect(() =>
      new Box([
        [0, 4],
        [0, 4],
      ]).below([0, 1, 1], 4),
    ).toThrow(Refusal);
  });
});

describe("unravel", () => {
  test.each([
    [
      [
        [0, 4],
        [0, 6],
      ],
      [0, 6, 1],
      [4, 6],
    ],
    [
      [
        [0, 4],
        [0, 3],
      ],
      [0, 6, 2],
      [4, 3, 2],
    ],
    [
      [
        [1, 3],
        [0, 6],
      ],
      [2, 6, 1],
      undefined,
    ], // reaches into the next row
    [[[0, 24]], [0, 1], undefined], // one loop over two axes
    [
      [
        [0, 3],
        [0, 2],
      ],
      [5, 6, -1],
      [3, 6],
    ], // backwards in the last axis
  ] as const)("%j by %j", (ranges, a, shape) => {
    const box = new Box(ranges);
    if (!shape) return void expect(() => box.unravel(a, [4, 6])).toThrow(Refusal);
    const coordinates = box.unravel(a, shape);
    for (const p of points(ranges)) {
      const at = coordinates.map((c) => value(c, p));
      at.forEach((x, i) => {
        expect(x >= 0 && x < (shape[i] as number)).toBe(true);
      });
      expect(at.reduce((flat, x, i) => flat * (shape[i] as number) + x, 0)).toBe(value(a, p));
    }
  });
});

test("an explorer answers an open question both ways", () => {
  const e = new Explorer([[0, 10]]);
  const seen = e.explore(() => [e.below([0, 1], 5), e.below([0, 1], 20), e.below([0, 1], 7)].join());
  expect(seen).toEqual(["true,true,true", "true,true,false", "false,true,true", "false,true,false"]);
});
