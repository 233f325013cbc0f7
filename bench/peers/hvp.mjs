// This library as a peer among the others.
import * as hvp from "hvp";
import { workloads } from "../workloads.mjs";
import { guarded, id, serve } from "./common.mjs";

await guarded(async () => {
  const workload = workloads.find((w) => w.id === id).make();
  const missing = workload.missing(hvp);
  if (missing.length > 0) throw new Error(`this build does not export ${missing.join(", ")}`);
  const { x, v } = workload;
  const start = performance.now();
  const problem = hvp.objective(workload.objective(hvp), x);
  const product = problem.hvp(x, v);
  const firstMs = performance.now() - start;
  const at = problem.at(x);
  const out = new Float64Array(x.length);
  const [xr, vr, outr] = [problem.vector(x), problem.vector(v), problem.vector()];
  const operations = {
    value: () => problem.value(x),
    grad: () => problem.grad(x, out),
    hvp: () => problem.hvp(x, v, out),
    point: () => at.hvp(v, out),
    hvpNew: () => problem.hvp(x, v),
    resident: () => {
      problem.hvp(xr, vr, outr);
      return 0;
    },
  };
  await serve({ version: "", firstMs, value: problem.value(x), grad: problem.grad(x), hvp: product, operations });
});
