"""JAX on one thread: jit of value, gradient, forward over reverse, and of the linear map at a point."""
import os, sys, time
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
import numpy as np
import jax, jax.numpy as jnp
import common as C
from jax_loops import LOOPS
jax.config.update("jax_enable_x64", True)
jax.config.update("jax_cpu_enable_async_dispatch", False)  # no hand-off to the dispatch thread: JAX's best for small problems


def make(D):
    nm = D["name"]
    if nm == "rosen2":
        return lambda x: 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2
    if nm == "rosen":
        return lambda x: jnp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)
    if nm == "sinsum":
        return lambda x: jnp.sum(jnp.sin(x))
    if nm == "logreg":
        X, y = jnp.array(D["X"]), jnp.array(D["y"])
        return lambda w: jnp.mean(jnp.logaddexp(0., -y * (X @ w))) + 0.5e-3 * jnp.dot(w, w)
    if nm == "mlp":
        I, H, O = D["I"], D["H"], D["O"]; X, oh = jnp.array(D["X"]), jnp.array(D["onehot"])
        def f(p):
            a = I * H; W1 = p[:a].reshape(I, H); b1 = p[a:a + H]; a += H
            W2 = p[a:a + H * O].reshape(H, O); b2 = p[a + H * O:]
            z = jnp.tanh(X @ W1 + b1) @ W2 + b2
            return jnp.mean(jax.scipy.special.logsumexp(z, axis=1) - jnp.sum(z * oh, axis=1))
        return f
    if nm == "gmm":
        d, K, N, ga, m = D["d"], D["K"], D["N"], D["gamma"], D["m"]; X = jnp.array(D["X"])
        const, kC = C.gmm_consts(D)
        def f(p):
            al = p[:K]; mu = p[K:K + K * d].reshape(K, d); icf = p[K + K * d:].reshape(K, -1)
            q, l = icf[:, :d], icf[:, d:]
            eq = jnp.exp(q); sq = q.sum(1)
            c = X[:, None, :] - mu[None]                      # N,K,2
            y0 = eq[:, 0] * c[..., 0]; y1 = eq[:, 1] * c[..., 1] + l[:, 0] * c[..., 0]
            t = al + sq - 0.5 * (y0 * y0 + y1 * y1)
            wish = 0.5 * ga * ga * (jnp.sum(eq * eq) + jnp.sum(l * l)) - m * jnp.sum(sq) - kC
            lse = jax.scipy.special.logsumexp
            return const + lse(t, axis=1).sum() - N * lse(al) + wish
        return f
    if nm == "ba":
        nc, npt, ci, pi, feat = D["nc"], D["npt"], D["ci"], D["pi"], jnp.array(D["feat"])
        def f(p):
            cam = p[:11 * nc].reshape(nc, 11)[ci]; X = p[11 * nc:11 * nc + 3 * npt].reshape(npt, 3)[pi]
            w = p[11 * nc + 3 * npt:]
            r = cam[:, :3]; X = X - cam[:, 3:6]
            th2 = jnp.sum(r * r, 1); th = jnp.sqrt(th2); c, s = jnp.cos(th), jnp.sin(th)
            k = r / th[:, None]
            tmp = jnp.sum(k * X, 1) * (1 - c)
            Y = X * c[:, None] + jnp.cross(k, X) * s[:, None] + k * tmp[:, None]
            u = Y[:, :2] / Y[:, 2:3]
            r2 = jnp.sum(u * u, 1); L = 1 + cam[:, 9] * r2 + cam[:, 10] * r2 * r2
            e = w[:, None] * (u * L[:, None] * cam[:, 6:7] + cam[:, 7:9] - feat)
            return jnp.sum(e * e) + jnp.sum((1 - w * w) ** 2)
        return f
    if nm == "lj":
        N = D["N"]; eye = jnp.eye(N)
        if N > 100:  # per-coordinate form: 1.8x faster than [N,N,3] at N=512 (slower at N=64)
            def f(x):
                P = x.reshape(N, 3); r = eye
                for c in range(3): q = P[:, c]; t = q[:, None] - q[None]; r = r + t * t
                s = 1.0 / r; s3 = s * s * s
                return 2.0 * jnp.sum((s3 * s3 - s3) * (1 - eye))
            return f
        def f(x):
            P = x.reshape(N, 3); dd = P[:, None, :] - P[None]
            s = 1.0 / (jnp.sum(dd * dd, -1) + eye); s3 = s * s * s
            return 2.0 * jnp.sum((s3 * s3 - s3) * (1 - eye))
        return f
    if nm == "helical":
        def f(x):
            th = jnp.arctan(x[1] / x[0]) / (2 * jnp.pi) + jnp.where(x[0] > 0, 0.0, 0.5)
            return (10 * (x[2] - 10 * th)) ** 2 + (10 * (jnp.sqrt(x[0] ** 2 + x[1] ** 2) - 1)) ** 2 + x[2] ** 2
        return f
    if nm == "biggs":
        t, y = [float(a) for a in D["t"]], [float(a) for a in D["y"]]
        def f(x):
            s = 0.
            for ti, yi in zip(t, y):
                r = x[2] * jnp.exp(-ti * x[0]) - x[3] * jnp.exp(-ti * x[1]) + x[5] * jnp.exp(-ti * x[4]) - yi
                s = s + r * r
            return s
        return f
    if nm == "wood":
        def f(x):
            a, b, c, d = x[0], x[1], x[2], x[3]
            return 100 * (b - a ** 2) ** 2 + (1 - a) ** 2 + 90 * (d - c ** 2) ** 2 + (1 - c) ** 2 + 10 * (b + d - 2) ** 2 + 0.1 * (b - d) ** 2
        return f
    if nm == "gp":
        t, y, N = jnp.array(D["t"]), jnp.array(D["y"]), D["N"]
        R2 = (t[:, None] - t[None]) ** 2; I = jnp.eye(N)
        def f(th):
            K = jnp.exp(2 * th[0]) * jnp.exp(-0.5 * R2 * jnp.exp(-2 * th[1])) + jnp.exp(2 * th[2]) * I
            L = jnp.linalg.cholesky(K)
            z = jax.scipy.linalg.solve_triangular(L, y, lower=True)
            return 0.5 * jnp.dot(z, z) + jnp.sum(jnp.log(jnp.diagonal(L))) + 0.5 * N * np.log(2 * np.pi)
        return f
    if nm == "bratu":
        m, h, lam = D["m"], D["h"], D["lam"]
        def f(x):
            u = x.reshape(m, m); a = u[1:] - u[:-1]; b = u[:, 1:] - u[:, :-1]
            return 0.5 * (jnp.sum(a * a) + jnp.sum(b * b)) - lam * h * h * jnp.sum(jnp.exp(u))
        return f
    if nm == "minsurf":
        m, h = D["m"], D["h"]
        def f(x):
            u = x.reshape(m, m); a = (u[1:, :-1] - u[:-1, :-1]) / h; b = (u[:-1, 1:] - u[:-1, :-1]) / h
            return h * h * jnp.sum(jnp.sqrt(1 + a * a + b * b))
        return f
    if nm == "ode":
        T, dt, y0, obs = D["T"], D["dt"], D["y0"], jnp.array(D["obs"])
        def f(p):
            a, b, c, d = p[0], p[1], p[2], p[3]
            # scalar state in a tuple: 5x faster than a length-2 array state in XLA's CPU while loop (unroll>1 is slower still)
            rhs = lambda s: (a * s[0] - b * s[0] * s[1], d * s[0] * s[1] - c * s[1])
            ax = lambda s, h, k: (s[0] + h * k[0], s[1] + h * k[1])
            def step(s, o):
                k1 = rhs(s); k2 = rhs(ax(s, 0.5 * dt, k1)); k3 = rhs(ax(s, 0.5 * dt, k2)); k4 = rhs(ax(s, dt, k3))
                s = tuple(s[i] + dt / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]) for i in (0, 1))
                return s, (s[0] - o[0]) ** 2 + (s[1] - o[1]) ** 2
            _, e = jax.lax.scan(step, (jnp.asarray(y0[0]), jnp.asarray(y0[1])), obs)
            return jnp.sum(e) / T
        return f
    return LOOPS[nm](D)


def main(folder):
    D = C.load(folder); f = make(D); x, v = D["x"], D["v"]
    g = jax.grad(f)
    H = jax.jit(lambda x, v: jax.jvp(g, (x,), (v,))[1])
    t = time.perf_counter(); hv = np.asarray(H(x, v)); first = time.perf_counter() - t
    F, G = jax.jit(f), jax.jit(g)
    # at a point: residuals as arguments, so that nothing is compiled again at the next one
    lin = jax.jit(lambda x: jax.linearize(g, x)[1])(x); A = jax.jit(lambda lin, v: lin(v))
    operations = dict(value=lambda: float(F(x)), grad=lambda: np.asarray(G(x)), hvp=lambda: np.asarray(H(x, v)), point=lambda: np.asarray(A(lin, v)))
    C.serve(folder, jax.__version__, first, F(x), G(x), hv, operations)


C.guarded(main)
