// Statistical models, as a user of hvp writes them.

const LN_2PI = Math.log(2 * Math.PI);

/** Logistic regression: mean(softplus(-y ∘ Xw)) + 0.5e-3 |w|²; H = Xᵀ diag(σ'(Xw)/m) X + 1e-3 I. */
export const logreg =
  ({ add, dot, matmul, mean, mul, softplus }) =>
  ({ X, y, rows, columns }) => {
    const A = { data: X, shape: [rows, columns] };
    const minusY = y.map((t) => -t);
    return (w) => add(mean(softplus(mul(minusY, matmul(A, w)))), mul(0.5e-3, dot(w, w)));
  };

/** Perceptron with one hidden layer of tanh, cross entropy of softmax. */
export const mlp =
  ({ add, logsumexp, matmul, mean, mul, sub, sum, tanh }) =>
  ({ I, H, O, B, X, onehot }) => {
    const [a, b, c] = [I * H, I * H + H, I * H + H + H * O];
    const [data, target] = [
      { data: X, shape: [B, I] },
      { data: onehot, shape: [B, O] },
    ];
    return (p) => {
      const W1 = p.slice([0, a]).reshape([I, H]);
      const W2 = p.slice([b, c]).reshape([H, O]);
      const z = add(matmul(tanh(add(matmul(data, W1), p.slice([a, b]))), W2), p.slice([c]));
      return mean(sub(logsumexp(z, { axis: 1 }), sum(mul(z, target), { axis: 1 })));
    };
  };

/** Gaussian mixture with a Wishart prior (ADBench's GMM), d = 2. */
export const gmm =
  ({ add, exp, logsumexp, mul, square, sub, sum }) =>
  ({ d, K, N, X }) => {
    // γ = m = 1, ν = d + m + 1; lnΓ(2) = 0, lnΓ(3/2) = ln(√π/2)
    const wishart = 4 * d * -0.5 * Math.LN2 - (0.5 * Math.log(Math.PI) + Math.log(Math.sqrt(Math.PI) / 2));
    return (p) => {
      const alpha = p.slice([0, K]);
      const mu = p.slice([K, K + K * d]).reshape([K, d]);
      const icf = p.slice([K + K * d]).reshape([K, 3]);
      const [q0, q1, l] = [icf.slice(null, 0), icf.slice(null, 1), icf.slice(null, 2)];
      const qs = add(q0, q1);
      const r = sub({ data: X, shape: [N, 1, d] }, mu);
      const [r0, r1] = [r.slice(null, null, 0), r.slice(null, null, 1)];
      const distance = add(square(mul(exp(q0), r0)), square(add(mul(l, r0), mul(exp(q1), r1))));
      const fit = sum(logsumexp(sub(add(alpha, qs), mul(0.5, distance)), { axis: 1 }));
      const prior = sum(sub(mul(0.5, add(add(exp(mul(2, q0)), exp(mul(2, q1))), square(l))), qs));
      return add(add(sub(fit, mul(N, logsumexp(alpha))), prior), -N * d * 0.5 * LN_2PI - K * wishart);
    };
  };

/** Negative log marginal likelihood of a Gaussian process: amplitude, length scale and noise in logarithms. */
export const gp =
  ({ add, cholesky, diagonal, dot, exp, eye, log, mul, sum, triangularSolve }) =>
  ({ N, t, y, Real }) => {
    const squares = Real.from({ length: N * N }, (_, k) => (t[Math.floor(k / N)] - t[k % N]) ** 2);
    const identity = eye(N, { dtype: Real === Float32Array ? "float32" : "float64" });
    return (theta) => {
      const [amplitude, scale, noise] = [0, 1, 2].map((i) => theta.at(i));
      const kernel = exp(mul({ data: squares, shape: [N, N] }, mul(-0.5, exp(mul(-2, scale)))));
      const L = cholesky(add(mul(exp(mul(2, amplitude)), kernel), mul(exp(mul(2, noise)), identity)));
      const z = triangularSolve(L, y, { lower: true });
      return add(add(mul(0.5, dot(z, z)), sum(log(diagonal(L)))), 0.5 * N * LN_2PI);
    };
  };
/** Exports that this needs and that may be absent. */
gp.needs = ["cholesky", "triangularSolve", "diagonal"];
