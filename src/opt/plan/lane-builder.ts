// Lane values and their builder: hash-consed expressions of one element, with the algebra of structural zeros and
// masks.
import type { DType } from "../../ir/aval.ts";
import type { Node } from "../../ir/graph.ts";
import type { Affine } from "../../ir/index-map.ts";
import type { DualKernel, LaneKernel } from "../../ir/kernel.ts";
import type { Lane, LaneOp, Lanes } from "../../ir/lanes.ts";
import { withElement } from "../../ir/lists.ts";
import { asType } from "../../primitives/leaf.ts";

/** Words of derivatives, which become the ordinary ones. */
type Strong = "plus" | "by" | "per";
const ORDINARY = { plus: "add", by: "mul", per: "div" } as const;
export type Emitted = Exclude<LaneOp, Strong>;
export type ValueOp = Emitted | "load" | "gather" | "const" | "iota" | "call";

/** One lane expression, which never changes. `depends` is a bit set of the loops it varies with. */
export interface Value extends Lane {
  readonly id: number;
  readonly op: ValueOp;
  readonly operands: readonly Value[];
  readonly dtype: DType;
  readonly depends: number;
  /** load, gather: the array and the position of the element (gather: plus index · stride). iota: the index. */
  readonly source: Node | undefined;
  readonly position: Affine | undefined;
  readonly stride: number | undefined;
  readonly extent: number | undefined;
  readonly value: number | undefined;
  readonly kernel:
    | {
        readonly own: LaneKernel;
        readonly dual: DualKernel | undefined;
      }
    | undefined;
}

/** Positions where an affine function varies with loop `l`, as a bit set. */
const varies = (a: Affine): number => a.reduce((bits, c, i) => (i > 0 && c !== 0 ? bits | (1 << (i - 1)) : bits), 0);

type Fields = Pick<Value, "op" | "operands" | "dtype" | "depends"> &
  Partial<Pick<Value, "source" | "position" | "stride" | "extent" | "value" | "kernel">>;
/** Codes for hashing; comparisons have the highest. */
const OPS: Readonly<Record<Emitted, number>> = {
  add: 0,
  sub: 1,
  mul: 2,
  div: 3,
  min: 4,
  max: 5,
  neg: 6,
  abs: 7,
  sqrt: 8,
  floor: 9,
  ceil: 10,
  trunc: 11,
  nearest: 12,
  and: 13,
  or: 14,
  not: 15,
  select: 16,
  convert: 17,
  lt: 18,
  le: 19,
  gt: 20,
  ge: 21,
  eq: 22,
  ne: 23,
};

/** The key of an operation: a number, but for selections. */
function opKey(name: Emitted, [a, b, c]: readonly Value[]): number | string {
  const first = (a as Value).id;
  return c ? `${name}${first},${b?.id},${c.id}` : ((OPS[name] as number) * 2 ** 22 + first) * 2 ** 22 + (b?.id ?? 0);
}
/** The key of any other value. */
function keyOf({ op, operands, dtype, source, position, stride, value, kernel }: Fields): string {
  if (op === "const") return `const ${Object.is(value, -0) ? "-0" : value} ${dtype}`;
  const at = position ? ` ${source?.id} ${position.join()} ${stride}` : ` ${kernel?.own.name ?? dtype}`;
  return `${op}${at} ${operands.map((a) => a.id).join()}`;
}

/** Whether `v` is never -0: squares, sizes, and what they are terms of. */
const isNeverMinusZero = ({ op, value, operands: [a, b] }: Value): boolean =>
  op === "const"
    ? !Object.is(value, -0)
    : op === "abs" ||
      (op === "mul" && a === b) ||
      (op === "add" && (isNeverMinusZero(a as Value) || isNeverMinusZero(b as Value)));

export class LaneBuilder implements Lanes {
  readonly values: Value[] = [];
  private readonly known = new Map<string, Value>();
  private readonly ops = new Map<number | string, Value>();

  /** Goes on from `values`, those of another builder. */
  constructor(values: readonly Value[] = []) {
    for (const v of values) {
      this.values.push(v);
      if (v.op in OPS && v.op !== "convert") this.ops.set(opKey(v.op as Emitted, v.operands), v);
      else this.known.set(keyOf(v), v);
    }
  }

  private add(f: Fields): Value {
    const v: Value = {
      id: this.values.length,
      op: f.op,
      operands: f.operands,
      dtype: f.dtype,
      depends: f.depends,
      source: f.source,
      position: f.position,
      stride: f.stride,
      extent: f.extent,
      value: f.value,
      kernel: f.kernel,
    };
    this.values.push(v);
    return v;
  }
  private make(fields: Fields): Value {
    const key = keyOf(fields);
    let v = this.known.get(key);
    if (!v) {
      v = this.add(fields);
      this.known.set(key, v);
    }
    return v;
  }
  load(source: Node, position: Affine): Value {
    return this.make({
      op: "load",
      operands: [],
      dtype: source.dtype,
      depends: varies(position),
      source,
      position,
    });
  }
  iota(a: Affine, dtype: DType): Value {
    const depends = varies(a);
    if (depends === 0) return this.constant(a[0] as number, dtype);
    return this.convert(this.make({ op: "iota", operands: [], dtype: "int32", depends, position: a }), dtype);
  }
  protected gather(source: Node, position: Affine, index: Value, stride: number, extent: number): Value {
    if (index.op === "const") {
      const i = (index.value as number) < 0 ? (index.value as number) + extent : (index.value as number);
      return this.load(
        source,
        withElement(position, 0, (position[0] as number) + Math.min(Math.max(i, 0), extent - 1) * stride) as Affine,
      );
    }
    // Negative indices count from the end; then indices are clamped, so that no address leaves the array.
    const zero = this.constant(0, "int32");
    const wrapped = this.op(
      "select",
      this.op("lt", index, zero),
      this.op("add", index, this.constant(extent, "int32")),
      index,
    );
    const at = this.op("min", this.op("max", wrapped, zero), this.constant(extent - 1, "int32"));
    return this.make({
      op: "gather",
      operands: [at],
      dtype: source.dtype,
      depends: varies(position) | at.depends,
      source,
      position,
      stride,
      extent,
    });
  }

  constant(value: number, dtype: DType): Value {
    return this.make({ op: "const", operands: [], dtype, depends: 0, value: asType(value, dtype) });
  }
  convert(x: Lane, dtype: DType): Value {
    const v = x as Value;
    if (v.dtype === dtype) return v;
    if (v.op === "const") return this.constant(v.value as number, dtype);
    return this.make({ op: "convert", operands: [v], dtype, depends: v.depends });
  }
  call(own: LaneKernel, operands: readonly Lane[], dual?: DualKernel): Value {
    const vs = operands as readonly Value[];
    return this.make({
      op: "call",
      operands: vs,
      dtype: (vs[0] as Value).dtype,
      depends: vs.reduce((d, v) => d | v.depends, 0),
      kernel: { own, dual },
    });
  }
  op(name: LaneOp, ...operands: Lane[]): Value {
    const vs = operands as Value[];
    if (name === "plus" || name === "by" || name === "per") return this.strong(name, vs as [Value, Value]);
    return this.simplify(name, vs) ?? this.plain(name, vs);
  }
  /** The operation as it is. */
  plain(name: Emitted, vs: readonly Value[]): Value {
    const code = OPS[name] as number;
    const dtype = code >= OPS.lt ? "bool" : (vs[name === "select" ? 1 : 0] as Value).dtype;
    const [a, b, c] = vs as [Value, Value?, Value?];
    const key = opKey(name, vs);
    let v = this.ops.get(key);
    if (!v) {
      v = this.add({ op: name, operands: vs, dtype, depends: a.depends | (b?.depends ?? 0) | (c?.depends ?? 0) });
      this.ops.set(key, v);
    }
    return v;
  }

  /** A sum as if it had begun with +0, as sums in loops do: zeros are +0, whatever the signs of the terms. */
  protected fromZero(sum: Value): Value {
    return sum.dtype === "int32" || isNeverMinusZero(sum) ? sum : this.op("add", sum, this.constant(0, sum.dtype));
  }

  /** Arithmetic of derivatives, for what only a box can know: zeros (from pads) and masks stay exact zeros. */
  private strong(name: Strong, [a, b]: readonly [Value, Value]): Value {
    const isZero = (v: Value): boolean => v.op === "const" && v.value === 0;
    if (name === "plus") return isZero(b) ? a : isZero(a) ? b : this.op("add", a, b);
    if (isZero(a) || (name === "by" && isZero(b))) return this.constant(0, a.dtype);
    /** What is selected, or a zero, after `f`: the zero stays. */
    const under = (v: Value, f: (x: Value) => Value): Value | undefined => {
      if (v.op !== "select") return undefined;
      const [taken, other, zero] = v.operands as [Value, Value, Value];
      return zero.op === "const" && Object.is(zero.value, 0) ? this.op("select", taken, f(other), zero) : undefined;
    };
    return (
      under(a, (v) => this.op(name, v, b)) ??
      (name === "by" ? under(b, (v) => this.op(name, a, v)) : undefined) ??
      this.op(ORDINARY[name], a, b)
    );
  }

  /** Algebra that is exact, signs of zeros and NaN included. */
  private simplify(name: Emitted, [a, b, c]: readonly Value[]): Value | undefined {
    const [x, y] = [a, b].map((v) => (v?.op === "const" ? v.value : undefined));
    const both = x !== undefined && y !== undefined;
    const int = a?.dtype === "int32";
    const bool = (holds: boolean): Value => this.constant(Number(holds), "bool");
    /** Whether adding `v` changes nothing. */
    const nothing = (v: number | undefined): boolean => Object.is(v, -0) || (int && v === 0);
    switch (name) {
      case "add":
        return nothing(y) ? a : nothing(x) ? b : int && both ? this.constant((x + y) | 0, "int32") : undefined;
      case "sub":
        return Object.is(y, 0) ? a : nothing(x) ? this.op("neg", b as Value) : undefined;
      case "neg":
        return x === 0 ? this.constant(int ? 0 : -x, (a as Value).dtype) : a?.op === "neg" ? a.operands[0] : undefined;
      case "mul":
        if (y === 1 || (int && x === 0)) return a;
        if (x === 1 || (int && y === 0)) return b;
        if (both && !int) return this.constant(x * y, (a as Value).dtype);
        return x === 2 ? this.op("add", b as Value, b as Value) : undefined; // exact, and takes no register
      case "select":
        return x !== undefined ? (x !== 0 ? b : c) : b === c ? b : undefined;
      case "and":
        return x !== undefined ? (x ? b : a) : y !== undefined ? (y ? a : b) : undefined;
      case "or":
        return x !== undefined ? (x ? a : b) : y !== undefined ? (y ? b : a) : undefined;
      case "not":
        return x !== undefined ? bool(!x) : undefined;
      case "lt":
        return both ? bool(x < y) : undefined;
      case "eq":
        return both ? bool(x === y) : undefined;
      case "ne":
        return both ? bool(x !== y) : undefined;
      default:
        return undefined;
    }
  }
}
