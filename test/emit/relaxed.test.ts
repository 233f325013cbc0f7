// Relaxed mode: the same values up to a rounding per operation, fused instructions where the engine has them and only
// on request.
import { describe, expect, test } from "vitest";
import { Module } from "../../src/emit/assembler.ts";
import { Linker } from "../../src/emit/link.ts";
import { compile } from "../../src/emit/module.ts";
import { basic } from "../../src/emit/passes.ts";
import {
  cholesky,
  exp,
  HvpError,
  hvp,
  jit,
  matmul,
  mul,
  type NdArray,
  objective,
  square,
  sub,
  sum,
  type Tensor,
} from "../../src/index.ts";
import { inSession } from "../../src/ir/build.ts";
import type { Kernel } from "../../src/ir/kernel.ts";
import core from "../../src/kernels/core.gen.ts";
import cumulative from "../../src/kernels/cumulative.gen.ts";
import elementary from "../../src/kernels/elementary.gen.ts";
import factor from "../../src/kernels/factor.gen.ts";
import products from "../../src/kernels/products.gen.ts";
import special from "../../src/kernels/special.gen.ts";
import { NO_FACTS } from "../../src/opt/facts.ts";
import { add as addNodes, mul as mulNodes, sub as subNodes } from "../../src/primitives/arithmetic.ts";
import { parameter } from "../../src/primitives/leaf.ts";
import { reduceSum } from "../../src/primitives/spread.ts";
import { hasRelaxedSimd } from "../../src/run/engine.ts";
import { rng, vector } from "../harness/rng.ts";

const rosenbrock = (x: Tensor): Tensor => {
  const [a, b] = [x.slice([0, -1]), x.slice([1])];
  return sum(mul(100, square(sub(b, square(a)))).add(square(sub(1, a))));
};

/** How often the two bytes of an instruction (after the SIMD prefix) occur. */
function count(bytes: Uint8Array, low: number, high: number): number {
  let n = 0;
  for (let i = 0; i + 2 < bytes.length; i++)
    if (bytes[i] === 0xfd && bytes[i + 1] === low && bytes[i + 2] === high) n++;
  return n;
}
const MADD = [0x87, 0x02] as const;
const NMADD = [0x88, 0x02] as const;

describe("what is emitted", () => {
  const program = (relaxed: boolean): Uint8Array =>
    inSession(() => {
      const [a, b, c] = [0, 1, 2].map(() => parameter([64], "float64")) as [never, never, never];
      const y = [
        addNodes(mulNodes(a, b), c),
        subNodes(c, mulNodes(a, b)),
        reduceSum(mulNodes(addNodes(a, 1 as never), b), [0]),
      ];
      return compile(y, [a, b, c], basic, { ...NO_FACTS, relaxed }).modules[0] as Uint8Array;
    });
  test("the default mode never fuses", () => {
    expect(count(program(false), ...MADD) + count(program(false), ...NMADD)).toBe(0);
  });
  test.skipIf(!hasRelaxedSimd())(
    "a product used once is fused into the sum, the difference and the fold it is part of",
    () => {
      const bytes = program(true);
      // The product a·b has two users and stays; the fold has a product of its own.
      expect(count(bytes, ...MADD)).toBeGreaterThan(0);
      expect(WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)).toBe(true);
    },
  );
});

/** The module of a kernel and all that it calls. */
function linked(kernel: Kernel, relaxed: boolean): Uint8Array {
  const module = new Module();
  new Linker(module, relaxed).index(kernel, "kernel");
  return module.encode();
}
const F32_MADD = [0x85, 0x02] as const;

describe("kernels on whole arrays", () => {
  test.each([
    ["gemm_f64", products.gemm_f64, MADD],
    ["gemm_f32", products.gemm_f32, F32_MADD],
    ["gemv2_f64", products.gemv2_f64, MADD],
    ["cholesky_f64", factor.cholesky_f64, MADD],
  ] as const)("%s: every product that goes into a sum is fused, on request only", (_name, kernel, madd) => {
    const [low, high] = madd;
    const [plain, relaxed] = [linked(kernel, false), linked(kernel, true)];
    const [mul, add] = madd === MADD ? [0xf2, 0xf0] : [0xe6, 0xe4];
    const pairs = (bytes: Uint8Array): number =>
      Buffer.from(bytes)
        .toString("latin1")
        .split(String.fromCharCode(0xfd, mul, 1, 0xfd, add, 1)).length - 1;
    expect([count(plain, low as number, high as number), pairs(relaxed)]).toEqual([0, 0]);
    expect(pairs(plain)).toBeGreaterThan(0);
    expect(count(relaxed, low as number, high as number)).toBe(pairs(plain));
    if (hasRelaxedSimd()) expect(WebAssembly.validate(relaxed as Uint8Array<ArrayBuffer>)).toBe(true);
  });
  test("kernels of other families are what they are: their error-free transformations need every rounding", () => {
    for (const family of [core, elementary, special, cumulative])
      for (const kernel of Object.values<Kernel>(family)) expect(linked(kernel, true)).toEqual(linked(kernel, false));
  });

  const integers = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => ((i * 7919) % 31) - 15);
  test.each([
    [3, 5, 7],
    [64, 64, 64],
    [130, 33, 70],
    [1, 40, 9],
    [40, 1, 9],
  ])("products of integers, %i × %i by %i columns, are exact in either mode", (m, k, n) => {
    const [a, b] = [
      { data: integers(m * k), shape: [m, k] },
      { data: integers(k * n), shape: [k, n] },
    ];
    const product = (relaxed: boolean) =>
      (jit((x: Tensor, y: Tensor) => matmul(x, y), { relaxed })(a, b) as unknown as NdArray).data;
    const want = Array.from({ length: m * n }, (_, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      let s = 0;
      for (let p = 0; p < k; p++) s += a.data[i * k + p]! * b.data[p * n + j]!;
      return s;
    });
    for (const relaxed of [false, true]) expect(Array.from(product(relaxed))).toEqual(want);
  });
  test("a factorization in relaxed mode is one within rounding", () => {
    const n = 90;
    const A = {
      data: Float64Array.from({ length: n * n }, (_, at) =>
        at % (n + 1) === 0 ? n : Math.cos(at % n) * Math.cos(Math.floor(at / n)),
      ),
      shape: [n, n],
    };
    const [L, M] = [false, true].map(
      (relaxed) => (jit((x: Tensor) => cholesky(x), { relaxed })(A) as unknown as NdArray).data,
    ) as [Float64Array, Float64Array];
    for (let i = 0; i < n * n; i++) expect(Math.abs(L[i]! - M[i]!)).toBeLessThan(1e-13);
  });
});

describe("values", () => {
  const x = Float64Array.from(vector(rng(1), 1001));
  const v = Float64Array.from(vector(rng(2), 1001));
  test.each(["float64", "float32"] as const)(
    "%s: within rounding of the default mode, in every program of an objective",
    (dtype) => {
      const typed = (a: Float64Array): Float64Array | Float32Array => (dtype === "float64" ? a : Float32Array.from(a));
      const eps = dtype === "float64" ? 2 ** -52 : 2 ** -23;
      const [plain, relaxed] = [objective(rosenbrock, typed(x)), objective(rosenbrock, typed(x), { relaxed: true })];
      // Values of the size of 1e3 a term: a few roundings each.
      const close = (a: ArrayLike<number>, b: ArrayLike<number>): void => {
        for (let i = 0; i < a.length; i++)
          expect(Math.abs((a[i] as number) - (b[i] as number))).toBeLessThan(3e4 * eps);
      };
      expect(Math.abs(relaxed.value(typed(x)) / plain.value(typed(x)) - 1)).toBeLessThan(50 * eps);
      close(relaxed.grad(typed(x)) as Float64Array, plain.grad(typed(x)) as Float64Array);
      close(relaxed.hvp(typed(x), typed(v)) as Float64Array, plain.hvp(typed(x), typed(v)) as Float64Array);
      close(relaxed.at(typed(x)).hvp(typed(v)) as Float64Array, plain.at(typed(x)).hvp(typed(v)) as Float64Array);
    },
  );
  test("jit takes the setting too", () => {
    const f = (a: Tensor): Tensor => sum(mul(exp(a), a));
    expect(jit(f, { relaxed: true })(x)).toBeCloseTo(jit(f)(x) as unknown as number, 9);
  });
  test("data and settings together; data named relaxed that is no boolean is data", () => {
    const problem = objective((a: Tensor, w: Tensor) => sum(mul(w, square(a))), [1, 2], [3, 4], { relaxed: true });
    expect(Array.from(problem.grad([1, 2]) as Float64Array)).toEqual([6, 16]);
    problem.bind([1, 1]);
    expect(Array.from(problem.grad([1, 2]) as Float64Array)).toEqual([2, 4]);
    const tree = objective((a: Tensor, w: { relaxed: Tensor }) => sum(mul(w.relaxed, square(a))), [1, 2], {
      relaxed: [3, 4],
    });
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
