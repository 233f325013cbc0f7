// jax-js on its WebAssembly backend, float64, one thread.
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { guarded, load, resolvePeer, serve } from "./common.mjs";
import { objectivesIn } from "./jaxjs_objectives.mjs";

await guarded(async () => {
  const entry = resolvePeer("@jax-js/jax").replace(/index\.cjs$/, "index.js");
  const jax = await import(pathToFileURL(entry).href);
  const { grad, jit, jvp, linearize } = jax;
  await jax.init("wasm");
  jax.defaultDevice("wasm");
  const D = load();
  const { make, A } = objectivesIn(jax, D.name === "mlp");
  const f = make(D);
  const g = grad(f);
  const tangent = (of) => (x, v) => {
    const [primal, t] = jvp(of, [x], [v]);
    primal.dispose();
    return t;
  };
  // The fastest composition that gives the right product in release 0.1.25: jit of the whole, but for these.
  const compiledGradient = ["mlp", "minsurf"].includes(D.name);
  const eager = D.name === "gp";
  const product = eager ? tangent(g) : compiledGradient ? tangent(jit(g)) : jit(tangent(g));
  const run = () => product(A(D.x), A(D.v)).dataSync();
  const start = performance.now();
  const hvp = run();
  const firstMs = performance.now() - start;
  const slow = firstMs > 4000; // the unrolled integrator: each program takes half a minute to compile
  const F = eager || slow ? f : jit(f);
  const G = eager || slow || D.name === "mlp" ? g : jit(g);
  const value = () => F(A(D.x)).dataSync()[0];
  const gradient = () => G(A(D.x)).dataSync();
  const operations = slow ? { hvp: run } : { value, grad: gradient, hvp: run };
  try {
    if (!slow) {
      const [primal, linear] = linearize(g, [A(D.x)]);
      primal.dispose?.();
      const apply = jit((t) => linear(t));
      const point = () => apply(A(D.v)).dataSync();
      const same = point();
      if (hvp.every((t, i) => Math.abs(t - same[i]) <= 1e-6 * Math.max(...hvp.map(Math.abs)))) operations.point = point;
    }
  } catch {
    // linearize lacks a rule for one of the operations
  }
  const { version } = JSON.parse(readFileSync(path.join(path.dirname(entry), "../package.json"), "utf8"));
  await serve({ version, firstMs, value: value(), grad: gradient(), hvp, operations });
});
