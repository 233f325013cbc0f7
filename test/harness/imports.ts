// The imports among source files, and the circles in them.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const root = new URL("../../", import.meta.url);

/** The TypeScript files of `folder`. */
export const filesOf = (folder: string): string[] =>
  (readdirSync(new URL(`${folder}/`, root), { recursive: true }) as string[])
    .filter((f) => f.endsWith(".ts"))
    .map((f) => `${folder}/${f.replaceAll("\\", "/")}`);

/** A file without comments. */
export const code = (file: string): string =>
  readFileSync(new URL(file, root), "utf8")
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/(^|\s)\/\/.*$/gm, "");

/** The files that `file` imports anything from: values, types, `import("…")` and re-exports alike. */
export const importedBy = (file: string): string[] =>
  [...code(file).matchAll(/\b(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map((m) =>
    path.posix.join(path.posix.dirname(file), m[1] as string),
  );

/** The groups of nodes that reach one another: strongly connected components with more than one node (Tarjan). */
export function circles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = [];
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const visit = (v: string): void => {
    index.set(v, index.size);
    low.set(v, index.get(v) as number);
    stack.push(v);
    for (const w of graph.get(v) ?? []) {
      if (!index.has(w)) visit(w);
      if (stack.includes(w)) low.set(v, Math.min(low.get(v) as number, low.get(w) as number));
    }
    if (low.get(v) !== index.get(v)) return;
    const group = stack.splice(stack.indexOf(v));
    if (group.length > 1 || graph.get(v)?.includes(v)) found.push(group.sort());
  };
  for (const v of graph.keys()) if (!index.has(v)) visit(v);
  return found;
}
