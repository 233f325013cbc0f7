// Programs that are drawn in a form of their own: loops over pairs, and numbers of all sizes.
import { choice, integer, uniform } from "../rng.ts";
import { type Arg, type Ref, range } from "./arrays.ts";
import type { Growing } from "./generate.ts";

const last = (g: Growing): Ref => g.pick() as Ref;

/**
 * Sums over all pairs of n ≥ 8 points on a lattice, so that many pairs tie in a coordinate, of functions that see the
 * sign of zero too.
 */
export function drawPairs(g: Growing): void {
  const { random } = g;
  const n = choice(random, [8, 9, 12, 16]);
  const side = integer(random, 2, 4);
  const lattice = g.chance(0.85);
  const coordinate = (i: number): number =>
    lattice ? choice(random, [Math.floor(i / side), i % side, -Math.floor(i / side)]) : uniform(random, -2, 2);
  const axes = g.chance(0.3) ? 2 : 1;
  const points = range(axes).map(() => g.input([n], range(n).map(coordinate)));
  const pairs: Ref[] = [];
  for (const x of points) {
    const [row, column] = [g.step("expandDims", [x, 1]) as Ref, g.step("expandDims", [x, 0]) as Ref];
    const difference = g.step("sub", g.chance(0.7) ? [row, column] : [column, row]) as Ref;
    pairs.push(difference);
    if (g.chance(0.3)) pairs.push(g.step("add", [row, column]) as Ref);
    else if (g.chance(0.2)) pairs.push(g.step("mul", [row, column]) as Ref);
  }
  const pick = (): Ref => (g.chance(0.4) ? choice(random, pairs) : pairs[pairs.length - 1]) as Ref;
  const add = (name: string, ...args: Arg[]): unknown => {
    const made = g.step(name, args);
    if (made && g.usable.at(-1) === made.$) pairs.push(made);
    return made;
  };
  /** Functions of ±1/q, whose sign is that of zero where points tie. */
  const signed = (): unknown => {
    const q = pick();
    const one = choice(random, [1, -1]);
    const inverse = g.chance(0.5) ? (g.step("div", [one, q]) as Ref) : (g.step("pow", [q, -1]) as Ref);
    if (g.chance(0.4)) return add("clip", inverse, -2, 2);
    if (g.chance(0.5))
      return add(
        "where",
        g.step("gt", [inverse, 0]) as Ref,
        choice<Arg>(random, [1, 0.5, pick()]),
        choice<Arg>(random, [0, -1, pick()]),
      );
    return add(choice(random, ["atan", "sigmoid", "tanh"]), inverse);
  };
  const smooth = ["exp", "cos", "sin", "tanh", "square", "sigmoid", "abs", "neg", "atan", "softplus"];
  // Enough that a loop over half of the pairs pays.
  const start = choice(random, pairs);
  add("square", start);
  if (g.chance(0.8)) add("exp", pairs[pairs.length - 1] as Ref);
  if (g.chance(0.8)) add(choice(random, ["cos", "sin", "tanh"]), pick());
  for (let k = integer(random, 1, 5); k > 0; k--) {
    const ticket = random();
    if (ticket < 0.3)
      add(
        "atan2",
        ...(g.chance(0.7) ? [pick(), choice<Arg>(random, [-1, 1, -0.5])] : [choice<Arg>(random, [1, 0.5]), pick()]),
      );
    else if (ticket < 0.5) signed();
    else if (ticket < 0.65) add(choice(random, smooth), pick());
    else if (ticket < 0.7) add(choice(random, ["maximum", "minimum"]), pick(), choice<Arg>(random, [0, 1, pick()]));
    else if (ticket < 0.75)
      add("mul", pick(), {
        captured: range(n * n).map((k) => (k % (n + 1) === 0 ? 0 : 1)),
        shape: [n, n],
        kind: "float",
      });
    else add(choice(random, ["mul", "mul", "mul", "add", "sub"]), pick(), pick());
  }
  // One product of the last few, as sums over pairs are.
  const terms = pairs.slice(-3);
  const product = terms.reduce((a, b) => g.step("mul", [a, b]) as Ref);
  if (g.chance(0.3)) g.step("sum", [product, { axis: integer(random, 0, 1) }]);
  if (g.chance(0.3)) g.step(choice(random, ["tanh", "sin", "square"]), [last(g)]);
}

const near = (x: number, limit: number): boolean =>
  x === 0 || (Math.abs(Math.log2(Math.abs(x))) <= limit && Number.isFinite(x));
const UNARY = [
  ...[
    "abs",
    "neg",
    "square",
    "sqrt",
    "reciprocal",
    "rsqrt",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log1p",
    "sin",
    "tan",
    "atan",
    "sinh",
    "cosh",
    "tanh",
  ],
  ...[
    "asinh",
    "acosh",
    "atanh",
    "sigmoid",
    "softplus",
    "logSigmoid",
    "cbrt",
    "softsign",
    "entr",
    "logit",
    "asin",
    "silu",
  ],
];
const BINARY = ["add", "sub", "mul", "mul", "div", "div", "atan2", "hypot", "xlogy", "xlog1py", "logaddexp", "maximum"];
const FOLD = ["sum", "prod", "logsumexp", "norm", "softmax", "logSoftmax", "cumprod", "mean", "max"];

/** Short programs on numbers of all sizes whose values stay in the range of their type. */
export function drawRange(g: Growing): void {
  const { random, tape } = g;
  const span = g.dtype === "float32" ? 18 : 140;
  const limit = g.dtype === "float32" ? 100 : 900;
  const ordinary = g.chance(0.5);
  const element = (): number => {
    const size = ordinary ? uniform(random, 0.05, g.dtype === "float32" ? 9 : 35) : 10 ** uniform(random, -span, span);
    return (g.chance(0.8) ? 1 : -1) * size;
  };
  const n = integer(random, 1, 3);
  g.input([n], range(n).map(element));
  const inRange = (ref: Ref): boolean =>
    g.array(ref).data.every((id) => near(tape.get(id), limit) && tape.get(id) !== 0);
  const chain: Ref[] = [{ $: 0 }];
  const want = integer(random, 1, 5);
  for (let tries = 0; chain.length <= want && tries < 30; tries++) {
    const x = (g.chance(0.75) ? chain.at(-1) : choice(random, chain)) as Ref;
    const ticket = random();
    const before = g.steps.length;
    const constant = choice(random, [0.3, -0.5, 2, 1, 1e-3, 3]);
    const made =
      ticket < 0.45
        ? g.step(choice(random, UNARY), [x])
        : ticket < 0.6
          ? g.step(choice(random, BINARY), g.chance(0.5) ? [x, constant] : [constant, x])
          : ticket < 0.72
            ? g.step(choice(random, BINARY), [x, choice(random, chain)])
            : ticket < 0.8
              ? g.step("pow", [x, choice(random, [2, 3, -1, -2, 0.5, 1.5, -0.5, 0.375])])
              : g.step(choice(random, g.array(x).shape.length > 0 ? FOLD : ["neg"]), [x]);
    if (made && inRange(made)) chain.push(made);
    else g.steps.length = before;
  }
  g.usable.splice(0, g.usable.length, ...chain.map((r) => r.$));
}
