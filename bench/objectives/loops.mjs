// Loops, as a user of hvp writes them: integrators, a filter, recurrent networks, an iterated map.

/** The classical Runge–Kutta method: the state, a list, after a step `h` at `rates`. */
const rungeKutta =
  ({ add, mul }) =>
  (rates, state, h) => {
    const move = (k, t) => state.map((s, j) => add(s, mul(t, k[j])));
    const k1 = rates(state);
    const k2 = rates(move(k1, h / 2));
    const k3 = rates(move(k2, h / 2));
    const k4 = rates(move(k3, h));
    return state.map((s, j) => add(s, mul(h / 6, add(add(k1[j], mul(2, add(k2[j], k3[j]))), k4[j]))));
  };

/** Lotka–Volterra; mean squared distance to observations. */
export const lotka = (library) => {
  const { add, div, mul, scan, square, sub, sum } = library;
  const step = rungeKutta(library);
  return ({ steps, dt, start, observed }) =>
    (p) => {
      const [a, b, c, d] = [p.at(0), p.at(1), p.at(2), p.at(3)];
      const rates = ([x, y]) => {
        const xy = mul(x, y);
        return [sub(mul(a, x), mul(b, xy)), sub(mul(d, xy), mul(c, y))];
      };
      const follow = (state, seen) => {
        const [x, y] = step(rates, [state.x, state.y], dt);
        return [{ x, y }, add(square(sub(x, seen.at(0))), square(sub(y, seen.at(1))))];
      };
      const [, distances] = scan(follow, { x: start[0], y: start[1] }, { data: observed, shape: [steps, 2] });
      return div(sum(distances), steps);
    };
};
lotka.needs = ["scan"];

/** Kalman filter with three states and two observations: the logarithm of the likelihood but for a factor. */
export const kalman =
  ({ add, cholesky, choSolve, diag, diagonal, dot, exp, log, matmul, mul, scan, sub, sum, transpose }) =>
  ({ steps, H, observed }) =>
  (p) => {
    const F = p.slice([0, 9]).reshape([3, 3]);
    const [Q, R] = [diag(exp(p.slice([9, 12]))), diag(exp(p.slice([12, 14])))];
    const measure = { data: H, shape: [2, 3] };
    const filter = ([m, P], y) => {
      const predicted = matmul(F, m);
      const spread = add(matmul(matmul(F, P), transpose(F)), Q);
      const seen = matmul(measure, spread);
      const L = cholesky(add(matmul(seen, transpose(measure)), R));
      const e = sub(y, matmul(measure, predicted));
      const gain = transpose(choSolve(L, seen));
      const next = [add(predicted, matmul(gain, e)), sub(spread, matmul(gain, seen))];
      return [next, add(mul(2, sum(log(diagonal(L)))), dot(e, choSolve(L, e)))];
    };
    const identity = { data: [1, 0, 0, 0, 1, 0, 0, 0, 1], shape: [3, 3] };
    const [, terms] = scan(filter, [[0, 0, 0], identity], { data: observed, shape: [steps, 2] });
    return sum(terms);
  };
kalman.needs = ["scan"];

/** Recurrent network with tanh; mean squared error of what it says in the end. */
export const rnn =
  ({ add, matmul, mean, scan, square, sub, tanh, zeros }) =>
  ({ steps, batch, I, H, O, X, Y }) => {
    const [a, b, c, d] = [I * H, I * H + H * H, I * H + H * H + H, I * H + H * H + H + H * O];
    return (p) => {
      const [U, W] = [p.slice([0, a]).reshape([I, H]), p.slice([a, b]).reshape([H, H])];
      const [bias, V] = [p.slice([b, c]), p.slice([c, d]).reshape([H, O])];
      const cell = (h, x) => [tanh(add(add(matmul(x, U), matmul(h, W)), bias)), null];
      const [h] = scan(cell, zeros([batch, H]), { data: X, shape: [steps, batch, I] });
      return mean(square(sub(add(matmul(h, V), p.slice([d])), { data: Y, shape: [batch, O] })));
    };
  };
rnn.needs = ["scan"];

/** ADBench's LSTM: `layers` cells of `b` units without products of matrices, which predict the next character. */
export const lstm =
  ({ add, exp, log, mul, neg, scan, sigmoid, sub, sum, tanh }) =>
  ({ layers, b, characters, state, sequence }) => {
    const text = { data: sequence, shape: [characters, b] };
    return (p) => {
      const main = p.slice([0, 8 * layers * b]).reshape([2 * layers, 4, b]);
      const extra = p.slice([8 * layers * b]).reshape([3, b]);
      const cell = (k, [h, c], x) => {
        const gate = (j, input) => add(mul(input, main.at(2 * k, j)), main.at(2 * k + 1, j));
        const kept = mul(c, sigmoid(gate(0, x)));
        const next = add(kept, mul(sigmoid(gate(1, h)), tanh(gate(3, h))));
        return [mul(sigmoid(gate(2, x)), tanh(next)), next];
      };
      const step = (states, [now, after]) => {
        let x = mul(now, extra.at(0));
        const next = states.map((s, k) => {
          const [h, c] = cell(k, s, x);
          x = h;
          return [h, c];
        });
        const said = add(mul(x, extra.at(1)), extra.at(2));
        return [next, sum(mul(after, sub(said, log(add(sum(exp(said)), 2)))))];
      };
      const start = Array.from({ length: layers }, (_, k) =>
        [0, 1].map((j) => state.slice((2 * k + j) * b, (2 * k + j + 1) * b)),
      );
      const rows = (from, to) => ({ data: text.data.slice(from * b, to * b), shape: [to - from, b] });
      const [, said] = scan(step, start, [rows(0, characters - 1), rows(1, characters)]);
      return mul(neg(sum(said)), 1 / (b * (characters - 1)));
    };
  };
lstm.needs = ["scan"];

/** GradBench's chain of differential equations, y'ᵢ = xᵢ yᵢ₋₁ with y₋₁ = 1, from 0 to 2; the sum of the end. */
export const chain = (library) => {
  const { concat, foriLoop, mul, sum, zeros } = library;
  const step = rungeKutta(library);
  return ({ size, steps }) =>
    (x) => {
      const rates = ([y]) => [mul(x, concat([[1], y.slice([0, size - 1])]))];
      const [end] = foriLoop(0, steps, (_, state) => step(rates, state, 2 / steps), [zeros([size])]);
      return sum(end);
    };
};
chain.needs = ["foriLoop"];

/** The logistic map: a body of three operations. */
export const logistic =
  ({ foriLoop, mul, sub }) =>
  ({ steps }) =>
  (p) =>
    foriLoop(0, steps, (_, x) => mul(mul(p.at(0), x), sub(1, x)), p.at(1));
logistic.needs = ["foriLoop"];
