// How an operation runs: convert and promote its operands, broadcast them if it is element-wise, then either add a
// node to the open trace or, outside a trace, compile, compute and convert the result at once.
import { checkCount, fail } from "../errors.ts";
import { type DType, type Shape, sameShape, showShape } from "../ir/aval.ts";
import { inSession, leaked, tracing } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { convert } from "../primitives/cast.ts";
import { parameter } from "../primitives/leaf.ts";
import { reshape } from "../primitives/shape.ts";
import { broadcast } from "../primitives/spread.ts";
import { evaluate } from "../run/evaluate.ts";
import {
  describe,
  elementsOf,
  isExtent,
  isNdArrayLike,
  isPlain,
  type Operand,
  operandOf,
  show,
  toValue,
} from "../trace/convert.ts";
import { type Kind, promote } from "../trace/promote.ts";
import { Tensor } from "../trace/tracer.ts";
import type { Binary, TensorLike, Unary, Value } from "../trace/types.ts";

/** Operands of `name`, numbered from 1 in messages where there are several. */
export const operandsOf = (name: string, values: readonly unknown[]): Operand[] =>
  Array.from(values, (v, i) =>
    operandOf(values.length === 1 ? `${name}: the operand` : `${name}: operand ${i + 1}`, v),
  );

/**
 * Builds a result from operands converted to `dtypes`, in the open trace or at once. `weak`: the operands have no
 * type of their own.
 */
export function operate(
  name: string,
  operands: readonly Operand[],
  dtypes: readonly DType[],
  weak: boolean,
  build: (...x: Node[]) => Node,
): Tensor | Value {
  return operateAll(name, operands, dtypes, weak, (...x) => [build(...x)])[0] as Tensor | Value;
}

/** The same for an operation with several results. */
export function operateAll(
  name: string,
  operands: readonly Operand[],
  dtypes: readonly DType[],
  weak: boolean,
  build: (...x: Node[]) => readonly Node[],
): (Tensor | Value)[] {
  const convertible = (y: Node): boolean => weak && y.dtype === "float64";
  if (tracing())
    return build(...operands.map((x, i) => x.node(dtypes[i] as DType))).map((y) => new Tensor(y, convertible(y)));
  if (operands.some((x) => x.traced)) leaked(`${name}: an operand`);
  return inSession(() => {
    const inputs = operands.map((x, i) => parameter(x.shape, x.weak ? (dtypes[i] as DType) : x.dtype));
    return compute(
      build(...inputs.map((p, i) => convert(p, dtypes[i] as DType))),
      inputs,
      operands.map((x, i) => elementsOf(x, dtypes[i] as DType)),
    );
  });
}

function compute(outputs: readonly Node[], inputs: readonly Node[], data: Parameters<typeof evaluate>[2]): Value[] {
  const results = evaluate([...outputs], [...inputs], data);
  return outputs.map((y, i) => toValue(results[i] as Parameters<typeof toValue>[0], y.shape, y.dtype));
}

/** An operation on operands of one promoted type. */
export function apply(
  name: string,
  values: readonly unknown[],
  kind: Kind,
  build: (...x: Node[]) => Node,
): Tensor | Value {
  const operands = operandsOf(name, values);
  const { dtype, weak } = promote(operands, kind);
  return operate(
    name,
    operands,
    operands.map(() => dtype),
    weak,
    build,
  );
}

/** An operation on operands of one promoted type that has several results, computed together. */
export function applyMany(
  name: string,
  values: readonly unknown[],
  kind: Kind,
  build: (...x: Node[]) => Node[],
): (Tensor | Value)[] {
  const operands = operandsOf(name, values);
  const { dtype, weak } = promote(operands, kind);
  return operateAll(
    name,
    operands,
    operands.map(() => dtype),
    weak,
    build,
  );
}

/** An operation written with other operations: `body` gets its operands as traced values. */
export function compose(name: string, values: readonly unknown[], body: (...x: Tensor[]) => Tensor): Tensor | Value {
  const operands = operandsOf(name, values);
  if (tracing()) return body(...operands.map((x) => new Tensor(x.node(x.dtype), x.weak)));
  if (operands.some((x) => x.traced)) leaked(`${name}: an operand`);
  return inSession(() => {
    const inputs = operands.map((x) => parameter(x.shape, x.dtype));
    const y = body(...inputs.map((p, i) => new Tensor(p, (operands[i] as Operand).weak))).node;
    return compute(
      [y],
      inputs,
      operands.map((x) => elementsOf(x, x.dtype)),
    )[0] as Value;
  });
}

/** The shape that arrays of `shapes` broadcast to, as in NumPy: aligned at the last axis, extents equal or 1. */
export function broadcastShapes(name: string, shapes: readonly Shape[]): number[] {
  const rank = Math.max(...shapes.map((s) => s.length));
  const result: number[] = new Array(rank).fill(1);
  for (const s of shapes) {
    s.forEach((d, i) => {
      const axis = rank - s.length + i;
      const known = result[axis] as number;
      if (known !== d && known !== 1 && d !== 1) {
        fail(
          "shape",
          `${name}: shapes ${shapes.map(showShape).join(" and ")} do not broadcast: aligned at the last axis, ` +
            `extents must be equal or 1, got ${known} and ${d} at axis ${axis - rank}; line axes up with reshape ` +
            "or expandDims",
        );
      }
      if (d !== 1) result[axis] = d;
    });
  }
  return result;
}

/** `x` repeated to `shape`, which it broadcasts to. */
export function expand(x: Node, shape: Shape): Node {
  if (sameShape(x.shape, shape)) return x;
  const lead = shape.length - x.shape.length;
  const kept = x.shape.map((_, i) => i).filter((i) => x.shape[i] === shape[lead + i]);
  const narrow = reshape(
    x,
    kept.map((i) => x.shape[i] as number),
  );
  return broadcast(
    narrow,
    shape,
    kept.map((i) => lead + i),
  );
}

/** An element-wise operation: operands promoted to one type and broadcast to one shape. */
export function elementwise(
  name: string,
  values: readonly unknown[],
  kind: Kind,
  build: (...x: Node[]) => Node,
): Tensor | Value {
  return apply(name, values, kind, (...x) => {
    const shape = broadcastShapes(
      name,
      x.map((n) => n.shape),
    );
    return build(...x.map((n) => expand(n, shape)));
  });
}

/**
 * `f` as the operation `name`, which takes at most `most` arguments. More are an error that says `usage`, except for
 * the index and the array that `[…].map(f)` and `[…].reduce(f)` pass.
 */
export function operation<F>(name: string, most: number, f: (...args: never[]) => unknown, usage?: string): F {
  return ((...args: unknown[]) => {
    const [index, array, ...more] = args.slice(most);
    // Anything but a number is no index, and may have no text that could be a key.
    const isPlace = typeof index === "number" && more.length === 0 && Object.is(Object(array)[index], args[most - 1]);
    if (args.length > most && !isPlace) checkCount(name, args.slice(most), usage ?? taken(name, most, args));
    return f(...(args as never[]));
  }) as F;
}

/** What an operation on `most` arguments says of `args`, which are more. */
function taken(name: string, most: number, args: readonly unknown[]): string {
  if (typeof args[most] === "number") return `it takes ${most}; in a callback write (x) => ${name}(x, …)`;
  const arrays = args.slice(0, most).every((x, i) => Object(x) === x || i === 0);
  const settings = args.length === most + 1 && isPlain(args[most]) && !isNdArrayLike(args[most] as object);
  return settings && arrays && !isPlain(args[most - 1])
    ? `it takes ${most === 1 ? "one array" : `${most} arrays`} and no options`
    : `it takes ${most}`;
}

/** An operation on one array. */
export function unary<F = Unary>(name: string, kind: Kind, build: (x: Node) => Node, usage?: string): F {
  return operation(name, 1, (x: TensorLike) => apply(name, [x], kind, build), usage);
}

/** An element-wise operation on two arrays. `nests`: what it means for three is plain. */
export function binary<F = Binary>(name: string, kind: Kind, build: (a: Node, b: Node) => Node, nests = false): F {
  return operation(
    name,
    2,
    (a: TensorLike, b: TensorLike) => elementwise(name, [a, b], kind, build),
    nests ? nested(name) : undefined,
  );
}

/** How an operation on two arrays is used for three. */
export function nested(name: string): string {
  return `write ${name}(${name}(a, b), c)`;
}

const isArray = (x: unknown): boolean =>
  typeof x === "object" && x !== null && (Array.isArray(x) || ArrayBuffer.isView(x) || "shape" in x);

/** How operations on a list of arrays are used. */
export function oneList(name: string): string {
  return `pass one list of arrays: ${name}([a, b]), not ${name}(a, b)`;
}

/** Refuses `more`, what stands where settings belong, if it is an array: the operation takes one list of arrays. */
export function refuseArray(name: string, more: unknown): void {
  if (isArray(more)) fail("value", `${name}: ${oneList(name)}`);
}

/** Reads settings, refusing what is none, and names that the operation does not know. */
export function checkOptions(
  name: string,
  options: unknown,
  known: readonly string[],
  axis = "",
): asserts options is object {
  if (typeof options !== "object" || options === null || isArray(options))
    fail(
      "value",
      `${name}: expected ${axis}settings { ${known.join(", ")} }, got ${describe(options)}; leave it out for the ` +
        "default",
    );
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) fail("value", `${name}: unknown option ${key}; the options are ${known.join(", ")}`);
  }
}

/** The elements of a setting that is a number or a list of them. */
export function numbersOf(where: string, value: unknown): number[] {
  const x = operandOf(where, value);
  return x.traced || x.shape.length > 1 || x.dtype === "bool"
    ? fail("value", `${where}: expected numbers that are known when the function is traced, got ${show(value)}`)
    : Array.from(x.data("float64"));
}

/** `shape`, or the vector's shape that a number stands for, checked to be one; extents may be `least` too. */
export function shapeOf(name: string, shape: unknown, least = 0): number[] {
  const list = typeof shape === "number" ? [shape] : shape;
  if (!Array.isArray(list) || !Array.from(list).every((d) => isExtent(d) || d === least))
    return fail(
      "shape",
      `${name}: ${show(list)} is not a shape; extents must be non-negative integers${least ? ", or -1 once" : ""}`,
    );
  return list;
}

/** The one argument of `rest`, which may be a list: in `sum(x, 0, 1)` the 1 would be lost. */
export function only<T>(name: string, [first, ...more]: readonly T[]): T | undefined {
  checkCount(
    name,
    more,
    isArray(more[0])
      ? `in a callback write (x) => ${name}(x, …)`
      : `pass several as one list, ${show([first, ...more])}`,
  );
  return first;
}

/** The settings `rest` has at most, for which an axis or a list of axes may stand; refuses anything else. */
export function axisOptions(
  name: string,
  rest: readonly unknown[],
  known: readonly string[],
): Readonly<Record<string, unknown>> {
  only(name, rest);
  const [options = {}] = rest;
  if (typeof options === "number" || Array.isArray(options)) return { axis: options };
  checkOptions(name, options, known, "an axis, or ");
  return options as Record<string, unknown>;
}

/** An axis as an index from the front. */
export function axisOf(name: string, axis: unknown, rank: number): number {
  if (typeof axis !== "number") fail("axis", `${name}: an axis must be an integer, got ${describe(axis)}`);
  const a = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || a < 0 || a >= rank) {
    fail(
      "axis",
      rank === 0
        ? `${name}: axis ${axis} of a scalar; a scalar has no axes`
        : `${name}: axis ${axis} is out of range for an array of ${rank} ${rank === 1 ? "axis" : "axes"}; ` +
            `expected an integer from ${-rank} to ${rank - 1}`,
    );
  }
  return a;
}

/** Axes as indices from the front, in the order given; `undefined` and `null` are all of them. */
export function axisList(name: string, axes: unknown, rank: number): number[] {
  if (axes === undefined || axes === null) return Array.from({ length: rank }, (_, i) => i);
  if (typeof axes !== "number" && !Array.isArray(axes))
    fail("axis", `${name}: the axis must be an integer or a list of integers, got ${describe(axes)}`);
  const list = Array.from(typeof axes === "number" ? [axes] : axes, (a) => axisOf(name, a, rank));
  if (new Set(list).size < list.length) fail("axis", `${name}: axes ${show(axes)} name an axis twice`);
  return list;
}

/** Axes as increasing indices from the front; `undefined` and `null` are all of them. */
export function axesOf(name: string, axes: unknown, rank: number): number[] {
  return axisList(name, axes, rank).sort((a, b) => a - b);
}
