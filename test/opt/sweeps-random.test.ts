// Random programs with products of large matrices: what sweeps and joined calls give is what the same programs give
// without them. Programs run with other numbers first, so that a row that is not computed anew shows.
import { expect, test } from "vitest";
import { pushforward } from "../../src/ad/jvp.ts";
import { cotangents } from "../../src/ad/linearize.ts";
import { basic, sharing, together } from "../../src/emit/passes.ts";
import * as h from "../../src/index.ts";
import { inSession } from "../../src/ir/build.ts";
import type { Node } from "../../src/ir/graph.ts";
import { attachMethods } from "../../src/ops/methods.ts";
import { parameter } from "../../src/primitives/leaf.ts";
import { full } from "../../src/primitives/spread.ts";
import { programOf } from "../../src/run/program.ts";
import { Tensor } from "../../src/trace/tracer.ts";
import { choice, integer, type Rng, rng, vector } from "../harness/rng.ts";

attachMethods(); // these functions are not traced by the entry "hvp"

/** HVP_FUZZ_RUNS and HVP_FUZZ_SEED widen the search. */
const RUNS = Number(process.env["HVP_FUZZ_RUNS"] ?? 60);
const SEED = Number(process.env["HVP_FUZZ_SEED"] ?? 1);

type Op = (u: Tensor, other: Tensor, data: Tensor) => unknown;
/** From vectors of m numbers to another one, of moderate size. */
const OPS: readonly Op[] = [
  (u) => h.sin(u),
  (u) => h.tanh(u),
  (u) => h.softplus(u),
  (u, o) => h.mul(u, h.cos(o)),
  (u, o) => h.add(h.mul(0.5, u), h.mul(0.3, o)),
  (u, _, d) => h.mul(u, d),
  (u, _, d) => h.mul(h.flip(d), u),
  (u) => h.flip(u),
  (u) => h.roll(u, 3),
  (u) => h.mul(u, h.tanh(h.mean(u))),
  (u) => h.mul(u, h.tanh(u.at(0))),
  (u) => h.sub(u, h.logsumexp(u)),
  (u) => h.mul(h.cumsum(u), 0.01),
  (u) => h.concat([h.mul(u.slice([1]), u.slice([0, -1])), u.slice([0, 1])]),
  (u, o) => h.where(h.gt(u, 0.1), o, h.mul(0.5, u)),
  (u, o) => h.sum(h.sin(h.stack([u, o, u], { axis: 1 })), 1),
  (u) => h.take(u, h.argsort(u)),
  (u) => h.reshape(h.transpose(h.reshape(u, [2, -1])), [-1]),
];

/**
 * A scalar, and what it is made of: products with the matrices in turn, operations on their rows, sums over the rows.
 */
function random(r: Rng, w: Tensor, matrices: readonly Tensor[], data: Tensor): Tensor[] {
  const [m, n] = (matrices[0] as Tensor).shape as [number, number];
  const long: Tensor[] = [];
  const terms: unknown[] = [];
  let here = w;
  for (let k = integer(r, 1, 4); k > 0; k--) {
    const given = choice(r, matrices);
    const A = r() < 0.2 ? h.flip(given, 0) : given;
    const product = (x: unknown): Tensor => h.mul(2 / Math.sqrt(n), h.matmul(A, x as Tensor)) as Tensor;
    let u = r() < 0.4 ? (h.mul(product(here), h.cos(product(h.sin(here)))) as Tensor) : product(here);
    for (let i = integer(r, 0, 3); i > 0; i--) u = choice(r, OPS)(u, choice(r, [...long, u]), data) as Tensor;
    long.push(u);
    if (r() < 0.3) terms.push(h.mul(0.1, h.vdot(u, data)));
    here = h.mul(
      3 / Math.sqrt(m),
      h.matmul(h.transpose(choice(r, [A, A, choice(r, matrices)])), choice(r, [u, ...long])),
    ) as Tensor;
    terms.push(h.sum(h.square(h.sin(here))));
  }
  return [terms.reduce((a, b) => h.add(a as Tensor, b as Tensor)) as Tensor, here, ...long];
}

test(`${RUNS} random programs`, { timeout: 600_000 }, () => {
  const more = { loops: 0, calls: 0 };
  for (let seed = SEED; seed < SEED + RUNS; seed++) {
    const r = rng(seed);
    const n = integer(r, 1, 90);
    const block = Math.floor(131072 / (8 * n)) & ~3;
    const m = 2 * (block + integer(r, 0, block >> 1)) + 2 * integer(r, 0, 2);
    const shapes = [[n], [n], [m], ...Array.from({ length: integer(r, 1, 3) }, () => [m, n])];
    const values = shapes.map((s) =>
      vector(
        r,
        s.reduce((a, b) => a * b, 1),
        -0.5,
        0.5,
      ),
    );
    const results = inSession(() => {
      const parameters = shapes.map((s) => parameter(s, "float64"));
      const [w, v, data, ...matrices] = parameters as [Node, Node, Node, ...Node[]];
      const tensor = (x: Node): Tensor => new Tensor(x, false);
      const made = random(r, tensor(w), matrices.map(tensor), tensor(data)).map((t) => t.node);
      const [g] = cotangents([made[0] as Node], [w], [full([], 1, "float64")]) as [Node];
      const [p] = pushforward([g], [w], [v]) as [Node];
      return [true, false].map((sweeps) => {
        const passes = sweeps ? together(basic, sharing) : basic;
        return [made, [g], [p], [...made, g, p]].map((outputs) => {
          const kept = outputs.filter((y) => y !== undefined);
          const program = programOf(kept, parameters, { passes });
          more.loops += (sweeps ? 1 : -1) * program.stats.loops;
          more.calls += (sweeps ? 1 : -1) * program.stats.calls;
          const run = (xs: readonly Float64Array[]): number[] => program.call(xs).flatMap((y) => [...y]);
          run(values.map((x) => x.map((t) => -2 * t)));
          const found = run(values);
          program.dispose();
          return found;
        });
      });
    });
    const [swifter, plain] = results as [number[][], number[][]];
    plain.forEach((want, k) => {
      expect(want.every(Number.isFinite), `seed ${seed}`).toBe(true);
      const scale = want.reduce((d, t) => Math.max(d, Math.abs(t)), 1e-300);
      const worst = want.reduce((d, t, i) => Math.max(d, Math.abs(t - (swifter[k] as number[])[i]!)), 0);
      expect(worst / scale, `seed ${seed}, program ${k}`).toBeLessThan(1e-11);
    });
  }
  // With blocks there are more loops, with joined products fewer calls: as many as to say that both were tried.
  expect(more.loops).toBeGreaterThan(RUNS);
  expect(-more.calls).toBeGreaterThan(RUNS);
});
