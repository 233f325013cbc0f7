// Answers a solver while it is traced: loops become loops of WebAssembly, and the function is inlined at each place
// where it is asked for. No JavaScript is left between products.

import { linearMap } from "../ad/linearize.ts";
import { dense } from "../api/common.ts";
import { grad, valueAndGrad } from "../api/grad.ts";
import { whileLoop } from "../api/while.ts";
import { close, inline } from "../ir/closed.ts";
import type { Node } from "../ir/graph.ts";
import { dependents, reachable } from "../ir/walk.ts";
import { astype } from "../ops/shape.ts";
import { Tensor } from "../trace/tracer.ts";
import type { Asked, Point, Request, State, TracedFunction } from "./requests.ts";
import { isolated } from "./vectors.ts";

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
    case "residual":
      return request.traced(f);
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
    const { node } = grad(f)(at) as unknown as Tensor;
    const { directions, tangents } = linearMap([node], [at.node]);
    product = close(directions, [dense(tangents[0], node)]);
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
