// What the tests evaluate graphs with: the compiler. HVP_BACKEND=reference runs them on the reference interpreter
// alone, which tells a wrong rule from a wrong compilation.

import type { Data } from "../../src/ir/aval.ts";
import type { Node } from "../../src/ir/graph.ts";
import { evaluate as compiled } from "../../src/run/evaluate.ts";
import { evaluateReference } from "./reference.ts";

export type Evaluate = (outputs: readonly Node[], parameters: readonly Node[], values: readonly Data[]) => Data[];

/** The compiled program's results. */
export const evaluate: Evaluate = process.env["HVP_BACKEND"] === "reference" ? evaluateReference : compiled;
