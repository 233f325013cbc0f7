// Gaussian process regression of the Nile's annual flow (examples/data/README.md): a smooth course with Matérn's
// covariance, signal · (1 + a)·exp(-a) with a = √3·distance/length, and noise on top. The three hyperparameters make the
// marginal likelihood greatest (Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006, algorithm 2.1).
import { abs, add, cholesky, choSolve, diagonal, div, exp, eye, jit, log, mul, neg, sqrt, sub, sum, vdot } from "hvp";
import { minimize } from "hvp/optimize";
import { table } from "./table.mjs";

const rows = table("nile.csv");
const years = rows.map(([year]) => year);
const n = rows.length;
const mean = rows.reduce((t, [, flow]) => t + flow, 0) / n;
const deviation = Math.sqrt(rows.reduce((t, [, flow]) => t + (flow - mean) ** 2, 0) / n);
const z = Float64Array.from(rows, ([, flow]) => (flow - mean) / deviation);

const distances = (a, b) => a.map((s) => b.map((t) => Math.abs(s - t)));
const covariance = ({ signal, length }, far) => {
  const a = mul(Math.sqrt(3), div(far, length));
  return mul(signal, mul(add(1, a), exp(neg(a))));
};

const apart = distances(years, years);
const factorOf = (p) => cholesky(add(covariance(p, apart), mul(p.noise, eye(n))));
function minusLogLikelihood(p) {
  const factor = factorOf(p);
  const misfit = mul(0.5, vdot(z, choSolve(factor, z)));
  return add(add(misfit, sum(log(diagonal(factor)))), 0.5 * n * Math.log(2 * Math.PI));
}

// Logarithms keep the hyperparameters positive.
const positive = ({ signal, length, noise }) => ({ signal: exp(signal), length: exp(length), noise: exp(noise) });
const start = { signal: 0, length: Math.log(10), noise: Math.log(0.5) };
const found = minimize((logs) => minusLogLikelihood(positive(logs)), start, { method: "trust-exact", gtol: 1e-9 });
const p = positive(found.x);
console.log(`log marginal likelihood ${(-found.value).toFixed(6)} after ${found.iterations} iterations`);
for (const name of ["signal", "length", "noise"]) console.log(`${name.padEnd(8)}${p[name].toFixed(6)}`);

// The course of the river, without the noise of a single year.
const factor = factorOf(p);
const courseIn = jit((year) => {
  const across = covariance(p, abs(sub(year, years)));
  const variance = sub(p.signal, vdot(across, choSolve(factor, across)));
  return [add(mean, mul(deviation, vdot(across, choSolve(factor, z)))), mul(deviation, sqrt(variance))];
});
for (const year of [1880, 1913, 1970, 1980]) {
  const [course, error] = courseIn(year);
  console.log(`course in ${year} ${course.toFixed(2).padStart(8)} ± ${error.toFixed(2)}`);
}
