// Loops whose number of iterations nobody knows before: every derivative, and memory that is free again after a call.
import { describe, expect, test } from "vitest";
import {
  abs,
  add,
  astype,
  div,
  foriLoop,
  grad,
  gt,
  hessian,
  hvp,
  jit,
  lt,
  max,
  mul,
  objective,
  scan,
  sigmoid,
  sin,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  vmap,
  whileLoop,
} from "../../src/index.ts";
import { memoryUse } from "../../src/run/runtime.ts";

type State = { x: Tensor; a: Tensor };
/** Newton's square root. */
const root = (a: Tensor, options = {}): Tensor =>
  (
    whileLoop(
      ({ x, a }: State) => gt(abs(sub(square(x), a)), 1e-14),
      ({ x, a }: State) => ({ x: mul(0.5, add(x, div(a, x))), a }),
      { x: add(1, mul(0, a)), a },
      options,
    ) as unknown as State
  ).x;
/** A power with an exponent that is an argument. */
const power = (x: Tensor, n: Tensor): Tensor =>
  foriLoop(0, n, (_: Tensor, c: Tensor) => mul(c, x), 1) as unknown as Tensor;

describe("reverse mode of loops that a condition ends", () => {
  test.each([{}, { maxIterations: 40 }, { maxIterations: 5000 }])(
    "Newton's square root to third order, %o",
    (options) => {
      const f = (a: Tensor): Tensor => root(a, options);
      for (const a of [2, 0.01, 1e6]) {
        const s = Math.sqrt(a);
        const wanted = [0.5 / s, -0.25 / (a * s), 0.375 / (a * a * s)];
        const first = grad(f)(a) as number;
        const second = grad(grad(f))(a) as number;
        const third = grad(grad(grad(f)))(a) as number;
        [first, second, third, hvp(f, a, 1) as number].forEach((d, i) => {
          const y = wanted[i === 3 ? 1 : i] as number;
          expect(Math.abs(d / y - 1)).toBeLessThan(1e-10);
        });
      }
    },
  );
  test("a bound that is an argument, over the sizes of memory", () => {
    const f = jit((x: Tensor, n: Tensor) => {
      const p = (y: Tensor): Tensor => power(y, n);
      return [p(x), grad(p)(x), grad(grad(p))(x)];
    });
    for (const n of [0, 1, 2, 63, 64, 65, 255, 256, 257, 4096, 4097, 20000]) {
      const x = 1 + 1 / 4096;
      const wanted = [x ** n, n * x ** (n - 1), n * (n - 1) * x ** (n - 2)];
      (f(x, n) as unknown as number[]).forEach((y, i) => {
        expect(Math.abs(y - (wanted[i] as number))).toBeLessThanOrEqual(1e-10 * Math.abs(wanted[i] as number));
      });
    }
  });
  test("vectors: of a sum that is linear until it ends, all derivatives are the same", () => {
    const f = (x: Tensor): Tensor =>
      sum(
        whileLoop(
          (s: Tensor) => lt(sum(s), 100),
          (s: Tensor) => add(mul(s, 1.1), x),
          x,
        ) as unknown as Tensor,
      );
    const x = Float64Array.from({ length: 20 }, (_, i) => 0.1 + i * 0.01);
    let [s, rate] = [x.reduce((a, b) => a + b), 1];
    while (s < 100) [s, rate] = [s * 1.1 + x.reduce((a, b) => a + b), rate * 1.1 + 1];
    for (const g of grad(f)(x)) expect(g).toBeCloseTo(rate, 10);
  });
  test("in a batch, in a loop, at a point", () => {
    const both = (x: Tensor): Tensor => sum(vmap(root)(x) as unknown as Tensor);
    const [a, b] = [2, 9];
    const second = (x: number): number => -0.25 * x ** -1.5;
    const h = hessian(both)(Float64Array.of(a, b)) as unknown as { data: Float64Array };
    [second(a), 0, 0, second(b)].forEach((y, i) => expect(h.data[i]).toBeCloseTo(y, 12));
    const chain = (x: Tensor): Tensor =>
      (
        scan((c: Tensor, k: Tensor) => [add(c, root(mul(k, x))), null], 0, Float64Array.of(1, 2, 3)) as unknown as [
          Tensor,
        ]
      )[0];
    const rate = 1 + Math.SQRT2 + Math.sqrt(3);
    expect(grad(chain)(2)).toBeCloseTo((rate * 0.5) / Math.SQRT2, 12);
    expect(grad(grad(chain))(2)).toBeCloseTo(rate * second(2), 10);
    const p = objective(both, Float64Array.of(a, b)).at(Float64Array.of(a, b));
    expect(p.hvp(Float64Array.of(1, 2))[0]).toBeCloseTo(second(a), 12);
    expect(p.hvp(Float64Array.of(1, 2))[1]).toBeCloseTo(2 * second(b), 12);
  });
});

test("in a loop, of what is the greatest: supports of what grew are known there too", () => {
  // sin(max x) in each of two iterations, by an inner loop of one step that also carries what nobody needs.
  const f = (x: Tensor) =>
    foriLoop(
      0,
      2,
      (_, c: Tensor) => {
        const m = max(x);
        const body = (i: Tensor, [a]: Tensor[]) => [sin(a as Tensor), tanh(astype(i, "float64"))];
        return foriLoop(0, astype(gt(m, -1), "int32"), body as never, [m, c] as never)[0] as unknown as Tensor;
      },
      0 as unknown as Tensor,
    );
  const x = [1, 2];
  expect([...objective(f, x).grad(x)]).toEqual([0, Math.cos(2)]);
  const h = [...hvp(f, x, [3, 5])];
  expect(h[0]).toBe(0);
  expect(Math.abs((h[1] as number) + 5 * Math.sin(2))).toBeLessThan(1e-14);
});

test("at a point, a loop whose condition comes out of a loop without a limit", () => {
  const f = (x: Tensor): Tensor => {
    const n = astype(gt(sum(x), -10), "int32");
    const y = foriLoop(0, n, (_: Tensor, c: Tensor) => tanh(c), x) as unknown as Tensor;
    const z = whileLoop(
      (_: Tensor) => lt(sum(y), 0.7),
      (c: Tensor) => sigmoid(mul(c, y)),
      y,
      { maxIterations: 5 },
    );
    return sum(z as unknown as Tensor);
  };
  const [x, v] = [Float64Array.of(-1.75, 0.066), Float64Array.of(-0.77, 0.65)];
  const wanted = hvp(f, x, v) as Float64Array;
  const found = objective(f, x).at(x).hvp(v);
  found.forEach((d, i) => expect(d).toBeCloseTo(wanted[i] as number, 12));
});

test("at a point, a carry that begins with what moves and becomes what does not", () => {
  // The slices are sin(tanh x) and sin(0): carries hand on a number of the iteration.
  const f = (x: Tensor) => {
    const body = ({ b, i }: { b: Tensor; i: Tensor }) => [{ b: astype(i, "float64"), i: add(i, 1) }, sin(b)];
    return sum(scan(body as never, { b: tanh(x), i: astype(0, "int32") } as never, null, { length: 2 })[1] as never);
  };
  const [t, v] = [Math.tanh(0.7), 3];
  const [d, dd] = [1 - t * t, -2 * t * (1 - t * t)];
  const at = objective(f as never, 0.7).at(0.7);
  expect(at.grad as unknown as number).toBeCloseTo(Math.cos(t) * d, 14);
  expect(at.hvp(v as never) as unknown as number).toBeCloseTo((Math.cos(t) * dd - Math.sin(t) * d * d) * v, 13);
});

test("what grew is free again when the call is over", async () => {
  const f = jit((x: Tensor, n: Tensor) => grad((y: Tensor) => power(y, n))(x));
  f(1.0001, 10);
  await Promise.resolve();
  const before = memoryUse().used;
  for (let k = 0; k < 20; k++) f(1.0001, 100_000);
  await Promise.resolve();
  expect(memoryUse().used).toBe(before);
});
