// npm run bench [-- filter …] [--check] [--quick] [--json=file]
//
// Time per call of value, gradient and Hessian-vector products, copied from and to ordinary arrays, beside the same by hand in plain
// JavaScript (baseline.mjs) and, where it can be loaded, in jax-js. Every result is checked before anything is timed.
//   filter   run only workloads whose name contains one of the filters, e.g. `rosenbrock` or `sin-100`
//   --check  check the results and time nothing            --quick  shorter batches
import { readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import * as hvp from "hvp";
import { baseline } from "./baseline.mjs";
import { loadJaxJs } from "./jaxjs.mjs";
import { measure, relativeError, short } from "./measure.mjs";
import { workloads } from "./workloads.mjs";

const args = process.argv.slice(2);
const flags = args.filter((t) => t.startsWith("--"));
const filters = args.filter((t) => !t.startsWith("--"));
const jsonFile = flags.find((t) => t.startsWith("--json="))?.slice(7);
const timing = flags.includes("--quick") ? { rounds: 3, batchMs: 8 } : {};
const reference = JSON.parse(readFileSync(new URL("./reference.json", import.meta.url), "utf8"));
const names = workloads.map(({ id }) => id);
const matches = (id, filter) => (names.includes(filter) ? id === filter : id.includes(filter));
const selected = workloads.filter(({ id }) => filters.length === 0 || filters.some((t) => matches(id, t)));
if (selected.length === 0) {
  console.error(`no workload matches ${filters.join(" ")}; there are ${names.join(", ")}`);
  process.exit(1);
}

/**
 * What is measured. Results go into a given array, as in an optimizer's loop: what a new array of 80 KB or 8 MB costs is decided by the
 * allocator and the page faults of the system and would drown the rest. The last row includes it.
 */
const operations = {
  value: (p) => (x) => p.value(x),
  gradient: (p, { n }) => {
    const out = new Float64Array(n);
    return (x) => p.grad(x, out);
  },
  HVP: (p, { n }) => {
    const out = new Float64Array(n);
    return (x, v) => p.hvp(x, v, out);
  },
  "HVP at a point": (p, { n, x }) => {
    const at = p.at(x);
    const out = new Float64Array(n);
    return (_, v) => at.hvp(v, out);
  },
  "HVP, new array": (p) => (x, v) => p.hvp(x, v),
};

/** A function without arguments that goes through several inputs in turn and returns a number that depends on the result. */
function rotate(run, { x, v, n }) {
  const turns = n > 1e5 ? 1 : 4;
  const inputs = Array.from({ length: turns }, (_, k) => [x.map((t) => t + k / 1024), v.map((t) => t - k / 1024)]);
  let turn = 0;
  return () => {
    const [a, b] = inputs[turn];
    turn = (turn + 1) % turns;
    const result = run(a, b);
    return typeof result === "number" ? result : result[0];
  };
}

/** The baseline itself is held against values computed by other systems. */
function checkBaseline(id, hand, { x, v }) {
  const known = reference[id];
  if (!known) return;
  const norm = (a) => Math.sqrt(a.reduce((s, t) => s + t * t, 0));
  const hv = hand.hvp(x, v);
  const pairs = {
    f: [hand.value(x), known.f],
    gradNorm: [norm(hand.grad(x)), known.gradNorm],
    hvNorm: [norm(hv), known.hvNorm],
    hv: [hv.slice(0, known.hv.length), known.hv],
  };
  for (const [what, [got, expected]] of Object.entries(pairs)) {
    const error = relativeError(got, expected);
    if (!(error < 1e-12)) throw new Error(`${id}: the baseline's ${what} is off by ${error} relative to the reference`);
  }
}

const jax = await loadJaxJs();
const peers = { hvp: 1e-12, ...(jax.make ? { "jax-js": 1e-5 } : {}) }; // tolerances; jax-js's float64 exp and sin have about 7 digits
console.log(`${os.cpus()[0].model}, ${os.cpus().length} cores, ${os.platform()} ${os.arch()}`);
console.log(
  `Node ${process.version}, V8 ${process.versions.v8}, hvp ${JSON.parse(readFileSync(new URL("../package.json", import.meta.url))).version}`,
);
console.log(`jax-js: ${jax.make ? "WebAssembly backend, float64" : `left out (${jax.why})`}`);
console.log("µs per call: medians of interleaved batches, inputs and results copied. plain JS: the same by hand, bench/baseline.mjs.");

const columns = [
  ["workload", 18],
  ["what", 15],
  ["hvp µs", 10],
  ["plain JS µs", 12],
  ["plain/hvp", 10],
  ...(jax.make
    ? [
        ["jax-js µs", 11],
        ["jax-js/hvp", 11],
      ]
    : []),
  ["÷ value", 8],
];
const line = (cells) =>
  cells.map((cell, k) => (k < 2 ? String(cell).padEnd(columns[k][1]) : String(cell).padStart(columns[k][1]))).join(" ");
if (!flags.includes("--check")) {
  console.log(`\n${line(columns.map(([title]) => title))}`);
  console.log(columns.map(([, width]) => "-".repeat(width)).join(" "));
}

const rows = [];
let failures = 0;
for (const { id, make } of selected) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${id} …`);
  const workload = make();
  const hand = baseline(workload);
  checkBaseline(id, hand, workload);
  const systems = { hvp: hvp.objective(workload.objective(hvp), workload.x), "plain JS": hand };
  if (jax.make) systems["jax-js"] = jax.make(workload);

  const tasks = {};
  for (const [what, call] of Object.entries(operations)) {
    const expected = call(hand, workload)(workload.x, workload.v);
    for (const [name, system] of Object.entries(systems)) {
      const run = call(system, workload);
      const error = relativeError(run(workload.x, workload.v), expected);
      if (!(error <= (peers[name] ?? 0))) {
        console.error(`${id}, ${what}: ${name} differs from the baseline by ${error}`);
        if (name === "hvp") failures++;
        continue;
      }
      tasks[`${what}|${name}`] = rotate(run, workload);
    }
  }
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  if (flags.includes("--check")) {
    console.log(`${id}: ${Object.keys(tasks).length} results checked`);
    continue;
  }

  const times = measure(tasks, timing);
  const us = (what, name) => times.get(`${what}|${name}`)?.us;
  for (const what of Object.keys(operations)) {
    const own = us(what, "hvp");
    const byHand = us(what, "plain JS");
    const byJax = us(what, "jax-js");
    const perValue = what === "value" ? undefined : own / us("value", "hvp");
    rows.push({ workload: id, n: workload.n, what, hvp: own, plain: byHand, jaxJs: byJax, perValue });
    const cell = (t, digits) => (Number.isFinite(t) ? digits(t) : "–");
    const ratio = (t) => `${t >= 10 ? t.toFixed(0) : t.toFixed(2)}×`;
    const jaxCells = jax.make ? [cell(byJax, short), cell(byJax / own, ratio)] : [];
    console.log(line([id, what, cell(own, short), cell(byHand, short), cell(byHand / own, ratio), ...jaxCells, cell(perValue, ratio)]));
  }
}
if (jsonFile) {
  const machine = { cpu: os.cpus()[0].model, node: process.version, v8: process.versions.v8 };
  writeFileSync(jsonFile, `${JSON.stringify({ machine, rows }, null, 2)}\n`);
}
if (failures > 0) {
  console.error(`${failures} results of hvp differ from the baseline`);
  process.exitCode = 1;
}
