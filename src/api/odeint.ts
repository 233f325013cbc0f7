// `odeint`: ordinary differential equations, with the exact derivatives of the steps that were taken.
import { checkCount, fail } from "../errors.ts";
import { showShape } from "../ir/aval.ts";
import { substitute } from "../ir/walk.ts";
import { add, div, mul, sub } from "../ops/arithmetic.ts";
import { slice } from "../ops/indexing.ts";
import { concat, expandDims } from "../ops/shape.ts";
import { convert } from "../primitives/cast.ts";
import { parameter } from "../primitives/leaf.ts";
import { show } from "../trace/convert.ts";
import { callTraced, checkTaken, requireFunction } from "../trace/trace.ts";
import { Tensor } from "../trace/tracer.ts";
import { unflatten } from "../trace/tree.ts";
import type { Like, Result, TensorLike, Traced } from "../trace/types.ts";
import { type AnyFn, type Argument, argumentOf, checkSettings, type Output, run } from "./common.ts";
import { dopri5 } from "./dopri5.ts";
import { type Field, rk4Step } from "./field.ts";
import { checkNumber, hinted, type Leaves, nodesOf, numberOf, ofLeaves, toleranceOf } from "./leaves.ts";
import { scan } from "./scan.ts";
import { foriLoop } from "./while.ts";

/** Settings of {@link odeint}. */
export interface OdeintOptions<A = unknown> {
  /** An array or a tree of arrays that `f` gets as its third argument: none unless given. */
  readonly args?: A;
  /** "dopri5" (steps adapt to tolerances) unless given, or "rk4" (steps of fixed length). */
  readonly method?: "dopri5" | "rk4";
  /** The error of a step relative to the state: √ε unless given, 1.5e-8, or 3.5e-4 where a leaf is float32. */
  readonly rtol?: number;
  /** The same beside a state near 0: as for rtol unless given. */
  readonly atol?: number;
  /** How many steps dopri5 tries in all: 100 000 unless given. */
  readonly maxSteps?: number;
  /** How many steps rk4 takes between two times: 1 unless given. */
  readonly steps?: number;
}

const USAGE = "write odeint((y, t, args) => …, y0, ts, { args })";
const OPTIONS = ["args", "method", "rtol", "atol", "maxSteps", "steps"];
/** Steps that take a second where `f` is short, and memory for the way back that engines grant. */
const MOST_STEPS = 100_000;

/**
 * The solution of dy/dt = `f(y, t, args)` with `y = y0` at the first of `ts`, at all of `ts`: the tree of `y0` with a
 * leading axis. Times ascend or descend. `f` returns a tree like `y0` and is traced a few times; numbers in `y0` take
 * the type of what becomes of them, and `t` that of what it meets.
 *
 * "dopri5" is Dormand and Prince's method of order 5(4) with Hairer's control of steps and its interpolant of order 4,
 * by which times inside a step are reached; the last time is the end of a step. Rows are NaN where it comes to no end:
 * after `maxSteps`, where a step would be too short to change the time, and where times turn round. "rk4" is the
 * classical method of order 4.
 *
 * Derivatives of every order, with respect to `y0`, `args`, `ts` and what `f` takes from outside, are exact ones of
 * the steps that were taken. Lengths of steps count as constants, and the grid begins at the first time; by other
 * times they are those of the interpolant.
 * @shape f ([...n], []) → [...n], y0 [...n], ts [k] → [k, ...n]
 * @throws HvpError if `f` returns another structure, shape or type than `y0` has
 */
export function odeint<const Y, const T extends TensorLike, const A = undefined>(
  f: (y: Traced<Y>, t: Tensor, args: Traced<A>) => Like<Y>,
  y0: Y,
  ts: T,
  options?: OdeintOptions<A>,
): Result<Traced<Y>, [Y, T, A]>;
export function odeint(f: AnyFn, y0: unknown, ts: unknown, options: OdeintOptions = {}, ...extra: unknown[]): unknown {
  checkCount("odeint", extra, USAGE);
  if (typeof f !== "function" && typeof y0 === "function")
    fail("value", "odeint: the function comes first: write odeint(f, y0, ts)");
  requireFunction("odeint", f);
  checkSettings("odeint", options, OPTIONS, USAGE);
  const { args, method = "dopri5", maxSteps = MOST_STEPS, steps = 1 } = options;
  if (method !== "dopri5" && method !== "rk4")
    fail("value", `odeint: method is ${show(method)}; expected "dopri5" or "rk4"`);
  checkNumber("odeint: maxSteps", maxSteps, 0, true);
  checkNumber("odeint: steps", steps, 1, true);
  return run((): Output => {
    const state = argumentOf("odeint: y0", y0);
    const times = argumentOf("odeint: ts", ts);
    const own = args === undefined || args === null ? undefined : argumentOf("odeint: args", args);
    const t = timesOf(times);
    const { field, first, weak } = equation(f, state, own);
    const tolerance = toleranceOf(first);
    const { rtol = tolerance, atol = tolerance } = options;
    checkNumber("odeint: rtol", rtol, 0, false);
    checkNumber("odeint: atol", atol, 0, false);
    const rows =
      t.length === 0
        ? first.map((y) => slice(expandDims(y, 0), [0, 0]))
        : method === "rk4"
          ? rk4(field, first, t, steps)
          : dopri5(field, first, t, { rtol, atol, maxSteps });
    return {
      args: [state, times, ...(own ? [own] : [])],
      nodes: nodesOf(rows),
      weak,
      assemble: (leaves) => unflatten(state.structure, leaves),
    };
  });
}

/** Times as float64, whatever their type: their differences are small. */
function timesOf({ operands, parameters, structure }: Argument): Tensor {
  const [x, node] = [operands[0], parameters[0]];
  if (structure !== "leaf" || !x || !node) return fail("shape", "odeint: ts is a tree; expected a vector of times");
  if (x.shape.length !== 1 || x.dtype === "bool")
    fail(
      "shape",
      `odeint: ts has shape ${showShape(x.shape)}${x.dtype === "bool" ? " and type bool" : ""}; expected a vector of ` +
        "times, the first one that of y0, such as [0, 1]",
    );
  return new Tensor(convert(node, "float64"));
}

/** `f` as a function of leaves, traced on the types of the state. */
function equation(f: AnyFn, state: Argument, args: Argument | undefined) {
  const t = parameter([], "float64");
  const time = numberOf(new Tensor(t));
  const words = { loop: "odeint", noun: "state", body: "f", usage: "return dy/dt with the structure of y0" };
  const more = args ? [args.traced] : [];
  if (args) checkTaken("odeint", f, 3, USAGE);
  const of = (swap: boolean) =>
    ofLeaves(words, state, (y) => callTraced("odeint", f, swap ? [time, y, ...more] : [y, time, ...more]));
  const { at, first, weak } = hinted(
    () => of(false),
    () => of(true),
    "odeint: f takes the state before the time, as in JAX; write (y, t) => …, not (t, y) => …",
  );
  const field: Field = (y, now) => {
    const k = nodesOf(at(y));
    return substitute(k, [t], [now.node]).map((x) => new Tensor(x));
  };
  return { field, first, weak };
}

/** Fixed steps from each time to the next. */
function rk4(field: Field, first: Leaves, ts: Tensor, steps: number): Tensor[] {
  const spans = { from: slice(ts, [0, -1]), to: slice(ts, [1]) };
  const [, rows] = scan(
    (y: Leaves, { from, to }) => {
      const h = div(sub(to, from), steps);
      const step = (j: Tensor, x: Leaves): Leaves => rk4Step(field, x, add(from, mul(h, j)), h);
      const next = steps === 1 ? rk4Step(field, y, from, h) : foriLoop(0, steps, step, y);
      return [next, next] as const;
    },
    first,
    spans,
  );
  return first.map((y, i) => concat([expandDims(y, 0), rows[i] as Tensor]));
}
