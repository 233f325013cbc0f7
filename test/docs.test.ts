// Each JavaScript block of the pages for users runs as it is written, on the built package, and prints what its
// comments say.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (file: string): string => readFileSync(path.join(root, file), "utf8");
const blocks = (page: string, language: string): string[] =>
  [...read(page).matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map((m) => m[1] as string);

/**
 * What a block says that it prints: the comments after `console.log(…);`, "a, then b" on a line that a loop repeats.
 */
const promised = (block: string): string[] =>
  [...block.matchAll(/console\.log\(.*\); *\/\/ *(.*)$/gm)].flatMap((m) => (m[1] as string).split(", then "));

describe.each(["README.md", "docs/guide.md", "docs/optimize.md", "docs/performance.md"])("%s", (page) => {
  const code = blocks(page, "js");
  test.each(code.map((block, i) => [i + 1, block] as const))("block %i runs and prints what it says", (_, block) => {
    expect(block.match(/console\.log/g)?.length ?? 0).toBeGreaterThan(0);
    expect(block.match(/console\.log/g)).toHaveLength(block.match(/console\.log\(.*\); *\/\//g)?.length ?? 0);
    const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", block], {
      cwd: root,
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout.trimEnd().split("\n")).toEqual(promised(block));
  });

  test("every block is of a language that is tested here", () => {
    const fences = read(page).match(/^```\w+$/gm) ?? [];
    expect(fences.filter((fence) => !["```js", "```ts", "```sh"].includes(fence))).toEqual([]);
    expect(code.length).toBeGreaterThanOrEqual(3);
  });

  test("every npm script that it names exists", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const named = [...read(page).matchAll(/\bnpm run ([\w:-]+)/g)].map((m) => m[1] as string);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

test("README.md is a front page: at most 110 lines", () => {
  expect(read("README.md").trimEnd().split("\n").length).toBeLessThanOrEqual(110);
});

/** What the compiler says in strict mode of a file that imports the built package, and the file as JavaScript. */
function compiled(code: string): { messages: string[]; js: string } {
  const file = path.join(root, "block.mts").replaceAll("\\", "/");
  const { NodeNext } = ts.ModuleKind;
  const options = {
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    module: NodeNext,
    types: [],
  } satisfies ts.CompilerOptions;
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, ...more) =>
    name === file ? ts.createSourceFile(name, code, more[0]) : getSourceFile(name, ...more);
  const problems = ts.getPreEmitDiagnostics(
    ts.createProgram([file], { ...options, lib: ["lib.es2022.d.ts", "lib.dom.d.ts"] }, host),
  );
  const { outputText } = ts.transpileModule(code, { compilerOptions: { ...options, module: ts.ModuleKind.ESNext } });
  return { messages: problems.map((p) => ts.flattenDiagnosticMessageText(p.messageText, "\n")), js: outputText };
}

test("docs/guide.md's TypeScript compiles in strict mode, and prints what it says", { timeout: 60_000 }, () => {
  const [block, ...others] = blocks("docs/guide.md", "ts") as [string];
  expect(others).toEqual([]);
  const { messages, js } = compiled(block);
  expect(messages).toEqual([]);
  expect(compiled('import { sin } from "hvp"; const y: string = sin(2);').messages).toHaveLength(1);
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", js], {
    cwd: root,
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect(stdout.trimEnd().split("\n")).toEqual(promised(block));
});

test("docs/guide.md lists the methods of traced values, all of them", () => {
  const [, list] = /The methods are\n([\s\S]*?)\n\n[A-Z]/.exec(read("docs/guide.md")) ?? [];
  const listed = [...(list as string).matchAll(/`([\w. ]+)`/g)].flatMap((m) =>
    (m[1] as string).replace("x.", "").split(" "),
  );
  const [, text] = /const METHODS =([^;]*);/.exec(read("src/trace/tracer.ts")) ?? [];
  const names = [...(text as string).matchAll(/"([^"]*)"/g)].map((m) => m[1]).join("");
  expect(listed.sort()).toEqual(names.split(" ").sort());
});

/** The rows of a table by their first cell. */
const rowsOf = (text: string): Map<string, string[]> =>
  new Map(
    [...text.matchAll(/^\| (?!workload |-)([\w-]+) \| (.*) \|$/gm)].map((m) => [
      m[1] as string,
      (m[2] as string).split(" | "),
    ]),
  );
const results = read("bench/results.md");
const measured = rowsOf(results.split("## ")[1] as string);

test("docs/performance.md's factors against others are those of bench/results.md, for every workload", () => {
  const page = rowsOf(read("docs/performance.md"));
  expect(measured.size).toBe(25);
  for (const [workload, [, native, c]] of measured) {
    const row = page.get(workload) ?? [];
    expect([row.at(-3), row.at(-1)], workload).toEqual([native, c]);
  }
});

test("the versions of others in README.md and docs/performance.md are those of bench/results.md", () => {
  for (const page of ["README.md", "docs/performance.md"])
    for (const [, name, version] of read(page).matchAll(/\b(JAX|PyTorch|CasADi|jax-js|Clang) (\d+\.\d+\.\d+|14)/g)) {
      const key = { PyTorch: "torch", Clang: "Clang" }[name as string] ?? (name as string).toLowerCase();
      expect(results, `${page}: ${name}`).toContain(`${key} ${version}`);
    }
});

test("README.md's factors are those of bench/results.md", () => {
  const rows = measured;
  const shown: [label: string, workload: string][] = [
    ["chained Rosenbrock, n = 100 ", "rosen-100"],
    ["chained Rosenbrock, n = 10,000", "rosen-10000"],
    ["logistic regression, 2000 × 200", "logreg-2000x200"],
    ["neural network, the larger one", "mlp-large"],
    ["Gaussian mixture", "gmm"],
    ["Lennard-Jones, 512 atoms", "lj-512"],
  ];
  const near = (text: string | undefined, expected: number): boolean =>
    Math.abs(Number.parseFloat(text as string) / expected - 1) < 0.06;
  for (const [label, workload] of shown) {
    const line = read("README.md")
      .split("\n")
      .find((l) => l.startsWith(`| ${label}`));
    const [native, jaxjs, c] = line!.split(" | ").slice(1);
    const row = rows.get(workload) as string[];
    expect(near(native, Number.parseFloat(row[1] as string)), `${label}: ${native}, ${row[1]}`).toBe(true);
    const ratio = Number(row[9]) / Number(row[0]);
    expect(near(jaxjs, ratio), `${label}: ${jaxjs}, ${ratio}`).toBe(true);
    if (row[2] === "–") expect(c).toMatch(/^–/);
    else expect(near(c, Number(row[2])), `${label}: ${c}, ${row[2]}`).toBe(true);
  }
});
