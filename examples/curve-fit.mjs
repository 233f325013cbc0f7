// A curve with its confidence band, drawn as SVG: the growth of onions (examples/data/README.md) by Richards' model,
//
//     weight = limit / (1 + exp(delay - rate · time))^(1 / shape).
//
// The band is that of the delta method: the variance of the curve at a time is g·C·gᵀ, C the covariance of the
// parameters, g the gradient of the model with respect to them. `node examples/curve-fit.mjs curve.svg` says where the
// drawing goes, a temporary file unless given; it takes `npm install @observablehq/plot linkedom`.
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as Plot from "@observablehq/plot";
import { add, div, exp, jacfwd, matmul, mul, pow, sqrt, stack, sub, sum } from "hvp";
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
const curve = model(found.params, times);
const gradients = jacfwd((params) => model(params, times))(found.params);
const g = stack(
  found.names.map((name) => gradients[name]),
  { axis: 1 },
); // a row for each time
const quantile = (upper.limit - found.params.limit) / found.standardErrors.limit;
const halfWidth = mul(quantile, sqrt(sum(mul(matmul(g, found.covariance), g), { axis: 1 })));
const band = Array.from(times, (time, i) => ({ time, weight: curve[i], halfWidth: halfWidth[i] }));
for (const { time, weight, halfWidth } of band)
  if (time % 3 === 0) console.log(`weight at time ${time}: ${weight.toFixed(3)} ± ${halfWidth.toFixed(3)}`);

const svg = Plot.plot({
  document: parseHTML("<html></html>").document,
  x: { label: "time" },
  y: { label: "dry weight", grid: true },
  marks: [
    Plot.areaY(band, {
      x: "time",
      y1: (d) => d.weight - d.halfWidth,
      y2: (d) => d.weight + d.halfWidth,
      fillOpacity: 0.2,
    }),
    Plot.lineY(band, { x: "time", y: "weight" }),
    Plot.dot(data, { x: "time", y: "weight" }),
  ],
});
svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
const file = process.argv[2] ?? path.join(tmpdir(), "curve-fit.svg");
writeFileSync(file, svg.outerHTML);
console.log(`drawn in ${file}`);
