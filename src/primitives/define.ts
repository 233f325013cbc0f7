// Constructors of the families of primitives. A family supplies every rule that its members share, so that a record
// states only what is its own.
import { fail } from "../errors.ts";
import { type DType, isFloat, sameShape, showAval } from "../ir/aval.ts";
import { make } from "../ir/build.ts";
import type { MaybeNode, Node, Primitive, Reads } from "../ir/graph.ts";
import { type DualKernel, type LaneKernel, twinOf } from "../ir/kernel.ts";
import type { Lane, Lanes } from "../ir/lanes.ts";
import { broadcast, constValue, full, isBroadcast } from "./spread.ts";

/** A node, or a number that takes the shape and type of the other operands. */
export type Operand = Node | number;

/** Numbers among `operands` become constants like the first node. */
export function lift(name: string, operands: readonly Operand[]): Node[] {
  const like =
    operands.find((x): x is Node => typeof x !== "number" && x.dtype !== "bool") ??
    operands.find((x): x is Node => typeof x !== "number");
  if (!like) return fail("trace", `${name}: at least one operand must be a traced value`);
  return operands.map((x) => (typeof x === "number" ? full(like.shape, x, like.dtype) : x));
}

/** What makes `prim` of one operand. */
export const apply =
  (prim: Primitive) =>
  (x: Node): Node =>
    make(prim, [x]);
/** What makes `prim` of two, one of which may be a number. */
export const apply2 =
  (prim: Primitive) =>
  (a: Operand, b: Operand): Node =>
    make(prim, lift(prim.name, [a, b]));

/** `a + b` of optional tangents. */
export function addMaybe(a: MaybeNode, b: MaybeNode, add: (a: Node, b: Node) => Node): MaybeNode {
  return a && b ? add(a, b) : (a ?? b);
}

/** `x` with a leading batch axis of `size`, if it has none. */
export function batched(x: Node, has: boolean, size: number): Node {
  return has
    ? x
    : broadcast(
        x,
        [size, ...x.shape],
        x.shape.map((_, i) => i + 1),
      );
}

/** Emits a value from those of the operands. */
export type Emit = (e: Lanes, x: readonly Lane[]) => Lane;

interface ElementwiseSpec {
  /**
   * Tangent of the output, linear in the tangents `d` (undefined: symbolic zero); may use the inputs `x` and the
   * output `y`.
   */
  jvp?(d: readonly MaybeNode[], x: readonly Node[], y: Node): MaybeNode;
  /** Transposes with respect to the inputs in which the primitive is linear. */
  transpose?(ct: Node, x: readonly Node[], linear: readonly boolean[]): readonly MaybeNode[];
  /** A kernel of the primitive's name, or an expression. */
  readonly emit: LaneKernel | Emit;
  /** The kernel that computes this primitive and another one at once, called where both are needed. */
  readonly dual?: DualKernel | undefined;
  /** Rough nanoseconds per float64 element: decides between recomputing and storing. */
  cost?: number;
  /** Result type, from the type of the operands. */
  result?: (dtype: DType) => DType;
  /** Element types it takes; anything but booleans unless stated. */
  accepts?: readonly DType[];
  /** Exact constant folding (only where the engine and the kernels agree to the bit). */
  fold?(...x: number[]): number;
  simplify?(x: readonly Node[], c: readonly (number | undefined)[]): MaybeNode;
  /**
   * See {@link Primitive.support}, {@link Primitive.homogeneous}, {@link Primitive.scales}, {@link Primitive.finite},
   * {@link Primitive.specializes} and {@link Primitive.reads}.
   */
  support?(x: readonly Node[], of: (x: Node) => MaybeNode): MaybeNode;
  homogeneous?: boolean;
  scales?: boolean;
  finite?: boolean;
  specializes?: boolean;
  reads?: Reads;
}

const NUMERIC: readonly DType[] = ["float64", "float32", "int32"];
export const FLOATS: readonly DType[] = ["float64", "float32"];
export const BOOLS: readonly DType[] = ["bool"];

/** Applies `prim` below a broadcast that all operands share, so that scalars stay scalars. */
function belowBroadcast(prim: Primitive, inputs: readonly Node[]): MaybeNode {
  const wide = inputs.find((x) => isBroadcast(x) && constValue(x) === undefined);
  if (!wide) return undefined;
  const source = wide.inputs[0] as Node;
  const axes = String((wide.params as { axes: number[] }).axes);
  const below: Node[] = [];
  for (const x of inputs) {
    const c = constValue(x);
    const inner = x.inputs[0];
    if (c !== undefined) below.push(full(source.shape, c, x.dtype));
    else if (
      isBroadcast(x) &&
      inner &&
      sameShape(inner.shape, source.shape) &&
      String((x.params as { axes: number[] }).axes) === axes
    )
      below.push(inner);
    else return undefined;
  }
  return broadcast(make(prim, below), wide.shape, (wide.params as { axes: number[] }).axes);
}
/** An element-wise primitive on operands of one shape and type. */
export function elementwise(name: string, spec: ElementwiseSpec): Primitive {
  const { accepts = NUMERIC, emit, dual } = spec;
  const prim: Primitive = {
    name,
    aval(inputs) {
      const first = inputs[0] as Node;
      for (const x of inputs) {
        if (!sameShape(x.shape, first.shape) || x.dtype !== first.dtype)
          fail("shape", `${name}: operands must agree, got ${inputs.map(showAval).join(" and ")}`);
      }
      if (!accepts.includes(first.dtype))
        fail("dtype", `${name}: takes ${accepts.join(" or ")}, got ${showAval(first)}`);
      return { shape: first.shape, dtype: spec.result ? spec.result(first.dtype) : first.dtype };
    },
    simplify(inputs, _params, aval) {
      const c = inputs.map(constValue);
      if (spec.fold && c.every((v) => v !== undefined)) {
        const v = spec.fold(...(c as number[]));
        // Integers wrap around at run time: fold them only where the double is exact.
        if (aval.dtype !== "int32" || Number.isSafeInteger(v)) {
          return full(
            aval.shape,
            aval.dtype === "float32" ? Math.fround(v) : aval.dtype === "int32" ? v | 0 : v,
            aval.dtype,
          );
        }
      }
      return spec.simplify?.(inputs, c) ?? belowBroadcast(prim, inputs);
    },
    batch: (_node, inputs, has, size) =>
      make(
        prim,
        inputs.map((x, i) => batched(x, has[i] as boolean, size)),
      ),
    finite: spec.finite,
    homogeneous: spec.homogeneous,
    scales: spec.scales,
    specializes: spec.specializes,
    reads: spec.reads,
    twin: dual && twinOf(dual, name),
    lower: {
      kind: "lane",
      cost: spec.cost ?? 0.5,
      emit: typeof emit === "function" ? emit : (e, x) => e.call(emit, x, dual),
    },
  };
  if (spec.jvp) {
    const rule = spec.jvp;
    prim.jvp = (node, d) => (isFloat(node.dtype) ? rule(d, node.inputs, node) : undefined);
  }
  if (spec.support) {
    const rule = spec.support;
    prim.support = (node, of) => rule(node.inputs, of);
  }
  if (spec.transpose) {
    const rule = spec.transpose;
    prim.transpose = (node, ct, linear) => rule(ct, node.inputs, linear);
  }
  return prim;
}

/** Marks `prim` as finite for all finite operands (see {@link Primitive.finite}). */
export const finite = (prim: Primitive): Primitive => Object.assign(prim, { finite: true });
