// Functions composed of others whose derivatives have a rule of their own: a marker has the value of its first input,
// which is computed of constants (`stopGradient`), and the derivative that its rule gives in the others.
import { make } from "../ir/build.ts";
import type { Node, Params, Primitive } from "../ir/graph.ts";
import { batched } from "./define.ts";

/** A marker; `moved` are its params where operands get a batch as axis 0. */
export function marker<P extends Params>(
  name: string,
  jvp: NonNullable<Primitive<P>["jvp"]>,
  moved: (params: P) => P = (params) => params,
): Primitive<P> {
  const prim: Primitive<P> = {
    name,
    aval: ([y]) => ({ shape: y!.shape, dtype: y!.dtype }),
    jvp,
    finite: true,
    batch: (node, inputs, has, size) =>
      make(
        prim,
        inputs.map((x, i) => batched(x, has[i]!, size)),
        moved(node.params),
      ),
    lower: { kind: "composition", of: (node) => node.inputs[0]! },
  };
  return prim;
}
/** `value`, with the derivatives of `prim` at `args`. */
export function mark<P extends Params>(prim: Primitive<P>, value: Node, args: readonly Node[], params: P): Node {
  return make(prim, [value, ...args], params);
}
