// node bench/first-call.mjs [--runs=15]: what the first Hessian-vector product of a process costs, and where the time
// goes. Fresh processes, which take turns; medians. "clock" is what a user waits; "processor" counts helper threads
// of the engine and leaves out what other programs do on the machine. Everything is counted from the first line of
// the script on: the start of Node is not in it, but in the last row.
import { execFileSync } from "node:child_process";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const runs = Number(process.argv.find((t) => t.startsWith("--runs="))?.slice(7) ?? 15);
const child = path.join(root, "bench", "first-call", "child.mjs");
const programs = path.join(root, "build", "programs");
const library = path.join(root, "dist", "index.js");
const bundle = (outfile, options) =>
  build({
    bundle: true,
    format: "esm",
    target: "es2022",
    charset: "ascii",
    logLevel: "warning",
    outfile: path.join(programs, outfile),
    ...options,
  });
await bundle("first-call-internals.mjs", {
  entryPoints: [path.join(root, "bench", "first-call", "internals.ts")],
  minifySyntax: true,
});
await bundle("first-call-app.mjs", {
  stdin: {
    contents: `export { hvp, objective, sum, sin, add, mul, sub, square, slice } from ${JSON.stringify(library)};`,
    resolveDir: root,
  },
  minify: true,
});

const kinds = [{ title: "Node alone", args: ["bare", "", ""] }];
for (const objective of ["sum(sin(x))", "rosenbrock"]) {
  kinds.push(
    { title: `${objective}, n = 10: the package as it is installed`, args: ["whole", objective, library] },
    {
      title: `${objective}: bundled and minified, with only what it uses`,
      args: ["whole", objective, path.join(programs, "first-call-app.mjs")],
    },
    {
      title: `${objective}: the first hvp, step by step`,
      args: ["steps", objective, path.join(programs, "first-call-internals.mjs")],
    },
  );
}
// Node ≥ 22 can keep compiled code from one process to the next.
const [major, minor] = process.versions.node.split(".").map(Number);
const caches = major > 22 || (major === 22 && minor >= 1);
const cached = { ...process.env, NODE_COMPILE_CACHE: path.join(programs, "compile-cache") };
if (caches)
  kinds.push({
    title: "sum(sin(x)): as it is installed, NODE_COMPILE_CACHE set",
    args: ["whole", "sum(sin(x))", library],
    env: cached,
  });

const results = kinds.map(() => []);
for (let k = -1; k < runs; k++) {
  kinds.forEach(({ args, env = process.env }, i) => {
    const phases = JSON.parse(execFileSync(process.execPath, [child, ...args], { encoding: "utf8", env }));
    if (k >= 0) results[i].push(phases); // the first round brings the files into the cache of the system
  });
}
const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};
console.log(
  `${os.cpus()[0].model}, Node ${process.version}, V8 ${process.versions.v8}; ms, medians of ${runs} fresh processes (least)`,
);
kinds.forEach(({ title }, i) => {
  console.log(`\n${title}\n  clock            processor`);
  for (const name of Object.keys(results[i][0])) {
    const cells = [0, 1].map((what) => {
      const values = results[i].map((phases) => phases[name][what]);
      return `${median(values).toFixed(2).padStart(7)} (${Math.min(...values).toFixed(2)})`.padEnd(17);
    });
    console.log(`${cells.join("")} ${name}`);
  }
});
