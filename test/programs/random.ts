// npm run fuzz -- [--count 1000] [--seed 1] [--themes pairs,range] [--package PATH] [--one SEED] [--export FILE]
// [--skip PATTERN] [--keep-going N]
//
// Random programs of public operations on a build of the package, against the oracle of test/harness/random: values
// bit for bit where IEEE settles them, gradients and Hessian-vector products in every form and composition. A failure
// is made small and printed as code that runs. Exit code 1 if there is one.
//   --package     a folder of the package or of its dist (this repository's dist unless given)
//   --seed        of the first program; the others count on from it
//   --one         the program of this seed alone, in all forms
//   --skip        leaves out the forms whose name matches
//   --keep-going  to so many failures (10 unless given)
//   --export      writes the programs and what the oracle says of them as JSON, one a line, for random_jax.py
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { check, exported, type Failure } from "../harness/random/check.ts";
import { forms } from "../harness/random/forms.ts";
import { generate, type Theme, themes } from "../harness/random/generate.ts";
import { operations, type Program, toCode, toJson } from "../harness/random/program.ts";
import { shrink } from "../harness/random/shrink.ts";

const args = process.argv.slice(2);
const option = (name: string): string | undefined => {
  const i = args.findIndex((t) => t === `--${name}` || t.startsWith(`--${name}=`));
  return i < 0 ? undefined : args[i]!.includes("=") ? args[i]!.slice(name.length + 3) : args[i + 1];
};
const count = Number(option("count") ?? 1000);
const first = Number(option("one") ?? option("seed") ?? 1);
const wanted = (option("themes")?.split(",") ?? [...themes]) as Theme[];
const unknown = wanted.find((t) => !themes.includes(t));
if (unknown) throw new Error(`no theme ${unknown}; there are ${themes.join(", ")}`);
const folder = option("package") ?? ".";
const file = ["dist/index.js", "index.js"].map((name) => path.resolve(folder, name)).find(existsSync);
if (!file) throw new Error(`no build in ${folder}: run npm run build`);
const library = await import(pathToFileURL(file).href);
const skip = option("skip") ? new RegExp(option("skip") as string) : undefined;
const most = Number(option("keep-going") ?? 10);

const TAILS: Record<string, string> = {
  grad: "console.log(hvp.grad(f)(x), hvp.objective(f, x).grad(x), hvp.objective(f, x).at(x).grad);",
  hvp: "console.log(hvp.hvp(f, x, v), hvp.objective(f, x).hvp(x, v), hvp.objective(f, x).at(x).hvp(v));",
  products: "console.log(hvp.objective(f, x).at(x).hvps([v, v], [v, v]));",
};
const VALUE = "console.log(f(x), hvp.jit(f)(x), hvp.objective(f, x).value(x));";

function report(program: Program, failure: Failure): void {
  const small = shrink(program, (p) => check(library, p, failure.form) !== undefined);
  const now = check(library, small, failure.form) ?? failure;
  const kind = forms.find((f) => f.name === failure.form)!.kind;
  console.log(`\nseed ${program.seed} (${program.theme}, ${program.dtype}), ${failure.form}: ${now.message}`);
  console.log(toCode(small, file!, TAILS[kind] ?? VALUE));
}

const exportTo = option("export");
if (exportTo) {
  const lines: string[] = [];
  for (let seed = first; lines.length < count; seed++) {
    const program = generate(seed, wanted);
    const results = exported(library, program);
    if (results) lines.push(`{"program":${toJson(program)},"results":${JSON.stringify(results)}}`);
  }
  writeFileSync(exportTo, `${lines.join("\n")}\n`);
  console.log(`${lines.length} programs written to ${exportTo}`);
  process.exit(0);
}

const seen = new Map<string, number>();
let failed = 0;
const started = performance.now();
const themesOf = new Map<string, number>();
for (let k = 0; k < (option("one") ? 1 : count); k++) {
  const program = generate(first + k, wanted);
  for (const op of new Set(program.steps.map((s) => s.op))) seen.set(op, (seen.get(op) ?? 0) + 1);
  themesOf.set(program.theme, (themesOf.get(program.theme) ?? 0) + 1);
  const failure = check(library, program, undefined, skip);
  if ((k + 1) % 1000 === 0) console.error(`${k + 1} programs`);
  if (failure) {
    report(program, failure);
    if (++failed >= most) {
      console.log(`\nstopped after ${failed} failures, ${k + 1} programs; --keep-going N goes on to N`);
      break;
    }
  }
}
const seconds = (performance.now() - started) / 1000;
const total = [...themesOf.values()].reduce((a, b) => a + b, 0);
console.log(
  `\n${total} programs (${[...themesOf].map(([t, n]) => `${t} ${n}`).join(", ")}), ${failed} failures, ${seconds.toFixed(0)} s`,
);
const rare = operations.map((o) => o.name).filter((name) => (seen.get(name) ?? 0) * 100 < total);
if (rare.length > 0)
  console.log(`in fewer than one program of 100: ${rare.map((name) => `${name} ${seen.get(name) ?? 0}`).join(", ")}`);
if (failed > 0) process.exitCode = 1;
