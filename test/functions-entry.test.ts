// The entry "hvp/functions": the package without methods of traced values, for small bundles.
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { makeGraph } from "../src/index.ts";
import { Tensor } from "../src/trace/tracer.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const load = (entry: string) =>
  import(/* @vite-ignore */ path.join(root, entry)) as Promise<typeof import("../src/index.ts")>;
const functions = await load("dist/functions.js");
const whole = await load("dist/index.js");

/** Gzip size that `hvp, sum, sin` may add to a minified application. */
const BUDGET_KB = 43.3;

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

test("the two entries do not mix, and say so", () => {
  const mixed = (x: Tensor) => functions.sum(whole.sin(x) as never);
  const cause = "the operand is an object of class Tensor of another copy of hvp";
  expect(() => whole.grad(mixed as never)([1, 2])).toThrow(cause);
  expect(() => functions.grad(mixed as never)([1, 2])).toThrow(cause);
});

describe("methods", () => {
  makeGraph((x) => x)(1); // the first traced value attaches them
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(Tensor.prototype)).filter(
    (name) => name !== "constructor",
  );
  test.each(names)("x.%s says what to write", (name) => {
    const use = (x: unknown) => (x as Record<string, () => unknown>)[name]?.();
    expect(() => functions.grad(use as never)([1, 2])).toThrow(
      `x.${name}: traced values of "hvp/functions" have no methods`,
    );
    expect(() => functions.grad(use as never)([1, 2])).toThrow(functions.HvpError);
  });
  test("iteration too", () => {
    expect(() => functions.grad((([a]: Iterable<Tensor>) => a) as never)([1, 2])).toThrow(
      /cannot be iterated over; take elements with at\(x, i\)/,
    );
  });
  test("are not in the types", () => {
    const file = path.join(root, "test/typed-use.ts");
    const source = `
      import { type Tensor, hvp, sin, sum } from "../dist/functions/index.js";
      export const good = hvp((x: Tensor) => sum(sin(x)), [0, 1], [1, 1]);
      // @ts-expect-error
      export const bad = hvp((x: Tensor) => sum(x.sin()), [0, 1], [1, 1]);
    `;
    const options: ts.CompilerOptions = {
      noEmit: true,
      skipLibCheck: true,
      types: [],
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
    expect(diagnostics.map((d) => ts.flattenDiagnosticMessageText(d.messageText, "\n"))).toEqual([]);
  }, 120_000);
});

test(`hvp, sum and sin stay below ${BUDGET_KB} KB gzip in a bundle`, async () => {
  const { exports } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  expect(exports["./functions"].default).toBe("./dist/functions.js");
  const { outputFiles } = await build({
    stdin: {
      contents: 'import { hvp, sum, sin } from "hvp/functions"; globalThis.used = [hvp, sum, sin];',
      resolveDir: root,
    },
    bundle: true,
    format: "esm",
    minify: true,
    write: false,
  });
  expect(gzipSync(outputFiles[0]?.contents as Uint8Array, { level: 9 }).length / 1024).toBeLessThan(BUDGET_KB);
});
