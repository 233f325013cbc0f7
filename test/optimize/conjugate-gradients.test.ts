// Steps of methods that solve by conjugate gradients, beside dense solutions: a quadratic function is its own model, so
// that one iteration from 0 is the step.
import { describe, expect, test } from "vitest";
import { add, matmul, mul, solve, sum } from "../../src/index.ts";
import { minimize } from "../../src/optimize.ts";
import type { Tensor } from "../../src/trace/tracer.ts";

const N = 6;
const g = Float64Array.from({ length: N }, (_, i) => 1e-9 * Math.sin(i + 1));
const matrix = Array.from({ length: N }, (_, i) =>
  Array.from({ length: N }, (_, k) => (i === k ? i + 2 : Math.cos(i * k + i + k) / 4)),
).map((row, i, all) => row.map((a, k) => (a + ((all[k] as number[])[i] as number)) / 2));
const quadratic = (x: Tensor): Tensor => add(sum(mul(g, x)), mul(0.5, sum(mul(x, matmul(matrix, x)))));
const close = (found: ArrayLike<number>, expected: ArrayLike<number>): void =>
  Array.from(found).forEach((x, i) => {
    // The residual is the gradient times its root, 1e-13; steps are 1e-9 long.
    expect(Math.abs(x - (expected[i] as number))).toBeLessThan(1e-4 * 1e-9);
  });
const once = { gtol: 0, maxIterations: 1 };

describe("one iteration", () => {
  test("of newton-cg is Newton's step", () => {
    const { x } = minimize(quadratic, new Float64Array(N), { method: "newton-cg", ...once });
    close(
      x,
      (solve(matrix, g) as Float64Array).map((a) => -a),
    );
  });
  test("of tron is Newton's step in the variables that bounds leave", () => {
    const free = (solve(matrix, g) as Float64Array).map((a) => -a);
    // The first and the last one may not go where they would.
    const lower = free.map((a, i) => (i === 0 || i === N - 1 ? Math.min(0, a / 2) : -1));
    const upper = free.map((a, i) => (i === 0 || i === N - 1 ? Math.max(0, a / 2) : 1));
    const { x, active } = minimize(quadratic, new Float64Array(N), { method: "tron", bounds: [lower, upper], ...once });
    // The solution of the bounded problem, by trying every set of bounds that may hold.
    close(x, bounded(lower, upper));
    expect((active as Float64Array).some((a) => a !== 0)).toBe(true);
  });
});

/** The least value within bounds: of all sets of variables at bounds the one that satisfies the conditions for it. */
function bounded(lower: Float64Array, upper: Float64Array): number[] {
  for (let code = 0; code < 3 ** N; code++) {
    const at = Array.from({ length: N }, (_, i) => Math.floor(code / 3 ** i) % 3);
    const x = at.map((a, i) => (a === 0 ? 0 : ((a === 1 ? lower : upper)[i] as number)));
    const free = at.flatMap((a, i) => (a === 0 ? [i] : []));
    const residual = (i: number): number =>
      (g[i] as number) + (matrix[i] as number[]).reduce((s, a, k) => s + a * (x[k] as number), 0);
    if (free.length > 0) {
      const found = solve(
        free.map((i) => free.map((k) => (matrix[i] as number[])[k] as number)),
        free.map((i) => -residual(i)),
      ) as Float64Array;
      free.forEach((i, k) => {
        x[i] = found[k] as number;
      });
    }
    const holds = at.every((a, i) => {
      const [xi, r] = [x[i] as number, residual(i)];
      return a === 0 ? xi >= (lower[i] as number) && xi <= (upper[i] as number) : a === 1 ? r >= 0 : r <= 0;
    });
    if (holds) return x;
  }
  throw new Error("no set of bounds satisfies the conditions");
}
