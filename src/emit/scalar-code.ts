// Scalar code for the values of a body: one element at a time, in locals. Also the addresses that all code shares:
// outside the innermost loop they are computed from counters, inside it one pointer serves all arrays that advance
// alike.
import { bytesOf } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import type { Affine } from "../ir/index-map.ts";
import type { DualKernel, Kernel } from "../ir/kernel.ts";
import { STACK_VALUES } from "../opt/cost.ts";
import type { Body } from "../opt/plan/body.ts";
import type { Value } from "../opt/plan/lane-builder.ts";
import type { Fn } from "./assembler.ts";
import {
  arithmetic,
  constant,
  memoryName,
  scalarType,
  splat,
  toMask,
  type valType,
  vectorName,
  type Width,
} from "./lane-code.ts";
import { I32, V128 } from "./opcodes.ts";
import type { Target } from "./target.ts";

/** What code of values asks of its surroundings. */
export type Context = Pick<Target, "ref" | "linker" | "relaxed">;

/** How a large body without loops is spread over functions. */
export interface Parts {
  mustHold(v: Value): boolean;
  /** A local that holds a value of an earlier part, fetched now; undefined if `v` belongs to this part. */
  fetch(v: Value): number | undefined;
  spill(v: Value, local: number): void;
}

export interface Pointer {
  readonly local: number;
  /** Bytes per iteration of the innermost loop. */
  readonly step: number;
}
export interface Place {
  readonly pointer: Pointer;
  readonly offset: number;
}
export class ScalarCode {
  /** Loops with more than one iteration, outermost first, and their counters. */
  readonly active: readonly number[];
  readonly counters = new Map<number, number>();
  readonly vectorLoop: number;
  readonly width: Width;
  readonly scalars = new Map<Value, number>();
  readonly pointers = new Map<string, Pointer>();
  private readonly places = new Map<string, Place>();
  pending: { pointer: Pointer; region: number; outer: readonly number[]; adjust: number }[] = [];
  counter: number | undefined;
  parts: Parts | undefined;
  private readonly chain = new Map<Value, number>();
  private scratchV: number | undefined;

  constructor(
    readonly fn: Fn,
    readonly body: Body,
    readonly context: Context,
  ) {
    this.active = body.active;
    this.vectorLoop = this.active.at(-1) ?? -1;
    this.width = this.vectorLoop < 0 ? 1 : this.chooseWidth();
  }

  chooseWidth(): Width {
    const inner = this.body.live.filter((v) => v.dtype === "float64" && (this.isInner(v) || v.depends === 0));
    const wide = inner.length > 0 || this.body.sinks.some((s) => s.value.dtype === "float64");
    const w: Width = wide ? 2 : 4;
    return this.extent(this.vectorLoop) >= w ? w : 1;
  }
  extent(l: number): number {
    const [lo, hi] = this.body.box.ranges[l] as readonly [number, number];
    return hi - lo;
  }
  isInner(v: Value): boolean {
    return this.vectorLoop >= 0 && (v.depends >> this.vectorLoop) % 2 === 1;
  }
  scratch = (): number => {
    this.scratchV ??= this.fn.local(V128);
    return this.scratchV;
  };

  /**
   * Address `base + Σ coefficient · counter`, leaving the constant part as the returned immediate offset. Where an
   * array is walked backwards, the constant part is added too: without it the sum may lie below address 0, which an
   * immediate offset does not make good.
   */
  address(region: number, position: Affine, bytes: number, offset: number): number {
    const { fn } = this;
    fn.get(region);
    const immediate = offset + (position[0] as number) * bytes;
    let backwards = false;
    for (const l of this.active) {
      const c = position[l + 1] as number;
      if (c === 0) continue;
      if (c < 0) backwards = true;
      fn.get(this.counters.get(l) as number);
      if (c * bytes !== 1) {
        fn.i32(c * bytes);
        fn.op("i32.mul");
      }
      fn.op("i32.add");
    }
    return this.immediate(immediate, backwards);
  }
  /**
   * An offset that goes into the instruction, or is added to the address if it is negative or the address may be
   * (then 0 is left).
   */
  immediate(offset: number, negative: boolean): number {
    if (offset >= 0 && !negative) return offset;
    this.fn.i32(offset);
    this.fn.op("i32.add");
    return 0;
  }
  /** Address of an element, in scalar code: by counters outside the innermost loop, by its pointer inside. */
  scalarAddress(source: Node, position: Affine): number {
    const { region, offset } = this.context.ref(source);
    const bytes = bytesOf(source.dtype);
    if (this.vectorLoop >= 0 && position[this.vectorLoop + 1] !== 0) {
      const place = this.place(source, position);
      this.fn.get(place.pointer.local);
      if (!this.backwards(position)) return place.offset;
      // The pointer is at the lowest of the lanes: for single elements at the end it may lie below address 0.
      return this.immediate(
        place.offset + (this.width - 1) * Math.abs(position[this.vectorLoop + 1] as number) * bytes,
        true,
      );
    }
    return this.address(region, position, bytes, offset);
  }
  loadScalar(v: Value): void {
    const { fn } = this;
    const d = v.dtype;
    const name = memoryName(d, "load");
    let offset = this.scalarAddress(v.source as Node, v.position as Affine);
    if (v.op === "gather") {
      this.pushScalar(v.operands[0] as Value);
      fn.i32((v.stride as number) * bytesOf(d));
      fn.op("i32.mul");
      fn.op("i32.add");
      offset = this.immediate(offset, (v.stride as number) < 0);
    }
    fn.mem(name, offset);
    if (d === "bool") toMask(fn, 1);
  }
  chainLength(v: Value): number {
    let n = this.chain.get(v);
    if (n === undefined) {
      n = 1;
      for (const a of v.operands) if (this.body.uses(a) === 1) n = Math.max(n, (this.chain.get(a) ?? 0) + 1);
      if (n > STACK_VALUES) n = 0; // starts anew: held in a local
      this.chain.set(v, n);
    }
    return n;
  }
  /** Whether a value is left to be computed where it is used. */
  inline(v: Value): boolean {
    return this.body.uses(v) === 1 && this.chainLength(v) > 0 && v.op !== "gather" && v.op !== "call";
  }
  /** Computes `v` into a local (unless it can be computed at its only use). */
  scalarValue(v: Value): void {
    if (this.scalars.has(v) || (this.inline(v) && this.body.isLocal(v))) return;
    this.holdScalar(v);
  }
  holdScalar(v: Value): void {
    this.computeScalar(v);
    if (this.scalars.has(v)) return; // set together with its sibling
    const local = this.fn.local(scalarType(v.dtype));
    this.fn.set(local);
    this.scalars.set(v, local);
  }
  computeScalar(v: Value): void {
    const { fn } = this;
    switch (v.op) {
      case "const":
        constant(fn, v.value as number, v.dtype);
        return;
      case "load":
      case "gather":
        this.loadScalar(v);
        return;
      case "iota":
        this.pushIndex(v.position as Affine);
        return;
      case "call": {
        const sibling = this.body.sibling(v);
        for (const a of v.operands) {
          this.pushScalar(a);
          splat(fn, a.dtype, 2);
        }
        this.context.linker.call(fn, this.kernelOf(v));
        fn.extract(vectorName(v.dtype), 0);
        if (sibling)
          this.setPair(v, sibling, scalarType(v.dtype), this.scalars, (dual) => {
            this.context.linker.second(fn, dual);
            fn.extract(vectorName(v.dtype), 0);
          });
        return;
      }
      default:
        arithmetic(fn, v, 1, (x) => this.pushScalar(x), this.scratch);
    }
  }
  pushScalar(v: Value): void {
    let local = this.scalars.get(v);
    if (local === undefined && this.parts) {
      local = this.parts.fetch(v);
      if (local !== undefined) this.scalars.set(v, local);
    }
    if (local !== undefined) this.fn.get(local);
    else this.computeScalar(v);
  }
  /** An affine function of the counters, as an i32 (innermost loop: its own counter). */
  pushIndex(a: Affine): void {
    const { fn } = this;
    fn.i32(a[0] as number);
    for (const l of this.active) {
      const c = a[l + 1] as number;
      if (c === 0) continue;
      fn.get(l === this.vectorLoop ? this.innerCounter() : (this.counters.get(l) as number));
      if (c !== 1) {
        fn.i32(c);
        fn.op("i32.mul");
      }
      fn.op("i32.add");
    }
  }
  backwards(position: Affine): boolean {
    return (position[this.vectorLoop + 1] as number) < 0;
  }
  /** The pointer for `source` at `position` in the innermost loop, and the offset from it. Where the array is walked
   * backwards, the pointer is at the lowest of the lanes. */
  place(source: Node, position: Affine): Place {
    const { region, offset } = this.context.ref(source);
    const bytes = bytesOf(source.dtype);
    const key = `${source.id}|${position.join()}`;
    const known = this.places.get(key);
    if (known) return known;
    const step = (position[this.vectorLoop + 1] as number) * bytes;
    const outer = position.map((c, i) => (i === 0 || i - 1 === this.vectorLoop ? 0 : c * bytes));
    let immediate = offset + (position[0] as number) * bytes + (step < 0 ? (this.width - 1) * step : 0);
    const adjust = immediate < 0 || step < 0 || outer.some((c) => c < 0) ? immediate : 0;
    immediate -= adjust;
    const pointerKey = `${region}|${outer.join()}|${step}|${adjust}`;
    let pointer = this.pointers.get(pointerKey);
    if (!pointer) {
      pointer = { local: this.fn.local(I32), step };
      this.pointers.set(pointerKey, pointer);
      this.pending.push({ pointer, region, outer, adjust });
    }
    const place = { pointer, offset: immediate };
    this.places.set(key, place);
    return place;
  }
  innerCounter(): number {
    this.counter ??= this.fn.local(I32);
    return this.counter;
  }

  // ---- dual kernels ----

  /** The kernel that computes `v`, or `v` and its sibling. */
  kernelOf(v: Value): Kernel {
    const { own, dual } = v.kernel as NonNullable<Value["kernel"]>;
    const called = this.body.sibling(v) ? (dual as DualKernel) : own;
    return v.dtype === "float64" ? called.f64x2 : called.f32x4;
  }
  /** Stores both results of a dual kernel, whose first result is on the stack. */
  setPair(
    v: Value,
    sibling: Value,
    type: typeof V128 | ReturnType<typeof valType>,
    locals: Map<Value, number>,
    second: (dual: DualKernel) => void,
  ): void {
    const { fn } = this;
    const { own, dual } = v.kernel as NonNullable<Value["kernel"]>;
    const [first, other] = (dual as DualKernel).names[0] === own.name ? [v, sibling] : [sibling, v];
    for (const x of [first, other]) {
      const local = fn.local(type);
      if (x === other) second(dual as DualKernel);
      fn.set(local);
      locals.set(x, local);
    }
  }
}
