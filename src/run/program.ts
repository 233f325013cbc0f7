// A program: compiled code bound to memory. Arrays in, one call, arrays out.
import { type Compiled, compile } from "../emit/module.ts";
import { fail } from "../errors.ts";
import { bytesOf, type Data } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { reachable } from "../ir/walk.ts";
import { type Facts, NO_FACTS } from "../opt/facts.ts";
import { runGraph } from "../opt/pipeline.ts";
import { DATA, POINT, type Ref, VECTORS, WORK } from "../opt/steps/layout.ts";
import type { Stream } from "../opt/steps/steps.ts";
import { dataIn } from "../primitives/leaf.ts";
import type { Captured } from "./captured.ts";
import { hasRelaxedSimd } from "./engine.ts";
import { Block } from "./memory.ts";
import { type Passes, passesHere } from "./passes.ts";
import { checkLength, copyIn, copyOut, disturbed, fits, type Port, portOf, writeArray } from "./ports.ts";
import { type Exports, instantiate, memoryOf, workRegion } from "./runtime.ts";
import { runStreamed, windowedInputs } from "./streamed.ts";

export interface ProgramOptions {
  /** What compiles it: the passes of the open session, unless given. */
  readonly passes?: Passes;
  readonly facts?: Facts;
  /** The graph has been through the last passes over graphs: places are known by its nodes. */
  readonly lowered?: boolean;
  /** The memory of a linearization. */
  readonly point?: Block;
  /** Which parameters and outputs lie in vectors, and where; those that do not come first. */
  readonly vectors?: { readonly inputs: Maybe<Ref>; readonly outputs: Maybe<Ref> } | undefined;
  /** Memory of captured arrays that the program shares with others; without it, it has its own. */
  readonly captured?: Captured;
}

/** What compiled functions are told: which captured arrays stay as they are, and whether results may be relaxed. */
export const factsOf = (isFixed: Facts["isFixed"], relaxed: boolean): Facts => ({
  ...NO_FACTS,
  isFixed,
  relaxed: relaxed && hasRelaxedSimd(),
  evaluate(constant) {
    const program = programOf([constant], []);
    const [data] = program.call([]) as [Data];
    program.dispose();
    return data;
  },
});

/** `graph` as functions of `parameters`: compiled to bytes, instantiated, and given its memory. */
export function programOf(graph: readonly Node[], parameters: readonly Node[], options: ProgramOptions = {}): Program {
  const { captured, point, vectors, passes = passesHere(), facts = NO_FACTS, lowered = false } = options;
  const outputs = lowered ? graph : runGraph("lowered", graph, passes.list, facts);
  captured?.add(reachable(outputs));
  const placed = vectors
    ? new Map([...placedAt(outputs, vectors.outputs), ...facts.placed, ...placedAt(parameters, vectors.inputs)])
    : facts.placed;
  const code = compile(outputs, parameters, passes, { ...facts, placed, shared: captured?.offsets });
  const exports = instantiate(code.modules, code.kernels, code.statics, facts.relaxed);
  const program = new Program(code, parameters, outputs, exports, captured ?? new Block(code.sizes[1]), point);
  if (!captured) program.rebind(dataIn);
  return program;
}

/** Those of `nodes` that have a place. */
const placedAt = (nodes: readonly Node[], refs: Maybe<Ref>): (readonly [Node, Ref])[] =>
  nodes.flatMap((n, i) => (refs[i] ? [[n, refs[i]] as const] : []));

export type Maybe<T> = readonly (T | undefined)[];

const NONE: Maybe<never> = [];
const NO_VECTORS: readonly number[] = [];

export class Program {
  readonly stats: Compiled["stats"];
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Set where arrays pass through windows: then only `call` has all results. */
  readonly stream: Stream | undefined;
  private readonly workBytes: number;
  private readonly literals: Compiled["literals"];
  private disposed = false;
  /** Addresses of the work region and of vectors during the current call. */
  private work = 0;
  private vectors: readonly number[] = [];

  /** `code` and its instance. `data` has the captured arrays, `point` the residuals of a linearization. */
  constructor(
    code: Compiled,
    parameters: readonly Node[],
    outputs: readonly Node[],
    private readonly exports: Exports,
    private readonly data: Block | Captured,
    private readonly point: Block | undefined,
  ) {
    const { stream } = code;
    this.stream = stream;
    this.stats = code.stats;
    this.workBytes = code.sizes[0];
    this.literals = code.literals;
    this.inputs = parameters.map((x, i) => portOf(code.parameters[i] as Ref, x, stream?.windowed.has(x)));
    this.outputs = outputs.map((y, i) => portOf(code.outputs[i] as Ref, y, stream?.windowed.has(code.held[i] as Node)));
  }

  /** Copies content into the captured arrays: that of the i-th is what `contentOf` says, if anything. */
  rebind(contentOf: (node: Node, i: number) => Data | undefined): void {
    const { at } = this.data;
    this.literals.forEach(({ node, offset }, i) => {
      const content = contentOf(node, i);
      if (content) writeArray(at + offset, content, node);
    });
  }

  /**
   * Computes the outputs for `values`, in `outs` where those are given. An out may be or overlap a value: all are read
   * before anything is written.
   */
  call(values: readonly ArrayLike<number>[], outs: Maybe<Data> = NONE): Data[] {
    const filled = this.stream ? this.runPieces(this.stream, values, outs) : NONE;
    if (!this.stream) this.run(values);
    return this.outputs.map((_, k) => filled[k] ?? this.read(k, outs[k]));
  }

  /**
   * Runs on `values` and leaves the outputs in memory, for `read`. There they stay until the next call of any program,
   * at a point until the next one of this. `vectors`: addresses of the vectors that hold its other arrays.
   */
  run(values: readonly ArrayLike<number>[], vectors: readonly number[] = NO_VECTORS): void {
    if (this.stream) {
      this.runPieces(this.stream, values, NONE);
      return;
    }
    this.begin();
    this.vectors = vectors;
    for (let i = 0; i < values.length; i++) this.load(this.inputs[i] as Port, values[i] as ArrayLike<number>);
    this.exports.run(this.work, this.data.at, this.point === undefined ? 0 : this.point.at, ...vectors);
  }
  /**
   * Runs on `values` where each is an array of the type and length of its input, else does nothing. Such arrays need no
   * checks: for few elements those take longer than the computation.
   */
  runDirect(values: readonly unknown[]): boolean {
    const { inputs } = this;
    if (this.stream) return false;
    for (let i = 0; i < values.length; i++) if (!fits(inputs[i] as Port, values[i])) return false;
    this.begin();
    for (let i = 0; i < values.length; i++) {
      const p = inputs[i] as Port;
      copyIn(p, memoryOf(p.dtype), this.indexOf(p), values[i] as Data);
    }
    this.exports.run(this.work, this.data.at, this.point === undefined ? 0 : this.point.at);
    return true;
  }
  private runPieces(stream: Stream, values: readonly ArrayLike<number>[], outs: Maybe<Data>): Maybe<Data> {
    const { inputs, outputs } = this;
    // Before the call begins, since reading lists may run another one.
    const given = windowedInputs(inputs, values);
    this.begin();
    for (const [i, p] of inputs.entries()) if (!p.windowed && i < values.length) this.load(p, values[i] as Data);
    const bases = { work: this.work, data: this.data.at, point: this.point?.at ?? 0 };
    return runStreamed(stream, this.exports, bases, inputs, given, outputs, outs);
  }
  private begin(): void {
    if (this.disposed)
      fail("disposed", "this compiled function was used after dispose(); create it again, or dispose of it later");
    this.work = workRegion(this.workBytes);
    calls++;
  }

  /** Output `k` of the last run. */
  read(k: number, out?: Data): Data {
    const p = this.outputs[k] as Port;
    return copyOut(p, memoryOf(p.dtype), this.indexOf(p), out);
  }
  /** Copies output `k` of the last run to `address` in memory, unless it lies there. */
  moveTo(k: number, address: number): void {
    const p = this.outputs[k] as Port;
    const from = this.addressOf(p);
    if (from !== address) memoryOf("int32").copyWithin(address / 4, from / 4, (from + p.size * bytesOf(p.dtype)) / 4);
  }
  /** The first element of output `k` of the last run. */
  scalar(k: number): number {
    const p = this.outputs[k] as Port;
    return memoryOf(p.dtype)[this.indexOf(p)] as number;
  }

  /** Frees the memory now instead of when the program is garbage. */
  dispose(): void {
    this.disposed = true;
    if (this.data instanceof Block) this.data.dispose();
  }

  private load(p: Port, data: ArrayLike<number>): void {
    checkLength(data, p.size);
    const memory = memoryOf(p.dtype);
    const call = calls;
    copyIn(p, memory, this.indexOf(p), data);
    if (call !== calls || memory !== memoryOf(p.dtype)) disturbed();
  }
  private indexOf(p: Port): number {
    return this.addressOf(p) / bytesOf(p.dtype);
  }
  private addressOf({ region, offset }: Port): number {
    if (region === WORK) return this.work + offset;
    if (region === DATA) return this.data.at + offset;
    return (region === POINT ? (this.point as Block).at : (this.vectors[region - VECTORS] as number)) + offset;
  }
}

/** Calls so far, of all programs. */
export let calls = 0;
