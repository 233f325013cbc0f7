// Arrays of the oracle, and what an operation of a random program is: how to draw a call, and what the call means.
import { eachIndex, flatten } from "../reference.ts";
import { choice, integer, type Rng } from "../rng.ts";
import type { Domain } from "./functions.ts";
import type { Tape } from "./tape.ts";

export interface RArray {
  readonly shape: readonly number[];
  readonly kind: "float" | "int32" | "bool";
  /** Places on the tape (float), or the numbers themselves. */
  readonly data: readonly number[];
}

/** The result of step number `$`; several results of one step are numbered in turn. */
export interface Ref {
  readonly $: number;
}
/** A captured array. */
export interface Captured {
  readonly captured: readonly number[];
  readonly shape: readonly number[];
  readonly kind: "float" | "int32" | "bool";
}
/** A call of an operation. */
export interface Step {
  readonly op: string;
  readonly args: readonly Arg[];
  /** Numbers of its results. */
  readonly results: readonly number[];
}
/** A function that a loop or a transform is given. Numbers 0, 1, … are its parameters; it sees nothing else. */
export interface Body {
  readonly body: readonly Step[];
  readonly parameters: number;
  readonly returns: readonly number[];
}
/**
 * An argument of a call, as a program stores it: what is none of these is passed as it is. Lists may hold references.
 */
export type Arg =
  | Ref
  | Captured
  | Body
  | number
  | string
  | boolean
  | null
  | readonly Arg[]
  | { readonly [key: string]: Arg };

/** An argument as the reference sees it: references and captured arrays are arrays, bodies functions of arrays. */
// biome-ignore lint/suspicious/noExplicitAny: each operation knows its own arguments.
export type Seen = any;

export interface Operation {
  readonly name: string;
  /** How often it is drawn, beside the others of its theme. */
  readonly weight?: number;
  readonly reference: (t: Tape, ...args: Seen[]) => RArray | readonly RArray[];
  /** Whether it is long to differentiate: a program has one such operation, or two if it is about matrices. */
  readonly heavy?: boolean;
  /** How it is called, where that is not `hvp[name](...args)`: of a function named by the first argument, say. */
  // biome-ignore lint/suspicious/noExplicitAny: a build is whatever module the command line names.
  readonly call?: (hvp: any, args: readonly any[]) => unknown;
  /** The same as code, of the arguments as code. */
  readonly code?: (args: readonly string[]) => string;
  /** Whether the call returns a list, even of one result. */
  readonly list?: boolean;
  /** Names of the results, where they come in an object. */
  readonly results?: readonly string[];
  /** Results that later steps do not use, for they are not unique. */
  readonly hidden?: readonly number[];
  /** What is added to the program after a call. */
  readonly after?: (g: Drawing, results: readonly Ref[], args: readonly Arg[]) => void;
  /** The arguments of a call; undefined where no value so far fits. */
  readonly draw: (g: Drawing) => readonly Arg[] | undefined;
}

/** What draws see of the program so far. */
export interface Drawing {
  readonly dtype: "float64" | "float32";
  readonly random: Rng;
  readonly theme: string;
  readonly tape: Tape;
  /** A float array so far, the last ones more often; undefined if there is none that fits. */
  pick(fits?: (a: RArray) => boolean): Ref | undefined;
  array(ref: Ref): RArray;
  /** `ref` moved into a domain, by another step if need be; special values may stay outside unless `strictly`. */
  within(ref: Ref, domain: Domain, strictly?: boolean): Ref | undefined;
  /** A step added now; the number of its first result. */
  step(name: string, args: readonly Arg[]): Ref | undefined;
  /** A number as users write them. */
  number(): number;
  captured(shape: readonly number[]): Captured;
  chance(p: number): boolean;
  /** A body is drawn on arguments like these, and in bodies so deep. */
  body(like: readonly RArray[], finish: (inner: Drawing) => readonly Ref[]): Body;
  readonly depth: number;
}

export const isRef = (x: unknown): x is Ref => typeof x === "object" && x !== null && "$" in x;
export const isCaptured = (x: unknown): x is Captured => typeof x === "object" && x !== null && "captured" in x;
export const isBody = (x: unknown): x is Body => typeof x === "object" && x !== null && "body" in x;

// ---- shapes ----

export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);
export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
export const axisOf = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);
export const axesOf = (axis: number | readonly number[] | null | undefined, rank: number): number[] =>
  axis === undefined || axis === null
    ? range(rank)
    : (typeof axis === "number" ? [axis] : axis).map((a) => axisOf(a, rank));
export const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i]);

export function broadcastShapes(shapes: readonly (readonly number[])[]): number[] | undefined {
  const rank = Math.max(...shapes.map((s) => s.length));
  const out: number[] = [];
  for (let i = 0; i < rank; i++) {
    const extents = shapes.map((s) => s[i - rank + s.length] ?? 1).filter((d) => d !== 1);
    if (new Set(extents).size > 1) return undefined;
    out.push(extents[0] ?? 1);
  }
  return out;
}

/** An array of the elements that `pick` chooses, places in row-major order. */
export function view(x: RArray, shape: readonly number[], pick: (index: readonly number[]) => number): RArray {
  const data: number[] = [];
  eachIndex(shape as number[], (index) => data.push(x.data[pick(index)]!));
  return { shape, kind: x.kind, data };
}
/** The place of `index` in an array of `shape`, of which leading axes may be missing and extents 1. */
export const spread =
  (shape: readonly number[]) =>
  (index: readonly number[]): number =>
    flatten(
      shape as number[],
      shape.map((d, i) => (d === 1 ? 0 : index[i + index.length - shape.length]!)),
    );
export const expand = (x: RArray, shape: readonly number[]): RArray =>
  same(x.shape, shape) ? x : view(x, shape, spread(x.shape));
export const place = (shape: readonly number[], index: readonly number[]): number =>
  flatten(shape as number[], index as number[]);
export { eachIndex };

/** A float array of a shape, from the index. */
export function make(
  shape: readonly number[],
  of: (index: readonly number[]) => number,
  kind: RArray["kind"] = "float",
): RArray {
  const data: number[] = [];
  eachIndex(shape as number[], (index) => data.push(of(index)));
  return { shape, kind, data };
}

/** What users write a number for: a float array without axes. */
export const toArray = (t: Tape, x: RArray | number): RArray =>
  typeof x === "number" ? { shape: [], kind: "float", data: [t.constant(x)] } : x.kind === "float" ? x : toFloat(t, x);
export const toFloat = (t: Tape, x: RArray): RArray => ({
  shape: x.shape,
  kind: "float",
  data: x.data.map((v) => t.constant(v)),
});

/** The lines of `x` along `axes`: for each index of the other axes, the elements in row-major order. */
export function lines(x: RArray, axes: readonly number[]): { shape: number[]; groups: number[][] } {
  const kept = range(x.shape.length).filter((a) => !axes.includes(a));
  const shape = kept.map((a) => x.shape[a]!);
  const groups: number[][] = Array.from({ length: sizeOf(shape) }, () => []);
  eachIndex(x.shape as number[], (index, flat) => {
    const to = place(
      shape,
      kept.map((a) => index[a]!),
    );
    groups[to]!.push(x.data[flat]!);
  });
  return { shape, groups };
}

export interface Reduced {
  readonly axis?: number | readonly number[];
  readonly keepdims?: boolean;
}
/** A reduction over the axes of options, of which `fold` takes one group. */
export function reduced(x: RArray, options: Reduced | undefined, fold: (group: readonly number[]) => number): RArray {
  const axes = axesOf(options?.axis, x.shape.length);
  const { shape, groups } = lines(x, axes);
  const data = groups.map(fold);
  return { shape: options?.keepdims ? x.shape.map((d, a) => (axes.includes(a) ? 1 : d)) : shape, kind: "float", data };
}
/** A function of every line along one axis that gives lines of `extent` (the same extent unless given). */
export function along(
  x: RArray,
  axis: number,
  line: (group: readonly number[]) => readonly number[],
  extent?: number,
): RArray {
  const a = axisOf(axis, x.shape.length);
  const { shape, groups } = lines(x, [a]);
  const results = groups.map(line);
  const out = x.shape.map((d, i) => (i === a ? (extent ?? d) : d));
  return make(
    out,
    (index) =>
      results[
        place(
          shape,
          index.filter((_, i) => i !== a),
        )
      ]![index[a]!]!,
    x.kind,
  );
}

// ---- draws that many operations share ----

export const anyArray = (g: Drawing, fits: (a: RArray) => boolean = () => true): [Ref, RArray] | undefined => {
  const ref = g.pick(fits);
  return ref && [ref, g.array(ref)];
};
export const withRank =
  (least: number, most = 4) =>
  (a: RArray): boolean =>
    a.shape.length >= least && a.shape.length <= most;
export const someAxis = (g: Drawing, a: RArray): number => {
  const axis = integer(g.random, 0, a.shape.length - 1);
  return g.chance(0.3) ? axis - a.shape.length : axis;
};
/** `{}` or `{ axis }`, `{ axis, keepdims }`. */
export function reduceOptions(g: Drawing, a: RArray): { readonly [key: string]: Arg } {
  if (a.shape.length === 0 || g.chance(0.4)) return {};
  const axis = g.chance(0.2) && a.shape.length > 1 ? [0, a.shape.length - 1] : someAxis(g, a);
  return g.chance(0.25) ? { axis, keepdims: true } : { axis };
}
export const oneOf = <T>(g: Drawing, ...items: T[]): T => choice(g.random, items);
export const upTo = (g: Drawing, n: number): number => integer(g.random, 0, n);
