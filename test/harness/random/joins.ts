// Operations of random programs that join arrays, take elements by their index, and put some in.
import {
  type Arg,
  anyArray,
  axisOf,
  type Drawing,
  eachIndex,
  expand,
  make,
  type Operation,
  place,
  type RArray,
  type Ref,
  range,
  same,
  sizeOf,
  toArray,
  upTo,
  view,
  withRank,
} from "./arrays.ts";
import { sum } from "./elementwise.ts";
import { chosen } from "./folds.ts";
import type { Tape } from "./tape.ts";
import { flat, one, picked, widened, wrap } from "./views.ts";

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
const int32 = (captured: readonly number[], shape: readonly number[] = [captured.length]): Arg => ({
  captured,
  shape,
  kind: "int32",
});
const indices = (g: Drawing, count: number, n: number): number[] =>
  range(count).map(() => upTo(g, n - 1) - (g.chance(0.2) ? n : 0));
/** Another value that can be joined to `a` along `axis`. */
const joinable = (g: Drawing, a: RArray, axis: number): Ref | undefined =>
  g.pick((b) => b.shape.length === a.shape.length && b.shape.every((d, i) => i === axis || d === a.shape[i]));

/** Two arrays of one shape. */
const twoAlike = (g: Drawing): Arg[] | undefined => {
  const x = anyArray(g, withRank(0, 2));
  const y = x && g.pick((b) => same(b.shape, x[1].shape));
  return y && [[x[0], y] as Arg];
};
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
    twoAlike,
  ),
  lists(
    "vstack",
    0.7,
    (_, xs) =>
      joined(
        xs.map((x) => (x.shape.length >= 2 ? x : { ...x, shape: [1, x.data.length] })),
        0,
      ),
    twoAlike,
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

/**
 * Rows that are gathered are claimed at finite arguments alone, those that are left out included (docs/numerics.md).
 */
const compared = (t: Tape, x: RArray): RArray => ({ ...x, data: x.data.map((id) => chosen(t, id, x.data)) });
const updates: Operation[] = [
  one(
    "take",
    (t, x, idx: RArray, axis?: number) => {
      const y = compared(t, axis === undefined ? flat(x) : x);
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
    (t, x, idx: RArray, axis = -1) => {
      const a = axisOf(axis, x.shape.length);
      return view(compared(t, x), idx.shape, (index) =>
        place(x.shape, index.with(a, wrap(idx.data[place(idx.shape, index)]!, x.shape[a]!))),
      );
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
          g.pick((b) => same(b.shape, want)) ??
          (g.chance(0.5) ? g.captured(want) : (g.pick((b) => b.shape.length === 0) ?? g.number()));
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
      const from = starts.map((s, a) =>
        Math.min(Math.max(s < 0 ? s + x.shape[a]! : s, 0), x.shape[a]! - update.shape[a]!),
      );
      return make(x.shape, (index) => {
        const at = index.map((i, a) => i - from[a]!);
        return at.every((i, a) => i >= 0 && i < update.shape[a]!)
          ? update.data[place(update.shape, at)]!
          : x.data[place(x.shape, index)]!;
      });
    },
    draw(g) {
      const x = anyArray(g, withRank(1, 2));
      const y =
        x && g.pick((b) => b.shape.length === x[1].shape.length && b.shape.every((d, a) => d <= x[1].shape[a]!));
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

export const joinOperations: readonly Operation[] = [...joins, ...updates];
