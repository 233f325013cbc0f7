// npm run bench:sparse [-- filter …]
//
// Sparse Hessians of the grids and of Rosenbrock's function: pattern and coloring, in milliseconds of the processor,
// and a whole Hessian beside as many single products as it has colors, the least of batches that take turns.
import * as hvp from "../dist/index.js";
import { bratu, minsurf } from "./objectives/arrays.mjs";

const { add, objective, slice, sparseHessian, square, sub, sum } = hvp;
const rosen = (x) => {
  const [a, b] = [slice(x, [0, -1]), slice(x, [1])];
  return add(sum(square(sub(b, square(a)))), sum(square(sub(1, a))));
};
const wave = (n, step) => Float64Array.from({ length: n }, (_, i) => Math.sin(i * step) / 8);
const CASES = {
  "minsurf-300": [minsurf(hvp)({ m: 300, h: 1 / 299 }), 90_000],
  "bratu-300": [bratu(hvp)({ m: 300, h: 1 / 299, lambda: 1 }), 90_000],
  "rosen-1e6": [rosen, 1_000_000],
};
const ROUNDS = 40;
const filters = process.argv.slice(2);
const cpu = () => process.cpuUsage().user / 1000;
const ms = (x) => x.toFixed(x < 10 ? 2 : 0);

for (const [name, [f, n]] of Object.entries(CASES)) {
  if (filters.length > 0 && !filters.some((t) => name.includes(t))) continue;
  const [x, v, out] = [wave(n, 0.37), wave(n, 1.1), new Float64Array(n)];
  const problem = objective(f, x);
  const at = problem.at(x);
  for (const coloring of ["star", "acyclic"]) {
    const begin = cpu();
    const S = sparseHessian(f, x, { coloring });
    const made = cpu() - begin;
    const values = new Float64Array(S.pattern.rowind.length);
    check(S, at, x, v);
    const best = [Infinity, Infinity, Infinity];
    for (let round = 0; round < ROUNDS; round++) {
      const time = (i, run) => {
        const start = performance.now();
        run();
        best[i] = Math.min(best[i], performance.now() - start);
      };
      time(0, () => S.values(x, values));
      time(1, () => problem.hvp(x, v, out));
      time(2, () => at.hvp(v, out));
    }
    const [whole, single, atPoint] = best;
    const ratio = (one) => (whole / (S.colorCount * one)).toFixed(2);
    console.log(
      `${name}, ${coloring}: ${S.colorCount} colors, made in ${ms(made)} ms; values ${ms(whole)} ms, ` +
        `${ratio(single)} of as many products, ${ratio(atPoint)} of as many at the point`,
    );
    S.dispose();
  }
  problem.dispose();
}

/** The entries times v are the product. */
function check(S, at, x, v) {
  const { rowind, colind } = S.pattern;
  const product = new Float64Array(v.length);
  for (const [k, h] of S.values(x).entries()) {
    const [i, j] = [rowind[k], colind[k]];
    product[i] += h * v[j];
    if (i !== j) product[j] += h * v[i];
  }
  const wanted = at.hvp(v);
  const size = wanted.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const wrong = wanted.findIndex((y, i) => !(Math.abs(y - product[i]) <= 1e-10 * size));
  if (wrong >= 0) throw new Error(`row ${wrong}: ${product[wrong]} instead of ${wanted[wrong]}`);
}
