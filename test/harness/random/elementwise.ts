// Element-wise operations of random programs.
import {
  type Arg,
  anyArray,
  broadcastShapes,
  type Drawing,
  expand,
  isCaptured,
  isRef,
  make,
  type Operation,
  oneOf,
  type RArray,
  type Ref,
  toArray,
} from "./arrays.ts";
import { type BinaryFunction, binaryFunctions, type Domain, type UnaryFunction, unaryFunctions } from "./functions.ts";
import { logDiffExp, moreBinaryFunctions, moreUnaryFunctions } from "./more-functions.ts";
import { lastDigit, type Tape } from "./tape.ts";
import { ONE, wide, ZERO } from "./wide.ts";

/** Functions whose oracle is good in their domain only: formulas from books say nothing outside. */
const BOOK = 1e4;

const isStrict = (f: { readonly error: number; readonly strict?: boolean }): boolean =>
  f.error >= BOOK || f.strict === true;

// ---- on the tape ----

/** Formulas from books are good to an absolute error near their zeros. */
const errorOf = (error: number, y: number): number | { of: number } =>
  error >= BOOK ? { of: error * Math.max(1, Math.abs(y)) } : error;
export function apply1(t: Tape, f: UnaryFunction, a: number): number {
  const x = t.get(a);
  const y = f.f(x);
  const [d, dd] = t.active[a] ? f.slopes(x, y) : [ZERO, ZERO];
  if (f.step) t.decide(y, a);
  if (f.corner) t.decide(Math.sign(d.m), a); // which piece
  const slopeError = typeof f.slopeError === "function" ? f.slopeError(x) : f.slopeError;
  const id = t.node(y, errorOf(f.error, y), [a], [d], [[0, 0, dd]], slopeError);
  if (f.kink?.(x)) t.kinks.add(id);
  if (f.corner?.(x)) t.corners.add(id);
  return isStrict(f) && !fits(x, f.domain) ? t.lost(id) : id;
}
export function apply2(t: Tape, f: BinaryFunction, a: number, b: number): number {
  const [x, z] = [t.get(a), t.get(b)];
  const y = f.f(x, z);
  const [da, db, aa, ab, bb] = t.active[a] || t.active[b] ? f.slopes(x, z, y) : [ZERO, ZERO, ZERO, ZERO, ZERO];
  if (f.step) t.decide(db.m, a, b);
  const [sa, sb, saa, sab, sbb] = (t.noise && f.sizes?.(x, z)) || [];
  const seconds = (
    [
      [0, 0, aa, saa],
      [0, 1, ab, sab],
      [1, 1, bb, sbb],
    ] as const
  ).filter(([i, j]) => t.active[[a, b][i]!] && t.active[[a, b][j]!]);
  const firsts = [t.active[a] ? da : ZERO, t.active[b] ? db : ZERO];
  const id = t.node(y, f.error, [a, b], firsts, seconds, f.slopeError, [t.active[a] ? sa : 0, t.active[b] ? sb : 0]);
  if (f.kink?.(x, z)) t.kinks.add(id);
  if (f.corner?.(x, z)) t.corners.add(id);
  return isStrict(f) && !(fits(x, f.domains[0]) && fits(z, f.domains[1])) ? t.lost(id) : id;
}
export const of1 = (t: Tape, name: string, a: number): number => apply1(t, unaryFunctions[name]!, a);
export const of2 = (t: Tape, name: string, a: number, b: number): number => apply2(t, binaryFunctions[name]!, a, b);

/** Whether a sum of finite numbers may leave the range in some order. */
const overflows = (t: Tape, values: readonly number[]): boolean => {
  const most = t.single ? 2 ** 128 * (1 - 2 ** -25) : Number.MAX_VALUE;
  const finite = values.filter(Number.isFinite);
  const part = (sign: number): number => finite.reduce((s, v) => s + Math.max(0, sign * v), 0);
  return part(1) > most || part(-1) > most;
};
/**
 * The sum of numbers. It begins with +0, so that a sum of zeros is +0, but where it is added to something: there with
 * -0.
 */
export function sum(t: Tape, ids: readonly number[], start = 0): number {
  const values = ids.map((id) => t.get(id));
  const total = values.reduce((s, v) => s + v, start);
  const size = values.reduce((s, v) => s + Math.abs(v), 0);
  // The sum of two numbers is correctly rounded in every order.
  const exact = ids.length <= 2 || !Number.isFinite(size) || t.sumsExactly(values);
  const id = t.node(
    total,
    exact ? 0 : { of: (ids.length + 2) * size },
    ids,
    ids.map(() => ONE),
  );
  return ids.length > 2 && overflows(t, values) ? t.unsure(id) : id;
}
/** Σ aᵢ·bᵢ */
export function dotOf(t: Tape, a: readonly number[], b: readonly number[]): number {
  const [p, q] = [a, b].map((ids) => ids.map((id) => t.get(id))) as [number[], number[]];
  // Products are rounded, or sums of unrounded ones.
  const terms = p.map((v, i) => (t.single ? v * q[i]! : t.round(v * q[i]!)));
  const total = terms.reduce((s, v) => s + v, 0);
  const size = terms.reduce((s, v) => s + Math.abs(v), 0);
  const whole = (v: number, i: number): boolean =>
    v === 0
      ? p[i] === 0 || q[i] === 0
      : Math.abs(v) <= lastDigit(p[i]!) * lastDigit(q[i]!) * (t.single ? 2 ** 24 : 2 ** 53);
  const exact = !Number.isFinite(size) || (terms.every(whole) && t.sumsExactly(terms));
  const ids = a.flatMap((id, i) => [id, b[i]!]);
  const first = a.flatMap((_, i) => [wide(q[i]!), wide(p[i]!)]);
  const id = t.node(
    total,
    exact ? 0 : { of: (a.length + 3) * size || 1e-300 },
    ids,
    first,
    a.map((_, i) => [2 * i, 2 * i + 1, ONE] as const),
  );
  // A sum that is not zero and rounds to zero may have either sign.
  const vanishes = total !== 0 && t.round(total) === 0;
  return vanishes || (a.length > 1 && overflows(t, terms)) ? t.unsure(id) : id;
}

const elementwise = (t: Tape, args: readonly (RArray | number)[], f: (...ids: number[]) => number): RArray => {
  const arrays = args.map((x) => toArray(t, x));
  const shape = broadcastShapes(arrays.map((a) => a.shape))!;
  const all = arrays.map((a) => expand(a, shape));
  return { shape, kind: "float", data: all[0]!.data.map((_, i) => f(...all.map((a) => a.data[i]!))) };
};

// ---- draws ----

/** Something that broadcasts with `a`: another value, a number or a captured array. */
export function partner(g: Drawing, a: RArray, domain: Domain = "all", strictly = false): Arg | undefined {
  if (g.chance(0.25)) {
    const c = strictly ? 0.5 : g.number();
    return fits(c, domain) ? c : Math.abs(c) + 0.5;
  }
  if (g.chance(0.15)) {
    const c = g.captured(a.shape.slice(g.chance(0.5) ? 0 : Math.max(0, a.shape.length - 1)));
    if (c.captured.every((v) => fits(v, domain))) return c;
  }
  const ref = g.pick((b) => {
    const shape = broadcastShapes([a.shape, b.shape]);
    return shape !== undefined && shape.reduce((n, d) => n * d, 1) <= 300;
  });
  return ref && g.within(ref, domain, strictly);
}
export const fits = (x: number, domain: Domain): boolean => {
  switch (domain) {
    case "positive":
      return x > 1e-3 && x < 1e3;
    case "nonnegative":
      return x > 0;
    case "unit":
      return Math.abs(x) <= 1;
    case "open unit":
      return Math.abs(x) < 0.95;
    case "fraction":
      return x > 0.02 && x < 0.98;
    case "above 1":
      return x > 1.05;
    case "nonzero":
      return Math.abs(x) > 1e-3;
    case "moderate":
      return Math.abs(x) < 4;
    case "shape":
      return x > 0.1 && x < 5;
    default:
      return true;
  }
};

const unaries: Operation[] = Object.entries({ ...unaryFunctions, ...moreUnaryFunctions }).map(([name, f]) => ({
  name,
  reference: (t, x) => elementwise(t, [x], (a) => apply1(t, f, a)),
  draw(g) {
    const x = g.pick();
    const moved = x && g.within(x, f.domain, isStrict(f));
    return moved && [moved];
  },
}));

const binaries: Operation[] = Object.entries({ ...binaryFunctions, ...moreBinaryFunctions }).map(([name, f]) => ({
  name,
  weight: ["add", "sub", "mul", "div"].includes(name) ? 4 : 1.5,
  reference: (t, x, y) => elementwise(t, [x, y], (a, b) => apply2(t, f, a, b)),
  draw(g) {
    const x = g.pick();
    const first = x && g.within(x, f.domains[0], isStrict(f));
    const second = first && partner(g, g.array(first), f.domains[1], isStrict(f));
    if (first === undefined || second === undefined) return undefined;
    return f.domains[0] === f.domains[1] && g.chance(0.3) ? [second, first] : [first, second];
  },
}));

// ---- comparison, selection ----

const comparisons: Record<string, (a: number, b: number) => boolean> = {
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
};
export function compared(t: Tape, name: string, x: RArray | number, y: RArray | number): RArray {
  const [a, b] = [toArray(t, x), toArray(t, y)];
  const shape = broadcastShapes([a.shape, b.shape])!;
  const [p, q] = [expand(a, shape), expand(b, shape)];
  return {
    shape,
    kind: "bool",
    data: p.data.map((id, i) => Number(t.decide(comparisons[name]!(t.get(id), t.get(q.data[i]!)), id, q.data[i]!))),
  };
}
const compareOperations: Operation[] = Object.keys(comparisons).map((name) => ({
  name,
  weight: 0.5,
  reference: (t, x, y) => compared(t, name, x, y),
  draw(g) {
    const x = g.pick();
    const y = x && partner(g, g.array(x));
    return y === undefined ? undefined : [x!, y];
  },
}));

/** A condition of the shape of x: a comparison made now. */
function condition(g: Drawing, x: Ref): Ref | undefined {
  const y = g.chance(0.5) ? oneOf(g, 0, 0.5, -0.5, 1) : partner(g, g.array(x));
  return y === undefined ? undefined : g.step(oneOf(g, "lt", "le", "gt", "ge", "eq", "ne"), [x, y]);
}

function selected(t: Tape, c: RArray, x: RArray | number, y: RArray | number): RArray {
  const [a, b] = [toArray(t, x), toArray(t, y)];
  const shape = broadcastShapes([c.shape, a.shape, b.shape])!;
  const [k, p, q] = [expand(c, shape), expand(a, shape), expand(b, shape)];
  return { shape, kind: "float", data: k.data.map((v, i) => (v !== 0 ? p.data[i]! : q.data[i]!)) };
}

/** Without a type, arrays that are made take that of what they meet, and double precision where they meet nothing. */
const ofType = (g: Drawing): Arg[] => (g.dtype === "float32" ? [{ dtype: "float32" }] : []);

const more: Operation[] = [
  {
    name: "where",
    weight: 4,
    reference: selected,
    draw(g) {
      const x = g.pick();
      if (!x) return undefined;
      // A guard as users write it: the function only where it is defined.
      if (g.chance(0.4)) {
        const c = g.step("gt", [x, oneOf(g, 0, 0.1, 0.5)]);
        const guarded = c && g.step(oneOf(g, "log", "sqrt", "reciprocal", "rsqrt"), [x]);
        return guarded && [c, guarded, g.chance(0.7) ? 0 : g.number()];
      }
      const c = condition(g, x);
      const y = c && partner(g, g.array(x));
      const shapes = [c, x, y].map((a) => (isRef(a) ? g.array(a).shape : isCaptured(a) ? a.shape : []));
      return y === undefined || !broadcastShapes(shapes) ? undefined : g.chance(0.5) ? [c!, x, y] : [c!, y, x];
    },
  },
  {
    name: "clip",
    reference: (t, x: RArray, low: number | null, high: number | null) =>
      elementwise(t, [x], (a) => {
        const v = t.get(a);
        if (low !== null && t.decide(v < low, a)) return t.constant(low);
        if (high !== null && t.decide(v > high, a)) return t.constant(high);
        if (v !== low && v !== high) return a;
        const edge = t.node(v, 0, [a], [ONE]);
        t.corners.add(edge);
        return edge;
      }),
    draw(g) {
      const x = g.pick();
      return x && [x, g.chance(0.8) ? oneOf(g, -1, -0.5, 0) : null, g.chance(0.8) ? oneOf(g, 0.5, 1, 2) : null];
    },
  },
  {
    name: "polygamma",
    reference: (t, n: number, x: RArray) => elementwise(t, [x], (a) => apply1(t, polygammaOf(n), a)),
    draw(g) {
      const x = g.pick();
      const moved = x && g.within(x, "positive", true);
      return moved && [oneOf(g, 0, 1, 2), moved];
    },
  },
  {
    // Of a number and what lies above it.
    name: "logDiffExp",
    reference: (t, x, y) => elementwise(t, [x, y], (a, b) => apply2(t, logDiffExp, a, b)),
    draw(g) {
      const x = g.pick();
      const b = x && g.within(x, "moderate", true);
      const distance = b && g.within(b, "positive", true);
      const a = distance && g.step("add", [b, distance]);
      return a && [a, b as Ref];
    },
  },
  {
    name: "stopGradient",
    weight: 0.5,
    reference: (t, x: RArray) => ({
      ...x,
      data: x.data.map((id) => {
        const held = t.node(t.get(id), t.shaky[id] ? 1 : 0, [], []);
        return t.unknown[id] ? t.unsure(held) : held;
      }),
    }),
    draw(g) {
      const x = g.pick();
      return x && [x];
    },
  },
  ...["isnan", "isfinite", "isinf"].map(
    (name): Operation => ({
      name,
      weight: 0.3,
      after: (g, [c], [x]) => void g.step("where", [c!, 0.25, x!]),
      reference: (t, x: RArray) => {
        const test = { isnan: Number.isNaN, isfinite: Number.isFinite, isinf: (v: number) => Math.abs(v) === Infinity }[
          name
        ]!;
        return { ...x, kind: "bool", data: x.data.map((id) => Number(t.decide(test(t.get(id)), id))) };
      },
      draw(g) {
        const x = g.pick();
        return x && [x];
      },
    }),
  ),
  ...["zerosLike", "onesLike"].map(
    (name): Operation => ({
      name,
      weight: 0.4,
      reference: (t, x: RArray) => make(x.shape, () => t.constant(name === "onesLike" ? 1 : 0)),
      draw(g) {
        const x = g.pick();
        return x && [x];
      },
    }),
  ),
  {
    name: "eye",
    weight: 0.5,
    reference: (t, n: number) => make([n, n], ([i, j]) => t.constant(i === j ? 1 : 0)),
    draw(g) {
      const x = anyArray(g, (a) => a.shape.length >= 1 && a.shape.at(-1)! <= 6);
      return x && [x[1].shape.at(-1)!, ...ofType(g)];
    },
  },
  {
    name: "zeros",
    weight: 0.5,
    reference: (t, shape: number[]) => make(shape, () => t.constant(0)),
    draw(g) {
      const x = anyArray(g);
      return x && [[...x[1].shape], ...ofType(g)];
    },
  },
];

const polygammaOf = (n: number): UnaryFunction => {
  const p = (k: number, x: number): number => unaryPolygamma(k, x);
  return {
    f: (x) => p(n, x),
    slopes: (x) => [wide(p(n + 1, x)), wide(p(n + 2, x))],
    error: 1e5,
    slopeError: 1e5,
    domain: "positive",
  };
};

// @ts-expect-error plain JavaScript without types
import { polygamma as unaryPolygamma } from "../../../bench/functions/special.mjs";

export const elementwiseOperations: readonly Operation[] = [...unaries, ...binaries, ...compareOperations, ...more];
