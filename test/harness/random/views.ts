// Operations of random programs that move elements: views and reshapes.
import {
  type Arg,
  along,
  anyArray,
  axesOf,
  axisOf,
  type Drawing,
  expand,
  make,
  type Operation,
  oneOf,
  place,
  type RArray,
  type Ref,
  range,
  sizeOf,
  someAxis,
  upTo,
  view,
  withRank,
} from "./arrays.ts";
import { sum } from "./elementwise.ts";
import type { Tape } from "./tape.ts";

export const flat = (x: RArray): RArray => ({ ...x, shape: [x.data.length] });
const permuted = (x: RArray, perm: readonly number[]): RArray =>
  view(
    x,
    perm.map((a) => x.shape[a]!),
    (index) =>
      place(
        x.shape,
        x.shape.map((_, a) => index[perm.indexOf(a)]!),
      ),
  );
const reshaped = (x: RArray, shape: readonly number[]): RArray => {
  const known = -sizeOf(shape);
  return { ...x, shape: shape.map((d) => (d === -1 ? x.data.length / known : d)) };
};
/** Rows `rows` of an axis. */
export const picked = (x: RArray, axis: number, rows: readonly number[]): RArray =>
  view(x, x.shape.with(axis, rows.length), (index) => place(x.shape, index.with(axis, rows[index[axis]!]!)));
export const wrap = (i: number, n: number): number => Math.min(Math.max(i < 0 ? i + n : i, 0), n - 1);

/** NumPy's meaning of start, stop and step on an axis of n. */
function rowsOf(given: readonly (number | null | undefined)[], n: number): number[] {
  const step = given[2] ?? 1;
  const bound = (i: number | null | undefined, none: number): number =>
    i === null || i === undefined
      ? none
      : step > 0
        ? Math.min(Math.max(i < 0 ? i + n : i, 0), n)
        : Math.min(Math.max(i < 0 ? i + n : i, -1), n - 1);
  const [start, stop] =
    step > 0 ? [bound(given[0], 0), bound(given[1], n)] : [bound(given[0], n - 1), bound(given[1], -1)];
  const rows: number[] = [];
  for (let i = start; step > 0 ? i < stop : i > stop; i += step) rows.push(i);
  return rows;
}
function sliced(x: RArray, ranges: readonly (number | null | readonly (number | null)[])[]): RArray {
  let y = x;
  let axis = 0;
  for (const r of ranges) {
    if (typeof r === "number") {
      y = picked(y, axis, [wrap(r, y.shape[axis]!)]);
      y = { ...y, shape: y.shape.filter((_, a) => a !== axis) };
    } else {
      if (r !== null) y = picked(y, axis, rowsOf(r, y.shape[axis]!));
      axis++;
    }
  }
  return y;
}
export const widened = (x: RArray, axes: readonly number[]): RArray => {
  const rank = x.shape.length + axes.length;
  const at = axes.map((a) => axisOf(a, rank));
  let next = 0;
  return { ...x, shape: range(rank).map((a) => (at.includes(a) ? 1 : x.shape[next++]!)) };
};

export const one = (
  name: string,
  reference: Operation["reference"],
  fits: (a: RArray) => boolean = () => true,
  rest: (g: Drawing, a: RArray) => readonly Arg[] | undefined = () => [],
  weight = 1,
): Operation => ({
  name,
  weight,
  reference,
  draw(g) {
    const x = anyArray(g, fits);
    const more = x && rest(g, x[1]);
    return more && [x[0], ...more];
  },
});
const shuffled = (g: Drawing, n: number): number[] => {
  const list = range(n);
  for (let i = n - 1; i > 0; i--) {
    const j = upTo(g, i);
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
  return list;
};
const someRange = (g: Drawing, n: number): Arg => {
  const from = upTo(g, Math.max(0, n - 1));
  return oneOf<Arg>(
    g,
    null,
    [from],
    [0, -1],
    [null, null, -1],
    [null, null, 2],
    [from, from + 1 + upTo(g, n)],
    n > 1 ? [1, n] : [0, n],
  );
};
const moves: Operation[] = [
  one(
    "slice",
    (_, x, ...ranges) => sliced(x, ranges),
    withRank(1),
    (g, a) =>
      a.shape.slice(0, 1 + upTo(g, a.shape.length - 1)).map((n) => (g.chance(0.15) ? upTo(g, n - 1) : someRange(g, n))),
    4,
  ),
  one(
    "at",
    (_, x, ...at) => sliced(x, at),
    withRank(1),
    (g, a) => a.shape.slice(0, 1 + upTo(g, a.shape.length - 1)).map((n) => upTo(g, n - 1) - (g.chance(0.3) ? n : 0)),
    2,
  ),
  one(
    "reshape",
    (_, x, shape: number[]) => reshaped(x, shape),
    undefined,
    (g, a) => {
      const n = sizeOf(a.shape);
      const divisors = range(n)
        .map((i) => i + 1)
        .filter((d) => n % d === 0);
      const d = oneOf(g, ...divisors);
      return [oneOf<number[]>(g, [n], [d, n / d], [d, -1], [1, n], [n, 1])];
    },
  ),
  one("ravel", (_, x) => flat(x)),
  one(
    "transpose",
    (_, x, axes?: number[]) => permuted(x, axes ?? range(x.shape.length).reverse()),
    withRank(2),
    (g, a) => (g.chance(0.5) ? [] : [shuffled(g, a.shape.length)]),
    2,
  ),
  one(
    "swapaxes",
    (_, x, a: number, b: number) => {
      const perm = range(x.shape.length);
      const [i, j] = [axisOf(a, perm.length), axisOf(b, perm.length)];
      [perm[i], perm[j]] = [j, i];
      return permuted(x, perm);
    },
    withRank(2),
    (g, a) => [someAxis(g, a), someAxis(g, a)],
  ),
  one(
    "moveaxis",
    (_, x, from: number, to: number) => {
      const rank = x.shape.length;
      const [i, j] = [axisOf(from, rank), axisOf(to, rank)];
      const rest = range(rank).filter((a) => a !== i);
      return permuted(
        x,
        range(rank).map((a) => (a === j ? i : rest.shift()!)),
      );
    },
    withRank(2),
    (g, a) => [someAxis(g, a), someAxis(g, a)],
  ),
  one(
    "expandDims",
    (_, x, axis: number) => widened(x, [axis]),
    withRank(0, 3),
    (g, a) => [upTo(g, a.shape.length)],
    2,
  ),
  {
    ...one("squeeze", (_, x) => ({ ...x, shape: x.shape.filter((d: number) => d !== 1) })),
    draw(g) {
      const x = g.pick((a) => a.shape.includes(1)) ?? g.pick();
      return x && [g.array(x).shape.includes(1) ? x : (g.step("expandDims", [x, 0]) as Ref)];
    },
  },
  one("atleast1d", (_, x) => (x.shape.length ? x : { ...x, shape: [1] }), undefined, undefined, 0.5),
  one(
    "atleast2d",
    (_, x) => (x.shape.length >= 2 ? x : { ...x, shape: [1, x.data.length] }),
    undefined,
    undefined,
    0.5,
  ),
  one(
    "broadcastTo",
    (_, x, shape: number[]) => expand(x, shape),
    withRank(0, 2),
    (g, a) => [[1 + upTo(g, 3), ...a.shape]],
  ),
  one(
    "flip",
    (_, x, axis?: number) =>
      view(x, x.shape, (index) =>
        place(
          x.shape,
          index.map((i, a) => (axesOf(axis, x.shape.length).includes(a) ? x.shape[a] - 1 - i : i)),
        ),
      ),
    withRank(1),
    (g, a) => (g.chance(0.4) ? [] : [someAxis(g, a)]),
  ),
  one(
    "roll",
    (_, x, shift: number, axis?: number) => {
      if (axis === undefined)
        return {
          ...x,
          data: range(x.data.length).map(
            (i) => x.data[(((i - shift) % x.data.length) + x.data.length) % x.data.length]!,
          ),
        };
      const a = axisOf(axis, x.shape.length);
      const n = x.shape[a]!;
      return picked(
        x,
        a,
        range(n).map((i) => (((i - shift) % n) + n) % n),
      );
    },
    withRank(1),
    (g, a) => [upTo(g, 4) - 2, ...(g.chance(0.5) ? [someAxis(g, a)] : [])],
  ),
  one(
    "pad",
    (t, x, width: [number, number][], options: { value?: number } = {}) => {
      const fill = t.constant(options.value ?? 0);
      return make(
        x.shape.map((d: number, a: number) => d + width[a]![0] + width[a]![1]),
        (index) => {
          const from = index.map((i, a) => i - width[a]![0]);
          return from.every((i, a) => i >= 0 && i < x.shape[a]) ? x.data[place(x.shape, from)]! : fill;
        },
      );
    },
    withRank(1, 2),
    (g, a) => [a.shape.map(() => [upTo(g, 2), upTo(g, 2)]), ...(g.chance(0.3) ? [{ value: g.number() }] : [])],
    2,
  ),
  one(
    "repeat",
    (_, x, times: number, axis?: number) => {
      const y = axis === undefined ? flat(x) : x;
      const a = axisOf(axis ?? 0, y.shape.length);
      return picked(
        y,
        a,
        range(y.shape[a]!).flatMap((i) => range(times).map(() => i)),
      );
    },
    withRank(1),
    (g, a) => [1 + upTo(g, 2), ...(g.chance(0.6) ? [someAxis(g, a)] : [])],
  ),
  one(
    "tile",
    (_, x, reps: number | number[]) => {
      const counts = typeof reps === "number" ? [reps] : reps;
      const rank = Math.max(counts.length, x.shape.length);
      const [shape, times] = [x.shape, counts].map((s) => [...range(rank - s.length).map(() => 1), ...s]) as [
        number[],
        number[],
      ];
      return view(
        x,
        shape.map((d, a) => d * times[a]!),
        (index) =>
          place(
            shape,
            index.map((i, a) => i % shape[a]!),
          ),
      );
    },
    withRank(1, 2),
    (g, a) => [
      oneOf<Arg>(
        g,
        2,
        a.shape.map(() => 1 + upTo(g, 1)),
        [2, ...a.shape.map(() => 1)],
      ),
    ],
  ),
  one(
    "diff",
    (t, x, { n = 1, axis = -1 }: { n?: number; axis?: number } = {}) => {
      let y: RArray = x;
      for (let k = 0; k < n; k++)
        y = along(
          y,
          axis,
          (l) => range(l.length - 1).map((i) => sub(t, l[i + 1]!, l[i]!)),
          y.shape[axisOf(axis, y.shape.length)]! - 1,
        );
      return y;
    },
    (a) => a.shape.length >= 1 && a.shape.every((d) => d > 2),
    (g, a) => [oneOf<Arg>(g, {}, { n: 2 }, { axis: someAxis(g, a) })],
  ),
  ...(["tril", "triu"] as const).map((name) =>
    one(
      name,
      (t, x, k = 0) => {
        const zero = t.constant(0);
        return make(x.shape, (index) => {
          const [i, j] = index.slice(-2) as [number, number];
          return (name === "tril" ? j - i <= k : j - i >= k) ? x.data[place(x.shape, index)]! : zero;
        });
      },
      withRank(2),
      (g) => (g.chance(0.5) ? [] : [upTo(g, 2) - 1]),
    ),
  ),
  one(
    "diag",
    (t, x, k = 0) => {
      if (x.shape.length === 2) return diagonalOf(x, k, 0, 1);
      const n = x.shape[0]! + Math.abs(k);
      return make([n, n], ([i, j]) => (j! - i! === k ? x.data[Math.min(i!, j!)]! : t.constant(0)));
    },
    (a) => a.shape.length === 2 || (a.shape.length === 1 && a.shape[0]! <= 6),
    (g, a) => (g.chance(0.6) || Math.min(...a.shape) < 3 ? [] : [upTo(g, 2) - 1]),
  ),
  one("diagonal", (_, x) => diagonalOf(x, 0, 0, 1), withRank(2)),
  one(
    "trace",
    (t, x) => {
      const d = diagonalOf(x, 0, 0, 1);
      return along(d, -1, (l) => [sum(t, l)], 1).shape.length === 1
        ? { shape: [], kind: "float", data: [sum(t, d.data)] }
        : squeezeLast(along(d, -1, (l) => [sum(t, l)], 1));
    },
    withRank(2),
  ),
];
const squeezeLast = (x: RArray): RArray => ({ ...x, shape: x.shape.slice(0, -1) });
const sub = (t: Tape, a: number, b: number): number =>
  t.node(
    t.get(a) - t.get(b),
    0,
    [a, b],
    [
      { m: 1, k: 0 },
      { m: -1, k: 0 },
    ],
  );
function diagonalOf(x: RArray, k: number, a: number, b: number): RArray {
  const rest = range(x.shape.length).filter((i) => i !== a && i !== b);
  const [di, dj] = [Math.max(0, -k), Math.max(0, k)];
  const n = Math.max(0, Math.min(x.shape[a]! - di, x.shape[b]! - dj));
  return view(x, [...rest.map((i) => x.shape[i]!), n], (index) => {
    const at = new Array<number>(x.shape.length);
    rest.forEach((i, p) => {
      at[i] = index[p]!;
    });
    [at[a], at[b]] = [index.at(-1)! + di, index.at(-1)! + dj];
    return place(x.shape, at);
  });
}
export const viewOperations: readonly Operation[] = moves;
