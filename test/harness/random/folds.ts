// Reductions, scans, sorting and statistics of random programs.
import {
  type Arg,
  along,
  anyArray,
  axesOf,
  type Drawing,
  isRef,
  lines,
  type Operation,
  oneOf,
  type RArray,
  type Reduced,
  range,
  reduced,
  reduceOptions,
  someAxis,
  toArray,
  upTo,
  withRank,
} from "./arrays.ts";
import { of1, of2, sum } from "./elementwise.ts";
import type { Tape } from "./tape.ts";
import { ONE, wide, ZERO } from "./wide.ts";

/** A value that infinities among the operands decide: it is known, its derivatives are not. */
function infinite(t: Tape, v: number, ids: readonly number[]): number {
  const id = t.node(
    v,
    0,
    ids,
    ids.map(() => ONE),
  );
  t.kinks.add(id);
  return id;
}

export const scaled = (t: Tape, id: number, c: number): number => t.node(c * t.get(id), 2, [id], [wide(c)]);
const mean = (t: Tape, ids: readonly number[]): number => of2(t, "div", sum(t, ids), t.constant(ids.length));
const product = (t: Tape, ids: readonly number[]): number => {
  if (ids.length === 0) return t.constant(1);
  // Products of three and more may be taken in any order, which noise stands for.
  let p = ids[0]!;
  const logs = ids.map((id) => Math.log2(Math.abs(t.get(id))));
  const part = (sign: number): number => logs.reduce((s, l) => s + (Number.isFinite(l) ? Math.max(0, sign * l) : 0), 0);
  const [most, least] = t.single ? [127, 125] : [1023, 1021];
  for (const id of ids.slice(1)) {
    const y = t.get(p) * t.get(id);
    p = t.node(y, ids.length > 2 ? 2 : 0, [p, id], [wide(t.get(id)), wide(t.get(p))], [[0, 1, wide(1)]]);
  }
  // Some order may leave the range, and meet a zero or an infinity there.
  if (ids.length > 2 && (part(1) > most || part(-1) > least)) t.lost(p);
  return p;
};
/** The extremum of a line; ties share the derivative. */
export function extremum(t: Tape, ids: readonly number[], sign: 1 | -1): number {
  const values = ids.map((id) => t.get(id));
  const best = sign > 0 ? Math.max(...values) : Math.min(...values);
  const winners = ids.filter((id) => t.get(id) === best);
  for (const id of ids) t.decide(t.get(id) === best, id);
  if (winners.length === 1) return winners[0]!;
  if (winners.length === 0) return infinite(t, best, ids);
  const tie = t.node(
    best,
    0,
    winners,
    winners.map(() => wide(1 / winners.length)),
  );
  t.corners.add(tie);
  return tie;
}
/** log Σ exp, from the largest element, which the result does not depend on. */
export function logSumExp(t: Tape, ids: readonly number[]): number {
  const best = Math.max(...ids.map((id) => t.get(id)));
  if (!Number.isFinite(best)) return infinite(t, best, ids);
  const top = t.computed(best);
  const terms = ids.map((id) => of1(t, "exp", of2(t, "sub", id, top)));
  return of2(t, "add", of1(t, "log", sum(t, terms)), top);
}
function softmax(t: Tape, ids: readonly number[], log: boolean): number[] {
  if (ids.some((id) => !Number.isFinite(t.get(id)))) return ids.map(() => t.unsure(infinite(t, Number.NaN, ids)));
  const top = t.computed(Math.max(...ids.map((id) => t.get(id))));
  const below = ids.map((id) => of2(t, "sub", id, top));
  const terms = below.map((id) => of1(t, "exp", id));
  const total = sum(t, terms);
  if (!log) return terms.map((id) => of2(t, "div", id, total));
  const l = of1(t, "log", total);
  return below.map((id) => of2(t, "sub", id, l));
}
function variance(t: Tape, ids: readonly number[], ddof: number): number {
  const m = mean(t, ids);
  const squares = ids.map((id) => of1(t, "square", of2(t, "sub", id, m)));
  return scaled(t, of2(t, "div", sum(t, squares), t.constant(ids.length - ddof)), 1);
}
/** √(Σ x²), 0 with all derivatives where all are 0; of scaled numbers, so that nothing leaves the range. */
export function euclidean(t: Tape, ids: readonly number[]): number {
  const largest = Math.max(...ids.map((id) => Math.abs(t.get(id))));
  if (largest === 0) return t.constant(0);
  if (!Number.isFinite(largest)) return infinite(t, Number.isNaN(largest) ? Number.NaN : Infinity, ids);
  // Neither the factor nor its inverse leaves the range.
  const c = 2 ** -Math.max(-1000, Math.min(1000, Math.round(Math.log2(largest))));
  const s = ids.map((id) => of1(t, "square", t.node(c * t.get(id), 0, [id], [wide(c)])));
  const r = of1(t, "sqrt", sum(t, s));
  return t.node(t.get(r) / c, 2, [r], [wide(1 / c)]);
}
/** The order of a line: increasing, equal elements as they stand, NaN last. */
function order(t: Tape, ids: readonly number[], descending = false): number[] {
  const sign = descending ? -1 : 1;
  const rank = (i: number): number => t.get(ids[i]!);
  const before = (a: number, b: number): number =>
    Number.isNaN(a) || Number.isNaN(b)
      ? Number(Number.isNaN(a)) - Number(Number.isNaN(b))
      : a === b
        ? 0
        : sign * (a < b ? -1 : 1);
  const perm = range(ids.length).sort((i, j) => before(rank(i), rank(j)) || i - j);
  for (const i of perm) t.decide(i, ids[i]!);
  return perm;
}

/**
 * One of several numbers that were compared. It depends on the others too, if only in which it is: that derivatives
 * are exactly zero beside infinities is claimed of places that are written in the program.
 */
export function chosen(t: Tape, id: number, among: readonly number[]): number {
  return t.node(t.get(id), 0, [id, ...among], [ONE, ...among.map(() => ZERO)]);
}

const reduction = (
  name: string,
  fold: (t: Tape, ids: readonly number[], options: never) => number,
  weight = 1,
  fits?: (a: RArray) => boolean,
  more: (g: Drawing) => { readonly [key: string]: Arg } = () => ({}),
): Operation => ({
  name,
  weight,
  reference: (t, x: RArray, options?: Reduced) =>
    reduced(toArray(t, x), options, (ids) => fold(t, ids, options as never)),
  draw(g) {
    const x = anyArray(g, fits);
    return x && [x[0], { ...reduceOptions(g, x[1]), ...more(g) }];
  },
});
/** A scalar as it is: nothing is summed. */
const unlessScalar = (o: Operation): Operation => ({
  ...o,
  reference: (t, x: RArray, ...rest) => (toArray(t, x).shape.length === 0 ? toArray(t, x) : o.reference(t, x, ...rest)),
});
type Options = { readonly [key: string]: Arg };
const few = (a: RArray): boolean => a.data.length <= 12;
const several = (a: RArray): boolean => a.shape.length > 0 && a.shape.every((d) => d >= 2);

const reductions: Operation[] = [
  unlessScalar(reduction("sum", (t, ids) => sum(t, ids), 4)),
  unlessScalar(reduction("mean", mean, 2)),
  reduction("prod", product, 1.5, few),
  reduction("max", (t, ids) => extremum(t, ids, 1), 1.5),
  reduction("min", (t, ids) => extremum(t, ids, -1)),
  reduction("logsumexp", logSumExp, 1.5),
  reduction("logmeanexp", (t, ids) => of2(t, "sub", logSumExp(t, ids), t.constant(Math.log(ids.length)))),
  reduction(
    "variance",
    (t, ids, options?: { ddof?: number }) => variance(t, ids, options?.ddof ?? 0),
    1.5,
    several,
    (g): Options => (g.chance(0.3) ? { ddof: 1 } : {}),
  ),
  reduction(
    "std",
    (t, ids) => {
      const m = mean(t, ids);
      const r = euclidean(
        t,
        ids.map((id) => of2(t, "sub", id, m)),
      );
      return scaled(t, r, 1 / Math.sqrt(ids.length));
    },
    1,
    several,
  ),
  {
    ...reduction("norm", (t, ids, options?: { ord?: number }) => {
      const ord = options?.ord ?? 2;
      if (ord === 2) return euclidean(t, ids);
      const sizes = ids.map((id) => of1(t, "abs", id));
      if (ord === 1) return sum(t, sizes);
      if (Math.abs(ord) === Infinity) return extremum(t, sizes, ord > 0 ? 1 : -1);
      // Magnitudes are divided by the largest, so that no power leaves the range.
      const largest = t.computed(Math.max(...sizes.map((id) => t.get(id))));
      if (t.get(largest) === 0) return t.constant(0);
      const powers = sizes.map((id) =>
        t.get(id) === 0 ? t.lost(t.constant(0)) : of2(t, "pow", of2(t, "div", id, largest), t.constant(ord)),
      );
      return of2(t, "mul", largest, of2(t, "pow", sum(t, powers), t.constant(1 / ord)));
    }),
    weight: 1.5,
    draw(g) {
      const x = anyArray(g);
      if (!x) return undefined;
      const options = reduceOptions(g, x[1]);
      // Other orders are of vectors here: those of matrices are sums and extrema of what is drawn anyway.
      const ofVectors = x[1].shape.length === 1 || typeof options["axis"] === "number";
      return [
        x[0],
        ofVectors && g.chance(0.5) ? { ...options, ord: oneOf(g, 1, 2, 3, 1.5, Infinity, -Infinity) } : options,
      ];
    },
  },
  reduction("median", (t, ids) => quantileOf(t, ids, 0.5)),
  {
    name: "quantile",
    reference: (t, x: RArray, q: number, options?: Reduced) => reduced(x, options, (ids) => quantileOf(t, ids, q)),
    draw(g) {
      const x = anyArray(g);
      return x && [x[0], oneOf(g, 0, 0.25, 0.3, 0.5, 0.9, 1), reduceOptions(g, x[1])];
    },
  },
  ...["any", "all"].map(
    (name): Operation => ({
      name,
      weight: 0.3,
      after: (g, [c], [x]) => void g.step("where", [c!, x!, 0.25]),
      reference: (t, x: RArray, options?: Reduced) => {
        const { shape, groups } = lines(x, axesOf(options?.axis, x.shape.length));
        const counts = groups.map((ids) => ids.filter((id) => t.decide(t.get(id) !== 0, id)).length);
        const data = counts.map((c, i) => Number(name === "any" ? c > 0 : c === groups[i]!.length));
        return { shape, kind: "bool", data };
      },
      draw(g) {
        const x = g.pick();
        return x && [x, {}];
      },
    }),
  ),
  ...["argmax", "argmin"].map(
    (name): Operation => ({
      name,
      weight: 0.3,
      after: (g, [i], [x]) => void g.step("take", [x!, i!]),
      reference: (t, x: RArray, options?: Reduced) => {
        const { shape, groups } = lines(x, axesOf(options?.axis, x.shape.length));
        const data = groups.map((ids) => {
          const values = ids.map((id) => t.get(id));
          const nan = values.findIndex(Number.isNaN);
          if (nan >= 0) return t.decide(nan, ...ids);
          return t.decide(values.indexOf(name === "argmax" ? Math.max(...values) : Math.min(...values)), ...ids);
        });
        return { shape, kind: "int32", data };
      },
      draw(g) {
        const x = g.pick(withRank(1));
        return x && [x, {}];
      },
    }),
  ),
];
function quantileOf(t: Tape, ids: readonly number[], q: number): number {
  if (ids.some((id) => Number.isNaN(t.get(id)))) return t.node(Number.NaN, 0, [], []);
  const sorted = order(t, ids).map((i) => chosen(t, ids[i]!, ids));
  const at = q * (ids.length - 1);
  const low = Math.floor(at);
  const w = at - low;
  if (w === 0) return sorted[low]!;
  const [a, b] = [sorted[low]!, sorted[low + 1]!];
  if (!Number.isFinite(t.get(a)) || !Number.isFinite(t.get(b))) return t.unsure(infinite(t, Number.NaN, [a, b]));
  return t.node(
    t.get(a) + w * (t.get(b) - t.get(a)),
    { of: 8 * (Math.abs(t.get(a)) + Math.abs(t.get(b))) || 1e-300 },
    [a, b],
    [wide(1 - w), wide(w)],
  );
}

// ---- along an axis ----

type LineOptions =
  | { readonly axis?: number | null; readonly reverse?: boolean; readonly descending?: boolean }
  | undefined;
const scanOf = (
  x: RArray,
  options: LineOptions,
  fallback: number | undefined,
  line: (ids: readonly number[]) => readonly number[],
  extent?: number,
): RArray => {
  const axis = options?.axis === undefined ? fallback : options.axis;
  const flat = axis === undefined || axis === null;
  const y = flat ? { ...x, shape: [x.data.length] } : x;
  const run = (ids: readonly number[]): readonly number[] =>
    options?.reverse ? [...line([...ids].reverse())].reverse() : line(ids);
  const z = along(y, flat ? 0 : axis, run, extent);
  return flat && extent === undefined && fallback === undefined ? { ...z, shape: x.shape } : z;
};
const prefixes = (ids: readonly number[]): number[][] => ids.map((_, i) => ids.slice(0, i + 1) as number[]);
const scan = (
  name: string,
  fold: (t: Tape, ids: readonly number[]) => number,
  fits?: (a: RArray) => boolean,
): Operation => ({
  name,
  weight: 1.2,
  reference: (t, x: RArray, options) => scanOf(x, options, undefined, (ids) => prefixes(ids).map((p) => fold(t, p))),
  draw(g) {
    const x = anyArray(g, (a) => a.shape.length >= 1 && (!fits || fits(a)));
    return (
      x && [
        x[0],
        {
          ...(g.chance(0.6) || x[1].shape.length > 1 ? { axis: someAxis(g, x[1]) } : {}),
          ...(g.chance(0.3) ? { reverse: true } : {}),
        },
      ]
    );
  },
});
/** Where a running extremum is met again, the package says who gets the derivative; nothing is claimed of it. */
const running =
  (sign: 1 | -1) =>
  (t: Tape, ids: readonly number[]): number => {
    const id = extremum(t, ids, sign);
    const y = t.node(t.get(id), 0, [id], [wide(1)]);
    if (ids.filter((k) => t.get(k) === t.get(id)).length > 1) t.kinks.add(y);
    return y;
  };
const scans: Operation[] = [
  scan("cumsum", (t, ids) => sum(t, ids, -0)),
  scan("cumprod", product, few),
  scan("cummax", running(1)),
  scan("cummin", running(-1)),
  scan("cumlogsumexp", logSumExp),
  {
    name: "softmax",
    weight: 1.5,
    reference: (t, x: RArray, options) => scanOf(x, options, -1, (ids) => softmax(t, ids, false)),
    draw: (g) => lineDraw(g),
  },
  {
    name: "logSoftmax",
    weight: 1.5,
    reference: (t, x: RArray, options) => scanOf(x, options, -1, (ids) => softmax(t, ids, true)),
    draw: (g) => lineDraw(g),
  },
  {
    name: "sort",
    weight: 1.5,
    reference: (t, x: RArray, options) =>
      scanOf(x, options, -1, (ids) => order(t, ids, options?.descending).map((i) => chosen(t, ids[i]!, ids))),
    draw(g) {
      const args = lineDraw(g);
      return args && (g.chance(0.3) ? [args[0]!, { ...(args[1] as object), descending: true }] : args);
    },
  },
  {
    name: "argsort",
    weight: 0.4,
    reference: (t, x: RArray, options) => ({ ...scanOf(x, options, -1, (ids) => order(t, ids)), kind: "int32" }),
    after: (g, [i], [x]) => void g.step("takeAlongAxis", [x!, i!]),
    draw(g) {
      const x = g.pick(withRank(1, 2));
      return x && [x, {}];
    },
  },
  {
    name: "topK",
    reference: (t, x: RArray, k: number, options) => {
      const axis = options?.axis ?? -1;
      const best = (ids: readonly number[]): number[] => order(t, ids, true).slice(0, k);
      return [
        along(x, axis, (ids) => best(ids).map((i) => chosen(t, ids[i]!, ids)), k),
        { ...along(x, axis, best, k), kind: "int32" },
      ];
    },
    draw(g) {
      const x = anyArray(g, withRank(1));
      return x && [x[0], 1 + upTo(g, Math.min(2, x[1].shape.at(-1)! - 1))];
    },
  },
  {
    name: "interp",
    reference: (t, x: RArray, xp: RArray, fp: RArray) => ({
      ...x,
      data: x.data.map((id) => interpolated(t, id, xp.data, fp.data)),
    }),
    draw(g) {
      const x = g.pick();
      const f = g.pick((a) => a.shape.length === 1 && a.shape[0]! >= 2 && a.shape[0]! <= 6) ?? g.captured([4]);
      if (!x) return undefined;
      const n = isRef(f) ? g.array(f).shape[0]! : 4;
      return [x, { captured: range(n).map((i) => i * 0.75 - 1), shape: [n], kind: "float" }, f];
    },
  },
];
function lineDraw(g: Drawing): readonly Arg[] | undefined {
  const x = anyArray(g, withRank(1));
  return x && [x[0], g.chance(0.5) ? {} : { axis: someAxis(g, x[1]) }];
}
function interpolated(t: Tape, x: number, xp: readonly number[], fp: readonly number[]): number {
  const v = t.get(x);
  const n = xp.length;
  const points = xp.map((id) => t.get(id));
  const k = t.decide(points.filter((p) => p <= v).length, x, ...xp);
  if (Number.isNaN(v)) return t.node(v, 0, [], []);
  if (k === 0) return fp[0]!;
  if (v >= points[n - 1]!) {
    // At the last point the line to it is evaluated: f0 + (f1 - f0), which rounds, and is NaN beside an infinite f0.
    const [f0, f1] = [t.get(fp[n - 2]!), t.get(fp[n - 1]!)];
    const line = v === points[n - 1];
    const [value, error] = line ? [f0 + (f1 - f0), { of: 8 * (Math.abs(f0) + Math.abs(f1)) || 1e-300 }] : [f1, 0];
    const last = t.node(Number.isFinite(value) ? f1 : value, error, [fp[n - 1]!], [wide(1)]);
    if (line) t.kinks.add(last);
    return last;
  }
  const slope = of2(t, "div", of2(t, "sub", fp[k]!, fp[k - 1]!), of2(t, "sub", xp[k]!, xp[k - 1]!));
  const rise = of2(t, "mul", slope, of2(t, "sub", x, xp[k - 1]!));
  const y = t.node(
    t.get(fp[k - 1]!) + t.get(rise),
    { of: 8 * (Math.abs(t.get(rise)) + Math.abs(t.get(fp[k - 1]!))) || 1e-300 },
    [fp[k - 1]!, rise],
    [wide(1), wide(1)],
  );
  if (v === points[k - 1]) t.kinks.add(y);
  return y;
}

export const foldOperations: readonly Operation[] = [...reductions, ...scans];
