// The Gaussian mixture by hand, two dimensions. For example i and component k, with r = x_i - μ_k:
//   y0 = e^q0 r0, y1 = l r0 + e^q1 r1, t = α + q0 + q1 - (y0² + y1²)/2, weights p = softmax over k of t.

export function gmm({ K, N, X, Real }) {
  const n = 6 * K;
  const [mu, icf] = [K, 3 * K]; // where the parts of the parameters begin
  const wishart = 4 * 2 * -0.5 * Math.LN2 - (0.5 * Math.log(Math.PI) + Math.log(Math.sqrt(Math.PI) / 2));
  const constant = -N * Math.log(2 * Math.PI) - K * wishart;
  const t = new Float64Array(K);
  const [y0, y1, dt, dy0, dy1] = Array.from({ length: 5 }, () => new Float64Array(K));
  const [e0, e1, offset] = Array.from({ length: 3 }, () => new Float64Array(K));
  const softmaxOfAlpha = new Float64Array(K);

  const prepare = (p) => {
    for (let k = 0; k < K; k++) {
      e0[k] = Math.exp(p[icf + 3 * k]);
      e1[k] = Math.exp(p[icf + 3 * k + 1]);
      offset[k] = p[k] + p[icf + 3 * k] + p[icf + 3 * k + 1];
    }
  };
  /** a := softmax(a); returns logsumexp. */
  const softmax = (a) => {
    let top = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < K; k++) top = Math.max(top, a[k]);
    let s = 0;
    for (let k = 0; k < K; k++) s += a[k] = Math.exp(a[k] - top);
    for (let k = 0; k < K; k++) a[k] /= s;
    return top + Math.log(s);
  };
  /** Fills y0, y1 and the weights t of example i; returns the logsumexp. */
  const example = (p, i) => {
    for (let k = 0; k < K; k++) {
      const r0 = X[2 * i] - p[mu + 2 * k];
      const r1 = X[2 * i + 1] - p[mu + 2 * k + 1];
      const a = (y0[k] = e0[k] * r0);
      const b = (y1[k] = p[icf + 3 * k + 2] * r0 + e1[k] * r1);
      t[k] = offset[k] - 0.5 * (a * a + b * b);
    }
    return softmax(t);
  };
  const ofAlpha = (p) => {
    for (let k = 0; k < K; k++) softmaxOfAlpha[k] = p[k];
    return softmax(softmaxOfAlpha);
  };

  const hvp = (p, v, out = new Real(n)) => {
    prepare(p);
    const s = new Float64Array(n);
    for (let i = 0; i < N; i++) {
      example(p, i);
      let mean = 0;
      for (let k = 0; k < K; k++) {
        const [dr0, dr1, dq1] = [-v[mu + 2 * k], -v[mu + 2 * k + 1], v[icf + 3 * k + 1]];
        const r0 = X[2 * i] - p[mu + 2 * k];
        const r1 = X[2 * i + 1] - p[mu + 2 * k + 1];
        const a = (dy0[k] = y0[k] * v[icf + 3 * k] + e0[k] * dr0);
        const b = (dy1[k] = v[icf + 3 * k + 2] * r0 + p[icf + 3 * k + 2] * dr0 + e1[k] * (dq1 * r1 + dr1));
        dt[k] = v[k] + v[icf + 3 * k] + dq1 - y0[k] * a - y1[k] * b;
        mean += t[k] * dt[k];
      }
      for (let k = 0; k < K; k++) {
        const w = t[k];
        const dw = w * (dt[k] - mean);
        const [a, b, da, db] = [y0[k], y1[k], dy0[k], dy1[k]];
        const [l, dl, dq0, dq1] = [p[icf + 3 * k + 2], v[icf + 3 * k + 2], v[icf + 3 * k], v[icf + 3 * k + 1]];
        const r0 = X[2 * i] - p[mu + 2 * k];
        const r1 = X[2 * i + 1] - p[mu + 2 * k + 1];
        s[k] += dw;
        s[mu + 2 * k] += dw * (a * e0[k] + b * l) + w * (da * e0[k] + a * e0[k] * dq0 + db * l + b * dl);
        s[mu + 2 * k + 1] += e1[k] * (dw * b + w * (db + b * dq1));
        s[icf + 3 * k] += dw * (1 - a * a) - 2 * w * a * da;
        s[icf + 3 * k + 1] += dw * (1 - b * e1[k] * r1) - w * e1[k] * ((db + b * dq1) * r1 - b * v[mu + 2 * k + 1]);
        s[icf + 3 * k + 2] -= dw * b * r0 + w * (db * r0 - b * v[mu + 2 * k]);
      }
    }
    ofAlpha(p);
    let mean = 0;
    for (let k = 0; k < K; k++) mean += softmaxOfAlpha[k] * v[k];
    for (let k = 0; k < K; k++) {
      s[k] -= N * softmaxOfAlpha[k] * (v[k] - mean);
      s[icf + 3 * k] += 2 * e0[k] * e0[k] * v[icf + 3 * k];
      s[icf + 3 * k + 1] += 2 * e1[k] * e1[k] * v[icf + 3 * k + 1];
      s[icf + 3 * k + 2] += v[icf + 3 * k + 2];
    }
    out.set(s);
    return out;
  };

  return {
    value(p) {
      prepare(p);
      let s = constant - N * ofAlpha(p);
      for (let i = 0; i < N; i++) s += example(p, i);
      for (let k = 0; k < K; k++) {
        const [q0, q1, l] = [p[icf + 3 * k], p[icf + 3 * k + 1], p[icf + 3 * k + 2]];
        s += 0.5 * (e0[k] * e0[k] + e1[k] * e1[k] + l * l) - q0 - q1;
      }
      return s;
    },
    grad(p, out = new Real(n)) {
      prepare(p);
      const s = new Float64Array(n);
      for (let i = 0; i < N; i++) {
        example(p, i);
        for (let k = 0; k < K; k++) {
          const [w, a, b] = [t[k], y0[k], y1[k]];
          s[k] += w;
          s[mu + 2 * k] += w * (a * e0[k] + b * p[icf + 3 * k + 2]);
          s[mu + 2 * k + 1] += w * b * e1[k];
          s[icf + 3 * k] += w * (1 - a * a);
          s[icf + 3 * k + 1] += w * (1 - b * e1[k] * (X[2 * i + 1] - p[mu + 2 * k + 1]));
          s[icf + 3 * k + 2] -= w * b * (X[2 * i] - p[mu + 2 * k]);
        }
      }
      ofAlpha(p);
      for (let k = 0; k < K; k++) {
        s[k] -= N * softmaxOfAlpha[k];
        s[icf + 3 * k] += e0[k] * e0[k] - 1;
        s[icf + 3 * k + 1] += e1[k] * e1[k] - 1;
        s[icf + 3 * k + 2] += p[icf + 3 * k + 2];
      }
      out.set(s);
      return out;
    },
    hvp,
    /** The Hessian itself: 30 × 30. */
    at(p) {
      const H = new Float64Array(n * n);
      const [unit, column] = [new Float64Array(n), new Float64Array(n)];
      for (let j = 0; j < n; j++) {
        unit[j] = 1;
        hvp(p, unit, column);
        unit[j] = 0;
        H.set(column, j * n);
      }
      return {
        hvp(v, out = new Real(n)) {
          for (let i = 0; i < n; i++) {
            let s = 0;
            for (let j = 0; j < n; j++) s += H[i * n + j] * v[j];
            out[i] = s;
          }
          return out;
        },
      };
    },
  };
}
