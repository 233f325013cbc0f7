// Operations of random programs that move elements: views, joining, indexing, updates.
import {
  type Arg,
  along,
  anyArray,
  axesOf,
  axisOf,
  type Drawing,
  eachIndex,
  expand,
  make,
  type Operation,
  oneOf,
  place,
  type RArray,
  type Ref,
  range,
  same,
  sizeOf,
  someAxis,
  spread,
  toArray,
  upTo,
  view,
  withRank,
} from "./arrays.ts";
import { sum } from "./elementwise.ts";
import type { Tape } from "./tape.ts";

const flat = (x: RArray): RArray => ({ ...x, shape: [x.data.length] });
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
const picked = (x: RArray, axis: number, rows: readonly number[]): RArray =>
  view(x, x.shape.with(axis, rows.length), (index) => place(x.shape, index.with(axis, rows[index[axis]!]!)));
const wrap = (i: number, n: number): number => Math.min(Math.max(i < 0 ? i + n : i, 0), n - 1);

/** NumPy's meaning of start, stop and step on an axis of n. */
function rowsOf(given: readonly (number | null | undefined)[], n: number): number[] {
  const step = given[2] ?? 1;
  const bound = (i: number | null | undefined, none: number): number =>
    i === null || i === undefined
      ? none
      : step > 0
        ? Math.min(Math.max(i < 0 ? i + n : i, 0), n)
        : Math.min(Math.max(i < 0 ? i + n : i, -1), n - 1);
  const [start, stop] = step > 0 ? [bound(given[0], 0), bound(given[1], n)] : [bound(given[0], n - 1), bound(given[1], -1)];
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
export function joined(xs: readonly RArray[], axis: number): RArray {
  const a = axisOf(axis, xs[0]!.shape.length);
  const extent = xs.reduce((n, x) => n + x.shape[a]!, 0);
  return make(xs[0]!.shape.with(a, extent), (index) => {
    let i = index[a]!;
    for (const x of xs) {
      if (i < x.shape[a]!) return x.data[place(x.shape, index.with(a, i))]!;
      i -= x.shape[a]!;
    }
    throw new Error("beyond the end");
  });
}
const widened = (x: RArray, axes: readonly number[]): RArray => {
  const rank = x.shape.length + axes.length;
  const at = axes.map((a) => axisOf(a, rank));
  let next = 0;
  return { ...x, shape: range(rank).map((a) => (at.includes(a) ? 1 : x.shape[next++]!)) };
};

const one = (
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
  return oneOf<Arg>(g, null, [from], [0, -1], [null, null, -1], [null, null, 2], [from, from + 1 + upTo(g, n)], n > 1 ? [1, n] : [0, n]);
};
const int32 = (captured: readonly number[], shape: readonly number[] = [captured.length]): Arg => ({ captured, shape, kind: "int32" });
const indices = (g: Drawing, count: number, n: number): number[] => range(count).map(() => upTo(g, n - 1) - (g.chance(0.2) ? n : 0));
/** Another value that can be joined to `a` along `axis`. */
const joinable = (g: Drawing, a: RArray, axis: number): Ref | undefined =>
  g.pick((b) => b.shape.length === a.shape.length && b.shape.every((d, i) => i === axis || d === a.shape[i]));

const moves: Operation[] = [
  one(
    "slice",
    (_, x, ...ranges) => sliced(x, ranges),
    withRank(1),
    (g, a) => a.shape.slice(0, 1 + upTo(g, a.shape.length - 1)).map((n) => (g.chance(0.15) ? upTo(g, n - 1) : someRange(g, n))),
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
  one(
    "squeeze",
    (_, x) => ({ ...x, shape: x.shape.filter((d: number) => d !== 1) }),
    (a) => a.shape.includes(1),
  ),
  one("atleast1d", (_, x) => (x.shape.length ? x : { ...x, shape: [1] }), undefined, undefined, 0.5),
  one("atleast2d", (_, x) => (x.shape.length >= 2 ? x : { ...x, shape: [1, x.data.length] }), undefined, undefined, 0.5),
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
        return { ...x, data: range(x.data.length).map((i) => x.data[(((i - shift) % x.data.length) + x.data.length) % x.data.length]!) };
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
      const [shape, times] = [x.shape, counts].map((s) => [...range(rank - s.length).map(() => 1), ...s]) as [number[], number[]];
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
        y = along(y, axis, (l) => range(l.length - 1).map((i) => sub(t, l[i + 1]!, l[i]!)), y.shape[axisOf(axis, y.shape.length)]! - 1);
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

const lists = (
  name: string,
  weight: number,
  reference: (t: Tape, xs: RArray[], options?: never) => RArray | RArray[],
  draw: (g: Drawing) => readonly Arg[] | undefined,
): Operation => ({
  name,
  weight,
  reference: (t, xs: (RArray | number)[], options) =>
    reference(
      t,
      xs.map((x) => toArray(t, x)),
      options as never,
    ),
  draw,
});
const joins: Operation[] = [
  lists(
    "concat",
    3,
    (_, xs, axis = 0 as never) => joined(xs, axis),
    (g) => {
      const x = anyArray(g, withRank(1));
      if (!x) return undefined;
      const axis = upTo(g, x[1].shape.length - 1);
      const y = g.chance(0.25) ? g.captured(x[1].shape) : joinable(g, x[1], axis);
      return y && [g.chance(0.5) ? [x[0], y] : [y, x[0]], ...(axis ? [axis] : [])];
    },
  ),
  lists(
    "stack",
    2,
    (_, xs, axis = 0 as never) =>
      joined(
        xs.map((x) => widened(x, [axis])),
        axis,
      ),
    (g) => {
      const x = anyArray(g, withRank(0, 3));
      const y = x && g.pick((b) => same(b.shape, x[1].shape));
      return y && [[x[0], y], ...(g.chance(0.5) ? [upTo(g, x[1].shape.length)] : [])];
    },
  ),
  lists(
    "hstack",
    0.7,
    (_, xs) => {
      const wide = xs.map((x) => (x.shape.length ? x : { ...x, shape: [1] }));
      return joined(wide, wide[0]!.shape.length === 1 ? 0 : 1);
    },
    (g) => {
      const x = anyArray(g, withRank(0, 2));
      const y = x && g.pick((b) => same(b.shape, x[1].shape));
      return y && [[x[0], y]];
    },
  ),
  lists(
    "vstack",
    0.7,
    (_, xs) =>
      joined(
        xs.map((x) => (x.shape.length >= 2 ? x : { ...x, shape: [1, x.data.length] })),
        0,
      ),
    (g) => {
      const x = anyArray(g, withRank(0, 2));
      const y = x && g.pick((b) => same(b.shape, x[1].shape));
      return y && [[x[0], y]];
    },
  ),
  lists(
    "meshgrid",
    0.7,
    (_, xs) => {
      const shape = [xs[1]!.data.length, xs[0]!.data.length];
      return [view(xs[0]!, shape, ([, j]) => j!), view(xs[1]!, shape, ([i]) => i!)];
    },
    (g) => {
      const x = anyArray(g, (a) => a.shape.length === 1 && a.shape[0]! <= 6);
      const y = x && g.pick((a) => a.shape.length === 1 && a.shape[0]! <= 6);
      return y && [[x[0], y]];
    },
  ),
  ...["split", "arraySplit"].map((name) =>
    one(
      name,
      (_, x, parts: number, axis = 0) => {
        const a = axisOf(axis, x.shape.length);
        const n = x.shape[a]!;
        let from = 0;
        return range(parts).map((k) => {
          const size = Math.floor(n / parts) + (k < n % parts ? 1 : 0);
          from += size;
          return picked(
            x,
            a,
            range(size).map((i) => from - size + i),
          );
        });
      },
      (a) => a.shape.length >= 1 && a.shape[0]! % 2 === 0,
      () => [2],
      0.8,
    ),
  ),
];

const updates: Operation[] = [
  one(
    "take",
    (_, x, idx: RArray, axis?: number) => {
      const y = axis === undefined ? flat(x) : x;
      const a = axisOf(axis ?? 0, y.shape.length);
      const shape = [...y.shape.slice(0, a), ...idx.shape, ...y.shape.slice(a + 1)];
      return view(y, shape, (index) => {
        const i = idx.data[place(idx.shape, index.slice(a, a + idx.shape.length))]!;
        return place(y.shape, [...index.slice(0, a), wrap(i, y.shape[a]!), ...index.slice(a + idx.shape.length)]);
      });
    },
    withRank(1),
    (g, a) => {
      const axis = g.chance(0.3) ? undefined : upTo(g, a.shape.length - 1);
      const n = axis === undefined ? sizeOf(a.shape) : a.shape[axis]!;
      return [int32(indices(g, 1 + upTo(g, 4), n)), ...(axis === undefined ? [] : [axis])];
    },
    2,
  ),
  one(
    "takeAlongAxis",
    (_, x, idx: RArray, axis = -1) => {
      const a = axisOf(axis, x.shape.length);
      return view(x, idx.shape, (index) => place(x.shape, index.with(a, wrap(idx.data[place(idx.shape, index)]!, x.shape[a]!))));
    },
    withRank(1, 2),
    (g, a) => {
      const axis = upTo(g, a.shape.length - 1);
      const shape = a.shape.with(axis, 1 + upTo(g, 3));
      return [int32(indices(g, sizeOf(shape), a.shape[axis]!), shape), axis];
    },
  ),
  ...(["scatterAdd", "scatterSet"] as const).map(
    (name): Operation => ({
      name,
      weight: 1.5,
      reference: (t, x: RArray, idx: RArray, rows: RArray | number) => {
        const wide = expand(toArray(t, rows), [...idx.shape, ...x.shape.slice(1)]);
        const terms = x.data.map((id) => [id]);
        eachIndex(wide.shape as number[], (index, k) => {
          const to = place(x.shape, [wrap(idx.data[index[0]!]!, x.shape[0]!), ...index.slice(1)]);
          if (name === "scatterAdd") terms[to]!.push(wide.data[k]!);
          else terms[to] = [wide.data[k]!];
        });
        return { ...x, data: terms.map((ids) => (ids.length === 1 ? ids[0]! : sum(t, ids, -0))) };
      },
      draw(g) {
        const x = anyArray(g, withRank(1, 2));
        if (!x) return undefined;
        const count = 1 + upTo(g, 3);
        const want = [count, ...x[1].shape.slice(1)];
        const rows =
          g.pick((b) => same(b.shape, want)) ?? (g.chance(0.5) ? g.captured(want) : (g.pick((b) => b.shape.length === 0) ?? g.number()));
        return [x[0], int32(indices(g, count, x[1].shape[0]!)), rows];
      },
    }),
  ),
  one(
    "segmentSum",
    (t, x, ids: RArray, segments: number) => {
      const terms: number[][][] = range(segments).map(() => range(sizeOf(x.shape.slice(1))).map(() => []));
      const width = sizeOf(x.shape.slice(1));
      x.data.forEach((id: number, k: number) => {
        const s = ids.data[Math.floor(k / width)]!;
        if (s >= 0 && s < segments) terms[s]![k % width]!.push(id);
      });
      return {
        shape: [segments, ...x.shape.slice(1)],
        kind: "float",
        data: terms.flat().map((list) => (list.length ? sum(t, list) : t.constant(0))),
      };
    },
    withRank(1, 2),
    (g, a) => [int32(range(a.shape[0]!).map(() => upTo(g, 2))), 3],
  ),
  one(
    "dynamicSlice",
    (_, x, starts: number[], sizes: number[]) => {
      const from = starts.map((s, a) => Math.min(Math.max(s < 0 ? s + x.shape[a]! : s, 0), x.shape[a]! - sizes[a]!));
      return view(x, sizes, (index) =>
        place(
          x.shape,
          index.map((i, a) => i + from[a]!),
        ),
      );
    },
    withRank(1, 2),
    (g, a) => [a.shape.map((n) => upTo(g, n) - 1), a.shape.map((n) => 1 + upTo(g, n - 1))],
  ),
  {
    name: "dynamicUpdateSlice",
    reference: (_, x: RArray, update: RArray, starts: number[]) => {
      const from = starts.map((s, a) => Math.min(Math.max(s < 0 ? s + x.shape[a]! : s, 0), x.shape[a]! - update.shape[a]!));
      return make(x.shape, (index) => {
        const at = index.map((i, a) => i - from[a]!);
        return at.every((i, a) => i >= 0 && i < update.shape[a]!) ? update.data[place(update.shape, at)]! : x.data[place(x.shape, index)]!;
      });
    },
    draw(g) {
      const x = anyArray(g, withRank(1, 2));
      const y = x && g.pick((b) => b.shape.length === x[1].shape.length && b.shape.every((d, a) => d <= x[1].shape[a]!));
      return y && [x[0], y, x[1].shape.map((n) => upTo(g, n) - 1)];
    },
  },
  one(
    "compress",
    (_, x, mask: RArray, axis: number) =>
      picked(
        x,
        axisOf(axis, x.shape.length),
        range(mask.data.length).filter((i) => mask.data[i]),
      ),
    (a) => a.shape.length >= 1 && a.shape[0]! >= 2,
    (g, a) => {
      const captured = range(a.shape[0]!).map((i) => (i === 0 || g.chance(0.6) ? 1 : 0));
      return [{ captured, shape: [captured.length], kind: "bool" }, 0];
    },
    0.8,
  ),
];

export const viewOperations: readonly Operation[] = [...moves, ...joins, ...updates];
export { spread };
