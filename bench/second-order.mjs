// node bench/second-order.mjs [filter …] [--f32]
//
// Second-order forward mode: `curvature` and value, gradient and product in one call beside the value; diagonals of
// Hessians and Laplacians beside n products. Batches take turns and the least time counts. Every number is checked
// before anything is timed.
import * as hvp from "hvp";
import { uniform } from "./inputs.mjs";
import { least } from "./least.mjs";
import { select } from "./workloads.mjs";

const args = process.argv.slice(2);
const Real = args.includes("--f32") ? Float32Array : Float64Array;
const words = args.filter((t) => !t.startsWith("--"));
const tolerance = Real === Float64Array ? 1e-11 : 2e-3;

function requireClose(what, got, want) {
  if (!(Math.abs(got - want) <= tolerance * Math.max(1, Math.abs(want))))
    throw new Error(`${what}: ${got}, not ${want}`);
}
const dot = (a, b) => a.reduce((s, t, i) => s + t * b[i], 0);
const row = (cells, widths) =>
  console.log(cells.map((c, i) => (i ? c.padStart(widths[i]) : c.padEnd(widths[i]))).join(" "));
const us = (t) => t.toPrecision(3);

/** Three numbers along a line, and the three of an objective, in values. */
function lines() {
  const widths = [17, 9, 14, 18, 17];
  row(["workload", "value µs", "curvature ÷ v.", "grad + product ÷ v.", "three calls ÷ v."], widths);
  const ids = words.length ? words : ["rosen-100", "rosen-10000", "sinsum", "bratu", "minsurf", "logreg-2000", "lj-64"];
  for (const { id, make } of select(ids)) {
    const w = make(Real);
    const f = w.objective(hvp);
    const problem = hvp.objective(f, w.x);
    const value = hvp.jit(f);
    const line = hvp.jit((x, v) => hvp.curvature(f, x, v));
    const [outs, one] = [[new Real(w.n), new Real(w.n)], new Real(w.n)];
    const [y, g, Hv] = problem.valueGradAndHvp(w.x, w.v, outs);
    const scale = dot(w.v.map(Math.abs), Hv.map(Math.abs));
    for (const [k, want] of [y, dot(g, w.v), dot(Hv, w.v)].entries())
      requireClose(`${id}, number ${k}`, line(w.x, w.v)[k] / (1 + scale), want / (1 + scale));
    const t = least({
      value: () => value(w.x),
      line: () => line(w.x, w.v),
      all: () => problem.valueGradAndHvp(w.x, w.v, outs),
      three: () => problem.value(w.x) + problem.grad(w.x, outs[0])[0] + problem.hvp(w.x, w.v, one)[0],
    });
    row([id, us(t.value), ...[t.line, t.all, t.three].map((x) => (x / t.value).toFixed(2))], widths);
  }
}

/** Diagonals and Laplacians of functions of n = 1000, as parts of n products. */
function diagonals() {
  const n = 1000;
  const x = Real.from(uniform(7, n, 0.5));
  const W = { data: Real.from(uniform(8, 64 * n, 0.05)), shape: [64, n] };
  const chain = (t) => {
    const [a, b] = [hvp.slice(t, [0, -1]), hvp.slice(t, [1])];
    return hvp.sum(hvp.add(hvp.mul(100, hvp.square(hvp.sub(b, hvp.square(a)))), hvp.square(hvp.sub(1, a))));
  };
  const cases = {
    "sum of sines": [(t) => hvp.sum(hvp.sin(t))],
    Rosenbrock: [chain],
    "the same, 2 groups": [chain, { groups: Int32Array.from({ length: n }, (_, i) => i % 2) }],
    "Gaussian of the norm": [(t) => hvp.exp(hvp.mul(-0.01, hvp.sum(hvp.square(t))))],
    "network n-64-1": [(t) => hvp.sum(hvp.tanh(hvp.matmul(W, t)))],
  };
  const widths = [22, 15, 19, 20];
  row([`n = ${n}`, "n products µs", "diagonal ÷ these", "Laplacian ÷ these"], widths);
  for (const [name, [f, options = {}]] of Object.entries(cases)) {
    const at = hvp.objective(f, x).at(x);
    const diagonal = hvp.jit(hvp.hessianDiagonal(f, options));
    const laplacian = hvp.jit(hvp.laplacian(f, options));
    const e = new Real(n);
    const want = e.map((_, i) => {
      e.fill(0)[i] = 1;
      return at.hvp(e)[i];
    });
    const got = diagonal(x);
    for (const [i, t] of want.entries()) requireClose(`${name}, diagonal`, got[i], t);
    requireClose(
      `${name}, Laplacian`,
      laplacian(x) / n,
      dot(
        want,
        want.map(() => 1),
      ) / n,
    );
    const out = new Real(n);
    const t = least({ product: () => at.hvp(e, out), diagonal: () => diagonal(x), laplacian: () => laplacian(x) });
    row([name, us(n * t.product), ...[t.diagonal, t.laplacian].map((s) => (s / n / t.product).toFixed(4))], widths);
  }
}

lines();
console.log();
if (words.length === 0) diagonals();
