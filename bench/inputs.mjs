// The inputs of the workloads: points, directions and constant data, all from one generator, so that no file of
// inputs is needed and every language that repeats the recurrence gets the same numbers. Formulas: objectives/;
// answers: reference.json.

/** All workloads, name and size. */
export const ids = [
  ...["rosen2", "rosen-100", "rosen-10000", "rosen-1000000", "sinsum-100", "sinsum-10000", "sinsum-1000000"],
  ...[
    "logreg-200x20",
    "logreg-2000x200",
    "mlp-small",
    "mlp-large",
    "gmm",
    "ba",
    "lj-64",
    "lj-512",
    "helical",
    "biggs",
    "wood",
  ],
  ...["gp-50", "gp-200", "bratu-100", "bratu-300", "minsurf-100", "minsurf-300", "ode"],
];

/** Workloads that are loops. They are measured on their own: `loops` means all of them. */
export const loops = [
  ...["lotka-200", "lotka-10000", "kalman-200", "kalman-1000", "rnn", "lstm-1024", "lstm-8192"],
  ...["chain-10000x100", "logistic-10000000"],
];

/**
 * The seeds of a workload are 100 × its number and: 1 for the point, 2 the direction, 3 and 4 its data, from 95 on
 * for checks.
 */
const numbers = {
  ...{
    rosen2: 1,
    rosen: 2,
    sinsum: 3,
    logreg: 4,
    mlp: 5,
    gmm: 6,
    ba: 7,
    lj: 8,
    helical: 9,
    gp: 10,
    bratu: 11,
    ode: 12,
    biggs: 13,
  },
  ...{ wood: 14, minsurf: 15, lotka: 16, kalman: 17, rnn: 18, lstm: 19, chain: 20, logistic: 21 },
};
export const nameOf = (id) => id.split("-")[0];
export const seedOf = (id) => 100 * numbers[nameOf(id)];

/**
 * `count` numbers in [-scale, scale): mulberry32 (public domain, Tommy Ettinger) started at `seed`. The integers are
 * exact, so every language that repeats the recurrence gets the same numbers.
 */
export function uniform(seed, count, scale = 1) {
  const out = new Float64Array(count);
  let a = seed | 0;
  for (let i = 0; i < count; i++) {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    out[i] = scale * (2 * (((t ^ (t >>> 14)) >>> 0) / 2 ** 32) - 1);
  }
  return out;
}

/** base + scale · uniform */
const around = (base, seed, scale) => uniform(seed, base.length, scale).map((t, i) => base[i] + t);

/** seed and size → data and point of each workload. */
const makers = {
  rosen2: (s) => ({ x: uniform(s + 1, 2) }),
  rosen: (s, size) => ({ x: uniform(s + 1, +size) }),
  sinsum: (s, size) => ({ x: uniform(s + 1, +size) }),
  logreg(s, size) {
    const [rows, columns] = size.split("x").map(Number);
    const y = uniform(s + 4, rows).map((t) => (t >= 0 ? 1 : -1));
    return { rows, columns, X: uniform(s + 3, rows * columns), y, x: uniform(s + 1, columns) };
  },
  mlp(s, size) {
    const [I, H, O, B] = size === "small" ? [4, 16, 3, 32] : [64, 64, 10, 128];
    const labels = Int32Array.from(uniform(s + 4, B), (t) => Math.floor((t + 1) * 0.5 * O));
    const onehot = new Float64Array(B * O);
    for (let i = 0; i < B; i++) onehot[i * O + labels[i]] = 1;
    return { I, H, O, B, X: uniform(s + 3, B * I), labels, onehot, x: uniform(s + 1, I * H + H + H * O + O, 0.25) };
  },
  gmm(s) {
    const [d, K, N] = [2, 5, 1000];
    return { d, K, N, X: uniform(s + 3, N * d, 2), x: uniform(s + 1, K + K * d + (K * d * (d + 1)) / 2) };
  },
  ba(s) {
    const [cameras, points, observations] = [20, 200, 1000];
    const camera = Int32Array.from({ length: observations }, (_, i) => i % cameras);
    const point = Int32Array.from({ length: observations }, (_, i) => (7 * i + Math.floor(i / cameras)) % points);
    const base = [0, 0, 0, 0, 0, -4, 1, 0, 0, 0, 0];
    const scale = [0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.125, 0.125, 0.0625, 0.0625];
    const [ends, startOfWeights] = [11 * cameras, 11 * cameras + 3 * points];
    const x = uniform(s + 1, startOfWeights + observations).map((t, j) =>
      j < ends ? base[j % 11] + scale[j % 11] * t : j < startOfWeights ? t : 1 + 0.25 * t,
    );
    return { cameras, points, observations, camera, point, features: uniform(s + 3, 2 * observations, 0.5), x };
  },
  lj(s, size) {
    const N = +size;
    const m = Math.round(Math.cbrt(N));
    const cell = (p, c) => [Math.floor(p / (m * m)), Math.floor(p / m) % m, p % m][c];
    return { N, x: uniform(s + 1, 3 * N, 0.125).map((t, k) => 1.25 * cell(Math.floor(k / 3), k % 3) + t) };
  },
  helical: (s) => ({ x: around([-1, 0, 0], s + 1, 0.25) }),
  biggs(s) {
    const t = Float64Array.from({ length: 13 }, (_, i) => 0.1 * (i + 1));
    return {
      t,
      y: t.map((a) => Math.exp(-a) - 5 * Math.exp(-10 * a) + 3 * Math.exp(-4 * a)),
      x: around([1, 2, 1, 1, 1, 1], s + 1, 0.25),
    };
  },
  wood: (s) => ({ x: around([-3, -1, -3, -1], s + 1, 0.25) }),
  gp: (s, size) => ({
    N: +size,
    t: uniform(s + 3, +size, 3),
    y: uniform(s + 4, +size),
    x: around([0, -1, -1], s + 1, 0.25),
  }),
  bratu: (s, size) => ({ m: +size, h: 1 / (size - 1), lambda: 5, x: uniform(s + 1, size * size) }),
  minsurf: (s, size) => ({ m: +size, h: 1 / (size - 1), x: uniform(s + 1, size * size, 1 / 128) }),
  ode: (s) => ({
    ...{ steps: 200, dt: 0.05, start: [1, 0.5], observed: uniform(s + 3, 400).map((t) => 1 + 0.5 * t) },
    x: around([1, 0.75, 1.25, 0.5], s + 1, 0.125),
  }),
  lotka: (s, size) => ({
    ...{ steps: +size, dt: 0.05, start: [1, 0.5], observed: uniform(s + 3, 2 * size).map((t) => 1 + 0.5 * t) },
    x: around([1, 0.75, 1.25, 0.5], s + 1, 0.125),
  }),
  kalman: (s, size) => ({
    ...{ steps: +size, H: uniform(s + 4, 6), observed: uniform(s + 3, 2 * size) },
    x: around([0.8, 0.1, 0, -0.1, 0.8, 0.1, 0, 0, 0.7, -1, -1, -1, -1, -1], s + 1, 0.1),
  }),
  rnn(s) {
    const [steps, batch, I, H, O] = [50, 16, 8, 32, 4];
    const [X, Y] = [uniform(s + 3, steps * batch * I), uniform(s + 4, batch * O)];
    return { steps, batch, I, H, O, X, Y, x: uniform(s + 1, I * H + H * H + H + H * O + O, 0.3) };
  },
  lstm(s, size) {
    const [layers, b, characters] = [2, 14, +size];
    const sequence = uniform(s + 3, characters * b).map((t) => (t >= 0 ? 1 : 0));
    return {
      layers,
      b,
      characters,
      sequence,
      state: uniform(s + 4, 2 * layers * b),
      x: uniform(s + 1, 8 * layers * b + 3 * b),
    };
  },
  chain(s, sizes) {
    const [size, steps] = sizes.split("x").map(Number);
    return { size, steps, x: uniform(s + 1, size, 0.5).map((t) => 1 + t) };
  },
  logistic: (s, size) => ({ steps: +size, x: around([2.4, 0.5], s + 1, 0.05) }),
};

/**
 * Point `x`, direction `v`, their length `n` and the constant data of a workload. With `Real = Float32Array` all of
 * it is rounded to float32.
 */
export function inputs(id, Real = Float64Array) {
  const [name, size] = id.split("-");
  if (!makers[name]) throw new Error(`no workload ${id}`);
  const data = makers[name](seedOf(id), size);
  data.v = uniform(seedOf(id) + 2, data.x.length);
  if (Real !== Float64Array)
    for (const key in data) if (data[key] instanceof Float64Array) data[key] = Real.from(data[key]);
  return { id, name, n: data.x.length, Real, ...data };
}
