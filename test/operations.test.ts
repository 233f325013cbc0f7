// docs/operations.md lists every exported function, says what it means, and is what the generator makes of the
// present sources.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as library from "../src/index.ts";
import { operations, operationsPage } from "./harness/operations.ts";

const committed = readFileSync(new URL("../docs/operations.md", import.meta.url), "utf8");
const all = operations();

test("every exported function is in docs/operations.md", () => {
  const functions = Object.entries(library)
    .filter(([name, value]) => typeof value === "function" && /^[a-z]/.test(name))
    .map(([name]) => name);
  expect(all.map((o) => o.name).sort()).toEqual(functions.sort());
  for (const name of functions) expect(committed, `run \`npm run docs:operations\``).toContain(`| \`${name}\` |`);
});
test("every exported function has a doc comment, and a test that uses it", () => {
  expect(all.filter((o) => o.meaning === "").map((o) => o.name)).toEqual([]);
  expect(all.filter((o) => o.tests.length === 0).map((o) => o.name)).toEqual([]);
});
test("the file is up to date: run `npm run docs:operations` if it is not", () => {
  expect(committed).toBe(operationsPage());
});
test("operations that take indices beside floats are listed with their derivative and as taking floats", () => {
  for (const name of ["scatterAdd", "scatterSet", "takeAlongAxis", "dynamicUpdateSlice", "take"]) {
    const row = committed.split("\n").find((line) => line.startsWith(`| \`${name}\` |`));
    expect(row, name).toContain("f64 f32");
    expect(row, name).not.toContain("no derivative");
  }
  const lu = committed.split("\n").find((line) => line.startsWith("| `lu` |"));
  expect(lu).toContain("| f64 f32 i32→f64 bool→f64 |");
});
