"""SciPy's methods with derivatives by JAX, compiled, on the problems of test/problems: for ../solvers.mjs.

Answers every line {"problem", "method", "x0", "bounds", "gtol", "most"} with {"first", "ms", "x", "iterations",
"evaluations"}: milliseconds of the first call, which compiles, and the least of later ones.
"""
import json
import sys
import time
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "test" / "fixtures"))
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
import scipy  # noqa: E402
from problem_formulas import PROBLEMS  # noqa: E402
from scipy.optimize import least_squares, minimize  # noqa: E402
from scipy_runs import J, losses, reprojection  # noqa: E402

warnings.simplefilter("ignore")


def rosenbrock(x):
    a, b = x[1:], x[:-1]
    return jnp.sum(100 * (a - b * b) ** 2 + (1 - b) ** 2)


def surface(x):
    m = round(len(x) ** 0.5)
    t = jnp.linspace(0, 1, m + 2)
    inside = jnp.pad(jnp.ones((m, m)), 1)
    u = (1 - inside) * (t[:, None] ** 2 - t**2) + jnp.pad(x.reshape(m, m), 1)
    corner = u[:-1, :-1]
    return jnp.sum(jnp.sqrt(1 + ((u[1:, :-1] - corner) ** 2 + (u[:-1, 1:] - corner) ** 2) * (m + 1) ** 2)) / (m + 1) ** 2


def cluster(x):
    atoms = x.reshape(-1, 3)
    i, j = np.triu_indices(len(atoms), 1)
    power = ((atoms[i] - atoms[j]) ** 2).sum(axis=1) ** -3
    return jnp.sum(4 * (power * power - power))


residuals = {p.name: (lambda x, p=p: p.residual(J, x)) for p in PROBLEMS if p.residual}
residuals["Bundle adjustment"] = reprojection()[0]
functions = {p.name: p.f(J) for p in PROBLEMS}
functions |= {name: f for name, f, _ in losses()}
functions |= {"Chained Rosenbrock": rosenbrock, "Minimal surface": surface, "Lennard-Jones 38": cluster}
functions["Bundle adjustment"] = lambda x: jnp.sum(residuals["Bundle adjustment"](x) ** 2)


def minimizer(f, asked):
    """A search, with the numbers of values and of products."""
    method, gtol, most = asked["method"], asked["gtol"], asked["most"]
    both = jax.jit(jax.value_and_grad(f))
    product = jax.jit(lambda x, v: jax.jvp(jax.grad(f), (x,), (v,))[1])
    options = {
        "trust-ncg": {"gtol": gtol, "maxiter": most},
        # It ends by the length of a step alone.
        "Newton-CG": {"xtol": 1e-8, "maxiter": most},
        "L-BFGS-B": {"gtol": gtol, "ftol": 0, "maxiter": most, "maxfun": 10 * most},
    }[method]
    # Infinity is null, which JSON has.
    bounds = list(zip(*asked["bounds"])) if "bounds" in asked else None

    def fun(x):
        value, grad = both(x)
        return float(value), np.asarray(grad)

    def run(x0):
        count = [0]

        def hessp(x, v):
            count[0] += 1
            return np.asarray(product(x, v))

        more = {"bounds": bounds} if method == "L-BFGS-B" else {"hessp": hessp}
        found = minimize(fun, x0, jac=True, method=method, options=options, **more)
        return found.x, int(found.nit), {"grad": int(found.nfev), "hvp": count[0]}

    return run


def fitter(residual, asked):
    r, jacobian = jax.jit(residual), jax.jit(jax.jacfwd(residual))
    tolerances = {"gtol": 1e-8, "xtol": 1e-10, "ftol": 1e-15}

    def run(x0):
        count = [0, 0]

        def counted(k, f):
            def call(x):
                count[k] += 1
                return np.asarray(f(x))

            return call

        found = least_squares(counted(0, r), x0, counted(1, jacobian), method="lm", x_scale="jac", **tolerances)
        # A Jacobian of MINPACK's is a step that was taken.
        return found.x, count[1], {"value": count[0], "grad": count[1]}

    return run


def answer(asked):
    x0, name = np.array(asked["x0"]), asked["problem"]
    run = fitter(residuals[name], asked) if asked["method"] == "lm" else minimizer(functions[name], asked)
    times = []
    # One call that compiles; then three, or one that takes longer than a second.
    while len(times) < 4 and not any(t > 1000 for t in times[1:]):
        started = time.perf_counter()
        x, iterations, evaluations = run(x0)
        times.append((time.perf_counter() - started) * 1000)
    row = {"first": times[0], "ms": min(times[1:]), "iterations": iterations, "evaluations": evaluations}
    return {**row, "x": [float(t) for t in x]}


print(json.dumps({"scipy": scipy.__version__, "jax": jax.__version__}), flush=True)
for line in sys.stdin:
    try:
        print(json.dumps(answer(json.loads(line))), flush=True)
    except Exception as error:  # noqa: BLE001
        print(json.dumps({"failed": f"{type(error).__name__}: {error}"[:200]}), flush=True)
