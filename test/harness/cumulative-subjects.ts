// Random subjects of scans, sorting and exp(a - b), for the registry tests.
import fc from "fast-check";
import { sizeOf } from "../../src/ir/aval.ts";
import { make } from "../../src/ir/build.ts";
import type { Node, Primitive } from "../../src/ir/graph.ts";
import { takeAlong } from "../../src/primitives/along.ts";
import { argsort } from "../../src/primitives/sort.ts";
import { integer, type Rng, rng, uniform, vector } from "./rng.ts";
import { distinct, type SubjectMaker, shapes } from "./subjects.ts";

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

/** A scan of `count` operands along a random axis, in a random direction. */
const cumulative =
  (count: 1 | 2, point: (random: Rng, n: number) => ArrayLike<number>, linear = false): SubjectMaker =>
  (prim: Primitive) =>
    fc.tuple(shapes(1), seeds).map(([shape, seed]) => {
      const random = rng(seed);
      const params = { axis: integer(random, 0, shape.length - 1), reverse: random() < 0.5 };
      const operands = Array.from({ length: count }, () => shape);
      return {
        name: prim.name,
        build: (xs) => [make(prim, xs, params)],
        shapes: operands,
        point: operands.map((s) => point(random, sizeOf(s))),
        linear,
      };
    });

/** Zeros among the factors: a rule that divides would fail. */
const withZeros = (random: Rng, n: number): number[] =>
  Array.from({ length: n }, () => (random() < 0.2 ? 0 : uniform(random, -1.5, 1.5)));

export const cumulativeSubjects: Record<string, SubjectMaker> = {
  cumsum: cumulative(1, (random, n) => vector(random, n), true),
  cumprod: cumulative(1, withZeros),
  cummax: cumulative(1, (random, n) => distinct(random, n)),
  cummin: cumulative(1, (random, n) => distinct(random, n)),
  recurrence: cumulative(2, withZeros),
  argsort: (prim) =>
    fc.tuple(shapes(1), seeds).map(([shape, seed]) => {
      const random = rng(seed);
      const axis = integer(random, 0, shape.length - 1);
      const descending = random() < 0.5;
      return {
        name: prim.name,
        build: ([x]) => {
          const order = argsort(x as Node, axis, descending);
          return [order, takeAlong(x as Node, order, axis)];
        },
        shapes: [shape],
        point: [distinct(random, sizeOf(shape))],
      };
    }),
  expDifference: (prim) =>
    fc.tuple(shapes(), seeds).map(([shape, seed]) => ({
      name: prim.name,
      build: (xs) => [make(prim, xs)],
      shapes: [shape, shape],
      point: [vector(rng(seed), sizeOf(shape)), vector(rng(seed + 1), sizeOf(shape))],
    })),
  shareOfLargest: (prim) =>
    fc.tuple(shapes(), seeds).map(([shape, seed]) => ({
      name: prim.name,
      build: (xs) => [make(prim, xs)],
      shapes: [shape, shape],
      point: [vector(rng(seed), sizeOf(shape)), vector(rng(seed + 1), sizeOf(shape))],
    })),
};
