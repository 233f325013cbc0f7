// Value, gradient and Hessian-vector product of a graph-level function at a point, for tests that state exact numbers.
import { pushforward } from "../../src/ad/jvp.ts";
import { cotangents } from "../../src/ad/linearize.ts";
import type { Shape } from "../../src/ir/aval.ts";
import { inSession } from "../../src/ir/build.ts";
import type { MaybeNode, Node } from "../../src/ir/graph.ts";
import { add, mul } from "../../src/primitives/arithmetic.ts";
import { parameter } from "../../src/primitives/leaf.ts";
import { full, reduceSum } from "../../src/primitives/spread.ts";
import { evaluate } from "./backend.ts";

export interface Argument {
  readonly shape: Shape;
  readonly data: ArrayLike<number>;
}
/** A vector argument. */
export const vec = (...data: number[]): Argument => ({ shape: [data.length], data });

const total = (x: Node): Node =>
  reduceSum(
    x,
    x.shape.map((_, i) => i),
  );
const or0 = (n: MaybeNode, like: Node): Node => n ?? full(like.shape, 0, like.dtype);

export interface Derivatives {
  readonly value: number;
  readonly grad: number[][];
  /** Forward over reverse, reverse over reverse, reverse over forward. */
  readonly hvp: [forwardReverse: number[][], reverseReverse: number[][], reverseForward: number[][]];
  /** d/dt of the Hessian-vector product along the same direction. */
  readonly third: number[][];
}

/** Derivatives of `sum(f(...x))` in the directions `v` (all ones if absent). */
export function derive(
  f: (...x: Node[]) => Node,
  x: readonly Argument[],
  v?: readonly ArrayLike<number>[],
): Derivatives {
  return inSession(() => {
    const inputs = x.map((a) => parameter(a.shape, "float64"));
    const directions = x.map((a) => parameter(a.shape, "float64"));
    const y = total(f(...inputs));
    const one = full([], 1, "float64");
    const gradient = (z: Node): Node[] => cotangents([z], inputs, [one]).map((g, i) => or0(g, inputs[i] as Node));
    const along = (zs: readonly Node[]): Node[] =>
      pushforward(zs, inputs, directions).map((t, i) => or0(t, zs[i] as Node));
    const g = gradient(y);
    const fr = along(g);
    const rr = gradient(g.map((n, i) => total(mul(n, directions[i] as Node))).reduce((a, b) => add(a, b)));
    const rf = gradient(along([y])[0] as Node);
    const third = along(fr);
    const n = inputs.length;
    const values = evaluate(
      [y, ...g, ...fr, ...rr, ...rf, ...third],
      [...inputs, ...directions],
      [
        ...x.map((a) => Float64Array.from(a.data)),
        ...x.map((a, i) =>
          v ? Float64Array.from(v[i] as ArrayLike<number>) : new Float64Array(a.data.length).fill(1),
        ),
      ],
    );
    const part = (k: number): number[][] =>
      values.slice(1 + k * n, 1 + (k + 1) * n).map((d) => Array.from(d, (e) => e + 0)); // + 0: no -0
    return { value: values[0]?.[0] as number, grad: part(0), hvp: [part(1), part(2), part(3)], third: part(4) };
  });
}
