// New arrays. In a trace they are symbolic and cost nothing; outside one they are typed arrays, or NdArrays from rank
// 2 up whose data is made when it is first looked at. Without a `dtype` they take the floating-point type of what
// they meet.
import { checkCount, fail } from "../errors.ts";
import { type DType, isFloat, type Shape, showShape, sizeOf } from "../ir/aval.ts";
import { tracing } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { add, mul } from "../primitives/arithmetic.ts";
import { convert } from "../primitives/cast.ts";
import { iota } from "../primitives/leaf.ts";
import { eq, select } from "../primitives/logic.ts";
import { full as fullNode } from "../primitives/spread.ts";
import { isExtent, MAX_DEPTH, operandOf, show, toValue } from "../trace/convert.ts";
import { NdArray, type ResultData } from "../trace/ndarray.ts";
import { tracerOf } from "../trace/trace.ts";
import { Tensor } from "../trace/tracer.ts";
import type { TensorLike, Value } from "../trace/types.ts";
import { apply, checkOptions, expand, operation, shapeOf } from "./apply.ts";
import { astype, stack } from "./shape.ts";

/** The element type of a new array: float64 that adapts to what it meets, unless given. */
export interface CreateOptions {
  /** The type of the elements: float64 that adapts to what it meets, unless given. */
  readonly dtype?: DType;
}

const DTYPES: readonly DType[] = ["float64", "float32", "int32", "bool"];

/** `x` as an element of type `dtype`, just as conversion in a program makes it. */
function element(x: number, dtype: DType): number {
  if (dtype === "bool") return Number(x !== 0);
  return dtype === "int32" ? Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(x))) || 0 : x;
}

const storage = (
  dtype: DType,
): Float64ArrayConstructor | Float32ArrayConstructor | Int32ArrayConstructor | Uint8ArrayConstructor =>
  dtype === "float64" ? Float64Array : dtype === "float32" ? Float32Array : dtype === "int32" ? Int32Array : Uint8Array;

/** A new array from what it is in a trace, and from its elements in row-major order. */
function create(
  name: string,
  shape: Shape,
  options: CreateOptions,
  node: (dtype: DType) => Node,
  valueAt: (flat: number) => number,
): Value {
  checkOptions(name, options, ["dtype"]);
  if (options.dtype !== undefined && !DTYPES.includes(options.dtype)) {
    fail("dtype", `${name}: dtype must be one of ${DTYPES.join(", ")}, got ${show(options.dtype)}`);
  }
  shapeOf(name, shape);
  const { dtype = "float64" } = options;
  const weak = options.dtype === undefined;
  if (tracing()) return new Tensor(node(dtype), weak) as unknown as Value;
  const data = (): ResultData => {
    const size = sizeOf(shape);
    if (size >= 2 ** 32)
      fail(
        "memory",
        `${name}: shape ${showShape(shape)} has ${size} elements, more than WebAssembly has bytes of memory`,
      );
    const out = new (storage(dtype))(size);
    for (let i = 0; i < out.length; i++) out[i] = element(valueAt(i), dtype);
    return out;
  };
  if (shape.length >= 2) return new NdArray({ data, node, weak }, shape, dtype);
  return shape.length === 1 ? data() : dtype === "bool" ? valueAt(0) !== 0 : element(valueAt(0), dtype);
}

function constantArray(name: string, shape: number | Shape, value: number, options: CreateOptions): Value {
  const s = shapeOf(name, shape);
  return create(
    name,
    s,
    options,
    (dtype) => fullNode(s, value, dtype),
    () => value,
  );
}

type Filled = (shape: number | Shape, options?: CreateOptions) => Value;
/** Arrays of a fixed number. */
function filled(name: string, value: number): Filled {
  const usage = `the shape is one list, as in ${name}([2, 3])`;
  const make: Filled = (shape, options = {}) => {
    if (typeof options === "number") checkCount(name, [options], usage);
    return constantArray(name, shape, value, options);
  };
  return operation(name, 2, make, usage);
}

/** An array of zeros. @shape shape → shape */
export const zeros: Filled = /* @__PURE__ */ filled("zeros", 0);

/** An array of ones. @shape shape → shape */
export const ones: Filled = /* @__PURE__ */ filled("ones", 1);

export interface Full {
  (shape: number | Shape, value: Tensor, options?: CreateOptions): Tensor;
  (shape: number | Shape, value: number | boolean, options?: CreateOptions): Value;
}
/** An array with every element `value`, a number or a traced scalar. @shape shape, value [] → shape */
export const full: Full = /* @__PURE__ */ operation(
  "full",
  3,
  (shape: number | Shape, value: TensorLike, options: CreateOptions = {}) => {
    if (typeof value === "number") return constantArray("full", shape, value, options);
    if (typeof value === "boolean") return constantArray("full", shape, Number(value), { dtype: "bool", ...options });
    if (!(value instanceof Tensor) || value.ndim !== 0)
      return fail("shape", "full: the value must be a number or a traced scalar");
    return apply("full", [value], "any", (x) => convert(expand(x, shapeOf("full", shape)), options.dtype ?? x.dtype));
  },
);

/** Zeros of the shape and type of `x`. @shape x → x */
export const zerosLike: (x: TensorLike) => Value = /* @__PURE__ */ like("zerosLike", 0);

/** Ones of the shape and type of `x`. @shape x → x */
export const onesLike: (x: TensorLike) => Value = /* @__PURE__ */ like("onesLike", 1);

function like(name: string, value: number): (x: TensorLike) => Value {
  return operation(name, 1, (x: TensorLike) => {
    const { shape, dtype, weak } = operandOf(`${name}: the operand`, x);
    return constantArray(name, shape, value, weak ? {} : { dtype });
  });
}

export interface Arange {
  (stop: number, options?: CreateOptions): Value;
  (start: number, stop: number, options?: CreateOptions): Value;
  (start: number, stop: number, step: number, options?: CreateOptions): Value;
}
/** `start, start + step, …` up to but without `stop`: `arange(3)` is 0, 1, 2. Give `{ dtype: "int32" }` for indices.
 * @shape → [⌈(stop - start) / step⌉] */
export const arange: Arange = (...args: (number | CreateOptions | undefined)[]): Value => {
  const numbers = args.filter((a): a is number => typeof a === "number");
  const [options = {}, ...extra] = args.filter((a): a is CreateOptions => typeof a !== "number" && a !== undefined);
  checkOptions("arange", options, ["dtype"]);
  const [start, stop, step] =
    numbers.length === 1 ? [0, numbers[0] as number, 1] : [numbers[0] as number, numbers[1] as number, numbers[2] ?? 1];
  const n = Math.max(0, Math.ceil((stop - start) / step));
  if (numbers.length === 0 || numbers.length > 3 || extra.length > 0 || !Number.isFinite(n))
    return fail("value", `arange: cannot count from ${start} to ${stop} in steps of ${step}`);
  return ramp("arange", n, start, step, options);
};

/** `n` numbers from `start`, `step` apart. */
function ramp(name: string, n: number, start: number, step: number, options: CreateOptions): Value {
  const exact = options.dtype === "int32" && Number.isInteger(start) && Number.isInteger(step);
  const node = (dtype: DType): Node => {
    const own = exact ? dtype : "float64";
    return convert(add(mul(iota([n], 0, own), step), start), dtype);
  };
  return create(name, [n], options, node, (i) => i * step + start);
}

/** `count` numbers from `start` to `stop`, both included, evenly apart. @shape → [count] */
export function linspace(start: number, stop: number, count?: number, options?: CreateOptions): Value;
export function linspace(
  start: number,
  stop: number,
  count = 50,
  options: CreateOptions = {},
  ...extra: unknown[]
): Value {
  checkCount("linspace", extra, "write linspace(start, stop, count, options)");
  if (!isExtent(count)) fail("value", `linspace: the count must be a non-negative integer, got ${show(count)}`);
  if (typeof start !== "number" || typeof stop !== "number")
    fail("value", `linspace: expected numbers, got ${show([start, stop])}`);
  const step = count > 1 ? (stop - start) / (count - 1) : 0;
  // The last one is `stop` itself, whatever the steps have rounded to.
  const node = (dtype: DType): Node => {
    const i = iota([count], 0, "float64");
    const ramped = add(mul(i, step), start);
    return convert(count > 1 ? select(eq(i, count - 1), stop, ramped) : ramped, dtype);
  };
  return create("linspace", [count], options, node, (i) => (count > 1 && i === count - 1 ? stop : i * step + start));
}

/** The identity matrix, or the `rows × columns` matrix with ones on its diagonal. In a trace it is symbolic.
 * @shape → [rows, columns] */
export function eye(rows: number, columns?: number | CreateOptions, options?: CreateOptions): Value;
export function eye(
  rows: number,
  columns: number | CreateOptions = rows,
  options?: CreateOptions,
  ...extra: unknown[]
): Value {
  const settings = typeof columns !== "number" && options !== undefined ? [options] : [];
  checkCount("eye", [...settings, ...extra], "write eye(rows, columns, options)");
  if (typeof columns !== "number") return eye(shapeOf("eye", rows)[0] as number, rows, columns);
  const shape = [rows, columns];
  const node = (dtype: DType): Node => convert(eq(iota(shape, 0, "int32"), iota(shape, 1, "int32")), dtype);
  return create("eye", shape, options ?? {}, node, (flat) => Number(Math.floor(flat / columns) === flat % columns));
}

export interface MakeArray {
  (values: Tensor | readonly (Tensor | readonly Tensor[])[], options?: CreateOptions): Tensor;
  (values: TensorLike, options?: CreateOptions): Value;
}
/**
 * Numbers, nested arrays, `{ data, shape }` or a typed array as an array of its own: a typed array or NdArray outside
 * a trace, a traced value inside. Arrays with traced values in them are stacked.
 */
export const array: MakeArray = /* @__PURE__ */ operation(
  "array",
  2,
  (values: unknown, options: CreateOptions = {}) => {
    checkOptions("array", options, ["dtype"]);
    const { dtype } = options;
    const joined = hasTracer(values) ? stackAll(values) : values;
    if (tracing())
      return tracerOf("array: the argument", joined, undefined).astype(
        dtype ?? operandOf("array: the argument", joined).dtype,
      );
    if (joined instanceof Tensor) return astype(joined, dtype ?? joined.dtype);
    const x = operandOf("array: the argument", joined);
    const own = dtype ?? x.dtype;
    const data = own === x.dtype || (x.weak && isFloat(own)) ? x.data(own) : undefined;
    return data ? toValue(data.slice(), x.shape, own) : astype(joined as TensorLike, own);
  },
);

/** `seen`: arrays looked into already, as an array that contains itself would be again and again. */
function hasTracer(v: unknown, depth = 0, seen = new Set<unknown>()): boolean {
  if (v instanceof Tensor) return true;
  if (depth > MAX_DEPTH || !Array.isArray(v) || seen.has(v)) return false;
  seen.add(v);
  return v.some((x) => hasTracer(x, depth + 1, seen));
}
const stackAll = (v: unknown): TensorLike =>
  Array.isArray(v) && hasTracer(v) ? (stack(v.map((x) => stackAll(x))) as TensorLike) : (v as TensorLike);
