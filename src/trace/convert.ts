// Values in and out: what a JavaScript value means as an array, as a node of a trace, and how results become values
// again.
import { fail } from "../errors.ts";
import { type Data, type DType, type Shape, showAval, showShape, sizeOf, storage, stridesOf } from "../ir/aval.ts";
import { leaked } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { convert } from "../primitives/cast.ts";
import { literal, scalar } from "../primitives/leaf.ts";
import { full } from "../primitives/spread.ts";
import { NdArray } from "./ndarray.ts";
import { Tensor } from "./tracer.ts";
import type { NdArrayLike, TypedArray, Value } from "./types.ts";

/** An operand: its type is known, its node or data is made once the type of the operation is. */
export interface Operand {
  readonly shape: Shape;
  readonly dtype: DType;
  /** Takes the floating-point type of what it meets (numbers and arrays of numbers). */
  readonly weak: boolean;
  /** Weak, and every element is an int32: stays int32 where it meets int32. */
  readonly integral: boolean;
  /** Its traced value, if it is one. */
  readonly traced?: Node;
  /** Its node in the open trace, of type `dtype`. */
  node(dtype: DType): Node;
  /** Its elements in row-major order; of type `dtype` if weak, else of its own type. */
  data(dtype: DType): Data;
  /** Numbers without a type of their own as the caller has them, for what only copies them into memory. */
  read?(): ArrayLike<number>;
}

/**
 * The elements of `x`, to be copied into memory of type `dtype`: without an array in between, whose fresh pages cost
 * more than the copy.
 */
export const elementsOf = (x: Operand, dtype: DType): ArrayLike<number> => x.read?.() ?? x.data(dtype);

/** Whether `d` can be the extent of an axis. */
export const isExtent = (d: unknown): d is number =>
  Number.isInteger(d) && (d as number) >= 0 && (d as number) < 2 ** 31;

const isInt32 = (x: number): boolean => (x | 0) === x && !Object.is(x, -0);

export const isNdArrayLike = (v: object): v is NdArrayLike =>
  !(v instanceof Tensor) && "data" in v && "shape" in v && Array.isArray(v.shape);

export const isTypedArray = (v: unknown): v is TypedArray | BigInt64Array =>
  ArrayBuffer.isView(v) && !(v instanceof DataView);

/** Whether `v` is an object as `{}` writes it, of any realm, or one without a prototype. */
export function isPlain(v: unknown): v is object {
  if (typeof v !== "object" || v === null) return false;
  const prototype = Object.getPrototypeOf(v);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * Axes that nested arrays may have, as in NumPy. What is nested deeper is a mistake, mostly an array that contains
 * itself.
 */
export const MAX_DEPTH = 64;

/**
 * How many numbers `array` begins with. Lists of lists do not come here: the engine reads numbers without making
 * objects of them where it has seen nothing else.
 */
function leadingNumbers(array: readonly unknown[]): number {
  let i = 1;
  while (i < array.length && typeof array[i] === "number") i++;
  return i;
}

/** Whether an array is numbers (or booleans) all the way down: one n-dimensional array, not a tree of arrays. */
export function isNumeric(array: readonly unknown[], depth = 1): boolean {
  if (depth > MAX_DEPTH) return false;
  for (let i = typeof array[0] === "number" ? leadingNumbers(array) : 0; i < array.length; i++) {
    const x = array[i];
    // A hole is refused later, with its place.
    if (
      typeof x !== "number" &&
      typeof x !== "boolean" &&
      (Array.isArray(x) ? !isNumeric(x, depth + 1) : x !== undefined || i in array)
    )
      return false;
  }
  return true;
}

/** The standard class of a typed array: `Uint8Array` for a Node Buffer or any other subclass. */
export const classOf = (x: TypedArray | BigInt64Array): string => Object.prototype.toString.call(x).slice(8, -1);

/**
 * A typed array as one of the standard class and of this realm: methods and constructors of a subclass are its
 * author's.
 */
export function standard<A extends TypedArray | BigInt64Array>(x: A): A {
  const own = x.constructor;
  if (own === Float64Array || own === Float32Array) return x;
  const type = globalThis[classOf(x) as "Float64Array"];
  return own === type ? x : (new type(x.buffer, x.byteOffset, x.byteLength / type.BYTES_PER_ELEMENT) as A);
}

/** A promise of any realm. */
export const isPromise = (v: unknown): boolean => Object.prototype.toString.call(v) === "[object Promise]";

/** What `v` is, for messages. */
export function describe(v: unknown): string {
  if (v === undefined || v === null) return String(v);
  if (typeof v === "string") return `the string ${JSON.stringify(v.length > 20 ? `${v.slice(0, 20)}…` : v)}`;
  if (typeof v === "function") return "a function";
  if (typeof v === "bigint") return `the bigint ${v}n`;
  if (isPromise(v)) return "a Promise";
  if (v instanceof Tensor) return `a traced ${showAval(v.node)}`;
  if (Array.isArray(v)) return `an array of ${v.length}`;
  if (isTypedArray(v)) return `${classOf(v)} of ${v.length}`;
  if (typeof v === "object")
    return "an object of class " + `${v.constructor?.name ?? "Object"}${"weak" in v ? " of another copy of hvp" : ""}`;
  return `${typeof v} ${String(v)}`;
}

/** A setting that was refused, for messages: numbers and short lists as they are written, else what it is. */
export const show = (v: unknown, depth = 2): string =>
  typeof v === "number"
    ? String(v)
    : Array.isArray(v) && v.length < 9 && depth > 0
      ? `[${Array.from(v, (x) => show(x, depth - 1)).join(", ")}]`
      : describe(v);

const ACCEPTED = "a number, a typed array, (nested) arrays of numbers, or { data, shape }";

/** `value` as an operand; `where` names it in messages, as in "add: operand 2". */
export function operandOf(where: string, value: unknown): Operand {
  if (value instanceof Tensor) {
    return {
      shape: value.node.shape,
      dtype: value.dtype,
      weak: value.weak,
      integral: value.integral,
      traced: value.node,
      node: (dtype) => convert(value.node, dtype),
      data: () => leaked(where),
    };
  }
  if (typeof value === "number") {
    return {
      shape: [],
      dtype: "float64",
      weak: true,
      integral: isInt32(value),
      node: (dtype) => scalar(value, dtype),
      data: (dtype) => storage(dtype).of(value),
    };
  }
  if (typeof value === "boolean")
    return arrayOperand(Int32Array.of(Number(value)), [], "bool", Int32Array.of(Number(value)));
  if (Array.isArray(value)) return nestedOperand(where, value);
  if (isTypedArray(value)) return typedOperand(where, value);
  if (value instanceof NdArray) return ndArrayOperand(where, value);
  if (typeof value === "object" && value !== null && isNdArrayLike(value)) return stridedOperand(where, value);
  return fail("value", `${where} is ${describe(value)}; expected ${ACCEPTED}`);
}

/**
 * Arrays of at most this many elements are copied when they are captured; longer ones are read when the program runs.
 */
const COPIED_ELEMENTS = 1024;

/**
 * Copies of captured arrays, by the array they were made of: the same content is the same copy, and so the same node;
 * an array refilled in between is another one.
 */
const copied = /* @__PURE__ */ new WeakMap<object, Map<string, Data[]>>();
function snapshot(key: object, tag: string, now: Data): Data {
  let tags = copied.get(key);
  if (!tags) copied.set(key, (tags = new Map()));
  let versions = tags.get(tag);
  if (!versions) tags.set(tag, (versions = []));
  // The newest first: the last one is the likely one.
  for (let k = versions.length - 1; k >= 0; k--) {
    const version = versions[k] as Data;
    if (version.length === now.length && version.every((x, i) => Object.is(x, now[i]))) return version;
  }
  const data = now.slice();
  versions.push(data);
  if (versions.length > 4) versions.shift();
  return data;
}

/** The one value that all elements have, if there are at least two. */
function uniform(data: ArrayLike<number>): number | undefined {
  const first = data[0] as number;
  if (data.length < 2) return undefined;
  for (let i = 1; i < data.length; i++) if (!Object.is(data[i], first)) return undefined;
  return first;
}

/** The node of captured data. */
function capture(data: Data, shape: Shape, dtype: DType): Node {
  const value = data.length === 1 && shape.length === 0 ? data[0] : uniform(data);
  return value === undefined ? literal(data, shape, dtype) : full(shape, value, dtype);
}

/** Data of a type of its own. `key` identifies it: the same key is the same node. */
function arrayOperand(data: Data | (() => Data), shape: Shape, dtype: DType, key: object): Operand {
  const load = (): Data => (typeof data === "function" ? data() : data);
  return {
    shape,
    dtype,
    weak: false,
    integral: false,
    node(want) {
      const now = load();
      const held = typeof data === "function" || now.length <= COPIED_ELEMENTS ? snapshot(key, dtype, now) : now;
      return convert(capture(held, shape, dtype), want);
    },
    data: load,
  };
}

/** `numbers` as an array of `dtype`. Engines take 6 to 17 ns an element for `from` and `new`, 1 for `set`. */
function filled(dtype: DType, numbers: ArrayLike<number>): Data {
  const data = new (storage(dtype))(numbers.length);
  data.set(numbers);
  return data;
}

/** Numbers without a type of their own. */
function weakOperand(numbers: () => ArrayLike<number>, shape: Shape, key: object): Operand {
  const load = (dtype: DType): Data => {
    const all = numbers();
    return all instanceof storage(dtype) ? (all as Data) : filled(dtype, all);
  };
  return {
    shape,
    dtype: "float64",
    weak: true,
    get integral() {
      const all = numbers();
      for (let i = 0; i < all.length; i++) if (!isInt32(all[i] as number)) return false;
      return true;
    },
    node: (dtype) => capture(snapshot(key, dtype, load(dtype)), shape, dtype),
    data: load,
    read: numbers,
  };
}

function typedOperand(where: string, given: TypedArray | BigInt64Array, known?: Shape, key: object = given): Operand {
  if (given.length === 0) {
    try {
      given.at(0);
    } catch {
      fail("value", `${where} is a ${classOf(given)} whose buffer was transferred or made shorter; pass a copy`);
    }
  }
  const value = standard(given);
  const shape = known ?? [value.length];
  if (value instanceof Float64Array) return arrayOperand(value, shape, "float64", key);
  if (value instanceof Float32Array) return arrayOperand(value, shape, "float32", key);
  if (value instanceof Int32Array) return arrayOperand(value, shape, "int32", key);
  const name = classOf(value);
  if (/^Big/.test(name)) {
    return fail("dtype", `${where} is a ${name}; 64-bit integers do not fit, convert it to Int32Array or Float64Array`);
  }
  if (value instanceof Uint32Array) {
    const big = value.findIndex((x) => x > 0x7fffffff);
    if (big >= 0)
      fail(
        "dtype",
        `${where} is a Uint32Array whose element ${big} is ${value[big]}, beyond int32; convert it to Float64Array`,
      );
  }
  if (/^(Ui|I)nt/.test(name)) return arrayOperand(() => Int32Array.from(value as Uint8Array), shape, "int32", key);
  return arrayOperand(() => Float64Array.from(value as unknown as Float64Array), shape, "float64", key);
}

function ndArrayOperand(where: string, value: NdArray): Operand {
  const recipe = value.untouched;
  const shape = [...value.shape];
  if (recipe) {
    return {
      shape,
      dtype: value.dtype,
      weak: recipe.weak,
      integral: false,
      node: (dtype) => recipe.node(dtype),
      data: (dtype) => storage(recipe.weak ? dtype : value.dtype).from(value.data),
    };
  }
  if (value.weak) return weakOperand(() => value.data, shape, value.data);
  if (value.dtype === "bool") return arrayOperand(() => Int32Array.from(value.data), shape, "bool", value.data);
  return stridedOperand(where, value);
}

/** `{ data, shape, stride?, offset? }`. */
function stridedOperand(where: string, value: NdArrayLike): Operand {
  const { data, shape, stride, offset = 0 } = value;
  shape.forEach((d, axis) => {
    if (!isExtent(d)) fail("shape", `${where} has shape ${show(shape)}: extent ${axis} must be a non-negative integer`);
  });
  if (!Array.isArray(data) && !isTypedArray(data))
    return fail(
      "value",
      `${where} is { data, shape } whose data is ${describe(data)}; expected a typed array or an array of numbers`,
    );
  if (Array.isArray(data)) {
    const odd = data.findIndex((x) => typeof x !== "number" && typeof x !== "boolean");
    if (odd >= 0)
      fail("value", `${where} is { data, shape } whose data has ${describe(data[odd])} at [${odd}]; expected a number`);
  }
  if (stride !== undefined && (!isList(stride) || stride.length !== shape.length || !stride.every(Number.isInteger)))
    fail(
      "shape",
      `${where} is { data, shape, stride } whose stride is ` +
        `${isList(stride) ? showShape(stride) : describe(stride)}; expected one integer for each axis of shape ` +
        `${showShape(shape)}`,
    );
  if (!Number.isInteger(offset) || offset < 0)
    fail(
      "shape",
      `${where} is { data, shape, offset } whose offset is ${show(offset)}; expected a non-negative integer`,
    );
  const size = sizeOf(shape);
  if (!stride && offset === 0 && data.length !== size)
    fail(
      "shape",
      `${where} is { data, shape } with ${data.length} elements of data, but shape ${showShape(shape)} has ${size}`,
    );
  if (offset === 0 && data.length === size && (!stride || isRowMajor(shape, stride))) {
    return isTypedArray(data) ? typedOperand(where, data, [...shape], data) : weakOperand(() => data, [...shape], data);
  }
  const picked = pick(where, data, shape, stride ?? stridesOf(shape), offset);
  return isTypedArray(data)
    ? typedOperand(where, picked as TypedArray, [...shape], value)
    : weakOperand(() => picked, [...shape], value);
}

/** An array of numbers or a typed array: scijs keeps strides in either. */
const isList = (x: unknown): x is readonly number[] => Array.isArray(x) || isTypedArray(x);

function isRowMajor(shape: readonly number[], stride: readonly number[]): boolean {
  let expected = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && stride[i] !== expected) return false;
    expected *= shape[i] as number;
  }
  return true;
}

/** The elements of a strided view in row-major order. */
function pick(
  where: string,
  data: TypedArray | BigInt64Array | readonly number[],
  shape: readonly number[],
  stride: readonly number[],
  offset: number,
): ArrayLike<number> {
  const size = sizeOf(shape);
  const out: { [i: number]: number; length: number } = Array.isArray(data)
    ? new Array<number>(size)
    : new globalThis[classOf(data as TypedArray) as "Float64Array"](size);
  const index = shape.map(() => 0);
  let from = offset;
  for (let k = 0; k < size; k++) {
    if (!(from >= 0 && from < data.length))
      fail(
        "shape",
        `${where} is a strided view that reaches element ${from} of ${data.length}; check shape, stride and offset`,
      );
    out[k] = data[from] as number;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += stride[axis] as number;
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      from -= (stride[axis] as number) * (shape[axis] as number);
      index[axis] = 0;
    }
  }
  return out;
}

/** Nested arrays of numbers or of booleans. */
function nestedOperand(where: string, value: readonly unknown[]): Operand {
  const shape: number[] = [];
  for (let row: unknown = value; Array.isArray(row); row = row[0]) {
    if (shape.length === MAX_DEPTH)
      fail("value", `${where} is an array nested more than ${MAX_DEPTH} levels deep, or one that contains itself`);
    shape.push(row.length);
  }
  if (typeof value[0] === "number" && leadingNumbers(value) === value.length)
    return weakOperand(() => value as readonly number[], shape, value);
  const elements: number[] = [];
  const index: number[] = [];
  const place = (axis: number): string =>
    index
      .slice(0, axis)
      .map((i) => `[${i}]`)
      .join("");
  let type: string | undefined;
  function walk(row: unknown, axis: number): void {
    if (axis < shape.length) {
      if (!Array.isArray(row)) badElement(where, row, place(axis), `an array of ${shape[axis]}`);
      if (row.length !== shape[axis])
        fail(
          "shape",
          `${where} is a ragged array: ${place(axis) || "it"} has ${row.length} elements, others have ` +
            `${shape[axis]}; all rows must have one length`,
        );
      for (let i = 0; i < row.length; i++) {
        index[axis] = i;
        walk(row[i], axis + 1);
      }
      return;
    }
    if (typeof row !== "number" && typeof row !== "boolean") badElement(where, row, place(axis), "a number");
    type ??= typeof row;
    if (typeof row !== type) fail("dtype", `${where} mixes numbers and booleans, first at ${place(axis)}`);
    elements.push(Number(row));
  }
  walk(value, 0);
  return type === "boolean"
    ? arrayOperand(() => Int32Array.from(elements), shape, "bool", value)
    : weakOperand(() => elements, shape, value);
}

function badElement(where: string, element: unknown, place: string, expected: string): never {
  if (element instanceof Tensor)
    return fail(
      "trace",
      `${where} is an array with a traced value at ${place}; join traced values with stack([...]) or array([...])`,
    );
  if (Array.isArray(element))
    return fail("shape", `${where} is a ragged array: ${place} is an array where its neighbours are numbers`);
  if (typeof element === "number")
    return fail("shape", `${where} is a ragged array: ${place} is a number where its neighbours are arrays`);
  if (typeof element === "object" && element !== null && (isTypedArray(element) || isNdArrayLike(element)))
    return fail(
      "value",
      `${where} is a list of arrays (${isTypedArray(element) ? classOf(element) : "{ data, shape }"} at ` +
        `${place}); to make one array of them write stack([...])`,
    );
  return fail("value", `${where} has ${describe(element)} at ${place}; expected ${expected}`);
}

/** A result as a user gets it: a number or boolean, a typed array, or an NdArray. */
export function toValue(data: Data, shape: Shape, dtype: DType): Value {
  if (shape.length === 0) return dtype === "bool" ? data[0] !== 0 : (data[0] as number);
  const elements = dtype === "bool" ? Uint8Array.from(data) : data;
  return shape.length === 1 ? elements : new NdArray(elements, shape, dtype);
}
