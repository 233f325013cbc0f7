// The body of a loop nest over one box: a hash-consed expression of lanes for every element that one iteration stores
// or folds. It never changes: passes make another one of it. How often a value is used is worked out from the sinks.
import type { Box } from "../../ir/box.ts";
import type { ReduceOp } from "../../ir/graph.ts";
import type { Affine } from "../../ir/index-map.ts";
import { twinOf } from "../../ir/kernel.ts";
import type { Value } from "./lane-builder.ts";
import type { Root } from "./root.ts";

export interface Store {
  readonly kind: "store";
  readonly root: Root;
  readonly position: Affine;
  readonly value: Value;
}
export interface Fold {
  readonly kind: "fold";
  readonly root: Root;
  readonly op: ReduceOp;
  readonly position: Affine;
  readonly value: Value;
}
export type Sink = Store | Fold;

export class Body {
  /** Loops with more than one iteration, outermost first. */
  readonly active: readonly number[];
  /** The values that are needed, operands before users: what algebra made superfluous is not among them. */
  readonly live: readonly Value[];
  /** By id: how often a value is used, and whether its only use is in the same loop. */
  private readonly used: Uint32Array;
  private readonly inPlace: Uint8Array;
  /** Calls of kernels that a dual kernel can compute along with another one. */
  private readonly duals = new Map<string, Value>();

  constructor(
    readonly box: Box,
    /** All values, by their ids. */
    readonly values: readonly Value[],
    readonly sinks: readonly Sink[],
  ) {
    this.active = box.ranges.flatMap(([lo, hi], l) => (hi - lo === 1 ? [] : [l]));
    this.used = new Uint32Array(values.length);
    this.inPlace = new Uint8Array(values.length);
    this.count();
    this.live = values.filter((v) => this.uses(v) > 0);
    for (const v of this.live) if (v.kernel?.dual) this.duals.set(callKey(v.kernel.own.name, v), v);
  }

  /** Counts uses from the sinks. */
  private count(): void {
    const { used, inPlace, values } = this;
    for (const { value } of this.sinks) {
      used[value.id] = (used[value.id] as number) + 1;
      inPlace[value.id] = Number(this.level(value.depends) === this.active.length - 1);
    }
    for (let i = values.length - 1; i >= 0; i--) {
      const v = values[i] as Value;
      if (used[i] === 0) continue;
      for (const a of v.operands) {
        used[a.id] = (used[a.id] as number) + 1;
        inPlace[a.id] = Number(used[a.id] === 1 && this.level(a.depends) === this.level(v.depends));
      }
    }
  }

  uses(v: Value): number {
    return this.used[v.id] as number;
  }
  /** Whether the only use of `v` is in the same loop, so that it may be computed right there. */
  isLocal(v: Value): boolean {
    return this.inPlace[v.id] === 1;
  }
  /** The value that another kernel computes of the same arguments, if the body needs it too. */
  sibling(v: Value): Value | undefined {
    const dual = v.kernel?.dual;
    return dual && this.duals.get(callKey(twinOf(dual, v.kernel.own.name), v));
  }
  /** Position in `active` of the innermost loop in the bit set, -1 for none. */
  level(bits: number): number {
    for (let k = this.active.length - 1; k >= 0; k--) if ((bits >> (this.active[k] as number)) & 1) return k;
    return -1;
  }
  /** How many elements the innermost loops of one pass compute in all. */
  get volume(): number {
    return this.box.ranges.reduce((n, [lo, hi]) => n * (hi - lo), 1);
  }
}

const callKey = (name: string, v: Value): string => `${name} ${v.operands.map((a) => a.id).join()}`;
