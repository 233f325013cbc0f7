// Loop nests: the body of a box becomes loops, the innermost one in SIMD with several accumulators and a scalar tail.
// Values are computed at the outermost loop they vary with.
import { bytesOf } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import type { Affine } from "../ir/index-map.ts";
import { FOUR_VECTORS_VALUES, SUM_BLOCK, TWO_STORED_VALUES, TWO_VECTORS_VALUES } from "../opt/cost.ts";
import type { Body, Fold, Sink } from "../opt/plan/body.ts";
import type { Value } from "../opt/plan/lane-builder.ts";
import type { Fn } from "./assembler.ts";
import {
  accumulate,
  combine,
  constant,
  identity,
  memoryName,
  scalarType,
  vectorConstant,
  vectorName,
} from "./lane-code.ts";
import { I32, V128 } from "./opcodes.ts";
import type { Context, Parts, Pointer } from "./scalar-code.ts";
import { VectorCode } from "./vector-code.ts";

/** The vector accumulators of folds into registers, one per copy of the body. */
export type Accumulators = Map<Fold, number[]>;

/** What a form of a nest does in its own way. */
export interface LoopForm {
  /** Folds whose results are added to memory (several boxes, or folded outer loops). */
  accumulates(f: Fold): boolean;
  /** The innermost loop. */
  innerLoop?(e: NestEmitter): void;
  /** What stands around the inside of the outermost of several loops. */
  around?(counter: number, inside: () => void): void;
}

const bits = (a: Affine): number => a.reduce((b, c, i) => (i > 0 && c !== 0 ? b | (1 << (i - 1)) : b), 0);

export class NestEmitter extends VectorCode {
  readonly folds: readonly Fold[];
  /** What the iterations that are being emitted store and fold. */
  sinks: readonly Sink[];
  private readonly accumulators = new Map<Fold, number>();

  constructor(
    fn: Fn,
    body: Body,
    context: Context,
    private readonly form: LoopForm,
  ) {
    super(fn, body, context);
    this.sinks = body.sinks;
    this.folds = body.sinks.filter(
      (s): s is Fold => s.kind === "fold" && !(s.op === "add" && s.value.op === "const" && s.value.value === 0),
    );
  }

  emit(): void {
    if (this.body.box.ranges.some(([lo, hi]) => hi <= lo)) return;
    this.emitLevel(-1);
  }

  /** What is inside the first k + 1 loops. */
  private emitLevel(k: number): void {
    const { body, form } = this;
    const inner = k === this.active.length - 1;
    if (!(inner && k >= 0)) {
      for (const v of body.live) if (body.level(v.depends) === k && v.op !== "const") this.scalarValue(v);
    }
    if (inner) {
      if (k < 0) for (const s of body.sinks) this.scalarSink(s);
      return;
    }
    const mine = this.folds.filter((f) => !this.isInnerPosition(f) && body.level(bits(f.position)) === k);
    for (const f of mine) this.initAccumulator(f);
    const loop = this.active[k + 1] as number;
    if (loop !== this.vectorLoop) {
      const [lo, hi] = body.box.ranges[loop] as readonly [number, number];
      const counter = this.fn.local(I32);
      this.counters.set(loop, counter);
      const inside = (): void => this.emitLevel(k + 1);
      this.fn.count(counter, lo, hi, () => (k < 0 && form.around ? form.around(counter, inside) : inside()));
    } else if (form.innerLoop) form.innerLoop(this);
    else this.innerLoop();
    for (const f of mine) this.finish(f);
  }

  /**
   * A part of a body without loops; values of earlier parts are fetched from memory, those that later parts need put
   * there.
   */
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
  scalarSink(s: Sink): void {
    const { fn } = this;
    if (s.kind === "fold" && !this.folds.includes(s)) return;
    const d = s.root.node.dtype;
    const store = memoryName(d, "store");
    const inner = this.vectorLoop >= 0;
    if (s.kind === "store") {
      const offset = this.scalarAddress(s.root.node, s.position);
      this.pushScalar(s.value);
      fn.mem(store, offset);
    } else if (!inner || this.isInnerPosition(s)) {
      const offset = this.scalarAddress(s.root.node, s.position);
      if (this.form.accumulates(s) || inner) {
        const again = this.scalarAddress(s.root.node, s.position);
        fn.mem(memoryName(d, "load"), again);
        accumulate(fn, s.op, s.value, 1, (v) => this.pushScalar(v));
      } else this.pushScalar(s.value);
      fn.mem(store, offset);
    } else {
      const acc = this.accumulators.get(s) as number;
      fn.get(acc);
      accumulate(fn, s.op, s.value, 1, (v) => this.pushScalar(v));
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
    if (this.form.accumulates(f)) {
      const again = this.address(region, f.position, bytesOf(d), offset);
      fn.mem(memoryName(d, "load"), again);
      fn.get(this.accumulators.get(f) as number);
      combine(fn, f.op, d, 1);
    } else fn.get(this.accumulators.get(f) as number);
    fn.mem(memoryName(d, "store"), at);
  }

  /** The values of the innermost loop; the pointers they need are set to iteration `lo`. */
  enterLoop(lo: number): Value[] {
    const { fn, body } = this;
    const loop = this.vectorLoop;
    const inner = body.live.filter((v) => this.isInner(v) && v.op !== "const");
    // Name every pointer first, so that they can be set before the loop.
    for (const v of inner)
      if ((v.op === "load" || v.op === "gather") && (v.position as Affine)[loop + 1] !== 0)
        this.place(v.source as Node, v.position as Affine);
    for (const s of body.sinks)
      if (s.kind === "store" || (this.folds.includes(s) && this.isInnerPosition(s)))
        if (s.position[loop + 1] !== 0) this.place(s.root.node, s.position);
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
    return inner;
  }
  /** One iteration in scalar code. */
  scalarIteration(inner: readonly Value[]): void {
    for (const v of inner) this.scalars.delete(v);
    for (const v of inner) this.scalarValue(v);
    for (const s of this.sinks) this.scalarSink(s);
  }

  private innerLoop(): void {
    const { body, width } = this;
    const [lo, hi] = body.box.ranges[this.vectorLoop] as readonly [number, number];
    const inner = this.enterLoop(lo);
    const extent = hi - lo;
    const unroll = this.unrollFactor(inner, extent);
    let rest = extent;
    if (width > 1) {
      const main = Math.floor(extent / (width * unroll));
      const left = Math.floor((extent - main * width * unroll) / width);
      rest = extent - (main * unroll + left) * width;
      const acc = this.vectorAccumulators(unroll);
      this.prepareSplats(inner);
      if (main >= 4) this.withKernels(inner, () => this.mainLoop(inner, acc, main, unroll));
      else if (main > 0) this.mainLoop(inner, acc, main, unroll);
      if (left > 0) {
        const one = this.vectorIteration(inner, acc, 1);
        if (left === 1) one();
        else this.repeat(left, width, one);
      }
      for (const [f, parts] of acc) this.reduceLanes(f, parts);
    }
    if (rest > 0) {
      const one = (): void => this.scalarIteration(inner);
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
    if (
      this.width === 1 ||
      inner.some((v) => v.op === "call" || v.op === "gather") ||
      [...this.pointers.values()].some((p) => p.step < 0)
    )
      return 1;
    const folds = this.folds.filter((f) => !this.isInnerPosition(f)).length;
    const u =
      folds > 0
        ? inner.length <= FOUR_VECTORS_VALUES && folds <= 2
          ? 4
          : inner.length <= TWO_VECTORS_VALUES && folds <= 4
            ? 2
            : 1
        : inner.length <= TWO_STORED_VALUES
          ? 2
          : 1;
    return extent >= u * this.width ? u : 1;
  }

  /** `count` iterations of `body`, which advances the pointers by `elements` each time. */
  private repeat(count: number, elements: number, body: () => void): void {
    this.until(this.endAfter(elements * count), body);
  }
  /** Iterations, at least one, until the controlling pointer is at `end`. */
  until(end: number, body: () => void): void {
    const { fn } = this;
    fn.doWhile(() => {
      body();
      fn.get(this.control().local);
      fn.get(end);
      fn.op("i32.ne");
    });
  }
  control(): Pointer {
    for (const p of this.pointers.values()) if (p.step > 0) return p;
    return { local: this.innerCounter(), step: 1 };
  }
  advance(elements: number): void {
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

  private mainLoop(inner: readonly Value[], acc: Accumulators, main: number, unroll: number): void {
    const per = this.width * unroll;
    const body = this.vectorIteration(inner, acc, unroll);
    if (this.sums(acc).length === 0 || main <= 2 * SUM_BLOCK) {
      if (main === 1) body();
      else this.repeat(main, per, body);
    } else this.blocks(acc, per, this.endAfter(per * main), body);
  }
  vectorIteration(inner: readonly Value[], acc: Accumulators, unroll: number): () => void {
    return () => {
      for (let u = 0; u < unroll; u++) this.vectorBody(inner, u, (f) => (acc.get(f) as number[])[u] as number);
      this.advance(this.width * unroll);
    };
  }
  /** Folds whose rounding errors add up. */
  private sums(acc: Accumulators): Fold[] {
    return [...acc.keys()].filter((f) => f.op === "add" && f.root.node.dtype !== "int32");
  }
  /** Where the controlling pointer will be after so many more elements. */
  private endAfter(elements: number): number {
    const { fn } = this;
    const control = this.control();
    const end = fn.local(I32);
    fn.get(control.local);
    fn.i32(control.step * elements);
    fn.op("i32.add");
    fn.set(end);
    return end;
  }
  /** Iterations up to `end`, in blocks: fresh accumulators for each, added to a total. */
  blocks(acc: Accumulators, per: number, end: number, body: () => void): void {
    const { fn } = this;
    const sums = this.sums(acc);
    const totals = sums.map((f) => this.vectorAccumulator(f));
    const control = this.control();
    const blockEnd = fn.local(I32);
    fn.doWhile(() => {
      fn.get(control.local);
      fn.i32(control.step * per * SUM_BLOCK);
      fn.op("i32.add");
      fn.tee(blockEnd);
      fn.get(end);
      fn.get(blockEnd);
      fn.get(end);
      fn.op("i32.lt_u");
      fn.op("select.scalar");
      fn.set(blockEnd);
      this.until(blockEnd, body);
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

  vectorAccumulators(unroll: number): Accumulators {
    const acc: Accumulators = new Map();
    for (const f of this.folds)
      if (this.sinks.includes(f) && !this.isInnerPosition(f))
        acc.set(
          f,
          Array.from({ length: unroll }, () => this.vectorAccumulator(f)),
        );
    return acc;
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
  reduceLanes(f: Fold, parts: readonly number[]): void {
    const { fn, width } = this;
    const d = f.root.node.dtype;
    const whole = fn.local(V128);
    this.addUp(f, parts);
    fn.set(whole);
    const acc = this.accumulators.get(f) as number;
    fn.get(acc);
    if (d === "bool") {
      fn.get(whole);
      fn.op("v128.any_true");
      combine(fn, f.op, d, 1);
      fn.set(acc);
      return;
    }
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
}
