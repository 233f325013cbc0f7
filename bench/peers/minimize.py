"""SciPy's methods on chained Rosenbrock functions with derivatives by JAX: for ../minimize.mjs.

Answers every line {"method", "n", "gtol", "most"} with {"ms", "value", "iterations", "evaluations"}; compiled before.
"""
import json
import sys
import time

import jax

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from scipy.optimize import minimize  # noqa: E402

NAMES = {"newton-cg": "Newton-CG", "l-bfgs": "L-BFGS-B", "l-bfgs-b": "L-BFGS-B", "trust-ncg": "trust-ncg"}


def rosenbrock(x):
    a, b = x[1:], x[:-1]
    return jnp.sum(100 * (a - b * b) ** 2 + (1 - b) ** 2)


both = jax.jit(jax.value_and_grad(rosenbrock))
product = jax.jit(lambda x, v: jax.jvp(jax.grad(rosenbrock), (x,), (v,))[1])
count = 0


def fun(x):
    value, grad = both(x)
    return float(value), np.asarray(grad)


def hessp(x, v):
    global count
    count += 1
    return np.asarray(product(x, v))


for line in sys.stdin:
    asked = json.loads(line)
    method = NAMES.get(asked["method"])
    if method is None:
        print(json.dumps({"absent": True}), flush=True)
        continue
    n, most = asked["n"], asked["most"]
    x0 = np.where(np.arange(n) % 2, 1.0, -1.2)
    fun(x0), hessp(x0, x0)
    options = {"maxiter": most}
    if method == "L-BFGS-B":
        options |= {"gtol": asked["gtol"], "ftol": 0, "maxfun": 100 * most}
    elif method == "trust-ncg":
        options |= {"gtol": asked["gtol"], "initial_trust_radius": float(np.linalg.norm(x0)), "max_trust_radius": 1e10}
    else:
        # Newton-CG ends by the length of a step alone.
        options |= {"xtol": 1e-12 if asked["gtol"] else 0}
    extra = {} if method == "L-BFGS-B" else {"hessp": hessp}
    count, start = 0, time.perf_counter()
    found = minimize(fun, x0, jac=True, method=method, options=options, **extra)
    ms = (time.perf_counter() - start) * 1000
    evaluations = {"value": 0, "grad": int(found.nfev), "hvp": count}
    print(json.dumps({"ms": ms, "value": float(found.fun), "iterations": int(found.nit), "evaluations": evaluations}), flush=True)
