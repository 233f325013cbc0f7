// What the reference interpreter knows of diagonals, convolutions and rows that are written.
import { sizeOf, stridesOf } from "../../src/ir/aval.ts";
import type { Node } from "../../src/ir/graph.ts";
import type { Windows } from "../../src/primitives/convolution.ts";

interface Value {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}
type Rule = (node: Node, x: readonly Value[], out: number[], error?: number[]) => void;

/** Every index of `shape`, in row-major order. */
function* indices(shape: readonly number[]): Generator<number[]> {
  const size = sizeOf(shape);
  const strides = stridesOf(shape);
  for (let flat = 0; flat < size; flat++) yield shape.map((d, i) => Math.floor(flat / (strides[i] as number)) % d);
}
const at = ({ data, shape }: Value, index: readonly number[]): number =>
  data[stridesOf(shape).reduce((sum, s, i) => sum + s * (index[i] as number), 0)] as number;

const diagonal: Rule = (node, [x], out) => {
  const { a, b } = node.params as { a: number; b: number };
  let flat = 0;
  for (const index of indices(node.shape)) {
    const rest = index.slice(0, -1);
    const i = index.at(-1) as number;
    out[flat++] = at(
      x as Value,
      (x as Value).shape.map((_, axis) => (axis === a || axis === b ? i : (rest.shift() as number))),
    );
  }
};

/** The defining sum, one element after the other. */
const conv: Rule = (node, [x, w], out, error) => {
  const { stride, padding, spread, dilation } = node.params as Windows;
  let flat = 0;
  for (const [g, n, o, ...place] of indices(node.shape) as Iterable<[number, number, number, ...number[]]>) {
    let sum = 0;
    let absolute = 0;
    let count = 0;
    for (const [c, ...tap] of indices((w as Value).shape.slice(2)) as Iterable<[number, ...number[]]>) {
      const from = place.map(
        (p, i) =>
          p * (stride[i] as number) +
          (tap[i] as number) * (dilation[i] as number) -
          (padding[i] as readonly number[])[0]!,
      );
      const source = from.map((p, i) => p / (spread[i] as number));
      if (source.some((p, i) => !Number.isInteger(p) || p < 0 || p >= ((x as Value).shape[3 + i] as number))) continue;
      const term = at(x as Value, [g, n, c, ...source]) * at(w as Value, [g, o, c, ...tap]);
      sum += term;
      absolute += Math.abs(term);
      count++;
    }
    // float32 products are rounded too
    if (error) error[flat] = count * absolute + (node.dtype === "float32" ? absolute : 0);
    out[flat++] = sum;
  }
};

const rowOf = (i: number, extent: number): number => Math.min(Math.max(i < 0 ? i + extent : i, 0), extent - 1);

const lastWriter: Rule = (node, [idx], out) => {
  out.fill(-1);
  Array.from((idx as Value).data).forEach((i, k) => {
    out[rowOf(i, node.size)] = k;
  });
};

/** Input 0 with row k of input 2 in the place of its row `input1[k]`. */
const scatterSet: Rule = ({ shape }, [x, idx, rows], out) => {
  for (let i = 0; i < out.length; i++) out[i] = (x as Value).data[i] as number;
  const inner = sizeOf(shape.slice(1));
  Array.from((idx as Value).data).forEach((i, k) => {
    const to = rowOf(i, shape[0] as number) * inner;
    for (let j = 0; j < inner; j++) out[to + j] = (rows as Value).data[k * inner + j] as number;
  });
};

export const windowRules: Record<string, Rule> = { diagonal, conv, lastWriter, scatterSet };
