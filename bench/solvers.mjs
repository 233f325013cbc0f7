// npm run bench:solvers [-- filter …]
//
// A table in Markdown of methods on real problems (test/problems): iterations, evaluations, milliseconds of the first
// call and of the least later one, the largest element of the gradient at the end (slope), the value and the curvature
// there. After a dot the same of SciPy's method with derivatives by JAX, where Python has both.
//   filter   only problems whose name contains one of the filters
//   --large  the minimal surface of 300 × 300 heights by newton-cg alone, which takes SciPy half a minute
import { spawn, spawnSync } from "node:child_process";
import readline from "node:readline";
import { fileURLToPath } from "node:url";
import * as hvp from "../dist/index.js";
import { leastSquares, minimize } from "../dist/optimize.js";
import { bundle } from "../test/problems/bundle.mjs";
import { cluster, displaced } from "../test/problems/clusters.mjs";
import { breastCancer, digits } from "../test/problems/data-sets.mjs";
import { problems as classical, startAt } from "../test/problems/index.mjs";

const IS_LARGE = process.argv.includes("--large");
const filters = process.argv.slice(2).filter((word) => word !== "--large");
const [GTOL, MOST] = [1e-6, 10000];
const FREE = { "trust-ncg": "trust-ncg", "newton-cg": "Newton-CG", "l-bfgs": "L-BFGS-B" };
const BOUNDED = { "l-bfgs-b": "L-BFGS-B", tron: undefined };
const SQUARES = { leastSquares: "lm" };
const CLASSICAL = ["Wood", "Brown and Dennis", "Osborne 2", "Extended Rosenbrock 100", "Extended Powell singular 100"];
const LARGER = ["GENROSE 100", "TORSION1 400", "JNLBRNG1 441"];

const rosenbrock = (n) => ({
  name: "Chained Rosenbrock",
  start: Array.from({ length: n }, (_, i) => (i % 2 ? 1 : -1.2)),
  value: (x) => {
    const [a, b] = [x.slice([1]), x.slice([0, -1])];
    return hvp.sum(hvp.add(hvp.mul(100, hvp.square(hvp.sub(a, hvp.square(b)))), hvp.square(hvp.sub(1, b))));
  },
});

/** Area of a surface over the unit square, m × m heights inside an edge where it is s² - t². */
const surface = (m) => {
  const isEdge = (i) => i === 0 || i === m + 1;
  const edge = Array.from({ length: m + 2 }, (_, i) =>
    Array.from({ length: m + 2 }, (_, j) => (isEdge(i) || isEdge(j) ? (i * i - j * j) / (m + 1) ** 2 : 0)),
  );
  return {
    name: "Minimal surface",
    start: Array(m * m).fill(0),
    value: (x) => {
      const u = hvp.add(edge, hvp.pad(x.reshape([m, m]), 1));
      const corner = u.slice([0, -1], [0, -1]);
      const dx = hvp.square(hvp.sub(u.slice([1], [0, -1]), corner));
      const dy = hvp.square(hvp.sub(u.slice([0, -1], [1]), corner));
      return hvp.div(hvp.sum(hvp.sqrt(hvp.add(1, hvp.mul((m + 1) ** 2, hvp.add(dx, dy))))), (m + 1) ** 2);
    },
  };
};

const known = new Map(classical(hvp).map((p) => [p.name, { ...p, start: startAt(p) }]));
const named = (names) => names.map((name) => known.get(name));
const all = [
  ...[...named(CLASSICAL), rosenbrock(1000), ...named(LARGER.slice(0, 1)), surface(100)],
  ...[breastCancer(hvp), digits(hvp), { ...cluster(hvp, 38), start: displaced(38, 1) }, bundle(hvp)],
  ...named(LARGER.slice(1)),
];
const large = { ...surface(300), methods: { "newton-cg": FREE["newton-cg"] } };
const problems = (IS_LARGE ? [large] : all).filter(
  ({ name }) => filters.length === 0 || filters.some((word) => name.includes(word)),
);

const methodsOf = ({ bounds, residual, methods = FREE }) =>
  bounds ? BOUNDED : residual ? { ...methods, ...SQUARES } : methods;

/** A search from x as a function of it, of an objective of its own. */
function solver(p, method) {
  if (method === "leastSquares") return (x, options) => leastSquares(p.residual, x, options);
  const problem = hvp.objective(p.value, p.start);
  const bounds = p.bounds ? { bounds: p.bounds } : {};
  return (x, options) => minimize(problem, x, { method, gtol: GTOL, ...bounds, ...options });
}

/** Milliseconds of the first call and the least of three later ones, or of one that takes longer than a second. */
function timed(run) {
  const times = [];
  let found;
  while (times.length < 4 && !times.slice(1).some((t) => t > 1000)) {
    const begin = performance.now();
    found = run();
    times.push(performance.now() - begin);
  }
  return { found, first: times[0], ms: Math.min(...times.slice(1)) };
}

/** The largest element of the gradient, but for those by which bounds hold a variable. */
function slope({ x, grad }, bounds) {
  const isHeld = (t, i) => bounds && ((x[i] <= bounds[0][i] && t > 0) || (x[i] >= bounds[1][i] && t < 0));
  return grad.reduce((most, t, i) => (isHeld(t, i) ? most : Math.max(most, Math.abs(t))), 0);
}

/** What x is, by one search of no steps for all methods: of least squares the sum, not the half of it. */
function judged(p, x) {
  const end = solver(p, p.bounds ? "tron" : "trust-ncg")(x, { maxIterations: 0 });
  const { kind, least } = end.curvature;
  const curvature = kind === "degenerate" ? kind : `${kind}, ${least.toPrecision(2)}`;
  const value = Math.abs(end.value) < 1e-6 ? "0" : end.value.toPrecision(5);
  return { value, slope: slope(end, p.bounds).toExponential(0), curvature };
}

const time = (ms) => (ms < 10 ? ms.toFixed(1) : ms.toFixed(0));
const cells = (p, { x, iterations, evaluations: { value = 0, grad, hvp: products = 0 }, first, ms }) => ({
  ...{ iterations, evaluations: [value, grad, products].join(" / "), times: `${time(first)} / ${time(ms)}` },
  ...judged(p, x),
});
/** Cells of both systems; of value and curvature one where they agree. */
function beside(mine, theirs) {
  const both = (key) => (theirs ? `${mine[key]} · ${theirs[key]}` : `${mine[key]}`);
  const one = (key) => (theirs?.[key] === mine[key] ? mine[key] : both(key));
  return [both("iterations"), both("evaluations"), both("times"), both("slope"), one("value"), one("curvature")];
}
const row = (list) => console.log(`| ${list.join(" | ")} |`);

const python = process.env.HVP_BENCH_PYTHON ?? "python3";
const peer = spawnSync(python, ["-c", "import jax, scipy, mpmath"]).status === 0 ? startPeer(python) : undefined;
const versions = await peer?.hello;
const ratios = [];
row(
  [
    "problem, unknowns",
    "method",
    "iterations",
    "values / gradients / products",
    "ms: first / later",
    "slope",
    "value",
  ].concat("curvature"),
);
row(["---", "---", "---:", "---:", "---:", "---:", "---:", "---"]);
for (const p of problems) {
  const { name: problem, start: x0, bounds } = p;
  const title = `${problem.replace(new RegExp(` ${x0.length}$`), "")}, ${x0.length}`;
  for (const [method, theirs] of Object.entries(methodsOf(p))) {
    const run = solver(p, method);
    const { found, ...times } = timed(() => run(x0));
    const mine = cells(p, { ...found, ...times });
    const asked = { problem, method: theirs, x0, bounds, gtol: GTOL, most: MOST };
    const other = theirs && (await peer?.ask(asked));
    if (other?.failed) throw new Error(`${problem}, ${theirs}: ${other.failed}`);
    row([title, method, ...beside(mine, other && cells(p, other))]);
    if (other) ratios.push({ ratio: times.ms / other.ms, of: `${title}, ${method}` });
  }
}
if (peer) {
  const mean = Math.exp(ratios.reduce((sum, { ratio }) => sum + Math.log(ratio), 0) / ratios.length);
  ratios.sort((a, b) => a.ratio - b.ratio);
  const shown = ({ ratio, of }) => `${ratio.toFixed(3)} (${of})`;
  console.log(
    `\nNode ${process.versions.node}, SciPy ${versions.scipy}, JAX ${versions.jax}. Later calls take of SciPy's time`,
  );
  console.log(
    `${mean.toFixed(3)}, geometric mean of ${ratios.length}; ${shown(ratios[0])} to ${shown(ratios.at(-1))}.`,
  );
} else console.log("\nSciPy: skipped, python3 has no jax, scipy or mpmath; name another by HVP_BENCH_PYTHON");
peer?.end();

function startPeer(command) {
  const threads = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", XLA_FLAGS: "--xla_cpu_multi_thread_eigen=false" };
  const script = fileURLToPath(new URL("./peers/solvers.py", import.meta.url));
  const child = spawn(command, [script], { env: { ...process.env, ...threads }, stdio: ["pipe", "pipe", "inherit"] });
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error("solvers.py ended");
    return JSON.parse(value);
  };
  return {
    hello: next(),
    ask: (asked) => {
      child.stdin.write(`${JSON.stringify(asked)}\n`);
      return next();
    },
    end: () => child.stdin.end(),
  };
}
