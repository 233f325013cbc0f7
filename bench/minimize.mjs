// npm run bench:minimize [-- --quick]
//
// Methods of `minimize` on chained Rosenbrock functions, one thread: milliseconds, iterations and evaluations, the
// least of runs that take turns. Beside SciPy's methods with derivatives by JAX, where Python has both. Then thousands
// of small ones by `minimizeMany`, beside a loop of `minimize` with one objective.
import { spawn, spawnSync } from "node:child_process";
import readline from "node:readline";
import { fileURLToPath } from "node:url";
import { add, mul, objective, slice, square, sub, sum } from "../dist/index.js";
import { minimize, minimizeMany } from "../dist/optimize.js";

const IS_QUICK = process.argv.includes("--quick");
const ROUNDS = IS_QUICK ? 1 : 3;
// Searches to a gradient of 1e-8, and searches of so many iterations.
const SOLVED = [
  ["newton-cg", 1000],
  ["l-bfgs", 1000],
  ["l-bfgs-b", 1000],
  ["tron", 1000],
  ["trust-ncg", 1000],
];
const CUT = IS_QUICK ? 40 : 400;
const LONG = [
  ["newton-cg", 1e5],
  ["l-bfgs", 1e5],
  ["l-bfgs-b", 1e5],
  ["trust-ncg", 1e5],
];

const rosenbrock = (x) => {
  const [a, b] = [slice(x, [1]), slice(x, [0, -1])];
  return sum(add(mul(100, square(sub(a, square(b)))), square(sub(1, b))));
};
const start = (n) => Float64Array.from({ length: n }, (_, i) => (i % 2 ? 1 : -1.2));

const python = process.env.HVP_BENCH_PYTHON ?? "python3";
const peer = spawnSync(python, ["-c", "import jax, scipy"]).status === 0 ? startPeer(python) : undefined;

const problems = new Map();
function ours(method, n, options) {
  if (!problems.has(n)) problems.set(n, objective(rosenbrock, start(n)));
  const begin = performance.now();
  const { value, iterations, evaluations, grad } = minimize(problems.get(n), start(n), { method, ...options });
  const ms = performance.now() - begin;
  return { ms, value, iterations, evaluations, gradient: Math.max(...[0, ...grad.map(Math.abs)].slice(0, 1e4)) };
}

for (const [method, n, options] of [
  ...SOLVED.map(([method, n]) => [method, n, { gtol: 1e-8 }]),
  ...LONG.map(([method, n]) => [method, n, { gtol: 0, maxIterations: CUT }]),
]) {
  let [mine, theirs] = [];
  // The first run compiles; later ones take the program of the objective.
  const first = ours(method, n, { ...options, maxIterations: 1 }).ms;
  for (let round = 0; round < ROUNDS; round++) {
    const run = ours(method, n, options);
    if (options.gtol > 0 && !(run.gradient <= options.gtol)) throw new Error(`${method}: gradient ${run.gradient}`);
    if (!(mine?.ms <= run.ms)) mine = run;
    const other = await peer?.ask(
      JSON.stringify({ method, n, gtol: options.gtol, most: options.maxIterations ?? 10000 }),
    );
    if (other && !other.absent && !(theirs?.ms <= other.ms)) theirs = other;
  }
  const row = ({ ms, iterations, evaluations: e, value }) =>
    `${ms.toFixed(0)} ms, ${iterations} iterations, ${e.value} values, ${e.grad} gradients, ${e.hvp} products, ` +
    `f = ${value.toPrecision(6)}`;
  console.log(
    `${method}, n = ${n}${options.gtol ? ", to 1e-8" : `, ${CUT} iterations`} (first call ${first.toFixed(0)} ms)`,
  );
  console.log(`  hvp    ${row(mine)}`);
  if (theirs) console.log(`  SciPy  ${row(theirs)}\n  of SciPy's time: ${(mine.ms / theirs.ms).toFixed(2)}`);
}
peer?.end();
if (!peer) console.log("SciPy: skipped, python3 has no jax or scipy; name another by HVP_BENCH_PYTHON");

const PROBLEMS = IS_QUICK ? 500 : 10000;
for (const n of [2, 4, 8]) {
  const random = (i) => 2 * Math.sin(12.9898 * (i + 1) + 78.233 * n);
  const starts = Array.from({ length: PROBLEMS }, (_, i) =>
    Float64Array.from({ length: n }, (_, k) => random(n * i + k)),
  );
  const x0s = starts.map((x) => Array.from(x));
  const problem = objective(rosenbrock, starts[0]);
  let [many, one] = [Infinity, Infinity];
  for (let round = 0; round <= ROUNDS; round++) {
    let begin = performance.now();
    const found = minimizeMany(rosenbrock, x0s, { gtol: 1e-8 });
    // The first round compiles.
    if (round > 0) many = Math.min(many, performance.now() - begin);
    begin = performance.now();
    const apart = starts.map((x) => minimize(problem, x, { gtol: 1e-8 }));
    if (round > 0) one = Math.min(one, performance.now() - begin);
    const isSame = apart.every(({ x }, i) => x.every((v, k) => v === found.x.data[n * i + k]));
    if (!isSame || !found.converged.every(Boolean)) throw new Error(`minimizeMany, n = ${n}: another result`);
  }
  const rate = (ms) => `${Math.round((1000 * PROBLEMS) / ms)}/s`;
  console.log(`${PROBLEMS} problems, n = ${n}, trust-ncg to 1e-8: minimizeMany ${rate(many)}, minimize ${rate(one)}`);
}

function startPeer(command) {
  const threads = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", XLA_FLAGS: "--xla_cpu_multi_thread_eigen=false" };
  const script = fileURLToPath(new URL("./peers/minimize.py", import.meta.url));
  const child = spawn(command, [script], { env: { ...process.env, ...threads }, stdio: ["pipe", "pipe", "inherit"] });
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(line) {
      child.stdin.write(`${line}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error("minimize.py ended");
      return JSON.parse(value);
    },
    end: () => child.stdin.end(),
  };
}
