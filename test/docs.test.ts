// Each JavaScript block of the pages for users runs as it is written, on the built package, and prints what its comments say.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (file: string): string => readFileSync(path.join(root, file), "utf8");
const blocks = (page: string, language: string): string[] =>
  [...read(page).matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map((m) => m[1] as string);

/** What a block says that it prints: the comments after `console.log(…);`, "a, then b" on a line that a loop repeats. */
const promised = (block: string): string[] =>
  [...block.matchAll(/console\.log\(.*\); *\/\/ *(.*)$/gm)].flatMap((m) => (m[1] as string).split(", then "));

describe.each(["README.md", "docs/guide.md", "docs/performance.md"])("%s", (page) => {
  const code = blocks(page, "js");
  test.each(code.map((block, i) => [i + 1, block] as const))("block %i runs and prints what it says", (_, block) => {
    expect(block.match(/console\.log/g)?.length ?? 0).toBeGreaterThan(0);
    expect(block.match(/console\.log/g)).toHaveLength(block.match(/console\.log\(.*\); *\/\//g)?.length ?? 0);
    const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", block], { cwd: root, encoding: "utf8" });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout.trimEnd().split("\n")).toEqual(promised(block));
  });

  test("every block is of a language that is tested here", () => {
    const fences = read(page).match(/^```\w+$/gm) ?? [];
    expect(fences.filter((fence) => !["```js", "```sh"].includes(fence))).toEqual([]);
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

test("README.md's factors are those of bench/results.md", () => {
  const rows = new Map(
    [
      ...read("bench/results.md")
        .split("## ")[1]!
        .matchAll(/^\| ([\w-]+) \| (.*) \|$/gm),
    ].map((m) => [m[1], (m[2] as string).split(" | ")]),
  );
  const shown: [label: string, workload: string][] = [
    ["chained Rosenbrock, n = 100 ", "rosen-100"],
    ["chained Rosenbrock, n = 10,000", "rosen-10000"],
    ["logistic regression, 2000 × 200", "logreg-2000x200"],
    ["neural network, the larger one", "mlp-large"],
    ["Gaussian mixture", "gmm"],
    ["Lennard-Jones, 512 atoms", "lj-512"],
  ];
  const near = (text: string | undefined, expected: number): boolean => Math.abs(Number.parseFloat(text as string) / expected - 1) < 0.06;
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
