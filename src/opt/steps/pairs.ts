// All-pairs loops that treat (i, j) and (j, i) alike (exchange.ts). A sum over i that is the sum over j, or its
// negative, is taken from that one; and a nest all of whose folds are such visits every pair once, and gives its term
// to both sums.
import type { Shape } from "../../ir/aval.ts";
import { make } from "../../ir/build.ts";
import type { Node } from "../../ir/graph.ts";
import type { Affine } from "../../ir/index-map.ts";
import { reachable, substitute } from "../../ir/walk.ts";
import { subPrim } from "../../primitives/arithmetic.ts";
import { zerosLike } from "../../primitives/spread.ts";
import { type Body, bodiesOf, type Fold, MustStore } from "../plan/body.ts";
import type { Emitted, Value } from "../plan/lane-builder.ts";
import { type Nest, plan, type Root } from "../plan/plan.ts";
import { besideDiagonal, type Exchange, exchange, forgetsZeros, type Signed, tellsZeros } from "./exchange.ts";

/** Fewer partners than this are not worth a loop of another form. */
const LEAST = 8;
/** A body that grows by more than this factor to hold both terms of a pair is not worth visiting half as often. */
const WORTH = 1.5;
/** Largest step between the elements of an array that the innermost loop reads: the short axes of points. */
const NEAR = 8;

/** The exchange of the two loops of `body`, if it is a loop over all pairs. */
function allPairs(body: Body, isFixed: (n: Node) => boolean): Exchange | undefined {
  const { active, box } = body;
  const [i, j] = active as [number, number];
  if (active.length !== 2 || box.ranges[i]?.join() !== box.ranges[j]?.join() || box.ranges[i]?.[0] !== 0)
    return undefined;
  if ((box.ranges[i]?.[1] ?? 0) < LEAST || !body.sinks.every((s) => s.kind === "fold" && s.op === "add"))
    return undefined;
  return exchange(body, i, j, isFixed);
}

/**
 * Changes the body of `bodies` so that a loop over pairs i < j folds each term on both sides, if that can be done.
 * The first sinks are those of such a loop, as many as the result says; the others, if any, those of the diagonal i =
 * j.
 */
export function triangle(bodies: readonly Body[], isFixed: (n: Node) => boolean): number | undefined {
  const body = bodies[0] as Body;
  const swapped = bodies.length === 1 && allPairs(body, isFixed);
  if (!swapped) return undefined;
  const folds = [...body.sinks] as Fold[];
  const whole = (f: Fold): boolean => swapped.swap(f.position).join() === f.position.join();
  const odd = folds.every((f) => swapped.parity(f.value) === -1);
  const cost = operations(body);
  // Sums begin at +0, which -0 does not change: the signs of zeros among their terms are of no account.
  const other = mirror(
    body,
    swapped,
    folds.map((f) => f.value),
  );
  const beside = folds.flatMap((f): Fold[] => {
    const value = other(f.value);
    if (!value) return [];
    if (whole(f)) return [{ ...f, value: body.op("add", f.value, value) }];
    return [f, { ...f, position: swapped.swap(f.position), value }];
  });
  if (folds.every((f) => other(f.value))) {
    const plain = withoutDiagonal(body, isFixed);
    const sinks = beside.map((f) => ({ ...f, value: plain(f.value) }));
    const same = sinks.every((f, k) => f.value === beside[k]?.value);
    replaceSinks(body, sinks);
    if (operations(body) <= WORTH * cost) {
      // Terms that are their own negatives are zero on the diagonal, or NaN: visited as if beside it, they cancel or
      // stay. (Copies: what is summed beside the diagonal has an accumulator of its own.)
      const onDiagonal = odd ? (same ? [] : beside) : folds.map((f) => ({ ...f }));
      replaceSinks(body, [...sinks, ...onDiagonal]);
      return sinks.length;
    }
  }
  replaceSinks(body, folds);
  return undefined;
}

function replaceSinks(body: Body, sinks: readonly Fold[]): void {
  body.sinks.splice(0, body.sinks.length, ...sinks);
  for (const v of body.values) v.uses = 0;
  body.prune();
}

/** What one visit costs, about: folds of what varies with the inner loop are loads, additions and stores. */
function operations(body: Body): number {
  const inner = body.active[1] as number;
  let cost = 0;
  for (const v of body.values)
    if (v.uses > 0 && (v.depends >> inner) & 1) cost += v.op === "call" ? 10 : v.op === "load" ? 0.5 : 1;
  for (const s of new Set(body.sinks)) cost += s.position[inner + 1] === 0 ? 1 : 2;
  return cost;
}

/**
 * Values beside the diagonal: captured arrays that are one number there are that number, and the counters of the
 * loops differ, as in masks that keep out what is on it.
 */
function withoutDiagonal(body: Body, isFixed: (n: Node) => boolean): (v: Value) => Value {
  const [i, j] = body.active as [number, number];
  const made = new Map<Value, Value>();
  const numberOf = (v: Value): number | undefined => {
    if (v.op === "load" && isFixed(v.source as Node)) return besideDiagonal(v, body, i, j);
    if (v.op !== "eq" && v.op !== "ne") return undefined;
    const [a, b] = v.args.map((x) => (x.op === "iota" ? (x.position as Affine) : undefined));
    const gap = a && b?.map((c, k) => c - (a[k] as number));
    return gap?.every((c, k) => (k === i + 1 || k === j + 1 ? Math.abs(c) === 1 : c === 0)) && gap[i + 1] !== gap[j + 1]
      ? Number(v.op === "ne")
      : undefined;
  };
  for (const v of [...body.values]) {
    const args = v.args.map((a) => made.get(a) as Value);
    const number = numberOf(v);
    if (number !== undefined) made.set(v, body.constant(number, v.dtype));
    else made.set(v, args.every((a, k) => a === v.args[k]) ? v : withNumbers(body, v, args));
  }
  return (v) => made.get(v) as Value;
}

const ARITHMETIC: readonly string[] = ["add", "sub", "mul", "div", "neg"];
/**
 * `v` of operands that are, or are made of, numbers that users wrote. Structural zeros they are not: 0 · ∞ is NaN,
 * and -0 + 0 is 0.
 */
function withNumbers(body: Body, v: Value, args: readonly Value[]): Value {
  const [a, b] = args as [Value, Value];
  for (const [c, x] of [[a, b] as const, [b, a] as const]) {
    const number = c?.op === "const" && c.value;
    if (v.op === "mul" ? number === 1 : v.op === "add" && number === 0 && isSquares(x)) return x;
  }
  return ARITHMETIC.includes(v.op) ? body.plain(v.op as Emitted, args) : remade(body, v, args);
}
/** A sum of squares is never -0. */
const isSquares = ({ op, args: [a, b] }: Value): boolean =>
  (op === "add" && isSquares(a as Value)) || (op === "mul" && a === b) || op === "abs";

/** `v` of other operands. */
function remade(body: Body, v: Value, args: readonly Value[]): Value {
  if (v.op === "convert") return body.convert(args[0] as Value, v.dtype);
  if (v.op !== "call") return body.op(v.op as Emitted, ...args);
  const { own, dual } = v.kernel as NonNullable<Value["kernel"]>;
  return body.call(own, args, dual);
}

/** Values to be had at (j, i): up to the signs of zeros, or exactly. */
interface Mirrored {
  readonly exact: boolean;
  readonly wanted: Set<Value>;
  readonly made: Map<Value, Value | undefined>;
}

/**
 * The values at (j, i) of `wanted`, values at (i, j), up to the signs of zeros; computed anew where the body does not
 * have them.
 */
function mirror(body: Body, { image, swap }: Exchange, wanted: readonly Value[]): (v: Value) => Value | undefined {
  const inner = body.active[1] as number;
  const values = [...body.values];
  // A difference may be needed as both: -(x - y) is at hand and does for products, an angle needs y - x.
  const loosely: Mirrored = { exact: false, wanted: new Set(wanted), made: new Map() };
  const exactly: Mirrored = { exact: true, wanted: new Set(), made: new Map() };
  const both = [loosely, exactly];
  /** What the body has already. */
  const known = (v: Value, { exact }: Mirrored): Signed | undefined =>
    exact && image(v)?.loose ? undefined : image(v);
  /** Where operand `k` of `v` is to be had. */
  const operands = (v: Value, k: number, { exact }: Mirrored): Mirrored =>
    tellsZeros(v, k) || (exact && !forgetsZeros(v)) ? exactly : loosely;
  for (const v of [...values].reverse())
    for (const m of both)
      if (m.wanted.has(v) && !known(v, m)) v.args.forEach((a, k) => operands(v, k, m).wanted.add(a));
  const make = (v: Value, m: Mirrored): Value | undefined => {
    const x = known(v, m);
    if (x) return x.sign > 0 ? x.base : body.op("neg", x.base);
    const position = v.position && swap(v.position);
    // Rows of a matrix that lie far apart would cost more than the loop saves.
    if (v.op === "gather" || position?.some((c, k) => k === inner + 1 && Math.abs(c) > NEAR)) return undefined;
    if (v.op === "load") return body.load(v.source as Node, position as Affine);
    if (v.op === "iota") return body.iota(position as Affine, "int32");
    const args = v.args.map((a, k) => operands(v, k, m).made.get(a));
    return args.includes(undefined) ? undefined : remade(body, v, args as Value[]);
  };
  for (const v of values) for (const m of both) if (m.wanted.has(v)) m.made.set(v, make(v, m));
  return (v) => loosely.made.get(v);
}

/**
 * The sums of arrays of pairs, those with two axes of one extent: without them no plan need be made to find loops
 * over pairs.
 */
export function pairSums(outputs: readonly Node[]): Node[] {
  const ofPairs = (s: Shape): boolean => s.some((d, i) => d >= LEAST && s.indexOf(d, i + 1) > 0);
  return reachable(outputs).filter((n) => n.prim.lower.kind === "reduce" && ofPairs((n.inputs[0] as Node).shape));
}

/**
 * `outputs` with every sum over one of two loops that is, up to sign, the sum over the other one replaced by that
 * one; as they are where functions with rules of their own have not been expanded yet.
 */
export function foldOnce(outputs: readonly Node[], isFixed: (n: Node) => boolean): Node[] {
  const axes = new Set(
    pairSums(outputs).map((n) => `${(n.inputs[0] as Node).shape} ${(n.params as { axes: readonly number[] }).axes}`),
  );
  if (axes.size < 2 || reachable(outputs).some((n) => n.prim.lower.kind === "composition")) return [...outputs];
  try {
    const { steps, roots } = plan(outputs);
    for (const step of steps) {
      if (step.kind !== "nest" || step.sizes.length !== 2 || step.roots.length < 2) continue;
      const found = sameFolds(step, roots, isFixed);
      if (found) return foldOnce(substitute(outputs, [found[0]], [found[1]]), isFixed);
    }
  } catch (e) {
    if (!(e instanceof MustStore)) throw e;
  }
  return [...outputs];
}

function sameFolds(
  nest: Nest,
  roots: ReadonlyMap<Node, Root>,
  isFixed: (n: Node) => boolean,
): [Node, Node] | undefined {
  const [body, ...more] = bodiesOf(nest, roots) as [Body, ...Body[]];
  const swapped = more.length === 0 ? allPairs(body, isFixed) : undefined;
  if (!swapped) return undefined;
  const of = (r: Root): Fold[] => body.sinks.filter((s): s is Fold => s.root === r && s.kind === "fold");
  for (const r of nest.roots) {
    for (const s of nest.roots) {
      // The later one is the one that goes.
      if (r.node.id >= s.node.id || r.node.shape.join() !== s.node.shape.join() || r.node.size === 1) continue;
      const by = multiple(of(s), of(r), swapped);
      // Sums begin at +0, so that both are +0 where they are zero: 0 - r is that too, -r is not.
      if (by) return [s.node, by > 0 ? r.node : make(subPrim, [zerosLike(r.node), r.node], undefined, true)];
    }
  }
  return undefined;
}

/** c if the folds `a` are c times the folds `b` with loops exchanged. */
function multiple(a: readonly Fold[], b: readonly Fold[], { norm, image, swap }: Exchange): 1 | -1 | undefined {
  let factor: 1 | -1 | undefined;
  if (a.length !== b.length) return undefined;
  for (const f of a) {
    const place = swap(f.position).join();
    const g = b.find((x) => x.position.join() === place);
    const [x, y] = [image(f.value), g && norm(g.value)];
    if (!x || x.base !== y?.base) return undefined;
    const c = x.sign === y.sign ? 1 : -1;
    if (factor !== undefined && c !== factor) return undefined;
    factor = c;
  }
  return factor;
}
