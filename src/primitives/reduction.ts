// Reductions other than the sum and `any` (spread.ts): max, min, prod over axes.
import { fail } from "../errors.ts";
import { showAval } from "../ir/aval.ts";
import { make } from "../ir/build.ts";
import type { Node, Primitive, ReduceOp } from "../ir/graph.ts";
import { mul, perNonzero } from "./arithmetic.ts";
import { eq, ne, or, select } from "./logic.ts";
import { concat, reshape, slice } from "./shape.ts";
import { broadcast, constValue, full, keptAxes, reducedAval, reduceSum } from "./spread.ts";

interface Axes {
  readonly axes: readonly number[];
}

function reduction(
  name: string,
  op: ReduceOp,
  empty: number | undefined,
  rule: Pick<Primitive<Axes>, "jvp" | "expand">,
): Primitive<Axes> {
  const prim: Primitive<Axes> = {
    name,
    aval(inputs, params) {
      const x = inputs[0] as Node;
      if (empty === undefined && params.axes.some((a) => x.shape[a] === 0)) {
        fail(
          "shape",
          `${name}: an axis of extent 0 in ${showAval(x)} has no ${name}; give the array at least one element there`,
        );
      }
      return reducedAval(inputs, params);
    },
    simplify(inputs, { axes }, aval) {
      const x = inputs[0] as Node;
      if (axes.every((a) => x.shape[a] === 1)) return reshape(x, aval.shape);
      if (empty !== undefined && axes.some((a) => x.shape[a] === 0)) return full(aval.shape, empty, aval.dtype);
      if (op !== "mul" && constValue(x) !== undefined) return full(aval.shape, constValue(x) as number, aval.dtype);
      return undefined;
    },
    ...rule,
    finite: true,
    batch: (node, inputs) => make(prim, inputs, { axes: node.params.axes.map((a) => a + 1) }),
    lower: { kind: "reduce", op },
  };
  return prim;
}

/** The tangent of an extremum: the mean of the tangents where it is attained. */
const extremumJvp: Primitive<Axes>["jvp"] = (node, [d]) => {
  const x = node.inputs[0] as Node;
  const axes = node.params.axes;
  if (!d) return undefined;
  // A NaN makes the extremum one: then it is attained where the NaNs are.
  const hit = or(eq(x, broadcast(node as unknown as Node, x.shape, keptAxes(x.shape, axes))), ne(x, x));
  const count = reduceSum(select(hit, full(x.shape, 1, x.dtype), 0), axes);
  return perNonzero(reduceSum(select(hit, d, 0), axes), count);
};

export const maxPrim = /* @__PURE__ */ reduction("max", "max", undefined, { jvp: extremumJvp });
export const minPrim = /* @__PURE__ */ reduction("min", "min", undefined, { jvp: extremumJvp });

/**
 * Product by halving: a tree of multiplications, whose derivatives of every order stay right when elements are zero.
 */
function productTree(x: Node, axis: number): Node {
  let y = x;
  for (let n = x.shape[axis] as number; n > 1; n = y.shape[axis] as number) {
    const half = n >> 1;
    const product = mul(slice(y, axis, 0, half), slice(y, axis, half, 2 * half));
    y = n & 1 ? concatLast(product, slice(y, axis, n - 1, n), axis) : product;
  }
  return reshape(
    y,
    y.shape.filter((_, i) => i !== axis),
  );
}
/** An odd element joins the first product: one fewer array per level. */
function concatLast(product: Node, last: Node, axis: number): Node {
  const n = product.shape[axis] as number;
  if (n === 1) return mul(product, last);
  return concat([mul(slice(product, axis, 0, 1), last), slice(product, axis, 1, n)], axis);
}

export const prodPrim: Primitive<Axes> = /* @__PURE__ */ reduction("prod", "mul", 1, {
  expand(node) {
    let y = node.inputs[0] as Node;
    for (const axis of [...node.params.axes].sort((a, b) => b - a)) y = productTree(y, axis);
    return y;
  },
});

/** Largest element over `axes` (increasing); NaN if any element is. */
export const reduceMax = (x: Node, axes: readonly number[]): Node => make(maxPrim, [x], { axes });
/** Smallest element over `axes` (increasing); NaN if any element is. */
export const reduceMin = (x: Node, axes: readonly number[]): Node => make(minPrim, [x], { axes });
/** Product over `axes` (increasing). */
export const reduceProd = (x: Node, axes: readonly number[]): Node => make(prodPrim, [x], { axes });
