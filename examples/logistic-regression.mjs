// Logistic regression on the Wisconsin breast-cancer data (examples/data) by truncated Newton-CG:
//
//     f(w) = mean(softplus(-s ∘ Z w)) + 0.5e-3 |w[0:30]|²
//
// Z: 30 standardized features and a column of ones (the intercept, not regularized); s = +1 benign, -1 malignant.
// Exits with 1 if it does not reach the optimum known from 60-digit arithmetic.
import { readFileSync } from "node:fs";
import { add, matmul, mean, mul, neg, objective, softplus, vdot } from "hvp";
import { minimize } from "./newton-cg.mjs";
import { table } from "./table.mjs";

const reference = JSON.parse(readFileSync(new URL("data/breast-cancer.reference.json", import.meta.url), "utf8"));

// ── data
// ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

const data = table("breast-cancer.csv");
const rows = data.length;
const features = data[0].length - 1;
const n = features + 1;
const s = Float64Array.from(data, (row) => (row[features] === 1 ? 1 : -1));
const Z = { data: new Float64Array(rows * n).fill(1), shape: [rows, n] };
for (let j = 0; j < features; j++) {
  const average = data.reduce((t, row) => t + row[j], 0) / rows;
  const deviation = Math.sqrt(data.reduce((t, row) => t + (row[j] - average) ** 2, 0) / rows);
  for (let i = 0; i < rows; i++) Z.data[i * n + j] = (data[i][j] - average) / deviation;
}
console.log(`Wisconsin breast-cancer data: ${rows} samples, ${features} features`);

// ── objective
// ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const f = (w) => {
  const w0 = w.slice([0, 30]);
  return add(mean(softplus(neg(mul(s, matmul(Z, w))))), mul(0.5e-3, vdot(w0, w0)));
};

const started = performance.now();
const problem = objective(f, new Float64Array(n));
problem.hvp(new Float64Array(n), new Float64Array(n));
console.log(`traced, differentiated and compiled in ${(performance.now() - started).toFixed(1)} ms\n`);

// ── minimization
// ──────────────────────────────────────────────────────────────────────────────────────────────────────

const GRADIENT_TOLERANCE = 1e-12;
let firstNorm;
let drawn = 0;

/** How far ‖g‖ has come on the way to the tolerance, on a logarithmic scale. */
function progress(gradientNorm) {
  firstNorm ??= gradientNorm;
  const done = Math.min(1, Math.max(0, Math.log(firstNorm / gradientNorm) / Math.log(firstNorm / GRADIENT_TOLERANCE)));
  return "█".repeat(Math.round(20 * done)).padEnd(20, "░") + `${(100 * done).toFixed(0)} %`.padStart(6);
}

/** On a terminal, what is going on inside a long iteration. */
function showStep(iteration, step) {
  if (!process.stderr.isTTY || performance.now() - drawn < 100) return;
  drawn = performance.now();
  process.stderr.write(`\r\x1b[K  iteration ${iteration}, CG step ${step} …\r`);
}

console.log("iteration                     f         ‖g‖  CG steps       ms   progress");
const solution = minimize(problem, new Float64Array(n), {
  gradientTolerance: GRADIENT_TOLERANCE,
  onStep: showStep,
  onIteration({ iteration, f, gradientNorm, steps, ms }) {
    const cells = [
      String(iteration).padStart(9),
      f.toFixed(16).padStart(21),
      gradientNorm.toExponential(2).padStart(11),
    ];
    cells.push(String(steps).padStart(9), ms.toFixed(2).padStart(8), ` ${progress(gradientNorm)}`);
    console.log(cells.join(" "));
  },
});
const w = solution.x;

let correct = 0;
for (let i = 0; i < rows; i++) {
  let z = 0;
  for (let j = 0; j < n; j++) z += Z.data[i * n + j] * w[j];
  if (s[i] * z > 0) correct++;
}
const accuracy = correct / rows;

// ── what a Hessian-vector product costs, and how exact it is
// ──────────────────────────────────────────────────────────

/** Σ a(i) b(i) as if in twice the precision (Ogita, Rump and Oishi, 2005). */
function compensatedDot(count, a, b) {
  const SPLIT = 2 ** 27 + 1;
  let sum = 0;
  let low = 0;
  for (let i = 0; i < count; i++) {
    const [x, y] = [a(i), b(i)];
    const product = x * y;
    const [xs, ys] = [SPLIT * x, SPLIT * y];
    const [xh, yh] = [xs - (xs - x), ys - (ys - y)];
    const [xl, yl] = [x - xh, y - yh];
    const next = sum + product;
    const back = next - sum;
    low += sum - (next - back) + (product - back) + (xl * yl - (product - xh * yh - xl * yh - xh * yl));
    sum = next;
  }
  return sum + low;
}

/** H v = Zᵀ (σ'(Z w) ∘ Z v) / m + 1e-3 v[0:30], from the formula, without the library. */
function exactHvp(w, v) {
  const weights = Float64Array.from({ length: rows }, (_, i) => {
    const row = (j) => Z.data[i * n + j];
    const e = Math.exp(-Math.abs(compensatedDot(n, row, (j) => w[j])));
    const zv = compensatedDot(n, row, (j) => v[j]);
    return ((e / (1 + e)) * zv) / (1 + e);
  });
  return Float64Array.from({ length: n }, (_, j) => {
    const data = compensatedDot(
      rows,
      (i) => Z.data[i * n + j],
      (i) => weights[i],
    );
    return data / rows + (j < 30 ? 1e-3 * v[j] : 0);
  });
}

const norm = (a) => Math.sqrt(a.reduce((t, x) => t + x * x, 0));
const v = Float64Array.from({ length: n }, (_, j) => Math.cos(j + 1));
const exact = exactHvp(w, v);
const at = problem.at(w);
const out = new Float64Array(n);

function byDifferences() {
  const h = Math.cbrt(Number.EPSILON) / norm(v);
  const above = problem.grad(w.map((t, j) => t + h * v[j]));
  const below = problem.grad(w.map((t, j) => t - h * v[j]));
  return above.map((t, j) => (t - below[j]) / (2 * h));
}

function byHessian() {
  const { data } = problem.hessian(w);
  for (let i = 0; i < n; i++) {
    out[i] = 0;
    for (let j = 0; j < n; j++) out[i] += data[i * n + j] * v[j];
  }
  return out;
}

/** Median time of one call in µs, after warm-up. */
function medianTime(run) {
  const time = (calls) => {
    const t = performance.now();
    for (let k = 0; k < calls; k++) run();
    return ((performance.now() - t) * 1000) / calls;
  };
  time(300);
  const samples = Array.from({ length: 101 }, () => time(5)).sort((a, b) => a - b);
  return samples[samples.length >> 1];
}

const ways = {
  "at.hvp(v), at a linearized point": () => at.hvp(v, out),
  "problem.hvp(x, v), at a fresh point": () => problem.hvp(w, v, out),
  "central difference of two gradients": byDifferences,
  "dense Hessian, then a matvec": byHessian,
};
console.log(`\none Hessian-vector product, n = ${n}                 µs   relative error`);
for (const [name, run] of Object.entries(ways)) {
  const result = Float64Array.from(run());
  const error = norm(result.map((t, j) => t - exact[j])) / norm(exact);
  console.log(
    `  ${name.padEnd(38)} ${medianTime(run).toFixed(2).padStart(10)}   ${error.toExponential(1).padStart(14)}`,
  );
}

// ── verdict
// ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const gap = Math.abs(solution.f - reference.fStar);
const checks = {
  [`f = ${solution.f}, |f - f*| = ${gap.toExponential(1)} ≤ 1e-12`]: gap <= 1e-12,
  [`accuracy ${accuracy.toFixed(4)} (${correct} of ${rows}), expected 0.9877`]: accuracy.toFixed(4) === "0.9877",
};
console.log(
  `\n${solution.status} after ${solution.iterations} iterations and ${solution.products} Hessian-vector products`,
);
for (const [text, reached] of Object.entries(checks)) {
  console.log(`${reached ? "reached" : "NOT REACHED"}: ${text}`);
  if (!reached) process.exitCode = 1;
}
