// Bundles one TypeScript program and runs it in Node 20, which does not read TypeScript itself.
//
//   node scripts/run-ts.mjs test/programs/numerics.ts [arguments]
//
// The bundle lies two folders deep, as the files of test/harness do, so that their relative URLs mean the same.

import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const [entry, ...rest] = process.argv.slice(2);
if (!entry) throw new Error("usage: node scripts/run-ts.mjs file.ts [arguments]");
const outfile = path.join(root, "build", "programs", `${path.basename(entry, ".ts")}.mjs`);
await build({
  entryPoints: [path.join(root, entry)],
  outfile,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  external: ["typescript"],
  logLevel: "warning",
});
process.argv = [process.argv[0], outfile, ...rest];
await import(pathToFileURL(outfile).href);
