// What src/functions.ts exports, as its text says it (fast) and as TypeScript understands it: parameters, options with
// their comments, names of several results.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = new URL("../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

/** The functions that src/functions.ts exports, in order (classes and types apart). */
export function exported(): { name: string; file: string }[] {
  return [...read("src/functions.ts").matchAll(/^export \{([^}]*)\} from "\.\/([^"]+)";/gm)].flatMap(
    ([, names, file]) =>
      (names as string)
        .split(",")
        .map((n) => n.trim())
        .filter((n) => /^[a-z]\w*$/.test(n) && !n.startsWith("type "))
        .map((name) => ({ name, file: file as string })),
  );
}

export interface Option {
  readonly name: string;
  readonly type: string;
  readonly meaning: string;
}
export interface Operation {
  readonly name: string;
  /** Parameters as they are written in a call, options in braces. */
  readonly parameters: readonly string[];
  readonly options: readonly Option[];
  /** Names of the results where there are several. */
  readonly results: readonly string[];
  /** First sentence of the doc comment. */
  readonly meaning: string;
  /** The `@shape` line. */
  readonly shape: string;
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();
const textOf = (parts: ts.SymbolDisplayPart[] | undefined): string =>
  oneLine(ts.displayPartsToString(parts).replace(/\{@link (?:\w+\.)?(\w+)\}/g, "`$1`"));
const firstSentence = (text: string): string =>
  (/^(.*?[.:;])(?: [A-Z`({]|$)/.exec(text)?.[1] ?? text).replace(/[.:;]$/, "");

/** Options that some overloads require, to be told apart by them. */
const TOLD_APART = new Set(["hasAux", "relaxed"]);

/** The types of which `type` is a union. */
const members = (type: ts.Type): ts.Type[] => (type.isUnion() ? type.types : [type]);

class Reader {
  readonly #checker: ts.TypeChecker;
  readonly #source: ts.SourceFile;

  constructor() {
    const entry = fileURLToPath(new URL("src/functions.ts", root));
    const { config } = ts.readConfigFile(fileURLToPath(new URL("tsconfig.json", root)), ts.sys.readFile);
    const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, fileURLToPath(root));
    const program = ts.createProgram([entry], { ...options, noEmit: true });
    this.#checker = program.getTypeChecker();
    this.#source = program.getSourceFile(entry) as ts.SourceFile;
  }

  operations(): Operation[] {
    const module = this.#checker.getSymbolAtLocation(this.#source) as ts.Symbol;
    const symbols = new Map(this.#checker.getExportsOfModule(module).map((s) => [s.name, s]));
    return exported().map(({ name }) => {
      const alias = symbols.get(name) as ts.Symbol;
      return this.#operation(name, this.#checker.getAliasedSymbol(alias));
    });
  }

  #operation(name: string, symbol: ts.Symbol): Operation {
    const signatures = this.#type(symbol).getCallSignatures();
    // The longest call has all parameters; of equally long ones the last is the most general.
    const call = signatures.reduce((a, b) => (this.#parameters(b).length >= this.#parameters(a).length ? b : a));
    const options = new Map<string, Option>();
    for (const s of signatures)
      for (const [, type] of this.#parameters(s))
        for (const option of this.#options(type)) options.set(option.name, option);
    const shape = textOf(symbol.getJsDocTags(this.#checker).find((t) => t.name === "shape")?.text);
    return {
      name,
      parameters: this.#written(call, shape, [...options.keys()]),
      options: [...options.values()],
      results: this.#results(call.getReturnType()),
      meaning: firstSentence(textOf(symbol.getDocumentationComment(this.#checker))),
      shape,
    };
  }

  #type(symbol: ts.Symbol): ts.Type {
    return this.#checker.getTypeOfSymbolAtLocation(symbol, this.#source);
  }

  /** The type of an option that is given. */
  #declared(option: ts.Symbol): ts.Type {
    const type = this.#checker.getNonNullableType(this.#type(option));
    return this.#checker.getBaseConstraintOfType(type) ?? type;
  }

  /** Names and types of the parameters of a call, those of a labelled rest one by one. */
  #parameters(signature: ts.Signature): (readonly [name: string, type: ts.Type])[] {
    return signature.parameters.flatMap((p) => {
      const type = this.#type(p);
      const declaration = p.valueDeclaration;
      const rest = declaration !== undefined && ts.isParameter(declaration) && declaration.dotDotDotToken !== undefined;
      if (!rest) return [[p.name, type] as const];
      const tuple = [type, ...(type.isIntersection() ? type.types : [])]
        .map((t) => this.#checker.getBaseConstraintOfType(t) ?? t)
        .find((t) => this.#checker.isTupleType(t));
      if (!tuple) return [[`...${p.name}`, type] as const];
      const { labeledElementDeclarations: labels = [], elementFlags } = (tuple as ts.TypeReference)
        .target as ts.TupleType;
      return this.#checker.getTypeArguments(tuple as ts.TypeReference).map((t, i) => {
        const many = ((elementFlags[i] as ts.ElementFlags) & ts.ElementFlags.Variable) !== 0;
        return [(many ? "..." : "") + (labels[i]?.name.getText() ?? p.name), t] as const;
      });
    });
  }

  #written(call: ts.Signature, shape: string, options: readonly string[]): string[] {
    const braces = options.length > 0 ? `{ ${options.join(", ")} }` : "";
    const names = this.#parameters(call).map(([name, type]) => (this.#options(type).length > 0 ? braces : name));
    // Types of families name operands a and b; the line of shapes has the names that the meaning uses.
    const own = /^(\w+), (\w+) →/.exec(shape);
    return own && names[0] === "a" && names[1] === "b"
      ? [own[1] as string, own[2] as string, ...names.slice(2)]
      : names;
  }

  /** The settings that an argument of `type` may hold: properties of its members whose properties are all optional. */
  #options(type: ts.Type): Option[] {
    const optional = (p: ts.Symbol): boolean => (p.flags & ts.SymbolFlags.Optional) !== 0;
    return members(type)
      .filter((t) => t.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection))
      .map((t) => this.#checker.getPropertiesOfType(t))
      .filter((properties) => properties.every(optional) || TOLD_APART.has(properties[0]?.name as string))
      .flat()
      .map((p) => ({
        name: p.name,
        type: this.#checker
          .typeToString(this.#declared(p), undefined, ts.TypeFormatFlags.NoTruncation)
          .replaceAll("readonly ", "")
          .replace(/^\{\}$/, "a tree"),
        meaning: textOf(p.getDocumentationComment(this.#checker)).replace(/\.$/, ""),
      }));
  }

  /** The keys of `Parts`, or the labels of a tuple. */
  #results(type: ts.Type): string[] {
    const part = members(type).find((t) => t.aliasSymbol?.name === "Parts");
    if (part) {
      const keys = members(part.aliasTypeArguments?.[0] as ts.Type);
      return keys.map((k) => (k as ts.StringLiteralType).value);
    }
    if (!this.#checker.isTupleType(type)) return [];
    const { labeledElementDeclarations: labels } = (type as ts.TypeReference).target as ts.TupleType;
    return (labels ?? []).flatMap((l) => (l ? [l.name.getText()] : []));
  }
}

/** Every exported function, in the order of src/functions.ts. */
export const operations = (): Operation[] => new Reader().operations();
