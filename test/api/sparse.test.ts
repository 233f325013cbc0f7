// Sparse Hessians and Jacobians: beside dense ones of the same function, and beside closed forms.
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import * as h from "../../src/index.ts";
import { flat } from "../harness/flat.ts";
import { any, checkMisuse } from "../harness/misuse.ts";
import { choice, integer, type Rng, rng, vector } from "../harness/rng.ts";

type T = h.Tensor;
type F = (x: T) => T;

const rosenbrock: F = (x) => {
  const [a, b] = [h.slice(x, [0, -1]), h.slice(x, [1])];
  return h.add(h.mul(100, h.sum(h.square(h.sub(b, h.square(a))))), h.sum(h.square(h.sub(1, a))));
};
/** Its Hessian by hand: 1200 xᵢ² - 400 xᵢ₊₁ + 2, 200 from below, -400 xᵢ beside the diagonal. */
const rosenbrockEntry = (x: ArrayLike<number>, i: number, j: number): number => {
  const n = x.length;
  const [a, b] = [x[i] as number, x[i + 1] as number];
  if (i === j) return (i < n - 1 ? 1200 * a * a - 400 * b + 2 : 0) + (i > 0 ? 200 : 0);
  return Math.abs(i - j) === 1 ? -400 * (x[Math.min(i, j)] as number) : 0;
};

/** A sum of a few terms, each of a few elements that indices, slices, pads or convolutions bring together. */
function randomFunction(random: Rng, n: number): F {
  const index = (k: number): Int32Array => Int32Array.from({ length: k }, () => integer(random, 0, n - 1));
  const smooth = (x: T): T => choice(random, [h.sin, h.exp, h.square, h.tanh, (y: T) => y])(x) as T;
  const part = (x: T): T => {
    const k = integer(random, 2, 5);
    const [i, j, step] = [index(k), index(k), integer(random, 1, 3)];
    switch (integer(random, 0, 6)) {
      case 0:
        return h.mul(smooth(h.take(x, i)), smooth(h.take(x, j)));
      case 1:
        return h.div(h.slice(x, [step, n]), h.add(3, smooth(h.slice(x, [0, n - step]))));
      case 2:
        return h.mul(h.flip(x), smooth(h.pad(h.slice(x, [0, n - step]), [[step, 0]])));
      case 3:
        return smooth(
          h.segmentSum(
            h.take(x, i),
            Int32Array.from(i, (_, p) => p % 2),
            2,
          ),
        );
      case 4:
        return smooth(h.cumsum(h.take(x, i)));
      case 5:
        return h.mul(x.at(i[0]!) as T, smooth(h.sum(h.take(x, j))));
      default:
        return smooth(h.matmul(h.tril(h.ones([k, k])), h.take(x, i)));
    }
  };
  const draws = Array.from({ length: integer(random, 1, 4) }, () => random() * 2 ** 32);
  return (x) => {
    // Traced again with the same draws: sparse and dense ones see one function.
    const terms = draws.map((seed) => ((random = rng(seed)), h.sum(part(x))));
    return terms.reduce((a, b) => h.add(a, b));
  };
}

/** Entries where the pattern has none are zeros of the dense matrix, and the others are its numbers. */
function same(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  const size = Math.max(1, ...expected.map(Math.abs));
  expect(actual).toHaveLength(expected.length);
  for (const [k, x] of actual.entries())
    if (x === 0) expect(expected[k], `${k}`).toBeCloseTo(0, 12);
    else expect(Math.abs(x - (expected[k] as number)), `${k}`).toBeLessThanOrEqual(tolerance * size);
}

const colorings = ["star", "acyclic"] as const;
describe.each(colorings)("%s", (coloring) => {
  test.each([2, 3, 10, 100])("Rosenbrock's function of %i numbers, by hand", (n) => {
    const x = vector(rng(n), n);
    const S = h.sparseHessian(rosenbrock, x, { coloring });
    expect(S.colorCount).toBe(coloring === "star" && n > 3 ? 3 : 2);
    const { rowind, colind } = S.pattern;
    expect([...rowind]).toEqual(Array.from({ length: 2 * n - 1 }, (_, k) => (k + 1) >> 1));
    S.values(x).forEach((v, k) =>
      // Numbers below 4000, of sums of a few terms.
      expect(v).toBeCloseTo(rosenbrockEntry(x, rowind[k] as number, colind[k] as number), 9),
    );
  });
  test.each(Array.from({ length: 30 }, (_, seed) => seed))("a random function, seed %i: the dense Hessian", (seed) => {
    const random = rng(seed);
    const n = integer(random, 5, 14);
    const f = randomFunction(random, n);
    const x = vector(random, n);
    const S = h.sparseHessian(f, x, { coloring, ordering: choice(random, ORDERINGS) });
    // Sums of at most a few dozen terms, in other orders.
    same(flat(S.dense(x)), flat(h.hessian(f)(x)), 1e-13);
  });
  test("float32, in float32", () => {
    const x = Float32Array.from(vector(rng(1), 20));
    const S = h.sparseHessian(rosenbrock, x, { coloring });
    const values: unknown = S.values(x as never);
    expect(values).toBeInstanceOf(Float32Array);
    const { rowind, colind } = S.pattern;
    for (const [k, v] of (values as Float32Array).entries())
      expect(Math.abs(v - rosenbrockEntry(x, rowind[k] as number, colind[k] as number))).toBeLessThan(2e-3);
  });
});
const ORDERINGS = ["natural", "largest-first", "smallest-last", "incidence-degree"] as const;

describe("Hessians of other shapes", () => {
  test("trees: elements leaf by leaf", () => {
    // a · b² + c: the Hessian by (a, b, c).
    const f = (t: { a: T; b: T; c: T }): T => h.add(h.sum(h.mul(t.a, h.square(t.b))), t.c);
    const x = { a: [1, 2], b: [3, 4], c: 5 };
    const S = h.sparseHessian(f, x);
    expect(S.dense(x).toArray()).toEqual([
      [0, 0, 6, 0, 0],
      [0, 0, 0, 8, 0],
      [6, 0, 2, 0, 0],
      [0, 8, 0, 4, 0],
      [0, 0, 0, 0, 0],
    ]);
    expect([...S.values(x)]).toEqual([6, 8, 2, 4]);
    expect([...S.pattern.colptr]).toEqual([0, 1, 2, 3, 4, 4]);
    expect(S.colors[4]).toBe(-1);
  });
  test("leaves of several types", () => {
    const f = (t: { a: T; b: T }): T => h.sum(h.mul(h.square(t.a), t.b.astype("float64")));
    const x = { a: Float64Array.of(1, 2), b: Float32Array.of(3, 4) };
    const S = h.sparseHessian(f, x);
    expect(S.dense(x).toArray()).toEqual([
      [6, 0, 2, 0],
      [0, 8, 0, 4],
      [2, 0, 0, 0],
      [0, 4, 0, 0],
    ]);
  });
  test("a linear function has no entries and takes no product; a full one is dense", () => {
    const x = vector(rng(1), 6);
    const linear = h.sparseHessian((y: T) => h.sum(y), x);
    expect([linear.colorCount, linear.values(x).length, flat(linear.dense(x)).every((v) => v === 0)]).toEqual([
      0,
      0,
      true,
    ]);
    const full = h.sparseHessian((y: T) => h.exp(h.sum(y)), x);
    expect(full.colorCount).toBe(6);
    expect(inspect(full)).toContain("(dense)");
    same(flat(full.dense(x)), flat(h.hessian((y: T) => h.exp(h.sum(y)))(x)), 1e-14);
  });
  test("more products than are kept at once: entries of all", () => {
    // Every entry of the Hessian of exp(Σ x) is its value; 3000 products of 3000 numbers are more than 2²³.
    const n = 3000;
    const x = new Float64Array(n).fill(1 / n);
    const values = h.sparseHessian((y: T) => h.exp(h.sum(y)), x).values(x);
    expect(values.length).toBe((n * (n + 1)) / 2);
    const value = Math.exp(x.reduce((a, b) => a + b, 0));
    // Sums of 3000 terms.
    expect(values.every((v) => Math.abs(v - value) < 1e-12)).toBe(true);
  });
  test("entries that are not finite leave others of their row as they are", () => {
    // Σ xᵢ₊₁ √xᵢ + Σ xᵢ²: beside the diagonal 1 / (2 √xᵢ), on it 2 - xᵢ₊₁ / (4 xᵢ √xᵢ).
    const f: F = (x) => h.add(h.sum(h.mul(h.slice(x, [1]), h.sqrt(h.slice(x, [0, -1])))), h.sum(h.square(x)));
    const x = [1, 0, 4, 9, 16, 25];
    const S = h.sparseHessian(f, x);
    const { rowind, colind } = S.pattern;
    S.values(x).forEach((v, k) => {
      const [i, j] = [rowind[k] as number, colind[k] as number];
      const root = Math.sqrt(x[j] as number);
      if (i !== j) expect(v).toBe(1 / (2 * root));
      else if (j === 5) expect(v).toBe(2);
      else if (j === 1) expect(v).toBe(-Infinity);
      else expect(v).toBeCloseTo(2 - (x[j + 1] as number) / (4 * root ** 3), 14);
    });
  });
  test("an arrowhead of 2000: two products", () => {
    const n = 2000;
    const f: F = (x) => h.add(h.mul(x.at(0) as T, h.sum(h.sin(x))), h.sum(h.square(x)));
    const x = vector(rng(2), n);
    const S = h.sparseHessian(f, x);
    expect(S.colorCount).toBe(2);
    const { rowind, colind } = S.pattern;
    S.values(x).forEach((v, k) => {
      const [i, j] = [rowind[k] as number, colind[k] as number];
      const [s, c] = [Math.sin(x[i]!), Math.cos(x[i]!)];
      const wanted = i !== j ? c : i === 0 ? 2 + 2 * c - x[0]! * s : 2 - x[0]! * s;
      expect(v).toBeCloseTo(wanted, 12);
    });
  });
  test("patterns are those of derivatives: x / y has no (x, x), x · y no diagonal", () => {
    const pairs = (f: (x: T, y: T) => T): number[][] => {
      const S = h.sparseHessian((z: T) => f(z.at(0) as T, z.at(1) as T), [1, 2]);
      return [...S.pattern.rowind].map((i, k) => [i, S.pattern.colind[k] as number]);
    };
    expect(pairs((x, y) => h.mul(x, y))).toEqual([[1, 0]]);
    expect(pairs((x, y) => h.div(x, y))).toEqual([[1, 0], [1, 1]]); // biome-ignore format: pairs
    expect(pairs((x, y) => h.mul(h.exp(x), y))).toEqual([[0, 0], [1, 0]]); // biome-ignore format: pairs
    expect(pairs((x, y) => h.maximum(x, y))).toEqual([]);
  });
  test("indices that loops count are known, in loops inside loops too where they do not depend on these", () => {
    const at = (x: T, i: T): T => h.take(x, i) as T;
    const loop = (n: number, body: (i: T, s: T) => T, first: T | number): T => any(h.foriLoop)(0, n, body, first);
    const chain = (x: T): T => loop(5, (i, s) => h.add(s, h.mul(at(x, i), at(x, h.add(i, 1)))), 0);
    const S = h.sparseHessian(chain, vector(rng(1), 6));
    expect([...S.pattern.rowind].map((i, k) => [i, S.pattern.colind[k]])).toEqual(
      [0, 1, 2, 3, 4].map((j) => [j + 1, j]),
    );
    expect([...S.values(vector(rng(2), 6))]).toEqual([1, 1, 1, 1, 1]);
    const twice = (x: T): T => loop(3, (_, s) => h.add(h.mul(s, 2), chain(x)), 0);
    expect([...h.sparseHessian(twice, vector(rng(1), 6)).values(vector(rng(2), 6))]).toEqual([7, 7, 7, 7, 7]);
    // Which element depends on both loops: nobody says, and all entries are there.
    const both = (x: T): T => loop(2, (i, s) => loop(2, (j, t) => h.add(t, h.square(at(x, h.add(i, j)))), s), 0);
    expect(h.sparseHessian(both, [1, 2, 3, 4]).dense([1, 2, 3, 4]).toArray()).toEqual(
      [2, 4, 2, 0].map((d, i) => [0, 1, 2, 3].map((j) => (i === j ? d : 0))),
    );
  });
  test("loops that nobody counts: sets that grow by what they have are settled", () => {
    const grow = h.whileLoop as unknown as (...args: unknown[]) => h.Tensor;
    const f = (x: h.Tensor): h.Tensor =>
      grow(
        (y: h.Tensor) => h.lt(y, 30),
        (y: h.Tensor) => h.mul(y, x.at(0)),
        x.at(1),
        { maxIterations: 20 },
      );
    // x₁ x₀⁶: 0.9 · 1.8⁶ is the first above 30.
    const S = h.sparseHessian(f, [1.8, 0.9]);
    const [a, b] = [1.8, 0.9];
    const want = [30 * b * a ** 4, 6 * a ** 5, 6 * a ** 5, 0];
    (S.dense([a, b]) as h.NdArray).data.forEach((h, i) => {
      expect(h).toBeCloseTo(want[i] as number, 9);
    });
  });
  test("loops: iteration by iteration where they are counted", () => {
    const S = h.sparseHessian(
      (x: T) => h.sum(h.scan((c: T, r: T) => [r, h.mul(c, r)], x.at(0) as T, x)[1] as T),
      [1, 2, 3, 4],
    );
    expect([...S.pattern.rowind].map((i, k) => i - (S.pattern.colind[k] as number))).toEqual([0, 1, 1, 1]);
    const open = h.sparseHessian(
      (x: T) =>
        h.mul(
          h.whileLoop(
            (s: T) => h.lt(s, 10),
            (s: T) => h.mul(s, 2),
            x.at(0) as T,
          ) as T,
          x.at(2) as T,
        ),
      [1, 2, 3],
    );
    expect(open.dense([3, 2, 1]).toArray()).toEqual([[0, 0, 4], [0, 0, 0], [4, 0, 0]]); // biome-ignore format: a matrix
  });
});

describe("handles", () => {
  const x = vector(rng(3), 8);
  test("write to out, and their pattern is a copy", () => {
    const S = h.sparseHessian(rosenbrock, x);
    const wanted = [...S.values(x)];
    const out = new Float64Array(15);
    expect(S.values(x, out)).toBe(out);
    expect([...out]).toEqual(wanted);
    S.pattern.rowind.fill(0);
    S.colors.fill(0);
    expect([...S.values(x)]).toEqual(wanted);
  });
  test("of an objective share it, and see what is bound", () => {
    const problem = h.objective((y: T, w: T) => h.sum(h.mul(w, h.square(h.square(y)))), x, vector(rng(4), 8));
    const S = h.sparseHessian(problem, x);
    expect(S.colorCount).toBe(1);
    problem.bind(Float64Array.from(x, () => 2));
    S.values(x).forEach((v, i) => expect(v).toBeCloseTo(24 * x[i]! * x[i]!, 12));
    S.dispose();
    expect(problem.value(x)).toBeGreaterThan(0);
    expect(() => S.values(x)).toThrow("this sparseHessian was used after dispose()");
  });
  test("free what is theirs", () => {
    const S = h.sparseHessian(rosenbrock, x);
    S.dispose();
    S.dispose();
    expect(() => S.dense(x)).toThrow(expect.objectContaining({ code: "disposed" }));
  });
  test("take a pattern that is known, in which other entries are zeros", () => {
    const { pattern } = h.sparseHessian(rosenbrock, x);
    const S = h.sparseHessian(rosenbrock, x, { pattern });
    expect([...S.values(x)]).toEqual([...h.sparseHessian(rosenbrock, x).values(x)]);
    const diagonal = { colptr: Int32Array.of(0, 1, 2), rowind: Int32Array.of(0, 1) };
    expect([...h.sparseHessian((y: T) => h.sum(y), [1, 2], { pattern: diagonal }).values([1, 2])]).toEqual([0, 0]);
  });
  test("print as one line", () => {
    const S = h.sparseHessian(rosenbrock, x);
    expect(`${S}`).toBe(inspect(S));
    expect(inspect(S)).toBe(
      "Sparse Hessian 8 × 8, 15 entries in the lower triangle (42 %), 3 colors (star, natural) ⠁⠃⠃⠆⠆⡄⡄⡀",
    );
    expect(inspect(h.sparseJacobian((y: T) => h.square(y), [1, 2]))).toMatch(
      /^Sparse Jacobian 2 × 2, 2 entries \(50 %\), 1 color \(columns, natural\) ./,
    );
  });
});

describe("Jacobians", () => {
  test("of differences of squares: two colors, by hand", () => {
    const f = (x: T): T => h.sub(h.square(h.slice(x, [1])), h.slice(x, [0, -1]));
    const x = vector(rng(5), 50);
    const J = h.sparseJacobian(f, x);
    expect(J.colorCount).toBe(2);
    const { rowind, colind } = J.pattern;
    expect(J.pattern.shape).toEqual([49, 50]);
    J.values(x).forEach((v, k) => expect(v).toBe(rowind[k] === colind[k] ? -1 : 2 * x[colind[k] as number]!));
  });
  test("of trees, whose rows are leaf by leaf", () => {
    const f = (t: { a: T; b: T }): unknown => ({ p: h.mul(t.a, 3), q: [h.sum(t.b), h.full([], 1)] });
    const J = h.sparseJacobian(f, { a: [1, 2], b: [3, 4] });
    expect(J.dense({ a: [1, 2], b: [3, 4] }).toArray()).toEqual([
      [3, 0, 0, 0],
      [0, 3, 0, 0],
      [0, 0, 1, 1],
      [0, 0, 0, 0],
    ]);
  });
  test.each(Array.from({ length: 10 }, (_, seed) => seed))("of a random gradient, seed %i: the dense one", (seed) => {
    const random = rng(seed);
    const n = integer(random, 5, 14);
    const g = h.grad(randomFunction(random, n)) as unknown as F;
    const x = vector(random, n);
    same(flat(h.sparseJacobian(g, x).dense(x)), flat(h.jacfwd(g)(x)), 1e-13);
  });
});

checkMisuse("misuse of sparse derivatives", [
  [
    "an unknown ordering",
    () => h.sparseHessian(rosenbrock, [1, 2], { ordering: any("random") }),
    "value",
    'sparseHessian: ordering must be one of natural, largest-first, smallest-last, incidence-degree, got the string "random"',
  ],
  [
    "an unknown coloring",
    () => h.sparseHessian(rosenbrock, [1, 2], { coloring: any(2) }),
    "value",
    'sparseHessian: coloring must be "star" or "acyclic", got number 2',
  ],
  [
    "an unknown setting",
    () => h.sparseJacobian(rosenbrock, [1, 2], any({ coloring: "star" })),
    "value",
    "sparseJacobian: unknown option coloring; the options are ordering, pattern",
  ],
  [
    "data after the settings",
    () => any(h.sparseHessian)(rosenbrock, [1, 2], {}, [3]),
    "value",
    "sparseHessian: 1 argument too many; write sparseHessian(f, x0, options); for data arguments " +
      "sparseHessian(objective(f, x0, …data), x0)",
  ],
  [
    "a pattern of another size",
    () => h.sparseHessian(rosenbrock, [1, 2], { pattern: { colptr: Int32Array.of(0, 1), rowind: Int32Array.of(0) } }),
    "value",
    "sparseHessian: pattern: colptr must have 3 numbers, from 0 to the length of rowind, 1",
  ],
  [
    "a row that is not there",
    () =>
      h.sparseHessian(rosenbrock, [1, 2], { pattern: { colptr: Int32Array.of(0, 1, 1), rowind: Int32Array.of(2) } }),
    "value",
    "sparseHessian: pattern: row 2 of column 0 is not among 2 rows",
  ],
  [
    "a result that is no scalar",
    () => h.sparseHessian((x: T) => x, [1, 2]),
    "shape",
    "sparseHessian: the function must return a scalar, got shape [2]; reduce it with sum or mean, or use jacrev for the Jacobian",
  ],
  [
    "an argument of another shape",
    () => h.sparseHessian(rosenbrock, [1, 2]).values([1, 2, 3]),
    "shape",
    "sparseHessian: x has shape [3], but the objective was compiled for x of shape [2]; pass an array like the one it " +
      "was made with, or make another objective",
  ],
  [
    "an out of another size",
    () => h.sparseHessian(rosenbrock, [1, 2]).values([1, 2], new Float64Array(2)),
    "shape",
    "sparseHessian: values: out must be a Float64Array of 3 elements, one an entry",
  ],
  [
    "integers as results",
    () => h.sparseJacobian((x: T) => h.argsort(x), [1, 2]),
    "dtype",
    "sparseJacobian: the function must return floating-point arrays, got int32[2]",
  ],
]);
