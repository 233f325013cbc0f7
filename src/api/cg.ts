// `cg`: linear systems by conjugate gradients.
import { checkCount, fail } from "../errors.ts";
import { showShape } from "../ir/aval.ts";
import { close } from "../ir/closed.ts";
import { add, sub } from "../ops/arithmetic.ts";
import { matmul } from "../ops/linalg.ts";
import { convert } from "../primitives/cast.ts";
import { parameter } from "../primitives/leaf.ts";
import { stopGradient } from "../primitives/shape.ts";
import { describe } from "../trace/convert.ts";
import { callTraced } from "../trace/trace.ts";
import { Tensor } from "../trace/tracer.ts";
import { unflatten } from "../trace/tree.ts";
import type { Like, Result, TensorLike, Traced } from "../trace/types.ts";
import { inner, type LinearOfLeaves, solverOf } from "./cg-solver.ts";
import { type AnyFn, type Argument, argumentOf, checkSettings, type Output, run, tangentOf } from "./common.ts";
import { checkNumber, nodesOf, ofLeaves } from "./leaves.ts";
import { isLinear } from "./linear-map.ts";

/** Settings of {@link cg}. */
export interface CgOptions<B = unknown> {
  /** Where the iteration begins, a tree like `b`: at 0 unless given. */
  readonly x0?: unknown;
  /** The norm of the residual relative to that of `b` that ends the iteration: 1e-5 unless given. */
  readonly tol?: number;
  /** The norm itself, where that is larger: 0 unless given. */
  readonly atol?: number;
  /** How many iterations at most: 10 for each unknown unless given. */
  readonly maxIterations?: number;
  /** A preconditioner: a function like `A`, near its inverse, or a symmetric matrix. None unless given. */
  readonly M?: TensorLike | ((r: Traced<B>) => Like<B>);
}

/**
 * The `x` with `A(x) = b` by conjugate gradients, for a symmetric positive definite `A`: a linear function that takes
 * and returns trees like `b`, traced a few times, or a matrix. As in JAX, what `maxIterations` leave is returned.
 *
 * Derivatives of every order with respect to `b`, a matrix `A` and what `A` takes from outside are those of A⁻¹·b, by
 * further systems that are solved to the same `tol`. `x0` and `M` have no part in them.
 * @shape A [n, n] or [...n] → [...n], b [...n] → [...n]
 * @throws HvpError if `A` is not linear, or returns another structure, shape or type than `b` has
 */
export function cg<const B>(A: (x: Traced<B>) => Like<B>, b: B, options?: CgOptions<B>): Result<Traced<B>, B>;
export function cg<const B, const M extends TensorLike>(A: M, b: B, options?: CgOptions<B>): Result<Traced<B>, [B, M]>;
export function cg(A: unknown, b: unknown, options: CgOptions = {}, ...extra: unknown[]): unknown {
  checkCount("cg", extra, "write cg(A, b, options)");
  if (typeof b === "function") fail("value", "cg: the matrix or function comes first: write cg(A, b)");
  checkSettings("cg", options, ["x0", "tol", "atol", "maxIterations", "M"], "write cg(A, b, { x0 })");
  const { x0, tol = 1e-5, atol = 0, M } = options;
  checkNumber("cg: tol", tol, 0, false);
  checkNumber("cg: atol", atol, 0, false);
  return run((): Output => {
    const right = argumentOf("cg: b", b);
    const [matrix, preconditioner] = [mapOf("A", A, right), mapOf("M", M, right)];
    const start = x0 === undefined || x0 === null ? undefined : tangentOf("cg: x0", x0, right);
    const a = traced("A", matrix.call, right);
    const m = M === undefined || M === null ? undefined : traced("M", preconditioner.call, right);
    const size = a.first.reduce((n, x) => n + x.size, 0);
    const { maxIterations = 10 * size } = options;
    checkNumber("cg: maxIterations", maxIterations, 0, true);
    const solve = solverOf(a, m, { tol, atol, maxIterations });
    const first = start?.parameters.map((x, i) => new Tensor(stopGradient(convert(x, (a.first[i] as Tensor).dtype))));
    const residual = first ? a.at(first).map((y, i) => sub(a.first[i] as Tensor, y)) : a.first;
    const found = solve(residual, inner(a.first, a.first));
    return {
      args: [right, ...[matrix.arg, preconditioner.arg, start].filter((x) => x !== undefined)],
      nodes: first ? found.map((z, i) => add(first[i] as Tensor, new Tensor(z)).node) : found,
      weak: a.weak,
      assemble: (leaves) => unflatten(right.structure, leaves),
    };
  });
}

/** A matrix as a function of a vector, or a function. */
function mapOf(name: string, map: unknown, b: Argument): { arg?: Argument; call: AnyFn } {
  if (typeof map === "function") return { call: map as AnyFn };
  if (map === undefined || map === null) {
    if (name === "A") fail("value", `cg: A is ${describe(map)}; expected a symmetric matrix or a function`);
    return { call: (x: unknown) => x };
  }
  const arg = argumentOf(`cg: ${name}`, map);
  const [shape, n] = [arg.operands[0]?.shape ?? [], b.operands[0]?.shape[0]];
  if (arg.structure !== "leaf" || b.structure !== "leaf" || b.operands[0]?.shape.length !== 1)
    fail("shape", `cg: a matrix ${name} needs a vector b; for trees and other arrays pass a function`);
  if (shape.length !== 2 || shape[0] !== n || shape[1] !== n)
    fail("shape", `cg: ${name} has shape ${showShape(shape)}; expected [${n}, ${n}], as b has ${n} elements`);
  return { arg, call: (x: Tensor) => matmul(arg.traced as Tensor, x) };
}

/** A linear map of leaves like those of `b`. */
function traced(name: string, call: AnyFn, b: Argument): LinearOfLeaves {
  const words = { loop: "cg", noun: "argument", body: name, usage: "return a tree like b" };
  const of = ofLeaves(words, b, (x) => callTraced(`cg: ${name}`, call, [x]));
  const stand = of.first.map((x) => parameter(x.shape, x.dtype));
  const outputs = nodesOf(of.at(stand.map((x) => new Tensor(x))));
  if (!isLinear(outputs, stand))
    fail("rule", `cg: ${name} is not linear in its argument; pass its linear part, or solve with rootFind`);
  return { ...of, ...close(stand, outputs) };
}
