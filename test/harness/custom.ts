// The square with a derivative rule of its own (a true one), for the tables of the registry tests: subjects, random
// graphs and the reference interpreter.

import { callOf as call, linearOf as linear } from "../../src/api/calls.ts";
import { linearMap } from "../../src/api/linear-map.ts";
import { close } from "../../src/ir/closed.ts";
import type { Derived, Node } from "../../src/ir/graph.ts";
import { mul, square } from "../../src/primitives/arithmetic.ts";
import type { Rule } from "../../src/primitives/call.ts";
import { parameter } from "../../src/primitives/leaf.ts";

const like = (x: Node): Node => parameter(x.shape, x.dtype);
const derived = (parameters: readonly Node[], y: Node): Derived => ({
  ...close(parameters, [y]),
  present: [true],
  supports: [],
});

/** d ↦ 2 x d, known by its transpose. */
export function twice(d: Node, x: Node): Node {
  const [ct, at] = [like(x), like(x)];
  const back = derived([ct, at], mul(2, mul(at, ct)));
  return linear([d], [x], linearMap("doubled", "is linear", [d], [x], back))[0] as Node;
}

const squared = (x: Node): Rule => ({
  jvp() {
    const [at, d] = [like(x), like(x)];
    return derived([at, d], twice(d, at));
  },
  toString: () => "squared",
});
export function customSquare(x: Node): Node {
  const at = like(x);
  return call(close([at], [square(at)]).graph, [x], { rule: squared(x) })[0] as Node;
}
/** The square, whose derivatives are steps that compute it again. */
export function checkpointedSquare(x: Node): Node {
  const at = like(x);
  return call(close([at], [square(at)]).graph, [x])[0] as Node;
}
