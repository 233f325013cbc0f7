// The graph: immutable, typed, hash-consed nodes, and the record that says everything about a primitive.
// Ids grow from inputs to users, so sorting by id is a topological order and no pass needs recursion.
import type { Aval, DType, Shape } from "./aval.ts";
import { sizeOf } from "./aval.ts";
import type { Affine, Cell } from "./index-map.ts";
import type { Kernel } from "./kernel.ts";
import type { Lane, Lanes } from "./lanes.ts";

/** Static, hashable metadata of a node (axes, sizes, constants): never traced. */
export type Params = object;

/** One operation applied to earlier nodes. Two nodes of a session are equal exactly when they are the same object. */
export class Node<P extends Params = Params> {
  readonly size: number;
  /** Scratch of graph walks (walk.ts): which walk came by last. */
  mark = 0;
  /** Answers of primitives/support.ts, once asked. */
  support?: { readonly mask: MaybeNode };
  mayBlowUp?: boolean;
  constructor(
    readonly id: number,
    readonly prim: Primitive<P>,
    readonly inputs: readonly Node[],
    readonly params: P,
    readonly shape: Shape,
    readonly dtype: DType,
  ) {
    this.size = sizeOf(shape);
  }
}

/**
 * A graph as a value (closed.ts): its leaves are its parameters, scalar constants and index ranges, and nothing else.
 * Equal ones of a session are the same object.
 */
export class Closed {
  constructor(
    readonly parameters: readonly Node[],
    readonly outputs: readonly Node[],
    /** As text, equal exactly for equal graphs; `other` says what stands for objects among parameters. */
    readonly text: (other?: (object: object) => string) => string,
  ) {}
}

/** An optional tangent or cotangent; `undefined` is a symbolic zero and is never materialized. */
export type MaybeNode = Node | undefined;

/**
 * Where the elements of a view come from: an element of one of its inputs (by coordinates, or by row-major position),
 * or zero.
 */
export type ViewSource =
  | { readonly input: number; readonly index: readonly Affine[] }
  | { readonly input: number; readonly flat: Affine }
  | "zero";

export type ReduceOp = "add" | "mul" | "max" | "min" | "or";

/** How the compiler turns a node into code. */
export type Lowering<P extends Params = Params> =
  /** Memory or an immediate: parameters and constants. */
  | { readonly kind: "leaf" }
  /** One lane expression per element; `cost` in rough nanoseconds of one float64 element. */
  | { readonly kind: "lane"; readonly cost: number; emit(e: Lanes, args: readonly Lane[], node: Node<P>): Lane }
  /** An index map: no arithmetic, no copy. `flat`: keeps the row-major order of its input. `repeats`:
   * every element of the input is an element of the view, and nothing else is. */
  | {
      readonly kind: "view";
      readonly flat?: boolean;
      readonly repeats?: boolean;
      source(node: Node<P>, index: readonly Affine[], cell: Cell): ViewSource;
    }
  /** The value of an index: `base + step · index[axis]`. */
  | { readonly kind: "iota"; axis(node: Node<P>): number }
  /** Fold `params.axes` with `op`. */
  | { readonly kind: "reduce"; readonly op: ReduceOp }
  /** Element of input 0 picked along `params.axis` by the integer input 1. */
  | { readonly kind: "gather" }
  /** Call of a kernel on whole arrays. */
  | { readonly kind: "call"; call(node: Node<P>): KernelCall }
  /**
   * No code of its own: compiled as the equal composition `of` (which functions with rules of their own are made of).
   */
  | { readonly kind: "composition"; of(node: Node<P>): Node }
  /** A graph applied to the inputs: inlined, or, where it is a `step`, kept apart (`params.body` is the graph then). */
  | {
      readonly kind: "closed";
      body(node: Node<P>): Closed;
      step(node: Node<P>): boolean;
      calculus(node: Node<P>): Calculus;
    }
  /** A loop over graphs, or a choice among them (primitives/control.ts). */
  | { readonly kind: "control"; rules(node: Node<P>): ControlCode }
  /** The memory of one result of the input. */
  | { readonly kind: "part" };

/** A use of a whole array by a kernel: which input, and whether any strides will do. */
export interface KernelCall {
  /**
   * Kernel family (the Wasm module) and the inputs that may be passed as strided views instead of contiguous arrays.
   */
  readonly strided: readonly boolean[];
  /** When set, the output starts as a copy of this input (then updated in place). */
  readonly init?: number;
  emit(args: CallArgs): void;
}

/** A contiguous or strided array in memory, as a kernel call sees it: strides in elements, one per axis. */
export interface ArrayRef {
  readonly shape: Shape;
  readonly strides: readonly number[];
}

/** Services that a kernel call's emitter uses. Operand `-1` is the output. */
export interface CallArgs {
  operand(i: number): ArrayRef;
  /** True when the output buffer already holds a value that the kernel must add to. */
  readonly accumulate: boolean;
  /**
   * Calls `kernel`; numbers are int32 constants, `{ptr}` operand addresses (`plus` elements per loop count),
   * `{workspace}` so many bytes of scratch memory.
   */
  call(kernel: Kernel, args: readonly KernelArg[], rows?: Rows): void;
  /** Runs `body` for every index of a batch loop; `ptr` arguments may then advance per count. */
  loop(count: number, body: (counter: number) => void): void;
}

/** How a kernel on the rows of a matrix is called for some of them. */
export interface Rows {
  /** The argument that says how many rows. */
  readonly count: number;
  /** Arguments that advance from row to row, and by how many elements. */
  readonly advance: readonly (readonly [argument: number, elements: number])[];
  /** The argument that makes the kernel add to its output, where that is a sum over the rows. */
  readonly sum?: number;
  /**
   * The kernel that makes two calls at once which differ in some arguments only: it takes those of the second after
   * all of the first.
   */
  readonly twice?: { readonly kernel: Kernel; readonly differ: readonly number[] };
}

export type KernelArg =
  | number
  | { readonly workspace: number }
  | {
      readonly ptr: number;
      readonly plus?: number;
      readonly advance?: readonly (readonly [counter: number, elements: number])[];
    };

/** An index that never changes, and what is known of it (primitives/fixed-index.ts). */
export interface FixedIndex {
  readonly index: Node;
  /** Captured arrays that are inputs of the nodes that know it, after the others. */
  readonly arrays: readonly Node[];
  /**
   * Calls the kernel that adds the rows of operand 2, one per place of the index, to the rows of the output that the
   * index means; its arrays are operands from 3 on.
   */
  add(args: CallArgs): void;
}

/**
 * What is known of an int32 `index` into an array with `rows` rows of `inner` elements of type `dtype`; undefined
 * where it may change, or the elements have no derivatives.
 */
export type Know = (index: Node, rows: number, inner: number, dtype: DType) => FixedIndex | undefined;

/**
 * What a result reads of the inputs that it is linear in, where `lower` does not tell (sparse/kernels.ts). `product`:
 * elements in the same place, none where the other factor is zero.
 */
export type Reads = "product" | "contraction" | "scatter" | "running" | "windows" | "columns" | "matrices";

/** Everything the system knows of one primitive. Interpreters are generic over records. */
export interface Primitive<P extends Params = Params> {
  readonly name: string;
  /** Shape rule; throws an HvpError naming the operation and the shapes. */
  aval(inputs: readonly Node[], params: P): Aval;
  /** Local algebra at construction: an equal, simpler node, or undefined. */
  simplify?(inputs: readonly Node[], params: P, aval: Aval): MaybeNode;
  /** An equal node that knows of its indices what `know` tells. */
  fixed?(node: Node<P>, know: Know): MaybeNode;
  /**
   * Forward rule: tangent of the output; tangents are symbolic zeros where undefined. Absent: not differentiable,
   * tangent zero.
   */
  jvp?(node: Node<P>, tangents: readonly MaybeNode[]): MaybeNode;
  /** An equal composition that is differentiated instead of the node (then `jvp` is absent). */
  expand?(node: Node<P>): Node;
  /** Transpose of a node that is linear in the inputs marked `linear`: the cotangents of those inputs. */
  transpose?(node: Node<P>, ct: Node, linear: readonly boolean[]): readonly MaybeNode[];
  /**
   * Where the node can differ from zero, from the same of its inputs (see primitives/support.ts); absent: nothing is
   * known.
   */
  support?(node: Node<P>, of: (x: Node) => MaybeNode): MaybeNode;
  /** `select`: with a third operand of zeros it masks the second, and is kept outermost. */
  readonly masks?: boolean | undefined;
  /** The product of derivatives: a first operand that is a power of two moves outwards. */
  readonly scales?: boolean | undefined;
  /**
   * What does not move multiplies or divides what does, so that a node linear in its moving inputs adds nothing to
   * them.
   */
  readonly homogeneous?: boolean | undefined;
  /**
   * Code and rules depend on the values of operands that are numbers: `evaluate` does not make arguments of such
   * numbers.
   */
  readonly specializes?: boolean | undefined;
  /** Finite inputs give finite results, overflow of sums and products apart. */
  readonly finite?: boolean | undefined;
  /** See {@link Reads}; absent: a kernel reads all, other results read elements in the same place. */
  readonly reads?: Reads | undefined;
  /** Batching rule: inputs marked `batched` carry the batch as axis 0, and so does the result. */
  batch(node: Node<P>, inputs: readonly Node[], batched: readonly boolean[], size: number): Node;
  /**
   * The sum of such nodes over a batch, which all `inputs` carry as axis 0, as one node. Absent: adding them up one by
   * one is as good.
   */
  sumOver?(inputs: readonly Node[]): Node;
  /** Of nodes that are zero but for one piece; `pack` makes sums of them from few terms (primitives/pieces.ts). */
  readonly piece?: {
    of(node: Node): Piece;
    /** Pieces side by side. */
    join(parts: readonly Node[], axis: number): Node;
    pack(terms: readonly Node[]): readonly Node[];
  };
  /**
   * Of nodes that change rows of input 0, which are alone other than zero where that is: what they add to `array`, put
   * into it, whatever its shape. So a sum, or a union of booleans, changes a few rows of an array.
   */
  onto?(node: Node<P>, array: Node): Node;
  /** The primitive whose value a dual kernel computes along with this one, of the same operands. */
  readonly twin?: string | undefined;
  /** Set where a node has several results, which `part` reads (part.ts): their rules, in place of those above. */
  readonly several?: Several<P>;
  readonly lower: Lowering<P>;
}

/** `x`, put at `start` along `axis` of zeros. */
export interface Piece {
  readonly x: Node;
  readonly axis: number;
  readonly start: number;
}

// ---- several results ----

/** A graph derived from another one. */
export interface Derived {
  readonly graph: Closed;
  /** What else the graph takes, after the arguments that its maker names. */
  readonly captured: readonly Node[];
  /** Which results there are; the others are symbolic zeros. */
  readonly present: readonly boolean[];
  /** For each result that is there the result, after these, that is its support; -1 where nothing is known. */
  readonly supports: readonly number[];
}

/**
 * Forward mode of a graph. Arguments: those of `body`, tangents of those that are `moving`, supports of the tangents
 * that are `masked`. Results: tangents.
 */
export type Push = (body: Closed, moving: readonly boolean[], masked: readonly boolean[]) => Derived;
/**
 * Transpose of a graph that is linear in the arguments marked `linear`. Arguments: the others, cotangents of the
 * results that are `given`, supports of those that are `masked`. Results: cotangents of the linear arguments.
 */
export type Pull = (
  body: Closed,
  linear: readonly boolean[],
  given: readonly boolean[],
  masked: readonly boolean[],
) => Derived;
/** A graph for a batch: arguments marked `batched` and all results carry it as axis 0. */
export type Over = (body: Closed, batched: readonly boolean[], size: number) => Closed;

/**
 * What is done with closed graphs, and with calls of them before the plan. Whoever makes a call hands it in
 * (api/calls.ts), so that programs without calls, and their bundles, have none of it.
 */
export interface Calculus {
  readonly push: Push;
  readonly pull: Pull;
  readonly over: Over;
  /**
   * What becomes of a call before the plan; undefined: it stays as it is, a step. With `all`, no step stays, or with
   * "calls" loops alone.
   */
  expanded(call: Node, all: boolean | "calls"): Node | readonly Node[] | undefined;
  /** The results of a step, in the graph that is planned. */
  opened(step: Node): readonly Node[];
}

/** How loops and choices are compiled. */
export interface ControlCode extends Pick<Calculus, "expanded" | "opened"> {
  /** The results of two nodes in place of one: of what does not depend on `directions`, and of the rest. */
  apart(node: Node, directions: readonly Node[]): readonly Node[] | undefined;
  /** Brings the passes that compile them to the open session (build.ts). */
  bring(): void;
}

/** The rules of a primitive with several results. */
export interface Several<P extends Params = Params> {
  results(inputs: readonly Node[], params: P): readonly Aval[];
  /** An equal, simpler node than result `i`. */
  simplify?(node: Node<P>, i: number): MaybeNode;
  /** Tangents of the results. */
  jvp?(node: Node<P>, tangents: readonly MaybeNode[]): readonly MaybeNode[];
  /** Cotangents of the inputs marked `linear`, for those of the results. */
  transpose?(node: Node<P>, cts: readonly MaybeNode[], linear: readonly boolean[]): readonly MaybeNode[];
  /** The results for a batch, which all of them carry. */
  batch(node: Node<P>, inputs: readonly Node[], batched: readonly boolean[], size: number): readonly Node[];
  /** Where result `i` can differ from zero. */
  support?(node: Node<P>, i: number): MaybeNode;
}
