// A compiled program and its memory: arrays in, one call, arrays out.

import { type Compiled, compile } from "../emit/module.ts";
import { hasRelaxedSimd } from "../emit/relaxed.ts";
import { fail } from "../errors.ts";
import { bytesOf, type Data, type DType } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { reachable } from "../ir/walk.ts";
import { expand } from "../opt/graph/expand.ts";
import { Bump, byteSize, POINT, type Ref, WORK } from "../opt/steps/layout.ts";
import type { Pairs } from "../opt/steps/steps.ts";
import { isLiteral } from "../primitives/leaf.ts";
import { checkLength, copyIn, copyOut, type Port, portOf } from "./ports.ts";
import { allocate, deallocate, type Exports, instantiate, memoryOf, workRegion } from "./runtime.ts";
import { Streamed } from "./streamed.ts";

/**
 * Memory that goes when its owner is garbage: programs need no dispose(). In an engine without this it stays until
 * dispose().
 */
const forgotten =
  typeof FinalizationRegistry === "undefined"
    ? undefined
    : /* @__PURE__ */ new FinalizationRegistry<{ at: number; bytes: number }>((block) => {
        deallocate(block.at, block.bytes);
      });

/** A block of WebAssembly memory owned by a JavaScript object. */
export class Block {
  readonly at: number;
  private readonly held: { at: number; bytes: number };
  private released = false;
  constructor(bytes: number) {
    this.at = bytes > 0 ? allocate(bytes) : 0;
    this.held = { at: this.at, bytes };
    if (bytes > 0) forgotten?.register(this, this.held, this);
  }
  dispose(): void {
    if (this.released || this.held.bytes === 0) return;
    this.released = true;
    forgotten?.unregister(this);
    deallocate(this.held.at, this.held.bytes);
  }
}

function writeArray(at: number, data: ArrayLike<number>, size: number, dtype: DType): void {
  checkLength(data, size);
  const memory = memoryOf(dtype);
  memory.set(data, at / bytesOf(dtype));
  if (memory !== memoryOf(dtype)) disturbed();
}

/** Calls so far, of all programs. */
let calls = 0;
/** Reading a list may run code of its author, which may compute something else and use the same memory for it. */
const disturbed = (): never => fail("value", "an argument called hvp while it was read; pass a copy");

/** The captured arrays of a function, copied into memory once for all programs derived from it. */
export class Captured {
  readonly offsets = new Map<Node, number>();
  private readonly layout = new Bump();
  private memory = new Block(0);

  get block(): Block {
    return this.memory;
  }
  /**
   * Captures those of `nodes` that are arrays not known yet: rules of functions that have their own may bring some.
   * What is known stays as it was captured, whatever has become of it.
   */
  add(nodes: readonly Node[]): void {
    const fresh = new Set(nodes.filter((n) => isLiteral(n) && !this.offsets.has(n)));
    if (fresh.size === 0) return;
    const { memory: old, layout } = this;
    const size = layout.size;
    for (const n of fresh) this.offsets.set(n, layout.place(byteSize(n)));
    this.memory = new Block(layout.size);
    memoryOf("int32").copyWithin(this.memory.at / 4, old.at / 4, (old.at + size) / 4);
    old.dispose();
    for (const n of fresh) this.write(n, (n.params as { data: Data }).data);
  }
  /** New content for the array captured as `node`. */
  write(node: Node, data: ArrayLike<number>): void {
    writeArray(this.memory.at + (this.offsets.get(node) as number), data, node.size, node.dtype);
  }
}

export class Program {
  readonly stats: Compiled["stats"];
  private readonly code: Exports;
  readonly stream: Streamed | undefined;
  private readonly work: number;
  /** Where captured arrays are: the block may be another one later. */
  private readonly data: { readonly block: Block };
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  private readonly literals: Compiled["literals"];
  private disposed = false;
  /** Address of the work region during the current call. */
  private at = 0;

  /** Compiles `outputs` as functions of `parameters`. `point` holds residuals of a linearization. */
  constructor(
    graph: readonly Node[],
    parameters: readonly Node[],
    options: {
      atPoint?: ReadonlyMap<Node, number>;
      point?: Block;
      captured?: Captured;
      relaxed?: boolean;
      pairs?: Pairs;
    } = {},
  ) {
    const { captured } = options;
    const outputs = expand(graph);
    captured?.add(reachable(outputs));
    const c = compile(outputs, parameters, {
      ...(options.atPoint && { atPoint: options.atPoint }),
      ...(captured && { shared: captured.offsets }),
      relaxed: options.relaxed === true,
      pairs: options.pairs,
    });
    this.stats = c.stats;
    this.code = instantiate(c.modules, c.kernels, c.statics, options.relaxed === true && hasRelaxedSimd());
    this.work = c.sizes[0];
    this.data = captured ?? { block: new Block(c.sizes[1]) };
    this.ownsData = !captured;
    this.point = options.point;
    this.literals = c.literals;
    this.inputs = parameters.map((x, i) => portOf(c.parameters[i] as Ref, x));
    this.outputs = outputs.map((y, i) => portOf(c.outputs[i] as Ref, y));
    this.stream = c.stream && new Streamed(c.stream, parameters, c.held, this.inputs, this.outputs);
    if (this.ownsData)
      for (const { node, offset } of this.literals)
        writeArray(this.data.block.at + offset, (node.params as { data: Data }).data, node.size, node.dtype);
  }
  private readonly ownsData: boolean;
  private readonly point: Block | undefined;

  /** Copies new content into the captured arrays, in the order of their nodes. */
  rebind(arrays: readonly Data[]): void {
    this.literals.forEach(({ node, offset }, i) => {
      writeArray(this.data.block.at + offset, arrays[i] as Data, node.size, node.dtype);
    });
  }
  address(p: Port): number {
    return (
      p.offset + (p.region === WORK ? this.at : p.region === POINT ? (this.point as Block).at : this.data.block.at)
    );
  }

  /**
   * Makes room for a call. Every call is begin, load …, run, read …, with nothing in between: the work region is that
   * of all programs, so arguments are read before, since a getter in one may call the library.
   */
  begin(): void {
    if (this.disposed)
      fail("disposed", "this compiled function was used after dispose(); create it again, or dispose of it later");
    this.stream?.clear();
    this.at = workRegion(this.work);
    calls++;
  }
  load(i: number, data: ArrayLike<number>): void {
    const p = this.inputs[i] as Port;
    if (this.stream?.accept(i, data)) return;
    checkLength(data, p.size);
    const memory = memoryOf(p.dtype);
    const call = calls;
    copyIn(p, memory, this.address(p) / bytesOf(p.dtype), data);
    if (call !== calls || memory !== memoryOf(p.dtype)) disturbed();
  }
  /** Says before `run` that output `k` will be read into `out`. */
  target(k: number, out: Data | undefined): void {
    if (out) this.stream?.target(k, out);
  }
  run(): void {
    const point = this.point === undefined ? 0 : this.point.at;
    if (this.stream) this.stream.run(this.code, this.at, this.data.block.at, point);
    else this.code.run(this.at, this.data.block.at, point);
  }
  readScalar(k: number): number {
    const p = this.outputs[k] as Port;
    const at = this.address(p);
    return memoryOf(p.dtype)[at / bytesOf(p.dtype)] as number;
  }
  read(k: number, out?: Data): Data {
    const p = this.outputs[k] as Port;
    const streamed = this.stream?.result(k);
    if (streamed) {
      if (out && out !== streamed) out.set(streamed);
      return out ?? streamed;
    }
    return copyOut(p, memoryOf(p.dtype), this.address(p) / bytesOf(p.dtype), out);
  }

  /** Frees the memory now instead of when the program is garbage. */
  dispose(): void {
    this.disposed = true;
    if (this.ownsData) this.data.block.dispose();
  }
}
