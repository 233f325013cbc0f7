// What a pass is: a name, the list it belongs to, and one function. Passes that are not in the list that a caller hands
// in do not run and are in no bundle.
import type { Node } from "../ir/graph.ts";
import type { Facts } from "./facts.ts";
import type { Form, Step } from "./steps/steps.ts";

/** From graph to graph, of the same values. */
export interface GraphPass {
  readonly name: string;
  /**
   * `traced`: on what a function returned, before derivatives are taken of it. `derived`: on derivatives, before
   * further ones are. `lowered`: just before the plan, when no derivative is taken any more.
   */
  readonly list: "traced" | "derived" | "lowered";
  run(outputs: readonly Node[], facts: Facts): readonly Node[];
}
/** From the steps of a program to other steps that do the same. */
export interface StepPass {
  readonly name: string;
  readonly list: "steps";
  /** The form that it gives to nests. */
  readonly makes?: Form["kind"];
  /** It changes what a whole program is, and does not run on what is inside of a loop or a choice. */
  readonly whole?: boolean;
  run(steps: readonly Step[], facts: Facts, within: Within): readonly Step[];
}
/** The steps that compute a graph inside of a step, made by the same passes; `tiny` and `forced`: see `plan`. */
export type Within = (
  outputs: readonly Node[],
  tiny?: number,
  forced?: readonly Node[],
) => { readonly steps: readonly Step[]; readonly outputs: readonly Node[] };

export type Pass = GraphPass | StepPass;
