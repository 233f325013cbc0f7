// What a compilation is told: made once by whoever asks for a program, and handed down to every pass and stage.
import type { Node } from "../ir/graph.ts";

export interface Facts {
  /** Whether the content of a captured array will never change. */
  isFixed(n: Node): boolean;
  /** Products may be fused with the sums that they go into, and the engine can do that. */
  readonly relaxed: boolean;
  /** Parameters and outputs that live in the point region (residuals of a linearization), and their offsets there. */
  readonly atPoint: ReadonlyMap<Node, number>;
  /** Offsets of captured arrays in a data region that several programs share. */
  readonly shared?: ReadonlyMap<Node, number> | undefined;
}

/** Nothing is known, nothing is allowed. */
export const NO_FACTS: Facts = { isFixed: () => false, relaxed: false, atPoint: /* @__PURE__ */ new Map() };
