// docs/operations.md lists every exported function, says what it means and what its options are, and is what the
// generator makes of the present sources.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as library from "../src/index.ts";
import { operations } from "./harness/exports.ts";
import { operationsPage, wrapped } from "./harness/operations-page.ts";
import { anatomy } from "./harness/operations-samples.ts";
import { SUBJECTS } from "./harness/operations-subjects.ts";
import { usersOf } from "./harness/uses.ts";

const committed = readFileSync(new URL("../docs/operations.md", import.meta.url), "utf8");
const all = operations();
/** The entry of an operation, as one line. */
const entryOf = (name: string): string => {
  const [entry = ""] = new RegExp(`^- \\*\\*\`${name}\\([\\s\\S]*?(?=^- |^$)`, "m").exec(committed) ?? [];
  return entry.replace(/\s+/g, " ");
};

test("every exported function stands under one subject", () => {
  const functions = Object.entries(library)
    .filter(([name, value]) => typeof value === "function" && /^[a-z]/.test(name))
    .map(([name]) => name);
  expect(all.map((o) => o.name).sort()).toEqual(functions.sort());
  expect([...SUBJECTS.values()].flat().sort()).toEqual(functions);
  for (const name of functions) expect(entryOf(name), "run `npm run docs:operations`").not.toBe("");
});
test("every exported function has a doc comment, and a test that uses it", () => {
  expect(all.filter((o) => o.meaning === "").map((o) => o.name)).toEqual([]);
  expect(all.filter((o) => usersOf(o.name).length === 0).map((o) => o.name)).toEqual([]);
});
test("the file is up to date: run `npm run docs:operations` if it is not", () => {
  expect(committed).toBe(operationsPage(all));
});
test("every option is one that the operation takes, and its comment says what holds where it is left out", () => {
  const common = ["axis", "keepdims", "dtype", "hasAux"];
  for (const { name, options, meaning } of all) {
    const taken = anatomy(name)?.options ?? "";
    if (taken !== "") expect(options.map((o) => o.name).sort(), name).toEqual(taken.split(", ").sort());
    for (const o of options) {
      if (o.name === "axis") expect(meaning, name).toMatch(/axis|matrix|diagonal/);
      if (!common.includes(o.name)) expect(o.meaning, `${name}, ${o.name}`).toMatch(/unless given|default/i);
    }
  }
});
test("parameters have the names that the meaning uses, and options, results and rests are shown", () => {
  expect(entryOf("pow")).toContain("`pow(x, p)`** `xᵖ`");
  expect(entryOf("std")).toMatch(/`std\(x, { axis, keepdims, ddof }\)`.*`ddof: number` .*0 unless given/);
  expect(entryOf("objective")).toContain("`objective(f, x0, ...data, { relaxed })`");
  expect(entryOf("vjp")).toContain("`vjp(f, ...primals, { hasAux })`");
  expect(entryOf("svd")).toContain("results `u`, `s`, `vt`");
  expect(entryOf("topK")).toContain("results `values`, `indices`");
});
test("operations that take indices beside floats are listed with their derivative and as taking floats", () => {
  for (const name of ["scatterAdd", "scatterSet", "takeAlongAxis", "dynamicUpdateSlice", "take"]) {
    expect(entryOf(name), name).toMatch(/; (any|numbers)/);
    expect(entryOf(name), name).not.toContain("no derivative");
  }
  expect(entryOf("lu")).toContain("; floats;");
  expect(entryOf("argsort")).toContain("any → int32; no derivative");
});
test("lines have at most 120 columns, and none begins with what Markdown takes for an item", () => {
  expect(committed.split("\n").filter((line) => line.length > 120)).toEqual([]);
  expect(wrapped("-", `${"x ".repeat(57)}n - \`a b\` c`, "  ")).toEqual([`- ${"x ".repeat(57)}n -`, "  `a b` c"]);
});
