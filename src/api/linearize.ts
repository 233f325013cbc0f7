// Fixing the point of a derivative: the linear map v ↦ J(x)·v as a function of its own.
import { requireFloats } from "../ad/jvp.ts";
import { linearMap } from "../ad/linearize.ts";
import { checkTaken, requireFunction } from "../trace/trace.ts";
import { unflatten } from "../trace/tree.ts";
import type { Fn, Inputs, Leaves, Result, Tensor, Tensors } from "../trace/types.ts";
import { auxLast, tracedWithAux, type WithAux } from "./aux.ts";
import { type AnyFn, type Argument, argumentsOf, dense, parametersOf } from "./common.ts";
import { type LinearFunction, linearFunction } from "./linear-function.ts";

/**
 * `[f(x), jvpFn]`, where `jvpFn(v)` is `J(x)·v`, one tangent per argument. What depends on the point alone is
 * computed once, so many products at one point are cheap: `linearize(grad(f), x)[1]` gives Hessian-vector products.
 * With `{ hasAux: true }` after the primals, `f` returns `[value, aux]`, and the result is `[value, jvpFn, aux]`.
 * Results that are not of floating point have zero tangents.
 * @shape f [n] → [m], x [n] → [[m], v [n] → [m]]
 * @throws HvpError if an argument is not of floating point; `jvpFn` throws if its arguments differ from `primals` in
 * number or shape
 */
export function linearize<
  P extends readonly unknown[] = Tensors,
  R extends readonly [unknown, unknown] = readonly [unknown, unknown],
  const A extends WithAux<P> = WithAux<P>,
>(
  f: Fn<P, R>,
  ...primals: A & readonly unknown[]
): [Result<R[0], A>, LinearFunction<Inputs<P>, Result<R[0], A>, Leaves<R[0], Tensor>>, Result<R[1], A>];
export function linearize<P extends readonly unknown[] = Tensors, R = unknown, const A extends Inputs<P> = Inputs<P>>(
  f: Fn<P, R>,
  ...primals: A & readonly unknown[]
): [Result<R, A>, LinearFunction<Inputs<P>, Result<R, A>, Leaves<R, Tensor>>];
export function linearize(f: AnyFn, ...given: unknown[]): unknown {
  requireFunction("linearize", f);
  const { hasAux, primals } = auxLast(given);
  checkTaken(
    "linearize",
    f,
    primals.length,
    "pass those alone, and after them { hasAux: true } if it returns [value, aux]",
  );
  return linearFunction("linearize", () => {
    const args = argumentsOf("linearize", primals, true);
    const inputs = parametersOf(args);
    requireFloats("linearize", inputs);
    const { value: y, aux } = tracedWithAux("linearize", hasAux, f, args);
    const { directions, tangents } = linearMap(y.nodes, inputs);
    let next = 0;
    const perArgument = (a: Argument, i: number) => {
      const nodes = directions.slice(next, (next += a.parameters.length));
      return {
        name: args.length === 1 ? "the tangent" : `tangent ${i + 1}`,
        like: args.length === 1 ? "the primal" : `primal ${i + 1}`,
        structure: a.structure,
        nodes,
      };
    };
    return {
      args,
      value: y,
      ...(aux && { aux }),
      variables: args.map(perArgument),
      outputs: y.nodes.map((n, i) => dense(tangents[i], n)),
      assemble: (leaves) => unflatten(y.structure, leaves),
    };
  });
}
