// Loops, branches and transforms of random programs, whose bodies are random programs themselves. The oracle runs a
// body as often as it says.
import { integer, uniform } from "../rng.ts";
import {
  type Arg,
  along,
  type Body,
  type Drawing,
  isRef,
  type Operation,
  oneOf,
  type RArray,
  type Ref,
  range,
  same,
  sizeOf,
  upTo,
  withRank,
} from "./arrays.ts";
import { compared, of2, sum } from "./elementwise.ts";
import type { Tape } from "./tape.ts";
import { ONE } from "./wide.ts";

type Run = (...args: readonly RArray[]) => RArray[];
// biome-ignore lint/suspicious/noExplicitAny: a build is whatever module the command line names.
type Hvp = any;

/** Bodies in bodies so deep have no further ones. */
const DEEPEST = 2;

// ---- on the tape ----

const row = (t: Tape, x: RArray, k: number): RArray => {
  const shape = x.shape.slice(1);
  const size = sizeOf(shape);
  // What a loop without iterations would see tells the shapes alone.
  const data = x.shape[0] === 0 ? range(size).map(() => t.computed(0)) : x.data.slice(k * size, (k + 1) * size);
  return { shape, kind: x.kind, data };
};
const stackedRows = (rows: readonly RArray[], like: RArray): RArray => ({
  shape: [rows.length, ...like.shape],
  kind: like.kind,
  data: rows.flatMap((r) => r.data),
});
const transposed = <T>(lists: readonly (readonly T[])[], n: number): T[][] =>
  range(n).map((i) => lists.map((l) => l[i] as T));
const given = (t: Tape, x: RArray | number): RArray =>
  typeof x === "number" ? { shape: [], kind: "float", data: [t.constant(x)] } : x;
const numberOf = (t: Tape, x: number): RArray => ({ shape: [], kind: "float", data: [t.constant(x)] });
/** How many of `thresholds` a scalar is above. */
const above = (t: Tape, s: RArray, thresholds: readonly number[]): number =>
  thresholds.reduce((n, c) => n + compared(t, "gt", s, c).data[0]!, 0);

interface Iterated {
  readonly length: number;
  readonly reverse?: boolean;
  readonly unroll?: number | boolean;
}
function scanned(
  t: Tape,
  body: Run,
  init: readonly (RArray | number)[],
  xs: readonly RArray[],
  rest: readonly RArray[],
  options: Iterated,
  start: number | null,
): RArray[] {
  const { length, reverse } = options;
  let state = init.map((x) => given(t, x));
  const ys: RArray[][] = [];
  const iterate = (k: number): RArray[] => {
    const index = start === null ? [] : [numberOf(t, start + k)];
    return body(...index, ...state, ...xs.map((x) => row(t, x, reverse ? length - 1 - k : k)), ...rest);
  };
  for (let k = 0; k < length; k++) {
    const made = iterate(k);
    state = made.slice(0, init.length);
    ys.push(made.slice(init.length));
  }
  const like = ys[0] ?? iterate(0).slice(init.length);
  const rows = transposed(reverse ? ys.reverse() : ys, like.length);
  return [...state, ...rows.map((r, i) => stackedRows(r, like[i] as RArray))];
}
function mapped(t: Tape, body: Run, xs: readonly RArray[], rest: readonly RArray[]): RArray[] {
  return scanned(t, body, [], xs, rest, { length: xs[0]!.shape[0]! }, null);
}

// ---- draws ----

const SMALL = 12;
const small = (a: RArray): boolean => a.kind === "float" && a.data.length <= SMALL;
const someArrays = (g: Drawing, most: number, fits: (a: RArray) => boolean = small): Ref[] =>
  range(upTo(g, most))
    .map(() => g.pick(fits))
    .filter((r) => r !== undefined);
const arraysOf = (g: Drawing, args: readonly Arg[]): RArray[] =>
  args.map((a) => (isRef(a) ? g.array(a) : typeof a === "number" ? numberOf(g.tape, a) : literalOf(g, a)));
const literalOf = (g: Drawing, a: Arg): RArray => {
  const { captured, shape } = a as { captured: readonly number[]; shape: readonly number[] };
  return { shape, kind: "float", data: captured.map((v) => g.tape.constant(v)) };
};
/** A scalar of what there is. */
function scalar(g: Drawing): Ref | undefined {
  const x = g.pick();
  if (!x || g.array(x).shape.length === 0) return x;
  return g.step(oneOf(g, "sum", "mean", "max"), [x]);
}
/** A value of a shape: one of those that there are, mostly kept small, or one made of any. */
function ofShape(g: Drawing, shape: readonly number[]): Ref {
  const x = g.pick((a) => same(a.shape, shape));
  if (!x) {
    const s = scalar(g) as Ref;
    return g.step("add", [g.step("sin", [s]) as Ref, shape.length === 0 ? 0.5 : g.captured(shape)]) as Ref;
  }
  return g.chance(0.25) ? x : (g.step(oneOf(g, "tanh", "sin", "sigmoid"), [x]) as Ref);
}
const anything = (g: Drawing, most: number): Ref[] =>
  range(upTo(g, most)).map(() => g.pick((a) => a.kind === "float" && a.data.length <= 24) as Ref);
const shapesOf = (list: readonly RArray[]): (readonly number[])[] => list.map((a) => a.shape);
const typed = (g: Drawing): Arg => g.dtype;

/** Initial values: arrays, or numbers in double precision. */
function states(g: Drawing, most: number): Arg[] {
  const list: Arg[] = someArrays(g, most);
  if (list.length === 0) list.push(g.pick(small) ?? g.captured([2]));
  if (g.dtype === "float64" && g.chance(0.2)) list.push(oneOf(g, 0, 1, 0.5));
  return list;
}
/** Arrays that are walked, all of as many slices, or none and a length. */
function walks(g: Drawing): { readonly xs: Arg[]; readonly length: number } {
  const first = g.chance(0.6) ? g.pick((a) => withRank(1)(a) && a.shape[0]! <= 7 && a.data.length <= 40) : undefined;
  if (!first) {
    const length = upTo(g, 6);
    return { xs: g.chance(0.4) ? [g.captured([length, ...oneOf<readonly number[]>(g, [], [2], [3])])] : [], length };
  }
  const length = g.array(first).shape[0] as number;
  const second = g.chance(0.4) ? g.pick((a) => a.shape[0] === length && a.data.length <= 40) : undefined;
  const more = g.chance(0.2) ? [g.captured([length, 2])] : [];
  return { xs: [first, ...(second ? [second] : []), ...more], length };
}
const rowsOf = (g: Drawing, xs: readonly Arg[]): RArray[] => arraysOf(g, xs).map((x) => row(g.tape, x, 0));

const tooDeep = (g: Drawing): boolean => g.depth >= DEEPEST || (g.depth > 0 && !g.chance(0.5));

function drawScan(g: Drawing): readonly Arg[] | undefined {
  if (tooDeep(g)) return undefined;
  const { xs, length } = walks(g);
  const init = g.chance(0.9) || xs.length === 0 ? states(g, 3) : [];
  const rest = someArrays(g, 2);
  const start = init.length > 0 && g.chance(0.3) ? integer(g.random, -1, 2) : null;
  const like = arraysOf(g, init);
  const index = start === null ? [] : [numberOf(g.tape, start)];
  const body = g.body([...index, ...like, ...rowsOf(g, xs), ...arraysOf(g, rest)], (inner) => [
    ...shapesOf(like).map((s) => ofShape(inner, s)),
    ...(init.length === 0 ? [ofShape(inner, [])] : []),
    ...anything(inner, 2),
  ]);
  const unroll: { [key: string]: Arg } = g.chance(0.25) ? { unroll: oneOf<Arg>(g, 2, 3, true) } : {};
  const reverse: { [key: string]: Arg } = g.chance(0.3) ? { reverse: true } : {};
  return [body, init, xs, rest, { length, ...reverse, ...unroll }, start, typed(g)];
}
function drawFori(g: Drawing): readonly Arg[] | undefined {
  const s = tooDeep(g) ? undefined : scalar(g);
  if (!s) return undefined;
  const lo = integer(g.random, -1, 2);
  const hi: Arg = g.chance(0.5) ? integer(g.random, -1, 6) : [s, lo, range(upTo(g, 4)).map(() => g.number())];
  const init = states(g, 3);
  const rest = someArrays(g, 2);
  const like = arraysOf(g, init);
  const body = g.body([numberOf(g.tape, lo), ...like, ...arraysOf(g, rest)], (inner) =>
    shapesOf(like).map((s) => ofShape(inner, s)),
  );
  return [body, lo, hi, init, rest, typed(g)];
}
function drawWhile(g: Drawing): readonly Arg[] | undefined {
  if (tooDeep(g)) return undefined;
  const init = states(g, 3);
  const rest = someArrays(g, 2);
  const like = arraysOf(g, init);
  const all = [...like, ...arraysOf(g, rest)];
  const body = g.body(all, (inner) => shapesOf(like).map((s) => ofShape(inner, s)));
  const test = g.body(all, (inner) => {
    const limit = uniform(g.random, -1, 3);
    return [inner.step(oneOf(g, "lt", "gt", "le"), [scalar(inner) as Ref, limit]) as Ref];
  });
  return [body, test, init, rest, { maxIterations: upTo(g, 6) }];
}
/** Bodies of as many results of the same shapes. */
function branches(g: Drawing, n: number, like: readonly RArray[]): Body[] {
  let shapes: (readonly number[])[] | undefined;
  return range(n).map(() =>
    g.body(like, (inner) => {
      if (shapes) return shapes.map((s) => ofShape(inner, s));
      const made = [inner.pick() as Ref, ...anything(inner, 1)];
      shapes = shapesOf(made.map((r) => inner.array(r)));
      return made;
    }),
  );
}
function drawSwitch(g: Drawing, n: number): readonly Arg[] | undefined {
  const s = tooDeep(g) ? undefined : scalar(g);
  if (!s) return undefined;
  const args = [g.pick(small) ?? s, ...someArrays(g, 2)];
  const rest = someArrays(g, 1);
  const made = branches(g, n, arraysOf(g, [...args, ...rest]));
  return [s, range(n - 1).map(() => g.number()), made as readonly Arg[], args, rest];
}
function drawMap(g: Drawing): readonly Arg[] | undefined {
  if (tooDeep(g)) return undefined;
  const { xs, length } = walks(g);
  if (xs.length === 0 || length === 0) return undefined;
  const rest = someArrays(g, 2);
  const body = g.body([...rowsOf(g, xs), ...arraysOf(g, rest)], (inner) => [ofShape(inner, []), ...anything(inner, 1)]);
  return [body, xs, rest];
}
function drawCall(g: Drawing): readonly Arg[] | undefined {
  if (tooDeep(g)) return undefined;
  const args = someArrays(g, 3);
  if (args.length === 0) return undefined;
  return [g.body(arraysOf(g, args), (inner) => [inner.pick() as Ref, ...anything(inner, 1)]), args];
}

// ---- calls, and the same as code ----

const call = (name: string, made: (hvp: Hvp, f: Hvp) => Hvp, code: (f: string) => string): Operation => ({
  name,
  weight: 0.5,
  heavy: true,
  list: true,
  call: (hvp, [body, args]) => Object.values(made(hvp, (...a: Hvp[]) => treeOf(body(...a)))(...args)),
  code: ([body, args]) => `Object.values(${code(`((...a) => ({ ...${body}(...a) }))`)}(...${args}))`,
  reference: (_, body: Run, args: readonly RArray[]) => body(...args),
  draw: drawCall,
});
const counted = (hvp: Hvp, s: unknown, lo: number, thresholds: readonly number[]): unknown =>
  thresholds.reduce<unknown>((n, c) => hvp.add(n, hvp.astype(hvp.gt(s, c), "int32")), hvp.astype(lo, "int32"));
const countedCode =
  '(s, lo, cs) => cs.reduce((n, c) => hvp.add(n, hvp.astype(hvp.gt(s, c), "int32")), hvp.astype(lo, "int32"))';

/** A tree of arrays; a list of numbers were an array. */
const treeOf = (list: readonly unknown[]): object => ({ ...list });
const scan: Operation = {
  name: "scan",
  weight: 2,
  heavy: true,
  list: true,
  call(hvp, [body, init, xs, rest, options, start, dtype]) {
    const first = { state: treeOf(init), ...(start === null ? {} : { i: hvp.astype(start, "int32") }) };
    const f = (c: Hvp, x: Hvp): unknown => {
      const index = start === null ? [] : [hvp.astype(c.i, dtype)];
      const made = body(...index, ...Object.values(c?.state ?? {}), ...Object.values(x ?? {}), ...rest);
      const next = c && {
        state: treeOf(made.slice(0, init.length)),
        ...(start === null ? {} : { i: hvp.add(c.i, 1) }),
      };
      return [next, made.length > init.length ? treeOf(made.slice(init.length)) : null];
    };
    const [carry, ys] = hvp.scan(f, init.length === 0 ? null : first, xs.length === 0 ? null : treeOf(xs), options);
    return [...Object.values(carry?.state ?? {}), ...Object.values(ys ?? {})];
  },
  code: ([body, init, xs, rest, options, start, dtype]) => {
    const indexed = start !== "null";
    const f =
      `(c, x) => { const r = ${body}(${indexed ? `hvp.astype(c.i, ${dtype}), ` : ""}` +
      `...Object.values(c?.state ?? {}), ...Object.values(x ?? {}), ...${rest}); const n = ${init}.length; ` +
      `return [${init === "[]" ? "null" : `{ state: { ...r.slice(0, n) }${indexed ? ", i: hvp.add(c.i, 1)" : ""} }`}, ` +
      "r.length > n ? { ...r.slice(n) } : null]; }";
    const first = `{ state: { ...${init} }${indexed ? `, i: hvp.astype(${start}, "int32")` : ""} }`;
    const called = `hvp.scan(${f}, ${init === "[]" ? "null" : first}, ${xs === "[]" ? "null" : `{ ...${xs} }`}, ${options})`;
    return `(([c, ys]) => [...Object.values(c?.state ?? {}), ...Object.values(ys ?? {})])(${called})`;
  },
  reference: (t, body, init, xs, rest, options, start) => scanned(t, body, init, xs, rest, options, start),
  draw: drawScan,
};

const foriLoop: Operation = {
  name: "foriLoop",
  weight: 2,
  heavy: true,
  list: true,
  call(hvp, [body, lo, hi, init, rest, dtype]) {
    const f = (i: Hvp, c: Hvp): unknown => treeOf(body(hvp.astype(i, dtype), ...Object.values(c), ...rest));
    const to = Array.isArray(hi) ? counted(hvp, hi[0], hi[1], hi[2]) : hi;
    return Object.values(hvp.foriLoop(lo, to, f, treeOf(init)));
  },
  code: ([body, lo, hi, init, rest, dtype]) => {
    const to = hi!.startsWith("[") ? `(${countedCode})(...${hi})` : hi;
    const f = `(i, c) => ({ ...${body}(hvp.astype(i, ${dtype}), ...Object.values(c), ...${rest}) })`;
    return `Object.values(hvp.foriLoop(${lo}, ${to}, ${f}, { ...${init} }))`;
  },
  reference(t, body: Run, lo: number, hi: number | [RArray, number, number[]], init, rest) {
    const to = typeof hi === "number" ? hi : hi[1] + above(t, hi[0], hi[2]);
    return scanned(t, body, init, [], rest, { length: Math.max(0, to - lo) }, lo);
  },
  draw: drawFori,
};
const whileLoop: Operation = {
  name: "whileLoop",
  weight: 2,
  heavy: true,
  list: true,
  call: (hvp, [body, test, init, rest, options]) =>
    Object.values(
      hvp.whileLoop(
        (c: Hvp) => test(...Object.values(c), ...rest)[0],
        (c: Hvp) => treeOf(body(...Object.values(c), ...rest)),
        treeOf(init),
        options,
      ),
    ),
  code: ([body, test, init, rest, options]) =>
    `Object.values(hvp.whileLoop((c) => ${test}(...Object.values(c), ...${rest})[0], ` +
    `(c) => ({ ...${body}(...Object.values(c), ...${rest}) }), { ...${init} }, ${options}))`,
  reference(t, body: Run, test: Run, init: readonly (RArray | number)[], rest: readonly RArray[], { maxIterations }) {
    let state = init.map((x) => given(t, x));
    for (let k = 0; k < maxIterations && test(...state, ...rest)[0]!.data[0] === 1; k++)
      state = body(...state, ...rest);
    return state;
  },
  draw: drawWhile,
};

const chosen = (t: Tape, s: RArray, thresholds: number[], made: Run[], args: RArray[], rest: RArray[]): RArray[] =>
  made[above(t, s, thresholds)]!(...args, ...rest);
const cond: Operation = {
  name: "cond",
  weight: 2,
  heavy: true,
  list: true,
  call(hvp, [s, [limit], [otherwise, then], args, rest]) {
    const closed =
      (f: Hvp) =>
      (...a: Hvp[]) =>
        treeOf(f(...a, ...rest));
    return Object.values(hvp.cond(hvp.gt(s, limit), closed(then), closed(otherwise), ...args));
  },
  code: ([s, limits, made, args, rest]) =>
    `((fs, rest) => Object.values(hvp.cond(hvp.gt(${s}, ${limits}[0]), (...a) => ({ ...fs[1](...a, ...rest) }), ` +
    `(...a) => ({ ...fs[0](...a, ...rest) }), ...${args})))(${made}, ${rest})`,
  reference: chosen,
  draw: (g) => drawSwitch(g, 2),
};
const switchCase: Operation = {
  name: "switchCase",
  heavy: true,
  list: true,
  call: (hvp, [s, limits, made, args, rest]) =>
    Object.values(
      hvp.switchCase(
        counted(hvp, s, 0, limits),
        made.map(
          (f: Hvp) =>
            (...a: Hvp[]) =>
              treeOf(f(...a, ...rest)),
        ),
        ...args,
      ),
    ),
  code: ([s, limits, made, args, rest]) =>
    `Object.values(hvp.switchCase((${countedCode})(${s}, 0, ${limits}), ` +
    `${made}.map((f) => (...a) => ({ ...f(...a, ...${rest}) })), ...${args}))`,
  reference: chosen,
  draw: (g) => drawSwitch(g, integer(g.random, 3, 4)),
};

const map: Operation = {
  name: "map",
  heavy: true,
  list: true,
  call: (hvp, [body, xs, rest]) =>
    Object.values(hvp.map((rows: Hvp) => treeOf(body(...Object.values(rows), ...rest)), treeOf(xs))),
  code: ([body, xs, rest]) =>
    `Object.values(hvp.map((rows) => ({ ...${body}(...Object.values(rows), ...${rest}) }), { ...${xs} }))`,
  reference: mapped,
  draw: drawMap,
};
const vmapBody: Operation = {
  name: "vmapBody",
  weight: 2,
  heavy: true,
  list: true,
  call: (hvp, [body, xs, rest]) => Object.values(hvp.vmap((...rows: Hvp[]) => treeOf(body(...rows, ...rest)))(...xs)),
  code: ([body, xs, rest]) => `Object.values(hvp.vmap((...rows) => ({ ...${body}(...rows, ...${rest}) }))(...${xs}))`,
  reference: mapped,
  draw: drawMap,
};

// ---- associative scans ----

const COMBINE = {
  add: "(a, b) => ({ 0: hvp.add(a[0], b[0]) })",
  maximum: "(a, b) => ({ 0: hvp.maximum(a[0], b[0]) })",
  affine: "(a, b) => ({ 0: hvp.mul(a[0], b[0]), 1: hvp.add(hvp.mul(b[0], a[1]), b[1]) })",
} as const;
type Combine = keyof typeof COMBINE;
const combine = (hvp: Hvp, name: Combine) =>
  ({
    add: (a: Hvp, b: Hvp) => ({ 0: hvp.add(a[0], b[0]) }),
    maximum: (a: Hvp, b: Hvp) => ({ 0: hvp.maximum(a[0], b[0]) }),
    affine: (a: Hvp, b: Hvp) => ({ 0: hvp.mul(a[0], b[0]), 1: hvp.add(hvp.mul(b[0], a[1]), b[1]) }),
  })[name];
/** The same number, as another order of composition may round it. */
const rounded = (t: Tape, id: number): number => t.node(t.get(id), 16, [id], [ONE]);
function prefixes(t: Tape, name: Combine, lines: readonly (readonly number[])[]): number[][] {
  const [as, bs] = lines as [number[], number[]];
  if (name === "add") return [as.map((a, k) => (k === 0 ? a : sum(t, as.slice(0, k + 1), -0)))];
  if (name === "maximum") {
    const out = as.slice(0, 1);
    for (const a of as.slice(1)) out.push(of2(t, "maximum", out.at(-1)!, a));
    return [out];
  }
  const [p, q] = [as.slice(0, 1), bs.slice(0, 1)];
  for (let k = 1; k < as.length; k++) {
    const [a, b] = [of2(t, "mul", p[k - 1]!, as[k]!), of2(t, "add", of2(t, "mul", as[k]!, q[k - 1]!), bs[k]!)];
    p.push(rounded(t, a));
    q.push(rounded(t, b));
  }
  return [p, q];
}
const associativeScan: Operation = {
  name: "associativeScan",
  list: true,
  call: (hvp, [name, xs, options]) => Object.values(hvp.associativeScan(combine(hvp, name), treeOf(xs), options)),
  code: ([name, xs, options]) =>
    `Object.values(hvp.associativeScan(${COMBINE[JSON.parse(name!) as Combine]}, { ...${xs} }, ${options}))`,
  reference(t, name: Combine, xs: readonly RArray[], { reverse, axis }: { reverse: boolean; axis: number }) {
    const turned = <T>(list: readonly T[]): T[] => (reverse ? [...list].reverse() : [...list]);
    const groups = xs.map((x) => {
      const found: number[][] = [];
      along(x, axis, (line) => (found.push(turned(line)), line));
      return found;
    });
    const made = groups[0]!.map((_, k) =>
      prefixes(
        t,
        name,
        groups.map((g) => g[k]!),
      ).map(turned),
    );
    return xs.map((x, i) => {
      let k = 0;
      return along(x, axis, () => made[k++]![i]!);
    });
  },
  draw(g) {
    const x = g.pick((a) => withRank(1)(a) && a.data.length <= 24);
    if (!x) return undefined;
    const { shape } = g.array(x);
    const name = oneOf<Combine>(g, "add", "maximum", "affine");
    const second = name === "affine" ? [g.pick((a) => same(a.shape, shape)) as Ref] : [];
    return [name, [x, ...second], { reverse: g.chance(0.3), axis: integer(g.random, -shape.length, shape.length - 1) }];
  },
};

export const loopOperations: readonly Operation[] = [
  scan,
  foriLoop,
  whileLoop,
  cond,
  switchCase,
  map,
  vmapBody,
  associativeScan,
  call(
    "checkpointBody",
    (hvp, f) => hvp.checkpoint(f),
    (f) => `hvp.checkpoint(${f})`,
  ),
  call(
    "jitBody",
    (hvp, f) => hvp.jit(f),
    (f) => `hvp.jit(${f})`,
  ),
  call(
    "customJvpBody",
    (hvp, f) => hvp.customJvp(f, (xs: Hvp[], ds: Hvp[]) => hvp.jvp(f, xs, ds)),
    (f) => `((f) => hvp.customJvp(f, (xs, ds) => hvp.jvp(f, xs, ds)))(${f})`,
  ),
  call(
    "customVjpBody",
    (hvp, f) =>
      hvp.customVjp(
        f,
        (...a: Hvp[]) => [f(...a), a],
        (a: Hvp[], ct: Hvp) => hvp.vjp(f, ...a)[1](ct),
      ),
    (f) => `((f) => hvp.customVjp(f, (...a) => [f(...a), a], (a, ct) => hvp.vjp(f, ...a)[1](ct)))(${f})`,
  ),
];
