// Bayesian logistic regression by Laplace's approximation: which properties of cell nuclei tell a malignant sample from
// a benign one, and how sure that is. The posterior of the coefficients w, with the prior N(0, width²) for each,
//
//     -log p(w | data) = Σ softplus(-s ∘ Z w) + |w|² / (2 width²) + const,
//
// is near its maximum a normal distribution whose covariance is the inverse Hessian. The evidence, the probability of
// the data under a prior, chooses the width. Data: examples/data/README.md.
import { add, laplaceApproximation, log, matmul, mul, neg, objective, softplus, sum, vdot } from "hvp";
import { minimize } from "hvp/optimize";
import { table } from "./table.mjs";

const NAMES = "radius texture perimeter area smoothness compactness concavity points symmetry dimension".split(" ");
const rows = table("breast-cancer.csv"); // the first ten features are means over the nuclei of a sample
const s = rows.map((row) => (row.at(-1) === 0 ? 1 : -1)); // 1 malignant, -1 benign
const columns = NAMES.map((_, j) => {
  const values = rows.map((row) => row[j]);
  const mean = values.reduce((a, b) => a + b) / rows.length;
  const deviation = Math.sqrt(values.reduce((t, x) => t + (x - mean) ** 2, 0) / rows.length);
  return values.map((x) => (x - mean) / deviation);
});
const Z = rows.map((_, i) => [...columns.map((column) => column[i]), 1]);
const n = NAMES.length + 1;

function minusLogPosterior(w, width) {
  const minusLogPrior = mul(0.5, add(vdot(w, w).div(width.square()), mul(n, log(mul(2 * Math.PI, width.square())))));
  return add(sum(softplus(neg(mul(s, matmul(Z, w))))), minusLogPrior);
}

const problem = objective(minusLogPosterior, new Float64Array(n), 1);
const posteriors = [0.3, 1, 3, 10].map((width) => {
  problem.bind(width);
  const { logEvidence, ...rest } = laplaceApproximation(problem, minimize(problem, new Float64Array(n)).x);
  console.log(`width of the prior ${String(width).padStart(4)}: log evidence ${logEvidence.toFixed(4)}`);
  return { width, logEvidence, ...rest };
});
const best = posteriors.reduce((a, b) => (b.logEvidence > a.logEvidence ? b : a));

console.log(`\ncoefficient   mean ± standard deviation, width ${best.width}`);
for (const [j, name] of [...NAMES, "intercept"].entries()) {
  const [mean, deviation] = [best.mean[j], best.standardDeviations[j]];
  const sure = Math.abs(mean) > 2 * deviation ? "  *" : "";
  console.log(`${name.padEnd(12)}${mean.toFixed(4).padStart(8)} ± ${deviation.toFixed(4)}${sure}`);
}
