// A page that computes Hessian-vector products. Any bundler makes one file of it without configuration:
//
//     npx vite examples/browser        serves the page beside it as it is, or, into a folder of its own with a copy of the page:
//     npx esbuild examples/browser/main.js examples/browser/index.html --bundle --format=esm --loader:.html=copy --outdir=page
import { grad, hvp, jvp, objective, sin, sum, vdot } from "hvp/functions";

const f = (x) => sum(sin(x));
const x = [0, 1];
const v = [10, 10];

const at = objective(f, x).at(x);
const results = {
  value: at.value,
  "reverse over reverse": [...grad((x) => vdot(grad(f)(x), v))(x)],
  "reverse over forward": [...grad((x) => jvp(f, [x], [v])[1])(x)],
  "forward over reverse": [...jvp(grad(f), [x], [v])[1]],
  "hvp(f, x, v)": [...hvp(f, x, v)],
  "objective(f, x).at(x).hvp(v)": [...at.hvp(v)],
};

document.querySelector("#output").textContent = Object.entries(results)
  .map(([name, value]) => `${name.padEnd(30)} ${value}`)
  .join("\n");
globalThis.results = results;
