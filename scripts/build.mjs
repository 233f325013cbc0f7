// npm run build, second half (the kernels come first): each entry, such as src/index.ts, → dist/index.js, an ES module,
// with the chunks that entries share, source maps and declarations. Nothing is built where dist/ is newer than all it
// is made of.
//
//   node scripts/build.mjs [--force]
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { privateNames } from "./private-names.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const inRoot = (...parts) => path.join(root, ...parts);
const size = (bytes) =>
  `${(bytes.length / 1024).toFixed(1)} KB, ${(gzipSync(bytes, { level: 9 }).length / 1024).toFixed(1)} KB gzip`;

/**
 * The oldest engines whose syntax the bundles have. Their methods are those of ES2022, to which tsconfig.build.json
 * holds src/.
 */
const FLOORS = ["chrome93", "firefox92", "safari16.4", "node16.9"];

/** The entries of the package. */
const ENTRIES = ["index", "functions", "optimize"];
/**
 * Kernels before all else, and together: between the functions of the compiler they are what the window of gzip is
 * filled with (1.3 KB). Then what emits code, whose files are alike (0.3 KB).
 */
const FIRST = ["kernels", "emit"];
const alikeTogether = {
  name: "alike-together",
  setup: (b) =>
    b.onLoad({ filter: /src\/functions\.ts$/ }, ({ path: file }) => {
      const files = FIRST.flatMap((folder) => readdirSync(inRoot("src", folder)).map((name) => `${folder}/${name}`));
      const imports = files.map((name) => `import "./${name}";`);
      return { contents: `${imports.join("")}${readFileSync(file, "utf8")}`, loader: "ts" };
    }),
};
/**
 * What only some entries reach would be a chunk of its own, and the kernels be torn apart (1.7 KB). So the entries
 * beside reach all that "hvp/functions" does, by names that are taken away again.
 */
const BESIDE = ["optimize"];
const reachAll = {
  name: "reach-all",
  setup: (b) =>
    b.onLoad({ filter: new RegExp(`src/(?:${BESIDE.join("|")})\\.ts$`) }, ({ path: file }) => {
      const names = [...readFileSync(inRoot("src/functions.ts"), "utf8").matchAll(/^export \{([^}]*)\} from/gm)]
        .flatMap(([, list]) => list.split(","))
        .map((name) => name.trim())
        .filter((name) => /^\w+$/.test(name));
      const reached = `export { ${names.map((name) => `${name} as $${name}`).join(", ")} } from "./functions.ts";`;
      return { contents: `${readFileSync(file, "utf8")}${reached}`, loader: "ts" };
    }),
};
const withoutReached = (text) => text.replace(/^ {2}\w+ as \$\w+,?\n/gm, "");

/** The last file that a build writes. */
const LAST = inRoot("dist/index.d.ts");
if (!isFresh() || process.argv.includes("--force")) await buildAll();
await printSizes();

function isFresh() {
  if (!existsSync(LAST)) return false;
  const built = statSync(LAST).mtimeMs;
  const made = readdirSync(inRoot("src"), { recursive: true, withFileTypes: true }).map((f) =>
    path.join(f.parentPath, f.name),
  );
  const scripts = [
    "scripts/build.mjs",
    "scripts/private-names.mjs",
    "tsconfig.json",
    "tsconfig.build.json",
    "package-lock.json",
  ];
  return [...made, ...scripts.map((f) => inRoot(f))].every((f) => statSync(f).mtimeMs < built);
}

async function buildAll() {
  rmSync(inRoot("dist"), { recursive: true, force: true });

  // Names stay readable, the application's bundler shortens them; but for members of internal classes, which it
  // cannot. In ASCII the file is half as large in memory and read faster. White space stays, for without it esbuild
  // drops the `@__PURE__` comments that other bundlers need.
  const mangleProps = new RegExp(`^(?:${privateNames(inRoot("src")).join("|")})$`);
  // One build of all entries: what several of them need is in chunks that they share, so there is one tracer, one cache
  // and one memory, and a property has one shortened name.
  const { outputFiles } = await build({
    entryPoints: ENTRIES.map((name) => inRoot(`src/${name}.ts`)),
    outdir: inRoot("dist"),
    plugins: [alikeTogether, reachAll],
    bundle: true,
    splitting: true,
    chunkNames: "shared-[hash]",
    format: "esm",
    platform: "neutral",
    target: FLOORS,
    minifySyntax: true,
    mangleProps,
    mangleCache: { T: false }, // a method of traced values, defined by its name
    charset: "ascii",
    legalComments: "none",
    sourcemap: "linked",
    sourcesContent: false, // the package has src/, once for all maps
    write: false,
    logLevel: "warning",
    logOverride: { "ignored-bare-import": "silent" }, // they are for the order alone
  });
  mkdirSync(inRoot("dist"));
  for (const { path: file, text: whole } of outputFiles) {
    const text = BESIDE.includes(path.basename(file, ".js")) ? withoutReached(whole) : whole;
    // esbuild keeps a few comments, with the letters they are in: one of them would make the engine keep the file in
    // two bytes a letter.
    writeFileSync(file, file.endsWith(".js") ? text.replace(/[^\0-\x7f]/g, "?") : text);
  }

  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", inRoot("tsconfig.build.json")], { stdio: "inherit" });

  // Sources import one another as "./file.ts". Declarations must say "./file.js", which every module resolution maps
  // to file.d.ts.
  const declarations = readdirSync(inRoot("dist"), { recursive: true }).filter((name) => name.endsWith(".d.ts"));
  for (const name of declarations) {
    const text = readFileSync(inRoot("dist", name), "utf8");
    // for consumers with an older lib
    const library = text.includes("Symbol.dispose") ? '/// <reference lib="esnext.disposable" />\n' : "";
    const imports = /((?:from|import|declare module)\s*\(?\s*["'])(\.{1,2}\/[^"']+)\.ts(["'])/g;
    writeFileSync(inRoot("dist", name), library + text.replace(imports, "$1$2.js$3"));
  }

  // The names of "hvp" have the types of those of "hvp/functions": said so, editors show their comments.
  writeFileSync(LAST, 'export * from "./functions.js";\nexport type { Methods } from "./ops/methods.js";\n');
}

/**
 * What is left of the package in a minified application that imports `names` from it and whose bundler trusts no
 * `sideEffects` field.
 */
async function cost(names, entry = "dist/index.js") {
  const distrust = {
    name: "distrust",
    setup: (build) => build.onResolve({ filter: /^hvp$/ }, () => ({ path: inRoot(entry), sideEffects: true })),
  };
  const { outputFiles } = await build({
    stdin: { contents: `import { ${names} } from "hvp"; globalThis.used = [${names}];`, resolveDir: root },
    plugins: [distrust],
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
    logLevel: "warning",
  });
  return size(outputFiles[0].contents);
}

async function printSizes() {
  const files = readdirSync(inRoot("dist"), { recursive: true });
  for (const name of files.filter((f) => f.endsWith(".js")))
    console.log(`dist/${name}  ${size(readFileSync(inRoot("dist", name)))}`);
  console.log(`${files.filter((f) => f.endsWith(".d.ts")).length} declaration files`);
  console.log(`in a minified bundle: nothing used ${await cost("")}; hvp, sum, sin ${await cost("hvp, sum, sin")}`);
  console.log(
    `                      from hvp/functions: hvp, sum, sin ${await cost("hvp, sum, sin", "dist/functions.js")}`,
  );
  const names = Object.keys(await import(new URL("../dist/index.js", import.meta.url)));
  console.log(`                      all ${names.length} exports ${await cost(names.join(", "))}`);
}
