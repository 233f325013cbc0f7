// Rose: scalar programs only, written element by element.
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { guarded, load, resolvePeer, serve } from "./common.mjs";

await guarded(async () => {
  const D = load();
  const { n } = D;
  const chain = D.name === "rosen2" || (D.name === "rosen" && n <= 100);
  if (!chain && D.name !== "wood") throw new Error("written for rosen2, rosen-100 and wood only");
  const entry = resolvePeer("rose");
  const { Real, Vec, add, compile, fn, jvp, mul, sub, vjp } = await import(pathToFileURL(entry).href);
  const square = (t) => mul(t, t);
  const write = {
    rosen(x) {
      let s = 0;
      for (let i = 0; i + 1 < n; i++)
        s = add(s, add(mul(100, square(sub(x[i + 1], square(x[i])))), square(sub(1, x[i]))));
      return s;
    },
    wood([a, b, c, d]) {
      const first = add(mul(100, square(sub(b, square(a)))), square(sub(1, a)));
      const second = add(mul(90, square(sub(d, square(c)))), square(sub(1, c)));
      return add(add(first, second), add(mul(10, square(sub(add(b, d), 2))), mul(0.1, square(sub(b, d)))));
    },
  };
  const V = Vec(n, Real);
  const start = performance.now();
  const f = fn([V], Real, write[chain ? "rosen" : "wood"]);
  const g = fn([V], V, (x) => vjp(f)(x).grad(1));
  const h = fn([V, V], V, (x, v) => {
    const r = jvp(g)(Array.from({ length: n }, (_, i) => ({ re: x[i], du: v[i] })));
    return Array.from({ length: n }, (_, i) => r[i].du);
  });
  const product = await compile(h);
  const [x, v] = [Array.from(D.x), Array.from(D.v)];
  const hvp = Float64Array.from(product(x, v));
  const firstMs = performance.now() - start;
  const [gradient, value] = [await compile(g), await compile(f)];
  let folder = path.dirname(entry);
  while (!folder.endsWith("rose")) folder = path.dirname(folder);
  const { version } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  const operations = { value: () => value(x), grad: () => gradient(x), hvp: () => product(x, v) };
  await serve({ version, firstMs, value: value(x), grad: gradient(x), hvp, operations });
});
