// Instructions for lane expressions: one element (scalar code) or one SIMD vector of elements (W lanes).
// A mask is an i32 (0 or 1) in scalar code, and all-ones lanes as wide as a slot (16/W bytes) in vector code.
import { bytesOf, type DType, wasmType } from "../ir/aval.ts";
import type { ReduceOp } from "../ir/graph.ts";
import type { Value } from "../opt/plan/lane-builder.ts";
import type { Fn } from "./assembler.ts";
import { F32, F64, I32, type MemoryName, V128, type ValType } from "./opcodes.ts";

/** 1: scalar code; 2 or 4: SIMD vectors of so many slots. */
export type Width = 1 | 2 | 4;

export const scalarType = (d: DType): ValType => (d === "float64" ? F64 : d === "float32" ? F32 : I32);
export const valType = (d: DType, w: Width): ValType => (w === 1 ? scalarType(d) : V128);
/** The load or store of one element. */
export const memoryName = (d: DType, what: "load" | "store"): MemoryName => `${wasmType(d)}.${what}`;
export const vectorName = (d: DType): "f64x2" | "f32x4" | "i32x4" =>
  d === "float64" ? "f64x2" : d === "float32" ? "f32x4" : "i32x4";

/** The low word of each 64-bit slot, moved together: a mask of 64-bit slots as a mask of the low 32-bit lanes. */
const NARROW = [0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11];
const REVERSE_64 = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];
const REVERSE_LOW_32 = [4, 5, 6, 7, 0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15];
const REVERSE_32 = [12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3];

export function splat(fn: Fn, d: DType, w: Width): void {
  if (d === "bool") {
    // 0/1 to no/all bits
    const t = fn.local(I32);
    fn.set(t);
    fn.i32(0);
    fn.get(t);
    fn.op("i32.sub");
    fn.op("i32x4.splat");
    return;
  }
  if (w > 1) fn.op(`${vectorName(d)}.splat`);
}

export function constant(fn: Fn, value: number, d: DType): void {
  if (d === "float64") fn.f64(value);
  else if (d === "float32") fn.f32(value);
  else fn.i32(value);
}

export function vectorConstant(fn: Fn, value: number, d: DType): void {
  const bytes =
    d === "float64"
      ? new Uint8Array(Float64Array.of(value, value).buffer)
      : d === "float32"
        ? new Uint8Array(Float32Array.of(value, value, value, value).buffer)
        : new Uint8Array(Int32Array.from({ length: 4 }, () => (d === "bool" ? -value : value)).buffer);
  fn.v128(bytes);
}

/** Reverses the W lanes of the vector on the stack. */
export function reverse(fn: Fn, d: DType, w: Width, scratch: number): void {
  fn.tee(scratch);
  fn.get(scratch);
  fn.shuffle(bytesOf(d) === 8 ? REVERSE_64 : w === 2 ? REVERSE_LOW_32 : REVERSE_32);
}

/** A loaded int32 0/1 as a mask. */
export function toMask(fn: Fn, w: Width): void {
  if (w === 1) {
    fn.i32(0);
    fn.op("i32.ne");
    return;
  }
  vectorConstant(fn, 0, "int32");
  fn.op("i32x4.ne");
  if (w === 2) fn.op("i64x2.extend_low_i32x4_s");
}

/** A mask as int32 0/1 in the low lanes. */
export function fromMask(fn: Fn, w: Width, scratch: () => number): void {
  if (w === 1) return;
  if (w === 2) narrow(fn, scratch());
  vectorConstant(fn, 1, "int32");
  fn.op("v128.and");
}

function narrow(fn: Fn, scratch: number): void {
  fn.tee(scratch);
  fn.get(scratch);
  fn.shuffle(NARROW);
}

/** Emits an arithmetic value whose operands `push` puts on the stack. */
export function arithmetic(fn: Fn, v: Value, w: Width, push: (x: Value) => void, scratch: () => number): void {
  const [a, b, c] = v.operands as [Value, Value, Value];
  const operand = a.dtype;
  const name = w === 1 ? wasmType(operand) : vectorName(operand);
  switch (v.op) {
    case "select": {
      // A zero is masked in: one instruction, where a selection takes three.
      const zero = w === 1 ? undefined : [c, b].find((x) => x.op === "const" && Object.is(x.value, 0));
      for (const x of [b, c, a]) if (x !== zero) push(x);
      if (w === 2 && v.dtype !== "bool" && bytesOf(v.dtype) === 4) narrow(fn, scratch());
      fn.op(w === 1 ? "select.scalar" : zero === c ? "v128.and" : zero ? "v128.andnot" : "v128.bitselect");
      return;
    }
    case "and":
    case "or":
      push(a);
      push(b);
      fn.op(w === 1 ? `i32.${v.op}` : `v128.${v.op}`);
      return;
    case "not":
      push(a);
      fn.op(w === 1 ? "i32.eqz" : "v128.not");
      return;
    case "convert":
      push(a);
      convert(fn, operand, v.dtype, w, scratch);
      return;
    case "lt":
    case "le":
    case "gt":
    case "ge":
    case "eq":
    case "ne":
      push(a);
      push(b);
      fn.op(`${name}.${v.op}${w === 1 && operand === "int32" && v.op !== "eq" && v.op !== "ne" ? "_s" : ""}`);
      if (w === 2 && bytesOf(operand) === 4) fn.op("i64x2.extend_low_i32x4_s");
      return;
    default:
      if (w === 1 && operand === "int32" && intArithmetic(fn, v, push)) return;
      for (const x of v.operands) push(x);
      fn.op(`${name}.${v.op}`);
  }
}

/** What integers have no instruction of their own for; whether `v` is that. */
function intArithmetic(fn: Fn, v: Value, push: (x: Value) => void): boolean {
  const [a, b] = v.operands as [Value, Value];
  const negate = (): void => {
    fn.i32(0);
    push(a);
    fn.op("i32.sub");
  };
  if (v.op === "neg") negate();
  else if (v.op === "abs" || v.op === "min" || v.op === "max") {
    push(a); // |a| is max(a, -a)
    if (v.op === "abs") negate();
    else push(b);
    intExtremum(fn, v.op === "min" ? "i32.lt_s" : "i32.gt_s");
  } else return false;
  return true;
}

function intExtremum(fn: Fn, compare: string): void {
  const [x, y] = [fn.local(I32), fn.local(I32)];
  fn.set(y);
  fn.set(x);
  fn.get(x);
  fn.get(y);
  fn.get(x);
  fn.get(y);
  fn.op(compare);
  fn.op("select.scalar");
}

/** Folds `value`, which `push` puts on the stack, into what is there: a negative is subtracted. */
export function accumulate(fn: Fn, op: ReduceOp, value: Value, w: Width, push: (x: Value) => void): void {
  const negative = op === "add" && value.op === "neg";
  push(negative ? (value.operands[0] as Value) : value);
  combine(fn, negative ? "sub" : op, value.dtype, w);
}

/** Binary fold on two values on the stack. */
export function combine(fn: Fn, op: ReduceOp | "sub", d: DType, w: Width): void {
  if (w === 1 && d === "int32" && (op === "max" || op === "min"))
    intExtremum(fn, op === "max" ? "i32.gt_s" : "i32.lt_s");
  else fn.op(`${w === 1 ? wasmType(d) : op === "or" ? "v128" : vectorName(d)}.${op}`);
}

function convert(fn: Fn, from: DType, to: DType, w: Width, scratch: () => number): void {
  const key = `${from}>${to}`;
  if (to === "bool") {
    if (w === 1) {
      constant(fn, 0, from);
      fn.op(`${wasmType(from)}.ne`);
    } else {
      vectorConstant(fn, 0, from);
      fn.op(`${vectorName(from)}.ne`);
      if (w === 2 && bytesOf(from) === 4) fn.op("i64x2.extend_low_i32x4_s");
    }
    return;
  }
  if (from === "bool") {
    if (w === 1) {
      if (to !== "int32") fn.op(`${wasmType(to)}.convert_i32_s`);
      return;
    }
    if (w === 2 && bytesOf(to) === 4) narrow(fn, scratch());
    vectorConstant(fn, 1, to);
    fn.op("v128.and");
    return;
  }
  const scalar: Record<string, string> = {
    "float32>float64": "f64.promote_f32",
    "float64>float32": "f32.demote_f64",
    "int32>float64": "f64.convert_i32_s",
    "int32>float32": "f32.convert_i32_s",
    "float64>int32": "i32.trunc_sat_f64_s",
    "float32>int32": "i32.trunc_sat_f32_s",
  };
  const vector: Record<string, string> = {
    "float32>float64": "f64x2.promote_low_f32x4",
    "float64>float32": "f32x4.demote_f64x2_zero",
    "int32>float64": "f64x2.convert_low_i32x4_s",
    "int32>float32": "f32x4.convert_i32x4_s",
    "float64>int32": "i32x4.trunc_sat_f64x2_s_zero",
    "float32>int32": "i32x4.trunc_sat_f32x4_s",
  };
  fn.op((w === 1 ? scalar[key] : vector[key]) as string);
}

/** What a fold begins with: sums of zeros are +0, whatever their signs. */
export function identity(op: ReduceOp, d: DType): number {
  if (op === "add" || op === "or") return 0;
  if (op === "mul") return 1;
  if (d === "int32") return op === "max" ? -(2 ** 31) : 2 ** 31 - 1;
  return op === "max" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
