// Bodies of loops: numbers one by one, or loops over vectors (opt/steps/control.ts).
import { describe, expect, test } from "vitest";
import { add, concat, explain, foriLoop, grad, matmul, mul, sub, sum, type Tensor, tanh } from "../../src/index.ts";

/** Sizes of the nests of each loop's body that `explain` shows, of the loop's value and of its gradient. */
function nests(body: (x: Tensor) => Tensor, shape: readonly number[]): string[][] {
  const f = (x: Tensor): Tensor => sum(foriLoop(0, 1000, (_, y) => body(y), x));
  const size = shape.reduce((a, b) => a * b, 1);
  const x = { data: new Float64Array(size).fill(0.25), shape };
  return [f, grad(f)].map((g) => {
    const text = String(explain(g as never)(x as never));
    const [, last] = text.split("after blocks:\n") as [string, string];
    return [...new Set([...last.matchAll(/^ {2}nest (\[.*?\])/gm)].map((m) => m[1] as string))];
  });
}

describe("the body of a loop is", () => {
  const growth = (x: Tensor): Tensor => mul(mul(2.5, x), sub(1, x));
  test("straight-line code where its vectors are short", () => {
    expect(nests(growth, [12])).toEqual([["[]"], ["[]"]]);
    const turned = (x: Tensor): Tensor => add(mul(0.5, x), concat([x.slice([1, 12]), x.slice([0, 1])]));
    expect(nests(turned, [12])[0]).toEqual(["[]"]);
    expect(nests(tanh, [8])).toEqual([["[]"], ["[]"]]);
  });
  test("loops over vectors where they are longer, and where functions are dear", () => {
    expect(nests(growth, [13])).toEqual([["[13]"], ["[13]"]]);
    // The way back multiplies by slopes that are there: no function is dear in it.
    expect(nests(tanh, [9])).toEqual([["[9]"], ["[9]", "[]"]]);
  });
  test("straight-line code with small matrices, whose kernels it makes formulas", () => {
    const step = (x: Tensor): Tensor => sub(matmul(x, x), mul(0.5, x));
    expect(nests(step, [8, 8])[0]).toEqual(["[]"]);
    expect(nests(step, [4, 4])).toEqual([["[]"], ["[]"]]);
  });
});
