// The objectives in TensorFlow.js, float32.
export function objectivesIn(tf) {
  const T = (a, s) => tf.tensor(Float32Array.from(a), s ?? [a.length]),
    sq = (a) => a.mul(a),
    E = (x, i) => x.slice([i], [1]).reshape([]);

  // tf's own gradients of exp and tanh use the saved *output*, which tfjs 4.22 does not differentiate again: the second
  // derivative is silently wrong (tf.grad of tf.grad of x=>x.exp().mul(x.exp()).sum() is off by 2x). Re-derive from
  // the input instead.
  const exp = tf.customGrad((x, save) => {
    save([x]);
    return { value: tf.exp(x), gradFunc: (dy, [x]) => dy.mul(exp(x)) };
  });
  const tanh = tf.customGrad((x, save) => {
    save([x]);
    return {
      value: tf.tanh(x),
      gradFunc: (dy, [x]) => {
        const t = tanh(x);
        return dy.mul(tf.sub(1, t.mul(t)));
      },
    };
  });
  function make(D) {
    switch (D.name) {
      case "rosen2":
        return (x) => {
          const a = E(x, 0),
            b = E(x, 1);
          return sq(b.sub(sq(a)))
            .mul(100)
            .add(sq(tf.sub(1, a)));
        };
      case "rosen": {
        const n = D.n;
        return (x) => {
          const a = x.slice([1], [n - 1]),
            b = x.slice([0], [n - 1]);
          return sq(a.sub(sq(b)))
            .mul(100)
            .add(sq(tf.sub(1, b)))
            .sum();
        };
      }
      case "sinsum":
        return (x) => x.sin().sum();
      case "logreg": {
        const X = T(D.X, [D.N, D.d]),
          y = T(D.y);
        return (w) =>
          exp(
            tf
              .matMul(X, w.reshape([D.d, 1]))
              .reshape([D.N])
              .mul(y)
              .neg(),
          )
            .add(1)
            .log()
            .mean()
            .add(sq(w).sum().mul(0.5e-3));
      }
      case "mlp": {
        const { I, H, O, B } = D,
          X = T(D.X, [B, I]),
          oh = T(D.onehot, [B, O]),
          a = I * H,
          b = a + H,
          c = b + H * O;
        return (p) => {
          const z = tf
            .matMul(
              tanh(tf.matMul(X, p.slice([0], [a]).reshape([I, H])).add(p.slice([a], [H]))),
              p.slice([b], [H * O]).reshape([H, O]),
            )
            .add(p.slice([c], [O]));
          return exp(z).sum(1).log().sub(z.mul(oh).sum(1)).mean();
        };
      }
      case "gmm": {
        const { K, N } = D,
          X0 = T(
            D.X.filter((_, i) => i % 2 === 0),
            [N, 1],
          ),
          X1 = T(
            D.X.filter((_, i) => i % 2 === 1),
            [N, 1],
          );
        const kC = K * (8 * (-0.5 * Math.log(2)) - (0.5 * Math.log(Math.PI) + Math.log(Math.sqrt(Math.PI) / 2))),
          cst = -0.5 * N * 2 * Math.log(2 * Math.PI);
        return (p) => {
          const al = p.slice([0], [K]),
            mu = p.slice([K], [2 * K]).reshape([K, 2]),
            ic = p.slice([3 * K], [3 * K]).reshape([K, 3]),
            col = (m, j) => m.slice([0, j], [K, 1]).reshape([K]);
          const q0 = col(ic, 0),
            q1 = col(ic, 1),
            l = col(ic, 2),
            e0 = exp(q0),
            e1 = exp(q1),
            sk = q0.add(q1),
            c0 = X0.sub(col(mu, 0)),
            c1 = X1.sub(col(mu, 1)),
            y0 = c0.mul(e0),
            y1 = c1.mul(e1).add(c0.mul(l));
          const t = al.add(sk).sub(sq(y0).add(sq(y1)).mul(0.5)),
            w = sq(e0).add(sq(e1)).add(sq(l)).sum().mul(0.5).sub(sk.sum());
          return exp(t)
            .sum(1)
            .log()
            .sum()
            .sub(exp(al).sum().log().mul(N))
            .add(w)
            .add(cst - kC);
        };
      }
      case "lj": {
        const N = D.N,
          eye = tf.eye(N),
          off = tf.sub(1, eye);
        return (x) => {
          const P = x.reshape([N, 3]);
          let r = eye;
          for (let c = 0; c < 3; c++) {
            const q = P.slice([0, c], [N, 1]);
            r = r.add(sq(q.sub(q.reshape([1, N]))));
          }
          const s = tf.div(1, r),
            s3 = s.mul(s).mul(s);
          return sq(s3).sub(s3).mul(off).sum().mul(2);
        };
      }
      case "helical":
        return (x) => {
          const a = E(x, 0),
            b = E(x, 1),
            c = E(x, 2),
            th = b
              .div(a)
              .atan()
              .mul(1 / (2 * Math.PI))
              .add(0.5);
          return sq(c.sub(th.mul(10)).mul(10))
            .add(sq(sq(a).add(sq(b)).sqrt().sub(1).mul(10)))
            .add(sq(c));
        };
      case "biggs":
        return (x) => {
          const X = [0, 1, 2, 3, 4, 5].map((i) => E(x, i));
          let s = null;
          for (let i = 0; i < 13; i++) {
            const e = (j) => exp(X[j].mul(-D.t[i])),
              r = X[2]
                .mul(e(0))
                .sub(X[3].mul(e(1)))
                .add(X[5].mul(e(4)))
                .sub(D.y[i]);
            s = s ? s.add(sq(r)) : sq(r);
          }
          return s;
        };
      case "wood":
        return (x) => {
          const [a, b, c, d] = [0, 1, 2, 3].map((i) => E(x, i));
          return sq(b.sub(sq(a)))
            .mul(100)
            .add(sq(tf.sub(1, a)))
            .add(sq(d.sub(sq(c))).mul(90))
            .add(sq(tf.sub(1, c)))
            .add(sq(b.add(d).sub(2)).mul(10))
            .add(sq(b.sub(d)).mul(0.1));
        };
      case "bratu": {
        const { m, h, lam } = D;
        return (x) => {
          const u = x.reshape([m, m]),
            a = u.slice([1, 0], [m - 1, m]).sub(u.slice([0, 0], [m - 1, m])),
            b = u.slice([0, 1], [m, m - 1]).sub(u.slice([0, 0], [m, m - 1]));
          return sq(a)
            .sum()
            .add(sq(b).sum())
            .mul(0.5)
            .sub(
              exp(u)
                .sum()
                .mul(lam * h * h),
            );
        };
      }
      case "minsurf": {
        const { m, h } = D;
        return (x) => {
          const u = x.reshape([m, m]),
            s = [m - 1, m - 1],
            o = u.slice([0, 0], s),
            a = u
              .slice([1, 0], s)
              .sub(o)
              .mul(1 / h),
            b = u
              .slice([0, 1], s)
              .sub(o)
              .mul(1 / h);
          return sq(a)
            .add(sq(b))
            .add(1)
            .sqrt()
            .sum()
            .mul(h * h);
        };
      }
      case "ode": {
        const dt = D.dt;
        return (p) => {
          const [a, b, c, d] = [0, 1, 2, 3].map((i) => E(p, i)),
            rhs = (x, y) => {
              const t = x.mul(y);
              return [a.mul(x).sub(b.mul(t)), d.mul(t).sub(c.mul(y))];
            };
          let x = tf.scalar(1),
            y = tf.scalar(0.5),
            s = null;
          for (let i = 0; i < D.T; i++) {
            const k1 = rhs(x, y),
              st = (k, h) => rhs(x.add(k[0].mul(h)), y.add(k[1].mul(h))),
              k2 = st(k1, dt / 2),
              k3 = st(k2, dt / 2),
              k4 = st(k3, dt),
              up = (j) =>
                k1[j]
                  .add(k2[j].mul(2))
                  .add(k3[j].mul(2))
                  .add(k4[j])
                  .mul(dt / 6);
            x = x.add(up(0));
            y = y.add(up(1));
            const e = sq(x.sub(D.obs[2 * i])).add(sq(y.sub(D.obs[2 * i + 1])));
            s = s ? s.add(e) : e;
          }
          return s.mul(1 / D.T);
        };
      }
    }
    throw new Error("not attempted in tfjs (" + D.name + ")");
  }
  return { make, T };
}
