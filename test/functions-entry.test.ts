// The entry "hvp/functions": the package without methods of traced values, for small bundles.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { at, jit } from "../src/index.ts";
import type { Tensor } from "../src/trace/tracer.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const load = (entry: string) =>
  import(/* @vite-ignore */ path.join(root, entry)) as Promise<typeof import("../src/index.ts")>;
const functions = await load("dist/functions.js");
const whole = await load("dist/index.js");

const read = (file: string): string => readFileSync(path.join(root, file), "utf8");
/** Gzip size that `hvp, sum, sin` may add to a minified application. */
const BUDGET_KB = 44.8;
/** And what `whileLoop` may add: its derivatives to any order, its passes, its code. 8 are wanted. */
const LOOP_KB = 21;
/** And one method of `minimize`, beside these. 8 are wanted. */
const SOLVER_KB = 11.5;

test("exports what the package exports", () => {
  expect(Object.keys(functions)).toEqual(Object.keys(whole));
});

test("computes the same, to the bit", () => {
  const rosenbrock = ({ add, at, concat, mul, slice, square, sub, sum }: typeof whole) =>
    ((x: Tensor) => {
      const [a, b] = [slice(x, [0, -1]), slice(x, [1])];
      return add(sum(add(mul(100, square(sub(b, square(a)))), square(sub(1, a)))), mul(at(x, 0), sum(concat([x, x]))));
    }) as (x: unknown) => never;
  const x = Float64Array.from({ length: 33 }, (_, i) => Math.cos(i));
  const v = Float64Array.from({ length: 33 }, (_, i) => Math.sin(3 * i));
  expect(functions.hvp(rosenbrock(functions), x, v)).toEqual(whole.hvp(rosenbrock(whole), x, v));
  expect(functions.objective(rosenbrock(functions), x).at(x).hvp(v)).toEqual(
    whole.objective(rosenbrock(whole), x).at(x).hvp(v),
  );
  const f = (x: Tensor) => functions.sum(functions.sin(x));
  expect([...(functions.hvp(f as never, [0, 1], [10, 10]) as Float64Array)]).toEqual([-0, -8.414709848078965]);
});

describe("the entries share one tracer, so that their values mix", () => {
  const x = Float64Array.of(0.3, -1.2, 2);
  const expected = x.map((a) => Math.cos(a) * 2 * Math.sin(a)); // of Σ sin² x
  const near = (g: unknown): void => {
    for (const [i, e] of expected.entries()) expect((g as Float64Array)[i]).toBeCloseTo(e, 14);
  };
  const f = (of: typeof whole, other: typeof whole) => ((y: Tensor) => of.sum(of.square(other.sin(y)))) as never;
  test.each([
    ["hvp", whole, functions],
    ["hvp/functions", functions, whole],
  ])("a function traced by %s computes with operations of the other", (_, of, other) => {
    near(of.grad(f(other, of))(x));
    near(of.grad(f(of, other))(x));
    near(of.objective(f(other, of), x).grad(x));
  });
  test("transforms nest, and rules of one hold in the other", () => {
    const inner = (y: Tensor) => functions.sum(whole.grad(f(whole, functions))(y as never));
    const product = whole.hvp(f(whole, whole), x, [1, 1, 1]);
    expect(functions.grad(inner as never)(x)).toEqual(product);
    const rule = ([y]: Tensor[], [d]: Tensor[]) => [functions.mul(y as Tensor, 2), functions.mul(d as Tensor, 20)];
    const twice = functions.customJvp((y: Tensor) => functions.mul(y, 2), rule as never);
    expect(whole.grad((y: Tensor) => whole.sum(twice(y)))(x)).toEqual(Float64Array.of(20, 20, 20));
  });
  test("an array of one is one of the other, and so is an error", () => {
    const matrix = functions.reshape([1, 2, 3, 4], [2, 2]);
    expect(matrix).toBeInstanceOf(whole.NdArray);
    expect(whole.sum(whole.matmul(matrix, whole.inv(matrix)) as never)).toBeCloseTo(2, 12);
    expect(() => functions.sum([1], { axis: 5 })).toThrow(whole.HvpError);
  });
});

const typed = (source: string): string[] => {
  const file = path.join(root, "test/typed-use.ts");
  const options: ts.CompilerOptions = {
    noEmit: true,
    types: [],
    lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
    strict: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, target) =>
    name === file
      ? ts.createSourceFile(name, source, target as ts.ScriptTarget)
      : getSourceFile.call(host, name, target);
  const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram([file], options, host));
  return diagnostics.map((d) => ts.flattenDiagnosticMessageText(d.messageText, "\n"));
};

describe("methods", () => {
  const [, list] = /const METHODS =([^;]*);/.exec(read("src/trace/tracer.ts")) ?? [];
  const names = [...(list as string).matchAll(/"([^"]*)"/g)].flatMap((m) => (m[1] as string).trim().split(" "));

  test("are those that the entry hvp attaches", () => {
    for (const name of names)
      expect(() => jit((x: Tensor) => at((x as never)[name] && x, 0))([1, 2]), name).not.toThrow();
    const [, table] = /interface Methods \{([\s\S]*?)^\}/m.exec(read("src/ops/methods.ts")) ?? [];
    const declared = [...(table as string).matchAll(/^ {2}(?:readonly )?(\w+)[(:]/gm)].map((m) => m[1]);
    expect(declared.sort()).toEqual([...names].sort());
  });

  test("without them, each says what to write, and iteration too; the entry hvp attaches them afterwards", () => {
    const code = `
      import * as functions from "./dist/functions.js";
      import * as whole from "./dist/index.js";
      const said = (f) => {
        try { return String(functions.grad(f)([1, 2])); }
        catch (e) { return e instanceof functions.HvpError ? e.message : "no HvpError: " + e; }
      };
      const out = ${JSON.stringify(names)}.map((name) => said((x) => x[name]?.()));
      out.push(said(([a]) => a));
      whole.grad((x) => x.sin().sum())([1, 2]);
      out.push(said((x) => x.T.mul(x).sum()));
      console.log(JSON.stringify(out));`;
    const run = execFileSync(process.execPath, ["--input-type=module", "-e", code], { cwd: root, encoding: "utf8" });
    const said = JSON.parse(run) as string[];
    for (const [i, name] of names.entries())
      expect(said[i]).toContain(`x.${name}: traced values of "hvp/functions" have no methods; write `);
    expect(said.slice(names.length)).toEqual([
      expect.stringMatching(/cannot be iterated over; take elements with at\(x, i\)$/),
      "2,4",
    ]);
  });

  test("whatever takes a function that is traced attaches them", () => {
    const own = Object.keys(whole).filter((name) => whole[name as "grad"] !== functions[name as "grad"]);
    const source = read("src/functions.ts");
    const exported = (file: RegExp): string[] =>
      [...source.matchAll(/^export \{([^}]*)\} from "\.\/([^"]+)";/gm)]
        .filter(([, , from]) => file.test(from as string))
        .flatMap(([, list]) => (list as string).split(",").map((name) => name.trim()))
        .filter((name) => name !== "" && !name.startsWith("type "));
    const tracing = [...exported(/^api\//), "radial", "funmh", "spectralSum"].filter(
      (name) => !["debugNans", "vector", "sparseFactor"].includes(name),
    );
    expect(own.sort()).toEqual(tracing.sort());
  });

  test("are not in the types of hvp/functions, unless the program uses hvp too", () => {
    expect(
      typed(`
        import { type Tensor, hvp, sin, sum } from "../dist/functions.js";
        export const good = hvp((x: Tensor) => sum(sin(x)), [0, 1], [1, 1]);
        // @ts-expect-error
        export const bad = hvp((x: Tensor) => sum(x.sin()), [0, 1], [1, 1]);`),
    ).toEqual([]);
    expect(
      typed(`
        import { sin, type Tensor as Plain } from "../dist/functions.js";
        import { hvp, sum, type Tensor } from "../dist/index.js";
        export const mixed = hvp((x: Tensor) => sum(sin(x).mul(x)), [0, 1], [1, 1]);
        export const same = (x: Tensor): Plain => x;
        export const back = (x: Plain): Tensor => x;`),
    ).toEqual([]);
  }, 240_000);
});

/** Gzip kilobytes that a minified application gets for using `names`. */
const added = (names: string): Promise<number> =>
  bundled(`import { ${names} } from "hvp/functions"; globalThis.used = [${names}];`);

/** Gzip kilobytes of a minified application. */
async function bundled(contents: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    format: "esm",
    minify: true,
    write: false,
  });
  return gzipSync(outputFiles[0]?.contents as Uint8Array, { level: 9 }).length / 1024;
}

test(`hvp, sum and sin stay below ${BUDGET_KB} KB gzip in a bundle`, async () => {
  const { exports } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  expect(exports["./functions"].default).toBe("./dist/functions.js");
  expect(await added("hvp, sum, sin")).toBeLessThan(BUDGET_KB);
});

test(`loops whose length is not known add at most ${LOOP_KB} KB to it`, async () => {
  const more = (await added("hvp, sum, sin, whileLoop")) - (await added("hvp, sum, sin"));
  expect(more).toBeLessThanOrEqual(LOOP_KB);
  // Where a loop becomes smaller, so does what it may have.
  expect(more).toBeGreaterThan(LOOP_KB - 1);
});

test(`one method of minimize adds at most ${SOLVER_KB} KB to a bundle with loops and objectives`, async () => {
  const base = 'export { objective, sum, sin, whileLoop } from "hvp";';
  const more = await bundled(`${base} export { minimizeWith, trustNcg } from "hvp/optimize";`);
  expect(more - (await bundled(base))).toBeLessThanOrEqual(SOLVER_KB);
});
