// Loops without slices: a state carried for a number of times, or for as long as a condition holds.
import { checkCount, fail } from "../errors.ts";
import { showAval } from "../ir/aval.ts";
import type { Closed, Node } from "../ir/graph.ts";
import { add } from "../primitives/arithmetic.ts";
import { convert } from "../primitives/cast.ts";
import { parameter, scalar } from "../primitives/leaf.ts";
import { and, lt } from "../primitives/logic.ts";
import { constValue } from "../primitives/spread.ts";
import { describe, isExtent, operandOf, show } from "../trace/convert.ts";
import { requireFunction } from "../trace/trace.ts";
import { Tensor } from "../trace/tracer.ts";
import { unflatten } from "../trace/tree.ts";
import type { Like, Result, TensorLike, Traced } from "../trace/types.ts";
import { calledWith, closeAll, type Settled, settle, showLeaf, type Words } from "./bodies.ts";
import { type AnyFn, type Argument, argumentOf, checkSettings, type Output, run } from "./common.ts";
import { loop } from "./loops.ts";
import { checkpointed } from "./repeat.ts";
import { blockSizes, type LoopCheckpoint } from "./slots.ts";

/** Settings of {@link whileLoop}. */
export interface WhileOptions {
  /** The loop ends after so many iterations whatever the condition says: no bound unless given. */
  readonly maxIterations?: number;
}

/** Settings of {@link foriLoop}. */
export interface ForiOptions {
  /** What derivatives keep of the iterations, and compute again: `"none"` unless given. */
  readonly checkpoint?: LoopCheckpoint;
}

/** Room for the values of so many iterations is made beforehand. */
const FEW = 1024;
/** The most iterations that an int32 counts. */
const ENDLESS = 2147483647; // 2³¹ - 1: an expression would stay in every bundle

/**
 * The state after `body(i, value)` for i = lo, …, hi - 1, each given what the one before returned; `init` where hi ≤
 * lo. `body` is traced a few times, whatever the bounds, with an int32 scalar for `i`. The state is an array or a tree
 * of arrays; a number in `init` takes the type of what becomes of it, and all else keeps its shape and type.
 * @shape body (i, [...c]) → [...c], init [...c] → [...c]
 * @throws HvpError if the state changes its shape or type
 */
export function foriLoop<const I, const L extends TensorLike, const H extends TensorLike>(
  lo: L,
  hi: H,
  body: (i: Tensor, value: Traced<I>) => Like<I>,
  init: I,
  options?: ForiOptions,
): Result<Traced<I>, [I, L, H]>;
export function foriLoop(
  lo: unknown,
  hi: unknown,
  body: AnyFn,
  init: unknown,
  options: ForiOptions = {},
  ...extra: unknown[]
): unknown {
  checkCount("foriLoop", extra, "write foriLoop(lo, hi, body, init, { checkpoint })");
  if (typeof body !== "function" && typeof init === "function")
    fail("value", "foriLoop: the function comes before the state: write foriLoop(lo, hi, body, init)");
  requireFunction("foriLoop", body);
  checkSettings("foriLoop", options, ["checkpoint"], "write foriLoop(lo, hi, body, init, { checkpoint })");
  return run(() => {
    const from = boundOf("lower", lo);
    const to = boundOf("upper", hi);
    const carry = argumentOf("foriLoop: init", init);
    const i = parameter([], "int32");
    const state = settle(words("foriLoop"), carry, (value) => [
      calledWith("foriLoop", body, [new Tensor(i), value], "(i, value) => …"),
      undefined,
    ]);
    if (typeof from === "number" && typeof to === "number" && to - from > ENDLESS)
      fail(
        "value",
        `foriLoop: the bounds ${from} and ${to} are ${to - from} iterations apart, beyond int32; nest two loops`,
      );
    const own = [i, ...state.stand];
    const next = [add(i, 1), ...state.next];
    const nodes =
      typeof from === "number" && typeof to === "number"
        ? counted(own, next, [scalar(from, "int32"), ...state.initial], Math.max(0, to - from), options.checkpoint)
        : bounded(own, next, [nodeOf(from), ...state.initial], nodeOf(to), options.checkpoint);
    return outputOf(carry, nodes.slice(1), state);
  });
}

const words = (loop: string): Words => ({ loop, noun: "state", usage: "return a state like the first" });
const nodeOf = (bound: number | Node): Node => (typeof bound === "number" ? scalar(bound, "int32") : bound);

/** So many iterations. */
function counted(
  own: readonly Node[],
  next: readonly Node[],
  initial: readonly Node[],
  length: number,
  checkpoint: unknown,
): readonly Node[] {
  const sizes = blockSizes("foriLoop", checkpoint, length);
  const { graphs, captured } = closeAll(own, [next]);
  const [body] = graphs as [Closed];
  if (length === 0) return [...initial];
  const shape = { carries: own.length, walked: 0, length, reverse: false, trip: "length" } as const;
  return checkpointed([...initial, ...captured], { body, ...shape }, sizes, 1);
}

/** Iterations while the first state, a counter, is below `bound`. */
function bounded(
  own: readonly Node[],
  next: readonly Node[],
  initial: readonly Node[],
  bound: Node,
  checkpoint: unknown,
): Node[] {
  if (checkpoint !== undefined && checkpoint !== "none")
    fail("value", "foriLoop: checkpoint needs bounds that are known when it is traced; give numbers, or leave it out");
  return conditional(own, next, lt(own[0] as Node, bound), initial, ENDLESS);
}

/** Iterations while `condition` holds, at most `length`. */
function conditional(
  own: readonly Node[],
  next: readonly Node[],
  condition: Node,
  initial: readonly Node[],
  length: number,
): Node[] {
  if (length !== ENDLESS && length > FEW) {
    // What reverse mode keeps of the iterations grows with them, not to as many as there may be.
    const count = parameter([], "int32");
    const more = and(condition, lt(count, length));
    const nodes = conditional(
      [count, ...own],
      [add(count, 1), ...next],
      more,
      [scalar(0, "int32"), ...initial],
      ENDLESS,
    );
    return nodes.slice(1);
  }
  const { graphs, captured } = closeAll(own, [next, [condition]]);
  const [body, test] = graphs as [Closed, Closed];
  const most = length === ENDLESS ? Number.POSITIVE_INFINITY : length;
  const shape = { carries: own.length, walked: 0, length: most, reverse: false, trip: "condition" } as const;
  return loop([...initial, ...captured], { body, condition: test, ...shape }).slice(0, own.length);
}

/** A bound that is known when it is traced as a number. */
function boundOf(name: string, bound: unknown): number | Node {
  const where = `foriLoop: the ${name} bound`;
  const x = operandOf(where, bound);
  if (x.shape.length > 0) fail("shape", `${where} is ${describe(bound)}; expected an integer`);
  if (x.traced)
    return x.dtype === "int32" || (x.weak && x.integral)
      ? convert(x.traced, "int32")
      : fail("dtype", `${where} is ${showAval(x)}; convert it with astype(x, "int32")`);
  const value = x.data(x.dtype)[0] as number;
  if (x.dtype === "bool" || (value | 0) !== value) fail("value", `${where} is ${show(bound)}; expected an integer`);
  return value;
}

const outputOf = (carry: Argument, nodes: readonly Node[], { weak }: Settled<unknown>): Output => ({
  args: [carry],
  nodes,
  weak,
  assemble: (leaves) => unflatten(carry.structure, leaves),
});

/**
 * The state when `condition(state)` is first false: `init`, or what `body(state)` has made of it one or more times.
 * `condition` returns a boolean scalar, false for NaN in a comparison. After `maxIterations` the loop ends with the
 * state that it has then. The state is an array or a tree of arrays; a number in `init` takes the type of what becomes
 * of it, and all else keeps its shape and type. It has derivatives of every order, in reverse mode too: the number of
 * iterations counts as constant.
 * @shape condition [...c] → [], body [...c] → [...c], init [...c] → [...c]
 * @throws HvpError if the state changes its shape or type, or if the condition is no boolean
 */
export function whileLoop<const I>(
  condition: (state: Traced<I>) => TensorLike,
  body: (state: Traced<I>) => Like<I>,
  init: I,
  options?: WhileOptions,
): Result<Traced<I>, I>;
export function whileLoop(
  condition: AnyFn,
  body: AnyFn,
  init: unknown,
  options: WhileOptions = {},
  ...extra: unknown[]
): unknown {
  checkCount("whileLoop", extra, "write whileLoop(condition, body, init, { maxIterations })");
  if (typeof body === "function" && typeof init === "function")
    fail("value", "whileLoop: the state comes last: write whileLoop(condition, body, init)");
  requireFunction("whileLoop", condition);
  requireFunction("whileLoop", body);
  checkSettings("whileLoop", options, ["maxIterations"], "write whileLoop(condition, body, init, { maxIterations })");
  const { maxIterations: most = ENDLESS } = options;
  if (!isExtent(most)) fail("value", `whileLoop: maxIterations is ${show(most)}; expected a non-negative integer`);
  return run(() => {
    const carry = argumentOf("whileLoop: init", init);
    const state = settle(words("whileLoop"), carry, (value) => [
      calledWith("whileLoop", body, [value], "(state) => …"),
      undefined,
    ]);
    const value = unflatten(
      carry.structure,
      state.stand.map((x, i) => new Tensor(x, state.weak[i])),
    );
    const goesOn = truthOf(calledWith("whileLoop", condition, [value], "(state) => …"));
    const known = constValue(goesOn);
    if (known && most === ENDLESS)
      fail("value", "whileLoop: the condition is true whatever the state is; compare the state, or give maxIterations");
    const nodes =
      known === 0 || most === 0 ? state.initial : conditional(state.stand, state.next, goesOn, state.initial, most);
    return outputOf(carry, nodes, state);
  });
}

/** What a condition returned. */
function truthOf(value: unknown): Node {
  const x = operandOf("whileLoop: the result of the condition", value);
  if (x.shape.length > 0 || x.dtype !== "bool")
    fail(
      x.dtype === "bool" ? "shape" : "dtype",
      `whileLoop: the condition must return a boolean scalar, got ${showLeaf(x)}; ` +
        (x.dtype === "bool" ? "reduce it with any or all" : "compare, as in gt(x, 0)"),
    );
  return x.node("bool");
}
