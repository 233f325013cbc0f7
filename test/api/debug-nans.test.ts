// debugNans in loops and branches: the operation that made the first NaN, in the iteration or branch where it ran.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import type { Any } from "../harness/misuse.ts";

const {
  add,
  checkpoint,
  cond,
  debugNans,
  foriLoop,
  grad,
  gt,
  jit,
  log,
  lt,
  mul,
  scan,
  sqrt,
  sub,
  switchCase,
  whileLoop,
} = library as Any;

beforeEach(() => debugNans(true));
afterEach(() => debugNans(false));

const message = (f: () => unknown): string => {
  try {
    f();
  } catch (e) {
    return (e as Error).message;
  }
  return "no error";
};
const found = (what: string): string =>
  `debugNans: ${what}, from float64[] without any; guard the operation with where(…), or turn the check off with ` +
  "debugNans(false)";

describe("the iteration is named", () => {
  // 10, √9 = 3, √1, √-29.
  const body = (c: Any, x: Any) => [sqrt(sub(c, x)), c];
  const xs = [1, 2, 30, 4];
  const wanted = found("sqrt produced NaN in 1 of 1 elements in iteration 2 (from 0) of 4");
  test("of a scan, at once and compiled", () => {
    expect(message(() => scan(body, 10, xs))).toBe(wanted);
    expect(message(() => jit((c: Any, s: Any) => scan(body, c, s)[0])(10, xs))).toBe(wanted);
  });
  test("in the order in which they run", () => {
    expect(message(() => scan(body, 10, [...xs].reverse(), { reverse: true }))).toBe(wanted);
  });
  test("where the state is right and a slice of the result is not", () => {
    const f = (c: Any, x: Any) => [add(c, x), log(sub(c, 3))];
    expect(message(() => scan(f, 10, [-2, -3, -1, -2, 0]))).toBe(
      found("log produced NaN in 1 of 1 elements in iteration 4 (from 0) of 5"),
    );
  });
  test("of a loop with a condition", () => {
    const f = (x: Any) =>
      whileLoop(
        (c: Any) => lt(c, 100),
        (c: Any) => sqrt(sub(c, 3)),
        x,
      );
    expect(message(() => f(10))).toBe(found("sqrt produced NaN in 1 of 1 elements in iteration 1 (from 0) of 2"));
  });
  test("of a loop in a loop, the inner one first", () => {
    const f = (c: Any, x: Any) => [foriLoop(0, 3, (_: Any, v: Any) => log(v), c), x];
    // log log log 10 = -0.18.
    expect(message(() => scan(f, 10, xs))).toBe(
      found("log produced NaN in 1 of 1 elements in iteration 0 (from 0) of 3 in iteration 1 (from 0) of 4"),
    );
  });
  test("inside of a checkpoint", () => {
    const f = checkpoint((c: Any) => scan(body, c, xs)[0]);
    expect(message(() => f(10))).toBe(wanted);
  });
});

describe("the branch is named", () => {
  test("that ran, and only where it ran", () => {
    const f = jit((p: Any, x: Any) =>
      cond(
        p,
        (y: Any) => log(y),
        (y: Any) => mul(y, 2),
        x,
      ),
    );
    expect(message(() => f(true, -2))).toBe(found("log produced NaN in 1 of 1 elements in branch 1"));
    expect(f(false, -2)).toBe(-4);
    const g = jit((i: Any, x: Any) => switchCase(i, [(y: Any) => y, (y: Any) => sqrt(y)], x));
    expect(message(() => g(9, -2))).toBe(found("sqrt produced NaN in 1 of 1 elements in branch 1"));
  });
  test("in an iteration", () => {
    const body = (c: Any, x: Any) => [
      cond(
        gt(x, 0),
        () => sqrt(x),
        () => log(x),
      ),
      c,
    ];
    expect(message(() => scan(body, 1, [1, 2, -3]))).toBe(
      found("log produced NaN in 1 of 1 elements in branch 0 in iteration 2 (from 0) of 3"),
    );
  });
});

test("arguments that are NaN are arguments, and derivatives are searched too", () => {
  expect(message(() => foriLoop(0, 3, (_: Any, v: Any) => mul(v, 2), Number.NaN))).toContain(
    "argument 1 (float64[]) already contains NaN in 1 of 1 elements;",
  );
  const f = (x: Any) => foriLoop(0, 3, (_: Any, v: Any) => sqrt(sub(v, 1)), x);
  expect(message(() => grad(f)(3))).toContain("produced NaN in 1 of 1 elements in iteration 2 (from 0) of 3");
});
