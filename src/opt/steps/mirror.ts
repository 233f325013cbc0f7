// Values of a loop over all pairs as they are elsewhere: at (j, i), or with what is known beside the diagonal. All are
// made in the builder of the body, so that what it has already is found again.
import type { Node } from "../../ir/graph.ts";
import type { Affine } from "../../ir/index-map.ts";
import { MIRROR_STEP } from "../cost.ts";
import type { Body } from "../plan/body.ts";
import type { Emitted, LaneBuilder, Value } from "../plan/lane-builder.ts";
import { besideDiagonal, type Exchange, forgetsZeros, type Signed, tellsZeros } from "./exchange.ts";

/**
 * Values beside the diagonal: captured arrays that are one number there are that number, and the counters of the
 * loops differ, as in masks that keep out what is on it.
 */
export function withoutDiagonal(body: Body, builder: LaneBuilder, isFixed: (n: Node) => boolean): (v: Value) => Value {
  const [i, j] = body.active as [number, number];
  const made = new Map<Value, Value>();
  const numberOf = (v: Value): number | undefined => {
    if (v.op === "load" && isFixed(v.source as Node)) return besideDiagonal(v, body, i, j);
    if (v.op !== "eq" && v.op !== "ne") return undefined;
    const [a, b] = v.operands.map((x) => (x.op === "iota" ? (x.position as Affine) : undefined));
    const gap = a && b?.map((c, k) => c - (a[k] as number));
    return gap?.every((c, k) => (k === i + 1 || k === j + 1 ? Math.abs(c) === 1 : c === 0)) && gap[i + 1] !== gap[j + 1]
      ? Number(v.op === "ne")
      : undefined;
  };
  for (const v of [...builder.values]) {
    const operands = v.operands.map((a) => made.get(a) as Value);
    const number = numberOf(v);
    if (number !== undefined) made.set(v, builder.constant(number, v.dtype));
    else made.set(v, operands.every((a, k) => a === v.operands[k]) ? v : withNumbers(builder, v, operands));
  }
  return (v) => made.get(v) as Value;
}

const ARITHMETIC: readonly string[] = ["add", "sub", "mul", "div", "neg"];
/**
 * `v` of operands that are, or are made of, numbers that users wrote. Structural zeros they are not: 0 · ∞ is NaN,
 * and -0 + 0 is 0.
 */
function withNumbers(builder: LaneBuilder, v: Value, operands: readonly Value[]): Value {
  const [a, b] = operands as [Value, Value];
  for (const [c, x] of [[a, b] as const, [b, a] as const]) {
    const number = c?.op === "const" && c.value;
    if (v.op === "mul" ? number === 1 : v.op === "add" && number === 0 && isSquares(x)) return x;
  }
  return ARITHMETIC.includes(v.op) ? builder.plain(v.op as Emitted, operands) : remade(builder, v, operands);
}
/** A sum of squares is never -0. */
const isSquares = ({ op, operands: [a, b] }: Value): boolean =>
  (op === "add" && isSquares(a as Value)) || (op === "mul" && a === b) || op === "abs";

/** `v` of other operands. */
function remade(builder: LaneBuilder, v: Value, operands: readonly Value[]): Value {
  if (v.op === "convert") return builder.convert(operands[0] as Value, v.dtype);
  if (v.op !== "call") return builder.op(v.op as Emitted, ...operands);
  const { own, dual } = v.kernel as NonNullable<Value["kernel"]>;
  return builder.call(own, operands, dual);
}

/** Values to be had at (j, i): up to the signs of zeros, or exactly. */
interface Mirrored {
  readonly exact: boolean;
  readonly wanted: Set<Value>;
  readonly made: Map<Value, Value | undefined>;
}

/**
 * The values at (j, i) of `wanted`, values at (i, j), up to the signs of zeros; computed anew where the body does not
 * have them.
 */
export function mirror(
  body: Body,
  builder: LaneBuilder,
  { image, swap }: Exchange,
  wanted: readonly Value[],
): (v: Value) => Value | undefined {
  const inner = body.active[1] as number;
  const values = [...builder.values];
  // A difference may be needed as both: -(x - y) is at hand and does for products, an angle needs y - x.
  const loosely: Mirrored = { exact: false, wanted: new Set(wanted), made: new Map() };
  const exactly: Mirrored = { exact: true, wanted: new Set(), made: new Map() };
  const both = [loosely, exactly];
  /** What the body has already. */
  const known = (v: Value, { exact }: Mirrored): Signed | undefined =>
    exact && image(v)?.loose ? undefined : image(v);
  /** Where operand `k` of `v` is to be had. */
  const operands = (v: Value, k: number, { exact }: Mirrored): Mirrored =>
    tellsZeros(v, k) || (exact && !forgetsZeros(v)) ? exactly : loosely;
  for (const v of [...values].reverse())
    for (const m of both)
      if (m.wanted.has(v) && !known(v, m)) v.operands.forEach((a, k) => operands(v, k, m).wanted.add(a));
  const make = (v: Value, m: Mirrored): Value | undefined => {
    const x = known(v, m);
    if (x) return x.sign > 0 ? x.base : builder.op("neg", x.base);
    const position = v.position && swap(v.position);
    // Rows of a matrix that lie far apart would cost more than the loop saves.
    if (v.op === "gather" || position?.some((c, k) => k === inner + 1 && Math.abs(c) > MIRROR_STEP)) return undefined;
    if (v.op === "load") return builder.load(v.source as Node, position as Affine);
    if (v.op === "iota") return builder.iota(position as Affine, "int32");
    const all = v.operands.map((a, k) => operands(v, k, m).made.get(a));
    return all.includes(undefined) ? undefined : remade(builder, v, all as Value[]);
  };
  for (const v of values) for (const m of both) if (m.wanted.has(v)) m.made.set(v, make(v, m));
  return (v) => loosely.made.get(v);
}
