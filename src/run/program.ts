// A program: compiled code bound to memory. Arrays in, one call, arrays out.
import { type Compiled, compile } from "../emit/module.ts";
import { fail } from "../errors.ts";
import { bytesOf, type Data } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { reachable } from "../ir/walk.ts";
import { type Facts, NO_FACTS } from "../opt/facts.ts";
import { runGraph } from "../opt/pipeline.ts";
import { POINT, type Ref, WORK } from "../opt/steps/layout.ts";
import type { Stream } from "../opt/steps/steps.ts";
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
  /** Memory of captured arrays that the program shares with others; without it, it has its own. */
  readonly captured?: Captured;
}

/** What compiled functions are told: which captured arrays stay as they are, and whether results may be relaxed. */
export const factsOf = (isFixed: Facts["isFixed"], relaxed: boolean): Facts => ({
  ...NO_FACTS,
  isFixed,
  relaxed: relaxed && hasRelaxedSimd(),
});

/** `graph` as functions of `parameters`: compiled to bytes, instantiated, and given its memory. */
export function programOf(graph: readonly Node[], parameters: readonly Node[], options: ProgramOptions = {}): Program {
  const { captured, point, passes = passesHere(), facts = NO_FACTS, lowered = false } = options;
  const outputs = lowered ? graph : runGraph("lowered", graph, passes.list, facts);
  captured?.add(reachable(outputs));
  const code = compile(outputs, parameters, passes, { ...facts, shared: captured?.offsets });
  const exports = instantiate(code.modules, code.kernels, code.statics, facts.relaxed);
  const program = new Program(code, parameters, outputs, exports, captured ?? new Block(code.sizes[1]), point);
  if (!captured) program.rebind(code.literals.map(({ node }) => (node.params as { data: Data }).data));
  return program;
}

export type Maybe<T> = readonly (T | undefined)[];

const NONE: Maybe<never> = [];

export class Program {
  readonly stats: Compiled["stats"];
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Set where arrays pass through windows: then only `call` has all results. */
  readonly stream: Stream | undefined;
  private readonly workBytes: number;
  private readonly literals: Compiled["literals"];
  private disposed = false;
  /** Address of the work region during the current call. */
  private work = 0;

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

  /** Copies new content into the captured arrays, in the order of their nodes. */
  rebind(arrays: readonly Data[]): void {
    const { at } = this.data;
    this.literals.forEach(({ node, offset }, i) => {
      writeArray(at + offset, arrays[i] as Data, node);
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
   * at a point until the next one of this.
   */
  run(values: readonly ArrayLike<number>[]): void {
    if (this.stream) {
      this.runPieces(this.stream, values, NONE);
      return;
    }
    this.begin();
    for (let i = 0; i < values.length; i++) this.load(this.inputs[i] as Port, values[i] as ArrayLike<number>);
    this.exports.run(this.work, this.data.at, this.point === undefined ? 0 : this.point.at);
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
    const base = p.region === WORK ? this.work : p.region === POINT ? (this.point as Block).at : this.data.at;
    return (base + p.offset) / bytesOf(p.dtype);
  }
}

/** Calls so far, of all programs. */
export let calls = 0;
