// Engines that lack something: the package works without it, or an HvpError says what is missing and what to do.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import vm from "node:vm";
import { type BuildOptions, build } from "esbuild";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const libraries = path.dirname(createRequire(import.meta.url).resolve("typescript"));

interface Failure {
  readonly name: string;
  readonly code: string;
  readonly message: string;
}
type Results = Record<string, unknown>;

/** What smoke.mjs prints in this Node with `flags`, after the globals and members in `missing` were deleted. */
function smoke(
  missing: readonly string[] = [],
  flags: readonly string[] = [],
  file = "test/programs/smoke.mjs",
): Results {
  const args = [...flags, file, ...(missing.length > 0 ? [`--missing=${missing.join()}`] : [])];
  return JSON.parse(
    execFileSync(process.execPath, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
  );
}

const RIGHT: Results = {
  hvp: [0, -8.414709848078965],
  "reverse over reverse": [0, -8.414709848078965],
  point: [0, -8.414709848078965],
  dispose: [],
  disposed: { name: "HvpError", code: "disposed", message: expect.stringContaining("used after dispose()") },
  relaxed: 5,
  // f = y₁² - y₀²·y₁ + 2·(y₂ - y₁²) + y₃ - y₂² + (the second largest) at (1, 2, 3, 4)
  shapes: [
    [-4, -2, 0, 0],
    [-2, -2, 0, 0],
    [0, 0, -2, 0],
    [0, 0, 0, 0],
  ],
  pairs: [-224, -56, 280], // 8·Σⱼ (yᵢ - yⱼ)³ at (1, 2, 4)
  products: [
    [19, 22],
    [43, 50],
  ],
  solutions: [0.5, 0.25],
  along: [[6]],
  batch: [0, 0, 0],
};

const globals = (): Record<string, unknown> =>
  Object.fromEntries(
    Object.getOwnPropertyNames(globalThis).map((name) => [name, (globalThis as Record<string, unknown>)[name]]),
  );

/** Members of globals and of their prototypes that TypeScript's libraries of the editions in `files` declare. */
function members(files: RegExp): Set<string> {
  const names = new Set<string>();
  for (const file of readdirSync(libraries).filter((f) => files.test(f))) {
    const text = readFileSync(path.join(libraries, file), "utf8");
    ts.forEachChild(ts.createSourceFile(file, text, ts.ScriptTarget.ES2022), (node) => {
      if (!ts.isInterfaceDeclaration(node)) return;
      const of = node.name.text;
      const written = of.endsWith("Constructor") ? of.slice(0, -"Constructor".length) : `${of}.prototype`;
      // which has the members of all of them
      const holder = written.replace(/^(?:Int|Uint|Float|Big)\w*Array\b/, "TypedArray");
      for (const member of node.members)
        if (member.name && ts.isIdentifier(member.name)) names.add(`${holder}.${member.name.text}`);
    });
  }
  return names;
}

/** Those of editions after ES2022 that this Node has. */
function newerNames(): string[] {
  const older = members(/^lib\.(es5|es20(1\d|2[0-2])(\.\w+)*)\.d\.ts$/);
  const newer = members(/^lib\.(es20(2[3-9]|[3-9]\d)|esnext)\.\w+(\.\w+)*\.d\.ts$/);
  const places = { ...globals(), TypedArray: Object.getPrototypeOf(Int8Array) };
  return [...newer].filter((name) => {
    if (older.has(name)) return false;
    const keys = name.split(".");
    const last = keys.pop() as string;
    const holder = keys.reduce(
      (object: unknown, key) => (object as Record<string, unknown> | undefined)?.[key],
      places,
    );
    return holder !== undefined && Object.getOwnPropertyDescriptor(holder, last)?.configurable === true;
  });
}

describe("old engines", () => {
  test("the built package needs no method of an edition after ES2022", () => {
    const newer = newerNames();
    for (const name of [
      "Array.prototype.with",
      "Array.prototype.toReversed",
      "Array.prototype.findLast",
      "TypedArray.prototype.toSorted",
    ])
      expect(newer).toContain(name);
    expect(smoke(newer)).toEqual(RIGHT);
  });

  test("the compiler refuses such methods in src/", () => {
    const { config } = ts.readConfigFile(path.join(root, "tsconfig.build.json"), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
    const file = path.join(root, "src/probe.ts");
    const host = ts.createCompilerHost(options);
    const { getSourceFile } = host;
    const source =
      "[1].with(0, 1); [1].at(0); new Set([1]).union(new Set()); [1].values().map(String); Object.groupBy([1], String);";
    host.getSourceFile = (name, target) =>
      name === file
        ? ts.createSourceFile(name, source, target as ts.ScriptTarget)
        : getSourceFile.call(host, name, target);
    const program = ts.createProgram([file], { ...options, noEmit: true, emitDeclarationOnly: false }, host);
    const refused = program
      .getSemanticDiagnostics(program.getSourceFile(file))
      .map((d) => source.slice(d.start, (d.start as number) + (d.length as number)));
    expect(refused).toEqual(["with", "union", "map", "groupBy"]);
  }, 120_000);

  test("without FinalizationRegistry, WeakRef, Symbol.dispose and TextEncoder all works, and no member is called undefined", async () => {
    const outfile = path.join(root, "build/programs/smoke-old.mjs");
    const define = Object.fromEntries(
      ["FinalizationRegistry", "WeakRef", "Symbol.dispose", "TextEncoder"].map((name) => [name, "undefined"]),
    );
    const entryPoints = [path.join(root, "test/programs/smoke.mjs")];
    await build({ entryPoints, outfile, define, bundle: true, format: "esm", platform: "node", logLevel: "error" });
    expect(readFileSync(outfile, "utf8")).not.toMatch(/new (?:FinalizationRegistry|TextEncoder)|Symbol\.dispose \?\?/);
    expect(smoke([], [], outfile)).toEqual(RIGHT);
  });
});

describe("no WebAssembly, or not all of it", () => {
  const failures = (results: Results): Failure[] =>
    ["hvp", "point", "relaxed", "solutions"].map((use) => results[use] as Failure);

  test.each([
    ["without WebAssembly", ["WebAssembly"], []],
    ["in node --jitless", [], ["--jitless"]],
  ])("%s", (_, missing, flags) => {
    for (const { name, code, message } of failures(smoke(missing, flags))) {
      expect([name, code]).toEqual(["HvpError", "engine"]);
      expect(message).toMatch(/no WebAssembly.*--jitless and lockdown modes/);
    }
  });

  test("without SIMD", async () => {
    const { result } = await inRealm("", (context) => vm.runInContext(REFUSE_SIMD, context));
    expect(result).toMatchObject({
      name: "HvpError",
      code: "engine",
      message: expect.stringMatching(/no WebAssembly SIMD.*Node ≥ 16\.9/),
    });
  });

  test("without memory", async () => {
    const { result } = await inRealm("", (context) =>
      vm.runInContext(
        'WebAssembly.Memory = function () { throw new RangeError("could not allocate memory"); };',
        context,
      ),
    );
    expect(result).toMatchObject({ name: "HvpError", code: "memory" });
    expect((result as Failure).message).toMatch(/could not allocate memory; .*--disable-wasm-trap-handler/);
  });

  test("with a smaller memory than 4 GB", async () => {
    const { result } = await inRealm("", (context) => vm.runInContext(REFUSE_LARGE_MEMORY, context));
    expect(result).toEqual([-0, -8.414709848078965]);
  });

  test("where compilation is forbidden, as by a Content-Security-Policy", async () => {
    const { result } = await inRealm("", undefined, { codeGeneration: { wasm: false } });
    expect(result).toMatchObject({
      name: "HvpError",
      code: "engine",
      message: expect.stringContaining("'wasm-unsafe-eval'"),
    });
  });

  test("in a page that compiles small modules only", async () => {
    const { result } = await inRealm("globalThis.document = {};", (context) =>
      vm.runInContext(REFUSE_LARGE_MODULES, context),
    );
    expect(result).toMatchObject({
      name: "HvpError",
      code: "engine",
      message: expect.stringMatching(/larger than 4KB.*in a Worker/),
    });
  });

  test("in a realm of nothing but the language it works", async () => {
    const { result, TextEncoder } = await inRealm("");
    expect(TextEncoder).toBeUndefined();
    expect(result).toEqual([-0, -8.414709848078965]);
  });
});

const REFUSE_SIMD = `
  const { Module, validate } = WebAssembly;
  const simd = (bytes) => bytes.includes(0xfd);
  WebAssembly.Module = function (bytes) { if (simd(bytes)) throw new WebAssembly.CompileError("invalid opcode 0xfd"); return new Module(bytes); };
  WebAssembly.validate = (bytes) => !simd(bytes) && validate(bytes);`;
const REFUSE_LARGE_MEMORY = `
  const { Memory } = WebAssembly;
  WebAssembly.Memory = function (m) { if (m.maximum > 16384) throw new RangeError("out of memory"); return new Memory(m); };`;
const REFUSE_LARGE_MODULES = `
  const { Module } = WebAssembly;
  WebAssembly.Module = function (bytes) {
    if (bytes.length > 64) throw new RangeError("disallowed on the main thread, if the buffer size is larger than 4KB");
    return new Module(bytes);
  };`;

/** The mission's example in a realm of its own, prepared by `before` and `prepare`: what it gives or throws. */
async function inRealm(
  before: string,
  prepare?: (context: vm.Context) => void,
  options: vm.CreateContextOptions = {},
): Promise<Results> {
  const contents = `
    import { hvp, sin, sum } from "hvp";
    try {
      globalThis.result = Array.from(hvp((x) => sum(sin(x)), [0, 1], [10, 10]));
    } catch ({ name, code, message }) {
      globalThis.result = { name, code, message };
    }`;
  const bundle: BuildOptions = { stdin: { contents, resolveDir: root }, bundle: true, format: "iife", write: false };
  const { outputFiles } = await build(bundle);
  const context = vm.createContext({}, options);
  vm.runInContext(before, context);
  prepare?.(context);
  vm.runInContext(outputFiles?.[0]?.text as string, context);
  const { result, TextEncoder } = context as Results;
  return { result: Array.isArray(result) ? [...result] : { ...(result as object) }, TextEncoder };
}
