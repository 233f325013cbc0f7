// The same objectives by hand in plain JavaScript: derivatives on paper, fused loops over typed arrays, nothing allocated but the
// result. It is what one writes when one objective has to be fast and there is no library.

const sinSum = () => ({
  value(x) {
    let s = 0;
    for (let i = 0; i < x.length; i++) s += Math.sin(x[i]);
    return s;
  },
  grad(x, out = new Float64Array(x.length)) {
    for (let i = 0; i < x.length; i++) out[i] = Math.cos(x[i]);
    return out;
  },
  hvp(x, v, out = new Float64Array(x.length)) {
    for (let i = 0; i < x.length; i++) out[i] = -Math.sin(x[i]) * v[i];
    return out;
  },
  at(x) {
    const diagonal = new Float64Array(x.length);
    for (let i = 0; i < x.length; i++) diagonal[i] = -Math.sin(x[i]);
    return {
      hvp(v, out = new Float64Array(v.length)) {
        const d = diagonal;
        for (let i = 0; i < v.length; i++) out[i] = d[i] * v[i];
        return out;
      },
    };
  },
});

const rosenbrock = () => ({
  value(x) {
    let s = 0;
    let a = x[0];
    for (let i = 1; i < x.length; i++) {
      const b = x[i];
      const t = b - a * a;
      const u = 1 - a;
      s += 100 * t * t + u * u;
      a = b;
    }
    return s;
  },
  grad(x, out = new Float64Array(x.length)) {
    const last = x.length - 1;
    let a = x[0];
    let carry = 0; // what the term on the left adds
    for (let i = 0; i < last; i++) {
      const b = x[i + 1];
      const t = b - a * a;
      out[i] = carry - 400 * a * t - 2 * (1 - a);
      carry = 200 * t;
      a = b;
    }
    out[last] = carry;
    return out;
  },
  hvp(x, v, out = new Float64Array(x.length)) {
    const last = x.length - 1;
    let a = x[0];
    let da = v[0];
    let carry = 0;
    for (let i = 0; i < last; i++) {
      const b = x[i + 1];
      const db = v[i + 1];
      out[i] = carry + (1200 * a * a - 400 * b + 2) * da - 400 * a * db;
      carry = 200 * db - 400 * a * da;
      a = b;
      da = db;
    }
    out[last] = carry;
    return out;
  },
  at(x) {
    const last = x.length - 1;
    const diagonal = new Float64Array(x.length);
    const off = new Float64Array(last);
    for (let i = 0; i < last; i++) {
      diagonal[i] = (i ? 200 : 0) + 1200 * x[i] * x[i] - 400 * x[i + 1] + 2;
      off[i] = -400 * x[i];
    }
    diagonal[last] = 200;
    return {
      hvp(v, out = new Float64Array(v.length)) {
        const [d, o] = [diagonal, off]; // locals: the engine reads captured variables anew in every turn
        let da = v[0];
        let carry = 0;
        for (let i = 0; i < last; i++) {
          const db = v[i + 1];
          const t = o[i];
          out[i] = carry + d[i] * da + t * db;
          carry = t * da;
          da = db;
        }
        out[last] = carry + d[last] * da;
        return out;
      },
    };
  },
});

/** One pass over X, four rows at a time: four sums do not wait for one another, and `out` is read and written a quarter as often. */
function logistic({ X, y, rows }, n) {
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
    grad(w, out = new Float64Array(n)) {
      start(out, w);
      for (let i = 0; i < rows; i += 4) {
        dots(z, i, w);
        for (let k = 0; k < 4; k++) z[k] = -y[i + k] / ((1 + Math.exp(y[i + k] * z[k])) * rows);
        addRows(out, z, i);
      }
      return out;
    },
    hvp(w, v, out = new Float64Array(n)) {
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
        hvp(v, out = new Float64Array(n)) {
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

const kinds = { sinSum, rosenbrock, logistic };

/** The hand-written counterpart of a workload. */
export const baseline = (workload) => kinds[workload.kind](workload.data, workload.n);
