// The steps of a program, in order: kernel calls and loops, each on its own, or several at once (sweep.ts).

import type { Fn } from "../../emit/assembler.ts";
import type { CallContext, PreparedCall } from "../../emit/calls.ts";
import type { Context } from "../../emit/scalar-code.ts";
import type { Node } from "../../ir/graph.ts";
import type { Body, Fold } from "../plan/body.ts";
import type { Nest, Root } from "../plan/plan.ts";
import type { Packing } from "./pack.ts";

export interface LoopNest {
  readonly nest: Nest;
  readonly bodies: readonly Body[];
}
/**
 * What emits the one body of a nest in another form, which it may change for that; all its folds then go to memory
 * (pairs.ts).
 */
export type Pairs = (bodies: readonly Body[]) => ((fn: Fn, body: Body, context: Context) => void) | undefined;

/** Calls around a loop that share a pass over a matrix. */
export interface Sweep {
  readonly calls: readonly PreparedCall[];
  readonly loop: LoopNest | undefined;
  emit(fn: Fn, calls: CallContext, context: Context, accumulates: (f: Fold) => boolean): void;
}
export interface Step {
  readonly nest?: LoopNest & { readonly packing: Packing; readonly pairs: ReturnType<Pairs> };
  readonly call?: PreparedCall;
  readonly sweep?: Sweep;
}
export const callsOf = ({ call, sweep }: Step): readonly PreparedCall[] => sweep?.calls ?? (call ? [call] : []);
export const loopOf = ({ nest, sweep }: Step): LoopNest | undefined => nest ?? sweep?.loop;

/** How far apart steps that become one may be: so that searching takes linear time. */
export const WINDOW = 32;

/** Whether a step reads `n` from memory. */
export const reads = (step: Step, n: Node): boolean =>
  callsOf(step).some((c) => c.operands.some((o) => o.base === n)) ||
  step.nest?.packing.reads.some((x) => x.array === n) === true ||
  loopOf(step)?.bodies.some((b) => b.values.some((v) => v.source === n && v.uses > 0)) === true;

type SharePasses = (steps: readonly Step[], roots: ReadonlyMap<Node, Root>) => readonly Step[];
/**
 * Makes calls and loops that read the same rows one step: absent until a product of matrices is made, so that bundles
 * without one do not carry it.
 */
export let sharePasses: SharePasses | undefined;
export const setSharePasses = (f: SharePasses | undefined): void => {
  sharePasses = f;
};
