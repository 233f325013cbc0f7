// The package as it is published: what is in it, and that every way of importing it finds what it should.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
// @ts-expect-error: a script of the build, without declarations
import { privateNames } from "../scripts/private-names.mjs";
import { check } from "./harness/random/check.ts";
import { generate } from "./harness/random/generate.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
const functionsManifest = JSON.parse(readFileSync(path.join(root, "functions/package.json"), "utf8"));

/** A project that has the package installed. */
let project: string;
beforeAll(() => {
  project = mkdtempSync(path.join(tmpdir(), "hvp-package-"));
  mkdirSync(path.join(project, "node_modules"));
  symlinkSync(root, path.join(project, "node_modules/hvp"), "dir");
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

describe("what is published", () => {
  const npm = spawnSync("npm", ["pack", "--dry-run", "--ignore-scripts", "--json"], {
    cwd: root,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  const listed = JSON.parse(npm.stdout) as unknown;
  const [tarball] = (Array.isArray(listed) ? listed : Object.values(listed as object)) as {
    files: { path: string }[];
  }[];
  const files = new Set(tarball?.files.map((f) => f.path));
  const has = (file: string): boolean => files.has(path.normalize(file));

  test("has every file that package.json and functions/package.json name", () => {
    const { ".": whole, "./functions": functions } = manifest.exports;
    const named = [manifest.main, manifest.types, ...Object.values<string>(whole), ...Object.values<string>(functions)];
    const inFolder = [functionsManifest.main, functionsManifest.types].map((f) => path.join("functions", f));
    expect(inFolder).toEqual([functions.default, functions.types].map((f) => path.normalize(f)));
    expect([...named, ...inFolder].filter((f) => !has(f))).toEqual([]);
  });

  test("has the sources that its source maps mean, and no tests, benchmarks or kernels' sources", () => {
    const shared = readdirSync(path.join(root, "dist")).filter((f) => /^shared-\w+\.js$/.test(f));
    expect(shared).not.toEqual([]);
    const inChunks: number[] = [];
    for (const entry of ["index.js", "functions.js", "optimize.js", ...shared].map((f) => `dist/${f}`)) {
      expect(readFileSync(path.join(root, entry), "utf8")).toContain(
        `//# sourceMappingURL=${path.basename(entry)}.map`,
      );
      const { sources } = JSON.parse(readFileSync(path.join(root, `${entry}.map`), "utf8")) as { sources: string[] };
      if (entry.includes("shared")) inChunks.push(sources.length);
      expect(sources.filter((source) => !has(path.join("dist", source)))).toEqual([]);
    }
    // All but what is attached by some entries is one chunk.
    expect(Math.max(...inChunks)).toBeGreaterThan(250);
    expect([...files].filter((f) => /^(?:test|bench|assembly|scripts|build|node_modules)\//.test(f))).toEqual([]);
  });

  const pages = [
    "README.md",
    "CHANGELOG.md",
    "docs/guide.md",
    "docs/optimize.md",
    "docs/performance.md",
    "docs/operations.md",
    "docs/numerics.md",
  ];
  test.each(pages)("has what %s links to", (page) => {
    expect(has(page)).toBe(true);
    const text = readFileSync(path.join(root, page), "utf8");
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map((m) => m[1] as string)
      .filter((link) => !/^https?:/.test(link));
    if (!["docs/operations.md", "docs/numerics.md"].includes(page)) expect(links).not.toEqual([]);
    for (const link of links) {
      const [file, anchor] = link.split("#") as [string, string?];
      const target = file === "" ? page : path.join(path.dirname(page), file);
      expect(has(target) || [...files].some((f) => f.startsWith(`${target}/`)), `${page} links to ${link}`).toBe(true);
      if (anchor)
        expect(anchorsOf(readFileSync(path.join(root, target), "utf8")), `${page} links to ${link}`).toContain(anchor);
    }
  });
});

/** The anchors of the headings of a page, as GitHub and npm make them. */
const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map((m) =>
    (m[1] as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );

describe("resolution", () => {
  const { ModuleKind, ModuleResolutionKind: Kind } = ts;
  const modes: [string, ts.CompilerOptions][] = [
    ["node10", { moduleResolution: Kind.Node10, module: ModuleKind.CommonJS }],
    ["node16", { moduleResolution: Kind.Node16, module: ModuleKind.Node16 }],
    ["nodenext", { moduleResolution: Kind.NodeNext, module: ModuleKind.NodeNext }],
    ["bundler", { moduleResolution: Kind.Bundler, module: ModuleKind.ESNext }],
  ];
  test.each(modes)("TypeScript finds the declarations of all entries: %s", (_, options) => {
    const find = (name: string): string => {
      const { resolvedModule } = ts.resolveModuleName(
        name,
        path.join(project, "main.mts"),
        { ...options, preserveSymlinks: true },
        ts.sys,
      );
      return path.relative(path.join(project, "node_modules/hvp"), resolvedModule?.resolvedFileName ?? "nothing");
    };
    expect(find("hvp")).toBe(path.normalize("dist/index.d.ts"));
    expect(find("hvp/functions")).toBe(path.normalize("dist/functions.d.ts"));
    expect(find("hvp/optimize")).toBe(path.normalize("dist/optimize.d.ts"));
  });

  const example = "(x) => sum(sin(x)), [0, 1], [10, 10])";
  const run = (type: "module" | "commonjs", code: string): string =>
    execFileSync(process.execPath, [`--input-type=${type}`, "--no-warnings", "-e", code], {
      cwd: project,
      encoding: "utf8",
    }).trim();
  const entries = ["hvp", "hvp/functions"];
  test.each(entries)("import %s", (entry) => {
    expect(run("module", `import { hvp, sin, sum } from "${entry}"; console.log(...hvp(${example});`)).toBe(
      "-0 -8.414709848078965",
    );
  });
  test.each(entries)("require %s, which every Node of `engines` can", (entry) => {
    expect(manifest.engines.node).toBe("^20.19.0 || >=22.12.0"); // the first ones that require ES modules
    expect(run("commonjs", `const { hvp, sin, sum } = require("${entry}"); console.log(...hvp(${example});`)).toBe(
      "-0 -8.414709848078965",
    );
  });
});

test("the built package computes random programs, with its shortened names, and evicts compiled ones", {
  timeout: 60_000,
}, async () => {
  const built: unknown = await import(pathToFileURL(path.join(root, "dist/index.js")).href);
  const wrong = Array.from({ length: 150 }, (_, k) => check(built, generate(k + 1))?.message);
  expect(wrong.filter((message) => message !== undefined)).toEqual([]);
});

test("no name of the language or of its standard objects is shortened", () => {
  const shortened: string[] = privateNames(path.join(root, "src"));
  expect(shortened.length).toBeGreaterThan(100);
  const objects = [
    [].values(),
    new Map().entries(),
    new Set(),
    /./d,
    "",
    new Map(),
    Promise,
    Array,
    Reflect,
    Int32Array,
    WebAssembly,
  ];
  const names = new Set(["next", "done", "return", "throw", "value", "index", "groups", "indices"]);
  for (const object of objects)
    for (let o: object | null = Object(object); o !== null; o = Object.getPrototypeOf(o))
      for (const name of Object.getOwnPropertyNames(o)) names.add(name);
  expect(shortened.filter((name) => names.has(name))).toEqual([]);
});

test("with source maps, stack traces name the sources", () => {
  const code = 'import { sum } from "hvp"; try { sum([1], { axis: 5 }); } catch (e) { console.log(e.stack); }';
  const args = ["--enable-source-maps", "--input-type=module", "-e", code];
  const stack = execFileSync(process.execPath, args, { cwd: project, encoding: "utf8" });
  expect(stack).toMatch(/src[\\/]ops[\\/]\w+\.ts:\d+:\d+/);
});
