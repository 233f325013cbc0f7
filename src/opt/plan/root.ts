// What a plan consists of: arrays that are stored, and the steps that compute them.
import type { Node } from "../../ir/graph.ts";
import type { Domain } from "./domain.ts";

export interface Root {
  readonly node: Node;
  readonly domain: Domain;
  /** Input 0 is folded over its reduced axes; otherwise the node itself is computed. */
  readonly reduces: boolean;
  /** Whether it is an output of the program, which is read when it has run. */
  readonly output: boolean;
  level: number;
}

export interface Nest {
  readonly kind: "nest";
  readonly sizes: readonly number[];
  readonly roots: readonly Root[];
  /** What is in memory by then, or is put there by the step: it is loaded, whatever it was made of. */
  readonly stored: ReadonlyMap<Node, Root>;
}
export interface Call {
  readonly kind: "call";
  readonly node: Node;
  readonly stored: ReadonlyMap<Node, Root>;
}
/** A loop or a choice, and those of its results that are used. */
export interface Control {
  readonly kind: "control";
  readonly node: Node;
  readonly results: readonly Node[];
  readonly stored: ReadonlyMap<Node, Root>;
}
export type Planned = Nest | Call | Control;

export interface Plan {
  readonly steps: readonly Planned[];
  /** All stored nodes other than parameters and captured arrays. */
  readonly roots: ReadonlyMap<Node, Root>;
  /** The node whose memory holds output i. */
  readonly outputs: readonly Node[];
}
