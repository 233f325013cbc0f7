// How large the house may be: code lines of files and folders, lengths of functions, columns. Where a budget is not
// reached yet a table says what it is today, which is then the ceiling; what a table no longer needs must leave it.
import { describe, expect, test } from "vitest";
import { codeLines, functionLengths, functionsOf, sourcesOf, wideLines, wideLinesOf } from "./harness/budgets.ts";

const FILE = 400;
const FUNCTION = 60;
const COLUMNS = 120;

/** Tables of data: a case, a contract or a coefficient a line. */
const TABLES = [
  "assembly/lane/bessel-tables.ts",
  "test/harness/case-functions.ts",
  "test/harness/mask-cases.ts",
  "test/harness/special-contracts.ts",
  "test/harness/subjects.ts",
  "test/misuse/loops.test.ts",
];

/** Files of more than 400 code lines, with their ceilings. */
const LONG_FILES: Readonly<Record<string, number>> = {
  "test/api/branches.test.ts": 430,
  "test/api/custom.test.ts": 615,
  "test/api/matrix.test.ts": 455,
  "test/api/objective.test.ts": 475,
  "test/api/vector.test.ts": 465,
  "test/harness/checkGrads.ts": 420,
  "test/harness/graphs.ts": 480,
  "test/harness/random/generate.ts": 440,
  "test/harness/random/loops.ts": 470,
  "test/ops/matrix-functions.test.ts": 430,
  "test/opt/pairs.test.ts": 575,
  "test/scenarios.ts": 585,
};

/** Functions of more than 60 lines, with their ceilings: what kernels do in registers cannot be two functions. */
const LONG_FUNCTIONS: Readonly<Record<string, number>> = {
  "assembly/linalg/expm.ts exponential": 67,
  "assembly/linalg/gemv.ts gemv": 81,
  "assembly/linalg/gemv.ts gemv2": 65,
  "assembly/linalg/tile.ts tile2": 70,
  "assembly/window/conv.ts conv": 81,
  "bench/peers/jaxjs_objectives.mjs make": 65,
  // Texts that functions print, and lists of special values.
  "test/harness/checkGrads.ts checkSecondOrder": 61,
  "test/harness/contracts.ts specials": 101,
  "test/harness/elementary-contracts.ts specials": 84,
  "test/harness/pow-specials.ts powSpecials": 70,
};

const FOLDERS = ["src", "assembly", "test", "scripts", "bench"];
const files = FOLDERS.flatMap((f) => sourcesOf(f));
const total = (list: readonly string[]): number => list.reduce((n, f) => n + codeLines(f), 0);

/** Passes and forms without which every program is right, and what these alone use. */
const FORMS = [
  ...["calls", "constants", "contents", "fold-once", "indices", "pair-sums", "small-batches", "thin", "unroll"].map(
    (f) => `src/opt/graph/${f}.ts`,
  ),
  ...["chunks", "exchange", "join", "mirror", "pack", "pairs", "rows", "stream", "sweep"].map(
    (f) => `src/opt/steps/${f}.ts`,
  ),
  ...["pack", "pairs", "relaxed", "straight", "stream", "sweep"].map((f) => `src/emit/${f}.ts`),
];
/** Loops and choices, which only programs with them have. */
const CONTROL = [
  ...["apart", "control", "groups", "joined", "loops", "small"].map((f) => `src/opt/graph/${f}.ts`),
  ...["control", "in-place"].map((f) => `src/opt/steps/${f}.ts`),
  ...sourcesOf("src/opt/small"),
  ...["arrays", "control", "loops", "sequential"].map((f) => `src/emit/${f}.ts`),
];
const DERIVATIVES_OF_CONTROL = ["choice", "loop", "loop-batch", "loop-transpose", "sums"].map((f) => `src/ad/${f}.ts`);
const compiler = [...sourcesOf("src/opt"), ...sourcesOf("src/emit")].filter(
  (f) => !FORMS.includes(f) && !CONTROL.includes(f),
);

describe("folders", () => {
  /** Code lines: what is wanted, and the ceiling until then. */
  test.each([
    ["from graph to bytes, special forms apart", compiler, 3300, 4200],
    ["loops and choices, from graph to bytes", CONTROL, 1600, 1720],
    ["primitives", sourcesOf("src/primitives"), 2000, 5700],
    ["derivatives", sourcesOf("src/ad").filter((f) => !DERIVATIVES_OF_CONTROL.includes(f)), 400, 400],
    ["derivatives of loops and choices", DERIVATIVES_OF_CONTROL, 500, 500],
  ])("%s", (_, list, wanted, ceiling) => {
    expect(total(list)).toBeLessThanOrEqual(ceiling);
    if (ceiling > wanted) expect(total(list), "lower the ceiling to what is wanted").toBeGreaterThan(wanted);
  });
  test("a special form is a file of at most 150 code lines in each folder", () => {
    const ceilings: Readonly<Record<string, number>> = { "src/opt/steps/sweep.ts": 160 };
    expect(FORMS.filter((f) => !files.includes(f))).toEqual([]);
    const long = FORMS.filter((f) => codeLines(f) > 150);
    expect(long.filter((f) => codeLines(f) > (ceilings[f] ?? 150))).toEqual([]);
    expect(Object.keys(ceilings).filter((f) => !long.includes(f))).toEqual([]);
  });
});

describe("files and functions", () => {
  test(`a file has at most ${FILE} code lines`, () => {
    const long = files.filter((f) => !TABLES.includes(f) && codeLines(f) > FILE);
    expect(long.filter((f) => codeLines(f) > (LONG_FILES[f] ?? FILE))).toEqual([]);
    expect(Object.keys(LONG_FILES).filter((f) => !long.includes(f))).toEqual([]);
  });
  test(`a function has at most ${FUNCTION}`, () => {
    const long = new Map<string, number>();
    for (const file of files) {
      if (TABLES.includes(file)) continue;
      for (const { name, lines } of functionsOf(file)) if (lines > FUNCTION) long.set(`${file} ${name}`, lines);
    }
    expect([...long].filter(([name, lines]) => lines > (LONG_FUNCTIONS[name] ?? FUNCTION))).toEqual([]);
    expect(Object.keys(LONG_FUNCTIONS).filter((name) => !long.has(name))).toEqual([]);
  });
  test("functions inside one are counted apart, comments and empty lines not at all, lists of tests no functions", () => {
    const source = `
      // three lines, of which two are those of the other one
      function outer() { // 1
        /* no
           code */
        const inner = () => {

          return 1;
        };
        return inner; // 2
      } // 3
      describe("list", () => {
        test("one", () => {
          expect(\`a

          b\`);
        });
      });`;
    expect(functionLengths(source)).toEqual([
      { name: "inner", lines: 3 },
      { name: "outer", lines: 3 },
      { name: "line 13", lines: 3 },
    ]);
  });
});

describe("columns", () => {
  test.each(FOLDERS)(`%s has no line above ${COLUMNS}, long strings outside of the source apart`, (folder) => {
    const unbroken = folder !== "src" && folder !== "assembly";
    const wide = sourcesOf(folder)
      .filter((f) => !TABLES.includes(f))
      .flatMap((f) => wideLinesOf(f, COLUMNS, unbroken).map((line) => `${f}:${line}`));
    expect(wide).toEqual([]);
  });
  test("Python has no more of them than today", () => {
    const python = FOLDERS.flatMap((f) => sourcesOf(f, /\.py$/));
    expect(python.reduce((n, f) => n + wideLinesOf(f, COLUMNS, false).length, 0)).toBeLessThanOrEqual(150);
  });
  test("a line counts without its strings, comments as they are", () => {
    const line = `f("${"x".repeat(80)}", 1);`;
    expect(wideLines(`${line}\n// ${"y".repeat(80)}\n${line}`, 60, true)).toEqual([2]);
    expect(wideLines(`${line}\n${"g(1); ".repeat(12)}`, 60, false)).toEqual([1, 2]);
  });
});
