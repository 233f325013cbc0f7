// The table of docs/operations.md, made from what is there: the exports of src/index.ts, their doc comments, the
// graphs that they build from sample arguments, and the tests that use them. `npm run docs:operations` writes it;
// test/operations.test.ts holds it.
import { readdirSync, readFileSync } from "node:fs";
import { pushforward } from "../../src/ad/jvp.ts";
import * as library from "../../src/index.ts";
import { type DType, isFloat, type Shape } from "../../src/ir/aval.ts";
import { inSession } from "../../src/ir/build.ts";
import type { Node } from "../../src/ir/graph.ts";
import { dependents, reachable } from "../../src/ir/walk.ts";
import { parameter } from "../../src/primitives/leaf.ts";
import { Tensor } from "../../src/trace/tracer.ts";

const root = new URL("../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

export interface Operation {
  readonly name: string;
  /** The source file, from src/. */
  readonly file: string;
  /** First sentence of the doc comment. */
  readonly meaning: string;
  /** The `@shape` line. */
  readonly shape: string;
  readonly tests: readonly string[];
}

/** The functions that src/index.ts exports, in order (classes and types apart). */
export function exported(): { name: string; file: string }[] {
  return [...read("src/index.ts").matchAll(/^export \{([^}]*)\} from "\.\/([^"]+)";/gm)].flatMap(([, names, file]) =>
    (names as string)
      .split(",")
      .map((n) => n.trim())
      .filter((n) => /^[a-z]\w*$/.test(n.split(" as ").at(-1) as string) && !n.startsWith("type "))
      .map((n) => ({ name: n.split(" as ").at(-1) as string, file: file as string })),
  );
}

/** The doc comment of `name` in `file`, as one line. */
function docOf(name: string, file: string): string {
  const text = read(`src/${file}`);
  const at = text.search(new RegExp(`^export (?:const|function) ${name}\\b`, "m"));
  if (at < 0) return "";
  const before = text.slice(0, at);
  const open = before.lastIndexOf("/**");
  if (open < 0 || before.slice(before.indexOf("*/", open) + 2).trim() !== "") return "";
  return before
    .slice(open + 3, before.lastIndexOf("*/"))
    .replace(/^\s*\* ?/gm, " ")
    .replace(/\s+/g, " ")
    .trim();
}

const firstSentence = (doc: string): string => {
  const text = doc.split(/ ?@(?:shape|throws|see|example)\b/)[0] as string;
  return (/^(.*?[.:;])(?: [A-Z`({]|$)/.exec(text)?.[1] ?? text)
    .replace(/\{@link (?:\w+\.)?(\w+)\}/g, "`$1`")
    .replace(/[.:;]$/, "")
    .trim();
};

const testFiles = (readdirSync(new URL("test/", root), { recursive: true }) as string[])
  .filter((f) => f.endsWith(".test.ts"))
  .sort();
interface Source {
  /** Names taken from the library one by one, what all of it is called, and the code that uses them. */
  readonly names: ReadonlySet<string>;
  readonly all: string | undefined;
  readonly code: string;
  /** Names in tables by which the code looks operations up. */
  readonly quoted: ReadonlySet<string>;
}
function sourceOf(path: string): Source {
  const text = read(path);
  const taken = [
    ...text.matchAll(/^import (?:type )?\{([^}]*)\} from "[./]+src\/index\.ts";/gm),
    ...text.matchAll(/^const \{([^}]*)\}(?:: \w+)? = (?:h|library|hvp)\b[^;]*;/gm),
  ];
  const all = /^import \* as (\w+) from "[./]+src\/index\.ts";/m.exec(text)?.[1];
  const names = new Set(
    taken.flatMap((m) => (m[1] as string).split(",").map((n) => n.trim().split(/ as |: /)[0] as string)),
  );
  let code = text;
  for (const m of taken) code = code.replace(m[0], "");
  code = code.replace(/\/\/.*$|\/\*[\s\S]*?\*\//gm, "");
  const looksUp = all !== undefined && new RegExp(`\\b(?:${all}|operations)(?: as [^;()]*\\))?\\[`).test(code);
  const quoted = new Set(looksUp ? [...code.matchAll(/"(\w+)"/g)].map((m) => m[1] as string) : []);
  // Operations that a table of values names, where the code goes through all of it.
  if (looksUp)
    for (const [, table] of text.matchAll(/"[./]+(fixtures\/[\w-]+\.json)"/g))
      for (const [, op] of read(`test/${table}`).matchAll(/"op": ?"(\w+)"/g)) quoted.add(op as string);
  return { names, all, code: code.replace(/"(?:[^"\\\n]|\\.)*"/g, '""'), quoted };
}
/**
 * Every test with the tables of test/harness that it imports. Quoted text is a use only where operations are looked
 * up by name.
 */
const sources = testFiles.map((file) => {
  const path = `test/${file}`;
  const tables = [...read(path).matchAll(/from "(\.{1,2}\/harness\/[\w-]+\.ts)";/g)].map(
    (m) => new URL(m[1] as string, new URL(path, root)).pathname.split("/test/").at(-1) as string,
  );
  return { file, parts: [path, ...tables.map((t) => `test/${t}`)].map(sourceOf) };
});
/** Tests of operations before those that merely use them. */
const rank = (file: string): number => (/^(ops\/|derivatives|kinks|masks|special|lin|api\/)/.test(file) ? 0 : 1);
const usersOf = (name: string): string[] =>
  sources
    .filter(({ parts }) =>
      parts.some(
        ({ names, all, code, quoted }) =>
          quoted.has(name) ||
          (names.has(name) && new RegExp(`(?<![.\\w])${name}\\b`).test(code)) ||
          (all !== undefined && new RegExp(`\\b${all}\\.${name}\\b`).test(code)),
      ),
    )
    .map(({ file }) => file)
    .sort((a, b) => rank(a) - rank(b));

export const operations = (): Operation[] =>
  exported().map(({ name, file }) => {
    const doc = docOf(name, file);
    return {
      name,
      file,
      meaning: firstSentence(doc),
      shape: /@shape (.*?)(?: @|$)/.exec(doc)?.[1] ?? "",
      tests: usersOf(name),
    };
  });

// ---- what an operation is made of: tried out on samples ----

/** An argument: the shape of a traced array, or `{ is }` an ordinary value. */
type Sample = Shape | { readonly is: unknown } | { readonly index: Shape } | { readonly list: readonly Shape[] };
const is = (value: unknown): Sample => ({ is: value });
/** Argument lists that fit most operations; the first that an operation takes is used. */
const samples: readonly (readonly Sample[])[] = [
  [[4]],
  [[4], [4]],
  [[4], [4], [4]],
  [[3, 3]],
  [
    [3, 3],
    [3, 3],
  ],
  [[3, 3], [3]],
  [{ list: [[4], [4]] }],
  [[4], { index: [2] }],
  [[4], is(2)],
  [[4], is([2, 2])],
  [[4], is("float32")],
  [[4], { index: [2] }, [2]],
  [[3, 3], is(0), is(1)],
  [[4], { index: [4] }, is(5)],
  [is(1), [4]],
  [
    [1, 2, 8],
    [3, 2, 3],
  ],
  [
    [1, 2, 8, 8],
    [3, 2, 3, 3],
  ],
  [[4], is(1), is([[0, 1]])],
  [is("ij,jk->ik"), [3, 3], [3, 3]],
];
/** Samples of operations that take none of these, or mean less with them. */
const own: Record<string, readonly Sample[]> = {
  slice: [[4], is([1])],
  funmh: [[3, 3], is(library.log)],
  powmh: [[3, 3], is(0.5)],
  spectralSum: [[3, 3], is(library.log)],
  radial: [is(library.exp), [4]],
  at: [[4], is(1)],
  take: [[4], { index: [2] }],
  pad: [[4], is(1)],
  roll: [[4], is(1)],
  clip: [[4], is(0.2), is(0.8)],
  reshape: [[4], is([2, 2])],
  broadcastTo: [[4], is([3, 4])],
  transpose: [[3, 3]],
  expandDims: [[4], is(0)],
  squeeze: [[1, 4]],
  flip: [[4]],
  polygamma: [is(1), [4]],
  matrixPower: [[3, 3], is(3)],
  maxPool: [[1, 2, 8], is(2)],
  avgPool: [[1, 2, 8], is(2)],
  compress: [[4], is([true, false, true, true])],
  dynamicSlice: [[4], is([1]), is([2])],
  dynamicUpdateSlice: [[4], [2], is([1])],
  takeAlongAxis: [[4], { index: [2] }],
  matmul: [
    [3, 3],
    [3, 3],
  ],
};

interface Trial {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
  readonly options: string;
}
const leavesIn = (value: unknown): Node[] =>
  value instanceof Tensor
    ? [value.node]
    : typeof value === "object" && value !== null && !ArrayBuffer.isView(value)
      ? Object.values(value).flatMap(leavesIn)
      : [];
/** The graph of `name` for `sample` in `dtype`; undefined where the operation does not take it. */
function attempt(name: string, sample: readonly Sample[], dtype: DType): Trial | undefined {
  const inputs: Node[] = [];
  const traced = (shape: Shape, type: DType): Tensor => {
    const x = parameter(shape, type);
    if (type === dtype) inputs.push(x);
    return new Tensor(x);
  };
  try {
    const f = (library as unknown as Record<string, (...args: unknown[]) => unknown>)[name] as (
      ...args: unknown[]
    ) => unknown;
    const args = sample.map((s) =>
      "is" in s
        ? s.is
        : "index" in s
          ? traced(s.index, "int32")
          : "list" in s
            ? s.list.map((l) => traced(l, dtype))
            : traced(s, dtype),
    );
    const outputs = leavesIn(f(...args));
    const takes = outputs.length > 0 && outputs.some((y) => dependents(reachable(outputs), inputs).has(y));
    return takes ? { inputs, outputs, options: optionsAfter(f, args) } : undefined;
  } catch {
    return undefined;
  }
}

/** The options that `f` takes after some of `args`, as its message about an unknown one tells. */
function optionsAfter(f: (...args: unknown[]) => unknown, args: readonly unknown[]): string {
  for (let n = args.length; n > 0; n--) {
    try {
      f(...args.slice(0, n), { unknown: 1 });
    } catch (e) {
      const known = /the options are (.*)$/.exec((e as Error).message)?.[1];
      if (known) return known;
    }
  }
  return "";
}

const DTYPES: readonly (readonly [DType, string])[] = [
  ["float64", "f64"],
  ["float32", "f32"],
  ["int32", "i32"],
  ["bool", "bool"],
];
/** Primitives that say nothing of an operation unless it is one of them. */
const PLUMBING = new Set(["parameter", "constant", "literal", "iota", "broadcast", "convert", "reshape"]);

interface Anatomy {
  readonly made: string;
  readonly rules: string;
  readonly types: string;
  readonly options: string;
}
function anatomy(name: string): Anatomy {
  return inSession(() => {
    const candidates = own[name] ? [own[name] as readonly Sample[]] : samples;
    const taken = (dtype: DType) => candidates.find((s) => attempt(name, s, dtype));
    // integers alone, as indices are, only where no sample of floats fits
    const sample = taken("float64") ?? taken("int32");
    if (!sample) return { made: "", rules: "", types: "", options: "" };
    const { inputs, outputs, options } = (attempt(name, sample, "float64") ?? attempt(name, sample, "int32")) as Trial;
    const nodes = reachable(outputs);
    const active = dependents(nodes, inputs);
    const used = [...new Set(nodes.filter((n) => active.has(n)).map((n) => n.prim))].filter(
      (p) => p.name !== "parameter",
    );
    const telling = used.filter((p) => !PLUMBING.has(p.name));
    const shown = telling.length > 0 ? telling : used;
    const only =
      shown.length === 1 &&
      outputs.length === 1 &&
      outputs[0]?.prim === shown[0] &&
      outputs[0]?.inputs.every((x) => !active.has(x) || inputs.includes(x));
    const moved =
      isFloat((inputs[0] as Node).dtype) && pushforward(outputs, inputs, inputs).some((d) => d !== undefined);
    const record = shown[0];
    const rules = !moved
      ? "no derivative"
      : only && record
        ? [record.jvp ? "jvp" : "", record.expand ? "expansion" : "", record.transpose ? "transpose" : "", "batch"]
            .filter((r) => r)
            .join(", ")
        : "of its parts";
    const names = shown.map((p) => `\`${p.name}\``);
    const made =
      shown.length === 0
        ? "the argument itself"
        : `${only ? "primitive " : ""}${names.slice(0, 6).join(" ")}${names.length > 6 ? " …" : ""}`;
    const types = DTYPES.flatMap(([dtype, short]) => {
      // of several results (lu's permutation comes first) a float tells the type
      const made = attempt(name, sample, dtype)?.outputs;
      const result = (made?.find((y) => isFloat(y.dtype)) ?? made?.[0])?.dtype;
      return result === undefined
        ? []
        : [result === dtype ? short : `${short}→${DTYPES.find(([d]) => d === result)?.[1]}`];
    });
    return { made, rules, types: types.join(" "), options };
  });
}

// ---- the page ----

const TITLES: Record<string, string> = {
  api: "Transforms",
  arithmetic: "Arithmetic",
  create: "Making arrays",
  elementary: "Elementary functions",
  special: "Special functions",
  logic: "Comparison, logic and selection",
  reduce: "Reductions",
  shape: "Shape",
  indexing: "Indexing",
  linalg: "Products",
};
const groupOf = (file: string): string =>
  file.startsWith("api/") ? "api" : (file.split("/").at(-1) as string).replace(".ts", "");
const titleOf = (group: string): string =>
  TITLES[group] ?? group.charAt(0).toUpperCase() + group.slice(1).replaceAll("-", " ");

const cell = (text: string): string => text.replaceAll("|", "\\|");
const testCell = (tests: readonly string[]): string =>
  tests.length === 0
    ? ""
    : tests
        .slice(0, 4)
        .map((t) => t.replace(".test.ts", ""))
        .join(", ") + (tests.length > 4 ? `, ${tests.length - 4} more` : "");

/** Operations that the table of conventions covers. */
const conventions = read("test/kinks.test.ts");
const kinkCell = (name: string): string => (new RegExp(`\\b${name}(?:Op)?\\b`).test(conventions) ? "kinks" : "");

/** Operations for which no sample is found: their columns stay empty. */
export const unsampled: string[] = [];

/** docs/operations.md as it should be. */
export function operationsPage(): string {
  unsampled.length = 0;
  const groups = new Map<string, Operation[]>();
  for (const op of operations()) groups.set(groupOf(op.file), [...(groups.get(groupOf(op.file)) ?? []), op]);
  const lines = [
    "# Operations and transforms",
    "",
    "<!-- Written by `npm run docs:operations` from src/ and test/; test/operations.test.ts fails when it is out of date. -->",
    "",
    "Every function that `hvp` exports: what it means, what graphs it makes (a primitive with rules of its own, or a composition), for which",
    "element types (`i32→f64`: integers give float64), whether its convention where it is not smooth is in the table of conventions, and",
    "the tests that use it. Every primitive is moreover checked against a reference interpreter, differences and identities on random",
    "shapes in `primitives`, and in random graphs in `fuzz`. Tests are named after their files in the repository, `test/….test.ts`.",
  ];
  for (const [group, ops] of groups) {
    const transforms = group === "api";
    lines.push("", `## ${titleOf(group)}`, "");
    lines.push(
      transforms
        ? "| transform | meaning | shapes | tests |"
        : "| operation | meaning | shapes | graph | derivative and batch | types | kinks | tests |",
    );
    lines.push(transforms ? "| --- | --- | --- | --- |" : "| --- | --- | --- | --- | --- | --- | --- | --- |");
    for (const { name, meaning, shape, tests } of ops) {
      const head = [`\`${name}\``, cell(meaning), cell(shape)];
      if (transforms) {
        lines.push(`| ${[...head, testCell(tests)].join(" | ")} |`);
        continue;
      }
      const { made, rules, types, options } = anatomy(name);
      if (options !== "") head.push(`${head.pop()}; options: ${options}`);
      if (made === "" && groupOf(`ops/${group}`) !== "create") unsampled.push(name);
      lines.push(`| ${[...head, cell(made), rules, types, kinkCell(name), testCell(tests)].join(" | ")} |`);
    }
  }
  return `${lines.join("\n")}\n`;
}
