// docs/operations.md: by subject, every exported function with its call, meaning, shapes, types and options.
// `npm run docs:operations` writes the page; test/operations.test.ts holds it.
import { readFileSync } from "node:fs";
import type { DType } from "../../src/ir/aval.ts";
import { type Operation, type Option, operations } from "./exports.ts";
import { type Anatomy, anatomy } from "./operations-samples.ts";
import { SUBJECTS } from "./operations-subjects.ts";

const WIDTH = 118;

/** Options that mean the same wherever they occur; the head of the page explains them. */
const COMMON = new Set(["axis", "keepdims", "dtype", "hasAux"]);

/** What Markdown takes for the beginning of a list, a heading or a quotation at the beginning of a line. */
const MARK = /^(?:[-+*>]|#+|\d+[.)])$/;

/** `first` and `text` in lines, of which all but the first have an indent; code in backquotes stays whole. */
export function wrapped(first: string, text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = first;
  for (const word of text.match(/(?:`[^`]*`|[^\s`])+/g) ?? []) {
    const longer = `${line} ${word}`;
    if (longer.length <= WIDTH || MARK.test(word)) line = longer;
    else {
      lines.push(line);
      line = indent + word;
    }
  }
  return [...lines, line];
}

const HEAD: readonly string[] = [
  "# Operations and transforms",
  "",
  "<!-- Written by `npm run docs:operations` from src/; test/operations.test.ts fails when it is out of date. -->",
  "",
  ...wrapped(
    "Every",
    `function that \`hvp\` exports, by subject. An entry has the call, the meaning, shapes, element types and options.
    Editors show the whole comment of a function, which says more of the ends of its range. All options may be left out.`,
    "",
  ),
  "",
  ...wrapped(
    "- **Types**:",
    `*floats* takes numbers of every type and gives floats: integers and booleans give float64. *numbers* keeps
    integers; booleans count as int32. *any* keeps every type. Otherwise the types are listed.`,
    "  ",
  ),
  ...wrapped(
    "- **Derivatives**:",
    `every operation has derivatives of every order in all modes, unless the entry says *no derivative*. One with
    *kinks* is not smooth somewhere: [numerics.md](numerics.md#conventions-at-kinks) says what its derivative is there.`,
    "  ",
  ),
  ...wrapped(
    "- **Common options**:",
    `\`axis\` is one axis, counted from the end if negative, or where several make sense a list of them; null is the
    flattened array. It may be written alone, \`sum(x, 0)\` for \`sum(x, { axis: 0 })\`. \`keepdims\` leaves reduced axes
    in the result, with extent 1. \`dtype\` is "float64", "float32", "int32" or "bool". With \`hasAux\`, the function
    returns \`[value, aux]\`, and \`aux\` is returned beside the result. \`keepdims\` and \`hasAux\` are false unless given.`,
    "  ",
  ),
  ...wrapped(
    "- **Several results**",
    `have an order: \`const [y, slope, bend] = curvature(f, x, v)\`. Those of decompositions have names, too:
    \`const { q, r } = qr(a)\` and \`const [q, r] = qr(a)\` are the same.`,
    "  ",
  ),
];

const KINDS: readonly (readonly [name: string, int32: DType, bool: DType])[] = [
  ["floats", "float64", "float64"],
  ["numbers", "int32", "int32"],
  ["any", "int32", "bool"],
];

function typesOf({ types }: Anatomy): string {
  const results = [...new Set(types.values())];
  if (types.size === 4 && results.length === 1) return `any → ${results[0]}`;
  if (types.get("float64") === "float64" && types.get("float32") === "float32")
    for (const [name, int32, bool] of KINDS)
      if (types.get("int32") === int32 && types.get("bool") === bool) return name;
  return [...types].map(([from, to]) => (from === to ? from : `${from} → ${to}`)).join(", ");
}

/** Operations that the first column of the table of conventions at kinks names. */
function withConventions(): ReadonlySet<string> {
  const numerics = readFileSync(new URL("../../docs/numerics.md", import.meta.url), "utf8");
  const section = /^## Conventions at kinks$([\s\S]*?)^## /m.exec(numerics)?.[1] ?? "";
  const cells = [...section.matchAll(/^\| (.*?) \|/gm)].map((row) => row[1] as string);
  return new Set(cells.flatMap((cell) => [...cell.matchAll(/`(\w+)/g)].map((code) => code[1] as string)));
}

function remarks({ name, shape, results }: Operation, kinks: ReadonlySet<string>): string {
  const made = anatomy(name);
  return [
    shape.includes("→") ? `\`${shape}\`` : "",
    made ? typesOf(made) : "",
    made && !made.differentiable ? "no derivative" : "",
    made?.differentiable && kinks.has(name) ? "kinks" : "",
    results.length > 0 ? `results ${results.map((r) => `\`${r}\``).join(", ")}` : "",
  ]
    .filter((remark) => remark !== "")
    .join("; ");
}

const optionLines = (options: readonly Option[]): string[] =>
  options
    .filter((o) => !COMMON.has(o.name))
    .flatMap((o) => wrapped(`  - \`${o.name}: ${o.type}\``, `${o.meaning}.`, "    "));

function entry(op: Operation, kinks: ReadonlySet<string>): string[] {
  const [first = "", ...more] = wrapped("", remarks(op, kinks), "  ");
  return [
    ...wrapped(`- **\`${op.name}(${op.parameters.join(", ")})\`**`, `${op.meaning}.`, "  "),
    ...(first === "" ? [] : [` ${first}`, ...more]),
    ...optionLines(op.options),
  ];
}

/** docs/operations.md as it should be. */
export function operationsPage(all: readonly Operation[] = operations()): string {
  const kinks = withConventions();
  const byName = new Map(all.map((op) => [op.name, op]));
  const sections = [...SUBJECTS].map(([title, names]) =>
    [
      `## ${title}`,
      "",
      ...names.flatMap((name) => {
        const op = byName.get(name);
        if (!op) throw new Error(`test/harness/operations-subjects.ts has ${name}, which hvp does not export`);
        return entry(op, kinks);
      }),
    ].join("\n"),
  );
  return `${[HEAD.join("\n"), ...sections].join("\n\n")}\n`;
}
