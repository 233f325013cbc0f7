// The objectives in jax-js. Values are reference counted: `.ref` takes another reference, every other use consumes one.

/** @returns {(D: object) => Function} `whole`: matrix products as such, for the perceptron. */
export function objectivesIn(jax, whole) {
  const { numpy: np, lax } = jax;
  const DT = np.float64;
  const TA = Float64Array;
  const A = (a, shape) => {
    const r = np.array(a instanceof TA ? a : TA.from(a), { dtype: DT });
    return shape ? r.reshape(shape) : r;
  };
  const sc = (c) => np.array(c, { dtype: DT });
  const sq = (a) => a.ref.mul(a);
  // jit(jvp(grad f)) of np.dot and np.matmul gives wrong products in jax-js 0.1.25 (eager is right): contractions are
  // written as broadcast, multiply, sum, which jit fuses into the same kind of kernel; the perceptron is not compiled
  // as a whole instead.
  const mm = (a, b) => {
    if (whole) return np.matmul(a, b);
    const [p, q] = a.shape,
      r = b.shape[1];
    return a
      .reshape([p, 1, q])
      .mul(np.transpose(b).reshape([1, r, q]))
      .sum(2);
  };
  const mv = (a, b) => a.mul(b).sum(1);
  // nn.logsumexp / np.logaddexp use stopGradient(max), which jit+jvp gets wrong too; plain forms are safe for these
  // inputs
  const LSE = (z, ax) => np.log(np.exp(z).sum(ax));
  const softplus = (z) => np.log(np.exp(z).add(1));

  function make(D) {
    switch (D.name) {
      case "rosen2":
        return (x) => {
          const a = x.ref.slice(0),
            b = x.slice(1);
          return sq(b.sub(sq(a.ref)))
            .mul(100)
            .add(sq(sc(1).sub(a)));
        };
      case "rosen": {
        const n = D.n;
        return (x) => {
          const a = x.ref.slice([1, n]),
            b = x.slice([0, n - 1]);
          return sq(a.sub(sq(b.ref)))
            .mul(100)
            .add(sq(sc(1).sub(b)))
            .sum();
        };
      }
      case "sinsum":
        return (x) => np.sin(x).sum();
      case "logreg": {
        const X = A(D.X, [D.N, D.d]),
          y = A(D.y);
        return (w) => {
          const z = mv(X.ref, w.ref).mul(y.ref).neg();
          return softplus(z).mean().add(sq(w).sum().mul(0.5e-3));
        };
      }
      case "mlp": {
        const { I, H, O, B } = D,
          X = A(D.X, [B, I]),
          oh = A(D.onehot, [B, O]);
        return (p) => {
          const a = I * H,
            b = a + H,
            c = b + H * O;
          const W1 = p.ref.slice([0, a]).reshape([I, H]),
            b1 = p.ref.slice([a, b]),
            W2 = p.ref.slice([b, c]).reshape([H, O]),
            b2 = p.slice([c, c + O]);
          const z = mm(np.tanh(mm(X.ref, W1).add(b1)), W2).add(b2);
          return LSE(z.ref, 1).sub(z.mul(oh.ref).sum(1)).mean();
        };
      }
      case "gmm": {
        const { d, K, N, gamma: ga, m } = D,
          X0 = A(
            D.X.filter((_, i) => i % 2 === 0),
            [N, 1],
          ),
          X1 = A(
            D.X.filter((_, i) => i % 2 === 1),
            [N, 1],
          );
        const nn4 = d + m + 1,
          lnG2 = 0.5 * Math.log(Math.PI) + 0 + Math.log(Math.sqrt(Math.PI) / 2);
        const kC = K * (nn4 * d * (Math.log(ga) - 0.5 * Math.log(2)) - lnG2),
          cst = -0.5 * N * d * Math.log(2 * Math.PI);
        return (p) => {
          const al = p.ref.slice([0, K]),
            mu = p.ref.slice([K, 3 * K]).reshape([K, 2]),
            icf = p.slice([3 * K, 6 * K]).reshape([K, 3]);
          const q = icf.ref.slice([], [0, 2]),
            l = icf.slice([], 2),
            eq = np.exp(q.ref),
            sqk = q.sum(1);
          const c0 = X0.ref.sub(mu.ref.slice([], 0)),
            c1 = X1.ref.sub(mu.slice([], 1));
          const y0 = c0.ref.mul(eq.ref.slice([], 0)),
            y1 = c1.mul(eq.ref.slice([], 1)).add(c0.mul(l.ref));
          const t = al.ref.add(sqk.ref).sub(sq(y0).add(sq(y1)).mul(0.5));
          const wish = sq(eq)
            .sum()
            .add(sq(l).sum())
            .mul(0.5 * ga * ga)
            .sub(sqk.sum().mul(m))
            .sub(sc(kC));
          return LSE(t, 1).sum().sub(LSE(al).mul(N)).add(wish).add(sc(cst));
        };
      }
      case "ba": {
        const { nc, npt, no } = D,
          ci = np.array(D.ci),
          pi = np.array(D.pi),
          feat = A(D.feat, [no, 2]),
          f0 = feat.ref.slice([], 0),
          f1 = feat.slice([], 1);
        return (p) => {
          const cam = p.ref
              .slice([0, 11 * nc])
              .reshape([nc, 11])
              .slice(ci.ref),
            X = p.ref
              .slice([11 * nc, 11 * nc + 3 * npt])
              .reshape([npt, 3])
              .slice(pi.ref),
            w = p.slice([11 * nc + 3 * npt, 11 * nc + 3 * npt + no]);
          const C = (j) => cam.ref.slice([], j);
          const r = [C(0), C(1), C(2)],
            x = [0, 1, 2].map((j) => X.ref.slice([], j).sub(C(3 + j)));
          const th = np.sqrt(sq(r[0].ref).add(sq(r[1].ref)).add(sq(r[2].ref))),
            c = np.cos(th.ref),
            s = np.sin(th.ref);
          const k = r.map((a) => a.div(th.ref));
          const tmp = k[0].ref
            .mul(x[0].ref)
            .add(k[1].ref.mul(x[1].ref))
            .add(k[2].ref.mul(x[2].ref))
            .mul(sc(1).sub(c.ref));
          const Y = [0, 1, 2].map((j) => {
            const a = (j + 1) % 3,
              b = (j + 2) % 3;
            return x[j].ref
              .mul(c.ref)
              .add(k[a].ref.mul(x[b].ref).sub(k[b].ref.mul(x[a].ref)).mul(s.ref))
              .add(k[j].ref.mul(tmp.ref));
          });
          const u = Y[0].div(Y[2].ref),
            v = Y[1].div(Y[2]),
            r2 = sq(u.ref).add(sq(v.ref));
          const L = sc(1)
            .add(C(9).mul(r2.ref))
            .add(C(10).mul(sq(r2)))
            .mul(C(6));
          const e0 = w.ref.mul(u.mul(L.ref).add(C(7)).sub(f0.ref)),
            e1 = w.ref.mul(v.mul(L).add(C(8)).sub(f1.ref));
          return sq(e0)
            .sum()
            .add(sq(e1).sum())
            .add(sq(sc(1).sub(sq(w))).sum());
        };
      }
      case "lj": {
        const N = D.N,
          eye = np.eye(N, N, { dtype: DT }),
          off = sc(1).sub(eye.ref);
        return (x) => {
          const P = x.reshape([N, 3]),
            d = P.ref.reshape([N, 1, 3]).sub(P.reshape([1, N, 3]));
          const s = sc(1).div(sq(d).sum(2).add(eye.ref)),
            s3 = s.ref.mul(s.ref).mul(s);
          return sq(s3.ref).sub(s3).mul(off.ref).sum().mul(2);
        };
      }
      case "helical":
        return (x) => {
          const a = x.ref.slice(0),
            b = x.ref.slice(1),
            c = x.slice(2);
          const th = np
            .atan(b.ref.div(a.ref))
            .mul(1 / (2 * Math.PI))
            .add(np.where(a.ref.greater(0), sc(0), sc(0.5)));
          return sq(c.ref.sub(th.mul(10)).mul(10))
            .add(
              sq(
                np
                  .sqrt(sq(a).add(sq(b)))
                  .sub(1)
                  .mul(10),
              ),
            )
            .add(sq(c));
        };
      case "biggs":
        return (x) => {
          const X = [0, 1, 2, 3, 4, 5].map((i) => x.ref.slice(i));
          let s = null;
          for (let i = 0; i < 13; i++) {
            const e = (j) => np.exp(X[j].ref.mul(-D.t[i])),
              r = X[2].ref
                .mul(e(0))
                .sub(X[3].ref.mul(e(1)))
                .add(X[5].ref.mul(e(4)))
                .sub(sc(D.y[i]));
            s = s ? s.add(sq(r)) : sq(r);
          }
          return s;
        };
      case "wood":
        return (x) => {
          const [a, b, c, d] = [0, 1, 2, 3].map((i) => x.ref.slice(i));
          return sq(b.ref.sub(sq(a.ref)))
            .mul(100)
            .add(sq(sc(1).sub(a)))
            .add(sq(d.ref.sub(sq(c.ref))).mul(90))
            .add(sq(sc(1).sub(c)))
            .add(sq(b.ref.add(d.ref).sub(2)).mul(10))
            .add(sq(b.sub(d)).mul(0.1));
        };
      case "gp": {
        const N = D.N,
          R2 = new Float64Array(N * N);
        for (let i = 0; i < N; i++) for (let j = 0; j < N; j++) R2[i * N + j] = (D.t[i] - D.t[j]) ** 2;
        const R = A(R2, [N, N]),
          I = np.eye(N, N, { dtype: DT }),
          y = A(D.y, [N, 1]);
        return (th) => {
          const a = th.ref.slice(0),
            b = th.ref.slice(1),
            c = th.slice(2);
          const K = np
            .exp(a.mul(2))
            .mul(np.exp(R.ref.mul(np.exp(b.mul(-2))).mul(-0.5)))
            .add(np.exp(c.mul(2)).mul(I.ref));
          const L = np.linalg.cholesky(K),
            z = lax.linalg.triangularSolve(L.ref, y.ref, { leftSide: true, lower: true });
          return sq(z)
            .sum()
            .mul(0.5)
            .add(np.log(L.diagonal()).sum())
            .add(sc(0.5 * N * Math.log(2 * Math.PI)));
        };
      }
      case "bratu": {
        const { m, h, lam } = D;
        return (x) => {
          const u = x.reshape([m, m]),
            a = u.ref.slice([1, m]).sub(u.ref.slice([0, m - 1])),
            b = u.ref.slice([], [1, m]).sub(u.ref.slice([], [0, m - 1]));
          return sq(a)
            .sum()
            .add(sq(b).sum())
            .mul(0.5)
            .sub(
              np
                .exp(u)
                .sum()
                .mul(lam * h * h),
            );
        };
      }
      case "minsurf": {
        const { m, h } = D;
        return (x) => {
          const u = x.reshape([m, m]),
            o = u.ref.slice([0, m - 1], [0, m - 1]),
            a = u.ref
              .slice([1, m], [0, m - 1])
              .sub(o.ref)
              .mul(1 / h),
            b = u
              .slice([0, m - 1], [1, m])
              .sub(o)
              .mul(1 / h);
          return np
            .sqrt(sc(1).add(sq(a)).add(sq(b)))
            .sum()
            .mul(h * h);
        };
      }
      case "ode": {
        // no scan in jax-js 0.1.25: unrolled
        const T = D.T,
          dt = D.dt;
        return (p) => {
          const [a, b, c, d] = [0, 1, 2, 3].map((i) => p.ref.slice(i));
          const rhs = (x, y) => {
            const xy = x.ref.mul(y.ref);
            return [a.ref.mul(x).sub(b.ref.mul(xy.ref)), d.ref.mul(xy).sub(c.ref.mul(y))];
          };
          let x = sc(D.y0[0]),
            y = sc(D.y0[1]),
            s = null;
          for (let i = 0; i < T; i++) {
            const k1 = rhs(x.ref, y.ref),
              st = (k, h) => rhs(x.ref.add(k[0].ref.mul(h)), y.ref.add(k[1].ref.mul(h)));
            const k2 = st(k1, dt / 2),
              k3 = st(k2, dt / 2),
              k4 = st(k3, dt);
            const up = (j) =>
              k1[j]
                .add(k2[j].mul(2))
                .add(k3[j].mul(2))
                .add(k4[j])
                .mul(dt / 6);
            x = x.add(up(0));
            y = y.add(up(1));
            const e = sq(x.ref.sub(D.obs[2 * i])).add(sq(y.ref.sub(D.obs[2 * i + 1])));
            s = s ? s.add(e) : e;
          }
          return s.mul(1 / T);
        };
      }
    }
  }
  return { make, A };
}
