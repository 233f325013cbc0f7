// The steps of a program, in order, as plain data: what is called, looped over or copied. What each reads and writes.
import type { Node } from "../../ir/graph.ts";
import { constValue } from "../../primitives/spread.ts";
import type { Body } from "../plan/body.ts";
import type { Nest, Plan } from "../plan/plan.ts";
import { type Operand, resolve } from "../plan/pull.ts";
import { bodiesOf } from "../plan/puller.ts";
import { type PreparedCall, prepareCall } from "./calls.ts";

/** `packed[b · rows + a] = array[a · stride + b]` */
export interface Packed {
  readonly array: Node;
  readonly packed: Node;
  readonly stride: number;
  readonly rows: number;
}
export interface CallStep {
  readonly kind: "call";
  readonly call: PreparedCall;
}
/** A copy between an array and its packed form. */
export interface CopyStep {
  readonly kind: "copy";
  readonly packed: Packed;
  /** From the packed form to the array. */
  readonly back: boolean;
}
/** A nest of loops, one body per box. */
export interface LoopStep {
  readonly kind: "loop";
  readonly nest: Nest;
  readonly bodies: readonly Body[];
  readonly form: Form;
}
/** A loop or a choice: what it takes and gives (primitives/control.ts). */
export interface ControlStep {
  readonly kind: "control";
  readonly node: Node;
  /** Arrays in memory, or the number that all elements of an input are. */
  readonly operands: readonly (Operand | number)[];
  /** Those of its results that are used. */
  readonly results: readonly Node[];
  /** What runs in it, once it is planned (control.ts): a condition and a body, or branches. */
  readonly blocks: readonly Block[];
  readonly own?: ControlLayout;
}
export type Step = CallStep | CopyStep | LoopStep | ControlStep;

/** Steps that compute the results of a closed graph of parameters, with memory of their own. */
export interface Block {
  readonly parameters: readonly Node[];
  readonly steps: readonly Step[];
  /** The node whose memory holds result i, where it is used. */
  readonly outputs: readonly (Node | undefined)[];
}

/** Where what steps store lies, relative to where their memory begins. */
export interface Layout {
  readonly arrays: ReadonlyMap<Node, number>;
  /** What loops and choices among the steps have for themselves. */
  readonly controls: ReadonlyMap<ControlStep, number>;
  readonly size: number;
}

/** The memory that a loop or a choice has for itself. */
export interface ControlLayout {
  /** Carries whose final values are not asked for. */
  readonly carries: ReadonlyMap<Node, number>;
  /** Results of the body that are in the memory of a parameter from the start. */
  readonly inPlace: ReadonlyMap<Node, Node>;
  /** Of its blocks. */
  readonly blocks: readonly (Layout & { readonly at: number })[];
  readonly size: number;
  /** Whether it fills stacks that grow. */
  readonly grows: boolean;
}

/** How a nest becomes code (emit/passes.ts). */
export type Form =
  /** Box by box, each a loop of its own. */
  | { readonly kind: "boxes" }
  /** Straight-line code in several functions (chunks.ts). */
  | { readonly kind: "chunks" }
  /** Every pair i ≤ j once (pairs.ts): the first `beside` sinks are those of pairs i < j, the others those of i = j. */
  | { readonly kind: "triangle"; readonly beside: number }
  /** Rows block by block, calls before and after each block (sweep.ts); without bodies, nothing but calls. */
  | {
      readonly kind: "blocks";
      readonly before: readonly PreparedCall[];
      readonly after: readonly PreparedCall[];
      readonly rows: number;
      /** Rows of a block. */
      readonly block: number;
    }
  /** Piece by piece, arrays seen through windows (stream.ts): first elements, pieces, the last one, what is left. */
  | {
      readonly kind: "windows";
      readonly stream: Stream;
      readonly head: readonly Body[];
      readonly piece: Body;
      readonly last: Body;
      readonly tail: readonly Body[];
    };

/** The geometry of a streamed program, in elements of its one loop. */
export interface Stream {
  /** The inner box `[lo, hi)` is run in `pieces` of `piece` elements (the last one shorter). */
  readonly lo: number;
  readonly hi: number;
  readonly total: number;
  readonly pieces: number;
  readonly piece: number;
  /** A window holds `width` elements, from `before` ahead of its piece. */
  readonly before: number;
  readonly width: number;
  /** Parameters and outputs that are seen through a window in the work region; all others are whole. */
  readonly windowed: ReadonlySet<Node>;
  /** Bytes by which the bases of the data and point regions advance per element: their arrays are walked in place. */
  readonly advance: readonly [data: number, point: number];
}

export const BOXES: Form = { kind: "boxes" };

/** The steps of a plan, before any pass. */
export const stepsOf = ({ steps, roots }: Plan): Step[] =>
  steps.map(
    (s): Step =>
      s.kind === "call"
        ? { kind: "call", call: prepareCall(s.node, roots) }
        : s.kind === "nest"
          ? { kind: "loop", nest: s, bodies: bodiesOf(s), form: BOXES }
          : {
              kind: "control",
              node: s.node,
              operands: s.node.inputs.map((x) => constValue(x) ?? resolve(x, false, roots)),
              results: s.results,
              blocks: [],
            },
  );

/** `steps` with each nest replaced by what `pass` makes of it. */
export const eachLoop = (steps: readonly Step[], pass: (s: LoopStep) => readonly Step[]): Step[] =>
  steps.flatMap((s) => (s.kind === "loop" ? pass(s) : [s]));

export const callsOf = (s: Step): readonly PreparedCall[] =>
  s.kind === "call"
    ? [s.call]
    : s.kind === "loop" && s.form.kind === "blocks"
      ? [...s.form.before, ...s.form.after]
      : [];

/** The steps, and those that run in them. */
export const allSteps = (steps: readonly Step[]): readonly Step[] =>
  steps.some((s) => s.kind === "control")
    ? steps.flatMap((s) => (s.kind === "control" ? [s, ...s.blocks.flatMap((b) => allSteps(b.steps))] : [s]))
    : steps;

/** The arrays that a step writes. */
export function writesOf(s: Step): Node[] {
  if (s.kind === "copy") return [s.back ? s.packed.array : s.packed.packed];
  if (s.kind === "control") return [...s.results];
  const stored = s.kind === "loop" ? s.nest.roots.map((r) => r.node) : [];
  return [...stored, ...callsOf(s).flatMap((c) => c.nodes)];
}

/** The arrays that a step reads from memory, each once or several times. */
export function* readsOf(s: Step): Generator<Node> {
  if (s.kind === "copy") yield s.back ? s.packed.packed : s.packed.array;
  if (s.kind === "control") for (const o of s.operands) if (typeof o !== "number") yield o.base;
  if (s.kind === "loop") for (const b of s.bodies) for (const v of b.live) if (v.source) yield v.source;
  for (const c of callsOf(s)) for (const o of c.operands) yield o.base;
}

export function reads(s: Step, n: Node): boolean {
  for (const x of readsOf(s)) if (x === n) return true;
  return false;
}
