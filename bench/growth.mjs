// npm run bench:growth [-- filter … --quick --json=file]
//   filter   `nodes` or `n` for one of the two kinds, else part of the name of a shape
//
// How time and memory grow: against the number of nodes of the traced graph (10² to 10⁵, fifteen shapes of graph),
// and against the length n of the arrays (10² to 10⁷). Every point is a process of its own. The exponent is the slope
// of log(time) over log(size), least squares over the upper two decades; 1 is linear. Exits with 1 where one is above
// 1.15.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { short } from "./measure.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const args = process.argv.slice(2);
const filters = args.filter((t) => !t.startsWith("--"));
const quick = args.includes("--quick");
const json = args.find((t) => t.startsWith("--json="))?.slice(7);
/** Milliseconds for which a phase is repeated. */
const BUDGET = quick ? 300 : 1500;
const LIMIT = 1.15;
/** Times below this (milliseconds) and memory below this (bytes) are too close to what is there anyway for a slope. */
const FLOOR = { ms: 0.05, bytes: 1 << 20 };

/** `name`.mjs of growth/, with what it imports of src/, as one file that Node can run. */
async function bundled(name) {
  const outfile = path.join(root, "build", "programs", `growth-${name}.mjs`);
  const entryPoints = [path.join(root, "bench", "growth", `${name}.mjs`)];
  await build({
    entryPoints,
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "warning",
  });
  return outfile;
}
const child = await bundled("point");
const shapes = await import(await bundled("shapes"));

/** Three sizes a decade would be better; two keep the run short. */
const decades = (from, to) => Array.from({ length: 2 * (to - from) + 1 }, (_, k) => Math.round(10 ** (from + k / 2)));
const kinds = [
  { kind: "nodes", shapes: Object.keys(shapes.nodes), sizes: decades(2, 5), what: "nodes of the traced graph" },
  { kind: "n", shapes: Object.keys(shapes.lengths), sizes: decades(2, 7), what: "n, elements of the arrays" },
];

function slope(points) {
  if (points.length < 3) return Number.NaN;
  const mean = (values) => values.reduce((s, t) => s + t, 0) / values.length;
  const [xs, ys] = [points.map(([x]) => Math.log(x)), points.map(([, y]) => Math.log(y))];
  const [mx, my] = [mean(xs), mean(ys)];
  return xs.reduce((s, x, i) => s + (x - mx) * (ys[i] - my), 0) / xs.reduce((s, x) => s + (x - mx) ** 2, 0);
}

const columns = [
  ["ms", "trace", "trace ms"],
  ["ms", "gradient", "gradient"],
  ["ms", "product", "product"],
  ["ms", "plan", "plan"],
  ["ms", "plan + emit", "plan + emit"],
  ["ms", "wasm", "WebAssembly"],
  ["ms", "run", "run"],
  ["bytes", "heap", "graph KB"],
  ["bytes", "peak", "peak KB"],
  ["bytes", "code", "code KB"],
  ["bytes", "wasm", "arrays KB"],
];
const print = (cells) => console.log(cells.map((cell, k) => String(cell).padStart(k === 0 ? 9 : 11)).join(" "));

console.log(
  `${os.cpus()[0].model}, Node ${process.version}, V8 ${process.versions.v8}; the program is a Hessian-vector product`,
);
const results = [];
const steep = [];
for (const { kind, shapes, sizes, what } of kinds) {
  for (const shape of shapes) {
    if (filters.length > 0 && !filters.some((t) => (t === "nodes" || t === "n" ? kind === t : shape.includes(t))))
      continue;
    console.log(`\n${shape}: against ${what}`);
    print(["size", ...columns.map(([, , title]) => title)]);
    const points = [];
    for (const size of sizes) {
      let point;
      try {
        const text = execFileSync(process.execPath, ["--expose-gc", child, kind, shape, String(size), String(BUDGET)], {
          encoding: "utf8",
          timeout: 300_000,
          stdio: ["ignore", "pipe", "pipe"],
        });
        point = JSON.parse(text);
      } catch (error) {
        const reason = `${error.stderr ?? ""}`.split("\n").find((line) => /Error/.test(line)) ?? error.message;
        console.log(`${String(size).padStart(9)}  failed: ${reason.slice(0, 300)}`);
        steep.push(`${shape}, size ${size}: ${reason.slice(0, 120)}`);
        break;
      }
      points.push(point);
      print([
        kind === "nodes" ? point.nodes : size,
        ...columns.map(([of, name]) => short(of === "ms" ? point.ms[name] : point[of][name] / 1024)),
      ]);
    }
    const x = (p) => (kind === "nodes" ? p.nodes : p.size);
    const top = Math.max(...points.map(x));
    const exponents = Object.fromEntries(
      columns.map(([of, name, title]) => {
        // Only points whose value is well above its floor: what does not depend on the size would hide the slope, or
        // be noise.
        const upper = points.filter((p) => x(p) >= top / 150 && p[of][name] > FLOOR[of]);
        return [title, slope(upper.map((p) => [x(p), p[of][name]]))];
      }),
    );
    print([
      "exponent",
      ...columns.map(([, , title]) => (Number.isNaN(exponents[title]) ? "–" : exponents[title].toFixed(2))),
    ]);
    for (const [of, name, title] of columns) {
      if (exponents[title] > LIMIT)
        steep.push(
          `${shape}: ${name} (${of === "ms" ? "time" : "memory"}) grows with exponent ${exponents[title].toFixed(2)}`,
        );
    }
    results.push({ kind, shape, points, exponents });
  }
}
if (json) writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
console.log(
  steep.length === 0
    ? `\nNothing grows faster than size^${LIMIT}.`
    : `\nSteeper than size^${LIMIT}, or failed:\n  ${steep.join("\n  ")}`,
);
process.exitCode = steep.length === 0 ? 0 : 1;
