// What pairs of steps and differences of gradients stand for, beside dense matrices: the updates of Broyden, Fletcher,
// Goldfarb and Shanno made one after the other, and subproblems solved with them.
import { describe, expect, test } from "vitest";
import { gt, inv, matmul, mul, solve, sub } from "../../src/index.ts";
import { inSession } from "../../src/ir/build.ts";
import { breaksAlong, cauchyTime } from "../../src/optimize/cauchy.ts";
import { compact, subspaceStep } from "../../src/optimize/compact.ts";
import { solved } from "../../src/optimize/l-bfgs.ts";
import { forgotten, type Gram, noGram, remembered, withGram } from "../../src/optimize/pairs.ts";
import { type Asked, nothingAsked } from "../../src/optimize/requests.ts";
import { traced } from "../../src/optimize/traced-host.ts";
import { truth } from "../../src/optimize/vectors.ts";
import { parameter } from "../../src/primitives/leaf.ts";
import { evaluate } from "../../src/run/evaluate.ts";
import { Tensor } from "../../src/trace/tracer.ts";

type Vector = readonly number[];
const N = 7;
const MEMORY = 3;
const values = (seed: number): number[] => Array.from({ length: N }, (_, i) => Math.sin(seed * 7.3 + i * (seed + 1)));
const inner = (a: Vector, b: Vector): number => a.reduce((s, x, i) => s + x * (b[i] as number), 0);

/** Steps, and what a positive definite matrix makes of them: the pairs of a quadratic function. */
const pairsOf = (count: number): [Vector, Vector][] =>
  Array.from({ length: count }, (_, k) => {
    const s = values(k + 1);
    return [s, s.map((x, i) => (i + 1) * x + 0.5 * ((s[i - 1] ?? 0) + (s[i + 1] ?? 0)))];
  });

/** B after the last pairs, from θ times the unit matrix: formula 6.19 of Nocedal and Wright. */
function dense(pairs: [Vector, Vector][]): number[][] {
  const [s0, y0] = pairs.at(-1) ?? [[1], [1]];
  const theta = inner(y0, y0) / inner(s0, y0);
  const b = Array.from({ length: N }, (_, i) => Array.from({ length: N }, (_, k) => (i === k ? theta : 0)));
  for (const [s, y] of pairs.slice(-MEMORY)) {
    const bs = b.map((row) => inner(row, s));
    const [sbs, sy] = [inner(s, bs), inner(s, y)];
    for (let i = 0; i < N; i++)
      for (let k = 0; k < N; k++)
        (b[i] as number[])[k] =
          ((b[i] as number[])[k] as number) -
          ((bs[i] as number) * (bs[k] as number)) / sbs +
          ((y[i] as number) * (y[k] as number)) / sy;
  }
  return b;
}

/** What `make` makes of vectors, with the pairs remembered one by one. */
function made(
  pairs: [Vector, Vector][],
  inputs: Vector[],
  make: (pairs: Gram, ...x: Tensor[]) => Asked<Tensor>,
  ends: (pairs: Gram) => Gram = (p) => p,
): number[] {
  return inSession(() => {
    const all = [...pairs.flat(), ...inputs];
    const nodes = all.map((x) => parameter([x.length], "float64"));
    const of = nodes.map((n) => new Tensor(n));
    let gram = noGram(of[0] ?? new Tensor(parameter([N], "float64")), MEMORY);
    pairs.forEach((_, k) => {
      const [s, y] = [of[2 * k] as Tensor, of[2 * k + 1] as Tensor];
      gram = withGram(remembered(gram, s, y), gram, gram.place);
    });
    const out = traced(make(ends(gram), ...of.slice(2 * pairs.length)), () => of[0] as Tensor);
    return Array.from(evaluate([out.node], nodes, all as number[][])[0] as Float64Array);
  });
}
const close = (found: Vector, expected: ArrayLike<number>): void =>
  found.forEach((x, i) => {
    expect(Math.abs(x - (expected[i] as number))).toBeLessThan(1e-8 * (1 + Math.abs(x)));
  });

describe.each([0, 1, 2, 3, 4, 8])("%i pairs of which three are kept", (count) => {
  const pairs = pairsOf(count);
  const b = dense(pairs);
  const v = values(20);

  test("stand for the inverse of the matrix", () => {
    close(
      made(pairs, [v], (p, x) => solved(p, x)),
      matmul(inv(b), v) as Float64Array,
    );
  });
  test("stand for the matrix", () => {
    const product = made(pairs, [v], (p, x) => {
      const { theta, middle, up, down } = compact(p);
      return nothingAsked(() => sub(mul(x as Tensor, theta), up(matmul(middle, down(x as Tensor)) as Tensor)));
    });
    close(product, matmul(b, v) as Float64Array);
  });
  test("do so without a pair that is refused, and are forgotten", () => {
    // The curvature along the second half is negative.
    const worse = pairs.flatMap(([s, y]): [Vector, Vector][] => [
      [s, y],
      [s, y.map((x) => -x)],
    ]);
    const kept = dense(worse.slice(-MEMORY).filter((_, i, all) => (worse.length - all.length + i) % 2 === 0));
    if (count > 0) {
      const theta = inner(pairs.at(-1)![1], pairs.at(-1)![1]) / inner(...(pairs.at(-1) as [Vector, Vector]));
      expect(theta).toBeGreaterThan(0);
    }
    close(
      made(worse, [v], (p, x) => solved(p, x)),
      matmul(inv(kept), v) as Float64Array,
    );
    const none = (p: Gram): Gram => forgotten(truth(true), p);
    close(
      made(pairs, [v], (p, x) => solved(p, x), none),
      v,
    );
  });

  // A point, a gradient, and bounds of which some are near, some are met at once and some are not there.
  const x = values(5);
  const g = values(9).map((a) => 5 * a);
  const lower = x.map((a, i) => (i === 2 ? a : i % 3 === 0 ? a - 0.1 * (i + 1) : Number.NEGATIVE_INFINITY));
  const upper = x.map((a, i) => (i === 4 ? a : i % 2 === 0 ? a + 0.05 * (i + 1) : Number.POSITIVE_INFINITY));
  const along = (t: number): number[] =>
    x.map((a, i) => Math.min(Math.max(a - t * (g[i] as number), lower[i] as number), upper[i] as number));
  const breaks = x.map(
    (a, i) => (a - ((g[i] as number) < 0 ? (upper[i] as number) : (lower[i] as number))) / (g[i] as number),
  );

  /** The first minimum along the path, segment by segment. */
  function first(): number {
    const ends = [...new Set([0, ...breaks.filter((t) => t > 0 && t < Infinity)])].sort((p, q) => p - q);
    for (let k = 0; k < ends.length; k++) {
      const from = ends[k] as number;
      const z = along(from).map((a, i) => a - (x[i] as number));
      const d = g.map((a, i) => ((breaks[i] as number) > from ? -a : 0));
      const slope = inner(g, d) + inner(z, matmul(b, d) as unknown as Vector);
      const bend = inner(d, matmul(b, d) as unknown as Vector);
      const to = from + Math.max(0, -slope / bend);
      if (slope >= 0) return from;
      if (to < (ends[k + 1] ?? Infinity)) return to;
    }
    return ends.at(-1) as number;
  }

  test("give the first minimum along the path that bounds bend", () => {
    const time = made(pairs, [x, g, lower, upper], function* (p, x, g, lower, upper) {
      const bounds = { lower: lower as Tensor, upper: upper as Tensor };
      return yield* cauchyTime(compact(p), g as Tensor, breaksAlong(x as Tensor, g as Tensor, bounds));
    });
    close(time, [first()]);
    expect(first()).toBeGreaterThan(0);
  });
  test.each([
    ["some", [0, 2, 3, 6]],
    ["all", [0, 1, 2, 3, 4, 5, 6]],
    ["no", []],
  ])("give the least value of the model in free variables: %s", (_, free) => {
    const z = values(3).map((a) => 0.1 * a);
    const mask = x.map((_, i) => (free.includes(i) ? 1 : 0));
    const step = made(pairs, [z, g, mask], (p, z, g, mask) =>
      subspaceStep(compact(p), z as Tensor, g as Tensor, gt(mask as Tensor, 0)),
    );
    const bz = matmul(b, z) as Float64Array;
    const rhs = free.map((i) => -((g[i] as number) + (bz[i] as number)));
    const found =
      free.length === 0
        ? []
        : (solve(
            free.map((i) => free.map((k) => (b[i] as number[])[k] as number)),
            rhs,
          ) as Float64Array);
    close(
      step,
      x.map((_, i) => (free.includes(i) ? (found[free.indexOf(i)] as number) : 0)),
    );
  });
});
