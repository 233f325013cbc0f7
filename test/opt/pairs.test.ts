// Loops over all pairs that visit each pair once: which sums are found to be symmetric, and that the numbers are
// those of the one-shot transforms, which do not do this.
import { describe, expect, test } from "vitest";
import { pushforward } from "../../src/ad/jvp.ts";
import { cotangents } from "../../src/ad/linearize.ts";
import { basic, compiled, together } from "../../src/emit/passes.ts";
import {
  abs,
  add,
  astype,
  checkpoint,
  cos,
  customJvp,
  customVjp,
  div,
  eq,
  exp,
  expandDims,
  eye,
  grad,
  hvp,
  jit,
  jvp,
  maximum,
  minimum,
  mul,
  neg,
  objective,
  ones,
  sin,
  sqrt,
  square,
  stack,
  sub,
  sum,
  type TensorLike,
  valueAndGrad,
  where,
} from "../../src/index.ts";
import type { DType } from "../../src/ir/aval.ts";
import { inSession } from "../../src/ir/build.ts";
import type { Node } from "../../src/ir/graph.ts";
import { NO_FACTS } from "../../src/opt/facts.ts";
import { foldOnce as foldOncePass } from "../../src/opt/graph/fold-once.ts";
import { schedule } from "../../src/opt/pipeline.ts";
import { pairs } from "../../src/opt/steps/pairs.ts";
import type { LoopStep } from "../../src/opt/steps/steps.ts";
import { isLiteral, parameter } from "../../src/primitives/leaf.ts";
import { full } from "../../src/primitives/spread.ts";
import { Linearized } from "../../src/run/linearized.ts";
import { Tensor } from "../../src/trace/tracer.ts";
import { type Loop, loopsOf } from "../harness/loops.ts";
import { choice, rng, vector } from "../harness/rng.ts";

type F = (x: Tensor) => TensorLike;
const column = (x: Tensor): Tensor => expandDims(x, 1) as Tensor;
const row = (x: Tensor): Tensor => expandDims(x, 0) as Tensor;
const points = (x: Tensor, n: number, d: number): Tensor => x.reshape([n, d]);
const gaps = (P: Tensor): Tensor => sub(expandDims(P, 1), expandDims(P, 0)) as Tensor;
const matrix = (n: number, f: (i: number, j: number) => number) => ({
  data: Float64Array.from({ length: n * n }, (_, k) => f(Math.floor(k / n), k % n)),
  shape: [n, n],
});

/** Lennard-Jones as users write it: captured arrays keep the diagonal finite, and out. */
const lennardJones =
  (n: number): F =>
  (x) => {
    const s = div(
      1,
      add(
        sum(square(gaps(points(x, n, 3))), { axis: 2 }),
        matrix(n, (i, j) => Number(i === j)),
      ),
    ) as Tensor;
    const s3 = mul(s, square(s));
    return sum(
      mul(
        matrix(n, (i, j) => Number(i !== j)),
        sub(square(s3), s3),
      ),
    );
  };

type Found = readonly [value: number, grad: number, hvp: number];
/** `found`: how many of the loops of f, ∇f and H·v are loops over pairs. */
const cases: [name: string, elements: number, found: Found, f: F][] = [
  ["Lennard-Jones, an even number of particles", 36, [1, 1, 1], lennardJones(12)],
  ["Lennard-Jones, an odd number", 39, [1, 1, 1], lennardJones(13)],
  [
    "the diagonal masked by where and eye",
    27,
    [1, 1, 1],
    (x) => {
      const r2 = sum(square(gaps(points(x, 9, 3))), { axis: 2 });
      const off = (eye(9) as unknown as Tensor).eq(0);
      return sum(where(off, div(1, sqrt(where(off, r2, 1))), 0));
    },
  ],
  [
    "weights and places: rows of even and odd terms, in one nest",
    28,
    [1, 1, 1],
    (x) => kernelSum(x.slice([0, 14]), x.slice([14])),
  ],
  [
    "a width that all pairs share",
    15,
    [1, 1, 1],
    (x) => sum(exp(mul(x.at(0), square(sub(column(x.slice([1])), row(x.slice([1]))))))),
  ],
  [
    "a captured matrix that is symmetric",
    20,
    [1, 0, 0],
    (x) =>
      sum(
        mul(
          matrix(20, (i, j) => Math.cos(i * j)),
          mul(column(x), row(x)),
        ),
      ),
  ],
  [
    "a captured matrix that is not",
    20,
    [0, 0, 0],
    (x) =>
      sum(
        mul(
          matrix(20, (i, j) => Math.cos(i + 2 * j)),
          mul(column(x), row(x)),
        ),
      ),
  ],
  [
    "a captured matrix with one number above the diagonal and another below",
    12,
    [0, 0, 0],
    (x) =>
      sum(
        mul(
          matrix(12, (i, j) => (i < j ? 1 : i > j ? 3 : 0.5)),
          exp(mul(column(x), row(x))),
        ),
      ),
  ],
  [
    "captured masks of either type, one number beside the diagonal",
    26,
    [1, 1, 1],
    (x) => {
      const P = points(x, 13, 2);
      const r2 = add(
        sum(square(gaps(P)), { axis: 2 }),
        matrix(13, (i, j) => (i === j ? 7 : 0.25)),
      );
      return sum(mul(sqrt(r2), (eye(13) as unknown as Tensor).ne(1)));
    },
  ],
  [
    "captured booleans",
    27,
    [1, 1, 1],
    (x) => {
      const r2 = sum(square(gaps(points(x, 9, 3))), { axis: 2 });
      const off = Array.from({ length: 9 }, (_, i) => Array.from({ length: 9 }, (_, j) => i !== j));
      return sum(where(off, div(1, sqrt(where(off, r2, 1))), 0));
    },
  ],
  [
    "an odd function of differences",
    17,
    [0, 0, 0],
    (x) => sum(mul(sin(sub(column(x), row(x))), abs(sub(row(x), column(x))))),
  ],
  ["not symmetric", 11, [0, 0, 0], (x) => sum(div(column(x), add(2, square(row(x)))))],
  [
    "a product that is its own negative",
    10,
    [1, 1, 1],
    (x) => sum(mul(sub(column(x), row(x)), add(column(square(x)), row(square(x))))),
  ],
];
/** `Σᵢⱼ wᵢ wⱼ / (1 + (pᵢ - pⱼ)²)` */
const kernelSum = (w: Tensor, p: Tensor): TensorLike =>
  sum(div(mul(column(w), row(w)), add(1, square(sub(column(p), row(p))))));

const data = (n: number, dtype: DType, seed: number) =>
  dtype === "float32" ? Float32Array.from(vector(rng(seed), n)) : Float64Array.from(vector(rng(seed), n));

/** The same with ties, and zeros of both signs. */
const tied = (n: number, dtype: DType, seed: number) => {
  const random = rng(seed);
  return data(n, dtype, seed).map(() => choice(random, [-1, -0.5, -0, 0, 0.5, 1]));
};

const list = (y: unknown): number[] => (typeof y === "number" ? [y] : Array.from(y as number[]));
/**
 * The largest difference of two vectors, relative to their largest finite element if that is above 1; infinities and
 * NaN must be the same.
 */
const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  const scale = Math.max(1, ...Array.from(b, Math.abs).filter(Number.isFinite));
  const apart = (x: number, y: number): number =>
    Object.is(x, y) ? 0 : Number.isFinite(y) ? Math.abs(x - y) : Number.NaN;
  return Math.max(...Array.from(b, (y, i) => apart(a[i] as number, y))) / scale;
};

describe("numbers", () => {
  // Each element is a sum of at most 20 terms (value: 400) in another order; cancellation in it is mild: 1e3
  // roundoffs are generous beside any lost or doubled term.
  test.each(["float64", "float32"] as const)(
    "%s: values, gradients and products are those of one-shot transforms",
    (dtype) => {
      const tolerance = 1e3 * (dtype === "float32" ? 2 ** -24 : 2 ** -53);
      for (const [name, n, , f] of cases) {
        const P = objective(f as never, data(n, dtype, 5));
        const v = data(n, dtype, 6);
        for (const x of [data(n, dtype, 5), tied(n, dtype, 5), tied(n, dtype, 8)]) {
          expect(distance(P.grad(x as never) as never, grad(f as never)(x) as never), name).toBeLessThan(tolerance);
          const product = hvp(f as never, x, v) as never;
          expect(distance(P.hvp(x as never, v as never) as never, product), name).toBeLessThan(tolerance);
          expect(distance(P.at(x as never).hvp(v as never) as never, product), name).toBeLessThan(tolerance);
        }
      }
    },
  );

  test("values", () => {
    for (const [name, n, , f] of cases) {
      for (const x of [data(n, "float64", 5), tied(n, "float64", 5), tied(n, "float64", 8)]) {
        const oneShot = (valueAndGrad(f as never)(x) as [number, unknown])[0];
        // The terms add up to at most a few hundred, most of them positive.
        expect(distance([objective(f as never, x).value(x as never)], [oneShot]), name).toBeLessThan(1e3 * 2 ** -53);
      }
    }
  });

  test.each(["float64", "float32"] as const)(
    "%s: sums along either axis, and of everything, of even and odd terms",
    (dtype) => {
      for (const n of [8, 9, 13, 20, 35]) {
        const f = (x: Tensor) => {
          const d = sub(column(x), row(x));
          const even = div(1, add(1, square(d)));
          const rows = [even, mul(even, d), mul(even, row(x))];
          return [
            ...rows.flatMap((k) => [sum(k, { axis: 0 }), sum(k, { axis: 1 })]),
            sum(even),
            sum(mul(even, d)),
            sum(rows[2] as Tensor),
          ];
        };
        const compiled = jit(f as never) as unknown as (x: unknown) => number[][];
        for (const x of [data(n, dtype, 7), tied(n, dtype, 7)]) {
          const plain = jvp(f as never, [x], [x])[0] as unknown as number[][];
          // At most 35 terms below 1 (35² of them for the whole) in another order.
          const tolerance = 1e3 * (dtype === "float32" ? 2 ** -24 : 2 ** -53);
          compiled(x).forEach((y, k) => {
            expect(distance(list(y), list(plain[k])), `${n} ${k}`).toBeLessThan(tolerance);
          });
        }
      }
    },
  );

  test("long rows are added up in blocks: 3000 particles on a line", () => {
    const n = 3000;
    const x = Float64Array.from({ length: n }, (_, i) => i / n);
    const got = objective((y) => sum(abs(sub(expandDims(y, 1), expandDims(y, 0)))), x).value(x);
    // Σ |i - j| / n = (n² - 1)/3. The sums of the rows are added one after the other: at most n roundoffs.
    expect(Math.abs(got / ((n * n - 1) / 3) - 1)).toBeLessThan(n * 2 ** -53);
  });
});

const fixed = { ...NO_FACTS, isFixed: isLiteral };
const foldOnce = (outputs: readonly Node[], isFixed: (n: Node) => boolean): readonly Node[] =>
  foldOncePass.run(outputs, { ...NO_FACTS, isFixed });
/** The loops of `outputs` that visit every pair once. */
const trianglesOf = (outputs: readonly Node[]): LoopStep[] =>
  schedule(outputs, [pairs], fixed).steps.filter((s) => s.kind === "loop" && s.form.kind === "triangle") as LoopStep[];

/** Which nests of f, ∇f and H·v visit every pair once: the numbers of their loops over pairs. */
function triangles(n: number, f: F): [value: number, grad: number, hvp: number] {
  return inSession(() => {
    const [x, v] = [parameter([n], "float64"), parameter([n], "float64")];
    const y = (f(new Tensor(x, false)) as Tensor).node;
    const g = foldOnce(cotangents([y], [x], [full([], 1, "float64")]) as Node[], isLiteral);
    const h = pushforward(g, [x], [v]) as Node[];
    return [trianglesOf([y]).length, trianglesOf(g).length, trianglesOf(h).length];
  });
}

describe("what is found", () => {
  test.each(cases)("%s", (_name, n, found, f) => {
    expect(triangles(n, f)).toEqual(found);
  });

  test("sums over both axes of one array are one sum", () => {
    inSession(() => {
      const n = 30;
      const x = parameter([3 * n], "float64");
      const y = (lennardJones(n)(new Tensor(x, false)) as Tensor).node;
      const [g] = cotangents([y], [x], [full([], 1, "float64")]) as [Node];
      const folds = (outputs: readonly Node[]): number => loopsOf(outputs)[0]?.writes as number;
      expect([folds([g]), folds(foldOnce([g], isLiteral)), folds(foldOnce([g], () => false))]).toEqual([2, 1, 2]);
    });
  });

  test("Lennard-Jones: a product with the Hessian costs 53 operations and one division a pair", () => {
    inSession(() => {
      const n = 30;
      const [x, v] = [parameter([3 * n], "float64"), parameter([3 * n], "float64")];
      const y = (lennardJones(n)(new Tensor(x, false)) as Tensor).node;
      const h = pushforward(
        foldOnce(cotangents([y], [x], [full([], 1, "float64")]) as Node[], isLiteral),
        [x],
        [v],
      ) as Node[];
      const { ops } = loopsOf(h)[0] as Loop;
      expect(ops["all"]).toBeLessThanOrEqual(53);
      expect(ops["div"]).toBe(1);
    });
  });

  test("beside the diagonal, masks are numbers: no matrix is read, no counters are compared", () => {
    const n = 20;
    const masked: F = (x) => {
      const r2 = sum(square(gaps(points(x, n, 3))), { axis: 2 });
      const off = (eye(n) as unknown as Tensor).eq(0);
      return sum(where(off, div(1, sqrt(where(off, r2, 1))), 0));
    };
    const checkered: F = (x) =>
      mul(
        lennardJones(n)(x),
        sum(
          mul(
            matrix(n, (i, j) => (i + j) % 2),
            square(sub(column(x.slice([0, n])), row(x.slice([0, n])))),
          ),
        ),
      );
    /** Of the loops over pairs of ∇f: loads of captured matrices, comparisons, products and sums. */
    const inLoops = (f: F): [matrices: number, comparisons: number, operations: number] =>
      inSession(() => {
        const x = parameter([3 * n], "float64");
        const y = (f(new Tensor(x, false)) as Tensor).node;
        const g = foldOnce(cotangents([y], [x], [full([], 1, "float64")]) as Node[], isLiteral);
        const found: [number, number, number] = [0, 0, 0];
        for (const { bodies, form } of trianglesOf(g)) {
          const [body] = bodies as [LoopStep["bodies"][number]];
          const { beside } = form as Extract<LoopStep["form"], { kind: "triangle" }>;
          const needed = new Set(body.sinks.slice(0, beside).map((s) => s.value));
          for (const v of body.values.toReversed()) {
            if (!needed.has(v)) continue;
            for (const a of v.operands) needed.add(a);
            if (v.op === "load" && v.source?.size === n * n) found[0]++;
            if (v.op === "eq" || v.op === "ne") found[1]++;
            if (["add", "sub", "mul", "div"].includes(v.op)) found[2]++;
          }
        }
        return found;
      });
    const captured: F = (x) => {
      const r2 = sum(square(gaps(points(x, n, 3))), { axis: 2 });
      const off = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => i !== j));
      return sum(where(off, div(1, sqrt(where(off, r2, 1))), 0));
    };
    expect(inLoops(masked).slice(0, 2)).toEqual([0, 0]);
    expect(inLoops(captured).slice(0, 2)).toEqual([0, 0]);
    expect(inLoops(lennardJones(n)).slice(0, 2)).toEqual([0, 0]);
    // 3 differences, 3 squares, 2 sums, 1/r², its square and third power, 4 products and a sum for the slope, 3
    // products: 1 less than before.
    expect(inLoops(lennardJones(n))[2]).toBeLessThanOrEqual(20);
    expect(inLoops(checkered)[0]).toBeGreaterThan(0);
  });

  test("nests with fewer than eight rows, and what is not all pairs, stay as they are", () => {
    expect(triangles(7, (x) => sum(square(sub(column(x), row(x)))))).toEqual([0, 0, 0]);
    expect(triangles(20, (x) => sum(square(sub(column(x), row(x.slice([10]))))))).toEqual([0, 0, 0]);
  });
});

describe("products at a point", () => {
  /**
   * Bytes that a point of Lennard-Jones with n atoms keeps, and the largest difference of its products from one-shot
   * ones.
   */
  const atPoint = (n: number, kept: (x: Tensor) => TensorLike = lennardJones(n)): [number, number] => {
    const size = 3 * n;
    const bytes = inSession(() => {
      const x = parameter([size], "float64");
      const v = parameter([size], "float64");
      const y = (kept(new Tensor(x)) as Tensor).node;
      const g = foldOnce(cotangents([y], [x], [full([], 1, "float64")]) as Node[], isLiteral);
      const split = new Linearized([y, ...g], pushforward(g, [x], [v]) as Node[], [x], [v], {
        passes: together(basic, compiled),
        facts: fixed,
      });
      const { residuals } = split;
      split.dispose();
      return residuals;
    });
    const x = Float64Array.from({ length: size }, (_, i) => (i % 3 === 0 ? i / 3 : 0) * 1.1 + Math.sin(i) / 8);
    const v = data(size, "float64", 5);
    const at = objective(kept, x).at(x);
    at.hvp(v);
    return [bytes, distance(at.hvp(v) as Float64Array, hvp(kept, x, v) as Float64Array)];
  };
  test("small tables of pairs are kept, large ones computed anew once a pair", () => {
    const [few, many] = [atPoint(16), atPoint(128)];
    expect(few[0]).toBeGreaterThan(16 * 16 * 8);
    expect(many[0]).toBe(0);
    for (const [, difference] of [few, many]) expect(difference).toBeLessThan(1e4 * 2 ** -53);
  });
  test("tables of which no pair loop can be made are kept", () => {
    const n = 128;
    const lopsided: F = (x) =>
      sum(
        mul(
          matrix(n, (i, j) => i - 2 * j),
          sin(square(sub(column(x.slice([0, n])), row(x.slice([0, n]))))),
        ),
      );
    const [bytes, difference] = atPoint(n, lopsided);
    expect(bytes).toBeGreaterThan(n * n * 8);
    expect(difference).toBeLessThan(1e4 * 2 ** -53);
  });
});

describe("what must not be taken for symmetric", () => {
  const n = 12;
  const f = (x: Tensor, m: Tensor): TensorLike => sum(mul(m, square(sub(column(x), row(x)))));

  test("data that is bound may lose its symmetry", () => {
    const x = data(n, "float64", 3);
    const symmetric = matrix(n, (i, j) => 1 + i * j);
    const other = matrix(n, (i, j) => i - 2 * j);
    const P = objective(f, x, symmetric);
    P.grad(x);
    P.bind(other);
    expect(distance(P.grad(x), grad(f)(x, other) as Float64Array)).toBeLessThan(1e3 * 2 ** -53);
  });

  test("a captured array that changes later is the one that was captured", () => {
    const x = data(n, "float64", 3);
    const m = matrix(n, (i, j) => i - 2 * j);
    const before = matrix(n, (i, j) => i - 2 * j);
    const P = objective((y) => f(y, m as never), x);
    m.data.fill(1);
    expect(distance(P.grad(x), grad(f)(x, before) as Float64Array)).toBeLessThan(1e3 * 2 ** -53);
  });

  test("a NaN on the diagonal reaches its row, as it does where all pairs are visited", () => {
    const x = data(n, "float64", 4);
    const bare = (y: Tensor): TensorLike => sum(div(1, square(sub(column(y), row(y)))));
    expect(Array.from(objective(bare, x).grad(x) as Float64Array)).toEqual(new Array(n).fill(Number.NaN));
    expect(Array.from(grad(bare)(x) as Float64Array)).toEqual(new Array(n).fill(Number.NaN));
  });
});

describe("what is not the same on both sides", () => {
  /**
   * Value, gradient, product and product at a point of an objective against those of one-shot transforms, infinities
   * and NaN included.
   */
  const agree = (f: F, x: Float64Array): void => {
    const v = x.map((_, i) => Math.cos(i));
    const o = objective(f as never, x);
    const want = hvp(f as never, x, v) as never;
    const same = (a: ArrayLike<number>, b: ArrayLike<number>): void => {
      const scale = Math.max(1, ...Array.from(b, (y) => (Number.isFinite(y) ? Math.abs(y) : 0)));
      Array.from(b, (y, i) => {
        if (Number.isFinite(y)) expect(Math.abs((a[i] as number) - y) / scale).toBeLessThan(1e4 * 2 ** -53);
        else expect(a[i]).toBe(y);
      });
    };
    same([o.value(x as never)], [(valueAndGrad(f as never)(x) as [number, unknown])[0]]);
    same(o.grad(x as never) as never, grad(f as never)(x) as never);
    same(o.hvp(x as never, v as never) as never, want);
    same(o.at(x as never).hvp(v as never) as never, want);
    o.dispose();
  };
  const at = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => Math.sin(1.3 * i));

  test("no column of a sum over pairs is lost when another one is symmetric", () => {
    const captured = matrix(9, (i, j) => i + 2 * j);
    agree((x) => sum(mul(stack([captured, ones([9, 9])], 2), square(gaps(points(x, 9, 2))))), at(18));
    const n = 8;
    agree((x) => {
      const d = gaps(points(x, n, 3));
      const r2 = sum(square(d), { axis: 2 });
      const off = eq(eye(n), 0);
      const inverse = where(off, div(1, sqrt(where(off, r2, 1))), 0);
      return add(sum(exp(neg(r2))), sum(sin(sum(mul(d.slice(null, null, 1), inverse), { axis: 1 }))));
    }, at(24));
  });

  test("zeros of differences have one sign: quotients by them are no negatives of each other", () => {
    const quotients = (x: Tensor): Tensor => div(1, sub(column(x), row(x))) as Tensor;
    agree((x) => sum(minimum(sum(quotients(x), { axis: 0 }), 5)), at(9));
    agree((x) => sum(minimum(sum(quotients(x), { axis: 0 }), 5)), new Float64Array(10).fill(2));
    const x = at(9);
    const both = jit(
      (y: Tensor) => [sum(quotients(y), { axis: 0 }), sum(quotients(y), { axis: 1 }), sum(quotients(y))] as never,
    )(x);
    const infinite = new Array(9).fill(Number.POSITIVE_INFINITY);
    expect((both as unknown as Float64Array[]).slice(0, 2).map((y) => Array.from(y))).toEqual([infinite, infinite]);
    // Two places: the products of differences are +0 and -0, and their reciprocals infinite with either sign.
    agree(
      (y) => {
        const [p, q] = [y.slice([0, 9]), y.slice([9])].map((z) => sub(column(z), row(z))) as [Tensor, Tensor];
        return sum(maximum(-3, minimum(3, div(1, add(mul(p, q), eye(9))))));
      },
      Float64Array.from({ length: 18 }, (_, i) => (i < 9 ? i % 3 : i)),
    );
  });

  test("zeros that users wrote are no masks: 0 times infinity is NaN, -0 + 0 is 0", () => {
    const infinite = (x: Tensor): Tensor => div(1, sub(square(sub(column(x), row(x))), 1)) as Tensor;
    const x = Float64Array.from({ length: 10 }, (_, i) => i);
    agree((y) => sum(mul(eye(10), infinite(y))), x);
    agree(
      (y) =>
        sum(
          mul(
            matrix(10, (i, j) => Number(i === j)),
            infinite(y),
          ),
        ),
      x,
    );
    agree(
      (y) =>
        sum(
          div(
            matrix(10, (i, j) => Number(i === j)),
            sub(square(sub(column(y), row(y))), 1),
          ),
        ),
      x,
    );
    const away = (y: Tensor): TensorLike =>
      div(
        1,
        add(
          mul(abs(sub(column(y), row(y))), -0),
          matrix(10, (i, j) => (i === j ? 1 : 0)),
        ),
      );
    agree((y) => sum(minimum(away(y), 5)), x);
  });

  test("captured numbers are converted as they are at run time: saturated, NaN to 0", () => {
    for (const c of [1e10, -3e9, Number.NaN, Number.POSITIVE_INFINITY, 1.9, -1.9])
      agree(
        (x) =>
          sum(
            mul(
              astype(
                matrix(10, (i, j) => (i === j ? 0 : c)),
                "int32",
              ),
              square(sub(column(x), row(x))),
            ),
          ),
        at(10),
      );
  });

  test("negatives that the innermost loop does not change are subtracted", () => {
    agree((x) => add(sum(x), sum(square(sum(neg(sqrt(add(1, eye(9)))), { axis: 1 })))), at(9));
    agree((x) => sum(mul(exp(matrix(9, (i, j) => (i === j ? 0 : 1))), sub(square(column(x)), row(x)))), at(9));
    const [y] = jvp((_x: Tensor) => sum(neg(sin(ones([9, 9]))), { axis: 1 }) as never, [at(9)], [at(9)]) as unknown as [
      Float64Array,
    ];
    for (const s of y) expect(s).toBeCloseTo(-9 * Math.sin(1), 12);
  });
});

describe("functions with rules of their own in loops over pairs", () => {
  const wrapped: readonly [string, (t: Tensor) => TensorLike][] = [
    ["checkpoint", checkpoint((t: Tensor) => sin(t))],
    [
      "customJvp",
      customJvp((t: Tensor) => sin(t), (([t]: Tensor[], [d]: Tensor[]) => [sin(t!), mul(cos(t!), d!)]) as never),
    ],
    [
      "customVjp",
      customVjp(
        (t: Tensor) => sin(t),
        (t) => [sin(t), cos(t)],
        (c, g) => [mul(c, g)],
      ),
    ],
  ] as never;
  const shapes: readonly [string, (c: (t: Tensor) => TensorLike) => F][] = [
    [
      "n×n×2",
      (c) => (x) => sum(exp(neg(sum(square(c(sub(expandDims(x, 0), expandDims(x, 1)) as Tensor)), { axis: 2 })))),
    ],
    [
      "two sums",
      (c) => (x) => {
        const d = sub(expandDims(sum(x, { axis: 1 }), 0), expandDims(sum(x, { axis: 1 }), 1)) as Tensor;
        return sum(square(add(sum(c(d), { axis: 0 }), sum(mul(c(d), d), { axis: 1 }))));
      },
    ],
  ];
  for (const [name, c] of wrapped)
    for (const [shape, f] of shapes)
      test(`${name}, ${shape}`, () => {
        const n = 16;
        for (const points of [vector(rng(5), 2 * n), Float64Array.from(tied(2 * n, "float64", 5))]) {
          const x = { data: points, shape: [n, 2] };
          const v = { data: vector(rng(6), 2 * n), shape: [n, 2] };
          const [F, G] = [f(c), f((t) => sin(t))];
          const wanted = hvp(G, x, v) as unknown as { data: Float64Array };
          const p = objective(F, x);
          const close = (got: unknown, to: { data: Float64Array }): void =>
            (got as { data: Float64Array }).data.forEach((y, i) => {
              expect(Math.abs(y - to.data[i]!)).toBeLessThan(1e-12 * Math.max(1, ...to.data.map(Math.abs)));
            });
          close(p.grad(x as never), grad(G)(x) as never);
          close(jit(grad(F) as never)(x as never), grad(G)(x) as never);
          close(p.hvp(x as never, v as never), wanted);
          close(p.at(x as never).hvp(v as never), wanted);
          if (name !== "customVjp") close(jit((y: Tensor) => hvp(F, y, v as never) as never)(x as never), wanted);
        }
      });
});
