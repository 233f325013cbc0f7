// Compiles the AssemblyScript kernels, one Wasm module per family, checks what came out, and writes each as an
// inlined base64 constant. Compiler settings live in asconfig.json; a family is a target there and a row in FAMILIES.
//
//   node scripts/build-kernels.mjs [family ...] [--force] [--wat]
//
// Out: build/<family>.wasm (and .wat), src/wasm/kernels/<family>.gen.ts. A family is not compiled again while its
// build/<family>.wasm is newer than every .ts under assembly/, asconfig.json and this script.

import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateRawSync, gzipSync } from "node:zlib";
import asc from "assemblyscript/asc";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const settings = JSON.parse(readFileSync(join(root, "asconfig.json"), "utf8"));

/** The families share one memory: each owns [memoryBase, end) for its static data, and nothing else of it. */
const FAMILIES = {
  core: { end: 65536 },
  elementary: { end: 131072 },
  special: { end: 98304 },
  products: { end: 196608 },
  window: { end: 262144 },
  // All of linear algebra, for its tests; programs call `products`, which has the same slot.
  linalg: { end: 196608, inlined: false },
  scan: { end: 245760 },
  factor: { end: 212992 },
  spectral: { end: 229376 },
};

const args = process.argv.slice(2);
const flags = new Set(args.filter((a) => a.startsWith("--")));
const named = args.filter((a) => !a.startsWith("--"));
for (const f of flags) if (f !== "--force" && f !== "--wat") fail(`unknown flag ${f}`);
for (const f of named) if (!(f in FAMILIES)) fail(`unknown family ${f}; families are ${Object.keys(FAMILIES).join(", ")}`);

for (const family of named.length > 0 ? named : Object.keys(FAMILIES)) await build(family);

async function build(family) {
  const wasmPath = join(root, "build", `${family}.wasm`);
  const watPath = join(root, "build", `${family}.wat`);
  const wat = flags.has("--wat");
  const fresh = isFresh(wasmPath) && (!wat || isFresh(watPath));
  if (flags.has("--force") || !fresh) await compile(family, wat);
  const bytes = readFileSync(wasmPath);
  const names = check(family, bytes);
  if (FAMILIES[family].inlined !== false) writeConstant(family, bytes);
  const gzip = gzipSync(bytes, { level: 9 }).length;
  console.log(`kernels ${family}: ${bytes.length} bytes (${gzip} gzip), ${names.length} exports`);
}

async function compile(family, wat) {
  const entry = `assembly/${family}.ts`;
  if (!existsSync(join(root, entry))) fail(`${entry} does not exist`);
  mkdirSync(join(root, "build"), { recursive: true });
  const out = ["--outFile", `build/${family}.wasm`, ...(wat ? ["--textFile", `build/${family}.wat`] : [])];
  const { error, stderr } = await asc.main([entry, "--baseDir", root, "--config", "asconfig.json", "--target", family, ...out]);
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
  return [...sources, join(root, "asconfig.json"), fileURLToPath(import.meta.url)].every((f) => statSync(f).mtimeMs < built);
}

/** Throws unless the module imports the memory only, starts nothing, and keeps its data in its slot; its exports. */
function check(family, bytes) {
  const module = new WebAssembly.Module(bytes);
  const imports = WebAssembly.Module.imports(module).map((i) => `${i.module}.${i.name}`);
  if (imports.some((i) => i !== "env.memory"))
    fail(`${family} must import env.memory only, but imports ${imports.join(", ") || "nothing"}`);
  const { end } = FAMILIES[family];
  const begin = settings.targets[family].memoryBase;
  const sections = readSections(bytes);
  if (sections.has(8)) fail(`${family} has a start function: a global is initialized at run time`);
  for (const [from, to] of dataSegments(sections.get(11)))
    if (from < begin || to > end) fail(`${family} has static data at [${from}, ${to}), outside its slot [${begin}, ${end})`);
  return WebAssembly.Module.exports(module).map((e) => e.name);
}

/** Section id → contents (custom sections, id 0, left out). */
function readSections(bytes) {
  const sections = new Map();
  const r = reader(bytes, 8);
  while (!r.done()) {
    const id = r.byte();
    const body = r.bytes(r.leb());
    if (id !== 0) sections.set(id, body);
  }
  return sections;
}

/** [first byte, end) of every data segment; all must be placed by an `i32.const` in memory 0. */
function dataSegments(section) {
  if (!section) return [];
  const r = reader(section, 0);
  return Array.from({ length: r.leb() }, () => {
    const isPlain = r.leb() === 0 && r.byte() === 0x41;
    if (!isPlain) fail("a data segment is not placed by i32.const");
    const from = r.leb();
    r.byte(); // end
    const size = r.leb();
    r.bytes(size);
    return [from, from + size];
  });
}

function reader(bytes, at) {
  return {
    done: () => at >= bytes.length,
    byte: () => bytes[at++],
    bytes: (n) => bytes.subarray(at, (at += n)),
    /** LEB128, unsigned; also right for the signed, non-negative addresses of data segments. */
    leb() {
      let value = 0;
      for (let scale = 1; ; scale *= 128) {
        const b = bytes[at++];
        value += (b & 127) * scale;
        if (b < 128) return value;
      }
    },
  };
}

/** A string constant and nothing else, so that bundlers drop it when unused. Untouched when it would not change. */
function writeConstant(family, bytes) {
  const path = join(root, "src", "wasm", "kernels", `${family}.gen.ts`);
  const text = `// generated by scripts/build-kernels.mjs: size, then raw DEFLATE in base64\nexport const ${family.toUpperCase()}_WASM =\n  "${bytes.length}:${deflateRawSync(bytes, { level: 9 }).toString("base64")}";\n`;
  if (existsSync(path) && readFileSync(path, "utf8") === text) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function fail(message) {
  console.error(`build-kernels: ${message}`);
  process.exit(1);
}
