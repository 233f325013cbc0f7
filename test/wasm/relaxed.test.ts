// Relaxed mode: the same values up to a rounding per operation, fused instructions where the engine has them and only on request.
import { describe, expect, test } from "vitest";
import { exp, HvpError, hvp, jit, mul, objective, square, sub, sum, type Tensor } from "../../src/index.ts";
import { inSession } from "../../src/ir/build.ts";
import { add as addNodes, mul as mulNodes, sub as subNodes } from "../../src/primitives/arithmetic.ts";
import { parameter, reduceSum } from "../../src/primitives/leaf.ts";
import { compile } from "../../src/wasm/compile.ts";
import { hasRelaxedSimd } from "../../src/wasm/relaxed.ts";
import { rng, vector } from "../harness/rng.ts";

const rosenbrock = (x: Tensor): Tensor => {
  const [a, b] = [x.slice([0, -1]), x.slice([1])];
  return sum(mul(100, square(sub(b, square(a)))).add(square(sub(1, a))));
};

/** How often the two bytes of an instruction (after the SIMD prefix) occur. */
function count(bytes: Uint8Array, low: number, high: number): number {
  let n = 0;
  for (let i = 0; i + 2 < bytes.length; i++) if (bytes[i] === 0xfd && bytes[i + 1] === low && bytes[i + 2] === high) n++;
  return n;
}
const MADD = [0x87, 0x02] as const;
const NMADD = [0x88, 0x02] as const;

describe("what is emitted", () => {
  const program = (relaxed: boolean): Uint8Array =>
    inSession(() => {
      const [a, b, c] = [0, 1, 2].map(() => parameter([64], "float64")) as [never, never, never];
      const y = [addNodes(mulNodes(a, b), c), subNodes(c, mulNodes(a, b)), reduceSum(mulNodes(addNodes(a, 1 as never), b), [0])];
      return compile(y, [a, b, c], { relaxed }).bytes;
    });
  test("the default mode never fuses", () => {
    expect(count(program(false), ...MADD) + count(program(false), ...NMADD)).toBe(0);
  });
  test.skipIf(!hasRelaxedSimd())("a product used once is fused into the sum, the difference and the fold it is part of", () => {
    const bytes = program(true);
    // The product a·b has two users and stays; the fold has a product of its own.
    expect(count(bytes, ...MADD)).toBeGreaterThan(0);
    expect(WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)).toBe(true);
  });
});

describe("values", () => {
  const x = Float64Array.from(vector(rng(1), 1001));
  const v = Float64Array.from(vector(rng(2), 1001));
  test.each(["float64", "float32"] as const)("%s: within rounding of the default mode, in every program of an objective", (dtype) => {
    const typed = (a: Float64Array): Float64Array | Float32Array => (dtype === "float64" ? a : Float32Array.from(a));
    const eps = dtype === "float64" ? 2 ** -52 : 2 ** -23;
    const [plain, relaxed] = [objective(rosenbrock, typed(x)), objective(rosenbrock, typed(x), { relaxed: true })];
    // Values of the size of 1e3 a term: a few roundings each.
    const close = (a: ArrayLike<number>, b: ArrayLike<number>): void => {
      for (let i = 0; i < a.length; i++) expect(Math.abs((a[i] as number) - (b[i] as number))).toBeLessThan(3e4 * eps);
    };
    expect(Math.abs(relaxed.value(typed(x)) / plain.value(typed(x)) - 1)).toBeLessThan(50 * eps);
    close(relaxed.grad(typed(x)) as Float64Array, plain.grad(typed(x)) as Float64Array);
    close(relaxed.hvp(typed(x), typed(v)) as Float64Array, plain.hvp(typed(x), typed(v)) as Float64Array);
    close(relaxed.at(typed(x)).hvp(typed(v)) as Float64Array, plain.at(typed(x)).hvp(typed(v)) as Float64Array);
  });
  test("jit takes the setting too", () => {
    const f = (a: Tensor): Tensor => sum(mul(exp(a), a));
    expect(jit(f, { relaxed: true })(x)).toBeCloseTo(jit(f)(x) as unknown as number, 9);
  });
  test("data and settings together; data named relaxed that is no boolean is data", () => {
    const problem = objective((a: Tensor, w: Tensor) => sum(mul(w, square(a))), [1, 2], [3, 4], { relaxed: true });
    expect(Array.from(problem.grad([1, 2]) as Float64Array)).toEqual([6, 16]);
    problem.bind([1, 1]);
    expect(Array.from(problem.grad([1, 2]) as Float64Array)).toEqual([2, 4]);
    const tree = objective((a: Tensor, w: { relaxed: Tensor }) => sum(mul(w.relaxed, square(a))), [1, 2], { relaxed: [3, 4] });
    expect(Array.from(tree.grad([1, 2]) as Float64Array)).toEqual([6, 16]);
  });
  test("the default mode is bit for bit what one-shot transforms give", () => {
    const problem = objective(rosenbrock, x, { relaxed: false });
    expect(problem.hvp(x, v)).toEqual(hvp(rosenbrock, x, v));
  });
});

test("misuse", () => {
  const f = (a: Tensor): Tensor => sum(a);
  expect(() => jit(f, { relaxed: 1 } as never)).toThrow(HvpError);
  expect(() => jit(f, { fast: true } as never)).toThrow(/unknown option fast/);
});
