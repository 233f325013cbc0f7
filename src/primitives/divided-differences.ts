// Divided differences of a function at the eigenvalues of a matrix, also at equal and nearly equal ones.
//
// f[a, b] = (f(b) - f(a)) / (b - a) cancels where a and b are close. There the Hermite-Genocchi formula
//   f[a^p, b^q] = ∫₀¹ t^(q-1)·(1-t)^(p-1) / ((q-1)!·(p-1)!) · f⁽ᵖ⁺ᑫ⁻¹⁾(a + t·(b - a)) dt
// has no cancellation, and a Gauss rule takes the integral to the last digits. Either has a region where it is wrong:
// the quotient's rounding errors have a bound, so the integral is taken wherever it lies within that bound of the
// quotient. Differences of more than two distinct points are convex combinations of these, by inserting an inner
// point as in splines (Böhm 1980): (z - x)·f[x, y, …, z] = (y - x)·f[x, y, y, …] + (z - y)·f[y, y, …, z], without
// cancellation for x ≤ y ≤ z.
import type { Shape } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import type { ScalarFunction } from "../ir/scalar-function.ts";
import { abs, add, div, maximum, minimum, mul, sub } from "./arithmetic.ts";
import { GAUSS } from "./gauss.ts";
import { gather } from "./indexing.ts";
import { iota, literal } from "./leaf.ts";
import { eq, le, or, select } from "./logic.ts";
import { reshape } from "./shape.ts";
import { broadcast, reduceSum } from "./spread.ts";

/** Rounding errors of each value of the function that the bound of a quotient allows for, in units of roundoff. */
const DIFFERENCE_ROUNDOFFS = 8;

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));

/** Values with bounds of their rounding errors. */
interface Bounded {
  readonly value: Node;
  readonly error: Node;
}

/** Divided differences of one function at the eigenvalues λ, a vector or [batch, n] of them. */
export class DividedDifferences {
  private readonly tables = new Map<string, Bounded>();
  private readonly flat = new Map<string, Node>();
  private readonly lead: Shape;
  private readonly n: number;

  constructor(
    private readonly fn: ScalarFunction,
    private readonly lambda: Node,
    private readonly captured: readonly Node[],
    private readonly flags: readonly boolean[],
  ) {
    this.lead = lambda.shape.slice(0, -1);
    this.n = lambda.shape.at(-1) as number;
  }

  /** The function at every eigenvalue. */
  values(): Node {
    return this.derivative(0, this.lambda);
  }

  /** f[λᵢ, λⱼ]. @shape [.., n, n] */
  pairs(): Node {
    return this.table(1, 1).value;
  }

  /** f[λ at i₀, …, λ at iₘ]. @shape [.., n, …, n] */
  tensor(order: number): Node {
    const shape = [...this.lead, ...Array<number>(order + 1).fill(this.n)];
    if (order === 1) return this.pairs();
    const first = this.lead.length;
    const indices = sorted(Array.from({ length: order + 1 }, (_, i) => iota(shape, first + i, "int32")));
    // Offsets of a batch's vectors and tables.
    const start = (size: number): Node | number => (first === 0 ? 0 : mul(size, iota(shape, 0, "int32")));
    const x = indices.map((i) => gather(reshape(this.lambda, [this.lambda.size]), add(i, start(this.n)), 0));
    const memo = new Map<string, Node>();
    const differences = (counts: readonly number[]): Node => {
      const known = memo.get(String(counts));
      if (known) return known;
      const present = counts.map((_, i) => i).filter((i) => counts[i]);
      const [lo, inner, hi] = [present[0], present[1], present.at(-1)] as [number, number, number];
      const at = (i: number): Node => indices[i] as Node;
      let y: Node;
      if (present.length === 2) {
        const place = add(add(mul(this.n, at(lo)), at(hi)), start(this.n * this.n));
        y = gather(this.flatTable(counts[lo] as number, counts[hi] as number), place, 0);
      } else {
        const moved = (from: number): number[] => counts.map((c, i) => c + Number(i === inner) - Number(i === from));
        const [a, b, c] = [x[lo], x[inner], x[hi]] as [Node, Node, Node];
        const [left, right] = [differences(moved(hi)), differences(moved(lo))];
        const whole = sub(c, a);
        const tied = eq(whole, 0);
        y = select(tied, left, div(add(mul(sub(b, a), left), mul(sub(c, b), right)), select(tied, 1, whole)));
      }
      memo.set(String(counts), y);
      return y;
    };
    return differences(indices.map(() => 1));
  }

  private flatTable(p: number, q: number): Node {
    const key = `${p},${q}`;
    const known = this.flat.get(key);
    if (known) return known;
    const { value } = this.table(p, q);
    const flat = reshape(value, [value.size]);
    this.flat.set(key, flat);
    return flat;
  }

  /** f[λᵢ (p times), λⱼ (q times)]. */
  private table(p: number, q: number): Bounded {
    const key = `${p},${q}`;
    const known = this.tables.get(key);
    if (known) return known;
    const result = p === 0 || q === 0 ? this.confluent(p, q) : this.difference(p, q);
    this.tables.set(key, result);
    return result;
  }

  private get square(): Shape {
    return [...this.lead, this.n, this.n];
  }
  private along(x: Node, axis: 0 | 1): Node {
    const k = this.lead.length;
    return broadcast(x, this.square, [...this.lead.map((_, i) => i), k + axis]);
  }
  private get unit(): number {
    return this.lambda.dtype === "float32" ? 2 ** -24 : 2 ** -53;
  }

  private confluent(p: number, q: number): Bounded {
    const r = p + q - 1;
    const own = this.derivative(r, this.lambda);
    // What the roundoff of λ does counts too: terms of the function may cancel.
    const size = add(abs(own), abs(mul(this.lambda, this.derivative(r + 1, this.lambda))));
    const spread = (x: Node, factor: number): Node => this.along(mul(factor / factorial(r), x), p === 0 ? 1 : 0);
    return { value: spread(own, 1), error: spread(size, DIFFERENCE_ROUNDOFFS * this.unit) };
  }

  private difference(p: number, q: number): Bounded {
    const [high, low] = [this.table(p - 1, q), this.table(p, q - 1)];
    const [a, b] = [this.along(this.lambda, 0), this.along(this.lambda, 1)];
    const gap = sub(b, a);
    const tied = eq(gap, 0);
    const numerator = sub(high.value, low.value);
    const bound = add(high.error, low.error);
    const integral = this.integral(p, q, a, gap);
    const chosen = or(tied, le(abs(sub(mul(integral, gap), numerator)), bound));
    const divisor = select(tied, 1, gap);
    // At equal points the weights of the rule would round where there is nothing to integrate.
    const confluent = this.confluent(0, p + q).value;
    return {
      value: select(tied, confluent, select(chosen, integral, div(numerator, divisor))),
      error: select(chosen, mul(DIFFERENCE_ROUNDOFFS * this.unit, abs(integral)), div(bound, abs(divisor))),
    };
  }

  /** Hermite and Genocchi's integral from `a` over `gap`, by the Gauss rule. */
  private integral(p: number, q: number, a: Node, gap: Node): Node {
    const shape = [...this.lead, GAUSS.length, this.n, this.n];
    const k = this.lead.length;
    const lead = this.lead.map((_, i) => i);
    const spread = (x: Node): Node => broadcast(x, shape, [...lead, k + 1, k + 2]);
    const column = (values: readonly number[]): Node => {
      const data = this.lambda.dtype === "float32" ? Float32Array.from(values) : Float64Array.from(values);
      return broadcast(literal(data, [values.length], this.lambda.dtype), shape, [k]);
    };
    const t = GAUSS.map(([point]) => point);
    const kernel = GAUSS.map(
      ([u, w]) => (w * u ** (q - 1) * (1 - u) ** (p - 1)) / (factorial(q - 1) * factorial(p - 1)),
    );
    const x = add(spread(a), mul(column(t), spread(gap)));
    return reduceSum(mul(column(kernel), this.derivative(p + q - 1, x)), [k]);
  }

  /** The r-th derivative at all elements of `x`. */
  private derivative(r: number, x: Node): Node {
    let f = this.fn;
    for (let i = 0; i < r; i++) f = f.derivative();
    const rows = this.flags.some((b) => b) ? (this.lead as number[]) : [];
    const size = rows.reduce((n, d) => n * d, 1);
    const flat = reshape(x, [...rows, size === 0 ? 0 : x.size / size]);
    return reshape(f.at(flat, this.captured, this.flags), x.shape);
  }
}

/** Integers in ascending order, element by element: odd-even transposition. */
function sorted(list: readonly Node[]): Node[] {
  const out = [...list];
  for (let round = 0; round < out.length; round++)
    for (let i = round % 2; i + 1 < out.length; i += 2) {
      const [a, b] = [out[i], out[i + 1]] as [Node, Node];
      [out[i], out[i + 1]] = [minimum(a, b), maximum(a, b)];
    }
  return out;
}
