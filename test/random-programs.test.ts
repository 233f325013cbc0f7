// A slice of `npm run fuzz`: random programs of public operations against an oracle that knows nothing of the
// package. And tests of the tester: the faults that a generator must find are planted in a copy of the library, and
// found.
import { expect, test } from "vitest";
import * as hvp from "../src/index.ts";
import type { Arg } from "./harness/random/arrays.ts";
import { check, Oracle } from "./harness/random/check.ts";
import { generate, type Theme, themes } from "./harness/random/generate.ts";
import { fromJson, operations, type Program, toCode, toJson } from "./harness/random/program.ts";
import { rng } from "./harness/rng.ts";

/** Seeds from `first` on, until `count` programs; the first that is wrong, as code. */
function firstFailure(
  library: unknown,
  first: number,
  count: number,
  wanted: readonly Theme[],
  skip?: RegExp,
): string | undefined {
  for (let seed = first; seed < first + count; seed++) {
    const program = generate(seed, wanted);
    const failure = check(library, program, undefined, skip);
    if (failure) return `seed ${seed}, ${failure.form}: ${failure.message}\n${toCode(program, "hvp", "")}`;
  }
  return undefined;
}

test.each(themes)("random programs: %s", { timeout: 60_000 }, (theme) => {
  expect(firstFailure(hvp, 1, 40, [theme])).toBeUndefined();
});

test("the same seed draws the same program, and JSON keeps it", () => {
  for (let seed = 1; seed < 30; seed++) {
    const program = generate(seed);
    expect(generate(seed)).toEqual(program);
    expect(fromJson(toJson(program))).toEqual(program);
  }
});

test("every operation is drawn", () => {
  const seen = new Set<string>();
  for (let seed = 1; seed < 500; seed++)
    for (const theme of ["mixed", "loops"] as const) for (const { op } of generate(seed, [theme]).steps) seen.add(op);
  expect(operations.map((o) => o.name).filter((name) => !seen.has(name))).toEqual([]);
});

// ---- planted faults ----

const planted = (changes: object): unknown => ({ ...hvp, ...changes });

test("finds a zero of the wrong sign", { timeout: 60_000 }, () => {
  const sub = (a: hvp.TensorLike, b: hvp.TensorLike): unknown => (a === 0 ? hvp.neg(b) : hvp.sub(a, b));
  const neg = (a: hvp.TensorLike): unknown => hvp.sub(0, a);
  // Rare among draws: the first of them is far on.
  expect(firstFailure(planted({ sub, neg }), 400, 400, ["special"], /into|grad|hvp|over|jvp|at\./)).toMatch(
    /is -0, exactly 0|is 0, exactly -0|atan2/,
  );
});

test("finds a derivative that leaves the range on the way", { timeout: 60_000 }, () => {
  // 1/b² by way of 1/b⁴. Formed as (1/b)² it would be no fault any more: products move by the rates of their factors.
  const slope = (x: hvp.Tensor): hvp.Tensor => hvp.mul(hvp.square(hvp.square(hvp.reciprocal(x))), hvp.square(x));
  const reciprocal = hvp.customJvp(
    (x: hvp.Tensor) => hvp.reciprocal(x),
    ([x]: hvp.Tensor[], [d]: hvp.Tensor[]) =>
      [hvp.reciprocal(x!), hvp.neg(hvp.mul(slope(x!), d!))] as [hvp.Tensor, hvp.Tensor],
  );
  const failure = firstFailure(planted({ reciprocal }), 1, 600, ["range"], /value|eager|jit|into/);
  expect(failure).toContain("reciprocal");
});

test("finds products that are written before all directions are read", { timeout: 60_000 }, () => {
  const objective = (f: never, x: never): unknown => {
    const problem = hvp.objective(f, x) as { at(x: unknown): { hvp(v: unknown, out?: unknown): unknown } };
    const at = (y: unknown): unknown => {
      const point = problem.at(y);
      const hvps = (vs: unknown[], outs?: unknown[]): unknown[] => vs.map((v, i) => point.hvp(v, outs?.[i]));
      return { ...point, hvps, hvp: point.hvp };
    };
    return { ...problem, at };
  };
  expect(firstFailure(planted({ objective }), 1, 100, ["mixed"], /value|grad|at\.hvp$/)).toContain("exchanged");
});

// ---- what the oracle cannot say ----

/** A program of one input: `steps` of results number 1, 2, …, of which the last is summed. */
const summed = (
  seed: number,
  shape: readonly number[],
  data: readonly number[],
  steps: [string, ...Arg[]][],
): Program => ({
  seed,
  theme: "special",
  dtype: "float64",
  inputs: [{ shape, data }],
  directions: [data.map((_, i) => 1 - i / 4)],
  steps: [...steps, ["sum", { $: steps.length }] as const].map(([op, ...args], i) => ({ op, args, results: [i + 1] })),
  loss: steps.length + 1,
});
const zeros: Arg = { captured: [0, 0, 0], shape: [3], kind: "float" };
const [first, last]: Arg[] = [{ $: 0 }, { $: 1 }];

test.each<[string, [string, ...Arg[]][]]>([
  ["lstsq(A, A)", [["lstsq", first!, first!]]],
  ["solve(A, A)", [["solve", first!, first!]]],
  [
    "inv(A) · A",
    [
      ["inv", first!],
      ["matmul", last!, first!],
    ],
  ],
  [
    "A · pinv(A)",
    [
      ["pinv", first!],
      ["matmul", first!, last!],
    ],
  ],
])("zeros made of what rounding leaves of %s have no certain sign", (_, steps) => {
  const random = rng(3);
  for (let k = 0; k < 6; k++) {
    const matrix = Array.from({ length: 9 }, (_, i) => (i % 4 === 0 ? 6 : 0) + 2 * random() - 1);
    for (const made of [steps, [...steps, ["mul", { $: steps.length }, zeros] as [string, ...Arg[]]]]) {
      const program = summed(k, [3, 3], matrix, made);
      expect(check(hvp, program), toCode(program, "hvp", "")).toBeUndefined();
    }
    const whole = summed(k, [3, 3], matrix, [...steps, ["mul", { $: steps.length }, zeros]]);
    const oracle = new Oracle(whole);
    // Beside the diagonal rounding decides the sign, on it nothing does.
    const at = (i: number): number => oracle.run.values.get(steps.length + 1)!.data[i]!;
    expect([0, 1].map((i) => oracle.signed(at(i)))).toEqual([true, false]);
  }
});

test("derivatives of incomplete gamma functions are known up to the size of their terms, and no worse", () => {
  const points = [0.4, 0.7, 1, 1.4, 2];
  const shape = (a: number): Arg => ({ captured: points.map(() => a), shape: [5], kind: "float" });
  // The second derivative of log gammaincc(1, x) = -x is zero, that of gammainc(2, x) and gammaincc(2, x) at x = 1.
  for (const [a, op, f] of [
    [1, "logGammaincc", hvp.logGammaincc],
    [2, "gammainc", hvp.gammainc],
    [2, "gammaincc", hvp.gammaincc],
  ] as const) {
    const program = summed(1, [5], points, [[op, shape(a), first!]]);
    expect(check(hvp, program), op).toBeUndefined();
    const bent = (p: hvp.Tensor, x: hvp.Tensor): unknown =>
      hvp.add(f(p, x), hvp.mul(1e-6, hvp.square(hvp.sub(x, hvp.stopGradient(x)))));
    expect(check(planted({ [op]: bent }), program, "hvp (forward over reverse)")?.message, op).toMatch(/wanted/);
  }
});
