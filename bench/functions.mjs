// npm run bench:functions [-- filter …] [--check] [--quick] [--write] [--json=file]
//
// Nanoseconds per element of every element-wise function on arrays of 1000 elements, which stay in the first-level
// cache, in float64 and float32, beside a loop in JavaScript with Math (or the formula with Math that one would
// write), and beside the same loop in AssemblyScript with its own NativeMath. Functions, formulas and ranges:
// functions/table.mjs.
//   filter   functions whose name contains one of the filters
//   --check  check the results and time nothing           --quick  shorter batches
//   --write  the tables of docs/numerics.md are replaced (all functions only)
//
// What is timed of the library is the program that `jit(f)` compiles: its loop reads the arguments from memory and
// writes the results, as the other loops do. It is called as the library calls it, but without copying the arrays in
// and out; "call" is `jit(f)(x)` with both copies and a new array for the result.
import { readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import { fileURLToPath } from "node:url";
import { compiledLoop, jsLoop } from "./functions/loops.mjs";
import { nativeLoops } from "./functions/native.mjs";
import { functions } from "./functions/table.mjs";
import { uniform } from "./inputs.mjs";
import { measure, short } from "./measure.mjs";

const N = 1000;
const args = process.argv.slice(2);
const flags = args.filter((t) => t.startsWith("--"));
const filters = args.filter((t) => !t.startsWith("--"));
const unknown = flags.find((t) => !["--check", "--quick", "--write"].includes(t) && !t.startsWith("--json="));
if (unknown) {
  console.error(`unknown flag ${unknown}; flags are --check --quick --write --json=file`);
  process.exit(1);
}
if (flags.includes("--write") && (filters.length > 0 || flags.includes("--check"))) {
  console.error("--write replaces the whole table by new times: leave filters and --check out");
  process.exit(1);
}
const jsonFile = flags.find((t) => t.startsWith("--json="))?.slice(7);
const checkOnly = flags.includes("--check");
const timing = flags.includes("--quick")
  ? { rounds: 5, batchMs: 4, warmUpMs: 20 }
  : { rounds: 9, batchMs: 15, warmUpMs: 40 };

const TYPES = { float64: Float64Array, float32: Float32Array };
// Against the formulas, which are not the measure of accuracy (npm run numerics is): they cancel near zeros, and the
// series of special.mjs end at 1e-12. An error here is a wrong program. Float32 results are rounded to 24 bits.
const TOLERANCE = { float64: 2e-11, float32: 1e-6 };

const argumentsOf = ({ ranges }, Real, seed) =>
  ranges.map(([low, high], i) => Real.from(uniform(seed + i, N), (t) => low + ((t + 1) / 2) * (high - low)));

/** Throws unless `got` is `want` within the tolerance, relative to 1 + |want|. */
function requireEqual(what, got, want, tolerance) {
  for (let i = 0; i < N; i++) {
    const error = Math.abs(got[i] - want[i]) / (1 + Math.abs(want[i]));
    if (!(error <= tolerance)) throw new Error(`${what} gives ${got[i]}, not ${want[i]}, for element ${i}`);
  }
}

function timesOf(row, k, dtype, native) {
  const Real = TYPES[dtype];
  const inputs = argumentsOf(row, Real, 7000 + 10 * k);
  const js = jsLoop(row, inputs, new Real(N));
  const own = compiledLoop(row.f, inputs);
  const systems = { hvp: own.run, call: own.call, math: js.run };
  js.run();
  requireEqual(`${row.name} ${dtype}`, own.result, js.out, TOLERANCE[dtype]);
  const loop = native(k, Real, inputs);
  if (loop) {
    loop.place();
    loop.run();
    requireEqual(`${row.name} ${dtype} with NativeMath`, loop.out, js.out, 10 * TOLERANCE[dtype]);
    systems.native = loop.run;
  }
  if (checkOnly) return undefined;
  const times = measure(systems, timing);
  return Object.fromEntries([...times].map(([name, { us }]) => [name, (us * 1000) / N]));
}

const cell = (t, digits = short) => (Number.isFinite(t) ? digits(t) : "—");
const ratio = (t) => (t >= 9.95 ? t.toFixed(0) : t.toFixed(2));
const shown = (expression) => expression.replaceAll("M.", "Math.");
const rangeOf = ({ ranges }) => ranges.map(([low, high]) => `${low} … ${high}`).join(", ");
const titles = ["function", "arguments", "hvp", "call", "Math", "Math ÷ hvp", "Native", "Native ÷ hvp"];
const cellsOf = (r) => [
  r.name,
  r.range,
  cell(r.hvp),
  cell(r.call),
  cell(r.math),
  cell(r.math / r.hvp, ratio) + (r.missed ? " *" : ""),
];
const allCells = (r) => [...cellsOf(r), cell(r.native), cell(r.native / r.hvp, ratio)];

const selected = functions
  .map((f, k) => [f, k])
  .filter(([f]) => filters.length === 0 || filters.some((t) => f.name.includes(t)));
const native = await nativeLoops(functions, N);
const machine = `${os.cpus()[0].model}, ${os.platform()} ${os.arch()}; Node ${process.version}, V8 ${process.versions.v8}`;
const rows = [];
if (!checkOnly) console.log(machine);
if (!checkOnly)
  console.log(
    "ns per element, medians of interleaved batches, 1000 elements. Math ÷ hvp above 1: faster than the loop with Math; * misses a target.",
  );
const WIDTHS = [18, 20, 8, 8, 8, 12, 8, 13];
const line = (cells) => cells.map((t, i) => (i < 2 ? t.padEnd(WIDTHS[i]) : t.padStart(WIDTHS[i]))).join("");
for (const [index, dtype] of Object.keys(TYPES).entries()) {
  if (!checkOnly) console.log(`\n${line([dtype, ...titles.slice(1)])}`);
  for (const [f, k] of selected) {
    const times = timesOf(f, k, dtype, native);
    if (!times) continue;
    // Math has no special functions: beside the short formulas of special.mjs they are for comparison only
    const target = f.by.includes("S.") ? 0 : (f.times?.[index] ?? 1);
    const row = {
      name: f.name,
      dtype,
      range: rangeOf(f),
      by: shown(f.by),
      target,
      ...times,
      missed: times.math / times.hvp < target,
    };
    rows.push(row);
    console.log(line(allCells(row)));
  }
}
if (checkOnly) console.log(`${selected.length} functions are right, in ${Object.keys(TYPES).join(" and ")}`);
const missed = rows.filter((r) => r.missed);
for (const r of missed)
  console.log(`misses its target: ${r.name} ${r.dtype}, ${ratio(r.math / r.hvp)} times Math, not ${r.target}`);

if (jsonFile) writeFileSync(jsonFile, `${JSON.stringify({ machine, elements: N, rows }, null, 2)}\n`);
if (flags.includes("--write")) writeTables();

/** Replaces what is between the marks in docs/numerics.md. `npm run numerics` replaces what is between its own. */
function writeTables() {
  const path = fileURLToPath(new URL("../docs/numerics.md", import.meta.url));
  const [begin, end] = ["<!-- speed -->", "<!-- /speed -->"];
  const text = readFileSync(path, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/numerics.md must have the marks ${begin} and ${end}`);
  const table = (dtype) =>
    [
      `| ${[dtype, ...titles.slice(1)].join(" | ")} |`,
      `| --- | --- | ${titles
        .slice(2)
        .map(() => "---:")
        .join(" | ")} |`,
      ...rows
        .filter((r) => r.dtype === dtype)
        .map((r) => `| ${["`" + r.name + "`", ...allCells(r).slice(1)].join(" | ")} |`),
    ].join("\n");
  const formulas = functions
    .filter((f) => f.by !== `M.${f.name}(x)`)
    .map((f) => `\`${f.name}\`: \`${shown(f.by)}\``)
    .join("; ");
  const head = `${machine}; ${new Date().toISOString().slice(0, 10)}; \`npm run bench:functions -- --write\` replaces these tables.`;
  const tail = `Formulas of the loops where Math has no such function (S: bench/functions/special.mjs): ${formulas}.`;
  const content = [head, ...Object.keys(TYPES).map(table), tail].join("\n\n");
  writeFileSync(path, `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`);
}
