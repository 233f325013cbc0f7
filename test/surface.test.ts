// Each fact has one home: the registry, the reference interpreter and the kernels agree on what exists (layers:
// layers.test.ts).
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { registry } from "../src/primitives/index.ts";
import { code, filesOf } from "./harness/imports.ts";
import { referenceNames } from "./harness/reference.ts";
import { subjects } from "./harness/subjects.ts";

const names = registry.map((p) => p.name);
const words = (list: string): string[] => list.split(" ");
const source = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

describe("the registry", () => {
  test("has no two primitives of one name", () => expect([...names].sort()).toEqual([...new Set(names)].sort()));
  test("is what the reference interpreter interprets", () =>
    expect([...referenceNames].sort()).toEqual([...names].sort()));
  test("is what the random subjects cover", () => expect(Object.keys(subjects).sort()).toEqual([...names].sort()));
  test("is complete: every record of src/primitives and src/ir is in it", () => {
    const declared = [...filesOf("src/primitives"), ...filesOf("src/ir")].flatMap((f) =>
      [...source(f).matchAll(/^(?:export )?const (\w+Prim)\b/gm)].map((m) => m[1]),
    );
    // A sum inside a mask is the same primitive without its rewriting.
    expect(declared.filter((name) => !name?.startsWith("raw")).length).toBe(registry.length);
  });
  test("differentiates with a rule or an expansion, never both", () => {
    for (const p of registry) expect(p.jvp !== undefined && p.expand !== undefined, p.name).toBe(false);
  });
});

describe("numbers", () => {
  /** The constants of a file whose value begins with a digit, by name. */
  const constants = (path: string): string[] =>
    [...code(path).matchAll(/^(?:export )?const ([A-Z][A-Z\d_]*)(?:: number)? = -?\d/gm)].map((m) => m[1] as string);
  /** What formats, engines and memory prescribe: numbers that nobody can choose. */
  const prescribed = words("WORK DATA POINT VECTORS BLOCK_COUNTER I32 F32 F64 V128 SYMBOLS SINGLE HEAP PAGE LIMIT");

  test("that are chosen have one home in the compiler, opt/cost.ts, with a unit and a measurement", () => {
    const compiler = ["opt", "emit", "run"].flatMap((folder) => filesOf(`src/${folder}`));
    const elsewhere = compiler.filter((f) => f !== "src/opt/cost.ts").flatMap(constants);
    expect(elsewhere.filter((name) => !prescribed.includes(name))).toEqual([]);
    expect(prescribed.filter((name) => !elsewhere.includes(name))).toEqual([]);
    const entries = source("src/opt/cost.ts").matchAll(/\/\*\*([^/]*(?:\/(?!\*)[^/]*)*?)\*\/\nexport const (\w+) =/g);
    const told = new Map([...entries].map(([, comment, name]) => [name as string, comment as string]));
    expect([...told.keys()]).toEqual(constants("src/opt/cost.ts"));
    const unit =
      /nanoseconds|elements|terms|bytes|partners|quotient|passes|steps|values|variables|iterations|loads|operations|programs|directions|nodes|matrices|extents/i;
    expect([...told].filter(([, comment]) => !unit.test(comment)).map(([name]) => name)).toEqual([]);
  });
  test("of two files have names of their own", () => {
    const all = filesOf("src")
      .filter((f) => !f.includes(".gen."))
      .flatMap(constants);
    expect(all.filter((name, i) => all.indexOf(name) !== i)).toEqual([]);
  });
});

// ---- layers ----

interface Import {
  readonly names: readonly string[];
  readonly from: string;
}
const importsOf = (path: string): Import[] =>
  [...code(path).matchAll(/^(?:import|export) (?:type )?(?:\* as \w+|\{([^}]*)\}) from "([^"]+)";/gm)].map((m) => ({
    names: (m[1] ?? "*")
      .split(",")
      .map(
        (n) =>
          n
            .trim()
            .replace(/^type /, "")
            .split(" as ")[0] as string,
      )
      .filter((n) => n !== ""),
    from: m[2] as string,
  }));

describe("what is generic", () => {
  // What differentiation and optimization may know of the primitives: leaves, sums of cotangents, and arithmetic on
  // them.
  const generic = [
    "asType",
    "parameter",
    "accumulate",
    "termsOf",
    "changedItself",
    "batched",
    "deriving",
    "add",
    "mul",
    "zeros",
    "full",
    "constValue",
    "isScalarConstant",
    "isStored",
    "isParameter",
    "isLiteral",
    "Data",
    "zerosLike",
    // Where a derivative can differ from zero, and where a step begins and ends.
    "supportOf",
    "within",
    "enter",
    "leave",
    // A difference as it is written: simplified, 0 - x would be -x, of another sign at 0.
    "subPrim",
    // Control flow, which is made of graphs alone; its batches put rows first, and choose by example.
    "Loop",
    "Choice",
    "ControlRules",
    "isLoop",
    "isChoice",
    "choicePrim",
    "Groups",
    "Carry",
    "Walked",
    "OpenLoop",
    "opened",
    "closed",
    "groupsOf",
    "depending",
    "settled",
    "settledFrom",
    "moved",
    "needing",
    "selected",
    "choiceOf",
    "select",
    "lt",
    "anyOver",
    "reduceMax",
    "minimum",
    "or",
    "transpose",
    "broadcast",
    "reduceSum",
  ];
  // Words of the lane and reduction vocabularies, and of steps, that are also names of primitives.
  const lanes = [
    "loop",
    "plus",
    "by",
    "per",
    "add",
    "sub",
    "mul",
    "div",
    "neg",
    "abs",
    "sqrt",
    "floor",
    "ceil",
    "trunc",
    "lt",
    "le",
    "gt",
    "ge",
    "eq",
    "ne",
    "and",
    "or",
    "not",
    "select",
    "convert",
    "max",
    "min",
    "iota",
    "gather",
  ];

  test.each([...filesOf("src/ad"), ...filesOf("src/opt/plan"), ...filesOf("src/opt/steps")])(
    "%s names no primitive",
    (path) => {
      for (const { names: imported, from } of importsOf(path)) {
        if (from.includes("/primitives/")) expect(imported.filter((n) => !generic.includes(n))).toEqual([]);
      }
      const quoted = [...code(path).matchAll(/"(\w+)"/g)].map((m) => m[1] as string);
      expect(quoted.filter((q) => names.includes(q) && !lanes.includes(q))).toEqual([]);
      // A primitive's name is for messages; nothing compares it.
      expect(code(path)).not.toMatch(/prim\.name\s*[=!]==/);
    },
  );
});
