// A curve with its confidence band, drawn as SVG: the growth of onions (examples/data/README.md) by Richards' model,
//
//     weight = limit / (1 + exp(delay - rate · time))^(1 / shape).
//
// The band holds the true curve with probability 0.95 at each time, by the delta method. The drawing goes to the file
// that is named, `node examples/curve-fit.mjs curve.svg`, or to a temporary one. It takes
// `npm install @observablehq/plot linkedom`.
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as Plot from "@observablehq/plot";
import { add, div, exp, mul, pow, sub } from "hvp";
import { fit } from "hvp/optimize";
import { parseHTML } from "linkedom";
import { table } from "./table.mjs";

const data = table("onions.csv").map(([time, weight]) => ({ time, weight }));
const model = ({ limit, delay, rate, shape }, time) =>
  div(limit, pow(add(1, exp(sub(delay, mul(rate, time)))), div(1, shape)));

const x = data.map(({ time }) => time);
const y = data.map(({ weight }) => weight);
const found = fit(model, { x, y }, { limit: 100, delay: 10, rate: 1, shape: 1 });
const { lower, upper } = found.confidence(0.95);
console.log(`${data.length} observations, sum of squares ${found.chi2.toFixed(4)}, ${found.dof} degrees of freedom`);
console.log("parameter      value ± standard error      95 % interval");
for (const name of found.names) {
  const [value, error] = [found.params[name].toFixed(4).padStart(9), found.standardErrors[name].toFixed(4)];
  console.log(
    `${name.padEnd(10)} ${value} ± ${error.padEnd(8)}  ${lower[name].toFixed(3)} to ${upper[name].toFixed(3)}`,
  );
}

const times = Float64Array.from({ length: 141 }, (_, i) => 1 + i / 10);
const { value, lower: below, upper: above } = found.band(times, 0.95);
const band = Array.from(times, (time, i) => ({ time, weight: value[i], low: below[i], high: above[i] }));
for (const { time, weight, high } of band)
  if (time % 3 === 0) console.log(`weight at time ${time}: ${weight.toFixed(3)} ± ${(high - weight).toFixed(3)}`);

const svg = Plot.plot({
  document: parseHTML("<html></html>").document,
  x: { label: "time" },
  y: { label: "dry weight", grid: true },
  marks: [
    Plot.areaY(band, { x: "time", y1: "low", y2: "high", fillOpacity: 0.2 }),
    Plot.lineY(band, { x: "time", y: "weight" }),
    Plot.dot(data, { x: "time", y: "weight" }),
  ],
});
svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
const file = process.argv[2] ?? path.join(tmpdir(), "curve-fit.svg");
writeFileSync(file, svg.outerHTML);
console.log(`drawn in ${file}`);
