// What is measured: seeded inputs and, for each objective, how a user of hvp writes it.

/**
 * `count` numbers in [-scale, scale): mulberry32 (public domain, Tommy Ettinger) started at `seed`. The integers are exact, so
 * every language that repeats the recurrence gets the same numbers.
 */
export function uniform(seed, count, scale = 1) {
  const out = new Float64Array(count);
  let a = seed | 0;
  for (let i = 0; i < count; i++) {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    out[i] = scale * (2 * (((t ^ (t >>> 14)) >>> 0) / 2 ** 32) - 1);
  }
  return out;
}

/** sum(sin(x)); ∇f = cos(x), H = diag(-sin(x)). */
const sinSum = (n) => ({
  id: `sin-${n}`,
  kind: "sinSum",
  n,
  x: uniform(301, n),
  v: uniform(302, n),
  objective:
    ({ sum, sin }) =>
    (x) =>
      sum(sin(x)),
});

/** Σ 100 (x[i+1] - x[i]²)² + (1 - x[i])²; H is tridiagonal. */
const rosenbrock = (n) => ({
  id: `rosenbrock-${n}`,
  kind: "rosenbrock",
  n,
  x: uniform(n === 2 ? 101 : 201, n),
  v: uniform(n === 2 ? 102 : 202, n),
  objective:
    ({ add, mul, square, sub, sum }) =>
    (x) => {
      const a = x.slice([0, -1]);
      const b = x.slice([1]);
      return sum(add(mul(100, square(sub(b, square(a)))), square(sub(1, a))));
    },
});

/** mean(softplus(-y ∘ Xw)) + 0.5e-3 |w|²; H = Xᵀ diag(σ'(Xw)/m) X + 1e-3 I. */
const logistic = (rows, n) => {
  const X = uniform(403, rows * n);
  const y = uniform(404, rows).map((t) => (t >= 0 ? 1 : -1));
  return {
    id: `logistic-${rows}x${n}`,
    kind: "logistic",
    n,
    x: uniform(401, n),
    v: uniform(402, n),
    data: { X, y, rows },
    objective: ({ add, matmul, mean, mul, neg, softplus, vdot }) => {
      const A = { data: X, shape: [rows, n] };
      return (w) => add(mean(softplus(neg(mul(y, matmul(A, w))))), mul(0.5e-3, vdot(w, w)));
    },
  };
};

const sizes = [2, 100, 1e4, 1e6];

/** Each is a function, so that only what is asked for takes memory. */
export const workloads = [
  ...sizes.map((n) => ({ id: `sin-${n}`, make: () => sinSum(n) })),
  ...sizes.map((n) => ({ id: `rosenbrock-${n}`, make: () => rosenbrock(n) })),
  { id: "logistic-2000x200", make: () => logistic(2000, 200) },
];
