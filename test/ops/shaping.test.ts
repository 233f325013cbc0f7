// Shape, indexing, contraction and convolution operations against NumPy and JAX (test/fixtures/shaping.py): values at
// once, compiled and in float32, gradients and Hessian-vector products with respect to every operand.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as h from "../../src/index.ts";
import { plain } from "../harness/values.ts";

interface Fixture {
  readonly op: string;
  readonly args: readonly unknown[];
  readonly value: unknown;
  /** Of Σ (1 + i mod 3) sin(yᵢ), with respect to each floating-point operand. */
  readonly grad?: readonly unknown[];
  readonly hvp?: readonly unknown[];
}
type ArrayArg = { readonly a: unknown; readonly int: boolean; readonly shape: readonly number[] };
const isArray = (x: unknown): x is ArrayArg => typeof x === "object" && x !== null && "a" in x;

const fixtures: Fixture[] = JSON.parse(readFileSync(new URL("../fixtures/shaping.json", import.meta.url), "utf8"));
// biome-ignore lint/suspicious/noExplicitAny: operations by name.
const operations = h as any;

/** Shape of nested arrays. */
function shapeOf(v: unknown): number[] {
  const shape: number[] = [];
  for (let row = v; Array.isArray(row); row = row[0]) shape.push(row.length);
  return shape;
}
const elements = (v: unknown): number[] =>
  Array.isArray(v) ? (v.flat(Number.POSITIVE_INFINITY) as number[]) : [Number(v)];
function value(arg: ArrayArg, Store: Float64ArrayConstructor | Float32ArrayConstructor = Float64Array): h.TensorLike {
  const data = elements(arg.a);
  return { data: arg.int ? Int32Array.from(data) : Store.from(data), shape: arg.shape };
}

/** The same shapes, and numbers that differ by rounding: `tolerance` relative to the largest. */
function expectClose(got: unknown, want: unknown, tolerance: number): void {
  const a = plain(got);
  expect(shapeOf(a)).toEqual(shapeOf(want));
  const [x, y] = [elements(a), elements(want)];
  const scale = y.reduce((m, v) => Math.max(m, Math.abs(v)), 1);
  y.forEach((v, i) => {
    expect(Math.abs((x[i] as number) - v), `element ${i}: ${x[i]}, wanted ${v}`).toBeLessThanOrEqual(tolerance * scale);
  });
}
// Sums of at most some hundred products in another order than JAX's; derivatives add sines and cosines of them.
const TOLERANCE = 2e-14;
const SINGLE = 2e-6;

const each = (y: unknown): unknown[] => (Array.isArray(y) && typeof y[0] === "object" ? y : [y]);
const name = (f: Fixture): string => {
  const args = f.args.map((a) => (isArray(a) ? `[${a.shape}]` : JSON.stringify(a)));
  return `${f.op}(${args.join(", ")})`;
};

describe.each(fixtures.map((f, i) => [`${i} ${name(f)}`, f] as const))(
  "%s",
  (_name, { op, args, value: want, grad, hvp }) => {
    const f = operations[op] as (...args: unknown[]) => unknown;
    const several = ["split", "arraySplit", "meshgrid"].includes(op);
    const places = args.map((_, i) => i).filter((i) => isArray(args[i]));
    const call = (xs: readonly unknown[]): unknown =>
      f(...args.map((a, i) => (places.includes(i) ? xs[places.indexOf(i)] : a)));
    const list = (y: unknown): unknown[] => (several ? each(y) : [y]);
    const wanted = several ? (want as unknown[]) : [want];

    test("value", () => {
      const xs = places.map((i) => value(args[i] as ArrayArg));
      list(call(xs)).forEach((y, i) => {
        expectClose(y, wanted[i], TOLERANCE);
      });
      if (xs.length === 0) return;
      const compiled = h.jit((...ts: h.Tensor[]) => call(ts) as h.Tensor)(...(xs as never[]));
      list(compiled).forEach((y, i) => {
        expectClose(y, wanted[i], TOLERANCE);
      });
    });
    if (!grad || !hvp) return;

    const floats = places.filter((i) => !(args[i] as ArrayArg).int);
    const fixed = (ts: readonly unknown[], Store?: Float32ArrayConstructor): unknown[] =>
      places.map((i) => (floats.includes(i) ? ts[floats.indexOf(i)] : value(args[i] as ArrayArg, Store)));
    const loss =
      (Store?: Float32ArrayConstructor) =>
      (ts: readonly h.Tensor[]): h.Tensor => {
        const y = h.ravel(call(fixed(ts, Store)) as h.Tensor);
        return h.sum(
          h.mul(
            h.sin(y),
            Float32Array.from({ length: y.size }, (_, i) => 1 + (i % 3)),
          ),
        );
      };
    const point = (Store?: Float32ArrayConstructor): h.TensorLike[] =>
      floats.map((i) => value(args[i] as ArrayArg, Store));
    const direction = (Store: Float64ArrayConstructor | Float32ArrayConstructor = Float64Array): h.TensorLike[] =>
      floats.map((i) => {
        const { a, shape } = args[i] as ArrayArg;
        return {
          data: (Store as Float64ArrayConstructor).from(elements(a), (_: number, k: number) => Math.cos(1 + 2 * k)),
          shape,
        };
      });

    test("gradient and Hessian-vector product", () => {
      const L = loss() as never;
      const g = h.grad(L)(point() as never) as unknown[];
      const forwardReverse = h.hvp(L, point() as never, direction() as never) as unknown[];
      const v = direction();
      // biome-ignore lint/suspicious/noExplicitAny: trees of any length.
      const slope = (ts: any): any =>
        (h.grad(L)(ts) as unknown as h.Tensor[])
          .map((t, i) => h.vdot(t, v[i] as h.TensorLike))
          .reduce((sum, t) => h.add(sum, t));
      const reverseReverse = h.grad(slope as never)(point() as never) as unknown[];
      // biome-ignore lint/suspicious/noExplicitAny: trees of any length.
      const tangent = (ts: any): any => (h.jvp as any)(L, [ts], [v])[1];
      const reverseForward = h.grad(tangent as never)(point() as never) as unknown[];
      grad.forEach((want, i) => {
        expectClose(g[i], want, TOLERANCE);
        expectClose(forwardReverse[i], hvp[i], TOLERANCE);
        expectClose(reverseReverse[i], hvp[i], TOLERANCE);
        expectClose(reverseForward[i], hvp[i], TOLERANCE);
      });
    });

    test("float32", () => {
      // The points are multiples of 1/32: exact in float32.
      const y = call(fixed(point(Float32Array), Float32Array));
      expectClose(y, want, SINGLE);
      if (typeof y === "object")
        expect((y as { dtype?: string }).dtype ?? (y as object).constructor.name).toMatch(/float32|Float32Array/i);
      const L = loss(Float32Array) as never;
      (h.hvp(L, point(Float32Array) as never, direction(Float32Array) as never) as unknown[]).forEach((z, i) => {
        expectClose(z, hvp[i], 20 * SINGLE);
      });
    });

    test("vmap over every operand, and over each alone", () => {
      const xs = places.map((i) => args[i] as ArrayArg);
      const size = 3;
      // Three examples: the operand, the operand reversed, the operand again with its elements moved on by one.
      const example = (x: ArrayArg, e: number): number[] => {
        const data = elements(x.a);
        return e === 0 ? data : e === 1 ? [...data].reverse() : [...data.slice(1), ...data.slice(0, 1)];
      };
      // A sorted operand stays what it is.
      const movable = xs.map((_, k) => !(op === "interp" && k === 1));
      const subsets = [movable, ...xs.map((_, k) => xs.map((__, j) => j === k && (movable[k] as boolean)))].filter(
        (s) => s.some((b) => b),
      );
      for (const batched of subsets) {
        const as = (x: ArrayArg, data: number[], shape: readonly number[]): h.TensorLike => ({
          data: x.int ? Int32Array.from(data) : Float64Array.from(data),
          shape,
        });
        const inputs = xs.map((x, k) =>
          batched[k]
            ? as(x, Array.from({ length: size }, (_, e) => example(x, e)).flat(), [size, ...x.shape])
            : value(x),
        );
        const inAxes = batched.map((b) => (b ? 0 : null));
        const y = h.vmap(
          ((...ts: h.Tensor[]) => call(ts)) as never,
          { inAxes } as never,
        )(...(inputs as unknown as [h.TensorLike]));
        const single = h.jit((...ts: h.Tensor[]) => call(ts) as h.Tensor);
        const rows = plain(y) as unknown[];
        for (let e = 0; e < size; e++) {
          const one = single(
            ...(xs.map((x, k) => as(x, batched[k] ? example(x, e) : elements(x.a), x.shape)) as [h.TensorLike]),
          );
          expectClose(rows[e], plain(one), TOLERANCE);
        }
      }
    });
  },
);

test("every operation of these families has fixtures", () => {
  const files = ["arrange", "scatter", "table", "contraction", "conv"];
  const exported = files.flatMap((file) =>
    [
      ...readFileSync(new URL(`../../src/ops/${file}.ts`, import.meta.url), "utf8").matchAll(
        /^export (?:const|function) (\w+)/gm,
      ),
    ].map((m) => m[1] as string),
  );
  const covered = new Set(fixtures.map((f) => f.op));
  // Two shape helpers are tested by hand.
  expect(exported.filter((op) => !covered.has(op) && !op.startsWith("atleast"))).toEqual([]);
});
