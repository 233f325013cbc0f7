// Truncated Newton-CG: minimizes a function of many variables from its gradient and Hessian-vector products alone.
// A module, which prints nothing of its own: rosenbrock.mjs and logistic-regression.mjs use it.
//
// Every iteration linearizes the objective once, `at = objective.at(x)`, and solves H p = -g by conjugate gradients
// with one
// `at.hvp` per step, stopping early: when the residual is small enough for the present distance to the optimum (Eisenstat and Walker,
// 1996) or when a direction of negative curvature turns up (Steihaug, 1983; Nocedal and Wright, algorithm 7.1). A backtracking line
// search follows.

const dot = (a, b) => {
  let s = 0;
  for (let i = 0; i < a.length; i++) s += a[i] * b[i];
  return s;
};
const norm = (a) => Math.sqrt(dot(a, a));
/** a + t b, new or into `out`. */
const axpy = (a, t, b, out = new Float64Array(a.length)) => {
  for (let i = 0; i < a.length; i++) out[i] = a[i] + t * b[i];
  return out;
};

/** An approximate solution p of H p = -g with ‖H p + g‖ ≤ `tolerance`; always a direction of descent. */
function newtonDirection(at, g, tolerance, onStep) {
  const n = g.length;
  const p = new Float64Array(n);
  const r = g.slice(); // H p + g
  const d = g.map((t) => -t);
  const Hd = new Float64Array(n);
  let rr = dot(r, r);
  let steps = 0;
  let negative = false;
  while (steps < 2 * n + 10 && Math.sqrt(rr) > tolerance) {
    at.hvp(d, Hd);
    steps++;
    onStep?.(steps);
    const curvature = dot(d, Hd);
    if (!(curvature > 0)) {
      negative = true;
      if (steps === 1) p.set(d);
      break;
    }
    const alpha = rr / curvature;
    axpy(p, alpha, d, p);
    axpy(r, alpha, Hd, r);
    const next = dot(r, r);
    const beta = next / rr;
    for (let i = 0; i < n; i++) d[i] = beta * d[i] - r[i];
    rr = next;
  }
  return { p, steps, negative };
}

const ARMIJO = 1e-4;
/** Looser products are cheaper, but in a curved valley a rough direction makes many small steps. */
const MAX_FORCING = 0.1;

/**
 * A step length at which f has fallen enough. Near the optimum the fall is smaller than the rounding error of f and a
 * test on values is a matter of luck; there the slope decides, which is still exact (Hager and Zhang, 2005, the
 * approximate Wolfe conditions).
 */
function lineSearch(objective, x, at, p, slope) {
  const f = at.value;
  const rounding = 4 * Number.EPSILON * Math.abs(f);
  let alpha = 1;
  for (let evaluations = 1; evaluations <= 50; evaluations++) {
    const trial = axpy(x, alpha, p);
    const next = objective.at(trial);
    const fall = next.value - f;
    if (fall <= ARMIJO * alpha * slope && fall < -rounding) return { x: trial, at: next, alpha, evaluations };
    if (Math.abs(fall) <= rounding && Math.abs(dot(next.grad, p)) <= 0.8 * Math.abs(slope))
      return { x: trial, at: next, alpha, evaluations };
    // its minimum, through f, slope and the new value
    const parabola = (-0.5 * slope * alpha * alpha) / (fall - slope * alpha);
    alpha = parabola > 0.1 * alpha ? Math.min(parabola, 0.5 * alpha) : 0.1 * alpha;
  }
  return undefined;
}

/**
 * Minimizes `objective` (of hvp's `objective(f, x)`) from `x0`.
 *
 * Options: `gradientTolerance` stops at ‖g‖ ≤ it; `maxIterations`; `onIteration(state)` after every iteration and for
 * the start, with
 * `{ iteration, f, gradientNorm, steps, alpha, ms }`; `onStep(iteration, step)` after every product.
 *
 * Returns `{ x, f, gradientNorm, iterations, products, status }`, status "converged", "precision" (nothing that can
 * be represented is better) or "limit".
 */
export function minimize(objective, x0, { gradientTolerance = 1e-10, maxIterations = 1000, onIteration, onStep } = {}) {
  let x = Float64Array.from(x0);
  let clock = performance.now();
  let at = objective.at(x);
  let g = at.grad;
  let gradientNorm = norm(g);
  let products = 0;
  let previousNorm = 0;
  const report = (iteration, steps, alpha) => {
    const now = performance.now();
    onIteration?.({ iteration, f: at.value, gradientNorm, steps, alpha, ms: now - clock });
    clock = performance.now();
  };
  const result = (iterations, status) => ({ x, f: at.value, gradientNorm, iterations, products, status });

  report(0, 0, 0);
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    if (gradientNorm <= gradientTolerance) return result(iteration - 1, "converged");

    // Eisenstat and Walker's second choice: as small a relative residual as the last fall of ‖g‖ has earned.
    const forcing = previousNorm ? Math.min(MAX_FORCING, 0.9 * (gradientNorm / previousNorm) ** 2) : MAX_FORCING;
    const tolerance = Math.max(forcing * gradientNorm, 0.1 * gradientTolerance);
    previousNorm = gradientNorm;

    const direction = newtonDirection(at, g, tolerance, onStep && ((step) => onStep(iteration, step)));
    products += direction.steps;
    let p = direction.p;
    let slope = dot(g, p);
    if (!(slope < 0)) {
      p = g.map((t) => -t);
      slope = -gradientNorm * gradientNorm;
    }
    const next = lineSearch(objective, x, at, p, slope);
    if (!next) return result(iteration - 1, "precision");
    const nextNorm = norm(next.at.grad);
    if (next.at.value >= at.value && nextNorm >= 0.5 * gradientNorm) {
      if (nextNorm < gradientNorm) [x, at, gradientNorm] = [next.x, next.at, nextNorm];
      return result(iteration, "precision");
    }
    [x, at, g, gradientNorm] = [next.x, next.at, next.at.grad, nextNorm];
    report(iteration, direction.steps, next.alpha);
  }
  return result(maxIterations, gradientNorm <= gradientTolerance ? "converged" : "limit");
}
