// Lennard-Jones by hand: every pair once, forces added to both of its particles.

export function lj({ N, Real }) {
  const pairs = (N * (N - 1)) / 2;
  return {
    value(x) {
      let e = 0;
      for (let i = 0; i < 3 * N; i += 3)
        for (let j = i + 3; j < 3 * N; j += 3) {
          const [a, b, c] = [x[i] - x[j], x[i + 1] - x[j + 1], x[i + 2] - x[j + 2]];
          const u = 1 / (a * a + b * b + c * c);
          const w = u * u * u;
          e += w * w - w;
        }
      return 4 * e;
    },
    grad(x, out = new Real(3 * N)) {
      out.fill(0);
      for (let i = 0; i < 3 * N; i += 3) {
        let [f0, f1, f2] = [0, 0, 0];
        for (let j = i + 3; j < 3 * N; j += 3) {
          const [a, b, c] = [x[i] - x[j], x[i + 1] - x[j + 1], x[i + 2] - x[j + 2]];
          const u = 1 / (a * a + b * b + c * c);
          const w = u * u * u;
          const k = u * w * (24 - 48 * w);
          f0 += k * a;
          f1 += k * b;
          f2 += k * c;
          out[j] -= k * a;
          out[j + 1] -= k * b;
          out[j + 2] -= k * c;
        }
        out[i] += f0;
        out[i + 1] += f1;
        out[i + 2] += f2;
      }
      return out;
    },
    hvp(x, v, out = new Real(3 * N)) {
      out.fill(0);
      for (let i = 0; i < 3 * N; i += 3) {
        let [f0, f1, f2] = [0, 0, 0];
        for (let j = i + 3; j < 3 * N; j += 3) {
          const [a, b, c] = [x[i] - x[j], x[i + 1] - x[j + 1], x[i + 2] - x[j + 2]];
          const [da, db, dc] = [v[i] - v[j], v[i + 1] - v[j + 1], v[i + 2] - v[j + 2]];
          const u = 1 / (a * a + b * b + c * c);
          const w = u * u * u;
          const k = u * w * (24 - 48 * w);
          const q = u * u * w * (672 * w - 192) * (a * da + b * db + c * dc);
          const [h0, h1, h2] = [k * da + q * a, k * db + q * b, k * dc + q * c];
          f0 += h0;
          f1 += h1;
          f2 += h2;
          out[j] -= h0;
          out[j + 1] -= h1;
          out[j + 2] -= h2;
        }
        out[i] += f0;
        out[i + 1] += f1;
        out[i + 2] += f2;
      }
      return out;
    },
    at(x) {
      // Per pair k, q and the difference: H of the pair is k I + q d dᵀ.
      const kept = new Real(5 * pairs);
      let at = 0;
      for (let i = 0; i < 3 * N; i += 3)
        for (let j = i + 3; j < 3 * N; j += 3) {
          const [a, b, c] = [x[i] - x[j], x[i + 1] - x[j + 1], x[i + 2] - x[j + 2]];
          const u = 1 / (a * a + b * b + c * c);
          const w = u * u * u;
          kept[at] = u * w * (24 - 48 * w);
          kept[at + 1] = u * u * w * (672 * w - 192);
          kept[at + 2] = a;
          kept[at + 3] = b;
          kept[at + 4] = c;
          at += 5;
        }
      return {
        hvp(v, out = new Real(3 * N)) {
          const p = kept;
          out.fill(0);
          let at = 0;
          for (let i = 0; i < 3 * N; i += 3) {
            let [f0, f1, f2] = [0, 0, 0];
            for (let j = i + 3; j < 3 * N; j += 3) {
              const [k, a, b, c] = [p[at], p[at + 2], p[at + 3], p[at + 4]];
              const [da, db, dc] = [v[i] - v[j], v[i + 1] - v[j + 1], v[i + 2] - v[j + 2]];
              const q = p[at + 1] * (a * da + b * db + c * dc);
              const [h0, h1, h2] = [k * da + q * a, k * db + q * b, k * dc + q * c];
              f0 += h0;
              f1 += h1;
              f2 += h2;
              out[j] -= h0;
              out[j + 1] -= h1;
              out[j + 2] -= h2;
              at += 5;
            }
            out[i] += f0;
            out[i + 1] += f1;
            out[i + 2] += f2;
          }
          return out;
        },
      };
    },
  };
}
