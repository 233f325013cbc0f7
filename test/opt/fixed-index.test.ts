// Indices that never change: objectives and jit know their content, so that the transpose of a gather adds at offsets
// made beforehand, or row by row (primitives/fixed-index.ts). Right values are sums in plain loops; data that is
// bound later is not taken for fixed.
import { describe, expect, test } from "vitest";
import { CompiledObjective } from "../../src/api/compiled-objective.ts";
import type { ObjectiveGraph } from "../../src/api/objective-graph.ts";
import {
  add,
  checkpoint,
  customJvp,
  grad,
  hvp,
  jit,
  mul,
  objective,
  reshape,
  segmentSum,
  sin,
  slice,
  square,
  sum,
  type Tensor,
  take,
  vdot,
  vmap,
} from "../../src/index.ts";
import type { CallArgs, Node } from "../../src/ir/graph.ts";
import type { Kernel } from "../../src/ir/kernel.ts";
import { reachable } from "../../src/ir/walk.ts";
import products from "../../src/kernels/products.gen.ts";
import { rng } from "../harness/rng.ts";

const random = rng(2718);
type Real = Float64ArrayConstructor | Float32ArrayConstructor;
const TYPES: readonly Real[] = [Float64Array, Float32Array];
const reals = (n: number, Type: Real = Float64Array): Float64Array =>
  (Type as Float64ArrayConstructor).from({ length: n }, () => random() - 0.5);
const below = (n: number): number => Math.floor(random() * n);

/** The kernels that the scatter-adds of a gradient are, in the order of the graph. */
function kernels(f: (x: Tensor, ...data: Tensor[]) => unknown, x: Float64Array, ...data: unknown[]): string[] {
  const o = new CompiledObjective(f as never, x, data, false);
  o.grad(x);
  const names: string[] = [];
  const args = {
    call: (kernel: Kernel) => names.push(Object.entries(products).find(([, k]) => k === kernel)![0]),
  } as unknown as CallArgs;
  for (const { prim, ...node } of reachable((o as unknown as { graph: ObjectiveGraph }).graph.formula("grad").outputs))
    if (prim.name === "scatterAdd" && prim.lower.kind === "call") prim.lower.call(node as Node).emit(args);
  o.dispose();
  return names;
}

/** Σᵢⱼ wᵢⱼ sin(x[indexᵢ, j]) and its gradient and product with v, in plain loops. */
function byLoops(x: Float64Array, v: Float64Array, w: Float64Array, index: ArrayLike<number>, rows: number) {
  const inner = x.length / rows;
  const [g, h] = [new Float64Array(x.length), new Float64Array(x.length)];
  Array.from(index, (i, k) => {
    const row = Math.max(0, Math.min(i < 0 ? i + rows : i, rows - 1));
    for (let j = 0; j < inner; j++) {
      const at = row * inner + j;
      g[at]! += (w[k * inner + j] as number) * Math.cos(x[at] as number);
      h[at]! -= (w[k * inner + j] as number) * Math.sin(x[at] as number) * (v[at] as number);
    }
  });
  return { g, h };
}
const close = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance: number): void => {
  expect(a.length).toBe(b.length);
  for (let i = 0; i < a.length; i++) expect(Math.abs((a[i] as number) - (b[i] as number))).toBeLessThan(tolerance);
};

describe.each(TYPES)("%o", (Type) => {
  const tolerance = Type === Float64Array ? 1e-12 : 1e-4;
  test.each([
    [1, 1, 9],
    [5, 1, 100],
    [5, 1, 12],
    [7, 2, 60],
    [7, 3, 60],
    [40, 3, 60],
    [4, 4, 33],
    [4, 5, 1],
    [6, 11, 100],
    [3, 17, 64],
    [20, 2, 0],
  ])(
    "%i rows of %i, %i places: gradients and products are those of plain loops, and of changeable indices to the bit",
    (rows, inner, count) => {
      const [x, v, w] = [reals(rows * inner, Type), reals(rows * inner, Type), reals(count * inner, Type)];
      // What is captured is checked when it is traced; a view of it is not, and then it is read as bound indices are:
      // clamped.
      const wild = [rows, -rows - 1, 2147483647, -2147483648];
      const index = Int32Array.from({ length: count }, () =>
        random() < 0.1 ? (wild[below(4)] as number) : below(2 * rows) - rows,
      );
      const f = (p: Tensor, i: Int32Array | Tensor): Tensor =>
        sum(
          mul(
            { data: w, shape: [count, inner] },
            sin(take(reshape(p, [rows, inner]), reshape(i, [count]), { axis: 0 })),
          ),
        );
      const { g, h } = byLoops(x, v, w, index, rows);
      const fixed = objective((p: Tensor) => f(p, index), x);
      const bound = objective((p: Tensor, i: Tensor) => f(p, i), x, index);
      close(fixed.grad(x), g, tolerance);
      close(fixed.hvp(x, v), h, tolerance);
      expect(fixed.grad(x)).toEqual(bound.grad(x));
      expect(fixed.hvp(x, v)).toEqual(bound.hvp(x, v));
      expect(fixed.at(x).hvp(v)).toEqual(bound.at(x).hvp(v));
      expect(jit(grad((p: Tensor) => f(p, index)))(x)).toEqual(fixed.grad(x));
      expect(jit((p: Tensor, q: Tensor) => hvp((z: Tensor) => f(z, index), p, q))(x, v)).toEqual(fixed.hvp(x, v));
      expect(hvp((p: Tensor) => f(p, index), x, v)).toEqual(fixed.hvp(x, v));
      for (const o of [fixed, bound]) o.dispose();
    },
  );
});

test("rows that meet often are added row by row, others at offsets, changeable ones by index", () => {
  const x = reals(30);
  const f = (rows: number, index: Int32Array) => (p: Tensor) =>
    sum(sin(take(reshape(p, [rows, 30 / rows]), index, { axis: 0 })));
  const places = (count: number, rows: number) => Int32Array.from({ length: count }, (_, i) => i % rows);
  expect(kernels(f(10, places(40, 10)), x)).toEqual(["gather_add_f64"]);
  expect(kernels(f(10, places(39, 10)), x)).toEqual(["scatter_add_at_f64"]);
  expect(kernels(f(30, places(240, 30)), x)).toEqual(["gather_add_f64"]);
  expect(kernels(f(30, places(239, 30)), x)).toEqual(["scatter_add_at_f64"]);
  // Out of order, a megabyte is read more slowly than in order.
  expect(kernels(f(30, places(131_072, 30)), x)).toEqual(["gather_add_f64"]);
  expect(kernels(f(30, places(131_073, 30)), x)).toEqual(["scatter_add_at_f64"]);
  const indexed = (p: Tensor, i: Tensor) => sum(sin(take(p, i)));
  expect(kernels(indexed, x, places(400, 30))).toEqual(["scatter_add_f64"]);
  expect(kernels((p: Tensor) => sum(sin(take(p, add(places(400, 30), 1)))), x)).toEqual(["scatter_add_f64"]);
});

test("views of captured indices are known too: the ends of edges", () => {
  const edges = { data: Int32Array.from({ length: 200 }, () => below(12)), shape: [100, 2] as const };
  const x = reals(36);
  const v = reals(36);
  const energy = (p: Tensor, e: typeof edges | Tensor) => {
    const points = reshape(p, [12, 3]);
    const [a, b] = [0, 1].map((k) =>
      take(points, reshape(slice(e as Tensor, null, [k, k + 1]), [100]), { axis: 0 }),
    ) as [Tensor, Tensor];
    return sum(square(add(a, mul(-1, sin(b)))));
  };
  expect(kernels((p) => energy(p, edges), x)).toEqual(["gather_add_f64", "gather_add_f64"]);
  const [fixed, bound] = [
    objective((p: Tensor) => energy(p, edges), x),
    objective((p: Tensor, e: Tensor) => energy(p, e), x, edges),
  ];
  expect(fixed.hvp(x, v)).toEqual(bound.hvp(x, v));
  // a − sin b: the gradient in plain loops
  const g = new Float64Array(36);
  for (let k = 0; k < 100; k++)
    for (let j = 0; j < 3; j++) {
      const [a, b] = [0, 1].map((s) => 3 * (edges.data[2 * k + s] as number) + j) as [number, number];
      const d = 2 * ((x[a] as number) - Math.sin(x[b] as number));
      g[a]! += d;
      g[b]! -= d * Math.cos(x[b] as number);
    }
  close(fixed.grad(x), g, 1e-12);
});

test("indices that are bound anew are read anew", () => {
  const x = reals(6);
  const f = (p: Tensor, i: Tensor) => sum(square(take(p, i)));
  const first = Int32Array.from({ length: 80 }, () => below(6));
  const second = Int32Array.from({ length: 80 }, () => below(6));
  const o = objective(f, x, first);
  const count = (index: Int32Array) => x.map((a, r) => 2 * a * index.filter((i) => i === r).length);
  close(o.grad(x), count(first), 1e-12);
  o.bind(second);
  close(o.grad(x), count(second), 1e-12);
  close(o.hvp(x, x), count(second), 1e-12);
});

test("sums of segments, their derivatives, and batches of them", () => {
  const ids = Int32Array.from({ length: 90 }, () => below(7));
  const x = reals(180);
  const v = reals(180);
  const f = (p: Tensor, i: Int32Array | Tensor = ids) =>
    sum(square(segmentSum(reshape(p, [90, 2]), i as Int32Array, 7)));
  const product = new Float64Array(180);
  for (let j = 0; j < 2; j++) {
    const sums = new Float64Array(7);
    ids.forEach((r, k) => {
      sums[r]! += v[2 * k + j] as number;
    });
    ids.forEach((r, k) => {
      product[2 * k + j] = 2 * (sums[r] as number);
    });
  }
  close(objective((p: Tensor) => f(p), x).hvp(x, v), product, 1e-12);
  const many = { data: reals(3 * 180), shape: [3, 180] as const };
  const batch = (i: Int32Array | Tensor) => (ps: Tensor) => sum(vmap((p: Tensor) => f(p, i))(ps) as Tensor);
  const fixed = objective((ps: Tensor) => batch(ids)(ps), many);
  const bound = objective((ps: Tensor, i: Tensor) => batch(i)(ps), many, ids);
  expect(fixed.grad(many)).toEqual(bound.grad(many));
});

test("NaN, infinities and zeros of either sign arrive where they are meant to", () => {
  const index = Int32Array.from({ length: 40 }, (_, i) => i % 5);
  const w = Float64Array.from(
    { length: 40 },
    (_, i) => [Number.NaN, Number.POSITIVE_INFINITY, -0, 1, i < 20 ? 1e300 : -1e300][i % 5] as number,
  );
  const o = objective((p: Tensor) => vdot(w, take(p, index)), reals(5));
  expect([...o.grad(reals(5))]).toEqual([Number.NaN, Number.POSITIVE_INFINITY, 0, 8, 0]);
});

test("programs that use one index for several arrays, another axis, and a scalar index", () => {
  const index = Int32Array.from({ length: 50 }, () => below(4));
  const x = reals(24);
  const v = reals(24);
  const f = (p: Tensor, i: Int32Array | Tensor) => {
    const m = reshape(p, [6, 4]);
    const columns = take(m, i as Int32Array, { axis: 1 });
    const rows = take(m, i as Int32Array, { axis: 0 });
    return add(add(sum(sin(columns)), sum(square(sin(rows)))), square(take(p, Int32Array.of(3))).at(0));
  };
  const [fixed, bound] = [
    objective((p: Tensor) => f(p, index), x),
    objective((p: Tensor, i: Tensor) => f(p, i), x, index),
  ];
  expect(fixed.grad(x)).toEqual(bound.grad(x));
  expect(fixed.hvp(x, v)).toEqual(bound.hvp(x, v));
  const h = 1e-6;
  const ahead = fixed.grad(x.map((a, k) => a + h * (v[k] as number)));
  const behind = fixed.grad(x.map((a, k) => a - h * (v[k] as number)));
  close(
    fixed.hvp(x, v),
    ahead.map((a, k) => (a - (behind[k] as number)) / (2 * h)),
    1e-7,
  );
});

describe("captured arrays that only functions with rules of their own use", () => {
  const x = Float64Array.of(1, 2, 3, 4);
  const same = (f: (t: Tensor) => unknown): void => {
    const o = objective(f as never, x);
    expect(o.grad(x as never)).toEqual(grad(f as never)(x));
    expect(o.hvp(x as never, x as never)).toEqual(hvp(f as never, x, x));
    expect(o.at(x as never).hvp(x as never)).toEqual(hvp(f as never, x, x));
    expect(jit(grad(f as never))(x)).toEqual(grad(f as never)(x));
    o.dispose();
  };
  const cubed = (t: Tensor): Tensor => mul(t, square(t)) as Tensor;
  test("views of indices inside checkpoint", () => {
    const index = Int32Array.of(0, 3, 1);
    same((y) => sum(checkpoint((t: Tensor) => cubed(take(t, slice(index as never, [1])) as Tensor))(y as never)));
    const pairs = Int32Array.of(1, 0, 1, 1);
    same((y) =>
      sum(
        checkpoint((t: Tensor) => cubed(take(reshape(t, [2, 2]), reshape(pairs, [2, 2]), { axis: 0 }) as Tensor))(
          y as never,
        ),
      ),
    );
  });
  test("arrays and indices that a rule alone mentions", () => {
    const weights = [1, 2, 3, 4];
    const scaled = customJvp((t: Tensor) => mul(t, weights), (([t]: Tensor[], [d]: Tensor[]) => [
      mul(t!, [1, 2, 3, 4]),
      mul(d!, Float64Array.of(1, 2, 3, 4)),
    ]) as never);
    expect(objective((y) => sum(scaled(y as never)), x).grad(x as never)).toEqual(Float64Array.of(1, 2, 3, 4));
    const turned = customJvp((t: Tensor) => square(t), (([t]: Tensor[], [d]: Tensor[]) => [
      square(t!),
      mul(mul(2, t!), take(d!, Int32Array.of(0, 1, 2, 3))),
    ]) as never);
    same((y) => sum(turned(y as never)));
  });
  test("what was captured stays as it was when more is captured, and bound data goes on changing", () => {
    const kept = Float64Array.of(1, 1, 1, 1);
    const ruled = customJvp((t: Tensor) => square(t), (([t]: Tensor[], [d]: Tensor[]) => [
      square(t!),
      mul(mul(2, t!), mul(d!, Float64Array.of(1, 1, 1, 1))),
    ]) as never);
    const o = objective(
      (y: Tensor, w: Tensor) => sum(mul(mul(ruled(y as never) as never, kept), w)),
      x,
      Float64Array.of(1, 1, 1, 1),
    );
    kept.fill(7);
    expect(o.value(x)).toBe(30);
    o.bind(Float64Array.of(2, 0, 0, 0));
    expect(o.grad(x)).toEqual(Float64Array.of(4, 0, 0, 0));
    expect(o.value(x)).toBe(2);
    o.bind(Float64Array.of(0, 1, 0, 0));
    expect(o.grad(x)).toEqual(Float64Array.of(0, 4, 0, 0));
    expect(o.hvp(x, x)).toEqual(Float64Array.of(0, 4, 0, 0));
  });
});
