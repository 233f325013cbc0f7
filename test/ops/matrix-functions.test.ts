// Functions of symmetric matrices, symmetric functions of eigenvalues in ordinary spellings, and radial functions: at
// equal, nearly equal and distinct eigenvalues, coincident and near points, against differences in 130-digit
// arithmetic (fixtures/spectral.py).
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  add,
  det,
  div,
  eigh,
  eigvalsh,
  exp,
  expmh,
  eye,
  funmh,
  grad,
  hvp,
  log,
  logmh,
  logsumexp,
  matmul,
  mul,
  type NdArray,
  type NestedArray,
  norm,
  objective,
  pow,
  powmh,
  prod,
  radial,
  spectralSum,
  sqrt,
  sqrtmh,
  square,
  sub,
  sum,
  type Tensor,
  transpose,
  vdot,
  vmap,
} from "../../src/index.ts";
import type { Scalar } from "../harness/case-functions.ts";
import { flat } from "../harness/flat.ts";
import { compositions, largestError } from "../harness/products.ts";

interface Wanted {
  readonly x: NestedArray;
  readonly v: NestedArray;
  readonly f: number;
  readonly grad: NestedArray;
  readonly hvp: NestedArray;
}
interface SpectralCase extends Wanted {
  readonly matrix: string;
  readonly function: string;
  readonly kind: "matrix" | "sum";
}
interface RadialCase extends Wanted {
  readonly kernel: string;
  readonly r: number;
}
const read = (name: string): string => readFileSync(new URL(`../fixtures/${name}`, import.meta.url), "utf8");
const fixtures = JSON.parse(read("spectral.json")) as { spectral: SpectralCase[]; radial: RadialCase[] };

/** Value, gradient and all compositions of the product within `tol`. */
function expectRight(f: Scalar, c: Wanted, tol: number, only = Object.keys(compositions)): void {
  const [x, v] = [c.x, c.v] as never[] as [never, never];
  const found: Record<string, number> = {
    value: largestError([objective(f, x).value(x)], [c.f]),
    gradient: largestError(grad(f)(x), c.grad),
  };
  for (const name of only) found[name] = largestError(compositions[name]?.(f, x, v), c.hvp);
  const wrong = Object.entries(found).filter(([, e]) => !(e <= tol));
  expect(Object.fromEntries(wrong)).toEqual({});
}

const scalars: Record<string, (x: Tensor) => Tensor> = {
  log,
  sqrt,
  exp,
  power: (x) => pow(x, -0.5),
  rational: (x) => div(x, add(1, square(x))),
};
const matrices: Record<string, (a: Tensor) => Tensor> = {
  log: logmh,
  sqrt: sqrtmh,
  exp: expmh,
  power: (a) => powmh(a, -0.5),
  rational: (a) => funmh(a, scalars.rational as (x: Tensor) => Tensor),
};
const W = [
  [1, 0.5, -0.25],
  [0.5, -2, 0.75],
  [-0.25, 0.75, 1.5],
];
const lossOf = ({ kind, function: name }: SpectralCase): Scalar =>
  kind === "matrix"
    ? (a) => {
        const y = matrices[name]?.(a) as Tensor;
        return add(sum(mul(W, y)), mul(0.5, sum(square(y))));
      }
    : (a) => {
        const y = spectralSum(a, scalars[name] as (x: Tensor) => Tensor);
        return add(y, mul(0.5, square(y)));
      };

/**
 * Rounding: of the eigenvalues, relative to the largest one, times condition. "wide" has eigenvalues 1e-6 and 30: the
 * power -1/2 is that ill-conditioned.
 */
const tolerance = ({ matrix }: SpectralCase): number => (matrix === "wide" ? 1e-7 : 2e-14);

describe("matrix functions and spectral sums, at every distance of eigenvalues", () => {
  for (const c of fixtures.spectral) {
    // All compositions on the structured matrices; on the scale of gaps the one that `hvp` is.
    const scaled = c.matrix.includes("1e-");
    test(`${c.kind} ${c.function}, ${c.matrix}`, () =>
      expectRight(lossOf(c), c, tolerance(c), scaled ? ["forward over reverse"] : Object.keys(compositions)));
  }
});

describe("the same through eigvalsh and eigh", () => {
  for (const c of fixtures.spectral.filter((k) => k.kind === "sum" && k.matrix !== "wide")) {
    const f = scalars[c.function] as (x: Tensor) => Tensor;
    test(`${c.function}, ${c.matrix}`, () => {
      const loss: Scalar = (a) => {
        const y = sum(f(eigvalsh(a)));
        return add(y, mul(0.5, square(y)));
      };
      expectRight(
        loss,
        c,
        tolerance(c),
        c.matrix.includes("1e-") ? ["reverse over forward", "at a point"] : Object.keys(compositions),
      );
    });
  }
});

/** The eigenvalues d in a basis that is none of unit vectors. */
const turned = (d: readonly number[]): number[][] => {
  const q = [
    [0.36, 0.48, -0.8],
    [-0.8, 0.6, 0],
    [0.48, 0.64, 0.6],
  ];
  return W.map((_, i) =>
    W.map((__, j) => q.reduce((s, row, k) => s + (row[i] as number) * (d[k] as number) * (row[j] as number), 0)),
  );
};
const V = fixtures.spectral[0]?.v as NestedArray;
const half = (a: Tensor): Tensor => mul(0.5, add(a, transpose(a)));

describe("symmetric functions of eigenvalues in many spellings", () => {
  // Each beside an equal function that has no eigenvalues in it, or only a spectral sum.
  const spellings: Record<string, [Scalar, Scalar]> = {
    "square of the product": [(a) => square(prod(eigvalsh(a))), (a) => square(det(half(a)))],
    "one by one": [
      (a) => {
        const l = eigh(a).eigenvalues;
        return add(add(exp(l.at(0)), exp(l.at(1))), exp(l.at(2)));
      },
      (a) => spectralSum(a, exp),
    ],
    "sum of products of two": [
      (a) => {
        const l = eigvalsh(a);
        return add(add(mul(l.at(0), l.at(1)), mul(l.at(1), l.at(2))), mul(l.at(2), l.at(0)));
      },
      (a) => {
        const s = half(a);
        const trace = vdot(s, eye(3));
        return mul(0.5, sub(square(trace), sum(square(s))));
      },
    ],
    "isochoric stretches": [
      (a) => {
        const l = eigvalsh(a);
        return sum(pow(mul(l, pow(prod(l), -1 / 3)), 1.7));
      },
      (a) =>
        mul(
          pow(det(half(a)), -1.7 / 3),
          spectralSum(a, (x) => pow(x, 1.7)),
        ),
    ],
    logsumexp: [(a) => logsumexp(eigvalsh(a)), (a) => log(spectralSum(a, exp))],
    "norm of logarithms": [(a) => norm(log(eigvalsh(a))), (a) => sqrt(spectralSum(a, (x) => square(log(x))))],
  };
  const points = {
    "all equal": turned([1.5, 1.5, 1.5]),
    "two equal": turned([2, 1.5, 1.5]),
    "nearly equal": turned([2, 1.5, 1.5 + 1e-9]),
    distinct: turned([2, 1.5, 1.1]),
  };
  for (const [at, x] of Object.entries(points))
    test.each(Object.entries(spellings))(`%s, ${at}`, (_name, [f, equal]) => {
      const want = {
        x,
        v: V,
        f: objective(equal, x).value(x),
        // Where the gradient is 0 it is compared on the scale of f.
        grad: flat(grad(equal)(x as never)).map((g) => (Math.abs(g) < 1e-13 ? 0 : g)),
        hvp: flat(hvp(equal, x as never, V as never) as never),
      };
      expectRight(f, want, 1e-13 * 16);
    });

  test("a function that is not symmetric has no finite Hessian where the eigenvalues are equal", () => {
    const x = [
      [1.5, 0, 0],
      [0, 1.5, 0],
      [0, 0, 2],
    ];
    const largest: Scalar = (a) => exp(eigvalsh(a).at(0));
    for (const f of [largest, (a: Tensor) => sum(mul([1, 2, 3], eigvalsh(a)))])
      for (const name of ["forward over reverse", "reverse over forward"])
        expect(flat(compositions[name]?.(f, x as never, V as never) as never).some((h) => !Number.isFinite(h))).toBe(
          true,
        );
  });

  test("the largest eigenvalue where it is simple: H = 2·Σ (vₖᵀ·V·v)² / (λ - λₖ) along V", () => {
    const x = [
      [3, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ];
    const f: Scalar = (a) => eigvalsh(a).max();
    const product = flat(hvp(f, x as never, V as never) as never);
    const s = [0.375, -0.25];
    expect(vdotOf(product, flat(V))).toBeCloseTo((2 * (s[0] as number) ** 2) / 2 + (2 * (s[1] as number) ** 2) / 2, 13);
  });
});
const vdotOf = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((s, x, i) => s + x * (b[i] as number), 0);

describe("types, batches, extents", () => {
  const picked = fixtures.spectral.filter((c) =>
    ["two equal, turned", "distinct", "gap 1e-6", "three within 1e-3"].includes(c.matrix),
  );
  test.each(Object.keys(scalars))("%s in float32", (name) => {
    for (const c of picked.filter((k) => k.function === name && !k.matrix.includes("1e-"))) {
      const [x, v] = [Float32Array.from(flat(c.x)), Float32Array.from(flat(c.v))];
      const f = (a: Tensor): Tensor => lossOf(c)(a.reshape([3, 3]));
      expect(hvp(f, x, v)).toBeInstanceOf(Float32Array);
      // Roundoff 6e-8, some tens of operations.
      expect(largestError(grad(f)(x), c.grad)).toBeLessThan(4e-6);
      expect(largestError(hvp(f, x, v), c.hvp)).toBeLessThan(4e-6);
    }
  });
  test.each(["matrix", "sum"] as const)("vmap and batches of matrices, %s", (kind) => {
    const cases = picked.filter((c) => c.kind === kind && c.function === "log");
    const f = lossOf(cases[0] as SpectralCase);
    const [x, v] = [cases.map((c) => c.x), cases.map((c) => c.v)];
    const wanted = cases.flatMap((c) => flat(c.hvp));
    expect(largestError(vmap((a: Tensor, d: Tensor) => hvp(f, a, d))(x as never, v as never), wanted)).toBeLessThan(
      1e-13,
    );
    const all = (a: Tensor): Tensor => sum(vmap(f)(a) as unknown as Tensor);
    expect(largestError(hvp(all, x as never, v as never), wanted)).toBeLessThan(1e-13);
    const once = (a: Tensor): Tensor =>
      kind === "sum"
        ? sum(add(spectralSum(a, log), mul(0.5, square(spectralSum(a, log)))))
        : add(sum(mul(W, logmh(a))), mul(0.5, sum(square(logmh(a)))));
    for (const name of Object.keys(compositions))
      expect(largestError(compositions[name]?.(once, x as never, v as never), wanted)).toBeLessThan(1e-13);
  });
  test("eigvalsh of a batch with two leading axes", () => {
    const cases = fixtures.spectral.filter((c) => c.kind === "sum" && c.function === "exp").slice(0, 4);
    const grid = (list: readonly NestedArray[]): NestedArray => [list.slice(0, 2), list.slice(2)];
    const f: Scalar = (a) => {
      const y = sum(exp(eigvalsh(a)), { axis: -1 });
      return sum(add(y, mul(0.5, square(y))));
    };
    for (const name of Object.keys(compositions)) {
      const got = compositions[name]?.(f, grid(cases.map((c) => c.x)) as never, grid(cases.map((c) => c.v)) as never);
      expect(
        largestError(
          got,
          cases.flatMap((c) => flat(c.hvp)),
        ),
      ).toBeLessThan(1e-13);
    }
  });
  test("1 × 1 is the function itself, 0 × 0 is nothing", () => {
    expect(hvp((a) => sum(logmh(a)), [[2]], [[3]]) as unknown as NdArray).toMatchObject({
      data: Float64Array.of(-0.75),
    });
    expect(hvp((a) => spectralSum(a, log), [[2]], [[3]]) as unknown as NdArray).toMatchObject({
      data: Float64Array.of(-0.75),
    });
    const empty = { data: new Float64Array(0), shape: [0, 0] };
    expect(spectralSum(empty, log)).toBe(0);
    expect((logmh(empty) as NdArray).shape).toEqual([0, 0]);
    expect((hvp((a) => sum(square(logmh(a))), empty, empty) as unknown as NdArray).shape).toEqual([0, 0]);
    expect((hvp((a) => sum(square(eigvalsh(a))), empty, empty) as unknown as NdArray).shape).toEqual([0, 0]);
  });
  test("inverse functions undo each other, powers add up", () => {
    const a = turned([2, 0.5, 0.5 + 1e-10]);
    expect(largestError(expmh(logmh(a) as NdArray), a)).toBeLessThan(1e-14);
    const root = sqrtmh(a) as NdArray;
    expect(largestError(matmul(root, root), a)).toBeLessThan(1e-14);
    expect(largestError(matmul(powmh(a, 0.3) as NdArray, powmh(a, 0.7) as NdArray), a)).toBeLessThan(1e-14);
  });
});

describe("what the function captures", () => {
  // d²/dp² tr(A^p·W) at A = 1.7·1 is log²(1.7)·1.7^p·tr(W), and the mixed derivative along S is (1 + p·log
  // 1.7)·1.7^(p-1)·tr(W·S).
  const x = [
    [1.7, 0, 0],
    [0, 1.7, 0],
    [0, 0, 1.7],
  ];
  const f = (z: { a: Tensor; p: Tensor }): Tensor => sum(mul(W, powmh(z.a, z.p)));
  test("second derivatives in the exponent, and mixed ones", () => {
    const [p, log17] = [0.5, Math.log(1.7)];
    const trace = 0.5;
    const h = hvp(f, { a: x, p }, { a: x.map((r) => r.map(() => 0)), p: 1 }) as unknown as { a: NdArray; p: number };
    expect(h.p).toBeCloseTo(log17 ** 2 * 1.7 ** p * trace, 14);
    expect(
      largestError(
        h.a,
        W.map((r) => r.map((w) => (1 + p * log17) * 1.7 ** (p - 1) * w)),
      ),
    ).toBeLessThan(1e-14);
    const g = grad((z: { a: Tensor; p: Tensor }) => vdot(grad(f)(z).a, V))({ a: x, p }) as unknown as { p: number };
    const inner = vdotOf(W.flat(), flat(V));
    expect(g.p).toBeCloseTo((1 + p * log17) * 1.7 ** (p - 1) * inner, 13);
  });
  test("a vector of captured numbers, one for each of a batch", () => {
    const loss = (c: Tensor): Tensor => spectralSum(x, (l) => sum(mul(c, exp(mul(c, l))))) as unknown as Tensor;
    const c = [0.3, -0.2];
    const want = c.map((t) => 3 * (2 * 1.7 + 1.7 * 1.7 * t) * Math.exp(1.7 * t));
    expect(largestError(hvp(loss, c, [1, 1]), want)).toBeLessThan(1e-14);
    const each = vmap((t: Tensor) => spectralSum(x, (l) => exp(mul(t, l))) as unknown as Tensor);
    const product = hvp((t: Tensor) => sum(each(t) as Tensor), c, [1, 2]);
    expect(
      largestError(
        product,
        c.map((t, i) => 3 * 1.7 * 1.7 * Math.exp(1.7 * t) * (i + 1)),
      ),
    ).toBeLessThan(1e-14);
  });
});

test("third derivatives at equal eigenvalues: of tr A⁴ along V, 24·tr(A·V³)", () => {
  const x = [
    [1.5, 0, 0],
    [0, 1.5, 0],
    [0, 0, 1.5],
  ];
  const symmetric = half as (a: Tensor) => Tensor;
  const f: Scalar = (a) => spectralSum(a, (l) => square(square(l)));
  const g: Scalar = (a) => sum(square(funmh(a, square)));
  const third = (h: Scalar): number =>
    vdotOf(
      flat(grad((a: Tensor) => vdot(hvp(h, a, V as never) as unknown as Tensor, V))(x as never) as never),
      flat(V),
    );
  const s = flat(vmap((a: Tensor) => symmetric(a))([V] as never) as never);
  const m = (i: number, j: number): number => s[3 * i + j] as number;
  let cube = 0;
  for (let i = 0; i < 3; i++)
    for (let j = 0; j < 3; j++) for (let k = 0; k < 3; k++) cube += m(i, j) * m(j, k) * m(k, i);
  for (const h of [f, g]) expect(third(h)).toBeCloseTo(24 * 1.5 * cube, 11);
});

describe("radial functions", () => {
  const matern =
    (nu: number, ...terms: number[]) =>
    (r: Tensor) => {
      const z = mul(Math.sqrt(nu), r);
      return mul(
        terms.map((c, k) => mul(c, pow(z, k))).reduce((a, b) => add(a, b)),
        exp(mul(-1, z)),
      );
    };
  const kernels: Record<string, (r: Tensor) => Tensor> = {
    matern32: matern(3, 1, 1),
    matern52: matern(5, 1, 1, 1 / 3),
    gaussian: (r) => exp(mul(-0.5, square(r))),
    cauchy: (r) => div(1, add(1, square(r))),
  };
  const between =
    (name: string): Scalar =>
    (z) =>
      radial(kernels[name] as (r: Tensor) => Tensor, sum(square(sub(z.slice([0, 2]), z.slice([2, 4])))));
  for (const c of fixtures.radial)
    test(`${c.kernel} at distance ${c.r}`, () => expectRight(between(c.kernel), c, 1e-13));
  test.each(Object.keys(kernels))("%s in float32", (name) => {
    for (const c of fixtures.radial.filter((k) => k.kernel === name && (k.r === 0 || k.r > 1e-6))) {
      const [x, v] = [Float32Array.from(flat(c.x)), Float32Array.from(flat(c.v))];
      expect(largestError(hvp(between(name), x, v), c.hvp)).toBeLessThan(4e-6);
    }
  });
  test("pairwise, with a length scale that is differentiated too, under vmap", () => {
    const points = [
      [0.1, 0.2],
      [0.1, 0.2],
      [1, -0.5],
    ];
    const v = [
      [1, 0.5],
      [-0.25, 2],
      [0.5, 1],
    ];
    const gram = (f: (r: Tensor) => Tensor) => (p: Tensor) =>
      sum(radial(f, sum(square(sub(p.expandDims(1), p.expandDims(0))), { axis: 2 })));
    const bySquares: Scalar = (p) =>
      sum(exp(mul(-0.5, sum(square(sub(p.expandDims(1), p.expandDims(0))), { axis: 2 }))));
    const gaussian = kernels.gaussian as (r: Tensor) => Tensor;
    expect(
      largestError(
        hvp(gram(gaussian), points as never, v as never),
        flat(hvp(bySquares, points as never, v as never) as never),
      ),
    ).toBeLessThan(1e-14);
    const scaled = (l: Tensor): Tensor =>
      sum(radial((r) => exp(mul(-0.5, square(div(r, l)))), [0, 1, 4]) as unknown as Tensor);
    const exact = (l: Tensor): Tensor => sum(exp(div([0, -0.5, -2], square(l))));
    expect(hvp(scaled, 1.3, 1)).toBeCloseTo(hvp(exact, 1.3, 1) as number, 14);
    expect(
      largestError(
        vmap((l: Tensor) => hvp(scaled, l, 1))([0.8, 1.3] as never),
        [0.8, 1.3].map((l) => hvp(exact, l, 1) as number),
      ),
    ).toBeLessThan(1e-14);
  });
  test("a function with a slope at 0 has no finite derivative there", () => {
    const f: Scalar = (z) => radial((r) => exp(mul(-1, r)), sum(square(z)));
    expect(flat(hvp(f, [0, 0], [1, 1])).some((h) => Number.isFinite(h))).toBe(false);
  });
});

describe("reported elsewhere", () => {
  const cases = JSON.parse(read("spectral-faults.json")) as (Wanted & { id: string; tol: number })[];
  const kernel = (r: Tensor): Tensor =>
    mul(add(add(1, mul(Math.sqrt(5), r)), mul(5 / 3, square(r))), exp(mul(-Math.sqrt(5), r)));
  const functions: Record<string, Scalar> = {
    eigh_log_at_multiple_of_identity: (c) => mul(0.25, sum(square(log(eigh(c).eigenvalues)))),
    eigh_sum_at_identity: (c) => {
      const l = eigh(c).eigenvalues;
      return add(sum(l), sum(square(l)));
    },
    matern52_coincident: (z) => radial(kernel, sum(square(sub(z.slice([0, 2]), z.slice([2, 4]))))),
  };
  for (const c of cases) test(c.id, () => expectRight(functions[c.id] as Scalar, c, c.tol));
});

test("errors say what is wrong", () => {
  expect(() => funmh([[1, 2, 3]], log)).toThrow("funmh: expected a square matrix");
  expect(() => funmh([[1]], undefined as never)).toThrow("funmh: expected a function");
  expect(() => spectralSum([[1]], () => [1, 2] as never)).toThrow(
    "spectralSum: the function must map a number to a number, got shape [2]",
  );
  expect(() => powmh([[1]], [1, 2])).toThrow("powmh: the function must map a number to a number");
  expect(() => radial(3 as never, [1])).toThrow("radial: expected a function");
});
