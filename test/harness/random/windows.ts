// Convolutions and pools of random programs: windows that move over the last axes, with steps, distances and padding.
import {
  type Arg,
  anyArray,
  type Drawing,
  make,
  type Operation,
  oneOf,
  place,
  type RArray,
  type Ref,
  range,
  sizeOf,
} from "./arrays.ts";
import { dotOf, sum } from "./elementwise.ts";
import { extremum, scaled } from "./folds.ts";
import type { Tape } from "./tape.ts";

interface Settings {
  readonly stride?: number | readonly number[];
  readonly padding?: number | "same" | readonly (readonly [number, number])[];
  readonly dilation?: number | readonly number[];
  readonly groups?: number;
  readonly countIncludePad?: boolean;
}
/** For each place of the window, the indices that it sees of axes of `extents`: -1 for padding. */
function places(
  extents: readonly number[],
  window: readonly number[],
  settings: Settings,
  stride: number | readonly number[],
) {
  const each = (value: number | readonly number[], a: number): number =>
    typeof value === "number" ? value : value[a]!;
  const axes = extents.map((n, a) => {
    const [step, gap] = [each(settings.stride ?? stride, a), each(settings.dilation ?? 1, a)];
    const reach = (window[a]! - 1) * gap;
    const given = settings.padding ?? 0;
    const needed = Math.max(0, (Math.ceil(n / step) - 1) * step + reach + 1 - n);
    const [before, after] =
      given === "same" ? [needed >> 1, needed - (needed >> 1)] : typeof given === "number" ? [given, given] : given[a]!;
    const count = Math.floor((n + before + after - reach - 1) / step) + 1;
    return range(count).map((i) => range(window[a]!).map((k) => i * step + k * gap - before));
  });
  const inside = (at: readonly number[]): boolean => at.every((i, a) => i >= 0 && i < extents[a]!);
  const seen = (output: readonly number[]): { taps: number[][]; offsets: number[][] } => {
    const [taps, offsets]: [number[][], number[][]] = [[], []];
    for (let k = 0; k < sizeOf(window); k++) {
      let rest = k;
      const offset = window.map(() => 0);
      for (let a = window.length - 1; a >= 0; a--)
        [offset[a], rest] = [rest % window[a]!, Math.floor(rest / window[a]!)];
      const at = output.map((i, a) => axes[a]![i]![offset[a]!]!);
      if (!inside(at)) continue;
      taps.push(at);
      offsets.push(offset);
    }
    return { taps, offsets };
  };
  return { shape: axes.map((a) => a.length), seen };
}

function convolved(t: Tape, x: RArray, w: RArray, settings: Settings = {}): RArray {
  const window = w.shape.slice(2);
  const { shape, seen } = places(x.shape.slice(2), window, settings, 1);
  const groups = settings.groups ?? 1;
  const [inner, outer] = [w.shape[1]!, w.shape[0]! / groups];
  const padded = settings.padding !== undefined && settings.padding !== 0;
  const y = make([x.shape[0]!, w.shape[0]!, ...shape], ([n, o, ...at]) => {
    const { taps, offsets } = seen(at);
    const first = Math.floor(o! / outer) * inner;
    const terms = taps.flatMap((tap, k) =>
      range(inner).map(
        (c) =>
          [x.data[place(x.shape, [n!, first + c, ...tap])]!, w.data[place(w.shape, [o!, c, ...offsets[k]!])]!] as const,
      ),
    );
    return dotOf(
      t,
      terms.map(([p]) => p),
      terms.map(([, q]) => q),
    );
  });
  // Whether a zero of the padding meets an infinite weight is nobody's business.
  if (padded && w.data.some((id) => !Number.isFinite(t.get(id)))) for (const id of y.data) t.lost(id);
  return y;
}
function pooled(
  x: RArray,
  window: number | readonly number[],
  settings: Settings,
  fold: (ids: number[], size: number) => number,
): RArray {
  const list = typeof window === "number" ? x.shape.slice(2).map(() => window) : window;
  const lead = x.shape.slice(0, x.shape.length - list.length);
  const { shape, seen } = places(x.shape.slice(lead.length), list, settings, list);
  return make([...lead, ...shape], (index) => {
    const { taps } = seen(index.slice(lead.length));
    const ids = taps.map((tap) => x.data[place(x.shape, [...index.slice(0, lead.length), ...tap])]!);
    return fold(ids, sizeOf(list));
  });
}
const someSettings = (g: Drawing): Arg[] =>
  g.chance(0.5)
    ? []
    : [oneOf<Arg>(g, { stride: 2 }, { padding: 1 }, { dilation: 2 }, { padding: "same" }, { stride: 2, padding: 1 })];
const wideEnough = (n: number, window: number, settings: Settings | undefined): boolean =>
  settings?.padding !== undefined || n >= (window - 1) * ((settings?.dilation as number | undefined) ?? 1) + 1;

export const windowOperations: readonly Operation[] = [
  {
    name: "conv1d",
    reference: (t, x: RArray, w: RArray, settings?: Settings) => convolved(t, x, w, settings),
    draw(g) {
      const x = anyArray(g, (a) => a.shape.length === 1 && a.shape[0]! >= 3) ?? anyArray(g, (a) => a.data.length >= 4);
      if (!x) return undefined;
      const grouped = x[1].data.length % 2 === 0 && x[1].data.length >= 6 && g.chance(0.25);
      const n = x[1].data.length / (grouped ? 2 : 1);
      const k = g.step("reshape", [x[0], [1, grouped ? 2 : 1, n]]) as Ref;
      const more = someSettings(g).filter((s) => wideEnough(n, 2, s as Settings));
      if (grouped) return [k, g.captured([2, 1, 2]), { ...(more[0] as object), groups: 2 }];
      return [k, g.chance(0.6) ? g.captured([2, 1, 2]) : (g.step("slice", [k, null, null, [0, 2]]) as Ref), ...more];
    },
  },
  {
    name: "conv2d",
    reference: (t, x: RArray, w: RArray, settings?: Settings) => convolved(t, x, w, settings),
    draw(g) {
      const x = anyArray(g, (a) => a.shape.length === 2 && a.shape.every((d) => d >= 2 && d <= 6)) ?? image(g);
      const k = x && g.step("reshape", [x[0], [1, 1, ...x[1].shape]]);
      if (!k) return undefined;
      const more = someSettings(g).filter((s) => x[1].shape.every((n) => wideEnough(n, 2, s as Settings)));
      return [
        k,
        g.chance(0.6) ? g.captured([1, 1, 2, 2]) : (g.step("slice", [k, null, null, [0, 2], [0, 2]]) as Ref),
        ...more,
      ];
    },
  },
  {
    name: "maxPool",
    reference: (t, x: RArray, window: number[], settings: Settings = {}) =>
      pooled(x, window, settings, (ids) => extremum(t, ids, 1)),
    draw: (g) => pool(g),
  },
  {
    name: "avgPool",
    reference: (t, x: RArray, window: number[], settings: Settings = {}) =>
      pooled(x, window, settings, (ids, size) =>
        scaled(t, sum(t, ids), 1 / (settings.countIncludePad === false ? ids.length : size)),
      ),
    draw(g) {
      const args = pool(g);
      return args && g.chance(0.3) ? [args[0]!, args[1]!, { ...(args[2] as object), countIncludePad: false }] : args;
    },
  },
];
function image(g: Drawing): [Ref, RArray] | undefined {
  const x = anyArray(g, (a) => a.data.length >= 6);
  const cut = x && g.step("slice", [g.step("ravel", [x[0]]) as Ref, [0, 6]]);
  const made = cut && g.step("reshape", [cut, [2, 3]]);
  return made && [made, g.array(made)];
}
function pool(g: Drawing): Arg[] | undefined {
  const x = anyArray(g, (a) => a.shape.length >= 1 && a.shape.at(-1)! >= 2);
  if (!x) return undefined;
  const flat = x[1].shape.length < 2 || x[1].shape.at(-2)! < 2 || g.chance(0.5);
  const extents = x[1].shape.slice(flat ? -1 : -2);
  const settings = oneOf<Settings | undefined>(
    g,
    undefined,
    { stride: 1 },
    { padding: 1 },
    { dilation: 2, stride: 1 },
    { padding: "same", stride: 1 },
  );
  if (!extents.every((n) => wideEnough(n, 2, settings))) return [x[0], extents.map(() => 2)];
  return [x[0], extents.map(() => 2), ...(settings ? [settings as Arg] : [])];
}
