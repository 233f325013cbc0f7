// The Euclidean norm r = √(Σ x² / D) as a value with derivative rules of its own: through its formula, derivatives
// would square what leaves the range, and cancel where one element is much larger than the others.
import type { Node, Primitive } from "../ir/graph.ts";
import { abs, by, div, over, sub } from "./arithmetic.ts";
import { eq, ne, select } from "./logic.ts";
import { mark, marker } from "./marked.ts";
import { reduceMax } from "./reduction.ts";
import { stopGradient } from "./shape.ts";
import { broadcast, full, keptAxes, reduceSum } from "./spread.ts";

interface Norm {
  readonly axes: readonly number[];
  /** D */
  readonly divisor: number;
}
const moved = ({ axes, divisor }: Norm): Norm => ({ axes: axes.map((a) => a + 1), divisor });
const spreading =
  (like: Node, axes: readonly number[]) =>
  (y: Node): Node =>
    broadcast(y, like.shape, keptAxes(like.shape, axes));

// Inputs: the value, and x. ṙ = Σ u·ẋ / D with u = x/r.
export const euclideanPrim: Primitive<Norm> = /* @__PURE__ */ marker<Norm>(
  "euclidean",
  (node, [, dx]) => {
    const { axes, divisor } = node.params;
    const x = node.inputs[1]!;
    return (
      dx &&
      over(
        reduceSum(by(dx, unit(x, node as unknown as Node, node.params)), axes),
        full(node.shape, divisor, node.dtype),
      )
    );
  },
  moved,
);
/** `value`, the norm of `x`, with the derivatives of a norm; at 0 they are 0, of every order. */
export const normOf = (value: Node, x: Node, params: Norm): Node => mark(euclideanPrim, value, [x], params);

// Inputs: the value, x and r. With e = ẋ/r: u̇ = e - u (Σ u·e)/D. Of the largest element u² is nearly D, so that its
// own part cancels. But u̇ is 0 along u: the part of e that leads the same way is left out, f = e - (x/xₖ)·eₖ, so
// that fₖ = 0.
export const unitPrim: Primitive<Norm> = /* @__PURE__ */ marker<Norm>(
  "unit",
  (node, [, dx]) => {
    if (!dx || node.size === 0) return undefined;
    const { axes, divisor } = node.params;
    const [u, x, r] = [node as unknown as Node, ...node.inputs.slice(1)] as [Node, Node, Node];
    const spread = spreading(x, axes);
    const size = abs(stopGradient(x));
    const top = eq(size, spread(reduceMax(size, axes)));
    const alone = eq(reduceSum(select(top, full(x.shape, 1, x.dtype), 0), axes), 1);
    // Among equals no part is larger than the others together.
    const leads = select(spread(alone), top, full(x.shape, 0, "bool"));
    const sum = (y: Node): Node => reduceSum(y, axes);
    const positive = ne(r, 0);
    const e = over(dx, spread(select(positive, r, 1)));
    const first = select(alone, sum(select(leads, x, 0)), 1);
    const f = select(leads, 0, sub(e, by(spread(sum(select(leads, e, 0))), div(x, spread(first)))));
    const along = over(sum(by(f, u)), full(r.shape, divisor, r.dtype));
    return select(spread(positive), sub(f, by(spread(along), u)), 0);
  },
  moved,
);
/** x/r, 0 where r is 0. */
export function unit(x: Node, r: Node, params: Norm): Node {
  const spread = spreading(x, params.axes);
  const [value, size] = [stopGradient(x), stopGradient(r)];
  const positive = ne(size, 0);
  const u = select(spread(positive), div(value, spread(select(positive, size, 1))), 0);
  return mark(unitPrim, u, [x, r], params);
}
