"""The loops in JAX, each as it does best: states of scalars as tuples, one program for all iterations."""
import numpy as np
import jax, jax.numpy as jnp
from jax import lax


def runge_kutta(rates, s, h):
    move = lambda k, t: tuple(a + t * b for a, b in zip(s, k))
    k1 = rates(s); k2 = rates(move(k1, h / 2)); k3 = rates(move(k2, h / 2)); k4 = rates(move(k3, h))
    return tuple(a + h / 6 * (p + 2 * (q + r) + t) for a, p, q, r, t in zip(s, k1, k2, k3, k4))


def lotka(D):
    obs, dt, T = jnp.array(D["observed"]).reshape(-1, 2), D["dt"], D["steps"]
    def f(p):
        a, b, c, d = p[0], p[1], p[2], p[3]
        rates = lambda s: (a * s[0] - b * s[0] * s[1], d * s[0] * s[1] - c * s[1])
        def step(s, o):
            s = runge_kutta(rates, s, dt)
            return s, (s[0] - o[0]) ** 2 + (s[1] - o[1]) ** 2
        _, e = lax.scan(step, tuple(jnp.asarray(t, jnp.float64) for t in D["start"]), obs)
        return jnp.sum(e) / T
    return f


def kalman(D):
    H, obs = jnp.array(D["H"]).reshape(2, 3), jnp.array(D["observed"]).reshape(-1, 2)
    solve = jax.scipy.linalg.cho_solve
    def f(p):
        F, Q, R = p[:9].reshape(3, 3), jnp.diag(jnp.exp(p[9:12])), jnp.diag(jnp.exp(p[12:14]))
        def step(s, y):
            m, P = s
            m, P = F @ m, F @ P @ F.T + Q
            seen = H @ P
            L = jnp.linalg.cholesky(seen @ H.T + R)
            e = y - H @ m
            K = solve((L, True), seen).T
            term = 2 * jnp.sum(jnp.log(jnp.diagonal(L))) + e @ solve((L, True), e)
            return (m + K @ e, P - K @ seen), term
        return jnp.sum(lax.scan(step, (jnp.zeros(3), jnp.eye(3)), obs)[1])
    return f


def rnn(D):
    I, H, O, B, T = (D[k] for k in ("I", "H", "O", "batch", "steps"))
    X, Y = jnp.array(D["X"]).reshape(T, B, I), jnp.array(D["Y"]).reshape(B, O)
    a, b, c, d = np.cumsum([I * H, H * H, H, H * O])
    def f(p):
        U, W, bias, V = p[:a].reshape(I, H), p[a:b].reshape(H, H), p[b:c], p[c:d].reshape(H, O)
        h, _ = lax.scan(lambda h, x: (jnp.tanh(x @ U + h @ W + bias), None), jnp.zeros((B, H)), X)
        return jnp.mean((h @ V + p[d:] - Y) ** 2)
    return f


def lstm(D):
    n, b, T = D["layers"], D["b"], D["characters"]
    text = jnp.array(D["sequence"]).reshape(T, b); state = jnp.array(D["state"]).reshape(n, 2, b)
    def f(p):
        main, extra = p[:8 * n * b].reshape(2 * n, 4, b), p[8 * n * b:].reshape(3, b)
        def cell(k, s, x):
            h, c = s
            gate = lambda j, t: t * main[2 * k, j] + main[2 * k + 1, j]
            c = c * jax.nn.sigmoid(gate(0, x)) + jax.nn.sigmoid(gate(1, h)) * jnp.tanh(gate(3, h))
            return jax.nn.sigmoid(gate(2, x)) * jnp.tanh(c), c
        def step(states, xs):
            now, after = xs
            x, out = now * extra[0], []
            for k, s in enumerate(states):
                out.append(cell(k, s, x)); x = out[-1][0]
            said = x * extra[1] + extra[2]
            return tuple(out), jnp.sum(after * (said - jnp.log(jnp.sum(jnp.exp(said)) + 2)))
        start = tuple((state[k, 0], state[k, 1]) for k in range(n))
        _, said = lax.scan(step, start, (text[:-1], text[1:]))
        return -jnp.sum(said) / (b * (T - 1))
    return f


def chain(D):
    n, s = D["size"], D["steps"]
    def f(x):
        rates = lambda y: (x * jnp.concatenate([jnp.ones(1), y[0][:-1]]),)
        return jnp.sum(lax.fori_loop(0, s, lambda _, y: runge_kutta(rates, y, 2 / s), (jnp.zeros(n),))[0])
    return f


def logistic(D):
    return lambda p: lax.fori_loop(0, D["steps"], lambda _, x: p[0] * x * (1 - x), p[1])


LOOPS = dict(lotka=lotka, kalman=kalman, rnn=rnn, lstm=lstm, chain=chain, logistic=logistic)
