"""The optimum of examples/logistic-regression.mjs in 60-digit decimal arithmetic.

    python3 examples/data/reference.py > examples/data/breast-cancer.reference.json

Uses Python's standard library only and shares no code with the library: Newton's method with the dense 31 x 31 Hessian
written out by hand and Gaussian elimination, on the decimal numbers of breast-cancer.csv as they are printed there.
"""

import json
import os
from decimal import Decimal as D, getcontext

getcontext().prec = 60
HERE = os.path.dirname(os.path.abspath(__file__))
REGULARIZATION = D("0.5e-3")  # times |w[0:30]|^2; the intercept w[30] is free

with open(os.path.join(HERE, "breast-cancer.csv")) as file:
    rows = [[D(t) for t in line.split(",")] for line in file if line.strip() and not line.startswith("#")]

m, d = len(rows), len(rows[0]) - 1
sign = [1 if row[d] == 1 else -1 for row in rows]
columns = []
for j in range(d):
    column = [row[j] for row in rows]
    mean = sum(column) / m
    deviation = (sum((t - mean) ** 2 for t in column) / m).sqrt()
    columns.append([(t - mean) / deviation for t in column])
columns.append([D(1)] * m)
Z = list(zip(*columns))
n = d + 1


def value_gradient_hessian(w):
    f, g, H = D(0), [D(0)] * n, [[D(0)] * n for _ in range(n)]
    for z, s in zip(Z, sign):
        e = (-s * sum(a * b for a, b in zip(z, w))).exp()  # softplus(t) = ln(1 + e^t)
        f += (1 + e).ln() / m
        p = e / (1 + e)
        first, second = -s * p / m, p * (1 - p) / m
        for i in range(n):
            g[i] += first * z[i]
            zi, row = second * z[i], H[i]
            for j in range(i + 1):
                row[j] += zi * z[j]
    for i in range(d):
        f += REGULARIZATION * w[i] ** 2
        g[i] += 2 * REGULARIZATION * w[i]
        H[i][i] += 2 * REGULARIZATION
    for i in range(n):
        for j in range(i):
            H[j][i] = H[i][j]
    return f, g, H


def solve(A, b):
    A = [row[:] + [t] for row, t in zip(A, b)]  # positive definite: no pivoting needed
    for k in range(n):
        for i in range(k + 1, n):
            r = A[i][k] / A[k][k]
            for j in range(k, n + 1):
                A[i][j] -= r * A[k][j]
    x = [D(0)] * n
    for i in reversed(range(n)):
        x[i] = (A[i][n] - sum(A[i][j] * x[j] for j in range(i + 1, n))) / A[i][i]
    return x


w = [D(0)] * n
for _ in range(30):
    f, g, H = value_gradient_hessian(w)
    norm = sum(t * t for t in g).sqrt()
    if norm < D("1e-50"):
        break
    w = [a - b for a, b in zip(w, solve(H, g))]

right = sum(1 for z, s in zip(Z, sign) if s * sum(a * b for a, b in zip(z, w)) > 0)
print(
    json.dumps(
        {
            "fStar": float(f),
            "fStarDigits": str(f)[:42],
            "gradientNorm": float(norm),
            "accuracy": right / m,
            "wStar": [float(t) for t in w],
        },
        indent=2,
    )
)
