// npm run numerics: measures every elementary kernel, the operations composed of them, and the engine's own Math.* on
// the same points, and writes the table of docs/numerics.md. Arguments: the number of points a function (100000), and
// names of functions: then only those are measured, and nothing is written.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Accuracy, compare, powPoints } from "../harness/accuracy.ts";
import * as core from "../harness/contracts.ts";
import { pointsOf } from "../harness/contracts.ts";
import * as more from "../harness/elementary-contracts.ts";
import { loadKernels } from "../harness/kernels.ts";
import { type Numbers, operandsOf, operationContracts } from "../harness/operation-contracts.ts";
import * as oracle from "../harness/oracle.ts";
import { rng } from "../harness/rng.ts";
import { polygammas } from "../harness/special-contracts.ts";
import { type Format, sweep } from "../harness/ulp.ts";

const POINTS = Number(process.argv[2] ?? 100_000);
const names = process.argv.slice(3);
const chosen = <T extends { readonly name: string }>(list: readonly T[]): T[] =>
  list.filter(({ name }) => names.length === 0 || names.includes(name));
const kernels = loadKernels();
const DTYPES = { f64: "float64", f32: "float32" } as const;

interface Row {
  readonly name: string;
  readonly format: Format;
  readonly range: string;
  readonly kernel: Accuracy;
  readonly engine?: Accuracy;
  readonly special: string;
}

const short = (x: number): string => {
  if (Object.is(x, -0)) return "-0";
  if (Number.isNaN(x) || Math.abs(x) === Infinity) return String(x).replace("Infinity", "∞");
  return String(Number(x.toPrecision(Math.abs(x) > 1e300 ? 5 : 4))).replace("e+", "e");
};

/** The values at zeros, infinities and NaN that the tests ask for bit for bit. */
function specialValues(name: string, format: Format): string {
  const rows = [...core.specials(format), ...more.specials(format)].find(([n]) => n === name)?.[1] ?? [];
  return rows
    .filter(
      ([x]) => Object.is(x, 0) || Object.is(x, -0) || Math.abs(x) === Infinity || Math.abs(x) === 1 || Number.isNaN(x),
    )
    .map(([x, y]) => `${short(x)} → ${short(y)}`)
    .join(", ");
}

const arrayOf = (format: Format, x: readonly number[]): Float64Array | Float32Array =>
  format === "f64" ? Float64Array.from(x) : Float32Array.from(x);

/** Math's function on the same points, rounded to the format. */
function engineOf(
  name: string,
  inputs: readonly ArrayLike<number>[],
  format: Format,
): Float64Array | Float32Array | undefined {
  const f = (Math as unknown as Record<string, ((...x: number[]) => number) | undefined>)[name];
  return (
    f &&
    arrayOf(
      format,
      Array.from(inputs[0] as ArrayLike<number>, (_, i) => f(...inputs.map((x) => x[i] as number))),
    )
  );
}

interface Subject {
  readonly name: string;
  readonly format: Format;
  readonly inputs: readonly Numbers[];
  readonly value: Numbers;
  readonly exact: (...x: oracle.Real[]) => oracle.Real;
  readonly floor?: ((...x: number[]) => number) | undefined;
  /** Which operand the range is printed of. */
  readonly shown?: number;
}

function measure({ name, format, inputs, value, exact, floor, shown = 0 }: Subject): Row {
  const engine = engineOf(name, inputs, format);
  const [kernel, math] = compare(inputs, exact, engine ? [value, engine] : [value], format, floor);
  const special = name === "pow" ? "C99 F.9.4.4" : specialValues(name, format);
  let [low, high] = [Infinity, -Infinity];
  for (const v of inputs[shown] as Numbers) [low, high] = [Math.min(low, v), Math.max(high, v)];
  console.error(`${name} ${format}: max ${kernel?.max.toFixed(3)} at ${kernel?.at}, mean ${kernel?.mean.toFixed(3)}`);
  return { name, format, range: `${short(low)} … ${short(high)}`, kernel: kernel as Accuracy, engine: math, special };
}

const rows: Row[] = [];
for (const format of ["f64", "f32"] as const) {
  const lanes = format === "f64" ? "f64x2" : "f32x4";
  const map = (name: string, x: Numbers, y?: Numbers): Numbers =>
    kernels.map(`${name}_${lanes}`, x as Float64Array, y as Float64Array);
  for (const { name, exact, floor, ...c } of chosen([...core.contracts, ...more.contracts])) {
    const x = arrayOf(format, pointsOf({ name, exact, ...c }, format, POINTS));
    rows.push(measure({ name, format, inputs: [x], value: map(name, x), exact, floor }));
  }
  for (const { order, exact, floor, ranges } of chosen(
    polygammas.map((p) => ({ name: `polygamma ${p.order}`, ...p })),
  )) {
    const each = ranges[format].map(([low, high]) =>
      sweep(low, high, Math.ceil(POINTS / ranges[format].length), format, rng(order)),
    );
    const x = arrayOf(format, each.flat());
    rows.push(
      measure({
        name: `polygamma ${order}`,
        format,
        inputs: [x],
        value: map("polygamma", x.map(() => order) as Numbers, x),
        exact,
        floor,
      }),
    );
  }
  for (const { name, exact, points } of chosen(more.pairContracts)) {
    const pairs = points(format, POINTS).filter(
      ([x, y]) => Number.isFinite(x) && Number.isFinite(y) && x !== 0 && y !== 0,
    );
    const inputs = [0, 1].map((k) =>
      arrayOf(
        format,
        pairs.map((pair) => pair[k] as number),
      ),
    );
    rows.push(measure({ name, format, inputs, value: map(name, ...(inputs as [Numbers, Numbers])), exact }));
  }
  for (const c of chosen(operationContracts)) {
    const inputs = operandsOf(c, format, POINTS);
    rows.push(
      measure({
        name: c.name,
        format,
        inputs,
        value: c.f(...inputs),
        exact: c.exact,
        floor: c.floor,
        shown: inputs.length - 1,
      }),
    );
  }
  if (chosen([{ name: "pow" }]).length === 0) continue;
  const pow = powPoints(format, POINTS).map((v) => arrayOf(format, v)) as [Numbers, Numbers];
  rows.push(measure({ name: "pow", format, inputs: pow, value: map("pow", ...pow), exact: oracle.pow }));
}

const figures = (a?: Accuracy): string =>
  a ? `${a.max > 1e4 ? a.max.toExponential(1) : a.max.toFixed(3)} | ${a.mean.toFixed(3)}` : "— | —";
const lines = rows.map(
  (r) =>
    `| \`${r.name}\` | ${DTYPES[r.format]} | ${r.range} | ${r.kernel.points} | ${figures(r.kernel)} | ${figures(r.engine)} | ${r.special} |`,
);
const table = [
  `Node ${process.version}, V8 ${process.versions.v8}; \`npm run numerics\` replaces this table.`,
  "",
  "| function | dtype | arguments | points | max ulp | mean ulp | `Math.*` max | mean | special values |",
  "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | --- |",
  ...lines,
].join("\n");

const path = fileURLToPath(new URL("../../docs/numerics.md", import.meta.url));
const [begin, end] = ["<!-- table -->", "<!-- /table -->"];
const text = readFileSync(path, "utf8");
const [from, to] = [text.indexOf(begin), text.indexOf(end)];
if (from < 0 || to < from) throw new Error(`docs/numerics.md must have the marks ${begin} and ${end}`);
if (names.length === 0) writeFileSync(path, `${text.slice(0, from + begin.length)}\n${table}\n${text.slice(to)}`);
const worst = [...rows].sort((a, b) => b.kernel.max - a.kernel.max).slice(0, 5);
console.log(
  `worst: ${worst.map((r) => `${r.name} ${DTYPES[r.format]} ${r.kernel.max.toFixed(3)} at ${r.kernel.at}`).join("; ")}`,
);
