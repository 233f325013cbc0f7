// npm run bench:peers [-- filter …] [--quick] [--least] [--only=hvp,c,jax] [--json=file]
//
// This library beside the systems to be compared with, in one run: for each workload every system that is installed
// is started in a process of its own with one thread; results are checked; then batches of all systems take turns.
// Prints the table, and writes bench/results.md when nothing was left out by filters, bench/results-loops.md for the
// filter `loops`. What each system needs: README.md.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import readline from "node:readline";
import { fileURLToPath } from "node:url";
import { deviations } from "./check.mjs";
import { findPeers } from "./peers/find.mjs";
import { report } from "./peers/report.mjs";
import { select } from "./workloads.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const scratch = path.join(root, "build", "peers");
const args = process.argv.slice(2);
const filters = args.filter((t) => !t.startsWith("--"));
const option = (name) => args.find((t) => t.startsWith(`--${name}=`))?.slice(name.length + 3);
const quick = args.includes("--quick");
const only = option("only")?.split(",");
/**
 * On a machine that does other work: many batches short enough to run undisturbed now and then, and the least of
 * them.
 */
const least = args.includes("--least");
const [rounds, batchMs] = least ? [15, 3] : quick ? [5, 10] : [7, 20];
/** A system whose first product takes longer is left out of that workload. */
const SETUP_MS = 60_000;

const environment = {
  ...process.env,
  ...{ OMP_NUM_THREADS: "1", MKL_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" },
};

/** A running peer: `ask(line)` resolves to its answer, parsed. */
class Runner {
  constructor({ command, args }, id, folder) {
    this.child = spawn(command, args(id, folder), {
      cwd: root,
      env: environment,
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.errors = "";
    this.child.stderr.on("data", (text) => {
      this.errors = (this.errors + text).slice(-2000);
    });
    this.child.stdin.on("error", () => {});
    this.child.on("error", (error) => {
      this.errors += error.message;
    });
    this.lines = readline.createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }
  async answer(ms) {
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(() => resolve({ late: true }), ms);
    });
    const result = await Promise.race([this.lines.next(), late]);
    clearTimeout(timer);
    if (result.late) throw new Error(`no answer after ${ms / 1000} s`);
    if (result.done) throw new Error(`ended: ${this.errors.trim().split("\n").at(-1)?.slice(0, 160) ?? ""}`);
    return JSON.parse(result.value);
  }
  ask(line, ms) {
    this.child.stdin.write(`${line}\n`);
    return this.answer(ms);
  }
  end() {
    this.child.stdin.end();
    this.child.kill("SIGKILL");
  }
}

/** Writes the inputs for peers in other languages. */
function writeInputs(workload, folder) {
  const description = { arrays: {} };
  for (const [key, value] of Object.entries(workload)) {
    if (ArrayBuffer.isView(value)) {
      description.arrays[key] = value.constructor.name;
      writeFileSync(path.join(folder, `${key}.bin`), value);
    } else if (typeof value !== "function" && key !== "byhand") description[key] = value;
  }
  writeFileSync(path.join(folder, "inputs.json"), JSON.stringify(description));
}
const readNumbers = (file) => {
  const bytes = readFileSync(file);
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
};

const typical = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  if (least) return sorted[0];
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

const { peers, absent } = findPeers(scratch, only);
for (const { name, why } of absent) console.log(`${name}: left out, ${why}`);
console.log(`systems: ${peers.map(({ name }) => name).join(", ")}`);

const rows = [];
const versions = {};
const left = [];
const started = Date.now();
const inLoops = filters.length === 1 && filters[0] === "loops";
const whole = inLoops || (filters.length === 0 && !only);
const target = path.join("bench", inLoops ? "results-loops.md" : "results.md");
const command = `npm run bench:peers${[...filters, ...(least ? ["--least"] : [])].map((t, i) => (i ? " " : " -- ") + t).join("")}`;
const results = () => report({ command, rows, left, absent, versions, peers, rounds, batchMs, least });
for (const { id, make } of select(filters)) {
  const workload = make();
  const running = [];
  for (const peer of peers) {
    const folder = path.join(scratch, `${peer.name}-${id}`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeInputs(workload, folder);
    const runner = new Runner(peer, id, folder);
    try {
      const ready = await runner.answer(SETUP_MS);
      if (ready.skip) throw new Error(ready.skip);
      const results = {
        value: ready.value,
        grad: readNumbers(`${folder}/grad.out`),
        hvp: readNumbers(`${folder}/hvp.out`),
      };
      const errors = deviations(id, results, workload.v);
      const error = Math.max(...Object.values(errors));
      if (!(error <= peer.tolerance)) throw new Error(`wrong result, relative error ${error.toExponential(0)}`);
      versions[peer.name] ??= ready.version;
      running.push({ peer, runner, operations: ready.operations, firstMs: ready.firstMs, error, times: {} });
    } catch (error) {
      runner.end();
      left.push({ id, peer: peer.name, why: error.message });
    }
    rmSync(folder, { recursive: true, force: true });
  }
  for (const operation of ["hvp", "point", "value", "grad", "hvpNew", "resident"]) {
    const able = running.filter((r) => r.operations.includes(operation));
    for (let round = 0; round < rounds; round++)
      for (let k = 0; k < able.length; k++) {
        const r = able[(k + round) % able.length];
        if (r.broken) continue;
        // A batch of a slow system is one call; three of them must do.
        const slow = r.times[operation]?.[0] > 1e6;
        if (slow && r.times[operation].length >= 3) continue;
        try {
          const { us } = await r.runner.ask(`${operation} ${batchMs}`, SETUP_MS);
          (r.times[operation] ??= []).push(us);
        } catch (error) {
          r.broken = true;
          left.push({ id, peer: r.peer.name, why: error.message });
        }
      }
  }
  for (const r of running) {
    r.runner.end();
    const medians = Object.fromEntries(
      Object.entries(r.times).map(([operation, times]) => [operation, typical(times)]),
    );
    rows.push({ workload: id, n: workload.n, peer: r.peer.name, firstMs: r.firstMs, error: r.error, ...medians });
  }
  const of = (name) => rows.find((row) => row.workload === id && row.peer === name)?.hvp;
  console.log(
    `${id.padEnd(16)} HVP µs  ${peers
      .map(({ name }) => `${name} ${Number.isFinite(of(name)) ? of(name).toPrecision(3) : "–"}`)
      .join("  ")}  (${Math.round((Date.now() - started) / 1000)} s)`,
  );
  // After every workload, so that a run that is broken off leaves what it has measured.
  if (whole) writeFileSync(path.join(root, target), results().text);
}

const { text, summary } = results();
console.log(`\n${text}`);
if (whole) console.log(`written to ${target}`);
const json = option("json");
if (json) writeFileSync(json, `${JSON.stringify({ versions, summary, rows, left }, null, 2)}\n`);
