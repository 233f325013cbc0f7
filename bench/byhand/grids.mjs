// Bratu's problem and the minimal surface by hand.

export function bratu({ m, h, lambda, Real }) {
  const scale = lambda * h * h;
  /** out = (negative Laplacian with free boundary - scale · diag(weight)) s. */
  const apply = (out, s, weight) => {
    for (let i = 0; i < m; i++) {
      const row = i * m;
      const up = i > 0 ? m : 0;
      const down = i < m - 1 ? m : 0;
      for (let j = 0; j < m; j++) {
        const k = row + j;
        const c = s[k];
        const left = j > 0 ? 1 : 0;
        const right = j < m - 1 ? 1 : 0;
        out[k] = 4 * c - s[k - up] - s[k + down] - s[k - left] - s[k + right] - scale * weight[k] * c;
      }
    }
    return out;
  };
  const exps = new Real(m * m);
  const zeros = new Real(m * m);
  return {
    value(u) {
      let [s, e] = [0, 0];
      for (let i = 0; i < m; i++) {
        const down = i < m - 1 ? m : 0;
        for (let j = 0; j < m; j++) {
          const k = i * m + j;
          const a = u[k + down] - u[k];
          const b = j < m - 1 ? u[k + 1] - u[k] : 0;
          s += a * a + b * b;
          e += Math.exp(u[k]);
        }
      }
      return 0.5 * s - scale * e;
    },
    grad(u, out = new Real(m * m)) {
      apply(out, u, zeros);
      for (let k = 0; k < m * m; k++) out[k] -= scale * Math.exp(u[k]);
      return out;
    },
    hvp(u, v, out = new Real(m * m)) {
      for (let k = 0; k < m * m; k++) exps[k] = Math.exp(u[k]);
      return apply(out, v, exps);
    },
    at(u) {
      const kept = u.map(Math.exp);
      return { hvp: (v, out = new Real(m * m)) => apply(out, v, kept) };
    },
  };
}

export function minsurf({ m, h, Real }) {
  const inverse = 1 / h;
  return {
    value(u) {
      let s = 0;
      for (let i = 0; i < m - 1; i++)
        for (let k = i * m; k < i * m + m - 1; k++) {
          const a = (u[k + m] - u[k]) * inverse;
          const b = (u[k + 1] - u[k]) * inverse;
          s += Math.sqrt(1 + a * a + b * b);
        }
      return h * h * s;
    },
    grad(u, out = new Real(m * m)) {
      out.fill(0);
      for (let i = 0; i < m - 1; i++)
        for (let k = i * m; k < i * m + m - 1; k++) {
          const a = (u[k + m] - u[k]) * inverse;
          const b = (u[k + 1] - u[k]) * inverse;
          const w = h / Math.sqrt(1 + a * a + b * b);
          out[k] -= w * (a + b);
          out[k + m] += w * a;
          out[k + 1] += w * b;
        }
      return out;
    },
    hvp(u, v, out = new Real(m * m)) {
      out.fill(0);
      for (let i = 0; i < m - 1; i++)
        for (let k = i * m; k < i * m + m - 1; k++) {
          const a = (u[k + m] - u[k]) * inverse;
          const b = (u[k + 1] - u[k]) * inverse;
          const da = (v[k + m] - v[k]) * inverse;
          const db = (v[k + 1] - v[k]) * inverse;
          const w2 = 1 / (1 + a * a + b * b);
          const w = h * Math.sqrt(w2);
          const t = (a * da + b * db) * w2;
          const p = w * (da - a * t);
          const q = w * (db - b * t);
          out[k] -= p + q;
          out[k + m] += p;
          out[k + 1] += q;
        }
      return out;
    },
    at(u) {
      // The flux of a cell is linear in (da, db): keep its symmetric 2 × 2 matrix.
      const flux = new Real(3 * m * m);
      for (let i = 0; i < m - 1; i++)
        for (let k = i * m; k < i * m + m - 1; k++) {
          const a = (u[k + m] - u[k]) * inverse;
          const b = (u[k + 1] - u[k]) * inverse;
          const w2 = 1 / (1 + a * a + b * b);
          const w = Math.sqrt(w2);
          flux[3 * k] = w * (1 - a * a * w2);
          flux[3 * k + 1] = -w * a * b * w2;
          flux[3 * k + 2] = w * (1 - b * b * w2);
        }
      return {
        hvp(v, out = new Real(m * m)) {
          const c = flux;
          out.fill(0);
          for (let i = 0; i < m - 1; i++)
            for (let k = i * m; k < i * m + m - 1; k++) {
              const da = v[k + m] - v[k];
              const db = v[k + 1] - v[k];
              const p = c[3 * k] * da + c[3 * k + 1] * db;
              const q = c[3 * k + 1] * da + c[3 * k + 2] * db;
              out[k] -= p + q;
              out[k + m] += p;
              out[k + 1] += q;
            }
          return out;
        },
      };
    },
  };
}
