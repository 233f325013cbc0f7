// Equations solved for unknowns: `rootFind` and `fixedPoint`, with the derivatives of implicit functions.
//
// The search runs on values without tangents and ends at x₀, a constant to every derivative. Two Newton steps
// N(x, θ) = x - J(x, θ)⁻¹·F(x, θ) with the exact J, which do have tangents, end at x₂(θ) = N(N(x₀, θ), θ).
// Newton squares errors: |N(x, θ) - x*(θ)| ≤ C·|x - x*(θ)|² near the root x*(θ). Where x₀ is the root at θ₀,
// x₀ - x*(θ) is O(|θ - θ₀|), so that x₁ - x* is O(|θ - θ₀|²) and x₂ - x* is O(|θ - θ₀|⁴). Functions that differ by so
// little have equal derivatives at θ₀ up to order 3, which are those of the implicit function theorem.
import { checkCount, fail } from "../errors.ts";
import { abs, add, div, minimum, mul, sub } from "../ops/arithmetic.ts";
import { full } from "../ops/create.ts";
import { solve } from "../ops/decompositions.ts";
import { and, eq, gt, le, lt, not, or, stopGradient, where } from "../ops/logic.ts";
import { max } from "../ops/reduce.ts";
import { reshape } from "../ops/shape.ts";
import { callTraced, requireFunction } from "../trace/trace.ts";
import { Tensor } from "../trace/tracer.ts";
import { unflatten } from "../trace/tree.ts";
import type { Like, Result, Traced } from "../trace/types.ts";
import { calledWith } from "./bodies.ts";
import { type AnyFn, argumentOf, checkSettings, type Output, run } from "./common.ts";
import { allElements, arraysOf } from "./flat.ts";
import { jacfwd } from "./jacobian.ts";
import { checkNumber, constant, type Leaves, nodesOf, ofLeaves, toleranceOf } from "./leaves.ts";
import { whileLoop } from "./while.ts";

/** Settings of {@link rootFind} and {@link fixedPoint}. */
export interface SolverOptions<A = unknown> {
  /** An array or a tree of arrays that `f` gets as its second argument: none unless given. */
  readonly args?: A;
  /** The change relative to the unknowns that ends the search: √ε unless given, 1.5e-8, or 3.5e-4 for float32. */
  readonly tol?: number;
  /** How many times the unknowns change: 100 for rootFind, 1000 for fixedPoint unless given. */
  readonly maxIterations?: number;
}

/**
 * An `x` with `f(x, args) = 0`, found by Newton's method from `x0`: steps are halved until the largest element of `f`
 * is less. `x` is an array or a tree of arrays, `f` returns a tree like it and is traced a few times, and each
 * iteration solves with the Jacobian of all unknowns. All is NaN where no root is found, or where the Jacobian is
 * singular there.
 *
 * Derivatives up to order 3, in all modes, with respect to `args` and what `f` takes from outside are those of the
 * implicit function theorem; with respect to `x0` they are 0.
 * @shape f [...n] → [...n], x0 [...n] → [...n]
 * @throws HvpError if `f` returns another structure, shape or type than `x0` has
 */
export function rootFind<const X, const A = undefined>(
  f: (x: Traced<X>, args: Traced<A>) => Like<X>,
  x0: X,
  options?: SolverOptions<A>,
): Result<Traced<X>, [X, A]>;
export function rootFind(f: AnyFn, x0: unknown, options: SolverOptions = {}, ...extra: unknown[]): unknown {
  checkCount("rootFind", extra, "write rootFind(f, x0, options)");
  return solved("rootFind", f, x0, options, 100, (g) => g, newtonSearch);
}

/**
 * An `x` with `x = f(x, args)`, found by applying `f` again and again from `x0`, then by Newton's method. `x` is an
 * array or a tree of arrays, and `f` returns a tree like it and is traced a few times. All is NaN where the iteration
 * does not converge.
 *
 * Derivatives are as for {@link rootFind} of `x - f(x)`.
 * @shape f [...n] → [...n], x0 [...n] → [...n]
 * @throws HvpError if `f` returns another structure, shape or type than `x0` has
 */
export function fixedPoint<const X, const A = undefined>(
  f: (x: Traced<X>, args: Traced<A>) => Like<X>,
  x0: X,
  options?: SolverOptions<A>,
): Result<Traced<X>, [X, A]>;
export function fixedPoint(f: AnyFn, x0: unknown, options: SolverOptions = {}, ...extra: unknown[]): unknown {
  checkCount("fixedPoint", extra, "write fixedPoint(f, x0, options)");
  const equation = (g: Map) => (x: Tensor) => sub(x, g(x));
  return solved("fixedPoint", f, x0, options, 1000, equation, pictures);
}

type Map = (x: Tensor) => Tensor;
interface Limits {
  readonly tol: number;
  readonly maxIterations: number;
}
/** Where a search ended, and how far it would go from there. */
interface Found {
  readonly x: Tensor;
  readonly step: Tensor;
}

/** The root of `equation(f)`, to which `search` comes near for a map that is constant in all but the unknowns. */
function solved(
  name: string,
  f: AnyFn,
  x0: unknown,
  options: SolverOptions,
  most: number,
  equation: (map: Map) => Map,
  search: (map: Map, first: Tensor, limits: Limits) => Found,
): unknown {
  const usage = `${name}((x, args) => …, x0, { args })`;
  if (typeof f !== "function" && typeof x0 === "function")
    fail("value", `${name}: the function comes first: write ${name}(f, x0)`);
  requireFunction(name, f);
  checkSettings(name, options, ["args", "tol", "maxIterations"], `write ${usage}`);
  const { args, maxIterations = most } = options;
  checkNumber(`${name}: maxIterations`, maxIterations, 0, true);
  return run((): Output => {
    const unknowns = argumentOf(`${name}: x0`, x0);
    const own = args === undefined || args === null ? undefined : argumentOf(`${name}: args`, args);
    const words = { loop: name, noun: "unknown", body: "f", usage: "return as many equations, in the structure of x0" };
    const call = (x: unknown) => (own ? calledWith(name, f, [x, own.traced], usage) : callTraced(name, f, [x]));
    const { first, weak, at, held } = ofLeaves(words, unknowns, call);
    const { tol = toleranceOf(first) } = options;
    checkNumber(`${name}: tol`, tol, 0, false);
    const onVector = (map: (x: Leaves) => Leaves) => (x: Tensor) => packed(map(unpacked(x, first)));
    const [exact, still] = [onVector(at), onVector(held)];
    const start = stopGradient(packed(first));
    const root =
      start.size === 0
        ? start
        : improved(equation(exact), equation(still), search(still, start, { tol, maxIterations }), tol);
    return {
      args: [unknowns, ...(own ? [own] : [])],
      nodes: nodesOf(unpacked(root, first)),
      weak,
      assemble: (leaves) => unflatten(unknowns.structure, leaves),
    };
  });
}

/** The root near which a search ended, as a function of what `exact` captures; NaN where it found none. */
function improved(exact: Map, still: Map, { x, step }: Found, tol: number): Tensor {
  const isFound = le(largest(step), mul(add(largest(x), 1), tol));
  // The constant is a root to rounding: the derivatives are right to its error.
  let root = stopGradient(sub(x, newtonStep(still, x)));
  for (let i = 0; i < 2; i++) root = sub(root, newtonStep(exact, root));
  return mul(root, where(isFound, 1, Number.NaN));
}

/** What Newton's method subtracts from `x`. */
function newtonStep(map: Map, x: Tensor): Tensor {
  const jacobian = jacfwd(map)(x) as Tensor;
  return x.size === 1 ? div(map(x), reshape(jacobian, [1])) : solve(jacobian, map(x));
}

/** Newton's method; steps are halved until the equations are better satisfied. */
function newtonSearch(map: Map, first: Tensor, { tol, maxIterations }: Limits): Found {
  const { x, step, norm } = whileLoop(
    ({ x, step, part, norm }) =>
      and(or(eq(norm, Number.POSITIVE_INFINITY), gt(largest(step), mul(largest(x), tol))), gt(part, SHORTEST)),
    ({ x, step, part, norm }) => {
      const next = sub(x, mul(step, part));
      const size = largest(map(next));
      const isBetter = lt(size, norm);
      return {
        x: where(isBetter, next, x),
        step: where(isBetter, newtonStep(map, next), step),
        part: where(isBetter, minimum(mul(part, 2), 1), mul(part, 0.5)),
        norm: where(isBetter, size, norm),
      };
    },
    {
      x: first,
      step: full(first.shape, 0, { dtype: first.dtype }) as unknown as Tensor,
      part: constant(1, first.dtype),
      norm: constant(Number.POSITIVE_INFINITY, first.dtype),
    },
    { maxIterations },
  );
  // Where no iteration improved on x0, nothing is known.
  return { x, step: where(eq(norm, Number.POSITIVE_INFINITY), Number.NaN, step) };
}
/** The shortest part of a step that is tried: what is no better there is rounding. */
const SHORTEST = 2 ** -30;

/** `map` again and again. */
function pictures(map: Map, first: Tensor, { tol, maxIterations }: Limits): Found {
  return whileLoop(
    ({ x, step }) => not(le(largest(step), mul(largest(x), tol))),
    ({ x }) => {
      const next = map(x);
      return { x: next, step: sub(next, x) };
    },
    { x: first, step: full(first.shape, Number.POSITIVE_INFINITY, { dtype: first.dtype }) as unknown as Tensor },
    { maxIterations },
  );
}

const largest = (x: Tensor): Tensor => max(abs(x));

const packed = (leaves: Leaves): Tensor => new Tensor(allElements(nodesOf(leaves)));
const unpacked = (x: Tensor, like: Leaves): Tensor[] => arraysOf(x.node, nodesOf(like)).map((n) => new Tensor(n));
