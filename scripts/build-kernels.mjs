// Compiles the AssemblyScript kernels, one Wasm module per family, checks what came out, and writes the functions of
// each as linkable constants (kernel-objects.mjs). Compiler settings live in asconfig.json; a family is a target
// there and a row in FAMILIES.
//
//   node scripts/build-kernels.mjs [family ...] [--force] [--wat]
//
// Out: build/<family>.wasm (and .wat), src/kernels/<family>.gen.ts. A family is not compiled again while its
// build/<family>.wasm is newer than every .ts under assembly/, asconfig.json and this script.

import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import asc from "assemblyscript/asc";
import { FREQUENT, objects, parse, SHORT } from "./kernel-objects.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const settings = JSON.parse(readFileSync(join(root, "asconfig.json"), "utf8"));

/**
 * The families share one memory: each owns [memoryBase, end) for its static data, and nothing else of it. `relaxes`:
 * in relaxed mode its products are fused with the sums they are part of, which the error-free transformations of the
 * others would not survive.
 */
const FAMILIES = {
  core: { end: 65536 },
  elementary: { end: 131072 },
  special: { end: 98304 },
  products: { end: 196608, relaxes: true },
  window: { end: 262144 },
  // All of linear algebra, for its tests; programs call `products`, which has the same slot.
  linalg: { end: 196608, inlined: false },
  scan: { end: 245760 },
  factor: { end: 212992, relaxes: true },
  spectral: { end: 229376 },
};

const args = process.argv.slice(2);
const flags = new Set(args.filter((a) => a.startsWith("--")));
const named = args.filter((a) => !a.startsWith("--"));
for (const f of flags) if (f !== "--force" && f !== "--wat") fail(`unknown flag ${f}`);
for (const f of named)
  if (!(f in FAMILIES)) fail(`unknown family ${f}; families are ${Object.keys(FAMILIES).join(", ")}`);

for (const family of named.length > 0 ? named : Object.keys(FAMILIES)) await build(family);

async function build(family) {
  const wasmPath = join(root, "build", `${family}.wasm`);
  const watPath = join(root, "build", `${family}.wat`);
  const wat = flags.has("--wat");
  const fresh = isFresh(wasmPath) && (!wat || isFresh(watPath));
  if (flags.has("--force") || !fresh) await compile(family, wat);
  const bytes = readFileSync(wasmPath);
  const module = parse(bytes);
  check(family, module);
  if (FAMILIES[family].inlined !== false) writeObjects(family, module);
  const gzip = gzipSync(bytes, { level: 9 }).length;
  console.log(`kernels ${family}: ${bytes.length} bytes (${gzip} gzip), ${module.exports.length} exports`);
}

async function compile(family, wat) {
  const entry = `assembly/${family}.ts`;
  if (!existsSync(join(root, entry))) fail(`${entry} does not exist`);
  mkdirSync(join(root, "build"), { recursive: true });
  const out = ["--outFile", `build/${family}.wasm`, ...(wat ? ["--textFile", `build/${family}.wat`] : [])];
  const { error, stderr } = await asc.main([
    entry,
    "--baseDir",
    root,
    "--config",
    "asconfig.json",
    "--target",
    family,
    ...out,
  ]);
  const messages = stderr.toString();
  if (error || /WARNING|ERROR/.test(messages)) process.stderr.write(messages);
  if (error) fail(`${entry} does not compile: ${error.message}`);
}

function isFresh(output) {
  if (!existsSync(output)) return false;
  const built = statSync(output).mtimeMs;
  const sources = readdirSync(join(root, "assembly"), { recursive: true })
    .filter((f) => f.endsWith(".ts"))
    .map((f) => join(root, "assembly", f));
  return [...sources, join(root, "asconfig.json"), fileURLToPath(import.meta.url)].every(
    (f) => statSync(f).mtimeMs < built,
  );
}

/** Throws unless the module imports the memory only, starts nothing, and keeps its data in its slot. */
function check(family, module) {
  const imports = module.imports.map((i) => `${i.module}.${i.name}`);
  if (imports.some((i) => i !== "env.memory"))
    fail(`${family} must import env.memory only, but imports ${imports.join(", ") || "nothing"}`);
  const [begin, end] = slot(family);
  if (module.start) fail(`${family} has a start function: a global is initialized at run time`);
  for (const { at, bytes } of module.data)
    if (at < begin || at + bytes.length > end)
      fail(`${family} has static data at [${at}, ${at + bytes.length}), outside its slot [${begin}, ${end})`);
}

/** Constants and nothing else, so that bundlers drop those that are not used. Untouched when nothing would change. */
function writeObjects(family, module) {
  const path = join(root, "src", "kernels", `${family}.gen.ts`);
  let text;
  try {
    text = objects(module, ...slot(family), FAMILIES[family].relaxes);
  } catch (e) {
    fail(`${family}: ${e.message}`);
  }
  write(path, text);
  const alphabet =
    "// generated by scripts/build-kernels.mjs: the bytes that are one character, and the instructions that are one byte, in kernels\n";
  write(
    join(dirname(path), "alphabet.gen.ts"),
    `${alphabet}export const FREQUENT =\n  "${FREQUENT}";\nexport const SHORT = "${SHORT}";\n`,
  );
}

function write(path, text) {
  if (existsSync(path) && readFileSync(path, "utf8") === text) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function slot(family) {
  return [settings.targets[family].memoryBase, FAMILIES[family].end];
}

function fail(message) {
  console.error(`build-kernels: ${message}`);
  process.exit(1);
}
