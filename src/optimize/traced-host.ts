// Answers a solver while it is traced: loops become loops of WebAssembly, and the function is inlined at each place
// where it is asked for. No JavaScript is left between products.

import { grad, valueAndGrad } from "../api/grad.ts";
import { hessian, jacfwd, jacrev } from "../api/jacobian.ts";
import { linearize } from "../api/linearize.ts";
import { whileLoop } from "../api/while.ts";
import { close, inline } from "../ir/closed.ts";
import type { Node } from "../ir/graph.ts";
import { dependents, reachable } from "../ir/walk.ts";
import { astype } from "../ops/shape.ts";
import { parameter } from "../primitives/leaf.ts";
import { Tensor } from "../trace/tracer.ts";
import type { Asked, Point, Request, Residuals, State } from "./requests.ts";
import { isolated } from "./vectors.ts";

/** A scalar function of a vector, in the trace that is open. */
export type TracedFunction = (x: Tensor) => Tensor;

/** What a solver makes of `f`. */
export function traced<T>(asked: Asked<T>, f: TracedFunction): T {
  let step = asked.next();
  while (!step.done) step = asked.next(answer(step.value, f));
  return step.value;
}

function answer(request: Request, f: TracedFunction): unknown {
  switch (request.kind) {
    case "value":
      return isolated([request.x], (x) => [astype(f(x as Tensor), "float64")])[0];
    case "gradient":
      return { x: request.x, ...gradient(f, request.x), key: f };
    case "point":
      return pointOf(f, request.x);
    case "product":
      return isolated([request.v], (v) => [(request.at.key as Product)(v as Tensor)])[0];
    case "matrix":
      return isolated([request.at.x], (x) => [hessian(f)(x as Tensor) as unknown as Tensor])[0];
    case "residual":
      return residualsOf(f, request.x);
    case "jacobian":
      return request.at.key;
    case "loop":
      return whileLoop(
        request.condition as never,
        ((state: State) => traced(request.body(state), f)) as never,
        request.init,
      );
  }
}
type Product = (v: Tensor) => Tensor;

/** Residuals and Jacobian, which have most of their computation in common. */
function residualsOf(f: TracedFunction, x: Tensor): Residuals {
  const [residual, key] = isolated([x], (x0) => {
    const x = x0 as Tensor;
    const r = f(x);
    const jacobian = x.size <= r.size ? jacfwd : jacrev;
    return [r, jacobian(f)(x) as unknown as Tensor];
  }) as [Tensor, Tensor];
  return { x, residual, key };
}

function gradient(f: TracedFunction, x: Tensor): Pick<Point, "value" | "grad"> {
  const [value, grad] = isolated([x], (x) => valueAndGradOf(f, x as Tensor)) as [Tensor, Tensor];
  return { value, grad };
}
function valueAndGradOf(f: TracedFunction, x: Tensor): [Tensor, Tensor] {
  const [y, g] = valueAndGrad(f)(x) as unknown as [Tensor, Tensor];
  return [astype(y, "float64"), g];
}

/** Value, gradient and what products need, which is computed along with these. */
function pointOf(f: TracedFunction, x: Tensor): Point {
  let product: ReturnType<typeof close> | undefined;
  let own: readonly Node[] = [];
  const [value, gradient, ...residuals] = isolated([x], (x0) => {
    const at = x0 as Tensor;
    const [, push] = linearize((x: Tensor) => grad(f)(x) as unknown as Tensor, at) as unknown as [Tensor, Product];
    const v = parameter(at.node.shape, at.node.dtype);
    product = close([v], [push(new Tensor(v)).node]);
    const varies = dependents(reachable(product.captured), [at.node]);
    own = product.captured.filter((n) => varies.has(n));
    return [...valueAndGradOf(f, at), ...own.map((n) => new Tensor(n))];
  }) as [Tensor, Tensor, ...Tensor[]];
  const { graph, captured } = product as ReturnType<typeof close>;
  const places = new Map(own.map((n, i) => [n, (residuals[i] as Tensor).node]));
  const args = captured.map((n) => places.get(n) ?? n);
  const key: Product = (v) => new Tensor(inline(graph, [v.node, ...args])[0] as Node);
  return { x, value, grad: gradient, key };
}
