"""Eigenvalues of a network's Hessian by SciPy's eigsh with products by JAX: for ../curvature.mjs.

eigsh.py FOLDER ROWS: reads X.bin, onehot.bin and x.bin there. Answers every line "K TOL" with
{"ms": time of the processor for the search, "products": products, "values": eigenvalues}.
"""
import json
import sys
import time
from pathlib import Path

import jax

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from scipy.sparse.linalg import LinearOperator, eigsh  # noqa: E402

SIZES = [64, 48, 32, 10]
folder, rows = Path(sys.argv[1]), int(sys.argv[2])
X = jnp.asarray(np.fromfile(folder / "X.bin")).reshape(rows, SIZES[0])
onehot = jnp.asarray(np.fromfile(folder / "onehot.bin")).reshape(rows, SIZES[-1])
x = jnp.asarray(np.fromfile(folder / "x.bin"))
n = x.size


def loss(p):
    at, h = 0, X
    for layer, (a, b) in enumerate(zip(SIZES, SIZES[1:])):
        h = h @ p[at : at + a * b].reshape(a, b) + p[at + a * b : at + a * b + b]
        at += a * b + b
        if layer < 2:
            h = jnp.tanh(h)
    return jnp.mean(jax.nn.logsumexp(h, axis=1) - jnp.sum(h * onehot, axis=1))


# Linearized at the point once, as is fair: products share what depends on the point alone.
product = jax.jit(jax.linearize(jax.grad(loss), x)[1])
np.asarray(product(x))
spent = 0


def matvec(v):
    global spent
    spent += 1
    return np.asarray(product(v.reshape(n)))


operator = LinearOperator((n, n), matvec=matvec, dtype=np.float64)
print(json.dumps({"jax": jax.__version__}), flush=True)
for line in sys.stdin:
    k, tol = line.split()
    spent, start = 0, time.process_time()
    values = eigsh(operator, int(k), which="LA", tol=float(tol), return_eigenvectors=True)[0]
    ms = (time.process_time() - start) * 1000
    print(json.dumps({"ms": ms, "products": spent, "values": sorted(values, reverse=True)}), flush=True)
