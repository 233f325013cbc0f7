// The documented conventions where a function is not differentiable, and selection that keeps infinities and NaN out:
// exact.
import { describe, expect, test } from "vitest";
import {
  add as addOp,
  clip,
  eigh,
  exp as expOp,
  grad,
  hvp,
  matmul as matmulOp,
  mul as mulOp,
  norm,
  radial,
  sqrt as sqrtOp,
  square as squareOp,
  sum,
  svd,
  type Tensor,
  transpose as transposeOp,
} from "../src/index.ts";
import type { Node } from "../src/ir/graph.ts";
import { abs, add, div, maximum, minimum, mul, sign, sqrt, square } from "../src/primitives/arithmetic.ts";
import { matmul } from "../src/primitives/contraction.ts";
import { literal } from "../src/primitives/leaf.ts";
import { gt, select } from "../src/primitives/logic.ts";
import { reduceMax, reduceMin, reduceProd } from "../src/primitives/reduction.ts";
import { concat, flip, pad, reshape, slice, transpose } from "../src/primitives/shape.ts";
import { broadcast } from "../src/primitives/spread.ts";
import { exp, log, pow } from "../src/primitives/transcendental.ts";
import { derive, vec } from "./harness/derive.ts";
import { flat } from "./harness/flat.ts";

/**
 * The gradient is `grad`, and all three compositions of the Hessian-vector product along `v` give `hvp`, to the bit.
 */
function expectExactly(
  f: (...x: Node[]) => Node,
  x: number[][],
  grad: number[][],
  hvp: number[][],
  v?: number[][],
): void {
  const d = derive(
    f,
    x.map((a) => vec(...a)),
    v,
  );
  expect(d.grad).toEqual(grad);
  expect(d.hvp).toEqual([hvp, hvp, hvp]);
}
const exponents = (...p: number[]) => literal(Float64Array.from(p), [p.length], "float64");

describe("piecewise linear functions", () => {
  test("abs'(0) = 0", () => expectExactly(abs, [[-2, 0, -0, 3]], [[-1, 0, 0, 1]], [[0, 0, 0, 0]]));
  test("sign has derivative 0", () => expectExactly((x) => mul(sign(x), x), [[-2, 0, 3]], [[-1, 0, 1]], [[0, 0, 0]]));
  test("maximum gives each half at a tie", () =>
    expectExactly(
      (a, b) => maximum(a, b),
      [
        [1, 2, 3],
        [1, 5, -1],
      ],
      [
        [0.5, 0, 1],
        [0.5, 1, 0],
      ],
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
    ));
  test("minimum gives each half at a tie", () =>
    expectExactly(
      (a, b) => minimum(a, b),
      [
        [1, 2, 3],
        [1, 5, -1],
      ],
      [
        [0.5, 1, 0],
        [0.5, 0, 1],
      ],
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
    ));
  test("maximum with a constant gives half at the tie", () =>
    expectExactly((x) => maximum(x, 0), [[-1, 0, 2]], [[0, 0.5, 1]], [[0, 0, 0]]));
  test("max over an axis shares among k ties", () =>
    expectExactly((x) => reduceMax(x, [0]), [[4, 1, 4, 4]], [[1 / 3, 0, 1 / 3, 1 / 3]], [[0, 0, 0, 0]]));
  test("min over an axis shares among k ties", () =>
    expectExactly((x) => reduceMin(x, [0]), [[1, 1, 2, 1, 1]], [[0.25, 0.25, 0, 0.25, 0.25]], [[0, 0, 0, 0, 0]]));
  // f = max(x)²; along v the maximum moves by the mean of v where it is attained: H = 2 m mᵀ, m = (½, ½, 0).
  test("max of ties squared: the second derivative of what moves", () =>
    expectExactly((x) => square(reduceMax(x, [0])), [[3, 3, 1]], [[3, 3, 0]], [[1.5, 1.5, 0]], [[1, 2, 7]]));
});

describe("roots and powers at zero", () => {
  test("sqrt'(0) = Infinity", () => expect(derive(sqrt, [vec(0, 4)]).grad).toEqual([[Infinity, 0.25]]));
  // d²/dx² x^p = p (p-1) x^(p-2), 0 where a factor is 0.
  test("integer exponents at 0", () =>
    expectExactly((x) => pow(x, exponents(0, 1, 2, 3, 5)), [[0, 0, 0, 0, 0]], [[0, 1, 0, 0, 0]], [[0, 0, 2, 0, 0]]));
  test("third derivative of x³ at 0", () =>
    expect(derive((x) => pow(x, exponents(1, 2, 3, 4)), [vec(0, 0, 0, 0)]).third).toEqual([[0, 0, 6, 0]]));
  test.each([0, 1, 2, 3, 4, 5])("x**%d with a constant exponent, at 0 and negative", (p) => {
    const at = (k: number, x: number) => (k < 0 ? 0 : x ** k);
    expectExactly(
      (x) => pow(x, p),
      [[0, -2, 3]],
      [[0, -2, 3].map((x) => p * at(p - 1, x))],
      [[0, -2, 3].map((x) => p * (p - 1) * at(p - 2, x) + 0)],
    );
  });
  test("negative bases with integer exponents", () =>
    expectExactly(
      (x) => pow(x, exponents(0, 1, 2, 3, -1, -2)),
      [[-2, -2, -2, -2, -2, -2]],
      [[0, 1, -4, 12, -0.25, 0.25]],
      [[0, 0, 2, -12, -0.25, 0.375]],
    ));
  test("0**p for p > 0: derivative 0 in p", () =>
    expectExactly(
      (p) => pow(literal(new Float64Array(3), [3], "float64"), p),
      [[1, 2.5, 0.5]],
      [[0, 0, 0]],
      [[0, 0, 0]],
    ));
  test("x**p with both traced, p = 0 and x = 0", () => {
    // x⁰ is the constant 1 in x; where x = 0 nothing depends on p.
    const d = derive(
      (x, p) => pow(x, p),
      [vec(0, 0, 2), vec(0, 2, 0)],
      [
        [1, 1, 1],
        [0, 0, 0],
      ],
    );
    expect(d.grad).toEqual([
      [0, 0, 0],
      [0, 0, Math.log(2)],
    ]);
  });
  test("product with one and with two zeros", () => {
    // x = (0, 2, 3), v = 1: ∂ᵢ∂ⱼ is the product of the others.
    expectExactly((x) => reduceProd(x, [0]), [[0, 2, 3]], [[6, 0, 0]], [[5, 3, 2]]);
    expectExactly((x) => reduceProd(x, [0]), [[0, 0, 3]], [[0, 0, 0]], [[3, 3, 0]]);
  });
});

describe("an arm not taken contributes exactly zero", () => {
  const positive = (x: Node) => gt(x, 0);
  test("sqrt of a negative number", () =>
    expectExactly(
      (x) => select(positive(x), sqrt(x), 0),
      [[-3, 4, 0.25, 0]],
      [[0, 0.25, 1, 0]],
      [[0, -0.03125, -2, 0]],
    ));
  test("log and 1/x at and below 0", () => {
    expectExactly((x) => select(positive(x), log(x), 0), [[-3, 0, 2]], [[0, 0, 0.5]], [[0, 0, -0.25]]);
    expectExactly((x) => select(positive(x), div(1, x), 0), [[-3, 0, 2]], [[0, 0, -0.25]], [[0, 0, 0.25]]);
  });
  test("the other arm may hold anything", () =>
    expectExactly((x) => select(gt(x, 1), square(x), exp(mul(1e4, x))), [[2, 3]], [[4, 6]], [[2, 2]]));
  test("times an infinite factor later", () =>
    expectExactly(
      (x) => mul(select(positive(x), x, 0), select(positive(x), x, div(1, mul(0, x)))),
      [[2, -1]],
      [[4, 0]],
      [[2, 0]],
    ));
  test("through a slice, a transpose and a flip", () => {
    const masked = (x: Node) => select(positive(x), sqrt(x), 0);
    expectExactly((x) => slice(masked(x), 0, 0, 2), [[-3, 4, -1]], [[0, 0.25, 0]], [[0, -0.03125, 0]]);
    expectExactly((x) => flip(masked(x), 0), [[-3, 4, -1]], [[0, 0.25, 0]], [[0, -0.03125, 0]]);
    expectExactly(
      (x) => transpose(masked(reshape(x, [2, 2])), [1, 0]),
      [[-3, 4, -1, 0]],
      [[0, 0.25, 0, 0]],
      [[0, -0.03125, 0, 0]],
    );
  });
  test("through a broadcast, and a broadcast laid flat", () => {
    const wide = (x: Node) => broadcast(select(positive(x), sqrt(x), 0), [2, ...x.shape], [1]);
    expectExactly(wide, [[-3, 4]], [[0, 0.5]], [[0, -0.0625]]);
    expectExactly((x) => reshape(wide(x), [2 * x.size]), [[-3, 4]], [[0, 0.5]], [[0, -0.0625]]);
    expectExactly((x) => mul(wide(x), exp(wide(x))), [[-3]], [[0]], [[0]]);
  });
  test("through a pad and a concat", () => {
    const masked = (x: Node) => select(positive(x), sqrt(x), 0);
    expectExactly((x) => pad(masked(x), 0, 1, 2), [[-3, 4]], [[0, 0.25]], [[0, -0.03125]]);
    expectExactly((x) => square(concat([masked(x), x], 0)), [[-3, 4]], [[-6, 9]], [[2, 2]]);
  });
  test("inside sums and matrix products", () => {
    const masked = (x: Node) => select(positive(x), sqrt(x), 0);
    expectExactly((x) => matmul(reshape(masked(x), [1, 2]), reshape(masked(x), [2, 1])), [[-3, 4]], [[0, 1]], [[0, 0]]);
  });
  test("both arms of complementary masks", () => {
    const f = (x: Node) => add(select(positive(x), sqrt(x), 0), select(positive(x), 0, square(x)));
    expectExactly(f, [[-3, 4]], [[-6, 0.25]], [[2, -0.03125]]);
  });
});

describe("clip", () => {
  // At the limits the derivative is that of the inside, beyond them exactly 0.
  const f = (x: Tensor): Tensor => sum(mulOp(x, clip(x, -1, 2)));
  const x = Float64Array.of(-3, -1, 0.5, 2, 5);
  test("gradient and Hessian at and beyond the limits", () => {
    expect(grad(f)(x)).toEqual(Float64Array.of(-1, -2, 1, 4, 2));
    expect(hvp(f, x, new Float64Array(5).fill(1))).toEqual(Float64Array.of(0, 2, 2, 2, 0));
  });
  test("an infinite slope beyond the limits contributes nothing", () => {
    // √ at 0 and below, behind and before the clip
    expect(grad((y: Tensor) => sum(sqrtOp(clip(y, 1, null))))(Float64Array.of(-4, 0, 4))).toEqual(
      Float64Array.of(0, 0, 0.25),
    );
    expect(grad((y: Tensor) => sum(clip(sqrtOp(y), 1, null)))(Float64Array.of(0, 4))).toEqual(Float64Array.of(0, 0.25));
  });
});

describe("distances at coincident points, eigenvectors at equal eigenvalues", () => {
  // Matérn 3/2: its Hessian at 0 is -3 times the identity.
  const matern32 = (r: Tensor): Tensor => mulOp(addOp(1, mulOp(Math.sqrt(3), r)), expOp(mulOp(-Math.sqrt(3), r)));
  test("a smooth function of a norm has derivative 0 twice at 0, that of radial is right", () => {
    expect(grad((x: Tensor) => matern32(norm(x)))([0, 0])).toEqual(Float64Array.of(0, 0));
    expect(Array.from(hvp((x: Tensor) => matern32(norm(x)), [0, 0], [1, 2])).map(Math.abs)).toEqual([0, 0]);
    const product = hvp((x: Tensor) => radial(matern32, sum(squareOp(x))), [0, 0], [1, 2]);
    expect(product[0]).toBeCloseTo(-3, 14);
    expect(product[1]).toBeCloseTo(-6, 14);
  });
  test("a slope at 0 is no derivative of s = r²: radial gives infinity", () => {
    const slope = grad((s: Tensor) => sum(radial((r) => r, s)));
    expect(slope([0, 4])).toEqual(Float64Array.of(Number.POSITIVE_INFINITY, 0.25));
  });
  // Equal up to rounding counts as equal: a quotient by a gap of one roundoff is finite and means nothing.
  test.each([0, 2 ** -52])(
    "functions through eigenvectors or singular vectors are not finite at a gap of %s",
    (gap) => {
      const a = [
        [1, 0],
        [0, 1 + gap],
      ];
      const byEigh = (x: Tensor): Tensor => {
        const { eigenvalues, eigenvectors } = eigh(x);
        return sum(
          mulOp(
            [
              [1, 2],
              [3, 4],
            ],
            matmulOp(mulOp(eigenvectors, expOp(eigenvalues)), transposeOp(eigenvectors)),
          ),
        );
      };
      const bySvd = (x: Tensor): Tensor => {
        const { u, s, vt } = svd(x);
        return sum(
          mulOp(
            [
              [1, 2],
              [3, 4],
            ],
            matmulOp(mulOp(u, s), vt),
          ),
        );
      };
      for (const f of [byEigh, bySvd]) expect(flat(grad(f)(a as never)).every(Number.isFinite)).toBe(false);
    },
  );
});
