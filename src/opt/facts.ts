// What a compilation is told: made once by whoever asks for a program, and handed down to every pass and stage.
import type { Data } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import type { Ref } from "./steps/layout.ts";

export interface Facts {
  /** Whether the content of a captured array will never change. */
  isFixed(n: Node): boolean;
  /** Computes a node that depends on such arrays and on numbers alone. */
  readonly evaluate?: ((constant: Node) => Data) | undefined;
  /** Products may be fused with the sums that they go into, and the engine can do that. */
  readonly relaxed: boolean;
  /** Where parameters and outputs lie that others place: residuals of a linearization, arrays of resident vectors. */
  readonly placed: ReadonlyMap<Node, Ref>;
  /** Offsets of captured arrays in a data region that several programs share. */
  readonly shared?: ReadonlyMap<Node, number> | undefined;
}

/** Nothing is known, nothing is allowed. */
export const NO_FACTS: Facts = { isFixed: () => false, relaxed: false, placed: /* @__PURE__ */ new Map() };
