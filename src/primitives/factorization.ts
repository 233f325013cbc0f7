// What the factorizations share: primitives that map matrices to arrays, one kernel call per matrix of a batch;
// triangles of matrices; and results of several parts, packed into one array because a node has one output.
import { fail } from "../errors.ts";
import { type Shape, showAval, sizeOf } from "../ir/aval.ts";
import { make } from "../ir/build.ts";
import type { ArrayRef, CallArgs, KernelArg, MaybeNode, Node, Params, Primitive } from "../ir/graph.ts";
import { type ArrayKernel, instanceOf } from "../ir/kernel.ts";
import { batched } from "./define.ts";
import { iota } from "./leaf.ts";
import { ge, gt, le, lt, select } from "./logic.ts";
import { anyPlace } from "./places.ts";
import { concat, reshape, slice, transpose } from "./shape.ts";
import { broadcast, constValue, zerosLike } from "./spread.ts";
import { isStatic, supportOf } from "./support.ts";

/** A matrix operand of a kernel: its address, row stride and column stride. */
export type MatrixArgs = readonly [address: KernelArg, rowStride: number, columnStride: number];

interface Spec<P extends Params> {
  readonly kernel: ArrayKernel;
  /** Shape of the result from those of the matrices; undefined if they do not fit. */
  result(matrices: readonly Shape[], params: P): Shape | undefined;
  /** Arguments of the kernel. */
  args(node: Node<P>, x: readonly MatrixArgs[], out: KernelArg): readonly KernelArg[];
  /** Whether the kernel reads operands of any strides (else contiguous ones). */
  readonly strided?: readonly boolean[];
  jvp(node: Node<P>, d: readonly MaybeNode[]): MaybeNode;
  transpose?(node: Node<P>, ct: Node, linear: readonly boolean[]): readonly MaybeNode[];
  simplify?(inputs: readonly Node[], params: P, aval: { shape: Shape }): MaybeNode;
  /** For a linear map of its last operand: whether it maps column by column, else matrix by matrix. */
  readonly linear?: "columns" | "matrices";
  /** A batching rule better than repeating what is not batched; undefined where it does not apply. */
  batch?(node: Node<P>, inputs: readonly Node[], has: readonly boolean[], size: number): MaybeNode;
}

/** A primitive on matrices [m, n], or on each matrix of [batch, m, n]. */
export function onMatrices<P extends Params = Params>(name: string, spec: Spec<P>): Primitive<P> {
  const prim: Primitive<P> = {
    name,
    aval(inputs, params) {
      const first = inputs[0] as Node;
      const lead = first.shape.slice(0, -2);
      const shape = spec.result(
        inputs.map((x) => x.shape.slice(-2)),
        params,
      );
      const agree = inputs.every(
        (x) => x.dtype === first.dtype && x.shape.length === first.shape.length && x.shape[0] === first.shape[0],
      );
      if (!shape || lead.length > 1 || (lead.length === 1 && !agree) || inputs.some((x) => x.dtype !== first.dtype))
        fail("shape", `${name}: ${inputs.map(showAval).join(" and ")} do not fit`);
      return { shape: [...lead, ...shape], dtype: first.dtype };
    },
    jvp: spec.jvp,
    reads: spec.linear,
    batch(node, inputs, has, size) {
      const better = spec.batch?.(node, inputs, has, size);
      if (better) return better;
      const xs = inputs.map((x, i) => batched(x, has[i] as boolean, size));
      if (node.inputs[0]?.shape.length === 2) return make(prim, xs, node.params);
      const merged = xs.map((x) => reshape(x, [size * (x.shape[1] as number), ...x.shape.slice(2)]));
      const y = make(prim, merged, node.params);
      return reshape(y, [size, xs[0]?.shape[1] as number, ...y.shape.slice(1)]);
    },
    lower: {
      kind: "call",
      call: (node) => ({ strided: spec.strided ?? node.inputs.map(() => true), emit: (args) => emit(node, args) }),
    },
  };
  if (spec.transpose) prim.transpose = spec.transpose;
  if (spec.simplify) prim.simplify = spec.simplify;
  const { linear } = spec;
  if (linear)
    prim.support = (node, of) => {
      const s = of(node.inputs.at(-1) as Node);
      const r = node.shape.length;
      const lead = r === 3 ? [0] : [];
      if (!s) return undefined;
      return linear === "columns"
        ? broadcast(anyPlace(s, [r - 2]), node.shape, [...lead, r - 1])
        : broadcast(anyPlace(s, [r - 2, r - 1]), node.shape, lead);
    };
  const emit = (node: Node<P>, args: CallArgs): void => {
    const refs = node.inputs.map((_, i) => args.operand(i));
    const batchAxis = node.inputs[0]?.shape.length === 3;
    const body = (counter?: number): void => {
      const ptr = (i: number, x: ArrayRef): KernelArg => ({
        ptr: i,
        ...(counter === undefined ? {} : { advance: [[counter, x.strides[0] as number] as const] }),
      });
      const matrices = refs.map(
        (x, i): MatrixArgs => [ptr(i, x), x.strides.at(-2) as number, x.strides.at(-1) as number],
      );
      args.call(instanceOf(spec.kernel, node.dtype), spec.args(node, matrices, ptr(-1, args.operand(-1))));
    };
    if (node.size === 0) return;
    if (batchAxis) args.loop(node.inputs[0]?.shape[0] as number, body);
    else body();
  };
  return prim;
}

/**
 * A linear map of a derivative, the last operand. The others may be anything where it was selected away: of zeros it
 * makes zeros. One matrix is selected away by a condition, never by its place.
 */
export function mapOf<P extends Params>(prim: Primitive<P>, inputs: readonly Node[], params: P): Node {
  const y = make(prim, inputs, params);
  if (constValue(inputs.at(-1) as Node) === 0) return zerosLike(y);
  const support = y.prim === (prim as unknown) ? supportOf(y) : undefined;
  return support && (y.shape.length === 3 || !isStatic(support)) ? select(support, y, 0) : y;
}

/** The transpose of every matrix. */
export const flipMatrix = (x: Node): Node => {
  const r = x.shape.length;
  return transpose(x, [...Array.from({ length: r - 2 }, (_, i) => i), r - 1, r - 2]);
};

/** Row number minus column number decides: a part of every matrix, zeros elsewhere. */
function part(x: Node, keep: (row: Node, column: Node) => Node): Node {
  const shape = x.shape.slice(-2);
  const mask = keep(iota(shape, 0, "int32"), iota(shape, 1, "int32"));
  const lead = x.shape.length - 2;
  return select(lead === 0 ? mask : broadcast(mask, x.shape, [lead, lead + 1]), x, 0);
}
/** The lower triangle, or without its diagonal. */
export const tril = (x: Node, strict = false): Node => part(x, strict ? gt : ge);
/** The upper triangle, or without its diagonal. */
export const triu = (x: Node, strict = false): Node => part(x, strict ? lt : le);

/** The arrays of `parts`, one after the other: [batch?, sum of their sizes]. `lead` is the number of batch axes. */
export const pack = (parts: readonly Node[], lead: number): Node =>
  concat(
    parts.map((x) => reshape(x, [...x.shape.slice(0, lead), sizeOf(x.shape.slice(lead))])),
    lead,
  );

/** The parts of a packed array, of the given shapes. */
export function unpack(x: Node, shapes: readonly Shape[]): Node[] {
  const lead = x.shape.slice(0, -1);
  let at = 0;
  return shapes.map((shape) => {
    const from = at;
    at += sizeOf(shape);
    return reshape(slice(x, lead.length, from, at), [...lead, ...shape]);
  });
}

/** n if a matrix is n × n. */
export const squareExtent = (shape: Shape | undefined): number | undefined =>
  shape && shape[0] === shape[1] ? shape[0] : undefined;
