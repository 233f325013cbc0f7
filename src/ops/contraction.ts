// Sums of products over chosen axes: einsum and what it generalizes. Contractions become matrix products on views
// where that pays, else products that are summed as they are made; no product larger than the result is ever stored.
import { fail } from "../errors.ts";
import { isFloat, type Shape, showShape, sizeOf } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { mul } from "../primitives/arithmetic.ts";
import { convert } from "../primitives/cast.ts";
import { diagonal } from "../primitives/diagonal.ts";
import { iota } from "../primitives/leaf.ts";
import { eq } from "../primitives/logic.ts";
import { reshape, transpose } from "../primitives/shape.ts";
import { broadcast, reduceSum, zerosLike } from "../primitives/spread.ts";
import { describe } from "../trace/convert.ts";
import type { Product, Tensor, TensorLike, Value, With } from "../trace/types.ts";
import { apply, axisList, axisOf, broadcastShapes, expand, operation } from "./apply.ts";
import { product } from "./linalg.ts";
import { type AxisOption, axisGiven } from "./shape.ts";

/** An operand whose axes have names (letters; ellipsis axes are numbers). */
interface Named {
  readonly x: Node;
  readonly axes: readonly string[];
}
type Extents = ReadonlyMap<string, number>;

const volume = (axes: Iterable<string>, extents: Extents): number =>
  sizeOf([...axes].map((a) => extents.get(a) as number));

/** Multiplications of one matrix below which a loop over elements beats a kernel call per matrix. */
const KERNEL_MULTIPLICATIONS = 256;
/** Terms of a sum that are added in registers. */
const REGISTER_TERMS = 8;

/** `x` summed over the axes that are not in `keep`. */
function sumOut({ x, axes }: Named, keep: ReadonlySet<string>): Named {
  const gone = axes.map((_, i) => i).filter((i) => !keep.has(axes[i] as string));
  return gone.length === 0 ? { x, axes } : { x: reduceSum(x, gone), axes: axes.filter((a) => keep.has(a)) };
}

/** `x` with its axes in the order `order`, which names all of them and perhaps others, along which it is repeated. */
function aligned({ x, axes }: Named, order: readonly string[], extents: Extents): Node {
  const own = order.filter((a) => axes.includes(a));
  const turned = transpose(
    x,
    own.map((a) => axes.indexOf(a)),
  );
  const shape = order.map((a) => extents.get(a) as number);
  return broadcast(
    turned,
    shape,
    own.map((a) => order.indexOf(a)),
  );
}

/** The sum over all axes but `keep` of the product of two operands. */
function contract(a: Named, b: Named, keep: ReadonlySet<string>, extents: Extents): Named {
  const shared = a.axes.filter((l) => b.axes.includes(l));
  const others = new Set([...keep, ...shared]);
  const [p, q] = [sumOut(a, others), sumOut(b, others)];
  const batch = shared.filter((l) => keep.has(l));
  const summed = shared.filter((l) => !keep.has(l));
  const rows = p.axes.filter((l) => !shared.includes(l));
  const columns = q.axes.filter((l) => !shared.includes(l));
  const axes = [...batch, ...rows, ...columns];
  const [nb, m, k, n] = [batch, rows, summed, columns].map((l) => volume(l, extents)) as [
    number,
    number,
    number,
    number,
  ];
  const float = isFloat(p.x.dtype);
  const kernel =
    float && k > REGISTER_TERMS && (nb === 1 ? m * n > 1 : m * n * k > KERNEL_MULTIPLICATIONS && m * n > 1);
  if (!kernel) {
    const order = [...axes, ...summed];
    const terms = mul(aligned(p, order, extents), aligned(q, order, extents));
    return {
      x: reduceSum(
        terms,
        summed.map((_, i) => axes.length + i),
      ),
      axes,
    };
  }
  const matrix = (y: Named, first: readonly string[], second: readonly string[], shape: Shape): Node =>
    reshape(aligned(y, [...batch, ...first, ...second], extents), nb === 1 ? shape : [nb, ...shape]);
  const y = product(matrix(p, rows, summed, [m, k]), matrix(q, summed, columns, [k, n]));
  return {
    x: reshape(
      y,
      axes.map((l) => extents.get(l) as number),
    ),
    axes,
  };
}

/** Axes that outlive a contraction of `pair`: those of the result and of the other operands. */
function needed(list: readonly (readonly string[])[], pair: readonly number[], output: readonly string[]): Set<string> {
  return new Set([...output, ...list.flatMap((axes, i) => (pair.includes(i) ? [] : axes))]);
}

/**
 * Which pairs to contract, one after the other (each result joins at the end), and the multiplications of the best
 * order: all orders are compared for up to five operands, beyond that the cheapest pair is taken each time.
 */
function orderOf(
  list: readonly (readonly string[])[],
  output: readonly string[],
  extents: Extents,
): { pairs: [number, number][]; work: number } {
  if (list.length < 2) return { pairs: [], work: 0 };
  const options: { pair: [number, number]; work: number; rest: string[][] }[] = [];
  for (let i = 0; i < list.length; i++) {
    for (let j = i + 1; j < list.length; j++) {
      const all = new Set([...(list[i] as string[]), ...(list[j] as string[])]);
      const keep = needed(list, [i, j], output);
      const rest = [
        ...list.filter((_, k) => k !== i && k !== j).map((l) => [...l]),
        [...all].filter((l) => keep.has(l)),
      ];
      options.push({ pair: [i, j], work: volume(all, extents), rest });
    }
  }
  const tried = list.length <= 5 ? options : [options.reduce((a, b) => (b.work < a.work ? b : a))];
  return tried
    .map(({ pair, work, rest }) => {
      const then = orderOf(rest, output, extents);
      return { pairs: [pair, ...then.pairs], work: work + then.work };
    })
    .reduce((a, b) => (b.work < a.work ? b : a));
}

/** The named sum of products. Every name in `output` is an axis of an operand. */
function contractAll(operands: readonly Named[], output: readonly string[], extents: Extents): Node {
  let list = operands.map((y, i) =>
    sumOut(
      y,
      needed(
        operands.map((z) => z.axes),
        [i],
        output,
      ),
    ),
  );
  const { pairs } = orderOf(
    list.map((y) => y.axes),
    output,
    extents,
  );
  for (const [i, j] of pairs) {
    const keep = needed(
      list.map((y) => y.axes),
      [i, j],
      output,
    );
    const y = contract(list[i] as Named, list[j] as Named, keep, extents);
    list = [...list.filter((_, k) => k !== i && k !== j), y];
  }
  return aligned(list[0] as Named, output, extents);
}

// ---- einsum ----

/** Splits subscripts into names, "." for an ellipsis. */
function subscripts(text: string, spec: string): string[] {
  const found = text.replaceAll("...", ".").split("");
  for (const c of found)
    if (!/[a-zA-Z.]/.test(c))
      fail(
        "value",
        `einsum: "${spec}" has the character ${JSON.stringify(c)}; subscripts are letters and one "..." for each ` +
          "operand",
      );
  if (found.filter((c) => c === ".").length > 1)
    fail("value", `einsum: "${spec}" has more than one "..." in ${JSON.stringify(text)}`);
  return found;
}

function einsumNodes(spec: string, nodes: readonly Node[]): Node {
  const [left, right, ...more] = spec.replaceAll(" ", "").split("->");
  if (more.length > 0) fail("value", `einsum: "${spec}" has more than one "->"`);
  const terms = (left as string).split(",").map((t) => subscripts(t, spec));
  if (terms.length !== nodes.length)
    fail(
      "value",
      `einsum: "${spec}" has ${terms.length} ${terms.length === 1 ? "term" : "terms"} for ${nodes.length} ` +
        "operands; separate them by commas",
    );
  const ranks = terms.map((t, i) => {
    const rank = (nodes[i] as Node).shape.length;
    const letters = t.filter((c) => c !== ".").length;
    if (t.includes(".") ? letters > rank : letters !== rank)
      fail(
        "shape",
        `einsum: "${spec}": operand ${i + 1} has shape ${showShape((nodes[i] as Node).shape)}, but ${letters} ` +
          `subscripts${t.includes(".") ? ' besides "..."' : ""}`,
      );
    return t.includes(".") ? rank - letters : 0;
  });
  // Ellipsis axes are named 0, 1, … and aligned at the last.
  const wide = Math.max(0, ...ranks);
  const dots = (rank: number): string[] => Array.from({ length: rank }, (_, i) => String(wide - rank + i));
  const named = terms.map((t, i) => t.flatMap((c) => (c === "." ? dots(ranks[i] as number) : [c])));
  const once = (name: string): boolean => named.flat().filter((c) => c === name).length === 1;
  const output =
    right === undefined
      ? [...dots(wide), ...[...new Set(named.flat())].filter((c) => /[a-zA-Z]/.test(c) && once(c)).sort()]
      : subscripts(right, spec).flatMap((c) => (c === "." ? dots(wide) : [c]));
  for (const c of output) {
    if (!named.some((t) => t.includes(c)))
      fail("value", `einsum: "${spec}": the result has the subscript ${c}, which no operand has`);
    if (output.indexOf(c) !== output.lastIndexOf(c))
      fail("value", `einsum: "${spec}": the result has the subscript ${c} twice`);
  }
  if (right !== undefined && wide > 0 && !right.includes("..."))
    fail(
      "value",
      `einsum: "${spec}": the axes of "..." are not in the result; write "..." there too, or sum over them first`,
    );
  const extents = new Map<string, number>();
  named.forEach((t, i) =>
    t.forEach((c, axis) => {
      const d = (nodes[i] as Node).shape[axis] as number;
      const known = extents.get(c);
      const stretch = /\d/.test(c) && (known === 1 || d === 1);
      if (known !== undefined && known !== d && !stretch)
        fail(
          "shape",
          `einsum: "${spec}": subscript ${/\d/.test(c) ? "..." : c} has extents ${known} and ${d}, the second in ` +
            `operand ${i + 1} of shape ${showShape((nodes[i] as Node).shape)}`,
        );
      if (known === undefined || known === 1) extents.set(c, d);
    }),
  );
  const operands = nodes.map((x, i) => diagonals(squeezed(x, named[i] as string[], extents)));
  return contractAll(operands, output, extents);
}

/** Without the ellipsis axes of extent 1 that other operands stretch. */
function squeezed(x: Node, axes: readonly string[], extents: Extents): Named {
  const kept = axes.map((_, i) => i).filter((i) => x.shape[i] === extents.get(axes[i] as string));
  return {
    x: reshape(
      x,
      kept.map((i) => x.shape[i] as number),
    ),
    axes: kept.map((i) => axes[i] as string),
  };
}

/** A name that comes twice is a diagonal. */
function diagonals({ x, axes }: Named): Named {
  const second = axes.findIndex((a, i) => axes.indexOf(a) !== i);
  if (second < 0) return { x, axes };
  const first = axes.indexOf(axes[second] as string);
  const rest = axes.filter((_, i) => i !== first && i !== second);
  return diagonals({ x: diagonal(x, first, second), axes: [...rest, axes[second] as string] });
}

export interface Einsum {
  (spec: string, first: Tensor, ...rest: TensorLike[]): Tensor;
  (spec: string, first: TensorLike, second: Tensor, ...rest: TensorLike[]): Tensor;
  (spec: string, ...operands: TensorLike[]): Value;
}
/**
 * Einstein's summation: `einsum("ij,jk->ik", a, b)` is a matrix product. Axes with the same letter run together,
 * letters that the result does not have are summed; without `->` it has the letters that come once, in alphabetical
 * order. A letter twice in one operand is a diagonal, `...` stands for axes that broadcast. Several operands are
 * contracted pair by pair in the order that takes the fewest multiplications. @shape spec → the axes after ->
 */
export const einsum: Einsum = ((spec: string, ...operands: TensorLike[]) => {
  if (typeof spec !== "string")
    fail("value", `einsum: the first argument is ${describe(spec)}; expected subscripts such as "ij,jk->ik"`);
  if (operands.length === 0) fail("value", `einsum: "${spec}" has no operands; expected einsum("ij,jk->ik", a, b)`);
  return apply("einsum", operands, "number", (...nodes) => einsumNodes(spec, nodes));
}) as Einsum;

// ---- named cases ----

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** Contraction of axes of `a` with axes of `b`: the other axes of `a`, then those of `b`. */
function contractAxes(a: Node, b: Node, from: readonly number[], to: readonly number[]): Node {
  const first = a.shape.map((_, i) => LETTERS[i] as string);
  const second = b.shape.map((_, i) =>
    to.includes(i) ? (first[from[to.indexOf(i)] as number] as string) : (LETTERS[26 + i] as string),
  );
  const extents = new Map([
    ...first.map((c, i) => [c, a.shape[i] as number] as const),
    ...second.map((c, i) => [c, b.shape[i] as number] as const),
  ]);
  const output = [...first.filter((_, i) => !from.includes(i)), ...second.filter((_, i) => !to.includes(i))];
  return contractAll(
    [
      { x: a, axes: first },
      { x: b, axes: second },
    ],
    output,
    extents,
  );
}

export interface Tensordot {
  (a: Tensor, b: TensorLike, axes?: TensordotAxes): Tensor;
  (a: TensorLike, b: Tensor, axes?: TensordotAxes): Tensor;
  (a: TensorLike, b: TensorLike, axes?: TensordotAxes): Value;
}
/** How many axes to contract (the last of the first array with the first of the second), or the axes of each. */
export type TensordotAxes = number | readonly [first: number | readonly number[], second: number | readonly number[]];

/**
 * The sum of products over axes of both arrays: `axes` last ones of `a` with as many first ones of `b` (2 unless
 * given), or the axes listed for each. @shape a [i, j, k], b [j, k, l] → [i, l]
 */
export const tensordot: Tensordot = /* @__PURE__ */ operation(
  "tensordot",
  3,
  (a: TensorLike, b: TensorLike, axes: TensordotAxes = 2) =>
    apply("tensordot", [a, b], "number", (x, y) => {
      const name = "tensordot";
      const [rx, ry] = [x.shape.length, y.shape.length];
      if (typeof axes === "number" && (!Number.isInteger(axes) || axes < 0 || axes > Math.min(rx, ry)))
        fail("axis", `${name}: cannot contract ${axes} axes of shapes ${showShape(x.shape)} and ${showShape(y.shape)}`);
      if (typeof axes !== "number" && (!Array.isArray(axes) || axes.length !== 2))
        fail(
          "axis",
          `${name}: the axes are ${describe(axes)}; expected how many, or [axes of the first, axes of the second]`,
        );
      const count = (n: number, start: number): number[] => Array.from({ length: n }, (_, i) => start + i);
      const lists = typeof axes === "number" ? [count(axes, rx - axes), count(axes, 0)] : axes;
      const [from, to] = Array.from(lists, (l, i) => axisList(name, l ?? [l], i === 0 ? rx : ry)) as [
        number[],
        number[],
      ];
      if (from.length !== to.length) fail("axis", `${name}: axes [${from}] and [${to}] must be as many`);
      from.forEach((axis, i) => {
        if (x.shape[axis] !== y.shape[to[i] as number])
          fail(
            "shape",
            `${name}: axis ${axis} of shape ${showShape(x.shape)} and axis ${to[i]} of shape ` +
              `${showShape(y.shape)} have different extents`,
          );
      });
      return contractAxes(x, y, from, to);
    }),
);

/**
 * The sum of products over the last axes of both; `mul` if one is a scalar. @shape a [..., n], b [..., n] → [...,
 * ...]
 */
export const inner: Product = /* @__PURE__ */ operation("inner", 2, (a: TensorLike, b: TensorLike) =>
  apply("inner", [a, b], "number", (x, y) => {
    const [rx, ry] = [x.shape.length, y.shape.length];
    if (rx === 0 || ry === 0) {
      const shape = rx === 0 ? y.shape : x.shape;
      return mul(expand(x, shape), expand(y, shape));
    }
    if (x.shape.at(-1) !== y.shape.at(-1))
      fail(
        "shape",
        `inner: shapes ${showShape(x.shape)} and ${showShape(y.shape)} do not fit: the last axes must have one extent`,
      );
    return contractAxes(x, y, [rx - 1], [ry - 1]);
  }),
);

export interface Vecdot {
  (a: Tensor, b: TensorLike, axis?: AxisOption): Tensor;
  (a: TensorLike, b: Tensor, axis?: AxisOption): Tensor;
  (a: TensorLike, b: TensorLike, axis?: AxisOption): Value;
}
/**
 * Inner products of the vectors along `axis` (the last unless given); the other axes broadcast. @shape a [..., n], b
 * [..., n] → [...]
 */
export const vecdot: Vecdot = /* @__PURE__ */ operation(
  "vecdot",
  3,
  (a: TensorLike, b: TensorLike, option?: AxisOption) =>
    apply("vecdot", [a, b], "number", (x, y) => {
      const shape = broadcastShapes("vecdot", [x.shape, y.shape]);
      const at = axisOf("vecdot", axisGiven("vecdot", option) ?? -1, shape.length);
      return reduceSum(mul(expand(x, shape), expand(y, shape)), [at]);
    }),
);

/** The Kronecker product: every element of `a` times all of `b`. @shape a [m, n], b [p, q] → [m·p, n·q] */
export const kron: Product = /* @__PURE__ */ operation("kron", 2, (a: TensorLike, b: TensorLike) =>
  apply("kron", [a, b], "number", (x, y) => {
    const rank = Math.max(x.shape.length, y.shape.length);
    const full = (s: Shape): number[] => [...new Array<number>(rank - s.length).fill(1), ...s];
    const [p, q] = [full(x.shape), full(y.shape)];
    const wide = p.flatMap((d, i) => [d, q[i] as number]);
    const place = (z: Node, shape: Shape, odd: number): Node =>
      broadcast(
        reshape(z, shape),
        wide,
        shape.map((_, i) => 2 * i + odd),
      );
    return reshape(
      mul(place(x, p, 0), place(y, q, 1)),
      p.map((d, i) => d * (q[i] as number)),
    );
  }),
);

/** The `n`-th power of a square matrix or of each of a stack, by repeated squaring; the identity for n = 0.
 * @shape x [..., m, m] → x */
export const matrixPower: With<[n: number]> = /* @__PURE__ */ operation(
  "matrixPower",
  2,
  (x: TensorLike, n: number) => {
    if (!Number.isInteger(n) || n < 0)
      fail(
        "value",
        `matrixPower: the exponent is ${typeof n === "number" ? n : describe(n)}; expected a non-negative ` +
          "integer (invert the matrix first for a negative one)",
      );
    return apply("matrixPower", [x], "number", (node) => {
      const rank = node.shape.length;
      if (rank < 2 || node.shape[rank - 1] !== node.shape[rank - 2])
        fail("shape", `matrixPower: expected square matrices, got shape ${showShape(node.shape)}`);
      const one = (): Node =>
        convert(eq(iota(node.shape, rank - 2, "int32"), iota(node.shape, rank - 1, "int32")), node.dtype);
      if (node.size === 0) return zerosLike(node);
      let result: Node | undefined;
      let square = node;
      for (let k = n; k > 0; k = Math.floor(k / 2)) {
        if (k % 2 === 1) result = result ? matrixProduct(result, square) : square;
        if (k > 1) square = matrixProduct(square, square);
      }
      return result ?? one();
    });
  },
);

/** Products of matrices of one shape. */
function matrixProduct(a: Node, b: Node): Node {
  const rank = a.shape.length;
  const names = (last: string): string[] => [...a.shape.slice(0, -2).map((_, i) => String(i)), ...last];
  const extents = new Map(
    [...names("ij"), "k"].map((c, i) => [c, i < rank ? (a.shape[i] as number) : (a.shape.at(-1) as number)] as const),
  );
  return contractAll(
    [
      { x: a, axes: names("ij") },
      { x: b, axes: names("jk") },
    ],
    names("ik"),
    extents,
  );
}
