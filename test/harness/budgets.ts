// What the budgets of budgets.test.ts are measured by: code lines, lengths of functions, columns.
import { readdirSync, readFileSync } from "node:fs";
import ts from "typescript";

const root = new URL("../../", import.meta.url);
const text = (file: string): string => readFileSync(new URL(file, root), "utf8");

/** The sources in `folder` that people write. */
export const sourcesOf = (folder: string, ending = /\.(ts|mjs)$/): string[] =>
  (readdirSync(new URL(`${folder}/`, root), { recursive: true }) as string[])
    .map((f) => `${folder}/${f.replaceAll("\\", "/")}`)
    .filter((f) => ending.test(f) && !f.includes(".gen."))
    .sort();

const linesWithCode = (source: string): number =>
  source
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .split("\n")
    .filter((l) => l.trim() !== "" && !l.trim().startsWith("//")).length;

/** The lines of a file that are neither empty nor comments. */
export const codeLines = (file: string): number => linesWithCode(text(file));

export interface FunctionLength {
  readonly name: string;
  readonly lines: number;
}

/** Whether a function is the list of tests that `describe` is handed. */
const isList = (f: ts.Node): boolean => ts.isCallExpression(f.parent) && /^describe\b/.test(f.parent.getText());

/**
 * Every function of `source` with its code lines. Those of functions inside it are theirs, and a text of many lines is
 * one. What has no name is called after its line.
 */
export function functionLengths(source: string): FunctionLength[] {
  const parsed = ts.createSourceFile("source.ts", source, ts.ScriptTarget.ES2022, true);
  const found: FunctionLength[] = [];
  /** The code lines in `node` that are not of the function around it. */
  const visit = (node: ts.Node): number => {
    let inside = 0;
    ts.forEachChild(node, (child) => {
      inside += visit(child);
    });
    if (ts.isNoSubstitutionTemplateLiteral(node)) return linesWithCode(node.getText()) - 1;
    if (!ts.isFunctionLike(node) || !("body" in node) || !node.body) return inside;
    const whole = linesWithCode(node.getText());
    const { parent } = node;
    const named = node.name ?? (ts.isVariableDeclaration(parent) ? parent.name : undefined);
    const line = parsed.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    if (!isList(node)) found.push({ name: named?.getText() ?? `line ${line}`, lines: whole - inside });
    return whole;
  };
  visit(parsed);
  return found;
}
export const functionsOf = (file: string): FunctionLength[] => functionLengths(text(file));

/** Where the literals of `source` are: strings, pieces of templates, regular expressions. */
function literalsOf(source: string): (readonly [from: number, to: number])[] {
  const found: [number, number][] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isLiteralExpression(node) || ts.isTemplateMiddleOrTemplateTail(node) || ts.isTemplateHead(node))
      found.push([node.getStart(), node.end]);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("source.ts", source, ts.ScriptTarget.ES2022, true));
  return found;
}

/**
 * The numbers of the lines of `source` above `columns`. `unbroken`: the text of literals does not count, which a
 * formatter cannot break, as messages and titles of tests.
 */
export function wideLines(source: string, columns: number, unbroken: boolean): number[] {
  const lines = source.split("\n");
  if (lines.every((l) => l.length <= columns)) return [];
  const literals = unbroken ? literalsOf(source) : [];
  let start = 0;
  return lines.flatMap((line, i) => {
    const [from, to] = [start, start + line.length];
    start = to + 1;
    if (line.length <= columns) return [];
    const free = literals.reduce((n, [a, b]) => n + Math.max(0, Math.min(b, to) - Math.max(a, from)), 0);
    return line.length - free > columns ? [i + 1] : [];
  });
}
export const wideLinesOf = (file: string, columns: number, unbroken: boolean): number[] =>
  wideLines(text(file), columns, unbroken);
