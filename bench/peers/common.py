"""What the Python peers share: inputs written by ../peers.mjs, and the loop that answers its requests (protocol: README.md here)."""
import json, math, os, sys, time
import numpy as np

TYPES = dict(Float64Array="<f8", Int32Array="<i4")


def load(folder):
    """The inputs under the names that the formulas use."""
    with open(os.path.join(folder, "inputs.json")) as fh:
        D = json.load(fh)
    for key, kind in D.pop("arrays").items():
        D[key] = np.fromfile(os.path.join(folder, key + ".bin"), dtype=TYPES[kind])
    nm = D["name"]
    if nm == "logreg":
        D.update(N=D["rows"], d=D["columns"], X=D["X"].reshape(D["rows"], D["columns"]))
    if nm == "mlp":
        B, I, O = D["B"], D["I"], D["O"]
        D.update(X=D["X"].reshape(B, I), lab=D["labels"].astype(np.int64), onehot=D["onehot"].reshape(B, O))
    if nm == "gmm":
        D.update(X=D["X"].reshape(-1, 2), gamma=1.0, m=1)
    if nm == "ba":
        D.update(nc=D["cameras"], npt=D["points"], no=D["observations"], ci=D["camera"].astype(np.int64), pi=D["point"].astype(np.int64))
        D.update(feat=D["features"].reshape(-1, 2))
    if nm == "bratu":
        D.update(lam=D["lambda"])
    if nm == "ode":
        D.update(T=D["steps"], y0=tuple(D["start"]), obs=D["observed"].reshape(-1, 2))
    return D


def gmm_consts(D):
    """Constants of the mixture: -N d/2 log 2π, and K times that of the Wishart prior."""
    d, K, N, ga, m = D["d"], D["K"], D["N"], D["gamma"], D["m"]
    nn = d + m + 1
    lg = 0.25 * d * (d - 1) * math.log(math.pi) + sum(math.lgamma(0.5 * nn + 0.5 * (1 - j)) for j in range(1, d + 1))
    return -0.5 * N * d * math.log(2 * math.pi), K * (nn * d * (math.log(ga) - 0.5 * math.log(2)) - lg)


def skip(reason):
    print(json.dumps(dict(skip=reason)), flush=True)
    sys.exit(0)


def serve(folder, version, first, value, grad, hvp, operations):
    """Hands over the results, then times batches of `operations` (name → function) on request."""
    np.asarray(grad, "<f8").tofile(os.path.join(folder, "grad.out"))
    np.asarray(hvp, "<f8").tofile(os.path.join(folder, "hvp.out"))
    print(json.dumps(dict(version=version, firstMs=first * 1e3, value=float(value), operations=list(operations))), flush=True)
    calls = {}
    pc = time.perf_counter
    for line in sys.stdin:
        name, ms = line.split()
        fn, target = operations[name], float(ms) / 1e3
        if name not in calls:
            fn(); fn()
            k = 1
            while True:
                t = pc()
                for _ in range(k): fn()
                t = pc() - t
                if t > target / 2: break
                k *= 2
            calls[name] = max(1, int(k * target / t))
        k = calls[name]
        for _ in range(k // 3): fn()  # other processes ran meanwhile: warm the caches again
        t = pc()
        for _ in range(k): fn()
        print(json.dumps(dict(us=(pc() - t) / k * 1e6)), flush=True)


def guarded(main):
    """Errors become a line that says why the peer is left out."""
    try:
        main(sys.argv[1])
    except Exception as e:
        skip((type(e).__name__ + ": " + str(e)).split("\n")[0][:200])
