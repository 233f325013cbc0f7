// Abstract values: what is known of an array before it has any data, its shape and element type.
import { fail } from "../errors.ts";

/** Element types. Booleans exist inside programs and in results of comparisons. */
export type DType = "float64" | "float32" | "int32" | "bool";

/** Extents of the axes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

export interface Aval {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Number of elements of an array of shape `shape`. */
export function sizeOf(shape: Shape): number {
  let n = 1;
  for (const d of shape) n *= d;
  return n;
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let s = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = s;
    s *= shape[i] as number;
  }
  return strides;
}

export const isFloat = (dtype: DType): boolean => dtype === "float64" || dtype === "float32";

/** Bytes of one element in program memory (booleans are stored as int32 0/1). */
export const bytesOf = (dtype: DType): number => (dtype === "float64" ? 8 : 4);
/** Its name among the types of WebAssembly: in the names of instructions and of kernels. */
export const wasmType = (dtype: DType): "f64" | "f32" | "i32" =>
  dtype === "float64" ? "f64" : dtype === "float32" ? "f32" : "i32";
/** The arrays that hold elements: booleans are int32 0 and 1. */
export type Data = Float64Array | Float32Array | Int32Array;
/** The class of the arrays that hold it. */
export const storage = (dtype: DType): Float64ArrayConstructor | Float32ArrayConstructor | Int32ArrayConstructor =>
  dtype === "float64" ? Float64Array : dtype === "float32" ? Float32Array : Int32Array;

/** An array of zeros for a result; throws an HvpError where the engine has no memory for it. */
export function zeros(dtype: DType, size: number): Data {
  try {
    return new (storage(dtype))(size);
  } catch {
    return fail("memory", `no memory for a result of ${size} elements; compute it in parts`);
  }
}

/**
 * Whether `v` is an array of class `type` of this realm, and no proxy or heir of one. Quicker than to ask for its
 * constructor.
 */
export const isArrayOf = (v: unknown, type: Float64ArrayConstructor | Float32ArrayConstructor): v is Float64Array =>
  v instanceof type && ArrayBuffer.isView(v);

/** `float64[2,3]`, the way types are written in messages and printed graphs. */
export const showAval = (a: Aval): string => `${a.dtype}[${a.shape.join(",")}]`;

export const showShape = (shape: Shape): string => `[${shape.join(", ")}]`;
