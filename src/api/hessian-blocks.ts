// Whole Hessians: products with all unit vectors at once. Of the blocks that a function of several variables has, those
// on one side of the diagonal are computed, the others are their transposes.

import { batchGraph } from "../ad/batch.ts";
import { pushforward } from "../ad/jvp.ts";
import { cotangents } from "../ad/linearize.ts";
import type { MaybeNode, Node } from "../ir/graph.ts";
import { reachable, substitute } from "../ir/walk.ts";
import { batched } from "../primitives/define.ts";
import { parameter } from "../primitives/leaf.ts";
import { unitVectors } from "../primitives/seed.ts";
import { concat, reshape, slicePrim, transpose } from "../primitives/shape.ts";
import { full } from "../primitives/spread.ts";

/** What is differentiated with respect to: an array, or a part of a vector that holds several. */
interface Variable {
  /** The array it is of. */
  readonly leaf: number;
  readonly start: number;
  readonly node: Node;
}

/**
 * The blocks `[i][k]` of the Hessian of the scalar `y` by `xs`, each with a row for every element of `xs[i]` and a
 * column for every one of `xs[k]`.
 */
export function hessianBlocks(y: Node, xs: readonly Node[]): Node[][] {
  const variables = xs.flatMap((x, leaf) => partsOf(y, x, leaf));
  const stand = variables.map(({ node }) => parameter(node.shape, node.dtype));
  const nodes = variables.map((v) => v.node);
  const [value] = substitute([y], nodes, stand) as [Node];
  const blocks = lowerBlocks(value, stand);
  const flat = substitute(blocks.flat(), stand, nodes);
  const at = (i: number, k: number): Node => flat[i * variables.length + k] as Node;
  const of = xs.map((_, leaf) => variables.flatMap((v, i) => (v.leaf === leaf ? [i] : [])));
  return of.map((rows) =>
    of.map((columns) =>
      concat(
        rows.map((i) =>
          concat(
            columns.map((k) => at(i, k)),
            1,
          ),
        ),
        0,
      ),
    ),
  );
}

/**
 * Blocks as matrices. Those of small variables go first: their few directions give the blocks beside large ones. A
 * block takes its type from its row, so that only one beside a variable of the same type is the transpose of another.
 */
function lowerBlocks(y: Node, xs: readonly Node[]): Node[][] {
  const gradient = cotangents([y], xs, [full([], 1, y.dtype)]);
  const blocks: Node[][] = xs.map(() => []);
  const order = xs.map((_, i) => i).sort((i, k) => (xs[i] as Node).size - (xs[k] as Node).size);
  order.forEach((j, rank) => {
    const x = xs[j] as Node;
    const rows = order.filter((i, n) => n >= rank || (xs[i] as Node).dtype !== x.dtype);
    const columns = products(
      rows.map((i) => gradient[i]),
      x,
    );
    rows.forEach((i, n) => {
      const { size, dtype } = xs[i] as Node;
      const block = columns[n] ? reshape(columns[n], [x.size, size]) : full([x.size, size], 0, dtype);
      (blocks[i] as Node[])[j] = transpose(block, [1, 0]);
      if (dtype === x.dtype) (blocks[j] as Node[])[i] = block;
    });
  });
  return blocks;
}

/** The products of the rows of the Hessian that `gradient` belongs to with every unit vector of `x`, one a row. */
function products(gradient: readonly MaybeNode[], x: Node): MaybeNode[] {
  const direction = parameter(x.shape, x.dtype);
  const present = gradient.filter((g): g is Node => g !== undefined);
  const tangents = pushforward(present, [x], [direction]);
  let next = 0;
  return alongUnits(
    gradient.map((g) => g && tangents[next++]),
    direction,
  );
}

/** `outputs`, linear in `direction`, for every unit vector of it, the batch first. */
export function alongUnits(outputs: readonly MaybeNode[], direction: Node): MaybeNode[] {
  const n = direction.size;
  const basis = reshape(unitVectors(n, direction.dtype), [n, ...direction.shape]);
  const present = outputs.filter((y): y is Node => y !== undefined);
  const batch = batchGraph(present, [direction], [basis], n);
  const whole = batch.outputs.map((y, k) => batched(y, batch.batched[k] as boolean, n));
  let next = 0;
  return outputs.map((y) => y && whole[next++]);
}

/** The vectors that `x` consists of, if `y` reads it in parts that share no element; else `x` itself. */
function partsOf(y: Node, x: Node, leaf: number): Variable[] {
  const whole = [{ leaf, start: 0, node: x }];
  if (x.shape.length !== 1 || x.size === 0) return whole;
  const readers = reachable([y]).filter((n) => n.inputs.includes(x));
  if (!readers.every((n) => n.prim === (slicePrim as unknown) && (n.params as { step: number }).step === 1))
    return whole;
  const parts = readers
    .map((node): Variable => ({ leaf, start: (node.params as { start: number }).start, node }))
    .sort((a, b) => a.start - b.start);
  let end = 0;
  for (const { start, node } of parts) {
    if (start !== end) return whole;
    end += node.size;
  }
  return end === x.size && parts.length <= MOST_PARTS ? parts : whole;
}

/** Parts of a vector that are told apart: each has a graph of its own. */
const MOST_PARTS = 16;
