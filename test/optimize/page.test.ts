// docs/optimize.md, the reference of the entry "hvp/optimize", names everything that the entry has, as TypeScript
// understands it: exports, methods, options, what results have, statuses.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { beforeAll, describe, expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const pathOf = (name: string): string => fileURLToPath(new URL(name, root));
const page = readFileSync(pathOf("docs/optimize.md"), "utf8");
/** What stands in backquotes. */
const code = [...page.matchAll(/`([^`\n]+)`/g)].map((m) => m[1] as string);
const words = new Set(code.flatMap((text) => text.match(/[\w-]+/g) ?? []));
const quoted = new Set(code.flatMap((text) => text.match(/"[\w-]+"/g) ?? []));

let checker: ts.TypeChecker;
let names: Map<string, ts.Symbol>;
beforeAll(() => {
  const { config } = ts.readConfigFile(pathOf("tsconfig.json"), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, pathOf(""));
  const entry = pathOf("src/optimize.ts");
  const program = ts.createProgram([entry], { ...options, noEmit: true });
  checker = program.getTypeChecker();
  const symbols = checker.getExportsOfModule(
    checker.getSymbolAtLocation(program.getSourceFile(entry) as ts.SourceFile) as ts.Symbol,
  );
  names = new Map(symbols.map((s) => [s.name, s.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(s) : s]));
});

/** Types that have no names of their own to tell: the page says what they are where they are taken. */
const SAID_OTHERWISE = ["Minimizable"];

describe("docs/optimize.md", () => {
  test("names every export", () => {
    expect(names.size).toBeGreaterThan(5);
    const missing = [...names.keys()].filter((name) => !words.has(name));
    expect(missing).toEqual(SAID_OTHERWISE);
  });

  test("names every option and everything that results have", () => {
    const members = [...names].flatMap(([name, symbol]) => {
      const isInterface = (symbol.flags & ts.SymbolFlags.Interface) !== 0;
      if (!isInterface) return [];
      return checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol)).map((p) => [name, p.name] as const);
    });
    expect(members).toContainEqual(["MinimizeOptions", "maxTrustRadius"]);
    expect(members.filter(([, member]) => !words.has(member))).toEqual([]);
  });

  test("names every method, every status, and every other word that options take", () => {
    const literals = (type: ts.Type): string[] =>
      (type.isUnion() ? type.types : [type]).flatMap((t) => (t.isStringLiteral() ? [`"${t.value}"`] : []));
    const taken = [...names].flatMap(([, symbol]) => {
      if (symbol.flags & ts.SymbolFlags.TypeAlias) return literals(checker.getDeclaredTypeOfSymbol(symbol));
      if (!(symbol.flags & ts.SymbolFlags.Interface)) return [];
      return checker
        .getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol))
        .flatMap((p) => literals(checker.getNonNullableType(checker.getTypeOfSymbol(p))));
    });
    expect(taken).toEqual(expect.arrayContaining(['"trust-ncg"', '"l-bfgs"', '"gtol"', '"aborted"']));
    expect(taken.filter((word) => !quoted.has(word))).toEqual([]);
  });

  test("has a row for each method, and no other", () => {
    const [, methods] = /^## Methods\n([\s\S]*?)^## /m.exec(page) as unknown as [string, string];
    const rows = [...methods.matchAll(/^\| `("[\w-]+")`/gm)].map((m) => m[1] as string);
    const type = checker.getDeclaredTypeOfSymbol(names.get("MethodName") as ts.Symbol) as ts.UnionType;
    expect(rows.sort()).toEqual(type.types.map((t) => `"${(t as ts.StringLiteralType).value}"`).sort());
  });

  test("has a row for each status, which says whether that is convergence", async () => {
    const { codeOf, reasonOf } = await import("../../src/optimize/status.ts");
    const rows = [...page.matchAll(/^\| `"(\w+)"` \| (true|false) \|/gm)].map((m) => [m[1] as string, m[2] === "true"]);
    const type = checker.getDeclaredTypeOfSymbol(names.get("Status") as ts.Symbol) as ts.UnionType;
    const all = type.types.map((t) => (t as ts.StringLiteralType).value as Parameters<typeof codeOf>[0]);
    expect(rows.sort()).toEqual(all.map((status) => [status, reasonOf(codeOf(status)).converged]).sort());
  });
});
