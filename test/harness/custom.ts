// The square with a derivative rule of its own (a true one), for the tables of the registry tests: subjects, random
// graphs and the reference interpreter.

import { batchedRule, linearRule } from "../../src/ad/custom.ts";
import type { Node } from "../../src/ir/graph.ts";
import type { CustomRule, LinearRule } from "../../src/ir/rules.ts";
import { mul, square } from "../../src/primitives/arithmetic.ts";
import { custom, customLinear } from "../../src/primitives/custom.ts";

/** d ↦ 2 x d, known by its transpose. */
const doubled: LinearRule = linearRule("doubled", "is linear", ([x], ct) => [mul(2, mul(x as Node, ct))]);
/** The interpreter's formula of `customLinear`: there is only this one in the tests of primitives. */
export const doubledFormula = (d?: number, x?: number): number => 2 * ((x as number) * (d as number));

export const twice = (d: Node, x: Node): Node => customLinear([d], [x], doubled, x);

const rule: CustomRule = {
  tangents: ([x], [d]) => [d && twice(d, x as Node)],
  batched: (like, has, size) => batchedRule(rule, like, has, size),
  toString: () => "squared",
};
export const customSquare = (x: Node): Node => custom(square(x), [x], rule, 0);
