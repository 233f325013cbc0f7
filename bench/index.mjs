// npm run bench [-- filter …] [--f32] [--check] [--quick] [--json=file]
//
// Time per call of value, gradient and Hessian-vector products, copied from and to ordinary arrays, beside the same
// by hand in plain JavaScript (byhand/) and in AssemblyScript (limit/). Every result is checked against the reference
// before anything is timed.
//   filter   run only workloads whose name contains one of the filters, e.g. `rosen` or `lj-64`
//   --f32    everything in float32
//   --check  check the results and time nothing
//   --quick  shorter batches
import { readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import * as hvp from "hvp";
import { requireRight } from "./check.mjs";
import { loops } from "./inputs.mjs";
import { limit } from "./limit.mjs";
import { measure, short } from "./measure.mjs";
import { operations, rotate } from "./operations.mjs";
import { select } from "./workloads.mjs";

const args = process.argv.slice(2);
const flags = args.filter((t) => t.startsWith("--"));
const known = ["--f32", "--check", "--quick"];
const unknown = flags.find((t) => !known.includes(t) && !t.startsWith("--json="));
if (unknown) {
  console.error(`unknown flag ${unknown}; flags are ${known.join(" ")} --json=file`);
  process.exit(1);
}
const selected = select(args.filter((t) => !t.startsWith("--")));
const jsonFile = flags.find((t) => t.startsWith("--json="))?.slice(7);
const timing = flags.includes("--quick") ? { rounds: 5, batchMs: 4, warmUpMs: 20 } : { rounds: 7, batchMs: 20 };
const checkOnly = flags.includes("--check");
const Real = flags.includes("--f32") ? Float32Array : Float64Array;
// Float64: rounding errors of sums of up to 1e6 terms, in another order than the reference's. Float32: inputs rounded
// to 24 bits, and cancellation in forces and residuals. Loops: what ten thousand steps make of every rounding.
const toleranceOf = (id) => (Real !== Float64Array ? 1e-4 : loops.includes(id) ? 1e-11 : 1e-12);

/**
 * The first product of a new objective: trace, differentiate, compile, run; then everything else held against the
 * reference.
 */
function firstCall(workload) {
  const start = performance.now();
  const problem = hvp.objective(workload.objective(hvp), workload.x);
  const product = problem.hvp(workload.x, workload.v);
  return { problem, product, ms: performance.now() - start };
}

function checkAll(name, problem, { id, x, v }) {
  const results = { value: problem.value(x), grad: problem.grad(x), hvp: problem.hvp(x, v) };
  requireRight(name, id, results, v, toleranceOf(id));
  if (!problem.at) return 3;
  requireRight(`${name} at a point`, id, { hvp: problem.at(x).hvp(v) }, v, toleranceOf(id));
  return 4;
}

const columns = [
  ["workload", 16],
  ["what", 15],
  ["hvp µs", 9],
  ["÷ value", 8],
  ["plain JS µs", 12],
  ["plain/hvp", 10],
  ["limit µs", 10],
  ["hvp/limit", 10],
];
const line = (cells) =>
  cells.map((cell, k) => (k < 2 ? String(cell).padEnd(columns[k][1]) : String(cell).padStart(columns[k][1]))).join(" ");
const cell = (t, digits) => (Number.isFinite(t) ? digits(t) : "–");
const ratio = (t) => (t >= 9.95 ? t.toFixed(0) : t.toFixed(2));

const version = JSON.parse(readFileSync(new URL("../package.json", import.meta.url))).version;
console.log(`${os.cpus()[0].model}, ${os.cpus().length} cores, ${os.platform()} ${os.arch()}`);
console.log(
  `Node ${process.version}, V8 ${process.versions.v8}, hvp ${version}, ${Real === Float64Array ? "float64" : "float32"}`,
);
if (!checkOnly) {
  console.log(
    "µs per call: medians of interleaved batches, inputs and results copied. plain JS: the same by hand, bench/byhand;",
  );
  console.log(
    "limit: by hand in AssemblyScript SIMD, bench/limit. First call: trace, differentiate, compile, run, in this process.\n",
  );
  console.log(line(columns.map(([title]) => title)));
  console.log(columns.map(([, width]) => "-".repeat(width)).join(" "));
}

const rows = [];
let failures = 0;
for (const { id, make } of selected) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${id} …`);
  const workload = make(Real);
  const missing = workload.missing(hvp);
  if (missing.length > 0) {
    console.log(`${id}: skipped, this build of hvp does not export ${missing.join(", ")}`);
    continue;
  }
  const systems = {};
  let first = Number.NaN;
  try {
    const { problem, product, ms } = firstCall(workload);
    requireRight("the first call", id, { hvp: product }, workload.v, toleranceOf(id));
    [systems.hvp, first] = [problem, ms];
    if (workload.byhand) systems.plain = workload.byhand;
    const byLimit = await limit(workload);
    if (byLimit) systems.limit = byLimit;
    let count = 0;
    for (const [name, problem] of Object.entries(systems)) count += checkAll(name, problem, workload);
    if (checkOnly) console.log(`${id}: ${count} results of ${Object.keys(systems).join(", ")} are right`);
  } catch (error) {
    console.error(String(error.message));
    failures++;
    continue;
  }
  if (checkOnly) continue;

  const tasks = {};
  for (const [what, call] of Object.entries(operations))
    for (const [name, system] of Object.entries(systems)) {
      if (name === "limit" && !["value", "gradient", "HVP"].includes(what)) continue;
      tasks[`${what}|${name}`] = rotate(call(system, workload), workload);
    }
  const times = measure(tasks, timing);
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  const us = (what, name) => times.get(`${what}|${name}`)?.us;
  for (const what of Object.keys(operations)) {
    const [own, plain, bound] = ["hvp", "plain", "limit"].map((name) => us(what, name));
    const perValue = what === "value" ? undefined : own / us("value", "hvp");
    rows.push({
      workload: id,
      n: workload.n,
      what,
      hvp: own,
      plain,
      limit: bound,
      perValue,
      spread: times.get(`${what}|hvp`).spread,
    });
    const compared = [cell(plain, short), cell(plain / own, ratio), cell(bound, short), cell(own / bound, ratio)];
    console.log(line([id, what, cell(own, short), cell(perValue, ratio), ...compared]));
  }
  rows.push({ workload: id, n: workload.n, what: "first call", hvp: first * 1000 });
  console.log(line([id, "first call", cell(first * 1000, short), "", "", "", "", ""]).trimEnd());
  systems.hvp.dispose();
}

if (!checkOnly) summarize();
/** The worst ratios, against the targets of the design. */
function summarize() {
  const worst = (title, rowsOf, value, largest = true) => {
    const sorted = rowsOf
      .filter((row) => Number.isFinite(value(row)))
      .sort((a, b) => (largest ? -1 : 1) * (value(a) - value(b)));
    if (sorted.length === 0) return;
    const named = sorted.slice(0, 5).map((row) => `${row.workload} ${ratio(value(row))}`);
    console.log(`${title.padEnd(52)} ${named.join(", ")}`);
  };
  const of = (what) => rows.filter((row) => row.what === what);
  console.log("\nWorst five");
  worst("HVP ÷ value (target ≤ 4)", of("HVP"), (row) => row.perValue);
  worst("HVP at a point ÷ value (target ≤ 2)", of("HVP at a point"), (row) => row.perValue);
  worst("HVP: hvp ÷ hand-written Wasm (≤ 1.25; lj ≤ 2)", of("HVP"), (row) => row.hvp / row.limit);
  worst("HVP: plain JS ÷ hvp", of("HVP"), (row) => row.plain / row.hvp, false);
  worst("HVP at a point: plain JS ÷ hvp", of("HVP at a point"), (row) => row.plain / row.hvp, false);
}
if (jsonFile) {
  const machine = { cpu: os.cpus()[0].model, node: process.version, v8: process.versions.v8 };
  writeFileSync(
    jsonFile,
    `${JSON.stringify({ machine, dtype: Real === Float64Array ? "float64" : "float32", rows }, null, 2)}\n`,
  );
}
if (failures > 0) {
  console.error(`${failures} workloads gave wrong results`);
  process.exitCode = 1;
}
