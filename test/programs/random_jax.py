"""Random programs beside JAX.

    npm run fuzz -- --count 2000 --export /tmp/programs.jsonl --themes mixed,matrices,masks
    python3 test/programs/random_jax.py /tmp/programs.jsonl

Every line holds a program, what a build of hvp says of its value, gradient and Hessian-vector product, and by how much rounding may
change each number. Programs with an operation that has no counterpart here are counted and left out. Where JAX has NaN or an infinity
and hvp has numbers, that is counted apart: JAX differentiates through arms that `where` does not take. Exit code 1 if a finite number differs.
Without JAX the script says so and does nothing.
"""

import json
import sys

try:
    import jax
except ImportError:
    print("skipped: no JAX in this Python (pip install jax)")
    sys.exit(0)
import jax.numpy as jnp
import jax.scipy.special as special
import numpy as np

jax.config.update("jax_enable_x64", True)


def axis_of(options, default=None):
    if isinstance(options, dict):
        return {"axis": tuple(a) if isinstance(a := options.get("axis", default), list) else a, **({"keepdims": True} if options.get("keepdims") else {})}
    return {"axis": default}


def reduction(f, default=None):
    return lambda x, options=None: f(x, **axis_of(options, default))


def line(f, default):
    return lambda x, options=None: f(x, axis=(options or {}).get("axis", default))


def scan(f):
    def run(x, options=None):
        options = options or {}
        axis = options.get("axis", 0) % x.ndim  # XLA's scans take no negative axis
        y = jnp.flip(x, axis) if options.get("reverse") else x
        y = f(y, axis)
        return jnp.flip(y, axis) if options.get("reverse") else y

    return run


def part(x, *ranges):
    return x[tuple(slice(*r) if isinstance(r, list) and len(r) > 1 else slice(r[0], None) if isinstance(r, list) else slice(None) if r is None else r for r in ranges)]


def windows(x, starts, sizes):
    begin = [min(max(s + n if s < 0 else s, 0), n - m) for s, n, m in zip(starts, x.shape, sizes)]
    return x[tuple(slice(s, s + m) for s, m in zip(begin, sizes))]


def updated(x, u, starts):
    begin = [min(max(s + n if s < 0 else s, 0), n - m) for s, n, m in zip(starts, x.shape, u.shape)]
    return x.at[tuple(slice(s, s + m) for s, m in zip(begin, u.shape))].set(u)


def triangular(a, b, options=None):
    o = options or {}
    return jax.scipy.linalg.solve_triangular(a, b, lower=o.get("lower", False), trans=1 if o.get("transposeA") else 0, unit_diagonal=o.get("unitDiagonal", False))


def convolution(rank, x, w, options):
    o = options or {}
    padding = o.get("padding", 0)
    padding = "SAME" if padding == "same" else [(padding, padding)] * rank
    return jax.lax.conv_general_dilated(
        x, w, [o.get("stride", 1)] * rank, padding, rhs_dilation=[o.get("dilation", 1)] * rank, feature_group_count=o.get("groups", 1)
    )


def of_spectrum(f, a):
    values, vectors = jnp.linalg.eigh(a)
    return (vectors * f(values)) @ vectors.T


same = "abs sign square sqrt reciprocal exp exp2 expm1 log log2 log10 log1p sin cos tan sinh cosh tanh cbrt degrees radians floor ceil trunc round maximum minimum hypot mod remainder outer kron vdot inner dot matmul tril triu diag isnan isfinite isinf where ravel"
OPERATIONS = {name: getattr(jnp, name) for name in same.split()}
OPERATIONS |= {
    "neg": jnp.negative, "add": jnp.add, "sub": jnp.subtract, "mul": jnp.multiply, "div": jnp.divide, "rsqrt": jax.lax.rsqrt,
    "asin": jnp.arcsin, "acos": jnp.arccos, "atan": jnp.arctan, "asinh": jnp.arcsinh, "acosh": jnp.arccosh, "atanh": jnp.arctanh,
    "atan2": jnp.arctan2, "pow": jnp.power, "logaddexp": jnp.logaddexp, "xlogy": special.xlogy, "xlog1py": special.xlog1py,
    "sigmoid": jax.nn.sigmoid, "softplus": jax.nn.softplus, "logSigmoid": jax.nn.log_sigmoid, "silu": jax.nn.silu,
    "gelu": lambda x: jax.nn.gelu(x, approximate=False), "relu": jax.nn.relu, "relu6": jax.nn.relu6, "hardTanh": jax.nn.hard_tanh,
    "leakyRelu": jax.nn.leaky_relu, "elu": jax.nn.elu, "selu": jax.nn.selu, "softsign": jax.nn.soft_sign,
    "erf": special.erf, "erfc": special.erfc, "erfinv": special.erfinv, "ndtr": special.ndtr, "ndtri": special.ndtri,
    "lgamma": special.gammaln, "digamma": special.digamma, "polygamma": special.polygamma, "entr": special.entr, "logit": special.logit,
    "clip": lambda x, low, high: jnp.clip(x, low, high), "stopGradient": jax.lax.stop_gradient,
    "lt": jnp.less, "le": jnp.less_equal, "gt": jnp.greater, "ge": jnp.greater_equal, "eq": jnp.equal, "ne": jnp.not_equal,
    "zerosLike": jnp.zeros_like, "onesLike": jnp.ones_like, "eye": jnp.eye, "zeros": jnp.zeros,
    "slice": part, "at": part, "reshape": lambda x, shape: jnp.reshape(x, shape), "transpose": lambda x, axes=None: jnp.transpose(x, axes),
    "swapaxes": jnp.swapaxes, "moveaxis": jnp.moveaxis, "expandDims": jnp.expand_dims, "squeeze": jnp.squeeze,
    "atleast1d": jnp.atleast_1d, "atleast2d": jnp.atleast_2d, "broadcastTo": jnp.broadcast_to, "flip": lambda x, axis=None: jnp.flip(x, axis),
    "roll": lambda x, shift, axis=None: jnp.roll(x, shift, axis), "repeat": lambda x, n, axis=None: jnp.repeat(x, n, axis), "tile": jnp.tile,
    "pad": lambda x, width, options=None: jnp.pad(x, width, constant_values=(options or {}).get("value", 0.0)),
    "diff": lambda x, options=None: jnp.diff(x, n=(options or {}).get("n", 1), axis=(options or {}).get("axis", -1)),
    "diagonal": jnp.diagonal, "trace": jnp.trace, "concat": lambda xs, axis=0: jnp.concatenate(xs, axis), "stack": lambda xs, axis=0: jnp.stack(xs, axis),
    "hstack": jnp.hstack, "vstack": jnp.vstack, "meshgrid": lambda xs: jnp.meshgrid(*xs), "split": jnp.split, "arraySplit": jnp.array_split,
    "take": lambda x, i, axis=None: jnp.take(x, i, axis=axis), "takeAlongAxis": lambda x, i, axis=-1: jnp.take_along_axis(x, i, axis),
    "scatterAdd": lambda x, i, rows: x.at[i].add(rows), "segmentSum": lambda x, ids, n: jax.ops.segment_sum(x, ids, n),
    "dynamicSlice": windows, "dynamicUpdateSlice": updated, "compress": lambda x, mask, axis: jnp.compress(np.asarray(mask), x, axis=axis),
    "sum": reduction(jnp.sum), "mean": reduction(jnp.mean), "prod": reduction(jnp.prod), "max": reduction(jnp.max), "min": reduction(jnp.min),
    "logsumexp": reduction(special.logsumexp), "median": reduction(jnp.median), "any": reduction(jnp.any), "all": reduction(jnp.all),
    "variance": lambda x, o=None: jnp.var(x, ddof=(o or {}).get("ddof", 0), **axis_of(o)),
    "quantile": lambda x, q, o=None: jnp.quantile(x, float(q) if isinstance(q, int) else q, **axis_of(o)),
    "argmax": reduction(jnp.argmax), "argmin": reduction(jnp.argmin), "argsort": line(jnp.argsort, -1),
    "cumsum": scan(jnp.cumsum), "cumprod": scan(jnp.cumprod), "cummax": scan(jax.lax.cummax), "cummin": scan(jax.lax.cummin),
    "cumlogsumexp": scan(jax.lax.cumlogsumexp), "softmax": line(jax.nn.softmax, -1), "logSoftmax": line(jax.nn.log_softmax, -1),
    "sort": lambda x, o=None: jnp.sort(x, axis=(o or {}).get("axis", -1), descending=(o or {}).get("descending", False)),
    "interp": jnp.interp, "vecdot": jnp.vecdot, "tensordot": jnp.tensordot, "einsum": jnp.einsum, "matrixPower": jnp.linalg.matrix_power,
    "solve": jnp.linalg.solve, "inv": jnp.linalg.inv, "det": jnp.linalg.det, "cholesky": jnp.linalg.cholesky, "qr": jnp.linalg.qr,
    "triangularSolve": triangular, "matrixExp": jax.scipy.linalg.expm,
    "conv1d": lambda x, w, o=None: convolution(1, x, w, o), "conv2d": lambda x, w, o=None: convolution(2, x, w, o),
    "logmeanexp": lambda x, o=None: special.logsumexp(x, **axis_of(o)) - np.log(x.size / jnp.sum(x, **axis_of(o)).size),
    "cross": jnp.cross, "squaredDistances": lambda x, y: jnp.sum((x[:, None] - y[None]) ** 2, -1), "pinv": jnp.linalg.pinv,
    "logNdtr": special.log_ndtr, "i0e": special.i0e, "i1e": special.i1e, "sinc": jnp.sinc,
    "logCosh": lambda x: jnp.logaddexp(x, -x) - np.log(2), "log1mexp": lambda x: jnp.log(-jnp.expm1(-x)),
    "logDiffExp": lambda a, b: a + jnp.log(-jnp.expm1(b - a)), "pseudoHuber": lambda x, d: x * x / (1 + jnp.sqrt(1 + (x / d) ** 2)),
    "huber": lambda x, d: jnp.where(jnp.abs(x) <= d, x * x / 2, d * (jnp.abs(x) - d / 2)),
    "spectralSum": lambda f, a: jnp.sum(OPERATIONS[f](jnp.linalg.eigvalsh(a))), "eigvalsh": jnp.linalg.eigvalsh,
    "funmh": lambda f, a: of_spectrum(OPERATIONS[f], a), "logmh": lambda a: of_spectrum(jnp.log, a), "sqrtmh": lambda a: of_spectrum(jnp.sqrt, a),
    "expmh": lambda a: of_spectrum(jnp.exp, a), "powmh": lambda a, p: of_spectrum(lambda x: x**p, a),
    "radial": lambda f, s: OPERATIONS[f](jnp.sqrt(s)), "checkpoint": lambda f, x: jax.checkpoint(OPERATIONS[f])(x),
    "customJvp": lambda f, x: OPERATIONS[f](x), "customVjp": lambda f, x: OPERATIONS[f](x), "vmap": lambda f, x: jax.vmap(OPERATIONS[f])(x),
    "slogdet": jnp.linalg.slogdet, "eigh": jnp.linalg.eigh,
}


# Of these every argument is a number or an array: the numbers are no integers.
NUMBERS = set("add sub mul div atan2 hypot logaddexp xlogy xlog1py maximum minimum mod remainder where pseudoHuber huber".split())


def number(v):
    if isinstance(v, str) and v.startswith("#"):
        return float(v[1:].replace("Infinity", "inf"))
    return [number(a) for a in v] if isinstance(v, list) else v


def function(program):
    count = len(program["inputs"])

    def given(arg, values):
        if isinstance(arg, dict) and "$" in arg:
            return values[arg["$"]]
        if isinstance(arg, dict) and "captured" in arg:
            dtype = {"float": np.float64, "int32": np.int32, "bool": bool}[arg["kind"]]
            array = np.asarray(number(arg["captured"]), dtype).reshape(arg["shape"])
            return jnp.asarray(array) if arg["kind"] == "float" else array
        if isinstance(arg, list):
            return [given(a, values) for a in arg]
        return number(arg)

    def f(flat):
        values, at = {}, 0
        for i in range(count):
            shape = program["inputs"][i]["shape"]
            size = int(np.prod(shape))
            values[i] = flat[at : at + size].reshape(shape)
            at += size
        for step in program["steps"]:
            args = [given(a, values) for a in step["args"]]
            if step["op"] in NUMBERS:
                args = [float(a) if isinstance(a, int) else a for a in args]
            made = OPERATIONS[step["op"]](*args)
            if len(step["results"]) == 1 and not isinstance(made, (list, tuple)):
                made = [made]
            for k, v in zip(step["results"], made):
                values[k] = v
        return jnp.reshape(values[program["loss"]], ())

    return f


def main(path):
    compared = differing = undefined = 0
    missing = {}
    for text in open(path):
        entry = json.loads(text)
        program = entry["program"]
        absent = [s["op"] for s in program["steps"] if s["op"] not in OPERATIONS]
        if absent:
            for op in set(absent):
                missing[op] = missing.get(op, 0) + 1
            continue
        f = function(program)
        x = np.concatenate([np.asarray(number(i["data"]), float).ravel() for i in program["inputs"]])
        v = np.concatenate([np.asarray(number(d), float) for d in program["directions"]])
        # Once, and without jit: compiling a program that runs once takes longer than running it.
        (value, gradient), (_, product) = jax.jvp(jax.value_and_grad(f), (jnp.asarray(x),), (jnp.asarray(v),))
        want = {"value": np.ravel(value), "grad": np.asarray(gradient), "hvp": np.asarray(product)}
        compared += 1
        for kind, values in want.items():
            got, bounds = (np.asarray(entry["results"][kind][k], float) for k in ("got", "bounds"))
            if not np.all(np.isfinite(values)):
                undefined += 1
                break
            if np.any(np.abs(got - values) > bounds + 1e-13 * (np.abs(values) + np.max(np.abs(values), initial=0)) + 1e-15):
                differing += 1
                print(f"seed {program['seed']} ({program['theme']}), {kind}: hvp {got}, JAX {values}, bounds {bounds}")
                print("  " + ", ".join(s["op"] for s in program["steps"]))
                break
    print(f"{compared} programs compared, {differing} differ, {undefined} where JAX is not finite; without counterpart: {missing or 'none'}")
    return 1 if differing else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
