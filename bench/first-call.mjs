// node bench/first-call.mjs: what the first Hessian-vector product of a process costs. Ten fresh processes, medians.
import { execFileSync } from "node:child_process";
import os from "node:os";
import { fileURLToPath } from "node:url";

if (process.argv[2] === "child") {
  const t0 = performance.now();
  const { objective, hvp, sum, sin, mul, exp } = await import("hvp");
  const t1 = performance.now();
  const f = (x) => sum(mul(sin(x), exp(mul(-0.5, x))));
  hvp(f, [0, 1, 2], [10, 10, 10]);
  const t2 = performance.now();
  hvp(f, [0, 1, 3], [10, 10, 10]);
  const t3 = performance.now();
  objective(f, [0, 1, 2]).at([0, 1, 2]).hvp([10, 10, 10]);
  const t4 = performance.now();
  console.log(JSON.stringify([t1 - t0, t2 - t1, t2 - t0, t3 - t2, t4 - t3]));
} else {
  const self = fileURLToPath(import.meta.url);
  const runs = Array.from({ length: 10 }, () => JSON.parse(execFileSync(process.execPath, [self, "child"], { encoding: "utf8" })));
  const names = [
    "import of the package",
    "first hvp: load kernels, trace, differentiate, compile, run",
    "both together",
    "second hvp, the same function at another point",
    "objective(f, x).at(x).hvp(v), new in a warm process",
  ];
  console.log(`${os.cpus()[0].model}, Node ${process.version}, V8 ${process.versions.v8}; medians of ${runs.length} fresh processes`);
  names.forEach((name, k) => {
    const sorted = runs.map((run) => run[k]).sort((a, b) => a - b);
    const [low, high] = [sorted[0], sorted[sorted.length - 1]];
    const middle = (sorted[4] + sorted[5]) / 2;
    console.log(`${middle.toFixed(2).padStart(8)} ms  ${name}  (${low.toFixed(2)} – ${high.toFixed(2)})`);
  });
}
