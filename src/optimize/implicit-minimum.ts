// `implicitMinimum`: the place of a minimum as a function of what the function depends on.
//
// The search runs on values without tangents and ends at w₀, a constant to every derivative. Newton steps for the
// gradient, which do have tangents, end at a w(θ) that has the derivatives of the minimum (as in api/root-find.ts: each
// step squares the distance, so that one gives first derivatives, and two give those up to order 3).

import { requireFloats } from "../ad/jvp.ts";
import { cg } from "../api/cg.ts";
import { type AnyFn, argumentOf, checkSettings, type Output, requireScalar, run } from "../api/common.ts";
import { allElements } from "../api/flat.ts";
import { grad } from "../api/grad.ts";
import { hvp } from "../api/hvp.ts";
import { hessian } from "../api/jacobian.ts";
import { PointShape } from "../api/point-shape.ts";
import { checkCount, fail } from "../errors.ts";
import { capturedBy } from "../ir/closed.ts";
import type { Node } from "../ir/graph.ts";
import { substitute } from "../ir/walk.ts";
import { mul, sub } from "../ops/arithmetic.ts";
import { solve } from "../ops/decompositions.ts";
import { eq, or, stopGradient, where } from "../ops/logic.ts";
import { stopGradient as stopNode } from "../primitives/shape.ts";
import { show } from "../trace/convert.ts";
import { requireFunction, trace } from "../trace/trace.ts";
import { Tensor } from "../trace/tracer.ts";
import { unflatten } from "../trace/tree.ts";
import type { Fn, Inputs, Result, TensorLike, Tensors } from "../trace/types.ts";
import { methodNamed } from "./method-names.ts";
import type { MethodName } from "./methods.ts";
import { memoryOf } from "./minimize-with.ts";
import { checkMinimizeOptions, settingsFor, type Tolerances } from "./options.ts";
import { isRunning, type Progress, SETTINGS, type Settings } from "./progress.ts";
import type { TracedFunction } from "./requests.ts";
import { repeat } from "./requests.ts";
import { codeOf } from "./status.ts";
import { traced } from "./traced-host.ts";
import { Unknowns } from "./unknowns.ts";
import { number } from "./vectors.ts";

/** Settings of {@link implicitMinimum}. */
export interface ImplicitMinimumOptions extends Tolerances {
  /** How the minimum is found: "trust-ncg" unless given. Methods with bounds have no derivatives. */
  readonly method?: Exclude<MethodName, "l-bfgs-b" | "tron">;
  /**
   * How systems with the Hessian are solved, for derivatives: "dense" with all of it, which is taken up to 64 unknowns
   * unless given, or "cg" with its products.
   */
  readonly solver?: "dense" | "cg";
}

/** So many unknowns have whole Hessians unless `solver` says otherwise. */
const DENSE = 64;

/**
 * The function `(theta, w0) => w` with w the minimum of `inner(w, theta)` that the search from `w0` ends at: all NaN
 * where it finds none. Its derivatives up to order 3 with respect to `theta`, and to what `inner` takes from outside,
 * are those of the minimum, whatever the search was: gradients of hyperparameters, and their Hessian-vector products.
 * They need a Hessian of `inner` that is regular there. `w0` has no part in them. It is for use inside traced functions
 * and outside.
 * @shape inner ([...w], [...t]) → [], theta [...t], w0 [...w] → [...w]
 * @throws HvpError if `inner` does not return a scalar, or if arguments are not of floating point
 */
export function implicitMinimum<P extends readonly unknown[] = Tensors>(
  inner: Fn<P, TensorLike>,
  options?: ImplicitMinimumOptions,
): <const A extends Inputs<P>[1], const B extends Inputs<P>[0]>(theta: A, w0: B) => Result<P[0], [A, B]>;
export function implicitMinimum(inner: AnyFn, options: ImplicitMinimumOptions = {}, ...more: unknown[]): unknown {
  const name = "implicitMinimum";
  checkCount(name, more, `write ${name}(inner, { method })(theta, w0)`);
  requireFunction(name, inner);
  checkSettings(name, options, [...SETTINGS, "method", "solver"], `write ${name}(inner)(theta, w0)`);
  const { solver, method: _, ...tolerances } = options;
  if (solver !== undefined && solver !== "dense" && solver !== "cg")
    fail("value", `${name}: solver is ${show(solver)}; expected "dense" or "cg"`);
  const method = methodNamed(name, options).of(memoryOf(name, {}));
  if (method.bounded) fail("value", `${name}: a minimum at bounds has no derivatives; use "trust-ncg"`);
  checkMinimizeOptions(name, tolerances);
  return (theta: unknown, w0: unknown, ...extra: unknown[]): unknown => {
    checkCount(name, extra, `write ${name}(inner)(theta, w0)`);
    return run((): Output => {
      const [at, start] = [argumentOf(`${name}: theta`, theta, true), argumentOf(`${name}: w0`, w0, true)];
      requireFloats(name, start.parameters, "");
      const unknowns = new Unknowns(new PointShape(start.parameters, start.structure, start.paths));
      if (unknowns.size === 0) fail("value", `${name}: w0 has no numbers in it; pass arrays or numbers`);
      const result = trace(name, inner, [start.traced, at.traced], "write inner = (w, theta) => …");
      const y = requireScalar(name, result.nodes, result.structure);
      const captured = capturedBy([y], start.parameters);
      const [still] = substitute([y], captured, captured.map(stopNode)) as [Node];
      const of =
        (y: Node): TracedFunction =>
        (x) =>
          new Tensor(substitute([y], start.parameters, unknowns.leavesOf(x.node))[0] as Node);
      const first = stopGradient(new Tensor(allElements(start.parameters)));
      const found = searched(
        of(still),
        first,
        (x0, settings) =>
          repeat<Progress>(method.begin(x0, settings), isRunning, (state) => method.iterate(state, settings)),
        constants(settingsFor(tolerances, unknowns, [])),
      );
      const newton = newtonBy(solver ?? (unknowns.size <= DENSE ? "dense" : "cg"));
      // The constant is the minimum to rounding: derivatives are right to its error.
      let w = stopGradient(newton(of(still), found));
      for (let i = 0; i < 2; i++) w = newton(of(y), w);
      return {
        args: [at, start],
        nodes: unknowns.leavesOf(w.node),
        assemble: (leaves) => unflatten(start.structure, leaves),
      };
    });
  };
}

const constants = (values: ArrayLike<number>): Settings =>
  Object.fromEntries(SETTINGS.map((name, i) => [name, number(values[i] as number)])) as unknown as Settings;

/** Where a search ends; NaN where that is no minimum. */
function searched(
  f: TracedFunction,
  x0: Tensor,
  search: (x0: Tensor, settings: Settings) => ReturnType<typeof repeat<Progress>>,
  settings: Settings,
): Tensor {
  const { x, status } = traced(search(x0, settings), f);
  const isFound = (["gtol", "xtol", "ftol"] as const)
    .map((name) => eq(status, codeOf(name)))
    .reduce((a, b) => or(a, b) as Tensor);
  return mul(x, where(isFound, 1, Number.NaN));
}

/** One Newton step for the gradient of `f` from `w`. */
const newtonBy =
  (solver: "dense" | "cg") =>
  (f: TracedFunction, w: Tensor): Tensor => {
    const g = grad(f)(w) as unknown as Tensor;
    if (solver === "dense") return sub(w, solve(hessian(f)(w) as never, g) as unknown as Tensor);
    const tol = w.dtype === "float32" ? 1e-6 : 1e-13;
    return sub(w, cg((v: Tensor) => hvp(f, w, v) as never, g as never, { tol }) as unknown as Tensor);
  };
