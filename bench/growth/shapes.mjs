// What grows. Each shape is a function of a size that returns { f, x, data }: an objective written as a user writes
// it, with loops that the trace unrolls. `nodes` shapes have about that many nodes in the graph of f; `n` shapes have
// a small graph and long arrays.
import {
  add,
  at,
  concat,
  div,
  exp,
  logsumexp,
  matmul,
  mul,
  reshape,
  sigmoid,
  sin,
  slice,
  softplus,
  square,
  stack,
  sub,
  sum,
  tanh,
} from "../../src/index.ts";

/** Numbers between -1 and 1 without a pattern that local algebra could use. */
export const spread = (n, seed = 1) =>
  Float64Array.from({ length: n }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed));

export const nodes = {
  /** A pendulum by classical Runge–Kutta steps on scalars: one long chain of straight-line code. */
  "scalar chain (RK4)"(size) {
    const h = 0.01;
    const slope = (q, p) => [p, sub(mul(-1, sin(q)), mul(0.1, p))];
    const f = (x) => {
      let [q, p] = [at(x, 0), at(x, 1)];
      for (let step = 0; step < size / 38; step++) {
        const [a, b] = slope(q, p);
        const [c, d] = slope(add(q, mul(h / 2, a)), add(p, mul(h / 2, b)));
        const [k, l] = slope(add(q, mul(h / 2, c)), add(p, mul(h / 2, d)));
        const [r, s] = slope(add(q, mul(h, k)), add(p, mul(h, l)));
        q = add(q, mul(h / 6, add(add(a, mul(2, c)), add(mul(2, k), r))));
        p = add(p, mul(h / 6, add(add(b, mul(2, d)), add(mul(2, l), s))));
      }
      return add(square(q), square(p));
    };
    return { f, x: spread(2) };
  },

  /** One vector expression with very many operations: one loop. */
  "vector chain"(size) {
    const f = (x) => {
      let y = x;
      for (let k = 0; k < size / 6; k++) y = sub(mul(0.5 + 0.5 / (k + 2), y), mul(0.1, square(y)));
      return sum(y);
    };
    return { f, x: spread(64) };
  },

  /** A recurrent network: a matrix product and a nonlinearity per step. */
  "recurrent net"(size) {
    const [n, W] = [16, { data: spread(256).map((w) => w / 4), shape: [16, 16] }];
    const f = (x) => {
      let h = x;
      for (let step = 0; step < size / 3; step++) h = tanh(add(matmul(W, h), mul(0.1, x)));
      return sum(square(h));
    };
    return { f, x: spread(n) };
  },

  /** Explicit steps of a nonlinear diffusion equation: shifted slices and fixed ends. */
  "stencil steps"(size) {
    const f = (x) => {
      let u = x;
      for (let step = 0; step < size / 10; step++) {
        const [left, middle, right] = [slice(u, [0, -2]), slice(u, [1, -1]), slice(u, [2])];
        const flow = add(sub(left, mul(2, middle)), right);
        u = concat([slice(u, [0, 1]), add(middle, mul(0.1, mul(flow, add(1, square(middle))))), slice(u, [-1])]);
      }
      return sum(square(u));
    };
    return { f, x: spread(64) };
  },

  /** Many scalar terms, each of a few of many variables, added one by one. */
  "independent terms"(size) {
    const n = Math.max(4, Math.round(size / 8));
    const f = (x) => {
      let y = 0;
      for (let k = 0; k + 1 < n; k++) {
        const [a, b] = [at(x, k), at(x, k + 1)];
        y = add(y, mul(square(sub(b, sin(a))), add(1 + k / n, exp(mul(-1, a)))));
      }
      return y;
    };
    return { f, x: spread(n) };
  },

  /** Many reductions of one vector. */
  "many reductions"(size) {
    const f = (x) => {
      let y = 0;
      for (let k = 0; k < size / 4; k++) y = add(y, sum(sin(mul(1 + k / 1000, x))));
      return y;
    };
    return { f, x: spread(64) };
  },

  /** Scalars that are put together to a vector, which is worked on as a whole. */
  "stack of scalars"(size) {
    const n = Math.max(4, Math.round(size / 4));
    const f = (x) => {
      const parts = Array.from({ length: n - 1 }, (_, k) => mul(at(x, k), sin(at(x, k + 1))));
      return sum(square(stack(parts)));
    };
    return { f, x: spread(n) };
  },

  /** Many short vectors that are put together: pieces of different lengths. */
  "concat of pieces"(size) {
    const count = Math.max(2, Math.round(size / 4));
    const f = (x) => {
      const parts = Array.from({ length: count }, (_, k) => sin(mul(1 + k / 1000, slice(x, [k % 7, 12 + (k % 3)]))));
      const all = concat(parts);
      return sum(mul(all, square(all)));
    };
    return { f, x: spread(16) };
  },

  /** One long chain of one function of scalars. */
  "chain of sines"(size) {
    const f = (x) => {
      let y = at(x, 0);
      for (let k = 0; k < size; k++) y = sin(y);
      return y;
    };
    return { f, x: Float64Array.of(1.1) };
  },

  /** Single elements, added one by one. */
  "sum of elements"(size) {
    const n = Math.max(4, Math.round(size / 3));
    const f = (x) => {
      let y = 0;
      for (let k = 0; k < n; k++) y = add(y, square(at(x, k)));
      return y;
    };
    return { f, x: spread(n) };
  },

  /** Slices of one element, products of neighbours, put together. */
  "concat of products"(size) {
    const n = Math.max(4, Math.round(size / 2));
    const f = (x) => {
      const parts = Array.from({ length: n }, (_, k) =>
        mul(slice(x, [k, k + 1]), slice(x, [(k + 1) % n, ((k + 1) % n) + 1])),
      );
      return sum(square(concat(parts)));
    };
    return { f, x: spread(n) };
  },

  /** Single elements, put together in another order. */
  "stack of elements"(size) {
    const n = Math.max(4, Math.round(size));
    const f = (x) => sum(sin(mul(stack(Array.from({ length: n }, (_, k) => at(x, (7 * k) % n))), x)));
    return { f, x: spread(n) };
  },

  /** Products of 3 x 3 matrices: rotations that follow each other. */
  "small matrices"(size) {
    const n = Math.max(2, Math.round(size / 24));
    const f = (x) => {
      let R = { data: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), shape: [3, 3] };
      for (let k = 0; k < n; k++) {
        const [a, b, c] = [at(x, k % 7), at(x, (k + 1) % 7), at(x, (k + 2) % 7)];
        const t = 0.1 + k / (100 * n);
        const step = stack([
          stack([1, mul(-t, c), mul(t, b)]),
          stack([mul(t, c), 1, mul(-t, a)]),
          stack([mul(-t, b), mul(t, a), 1]),
        ]);
        R = tanh(matmul(R, step));
      }
      return sum(square(R));
    };
    return { f, x: spread(7) };
  },

  /** The cells of a long short-term memory, one unrolled step after another. */
  "unrolled LSTM"(size) {
    const n = 8;
    const f = (x) => {
      const W = reshape(x, [4 * n, n]);
      let [h, c] = [
        { data: spread(n, 3), shape: [n] },
        { data: spread(n, 4), shape: [n] },
      ];
      for (let step = 0; step < size / 16; step++) {
        const z = add(matmul(W, h), Math.sin(step));
        const [i, o, g, q] = [0, 1, 2, 3].map((k) => slice(z, [k * n, (k + 1) * n]));
        c = add(mul(sigmoid(i), c), mul(sigmoid(o), tanh(g)));
        h = mul(sigmoid(q), tanh(c));
      }
      return sum(square(h));
    };
    return { f, x: spread(4 * n * n) };
  },

  /** Many short arrays of data, each met once. */
  "captured arrays"(size) {
    const data = Array.from({ length: Math.max(1, Math.round(size / 5)) }, (_, k) => spread(12, k + 2));
    const f = (x) => {
      let y = 0;
      for (const d of data) y = add(y, sum(square(sub(x, d))));
      return y;
    };
    return { f, x: spread(12) };
  },
};

export const lengths = {
  "sum(sin)": (n) => ({ f: (x) => sum(sin(x)), x: spread(n) }),
  rosenbrock: (n) => ({
    f(x) {
      const [a, b] = [slice(x, [0, -1]), slice(x, [1])];
      return sum(add(mul(100, square(sub(b, square(a)))), square(sub(1, a))));
    },
    x: spread(n),
  }),
  /** n numbers of data: rows of 20. */
  "logistic rows"(n) {
    const rows = Math.max(1, Math.round(n / 20));
    const Z = { data: spread(rows * 20), shape: [rows, 20] };
    return { f: (w) => add(sum(softplus(matmul(Z, w))), mul(0.5, sum(square(w)))), x: spread(20) };
  },
  softmax: (n) => ({ f: (x) => add(logsumexp(x), div(sum(square(x)), n)), x: spread(n) }),
};
