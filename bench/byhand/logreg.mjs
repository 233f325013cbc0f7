// Logistic regression by hand.

/**
 * One pass over X, four rows at a time: four sums do not wait for one another, and `out` is read and written a
 * quarter as often.
 */
export function logreg({ X, y, rows, columns: n, Real }) {
  if (rows % 4 !== 0) throw new Error("the number of rows must be a multiple of 4");
  const REGULARIZATION = 1e-3;
  /** z[k] = row (i + k) of X · w */
  const dots = (z, i, w) => {
    const [a, b, c, d] = [i * n, (i + 1) * n, (i + 2) * n, (i + 3) * n];
    let z0 = 0;
    let z1 = 0;
    let z2 = 0;
    let z3 = 0;
    for (let j = 0; j < n; j++) {
      const t = w[j];
      z0 += X[a + j] * t;
      z1 += X[b + j] * t;
      z2 += X[c + j] * t;
      z3 += X[d + j] * t;
    }
    z[0] = z0;
    z[1] = z1;
    z[2] = z2;
    z[3] = z3;
  };
  /** out += Σ weights[k] · row (i + k) of X */
  const addRows = (out, weights, i) => {
    const [a, b, c, d] = [i * n, (i + 1) * n, (i + 2) * n, (i + 3) * n];
    const [w0, w1, w2, w3] = weights;
    for (let j = 0; j < n; j++) out[j] += w0 * X[a + j] + w1 * X[b + j] + (w2 * X[c + j] + w3 * X[d + j]);
  };
  const curvature = (z) => {
    const e = Math.exp(-Math.abs(z));
    return e / ((1 + e) * (1 + e) * rows);
  };
  const start = (out, w) => {
    for (let j = 0; j < n; j++) out[j] = REGULARIZATION * w[j];
  };
  const z = new Float64Array(4);
  const dz = new Float64Array(4);
  return {
    value(w) {
      let s = 0;
      for (let i = 0; i < rows; i += 4) {
        dots(z, i, w);
        for (let k = 0; k < 4; k++) {
          const t = -y[i + k] * z[k];
          s += Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t)));
        }
      }
      let r = 0;
      for (let j = 0; j < n; j++) r += w[j] * w[j];
      return s / rows + 0.5 * REGULARIZATION * r;
    },
    grad(w, out = new Real(n)) {
      start(out, w);
      for (let i = 0; i < rows; i += 4) {
        dots(z, i, w);
        for (let k = 0; k < 4; k++) z[k] = -y[i + k] / ((1 + Math.exp(y[i + k] * z[k])) * rows);
        addRows(out, z, i);
      }
      return out;
    },
    hvp(w, v, out = new Real(n)) {
      start(out, v);
      for (let i = 0; i < rows; i += 4) {
        dots(z, i, w);
        dots(dz, i, v);
        for (let k = 0; k < 4; k++) dz[k] *= curvature(z[k]);
        addRows(out, dz, i);
      }
      return out;
    },
    at(w) {
      const weight = new Float64Array(rows);
      for (let i = 0; i < rows; i += 4) {
        dots(z, i, w);
        for (let k = 0; k < 4; k++) weight[i + k] = curvature(z[k]);
      }
      return {
        hvp(v, out = new Real(n)) {
          start(out, v);
          for (let i = 0; i < rows; i += 4) {
            dots(dz, i, v);
            for (let k = 0; k < 4; k++) dz[k] *= weight[i + k];
            addRows(out, dz, i);
          }
          return out;
        },
      };
    },
  };
}
