// Objectives over long vectors and over grids, as a user of hvp writes them.

/** Σ sin(x); ∇f = cos(x), H = diag(-sin(x)). */
export const sinsum =
  ({ sin, sum }) =>
  () =>
  (x) =>
    sum(sin(x));

/** Σ 100 (x[i+1] - x[i]²)² + (1 - x[i])²; H is tridiagonal. */
export const rosen =
  ({ add, mul, square, sub, sum }) =>
  () =>
  (x) => {
    const a = x.slice([0, -1]);
    const b = x.slice([1]);
    return sum(add(mul(100, square(sub(b, square(a)))), square(sub(1, a))));
  };

/** Bratu's problem: ½ |∇u|² - λ exp(u) on a square grid, every grid value free. */
export const bratu =
  ({ add, exp, mul, square, sub, sum }) =>
  ({ m, h, lambda }) =>
  (x) => {
    const u = x.reshape([m, m]);
    const dx = sub(u.slice([1]), u.slice([0, -1]));
    const dy = sub(u.slice(null, [1]), u.slice(null, [0, -1]));
    return sub(mul(0.5, add(sum(square(dx)), sum(square(dy)))), mul(lambda * h * h, sum(exp(u))));
  };

/** Area of a surface over the unit square: h² Σ sqrt(1 + u_x² + u_y²). */
export const minsurf =
  ({ add, div, mul, sqrt, square, sub, sum }) =>
  ({ m, h }) =>
  (x) => {
    const u = x.reshape([m, m]);
    const corner = u.slice([0, -1], [0, -1]);
    const dx = div(sub(u.slice([1], [0, -1]), corner), h);
    const dy = div(sub(u.slice([0, -1], [1]), corner), h);
    return mul(h * h, sum(sqrt(add(1, add(square(dx), square(dy))))));
  };
