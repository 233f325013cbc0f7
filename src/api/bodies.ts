// Bodies of loops and of branches: functions traced on stand-ins, and what they return held against what it must be.
import { fail } from "../errors.ts";
import { type Aval, isFloat, sameShape, showAval, showShape } from "../ir/aval.ts";
import { close } from "../ir/closed.ts";
import type { Closed, Node } from "../ir/graph.ts";
import { isPart } from "../ir/part.ts";
import { dependents, reachable, reachableUntil, substitute } from "../ir/walk.ts";
import { stack } from "../ops/shape.ts";
import { convert } from "../primitives/cast.ts";
import { isStored, parameter } from "../primitives/leaf.ts";
import { describe, isPlain, type Operand, operandOf } from "../trace/convert.ts";
import { callTraced, checkTaken } from "../trace/trace.ts";
import { Tensor } from "../trace/tracer.ts";
import { flatten, flattenLike, place, type Structure, showStructure, unflatten } from "../trace/tree.ts";
import type { AnyFn, Argument } from "./common.ts";

/** The type of a leaf: a weak one takes the type of what it meets. */
interface Leaf extends Aval {
  readonly weak: boolean;
  readonly integral: boolean;
}

const leafOf = ({ shape, dtype, weak, integral }: Leaf): Leaf => ({ shape, dtype, weak, integral });

/** How a leaf is written in messages. */
export const showLeaf = (x: Leaf): string =>
  !x.weak ? showAval(x) : x.shape.length === 0 ? "a number" : `numbers of shape ${showShape(x.shape)}`;

/** Whether what a function returned is of type `t`, or can be: numbers take a type, integers among them int32 too. */
export const fits = (y: Leaf, t: Leaf): boolean =>
  y.weak ? t.weak || isFloat(t.dtype) || (t.dtype === "int32" && y.integral) : !t.weak && y.dtype === t.dtype;

/** Words for messages: the name of the operation and of what it carries, and what the body must return. */
export interface Words {
  readonly loop: string;
  readonly noun: string;
  readonly usage: string;
  /** Who returns it: "the body" unless given. */
  readonly body?: string;
}

/** Calls `f`, refusing arguments that it does not read. */
export function calledWith(loop: string, f: AnyFn, args: readonly unknown[], usage: string): unknown {
  checkTaken(loop, f, args.length, `write ${usage}`);
  return callTraced(loop, f, args);
}

/** Carries whose types are those that the body returns. */
export interface Settled<T> {
  /** What the body was traced on. */
  readonly stand: readonly Node[];
  /** The initial values, and those after an iteration. */
  readonly initial: readonly Node[];
  readonly next: readonly Node[];
  readonly weak: readonly boolean[];
  /** What else the body returned. */
  readonly rest: T;
}

/**
 * Traces `body` until carries have the types that it returns. Numbers take the type of what becomes of them, which may
 * change what becomes of others; all else keeps its type.
 */
export function settle<T>(
  words: Words,
  init: Argument | undefined,
  body: (carry: unknown) => readonly [next: unknown, rest: T],
): Settled<T> {
  let types = init?.operands.map(leafOf) ?? [];
  for (;;) {
    const stand = types.map((t) => parameter(t.shape, t.dtype));
    const leaves = stand.map((p, i) => new Tensor(p, types[i]?.weak, types[i]?.integral));
    const [value, rest] = body(init ? unflatten(init.structure, leaves) : null);
    const returned = returnedLike(words, init, value);
    const found = types.map(
      (t, i) => adapted(t, returned[i] as Operand) ?? changed(words, init as Argument, t, returned[i] as Operand, i),
    );
    // A number is an integer after every iteration only where its type says so.
    const settled = found.every((t, i) => t === types[i]);
    if (settled && !types.some((t) => t.integral && t.weak))
      return {
        stand,
        initial: init ? init.parameters.map((p, i) => convert(p, (types[i] as Leaf).dtype)) : [],
        next: returned.map((y, i) => y.node((types[i] as Leaf).dtype)),
        weak: types.map((t) => t.weak),
        rest,
      };
    types = settled ? types.map((t) => ({ ...t, integral: false })) : found;
  }
}

/** The carry that the body returned, leaf by leaf in the order of `init`. */
function returnedLike(
  { loop, noun, usage, body = "the body" }: Words,
  init: Argument | undefined,
  value: unknown,
): Operand[] {
  const where = `${loop}: the ${noun} that ${body} returned`;
  if (!init)
    return value === null || value === undefined
      ? []
      : fail("shape", `${loop}: the ${noun} is null at the start, but ${body} returned ${describe(value)}; ${usage}`);
  const leaves =
    value === null || value === undefined
      ? undefined
      : (flattenLike(where, value, init.structure) ??
        flattenLike(where, withVectors(value, init.structure), init.structure));
  if (!leaves) {
    const shown = value === null || value === undefined ? `${value}` : showStructure(flatten(where, value).structure);
    return fail(
      "shape",
      `${loop}: the ${noun} has the structure ${showStructure(init.structure)} at the start, but ${body} returned ` +
        `${shown}; ${usage}`,
    );
  }
  return leaves.map((leaf, i) => operandOf(place(where, init.paths[i] as string), leaf));
}

/** `value` with lists of numbers stacked where `structure` has an array: `[0, 1]` is one, and so is `[x, y]` then. */
function withVectors(value: unknown, structure: Structure): unknown {
  if (!Array.isArray(value)) {
    if (structure === "leaf" || !structure.keys || !isPlain(value)) return value;
    const { keys, children } = structure;
    const entries = Object.entries(value).map(([key, v]) => {
      const child = children[keys.indexOf(key)];
      return [key, child ? withVectors(v, child) : v];
    });
    return Object.fromEntries(entries);
  }
  if (structure === "leaf") return value.every(isNumberLike) ? stack(value) : value;
  return value.map((v, i) => (structure.children[i] ? withVectors(v, structure.children[i]) : v));
}
const isNumberLike = (v: unknown): v is number | Tensor =>
  typeof v === "number" || (v instanceof Tensor && v.ndim === 0);

/** The type of a carry of type `t` that becomes `y`; undefined where there is none. */
function adapted(t: Leaf, y: Leaf): Leaf | undefined {
  if (!sameShape(t.shape, y.shape)) return undefined;
  if (fits(y, t)) return t;
  const takes = t.weak && (isFloat(y.dtype) || (y.dtype === "int32" && t.integral));
  return takes ? { shape: t.shape, dtype: y.dtype, weak: false, integral: false } : undefined;
}

function changed({ loop, noun, usage, body = "the body" }: Words, init: Argument, t: Leaf, y: Leaf, i: number): never {
  const isShape = !sameShape(t.shape, y.shape);
  const remedy = isShape && t.shape.length === 0 ? `start with an array of shape ${showShape(y.shape)}` : usage;
  return fail(
    isShape ? "shape" : "dtype",
    `${place(`${loop}: the ${noun}`, init.paths[i] as string)} is ${showLeaf(t)} at the start, but ${body} returned ` +
      `${showLeaf(y)}; ${isShape ? remedy : typeRemedy(t, y)}`,
  );
}

function typeRemedy(t: Leaf, y: Leaf): string {
  if (!t.weak) return `convert what it returns with astype(x, "${t.dtype}"), or what it starts with`;
  return y.dtype === "bool" ? "start with false or true" : "start with an integer, or return a floating-point number";
}

/** Graphs of the same parameters, which take the same values from elsewhere. */
export interface Bodies {
  readonly graphs: readonly Closed[];
  readonly captured: readonly Node[];
}

/** Each list of results as a graph of `parameters` and of what any of them captures. */
export function closeAll(parameters: readonly Node[], lists: readonly (readonly Node[])[]): Bodies {
  const { graph, captured } = close(parameters, lists.flat());
  if (lists.length === 1) return { graphs: [graph], captured };
  return { graphs: split(graph.outputs, lists).map((own) => close(graph.parameters, own).graph), captured };
}

/**
 * The same for branches: all that was made apart since `start` belongs to them, also where it depends on captured
 * values alone. What is not taken is not computed, and has no part in derivatives.
 */
export function closeBranches(start: Node, parameters: readonly Node[], lists: readonly (readonly Node[])[]): Bodies {
  const outputs = lists.flat();
  const nodes = reachable(outputs);
  const given = new Set(parameters);
  const open = dependents(
    nodes,
    nodes.filter((n) => isStored(n) && !given.has(n)),
  );
  const isOutside = (n: Node): boolean =>
    open.has(n) && !given.has(n) && (n.id < start.id || isStored(n) || (isPart(n) && isOutside(n.inputs[0] as Node)));
  const captured = reachableUntil(outputs, isOutside).filter(isOutside);
  const stand = captured.map((x) => parameter(x.shape, x.dtype));
  const { graphs } = closeAll([...parameters, ...stand], split(substitute(outputs, captured, stand), lists));
  return { graphs, captured };
}

/** `flat` in lists as long as `lists`. */
function split(flat: readonly Node[], lists: readonly (readonly Node[])[]): Node[][] {
  let next = 0;
  return lists.map(({ length }) => flat.slice(next, (next += length)));
}
