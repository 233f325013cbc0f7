# Fits the tables of assembly/lane/{erfcx,bessel,gammainc}-tables.ts in multiple precision (mpmath): each function on pieces of
# [0, 8) or [0, 16), beyond in powers of 1/x^2 or 1/x. Chebyshev interpolation at 60 digits, turned into powers of the offset from
# the centre of the piece, or from a zero of the function in it.
#
#   python scripts/fit-special.py

import pathlib

import mpmath as mp

mp.mp.dps = 60
# Where the pieces begin: a new one at every power of two and half way to the next. The first one is the whole of [0, 1/2).
EDGES = [0, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8]
WIDE = [*EDGES, 12, 16]


def interpolate(f, low, high, degree, about=None):
    """Coefficients in powers of x - about, by default the centre of [low, high]."""
    n = degree + 1
    nodes = [mp.cos(mp.pi * (j + mp.mpf(1) / 2) / n) for j in range(n)]
    centre, half = mp.mpf(low + high) / 2, mp.mpf(high - low) / 2
    values = [f(centre + half * c) for c in nodes]
    chebyshev = [2 / mp.mpf(n) * mp.fsum(values[j] * mp.cos(k * mp.pi * (j + mp.mpf(1) / 2) / n) for j in range(n)) for k in range(n)]
    chebyshev[0] /= 2
    total, before, current = [mp.mpf(0)] * n, [mp.mpf(1)], [mp.mpf(0), mp.mpf(1)]
    total[0] += chebyshev[0]
    for k in range(1, n):
        for i, v in enumerate(current):
            total[i] += chebyshev[k] * v
        after = [mp.mpf(0)] * (k + 2)
        for i, v in enumerate(current):
            after[i + 1] += 2 * v
        for i, v in enumerate(before):
            after[i] -= v
        before, current = current, after
    total = [c / half**i for i, c in enumerate(total)]
    if about is None:
        return total
    d = about - centre
    return [mp.fsum(total[j] * mp.binomial(j, i) * d ** (j - i) for j in range(i, n)) for i in range(n)]


def row(centre, coefficients):
    high = float(coefficients[0])
    return [float(centre), high, float(coefficients[0] - high)] + [float(c) for c in coefficients[1:]]


def careful(f):
    """f at so many digits more as cancellation may take at large arguments."""

    def g(x):
        with mp.workdps(70 + int(14 * mp.log10(1 + abs(x)))):
            return f(mp.mpf(x))

    return g


def erfcx(x):
    if x < 12:
        return mp.exp(x * x) * mp.erfc(x)
    tail = mp.mpf(0)
    for k in range(300 + 6 * mp.mp.dps, 0, -1):  # Abramowitz and Stegun 7.1.14
        tail = mp.mpf(k) / 2 / (x + tail)
    return 1 / (x + tail) / mp.sqrt(mp.pi)


def erfcx1(x):
    return 2 / mp.sqrt(mp.pi) - 2 * x * erfcx(x)


def mills(t):
    return mp.sqrt(2 / mp.pi) / erfcx(t / mp.sqrt(2))


def mills1(t):
    r = mills(t)
    return r * (r - t)


def mills2(t):
    r = mills(t)
    return r * ((r - t) * (2 * r - t) - 1)


def scaled(order):
    def f(x):
        # log scale keeps large x in range
        return mp.exp(-x) * mp.besseli(order, x)

    return f


i0e, i1e = scaled(0), scaled(1)


def i1eOverX(x):
    return i1e(x) / x if x != 0 else mp.mpf(1) / 2


# derivatives to the right of 0
def i0e1(x):
    return i1e(x) - i0e(x)


def i1e1(x):
    return i0e(x) - i1eOverX(x) - i1e(x)


def i0e2(x):
    return i1e1(x) - i0e1(x)


def i1e2(x):
    # I1'' = I1 + I1/x^2 - I1'/x,  I1' = I0 - I1/x
    a, b = i0e(x), i1e(x)
    d = a - b / x
    return (b + b / x**2 - d / x) - 2 * d + b


def table(name, comment, f, degree, edges=EDGES, zeros=()):
    numbers = []
    for low, high in zip(edges, edges[1:]):
        about = mp.mpf(next((float(z) for z in zeros if low <= z < high), (low + high) / 2))
        numbers += row(about, interpolate(careful(f), low, high, degree, about))
    emit(name, f"{comment}: {degree + 3} numbers a piece", numbers)


def far(name, comment, f, degree, end, near=8):
    """In powers of w = x^end: x >= near."""
    high = mp.mpf(near) ** end
    g = careful(f)
    emit(name, comment, row(0, interpolate(lambda w: g(w ** (mp.mpf(1) / end)), 0, high, degree, mp.mpf(0)))[1:])


def emit(name, comment, numbers):
    lines, line = [], "  "
    for v in numbers:
        text = f"{v!r}, "
        if len(line) + len(text) > 118:
            lines.append(line.rstrip())
            line = "  "
        line += text
    lines.append(line.rstrip())
    written.append(f"/** {comment}. */\nexport const {name}: usize = memory.data<f64>([\n" + "\n".join(lines) + "\n]);\n")


def write(name, what):
    path = pathlib.Path(__file__).parent.parent / "assembly" / "lane" / name
    path.write_text(f"// {what}, for lane/piecewise.ts. Written by scripts/fit-special.py; not to be edited.\n\n" + "\n".join(written))
    written.clear()


written = []
table("ERFCX", "erfcx", erfcx, 17)
far("ERFCX_FAR", "x erfcx(x) in powers of 1/x^2", lambda x: x * erfcx(x), 11, -2)
table("ERFCX1", "-erfcx'", erfcx1, 18)
far("ERFCX1_FAR", "-x^2 erfcx'(x) in powers of 1/x^2", lambda x: x**2 * erfcx1(x), 11, -2)
table("ERFCX2", "erfcx''", lambda x: 2 * erfcx(x) - 2 * x * erfcx1(x), 19)
far("ERFCX2_FAR", "x^3 erfcx''(x) in powers of 1/x^2", lambda x: x**3 * (2 * erfcx(x) - 2 * x * erfcx1(x)), 12, -2)
table("MILLS", "r(-t), r = inverseMills", mills, 15)
far("MILLS_FAR", "t (r(-t) - t) in powers of 1/t^2", lambda t: t * (mills(t) - t), 15, -2)
table("MILLS1", "-r'(-t)", mills1, 15)
far("MILLS1_FAR", "-r'(-t) in powers of 1/t^2", mills1, 15, -2)
table("MILLS2", "r''(-t)", mills2, 17)
far("MILLS2_FAR", "t^3 r''(-t) in powers of 1/t^2", lambda t: t**3 * mills2(t), 16, -2)
write("erfcx-tables.ts", "Tables of erfcx, the inverse Mills ratio and their derivatives")
table("I0E", "i0e", i0e, 16, WIDE)
far("I0E_FAR", "sqrt(x) i0e(x) in powers of 1/x", lambda x: mp.sqrt(x) * i0e(x), 20, -1, 16)
table("I1E", "i1e(x)/x", i1eOverX, 16, WIDE)
far("I1E_FAR", "sqrt(x) i1e(x) in powers of 1/x", lambda x: mp.sqrt(x) * i1e(x), 20, -1, 16)
table("I0E1", "-i0e'", lambda x: -i0e1(x), 18, WIDE)
far("I0E1_FAR", "-x^(3/2) i0e'(x) in powers of 1/x", lambda x: -(x ** mp.mpf(1.5)) * i0e1(x), 20, -1, 16)
table("I1E1", "i1e'", i1e1, 18, WIDE)
far("I1E1_FAR", "-x^(3/2) i1e'(x) in powers of 1/x", lambda x: -(x ** mp.mpf(1.5)) * i1e1(x), 20, -1, 16)
table("I0E2", "i0e''", i0e2, 19, WIDE)
far("I0E2_FAR", "x^(5/2) i0e''(x) in powers of 1/x", lambda x: x ** mp.mpf(2.5) * i0e2(x), 20, -1, 16)
table("I1E2", "i1e''", i1e2, 19, WIDE)
far("I1E2_FAR", "x^(5/2) i1e''(x) in powers of 1/x", lambda x: x ** mp.mpf(2.5) * i1e2(x), 20, -1, 16)


def hankel(order):
    """P + iQ of the asymptotic form, H(x) = sqrt(2/(pi x)) (P + iQ) e^(i (x - order pi/2 - pi/4))."""
    return lambda x: mp.hankel1(order, x) * mp.sqrt(mp.pi * x / 2) * mp.expj(-(x - order * mp.pi / 2 - mp.pi / 4))


def zeros(order):
    return [mp.besseljzero(order, k) for k in (1, 2)]


table("J0", "j0", lambda x: mp.besselj(0, x), 16, zeros=zeros(0))
far("J0_P", "P of j0 in powers of 1/x^2", lambda x: hankel(0)(x).real, 14, -2)
far("J0_Q", "x Q of j0 in powers of 1/x^2", lambda x: x * hankel(0)(x).imag, 14, -2)
table("J1", "j1(x)/x", lambda x: mp.besselj(1, x) / x, 16, zeros=zeros(1))
far("J1_P", "P of j1 in powers of 1/x^2", lambda x: hankel(1)(x).real, 14, -2)
far("J1_Q", "x Q of j1 in powers of 1/x^2", lambda x: x * hankel(1)(x).imag, 14, -2)
write("bessel-tables.ts", "Tables of the Bessel functions and their derivatives")


def legendre(n):
    """Nodes and weights of Gauss and Legendre on [0, 1], two nodes and their weights at a time."""
    points = []
    for j in range(n):
        x = mp.cos(mp.pi * (j + mp.mpf(3) / 4) / (n + mp.mpf(1) / 2))
        for _ in range(8):
            x -= mp.legendre(n, x) * (1 - x * x) / (n * (mp.legendre(n - 1, x) - x * mp.legendre(n, x)))
        slope = n * (mp.legendre(n - 1, x) - x * mp.legendre(n, x)) / (1 - x * x)
        points.append(((1 - x) / 2, 1 / ((1 - x * x) * slope**2)))
    numbers = []
    for (t0, w0), (t1, w1) in zip(points[::2], points[1::2]):
        numbers += [float(t0), float(t1), float(w0), float(w1)]
    emit("LEGENDRE", f"{n} nodes and weights on [0, 1], two and two", numbers)


legendre(36)
taylor = [2 / mp.factorial(k + 2) for k in range(20)]
emit("EXPM2", "2 (e^v - 1 - v)/v^2 in powers of v, |v| <= 1", row(0, taylor)[1:])
shape = interpolate(careful(lambda a: mp.loggamma(1 + a) / a), 0, 1, 22, mp.mpf(0))
emit("LGAMMA1P", "log Gamma(1 + a)/a in powers of a, 0 <= a <= 1", row(0, shape)[1:])
write("gammainc-tables.ts", "Tables of the incomplete gamma functions")
