// What the operations on matrices share: leading axes are a batch, shapes are checked, results may have several parts.
import { fail } from "../errors.ts";
import { type Shape, showShape, sizeOf } from "../ir/aval.ts";
import { bring } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { convert } from "../primitives/cast.ts";
import { iota } from "../primitives/leaf.ts";
import { eq } from "../primitives/logic.ts";
import { reshape, slice, transpose } from "../primitives/shape.ts";
import { batching } from "../run/passes.ts";
import { parts } from "../trace/tree.ts";
import type { Concrete, Parts, Tensor, TensorLike, Value } from "../trace/types.ts";
import { applyMany, broadcastShapes, expand, operation } from "./apply.ts";

/**
 * A decomposition: its parts are traced if the matrix is. They have names, `const { q, r } = qr(a)`, and an order,
 * `const [q, r] = qr(a)`.
 */
export interface Decomposition<K extends string> {
  (a: Tensor): Parts<K, Tensor>;
  (a: Concrete): Parts<K, Value>;
  (a: TensorLike): Parts<K, Tensor> | Parts<K, Value>;
}

/** A decomposition of a matrix, or of each of a batch, into parts named `keys`. */
export const decomposition = <K extends string>(
  name: string,
  keys: readonly K[],
  check: (name: string, a: Node) => void,
  build: (a: Node) => Node[],
): Decomposition<K> =>
  operation(name, 1, (a: TensorLike) => {
    const values = applyMany(name, [a], "float", (x) => {
      check(name, x);
      return overBatch([x], build);
    });
    return parts(keys, values);
  });

/** Throws unless `a` is a matrix or a batch of matrices. */
export function checkMatrix(name: string, a: Node): void {
  if (a.shape.length < 2)
    fail(
      "shape",
      `${name}: expected a matrix, or a batch of them [..., m, n], got shape ${showShape(a.shape)}; reshape it first`,
    );
}
/** Throws unless `a` is a square matrix or a batch of them. */
export function checkSquare(name: string, a: Node): void {
  checkMatrix(name, a);
  if (a.shape.at(-1) !== a.shape.at(-2))
    fail("shape", `${name}: expected a square matrix, or a batch of them [..., n, n], got shape ${showShape(a.shape)}`);
}

/**
 * Applies `build`, which takes matrices or one batch axis of them, below all leading axes of `xs` (which broadcast).
 */
export function overBatch(xs: readonly Node[], build: (...x: Node[]) => Node[], name = ""): Node[] {
  const lead = broadcastShapes(
    name,
    xs.map((x) => x.shape.slice(0, -2)),
  );
  if (lead.length === 0) return build(...xs);
  const size = sizeOf(lead);
  return build(...xs.map((x) => reshape(expand(x, [...lead, ...x.shape.slice(-2)]), [size, ...x.shape.slice(-2)]))).map(
    (y) => reshape(y, [...lead, ...y.shape.slice(1)]),
  );
}

/**
 * Solves for `b` of [..., n, m], or a vector [n], with `build` on matrices or batches of them. One matrix takes the
 * right-hand sides of a whole batch side by side.
 */
export function solveWith(name: string, a: Node, b: Node, rows: number, build: (a: Node, b: Node) => Node): Node {
  bring(batching);
  if (b.shape.length === 0 || b.shape.at(b.shape.length === 1 ? 0 : -2) !== rows)
    fail(
      "shape",
      `${name}: matrices of shape ${showShape(a.shape)} need right-hand sides [${rows}] or [..., ${rows}, m], ` +
        `got shape ${showShape(b.shape)}`,
    );
  if (b.shape.length === 1) {
    const x = solveWith(name, a, reshape(b, [rows, 1]), rows, build);
    return reshape(x, x.shape.slice(0, -1));
  }
  if (a.shape.length === 2 && b.shape.length > 2) {
    const lead = b.shape.slice(0, -2);
    const m = b.shape.at(-1) as number;
    const size = sizeOf(lead);
    const x = build(a, reshape(transpose(reshape(b, [size, rows, m]), [1, 0, 2]), [rows, size * m]));
    const n = x.shape[0] as number;
    return reshape(transpose(reshape(x, [n, size, m]), [1, 0, 2]), [...lead, n, m]);
  }
  return overBatch([a, b], (x, y) => [build(x, y)], name)[0] as Node;
}

/** The diagonal of square matrices. */
export function diagonalOf(x: Node): Node {
  const n = x.shape.at(-1) as number;
  const lead: Shape = x.shape.slice(0, -2);
  return slice(reshape(x, [...lead, n * n]), lead.length, 0, n * n, n + 1);
}

/** The identity, as large as the matrices of `x`. */
export function identityLike(x: Node): Node {
  const shape = x.shape.slice(-2);
  return expand(convert(eq(iota(shape, 0, "int32"), iota(shape, 1, "int32")), x.dtype), x.shape);
}
