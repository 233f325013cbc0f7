// Products of vectors and matrices: NumPy's answers, at once and compiled, and derivatives by hand.
import { describe, expect, test } from "vitest";
import type { Tensor } from "../../src/index.ts";
import * as h from "../../src/index.ts";
import { check } from "../harness/values.ts";

const A = [
  [1, 2, 3],
  [4, 5, 6],
];
const V = [10, 20, 30];

describe("products", () => {
  const B = [
    [1, 0],
    [2, 1],
    [0, 3],
  ];
  test("matmul", () => {
    check((t) => h.matmul(t, B), A, [
      [5, 11],
      [14, 23],
    ]);
    check((t) => h.matmul(t, V), A, [140, 320]);
    check((t) => h.matmul([1, 10], t), A, [41, 52, 63]);
    check((t) => h.matmul(t, V), [1, 2, 3], 140);
    check(
      (t) => h.matmul(t, B),
      [A, A],
      [
        [
          [5, 11],
          [14, 23],
        ],
        [
          [5, 11],
          [14, 23],
        ],
      ],
    );
    check((t) => h.matmul(t, [B, B]), A, [
      [
        [5, 11],
        [14, 23],
      ],
      [
        [5, 11],
        [14, 23],
      ],
    ]);
    check(
      (t) => h.matmul(t, V),
      [A, A],
      [
        [140, 320],
        [140, 320],
      ],
    );
    check(
      (t) => h.matmul(t, h.reshape([B, B], [1, 2, 3, 2])),
      [[A], [A], [A]],
      Array(3).fill(
        Array(2).fill([
          [5, 11],
          [14, 23],
        ]),
      ),
    );
    check(
      (t) => h.matmul(t, h.zeros([0, 2])),
      [[], []],
      [
        [0, 0],
        [0, 0],
      ],
    );
  });
  test("dot, vdot, outer", () => {
    check((t) => h.dot(t, V), [1, 2, 3], 140);
    check((t) => h.dot(t, 2), A, [
      [2, 4, 6],
      [8, 10, 12],
    ]);
    check((t) => h.dot(t, B), A, [
      [5, 11],
      [14, 23],
    ]);
    check((t) => h.dot(t, [B, B]), A, [
      [
        [5, 11],
        [5, 11],
      ],
      [
        [14, 23],
        [14, 23],
      ],
    ]);
    check(
      (t) => h.dot(t, [B, B]),
      [1, 2, 3],
      [
        [5, 11],
        [5, 11],
      ],
    );
    check((t) => h.vdot(t, A), A, 91);
    check((t) => h.vdot(t, [1, 1, 1, 1, 1, 1]), A, 21);
    check(
      (t) => h.outer(t, [1, 2]),
      [3, 4],
      [
        [3, 6],
        [4, 8],
      ],
    );
  });
  test("second derivatives of a quadratic form", () => {
    const Q = [
      [2, 1],
      [0, 3],
    ];
    // (Q + Qᵀ) v
    expect(h.hvp((x: Tensor) => h.dot(x, h.matmul(Q, x)), [1, 1], [1, 10])).toEqual(Float64Array.of(14, 61));
  });
});
