// The chained Rosenbrock function, Σ 100 (x[i+1] - x[i]²)² + (1 - x[i])², by truncated Newton-CG in 2 and in 1000
// variables. The Hessian in 1000 variables has a million entries; none of them is computed.
import { add, mul, objective, square, sub, sum } from "hvp";
import { minimize } from "./newton-cg.mjs";

const f = (x) => {
  const a = x.slice([0, -1]);
  const b = x.slice([1]);
  return sum(add(mul(100, square(sub(b, square(a)))), square(sub(1, a))));
};

const starts = {
  2: [-1.2, 1],
  1000: Float64Array.from({ length: 1000 }, (_, i) => 2 * Math.cos(i)),
};

for (const [n, x0] of Object.entries(starts)) {
  const began = performance.now();
  const solution = minimize(objective(f, x0), x0, {
    gradientTolerance: 1e-9,
    maxIterations: 10_000,
    onIteration({ iteration, f, gradientNorm, steps }) {
      if (iteration % (n > 2 ? 250 : 5) !== 0) return;
      const cells = [f.toExponential(6).padStart(13), gradientNorm.toExponential(2).padStart(9), steps];
      console.log(
        `  iteration ${String(iteration).padStart(4)}: f = ${cells[0]}, ‖g‖ = ${cells[1]}, CG steps ${cells[2]}`,
      );
    },
  });
  const distance = Math.max(...solution.x.map((t) => Math.abs(t - 1)));
  const { status, f: value, iterations, products } = solution;
  console.log(`n = ${n}: ${status}, f = ${value.toExponential(1)}, max |x - 1| = ${distance.toExponential(1)}`);
  console.log(
    `  ${iterations} iterations, ${products} Hessian-vector products, ${(performance.now() - began).toFixed(0)} ms\n`,
  );
  if (!(distance < 1e-7)) process.exitCode = 1;
}
