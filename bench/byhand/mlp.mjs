// The perceptron by hand: forward pass, backward pass, and the tangents of both. Matrix products are triple loops
// with the innermost one along rows, four rows of the left factor at a time.

/** C (+)= A B, A given by its strides: (i, k) at a + i * si + k * sk. */
function product(C, c, A, a, si, sk, B, b, rows, inner, columns, keep) {
  for (let i = 0; i < rows; i++) {
    const to = c + i * columns;
    if (!keep) for (let j = 0; j < columns; j++) C[to + j] = 0;
    let k = 0;
    for (; k + 4 <= inner; k += 4) {
      const from = a + i * si + k * sk;
      const [a0, a1, a2, a3] = [A[from], A[from + sk], A[from + 2 * sk], A[from + 3 * sk]];
      const [b0, b1, b2, b3] = [b + k * columns, b + (k + 1) * columns, b + (k + 2) * columns, b + (k + 3) * columns];
      for (let j = 0; j < columns; j++)
        C[to + j] += a0 * B[b0 + j] + a1 * B[b1 + j] + (a2 * B[b2 + j] + a3 * B[b3 + j]);
    }
    for (; k < inner; k++) {
      const t = A[a + i * si + k * sk];
      for (let j = 0; j < columns; j++) C[to + j] += t * B[b + k * columns + j];
    }
  }
}

export function mlp({ I, H, O, B, X, labels, Real }) {
  const [w1, b1, w2, b2] = [0, I * H, I * H + H, I * H + H + H * O]; // where the parts of the parameters begin
  const n = b2 + O;
  const array = (size) => new Real(size);
  /**
   * What a point determines: activations h, softmax z, and the transposed W2; G and δ = (z - onehot)/B from the
   * backward pass.
   */
  const state = () => ({ h: array(B * H), z: array(B * O), delta: array(B * O), G: array(B * H), W2t: array(O * H) });
  const own = state();
  const [dh, dz, dG, V2t] = [array(B * H), array(B * O), array(B * H), array(O * H)];
  const transpose = (T, p) => {
    for (let j = 0; j < H; j++) for (let o = 0; o < O; o++) T[o * H + j] = p[w2 + j * O + o];
  };

  function forward({ h, z }, p) {
    product(h, 0, X, 0, I, 1, p, w1, B, I, H);
    for (let i = 0; i < B; i++) for (let j = 0; j < H; j++) h[i * H + j] = Math.tanh(h[i * H + j] + p[b1 + j]);
    product(z, 0, h, 0, H, 1, p, w2, B, H, O);
    let loss = 0;
    for (let i = 0; i < B; i++) {
      let top = Number.NEGATIVE_INFINITY;
      for (let o = 0; o < O; o++) top = Math.max(top, (z[i * O + o] += p[b2 + o]));
      loss -= z[i * O + labels[i]] - top;
      let s = 0;
      for (let o = 0; o < O; o++) s += z[i * O + o] = Math.exp(z[i * O + o] - top);
      for (let o = 0; o < O; o++) z[i * O + o] /= s;
      loss += Math.log(s);
    }
    return loss / B;
  }
  function backward({ z, delta, G, W2t }, p) {
    transpose(W2t, p);
    for (let i = 0; i < B; i++) for (let o = 0; o < O; o++) delta[i * O + o] = (z[i * O + o] - +(o === labels[i])) / B;
    product(G, 0, delta, 0, O, 1, W2t, 0, B, O, H);
  }
  /** Sums of the columns of a rows × columns array, into out from `at` on. */
  const columnSums = (out, at, a, columns) => {
    for (let j = 0; j < columns; j++) out[at + j] = 0;
    for (let i = 0; i < B; i++) for (let j = 0; j < columns; j++) out[at + j] += a[i * columns + j];
  };
  /** The tangents of the backward pass, given what belongs to the point. */
  function tangents({ h, z, delta, G, W2t }, p, v, out) {
    product(dh, 0, X, 0, I, 1, v, w1, B, I, H);
    for (let i = 0; i < B; i++)
      for (let j = 0; j < H; j++) dh[i * H + j] = (dh[i * H + j] + v[b1 + j]) * (1 - h[i * H + j] * h[i * H + j]);
    product(dz, 0, dh, 0, H, 1, p, w2, B, H, O);
    product(dz, 0, h, 0, H, 1, v, w2, B, H, O, true);
    for (let i = 0; i < B; i++) {
      let mean = 0;
      for (let o = 0; o < O; o++) mean += z[i * O + o] * (dz[i * O + o] += v[b2 + o]);
      for (let o = 0; o < O; o++) dz[i * O + o] = (z[i * O + o] * (dz[i * O + o] - mean)) / B;
    }
    columnSums(out, b2, dz, O);
    product(out, w2, h, 0, 1, H, dz, 0, H, B, O);
    product(out, w2, dh, 0, 1, H, delta, 0, H, B, O, true);
    transpose(V2t, v);
    product(dG, 0, dz, 0, O, 1, W2t, 0, B, O, H);
    product(dG, 0, delta, 0, O, 1, V2t, 0, B, O, H, true);
    for (let k = 0; k < B * H; k++) dG[k] = dG[k] * (1 - h[k] * h[k]) - 2 * G[k] * h[k] * dh[k];
    columnSums(out, b1, dG, H);
    product(out, w1, X, 0, 1, I, dG, 0, I, B, H);
    return out;
  }

  return {
    value: (p) => forward(own, p),
    grad(p, out = array(n)) {
      forward(own, p);
      backward(own, p);
      const { h, delta, G } = own;
      columnSums(out, b2, delta, O);
      product(out, w2, h, 0, 1, H, delta, 0, H, B, O);
      for (let k = 0; k < B * H; k++) G[k] *= 1 - h[k] * h[k];
      columnSums(out, b1, G, H);
      product(out, w1, X, 0, 1, I, G, 0, I, B, H);
      return out;
    },
    hvp(p, v, out = array(n)) {
      forward(own, p);
      backward(own, p);
      return tangents(own, p, v, out);
    },
    at(p) {
      const kept = state();
      const point = p.slice();
      forward(kept, point);
      backward(kept, point);
      return { hvp: (v, out = array(n)) => tangents(kept, point, v, out) };
    },
  };
}
