// The steps of a program, in order, as plain data: what is called, looped over or copied. What each reads and writes.
import type { Node } from "../../ir/graph.ts";
import type { Body } from "../plan/body.ts";
import type { Operand } from "../plan/pull.ts";
import { bodiesOf } from "../plan/puller.ts";
import type { Nest, Plan, Root } from "../plan/root.ts";
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
/** A loop or a choice (primitives/control.ts): the rest of the compiler sees no more of it than of any step. */
export interface ControlStep {
  readonly kind: "control";
  readonly node: Node;
  /** Those of its results that are used. */
  readonly results: readonly Node[];
  /** What the plan that it stands in stores. */
  readonly stored: ReadonlyMap<Node, Root>;
  /** Arrays that it reads and writes, and what is called in it; these and `inside` are known from control.ts on. */
  readonly reads: readonly Node[];
  readonly writes: readonly Node[];
  readonly calls: readonly PreparedCall[];
  readonly inside?: Inside;
}
export type Step = CallStep | CopyStep | LoopStep | ControlStep;

/** What runs in a loop or a choice. */
export interface Inside {
  /** Arrays in memory, or the number that all elements of an input are. */
  readonly operands: readonly (Operand | number)[];
  /** A body, and a condition; or branches. */
  readonly blocks: readonly Block[];
  /** An array for all that it has for itself, and by bytes what lies where in it. */
  readonly memory: Node;
  /** Carries whose final values are not asked for. */
  readonly carries: ReadonlyMap<Node, number>;
  /** Results of the body that are in the memory of a parameter from the start. */
  readonly inPlace: ReadonlyMap<Node, Node>;
}
/** Steps that compute the results of a closed graph of parameters. */
export interface Block {
  readonly parameters: readonly Node[];
  readonly steps: readonly Step[];
  /** The node whose memory holds result i, where it is used. */
  readonly outputs: readonly (Node | undefined)[];
  /** Where what the steps store lies, in bytes. */
  readonly places: ReadonlyMap<Node, number>;
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
export const stepsOf = ({ steps }: Plan): Step[] =>
  steps.map(
    (s): Step =>
      s.kind === "call"
        ? { kind: "call", call: prepareCall(s.node, s.stored) }
        : s.kind === "nest"
          ? { kind: "loop", nest: s, bodies: bodiesOf(s), form: BOXES }
          : { ...s, reads: [], writes: [], calls: [] },
  );

/** `steps` with each nest replaced by what `pass` makes of it. */
export const eachLoop = (steps: readonly Step[], pass: (s: LoopStep) => readonly Step[]): Step[] =>
  steps.flatMap((s) => (s.kind === "loop" ? pass(s) : [s]));

export function callsOf(s: Step): readonly PreparedCall[] {
  if (s.kind === "control") return s.calls;
  if (s.kind === "call") return [s.call];
  return s.kind === "loop" && s.form.kind === "blocks" ? [...s.form.before, ...s.form.after] : [];
}

/** The arrays that a step writes. */
export function writesOf(s: Step): readonly Node[] {
  if (s.kind === "control") return s.writes;
  if (s.kind === "copy") return [s.back ? s.packed.array : s.packed.packed];
  const stored = s.kind === "loop" ? s.nest.roots.map((r) => r.node) : [];
  return [...stored, ...callsOf(s).flatMap((c) => c.nodes)];
}

/** The arrays that a step reads from memory, each once or several times. */
export function* readsOf(s: Step): Generator<Node> {
  if (s.kind === "control") return yield* s.reads;
  if (s.kind === "copy") yield s.back ? s.packed.packed : s.packed.array;
  if (s.kind === "loop") for (const b of s.bodies) for (const v of b.live) if (v.source) yield v.source;
  for (const c of callsOf(s)) for (const o of c.operands) yield o.base;
}

export function reads(s: Step, n: Node): boolean {
  for (const x of readsOf(s)) if (x === n) return true;
  return false;
}
