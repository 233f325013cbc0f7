// The reference interpreter's rules for scans, sorting and exp(a - b): one naive loop along the axis each.
import { type Shape, sizeOf } from "../../src/ir/aval.ts";

interface Value {
  readonly data: ArrayLike<number>;
  readonly shape: Shape;
  readonly dtype: string;
}
interface CumulativeNode {
  readonly params: { readonly axis: number; readonly reverse?: boolean; readonly descending?: boolean };
  readonly shape: Shape;
  readonly dtype: string;
}

/** Calls `body` with the row-major positions along `axis`, in the order of the scan, of every line of `shape`. */
function eachLine(shape: Shape, axis: number, reverse: boolean, body: (places: number[]) => void): void {
  const n = shape[axis] as number;
  const inner = sizeOf(shape.slice(axis + 1));
  const outer = sizeOf(shape.slice(0, axis));
  for (let o = 0; o < outer; o++) {
    for (let k = 0; k < inner; k++) {
      const places = Array.from({ length: n }, (_, i) => (o * n + i) * inner + k);
      body(reverse ? places.reverse() : places);
    }
  }
}

/** What is carried along a line: the value, and a bound of its rounding error in roundoffs of the type. */
interface Carried {
  readonly y: number;
  readonly error: number;
}
/** `next` of what came before (nothing at first) and the operands' elements. */
const cumulative =
  (next: (before: Carried | undefined, x: readonly number[], int: boolean) => Carried) =>
  (node: CumulativeNode, x: readonly Value[], out: number[], error?: number[]): void =>
    eachLine(node.shape, node.params.axis, node.params.reverse === true, (places) => {
      let carried: Carried | undefined;
      for (const at of places) {
        carried = next(
          carried,
          x.map((v) => v.data[at] as number),
          node.dtype === "int32",
        );
        out[at] = carried.y;
        if (error) error[at] = carried.error;
      }
    });

export const cumulativeRules = {
  // The kernel's sums are as good as exact: the error is that of this loop.
  cumsum: cumulative((s, [x], int) => {
    if (!s) return { y: x!, error: 0 };
    const y = int ? (s.y + x!) | 0 : s.y + x!;
    return { y, error: s.error + 2 * Math.abs(y) };
  }),
  cumprod: cumulative((p, [x], int) => {
    if (!p) return { y: x!, error: 0 };
    const y = int ? Math.imul(p.y, x!) : p.y * x!;
    return { y, error: p.error * Math.abs(x!) + 2 * Math.abs(y) };
  }),
  cummax: cumulative((m, [x]) => ({ y: m ? Math.max(m.y, x!) : x!, error: 0 })),
  cummin: cumulative((m, [x]) => ({ y: m ? Math.min(m.y, x!) : x!, error: 0 })),
  recurrence: cumulative((h, [a, b]) => {
    if (!h) return { y: b!, error: 0 };
    const product = a! * h.y;
    const y = product + b!;
    return { y, error: h.error * Math.abs(a!) + 2 * (Math.abs(product) + Math.abs(y)) };
  }),
  argsort: (node: CumulativeNode, [x]: readonly Value[], out: number[]): void =>
    eachLine(node.shape, node.params.axis, false, (places) => {
      const v = (i: number): number => x!.data[places[i] as number] as number;
      const sign = node.params.descending ? -1 : 1;
      const order = places.map((_, i) => i);
      // Array.prototype.sort is stable.
      order.sort(
        (i, j) =>
          Number(Number.isNaN(v(i))) - Number(Number.isNaN(v(j))) || sign * (v(i) > v(j) ? 1 : v(i) < v(j) ? -1 : 0),
      );
      places.forEach((at, i) => {
        out[at] = order[i] as number;
      });
    }),
  expDifference: (node: CumulativeNode, [a, b]: readonly Value[], out: number[], error?: number[]): void => {
    for (let i = 0; i < out.length; i++) {
      const [x, y] = [a!.data[i] as number, b!.data[i] as number];
      // The difference is rounded before the exponential magnifies it.
      const d = node.dtype === "float32" ? Math.fround(x - y) : x - y;
      out[i] = x === y ? Number(x !== Number.NEGATIVE_INFINITY) : Math.exp(d);
      if (error) error[i] = 8 * Math.abs(out[i] as number); // 4 ulp of the exponential
    }
  },
  shareOfLargest: (node: CumulativeNode, [a, b]: readonly Value[], out: number[], error?: number[]): void => {
    cumulativeRules.expDifference(node, [a!, b!], out, error);
    // 2^-970 and 2^-103: below these a share is 0.
    const least = (node.dtype === "float32" ? -103 : -970) * Math.LN2;
    for (let i = 0; i < out.length; i++) if ((a!.data[i] as number) - (b!.data[i] as number) < least) out[i] = 0;
  },
};

/** Those whose result a correct program may round differently. */
export const inexactCumulative: readonly string[] = [
  "cumsum",
  "cumprod",
  "recurrence",
  "expDifference",
  "shareOfLargest",
];
