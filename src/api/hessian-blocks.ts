// Whole Hessians as graphs: products with all unit vectors at once. Of the blocks that a function of several variables
// has, those on one side of the diagonal are computed.
import { batchGraph } from "../ad/batch.ts";
import { pushforward } from "../ad/jvp.ts";
import { cotangents } from "../ad/linearize.ts";
import type { MaybeNode, Node } from "../ir/graph.ts";
import type { Cell } from "../ir/index-map.ts";
import { reachable, substitute } from "../ir/walk.ts";
import { batched } from "../primitives/define.ts";
import { parameter } from "../primitives/leaf.ts";
import { unitVectors } from "../primitives/seed.ts";
import { concat, reshape, transpose } from "../primitives/shape.ts";
import { full } from "../primitives/spread.ts";

/** What is differentiated with respect to: an array, or a part of a vector that holds several. */
interface Variable {
  /** The array it is of, and where it begins in it. */
  readonly leaf: number;
  readonly start: number;
  readonly node: Node;
}

/** Rows `[row]`, columns `[column]` of the Hessian; what is above the diagonal is its transpose. */
interface HessianBlock {
  readonly row: Variable;
  readonly column: Variable;
  /** The block as a matrix, of the type of its columns: products with unit vectors of `row`. */
  readonly node: Node;
}

/**
 * Blocks of the Hessian of the scalar `y` by `xs`. Those of small variables go first: their few directions give the
 * blocks beside large ones. Beside a variable of another type, both blocks are there.
 */
export function hessianBlocks(y: Node, xs: readonly Node[]): HessianBlock[] {
  const variables = xs.flatMap((x, leaf) => partsOf(y, x, leaf)).sort((a, b) => a.node.size - b.node.size);
  const nodes = variables.map((v) => v.node);
  const stand = nodes.map((x) => parameter(x.shape, x.dtype));
  const [value] = substitute([y], nodes, stand) as [Node];
  const gradient = cotangents([value], stand, [full([], 1, y.dtype)]);
  const blocks = variables.flatMap((row, rank) => {
    const columns = variables.filter((v, k) => k >= rank || v.node.dtype !== row.node.dtype);
    const products = productsWithUnits(
      columns.map((v) => gradient[variables.indexOf(v)]),
      stand[rank] as Node,
    );
    return columns.map((column, i): HessianBlock => {
      const shape = [row.node.size, column.node.size];
      const product = products[i];
      return { row, column, node: product ? reshape(product, shape) : full(shape, 0, column.node.dtype) };
    });
  });
  const made = substitute(
    blocks.map((b) => b.node),
    stand,
    nodes,
  );
  return blocks.map((b, i) => ({ ...b, node: made[i] as Node }));
}

/**
 * The Hessian of the scalar `y` by `xs`: of arrays i and k the matrix `[i][k]`, of the type of its rows, put together
 * of blocks on one side of the diagonal.
 */
export function hessianMatrix(y: Node, xs: readonly Node[]): Node[][] {
  const blocks = hessianBlocks(y, xs);
  const parts = xs.map((_, leaf) => {
    const own = blocks.filter(({ row, column }) => row === column && row.leaf === leaf);
    return own.map((b) => b.row).sort((a, b) => a.start - b.start);
  });
  const at = (row: Variable, column: Variable): Node => {
    const own = blocks.find((b) => b.row === column && b.column === row);
    // A block has the type of its rows.
    const there = blocks.find((b) => b.row === row && b.column === column && row.node.dtype === column.node.dtype);
    return there?.node ?? transpose((own as HessianBlock).node, [1, 0]);
  };
  return parts.map((rows) =>
    parts.map((columns) => {
      const wide = rows.map((row) =>
        concat(
          columns.map((column) => at(row, column)),
          1,
        ),
      );
      return concat(wide, 0);
    }),
  );
}

/** The products of the rows of the Hessian that `gradient` belongs to with every unit vector of `x`, one a row. */
function productsWithUnits(gradient: readonly MaybeNode[], x: Node): MaybeNode[] {
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
  let next = 0;
  return outputs.map((y) => {
    if (!y) return undefined;
    const k = next++;
    return batched(batch.outputs[k] as Node, batch.batched[k] as boolean, n);
  });
}

/** Parts of a vector that are told apart: each has a graph of its own. */
const MOST_PARTS = 16;

/** The vectors that `x` consists of, if `y` reads it in parts that share no element; else `x` itself. */
function partsOf(y: Node, x: Node, leaf: number): Variable[] {
  const whole = [{ leaf, start: 0, node: x }];
  if (x.shape.length !== 1 || x.size === 0) return whole;
  const parts: Variable[] = [];
  for (const node of reachable([y])) {
    if (!node.inputs.includes(x)) continue;
    const start = startIn(node);
    if (start === undefined) return whole;
    parts.push({ leaf, start, node });
  }
  parts.sort((a, b) => a.start - b.start);
  let end = 0;
  for (const { start, node } of parts) {
    if (start !== end) return whole;
    end += node.size;
  }
  return end === x.size && parts.length <= MOST_PARTS ? parts : whole;
}

/** Where a view of a vector that has all elements of a range of it begins. */
function startIn(view: Node): number | undefined {
  const { prim, shape, inputs } = view;
  const { lower } = prim;
  if (lower.kind !== "view" || shape.length !== 1 || inputs.length !== 1) return undefined;
  const source = lower.source(view, [[0, 1]], UNDECIDED);
  return typeof source !== "string" && "index" in source && source.index[0]?.[1] === 1 ? source.index[0][0] : undefined;
}
/** Views that ask where an element lies, such as pads, are no ranges: this answer leaves them none. */
const UNDECIDED: Cell = { zero: [0, 0], below: () => false, unravel: () => [] };
