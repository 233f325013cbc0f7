// Quantiles of Student's t distribution, for confidence intervals.

/** The t with P(|T| ≤ t) = `level` for so many degrees of freedom; those of the normal distribution for Infinity. */
export function studentQuantile(level: number, dof: number): number {
  if (level <= 0) return 0;
  if (level >= 1) return Number.POSITIVE_INFINITY;
  const alpha = 1 - level;
  const z = -normalQuantile(alpha / 2);
  if (dof > ENOUGH_FREEDOM) return expanded(z, dof);
  // Newton's method in log t: there the logarithm of the tail is nearly linear where it is heavy.
  let t = Math.max(z, 1e-300);
  for (let i = 0; i < 100; i++) {
    const tail = tailOf(t, dof);
    const change = (Math.log(tail / alpha) * tail) / (2 * t * density(t, dof));
    t *= Math.exp(Math.max(-2, Math.min(2, change)));
    if (!(Math.abs(change) > 2 ** -50)) break;
  }
  return t;
}

/** Degrees of freedom from which the expansion in their reciprocal has all digits. */
const ENOUGH_FREEDOM = 1e5;
/** Abramowitz and Stegun, 26.7.5. */
function expanded(z: number, dof: number): number {
  const z2 = z * z;
  return z + (z * (z2 + 1)) / (4 * dof) + (z * ((5 * z2 + 16) * z2 + 3)) / (96 * dof * dof);
}

/** Γ(a + ½) / Γ(a), by its asymptotic series after steps upwards. */
function halfStep(a: number): number {
  let factor = 1;
  let b = a;
  for (; b < 100; b++) factor *= b / (b + 0.5);
  const r = 1 / b;
  return factor * Math.sqrt(b) * (1 + r * (-1 / 8 + r * (1 / 128 + r * (5 / 1024 + r * (-21 / 32768)))));
}

const density = (t: number, dof: number): number =>
  (halfStep(dof / 2) / Math.sqrt(dof * Math.PI)) * Math.exp((-(dof + 1) / 2) * Math.log1p((t * t) / dof));

/** P(|T| > t), the incomplete beta function I(ν/2, ½) at ν/(ν + t²): continued fraction 8.17.22 of DLMF. */
function tailOf(t: number, dof: number): number {
  const [a, b, x] = [dof / 2, 0.5, dof / (dof + t * t)];
  const y = (t * t) / (dof + t * t);
  const beta = Math.sqrt(Math.PI) / halfStep(a);
  const front = Math.exp(-a * Math.log1p((t * t) / dof)) * Math.sqrt(y);
  return x < (a + 1) / (a + b + 2)
    ? (front / (a * beta)) * fraction(a, b, x)
    : 1 - (front / (b * beta)) * fraction(b, a, y);
}

/** The continued fraction by the method of Lentz. */
function fraction(a: number, b: number, x: number): number {
  let [c, d] = [1, 1 / (1 - ((a + b) * x) / (a + 1))];
  let h = d;
  for (let m = 1; m < 10000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d);
    c = 1 + even / c;
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d);
    c = 1 + odd / c;
    h *= d * c;
    if (Math.abs(d * c - 1) < 2 ** -52) break;
  }
  return h;
}

/** Rational approximations, from the highest power down: numerator and denominator. */
type Rational = readonly [readonly number[], readonly number[]];
const ratio = ([p, q]: Rational, x: number): number => polynomial(p, x) / polynomial(q, x);
const polynomial = (c: readonly number[], x: number): number => c.reduce((s, a) => s * x + a, 0);

/** The z with Φ(z) = p: algorithm AS 241 of Wichura (Applied Statistics 37, 1988), PPND16. */
function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratio(CENTER, 0.180625 - q * q);
  const r = Math.sqrt(-Math.log(Math.min(p, 1 - p)));
  return Math.sign(q) * (r <= 5 ? ratio(MIDDLE, r - 1.6) : ratio(FAR, r - 5));
}
const CENTER: Rational = [
  [
    2.509080928730122e3, 3.343057558358813e4, 6.72657709270087e4, 4.592195393154987e4, 1.373169376550946e4,
    1.971590950306551e3, 1.331416678917844e2, 3.387132872796366608,
  ],
  [
    5.226495278852854561e3, 2.872908573572194e4, 3.930789580009271e4, 2.121379430158659e4, 5.394196021424751e3,
    6.871870074920579e2, 4.231333070160091e1, 1,
  ],
];
const MIDDLE: Rational = [
  [
    7.7454501427834140764e-4, 2.27238449892691845833e-2, 2.4178072517745061177e-1, 1.27045825245236838258,
    3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734,
  ],
  [
    1.05075007164441684324e-9, 5.475938084995344946e-4, 1.51986665636164571966e-2, 1.4810397642748007459e-1,
    6.8976733498510000455e-1, 1.6763848301838038494, 2.05319162663775882187, 1,
  ],
];
const FAR: Rational = [
  [
    2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.2426609473880784386e-3, 2.6532189526576123093e-2,
    2.9656057182850489123e-1, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772,
  ],
  [
    2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
    1.48753612908506148525e-2, 1.3692988092273580531e-1, 5.9983220655588793769e-1, 1,
  ],
];
