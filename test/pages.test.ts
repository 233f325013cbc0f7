// The pages for contributors are true: files that they name exist, every folder of src/ is described, and the worked
// examples show lines that are in the repository.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");
const exists = (path: string): boolean => existsSync(new URL(path, root));
const PAGES = ["CONTRIBUTING.md", "docs/architecture.md", "docs/decisions.md"];

/** Paths in backquotes, with a file or a folder at the end; of patterns the part before them. */
const named = (text: string): string[] =>
  [...text.matchAll(/`((?:[\w-]+\/)+(?:[\w.-]+\.(?:ts|mjs|py|json))?)(?:\*\.ts)?`/g)].map((m) => m[1] as string);

test.each(PAGES)("%s names files that exist", (page) => {
  const made = /^(?:dist|build)\//;
  const paths = named(read(page)).filter((path) => !made.test(path));
  expect(paths.filter((path) => !["", "src/", "assembly/"].some((folder) => exists(folder + path)))).toEqual([]);
  expect(paths.length > 5 || page === "docs/decisions.md").toBe(true);
});

/** The comments of a source. */
const comments = (text: string): string =>
  [...text.matchAll(/\/\*[\s\S]*?\*\/|(?<![":])\/\/.*/g)].map(([comment]) => comment).join("\n");
/** Files with an ending, and the folders before them. */
const files = (text: string): string[] =>
  [...text.matchAll(/(?<![\w/.@:-])((?:[\w.-]+\/)*[\w-]+(?:\.[\w-]+)*\.(?:ts|mjs|py))\b/g)].map((m) => m[1] as string);
/** Files of other projects. */
const foreign = ["jax/_src/lax/convolution.py"];

test.each(["src", "assembly", "scripts"])("comments in %s name files that exist", (folder) => {
  const sources = (readdirSync(new URL(`${folder}/`, root), { recursive: true }) as string[])
    .map((f) => `${folder}/${f.replaceAll("\\", "/")}`)
    .filter((f) => /\.(ts|mjs)$/.test(f) && !f.includes(".gen."));
  const all = ["src", "assembly", "scripts", "test", "bench"].flatMap((f) =>
    (readdirSync(new URL(`${f}/`, root), { recursive: true }) as string[]).map(
      (g) => `/${f}/${g.replaceAll("\\", "/")}`,
    ),
  );
  const missing = sources.flatMap((source) =>
    files(comments(read(source)))
      .filter((f) => !/\.gen\.|\.d\.ts$|^(?:\.\/)?file\.ts$/.test(f) && !foreign.includes(f))
      .filter((f) => !exists(f) && !all.some((path) => path.endsWith(`/${f.replace(/^(\.\.?\/)+/, "")}`)))
      .map((f) => `${source}: ${f}`),
  );
  expect(missing).toEqual([]);
  expect(sources.length).toBeGreaterThan(5);
});

test("architecture.md describes every folder of src/", () => {
  const page = read("docs/architecture.md");
  const folders = readdirSync(new URL("src/", root), { withFileTypes: true }).flatMap((f) =>
    f.isDirectory() ? [f.name] : [],
  );
  const described = folders.filter((folder) => page.includes(`src/${folder}\``) || page.includes(`\`${folder}/`));
  expect(folders.filter((f) => !described.includes(f) && !["api", "kernels"].includes(f))).toEqual([]);
});

test("CONTRIBUTING.md's examples show lines of the files that they name", () => {
  const blocks = [...read("CONTRIBUTING.md").matchAll(/^```(?:ts|js)\n(\/\/ [\s\S]*?)^```$/gm)].map(
    (m) => m[1] as string,
  );
  const shown = blocks.flatMap((block) => {
    const lines = block.trimEnd().split("\n");
    let file = "";
    return lines.flatMap((line) => {
      const path = /^\/\/ (\S+\/\S+)$/.exec(line)?.[1];
      if (path) file = path;
      return path ? [] : [{ file, line }];
    });
  });
  expect(shown.length).toBeGreaterThan(15);
  expect(shown.filter(({ file, line }) => !read(file).split("\n").includes(line))).toEqual([]);
});
