// A process of compare.mjs: one build, one workload. It is told what to do by messages, and answers each with one.
//   { start: { library, id, f32, check, warmUpMs } } → { first } ms of the first product, results found right
//   { time: name, batchMs }                          → { us } per call, of one batch
import { requireRight } from "../check.mjs";
import { operations, rotate } from "../operations.mjs";
import { workloads } from "../workloads.mjs";

const sink = { value: 0 };
const batch = (run, calls) => {
  const t = performance.now();
  let s = 0;
  for (let i = 0; i < calls; i++) s += run();
  sink.value += s;
  return performance.now() - t;
};

let tasks;
let counts;

async function start({ library, id, f32, check, names, warmUpMs }) {
  const hvp = await import(library);
  const workload = workloads.find((w) => w.id === id).make(f32 ? Float32Array : Float64Array);
  const missing = workload.missing(hvp);
  if (missing.length > 0) return { missing };
  const began = performance.now();
  const problem = hvp.objective(workload.objective(hvp), workload.x);
  const product = problem.hvp(workload.x, workload.v);
  const first = performance.now() - began;
  if (check) verify(problem, product, workload, f32 ? 1e-4 : 1e-12);
  tasks = Object.fromEntries(names.map((name) => [name, rotate(operations[name](problem, workload), workload)]));
  counts = {};
  for (const run of Object.values(tasks)) {
    const end = performance.now() + warmUpMs; // for the engine's best tier
    for (let i = 0; i < 20_000 && performance.now() < end; i++) batch(run, 1);
  }
  return { first };
}

function verify(problem, product, { id, x, v }, tolerance) {
  requireRight("the first call", id, { hvp: product }, v, tolerance);
  requireRight("hvp", id, { value: problem.value(x), grad: problem.grad(x), hvp: problem.hvp(x, v) }, v, tolerance);
  requireRight("hvp at a point", id, { hvp: problem.at(x).hvp(v) }, v, tolerance);
}

function time(name, batchMs) {
  const run = tasks[name];
  if (!counts[name]) {
    let calls = 1;
    let ms = batch(run, calls);
    for (; ms < batchMs / 2; ms = batch(run, calls)) calls *= 2;
    counts[name] = Math.max(1, Math.round((calls * batchMs) / ms));
  }
  batch(run, Math.ceil(counts[name] / 4)); // the other process ran meanwhile: warm the caches again
  return { us: (batch(run, counts[name]) / counts[name]) * 1000 };
}

process.on("message", async (message) => {
  try {
    process.send(message.start ? await start(message.start) : time(message.time, message.batchMs));
  } catch (error) {
    process.send({ error: String(error?.message ?? error) });
  }
});
