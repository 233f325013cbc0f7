// Geometry: particles and cameras, as a user of hvp writes them.

/** Lennard-Jones energy of N particles: all pairs as an N × N array, the diagonal masked. */
export const lj =
  ({ add, div, expandDims, mul, square, sub, sum }) =>
  ({ N, Real }) => {
    const far = new Real(N * N); // keeps 1/r² finite on the diagonal
    const off = new Real(N * N).fill(1);
    for (let i = 0; i < N; i++) {
      far[i * N + i] = 1;
      off[i * N + i] = 0;
    }
    return (x) => {
      const P = x.reshape([N, 3]);
      const d = sub(expandDims(P, 1), expandDims(P, 0));
      const s = div(1, add(sum(square(d), { axis: 2 }), { data: far, shape: [N, N] }));
      const s3 = mul(s, square(s));
      return mul(2, sum(mul({ data: off, shape: [N, N] }, sub(square(s3), s3))));
    };
  };

/** Bundle adjustment (ADBench's BA): reprojection error of points in cameras with radial distortion. */
export const ba =
  ({ add, cos, div, mul, sin, sqrt, square, sub, sum, take }) =>
  ({ cameras, points, camera, point, features }) => {
    const feature = [features.filter((_, i) => i % 2 === 0), features.filter((_, i) => i % 2 === 1)];
    const dot3 = (a, b) => add(add(mul(a[0], b[0]), mul(a[1], b[1])), mul(a[2], b[2]));
    return (p) => {
      const table = p.slice([0, 11 * cameras]).reshape([cameras, 11]);
      const places = p.slice([11 * cameras, 11 * cameras + 3 * points]).reshape([points, 3]);
      const w = p.slice([11 * cameras + 3 * points]);
      const seen = take(places, point, { axis: 0 });
      const by = take(table, camera, { axis: 0 });
      const c = Array.from({ length: 11 }, (_, i) => by.slice(null, i));
      // Rodrigues: the point relative to the camera, turned about the axis k by the angle |r|.
      const r = c.slice(0, 3);
      const X = [0, 1, 2].map((i) => sub(seen.slice(null, i), c[3 + i]));
      const angle = sqrt(dot3(r, r));
      const k = r.map((t) => div(t, angle));
      const [co, si] = [cos(angle), sin(angle)];
      const along = mul(dot3(k, X), sub(1, co));
      const cross = [1, 2, 0].map((a, i) => sub(mul(k[a], X[(a + 1) % 3]), mul(k[(i + 2) % 3], X[a])));
      const Y = [0, 1, 2].map((i) => add(add(mul(X[i], co), mul(cross[i], si)), mul(k[i], along)));
      const u = [div(Y[0], Y[2]), div(Y[1], Y[2])];
      const r2 = add(square(u[0]), square(u[1]));
      const scale = mul(c[6], add(add(1, mul(c[9], r2)), mul(c[10], square(r2))));
      const error = [0, 1].map((i) => mul(w, sub(add(mul(scale, u[i]), c[7 + i]), feature[i])));
      return add(add(sum(square(error[0])), sum(square(error[1]))), sum(square(sub(1, square(w)))));
    };
  };
