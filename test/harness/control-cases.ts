// Loops of all sorts for tests: one or several carries, rows, stacks, matrices, integers and booleans.
import type { Node } from "../../src/ir/graph.ts";
import { add, mul, sub } from "../../src/primitives/arithmetic.ts";
import { convert } from "../../src/primitives/cast.ts";
import { matmul } from "../../src/primitives/contraction.ts";
import { lt, select } from "../../src/primitives/logic.ts";
import { broadcast, full, reduceSum } from "../../src/primitives/spread.ts";
import { cos, exp, sin, tanh } from "../../src/primitives/transcendental.ts";
import type { Argument, Form } from "./compositions.ts";
import { type Body, iterated, type LoopArguments, looped } from "./control.ts";

export interface Case {
  readonly name: string;
  readonly args: readonly Argument[];
  readonly body: Body;
  loop(x: readonly Node[]): LoopArguments;
}
export const v = (...value: number[]): Argument => ({ shape: [value.length], value });
export const s = (value: number): Argument => ({ shape: [], value: [value] });

export const cases = (length: number, reverse: boolean): Case[] => [
  {
    name: "logistic map",
    args: [s(0.3), s(2.5)],
    body: ([x], _, [r]) => ({ carries: [mul(r as Node, mul(x as Node, sub(1, x as Node)))] }),
    loop: ([x, r]) => ({ carries: [x as Node], shared: [r as Node], length, reverse }),
  },
  {
    name: "two carries, one of which begins as a constant; rows, and stacks of each",
    args: [
      v(0.3, -0.5),
      { shape: [length, 2], value: Array.from({ length: 2 * length }, (_, i) => Math.sin(i)) },
      s(0.7),
    ],
    body: ([x, y], [u], [k]) => {
      const [a, b] = [x, y] as [Node, Node];
      const next = add(sin(mul(a, u as Node)), mul(broadcast(k as Node, [2], []), b));
      return { carries: [next, add(b, mul(a, a))], slices: [mul(next, u as Node), reduceSum(b, [0]), u as Node] };
    },
    loop: ([x, u, k]) => ({
      carries: [x as Node, full([2], 0, "float64")],
      walked: [u as Node],
      shared: [k as Node],
      length,
      reverse,
    }),
  },
  {
    name: "a recurrent network",
    args: [
      { shape: [2, 3], value: [0.1, 0.2, -0.3, 0.4, -0.5, 0.6] },
      { shape: [3, 3], value: [0.5, -0.2, 0.1, 0.3, 0.4, -0.6, 0.2, 0.1, 0.7] },
      { shape: [length, 2, 3], value: Array.from({ length: 6 * length }, (_, i) => Math.cos(i)) },
    ],
    body: ([h], [x], [w]) => {
      const next = tanh(add(matmul(h as Node, w as Node), x as Node));
      return { carries: [next], slices: [reduceSum(next, [0, 1])] };
    },
    loop: ([h, w, x]) => ({ carries: [h as Node], walked: [x as Node], shared: [w as Node], length, reverse }),
  },
  {
    name: "integers and booleans beside floats",
    args: [v(0.3, 1.2), { shape: [], dtype: "int32", value: [3] }],
    body: ([x, k, b]) => {
      const [a, i, c] = [x, k, b] as [Node, Node, Node];
      const even = broadcast(c, [2], []);
      const scaled = mul(a, broadcast(convert(i, a.dtype), [2], []));
      return { carries: [select(even, sin(scaled), cos(a)), add(i, 1), lt(i, 5)], slices: [i, mul(a, a)] };
    },
    loop: ([x, k]) => ({ carries: [x as Node, k as Node, full([], 1, "bool")], length, reverse }),
  },
  {
    name: "a map, without carries",
    args: [{ shape: [length, 2], value: Array.from({ length: 2 * length }, (_, i) => 0.1 * i) }, s(0.5)],
    body: (_c, [x], [a]) => ({ carries: [], slices: [exp(mul(broadcast(a as Node, [2], []), x as Node))] }),
    loop: ([x, a]) => ({ carries: [], walked: [x as Node], shared: [a as Node], length, reverse }),
  },
];

/** As a node, and in the graph. */
export const both = ({ body, loop }: Case): [Form, Form] => [
  (x) => looped(body, loop(x)),
  (x) => iterated(body, loop(x)),
];
