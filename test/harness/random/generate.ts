// Draws random programs, one per seed. Values are computed while a program grows, so that every step has operands
// that mean something. A seed wants a few operations, every seed the next ones of a round: chance alone would draw
// some of two hundred too rarely.
import { choice, integer, type Rng, rng, uniform } from "../rng.ts";
import {
  type Arg,
  type Body,
  type Captured,
  type Drawing,
  isRef,
  type Operation,
  type RArray,
  type Ref,
  range,
  sizeOf,
} from "./arrays.ts";
import { fits } from "./elementwise.ts";
import type { Domain } from "./functions.ts";
import { loopOperations } from "./loops.ts";
import {
  byName,
  type DType,
  operations,
  type Program,
  runStep,
  type Step,
  withoutDead,
  withoutDeadSteps,
} from "./program.ts";
import { Tape } from "./tape.ts";
import { drawPairs, drawRange } from "./themes.ts";

export const themes = ["mixed", "ties", "special", "masks", "matrices", "pairs", "range", "loops"] as const;
export type Theme = (typeof themes)[number];

const SPECIAL = [
  0,
  -0,
  1,
  -1,
  Number.NaN,
  Infinity,
  -Infinity,
  5e-324,
  -5e-324,
  2 ** -1030,
  2 ** 1023,
  -(2 ** 1000),
  0.5,
  2,
];
const SPECIAL32 = [
  0,
  -0,
  1,
  -1,
  Number.NaN,
  Infinity,
  -Infinity,
  2 ** -149,
  -(2 ** -140),
  2 ** 127,
  -(2 ** 120),
  0.5,
  2,
];
/** Beyond this size a value is not used any more, or the rest of the program computes nothing. */
const LARGE = 1e4;
const MOST = 100;

export class Growing implements Drawing {
  readonly random: Rng;
  readonly theme: Theme;
  readonly tape: Tape;
  readonly dtype: DType;
  readonly values = new Map<number, RArray>();
  readonly usable: number[] = [];
  readonly steps: Step[] = [];
  readonly inputs: { shape: readonly number[]; data: readonly number[] }[] = [];
  readonly depth: number;
  #next = 0;

  constructor(random: Rng, theme: Theme, dtype: DType, depth = 0) {
    this.depth = depth;
    this.random = random;
    this.theme = theme;
    this.dtype = dtype;
    this.tape = new Tape(dtype === "float32");
  }
  input(shape: readonly number[], data: readonly number[]): Ref {
    const rounded = data.map((v) => this.tape.round(v));
    this.values.set(this.#next, { shape, kind: "float", data: rounded.map((v) => this.tape.input(v)) });
    this.inputs.push({ shape, data: rounded });
    this.usable.push(this.#next);
    return { $: this.#next++ };
  }
  body(like: readonly RArray[], finish: (inner: Drawing) => readonly Ref[]): Body {
    const inner = new Growing(this.random, this.theme, this.dtype, this.depth + 1);
    for (const { shape, data } of like)
      inner.input(
        shape,
        data.map((id) => this.tape.get(id)),
      );
    for (let want = integer(this.random, 0, 3), tries = 0; inner.steps.length < want && tries < 8; tries++) draw(inner);
    const returns = finish(inner).map((r) => r.$);
    return { body: withoutDead(inner.steps, returns), parameters: like.length, returns };
  }
  chance(p: number): boolean {
    return this.random() < p;
  }
  array(ref: Ref): RArray {
    return this.values.get(ref.$) as RArray;
  }
  pick(wanted: (a: RArray) => boolean = () => true): Ref | undefined {
    const found = this.usable.filter((id) => wanted(this.values.get(id) as RArray));
    if (found.length === 0) return undefined;
    const late = Math.floor(found.length * Math.sqrt(this.random()));
    return { $: found[late] as number };
  }
  number(): number {
    if (this.theme === "special" && this.chance(0.5))
      return choice(this.random, this.dtype === "float32" ? SPECIAL32 : SPECIAL);
    return choice(this.random, [0, 1, 2, -1, 0.5, -0.5, 3, -2, 0.1, 0.3, 1.5, -0.25]);
  }
  element(): number {
    if (this.theme === "special" && this.chance(0.6)) return this.number();
    if (this.theme === "ties" || this.chance(0.15)) return choice(this.random, [-1, -0.5, 0, 0.5, 1]);
    return uniform(this.random, -2, 2);
  }
  captured(shape: readonly number[]): Captured {
    return { captured: range(sizeOf(shape)).map(() => this.tape.round(this.element())), shape, kind: "float" };
  }
  step(name: string, args: readonly Arg[]): Ref | undefined {
    const op = byName.get(name) as Operation;
    const made = runStep(this.tape, this.values, { op: name, args });
    const results = made.map(() => this.#next++);
    this.steps.push({ op: name, args, results });
    made.forEach((a, k) => {
      const id = results[k] as number;
      this.values.set(id, a);
      if (a.kind === "float" && !op.hidden?.includes(k) && this.#useful(a)) this.usable.push(id);
    });
    op.after?.(
      this,
      results.map(($) => ({ $ })),
      args,
    );
    return { $: results[0] as number };
  }
  #useful(a: RArray): boolean {
    if (a.data.length === 0 || a.data.length > (this.theme === "pairs" ? 300 : MOST) || a.shape.length > 4)
      return false;
    if (this.theme === "special") return true;
    return a.data.every((id) => Math.abs(this.tape.get(id)) <= LARGE);
  }
  within(ref: Ref, domain: Domain, strictly = false): Ref | undefined {
    const moved = this.#moved(ref, domain, strictly);
    // What is NaN stays it.
    return moved && strictly && !this.array(moved).data.every((id) => fits(this.tape.get(id), domain))
      ? undefined
      : moved;
  }
  #moved(ref: Ref, domain: Domain, strictly: boolean): Ref | undefined {
    const inside = (r: Ref): boolean => this.array(r).data.every((id) => fits(this.tape.get(id), domain));
    // Later iterations of a body see other numbers than the first.
    if (
      domain === "all" ||
      (this.depth === 0 && inside(ref)) ||
      (this.theme === "special" && !strictly && this.chance(0.8))
    )
      return ref;
    const through = (...names: [string, ...Arg[]][]): Ref | undefined =>
      names.reduce<Ref | undefined>((r, [name, ...rest]) => r && this.step(name, [r, ...rest]), ref);
    switch (domain) {
      case "positive":
      case "nonnegative":
        return this.chance(0.5) ? through(["square"], ["add", 0.5]) : through(["sigmoid"], ["add", 0.1]);
      case "unit":
      case "open unit":
        return through(["tanh"], ["mul", 0.75]);
      case "fraction":
        return through(["sin"], ["mul", 0.4], ["add", 0.5]);
      case "above 1":
        return through(["square"], ["add", 1.25]);
      case "nonzero":
        return through(["square"], ["add", 0.5]);
      case "moderate":
        return through(["sin"]);
      case "shape":
        return through(["sigmoid"], ["mul", 3], ["add", 0.25]);
      default:
        return ref;
    }
  }
}

const weightsOf = (list: readonly Operation[]): { list: readonly Operation[]; ends: number[] } => {
  let s = 0;
  return { list, ends: list.map((o) => (s += o.weight ?? 1)) };
};
/** Loops have a theme of their own: each takes long to compile. */
const simple = operations.filter((o) => !loopOperations.includes(o));
const all = weightsOf(simple);
/** What keeps, makes and shows zeros, infinities and their signs. */
const special = weightsOf(
  operations.filter((o) =>
    [
      ...[
        "add",
        "sub",
        "mul",
        "div",
        "neg",
        "where",
        "eye",
        "zeros",
        "zerosLike",
        "pad",
        "concat",
        "atan2",
        "pow",
        "reciprocal",
        "maximum",
        "minimum",
      ],
      ...[
        "abs",
        "sqrt",
        "square",
        "sign",
        "clip",
        "tril",
        "triu",
        "sum",
        "max",
        "slice",
        "stack",
        "transpose",
        "prod",
        "scatterAdd",
        "diag",
        "relu",
      ],
    ].includes(o.name),
  ),
);
const ofTheme: Partial<Record<Theme, ReturnType<typeof weightsOf>>> = {
  masks: weightsOf(
    operations.filter((o) =>
      [
        "where",
        "clip",
        "maximum",
        "minimum",
        "relu",
        "pad",
        "concat",
        "slice",
        "mul",
        "div",
        "add",
        "log",
        "sqrt",
        "reciprocal",
        "rsqrt",
        "exp",
        "tril",
        "triu",
        "eye",
        "zeros",
        "scatterAdd",
        "scatterSet",
        "take",
        "sum",
        "matmul",
        "prod",
        "cumsum",
        "diag",
        "stack",
        "gather",
        "segmentSum",
      ].includes(o.name),
    ),
  ),
  matrices: weightsOf(
    operations.filter((o) =>
      [
        "matmul",
        "dot",
        "einsum",
        "inner",
        "outer",
        "vecdot",
        "tensordot",
        "kron",
        "matrixPower",
        "solve",
        "lstsq",
        "choSolve",
        "triangularSolve",
        "inv",
        "det",
        "slogdet",
        "cholesky",
        "lu",
        "qr",
        "matrixExp",
        "eigh",
        "svd",
        "transpose",
        "reshape",
        "trace",
        "diag",
        "diagonal",
        "conv1d",
        "conv2d",
        "tanh",
        "add",
        "mul",
        "sum",
        "vdot",
      ].includes(o.name),
    ),
  ),
  loops: weightsOf([
    ...loopOperations.map((o) => ({ ...o, weight: 3 * (o.weight ?? 1) })),
    ...operations.filter((o) => !o.heavy),
  ]),
};
/** What chance draws seldom: neither of large weight, nor what other operations are drawn with. */
const COMMON = ["sin", "tanh", "square", "sigmoid", "reshape", "ravel", "atan2", "pow", "expandDims"];
const seldom = simple.filter((o) => (o.weight ?? 1) <= 2 && !COMMON.includes(o.name));
/** How many operations of the round a program of a theme wants. */
const WANTED: Partial<Record<Theme, number>> = { mixed: 5, ties: 5, matrices: 4, special: 4, masks: 4, loops: 1 };
function wantedOf(seed: number, theme: Theme): Operation[] {
  // Neighbours in the list are of one family; the programs of a seed mix families.
  const list = theme === "loops" ? loopOperations : seldom;
  const nth = (k: number): number => ((seed * 5 + k) * 61) % list.length;
  return range(WANTED[theme] ?? 0).map((k) => list[nth(k)] as Operation);
}
function tryToAdd(g: Growing, op: Operation): boolean {
  if (
    op.heavy &&
    g.steps.filter((s) => byName.get(s.op)?.heavy).length >= (g.theme === "matrices" || g.theme === "loops" ? 2 : 1)
  )
    return false;
  const args = op.draw(g);
  return args !== undefined && g.step(op.name, args) !== undefined;
}
function draw(g: Growing): void {
  const { list, ends } = g.theme === "special" && g.chance(0.7) ? special : (ofTheme[g.theme] ?? all);
  const ticket = g.random() * (ends.at(-1) as number);
  tryToAdd(g, list[ends.findIndex((end) => ticket < end)] as Operation);
}

const shapes: readonly (readonly number[])[] = [
  [],
  [1],
  [2],
  [3],
  [4],
  [5],
  [7],
  [2, 2],
  [3, 3],
  [2, 3],
  [3, 4],
  [4, 1],
  [1, 3],
  [2, 2, 3],
];

/** The program of a seed. */
export function generate(seed: number, wanted: readonly Theme[] = themes): Program {
  const random = rng(seed);
  for (let i = 0; i < 4; i++) random(); // the first numbers of neighbouring seeds are alike
  const theme = choice(random, wanted);
  const dtype: DType = random() < 0.25 ? "float32" : "float64";
  for (;;) {
    const g = new Growing(random, theme, dtype);
    if (theme === "pairs") drawPairs(g);
    else if (theme === "range") drawRange(g);
    else {
      const count = random() < 0.6 ? 1 : 2;
      for (let i = 0; i < count; i++) {
        const shape = random() < 0.04 ? [integer(random, 16, 40)] : choice(random, shapes);
        g.input(
          shape,
          range(sizeOf(shape)).map(() => g.element()),
        );
      }
      const left = wantedOf(seed, theme);
      const want = integer(random, 2, 5);
      for (let tries = 0; (g.steps.length < want || left.length > 0) && tries < 40; tries++) {
        const at = integer(random, 0, left.length - 1);
        if (left.length > 0 && g.chance(0.75)) {
          if (tryToAdd(g, left[at] as Operation)) left.splice(at, 1);
        } else draw(g);
      }
      // Shows the sign of every zero.
      const shown = theme === "special" && g.chance(0.5) ? g.pick() : undefined;
      if (shown) g.step("atan2", [shown, -1]);
    }
    const program = finish(g, seed);
    if (program) return program;
  }
}

/** Makes one number of everything that no step uses, and draws directions. */
function finish(g: Growing, seed: number): Program | undefined {
  const inputs = g.inputs.length;
  const used = new Set(g.steps.flatMap((s) => refsIn(s.args)));
  const ends = g.usable.filter((id) => id >= inputs && !used.has(id)).slice(-6);
  if (ends.length === 0) return undefined;
  const terms = ends.map((id) => {
    const a = g.values.get(id) as RArray;
    const symmetric = g.theme === "pairs" || g.theme === "range" || g.theme === "special";
    const weighted = symmetric || g.chance(0.5) ? { $: id } : (g.step("mul", [{ $: id }, weights(g, a.shape)]) as Ref);
    return a.shape.length === 0 ? weighted : (g.step("sum", [weighted]) as Ref);
  });
  const loss = terms.reduce((a, b) => g.step("add", [a, b]) as Ref);
  const program = withoutDeadSteps({
    seed,
    theme: g.theme,
    dtype: g.dtype,
    inputs: g.inputs,
    directions: g.inputs.map(({ data }) => data.map((x) => g.tape.round(direction(g, x)))),
    steps: g.steps,
    loss: loss.$,
  });
  return program.steps.length > 0 ? program : undefined;
}
const weights = (g: Growing, shape: readonly number[]): Captured => ({
  captured: range(sizeOf(shape)).map(() => g.tape.round(uniform(g.random, 0.25, 1.5))),
  shape,
  kind: "float",
});
const direction = (g: Growing, x: number): number => {
  if (g.theme === "range") return x * uniform(g.random, 0.5, 1.5);
  return g.chance(0.1) ? 0 : uniform(g.random, -1, 1);
};
const refsIn = (args: readonly Arg[]): number[] =>
  args.flatMap((a) => (isRef(a) ? [a.$] : Array.isArray(a) ? refsIn(a as readonly Arg[]) : []));
