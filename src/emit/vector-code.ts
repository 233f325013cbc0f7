// Vector code for the values that vary in the innermost loop: W lanes at a time.
import { bytesOf, type DType } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import type { Affine } from "../ir/index-map.ts";
import { withElement } from "../ir/lists.ts";
import type { Fold, Sink } from "../opt/plan/body.ts";
import type { Value } from "../opt/plan/lane-builder.ts";
import { accumulate, arithmetic, fromMask, reverse, splat, toMask, vectorConstant } from "./lane-code.ts";
import { constantsOf } from "./link.ts";
import { V128 } from "./opcodes.ts";
import { isProduct, multiplyAdd, multiplyInto } from "./relaxed.ts";
import { ScalarCode } from "./scalar-code.ts";

export abstract class VectorCode extends ScalarCode {
  readonly splats = new Map<Value, number>();
  abstract readonly folds: readonly Fold[];
  abstract readonly sinks: readonly Sink[];

  isInnerPosition(f: Sink): boolean {
    return f.position[this.vectorLoop + 1] !== 0;
  }

  /** Vectors of what does not vary in the innermost loop, made before it. */
  prepareSplats(inner: readonly Value[]): void {
    const needed = new Set<Value>();
    for (const v of inner) for (const a of v.operands) if (!this.isInner(a) && !(v.op === "gather")) needed.add(a);
    // (What is negative is subtracted.)
    for (const { value: v } of this.body.sinks)
      for (const x of v.op === "neg" ? [v, ...v.operands] : [v]) if (!this.isInner(x)) needed.add(x);
    for (const v of needed) this.splatLocal(v);
  }
  splatLocal(v: Value): void {
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

  /** Calls whose kernels are copied into the loop that is being emitted, and the locals that hold their constants. */
  private readonly copied = new Set<Value>();
  private readonly constants = new Map<string, number>();
  /** Emits a loop of vectors with the bodies of kernels instead of calls, as far as they are short. */
  withKernels(inner: readonly Value[], loop: () => void): void {
    const { fn } = this;
    const { linker } = this.context;
    for (const v of inner) {
      if (v.op !== "call" || this.copied.has(v)) continue;
      const kernel = this.kernelOf(v);
      if (!linker.mayCopy(kernel)) continue;
      this.copied.add(v);
      const sibling = this.body.sibling(v);
      if (sibling) this.copied.add(sibling);
      for (const c of constantsOf(kernel)) {
        const key = c.join();
        if (this.constants.has(key)) continue;
        const local = fn.local(V128, true);
        fn.v128(c);
        fn.set(local);
        this.constants.set(key, local);
      }
    }
    loop();
    this.copied.clear();
    this.constants.clear();
  }
  vectorBody(inner: readonly Value[], u: number, accumulator: (f: Fold) => number): void {
    const { fn, width } = this;
    const locals = new Map<Value, number>();
    const shift = (position: Affine, bytes: number): number =>
      u * width * (position[this.vectorLoop + 1] as number) * bytes;
    const { relaxed } = this.context;
    const free = (v: Value): boolean => this.isInner(v) && this.inline(v) && !locals.has(v);
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
          this.gatherVector(v, locals.get(v.operands[0] as Value));
          return;
        case "iota":
          this.iotaVector(v.position as Affine, u);
          return;
        case "call": {
          const sibling = this.body.sibling(v);
          for (const a of v.operands) push(a);
          const { linker } = this.context;
          const dual = sibling && v.kernel?.dual;
          let second: number | undefined;
          if (this.copied.has(v))
            second = linker.inline(fn, this.kernelOf(v), (c) => this.constants.get(c.join()), dual);
          else linker.call(fn, this.kernelOf(v));
          if (sibling) this.setPair(v, sibling, V128, locals, (d) => linker.second(fn, d, second));
          return;
        }
        default:
          if (!(relaxed && multiplyAdd(fn, v, push, free))) arithmetic(fn, v, width, push, this.scratch);
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
    for (const s of this.sinks) {
      if (s.kind === "store") {
        this.storeVector(s.root.node, s.position, shift(s.position, bytesOf(s.root.node.dtype)), () => push(s.value));
      } else if (this.folds.includes(s)) {
        const d = s.root.node.dtype;
        if (this.isInnerPosition(s)) {
          const by = shift(s.position, bytesOf(d));
          this.storeVector(s.root.node, s.position, by, () => {
            this.loadVector(s.root.node, s.position, by);
            if (d === "bool") toMask(fn, width);
            accumulate(fn, s.op, s.value, width, push);
          });
        } else {
          const sum = (): void => fn.get(accumulator(s));
          if (relaxed && s.op === "add" && isProduct(s.value, free)) multiplyInto(fn, s.value, sum, push);
          else {
            sum();
            accumulate(fn, s.op, s.value, width, push);
          }
          fn.set(accumulator(s));
        }
      }
    }
  }
  get feedsGather(): Set<Value> {
    this.gatherIndices ??= new Set(
      this.body.values.filter((v) => v.op === "gather").map((v) => v.operands[0] as Value),
    );
    return this.gatherIndices;
  }
  gatherIndices: Set<Value> | undefined;

  loadVector(source: Node, position: Affine, shift: number): void {
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
  storeVector(target: Node, position: Affine, shift: number, value: () => void): void {
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
  gatherVector(v: Value, indices: number | undefined): void {
    const { fn, width } = this;
    const position = v.position as Affine;
    const bytes = bytesOf(v.dtype);
    const stride = (v.stride as number) * bytes;
    const c = position[this.vectorLoop + 1] as number;
    const index = v.operands[0] as Value;
    const lane = (j: number): number => {
      const offset =
        c === 0
          ? this.address(
              this.context.ref(v.source as Node).region,
              position,
              bytes,
              this.context.ref(v.source as Node).offset,
            )
          : this.pushPlace(v.source as Node, position);
      if (this.isInner(index)) {
        fn.get(indices as number);
        fn.extract("i32x4", j);
      } else this.pushScalar(index);
      fn.i32(stride);
      fn.op("i32.mul");
      fn.op("i32.add");
      return this.immediate(offset + (c > 0 ? j : c < 0 ? width - 1 - j : 0) * Math.abs(c) * bytes, stride < 0);
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
  pushPlace(source: Node, position: Affine): number {
    const { pointer, offset } = this.place(source, position);
    this.fn.get(pointer.local);
    return offset;
  }
  iotaVector(a: Affine, u: number): void {
    const { fn, width } = this;
    const c = a[this.vectorLoop + 1] as number;
    this.pushIndex(withElement(a, 0, (a[0] as number) + c * u * width));
    fn.op("i32x4.splat");
    fn.v128(new Uint8Array(Int32Array.from({ length: 4 }, (_, j) => c * j).buffer));
    fn.op("i32x4.add");
  }
}
