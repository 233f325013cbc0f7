// Bundle adjustment with the camera of BAL (Agarwal, Snavely, Seitz and Szeliski, "Bundle adjustment in the large",
// ECCV 2010): rotation vector, translation, focal length and two coefficients of radial distortion a camera. The scene
// is synthetic, with noise of half a pixel; 7 directions, those of the whole scene, change nothing.
import { readFileSync } from "node:fs";

const { bundle: scene } = JSON.parse(readFileSync(new URL("../fixtures/applications.json", import.meta.url), "utf8"));

export function bundle(library) {
  const { add, concat, cos, div, mul, neg, sin, sqrt, square, sub, sum, take } = library;
  const { cameras, points, camera, point, observed } = scene;
  const seen = [0, 1].map((i) => observed.filter((_, k) => k % 2 === i));
  const dot = (a, b) => add(add(mul(a[0], b[0]), mul(a[1], b[1])), mul(a[2], b[2]));
  const columns = (x, from, count, rows, index) => {
    const table = take(x.slice([from, from + count * rows]).reshape([rows, count]), index, { axis: 0 });
    return Array.from({ length: count }, (_, i) => table.slice(null, i));
  };
  /** Rodrigues' formula: X turned about r by its length. */
  const turned = (r, X) => {
    const angle = sqrt(dot(r, r));
    const k = r.map((t) => div(t, angle));
    const [c, s] = [cos(angle), sin(angle)];
    const along = mul(dot(k, X), sub(1, c));
    const cross = [0, 1, 2]
      .map((i) => [(i + 1) % 3, (i + 2) % 3])
      .map(([a, b]) => sub(mul(k[a], X[b]), mul(k[b], X[a])));
    return [0, 1, 2].map((i) => add(add(mul(X[i], c), mul(cross[i], s)), mul(k[i], along)));
  };
  const residual = (x) => {
    const c = columns(x, 0, 9, cameras, camera);
    const P = turned(c.slice(0, 3), columns(x, 9 * cameras, 3, points, point)).map((t, i) => add(t, c[3 + i]));
    const p = [neg(div(P[0], P[2])), neg(div(P[1], P[2]))];
    const q = add(square(p[0]), square(p[1]));
    const scale = mul(c[6], add(1, mul(q, add(c[7], mul(c[8], q)))));
    return concat([0, 1].map((i) => sub(mul(scale, p[i]), seen[i])));
  };
  return {
    name: "Bundle adjustment",
    n: 9 * cameras + 3 * points,
    start: scene.start.x,
    truth: scene.truth,
    minimum: scene.minimum,
    residual,
    value: (x) => sum(square(residual(x))),
  };
}
