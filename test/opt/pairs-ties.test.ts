// Loops over pairs of points of which some are equal: their difference is +0 whichever is taken from which, and
// functions that tell +0 from -0 must see that. Everything against plain double loops of the formulas and their
// derivatives.
import { describe, expect, test } from "vitest";
import {
  add,
  atan,
  atan2,
  clip,
  cos,
  div,
  eq,
  exp,
  expandDims,
  eye,
  gt,
  jit,
  mul,
  objective,
  pow,
  sigmoid,
  sin,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  type TensorLike,
  where,
} from "../../src/index.ts";

type F = (x: Tensor) => TensorLike;
type Three = readonly [value: number, first: number, second: number];

/**
 * A function of a difference that tells the sign of a zero, and it with its derivatives; `smooth` if those are finite
 * at 0 too.
 */
interface Told {
  readonly name: string;
  readonly smooth: boolean;
  f(q: Tensor): TensorLike;
  at(q: number): Three;
}
const clipped = (r: number): number => Math.min(Math.max(r, -2), 2);
const reciprocal = (q: number): Three => (q === 0 ? [clipped(1 / q), 0, 0] : [clipped(1 / q), -1 / q ** 2, 2 / q ** 3]);
const jump = (q: number): Three => [1 / q > 0 ? 1 : -1, 0, 0];
const only = (y: number): Three => [y, Number.NaN, Number.NaN];
// Differences are integers: no reciprocal is at an end of its clip.
const told: readonly Told[] = [
  {
    name: "atan2(q, -1)",
    smooth: true,
    f: (q) => atan2(q, -1),
    at: (q) => [Math.atan2(q, -1), -1 / (1 + q * q), (2 * q) / (1 + q * q) ** 2],
  },
  { name: "clip(1/q)", smooth: true, f: (q) => clip(div(1, q), -2, 2), at: reciprocal },
  { name: "clip(pow(q, -1))", smooth: true, f: (q) => clip(pow(q, -1), -2, 2), at: reciprocal },
  { name: "where(1/q > 0)", smooth: true, f: (q) => where(gt(div(1, q), 0), 1, -1), at: jump },
  { name: "where(pow(q, -1) > 0)", smooth: true, f: (q) => where(gt(pow(q, -1), 0), 1, -1), at: jump },
  // |w| with the sign of q, as copysign(w, q).
  {
    name: "copysign(0.7, q)",
    smooth: true,
    f: (q) => where(gt(add(q, div(1, q)), 0), 0.7, -0.7),
    at: (q) => [q + 1 / q > 0 ? 0.7 : -0.7, 0, 0],
  },
  { name: "atan(1/q)", smooth: false, f: (q) => atan(div(1, q)), at: (q) => only(Math.atan(1 / q)) },
  { name: "sigmoid(1/q)", smooth: false, f: (q) => sigmoid(div(1, q)), at: (q) => only(1 / (1 + Math.exp(-1 / q))) },
  { name: "exp(-1/q)", smooth: false, f: (q) => exp(mul(-1, div(1, q))), at: (q) => only(Math.exp(-1 / q)) },
];

/** `exp(-q²/4) cos(q²)`, even and dear enough that a triangle pays, times `t`. */
const weighted = (q: Tensor, t: TensorLike): Tensor =>
  mul(mul(exp(mul(-0.25, square(q))), cos(square(q))), t) as Tensor;
function weight(q: number): Three {
  const [e, c, s] = [Math.exp(-(q ** 2) / 4), Math.cos(q ** 2), Math.sin(q ** 2)];
  const [e1, c1] = [(-q / 2) * e, -2 * q * s];
  return [e * c, e1 * c + e * c1, (q ** 2 / 4 - 0.5) * e * c + 2 * e1 * c1 + e * (-2 * s - 4 * q ** 2 * c)];
}
const product = ([a, a1, a2]: Three, [b, b1, b2]: Three): Three => [
  a * b,
  a1 * b + a * b1,
  a2 * b + 2 * a1 * b1 + a * b2,
];

/** A number and its derivative along v. */
type Dual = readonly [number, number];
const plus = ([a, da]: Dual, [b, db]: Dual): Dual => [a + b, da + db];
const times = ([a, da]: Dual, [b, db]: Dual): Dual => [a * b, da * b + a * db];
const total = (list: readonly Dual[]): Dual => list.reduce(plus, [0, 0]);

/**
 * A number made of the sums over rows, r_i = Σ_j φ_ij, and columns, c_j = Σ_i φ_ij, and what its derivatives by them
 * are.
 */
interface Reduction {
  readonly name: string;
  of(phi: Tensor, x: Tensor): TensorLike;
  value(r: readonly Dual[], c: readonly Dual[], x: readonly Dual[]): Dual;
  byRow(i: number, r: readonly Dual[], c: readonly Dual[], x: readonly Dual[]): Dual;
  byColumn(j: number, r: readonly Dual[], c: readonly Dual[], x: readonly Dual[]): Dual;
  byPoint?(k: number, r: readonly Dual[]): Dual;
}
const none = (): Dual => [0, 0];
const rows = (phi: Tensor): Tensor => sum(phi, { axis: 1 }) as Tensor;
const columns = (phi: Tensor): Tensor => sum(phi, { axis: 0 }) as Tensor;
const reductions: readonly Reduction[] = [
  { name: "sum of all", of: (phi) => sum(phi), value: (r) => total(r), byRow: () => [1, 0], byColumn: none },
  {
    name: "sines of the sums of columns",
    of: (phi) => sum(sin(columns(phi))),
    value: (_r, c) => total(c.map(([s, d]) => [Math.sin(s), Math.cos(s) * d])),
    byRow: none,
    byColumn: (j, _r, c) => [Math.cos(c[j]![0]), -Math.sin(c[j]![0]) * c[j]![1]],
  },
  {
    name: "squares of the sums of rows",
    of: (phi) => sum(square(rows(phi))),
    value: (r) => total(r.map((s) => times(s, s))),
    byRow: (i, r) => times([2, 0], r[i]!),
    byColumn: none,
  },
  {
    name: "rows times columns",
    of: (phi) => sum(mul(rows(phi), columns(phi))),
    value: (r, c) => total(r.map((s, i) => times(s, c[i]!))),
    byRow: (i, _r, c) => c[i]!,
    byColumn: (j, r) => r[j]!,
  },
  {
    name: "rows times places",
    of: (phi, x) => sum(mul(x, rows(phi))),
    value: (r, _c, x) => total(r.map((s, i) => times(s, x[i]!))),
    byRow: (i, _r, _c, x) => x[i]!,
    byColumn: none,
    byPoint: (k, r) => r[k]!,
  },
];

/** Value, gradient, and product of the Hessian with v, in double loops. */
function reference(
  h: Told["at"],
  by: Reduction,
  x: Float64Array,
  v: Float64Array,
): { f: number; g: number[]; hv: number[] } {
  const n = x.length;
  const points: Dual[] = Array.from(x, (a, i) => [a, v[i]!]);
  const phi: Dual[][] = [];
  const slope: Dual[][] = [];
  for (let i = 0; i < n; i++) {
    phi.push([]);
    slope.push([]);
    for (let j = 0; j < n; j++) {
      const q = x[i]! - x[j]!;
      const [y, d, dd] = product(weight(q), h(q));
      phi[i]!.push([y, d * (v[i]! - v[j]!)]);
      slope[i]!.push([d, dd * (v[i]! - v[j]!)]);
    }
  }
  const r = phi.map(total);
  const c = phi.map((_, j) => total(phi.map((row) => row[j]!)));
  const factor = (i: number, j: number): Dual =>
    times(plus(by.byRow(i, r, c, points), by.byColumn(j, r, c, points)), slope[i]![j]!);
  const g: Dual[] = points.map((_, k) => by.byPoint?.(k, r) ?? [0, 0]);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      g[i] = plus(g[i]!, factor(i, j));
      g[j] = plus(g[j]!, times([-1, 0], factor(i, j)));
    }
  return { f: by.value(r, c, points)[0], g: g.map(([s]) => s), hv: g.map(([, d]) => d) };
}

/**
 * Sums of at most 21² terms in another order, from kernels within an ulp or two: 1e4 roundoffs of the largest
 * element.
 */
function close(got: ArrayLike<number> | number, want: ArrayLike<number> | number, where: string): void {
  const [a, b] = [got, want].map((y) => (typeof y === "number" ? [y] : Array.from(y))) as [number[], number[]];
  const scale = Math.max(1, ...b.map(Math.abs).filter(Number.isFinite));
  b.forEach((y, i) => {
    if (Number.isFinite(y) && Math.abs((a[i] as number) - y) <= 1e4 * 2 ** -53 * scale) return;
    if (!Number.isFinite(y) && Object.is(a[i], y)) return;
    expect.fail(`${where}: element ${i} is ${a[i]}, not ${y}`);
  });
}

const gaps = (x: Tensor): Tensor => sub(expandDims(x, 1), expandDims(x, 0)) as Tensor;
/** Points of which three at a time are equal; of which two are, in falling order; and with zeros of both signs. */
const lattices: readonly [string, (n: number) => Float64Array][] = [
  ["triples", (n) => Float64Array.from({ length: n }, (_, i) => Math.floor(i / 3))],
  ["falling", (n) => Float64Array.from({ length: n }, (_, i) => -Math.floor(i / 2))],
  ["zeros of both signs", (n) => Float64Array.from({ length: n }, (_, i) => [-0, 1, 0, -1, 0, -0][i % 6] as number)],
];

describe.each(told)("$name", ({ f, at: h, smooth }) => {
  test.each([8, 9, 16, 21])("%d points, every reduction: value, gradient, product, at a point", (n) => {
    const v = Float64Array.from({ length: n }, (_, i) => Math.sin(3 * i + 1));
    for (const by of reductions) {
      const F: F = (y) => by.of(weighted(gaps(y), f(gaps(y))), y);
      const [problem, compiled] = [objective(F, new Float64Array(n)), jit(F)];
      for (const [lattice, make] of lattices) {
        const x = make(n);
        const where = `${n} ${lattice}, ${by.name}`;
        const want = reference(h, by, x, v);
        close(problem.value(x), want.f, `${where}: value`);
        close(compiled(x) as number, want.f, `${where}: jit`);
        if (!smooth) continue;
        const at = problem.at(x);
        close(problem.valueAndGrad(x)[0], want.f, `${where}: valueAndGrad`);
        close(problem.valueAndGrad(x)[1], want.g, `${where}: valueAndGrad`);
        close(problem.grad(x), want.g, `${where}: gradient`);
        close(problem.hvp(x, v), want.hv, `${where}: product`);
        close(at.value, want.f, `${where}: value at a point`);
        close(at.grad, want.g, `${where}: gradient at a point`);
        close(at.hvp(v), want.hv, `${where}: product at a point`);
      }
      problem.dispose();
      compiled.dispose();
    }
  });
});

describe("points of the plane", () => {
  /** An angle of every pair of points of a lattice, in falling order of x: dy is 0 in many, with dx < 0. */
  const points = (n: number): Float64Array =>
    Float64Array.from({ length: 2 * n }, (_, k) => (k % 2 ? (k >> 1) % 3 : -((k >> 1) % 4)));
  test.each([8, 12, 25])("angles of bonds: %d points of a lattice", (n) => {
    const P = points(n);
    const bonds: F = (x) => {
      const d = sub(expandDims(x.reshape([n, 2]), 1), expandDims(x.reshape([n, 2]), 0)) as Tensor;
      const [dx, dy] = [d.slice(null, null, 0), d.slice(null, null, 1)];
      const r2 = add(square(dx), square(dy));
      // Coincident points have no angle; the diagonal is kept out.
      const angle = atan2(dy, where(gt(r2, 0), dx, -1));
      return sum(mul(mul(exp(mul(-1, r2)), cos(r2)), mul(where(eq(eye(n), 1), 0, 1), sigmoid(angle))));
    };
    let value = 0;
    const g = new Float64Array(2 * n);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        if (i === j) continue;
        const [dx, dy] = [P[2 * i]! - P[2 * j]!, P[2 * i + 1]! - P[2 * j + 1]!];
        const r2 = dx * dx + dy * dy;
        const s = 1 / (1 + Math.exp(-Math.atan2(dy, r2 > 0 ? dx : -1)));
        const [w, dw] = [Math.exp(-r2) * Math.cos(r2), -Math.exp(-r2) * (Math.cos(r2) + Math.sin(r2))];
        value += w * s;
        // The angle of coincident points is that of (-1, dy): its slope along dy is -1.
        const [ax, ay] = r2 > 0 ? [-dy / r2, dx / r2] : [0, -1];
        const [fx, fy] = [2 * dx * dw * s + w * s * (1 - s) * ax, 2 * dy * dw * s + w * s * (1 - s) * ay];
        g[2 * i]! += fx;
        g[2 * i + 1]! += fy;
        g[2 * j]! -= fx;
        g[2 * j + 1]! -= fy;
      }
    const problem = objective(bonds, P);
    close(problem.value(P), value, "value");
    close(jit(bonds)(P) as number, value, "jit");
    close(problem.grad(P), g, "gradient");
    close(problem.at(P).grad, g, "gradient at a point");
  });

  test("products of differences of two coordinates, one or both of them zero", () => {
    for (const n of [8, 11]) {
      const x = Float64Array.from({ length: 2 * n }, (_, i) => (i < n ? i % 3 : (i * i) % 4));
      const value = (u: number, w: number): number =>
        Math.exp(-u * u - w * w) * Math.cos(u * u) * Math.atan2(u * w, -2);
      let want = 0;
      for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) want += value(x[i]! - x[j]!, x[n + i]! - x[n + j]!);
      const F: F = (y) => {
        const [u, w] = [gaps(y.slice([0, n])), gaps(y.slice([n]))];
        const even = mul(exp(sub(mul(-1, square(u)), square(w))), cos(square(u)));
        return sum(mul(even, atan2(mul(u, w), -2)));
      };
      close(objective(F, x).value(x), want, `${n}`);
      close(jit(F)(x) as number, want, `${n}`);
    }
  });
});

test("one difference serves a product and an angle: each gets the zero that it needs", () => {
  const n = 9;
  const x = Float64Array.from({ length: n }, (_, i) => i % 3);
  const F = (y: Tensor) => {
    const q = gaps(y);
    const even = mul(exp(mul(-1, square(q))), cos(square(q)));
    return stack(
      [
        sum(mul(even, q), { axis: 0 }),
        sum(mul(even, atan2(q, -1)), { axis: 0 }),
        sum(mul(q, atan2(q, -1)), { axis: 1 }),
      ],
      0,
    );
  };
  const want = Array.from({ length: 3 * n }, (_, k) => {
    let s = 0;
    for (let i = 0; i < n; i++) {
      const q = k < 2 * n ? x[i]! - x[k % n]! : x[k % n]! - x[i]!;
      const even = Math.exp(-q * q) * Math.cos(q * q);
      s += k < n ? even * q : k < 2 * n ? even * Math.atan2(q, -1) : q * Math.atan2(q, -1);
    }
    return s;
  });
  close((jit(F)(x) as unknown as { data: Float64Array }).data, want, "jit");
});
