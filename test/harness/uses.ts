// Which tests use an exported function.
import { readdirSync, readFileSync } from "node:fs";

const root = new URL("../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

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
  const tables = [...read(path).matchAll(/from "(\.{1,2}\/harness\/[\w/-]+\.ts)";/g)].map(
    (m) => new URL(m[1] as string, new URL(path, root)).pathname.split("/test/").at(-1) as string,
  );
  return { file, parts: [path, ...tables.map((t) => `test/${t}`)].map(sourceOf) };
});
/** The tests that use `name`, by themselves or through a table. */
export const usersOf = (name: string): string[] =>
  sources
    .filter(({ parts }) =>
      parts.some(
        ({ names, all, code, quoted }) =>
          quoted.has(name) ||
          (names.has(name) && new RegExp(`(?<![.\\w])${name}\\b`).test(code)) ||
          (all !== undefined && new RegExp(`\\b${all}\\.${name}\\b`).test(code)),
      ),
    )
    .map(({ file }) => file);
