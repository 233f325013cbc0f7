// Elements that may share a direction: a number for each, equal for those that do not meet in a Hessian.
import { fail } from "../errors.ts";
import { sameShape, showShape } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { literal } from "../primitives/leaf.ts";
import { describe, operandOf } from "../trace/convert.ts";
import { flattenLike, type Structure, showStructure } from "../trace/tree.ts";

/** The groups of the elements of an array, and how many there are. */
export interface Groups {
  readonly group: Node;
  readonly count: number;
}

/** `value` as the groups of each of the arrays `xs`, which make a tree of `structure`. `where` names it. */
export function groupsOf(where: string, value: unknown, xs: readonly Node[], structure: Structure): Groups[] {
  const leaves =
    flattenLike(where, value, structure) ??
    fail("shape", `${where} must have the structure of the argument, ${showStructure(structure)}`);
  return xs.map((x, i) => {
    const given = operandOf(where, leaves[i]);
    if (given.traced) return fail("trace", `${where} must be an array of integers, got ${describe(leaves[i])}`);
    if (!sameShape(given.shape, x.shape))
      return fail(
        "shape",
        `${where} has shape ${showShape(given.shape)}, but the argument has shape ${showShape(x.shape)}; give a ` +
          "number for each of its elements",
      );
    const numbers = Float64Array.from(given.data("float64"));
    const wrong = numbers.findIndex((k) => !(Number.isInteger(k) && k >= 0 && k < x.size));
    if (wrong >= 0)
      return fail(
        "value",
        `${where} has ${numbers[wrong]} at element ${wrong}; expected integers from 0 to ${x.size - 1}, equal for ` +
          "elements that no entry of the Hessian couples",
      );
    const count = numbers.reduce((most, k) => Math.max(most, k + 1), 0);
    return { group: literal(Int32Array.from(numbers), [x.size], "int32"), count };
  });
}
