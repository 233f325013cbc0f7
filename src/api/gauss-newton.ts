// Gauss–Newton matrices and Fisher information: Jᵀ·Λ·J of a model, as Hessians of functions in which the model is
// replaced by its linearization.
import { checkCount, fail } from "../errors.ts";
import { tracing } from "../ir/build.ts";
import { add, div, square, sub } from "../ops/arithmetic.ts";
import { exp, softplus } from "../ops/elementary.ts";
import { stopGradient } from "../ops/logic.ts";
import { logsumexp, sum } from "../ops/reduce.ts";
import { describe, operandOf } from "../trace/convert.ts";
import { requireFunction } from "../trace/trace.ts";
import { flatten, unflatten } from "../trace/tree.ts";
import type { Input, Tensor, TensorLike } from "../trace/types.ts";
import type { AnyFn } from "./common.ts";
import { CompiledObjective } from "./compiled-objective.ts";
import { disposeKey } from "./dispose.ts";
import { jvp } from "./jvp.ts";
import type { LinearOperator } from "./linear-operator-types.ts";
import { OperatorFace } from "./operator-face.ts";
import { pointSource } from "./operator-source.ts";

/** The operator at each w. Points of the same shapes and types share programs. */
export interface OperatorAt<P> {
  <const W extends Input<P>>(w: W): LinearOperator<W>;
  /** Frees the programs of all its operators now; without it they go when they are garbage. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** Distributions in their natural parameters, which are the outputs of the model. */
export type Likelihood = "gaussian" | "bernoulli" | "categorical" | "poisson";

/** Log-partition functions: their Hessians are the Fisher information of the parameters. */
const LOG_PARTITIONS: Readonly<Record<Likelihood, (z: TensorLike) => TensorLike>> = {
  gaussian: (z) => div(sum(square(z)), 2),
  bernoulli: (z) => sum(softplus(z)),
  categorical: (z) => sum(logsumexp(z, -1)),
  poisson: (z) => sum(exp(z)),
};

/**
 * The generalized Gauss–Newton matrix Jᵀ·H·J (Schraudolph 2002) as an operator: J is the Jacobian of `model` at w and H
 * the Hessian of the scalar function `loss` of its outputs. Positive semidefinite for a convex loss, as those of
 * softmax, logistic and least squares are, and the Hessian itself where the model is linear. Sums and means over data
 * are those that `loss` has. Arrays that the functions capture are copied when they are compiled.
 * @shape model [n] → [...], loss [...] → [], w [n] → [n, n]
 * @throws HvpError if `loss` does not return a scalar, or `w` is not made of floating-point arrays
 */
export function gaussNewton<P = Tensor, Z = unknown>(model: (w: P) => Z, loss: (z: Z) => TensorLike): OperatorAt<P>;
export function gaussNewton(model: unknown, loss: unknown, ...extra: unknown[]): unknown {
  checkCount("gaussNewton", extra, "write gaussNewton(model, loss)(w)");
  return operatorOf("gaussNewton", model, loss);
}

/**
 * The Fisher information of a model as an operator, Jᵀ·F·J summed over the observations, F being that of the natural
 * parameters that `model` returns: the mean of a "gaussian" of variance 1, log-odds ("bernoulli"), unnormalized
 * log-probabilities along the last axis ("categorical"), or the logarithm of the rate ("poisson"). For another
 * exponential family pass its log-partition function, a scalar function of the parameters. It needs no observations,
 * and is the Gauss–Newton matrix of the negative log-likelihood.
 * @shape model [n] → [...], w [n] → [n, n]
 * @throws HvpError if the likelihood is unknown, or `w` is not made of floating-point arrays
 */
export function fisher<P = Tensor, Z = unknown>(
  model: (w: P) => Z,
  likelihood: Likelihood | ((z: Z) => TensorLike),
): OperatorAt<P>;
export function fisher(model: unknown, likelihood: unknown, ...extra: unknown[]): unknown {
  checkCount("fisher", extra, 'write fisher(model, "categorical")(w)');
  if (typeof likelihood === "function") return operatorOf("fisher", model, likelihood);
  const known = Object.keys(LOG_PARTITIONS);
  if (!known.includes(likelihood as string))
    fail(
      "value",
      `fisher: the likelihood is ${describe(likelihood)}; expected ${known.map((k) => `"${k}"`).join(", ")}, or a ` +
        "log-partition function",
    );
  return operatorOf("fisher", model, LOG_PARTITIONS[likelihood as Likelihood]);
}

function operatorOf(name: string, model: unknown, loss: unknown): unknown {
  requireFunction(name, model);
  requireFunction(name, loss);
  const surrogate = linearized(model as AnyFn, loss as AnyFn);
  const made = new Map<string, CompiledObjective>();
  const at = (w: unknown, ...extra: unknown[]): unknown => {
    checkCount(name, extra, `write ${name}(model, …)(w); functions take their data from outside`);
    if (tracing()) fail("trace", `${name}: operators are for outside of traced functions; inside use jvp, vjp and hvp`);
    const key = typeOf(name, w);
    const of = made.get(key) ?? new CompiledObjective(surrogate, w, [], false, name);
    made.set(key, of);
    return new OperatorFace(pointSource(of, of.calls.linearize(w, `${name}: w`), false));
  };
  const dispose = (): void => {
    for (const of of made.values()) of.calls.dispose();
    made.clear();
  };
  for (const property of ["dispose", disposeKey()]) Object.defineProperty(at, property, { value: dispose });
  return Object.defineProperty(at, "name", { value: name });
}
/** What a program is compiled for. */
function typeOf(name: string, w: unknown): string {
  const { leaves, structure } = flatten(`${name}: w`, w);
  return JSON.stringify([
    structure,
    leaves.map((leaf) => {
      const { shape, dtype } = operandOf(`${name}: w`, leaf);
      return [shape, dtype];
    }),
  ]);
}

/**
 * w' ↦ loss(model(w) + J(w)·(w' - w)), at w' = w and with w held constant: its value and gradient are those of
 * loss(model(w)), its Hessian is the Gauss–Newton matrix.
 */
const linearized =
  (model: AnyFn, loss: AnyFn): AnyFn =>
  (w: unknown): TensorLike => {
    const { leaves, structure } = flatten("w", w);
    const held = leaves.map((x) => stopGradient(x as Tensor));
    const step = leaves.map((x, i) => sub(x as Tensor, held[i] as Tensor));
    const [at, along] = [unflatten(structure, held), unflatten(structure, step)];
    const [z, dz] = jvp(model as never, [at] as never, [along] as never) as [unknown, unknown];
    const outputs = flatten("z", z);
    const changes = flatten("dz", dz).leaves;
    const moved = outputs.leaves.map((y, i) => add(y as TensorLike, changes[i] as TensorLike));
    return (loss as (z: unknown) => TensorLike)(unflatten(outputs.structure, moved));
  };
