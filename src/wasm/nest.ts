// Loop nests: the body of a box becomes loops, the innermost one in SIMD with several accumulators and a scalar tail.
// Values are computed at the outermost loop they vary with; one pointer serves all arrays that advance alike.
import { bytesOf, type DType } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import type { Affine } from "../ir/index-map.ts";
import type { Body, Fold, Sink, Value } from "../opt/body.ts";
import type { Fn } from "./assembler.ts";
import { arithmetic, combine, constant, fromMask, identity, reverse, scalarType, splat, toMask, valType, vectorConstant, vectorName, type Width } from "./lane-code.ts";
import type { Ref } from "./layout.ts";
import { I32, type MemoryName, V128 } from "./opcodes.ts";

/** Sums longer than this many iterations are added up in blocks, so that rounding grows with the block, not the length. */
const BLOCK = 128;
/** Longest chain of values kept on the operand stack instead of in locals. */
const CHAIN = 24;

export interface Context {
  ref(node: Node): Ref;
  /** Function index of a lane kernel `(v128, …) → v128`. */
  kernel(v: Value, name: string): number;
}

/** How a large body without loops is spread over functions. */
export interface Parts {
  mustHold(v: Value): boolean;
  /** A local that holds a value of an earlier part, fetched now; undefined if `v` belongs to this part. */
  fetch(v: Value): number | undefined;
  spill(v: Value, local: number): void;
}

/** Address of the second result of a dual kernel. */
const SECOND = 16;

interface Pointer {
  readonly local: number;
  /** Bytes per iteration of the innermost loop. */
  readonly step: number;
}
interface Place {
  readonly pointer: Pointer;
  readonly offset: number;
}

export class NestEmitter {
  /** Loops with more than one iteration, outermost first, and their counters. */
  private readonly active: number[];
  private readonly counters = new Map<number, number>();
  private readonly vectorLoop: number;
  private readonly width: Width;
  private readonly scalars = new Map<Value, number>();
  private readonly splats = new Map<Value, number>();
  private readonly pointers = new Map<string, Pointer>();
  private readonly places = new Map<string, Place>();
  private counter: number | undefined;
  private readonly accumulators = new Map<Fold, number>();
  private readonly folds: Fold[];
  private readonly chain = new Map<Value, number>();
  private scratchV: number | undefined;

  constructor(
    private readonly fn: Fn,
    private readonly body: Body,
    private readonly context: Context,
    /** Folds whose results are added to memory (several boxes, or folded outer loops). */
    private readonly accumulates: (f: Fold) => boolean,
  ) {
    const { ranges } = body.box;
    this.active = ranges.map((_, l) => l).filter((l) => (ranges[l] as readonly [number, number])[1] - (ranges[l] as readonly [number, number])[0] > 1);
    this.vectorLoop = this.active.at(-1) ?? -1;
    this.folds = body.sinks.filter((s): s is Fold => s.kind === "fold" && !(s.op === "add" && s.value.op === "const" && s.value.value === 0));
    this.width = this.vectorLoop < 0 ? 1 : this.chooseWidth();
  }

  private chooseWidth(): Width {
    const inner = this.body.values.filter((v) => v.uses > 0 && v.dtype === "float64" && (this.isInner(v) || v.depends === 0));
    const wide = inner.length > 0 || this.body.sinks.some((s) => s.value.dtype === "float64");
    const w: Width = wide ? 2 : 4;
    return this.extent(this.vectorLoop) >= w ? w : 1;
  }
  private extent(l: number): number {
    const [lo, hi] = this.body.box.ranges[l] as readonly [number, number];
    return hi - lo;
  }
  private isInner(v: Value): boolean {
    return this.vectorLoop >= 0 && (v.depends >> this.vectorLoop) % 2 === 1;
  }
  /** Position in `active` of the innermost loop that `bits` contains, -1 for none. */
  private level(bits: number): number {
    for (let k = this.active.length - 1; k >= 0; k--) if ((bits >> (this.active[k] as number)) & 1) return k;
    return -1;
  }
  private static bits(a: Affine): number {
    return a.reduce((b, c, i) => (i > 0 && c !== 0 ? b | (1 << (i - 1)) : b), 0);
  }
  private scratch = (): number => {
    this.scratchV ??= this.fn.local(V128);
    return this.scratchV;
  };

  emit(): void {
    if (this.body.box.ranges.some(([lo, hi]) => hi <= lo)) return;
    this.emitLevel(-1);
  }

  private emitLevel(k: number): void {
    const inner = k === this.active.length - 1;
    if (!(inner && k >= 0)) {
      for (const v of this.body.values) if (v.uses > 0 && this.level(v.depends) === k && v.op !== "const") this.scalarValue(v);
    }
    if (inner) {
      if (k < 0) for (const s of this.body.sinks) this.scalarSink(s);
      return;
    }
    const mine = this.folds.filter((f) => !this.isInnerPosition(f) && this.level(NestEmitter.bits(f.position)) === k);
    for (const f of mine) this.initAccumulator(f);
    const loop = this.active[k + 1] as number;
    if (loop === this.vectorLoop) this.innerLoop();
    else {
      const { fn } = this;
      const [lo, hi] = this.body.box.ranges[loop] as readonly [number, number];
      const counter = fn.local(I32);
      this.counters.set(loop, counter);
      fn.i32(lo);
      fn.set(counter);
      fn.doWhile(() => {
        this.emitLevel(k + 1);
        fn.get(counter);
        fn.i32(1);
        fn.op("i32.add");
        fn.tee(counter);
        fn.i32(hi);
        fn.op("i32.lt_s");
      });
    }
    for (const f of mine) this.finish(f);
  }

  /** A part of a body without loops; values of earlier parts are fetched from memory, those that later parts need put there. */
  straightLine(values: readonly Value[], sinks: readonly Sink[], parts: Parts): void {
    this.parts = parts;
    for (const v of values) {
      if (!parts.mustHold(v)) this.scalarValue(v);
      else if (!this.scalars.has(v)) this.holdScalar(v);
      const local = this.scalars.get(v);
      if (local !== undefined) parts.spill(v, local);
    }
    for (const s of sinks) this.scalarSink(s);
  }
  private parts: Parts | undefined;

  private isInnerPosition(f: Fold): boolean {
    return f.position[this.vectorLoop + 1] !== 0;
  }

  // ---- scalar code ----

  /** Address `base + Σ coefficient · counter`, leaving the constant part as the returned immediate offset. */
  private address(region: number, position: Affine, bytes: number, offset: number): number {
    const { fn } = this;
    fn.get(region);
    let immediate = offset + (position[0] as number) * bytes;
    for (const l of this.active) {
      const c = position[l + 1] as number;
      if (c === 0) continue;
      fn.get(this.counters.get(l) as number);
      if (c * bytes !== 1) {
        fn.i32(c * bytes);
        fn.op("i32.mul");
      }
      fn.op("i32.add");
    }
    if (immediate < 0) {
      fn.i32(immediate);
      fn.op("i32.add");
      immediate = 0;
    }
    return immediate;
  }
  /** Address of an element, in scalar code: by counters outside the innermost loop, by its pointer inside. */
  private scalarAddress(source: Node, position: Affine): number {
    const { region, offset } = this.context.ref(source);
    const bytes = bytesOf(source.dtype);
    if (this.vectorLoop >= 0 && position[this.vectorLoop + 1] !== 0) {
      const place = this.place(source, position);
      this.fn.get(place.pointer.local);
      return place.offset + (this.backwards(position) ? (this.width - 1) * Math.abs(position[this.vectorLoop + 1] as number) * bytes : 0);
    }
    return this.address(region, position, bytes, offset);
  }
  private loadScalar(v: Value): void {
    const { fn } = this;
    const d = v.dtype;
    const name: MemoryName = d === "float64" ? "f64.load" : d === "float32" ? "f32.load" : "i32.load";
    let offset = this.scalarAddress(v.source as Node, v.position as Affine);
    if (v.op === "gather") {
      this.pushScalar(v.args[0] as Value);
      fn.i32((v.stride as number) * bytesOf(d));
      fn.op("i32.mul");
      fn.op("i32.add");
      if (offset < 0) {
        fn.i32(offset);
        fn.op("i32.add");
        offset = 0;
      }
    }
    fn.mem(name, offset);
    if (d === "bool") toMask(fn, 1);
  }
  private chainLength(v: Value): number {
    let n = this.chain.get(v);
    if (n === undefined) {
      n = 1;
      for (const a of v.args) if (a.uses === 1) n = Math.max(n, (this.chain.get(a) ?? 0) + 1);
      if (n > CHAIN) n = 0; // starts anew: held in a local
      this.chain.set(v, n);
    }
    return n;
  }
  /** Whether a value is left to be computed where it is used. */
  private inline(v: Value): boolean {
    return v.uses === 1 && this.chainLength(v) > 0 && v.op !== "gather" && v.op !== "call";
  }
  /** Computes `v` into a local (unless it can be computed at its only use). */
  private scalarValue(v: Value): void {
    if (this.scalars.has(v) || (this.inline(v) && this.usedAtOwnLevel(v))) return;
    this.holdScalar(v);
  }
  private holdScalar(v: Value): void {
    this.computeScalar(v);
    if (this.scalars.has(v)) return; // set together with its sibling
    const local = this.fn.local(scalarType(v.dtype));
    this.fn.set(local);
    this.scalars.set(v, local);
  }
  private readonly levelOfUser = new Map<Value, boolean>();
  private usedAtOwnLevel(v: Value): boolean {
    if (this.levelOfUser.size === 0) {
      for (const u of this.body.values) if (u.uses > 0) for (const a of u.args) this.levelOfUser.set(a, this.level(a.depends) === this.level(u.depends));
      for (const s of this.body.sinks) this.levelOfUser.set(s.value, this.level(s.value.depends) === this.active.length - 1);
    }
    return this.levelOfUser.get(v) === true;
  }
  private computeScalar(v: Value): void {
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
        const pair = this.pairOf(v);
        for (const a of v.args) {
          this.pushScalar(a);
          splat(fn, a.dtype, 2);
        }
        fn.call(this.context.kernel(v, pair ? pair.kernel : v.kernel?.name as string), v.args.map(() => V128), V128);
        fn.extract(vectorName(v.dtype), 0);
        if (pair) this.setPair(v, pair.sibling, scalarType(v.dtype), this.scalars, () => fn.mem(v.dtype === "float64" ? "f64.load" : "f32.load", SECOND));
        return;
      }
      default:
        arithmetic(fn, v, 1, (x) => this.pushScalar(x), this.scratch);
    }
  }
  private pushScalar(v: Value): void {
    let local = this.scalars.get(v);
    if (local === undefined && this.parts) {
      local = this.parts.fetch(v);
      if (local !== undefined) this.scalars.set(v, local);
    }
    if (local !== undefined) this.fn.get(local);
    else this.computeScalar(v);
  }
  /** An affine function of the counters, as an i32 (innermost loop: its own counter). */
  private pushIndex(a: Affine): void {
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
  private scalarSink(s: Sink): void {
    const { fn } = this;
    if (s.kind === "fold" && !this.folds.includes(s)) return;
    const d = s.root.node.dtype;
    const store: MemoryName = d === "float64" ? "f64.store" : d === "float32" ? "f32.store" : "i32.store";
    const inner = this.vectorLoop >= 0;
    if (s.kind === "store") {
      const offset = this.scalarAddress(s.root.node, s.position);
      this.pushScalar(s.value);
      fn.mem(store, offset);
    } else if (!inner || this.isInnerPosition(s)) {
      const offset = this.scalarAddress(s.root.node, s.position);
      if (this.accumulates(s) || inner) {
        const again = this.scalarAddress(s.root.node, s.position);
        fn.mem(d === "float64" ? "f64.load" : d === "float32" ? "f32.load" : "i32.load", again);
        this.pushScalar(s.value);
        combine(fn, s.op, d, 1);
      } else this.pushScalar(s.value);
      fn.mem(store, offset);
    } else {
      const acc = this.accumulators.get(s) as number;
      fn.get(acc);
      this.pushScalar(s.value);
      combine(fn, s.op, d, 1);
      fn.set(acc);
    }
  }

  // ---- folds ----

  private initAccumulator(f: Fold): void {
    const d = f.root.node.dtype;
    const acc = this.accumulators.get(f) ?? this.fn.local(scalarType(d));
    this.accumulators.set(f, acc);
    constant(this.fn, identity(f.op, d), d);
    this.fn.set(acc);
  }
  private finish(f: Fold): void {
    const { fn } = this;
    const { node } = f.root;
    const d = node.dtype;
    const { region, offset } = this.context.ref(node);
    const at = this.address(region, f.position, bytesOf(d), offset);
    if (this.accumulates(f)) {
      const again = this.address(region, f.position, bytesOf(d), offset);
      fn.mem(d === "float64" ? "f64.load" : d === "float32" ? "f32.load" : "i32.load", again);
      fn.get(this.accumulators.get(f) as number);
      combine(fn, f.op, d, 1);
    } else fn.get(this.accumulators.get(f) as number);
    fn.mem(d === "float64" ? "f64.store" : d === "float32" ? "f32.store" : "i32.store", at);
  }

  // ---- the innermost loop ----

  private backwards(position: Affine): boolean {
    return (position[this.vectorLoop + 1] as number) < 0;
  }
  /** The pointer for `source` at `position` in the innermost loop, and the offset from it. Where the array is walked
   * backwards, the pointer is at the lowest of the lanes. */
  private place(source: Node, position: Affine): Place {
    const { region, offset } = this.context.ref(source);
    const bytes = bytesOf(source.dtype);
    const key = `${source.id}|${position.join()}`;
    const known = this.places.get(key);
    if (known) return known;
    const step = (position[this.vectorLoop + 1] as number) * bytes;
    const outer = position.map((c, i) => (i === 0 || i - 1 === this.vectorLoop ? 0 : c * bytes));
    let immediate = offset + (position[0] as number) * bytes + (step < 0 ? (this.width - 1) * step : 0);
    const adjust = immediate < 0 ? immediate : 0;
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
  private pending: { pointer: Pointer; region: number; outer: readonly number[]; adjust: number }[] = [];

  private innerCounter(): number {
    this.counter ??= this.fn.local(I32);
    return this.counter;
  }

  private innerLoop(): void {
    const { fn, body, width } = this;
    const loop = this.vectorLoop;
    const [lo, hi] = body.box.ranges[loop] as readonly [number, number];
    const inner = body.values.filter((v) => v.uses > 0 && this.isInner(v) && v.op !== "const");
    // Name every pointer first, so that they can be set before the loop.
    for (const v of inner) if ((v.op === "load" || v.op === "gather") && (v.position as Affine)[loop + 1] !== 0) this.place(v.source as Node, v.position as Affine);
    for (const s of body.sinks) if (s.kind === "store" || (this.folds.includes(s) && this.isInnerPosition(s))) if (s.position[loop + 1] !== 0) this.place(s.root.node, s.position);
    const needsCounter = inner.some((v) => v.op === "iota") || ![...this.pointers.values()].some((p) => p.step > 0);
    if (needsCounter) {
      fn.i32(lo);
      fn.set(this.innerCounter());
    }
    for (const { pointer, region, outer, adjust } of this.pending) {
      fn.get(region);
      for (const l of this.active) {
        const c = outer[l + 1] as number;
        if (c === 0) continue;
        fn.get(this.counters.get(l) as number);
        fn.i32(c);
        fn.op("i32.mul");
        fn.op("i32.add");
      }
      const start = pointer.step * lo + adjust;
      if (start !== 0) {
        fn.i32(start);
        fn.op("i32.add");
      }
      fn.set(pointer.local);
    }
    const extent = hi - lo;
    const unroll = this.unrollFactor(inner, extent);
    let rest = extent;
    const registers = this.folds.filter((f) => !this.isInnerPosition(f));
    if (width > 1) {
      const main = Math.floor(extent / (width * unroll));
      const left = Math.floor((extent - main * width * unroll) / width);
      rest = extent - (main * unroll + left) * width;
      const acc = new Map<Fold, number[]>();
      for (const f of registers) acc.set(f, Array.from({ length: unroll }, () => this.vectorAccumulator(f)));
      this.prepareSplats(inner);
      if (main > 0) this.mainLoop(inner, acc, main, unroll);
      if (left > 0) {
        const one = (): void => {
          this.vectorBody(inner, 0, (f) => (acc.get(f) as number[])[0] as number);
          this.advance(width);
        };
        if (left === 1) one();
        else this.repeat(left, width, one);
      }
      for (const f of registers) this.reduceLanes(f, acc.get(f) as number[]);
    }
    if (rest > 0) {
      const one = (): void => {
        for (const v of inner) this.scalars.delete(v);
        for (const v of inner) this.scalarValue(v);
        for (const s of body.sinks) this.scalarSink(s);
      };
      if (rest === 1) {
        one();
      } else
        this.repeat(rest, 1, () => {
          one();
          this.advance(1);
        });
    }
  }

  /** More copies of a short body hide the latency of additions; long ones, and calls, gain nothing. */
  private unrollFactor(inner: readonly Value[], extent: number): number {
    if (this.width === 1 || inner.some((v) => v.op === "call" || v.op === "gather") || [...this.pointers.values()].some((p) => p.step < 0)) return 1;
    const folds = this.folds.filter((f) => !this.isInnerPosition(f)).length;
    const u = folds > 0 ? (inner.length * 4 <= 48 && folds <= 2 ? 4 : inner.length <= 32 && folds <= 4 ? 2 : 1) : inner.length <= 12 ? 2 : 1;
    return extent >= u * this.width ? u : 1;
  }

  /** `count` iterations of `body`, which advances the pointers by `elements` each time. */
  private repeat(count: number, elements: number, body: () => void): void {
    const { fn } = this;
    const control = this.control();
    const end = fn.local(I32);
    fn.get(control.local);
    fn.i32(control.step * elements * count);
    fn.op("i32.add");
    fn.set(end);
    fn.doWhile(() => {
      body();
      fn.get(control.local);
      fn.get(end);
      fn.op("i32.ne");
    });
  }
  private control(): Pointer {
    for (const p of this.pointers.values()) if (p.step > 0) return p;
    return { local: this.innerCounter(), step: 1 };
  }
  private advance(elements: number): void {
    const { fn } = this;
    for (const p of this.pointers.values()) {
      if (p.step === 0) continue;
      fn.get(p.local);
      fn.i32(p.step * elements);
      fn.op("i32.add");
      fn.set(p.local);
    }
    if (this.counter !== undefined) {
      fn.get(this.counter);
      fn.i32(elements);
      fn.op("i32.add");
      fn.set(this.counter);
    }
  }

  private mainLoop(inner: readonly Value[], acc: Map<Fold, number[]>, main: number, unroll: number): void {
    const { fn, width } = this;
    const per = width * unroll;
    const body = (): void => {
      for (let u = 0; u < unroll; u++) this.vectorBody(inner, u, (f) => (acc.get(f) as number[])[u] as number);
      this.advance(per);
    };
    const sums = [...acc.keys()].filter((f) => f.op === "add" && f.root.node.dtype !== "int32");
    if (sums.length === 0 || main <= 2 * BLOCK) {
      if (main === 1) body();
      else this.repeat(main, per, body);
      return;
    }
    // Blocks: fresh accumulators for each, added to a total.
    const totals = sums.map((f) => this.vectorAccumulator(f));
    const control = this.control();
    const [end, blockEnd] = [fn.local(I32), fn.local(I32)];
    fn.get(control.local);
    fn.i32(control.step * per * main);
    fn.op("i32.add");
    fn.set(end);
    fn.doWhile(() => {
      fn.get(control.local);
      fn.i32(control.step * per * BLOCK);
      fn.op("i32.add");
      fn.tee(blockEnd);
      fn.get(end);
      fn.get(blockEnd);
      fn.get(end);
      fn.op("i32.lt_u");
      fn.op("select.i32");
      fn.set(blockEnd);
      fn.doWhile(() => {
        body();
        fn.get(control.local);
        fn.get(blockEnd);
        fn.op("i32.ne");
      });
      sums.forEach((f, i) => {
        const parts = acc.get(f) as number[];
        this.addUp(f, parts);
        fn.get(totals[i] as number);
        fn.op(`${vectorName(f.root.node.dtype)}.add`);
        fn.set(totals[i] as number);
        for (const p of parts) {
          vectorConstant(fn, 0, f.root.node.dtype);
          fn.set(p);
        }
      });
      fn.get(control.local);
      fn.get(end);
      fn.op("i32.ne");
    });
    sums.forEach((f, i) => {
      fn.get(totals[i] as number);
      fn.set((acc.get(f) as number[])[0] as number);
    });
  }

  private vectorAccumulator(f: Fold): number {
    const acc = this.fn.local(V128);
    vectorConstant(this.fn, identity(f.op, f.root.node.dtype), f.root.node.dtype);
    this.fn.set(acc);
    return acc;
  }
  /** The accumulators of `f` combined pairwise, on the stack. */
  private addUp(f: Fold, parts: readonly number[]): void {
    const { fn } = this;
    const d = f.root.node.dtype;
    if (parts.length === 1) {
      fn.get(parts[0] as number);
      return;
    }
    const half = parts.length / 2;
    this.addUp(f, parts.slice(0, half));
    this.addUp(f, parts.slice(half));
    combine(fn, f.op, d, this.width);
  }
  /** Folds the lanes of the vector accumulators into the scalar one. */
  private reduceLanes(f: Fold, parts: readonly number[]): void {
    const { fn, width } = this;
    const d = f.root.node.dtype;
    const whole = fn.local(V128);
    this.addUp(f, parts);
    fn.set(whole);
    const acc = this.accumulators.get(f) as number;
    fn.get(acc);
    const lane = (i: number): void => {
      fn.get(whole);
      fn.extract(vectorName(d), i);
    };
    lane(0);
    lane(1);
    combine(fn, f.op, d, 1);
    if (width === 4) {
      lane(2);
      lane(3);
      combine(fn, f.op, d, 1);
      combine(fn, f.op, d, 1);
    }
    combine(fn, f.op, d, 1);
    fn.set(acc);
  }

  /** Vectors of what does not vary in the innermost loop, made before it. */
  private prepareSplats(inner: readonly Value[]): void {
    const needed = new Set<Value>();
    for (const v of inner) for (const a of v.args) if (!this.isInner(a) && !(v.op === "gather")) needed.add(a);
    for (const s of this.body.sinks) if (!this.isInner(s.value)) needed.add(s.value);
    for (const v of needed) this.splatLocal(v);
  }
  private splatLocal(v: Value): void {
    const { fn } = this;
    const local = this.splats.get(v) ?? fn.local(V128);
    this.splats.set(v, local);
    if (v.op === "const") vectorConstant(fn, v.value as number, v.dtype);
    else {
      this.pushScalar(v);
      splat(fn, v.dtype, this.width);
    }
    fn.set(local);
  }

  // ---- vector code ----

  private vectorBody(inner: readonly Value[], u: number, accumulator: (f: Fold) => number): void {
    const { fn, width, body } = this;
    const locals = new Map<Value, number>();
    const shift = (position: Affine, bytes: number): number => u * width * (position[this.vectorLoop + 1] as number) * bytes;
    const push = (v: Value): void => {
      if (!this.isInner(v)) {
        const s = this.splats.get(v);
        if (s !== undefined) fn.get(s);
        else vectorConstant(fn, v.value as number, v.dtype);
        return;
      }
      const local = locals.get(v);
      if (local !== undefined) fn.get(local);
      else compute(v);
    };
    const compute = (v: Value): void => {
      switch (v.op) {
        case "load":
          this.loadVector(v.source as Node, v.position as Affine, shift(v.position as Affine, bytesOf(v.dtype)));
          if (v.dtype === "bool") toMask(fn, width);
          return;
        case "gather":
          this.gatherVector(v, locals.get(v.args[0] as Value));
          return;
        case "iota":
          this.iotaVector(v.position as Affine, u);
          return;
        case "call": {
          const pair = this.pairOf(v);
          for (const a of v.args) push(a);
          fn.call(this.context.kernel(v, pair ? pair.kernel : (v.kernel?.name as string)), v.args.map(() => V128), V128);
          if (pair) this.setPair(v, pair.sibling, V128, locals, () => fn.mem("v128.load", SECOND));
          return;
        }
        default:
          arithmetic(fn, v, width, push, this.scratch);
      }
    };
    for (const v of inner) {
      if (locals.has(v) || (this.inline(v) && !this.feedsGather.has(v))) continue;
      compute(v);
      if (locals.has(v)) continue;
      const local = fn.local(V128);
      fn.set(local);
      locals.set(v, local);
    }
    for (const s of body.sinks) {
      if (s.kind === "store") {
        this.storeVector(s.root.node, s.position, shift(s.position, bytesOf(s.root.node.dtype)), () => push(s.value));
      } else if (this.folds.includes(s)) {
        const d = s.root.node.dtype;
        if (this.isInnerPosition(s)) {
          const by = shift(s.position, bytesOf(d));
          this.storeVector(s.root.node, s.position, by, () => {
            this.loadVector(s.root.node, s.position, by);
            push(s.value);
            combine(fn, s.op, d, width);
          });
        } else {
          fn.get(accumulator(s));
          push(s.value);
          combine(fn, s.op, d, width);
          fn.set(accumulator(s));
        }
      }
    }
  }
  private get feedsGather(): Set<Value> {
    this.gatherIndices ??= new Set(this.body.values.filter((v) => v.op === "gather").map((v) => v.args[0] as Value));
    return this.gatherIndices;
  }
  private gatherIndices: Set<Value> | undefined;

  private loadVector(source: Node, position: Affine, shift: number): void {
    const { fn, width } = this;
    const d: DType = source.dtype;
    const bytes = bytesOf(d);
    const c = position[this.vectorLoop + 1] as number;
    const { pointer, offset } = this.place(source, position);
    const at = offset + shift;
    if (c === 1 || c === -1) {
      fn.get(pointer.local);
      fn.mem(bytes * width === 16 ? "v128.load" : "v128.load64_zero", at);
      if (c === -1) reverse(fn, d, width, this.scratch());
      return;
    }
    // Lane by lane; the pointer is at the lowest address.
    const stride = Math.abs(c) * bytes;
    const lane = (j: number): number => at + (c > 0 ? j : width - 1 - j) * stride;
    for (let j = 0; j < width; j++) fn.get(pointer.local);
    fn.mem(bytes === 8 ? "v128.load64_zero" : "v128.load32_zero", lane(0));
    for (let j = 1; j < width; j++) fn.mem(bytes === 8 ? "v128.load64_lane" : "v128.load32_lane", lane(j), j);
  }
  private storeVector(target: Node, position: Affine, shift: number, value: () => void): void {
    const { fn, width } = this;
    const d = target.dtype;
    const bytes = bytesOf(d);
    const c = position[this.vectorLoop + 1] as number;
    const { pointer, offset } = this.place(target, position);
    const at = offset + shift;
    if (c === 1) {
      fn.get(pointer.local);
      value();
      if (d === "bool") fromMask(fn, width, this.scratch);
      if (bytes * width === 16) fn.mem("v128.store", at);
      else fn.mem("v128.store64_lane", at, 0);
      return;
    }
    value();
    if (d === "bool") fromMask(fn, width, this.scratch);
    const t = fn.local(V128);
    fn.set(t);
    const stride = Math.abs(c) * bytes;
    for (let j = 0; j < width; j++) {
      fn.get(pointer.local);
      fn.get(t);
      fn.mem(bytes === 8 ? "v128.store64_lane" : "v128.store32_lane", at + (c > 0 ? j : width - 1 - j) * stride, j);
    }
  }
  private gatherVector(v: Value, indices: number | undefined): void {
    const { fn, width } = this;
    const position = v.position as Affine;
    const bytes = bytesOf(v.dtype);
    const stride = (v.stride as number) * bytes;
    const c = position[this.vectorLoop + 1] as number;
    const index = v.args[0] as Value;
    const lane = (j: number): number => {
      const offset = c === 0 ? this.address(this.context.ref(v.source as Node).region, position, bytes, this.context.ref(v.source as Node).offset) : this.pushPlace(v.source as Node, position);
      if (this.isInner(index)) {
        fn.get(indices as number);
        fn.extract("i32x4", j);
      } else this.pushScalar(index);
      fn.i32(stride);
      fn.op("i32.mul");
      fn.op("i32.add");
      return offset + (c > 0 ? j : c < 0 ? width - 1 - j : 0) * Math.abs(c) * bytes;
    };
    const t = fn.local(V128);
    const first = lane(0);
    fn.mem(bytes === 8 ? "v128.load64_zero" : "v128.load32_zero", first);
    fn.set(t);
    for (let j = 1; j < width; j++) {
      const at = lane(j);
      fn.get(t);
      fn.mem(bytes === 8 ? "v128.load64_lane" : "v128.load32_lane", at, j);
      fn.set(t);
    }
    fn.get(t);
    if (v.dtype === "bool") toMask(fn, width);
  }
  private pushPlace(source: Node, position: Affine): number {
    const { pointer, offset } = this.place(source, position);
    this.fn.get(pointer.local);
    return offset;
  }
  private iotaVector(a: Affine, u: number): void {
    const { fn, width } = this;
    const c = a[this.vectorLoop + 1] as number;
    this.pushIndex(a.with(0, (a[0] as number) + c * u * width));
    fn.op("i32x4.splat");
    fn.v128(new Uint8Array(Int32Array.from({ length: 4 }, (_, j) => c * j).buffer));
    fn.op("i32x4.add");
  }

  // ---- dual kernels ----

  private pairOf(v: Value): { kernel: string; sibling: Value } | undefined {
    const sibling = this.body.sibling(v);
    return sibling && v.kernel?.pair ? { kernel: v.kernel.pair.kernel, sibling } : undefined;
  }
  /** Stores both results of a dual kernel, whose first result is on the stack. */
  private setPair(v: Value, sibling: Value, type: typeof V128 | ReturnType<typeof valType>, locals: Map<Value, number>, second: () => void): void {
    const { fn } = this;
    const [first, other] = v.kernel?.pair?.result === 0 ? [v, sibling] : [sibling, v];
    for (const x of [first, other]) {
      const local = fn.local(type);
      if (x === other) {
        fn.i32(0);
        second();
      }
      fn.set(local);
      locals.set(x, local);
    }
  }
}

/** Whether the results of `f` go to memory more than once (then it must hold the neutral element before the nest runs):
 * it varies with the innermost loop, or a folded loop lies outside a kept one, or the box contributes nothing. */
export function foldsIntoMemory(f: Fold, body: Body): boolean {
  const { ranges } = body.box;
  const active = ranges.map((_, l) => l).filter((l) => (ranges[l] as readonly [number, number])[1] - (ranges[l] as readonly [number, number])[0] > 1);
  const kept = active.map((l) => f.position[l + 1] !== 0);
  const deepest = kept.lastIndexOf(true);
  return (deepest >= 0 && (deepest === active.length - 1 || kept.slice(0, deepest).includes(false))) || (f.value.op === "const" && f.value.value === 0);
}
