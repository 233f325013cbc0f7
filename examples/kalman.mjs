// Maximum likelihood in a state-space model: how much of the change of the Nile's annual flow is the river's, and how
// much is noise. The local level model (Durbin and Koopman, Time Series Analysis by State Space Methods, 2012, 2.1)
//
//     flow[t] = level[t] + noise,  level[t + 1] = level[t] + step,
//
// has two unknown variances. A Kalman filter, a `scan` over the years, gives their likelihood, a minimum of its negative
// logarithm the estimates, and the Hessian there their standard errors.
import { add, div, exp, laplaceApproximation, log, mul, scan, square, sub, sum } from "hvp";
import { minimize } from "hvp/optimize";
import { table } from "./table.mjs";

const flows = Float64Array.from(table("nile.csv"), ([, flow]) => flow);
const [first, later] = [flows[0], flows.subarray(1)];

/** What is known of the level after each year, and how unlikely its flow was. Before the first year nothing is known. */
function filtered({ noise, step }) {
  const year = ({ level, variance }, flow) => {
    const foretold = add(variance, step); // variance of the level before the flow is seen
    const spread = add(foretold, noise); // variance of the flow
    const surprise = sub(flow, level);
    const gain = div(foretold, spread);
    const next = { level: add(level, mul(gain, surprise)), variance: mul(gain, noise) };
    return [next, { ...next, loss: add(log(mul(2 * Math.PI, spread)), div(square(surprise), spread)) }];
  };
  return scan(year, { level: first, variance: noise }, later)[1];
}
const minusLogLikelihood = (variances) => mul(0.5, sum(filtered(variances).loss));

// Logarithms keep the variances positive.
const variancesOf = ({ noise, step }) => ({ noise: exp(noise), step: exp(step) });
const start = { noise: Math.log(1e4), step: Math.log(1e4) };
const found = minimize((logs) => minusLogLikelihood(variancesOf(logs)), start);
const variances = variancesOf(found.x);
const errors = laplaceApproximation(minusLogLikelihood, variances).standardDeviations;

console.log(`${flows.length} years; ${found.message} after ${found.iterations} iterations`);
console.log(`log-likelihood ${(-found.value).toFixed(4)}`);
for (const [name, what] of [
  ["noise", "variance of the noise"],
  ["step", "variance of the level's steps"],
])
  console.log(`${what.padEnd(30)}${variances[name].toFixed(2).padStart(9)} ± ${errors[name].toFixed(2)}`);

const { level, variance } = filtered(variances);
const last = level.length - 1;
console.log(`level in 1970: ${level[last].toFixed(3)} ± ${Math.sqrt(variance[last]).toFixed(3)}`);
