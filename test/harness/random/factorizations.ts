// Factorizations for the oracle of random programs: small and written out number by number, on the tape.
import { type RArray, range } from "./arrays.ts";
import { dotOf, of1, of2, sum } from "./elementwise.ts";
import type { Tape } from "./tape.ts";
import { wide } from "./wide.ts";
export type Matrix = number[][];
export const float = (shape: readonly number[], data: readonly number[]): RArray => ({ shape, kind: "float", data });
export const rows = (a: RArray): Matrix =>
  range(a.shape[0]!).map((i) => a.data.slice(i * a.shape[1]!, (i + 1) * a.shape[1]!));
export const array = (m: Matrix): RArray => float([m.length, m[0]?.length ?? 0], m.flat());
export const transposed = (m: Matrix): Matrix => range(m[0]?.length ?? 0).map((j) => m.map((r) => r[j]!));
export const times = (t: Tape, a: Matrix, b: Matrix): Matrix => {
  const columns = transposed(b);
  return a.map((r) => columns.map((c) => dotOf(t, r, c)));
};
export const column = (b: RArray): Matrix => (b.shape.length === 1 ? b.data.map((id) => [id]) : rows(b));
export const like = (b: RArray, m: Matrix): RArray => (b.shape.length === 1 ? float([m.length], m.flat()) : array(m));
export const [add, sub, mul, div] = ["add", "sub", "mul", "div"].map(
  (name) => (t: Tape, a: number, b: number) => of2(t, name, a, b),
) as [Op, Op, Op, Op];
type Op = (t: Tape, a: number, b: number) => number;
/**
 * A copy that every correct program may round differently. Factorizations are right for a matrix nearby, in the size
 * of its largest entries: with `mixed`, noise makes every entry, and every derivative, a little dependent on all
 * others.
 */
export const loose = (t: Tape, m: Matrix, roundoffs = 16, mixed = false): Matrix => {
  const all = m.flat();
  const finite = all.every((id) => Number.isFinite(t.get(id)));
  const noise = mixed && finite ? t.noise : undefined;
  const u = t.single ? 2 ** -24 : 2 ** -53;
  return m.map((r) =>
    r.map((id) => {
      const near = { of: roundoffs * Math.abs(t.get(id)) || 1e-300 };
      if (!noise) {
        const copy = t.node(t.get(id), near, [id], [wide(1)]);
        return finite ? copy : t.unsure(copy);
      }
      const factors = all.map((other) =>
        other === id ? 1 : (noise() < 0.5 ? -1 : 1) * (0.5 + noise()) * roundoffs * u,
      );
      return t.node(
        all.reduce((s, other, k) => s + factors[k]! * t.get(other), 0),
        near,
        all,
        factors.map(wide),
      );
    }),
  );
};

/** Gaussian elimination with partial pivoting: A·X = B, and the determinant. */
export function eliminate(
  t: Tape,
  a: Matrix,
  b: Matrix,
): { x: Matrix; pivots: number[]; swaps: number; lower: Matrix; upper: Matrix; order: number[] } {
  const n = a.length;
  const [m, r] = [loose(t, a, 4, true), loose(t, b)];
  const order = range(n);
  const lower = m.map(() => range(n).map(() => t.constant(0)));
  let swaps = 0;
  for (let k = 0; k < n; k++) {
    let p = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(t.get(m[i]![k]!)) > Math.abs(t.get(m[p]![k]!))) p = i;
    t.decide(p);
    if (p !== k) {
      for (const list of [m, r, lower, order] as unknown[][]) [list[k], list[p]] = [list[p], list[k]];
      swaps++;
    }
    lower[k]![k] = t.constant(1);
    for (let i = k + 1; i < n; i++) {
      const l = div(t, m[i]![k]!, m[k]![k]!);
      lower[i]![k] = l;
      m[i] = m[i]!.map((id, j) => (j > k ? sub(t, id, mul(t, l, m[k]![j]!)) : id));
      r[i] = r[i]!.map((id, j) => sub(t, id, mul(t, l, r[k]![j]!)));
    }
  }
  const x: Matrix = range(n).map(() => []);
  for (let i = n - 1; i >= 0; i--)
    x[i] = (r[i] ?? []).map((id, c) => {
      let s = id;
      for (let j = i + 1; j < n; j++) s = sub(t, s, mul(t, m[i]![j]!, x[j]![c]!));
      return div(t, s, m[i]![i]!);
    });
  const upper = m.map((row, i) => row.map((id, j) => (j >= i ? id : t.constant(0))));
  return { x: loose(t, x), pivots: m.map((row, i) => row[i]!), swaps, lower, upper, order };
}
export const identity = (t: Tape, n: number): Matrix =>
  range(n).map((i) => range(n).map((j) => t.constant(i === j ? 1 : 0)));
export const solved = (t: Tape, a: Matrix, b: Matrix): Matrix => eliminate(t, a, b).x;

export function choleskyOf(t: Tape, a: Matrix): Matrix {
  const n = a.length;
  const source = loose(t, a, 4, true);
  const l: Matrix = range(n).map(() => range(n).map(() => t.constant(0)));
  for (let j = 0; j < n; j++)
    for (let i = j; i < n; i++) {
      // The lower and the upper triangle count half each.
      let s = i === j ? source[i]![i]! : scaled(t, add(t, source[i]![j]!, source[j]![i]!), 0.5);
      for (let k = 0; k < j; k++) s = sub(t, s, mul(t, l[i]![k]!, l[j]![k]!));
      l[i]![j] = i === j ? of1(t, "sqrt", s) : div(t, s, l[j]![j]!);
    }
  return l;
}
export const scaled = (t: Tape, id: number, c: number): number => t.node(c * t.get(id), 0, [id], [wide(c)]);
/** Solves with a triangle; `lower` says which. */
export function triangle(t: Tape, a: Matrix, b: Matrix, lower: boolean, unit: boolean): Matrix {
  const n = a.length;
  const right = loose(t, b);
  const x: Matrix = range(n).map(() => []);
  for (const i of lower ? range(n) : range(n).reverse())
    x[i] = right[i]!.map((id, c) => {
      let s = id;
      for (const j of range(n)) if (lower ? j < i : j > i) s = sub(t, s, mul(t, a[i]![j]!, x[j]![c]!));
      return unit ? s : div(t, s, a[i]![i]!);
    });
  return loose(t, x);
}
/** Householder's reduced factors, R's signs as LAPACK has them, through Gram–Schmidt with the sign of -a. */
export function qrOf(t: Tape, a: Matrix): { q: Matrix; r: Matrix } {
  const columns = transposed(loose(t, a, 4, true));
  const n = columns.length;
  const q: Matrix = [];
  const r: Matrix = range(n).map(() => range(n).map(() => t.constant(0)));
  // A reflection turns column k of what earlier reflections left; its sign comes from there, so these are applied to
  // it.
  let rest: Matrix = columns.map((c) => [...c]);
  for (let k = 0; k < n; k++) {
    let v = columns[k]!;
    for (let i = 0; i < k; i++) {
      const p = dotOf(t, q[i]!, v);
      r[i]![k] = dotOf(t, q[i]!, columns[k]!);
      v = v.map((id, e) => sub(t, id, mul(t, p, q[i]![e]!)));
    }
    const size = of1(
      t,
      "sqrt",
      sum(
        t,
        v.map((id) => of1(t, "square", id)),
      ),
    );
    const lead = t.get(rest[k]![k]!);
    // A column that has nothing below is not reflected, as in LAPACK: R keeps its sign.
    const below = rest[k]!.slice(k + 1).some((id) => t.get(id) !== 0);
    const sign = lead >= 0 === below ? -1 : 1;
    t.decide(sign);
    r[k]![k] = scaled(t, size, sign);
    q.push(v.map((id) => div(t, id, r[k]![k]!)));
    rest = reflected(t, rest, k);
  }
  return { q: transposed(q), r };
}
/** Columns after the reflection that makes column k zero below its k-th element; numbers only, for the signs. */
function reflected(t: Tape, columns: Matrix, k: number): Matrix {
  const c = columns.map((col) => col.map((id) => t.get(id)));
  const x = c[k]!.map((v, i) => (i < k ? 0 : v));
  const norm = Math.hypot(...x);
  x[k] = x[k]! + (x[k]! >= 0 ? norm : -norm);
  const s = x.reduce((p, v) => p + v * v, 0);
  if (s === 0 || c[k]!.slice(k + 1).every((v) => v === 0)) return columns;
  return c.map((col) => {
    const p = (2 * x.reduce((acc, v, i) => acc + v * col[i]!, 0)) / s;
    return col.map((v, i) => t.computed(v - p * x[i]!));
  });
}
/**
 * Eigenvalues, ascending, by rotations whose angles are smooth functions of the entries: derivatives converge with
 * the values.
 */
export function eighOf(t: Tape, a: Matrix): { values: number[]; vectors: Matrix } {
  const n = a.length;
  const source = loose(t, a, 4, true);
  let m: Matrix = range(n).map((i) =>
    range(n).map((j) => (i === j ? source[i]![i]! : scaled(t, add(t, source[i]![j]!, source[j]![i]!), 0.5))),
  );
  let v = identity(t, n);
  const small = (t.single ? 1e-9 : 1e-20) * Math.max(...m.map((row, i) => Math.abs(t.get(row[i]!))));
  for (let sweep = 0; sweep < 9; sweep++)
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        // Rotations square what is left. Of less than this nothing is seen, and its powers would leave the range.
        if (sweep > 2 && Math.abs(t.get(m[p]![q]!)) < small) continue;
        const angle = scaled(t, of2(t, "atan2", scaled(t, m[p]![q]!, 2), sub(t, m[q]![q]!, m[p]![p]!)), 0.5);
        const [c, s] = [of1(t, "cos", angle), of1(t, "sin", angle)];
        const turn = (x: Matrix): Matrix =>
          x.map((row) => {
            const out = [...row];
            out[p] = sub(t, mul(t, c, row[p]!), mul(t, s, row[q]!));
            out[q] = add(t, mul(t, s, row[p]!), mul(t, c, row[q]!));
            return out;
          });
        m = transposed(turn(transposed(turn(m))));
        v = turn(v);
      }
  const order = range(n).sort((i, j) => t.get(m[i]![i]!) - t.get(m[j]![j]!));
  for (const i of order) t.decide(i);
  return { values: order.map((i) => m[i]![i]!), vectors: v.map((row) => order.map((i) => row[i]!)) };
}
export function expmOf(t: Tape, a: Matrix): Matrix {
  const n = a.length;
  const size = Math.max(...a.map((row) => row.reduce((s, id) => s + Math.abs(t.get(id)), 0)));
  const squarings = Math.max(0, Math.ceil(Math.log2(size / 0.5)));
  const m = loose(t, a).map((row) => row.map((id) => scaled(t, id, 2 ** -squarings)));
  let result = identity(t, n);
  for (let k = 16; k >= 1; k--) {
    const p = times(t, m, result).map((row) => row.map((id) => t.node(t.get(id) / k, 1, [id], [wide(1 / k)])));
    result = p.map((row, i) => row.map((id, j) => (i === j ? add(t, id, t.constant(1)) : id)));
  }
  for (let k = 0; k < squarings; k++) result = times(t, result, result);
  return result;
}
