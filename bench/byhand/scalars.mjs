// Problems of few variables by hand. At a point, the Hessian itself is kept: it is small.

/** `{ hvp }` for a dense symmetric matrix given by its columns. */
function dense(columns) {
  const n = columns.length;
  const H = Float64Array.from(columns.flatMap((column) => Array.from(column)));
  return {
    hvp(v, out = new v.constructor(n)) {
      for (let i = 0; i < n; i++) {
        let s = 0;
        for (let j = 0; j < n; j++) s += H[i * n + j] * v[j];
        out[i] = s;
      }
      return out;
    },
  };
}
const withPoint = (functions, n) => ({
  ...functions,
  at: (x) =>
    dense(
      Array.from({ length: n }, (_, j) =>
        functions.hvp(
          x,
          Float64Array.from({ length: n }, (_, i) => +(i === j)),
          new Float64Array(n),
        ),
      ),
    ),
});

export const wood = () =>
  withPoint(
    {
      value(x) {
        const [a, b, c, d] = [x[0], x[1], x[2], x[3]];
        const [t, s, p, q] = [b - a * a, d - c * c, b + d - 2, b - d];
        return 100 * t * t + (1 - a) * (1 - a) + 90 * s * s + (1 - c) * (1 - c) + 10 * p * p + 0.1 * q * q;
      },
      grad(x, out = new x.constructor(4)) {
        const [a, b, c, d] = [x[0], x[1], x[2], x[3]];
        const [t, s, p, q] = [b - a * a, d - c * c, b + d - 2, b - d];
        out[0] = -400 * a * t - 2 * (1 - a);
        out[1] = 200 * t + 20 * p + 0.2 * q;
        out[2] = -360 * c * s - 2 * (1 - c);
        out[3] = 180 * s + 20 * p - 0.2 * q;
        return out;
      },
      hvp(x, v, out = new x.constructor(4)) {
        const [a, b, c, d] = [x[0], x[1], x[2], x[3]];
        const [da, db, dc, dd] = [v[0], v[1], v[2], v[3]];
        const [t, s, p, q] = [b - a * a, d - c * c, db + dd, db - dd];
        const [dt, ds] = [db - 2 * a * da, dd - 2 * c * dc];
        out[0] = -400 * (da * t + a * dt) + 2 * da;
        out[1] = 200 * dt + 20 * p + 0.2 * q;
        out[2] = -360 * (dc * s + c * ds) + 2 * dc;
        out[3] = 180 * ds + 20 * p - 0.2 * q;
        return out;
      },
    },
    4,
  );

const angle = (x) => Math.atan(x[1] / x[0]) / (2 * Math.PI) + (x[0] > 0 ? 0 : 0.5);
export const helical = () =>
  withPoint(
    {
      value(x) {
        const a = 10 * x[2] - 100 * angle(x);
        const b = 10 * (Math.sqrt(x[0] * x[0] + x[1] * x[1]) - 1);
        return a * a + b * b + x[2] * x[2];
      },
      grad(x, out = new x.constructor(3)) {
        const a = 10 * x[2] - 100 * angle(x);
        const r2 = x[0] * x[0] + x[1] * x[1];
        const q = 50 / (Math.PI * r2); // 100 ∂θ = 50/π · (x0 ∂x1 - x1 ∂x0) / r²
        const k = 200 * (1 - 1 / Math.sqrt(r2));
        out[0] = 2 * a * q * x[1] + k * x[0];
        out[1] = -2 * a * q * x[0] + k * x[1];
        out[2] = 20 * a + 2 * x[2];
        return out;
      },
      hvp(x, v, out = new x.constructor(3)) {
        const a = 10 * x[2] - 100 * angle(x);
        const r2 = x[0] * x[0] + x[1] * x[1];
        const inverse = 1 / r2;
        const root = Math.sqrt(inverse);
        const q = (50 / Math.PI) * inverse;
        const xv = x[0] * v[0] + x[1] * v[1];
        const da = 10 * v[2] + q * (x[1] * v[0] - x[0] * v[1]);
        const dq = -2 * q * inverse * xv;
        const [k, dk] = [200 * (1 - root), 200 * root * inverse * xv];
        out[0] = 2 * (da * q * x[1] + a * dq * x[1] + a * q * v[1]) + dk * x[0] + k * v[0];
        out[1] = -2 * (da * q * x[0] + a * dq * x[0] + a * q * v[0]) + dk * x[1] + k * v[1];
        out[2] = 20 * da + 2 * v[2];
        return out;
      },
    },
    3,
  );

export const biggs = ({ t, y }) =>
  withPoint(
    {
      value(x) {
        let s = 0;
        for (let i = 0; i < t.length; i++) {
          const r =
            x[2] * Math.exp(-t[i] * x[0]) - x[3] * Math.exp(-t[i] * x[1]) + x[5] * Math.exp(-t[i] * x[4]) - y[i];
          s += r * r;
        }
        return s;
      },
      grad(x, out = new x.constructor(6)) {
        let [g0, g1, g2, g3, g4, g5] = [0, 0, 0, 0, 0, 0];
        for (let i = 0; i < t.length; i++) {
          const [e0, e1, e4] = [Math.exp(-t[i] * x[0]), Math.exp(-t[i] * x[1]), Math.exp(-t[i] * x[4])];
          const r = 2 * (x[2] * e0 - x[3] * e1 + x[5] * e4 - y[i]);
          const rt = r * t[i];
          g0 -= rt * e0;
          g1 += rt * e1;
          g2 += r * e0;
          g3 -= r * e1;
          g4 -= rt * e4;
          g5 += r * e4;
        }
        out[0] = g0 * x[2];
        out[1] = g1 * x[3];
        out[2] = g2;
        out[3] = g3;
        out[4] = g4 * x[5];
        out[5] = g5;
        return out;
      },
      hvp(x, v, out = new x.constructor(6)) {
        const [x2, x3, x5] = [x[2], x[3], x[5]];
        let [h0, h1, h2, h3, h4, h5] = [0, 0, 0, 0, 0, 0];
        for (let i = 0; i < t.length; i++) {
          const [e0, e1, e4] = [Math.exp(-t[i] * x[0]), Math.exp(-t[i] * x[1]), Math.exp(-t[i] * x[4])];
          const r = 2 * (x2 * e0 - x3 * e1 + x5 * e4 - y[i]);
          const [p0, p1, p4] = [t[i] * v[0], t[i] * v[1], t[i] * v[4]];
          const [a, b, c] = [v[2] - x2 * p0, v[3] - x3 * p1, v[5] - x5 * p4]; // d(x2 e0) = e0 a, …
          const dr = 2 * (e0 * a - e1 * b + e4 * c);
          h0 -= t[i] * e0 * (a * r + x2 * dr);
          h1 += t[i] * e1 * (b * r + x3 * dr);
          h2 += e0 * (dr - p0 * r);
          h3 -= e1 * (dr - p1 * r);
          h4 -= t[i] * e4 * (c * r + x5 * dr);
          h5 += e4 * (dr - p4 * r);
        }
        out[0] = h0;
        out[1] = h1;
        out[2] = h2;
        out[3] = h3;
        out[4] = h4;
        out[5] = h5;
        return out;
      },
    },
    6,
  );
