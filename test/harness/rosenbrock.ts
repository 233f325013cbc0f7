// The chained function of Rosenbrock, and where searches for its minimum customarily begin.
import { add, mul, square, sub, sum } from "../../src/index.ts";
import type { Tensor } from "../../src/trace/tracer.ts";

export const rosenbrock = (x: Tensor): Tensor => {
  const [a, b] = [x.slice([1]), x.slice([0, -1])];
  return sum(add(mul(100, square(sub(a, square(b)))), square(sub(1, b))));
};
export const start = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => (i % 2 ? 1 : -1.2));
