// npm run bench:curvature [-- --quick]
//
// Eigenvalues of the Hessian of a network of 5,018 weights, and its other numbers, in milliseconds of the processor
// and in products: the least of runs that take turns. Beside SciPy's eigsh with products by JAX, where Python has both.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import readline from "node:readline";
import { fileURLToPath } from "node:url";
import * as hvp from "../dist/index.js";
import { uniform } from "./inputs.mjs";

const SIZES = [64, 48, 32, 10];
const ROWS = 256;
const [K, TOL] = [10, 2 ** -26];
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const ROUNDS = process.argv.includes("--quick") ? 4 : 12;

const { add, logsumexp, matmul, mean, mul, objective, linearOperator, reshape, slice, sub, sum, tanh } = hvp;
const X = { data: uniform(3, ROWS * SIZES[0]), shape: [ROWS, SIZES[0]] };
const onehot = { data: new Float64Array(ROWS * 10), shape: [ROWS, 10] };
for (const [i, t] of uniform(4, ROWS).entries()) onehot.data[i * 10 + Math.floor((t + 1) * 5)] = 1;
const count = SIZES.slice(1).reduce((n, b, i) => n + SIZES[i] * b + b, 0);
const x = uniform(1, count, 0.25);

function loss(p) {
  let [at, h] = [0, X];
  for (const [layer, b] of SIZES.slice(1).entries()) {
    const a = SIZES[layer];
    h = add(matmul(h, reshape(slice(p, [at, at + a * b]), [a, b])), slice(p, [at + a * b, at + a * b + b]));
    at += a * b + b;
    if (layer < 2) h = tanh(h);
  }
  return mean(sub(logsumexp(h, { axis: 1 }), sum(mul(h, onehot), { axis: 1 })));
}

const problem = objective(loss, x);
const at = problem.at(x);
const operator = linearOperator(at);
const [v, out] = [uniform(2, count), new Float64Array(count)];
const search = (verify) => operator.eigsh(K, { which: "largest", tol: TOL, verify });
const tasks = {
  "eigsh(10)": () => search(true),
  "eigsh(10), verify: false": () => search(false),
  "100 products": () => {
    for (let i = 0; i < 100; i++) at.hvp(v, out);
  },
  "trace()": () => operator.trace(),
  "diagonal()": () => operator.diagonal(),
  "spectralDensity()": () => operator.spectralDensity(),
};

const python = process.env.HVP_BENCH_PYTHON ?? "python3";
const peer = spawnSync(python, ["-c", "import jax, scipy"]).status === 0 ? startPeer(python) : undefined;
const best = new Map();
const keep = (name, ms, result) => {
  if (!(best.get(name)?.ms <= ms)) best.set(name, { ms, result });
};
const SCIPY = "SciPy's eigsh(10) with JAX";
const wanted = search(true).values;
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, run] of Object.entries(tasks)) {
    const start = cpu();
    const result = run();
    keep(name, cpu() - start, result);
  }
  const theirs = await peer?.ask(`${K} ${TOL}`);
  if (!theirs) continue;
  const wrong = theirs.values.findIndex((value, i) => !(Math.abs(value - wanted[i]) <= 1e-10 * wanted[0]));
  if (wrong >= 0) throw new Error(`eigenvalue ${wrong}: ${theirs.values[wrong]} by SciPy, ${wanted[wrong]} here`);
  keep(SCIPY, theirs.ms, theirs);
}
peer?.end();
for (const [name, { ms, result }] of best)
  console.log(`${name}: ${ms.toFixed(1)} ms${result ? `, ${result.products} products` : ""}`);
if (peer) console.log(`of SciPy's: ${(best.get("eigsh(10)").ms / best.get(SCIPY).ms).toFixed(2)}`);
else console.log(`${SCIPY}: skipped, python3 has no jax or scipy; name another by HVP_BENCH_PYTHON`);

function startPeer(command) {
  const folder = fileURLToPath(new URL("../build/curvature/", import.meta.url));
  mkdirSync(folder, { recursive: true });
  for (const [name, data] of Object.entries({ X: X.data, onehot: onehot.data, x }))
    writeFileSync(path.join(folder, `${name}.bin`), data);
  const threads = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", XLA_FLAGS: "--xla_cpu_multi_thread_eigen=false" };
  const script = fileURLToPath(new URL("./peers/eigsh.py", import.meta.url));
  const child = spawn(command, [script, folder, String(ROWS)], {
    env: { ...process.env, ...threads },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const hello = lines.next();
  return {
    async ask(line) {
      await hello;
      child.stdin.write(`${line}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error("eigsh.py ended");
      return JSON.parse(value);
    },
    end: () => child.stdin.end(),
  };
}
