// Derivative rules that a graph carries with it, as parameters of its nodes.
import type { MaybeNode, Node } from "./graph.ts";

/** A derivative rule of a function, in nodes. */
export interface CustomRule {
  /** Tangents of all outputs, linear in the tangents of the arguments (undefined: zero). */
  tangents(args: readonly Node[], tangents: readonly MaybeNode[]): readonly MaybeNode[];
  /** The rule for a batch of examples; `like` has the arguments of one example. */
  batched(like: readonly Node[], has: readonly boolean[], size: number): CustomRule;
  /** What printed graphs show. */
  toString(): string;
}

/** A linear map known by its transpose. */
export interface LinearRule {
  /** The result for `tangents`, by ordinary nodes. @throws HvpError if the map can only be transposed */
  forward(tangents: readonly Node[], at: readonly Node[], like: Node): Node;
  /** Cotangents of the tangents, for the cotangent of the result. */
  back(at: readonly Node[], ct: Node): readonly MaybeNode[];
  /** The rule for a batch; `has` says which of `at` carry it (tangents and result do). */
  batched(like: readonly Node[], has: readonly boolean[], result: Node, size: number): LinearRule;
  toString(): string;
}
