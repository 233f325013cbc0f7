// Penalties of a logistic regression chosen by the gradient of the validation loss (bilevel optimization):
//
//     minimize over p   loss(w(p); validation)   where   w(p) = argmin loss(w; training) + ½ Σ exp(p[group j]) w[j]²
//
// `implicitMinimum` gives w(p) with its derivatives, by the implicit function theorem and not through the steps of the
// inner search, to second order, so that the outer search takes Newton steps, too. Data: examples/data/README.md.
import { add, exp, hessian, matmul, mean, mul, neg, softplus, square, sum, take } from "hvp";
import { implicitMinimum, minimize } from "hvp/optimize";
import { table } from "./table.mjs";

const rows = table("breast-cancer.csv");
const features = rows[0].length - 1;
const scales = Array.from({ length: features }, (_, j) => {
  const average = rows.reduce((t, row) => t + row[j], 0) / rows.length;
  return { average, deviation: Math.sqrt(rows.reduce((t, row) => t + (row[j] - average) ** 2, 0) / rows.length) };
});

/** Every second sample: standardized features and a column of ones, times 1 for benign and -1 for malignant. */
const half = (parity) =>
  rows
    .filter((_, i) => i % 2 === parity)
    .map((row) => [...scales.map(({ average, deviation }, j) => (row[j] - average) / deviation), 1])
    .map((row, i) => row.map((t) => t * (rows[2 * i + parity][features] === 1 ? 1 : -1)));
const [training, validation] = [half(0), half(1)];
const loss = (w, samples) => mean(softplus(neg(matmul(samples, w))));

// One penalty for the means over a sample's nuclei and their errors, one for the worst nuclei; none for the intercept.
const group = Int32Array.from({ length: features }, (_, j) => (j < 20 ? 0 : 1));
const inner = (w, p) => {
  const penalty = mul(0.5, sum(mul(take(exp(p), group), square(w.slice([0, features])))));
  return add(loss(w, training), penalty);
};
const weights = implicitMinimum(inner, { gtol: 1e-10 });
const validationLoss = (p) => loss(weights(p, new Float64Array(features + 1)), validation);

const start = [-1, -1];
const found = minimize(validationLoss, start, { method: "trust-exact", gtol: 1e-9 });
const show = (p) => Array.from(p, (t) => Math.exp(t).toFixed(6)).join(", ");
console.log(`validation loss ${validationLoss(start).toFixed(8)} with penalties ${show(start)}`);
console.log(`best validation loss ${found.value.toFixed(8)} with penalties ${show(found.x)}`);
console.log(`${found.iterations} iterations, ${found.evaluations.grad} gradients, ${found.status}`);
const rowsOf = (matrix) => matrix.toArray().map((row) => row.map((t) => t.toFixed(8)).join(" "));
console.log(`its Hessian by log penalties ${rowsOf(hessian(validationLoss)(found.x)).join(", ")}`);
