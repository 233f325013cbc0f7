// Reverse mode: the value of a function and the transpose of its derivative.
import { requireFloats } from "../ad/jvp.ts";
import { affineNode } from "../ad/linear.ts";
import { linearMap } from "../ad/linearize.ts";
import { pullback } from "../ad/transpose.ts";
import { fail, HvpError } from "../errors.ts";
import { showAval } from "../ir/aval.ts";
import { dependents, reachable } from "../ir/walk.ts";
import { expandCalls } from "../opt/graph/expand.ts";
import { parameter } from "../primitives/leaf.ts";
import { checkTaken, requireFunction, trace } from "../trace/trace.ts";
import { leafCount, unflatten } from "../trace/tree.ts";
import type { Fn, Input, Inputs, Mirrors, Result, Tensors, Traced } from "../trace/types.ts";
import { auxLast, tracedWithAux, type WithAux, type WithoutAux } from "./aux.ts";
import { type AnyFn, type Argument, argumentsOf, dense, parametersOf } from "./common.ts";
import { type LinearFunction, linearFunction } from "./linear-function.ts";

export type TracedList<A> = { -readonly [K in keyof A]: Traced<A[K]> };

/**
 * `[f(x), pullback]`, where `pullback(ȳ)` is `[Jᵀ·ȳ]`: for a cotangent of the shape of the result, a list with the
 * cotangent of each argument. The point is fixed: what depends on it alone is computed once.
 * With `{ hasAux: true }` after the primals, `f` returns `[value, aux]`, and the result is `[value, pullback, aux]`.
 * Results that are not of floating point add nothing: their cotangents are not looked at.
 * @shape f [n] → [m], x [n] → [[m], ȳ [m] → [[n]]]
 * @throws HvpError if an argument is not of floating point; `pullback` throws if its argument has another shape than
 * the result
 */
export function vjp<
  P extends readonly unknown[] = Tensors,
  R extends readonly [unknown, unknown] = readonly [unknown, unknown],
  const A extends WithAux<P> = WithAux<P>,
>(
  f: Fn<P, R>,
  ...primals: A & readonly unknown[]
): [
  Result<R[0], A>,
  LinearFunction<[cotangent: Input<R[0]>], Mirrors<WithoutAux<A>>, TracedList<WithoutAux<A>>>,
  Result<R[1], A>,
];
export function vjp<P extends readonly unknown[] = Tensors, R = unknown, const A extends Inputs<P> = Inputs<P>>(
  f: Fn<P, R>,
  ...primals: A & readonly unknown[]
): [Result<R, A>, LinearFunction<[cotangent: Input<R>], Mirrors<A>, TracedList<A>>];
export function vjp(f: AnyFn, ...given: unknown[]): unknown {
  requireFunction("vjp", f);
  const { hasAux, primals } = auxLast(given);
  checkTaken("vjp", f, primals.length, "pass those alone, and after them { hasAux: true } if it returns [value, aux]");
  return linearFunction("vjp", () => {
    const args = argumentsOf("vjp", primals, true);
    const inputs = parametersOf(args);
    requireFloats("vjp", inputs);
    const { value: y, aux } = tracedWithAux("vjp", hasAux, f, args);
    const { directions, tangents } = linearMap(y.nodes, inputs);
    const ct = y.nodes.map((n) => parameter(n.shape, n.dtype));
    const back = pullback(tangents, directions, ct);
    return {
      args,
      value: y,
      ...(aux && { aux }),
      variables: [{ name: "the cotangent", like: "the result of the function", structure: y.structure, nodes: ct }],
      outputs: inputs.map((x, i) => dense(back[i], x)),
      assemble: (leaves) => perArgument(args, leaves),
    };
  });
}

/**
 * The transpose of the linear function `f`, as a function of one cotangent of the shape of the result that gives the
 * list of cotangents of the arguments. `primals` only say the shapes.
 * @shape f [n] → [m] linear, x [n] → (ȳ [m] → [[n]])
 * @throws HvpError if `f` is not linear */
export function linearTranspose<
  P extends readonly unknown[] = Tensors,
  R = unknown,
  const A extends Inputs<P> = Inputs<P>,
>(f: Fn<P, R>, ...primals: A & readonly unknown[]): LinearFunction<[cotangent: Input<R>], Mirrors<A>, TracedList<A>>;
export function linearTranspose(f: AnyFn, ...primals: unknown[]): unknown {
  requireFunction("linearTranspose", f);
  const [, result] = linearFunction("linearTranspose", () => {
    const args = argumentsOf("linearTranspose", primals, true);
    const inputs = parametersOf(args);
    requireFloats("linearTranspose", inputs);
    const y = trace(
      "linearTranspose",
      f,
      args.map((a) => a.traced),
    );
    const ct = y.nodes.map((n) => parameter(n.shape, n.dtype));
    const linear = expandCalls(y.nodes);
    const back = transposed(() => pullback(linear, inputs, ct));
    const outputs = inputs.map((x, i) => dense(back[i], x));
    const dependent = dependents(reachable(outputs), inputs);
    if (outputs.some((x) => dependent.has(x))) fail("rule", NOT_LINEAR);
    const affine = affineNode(linear, inputs);
    if (affine)
      fail(
        "rule",
        `linearTranspose: the function is not linear in its arguments: ${affine.prim.name} makes ` +
          `${showAval(affine)} with a part that does not depend on them, so that f(0) is not 0; leave that part ` +
          "out, or use vjp",
      );
    return {
      args,
      variables: [{ name: "the cotangent", like: "the result of the function", structure: y.structure, nodes: ct }],
      outputs,
      assemble: (leaves) => perArgument(args, leaves),
    };
  }) as [unknown, unknown];
  return result;
}

const NOT_LINEAR =
  "linearTranspose: the function is not linear in its arguments: its derivative depends on them; use vjp";

/** Runs a transposition: that an operation has no transpose means that the function is not linear. */
function transposed<T>(transpose: () => T): T {
  try {
    return transpose();
  } catch (e) {
    if (e instanceof HvpError && e.code === "rule") return fail("rule", NOT_LINEAR);
    throw e;
  }
}

function perArgument(args: readonly Pick<Argument, "structure">[], leaves: readonly unknown[]): unknown[] {
  let next = 0;
  return args.map(({ structure }) => {
    const tree = unflatten(structure, leaves, next);
    next += leafCount(structure);
    return tree;
  });
}
