// Where a step begins and ends in the graph that it is planned in (opt/plan/regions.ts): the identity.
import { make } from "../ir/build.ts";
import type { Node, Primitive } from "../ir/graph.ts";

interface Boundary {
  /** Which step, and which of its arguments or results. */
  readonly step: number;
  readonly i: number;
}
const boundary = (name: string, flat: boolean): Primitive<Boundary> => ({
  name,
  aval: ([x]) => ({ shape: (x as Node).shape, dtype: (x as Node).dtype }),
  jvp: (_node, [d]) => d,
  transpose: (_node, ct) => [ct],
  batch: (_node, [x]) => x as Node,
  lower: { kind: "view", flat, source: (_node, index) => ({ input: 0, index }) },
});

/** An argument: another node than what it is the memory of, so that what is computed of it is computed in the step. */
export const enterPrim: Primitive<Boundary> = /* @__PURE__ */ boundary("enter", true);
/** A result that would have no memory of its own: a copy. */
export const leavePrim: Primitive<Boundary> = /* @__PURE__ */ boundary("leave", false);

export const enter = (x: Node, step: number, i: number): Node => make(enterPrim, [x], { step, i });
export const leave = (x: Node, step: number, i: number): Node => make(leavePrim, [x], { step, i });
