// Random subjects of diagonals, convolutions and rows that are written.
import fc from "fast-check";
import { sizeOf } from "../../src/ir/aval.ts";
import type { Node } from "../../src/ir/graph.ts";
import { mul } from "../../src/primitives/arithmetic.ts";
import { convert } from "../../src/primitives/cast.ts";
import * as C from "../../src/primitives/convolution.ts";
import * as D from "../../src/primitives/diagonal.ts";
import { scatterSet as set } from "../../src/primitives/indexing.ts";
import * as W from "../../src/primitives/last-writer.ts";
import { select } from "../../src/primitives/logic.ts";
import type { Subject } from "./checkGrads.ts";
import { integer, rng, vector } from "./rng.ts";

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const small = fc.integer({ min: 0, max: 4 });

const diagonal = (): fc.Arbitrary<Subject> =>
  fc.tuple(fc.array(small, { maxLength: 2 }), fc.integer({ min: 1, max: 6 }), seeds).map(([rest, n, seed]) => {
    const random = rng(seed);
    const shape = [...rest];
    const a = integer(random, 0, shape.length);
    shape.splice(a, 0, n);
    const b = integer(random, a + 1, shape.length);
    shape.splice(b, 0, n);
    return {
      name: "diagonal",
      build: ([x]) => [D.diagonal(x as Node, a, b)],
      shapes: [shape],
      point: [vector(random, sizeOf(shape))],
      linear: true,
    };
  });

const conv = (): fc.Arbitrary<Subject> =>
  fc.tuple(fc.integer({ min: 1, max: 2 }), seeds).map(([d, seed]) => {
    const random = rng(seed);
    const draw = (low: number, high: number): number[] => Array.from({ length: d }, () => integer(random, low, high));
    const [g, n, c, o] = [
      integer(random, 1, 2),
      integer(random, 1, 2),
      integer(random, 1, 2),
      integer(random, 1, d === 1 ? 6 : 3),
    ] as const;
    const long = d === 1 ? 12 : 5;
    const x = [g, n, c, ...draw(1, long)];
    const w = [g, o, c, ...draw(1, 3)];
    const windows: C.Windows = {
      stride: draw(1, 3),
      padding: draw(-1, 3).map((low) => [low, integer(random, -1, 3)] as const),
      spread: draw(1, 3).map((k) => (random() < 0.5 ? 1 : k)),
      dilation: draw(1, 2),
    };
    return {
      name: "conv",
      build: ([y, v]) => [C.conv(y as Node, v as Node, windows)],
      shapes: [x, w],
      point: [vector(random, sizeOf(x)), vector(random, sizeOf(w))],
    };
  });

/** Discrete: times x where there is a writer, so that there is a tangent. */
const lastWriter = (): fc.Arbitrary<Subject> =>
  fc.tuple(fc.integer({ min: 1, max: 7 }), small, seeds).map(([extent, count, seed]) => {
    const random = rng(seed);
    return {
      name: "lastWriter",
      build: ([x], [idx]) => {
        const last = W.lastWriter(idx as Node, extent);
        const weight = convert(last, (x as Node).dtype);
        return [last, mul(x as Node, select(convert(last, "bool"), weight, 1))];
      },
      shapes: [[extent]],
      point: [vector(random, extent)],
      fixed: [
        {
          shape: [count],
          dtype: "int32",
          data: Array.from({ length: count }, () => integer(random, -extent, extent - 1)),
        },
      ],
      linear: true,
    };
  });

/** With indices that mean the same row, and without. */
const scatterSet = (): fc.Arbitrary<Subject> =>
  fc
    .tuple(fc.array(small, { maxLength: 2 }), fc.integer({ min: 1, max: 9 }), small, fc.boolean(), seeds)
    .map(([rest, extent, most, distinct, seed]) => {
      const random = rng(seed);
      const count = distinct ? Math.min(most, extent) : most;
      const shift = integer(random, 0, extent - 1);
      const data = Array.from({ length: count }, (_, i) =>
        distinct ? ((i + shift) % extent) - (i % 2) * extent : integer(random, -extent - 1, extent + 1),
      );
      const [shape, rows] = [
        [extent, ...rest],
        [count, ...rest],
      ];
      return {
        name: "scatterSet",
        build: ([x, r], [idx]) => [set(x as Node, idx as Node, r as Node, distinct)],
        shapes: [shape, rows],
        point: [vector(random, sizeOf(shape)), vector(random, sizeOf(rows))],
        fixed: [{ shape: [count], dtype: "int32", data }],
        linear: true,
      };
    });

export const windowSubjects = { diagonal, conv, lastWriter, scatterSet };
