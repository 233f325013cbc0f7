// Fits of a·exp(-bx) + c by hand: Levenberg and Marquardt with derivatives written out, sums of normal equations in
// local variables, and a 3×3 Cholesky factor without loops. Damping by Marquardt's factors of ten.

/** Fits rows of `Y` [k, m] at `x` [m] from rows of `P` [k, 3], which it overwrites; returns iterations in all. */
export function fitDecays(x, Y, P, tol = 1e-10) {
  const m = x.length;
  let iterations = 0;
  for (let k = 0; k * 3 < P.length; k++) {
    let [a, b, c] = [P[3 * k], P[3 * k + 1], P[3 * k + 2]];
    let [na, nb, nc] = [a, b, c];
    let cost = Number.POSITIVE_INFINITY;
    let lambda = 1e-3;
    let [A00, A01, A02, A11, A12, A22, g0, g1, g2] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
    for (let step = 0; step < 100; step++) {
      let [s, s00, s01, s02, s11, s12, t0, t1, t2] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
      for (let i = 0; i < m; i++) {
        const xi = x[i];
        const e = Math.exp(-nb * xi);
        const r = na * e + nc - Y[k * m + i];
        const d = -na * xi * e;
        s += r * r;
        s00 += e * e;
        s01 += e * d;
        s02 += e;
        s11 += d * d;
        s12 += d;
        t0 += e * r;
        t1 += d * r;
        t2 += r;
      }
      iterations++;
      if (s < cost) {
        [a, b, c, cost] = [na, nb, nc, s];
        [A00, A01, A02, A11, A12, A22, g0, g1, g2] = [s00, s01, s02, s11, s12, m, t0, t1, t2];
        lambda *= 0.1;
      } else lambda *= 10;
      const l00 = Math.sqrt(A00 * (1 + lambda));
      const l10 = A01 / l00;
      const l20 = A02 / l00;
      const l11 = Math.sqrt(A11 * (1 + lambda) - l10 * l10);
      const l21 = (A12 - l20 * l10) / l11;
      const l22 = Math.sqrt(A22 * (1 + lambda) - l20 * l20 - l21 * l21);
      const w0 = g0 / l00;
      const w1 = (g1 - l10 * w0) / l11;
      const w2 = (g2 - l20 * w0 - l21 * w1) / l22;
      if (w0 * w0 + w1 * w1 + w2 * w2 <= tol * cost || lambda > 1e10) break;
      const q2 = w2 / l22;
      const q1 = (w1 - l21 * q2) / l11;
      const q0 = (w0 - l10 * q1 - l20 * q2) / l00;
      [na, nb, nc] = [a - q0, b - q1, c - q2];
    }
    [P[3 * k], P[3 * k + 1], P[3 * k + 2]] = [a, b, c];
  }
  return iterations;
}
