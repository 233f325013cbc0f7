// What the JavaScript peers share: names of the inputs, and the loop that answers the requests of ../peers.mjs
// (protocol: README.md here).
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import readline from "node:readline";
import { fileURLToPath } from "node:url";
import { inputs } from "../inputs.mjs";

export const [, , id, folder] = process.argv;

/** Where the peers' packages are installed: HVP_BENCH_JS, or this repository. */
const modules = process.env.HVP_BENCH_JS
  ? path.resolve(process.env.HVP_BENCH_JS)
  : fileURLToPath(new URL("../..", import.meta.url));
export const resolvePeer = (name) => createRequire(path.join(modules, "x.js")).resolve(name);

/** The inputs, also under the names that the peers' formulas use. */
export function load() {
  const D = inputs(id);
  const more = {
    logreg: () => ({ N: D.rows, d: D.columns }),
    gmm: () => ({ gamma: 1, m: 1 }),
    ba: () => ({ nc: D.cameras, npt: D.points, no: D.observations, ci: D.camera, pi: D.point, feat: D.features }),
    bratu: () => ({ lam: D.lambda }),
    ode: () => ({ T: D.steps, y0: D.start, obs: D.observed }),
  };
  return { ...D, ...more[D.name]?.() };
}

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/** Hands over the results, then times batches of `operations` (name → function) on request. */
export async function serve({ version, firstMs, value, grad, hvp, operations }) {
  writeFileSync(path.join(folder, "grad.out"), Float64Array.from(grad));
  writeFileSync(path.join(folder, "hvp.out"), Float64Array.from(hvp));
  say({ version, firstMs, value, operations: Object.keys(operations) });
  const calls = {};
  let sink = 0;
  const batch = (run, count) => {
    const t = performance.now();
    for (let i = 0; i < count; i++) {
      const result = run();
      sink += typeof result === "number" ? result : result[0];
    }
    return performance.now() - t;
  };
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [name, ms] = line.split(" ");
    const run = operations[name];
    if (!calls[name]) {
      const end = performance.now() + 100; // for the engine's best tier
      for (let i = 0; i < 20_000 && performance.now() < end; i++) batch(run, 1);
      let count = 1;
      let t = batch(run, count);
      for (; t < ms / 2; t = batch(run, count)) count *= 2;
      calls[name] = Math.max(1, Math.floor((count * ms) / t));
    }
    batch(run, Math.floor(calls[name] / 3)); // other processes ran meanwhile: warm the caches again
    say({ us: (batch(run, calls[name]) / calls[name]) * 1000 });
  }
  if (Number.isNaN(sink)) say({ note: "a result is NaN" });
}

/** Runs `main`; an error becomes a line that says why the peer is left out. */
export async function guarded(main) {
  try {
    await main();
  } catch (error) {
    say({
      skip: String(error?.message ?? error)
        .split("\n")[0]
        .slice(0, 200),
    });
  }
  process.exit(0);
}
