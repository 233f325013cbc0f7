// node bench/compare.mjs OLD NEW [--rows=rosen,lj-64] [--pairs=15] [--quick] [--f32] [--json=file]
//
// Two builds in one run, over the 25 workloads: value, gradient, Hessian-vector product, product at a point. OLD and
// NEW are folders of a package or of its dist. A pair is a fresh process of each build; their batches take turns (A B
// B A …), and the least time of each is taken. The ratio of a row is the median over its pairs, with a bootstrap
// interval of 95 %. Both builds are checked before they are timed. Exit code 1: a wrong result, a row whose lower
// bound is above 1.05, or a geometric mean above 1.02.
import { fork } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { compareRows } from "./compare/statistics.mjs";
import { short } from "./measure.mjs";
import { select } from "./workloads.mjs";

const ROW_LIMIT = 1.05;
const MEAN_LIMIT = 1.02;
const NAMES = ["value", "gradient", "HVP", "HVP at a point"];
const FIRST = "first call";

const usage = "usage: node bench/compare.mjs OLD NEW [--rows=rosen,lj-64] [--pairs=15] [--quick] [--f32] [--json=file]";
const stop = (message) => {
  console.error(message);
  process.exit(2);
};
const args = process.argv.slice(2);
const folders = args.filter((t) => !t.startsWith("--"));
const flags = args.filter((t) => t.startsWith("--"));
const unknown = flags.find((t) => !/^--(quick|f32|rows=.+|pairs=\d+|json=.+)$/.test(t));
if (unknown || folders.length !== 2) stop(unknown ? `unknown flag ${unknown}\n${usage}` : usage);
const option = (name) => flags.find((t) => t.startsWith(`--${name}=`))?.slice(name.length + 3);
const quick = flags.includes("--quick");
const f32 = flags.includes("--f32");
const pairs = Number(option("pairs") ?? (quick ? 7 : 15));
const [batches, batchMs, warmUpMs] = quick ? [6, 1.5, 25] : [12, 1.5, 60];
const selected = select(option("rows")?.split(",") ?? []);

/** The library's file in a folder of a package or of its dist. */
function libraryIn(folder) {
  const file = ["dist/index.js", "index.js"].map((name) => path.resolve(folder, name)).find(existsSync);
  return file ?? stop(`no build in ${folder}: neither dist/index.js nor index.js is there; run npm run build`);
}
const libraries = folders.map(libraryIn);

const childFile = fileURLToPath(new URL("./compare/child.mjs", import.meta.url));

/** A process of one build; `ask` sends a message and resolves to the answer. */
function runner(library) {
  const child = fork(childFile, [], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const ask = (message) =>
    new Promise((resolve, reject) => {
      const ended = (code) => reject(new Error(`a process of ${library} ended with code ${code}`));
      child.once("exit", ended);
      child.once("message", (answer) => {
        child.off("exit", ended);
        if (answer.error) reject(new Error(`${library}: ${answer.error}`));
        else resolve(answer);
      });
      child.send(message);
    });
  return { ask, end: () => child.kill() };
}

/** One pair: microseconds of every name, old and new. */
async function measurePair(id, k) {
  const runners = libraries.map(runner);
  const order = k % 2 ? [1, 0] : [0, 1];
  const least = Object.fromEntries(
    [...NAMES, FIRST].map((name) => [name, [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]]),
  );
  try {
    for (const which of order) {
      const start = { library: pathToFileURL(libraries[which]).href, id, f32, names: NAMES, warmUpMs, check: k === 0 };
      const { first, missing } = await runners[which].ask({ start });
      if (missing) return { missing, which };
      least[FIRST][which] = first * 1000;
    }
    for (const name of NAMES)
      for (let b = 0; b < batches; b++)
        for (const which of b % 2 ? [...order].reverse() : order) {
          const { us } = await runners[which].ask({ time: name, batchMs });
          least[name][which] = Math.min(least[name][which], us);
        }
  } finally {
    for (const { end } of runners) end();
  }
  return least;
}

const bundledBytes = async (library, contents) => {
  const stdin = { contents: contents(JSON.stringify(library)), resolveDir: path.dirname(library) };
  const { outputFiles } = await build({
    stdin,
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
    logLevel: "error",
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
};

console.log(
  `${os.cpus()[0].model}, Node ${process.version}, V8 ${process.versions.v8}, ${f32 ? "float32" : "float64"}, ${pairs} pairs`,
);
console.log(`OLD ${libraries[0]}\nNEW ${libraries[1]}`);
for (const [title, contents] of [
  ["hvp, sum, sin", (from) => `import { hvp, sum, sin } from ${from}; globalThis.used = [hvp, sum, sin];`],
  ["all exports", (from) => `import * as all from ${from}; globalThis.used = all;`],
]) {
  const [before, after] = await Promise.all(libraries.map((library) => bundledBytes(library, contents)));
  console.log(`bundle, ${title}: ${before} → ${after} bytes gzip (${after >= before ? "+" : ""}${after - before})`);
}

const rows = [];
let failures = 0;
for (const { id } of selected) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${id} …`);
  const found = [];
  try {
    for (let k = 0; k < pairs; k++) {
      const pair = await measurePair(id, k);
      if (pair.missing) {
        console.log(`${id}: skipped, ${libraries[pair.which]} does not export ${pair.missing.join(", ")}`);
        break;
      }
      found.push(pair);
    }
  } catch (error) {
    console.error(`${id}: ${error.message}`);
    failures++;
    continue;
  }
  if (found.length === pairs)
    for (const name of [...NAMES, FIRST]) rows.push({ id, name, pairs: found.map((pair) => pair[name]) });
}
if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
if (rows.length === 0) stop("nothing was measured");

const judged = rows.filter((row) => row.name !== FIRST);
const firsts = rows.filter((row) => row.name === FIRST);
const least = (row, which) => Math.min(...row.pairs.map((pair) => pair[which]));
const range = ({ ratio, low, high }) => `${ratio.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
const print = (row, result, mark) =>
  console.log(
    [
      row.id.padEnd(16),
      row.name.padEnd(15),
      short(least(row, 0)).padStart(10),
      short(least(row, 1)).padStart(10),
      `  ${range(result)}${mark}`,
    ].join(" "),
  );

console.log(
  `\n${"workload".padEnd(16)} ${"what".padEnd(15)} ${"OLD µs".padStart(10)} ${"NEW µs".padStart(10)}   NEW ÷ OLD [95 %]`,
);
const results = compareRows(judged);
const slower = judged.filter((row, k) => {
  const tooSlow = results.rows[k].low > ROW_LIMIT;
  print(row, results.rows[k], tooSlow ? "  SLOWER" : results.rows[k].high < 1 / ROW_LIMIT ? "  faster" : "");
  return tooSlow;
});
console.log("\nfirst call: trace, differentiate, compile, run, in a fresh process (not judged)");
const first = compareRows(firsts);
firsts.forEach((row, k) => {
  print(row, first.rows[k], "");
});

console.log("\ngeometric means");
for (const name of NAMES)
  console.log(`${name.padEnd(16)} ${range(compareRows(judged.filter((row) => row.name === name)).geometricMean)}`);
console.log(`${FIRST.padEnd(16)} ${range(first.geometricMean)}`);
console.log(`${"all but first".padEnd(16)} ${range(results.geometricMean)}`);
if (option("json")) {
  const measured = judged
    .map((row, k) => ({ ...row, ...results.rows[k] }))
    .concat(firsts.map((row, k) => ({ ...row, ...first.rows[k] })));
  writeFileSync(
    option("json"),
    `${JSON.stringify({ libraries, geometricMean: results.geometricMean, rows: measured }, null, 2)}\n`,
  );
}
if (slower.length > 0) console.error(`${slower.length} rows are slower: their lower bound is above ${ROW_LIMIT}`);
if (results.geometricMean.ratio > MEAN_LIMIT) console.error(`the geometric mean is above ${MEAN_LIMIT}`);
if (failures > 0) console.error(`${failures} workloads failed`);
if (slower.length > 0 || results.geometricMean.ratio > MEAN_LIMIT || failures > 0) process.exitCode = 1;
