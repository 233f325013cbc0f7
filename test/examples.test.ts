// The examples do what they say. They run as a user runs them, on the built package.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

function run(script: string, ...args: string[]): { status: number | null; text: string; errors: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { cwd: root, encoding: "utf8" });
  return { status, text: stdout, errors: stderr };
}

/** The number after `label` in `text`. */
function numberAfter(text: string, label: string): number {
  const at = text.indexOf(label);
  expect(at, `"${label}" in:\n${text}`).toBeGreaterThanOrEqual(0);
  return Number.parseFloat(text.slice(at + label.length));
}

describe("examples/logistic-regression", () => {
  const { status, text, errors } = run("examples/logistic-regression.mjs");
  const reference = JSON.parse(
    readFileSync(new URL("../examples/data/breast-cancer.reference.json", import.meta.url), "utf8"),
  );

  test("reaches the optimum known from 60-digit arithmetic, and says so", () => {
    expect(errors).toBe("");
    expect(status).toBe(0);
    expect(Math.abs(numberAfter(text, "reached: f = ") - reference.fStar)).toBeLessThanOrEqual(1e-12);
    expect(text).toContain("reached: accuracy 0.9877 (562 of 569)");
    expect(text).not.toContain("NOT REACHED");
  });

  test("prints one line per iteration, with f falling from ln 2 and few iterations", () => {
    const rows = [...text.matchAll(/^ +(\d+) +(0\.\d{16}) +(\d\.\d\de[+-]\d+) +(\d+) +[\d.]+ +[█░]{20}/gm)];
    const values = rows.map((row) => Number(row[2]));
    expect(rows.map((row) => Number(row[1]))).toEqual(rows.map((_, k) => k));
    expect(values[0]).toBeCloseTo(Math.LN2, 14);
    expect(Number(rows.at(-1)?.[3])).toBeLessThanOrEqual(1e-12);
    expect(rows.length).toBeLessThanOrEqual(20);
    values.forEach((value, k) => {
      if (k > 0) expect(value).toBeLessThanOrEqual(values[k - 1]! + 1e-15);
    });
  });

  test("exact products are exact, differences are not", () => {
    const error = (name: string): number => Number(new RegExp(`${name}.* ([\\d.e+-]+)$`, "m").exec(text)?.[1]);
    expect(error("at a linearized point")).toBeLessThan(1e-14);
    expect(error("at a fresh point")).toBeLessThan(1e-14);
    expect(error("dense Hessian")).toBeLessThan(1e-14);
    expect(error("central difference")).toBeGreaterThan(1e-13);
    expect(error("central difference")).toBeLessThan(1e-6);
  });
});

test("examples/rosenbrock finds the minimum in 2 and in 1000 variables", () => {
  const { status, text, errors } = run("examples/rosenbrock.mjs");
  expect(errors).toBe("");
  expect(status).toBe(0);
  for (const n of [2, 1000]) {
    expect(text).toContain(`n = ${n}: converged`);
    expect(numberAfter(text.slice(text.indexOf(`n = ${n}: converged`)), "max |x - 1| = ")).toBeLessThan(1e-7);
  }
});

test("examples/compositions prints the same product four times", () => {
  const { status, text, errors } = run("examples/compositions.mjs");
  expect(errors).toBe("");
  expect(status).toBe(0);
  expect(text.match(/\[ -0, -8\.414709848078965 \]/g)).toHaveLength(4);
  const jvp = numberAfter(text, "jvp(f, [x], [v])[1]");
  expect(jvp).toBeCloseTo(10 + 10 * Math.cos(1), 13);
  expect(numberAfter(text, "vdot(grad(f)(x), v)")).toBeCloseTo(jvp, 13);
});

test("the benchmark's results agree with the hand-written ones and with other systems", { timeout: 120_000 }, () => {
  // All twelve workloads but those that take seconds: the longest vectors, and 200 unrolled steps of an integrator.
  const names = "rosen2 rosen-10000 sinsum-100 logreg mlp gmm ba lj-64 helical biggs wood bratu-100 minsurf-100".split(
    " ",
  );
  const { status, text, errors } = run("bench/index.mjs", "--check", ...names);
  expect(errors).toBe("");
  expect(status).toBe(0);
  expect(text.match(/results of hvp.* are right/g)).toHaveLength(15);
});

test("the benchmark of functions has the library, formulas with Math and NativeMath agree", {
  timeout: 120_000,
}, () => {
  const { status, text, errors } = run("bench/functions.mjs", "--check");
  expect(errors).toBe("");
  expect(status).toBe(0);
  expect(text).toMatch(/^(5\d) functions are right, in float64 and float32$/m);
});
