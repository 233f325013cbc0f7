// Branches that an example of a batch does not take, where they are infinite or NaN: they add exactly nothing to its
// value or to any derivative. Wanted is what the branch that it does take gives alone.
import { describe, expect, test } from "vitest";
import type { Node } from "../../src/ir/graph.ts";
import { add, div, mul, sqrt, square } from "../../src/primitives/arithmetic.ts";
import { lt, select } from "../../src/primitives/logic.ts";
import { full } from "../../src/primitives/spread.ts";
import { exp, log, sin } from "../../src/primitives/transcendental.ts";
import { evaluate } from "../../src/run/evaluate.ts";
import { type Argument, composed, type Form } from "../harness/compositions.ts";
import { chosen, looped } from "../harness/control.ts";
import { evaluateReference } from "../harness/reference.ts";

type Scalar = (x: Node) => Node;
const iterated =
  (step: (a: Node, x: Node) => Node, length = 3): Scalar =>
  (x) =>
    looped(([a], _, [k]) => ({ carries: [step(a as Node, k as Node)] }), {
      carries: [x],
      shared: [x],
      length,
    })[0] as Node;

/** Functions that blow up at `at`, in value or in a derivative. */
const wild: readonly (readonly [string, Scalar, number])[] = [
  ["the logarithm of a negative number", log, -1],
  ["the logarithm of zero", log, 0],
  ["a division by zero", (x) => div(1, x), 0],
  ["a square root at zero", sqrt, 0],
  ["a square root of a product at zero", (x) => sqrt(mul(x, sin(x))), 0],
  ["an overflow", (x) => exp(exp(mul(x, x))), 40],
  ["a loop of square roots at zero", iterated((a, x) => add(sqrt(a), x)), 0],
  ["a loop of logarithms", iterated((a, x) => log(mul(a, x))), -2],
  ["a loop of divisions by zero", iterated((a, x) => div(sin(a), x)), 0],
  ["a logarithm before a loop", (x) => iterated((a) => sin(a))(log(x)), 0],
  ["a loop before a logarithm", (x) => log(iterated((a) => mul(a, a))(x)), 0],
  [
    "a loop that stacks logarithms",
    (x) => {
      const [, ys] = looped(([a]) => ({ carries: [sin(a as Node)], slices: [log(a as Node)] }), {
        carries: [x],
        length: 3,
      }) as [Node, Node];
      return iterated((a) => sin(a))(
        looped((_, [y], [k]) => ({ carries: [k as Node], slices: [mul(y as Node, y as Node)] }), {
          carries: [x],
          walked: [ys],
          shared: [x],
          length: 3,
        })[0] as Node,
      );
    },
    0,
  ],
];
const tame: Scalar = (x) => mul(square(x), sin(x));
const LETTERS = ["", "F", "R", "FF", "FR", "RF", "RR", "RRR", "RFR", "FRF"];

/** Zeros have no sign here: sums of cotangents begin with +0. */
const unsigned = (x: number | undefined): number => (x as number) + 0;

const scalarAt = (value: number): Argument => ({ shape: [], value: [value] });
const index = (value: number): Argument => ({ shape: [], dtype: "int32", value: [value] });

describe.each(wild)("%s", (_, f, at) => {
  const form: Form = ([x, k]) => chosen(k as Node, [x as Node], [([a]) => [f(a as Node)], ([a]) => [tame(a as Node)]]);
  const alone: Form = ([x]) => [tame(x as Node)];
  // The lanes of a batch have the indices k, k + 1, k + 2: from 0 on, the first takes the wild branch.
  test.each(LETTERS)("batch, then '%s'", (letters) => {
    const got = composed(form, [scalarAt(at), index(0)], `B${letters}`).values;
    const want = composed(alone, [scalarAt(at)], `B${letters}`).values;
    for (const [k, w] of want.entries())
      for (const lane of [1, 2]) expect(unsigned(got[k]?.[lane]), `lane ${lane}`).toBe(unsigned(w[lane]));
  });
  test.each(LETTERS)("'%s', then a batch", (letters) => {
    const got = composed(form, [scalarAt(at), index(0)], `${letters}B`).values;
    const want = composed(alone, [scalarAt(at)], `${letters}B`).values;
    for (const [k, w] of want.entries())
      for (const lane of [1, 2]) expect(unsigned(got[k]?.[lane]), `lane ${lane}`).toBe(unsigned(w[lane]));
  });
});

describe("a loop whose argument or result is selected away", () => {
  const roots = iterated((a, x) => add(sqrt(a), mul(x, x)));
  const forms: readonly (readonly [string, Form])[] = [
    ["its result", ([x]) => [select(lt(x as Node, 1), full([], 2, "float64"), roots(x as Node))]],
    ["its argument", ([x]) => [roots(select(lt(x as Node, 1), full([], 0, "float64"), x as Node))]],
  ];
  test.each(forms)("%s", (_, form) => {
    for (const letters of ["F", "R", "FF", "FR", "RF", "RR"])
      for (const evaluator of [evaluateReference, evaluate])
        for (const y of composed(form, [scalarAt(0)], letters, evaluator).values)
          expect(Array.from(y), letters).toEqual(Array.from(y, () => 0));
  });
});
