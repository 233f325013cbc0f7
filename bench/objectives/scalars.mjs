// Classical test problems of few variables, as a user of hvp writes them (Moré, Garbow and Hillstrom, "Testing
// unconstrained optimization software", ACM TOMS 7, 1981; numbers in brackets), and a fit of an ordinary differential
// equation.

/** Rosenbrock (1): 100 (b - a²)² + (1 - a)² */
export const rosen2 =
  ({ add, mul, square, sub }) =>
  () =>
  (x) => {
    const [a, b] = [x.at(0), x.at(1)];
    return add(mul(100, square(sub(b, square(a)))), square(sub(1, a)));
  };

/** Helical valley (7), with the angle by atan and a case distinction. */
export const helical =
  ({ add, atan, div, mul, sqrt, square, sub, where }) =>
  () =>
  (x) => {
    const [a, b, c] = [x.at(0), x.at(1), x.at(2)];
    const angle = add(div(atan(div(b, a)), 2 * Math.PI), where(a.gt(0), 0, 0.5));
    const radius = sqrt(add(square(a), square(b)));
    return add(add(square(mul(10, sub(c, mul(10, angle)))), square(mul(10, sub(radius, 1)))), square(c));
  };

/** Biggs EXP6 (18) with 13 residuals. */
export const biggs =
  ({ add, exp, mul, square, sub, sum }) =>
  ({ t, y }) => {
    const minusT = t.map((a) => -a);
    return (x) => {
      const decay = (i) => exp(mul(minusT, x.at(i)));
      const model = add(sub(mul(x.at(2), decay(0)), mul(x.at(3), decay(1))), mul(x.at(5), decay(4)));
      return sum(square(sub(model, y)));
    };
  };

/** Wood (14). */
export const wood =
  ({ add, mul, square, sub }) =>
  () =>
  (x) => {
    const [a, b, c, d] = [x.at(0), x.at(1), x.at(2), x.at(3)];
    const first = add(mul(100, square(sub(b, square(a)))), square(sub(1, a)));
    const second = add(mul(90, square(sub(d, square(c)))), square(sub(1, c)));
    return add(add(first, second), add(mul(10, square(sub(add(b, d), 2))), mul(0.1, square(sub(b, d)))));
  };

/** Lotka–Volterra by the classical Runge–Kutta method, 200 steps unrolled; mean squared distance to observations. */
export const ode =
  ({ add, div, mul, square, sub }) =>
  ({ steps, dt, start, observed }) =>
  (p) => {
    const [a, b, c, d] = [p.at(0), p.at(1), p.at(2), p.at(3)];
    const rate = ([x, y]) => {
      const xy = mul(x, y);
      return [sub(mul(a, x), mul(b, xy)), sub(mul(d, xy), mul(c, y))];
    };
    const move = ([x, y], [dx, dy], h) => [add(x, mul(h, dx)), add(y, mul(h, dy))];
    let state = start;
    let loss = 0;
    for (let i = 0; i < steps; i++) {
      const k1 = rate(state);
      const k2 = rate(move(state, k1, dt / 2));
      const k3 = rate(move(state, k2, dt / 2));
      const k4 = rate(move(state, k3, dt));
      state = state.map((s, j) => add(s, mul(dt / 6, add(add(k1[j], mul(2, add(k2[j], k3[j]))), k4[j]))));
      loss = add(loss, add(square(sub(state[0], observed[2 * i])), square(sub(state[1], observed[2 * i + 1]))));
    }
    return div(loss, steps);
  };
