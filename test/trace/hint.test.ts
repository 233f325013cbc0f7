// The hint at unrolled loops: once in a process, with the line of the traced function, and not where it is turned off.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import * as library from "../../src/index.ts";
import type { Any } from "../harness/misuse.ts";

const { add, foriLoop, loopHints, makeGraph, mul, sin, sum } = library as Any;

/** Iterations of three operations, in a loop of JavaScript. */
const unrolled = (x: Any, n: number): Any => {
  let y = x;
  for (let i = 0; i < n; i++) y = add(mul(sin(y), 0.5), i);
  return y;
};
const traced = (n: number): void => void makeGraph((x: Any) => unrolled(x, n))(1);

const warnings = vi.spyOn(console, "warn").mockImplementation(() => {});
beforeEach(() => {
  warnings.mockClear();
  loopHints(true);
});
afterEach(() => loopHints(false));

test("a loop that makes some 20,000 operations is named once", () => {
  traced(9_000);
  traced(9_000);
  expect(warnings).toHaveBeenCalledTimes(1);
  const [message] = warnings.mock.calls[0] as [string];
  expect(message).toMatch(/^hvp: more than 20,000 operations, .*hint\.test\.ts:\d+:\d+.*scan, foriLoop and whileLoop/);
});
test("smaller ones are not, nor loops that are compiled once", () => {
  traced(4_000);
  makeGraph((x: Any) => foriLoop(0, 100_000, (i: Any, y: Any) => add(mul(sin(y), 0.5), i), x))(1);
  sum(unrolled(new Float64Array(2), 100)); // each operation at once
  expect(warnings).not.toHaveBeenCalled();
});
test("derivatives of what is small are none of the user's operations", () => {
  // Some 9,000 operations; those of second derivatives are many times as many.
  makeGraph((x: Any) => library.hvp(((y: Any) => unrolled(y, 3_000)) as Any, x, x))(1);
  expect(warnings).not.toHaveBeenCalled();
});
test("it can be turned off", () => {
  loopHints(false);
  traced(12_000);
  expect(warnings).not.toHaveBeenCalled();
  expect(() => loopHints(true, 1)).toThrow("loopHints");
});
