// The tables of bench/results.md.
import os from "node:os";
import { ids, loops } from "../inputs.mjs";

const short = (t) => (!Number.isFinite(t) ? "–" : t >= 100 ? t.toFixed(0) : t.toPrecision(3));
const times = (t) => (!Number.isFinite(t) ? "–" : t >= 9.95 ? t.toFixed(0) : t.toFixed(2));
const table = (head, rows) =>
  [head, head.map((_, k) => (k === 0 ? "---" : "---:")), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

/** @returns {{ text: string, summary: object }} */
export function report({ command, rows, left, absent, versions, peers, rounds, batchMs, least }) {
  const names = peers.map(({ name }) => name);
  const natives = peers.filter((peer) => peer.native).map(({ name }) => name);
  const scripted = names.filter((name) => ["jax-js", "tfjs", "rose"].includes(name));
  const measured = [...ids, ...loops].filter((id) => rows.some((row) => row.workload === id));
  const get = (id, name, what) => rows.find((row) => row.workload === id && row.peer === name)?.[what] ?? Number.NaN;
  const best = (id, among, what) => {
    const able = among.map((name) => [get(id, name, what), name]).filter(([t]) => Number.isFinite(t));
    return able.sort((a, b) => a[0] - b[0])[0] ?? [Number.NaN, ""];
  };

  /** Own time, the rivals', and the ratios, for one operation. */
  const section = (what, title, note) => {
    const shown = names.filter((name) => name !== "hvp" && measured.some((id) => Number.isFinite(get(id, name, what))));
    const lines = measured.map((id) => {
      const own = get(id, "hvp", what);
      const [rival, name] = best(id, natives, what);
      const c = get(id, loops.includes(id) ? "c++" : "c", what);
      return [
        id,
        short(own),
        Number.isFinite(rival) ? `${times(rival / own)} (${name})` : "–",
        times(own / c),
        ...shown.map((name) => short(get(id, name, what))),
      ];
    });
    const ahead = measured.filter((id) => get(id, "hvp", what) < best(id, natives, what)[0]);
    const compared = measured.filter(
      (id) => Number.isFinite(get(id, "hvp", what)) && Number.isFinite(best(id, natives, what)[0]),
    );
    const withC = measured.filter((id) => Number.isFinite(get(id, "hvp", what) / get(id, "c", what)));
    const near = withC.filter((id) => get(id, "hvp", what) / get(id, "c", what) <= (id.startsWith("lj") ? 2 : 1.25));
    const head = ["workload", "hvp µs", "best native ÷ hvp", "hvp ÷ C", ...shown.map((name) => `${name} µs`)];
    const verdict = [`Ahead of the best native system on ${ahead.length} of ${compared.length} workloads`];
    if (withC.length > 0)
      verdict.push(`within the target of the 128-bit C (1.25, Lennard-Jones 2) on ${near.length} of ${withC.length}`);
    const text = `## ${title}\n\n${note}\n\n${table(head, lines)}\n\n${verdict.join("; ")}.\n`;
    return {
      text,
      summary: { ahead: ahead.length, compared: compared.length, near: near.length, withC: withC.length },
    };
  };

  const products = section(
    "hvp",
    "Hessian-vector product",
    "At a fresh point, from and to the host's ordinary arrays.",
  );
  const point = section(
    "point",
    "Hessian-vector product at a prepared point",
    "hvp: `at.hvp`; JAX: jit of the linear map, residuals as arguments; PyTorch: retained graph.",
  );
  const value = section("value", "Value", "The function itself.");
  const grad = section("grad", "Gradient", "Of one output with respect to all inputs.");
  const perValue = table(
    [
      "workload",
      "HVP ÷ value",
      "at a point ÷ value",
      "HVP into a new array ÷ into a given one",
      "resident HVP ÷ HVP",
      "best native ÷ resident HVP",
      "resident HVP ÷ C",
      ...scripted.map((name) => `${name} ÷ hvp`),
    ],
    measured.map((id) => {
      const own = (what) => get(id, "hvp", what);
      const others = scripted.map((name) => times(get(id, name, "hvp") / own("hvp")));
      return [
        id,
        times(own("hvp") / own("value")),
        times(own("point") / own("value")),
        times(own("hvpNew") / own("hvp")),
        times(own("resident") / own("hvp")),
        times(best(id, natives, "hvp")[0] / own("resident")),
        times(own("resident") / get(id, "c", "hvp")),
        ...others,
      ];
    }),
  );
  const first = table(
    ["workload", ...names.map((name) => `${name} ms`)],
    measured.map((id) => [id, ...names.map((name) => short(get(id, name, "firstMs")))]),
  );
  const leftOut = new Map();
  for (const { id, peer, why } of left) leftOut.set(`${peer}: ${why}`, [...(leftOut.get(`${peer}: ${why}`) ?? []), id]);

  const text = `# Side by side

Written by \`${command}\`, ${new Date().toISOString().slice(0, 10)}. ${os.cpus()[0].model}, ${os.cpus().length} cores, ${os.platform()} ${os.arch()}; Node ${process.version},
V8 ${process.versions.v8}. Versions: ${Object.entries(versions)
    .filter(([, version]) => version)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ")}.
Microseconds per call, ${least ? `least of ${rounds} batches (the machine did other work at the same time)` : `medians of ${rounds} batches`} of ${batchMs} ms; the systems, each a process of its own with one thread, take turns. Every result was
checked against the reference before. c: by hand in C for 128-bit SIMD, no fused multiply-add (clang -O3); c++: by hand in numbers, products by tangents (g++ -O3). tfjs is float32; jax-js is
float64 with about 7 digits in elementary functions. Errors above 1e-8 (jax-js 1e-5, tfjs 1e-4) count as wrong.

${products.text}
${point.text}
${value.text}
${grad.text}
## Ratios

Time of a product relative to one value of the same function, and of the other JavaScript systems relative to this one.

${perValue}

## First product

Milliseconds from the loaded library to the first product of the workload, in a fresh process: trace, compile, run.

${first}

## Left out

${[...absent.map(({ name, why }) => `- ${name}: ${why}`), ...[...leftOut].map(([why, which]) => `- ${why} (${which.join(", ")})`)].join("\n") || "Nothing."}
`;
  return { text, summary: { hvp: products.summary, point: point.summary, value: value.summary, grad: grad.summary } };
}
